"""Synapse drivers with calibrated trim make the same pulses while short-term plasticity is on."""

from __future__ import annotations

import numpy as np
import pytest

import lola
from chipsim import synapse_driver as sd
from chipsim.die import Array, Die
from chipsim.oracle import Oracle
from tests.chipsim.test_hagen_settings import InNanoseconds
from tests.chipsim.words import reader

V_STP, I_RAMP = 180, 600
STEP_NS = sd.TRIM_TIME * sd.TRIM_SHARE


def pulses(die: Die, offset: Array, i_ramp: int) -> Array:
    """ns, (2, 128), of drivers whose voltages are all at V_STP."""
    chip = lola.Chip()
    for hemisphere, block in enumerate(chip.synapse_driver_blocks):
        for cells in (block.stp_v_charge_0, block.stp_v_recover_0):
            cells.fill(V_STP)
        for cells in (block.stp_i_ramp, block.stp_i_calib):
            cells.fill(i_ramp)
        block.stp_i_bias_comparator.fill(1022)
        drivers = block.synapse_drivers.columns
        drivers.enable_stp = True
        drivers.offset = offset[hemisphere]
    return sd.derive_drivers(reader(chip), InNanoseconds(die)).stp_pulse(0.0)


def within_blocks(values: Array) -> Array:
    """Deviations from the medians of the CapMem blocks."""
    deviations = values.copy()
    for block in range(4):
        members = sd.BLOCK_OF_DRIVER == block
        deviations[members] -= np.median(values[members])
    return deviations


@pytest.mark.parametrize("i_ramp", [I_RAMP, 500])
@pytest.mark.parametrize("seed", range(1, 11))
def test_drivers_of_a_block_agree_up_to_half_a_step(seed: int, i_ramp: int) -> None:
    die = Die(seed)
    s = Oracle(die).stp(V_STP, i_ramp)
    step = STEP_NS / (die.stp_block[sd.BLOCK_OF_DRIVER] * die.stp_ramp)
    before = within_blocks(pulses(die, np.full((2, 128), 7), i_ramp))
    after = within_blocks(pulses(die, s.offset, i_ramp))

    assert s.reached.mean() > 0.97
    assert (np.abs(after) <= step)[s.reached].all()
    assert after[s.reached].std() < before[s.reached].std() / 4


def test_without_deviations_the_trim_is_in_the_middle() -> None:
    s = Oracle(Die.ideal()).stp()
    assert (s.offset == 7).all() and s.reached.all()


def test_drivers_out_of_reach_are_told() -> None:
    die = Die(1)
    offset = die.stp_offset.copy()
    offset[0, 3], offset[1, 4] = 1.0, -1.0
    die.stp_offset = offset
    s = Oracle(die).stp()
    assert not s.reached[0, 3] and not s.reached[1, 4]
    assert s.offset[0, 3] == 15 and s.offset[1, 4] == 0
