/* Vector instructions of the plasticity processors as text for inline assembly: each macro gives one .long directive.
 *
 * Arguments are numbers, macros that stand for numbers, or operands of the asm statement such as %0 and %[name] with
 * the constraint "r" (general purpose registers), "b" (the same without register 0, as ra needs it) or "n" (numbers).
 * Vector registers are plain numbers from 0 to 31.
 *
 *   vrt       target; source of fxvstax and fxvoutx      vra, vrb  sources
 *   ra, rb    general purpose registers; ra = 0 is the value 0 in the address ra + rb, but register 0 in fxvsplat
 *   sh        shift from -16 to 15, positive to the left
 *   cond      0 always, 1 where greater than zero, 2 where less, 3 where equal, by the last comparison
 *   size      0 to 3: bits by which the parts of packed halfwords are shorter than 8
 *
 * The processor core does not wait for vector instructions: use the instruction sync before it reads memory that they
 * write, and tell the compiler with a clobber of "memory".
 *
 * Made by grenade/ppu/vector_header.py from the table of instructions; do not edit. */
#ifndef S2PP_INSTRUCTIONS_H
#define S2PP_INSTRUCTIONS_H

/* Through two macros, so that an argument that is a macro itself is replaced first. */
#define S2PP_TEXT_OF(argument) #argument
#define S2PP_TEXT(argument) S2PP_TEXT_OF(argument)

/* A field of the word: " | ((argument) << position)". */
#define S2PP_FIELD(argument, position) " | ((" S2PP_TEXT(argument) ") << " #position ")"

/* multiply-add accumulator halfword modulo */
#define S2PP_FXVMAHM(vrt, vra, vrb, cond) \
    ".long 0x10000030" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply-add accumulator byte modulo */
#define S2PP_FXVMABM(vrt, vra, vrb, cond) \
    ".long 0x10000034" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* move to accumulator byte */
#define S2PP_FXVMTACB(vra, cond) \
    ".long 0x10000038" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* move to accumulator halfword */
#define S2PP_FXVMTACH(vra, cond) \
    ".long 0x1000003c" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* multiply-add accumulator halfword fractional saturating */
#define S2PP_FXVMAHFS(vrt, vra, vrb, cond) \
    ".long 0x10000070" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply-add accumulator byte fractional saturating */
#define S2PP_FXVMABFS(vrt, vra, vrb, cond) \
    ".long 0x10000074" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* move to accumulator byte fractional */
#define S2PP_FXVMTACBF(vra, cond) \
    ".long 0x10000078" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* move to accumulator halfword fractional */
#define S2PP_FXVMTACHF(vra, cond) \
    ".long 0x1000007c" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* multiply-accumulate halfword modulo */
#define S2PP_FXVMATACHM(vra, vrb, cond) \
    ".long 0x100000b0" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply-accumulate byte modulo */
#define S2PP_FXVMATACBM(vra, vrb, cond) \
    ".long 0x100000b4" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply-accumulate halfword fractional saturating */
#define S2PP_FXVMATACHFS(vra, vrb, cond) \
    ".long 0x100000f0" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply-accumulate byte fractional saturating */
#define S2PP_FXVMATACBFS(vra, vrb, cond) \
    ".long 0x100000f4" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply halfword modulo */
#define S2PP_FXVMULHM(vrt, vra, vrb, cond) \
    ".long 0x10000130" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply byte modulo */
#define S2PP_FXVMULBM(vrt, vra, vrb, cond) \
    ".long 0x10000134" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply halfword fractional saturating */
#define S2PP_FXVMULHFS(vrt, vra, vrb, cond) \
    ".long 0x10000170" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply byte fractional saturating */
#define S2PP_FXVMULBFS(vrt, vra, vrb, cond) \
    ".long 0x10000174" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply to accumulator halfword modulo */
#define S2PP_FXVMULTACHM(vra, vrb, cond) \
    ".long 0x100001b0" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply to accumulator byte modulo */
#define S2PP_FXVMULTACBM(vra, vrb, cond) \
    ".long 0x100001b4" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply to accumulator halfword fractional saturating */
#define S2PP_FXVMULTACHFS(vra, vrb, cond) \
    ".long 0x100001f0" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* multiply to accumulator byte fractional saturating */
#define S2PP_FXVMULTACBFS(vra, vrb, cond) \
    ".long 0x100001f4" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* input indexed (parallel vector IO) */
#define S2PP_FXVINX(vrt, ra, rb, cond) \
    ".long 0x100003b0" S2PP_FIELD(vrt, 21) S2PP_FIELD(ra, 16) S2PP_FIELD(rb, 11) S2PP_FIELD(cond, 0) "\n"

/* pack byte upper */
#define S2PP_FXVPCKBU(vrt, vra, vrb, size) \
    ".long 0x100003bc" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(size, 0) "\n"

/* output indexed (parallel vector IO) */
#define S2PP_FXVOUTX(vrt, ra, rb, cond) \
    ".long 0x100003f0" S2PP_FIELD(vrt, 21) S2PP_FIELD(ra, 16) S2PP_FIELD(rb, 11) S2PP_FIELD(cond, 0) "\n"

