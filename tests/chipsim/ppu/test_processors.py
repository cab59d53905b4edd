"""Both processors on a whole chip: reset, clocks, memories, the Omnibus and each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halco
import haldls
import stadls
from chipsim.ppu.assembler import assemble
from tests.chipsim.ppu.ppu_experiment import (
    ADDRESSES,
    BOTTOM,
    COUNTER,
    DATA,
    DRAM,
    DRAM_CODE,
    EXTERNAL,
    EXTERNAL_CODE,
    TOP,
    PPUExperiment,
    address_of,
    program,
    words_of,
)

PPUS = pytest.mark.parametrize("ppu", [TOP, BOTTOM], ids=["top", "bottom"])
MEMORIES = pytest.mark.parametrize(("base", "dram"), [(EXTERNAL, False), (DRAM, True)], ids=["sram", "dram"])
PATTERN = np.arange(128, dtype=np.uint8) * 7 + 3


# -- reset, clocks, status -------------------------------------------------------------------------------------------


@PPUS
def test_begins_at_zero_when_the_reset_ends(ppu: int) -> None:
    e = PPUExperiment()
    e.load(ppu, program("li r4,DATA; lwz r3,0(r4); addi r3,r3,1; stw r3,0(r4); wait"))
    e.wait(50)
    assert e.memory(ppu, DATA, 1) == 0
    for count in (1, 2):
        e.start(ppu)
        e.finish(ppu)
        e.wait(50)
        assert e.memory(ppu, DATA, 1) == count
        assert e.memory(1 - ppu, DATA, 1) == 0
        e.control(ppu)


@PPUS
def test_special_registers_are_zero_after_a_reset(ppu: int) -> None:
    e = PPUExperiment()
    dirty = "li r3,-1; mtlr r3; mtctr r3; mtcr r3; mtxer r3; mtsrr0 r3; mtdecar r3; mtmsr r3"
    shown = "mflr r5; mfctr r6; mr r7,r2; mfxer r8; mfsrr0 r9; mfspr r10,DECAR; mfmsr r11; li r4,DATA; stmw r5,0(r4)"
    e.load(ppu, program(f"mfcr r2; li r3,DATA; lwz r3,0(r3); cmpwi r3,0; bne show; {dirty}; b .; show: {shown}; wait"))
    e.start(ppu)
    e.wait(10)
    assert e.chip.ppus[ppu].state().decar == 0xFFFFFFFF
    e.control(ppu)
    e.write_memory(ppu, DATA, [1])
    e.start(ppu)
    e.finish(ppu)
    assert not e.memory(ppu, DATA, 7).any()


@PPUS
def test_status(ppu: int) -> None:
    """Asleep or not; in reset there is nothing that could be awake."""
    e = PPUExperiment()
    e.load(ppu, program("li r4,DATA; loop: lwz r3,0(r4); cmpwi r3,0; beq loop; wait"))
    assert e.sleeps(ppu)
    e.start(ppu)
    assert not e.sleeps(ppu)
    e.wait(100)
    assert not e.sleeps(ppu) and e.chip.ppus[ppu].running
    e.write_memory(ppu, DATA, [1])
    e.wait(2)
    assert e.sleeps(ppu) and e.chip.ppus[ppu].asleep and e.sleeps(1 - ppu)


def test_a_new_word_reaches_a_loop_that_runs() -> None:
    """The host writes an instruction under the processor's feet."""
    e = PPUExperiment()
    e.load(TOP, program(COUNTER))
    e.start(TOP)
    e.wait(5)
    e.write_memory(TOP, 0x48, assemble("addi r3,r3,-1"))
    e.wait(5)
    first, _ = e.memory(TOP, DATA, 1), e.wait(5)
    assert e.memory(TOP, DATA, 1).view(np.int32) < first.view(np.int32)


