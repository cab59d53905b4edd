/* Instructions by name, and the operations that they are decoded into. */
#ifndef CHIPSIM_PPU_OPERATIONS_H
#define CHIPSIM_PPU_OPERATIONS_H

/* Number and mnemonic; the encodings are in chipsim/ppu/instructions.py. */
#define PPU_INSTRUCTIONS(X) \
    X(LWZ, "lwz") X(LWZU, "lwzu") X(LBZ, "lbz") X(LBZU, "lbzu") X(LHZ, "lhz") X(LHZU, "lhzu") X(LHA, "lha") \
    X(LHAU, "lhau") X(STW, "stw") X(STWU, "stwu") X(STB, "stb") X(STBU, "stbu") X(STH, "sth") X(STHU, "sthu") \
    X(LMW, "lmw") X(STMW, "stmw") X(LWZX, "lwzx") X(LBZX, "lbzx") X(LHZX, "lhzx") X(LHAX, "lhax") \
    X(LWZUX, "lwzux") X(LBZUX, "lbzux") X(LHZUX, "lhzux") X(LHAUX, "lhaux") X(STWX, "stwx") X(STBX, "stbx") \
    X(STHX, "sthx") X(STWUX, "stwux") X(STBUX, "stbux") X(STHUX, "sthux") X(ADDI, "addi") X(ADDIS, "addis") \
    X(ADDIC, "addic") X(ADDIC_RC, "addic.") X(SUBFIC, "subfic") X(MULLI, "mulli") X(ADD, "add") X(ADDC, "addc") \
    X(ADDE, "adde") X(ADDME, "addme") X(ADDZE, "addze") X(SUBF, "subf") X(SUBFC, "subfc") X(SUBFE, "subfe") \
    X(SUBFME, "subfme") X(SUBFZE, "subfze") X(NEG, "neg") X(MULLW, "mullw") X(MULHW, "mulhw") \
    X(MULHWU, "mulhwu") X(DIVW, "divw") X(DIVWU, "divwu") X(CMPI, "cmpi") X(CMPLI, "cmpli") X(CMP, "cmp") \
    X(CMPL, "cmpl") X(ORI, "ori") X(ORIS, "oris") X(XORI, "xori") X(XORIS, "xoris") X(ANDI_RC, "andi.") \
    X(ANDIS_RC, "andis.") X(AND, "and") X(ANDC, "andc") X(OR, "or") X(ORC, "orc") X(XOR, "xor") X(NAND, "nand") \
    X(NOR, "nor") X(EQV, "eqv") X(CNTLZW, "cntlzw") X(EXTSB, "extsb") X(EXTSH, "extsh") X(POPCNTB, "popcntb") \
    X(PRTYW, "prtyw") X(RLWIMI, "rlwimi") X(RLWINM, "rlwinm") X(RLWNM, "rlwnm") X(SLW, "slw") X(SRW, "srw") \
    X(SRAW, "sraw") X(SRAWI, "srawi") X(B, "b") X(BC, "bc") X(BCLR, "bclr") X(BCCTR, "bcctr") X(RFI, "rfi") \
    X(RFCI, "rfci") X(RFMCI, "rfmci") X(CRAND, "crand") X(CRANDC, "crandc") X(CROR, "cror") X(CRORC, "crorc") \
    X(CRNAND, "crnand") X(CRNOR, "crnor") X(CRXOR, "crxor") X(CREQV, "creqv") X(MCRF, "mcrf") X(MFCR, "mfcr") \
    X(MTCRF, "mtcrf") X(MFSPR, "mfspr") X(MTSPR, "mtspr") X(MFMSR, "mfmsr") X(MTMSR, "mtmsr") X(TW, "tw") \
    X(TWI, "twi") X(SYNC, "sync") X(WAIT, "wait") \
    X(FXVMAHM, "fxvmahm") X(FXVMABM, "fxvmabm") X(FXVMTACB, "fxvmtacb") X(FXVMTACH, "fxvmtach") \
    X(FXVMAHFS, "fxvmahfs") X(FXVMABFS, "fxvmabfs") X(FXVMTACBF, "fxvmtacbf") X(FXVMTACHF, "fxvmtachf") \
    X(FXVMATACHM, "fxvmatachm") X(FXVMATACBM, "fxvmatacbm") X(FXVMATACHFS, "fxvmatachfs") \
    X(FXVMATACBFS, "fxvmatacbfs") X(FXVMULHM, "fxvmulhm") X(FXVMULBM, "fxvmulbm") X(FXVMULHFS, "fxvmulhfs") \
    X(FXVMULBFS, "fxvmulbfs") X(FXVMULTACHM, "fxvmultachm") X(FXVMULTACBM, "fxvmultacbm") \
    X(FXVMULTACHFS, "fxvmultachfs") X(FXVMULTACBFS, "fxvmultacbfs") X(FXVINX, "fxvinx") X(FXVPCKBU, "fxvpckbu") \
    X(FXVOUTX, "fxvoutx") X(FXVPCKBL, "fxvpckbl") X(FXVSPLATH, "fxvsplath") X(FXVSPLATB, "fxvsplatb") \
    X(FXVUPCKBR, "fxvupckbr") X(FXVUPCKBL, "fxvupckbl") X(FXVCMPH, "fxvcmph") X(FXVCMPB, "fxvcmpb") \
    X(FXVSHH, "fxvshh") X(FXVSHB, "fxvshb") X(FXVSEL, "fxvsel") X(FXVSUBHM, "fxvsubhm") X(FXVSUBBM, "fxvsubbm") \
    X(FXVSUBHFS, "fxvsubhfs") X(FXVSUBBFS, "fxvsubbfs") X(FXVADDACTACHM, "fxvaddactachm") \
    X(FXVADDACTACBM, "fxvaddactacbm") X(FXVADDACTACHF, "fxvaddactachf") X(FXVADDACTACBF, "fxvaddactacbf") \
    X(FXVADDACHM, "fxvaddachm") X(FXVADDACBM, "fxvaddacbm") X(FXVADDACHFS, "fxvaddachfs") \
    X(FXVADDACBFS, "fxvaddacbfs") X(FXVADDTACH, "fxvaddtach") X(FXVADDTACB, "fxvaddtacb") X(FXVADDHM, "fxvaddhm") \
    X(FXVADDBM, "fxvaddbm") X(FXVADDHFS, "fxvaddhfs") X(FXVADDBFS, "fxvaddbfs") X(FXVLAX, "fxvlax") \
    X(FXVSTAX, "fxvstax")

