"""Random memories as programs: the processor runs them or faults, but never crashes or hangs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from chipsim.ppu import Fault, State, execute, run_image
from tests.chipsim.ppu.encoding import FIELDS, INSTRUCTIONS, VECTOR, encode, operand_fields
from tests.chipsim.ppu.random_programs import differences, random_vector_state

ROOT = Path(__file__).parents[3]
MSR_BITS, XER_BITS = 0x00029230, 0xE0000000

LIMIT = 3000


def _masks() -> tuple[np.ndarray, np.ndarray]:
    """Fixed bits of every instruction and mask of its operands, uint32."""
    rows = []
    for name in (*INSTRUCTIONS, *VECTOR):
        mask = 0 if name in VECTOR else INSTRUCTIONS[name][1]
        for field in operand_fields(name):
            shift, width = (11, 10) if field == "SPR" else FIELDS[field]
            mask |= (1 << width) - 1 << shift
        if name[0] == "b":  # short ways, so that programs stay in their memory
            mask &= ~0x03FFF803
        rows.append((encode(name), mask))
    match, mask = np.array(rows, dtype=np.uint32).T
    return match, mask


MATCH, MASK = _masks()


def random_words(rng: np.random.Generator, count: int) -> np.ndarray:
    """Instructions, most of them with addresses that exist; a tenth are random bits, some are zero."""
    words = rng.integers(0, 1 << 32, count, dtype=np.uint32)
    kind = rng.random(count)
    number = rng.integers(0, len(MATCH), count)
    valid = MATCH[number] | words & MASK[number]
    # Loads and stores: addresses from register 0, which is the number zero, below 0x4000 and often at words.
    access = (valid >> 26 >= 32) & (valid >> 26 <= 47) & (rng.random(count) < 0.9)
    valid = np.where(access, valid & np.where(rng.random(count) < 0.8, 0xFFE03FFC, 0xFFE03FFF), valid)
    return np.where(kind < 0.85, valid, np.where(kind < 0.95, words, 0)).astype(np.uint32)


def check_possible(state: State) -> None:
    """The state is one that the processor can have."""
    assert state.pc % 4 == 0 and not state.msr & ~MSR_BITS and not state.xer & ~XER_BITS
    assert not (state.vcr & state.vcr - 1).any() and state.vcr.max() <= 4  # one flag of a byte, or none


def run_one(seed: int) -> str:
    """Run a random memory; whether it ran or faulted."""
    memory = random_words(np.random.default_rng(seed), 0x1000).astype(">u4").view(np.uint8)
    try:
        state, outcome = run_image(memory, limit=LIMIT), "ran"
    except Fault as fault:
        state, outcome = fault.state, "faulted"
        assert fault.report.cause in str(fault)
    check_possible(state)
    return outcome


def run_many(first: int, count: int) -> Counter[str]:
    """Run the memories of many seeds; each seed is shown before, so that the last one is that of a crash."""
    outcomes: Counter[str] = Counter()
    for seed in range(first, first + count):
        print(seed, flush=True)
        outcomes[run_one(seed)] += 1
    print(json.dumps(outcomes))
    return outcomes


def in_own_process(first: int, count: int, seconds: float) -> dict[str, int]:
    """Outcomes of many seeds, run where a crash does not end the tests and a hang ends with the process."""
    command = f"from tests.chipsim.ppu.test_fuzz import run_many; run_many({first}, {count})"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"ended with {done.returncode} at seed {lines[-1] if lines else None}: {done.stderr}"
    return json.loads(lines[-1])


def test_random_memories() -> None:
    outcomes = in_own_process(0, 3000, seconds=300)
    # Neither of the two is an exception.
    assert sum(outcomes.values()) == 3000 and min(outcomes["ran"], outcomes["faulted"]) > 300


@pytest.mark.slow
def test_very_many_random_memories() -> None:
    assert sum(in_own_process(10_000, 100_000, seconds=3600).values()) == 100_000


def test_the_same_memory_gives_the_same_state() -> None:
    compared = 0
    for seed in range(200):
        memory = random_words(np.random.default_rng(seed), 0x1000).astype(">u4").view(np.uint8)
        try:
            first = run_image(memory, limit=LIMIT)
        except Fault:
            continue
        assert first == run_image(memory, limit=LIMIT)
        compared += 1
    assert compared > 20


@pytest.mark.parametrize("strict", [False, True])
def test_random_words_from_random_states(strict: bool) -> None:
    """Also with interrupts and timers on, and with external memory and vectors full of numbers."""
    ended = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        state = random_vector_state(rng)
        state.msr, state.tcr = int(rng.integers(1 << 32)) & MSR_BITS, int(rng.integers(1 << 10)) << 22
        state.dec, state.decar = (int(x) for x in rng.integers(0, 500, 2))
        state.time = int(rng.integers(1 << 62))
        words = random_words(rng, 200)
        try:
            result = execute(words, state, limit=LIMIT, strict=strict)
            ended += 1
        except Fault as fault:
            result = fault.state
        check_possible(result)
    assert ended > 20


def test_zeros_run_to_the_limit() -> None:
    """The word 0 is no instruction and does nothing; behind the last word of the memory there is none."""
    result = run_image(np.zeros(0x4000, dtype=np.uint8), limit=1000)
    assert result.pc == 4000
    assert not differences(result, State(pc=4000))
    with pytest.raises(Fault):
        run_image(np.zeros(0x4000, dtype=np.uint8), limit=10_000)
