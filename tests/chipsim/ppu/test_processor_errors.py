"""Both processors on a whole chip: what goes wrong, what has to be the same again, and random programs."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.ppu import PPUWarning
from chipsim.ppu.assembler import assemble
from tests.chipsim.ppu.encoding import SPR, encode
from tests.chipsim.ppu.ppu_experiment import (
    ADDRESSES,
    BOTTOM,
    COUNTER,
    DATA,
    TOP,
    PPUExperiment,
    address_of,
    memory_block,
    program,
)

ROOT = Path(__file__).parents[3]
PPUS = pytest.mark.parametrize("ppu", [TOP, BOTTOM], ids=["top", "bottom"])


# -- errors ----------------------------------------------------------------------------------------------------------


NOWHERE = [  # what does not answer: an instruction with its address, from r5
    pytest.param("lwz r3,0(r5)", 0x4000, id="load-behind-the-memory"),
    pytest.param("stw r3,0(r5)", 0x3FFFFFF0, id="store-between-memories"),
    pytest.param("lwz r3,0(r5)", 0x40020000, id="load-behind-external-memory"),
    pytest.param("lwz r3,0(r5)", 0x80000000 | 0x1FFFFFFC, id="load-omnibus"),
    pytest.param("stw r3,0(r5)", 0x8A800004, id="store-to-a-status"),
    pytest.param("lbzu r3,0(r5)", 0x80000000 | 0x1FFFFFFC, id="load-byte-with-update"),
    pytest.param("lmw r29,0(r5)", 0x3FFC, id="multiple-load-over-the-end"),
    pytest.param("fxvlax 1,r5,r6", 0x3FC0, id="vector-load-over-the-end"),
    pytest.param("fxvstax 1,r5,r6", 0x4001FFC0, id="vector-store-over-the-end"),
    pytest.param("fxvinx 1,r5,r6", 0x00050000, id="vector-input"),
    pytest.param("fxvinx 1,r5,r6", 2 * 257, id="vector-input-behind-the-rows"),
    pytest.param("fxvoutx 1,r5,r6", 0x000C0000, id="vector-output-to-samples"),
    pytest.param("fxvoutx 1,r5,r6", 0x80002000, id="vector-output-behind-external-memory"),
]


@PPUS
@pytest.mark.parametrize(("instruction", "address"), NOWHERE)
def test_accesses_that_nothing_answers(instruction: str, address: int, ppu: int) -> None:
    """The processor stops there for good, the other one and the host go on; a reset helps."""
    e = PPUExperiment()
    words = program(f"LOAD r5,{address}; li r6,0; li r7,1; {instruction}; li r4,DATA; stw r7,0(r4); wait")
    pc = address_of(words, assemble(instruction)[0])
    e.load(ppu, words)
    e.load(1 - ppu, program(COUNTER))
    e.start(1 - ppu)
    name = ("top", "bottom")[ppu]
    with pytest.warns(PPUWarning, match=f"^{name} PPU: nothing answers .*at pc 0x{pc:08x}, ") as warned:
        e.start(ppu)
        e.wait(20)
    assert len(warned) == 1
    processor = e.chip.ppus[ppu]
    (report,) = processor.reports
    assert (report.ppu, report.pc, report.count) == (ppu, pc, 1) and report.address >= address
    assert not processor.running and not e.sleeps(ppu) and processor.pc == pc
    count = e.memory(1 - ppu, DATA, 1)
    e.wait(20)
    assert e.memory(1 - ppu, DATA, 1) > count and e.memory(ppu, DATA, 1) == 0
    e.run(ppu, "li r4,DATA; li r3,5; stw r3,0(r4); wait")
    assert e.memory(ppu, DATA, 1) == 5 and not processor.reports


@pytest.mark.parametrize("target", [0x4000, 0x10000000, 0x7FFFFFFC, 0x80020000, 0xA0000000, 0xFFFFFFFC])
def test_instructions_from_nowhere(target: int) -> None:
    e = PPUExperiment()
    e.load(BOTTOM, program(f"LOAD r5,{target}; mtctr r5; bctr"))
    text = f"^bottom PPU: no memory at the address of the instruction at pc 0x{target:08x}"
    with pytest.warns(PPUWarning, match=text):
        e.start(BOTTOM)
        e.wait(20)
    assert not e.sleeps(BOTTOM)
    e.run(BOTTOM, "wait")


@PPUS
def test_misaligned_words(ppu: int) -> None:
    """An interrupt; with a handler that skips the instruction the program goes on."""
    e = PPUExperiment()
    words = program("li r4,DATA; lwz r3,2(r4); lwz r3,6(r4); li r3,1; stw r3,0(r4); wait", handler="b 0x38")
    words[0x38 // 4:0x40 // 4] = assemble("b 0x400; nop", 0x38)
    handler = assemble("mfsrr0 r10; addi r10,r10,4; mtsrr0 r10; rfi")
    e.load(ppu, words)
    e.write_memory(ppu, 0x400, handler)
    with pytest.warns(PPUWarning, match="misaligned access 0x00001002 at pc 0x00000044"):
        e.start(ppu)
        e.finish(ppu)
    (report,) = e.chip.ppus[ppu].reports
    assert report.count == 2 and report.ppu == ppu and e.memory(ppu, DATA, 1) == 1


@pytest.mark.parametrize("word", [0x44000002, 0x00000000, 0x4C00012C, 0x7C0004AC ^ 0x100, 0x10000000])
def test_words_that_are_no_instructions_do_nothing(word: int) -> None:
    """`sc`, zero, `isync` and others."""
    e = PPUExperiment()
    e.load(TOP, program(f"li r3,7; .long {word}; li r4,DATA; stw r3,0(r4); wait"))
    with pytest.warns(PPUWarning, match="^top PPU: illegal instruction .*at pc 0x00000044"):
        e.start(TOP)
        e.finish(TOP)
    assert e.memory(TOP, DATA, 1) == 7


def test_traps() -> None:
    e = PPUExperiment()
    e.load(TOP, program("li r3,7; twi 31,r3,0"))
    with pytest.warns(PPUWarning, match="^top PPU: trap .*at pc 0x00000044"):
        e.start(TOP)
        e.finish(TOP)


def test_the_host_gives_up_waiting_for_an_endless_loop() -> None:
    e = PPUExperiment()
    e.load(BOTTOM, program("nop; loop: b loop"))
    e.chip.ppus[BOTTOM].name_addresses({"start": 0, "forever": 0x40})
    e.start(BOTTOM)
    polled, timeout = haldls.PollingOmnibusBlockConfig(), haldls.InstructionTimeoutConfig()
    polled.address, polled.mask, polled.target = halco.OmnibusAddress(0x03A00001), 1, 1
    timeout.value = haldls.InstructionTimeoutConfig.Value(125 * 100)

    def poll(builder: stadls.PlaybackProgramBuilder) -> None:
        builder.write(halco.InstructionTimeoutConfigOnFPGA(), timeout)
        builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), polled)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock())

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(stadls.TimeoutNotificationError):
            e.play(poll)
    (text,) = [str(w.message) for w in caught if issubclass(w.category, PPUWarning)]
    assert text.startswith("bottom PPU: still running when the host gave up waiting at pc 0x00000044 (forever+0x4)")
    assert e.chip.ppus[BOTTOM].running


class Enough(Exception):
    """Somebody wants a run to end."""


def test_a_run_with_an_endless_loop_can_be_ended() -> None:
    """Half a minute of chip time, which nobody waits for; chip and program go on from there."""
    e = PPUExperiment()
    e.load(TOP, program(COUNTER))
    e.start(TOP)
    reports = []

    def stop(progress: chipsim.Progress) -> None:
        reports.append(progress)
        if len(reports) == 2:
            raise Enough

    e.connection.progress = stop
    before = time.perf_counter()
    with pytest.raises(Enough):
        e.wait(3e7)
    assert time.perf_counter() - before < 20
    assert reports[1].time_us > reports[0].time_us
    e.connection.progress = None
    count = int(e.memory(TOP, DATA, 1)[0])
    e.wait(10)
    assert count < e.memory(TOP, DATA, 1)[0] < count + 5000
    e.control(TOP)


# -- reproducibility -------------------------------------------------------------------------------------------------

BUSY = """
    LOAD r20,OTHER; li r21,DATA; LOAD r22,CAUSAL; LOAD r23,RANDOM; li r24,1; LOAD r25,EXTERNAL; li r2,0
    addi r18,r21,128; addi r19,r21,256
    fxvoutx 0,r23,r2
