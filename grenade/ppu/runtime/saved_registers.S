/* Saves and restores registers of functions that are optimized for size (-Os), in which GCC calls these instead of
 * storing one by one. r11 points behind the place of r31; every function goes on with the next register. */
    .text
    .macro function name
    .globl \name
    .type \name, @function
\name:
    .endm

    .irp n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    function _savegpr_\n
    stw %r\n, 4*\n-128(%r11)
    .endr
    blr

    .irp n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    function _restgpr_\n
    lwz %r\n, 4*\n-128(%r11)
    .endr
    blr

    /* These return from the function that restores. */
    .irp n, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    function _restgpr_\n\()_x
    lwz %r\n, 4*\n-128(%r11)
    .endr
    lwz %r0, 4(%r11)
    mtlr %r0
    mr %r1, %r11
    blr
