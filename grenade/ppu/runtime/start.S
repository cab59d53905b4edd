/* Reset, interrupt vectors, start and end of a program. */

/* Addresses 0 to 0x30: the branch taken at reset and one branch per interrupt, in the order of the processor. */
    .section int.text..reset, "ax", @progbits
    .globl __reset
    .type __reset, @function
__reset:
    b __init
    b __reset           /* machine check */
    b __reset           /* critical input */
    b __reset           /* data storage */
    b __reset           /* instruction storage */
    b isr_einput
    b isr_alignment
    b isr_program
    b __reset           /* system call */
    b isr_doorbell
    b __reset           /* critical doorbell */
    b isr_fit
    b isr_dec
    .size __reset, . - __reset

    .globl __init
    .type __init, @function
__init:
    lis %r1, stack_ptr_init@ha
    addi %r1, %r1, stack_ptr_init@l
    li %r0, 0
    stw %r0, 0(%r1)       /* end of the chain of stack frames */
    bl __run_constructors
    /* start() has a plain name in C and in assembly, and this one in C++. */
    .weak start
    .weak _Z5startv
    lis %r12, start@ha
    addi %r12, %r12, start@l
    cmpwi %r12, 0
    bne 1f
    lis %r12, _Z5startv@ha
    addi %r12, %r12, _Z5startv@l
1:  li %r3, 0
    mtctr %r12
    bctrl
    mr %r31, %r3          /* survives the destructors, which %r3 would not */
    bl __run_destructors
    mr %r3, %r31
    b exit
    .size __init, . - __init

/* exit(code): the code goes to the last word below the mailbox, where the host reads it; then the processor sleeps. */
    .globl exit
    .globl _exit
    .globl _Exit
    .type exit, @function
    .type _exit, @function
    .type _Exit, @function
exit:
_exit:
_Exit:
    lis %r4, stack_ptr_init@ha
    addi %r4, %r4, stack_ptr_init@l
    stw %r1, 0(%r4)
    stw %r3, 12(%r4)
    /* `wait` as this processor knows it: assemblers encode the mnemonic differently. */
1:  .long 0x7c00007c
    b 1b
    .size exit, . - exit
    .size _exit, . - _exit
    .size _Exit, . - _Exit
