"""Physical parameters of the neuron circuits, from the registers and the die. Units: V, µs, pF, µS, µA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chipsim import circuits as c
from chipsim.cells import Reader, read_blocks, read_circuits, read_halves
from chipsim.die import QUADRANT_OF_CIRCUIT, Array, Die

BACKEND_CLOCK = 250.0
"""Clock of the back ends before their dividers, MHz."""


@dataclass
class SynapticInput:
    """One of the two synaptic inputs of every circuit; arrays of shape (512,)."""

    tau: Array
    """Time constant of the line, inf for a line that keeps its charge."""
    step: Array
    """Drop of the line per charge, V/fC: 1 / (1000 C_line) with C_line in pF."""
    gm: Array
    """Transconductance of the OTA, 0 where the input is off."""
    range: Array
    """Linear range of the OTA, V."""
    offset: Array
    """Input offset, V."""
    kappa: Array
    """Relative change of the transconductance per V of the membrane, positive; 0 for current-based inputs."""
    e_rev: Array
    """Membrane voltage at which nothing is modulated."""


@dataclass
class NeuronParameters:
    """Parameters of all circuits in the order of `AtomicNeuronOnDLS` (row * 256 + column); arrays of shape (512,)."""

    capacitance: Array
    g_leak: Array
    e_leak: Array
    range_leak: Array
    g_reset: Array
    e_reset: Array
    range_reset: Array
    threshold: Array
    """inf where comparator or fire output are off, or something that they need."""
    exc: SynapticInput
    inh: SynapticInput
    i_offset: Array
    """Signed."""
    i_exp: Array
    """Current at the onset, 0 where the term is off."""
    v_exp: Array
    delta_exp: Array
    a: Array
    """µS, signed, 0 where the adaptation is off."""
    b: Array
    """Added to the adaptation current by a spike, µA, signed: 0 without adaptation pulse."""
    tau_adapt: Array
    v_adapt: Array
    v_adapt_ref: Array
    g_icc: Array
    """Conductance to the somatic line, 0 where off."""
    refractory: Array
    """µs from a spike to the next possible one."""
    reset_time: Array
    """µs from a spike to the end of the reset."""
    pause: Array
    """bool: inputs and exponential term off during the reset."""
    held: Array
    """bool: the back end holds the neuron in reset."""
    membrane_right: Array
    bottom: Array
    soma: Array
    soma_right: Array
    """bool: connections between circuits, as in `NeuronConfig`."""
    readout_source: Array
    """0 membrane, 1 and 2 the synaptic lines, 3 adaptation."""
    readout_enabled: Array
    """bool: readout amplifier on."""
    readout_offset: Array
    """V."""
    active: Array
    """bool: something of the circuit is switched on, so that its state matters."""
    i_dac: Array
    """Current of a synapse with weight 63 by quadrant, µA, shape (4,)."""


_HALF_OF_CIRCUIT = np.arange(512) % 256 // 128
_CIRCUIT = np.arange(512)


def cell_voltage(code: Any) -> Any:
    """V of a voltage cell."""
    return c.CELL_OFFSET + c.CELL_LSB * code


def followed(code: Any, offset: Any) -> Any:
    """V behind the source follower of a voltage cell; `offset` is that of the follower, V."""
    return c.FOLLOWER_GAIN * cell_voltage(code) - c.FOLLOWER_DROP + offset


def line_conductance(code: Any) -> Any:
    """µS that restore a synaptic line, from the bias of its time constant."""
    return c.LINE_LSB * code * (1.0 + (code / c.LINE_KNEE) ** 2)


def total_capacitance(code: Any, die: Die) -> Any:
    """pF of the membranes of all circuits."""
    return c.CAPACITANCE_LSB * code * die.capacitance + c.CAPACITANCE_INTRINSIC * die.intrinsic_capacitance


def derive(read: Reader, die: Die) -> NeuronParameters:
    """Parameters of all circuits from the registers of the chip.

    Parameters
    ----------
    read : callable
        Gives words (uint32) at addresses (uint32); see `chipsim.cells.Reader`.
    die : Die
        The deviations of the chip.
    """
    n, halves = read_circuits(read), read_halves(read)
    block = {name: codes[QUADRANT_OF_CIRCUIT] for name, codes in read_blocks(read).items()}
    follower_on = block["neuron_i_bias_leak_source_follower"] > 0
    line_on = block["neuron_i_bias_synin_drop"] > 0
    clocks = halves.enable_clocks[_HALF_OF_CIRCUIT]
    capacitance = total_capacitance(n.membrane_capacitance.capacitance, die)
    g_leak, range_leak = _leak(n.leak, die.leak, follower_on)
    g_reset, range_reset = _leak(n.reset, die.reset, follower_on)
    routing, readout, multi = n.event_routing, n.readout, n.multicompartment
    firing, comparator_on = routing.analog_output > 0, block["neuron_i_bias_spike_comparator"] > 0
    comparing = n.threshold.enable & firing & comparator_on & clocks
    threshold = np.where(comparing, cell_voltage(n.threshold.v_threshold) + die.comparator_offset, np.inf)
    bypass = routing.enable_bypass_excitatory | routing.enable_bypass_inhibitory
    readout_enabled = readout.enable_amplifier & (block["neuron_i_bias_readout_amp"] > 0)
    exc_on, inh_on = n.excitatory_input.enable & line_on, n.inhibitory_input.enable & line_on
    refractory, reset_time = _refractory(n.refractory_period, halves)
    offset, exponential = n.constant_current, n.exponential
    exp_on = exponential.enable & (exponential.i_bias > 0) & follower_on
    on = readout_enabled | comparing | exc_on | inh_on | readout.enable_unbuffered_access
    on |= bypass & firing
    g_icc = _conductance(multi, die)
    connections = (multi.connect_right, multi.connect_vertical, multi.connect_soma, multi.connect_soma_right)
    return NeuronParameters(
        capacitance=capacitance,
        g_leak=g_leak,
        e_leak=followed(n.leak.v_leak, die.follower_leak),
        range_leak=range_leak,
        g_reset=g_reset,
        e_reset=followed(n.reset.v_reset, die.follower_reset),
        range_reset=range_reset,
        threshold=threshold,
        exc=_synaptic_input(n.excitatory_input, exc_on, follower_on, _excitatory(die)),
        inh=_synaptic_input(n.inhibitory_input, inh_on, follower_on, _inhibitory(die)),
        i_offset=c.OFFSET_LSB * offset.i_offset * die.offset_current * offset.enable * _sign(offset.type),
        i_exp=np.where(exp_on, c.EXP_CURRENT, 0.0),
        v_exp=followed(exponential.v_exp, die.follower_exp),
        delta_exp=_per_bias(c.EXP_SLOPE * die.exp_slope, exponential.i_bias),
        **_adaptation(n.adaptation, halves, die, follower_on),
        g_icc=g_icc,
        refractory=refractory,
        reset_time=reset_time,
        pause=n.refractory_period.enable_pause,
        held=halves.force_reset[_HALF_OF_CIRCUIT],
        membrane_right=connections[0],
        bottom=connections[1],
        soma=connections[2],
        soma_right=connections[3],
        readout_source=readout.source.astype(np.int64),
        readout_enabled=readout_enabled,
        readout_offset=die.readout_offset,
        active=_connected(on, *connections, g_icc > 0),
        i_dac=c.SYNAPSE_DAC_LSB * block["syn_i_bias_dac"][::128] * die.synapse_dac,
    )


def _sign(inverted: Array) -> Array:
    return 1.0 - 2.0 * inverted


def _per_bias(value: Any, code: Array) -> Array:
    """value / code, inf for a bias of 0."""
    with np.errstate(divide="ignore"):
        return value / code


def _leak(settings: Any, factor: Array, follower_on: Array) -> tuple[Array, Array]:
    """Transconductance, µS, and linear range, V, of the OTA in leak or reset mode."""
    g = c.LEAK_LSB * settings.i_bias * factor * follower_on
    g *= np.where(settings.enable_multiplication, c.LEAK_FACTOR, 1.0)
    g /= np.where(settings.enable_division, c.LEAK_FACTOR, 1.0)
    degeneration = np.where(settings.enable_degeneration, c.DEGENERATION, 1.0)
    return g / degeneration, c.LEAK_RANGE * degeneration


def _conductance(settings: Any, die: Die) -> Array:
    """Inter-compartment conductance, µS."""
    g = c.ICC_LSB * settings.i_bias_nmda * die.conductance * settings.enable_conductance
    g *= np.where(settings.enable_conductance_multiplication, c.ICC_FACTOR, 1.0)
    return g / np.where(settings.enable_conductance_division, c.ICC_FACTOR, 1.0)


@dataclass
class _InputConstants:
    """Constants and deviations of an input; see `chipsim.circuits`."""

    gm_lsb: float
    gm: Array
    line: Array
    balanced: float
    offset: Array
    coba: Array
    follower: Array


def _excitatory(die: Die) -> _InputConstants:
    return _InputConstants(c.SYNIN_EXC_LSB, die.gm_exc, die.line_exc, c.SHIFT_EXC_BALANCED, die.input_offset_exc,
                           die.coba_exc, die.follower_rev_exc)


def _inhibitory(die: Die) -> _InputConstants:
    return _InputConstants(c.SYNIN_INH_LSB, die.gm_inh, die.line_inh, c.SHIFT_INH_BALANCED, die.input_offset_inh,
                           die.coba_inh, die.follower_rev_inh)


def _synaptic_input(settings: Any, on: Array, follower_on: Array, k: _InputConstants) -> SynapticInput:
    line = np.where(settings.enable_small_capacitance, c.LINE_CAPACITANCE_SMALL, c.LINE_CAPACITANCE)
    tau = _per_bias(line / k.line, line_conductance(settings.i_bias_tau))
    gm_code = settings.i_bias_gm
    modulated = settings.enable_coba_mode & follower_on & (gm_code > 0)
    kappa = c.COBA_FACTOR * k.coba * settings.i_bias_coba / np.maximum(gm_code, 1)
    return SynapticInput(
        tau=tau * np.where(settings.enable_high_resistance, c.HIGH_RESISTANCE, 1.0),
        step=1.0 / (1000.0 * line),
        gm=k.gm_lsb * gm_code * k.gm * on,
        range=np.full(512, c.SYNIN_RANGE),
        # Both shifts act alike on their input; the sign on the membrane is that of the current.
        offset=c.SHIFT_LSB * (k.balanced - settings.i_shift_reference) + k.offset,
        kappa=np.where(modulated, kappa, 0.0),
        e_rev=followed(settings.v_rev_coba, k.follower),
    )


def _adaptation(settings: Any, halves: Any, die: Die, follower_on: Array) -> dict[str, Array]:
    on = settings.enable & follower_on
    pulse = 2.0 ** (halves.clock_scale_adaptation_pulse + 1.0) / BACKEND_CLOCK
    per_spike = on & settings.enable_pulse
    return {
        "a": c.ADAPT_A_LSB * settings.i_bias_a * die.adapt_a * on * _sign(settings.invert_a),
        "b": c.ADAPT_B_LSB * settings.i_bias_b * die.adapt_b * per_spike * _sign(settings.invert_b)
        * pulse[_HALF_OF_CIRCUIT],
        "tau_adapt": _per_bias(c.ADAPT_TAU * die.adapt_tau, settings.i_bias_tau),
        "v_adapt": followed(settings.v_leak, die.follower_adapt),
        "v_adapt_ref": followed(settings.v_ref, die.follower_adapt_ref),
    }


def _refractory(settings: Any, halves: Any) -> tuple[Array, Array]:
    """Refractory time and length of the reset, µs; both take at least a cycle."""
    scales = np.stack([halves.clock_scale_slow, halves.clock_scale_fast])[settings.input_clock, _HALF_OF_CIRCUIT]
    period = 2.0 ** (scales + 1.0) / BACKEND_CLOCK
    counter = settings.refractory_time.astype(np.int64)
    early = 31 - 2 * settings.reset_holdoff.astype(np.int64)
    return np.maximum(counter, 1) * period, np.maximum(counter - early, 1) * period


def _connected(
    on: Array, membrane_right: Array, bottom: Array, soma: Array, soma_right: Array, conductance: Array
) -> Array:
    """Circuits that are on, or connected to one that is over membranes and somatic lines."""
    at_line = soma | conductance
    if not (membrane_right.any() or bottom.any() or at_line.any()):
        return on
    # Nodes: 512 membranes and the segments of the somatic line beside them.
    inner = _CIRCUIT % 256 < 255
    edges = np.concatenate([
        np.stack([nodes, nodes + step]) for nodes, step in (
            (_CIRCUIT[membrane_right & inner], 1),
            (_CIRCUIT[bottom & (_CIRCUIT < 256)], 256),
            (_CIRCUIT[bottom & (_CIRCUIT >= 256)], -256),
            (_CIRCUIT[at_line], 512),
            (_CIRCUIT[soma_right & inner] + 512, 1),
        )
    ], axis=1)
    group = np.arange(1024)
    while True:
        lowest = np.minimum(group[edges[0]], group[edges[1]])
        if (group[edges] == lowest).all():
            break
        for ends in edges:
            np.minimum.at(group, group[ends], lowest)
        # Short cut, so that long chains take few rounds.
        group = group[group]
    live = np.zeros(1024, dtype=bool)
    live[group[:512][on]] = True
    return live[group[:512]]
