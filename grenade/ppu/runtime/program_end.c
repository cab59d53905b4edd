/* Ends of a program that are errors. */
#include <stdint.h>

void exit(int code) __attribute__((noreturn));

#define EXITS __attribute__((noreturn, weak))

EXITS void abort(void)
{
	exit(1);
}

/* Call of a function that a class only declares. */
EXITS void __cxa_pure_virtual(void)
{
	exit(1);
}

EXITS void __cxa_deleted_virtual(void)
{
	exit(1);
}

/* What `assert` calls: same name and arguments in both C libraries. */
EXITS void __assert_fail(char const* condition, char const* file, unsigned line, char const* function)
{
	(void) condition;
	(void) file;
	(void) line;
	(void) function;
	exit(1);
}

/* Guard words of -fstack-protector: the exit code is the value that should have been found. */
__attribute__((weak)) uintptr_t __stack_chk_guard = 0xdeadbeef;

EXITS void __stack_chk_fail(void)
{
	exit((int) 0xdeadbeef);
}
