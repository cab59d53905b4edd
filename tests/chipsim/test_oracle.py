"""Settings from the deviations of a die: they look like those of real chips, and they give what was asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import lola
from chipsim import circuits as c
from chipsim.converters import cadc_read
from chipsim.die import QUADRANT_OF_CIRCUIT, Die
from chipsim.oracle import CADCSettings, NeuronSettings, Oracle
from chipsim.parameters import NeuronParameters, cell_voltage, derive
from chipsim.refractory import cycles_per_us, refractory_settings
from tests.chipsim.words import reader

DIES = range(10)
REAL_CHIPS = {
    "leak": 80, "reset": 80, "threshold": 150, "tau_mem": 6, "tau_syn": 6, "i_synin_gm": 500,
    "reset_multiplication": False, "small_capacitance": True,
}
"""Targets of two real chips whose settings are published."""


@cache
def cadc(seed: int) -> CADCSettings:
    return Oracle(Die(seed)).cadc()


@cache
def like_real_chips(seed: int) -> NeuronSettings:
    return Oracle(Die(seed)).neurons(**REAL_CHIPS)


def over_dies(statistic: Any) -> float:
    return float(np.mean([statistic(like_real_chips(seed)) for seed in DIES]))


# Averages of both chips: median and standard deviation of all neurons, CapMem LSB; standard deviation within a
# quadrant, relative to the mean where it is below 1.
SPREAD = [
    ("i_bias_tau_exc", 82, 20.3, 0.20),
    ("i_bias_tau_inh", 78, 18.2, 0.20),
    ("i_bias_gm_exc", 485, 83, 0.058),
    ("i_bias_gm_inh", 547.5, 93.5, 0.060),
    ("i_shift_reference_exc", 305, 123.5, 124),
    ("i_shift_reference_inh", 278, 111, 110),
    ("v_leak", 649, 39, 34),
    ("v_reset", 649, 38.5, 33),
    ("i_bias_leak", 160, 21.5, 0.125),
    ("v_threshold", 399.5, 18.8, 14.5),
]


@pytest.mark.parametrize(("field", "median", "total", "within"), SPREAD, ids=[row[0] for row in SPREAD])
def test_settings_scatter_like_those_of_real_chips(field: str, median: float, total: float, within: float) -> None:
    def inside(n: NeuronSettings) -> float:
        quadrants = getattr(n, field).reshape(4, 128)
        return float(np.mean(quadrants.std(axis=1) / (quadrants.mean(axis=1) if within < 1 else 1)))

    assert over_dies(lambda n: np.median(getattr(n, field))) == pytest.approx(median, rel=0.15)
    assert over_dies(lambda n: getattr(n, field).std()) == pytest.approx(total, rel=0.25)
    assert over_dies(inside) == pytest.approx(within, rel=0.25)


@pytest.mark.parametrize(("a", "b", "expected"), [
    ("v_leak", "v_reset", 0.72), ("v_threshold", "v_leak", 0.35), ("i_bias_gm_exc", "i_bias_gm_inh", 0.97),
])
def test_settings_are_correlated_like_those_of_real_chips(a: str, b: str, expected: float) -> None:
    assert over_dies(lambda n: np.corrcoef(getattr(n, a), getattr(n, b))[0, 1]) == pytest.approx(expected, rel=0.25)


def test_real_chips_needed_neither_division_nor_multiplication() -> None:
    for seed in DIES:
        n = like_real_chips(seed)
        assert not (n.leak_division | n.leak_multiplication | n.high_resistance_exc | n.high_resistance_inh).any()


def test_ramps_are_like_those_of_real_chips() -> None:
    offsets = np.array([cadc(seed).v_ramp_offset for seed in DIES])
    slopes = np.array([cadc(seed).i_ramp_slope for seed in DIES])
    channels = np.array([cadc(seed).channel_offset for seed in DIES])

    assert 25 <= np.median(offsets) <= 79 and 15 <= offsets.min() and offsets.max() <= 85
    assert 306 <= np.median(slopes) <= 389 and 300 <= slopes.min() and slopes.max() <= 400
    assert channels.std(axis=(1, 2, 3)).mean() == pytest.approx(10, rel=0.1)
    assert -40 < channels.min() < -25 and 25 < channels.max() < 40


@pytest.mark.parametrize("dynamic_range", [(70, 550), (150, 500), (150, 340)])
@pytest.mark.parametrize("seed", [1, 2])
def test_cadc_reads_the_range(seed: int, dynamic_range: tuple[int, int]) -> None:
    die = Die(seed)
    s = Oracle(die).cadc(dynamic_range)

    low, high = dynamic_range
    for code, expected in ((low, 20), ((low + high) / 2, 120), (high, 220)):
        reads = cadc_read(cell_voltage(code), s.v_ramp_offset, s.i_ramp_slope, s.channel_offset, die)
        quadrants = reads.reshape(2, 2, 2, 128).mean(axis=(1, 3))
        assert quadrants == pytest.approx(np.full((2, 2), expected), abs=1)
        assert reads.std() < 1.5


def test_ideal_cadc() -> None:
    s = Oracle(Die.ideal()).cadc()

    # 0.15 V less 20.5 steps of 4.5 mV is 0.05775 V, 20.8 codes above the lowest voltage of a cell.
    assert s.v_ramp_offset.tolist() == [21] * 4 and s.i_ramp_slope.tolist() == [350] * 4
    assert (s.channel_offset == 0).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), reads=st.floats(0, 255))
def test_reads_and_volts_are_inverse(seed: int, reads: float) -> None:
    oracle = Oracle(Die(seed))
    s = oracle.cadc()

    assert oracle.reads(s, oracle.volts(s, reads)) == pytest.approx(np.full(512, reads))


def test_reads_are_those_of_the_channels() -> None:
    """The mean over many voltages within a step is what is read without rounding."""
    die = Die(5)
    oracle = Oracle(die)
    s = oracle.cadc()
    volts = 0.42 + np.linspace(0, 9e-3, 400)
    reads = np.mean([
        cadc_read((v + die.readout_offset).reshape(2, 1, 256), s.v_ramp_offset, s.i_ramp_slope, s.channel_offset, die)
        for v in volts
    ], axis=(0, 2)).ravel()

    assert reads == pytest.approx(oracle.reads(s, volts.mean()), abs=0.2)


def configured(die: Die, **targets: Any) -> tuple[lola.Chip, NeuronParameters]:
    chip = Oracle(die).chip(**targets)
    return chip, derive(reader(chip), die)


@pytest.mark.parametrize("seed", [1, 2, None])
def test_targets_come_true(seed: int | None) -> None:
    """All up to half a step of the setting."""
    die = Die(seed)
    oracle, (_, p) = Oracle(die), configured(die)
    s = oracle.cadc()

    lsb = 4.5e-3
    assert oracle.reads(s, p.e_leak) == pytest.approx(np.full(512, 80), abs=0.52 * 0.85 * c.CELL_LSB / lsb)
    assert oracle.reads(s, p.e_reset) == pytest.approx(np.full(512, 70), abs=0.52 * 0.85 * c.CELL_LSB / lsb)
    assert oracle.reads(s, p.threshold) == pytest.approx(np.full(512, 125), abs=0.52 * c.CELL_LSB / lsb)
    assert p.capacitance / p.g_leak == pytest.approx(np.full(512, 10), rel=0.5 / 50)
    for synin in (p.exc, p.inh):
        assert synin.tau == pytest.approx(np.full(512, 10), rel=0.5 / 40)
        assert np.abs(synin.offset).max() <= 0.51 * c.SHIFT_LSB
    assert (p.capacitance / p.g_reset).max() < 0.3
    assert (p.refractory == 2.048).all() and (p.reset_time == 1.984).all()
    assert p.active.all() and p.readout_enabled.all() and (p.readout_source == 0).all()


def test_all_inputs_are_equally_strong() -> None:
    """One step of gm is 0.25 % or less; the inhibitory input is as strong as the excitatory one."""
    _, ideal = configured(Die.ideal())
    strong = 10.2e-3 * 500 * 0.6 / 2.35
    assert ideal.exc.gm * 0.6 / ideal.capacitance == pytest.approx(np.full(512, strong))
    for seed in (1, 2):
        _, p = configured(Die(seed))
        for synin in (p.exc, p.inh):
            assert synin.gm * p.i_dac[QUADRANT_OF_CIRCUIT] / p.capacitance == pytest.approx(strong, rel=2.5e-3)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 100), leak=st.floats(50, 160), threshold=st.floats(50, 190), tau_mem=st.floats(0.5, 60),
    tau_syn=st.floats(1.2, 30),
)
def test_targets_of_neurons_may_differ(
    seed: int, leak: float, threshold: float, tau_mem: float, tau_syn: float
) -> None:
    die = Die(seed)
    part = np.linspace(0.9, 1, 512)
    s, (_, p) = Oracle(die).cadc(), configured(
        die, leak=leak * part, threshold=threshold * part, tau_mem=tau_mem * part,
        tau_syn=np.stack([tau_syn * part, 10 * part], axis=-1),
    )

    assert Oracle(die).reads(s, p.e_leak) == pytest.approx(leak * part, abs=0.2)
    assert Oracle(die).reads(s, p.threshold) == pytest.approx(threshold * part, abs=0.25)
    assert p.capacitance / p.g_leak == pytest.approx(tau_mem * part, rel=0.02)
    assert p.exc.tau == pytest.approx(tau_syn * part, rel=0.02)
    assert p.inh.tau == pytest.approx(10 * part, rel=0.02)


@pytest.mark.parametrize(("tau_mem", "bias", "division", "multiplication"), [
    (10, 94, False, False),
    (60, 125, True, False),  # 16 without division
    (0.5, 235, False, True),
    (np.inf, 0, True, False),
])
def test_ranges_of_the_leak(tau_mem: float, bias: int, division: bool, multiplication: bool) -> None:
    n = Oracle(Die.ideal()).neurons(tau_mem=tau_mem)

    assert (n.i_bias_leak == bias).all()
    assert (n.leak_division == division).all() and (n.leak_multiplication == multiplication).all()


@pytest.mark.parametrize(("tau_syn", "bias", "small", "high"), [
    (10, 109, False, False),
    (100, 109, False, True),
    (0.4, 743, True, False),
])
def test_ranges_of_the_synaptic_lines(tau_syn: float, bias: int, small: bool, high: bool) -> None:
    n = Oracle(Die.ideal()).neurons(tau_syn=tau_syn)

    assert (n.i_bias_tau_exc == bias).all()
    assert (n.small_capacitance_exc == small).all() and (n.high_resistance_exc == high).all()


OUT_OF_REACH = [
    ({"leak": 250}, r"leak: 250 is out of reach of neuron 0, which can have \S+ to \S+"),
    ({"reset": np.where(np.arange(512) == 7, 5, 70)}, "reset: 5 is out of reach of neuron 7,"),
    ({"threshold": 254}, "threshold: 254 is out of reach of neuron"),
    ({"tau_mem": 0.01}, "tau_mem: 0.01 is out of reach of neuron 0,"),
    ({"tau_mem": -1}, "tau_mem: -1"),
    ({"tau_syn": 0.1}, "tau_syn: 0.1"),
    ({"i_synin_gm": 1022}, "i_synin_gm: 1022"),
    ({"leak": np.nan}, "leak: nan"),
    ({"membrane_capacitance": 64}, "membrane_capacitance: neuron 0 would need 64, possible are 0 to 63"),
    ({"synapse_dac_bias": 1023}, "synapse_dac_bias: quadrant 0"),
    ({"refractory_time": 1e6}, "refractory_time: no scale of the fast clock"),
    ({"refractory_time": -1}, "refractory_time: neuron 0 cannot have -1 µs"),
    ({"holdoff_time": 50}, "refractory_time: .* with a holdoff_time up to 50 µs"),
]


@pytest.mark.parametrize(("targets", "message"), OUT_OF_REACH, ids=[" ".join(t) for t, _ in OUT_OF_REACH])
def test_targets_out_of_reach(targets: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Oracle(Die(1)).neurons(**targets)


@pytest.mark.parametrize(("ranges", "name"), [
    ({"dynamic_range": (10, 1000)}, "v_ramp_offset: quadrant 0"),
    ({"dynamic_range": (300, 310)}, "channel_offset: channel"),
])
def test_ranges_out_of_reach(ranges: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Oracle(Die(1)).cadc(**ranges)


def test_default_targets_are_in_reach_of_every_die() -> None:
    for seed in range(100):
        oracle = Oracle(Die(seed))
        oracle.neurons(cadc=oracle.cadc())
        oracle.neurons(cadc=oracle.cadc((150, 500)), leak=120, reset=120, threshold=None, tau_mem=60, tau_syn=0.6)


def test_neurons_without_threshold() -> None:
    die = Die(2)
    oracle, (chip, p) = Oracle(die), configured(die, dynamic_range=(150, 500), leak=120, threshold=None, tau_mem=60)

    assert np.isinf(p.threshold).all() and p.active.all()
    assert oracle.reads(oracle.cadc((150, 500)), p.e_leak) == pytest.approx(np.full(512, 120), abs=0.3)
    assert not chip.neuron_block.atomic_neurons.columns.threshold.enable.any()


def test_whole_chip() -> None:
    chip, _ = configured(Die(3))
    s = cadc(3)

    for cadc_coord in halco.iter_all(halco.CADCOnDLS):
        chain, h = chip.cadc_readout_chains[cadc_coord], cadc_coord.value()
        assert chain.ramp.enable
        assert chain.ramp.v_offset.to_numpy().tolist() == s.v_ramp_offset[2 * h : 2 * h + 2].tolist()
        assert chain.ramp.i_slope.to_numpy().tolist() == s.i_ramp_slope[2 * h : 2 * h + 2].tolist()
        for k, channels in enumerate((chain.channels_causal.columns, chain.channels_acausal.columns)):
            assert np.array_equal(channels.offset, s.channel_offset[h, k])
            assert channels.enable_connect_correlation.all() and channels.enable_connect_neuron.all()
            assert not channels.enable_connect_debug.any()
        assert chip.neuron_block.current_rows[h].values.columns.enable_synaptic_current_excitatory.all()
        assert chip.synapse_blocks[h].i_bias_dac.to_numpy().tolist() == [600, 600]
    assert chip.neuron_block.atomic_neurons.columns.event_routing.enable_digital.all()


# Refractory time and counter, scale; the first two are those of the calibration of the real system.
@pytest.mark.parametrize(("tau", "counter", "scale"), [
    (2.0, 32, 3), (1.5, 47, 2), (10.0, 79, 4), (32.0, 251, 4), (0.04, 6, 0),
])
def test_refractory_settings(tau: float, counter: int, scale: int) -> None:
    s = refractory_settings(tau)

    assert (s.counter == counter).all() and s.fast_clock == scale
    assert (s.input_clock == 1).all() and (s.reset_holdoff == 15).all()


@settings(max_examples=50, deadline=None)
@given(fast=st.floats(0.5, 1.5), slow=st.floats(2, 30), part=st.floats(0, 0.4))
def test_refractory_times_come_true(fast: float, slow: float, part: float) -> None:
    tau = np.where(np.arange(512) % 4 == 0, slow, fast)
    holdoff = np.where(np.arange(512) % 4 == 0, part * slow, 0)
    s = refractory_settings(tau, holdoff)
    period = 1 / cycles_per_us(np.where(s.input_clock == 1, s.fast_clock, s.slow_clock))

    assert (np.abs(s.counter * period - tau) <= 1.1 * period).all()
    assert (np.abs((31 - 2 * s.reset_holdoff) * period - holdoff) <= 2.1 * period).all()
    assert np.array_equal(s.input_clock == 0, tau == slow)


@pytest.mark.parametrize(("name", "target", "field", "code"), [
    ("leak", 250, "v_leak", 1022),
    ("threshold", 255, "v_threshold", None),
    ("tau_mem", 1e-3, "i_bias_leak", 1022),
    ("tau_syn", 0.01, "i_bias_tau_exc", 1022),
    ("i_synin_gm", 5000, "i_bias_gm_inh", 1022),
])
def test_one_circuit_out_of_reach_gets_the_nearest(name: str, target: float, field: str, code: int | None) -> None:
    usual = {"leak": 80, "threshold": 125, "tau_mem": 10, "tau_syn": 10, "i_synin_gm": 500}[name]
    oracle = Oracle(Die(1))
    n = oracle.neurons(**{name: np.where(np.arange(512) == 7, target, usual)}, clip=True)
    without = oracle.neurons()

    assert np.flatnonzero(~n.reached).tolist() == [7] and without.reached.all()
    if code is not None:
        assert getattr(n, field)[7] == code
    others = np.arange(512) != 7
    assert np.array_equal(getattr(n, field)[others], getattr(without, field)[others])


def test_what_is_no_number_is_not_clipped() -> None:
    with pytest.raises(ValueError, match="leak: nan is out of reach of neuron 0, which can have"):
        Oracle(Die(1)).neurons(leak=np.nan, clip=True)


def test_inputs_of_their_own_strength() -> None:
    """With the same bias, inhibitory inputs are weaker; strengths may be chosen input by input."""
    oracle = Oracle(Die(1))
    n = oracle.neurons(i_synin_gm=np.stack([np.full(512, 400), np.full(512, 500)], axis=-1), matching=False)

    assert np.array_equal(n.i_bias_gm_exc, oracle.neurons(i_synin_gm=400).i_bias_gm_exc)
    strong = oracle.neurons(i_synin_gm=500 * c.SYNIN_INH_LSB / c.SYNIN_EXC_LSB).i_bias_gm_inh
    assert np.abs(n.i_bias_gm_inh - strong).max() <= 1