loop:
    addi r26,r26,1
    andi. r3,r26,255; add r3,r3,r3; fxvinx 1,r22,r3; fxvstax 1,r18,r2    # samples
    fxvinx 2,r23,r24; fxvaddbm 3,3,2; fxvaddbm 3,3,1; fxvstax 3,r19,r2
    fxvshb 4,2,-2; fxvoutx 4,r3,r2                                       # weights
    lwz r4,0(r21); add r4,r4,r26; stw r4,DATA+4(r20)                     # to the other one
    lwz r5,4(r21); add r5,r5,r4; stw r5,0(r21)
    mfspr r6,TBL; stw r6,8(r21); stw r6,OFFSET(r25)
    b loop
"""


def busy(seed: int | None = 4) -> PPUExperiment:
    """Both processors with conversions, random numbers, each other's memory and time; they run for 40 us."""
    e = PPUExperiment(seed, noise=True)
    for ppu, other in ((TOP, "SRAM_BOTTOM"), (BOTTOM, "SRAM_TOP")):
        e.load(ppu, program(BUSY, OTHER=ADDRESSES[other], OFFSET=16 * ppu))
    e.start()
    e.wait(40)
    return e


def later(e: PPUExperiment) -> bytes:
    """What the host sees 100 us later: responses, memories, synapses."""
    e.wait(100)
    parts = [e.played.from_fpga.tobytes(), e.external(0, 32).tobytes()]
    for ppu in (TOP, BOTTOM):
        parts += [e.memory(ppu, DATA, 96).tobytes(), e.weights(ppu, 9).tobytes()]
    return b"".join(parts)


