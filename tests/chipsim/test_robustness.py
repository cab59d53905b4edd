"""Nonsense does no harm, and a long run can be interrupted."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import resource
import time
from pathlib import Path

import numpy as np
import pytest

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.devices import Devices
from chipsim.register_table import PAGE_BITS, register_table
from stadls import words as ut
from stadls._wire import decode_columns
from stadls.backend import I2C, SPI
from tests.chipsim.experiment import Experiment, ctrl_c_after
from tests.chipsim.test_chip import experiment
from tests.chipsim.test_padi import Session, bypass_chip, connect, open_node, receive

# Processors that nonsense has started execute nonsense, and say so.
pytestmark = pytest.mark.filterwarnings("ignore::chipsim.ppu.PPUWarning")

CODES = ut.TO_FPGA_CODES
_RESET, _WAIT, _POLL = CODES["system::Reset"], CODES["timing::WaitUntil"], CODES["timing::PollingOmnibusBlock"]
_BASES = np.array([
    0x00000000, 0x00040000, 0x00080000, 0x000C0000, 0x00100000, 0x00110000, 0x00122000, 0x00130000, 0x00140000,
    0x00160000, 0x001A1000, 0x02000000, 0x02400000, 0x02C00000, 0x02C80000, 0x02CF0000, 0x03C00000, 0x03CC0000,
    0x80000000, 0xC0000000,
], dtype=np.uint64)
ADDRESS, DATA = CODES["omnibus_to_fpga::Address"], CODES["omnibus_to_fpga::Data"]


def nonsense(random: np.random.Generator, size: int) -> np.ndarray:
    """Random instructions: half of them accesses near registers that exist, waits that end."""
    codes = random.integers(0, 20, size).astype(np.uint64)
    codes[random.random(size) < 0.5] = DATA
    codes[::2][random.random(len(codes[::2])) < 0.6] = ADDRESS
    codes[(codes == _RESET) | (codes == _POLL)] = DATA
    payloads = random.integers(0, 1 << 56, size, dtype=np.uint64)
    near = random.choice(_BASES, size) + random.integers(0, 0x3000, size).astype(np.uint64)
    reads = (random.random(size) < 0.2).astype(np.uint64)
    addresses = near | reads << np.uint64(36) | random.integers(0, 16, size).astype(np.uint64) << np.uint64(32)
    payloads = np.where(codes == ADDRESS, addresses, payloads)
    payloads = np.where(codes == _WAIT, payloads % np.uint64(20000), payloads)
    return codes << np.uint64(ut.HEADER_LSB) | payloads


# -- long programs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_random_instructions(seed: int) -> None:
    random = np.random.default_rng(seed)
    e = experiment(seed + 1, leak=140)
    e.configure()
    for _ in range(10):
        assert e.chip.execute(nonsense(random, 500)).dtype == np.uint64
    v = e.chip.board.analog.core.state()["v"]
    assert np.all(np.isfinite(v)) and np.all((v > 0) & (v < 1.3))


def test_random_instructions_on_a_fresh_board() -> None:
    chip = chipsim.Chip(1)
    random = np.random.default_rng(99)
    for _ in range(25):
        chip.execute(nonsense(random, 2000))


# -- many short programs -------------------------------------------------------------------------------------------

BLOCK = 250
"""Programs on one board, one after the other."""
TIMEOUT = 0x88000009
POLL_ADDRESS = 0x88000006
SLOW_PAGES = [0x110, 0x118, *range(0x140, 0x180), *range(0x1A0, 0x1B0), 0x2401, 0x2CF8, 0x3401, 0x3CF8]
"""Pages of registers from which parameters of circuits are derived anew: a few ms, so few programs write to them."""
SPIKE_1 = CODES["event_to_fpga::SpikePack<1>"]
# Instruction and how often; 16 and more do not exist.
MIXTURE = {
    ADDRESS: 36, DATA: 3, _WAIT: 8, SPIKE_1: 8, SPIKE_1 + 1: 4, SPIKE_1 + 2: 4, CODES["timing::Barrier"]: 5,
    CODES["timing::Setup"]: 3, CODES["timing::SystimeInit"]: 3, CODES["system::Loopback"]: 3, _POLL: 2, _RESET: 0.1,
    **{code: 2 for name, code in CODES.items() if name.startswith("to_fpga_jtag")}, 16: 1, 17: 1, 128: 1, 255: 1,
}


UNUSED = np.array([
    0 if i.payload_bits > 64 else ~np.uint64((1 << i.payload_bits) - 1) & np.uint64(2**64 - 1)
    for i in ut.DICTIONARIES[ut.Direction.FROM_FPGA].instructions
], dtype=np.uint64)
"""Bits of the lower 64 of a payload that nothing is in, by header."""


def real_addresses() -> list[np.ndarray]:
    """Addresses of registers by region of 16 pages, so that large memories do not outweigh small ones."""
    table = register_table()
    pages = np.unique(table.page_of, return_index=True)[1][1:]  # the DRAM has a single one for all of its pages
    regions = [
        [page << PAGE_BITS | np.flatnonzero(table.access[table.page_of[page]]) for page in pages[pages >> 4 == region]]
        for region in np.unique(pages >> 4)
    ]
    return [np.concatenate(region).astype(np.uint64) for region in regions]


def draw_addresses(random: np.random.Generator, regions: list[np.ndarray], size: int) -> np.ndarray:
    """Three quarters of them are registers."""
    addresses = random.integers(0, 1 << 32, size, dtype=np.uint64)
    region = random.integers(0, len(regions), size)
    real = random.random(size) < 0.75
    for number, known in enumerate(regions):
        here = real & (region == number)
        addresses[here] = random.choice(known, np.count_nonzero(here))
    return addresses


def short_programs(random: np.random.Generator, regions: list[np.ndarray], endless: bool) -> list[np.ndarray]:
    """A block of programs of 1 to 30 instructions.

    With `endless` the chip is in reset, and half of the programs wait for any time; the others end soon.
    """
    lengths = random.integers(1, 31, BLOCK)
    ends = np.cumsum(lengths)
    size = int(ends[-1])
    program = np.repeat(np.arange(BLOCK), lengths)
    weights = np.array(list(MIXTURE.values()), dtype=float)
    codes = random.choice(np.array(list(MIXTURE), dtype=np.uint64), size, p=weights / weights.sum())
    # Most addresses that are not the last word of a program are followed by data.
    followed = np.flatnonzero(codes[:-1] == ADDRESS)
    followed = followed[random.random(len(followed)) < 0.95]
    codes[followed + 1] = DATA
    payloads = random.integers(0, 1 << 56, size, dtype=np.uint64)
    payloads >>= random.choice(np.array([0, 24, 40, 55], dtype=np.uint64), size)
    addresses = draw_addresses(random, regions, size)
    slow = np.isin(addresses >> np.uint64(PAGE_BITS), SLOW_PAGES) & ((random.random(BLOCK) > 0.02)[program])
    read = (random.random(size) < 0.2) | slow
    enables = np.where(random.random(size) < 0.8, 15, random.integers(0, 16, size)).astype(np.uint64)
    at = codes == ADDRESS
    payloads[at] = (addresses | enables << np.uint64(32) | read.astype(np.uint64) << np.uint64(36))[at]
    behind = np.flatnonzero(at[:-1]) + 1
    payloads[behind[addresses[behind - 1] == TIMEOUT]] &= np.uint64(0x3FF)
    polls = behind[addresses[behind - 1] == POLL_ADDRESS]
    payloads[polls] = draw_addresses(random, regions, len(polls))
    short = codes == _WAIT
    if endless:
        short &= (random.random(BLOCK) < 0.5)[program]
        payloads[codes == _RESET] |= np.uint64(1)
    else:
        payloads[short] %= np.uint64(2000)
    # A barrier at the end lets a part of the programs see all answers.
    waiting = (ends - 1)[random.random(BLOCK) < 0.3]
    codes[waiting], payloads[waiting] = CODES["timing::Barrier"], 7
    words = codes << np.uint64(ut.HEADER_LSB) | payloads
    return np.split(words, ends[:-1])


def boards() -> list[tuple[chipsim.Chip, bool]]:
    """Templates, and whether waits are endless: firing neurons, neurons in bypass mode, after power-up, in reset."""
    firing = experiment(1, leak=140)
    firing.input_row(0, 0, "excitatory", 63)
    firing.configure()
    bypass = Session(bypass_chip(), chipsim.Chip(2))
    idle = Experiment(chipsim.Chip.ideal(), lola.Chip())
    idle.configure()
    in_reset = chipsim.Chip(3)
    in_reset.execute(ut.reset(True))
    chips = [firing.chip, bypass.chip, idle.chip, chipsim.Chip(4), in_reset]
    for chip in chips:
        chip.execute(np.concatenate([ut.omnibus_write(TIMEOUT, 500)]))
    return [(chip, chip is in_reset) for chip in chips]


def well_formed(responses: np.ndarray) -> bool:
    """Whether all messages can be decoded and have no bits beyond their payloads."""
    codes, payloads, _ = decode_columns(responses, ut.Direction.FROM_FPGA)
    return bool(np.all(payloads & UNUSED[codes] == 0))


def resident() -> int:
    """Memory of this process, KiB; where the system does not tell, the largest so far."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def in_use() -> int:
    """Memory of this process without what the allocator keeps for later, KiB."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # of the GNU C library
        ctypes.CDLL(None).malloc_trim(0)
    return resident()


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_random_programs(count: int) -> None:
    """Every program ends soon, with a stream that can be decoded, and memory does not grow."""
    regions, templates = real_addresses(), boards()
    longest, before, most = 0.0, 0, 0
    for block in range(count // BLOCK):
        random = np.random.default_rng((7, block))
        template, endless = templates[block % len(templates)]
        chip = template.clone()
        for number, words in enumerate(short_programs(random, regions, endless)):
            begin = time.perf_counter()
            responses = chip.execute(words)
            longest = max(longest, time.perf_counter() - begin)
            assert longest < 10, f"program {number} of block {block} takes long"
            assert well_formed(responses), f"program {number} of block {block}"
        v = chip.board.analog.core.state()["v"]
        assert np.all(np.isfinite(v)) and np.all((v >= 0) & (v < 1.3)), f"block {block}"
        most = max(most, resident())
        if block == 2 * len(templates):
            before = in_use()
    assert in_use() - before < 50 * 1024
    assert most - before < 1000 * 1024


def test_events_of_a_long_run_are_not_kept() -> None:
    """A neuron that always has spikes on their way, two million in all, needs no more memory than another."""
    config = bypass_chip()
    config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.top].padi_bus.enable_spl1.fill(True)
    receive(config, 0, 0)
    connect(config, 0, 0, 3)
    open_node(config, 0, 12)
    # The others only take time.
    config.neuron_block.atomic_neurons.columns.event_routing.enable_bypass_excitatory = np.arange(512) == 3
    for output in range(4):
        config.crossbar.nodes[halco.CrossbarNodeOnDLS(
            halco.CrossbarOutputOnDLS(8 + output), halco.CrossbarInputOnDLS(output)
        )] = haldls.CrossbarNode.drop_all
    session = Session(config)
    source = haldls.BackgroundSpikeSource()
    source.enable, source.period = True, 0
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.BackgroundSpikeSourceOnDLS(0), source)
    session.finish(builder)
    before = resident()
    session.spikes([], [], duration=10**6)
    assert resident() - before < 20 * 1024


def test_endless_frames_of_a_board_device_are_not_kept() -> None:
    """Words for SPI and I2C that never end a frame; a proper one works afterwards."""
    devices = Devices()
    for _ in range(1000):
        devices.write(SPI + 1, 0x55)
        devices.write(I2C + 0x48, 0x55)
    assert all(len(frame) <= 8 for frame in [*devices._spi.values(), devices._pending])
    for byte in (0x12, 0x34):
        devices.write(SPI + 1, byte)
    devices.write(SPI + 1, 1 << 31 | 0x56)
    assert devices.shift_register == 0x123456


# -- interrupts ----------------------------------------------------------------------------------------------------


def test_a_long_run_can_be_interrupted() -> None:
    e = experiment(1, leak=140)
    e.configure()

    begin = time.perf_counter()
    with pytest.raises(KeyboardInterrupt), ctrl_c_after(0.3):
        e.run(3_000_000)
    assert time.perf_counter() - begin < 0.3 + 0.2
