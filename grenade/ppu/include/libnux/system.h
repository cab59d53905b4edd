// What the runtime gives to every program.
#pragma once

/// End the program: the host reads the code from the word below the mailbox.
extern "C" void exit(int code) __attribute__((noreturn));