/* pack byte lower */
#define S2PP_FXVPCKBL(vrt, vra, vrb, size) \
    ".long 0x100003fc" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(size, 0) "\n"

/* splat halfword from GPR */
#define S2PP_FXVSPLATH(vrt, ra) \
    ".long 0x10000430" S2PP_FIELD(vrt, 21) S2PP_FIELD(ra, 16) "\n"

/* splat byte from GPR */
#define S2PP_FXVSPLATB(vrt, ra) \
    ".long 0x10000434" S2PP_FIELD(vrt, 21) S2PP_FIELD(ra, 16) "\n"

/* unpack byte right */
#define S2PP_FXVUPCKBR(vrt, vra, vrb, size) \
    ".long 0x1000043c" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(size, 0) "\n"

/* unpack byte left */
#define S2PP_FXVUPCKBL(vrt, vra, vrb, size) \
    ".long 0x1000047c" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(size, 0) "\n"

/* compare halfword with zero */
#define S2PP_FXVCMPH(vra) \
    ".long 0x100004b0" S2PP_FIELD(vra, 16) "\n"

/* compare byte with zero */
#define S2PP_FXVCMPB(vra) \
    ".long 0x100004b4" S2PP_FIELD(vra, 16) "\n"

/* shift halfword */
#define S2PP_FXVSHH(vrt, vra, sh) \
    ".long 0x100004f0" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) " | (((" S2PP_TEXT(sh) ") & 31) << 11)" "\n"

/* shift byte */
#define S2PP_FXVSHB(vrt, vra, sh) \
    ".long 0x100004f4" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) " | (((" S2PP_TEXT(sh) ") & 31) << 11)" "\n"

/* select */
#define S2PP_FXVSEL(vrt, vra, vrb, cond) \
    ".long 0x100004fc" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* subtract halfword modulo */
#define S2PP_FXVSUBHM(vrt, vra, vrb, cond) \
    ".long 0x10000530" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* subtract byte modulo */
#define S2PP_FXVSUBBM(vrt, vra, vrb, cond) \
    ".long 0x10000534" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* subtract halfword saturating */
#define S2PP_FXVSUBHFS(vrt, vra, vrb, cond) \
    ".long 0x10000570" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* subtract byte saturating */
#define S2PP_FXVSUBBFS(vrt, vra, vrb, cond) \
    ".long 0x10000574" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* accumulate halfword modulo */
#define S2PP_FXVADDACTACHM(vra, cond) \
    ".long 0x100005b0" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* accumulate byte modulo */
#define S2PP_FXVADDACTACBM(vra, cond) \
    ".long 0x100005b4" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* accumulate halfword fractional saturating */
#define S2PP_FXVADDACTACHF(vra, cond) \
    ".long 0x100005f0" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* accumulate byte fractional saturating */
#define S2PP_FXVADDACTACBF(vra, cond) \
    ".long 0x100005f4" S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* add accumulator halfword modulo */
#define S2PP_FXVADDACHM(vrt, vra, cond) \
    ".long 0x10000630" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* add accumulator byte modulo */
#define S2PP_FXVADDACBM(vrt, vra, cond) \
    ".long 0x10000634" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* add accumulator halfword fractional saturating */
#define S2PP_FXVADDACHFS(vrt, vra, cond) \
    ".long 0x10000670" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* add accumulator byte fractional saturating */
#define S2PP_FXVADDACBFS(vrt, vra, cond) \
    ".long 0x10000674" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(cond, 0) "\n"

/* add to accumulator halfword */
#define S2PP_FXVADDTACH(vra, vrb, cond) \
    ".long 0x100006b0" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* add to accumulator byte */
#define S2PP_FXVADDTACB(vra, vrb, cond) \
    ".long 0x100006b4" S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* add halfword modulo */
#define S2PP_FXVADDHM(vrt, vra, vrb, cond) \
    ".long 0x10000730" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* add byte modulo */
#define S2PP_FXVADDBM(vrt, vra, vrb, cond) \
    ".long 0x10000734" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* add halfword saturating */
#define S2PP_FXVADDHFS(vrt, vra, vrb, cond) \
    ".long 0x10000770" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* add byte saturating */
#define S2PP_FXVADDBFS(vrt, vra, vrb, cond) \
    ".long 0x10000774" S2PP_FIELD(vrt, 21) S2PP_FIELD(vra, 16) S2PP_FIELD(vrb, 11) S2PP_FIELD(cond, 0) "\n"

/* load array indexed */
#define S2PP_FXVLAX(vrt, ra, rb, cond) \
    ".long 0x100007b0" S2PP_FIELD(vrt, 21) S2PP_FIELD(ra, 16) S2PP_FIELD(rb, 11) S2PP_FIELD(cond, 0) "\n"

/* store array indexed */
#define S2PP_FXVSTAX(vrt, ra, rb, cond) \
    ".long 0x100007f0" S2PP_FIELD(vrt, 21) S2PP_FIELD(ra, 16) S2PP_FIELD(rb, 11) S2PP_FIELD(cond, 0) "\n"

#endif
