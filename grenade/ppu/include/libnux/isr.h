// Handlers of interrupts: `ISR_DEC { ... }` defines that of the decrementer.
//
// The processor branches from its vector to the entry that a macro makes: it saves what a function may change, calls
// the function whose body follows the macro, and returns from the interrupt. Saved are r0, r3 to r31, LR, CR, CTR and
// XER in a frame of 144 bytes. Upstream leaves CTR and XER out, although compiled code uses both, and so has 136 bytes
// and a stack that is not aligned. Vector registers are not saved. Entry and function are in internal memory.
#pragma once

#define LIBNUX_ISR(NAME)                                                                           \
	extern "C" void NAME##_func();                                                                 \
	asm(".pushsection int.text." #NAME ", \"ax\", @progbits\n"                                     \
	    ".balign 4\n"                                                                              \
	    ".globl " #NAME "\n"                                                                       \
	    ".type " #NAME ", @function\n" #NAME ":\n"                                                 \
	    "stwu 1, -144(1)\n"                                                                        \
	    "stw 0, 8(1)\n"                                                                            \
	    "stmw 3, 12(1)\n"                                                                          \
	    "mflr 3\n"                                                                                 \
	    "stw 3, 128(1)\n"                                                                          \
	    "mfcr 3\n"                                                                                 \
	    "stw 3, 132(1)\n"                                                                          \
	    "mfctr 3\n"                                                                                \
	    "stw 3, 136(1)\n"                                                                          \
	    "mfxer 3\n"                                                                                \
	    "stw 3, 140(1)\n"                                                                          \
	    "bl " #NAME "_func\n"                                                                      \
	    "lwz 3, 140(1)\n"                                                                          \
	    "mtxer 3\n"                                                                                \
	    "lwz 3, 136(1)\n"                                                                          \
	    "mtctr 3\n"                                                                                \
	    "lwz 3, 132(1)\n"                                                                          \
	    "mtcrf 255, 3\n"                                                                           \
	    "lwz 3, 128(1)\n"                                                                          \
	    "mtlr 3\n"                                                                                 \
	    "lwz 0, 8(1)\n"                                                                            \
	    "lmw 3, 12(1)\n"                                                                           \
	    "addi 1, 1, 144\n"                                                                         \
	    "rfi\n"                                                                                    \
	    ".size " #NAME ", . - " #NAME "\n"                                                         \
	    ".popsection\n");                                                                          \
	extern "C" __attribute__((used, section("int.text." #NAME "_func"))) void NAME##_func()

#define ISR_DEC LIBNUX_ISR(isr_dec)
#define ISR_FIT LIBNUX_ISR(isr_fit)
#define ISR_DOORBELL LIBNUX_ISR(isr_doorbell)
#define ISR_EINPUT LIBNUX_ISR(isr_einput)
