/* Handler of traps for programs that check their stack (-fstack-limit-symbol=stack_redzone): exit with code 12 if the
 * stack grew into the red zone, with 1 for other traps. A function compares before it moves the stack pointer, with an
 * instruction that other code does not use: trap if less, unsigned (twllt). */
    .section int.text, "ax", @progbits
    .globl __stack_limit_trap
    .type __stack_limit_trap, @function
__stack_limit_trap:
    mfspr %r4, 26               /* SRR0: the instruction */
    cmpwi %r4, 0
    bge 1f
    addis %r4, %r4, -0x4000     /* data have another view of external memory than instructions have */
1:  lwz %r4, 0(%r4)
    lis %r5, 0xffe0
    ori %r5, %r5, 0x07fe
    and %r4, %r4, %r5
    lis %r5, 0x7c40
    ori %r5, %r5, 8
    li %r3, 12
    cmpw %r4, %r5
    beq 2f
    li %r3, 1
2:  b exit
    .size __stack_limit_trap, . - __stack_limit_trap