def test_a_clone_of_a_running_processor_goes_on_as_the_original() -> None:
    e = busy()
    clone = e.clone()
    first = later(e)
    assert later(clone) == first
    for ppu in (TOP, BOTTOM):
        assert e.chip.ppus[ppu].state() == clone.chip.ppus[ppu].state()
    assert later(clone.clone()) == later(e) != first


def test_threads_with_clones_in_the_middle() -> None:
    original = busy()
    alone = later(original.clone())
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(lambda _: later(original.clone()), range(6))) == {alone}


def test_processes_see_the_same() -> None:
    command = "import zlib; from tests.chipsim.ppu.test_processor_errors import *; print(zlib.crc32(later(busy())))"
    outputs = {
        subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert outputs == {f"{zlib.crc32(later(busy()))}\n"}


def test_looking_at_a_processor_does_not_change_what_it_does() -> None:
    plain, watched = busy(), busy()
    for ppu in watched.chip.ppus:
        ppu.trace(1000)
        ppu.profile()
    assert later(watched) == later(plain)
    steps = watched.chip.ppus[TOP].traced()
    assert len(steps) == 1000 and np.all(np.diff(steps["tick"]) >= 0)


# -- random programs -------------------------------------------------------------------------------------------------

MEMORY_PLACES = (0, 0x2000, 0x3F00, 0x40000000, 0x4001FF00, 0x50000000, 0x5FFFFF00, 0x8A000000, 0x8E003F00, 0x8B000000,
                 0x8F000000, 0x8B010000)
VECTOR_PLACES = (0, 0x100, 0x1FE, 0x10000, 0x20000, 0x20200, 0x40000, 0x40200, 0x80000, 0x80100, 0xE0000, 0xF0000,
                 0xF0400, 0x80000100, 0x80001F00, 0x81000000, 0x81FFFF00)
READ_PLACES = (0x80000, 0xC0000, 0x280000, 0x2C0000, 0xC0200)
WRITE_PLACES = (0xC90200, 0x80200)


@cache
def register_places() -> np.ndarray:
    """Byte addresses of the registers that configure a chip, and of the control registers."""
    addresses = haldls.encode(lola.Chip(), halco.ChipOnDLS())[0].ravel()
    addresses = addresses[addresses < 0x80000000].astype(np.int64)
    return np.concatenate([0x80000000 | addresses << 2, [0x8A800000, 0x8E800000]])


DATA_ACCESSES = ("lwz", "lbz", "lhz", "lha", "stw", "stb", "sth", "lwzu", "stwu", "lmw", "stmw", "fxvlax", "fxvstax")


def random_program(rng: np.random.Generator) -> list[int]:
    """Accesses to random addresses, and now and then a jump there, for ever; most of them find something."""
    words = [encode("ori", 0, 0, 0)]
    for _ in range(30):
        register, other = rng.integers(12, 32, 2).tolist()
        kind = rng.random()
        if kind < 0.5:
            name, places = (("fxvinx", READ_PLACES), ("fxvoutx", WRITE_PLACES))[int(rng.integers(2))]
            address = int(rng.choice(VECTOR_PLACES if kind < 0.4 else places)) + int(rng.integers(2))
        elif kind < 0.8:
            name = str(rng.choice(DATA_ACCESSES))
            address = int(rng.choice(MEMORY_PLACES)) + 4 * int(rng.integers(32))
        else:
            name = str(rng.choice(("lwz", "stw", "stwu", "lbz", "sth")))
            address = int(rng.choice(register_places()))
        if rng.random() < 0.02:
            address = address + int(rng.integers(300)) if rng.random() < 0.5 else int(rng.integers(1 << 32))
        words += [encode("addis", 5, 0, address >> 16 & 0xFFFF), encode("ori", 5, 5, address & 0xFFFF)]
        if name.startswith("fxv"):
            words.append(encode(name, register, 0, 5, int(rng.integers(4))))
        else:
            words.append(encode(name, register, 0, 5))
        if rng.random() < 0.01:
            words += [encode("mtspr", SPR["CTR"], 5), encode("bcctr", 20, 0)]
        if rng.random() < 0.2:
            words += [encode("fxvcmpb", register), encode("fxvaddbm", register, register, other, 0)]
    # Interrupts jump to the beginning, too.
    return [encode("b", 0x40), *(encode("b", 0x3C - 4 * i) for i in range(15)), *words, encode("b", -4 * len(words))]


def run_random(first: int, count: int) -> None:
    """Programs of random accesses on both processors; the seed is shown before, so that the last is that of a crash."""
    halted = 0
    for seed in range(first, first + count):
        if (seed - first) % 10 == 0:
            # Programs change whatever there is on the chip, and may cut it off.
            e = PPUExperiment()
        print(seed, flush=True)
        rng = np.random.default_rng(seed)

        def load(builder: stadls.PlaybackProgramBuilder, rng: np.random.Generator = rng) -> None:
            for ppu in halco.iter_all(halco.PPUOnDLS):
                builder.write(ppu.toPPUControlRegisterOnDLS(), haldls.PPUControlRegister())
                builder.write(*memory_block(int(ppu), 0, random_program(rng)))
            for ppu in halco.iter_all(halco.PPUOnDLS):
                control = haldls.PPUControlRegister()
                control.inhibit_reset = True
                builder.write(ppu.toPPUControlRegisterOnDLS(), control)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                e.play(load, 15)
            except stadls.ExecutionError as error:
                print(error)
        halted += sum(not ppu.running for ppu in e.chip.ppus)
    assert 0 < halted < 2 * count
    print("done")


def overwriting_multiple_store() -> int:
    """Exit code of a process with a multiple store that turns itself into a multiple load."""
    command = """if True:
        from tests.chipsim.ppu.test_processor_errors import *
        e = PPUExperiment()
        new = encode("lmw", 31, 0, 6)
        source = "LOAD r5,SRAM_TOP+0x5c; LOAD r12,NEW; LOAD r6,DATA; nop; stmw r12,0(r5); wait"
        e.load(TOP, program(source, NEW=new))
        e.start(TOP)
        e.wait(20)
        assert e.memory(TOP, 0x5c, 1) == new
    """
    return subprocess.run([sys.executable, "-c", command], cwd=ROOT, timeout=100).returncode


def test_a_multiple_store_that_overwrites_itself() -> None:
    code = overwriting_multiple_store()
    assert code == 0


def random_in_own_process(first: int, count: int, seconds: float) -> None:
    """Run where a crash does not end the tests, and a hang ends with the process."""
    command = f"from tests.chipsim.ppu.test_processor_errors import run_random; run_random({first}, {count})"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[-1] == "done", f"seed {lines[-1] if lines else None}: {done.stderr}"


def test_random_accesses_of_both_processors() -> None:
    random_in_own_process(0, 1000, 600)


@pytest.mark.slow
def test_very_many_random_accesses() -> None:
    random_in_own_process(100_000, 4_000, 3600)