@pytest.mark.parametrize("how", ["register", "reset"])
def test_a_stopped_processor_stands(how: str) -> None:
    e = PPUExperiment()
    e.load(TOP, program(COUNTER))
    e.start(TOP)
    e.wait(20)
    if how == "register":
        e.control(TOP, inhibit_reset=True, force_clock_off=True)
    else:
        e.control(TOP)
    count = e.memory(TOP, DATA, 1)
    assert 1000 < count < 10000
    e.wait(100)
    assert e.memory(TOP, DATA, 1) == count  # and the memory can be read
    e.control(TOP, inhibit_reset=True)
    e.wait(1)
    if how == "register":
        assert count < e.memory(TOP, DATA, 1) < count + 2000
    else:
        assert e.memory(TOP, DATA, 1) < 2000


def test_a_processor_without_clock_begins_when_it_has_one() -> None:
    e = PPUExperiment()
    e.load(TOP, program("li r4,DATA; li r3,5; stw r3,0(r4); wait"))
    e.control(TOP, inhibit_reset=True, force_clock_off=True)
    e.wait(50)
    assert e.memory(TOP, DATA, 1) == 0 and not e.chip.ppus[TOP].running
    e.control(TOP, inhibit_reset=True)
    e.finish(TOP)
    assert e.memory(TOP, DATA, 1) == 5


