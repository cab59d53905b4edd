"""Table of instructions of the plasticity processors."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.ppu.instructions import (
    AA_BIT,
    BY_MNEMONIC,
    FIELDS,
    INSTRUCTIONS,
    LK_BIT,
    OE_BIT,
    RC_BIT,
    SPRS,
    find,
    spr_field,
)

VECTOR = (
    ("fxvmahm 1,2,3", 0x10221830), ("fxvmahm 1,2,3,1", 0x10221831), ("fxvmabm 1,2,3", 0x10221834),
    ("fxvmabm 1,2,3,1", 0x10221835), ("fxvmtacb 2", 0x10020038), ("fxvmtacb 2,1", 0x10020039),
    ("fxvmtach 2", 0x1002003c), ("fxvmtach 2,1", 0x1002003d), ("fxvmahfs 1,2,3", 0x10221870),
    ("fxvmahfs 1,2,3,1", 0x10221871), ("fxvmabfs 1,2,3", 0x10221874), ("fxvmabfs 1,2,3,1", 0x10221875),
    ("fxvmtacbf 2", 0x10020078), ("fxvmtacbf 2,1", 0x10020079), ("fxvmtachf 2", 0x1002007c),
    ("fxvmtachf 2,1", 0x1002007d), ("fxvmatachm 2,3", 0x100218b0), ("fxvmatachm 2,3,1", 0x100218b1),
    ("fxvmatacbm 2,3", 0x100218b4), ("fxvmatacbm 2,3,1", 0x100218b5), ("fxvmatachfs 2,3", 0x100218f0),
    ("fxvmatachfs 2,3,1", 0x100218f1), ("fxvmatacbfs 2,3", 0x100218f4), ("fxvmatacbfs 2,3,1", 0x100218f5),
    ("fxvmulhm 1,2,3", 0x10221930), ("fxvmulhm 1,2,3,1", 0x10221931), ("fxvmulbm 1,2,3", 0x10221934),
    ("fxvmulbm 1,2,3,1", 0x10221935), ("fxvmulhfs 1,2,3", 0x10221970), ("fxvmulhfs 1,2,3,1", 0x10221971),
    ("fxvmulbfs 1,2,3", 0x10221974), ("fxvmulbfs 1,2,3,1", 0x10221975), ("fxvmultachm 2,3", 0x100219b0),
    ("fxvmultachm 2,3,1", 0x100219b1), ("fxvmultacbm 2,3", 0x100219b4), ("fxvmultacbm 2,3,1", 0x100219b5),
    ("fxvmultachfs 2,3", 0x100219f0), ("fxvmultachfs 2,3,1", 0x100219f1), ("fxvmultacbfs 2,3", 0x100219f4),
    ("fxvmultacbfs 2,3,1", 0x100219f5), ("fxvinx 1,4,5", 0x10242bb0), ("fxvinx 1,4,5,1", 0x10242bb1),
    ("fxvpckbu 1,2,3", 0x10221bbc), ("fxvpckbu 1,2,3,1", 0x10221bbd), ("fxvoutx 1,4,5", 0x10242bf0),
    ("fxvoutx 1,4,5,1", 0x10242bf1), ("fxvpckbl 1,2,3", 0x10221bfc), ("fxvpckbl 1,2,3,1", 0x10221bfd),
    ("fxvsplath 1,4", 0x10240430), ("fxvsplatb 1,4", 0x10240434), ("fxvupckbr 1,2,3", 0x10221c3c),
    ("fxvupckbr 1,2,3,1", 0x10221c3d), ("fxvupckbl 1,2,3", 0x10221c7c), ("fxvupckbl 1,2,3,1", 0x10221c7d),
    ("fxvcmph 2", 0x100204b0), ("fxvcmpb 2", 0x100204b4), ("fxvshh 1,2,-1", 0x1022fcf0),
    ("fxvshb 1,2,-1", 0x1022fcf4), ("fxvsel 1,2,3", 0x10221cfc), ("fxvsel 1,2,3,1", 0x10221cfd),
    ("fxvsubhm 1,2,3", 0x10221d30), ("fxvsubhm 1,2,3,1", 0x10221d31), ("fxvsubbm 1,2,3", 0x10221d34),
    ("fxvsubbm 1,2,3,1", 0x10221d35), ("fxvsubhfs 1,2,3", 0x10221d70), ("fxvsubhfs 1,2,3,1", 0x10221d71),
    ("fxvsubbfs 1,2,3", 0x10221d74), ("fxvsubbfs 1,2,3,1", 0x10221d75), ("fxvaddactachm 2", 0x100205b0),
    ("fxvaddactachm 2,1", 0x100205b1), ("fxvaddactacbm 2", 0x100205b4), ("fxvaddactacbm 2,1", 0x100205b5),
    ("fxvaddactachf 2", 0x100205f0), ("fxvaddactachf 2,1", 0x100205f1), ("fxvaddactacbf 2", 0x100205f4),
    ("fxvaddactacbf 2,1", 0x100205f5), ("fxvaddachm 1,2", 0x10220630), ("fxvaddachm 1,2,1", 0x10220631),
    ("fxvaddacbm 1,2", 0x10220634), ("fxvaddacbm 1,2,1", 0x10220635), ("fxvaddachfs 1,2", 0x10220670),
    ("fxvaddachfs 1,2,1", 0x10220671), ("fxvaddacbfs 1,2", 0x10220674), ("fxvaddacbfs 1,2,1", 0x10220675),
    ("fxvaddtach 2,3", 0x10021eb0), ("fxvaddtach 2,3,1", 0x10021eb1), ("fxvaddtacb 2,3", 0x10021eb4),
    ("fxvaddtacb 2,3,1", 0x10021eb5), ("fxvaddhm 1,2,3", 0x10221f30), ("fxvaddhm 1,2,3,1", 0x10221f31),
    ("fxvaddbm 1,2,3", 0x10221f34), ("fxvaddbm 1,2,3,1", 0x10221f35), ("fxvaddhfs 1,2,3", 0x10221f70),
    ("fxvaddhfs 1,2,3,1", 0x10221f71), ("fxvaddbfs 1,2,3", 0x10221f74), ("fxvaddbfs 1,2,3,1", 0x10221f75),
    ("fxvlax 1,4,5", 0x10242fb0), ("fxvlax 1,4,5,1", 0x10242fb1), ("fxvstax 1,4,5", 0x10242ff0),
    ("fxvstax 1,4,5,1", 0x10242ff1),
)
"""Texts and words of the assembler for this vector unit, with and without a condition."""

SCALAR = (
    ("lwz r8,-8(r6)", 0x8106fff8), ("lbz r8,-8(r6)", 0x8906fff8), ("lhz r8,-8(r6)", 0xa106fff8),
    ("lha r8,-8(r6)", 0xa906fff8), ("lwzx r8,r6,r7", 0x7d06382e), ("lbzx r8,r6,r7", 0x7d0638ae),
    ("lhzx r8,r6,r7", 0x7d063a2e), ("lhax r8,r6,r7", 0x7d063aae), ("lwzu r8,-8(r5)", 0x8505fff8),
    ("lbzu r8,-8(r5)", 0x8d05fff8), ("lhzu r8,-8(r5)", 0xa505fff8), ("lhau r8,-8(r5)", 0xad05fff8),
    ("lwzux r8,r5,r7", 0x7d05386e), ("lbzux r8,r5,r7", 0x7d0538ee), ("lhzux r8,r5,r7", 0x7d053a6e),
    ("lhaux r8,r5,r7", 0x7d053aee), ("stw r4,-8(r6)", 0x9086fff8), ("stb r4,-8(r6)", 0x9886fff8),
    ("sth r4,-8(r6)", 0xb086fff8), ("stwx r4,r6,r7", 0x7c86392e), ("stbx r4,r6,r7", 0x7c8639ae),
    ("sthx r4,r6,r7", 0x7c863b2e), ("stwu r4,-8(r5)", 0x9485fff8), ("stbu r4,-8(r5)", 0x9c85fff8),
    ("sthu r4,-8(r5)", 0xb485fff8), ("stwux r4,r5,r7", 0x7c85396e), ("stbux r4,r5,r7", 0x7c8539ee),
    ("sthux r4,r5,r7", 0x7c853b6e), ("lmw r8,-8(r6)", 0xb906fff8), ("stmw r4,-8(r6)", 0xbc86fff8),
    ("eciwx r8,r6,r7", 0x7d063a6c), ("ecowx r4,r6,r7", 0x7c863b6c), ("mulli r8,r5,-1234", 0x1d05fb2e),
    ("mullw r8,r5,r7", 0x7d0539d6), ("mullw. r8,r5,r7", 0x7d0539d7), ("mullwo r8,r5,r7", 0x7d053dd6),
    ("mullwo. r8,r5,r7", 0x7d053dd7), ("mulhw r8,r5,r7", 0x7d053896), ("mulhw. r8,r5,r7", 0x7d053897),
    ("mulhwu r8,r5,r7", 0x7d053816), ("mulhwu. r8,r5,r7", 0x7d053817), ("divw r8,r5,r7", 0x7d053bd6),
    ("divw. r8,r5,r7", 0x7d053bd7), ("divwo r8,r5,r7", 0x7d053fd6), ("divwo. r8,r5,r7", 0x7d053fd7),
    ("divwu r8,r5,r7", 0x7d053b96), ("divwu. r8,r5,r7", 0x7d053b97), ("divwuo r8,r5,r7", 0x7d053f96),
    ("divwuo. r8,r5,r7", 0x7d053f97), ("addi r8,r6,-1234", 0x3906fb2e), ("addis r8,r6,-1234", 0x3d06fb2e),
    ("addic r8,r5,-1234", 0x3105fb2e), ("addic. r8,r5,-1234", 0x3505fb2e), ("subfic r8,r5,-1234", 0x2105fb2e),
    ("add r8,r5,r7", 0x7d053a14), ("add. r8,r5,r7", 0x7d053a15), ("addo r8,r5,r7", 0x7d053e14),
    ("addo. r8,r5,r7", 0x7d053e15), ("addc r8,r5,r7", 0x7d053814), ("addc. r8,r5,r7", 0x7d053815),
    ("addco r8,r5,r7", 0x7d053c14), ("addco. r8,r5,r7", 0x7d053c15), ("adde r8,r5,r7", 0x7d053914),
    ("adde. r8,r5,r7", 0x7d053915), ("addeo r8,r5,r7", 0x7d053d14), ("addeo. r8,r5,r7", 0x7d053d15),
    ("addme r8,r5", 0x7d0501d4), ("addme. r8,r5", 0x7d0501d5), ("addmeo r8,r5", 0x7d0505d4),
    ("addmeo. r8,r5", 0x7d0505d5), ("addze r8,r5", 0x7d050194), ("addze. r8,r5", 0x7d050195),
    ("addzeo r8,r5", 0x7d050594), ("addzeo. r8,r5", 0x7d050595), ("subf r8,r5,r7", 0x7d053850),
    ("subf. r8,r5,r7", 0x7d053851), ("subfo r8,r5,r7", 0x7d053c50), ("subfo. r8,r5,r7", 0x7d053c51),
    ("subfc r8,r5,r7", 0x7d053810), ("subfc. r8,r5,r7", 0x7d053811), ("subfco r8,r5,r7", 0x7d053c10),
    ("subfco. r8,r5,r7", 0x7d053c11), ("subfe r8,r5,r7", 0x7d053910), ("subfe. r8,r5,r7", 0x7d053911),
    ("subfeo r8,r5,r7", 0x7d053d10), ("subfeo. r8,r5,r7", 0x7d053d11), ("subfme r8,r5", 0x7d0501d0),
    ("subfme. r8,r5", 0x7d0501d1), ("subfmeo r8,r5", 0x7d0505d0), ("subfmeo. r8,r5", 0x7d0505d1),
    ("subfze r8,r5", 0x7d050190), ("subfze. r8,r5", 0x7d050191), ("subfzeo r8,r5", 0x7d050590),
    ("subfzeo. r8,r5", 0x7d050591), ("neg r8,r5", 0x7d0500d0), ("neg. r8,r5", 0x7d0500d1), ("nego r8,r5", 0x7d0504d0),
    ("nego. r8,r5", 0x7d0504d1), ("cmpi cr2,0,r5,-1234", 0x2d05fb2e), ("cmpli cr2,0,r5,43981", 0x2905abcd),
    ("cmp cr2,0,r5,r7", 0x7d053800), ("cmpl cr2,0,r5,r7", 0x7d053840), ("ori r5,r4,43981", 0x6085abcd),
    ("oris r5,r4,43981", 0x6485abcd), ("xori r5,r4,43981", 0x6885abcd), ("xoris r5,r4,43981", 0x6c85abcd),
    ("andi. r5,r4,43981", 0x7085abcd), ("andis. r5,r4,43981", 0x7485abcd), ("and r5,r4,r7", 0x7c853838),
    ("and. r5,r4,r7", 0x7c853839), ("andc r5,r4,r7", 0x7c853878), ("andc. r5,r4,r7", 0x7c853879),
    ("or r5,r4,r7", 0x7c853b78), ("or. r5,r4,r7", 0x7c853b79), ("orc r5,r4,r7", 0x7c853b38),
    ("orc. r5,r4,r7", 0x7c853b39), ("xor r5,r4,r7", 0x7c853a78), ("xor. r5,r4,r7", 0x7c853a79),
    ("nand r5,r4,r7", 0x7c853bb8), ("nand. r5,r4,r7", 0x7c853bb9), ("nor r5,r4,r7", 0x7c8538f8),
    ("nor. r5,r4,r7", 0x7c8538f9), ("eqv r5,r4,r7", 0x7c853a38), ("eqv. r5,r4,r7", 0x7c853a39),
    ("cntlzw r5,r4", 0x7c850034), ("cntlzw. r5,r4", 0x7c850035), ("extsb r5,r4", 0x7c850774),
    ("extsb. r5,r4", 0x7c850775), ("extsh r5,r4", 0x7c850734), ("extsh. r5,r4", 0x7c850735),
    ("popcntb r5,r4", 0x7c8500f4), ("prtyw r5,r4", 0x7c850134), ("rlwimi r5,r4,9,10,21", 0x50854aaa),
    ("rlwimi. r5,r4,9,10,21", 0x50854aab), ("rlwinm r5,r4,9,10,21", 0x54854aaa),
    ("rlwinm. r5,r4,9,10,21", 0x54854aab), ("rlwnm r5,r4,r7,10,21", 0x5c853aaa),
    ("rlwnm. r5,r4,r7,10,21", 0x5c853aab), ("slw r5,r4,r7", 0x7c853830), ("slw. r5,r4,r7", 0x7c853831),
    ("srw r5,r4,r7", 0x7c853c30), ("srw. r5,r4,r7", 0x7c853c31), ("sraw r5,r4,r7", 0x7c853e30),
    ("sraw. r5,r4,r7", 0x7c853e31), ("srawi r5,r4,9", 0x7c854e70), ("srawi. r5,r4,9", 0x7c854e71),
    ("crand 6,17,30", 0x4cd1f202), ("crandc 6,17,30", 0x4cd1f102), ("cror 6,17,30", 0x4cd1f382),
    ("crorc 6,17,30", 0x4cd1f342), ("crnand 6,17,30", 0x4cd1f1c2), ("crnor 6,17,30", 0x4cd1f042),
    ("crxor 6,17,30", 0x4cd1f182), ("creqv 6,17,30", 0x4cd1f242), ("mcrf cr2,cr5", 0x4d140000),
    ("mfcr r3", 0x7c600026), ("mfocrf r3,128", 0x7c780026), ("mtcrf 129,r4", 0x7c881120), ("mtocrf 2,r4", 0x7c902120),
    ("mfspr r8,9", 0x7d0902a6), ("mtspr 9,r4", 0x7c8903a6), ("mfmsr r8", 0x7d0000a6), ("mtmsr r4", 0x7c800124),
    ("sync", 0x7c0004ac), ("wait", 0x7c00007c), ("b 0x1000", 0x48001000), ("bl 0x1000", 0x48001001),
    ("ba 0x1000", 0x48001002), ("bla 0x1000", 0x48001003), ("bc 12,10,0x40", 0x418a0040),
    ("bcl 12,10,0x40", 0x418a0041), ("bca 12,10,0x40", 0x418a0042), ("bcla 12,10,0x40", 0x418a0043),
    ("bclr 12,10", 0x4d8a0020), ("bclrl 12,10", 0x4d8a0021), ("bcctr 12,10", 0x4d8a0420),
    ("bcctrl 12,10", 0x4d8a0421), ("rfi", 0x4c000064), ("rfci", 0x4c000066), ("rfmci", 0x4c00004c),
    ("tw 20,r5,r7", 0x7e853808), ("twi 20,r5,-1234", 0x0e85fb2e),
)
"""Texts of all scalar instructions and their option forms, with the words of the GNU assembler."""

ABSENT = {
    "sc": 0x44000002, "isync": 0x4C00012C, "eieio": 0x7C0006AC, "mftb": 0x7C6C42E6, "lwarx": 0x7C601828,
    "stwcx.": 0x7C60192D, "dcbf": 0x7C0018AC, "lwbrx": 0x7C601C2C, "lswi": 0x7C6424AA, "isel": 0x7C64281E,
    "popcntw": 0x7C8302F4, "wrteei": 0x7C008146, "mcrxr": 0x7C000400, "fadd": 0xFC22182A, "vaddubm": 0x10221800,
    "lfs": 0xC0230000, "wait of other processors": 0x7C00003C, "zeros": 0, "ones": 0xFFFFFFFF,
}
"""Instructions of other Power processors and words that are none."""

CONTEXT_SYNCHRONIZING = {"mtmsr", "sync", "wait", "tw", "twi"}


@pytest.mark.parametrize("text,word", VECTOR + SCALAR)
def test_examples_decode(text: str, word: int) -> None:
    instruction = find(word)
    assert instruction is not None
    letters = (("o", instruction.overflow, OE_BIT), ("l", instruction.link, LK_BIT),
               ("a", instruction.absolute, AA_BIT), (".", instruction.record, RC_BIT))
    suffix = "".join(letter for letter, has, bit in letters if has and word & bit)
    mnemonic = text.split()[0].replace("mfocrf", "mfcr").replace("mtocrf", "mtcrf")
    assert instruction.mnemonic + suffix == mnemonic


def test_examples_cover_the_table() -> None:
    found = [find(word) for _, word in VECTOR + SCALAR]
    assert set(found) == set(INSTRUCTIONS)
    # every option form of the scalar instructions is an example of its own
    forms = {(find(word), word & find(word).options) for _, word in SCALAR}  # type: ignore[union-attr]
    assert len(forms) == sum(1 << instruction.options.bit_count() for instruction in INSTRUCTIONS
                             if instruction.form != "FXV")


def test_mnemonics_are_unique() -> None:
    assert len(BY_MNEMONIC) == len(INSTRUCTIONS) == 163
    assert all(BY_MNEMONIC[instruction.mnemonic] is instruction for instruction in INSTRUCTIONS)


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda instruction: instruction.mnemonic)
def test_bits_have_one_use(instruction) -> None:
    assert instruction.match & ~instruction.mask == 0
    used = instruction.mask
    fields = [((1 << width) - 1) << lowest for lowest, width in map(FIELDS.get, instruction.operands)]
    options = [bit for bit, has in ((RC_BIT, instruction.record), (LK_BIT, instruction.link),
                                    (AA_BIT, instruction.absolute), (OE_BIT, instruction.overflow)) if has]
    for bits in fields + options:
        assert used & bits == 0
        used |= bits
    assert instruction.unused & used == 0


def test_no_word_is_two_instructions() -> None:
    for a, b in itertools.combinations(INSTRUCTIONS, 2):
        assert (a.match ^ b.match) & a.mask & b.mask, (a.mnemonic, b.mnemonic)


@settings(deadline=None)
@given(st.sampled_from(INSTRUCTIONS), st.integers(0, 2**32 - 1))
def test_only_the_mask_decides(instruction, other: int) -> None:
    assert find(instruction.match | other & ~instruction.mask) is instruction


@settings(deadline=None)
@given(st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 2**26 - 1).map(lambda low: 31 << 26 | low),
                 st.integers(0, 2**26 - 1).map(lambda low: 19 << 26 | low)))
def test_find_is_a_search_through_the_table(word: int) -> None:
    matching = [instruction for instruction in INSTRUCTIONS if word & instruction.mask == instruction.match]
    assert [find(word)] == (matching or [None])


@pytest.mark.parametrize("name", ABSENT)
def test_absent_instructions(name: str) -> None:
    assert find(ABSENT[name]) is None


def test_vector_words_fix_opcode_and_extended_opcode() -> None:
    vector = [instruction for instruction in INSTRUCTIONS if instruction.form == "FXV"]
    assert len(vector) == 53
    assert {instruction.mask for instruction in vector} == {0xFC0007FC}
    assert {instruction.match >> 26 for instruction in vector} == {4}
    assert {instruction.latency for instruction in vector} == {"madd", "permute", "cmp", "ls", "pls"}


def test_units_and_latencies() -> None:
    assert {name for name, entry in BY_MNEMONIC.items() if entry.latency == "sync"} == CONTEXT_SYNCHRONIZING
    assert {name for name, entry in BY_MNEMONIC.items() if entry.latency == "div"} == {"divw", "divwu"}
    assert {name for name, entry in BY_MNEMONIC.items() if entry.unit == "MUL_DIV"} == {
        "mulli", "mullw", "mulhw", "mulhwu"}
    updates = {name for name, entry in BY_MNEMONIC.items() if entry.latency.endswith("_update")}
    assert updates == {access + index for access in ("lwzu", "lbzu", "lhzu", "lhau", "stwu", "stbu", "sthu")
                       for index in ("", "x")}


def test_register_zero_is_the_value_zero_in_addresses_only() -> None:
    zero = {name for name, entry in BY_MNEMONIC.items() if "RA0" in entry.operands}
    addressed = {name for name, entry in BY_MNEMONIC.items()
                 if entry.latency in ("load", "store", "multiple", "dev_ctrl", "ls", "pls")}
    assert zero == addressed | {"addi", "addis"}


def test_special_purpose_registers() -> None:
    assert len(SPRS) == 21 and len(set(SPRS.values())) == 21
    assert (SPRS["LR"], SPRS["CTR"], SPRS["TBL"], SPRS["MCSRR1"]) == (8, 9, 284, 571)


@settings(deadline=None)
@given(st.integers(0, 1023))
def test_halves_of_the_register_number_are_swapped(number: int) -> None:
    assert spr_field(spr_field(number)) == number
    assert spr_field(number) >> 5 == number & 31
