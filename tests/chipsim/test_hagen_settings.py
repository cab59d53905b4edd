"""Synapse drivers that have been calibrated for MAC mode make the same pulse of an activation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chipsim import synapse_driver as sd
from chipsim.die import Array, Die
from chipsim.hagen_settings import ALIGNED_AT, NS_PER_V, HagenSettings
from chipsim.oracle import Oracle
from tests.chipsim.words import reader

STEP = 0.9 * sd.HAGEN_LONGEST / 31
"""Pulse of an activation of 1, ns."""
DIES = range(1, 11)


class InNanoseconds:
    """Deviations of a die as drivers want them."""

    def __init__(self, die: Die) -> None:
        self.stp_ramp, self.driver_ramp = die.stp_block, die.stp_ramp
        self.driver_offset, self.hagen_offset = NS_PER_V * die.stp_offset, NS_PER_V * die.hagen_offset


def pulses(die: Die, activation: int) -> Array:
    drivers = sd.derive_drivers(reader(Oracle(die).mac_chip()), InNanoseconds(die))
    assert (drivers.mode == sd.Mode.HAGEN).all()
    return drivers.hagen_pulse(activation)


@pytest.mark.parametrize("activation", [1, 2, 10, 31])
def test_without_deviations_pulses_are_proportional_to_the_activation(activation: int) -> None:
    assert pulses(Die.ideal(), activation) == pytest.approx(STEP * activation, abs=0.01)


@pytest.mark.parametrize("seed", DIES)
def test_drivers_agree_up_to_half_a_step_of_the_offset(seed: int) -> None:
    die = Die(seed)
    steepest = 1 / die.stp_ramp.min()
    # The ramp current of a block is a whole number as well.
    half_a_step = NS_PER_V * sd.HAGEN_OFFSET_STEP / 2 * steepest * 1.01
    assert np.abs(pulses(die, ALIGNED_AT) - STEP * ALIGNED_AT).max() < half_a_step
    assert pulses(die, 31).mean() == pytest.approx(31 * STEP, rel=0.02)


def test_deviations_without_end_are_refused() -> None:
    die: Any = Die(1)
    offset = die.hagen_offset.copy()
    offset[1, 5] = 2.0
    die.hagen_offset = offset
    with pytest.raises(ValueError, match="driver 5 of hemisphere 1 would need .* 0 to 63"):
        HagenSettings.of(die)
