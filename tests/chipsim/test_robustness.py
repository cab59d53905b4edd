"""Nonsense does no harm, and a long run can be interrupted."""

from __future__ import annotations

import signal
import time

import numpy as np
import pytest

import chipsim
from stadls import words as ut
from tests.chipsim.test_chip import experiment

CODES = ut.TO_FPGA_CODES
_RESET, _WAIT = CODES["to_fpga_system::Reset"] if "to_fpga_system::Reset" in CODES else 0x09, CODES["timing::WaitUntil"]
_POLL = 0x08
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


def test_a_long_run_can_be_interrupted() -> None:
    e = experiment(1, leak=140)
    e.configure()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        begin = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            e.run(3_000_000)
        assert time.perf_counter() - begin < 0.3 + 0.2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
