"""From registers to physical parameters."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import lola
from chipsim import circuits as c
from chipsim.die import Die
from chipsim.parameters import NeuronParameters, _connected, cell_voltage, derive, followed
from tests.chipsim.words import halves, reader

IDEAL = Die.ideal()
SOME = 300
"""A circuit in the lower left quadrant."""


def derived(change: Callable[[Any], None], die: Die = IDEAL) -> NeuronParameters:
    """Parameters of a default chip after a change of the columns of its circuits."""
    chip = lola.Chip()
    change(chip.neuron_block.atomic_neurons.columns)
    return derive(reader(chip), die)


def everything_on(n: Any) -> None:
    n.leak.i_bias = n.reset.i_bias = 100
    n.threshold.enable = n.readout.enable_amplifier = True
    n.event_routing.analog_output = 1
    for synin in (n.excitatory_input, n.inhibitory_input):
        synin.enable = synin.enable_coba_mode = True
        synin.i_bias_tau = synin.i_bias_gm = synin.i_bias_coba = 100
    n.adaptation.enable = n.adaptation.enable_pulse = n.exponential.enable = True
    n.adaptation.i_bias_a = n.adaptation.i_bias_b = n.adaptation.i_bias_tau = n.exponential.i_bias = 100


def test_everything_is_off_after_power_up() -> None:
    p = derive(reader(), Die(1))

    assert not p.active.any() and not p.readout_enabled.any()
    assert np.isinf(p.threshold).all() and np.isinf(p.exc.tau).all()
    for current in (p.g_leak, p.g_reset, p.exc.gm, p.inh.gm, p.i_offset, p.i_exp, p.a, p.b, p.g_icc, p.i_dac):
        assert (current == 0).all()


def test_default_configuration_is_inactive() -> None:
    p = derived(lambda n: None)

    assert not p.active.any()
    assert p.i_dac == pytest.approx(np.full(4, 1.022))


@pytest.mark.parametrize("switch", [
    "readout.enable_amplifier", "readout.enable_unbuffered_access", "excitatory_input.enable",
    "inhibitory_input.enable",
])
def test_what_makes_a_circuit_active(switch: str) -> None:
    def change(n: Any) -> None:
        struct, field = switch.split(".")
        setattr(getattr(n, struct), field, np.arange(512) == SOME)

    assert np.flatnonzero(derived(change).active).tolist() == [SOME]


@pytest.mark.parametrize("field", ["enable_bypass_excitatory", "enable_bypass_inhibitory"])
def test_bypass_needs_the_fire_output(field: str) -> None:
    def change(n: Any) -> None:
        setattr(n.event_routing, field, np.isin(np.arange(512), [SOME, SOME + 1]))
        n.event_routing.analog_output = np.arange(512) == SOME

    assert np.flatnonzero(derived(change).active).tolist() == [SOME]


def test_capacitance() -> None:
    """2.2 pF for the code 63, and 0.15 pF that cannot be switched."""
    def change(n: Any) -> None:
        n.membrane_capacitance.capacitance = np.arange(512) % 64

    p = derived(change)
    assert p.capacitance[[0, 63]] == pytest.approx([0.15, 2.35])
    die = Die(4)
    expected = c.CAPACITANCE_LSB * (np.arange(512) % 64) * die.capacitance + 0.15 * die.intrinsic_capacitance
    assert derived(change, die).capacitance == pytest.approx(expected)


@pytest.mark.parametrize(("flags", "g", "linear"), [
    ([], 0.25, 0.25),
    (["division"], 0.25 / 8, 0.25),
    (["multiplication"], 2.0, 0.25),
    (["division", "multiplication"], 0.25, 0.25),
    (["degeneration"], 0.125, 0.5),
    (["degeneration", "multiplication"], 1.0, 0.5),
])
@pytest.mark.parametrize("mode", ["leak", "reset"])
def test_leak_and_reset(mode: str, flags: list[str], g: float, linear: float) -> None:
    """2.5 nS per LSB and a linear range of 0.25 V."""
    def change(n: Any) -> None:
        setattr(getattr(n, mode), f"v_{mode}", 600)
        getattr(n, mode).i_bias = 100
        for flag in flags:
            setattr(getattr(n, mode), f"enable_{flag}", True)

    p = derived(change)
    assert getattr(p, f"g_{mode}") == pytest.approx(np.full(512, g))
    assert getattr(p, f"range_{mode}") == pytest.approx(np.full(512, linear))
    # 0.85 * (0.01875 + 0.001875 * 600) - 0.63
    assert getattr(p, f"e_{mode}") == pytest.approx(np.full(512, 0.3421875))


@pytest.mark.parametrize(("small", "high", "capacitance", "step"), [
    (False, False, 0.2, 1 / 200),
    (False, True, 2.0, 1 / 200),
    (True, False, 0.09, 1 / 90),
    (True, True, 0.9, 1 / 90),
])
@pytest.mark.parametrize("which", ["exc", "inh"])
def test_synaptic_lines(which: str, small: bool, high: bool, capacitance: float, step: float) -> None:
    """0.18 nS per LSB at small biases; lines work whether or not the input behind them is on."""
    def change(n: Any) -> None:
        synin = n.excitatory_input if which == "exc" else n.inhibitory_input
        synin.enable_small_capacitance, synin.enable_high_resistance, synin.i_bias_tau = small, high, 100

    line = getattr(derived(change), which)
    assert line.tau == pytest.approx(np.full(512, capacitance / (0.018 * (1 + 1 / 81))))
    assert line.step == pytest.approx(np.full(512, step))
    assert (line.gm == 0).all()


@pytest.mark.parametrize(("which", "gm", "balanced"), [("exc", 1.02, 305), ("inh", 0.905, 275)])
def test_synaptic_inputs(which: str, gm: float, balanced: int) -> None:
    def change(n: Any) -> None:
        synin = n.excitatory_input if which == "exc" else n.inhibitory_input
        synin.enable, synin.i_bias_gm, synin.i_bias_coba, synin.v_rev_coba = True, 100, 50, 700
        synin.i_shift_reference = np.where(np.arange(512) == SOME, balanced + 100, balanced)
        synin.enable_coba_mode = np.arange(512) == SOME

    synin = getattr(derived(change), which)
    assert synin.gm == pytest.approx(np.full(512, gm))
    # A larger shift lowers the offset by 0.1 mV per LSB.
    assert synin.offset[[0, SOME]] == pytest.approx([0, -0.01])
    assert synin.kappa[[0, SOME]] == pytest.approx([0, 4 * 50 / 100])
    assert synin.e_rev[0] == pytest.approx(followed(700, 0.0))


def test_threshold_is_not_followed() -> None:
    def change(n: Any) -> None:
        everything_on(n)
        n.threshold.v_threshold = 400

    die = Die(2)
    assert derived(change, die).threshold == pytest.approx(0.76875 + die.comparator_offset)


@pytest.mark.parametrize("missing", ["threshold.enable", "event_routing.analog_output"])
def test_spikes_need_comparator_and_fire_output(missing: str) -> None:
    def change(n: Any) -> None:
        everything_on(n)
        struct, field = missing.split(".")
        setattr(getattr(n, struct), field, 0)

    assert np.isinf(derived(change).threshold).all()


OFF_WITHOUT = [
    ("i_bias_leak_source_follower", lambda p: p.g_leak),
    ("i_bias_leak_source_follower", lambda p: p.g_reset),
    ("i_bias_leak_source_follower", lambda p: p.i_exp),
    ("i_bias_leak_source_follower", lambda p: p.a),
    ("i_bias_leak_source_follower", lambda p: p.b),
    ("i_bias_leak_source_follower", lambda p: p.exc.kappa),
    ("i_bias_synin_drop", lambda p: p.exc.gm),
    ("i_bias_synin_drop", lambda p: p.inh.gm),
    ("i_bias_threshold_comparator", lambda p: np.isfinite(p.threshold)),
    ("i_bias_readout_amp", lambda p: p.readout_enabled),
]


@pytest.mark.parametrize(("cell", "effect"), OFF_WITHOUT)
def test_circuits_need_the_biases_of_their_block(cell: str, effect: Callable[[NeuronParameters], Any]) -> None:
    chip = lola.Chip()
    everything_on(chip.neuron_block.atomic_neurons.columns)
    getattr(chip.neuron_block, cell)[halco.CapMemBlockOnDLS(2)] = 0

    on = effect(derive(reader(chip), IDEAL)) != 0
    # The block 2 is the lower left quadrant.
    assert np.flatnonzero(~on).tolist() == list(range(256, 384))


def test_synapse_dac() -> None:
    chip = lola.Chip()
    chip.synapse_blocks[1].i_bias_dac.from_numpy(np.array([0, 500]))
    die = Die(3)

    assert derive(reader(chip), die).i_dac == pytest.approx([1.022, 1.022, 0, 0.5] * die.synapse_dac)


def test_signs() -> None:
    def change(n: Any) -> None:
        everything_on(n)
        n.constant_current.enable = np.arange(512) < 2
        n.constant_current.i_offset, n.constant_current.type = 100, np.arange(512) % 2
        n.adaptation.invert_a = n.adaptation.invert_b = np.arange(512) % 2

    p = derived(change)
    assert p.i_offset[:3] == pytest.approx([0.01, -0.01, 0])
    assert p.a[:2] == pytest.approx([0.1, -0.1])
    # A pulse of 8 ns: 2e-4 uA/LSB/us * 100 * 0.008 us.
    assert p.b[:2] == pytest.approx([1.6e-4, -1.6e-4])
    assert p.tau_adapt[0] == pytest.approx(100) and p.delta_exp[0] == pytest.approx(0.03)


def test_adaptation_pulse_of_both_halves() -> None:
    chip = lola.Chip()
    everything_on(chip.neuron_block.atomic_neurons.columns)
    halves(chip)[1].clock_scale_adaptation_pulse = 3

    p = derive(reader(chip), IDEAL)
    assert p.b[128] / p.b[0] == pytest.approx(8)
    assert p.b[256 + 128] == p.b[128] and p.b[256] == p.b[0]


@pytest.mark.parametrize(("flags", "g"), [([], 0.3), (["division"], 0.075), (["multiplication"], 1.2)])
def test_inter_compartment_conductance(flags: list[str], g: float) -> None:
    def change(n: Any) -> None:
        n.multicompartment.i_bias_nmda = 100
        n.multicompartment.enable_conductance = np.arange(512) > 0
        for flag in flags:
            setattr(n.multicompartment, f"enable_conductance_{flag}", True)

    assert derived(change).g_icc[:2] == pytest.approx([0, g])


# counter, holdoff, scale of the clock; refractory time and length of the reset in us by hand, with 0.004 us * 2**(s+1).
REFRACTORY = [
    (32, 15, 3, 2.048, 1.984),
    (32, 15, 0, 0.256, 0.248),
    (100, 0, 0, 0.8, 0.552),
    (100, 7, 2, 3.2, 2.656),
    (255, 15, 15, 66846.72, 66584.576),
    (20, 0, 0, 0.16, 0.008),  # the reset lasts at least a cycle
    (0, 15, 0, 0.008, 0.008),  # and so does the refractory time
]


@pytest.mark.parametrize(("counter", "holdoff", "scale", "refractory", "reset"), REFRACTORY)
@pytest.mark.parametrize("clock", ["slow", "fast"])
def test_refractory_times(
    clock: str, counter: int, holdoff: int, scale: int, refractory: float, reset: float
) -> None:
    chip = lola.Chip()
    period = chip.neuron_block.atomic_neurons.columns.refractory_period
    period.refractory_time, period.reset_holdoff, period.input_clock = counter, holdoff, clock == "fast"
    for half in halves(chip):
        setattr(half, f"clock_scale_{clock}", scale)

    p = derive(reader(chip), IDEAL)
    assert p.refractory == pytest.approx(np.full(512, refractory))
    assert p.reset_time == pytest.approx(np.full(512, reset))


def test_order_of_the_back_ends() -> None:
    """Back ends are numbered by chip half, circuits by row."""
    chip = lola.Chip()
    column = 200
    coordinate = halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(column), halco.NeuronRowOnDLS(1))
    chip.neuron_block.atomic_neurons[coordinate].refractory_period.refractory_time = 250
    config = haldls.NeuronBackendConfig()
    config.refractory_time = 250
    addresses, _ = haldls.encode(config, coordinate.toNeuronBackendConfigOnDLS())
    read = reader(chip)

    assert haldls.decode(
        haldls.NeuronBackendConfig, coordinate.toNeuronBackendConfigOnDLS(), read(addresses)
    ).refractory_time == 250
    assert np.flatnonzero(derive(read, IDEAL).refractory > 1).tolist() == [256 + column]


def test_settings_of_the_halves() -> None:
    chip = lola.Chip()
    everything_on(chip.neuron_block.atomic_neurons.columns)
    left, right = halves(chip)
    left.enable_clocks, right.force_reset = False, True

    p = derive(reader(chip), IDEAL)
    right_half = np.arange(512) % 256 >= 128
    assert np.array_equal(np.isfinite(p.threshold), right_half)
    assert np.array_equal(p.held, right_half)


def test_connected_circuits_are_active() -> None:
    def change(n: Any) -> None:
        i, m = np.arange(512), n.multicompartment
        n.readout.enable_amplifier = i == 10
        m.connect_right = np.isin(i, [10, 11, 255, 20])  # 255 has no right neighbour
        m.connect_vertical = i == 12
        m.connect_soma = i == 268
        m.connect_soma_right = np.isin(i, [268, 269])
        m.enable_conductance, m.i_bias_nmda = i == 270, 100

    # 269 has a segment of the somatic line, but is not connected to it.
    assert np.flatnonzero(derived(change).active).tolist() == [10, 11, 12, 268, 270]


flags = st.lists(st.integers(0, 511), max_size=60).map(lambda hits: np.isin(np.arange(512), hits))


@settings(max_examples=50, deadline=None)
@given(on=flags, right=flags, bottom=flags, soma=flags, soma_right=flags, conductance=flags)
def test_connections_are_transitive(
    on: Any, right: Any, bottom: Any, soma: Any, soma_right: Any, conductance: Any
) -> None:
    expected = set(np.flatnonzero(on).tolist())
    edges = [(i, i + 1) for i in np.flatnonzero(right) if i % 256 < 255]
    edges += [(i, (i + 256) % 512) for i in np.flatnonzero(bottom)]
    edges += [(i, i + 512) for i in np.flatnonzero(soma | conductance)]
    edges += [(i + 512, i + 513) for i in np.flatnonzero(soma_right) if i % 256 < 255]
    grown = True
    while grown:
        grown = False
        for a, b in edges:
            if (a in expected) != (b in expected):
                expected |= {a, b}
                grown = True

    found = _connected(on, right, bottom, soma, soma_right, conductance)
    assert np.flatnonzero(found).tolist() == sorted(i for i in expected if i < 512)


@given(low=st.integers(0, 1021), step=st.integers(1, 100))
def test_potentials_rise_with_their_cells(low: int, step: int) -> None:
    assert cell_voltage(low + step) - cell_voltage(low) == pytest.approx(step * c.CELL_LSB)
    assert followed(low + step, 0.1) - followed(low, 0.1) == pytest.approx(0.85 * step * c.CELL_LSB)


def test_deriving_is_fast() -> None:
    """The chip derives anew whenever settings change: less than 3 ms."""
    zeros = np.zeros(1, dtype=np.uint32)
    times = []
    for _ in range(10):
        start = time.perf_counter()
        derive(lambda addresses: np.broadcast_to(zeros, addresses.shape), IDEAL)
        times.append(time.perf_counter() - start)

    assert min(times) < 3e-3
