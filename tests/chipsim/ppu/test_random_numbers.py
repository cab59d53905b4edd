"""Random generators of the columns, drawn by vector IO."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.chipsim.ppu.ppu_experiment import BOTTOM, DATA, TOP, PPUExperiment, words_of

PPUS = pytest.mark.parametrize("ppu", [TOP, BOTTOM], ids=["top", "bottom"])
K = np.arange(128)


def draws(e: PPUExperiment, ppu: int, count: int, seeds: Any = None, parity: int = 0) -> np.ndarray:
    """Random vectors, (count, 128), after writing seeds if there are any."""
    seeding = f"li r5,DATA; fxvlax 1,r4,r5; LOAD r6,RANDOM+{parity}; fxvoutx 1,r4,r6"
    if seeds is not None:
        e.write_memory(ppu, DATA, words_of(np.broadcast_to(seeds, 128)))
    e.run(ppu, f"""
        li r4,0; {seeding if seeds is not None else "nop"}
        LOAD r6,RANDOM+{parity}; li r5,DATA; li r3,{count}; mtctr r3
    next: fxvinx 2,r4,r6; fxvstax 2,r4,r5; addi r5,r5,128; bdnz next
        sync 0; wait
    """)
    return e.vectors(ppu, DATA, count)


@PPUS
def test_random_numbers_follow_from_the_seeds(ppu: int) -> None:
    e = PPUExperiment()
    first = draws(e, ppu, 80, 1 + K)
    other = draws(e, ppu, 80)
    assert np.array_equal(draws(e, ppu, 80, 1 + K), first)
    assert not np.array_equal(other, first) and not np.array_equal(draws(e, ppu, 80, 2 + K), first)
    # The same seed in all columns: their feedbacks differ.
    same = draws(e, ppu, 80, 77)
    assert np.all(same[0] == 77) and len(np.unique(same, axis=1).T) == 128


def test_random_numbers_are_spread_evenly() -> None:
    """About one new bit per draw: every ninth draw has nothing in common with the one before."""
    e = PPUExperiment()
    values = np.concatenate([draws(e, TOP, 90) for _ in range(20)])[::9].astype(float)
    assert abs(values.mean() - 127.5) < 2 and abs(values.std() - 73.9) < 2
    lagged = np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1]
    assert abs(lagged) < 0.03


def test_seeds_of_disabled_bytes_stay() -> None:
    e, plain = PPUExperiment(), PPUExperiment()
    for lab in (e, plain):
        draws(lab, TOP, 3, 100)
    e.write_memory(TOP, DATA, words_of(K % 2))
    e.run(TOP, "li r4,0; li r5,DATA; fxvlax 1,r4,r5; fxvcmpb 1; li r3,55; fxvsplatb 2,r3; LOAD r6,RANDOM; "
               "fxvoutx 2,r4,r6,1; sync 0; wait")
    seeded, untouched = draws(e, TOP, 20), draws(plain, TOP, 20)
    assert np.array_equal(seeded[:, ::2], untouched[:, ::2]) and np.all(seeded[0, 1::2] == 55)


def test_hemispheres_and_parities_draw_independently() -> None:
    e, plain = PPUExperiment(), PPUExperiment()
    for lab in (e, plain):
        for ppu in (TOP, BOTTOM):
            for parity in (0, 1):
                draws(lab, ppu, 1, 9, parity)
    draws(e, TOP, 13, parity=0)
    for ppu, parity in ((TOP, 1), (BOTTOM, 0), (BOTTOM, 1)):
        assert np.array_equal(draws(e, ppu, 30, parity=parity), draws(plain, ppu, 30, parity=parity))
    assert not np.array_equal(draws(e, TOP, 30), draws(plain, TOP, 30))


def test_the_period_is_that_of_16_bits() -> None:
    """After 2^16 - 1 draws the sequence of every column begins again, and not before."""
    e = PPUExperiment()
    e.write_memory(BOTTOM, DATA, words_of(1 + K))
    e.run(BOTTOM, """
        li r4,0; li r5,DATA; fxvlax 1,r4,r5; LOAD r6,RANDOM; fxvoutx 1,r4,r6
        li r5,DATA; bl store
        LOAD r3,65535; bl skip; bl store
        wait
    store: li r3,30; mtctr r3
    more: fxvinx 2,r4,r6; fxvstax 2,r4,r5; addi r5,r5,128; bdnz more
        sync 0; blr
    skip: addi r3,r3,-30; mtctr r3
    over: fxvinx 2,r4,r6; bdnz over
        blr
    """, timeout_us=8000)
    values = e.vectors(BOTTOM, DATA, 60)
    assert np.array_equal(values[:30], values[30:])
    assert not np.any(np.all(values[:8] == values[8:16], axis=0))