enum {
    I_NONE,
#define X(name, mnemonic) I_##name,
    PPU_INSTRUCTIONS(X)
#undef X
    N_INSTRUCTIONS
};

/* Operations. Those with a result that CR0 may be set by exist twice. */
#define PPU_RECORDED(X) \
    X(ADD) X(ADDC) X(ADDE) X(ADDME) X(ADDZE) X(SUBF) X(SUBFC) X(SUBFE) X(SUBFME) X(SUBFZE) X(NEG) X(MULLW) X(MULHW) \
    X(MULHWU) X(DIVW) X(DIVWU) X(AND) X(ANDC) X(OR) X(ORC) X(XOR) X(NAND) X(NOR) X(EQV) X(CNTLZW) X(EXTSB) X(EXTSH) \
    X(RLWIMI) X(RLWINM) X(RLWNM) X(SLW) X(SRW) X(SRAW) X(SRAWI) X(ADDIC)

#define PPU_PLAIN(X) \
    X(NOP) X(ILLEGAL) X(END) X(ADDI) X(SUBFIC) X(MULLI) X(OVERFLOW) X(CMPI) X(CMPLI) X(CMP) X(CMPL) X(ORI) X(XORI) \
    X(ANDI) X(POPCNTB) X(PRTYW) X(LWZ) X(LBZ) X(LHZ) X(LHA) X(STW) X(STB) X(STH) X(LWZU) X(LBZU) X(LHZU) X(LHAU) \
    X(STWU) X(STBU) X(STHU) X(LWZX) X(LBZX) X(LHZX) X(LHAX) X(STWX) X(STBX) X(STHX) X(LWZUX) X(LBZUX) X(LHZUX) \
    X(LHAUX) X(STWUX) X(STBUX) X(STHUX) X(LMW) X(STMW) X(BRANCH) X(BRANCH_FAR) X(BRANCH_IF) X(BRANCH_IF_NOT) \
    X(BRANCH_COUNT) X(BRANCH_ANY) X(BCLR) X(BCCTR) X(RETURN) X(CR_BITS) X(MCRF) X(MFCR) X(MTCRF) X(MFSPR) X(MTSPR) \
    X(MFMSR) X(MTMSR) X(TRAP) X(TRAP_I) X(SYNC) X(WAIT) X(VECTOR)

enum {
    OP_FETCH,
#define X(name) OP_##name, OP_##name##_RC,
    PPU_RECORDED(X)
#undef X
#define X(name) OP_##name,
    PPU_PLAIN(X)
#undef X
    N_OPS
};

enum { /* special purpose registers */
    SPR_XER = 1, SPR_LR = 8, SPR_CTR = 9, SPR_DEC = 22, SPR_SRR0 = 26, SPR_SRR1 = 27, SPR_DECAR = 54, SPR_CSRR0 = 58,
    SPR_CSRR1 = 59, SPR_DEAR = 61, SPR_ESR = 62, SPR_GIN = 65, SPR_GOUT = 66, SPR_GOE = 67, SPR_ICCR = 68,
    SPR_TBL = 284, SPR_TBU = 285, SPR_TSR = 336, SPR_TCR = 340, SPR_MCSRR0 = 570, SPR_MCSRR1 = 571
};

/* Bits of special purpose registers. */
#define MSR_BITS 0x00029230u
#define MSR_KEPT 0x00021200u /* by an interrupt: CE, ME, DE */
#define MSR_EE 0x00008000u
#define ESR_BITS 0x0f8f07e2u
#define ESR_TRAP 0x02000000u
#define TCR_DIE 0x04000000u
#define TCR_FIE 0x00800000u
#define TCR_ARE 0x00400000u
#define TSR_DIS 0x08000000u
#define TSR_FIS 0x04000000u

#endif