@PPUS
def test_a_timer_wakes_a_processor_while_the_host_waits(ppu: int) -> None:
    """Every 10000 cycles; the processor sleeps in between."""
    e = PPUExperiment()
    words = program("""
        LOAD r3,0x04400000; mtspr TCR,r3; li r3,10000; mtspr DECAR,r3; mtspr DEC,r3; LOAD r3,0x8000; mtmsr r3
    again: wait; b again
    """, handler="b 0x38")
    words[0x38 // 4:0x40 // 4] = assemble("b 0x400; nop", 0x38)
    e.load(ppu, words)
    e.write_memory(ppu, 0x400, assemble(
        "lis r9,0x0800; mtspr TSR,r9; li r4,DATA; lwz r3,0(r4); addi r3,r3,1; stw r3,0(r4); rfi", 0, ADDRESSES))
    e.start(ppu)
    e.wait(1010)
    assert e.memory(ppu, DATA, 1) == 25 and e.sleeps(ppu)


def test_a_reset_of_the_chip_stops_the_processors() -> None:
    e = PPUExperiment()
    for ppu in (TOP, BOTTOM):
        e.load(ppu, program(COUNTER))
    e.start()
    e.wait(20)
    stadls.run(e.connection, stadls.SystemInit().generate()[0].done())
    assert not any(ppu.running for ppu in e.chip.ppus)
    e.run(BOTTOM, "li r4,DATA; li r3,5; stw r3,0(r4); wait")
    assert e.memory(BOTTOM, DATA, 1) == 5


def test_time_base_counts_cycles_of_4_ns() -> None:
    e = PPUExperiment()
    e.load(TOP, program("li r4,DATA; loop: mfspr r3,TBL; stw r3,0(r4); b loop"))
    e.start(TOP)
    times = []
    for _ in range(3):
        times.append(int(e.memory(TOP, DATA, 1)[0]))
        e.wait(400)
    steps = np.diff(times)
    # Besides the 400 us, the reads themselves take a few us.
    assert np.all(steps >= 100_000) and np.all(steps < 103_000) and times[0] < 2_000


# -- memories --------------------------------------------------------------------------------------------------------


@PPUS
def test_host_and_processor_share_memory_while_it_runs(ppu: int) -> None:
    """The most significant byte of a word is the one with the lowest address."""
    e = PPUExperiment()
    e.load(ppu, program("""
        li r4,DATA
    loop: lbz r5,0(r4); lbz r6,3(r4); lhz r7,2(r4)
        stb r6,4(r4); stb r5,7(r4); sth r7,8(r4)
        b loop
    """))
    e.start(ppu)
    for word in (0x12345678, 0xFEDCBA98):
        e.write_memory(ppu, DATA, [word])
        e.wait(2)
        _, mixed, half = e.memory(ppu, DATA, 3).tolist()
        assert mixed == (word & 0xFF) << 24 | word >> 24 and half == (word & 0xFFFF) << 16


@MEMORIES
def test_external_memory_by_scalars(base: int, dram: bool) -> None:
    e = PPUExperiment()
    e.write_external(0x100, PATTERN[:8], dram)
    e.run(TOP, """
        LOAD r4,BASE + 0x100
        lwz r5,0(r4); lhz r6,6(r4); lbz r7,5(r4); lha r8,2(r4)
        li r9,DATA; stmw r5,0(r9)
        LOAD r10,0xa1b2c3d4
        stw r10,0x10(r4); sth r10,0x16(r4); stb r10,0x19(r4)
        wait
    """, BASE=base)
    values = PATTERN.astype(np.uint32)
    lha = int(values[2] << 8 | values[3])
    assert e.memory(TOP, DATA, 4).tolist() == [
        words_of(PATTERN[:4])[0], values[6] << 8 | values[7], values[5],
        lha - 0x10000 & 0xFFFFFFFF if lha & 0x8000 else lha,
    ]
    assert e.external(0x110, 12, dram).tobytes().hex() == "a1b2c3d4" "0000c3d4" "00d40000"


@MEMORIES
@PPUS
def test_vectors_in_external_memory(ppu: int, base: int, dram: bool) -> None:
    """Stored in the order of memory by `fxvstax`, with the words in reverse order by `fxvoutx`."""
    e = PPUExperiment()
    e.write_external(0x80, PATTERN, dram)
    e.run(ppu, """
        LOAD r4,BASE; LOAD r5,IO; li r6,0x80; li r7,0x100; li r8,0x200
        fxvlax 1,r4,r6; fxvstax 1,r4,r7
        li r0,0; li r9,DATA; fxvstax 1,r9,r0
        li r10,0x20; fxvoutx 1,r5,r10         # byte 0x200, in units of 16 bytes
        fxvinx 2,r5,r10; fxvstax 2,r9,r6      # and natural again
        li r10,8; fxvinx 3,r5,r10; fxvstax 3,r9,r7
        sync 0; wait
    """, BASE=base, IO=ADDRESSES["DRAM_IO" if dram else "EXTERNAL_IO"])
    reversed_words = PATTERN.reshape(32, 4)[::-1].ravel()
    assert np.array_equal(e.external(0x100, 128, dram), PATTERN)
    assert np.array_equal(e.external(0x200, 128, dram), reversed_words)
    assert np.array_equal(e.vectors(ppu, DATA, 3), [PATTERN, PATTERN, reversed_words])


def test_both_processors_and_the_host_share_external_memory() -> None:
    e = PPUExperiment()
    e.load(TOP, program("LOAD r4,EXTERNAL; li r3,77; stw r3,0x40(r4); wait"))
    e.load(BOTTOM, program("""
        LOAD r4,EXTERNAL; li r6,DATA
    loop: lwz r3,0x40(r4); cmpwi r3,0; beq loop
        stw r3,0(r6); lwz r5,0x44(r4); stw r5,4(r6); wait
    """))
    e.write_external(0x44, np.array([0xCAFE], dtype=np.uint32))
    e.start(BOTTOM)
    e.wait(20)
    assert not e.sleeps(BOTTOM)
    e.start(TOP)
    e.finish()
    assert e.memory(BOTTOM, DATA, 2).tolist() == [77, 0xCAFE]


CODE_PLACES = pytest.mark.parametrize(("code", "place", "dram"), [
    (EXTERNAL_CODE, 0, False), (EXTERNAL_CODE, 0x1FFC0, False), (DRAM_CODE, 0, True), (DRAM_CODE, 0x0FFFFF00, True),
])
DOUBLE = "add r3,r3,r3; addi r3,r3,1; blr"


@CODE_PLACES
def test_instructions_in_external_memory(code: int, place: int, dram: bool) -> None:
    """The same bytes are at one address for data and at another one for instructions."""
    e = PPUExperiment()
    e.write_external(place, assemble(DOUBLE), dram)
    e.run(TOP, """
        LOAD r5,CODE; mtctr r5; li r3,10; bctrl; bctrl
        LOAD r6,DATAVIEW; lwz r7,0(r6); li r4,DATA; stw r3,0(r4); stw r7,4(r4); wait
    """, CODE=code + place, DATAVIEW=(DRAM if dram else EXTERNAL) + place)
    assert e.memory(TOP, DATA, 2).tolist() == [43, assemble(DOUBLE)[0]]


@pytest.mark.parametrize("dram", [False, True], ids=["sram", "dram"])
def test_new_code_in_external_memory_is_seen_after_a_reset(dram: bool) -> None:
    e = PPUExperiment()
    for value in (3, 4):
        e.write_external(0x80, assemble(f"li r3,{value}; blr"), dram)
        e.run(TOP, "LOAD r5,CODE; mtctr r5; bctrl; li r4,DATA; stw r3,0(r4); wait",
              CODE=(DRAM_CODE if dram else EXTERNAL_CODE) + 0x80)
        assert e.memory(TOP, DATA, 1) == value


@pytest.mark.parametrize("dram", [False, True], ids=["sram", "dram"])
def test_code_that_the_processor_wrote_itself(dram: bool) -> None:
    e = PPUExperiment()
    words = assemble(DOUBLE)
    stores = "; ".join(f"LOAD r3,{word}; stw r3,{4 * i}(r4)" for i, word in enumerate(words.tolist()))
    e.run(BOTTOM, f"LOAD r4,BASE; {stores}; LOAD r5,CODE; mtctr r5; li r3,4; bctrl; li r4,DATA; stw r3,0(r4); wait",
          BASE=(DRAM if dram else EXTERNAL) + 0x400, CODE=(DRAM_CODE if dram else EXTERNAL_CODE) + 0x400)
    assert e.memory(BOTTOM, DATA, 1) == 9


def test_a_long_program_in_external_memory() -> None:
    """More than a cache holds: 4000 additions of different numbers."""
    e = PPUExperiment()
    text = "".join(f"addi r3,r3,{i % 97}\n" for i in range(4000)) + "blr"
    e.write_external(0, assemble(text))
    e.run(TOP, "LOAD r5,EXTERNAL_CODE; mtctr r5; li r3,0; bctrl; li r4,DATA; stw r3,0(r4); wait", timeout_us=5000)
    assert e.memory(TOP, DATA, 1) == sum(i % 97 for i in range(4000))


# -- Omnibus ---------------------------------------------------------------------------------------------------------


def on_chip(address: int) -> int:
    """Byte address of a register of the chip for a processor."""
    return 0x80000000 | address << 2


def on_fpga(address: int) -> int:
    """Byte address of a register of the FPGA for a processor."""
    return 0x40000000 | address << 2 & 0x3FFFFFFF


def registers() -> list[Any]:
    """Containers of the chip and of the FPGA with places for them."""
    source = haldls.BackgroundSpikeSource()
    source.period, source.mask = 321, 5
    cell = haldls.CapMemCell(777)
    recording = haldls.EventRecordingConfig()
    recording.enable_event_recording = True
    timeout = haldls.InstructionTimeoutConfig()
    timeout.value = haldls.InstructionTimeoutConfig.Value(4321)
    return [
        pytest.param(halco.CrossbarNodeOnDLS(halco.Enum(17)), haldls.CrossbarNode(), on_chip, id="crossbar"),
        pytest.param(halco.CapMemCellOnDLS(halco.Enum(40)), cell, on_chip, id="capmem"),
        pytest.param(halco.BackgroundSpikeSourceOnDLS(2), source, on_chip, id="background"),
        pytest.param(halco.EventRecordingConfigOnFPGA(), recording, on_fpga, id="recording"),
        pytest.param(halco.InstructionTimeoutConfigOnFPGA(), timeout, on_fpga, id="timeout"),
    ]


@pytest.mark.parametrize(("coordinate", "container", "place"), registers())
def test_registers_written_and_read_by_a_processor(coordinate: Any, container: Any, place: Any) -> None:
    e = PPUExperiment()
    addresses, words = (x.ravel().tolist() for x in haldls.encode(container, coordinate))
    text = "li r4,DATA; "
    for i, (address, word) in enumerate(zip(addresses, words, strict=True)):
        text += f"LOAD r5,{place(address)}; LOAD r6,{word}; stw r6,0(r5); lwz r7,0(r5); stw r7,{4 * i}(r4); "
    e.run(BOTTOM, text + "wait")
    assert e.memory(BOTTOM, DATA, len(words)).tolist() == words
    assert [e.peek(address) for address in addresses] == words


@PPUS
def test_memories_of_both_processors_on_the_omnibus(ppu: int) -> None:
    e = PPUExperiment()
    e.write_memory(TOP, 0x3FF0, [0x11])
    e.write_memory(BOTTOM, 0x3FF0, [0x22])
    e.run(ppu, """
        LOAD r4,SRAM_TOP; LOAD r5,SRAM_BOTTOM; li r6,DATA
        lwz r7,0x3ff0(r4); lwz r8,0x3ff0(r5);
        stw r7,0(r6); stw r8,4(r6)
        LOAD r9,0x1234; stw r9,0x3ff4(r4); stw r9,0x3ff8(r5)
        wait
    """)
    assert e.memory(ppu, DATA, 2).tolist() == [0x11, 0x22]
    assert e.memory(TOP, 0x3FF0, 4).tolist() == [0x11, 0x1234, 0, 0]
    assert e.memory(BOTTOM, 0x3FF0, 4).tolist() == [0x22, 0, 0x1234, 0]


@PPUS
def test_a_processor_starts_and_watches_the_other_one(ppu: int) -> None:
    """It writes its program, starts it, and reads its status until it sleeps."""
    e = PPUExperiment()
    other = ("TOP", "BOTTOM")[1 - ppu]
    task = assemble("li r5,2000; mtctr r5; bdnz .; li r4,DATA; li r5,99; stw r5,0(r4); wait", 0, ADDRESSES)
    stores = "; ".join(f"LOAD r3,{word}; stw r3,{4 * i}(r4)" for i, word in enumerate(task.tolist()))
    e.load(ppu, program(f"""
        LOAD r4,SRAM_{other}; {stores}
        LOAD r5,CONTROL_{other}; lwz r7,0(r5); li r6,1; stw r6,0(r5); lwz r8,0(r5)
        li r9,0
    loop: addi r9,r9,1; lwz r6,4(r5); cmpwi r6,0; beq loop
        lwz r10,{DATA}(r4); li r3,DATA; stmw r7,0(r3); wait
    """))
    e.start(ppu)
    e.wait(3000)  # nothing else happens meanwhile
    before, after, looks, result = e.memory(ppu, DATA, 4).tolist()
    assert (before, after, result) == (0, 1, 99) and looks > 20
    # The loop of 2000 rounds takes that many cycles or a few times more, a look some ten.
    assert looks < 1000


@PPUS
def test_a_processor_that_resets_itself_begins_at_zero_again(ppu: int) -> None:
    e = PPUExperiment()
    control = ("CONTROL_TOP", "CONTROL_BOTTOM")[ppu]
    e.load(ppu, program(f"""
        li r4,DATA; lwz r3,0(r4); addi r3,r3,1; stw r3,0(r4); cmpwi r3,2; beq end
        LOAD r5,{control}; li r6,0; stw r6,0(r5)
        b .
    end: wait
    """))
    # The word at 0 is only executed by a processor that begins there.
    e.write_memory(ppu, 0, assemble(f"li r9,1; b {0x40}"))
    e.start(ppu)
    e.wait(10)
    assert e.memory(ppu, DATA, 1) == 1 and not e.chip.ppus[ppu].running
    assert e.read(halco.PPUOnDLS(ppu).toPPUControlRegisterOnDLS()).inhibit_reset is False
    e.chip.ppus[ppu].trace(100)
    e.start(ppu)
    e.finish(ppu)
    assert e.memory(ppu, DATA, 1) == 2
    assert e.chip.ppus[ppu].traced()["pc"][0] == 0


def test_barrier_between_the_processors() -> None:
    """Each writes its round to the memory of the other and waits for the other; both differ in speed."""
    e = PPUExperiment()
    rounds = 50
    text = """
        LOAD r4,OTHER; li r5,DATA; li r3,0
    next: addi r3,r3,1
        mulli r6,r3,DELAY; andi. r6,r6,127; addi r6,r6,1; mtctr r6; bdnz .
        stw r3,DATA(r4)
    hold: lwz r6,0(r5); cmpw r6,r3; blt hold
        # the other one is in this round, or has just gone on to the next one
        subf r7,r3,r6; cmplwi r7,1; bgt wrong
        cmpwi r3,ROUNDS; bne next
        stw r3,4(r5)
    wrong: wait
    """
    for ppu, other, delay in ((TOP, "SRAM_BOTTOM", 29), (BOTTOM, "SRAM_TOP", 53)):
        e.load(ppu, program(text, OTHER=ADDRESSES[other], DELAY=delay, ROUNDS=rounds))
    e.start()
    e.finish()
    assert [e.memory(ppu, DATA + 4, 1)[0] for ppu in (TOP, BOTTOM)] == [rounds] * 2


@PPUS
def test_a_processor_that_resets_itself_in_a_multiple_store(ppu: int) -> None:
    """Nothing of the store is left when it starts again."""
    e = PPUExperiment()
    e.load(ppu, program("LOAD r4,CONTROL; li r30,0; li r31,9; stmw r30,0(r4); b .",
                        CONTROL=ADDRESSES[("CONTROL_TOP", "CONTROL_BOTTOM")[ppu]]))
    e.start(ppu)
    e.wait(10)
    e.write_memory(ppu, 0, program("LOAD r7,EXTERNAL; li r3,11; li r4,12; stw r3,0(r7); wait"))
    e.start(ppu)
    e.finish(ppu)
    words = words_of(e.external(0, 8)).tolist()
    assert words == [11, 0]


def test_an_interrupt_within_a_multiple_load() -> None:
    """The load over the Omnibus takes a few hundred cycles; its handler makes an access of its own."""
    e = PPUExperiment()
    words = program("""
        LOAD r3,0x04000000; mtspr TCR,r3; LOAD r5,SRAM_TOP+DATA; li r6,DATA+0x400; LOAD r3,0x8000; mtmsr r3
        li r3,150; mtspr DEC,r3
        lmw r12,0(r5)
        stmw r12,0(r6); stw r11,80(r6); mfsrr0 r11; stw r11,84(r6); wait
    """, handler="b 0x38")
    words[0x38 // 4:0x40 // 4] = assemble("b 0x400; nop", 0x38)
    e.load(TOP, words)
    e.write_memory(TOP, 0x400, assemble("lis r9,0x0800; mtspr TSR,r9; lwz r11,0(r5); rfi"))
    e.write_memory(TOP, DATA, np.arange(100, 120))
    e.start(TOP)
    e.finish(TOP)
    *loaded, by_handler, back = e.memory(TOP, DATA + 0x400, 22).tolist()
    assert loaded == list(range(100, 120))
    load = address_of(words, assemble("lmw r12,0(r5)")[0])
    assert back in (load, load + 4)
    assert by_handler == 100
