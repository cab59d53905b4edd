"""What a perfect calibration would find: settings computed from the deviations of a die instead of measurements.

Targets have the names and units of the calibration of spiking neurons: potentials in CADC LSB as the calibrated column
ADC reads them, times in µs, biases in CapMem LSB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import halco
import lola
from chipsim import circuits as c
from chipsim.converters import CADC_LSB, CADC_SLOPE, cadc_counts, cadc_lsb
from chipsim.die import QUADRANT_OF_CHANNEL, QUADRANT_OF_CIRCUIT, Array, Die
from chipsim.hagen_settings import HagenSettings
from chipsim.parameters import cell_voltage, line_conductance, total_capacitance
from chipsim.refractory import RefractorySettings, refractory_settings
from chipsim.stp_settings import STPSettings

CODE_MAX = 1022
BIAS_MIN = 30
"""Smaller biases are avoided by division and high resistance, as their steps are coarse."""
BIAS_RESET = 1015
_MAC_DAC_BIAS, _MAC_GM, _MAC_TAU_SYN = 700, 560, 0.32
"""Biases of synapses and inputs, and their time constant, µs, that give products the usual gain. Of the biases, that of
the synapses is the smaller one, so that lines stay linear where many events come at a time."""


@dataclass(frozen=True)
class CADCSettings:
    """Settings of the column ADC."""

    v_ramp_offset: Array
    i_ramp_slope: Array
    """int, (4,), by quadrant."""
    channel_offset: Array
    """int, (2, 2, 256): hemisphere, causal/acausal, column."""

    def apply(self, chip: lola.Chip) -> None:
        """Set ramps and channels, and switch the ADC on."""
        for cadc in halco.iter_all(halco.CADCOnDLS):
            chain, h = chip.cadc_readout_chains[cadc], cadc.value()
            ramp = chain.ramp
            ramp.enable = True
            ramp.v_offset.from_numpy(self.v_ramp_offset[2 * h : 2 * h + 2])
            ramp.i_slope.from_numpy(self.i_ramp_slope[2 * h : 2 * h + 2])
            ramp.i_bias_comparator.fill(1022)
            ramp.i_bias_vreset_buffer.fill(1022)
            ramp.v_bias_buffer.fill(400)
            chain.channels_causal.columns.offset = self.channel_offset[h, 0]
            chain.channels_acausal.columns.offset = self.channel_offset[h, 1]


@dataclass(frozen=True)
class NeuronSettings:
    """Settings of all neuron circuits in the order of `AtomicNeuronOnDLS`; int or bool arrays of shape (512,)."""

    v_leak: Array
    v_reset: Array
    v_threshold: Array
    enable_threshold: Array
    i_bias_leak: Array
    leak_division: Array
    leak_multiplication: Array
    i_bias_reset: Array
    reset_multiplication: Array
    i_bias_tau_exc: Array
    i_bias_tau_inh: Array
    i_bias_gm_exc: Array
    i_bias_gm_inh: Array
    i_shift_reference_exc: Array
    i_shift_reference_inh: Array
    small_capacitance_exc: Array
    small_capacitance_inh: Array
    high_resistance_exc: Array
    high_resistance_inh: Array
    membrane_capacitance: Array
    synapse_dac_bias: Array
    """(4,), by quadrant."""
    refractory: RefractorySettings
    reached: Array
    """bool, (512,): whether the circuit has all of its targets, and not only the nearest that it can have."""

    def apply(self, chip: lola.Chip) -> None:
        """Set everything but what is switched on: inputs, outputs and readout of the neurons stay as they are."""
        n = chip.neuron_block.atomic_neurons.columns
        n.leak.v_leak, n.leak.i_bias = self.v_leak, self.i_bias_leak
        n.leak.enable_division, n.leak.enable_multiplication = self.leak_division, self.leak_multiplication
        n.reset.v_reset, n.reset.i_bias = self.v_reset, self.i_bias_reset
        n.reset.enable_division, n.reset.enable_multiplication = False, self.reset_multiplication
        n.threshold.v_threshold, n.threshold.enable = self.v_threshold, self.enable_threshold
        n.membrane_capacitance.capacitance = self.membrane_capacitance
        for synin, suffix in ((n.excitatory_input, "exc"), (n.inhibitory_input, "inh")):
            synin.i_bias_tau = getattr(self, f"i_bias_tau_{suffix}")
            synin.i_bias_gm = getattr(self, f"i_bias_gm_{suffix}")
            synin.i_shift_reference = getattr(self, f"i_shift_reference_{suffix}")
            synin.enable_small_capacitance = getattr(self, f"small_capacitance_{suffix}")
            synin.enable_high_resistance = getattr(self, f"high_resistance_{suffix}")
        period = n.refractory_period
        period.refractory_time, period.reset_holdoff = self.refractory.counter, self.refractory.reset_holdoff
        period.input_clock = self.refractory.input_clock
        for common in chip.neuron_block.backends:
            common.clock_scale_fast, common.clock_scale_slow = self.refractory.fast_clock, self.refractory.slow_clock
        for synapses, biases in zip(chip.synapse_blocks, self.synapse_dac_bias.reshape(2, 2), strict=True):
            synapses.i_bias_dac.from_numpy(biases)


class Oracle:
    """Settings for one die.

    Parameters
    ----------
    die : Die
        The chip.
    """

    def __init__(self, die: Die):
        self.die = die

    def cadc(self, dynamic_range: tuple[int, int] = (70, 550), read_range: tuple[int, int] = (20, 220)) -> CADCSettings:
        """Column ADC for a range of voltages.

        Parameters
        ----------
        dynamic_range : (int, int)
            Codes of CapMem voltage cells.
        read_range : (int, int)
            What the channels of each quadrant read for these on average, LSB.

        Raises
        ------
        ValueError
            A ramp or a channel cannot reach it.
        """
        die = self.die
        low, high = (cell_voltage(code) for code in dynamic_range)
        # Mean counts are linear in the voltage: (V - start) * gain / LSB + mean of offset * gain / LSB. Rounding down
        # takes half a count on average.
        gain = _quadrant_means(die.cadc_gain)
        offset = _quadrant_means(die.cadc_offset * die.cadc_gain) / gain
        lsb = gain * (high - low) / (read_range[1] - read_range[0])
        i_ramp_slope = _within("i_ramp_slope", "quadrant", lsb / (CADC_LSB * die.cadc_slope) * CADC_SLOPE)
        lsb = cadc_lsb(i_ramp_slope, die)
        # The step of the slope is coarse: the middle of the range is what stays exact.
        middle, count = (low + high) / 2, sum(read_range) / 2 + 0.5
        start = middle + offset - count * lsb / gain
        v_ramp_offset = _within("v_ramp_offset", "quadrant", _cell_code(start - die.cadc_start))
        counts = cadc_counts(middle, v_ramp_offset, i_ramp_slope, die) - 0.5
        channel_offset = _within("channel_offset", "channel", sum(read_range) / 2 - counts, -128, 127)
        return CADCSettings(v_ramp_offset, i_ramp_slope, channel_offset)

    def reads(self, cadc: CADCSettings, volts: Any) -> Array:
        """What the ADC reads of membranes on average of both channels and of noise, LSB, (512,)."""
        at_zero, per_volt = self._transfer(cadc)
        return at_zero + per_volt * (volts + self.die.readout_offset)

    def volts(self, cadc: CADCSettings, reads: Any) -> Array:
        """Voltages of membranes, V, (512,), from what the ADC reads; the inverse of `reads`."""
        at_zero, per_volt = self._transfer(cadc)
        return (reads - at_zero) / per_volt - self.die.readout_offset

    def _transfer(self, cadc: CADCSettings) -> tuple[Array, Array]:
        """Mean reads of both channels of every neuron: at 0 V, LSB, and per V. Below and above 0..255 they go on."""
        at_zero = cadc_counts(0.0, cadc.v_ramp_offset, cadc.i_ramp_slope, self.die) - 0.5 + cadc.channel_offset
        per_volt = self.die.cadc_gain / cadc_lsb(cadc.i_ramp_slope, self.die)[QUADRANT_OF_CHANNEL]
        # The columns of one hemisphere after the other are the order of the neurons.
        return at_zero.mean(axis=1).ravel(), per_volt.mean(axis=1).ravel()

    def neurons(
        self,
        *,
        leak: Any = 80.0,
        reset: Any = 70.0,
        threshold: Any = 125.0,
        tau_mem: Any = 10.0,
        tau_syn: Any = 10.0,
        i_synin_gm: Any = 500,
        membrane_capacitance: Any = 63,
        refractory_time: Any = 2.0,
        holdoff_time: Any = 0.0,
        synapse_dac_bias: Any = 600,
        reset_multiplication: bool = True,
        small_capacitance: bool | None = None,
        matching: bool = True,
        clip: bool = False,
        cadc: CADCSettings | None = None,
    ) -> NeuronSettings:
        """Neurons with current-based inputs. Targets are scalars or arrays (512,).

        Parameters
        ----------
        leak, reset, threshold : array_like
            Potentials, CADC LSB. A threshold of None is switched off.
        tau_mem : array_like
            Membrane time constant, µs; inf switches the leak off.
        tau_syn : array_like
            Synaptic time constant, µs; also (512, 2) for excitatory and inhibitory input.
        i_synin_gm : array_like
            Strength of both inputs: that of the excitatory input of a die without deviations with this bias, and with
            its synapses at `synapse_dac_bias`. Height of the membrane's answer counts, so that the deviations of
            synapse DAC and capacitance are made good for, too. Also (512, 2), as `tau_syn`.
        membrane_capacitance : array_like
            Code 0..63.
        refractory_time, holdoff_time : array_like
            Refractory time, and how much of it is left when the reset ends, µs.
        synapse_dac_bias : array_like
            Bias of the synapses, also (4,) by quadrant.
        reset_multiplication : bool
            Reset with eight times the conductance.
        small_capacitance : bool or None
            Synaptic lines with the small capacitance; None: where the time constant needs it.
        matching : bool
            Inhibitory inputs as strong as excitatory ones; else as strong as those of a die without deviations with
            this bias.
        clip : bool
            Give circuits that cannot reach a target the nearest that they can have, see `NeuronSettings.reached`.
        cadc : CADCSettings, optional
            Settings that the potentials refer to; default those of `cadc()`.

        Raises
        ------
        ValueError
            A target is out of reach; the text names it, the first such neuron, and what that one can reach. With
            `clip` only what is no number, or out of reach of all circuits together.
        """
        die, reach = self.die, _Reach(clip)
        cadc = self.cadc() if cadc is None else cadc
        capacitance = _within("membrane_capacitance", "neuron", _per_neuron(membrane_capacitance), 0, 63)
        tau_exc, tau_inh = np.broadcast_to(np.asarray(tau_syn, dtype=float).T, (2, 512))
        # The answer of the membrane goes with the charge of an event and the inverse of the capacitance.
        answer = die.synapse_dac[QUADRANT_OF_CIRCUIT] * total_capacitance(capacitance, Die.ideal())
        answer /= total_capacitance(capacitance, die)
        gm_exc, gm_inh = np.broadcast_to(np.asarray(i_synin_gm, dtype=float).T, (2, 512))
        inhibition = c.SYNIN_INH_LSB / c.SYNIN_EXC_LSB if matching else 1.0
        follower = c.FOLLOWER_GAIN
        return NeuronSettings(
            v_leak=self._potential(reach, "leak", cadc, leak, follower, die.follower_leak - c.FOLLOWER_DROP),
            v_reset=self._potential(reach, "reset", cadc, reset, follower, die.follower_reset - c.FOLLOWER_DROP),
            v_threshold=np.zeros(512, dtype=np.int64) if threshold is None
            else self._potential(reach, "threshold", cadc, threshold, 1.0, die.comparator_offset),
            enable_threshold=np.full(512, threshold is not None),
            **_leak(reach, _per_neuron(tau_mem), total_capacitance(capacitance, die), die.leak),
            i_bias_reset=np.full(512, BIAS_RESET),
            reset_multiplication=np.full(512, reset_multiplication),
            **_line(reach, "exc", tau_exc, die.line_exc, small_capacitance),
            **_line(reach, "inh", tau_inh, die.line_inh, small_capacitance),
            i_bias_gm_exc=_gm(reach, gm_exc, answer * die.gm_exc),
            i_bias_gm_inh=_gm(reach, gm_inh, answer * die.gm_inh * inhibition),
            i_shift_reference_exc=_shift(reach, c.SHIFT_EXC_BALANCED, die.input_offset_exc),
            i_shift_reference_inh=_shift(reach, c.SHIFT_INH_BALANCED, die.input_offset_inh),
            membrane_capacitance=capacitance,
            synapse_dac_bias=_within("synapse_dac_bias", "quadrant", np.broadcast_to(synapse_dac_bias, 4), 1),
            refractory=refractory_settings(refractory_time, holdoff_time),
            reached=reach.reached,
        )

    def chip(
        self, dynamic_range: tuple[int, int] = (70, 550), read_range: tuple[int, int] = (20, 220), **targets: Any
    ) -> lola.Chip:
        """Configuration of a whole chip for spiking operation, `targets` as for `neurons`.

        Column ADC, synaptic inputs, threshold, spikes and readout of all neurons are on; synapses, drivers and event
        routing are as in any new `lola.Chip`.
        """
        cadc = self.cadc(dynamic_range, read_range)
        return self.configured(cadc, self.neurons(cadc=cadc, **targets))

    @staticmethod
    def configured(cadc: CADCSettings, neurons: NeuronSettings) -> lola.Chip:
        """Configuration of a whole chip as `chip` gives it, with the given settings."""
        chip = lola.Chip()
        cadc.apply(chip)
        neurons.apply(chip)
        n = chip.neuron_block.atomic_neurons.columns
        n.excitatory_input.enable = n.inhibitory_input.enable = True
        n.event_routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal
        n.event_routing.enable_digital = True
        n.readout.enable_amplifier = True
        for row in chip.neuron_block.current_rows:
            switches = row.values.columns
            switches.enable_synaptic_current_excitatory = switches.enable_synaptic_current_inhibitory = True
        for chain in chip.cadc_readout_chains:
            for channels in (chain.channels_causal.columns, chain.channels_acausal.columns):
                channels.enable_connect_correlation = channels.enable_connect_neuron = True
        return chip

    def stp(self, v_stp: int = 180, i_ramp: int = 600) -> STPSettings:
        """Trim of the synapse drivers that makes their pulses alike at a voltage, see `STPSettings.of`."""
        return STPSettings.of(self.die, v_stp, i_ramp)

    def mac_chip(
        self, tau_syn: Any = _MAC_TAU_SYN, *, strength: float = 1.0, dac_strength: float = 1.0, leak: Any = 120.0,
        tau_mem: Any = np.inf, dynamic_range: tuple[int, int] = (150, 500), read_range: tuple[int, int] = (20, 220),
    ) -> lola.Chip:
        """Configuration of a whole chip for vector-matrix products (MAC mode).

        Neurons without threshold and leak integrate, and the pulses of all synapse drivers are proportional to the
        activation. With events 40 ns apart an activation of 1 and a weight of 1 give 0.002 LSB.

        Parameters
        ----------
        tau_syn : array_like
            Time constant of the synaptic inputs, µs. A neuron that cannot have it gets the shortest that it can, and
            the same answer.
        strength, dac_strength : float
            Strength of synaptic inputs and of synapses, as parts of the usual ones. The answer goes with both.
        leak : array_like
            Potential from which neurons integrate, CADC LSB.
        tau_mem : array_like
            Time constant of the membrane, µs; inf switches the leak off.
        dynamic_range, read_range : (int, int)
            See `cadc`.

        Raises
        ------
        ValueError
            The die cannot be set like that; the text says what is out of reach.
        """
        die = self.die
        shortest = c.LINE_CAPACITANCE_SMALL / (line_conductance(CODE_MAX) * np.minimum(die.line_exc, die.line_inh))
        taus = np.maximum(tau_syn, shortest)
        # The charge of an event goes with the DAC, which is alike in all quadrants, and the answer with gm and tau.
        gm = _MAC_GM * strength * die.synapse_dac[QUADRANT_OF_CIRCUIT] * _MAC_TAU_SYN / taus
        chip = self.chip(
            dynamic_range, read_range, leak=leak, reset=leak, threshold=None, tau_mem=tau_mem, tau_syn=taus,
            i_synin_gm=gm, synapse_dac_bias=_MAC_DAC_BIAS * dac_strength / die.synapse_dac, small_capacitance=True,
        )
        HagenSettings.of(die).apply(chip)
        return chip

    def _potential(
        self, reach: _Reach, name: str, cadc: CADCSettings, target: Any, gain: float, offset: Array
    ) -> Array:
        """Codes for potentials of gain * cell voltage + offset, V, that the ADC reads as `target`."""
        target = _per_neuron(target)
        limits = [
            self.reads(cadc, np.clip(gain * cell_voltage(code) + offset, c.MEMBRANE_MIN, c.MEMBRANE_MAX))
            for code in (0, CODE_MAX)
        ]
        target = reach(name, target, *limits)
        return np.rint(_cell_code((self.volts(cadc, target) - offset) / gain)).astype(np.int64)


class _Reach:
    """Limits of single circuits: targets beyond them are errors, or the nearest is taken and the circuit noted."""

    def __init__(self, clip: bool):
        self._clip = clip
        self.reached = np.full(512, True)

    def __call__(self, name: str, target: Array, low: Any, high: Any) -> Array:
        """Targets (512,) that are from `low` to `high`, numbers or (512,)."""
        wrong = ~((target >= low) & (target <= high))
        bad = wrong & np.isnan(target) if self._clip else wrong
        if bad.any():
            i = int(np.argmax(bad))
            least, most = np.broadcast_to(low, 512)[i], np.broadcast_to(high, 512)[i]
            raise ValueError(
                f"{name}: {target[i]:g} is out of reach of neuron {i}, which can have {least:.4g} to {most:.4g}"
            )
        self.reached &= ~wrong
        return np.clip(target, low, high)


def _leak(reach: _Reach, tau: Array, capacitance: Array, factor: Array) -> dict[str, Array]:
    """Settings of the leak for time constants, µs; capacitances in pF."""
    lsb = c.LEAK_LSB * factor
    off = np.isinf(tau)
    limits = (capacitance / (lsb * CODE_MAX * c.LEAK_FACTOR), capacitance * c.LEAK_FACTOR / lsb)
    tau = np.where(off, np.inf, reach("tau_mem", np.where(off, limits[1], tau), *limits))
    bias = capacitance / (tau * lsb)
    division, multiplication = bias < BIAS_MIN, bias > CODE_MAX
    bias = np.where(division, bias * c.LEAK_FACTOR, np.where(multiplication, bias / c.LEAK_FACTOR, bias))
    return {
        "i_bias_leak": np.rint(bias).astype(np.int64),
        "leak_division": division,
        "leak_multiplication": multiplication,
    }


def _line(reach: _Reach, which: str, tau: Array, factor: Array, small: bool | None) -> dict[str, Array]:
    """Settings of the line of an input for time constants, µs."""
    smallest = c.LINE_CAPACITANCE_SMALL if small is None or small else c.LINE_CAPACITANCE
    largest = c.LINE_CAPACITANCE_SMALL if small else c.LINE_CAPACITANCE
    shortest, longest = (size / (line_conductance(code) * factor)
                         for size, code in ((smallest, CODE_MAX), (largest * c.HIGH_RESISTANCE, 1)))
    tau = reach("tau_syn", tau, shortest, longest)

    def bias(capacitance: Any) -> Array:
        return _line_bias(capacitance / (tau * factor))

    is_small = bias(c.LINE_CAPACITANCE) > CODE_MAX if small is None else np.full(512, small)
    capacitance = np.where(is_small, c.LINE_CAPACITANCE_SMALL, c.LINE_CAPACITANCE)
    high_resistance = bias(capacitance) < BIAS_MIN
    bias_set = bias(capacitance * np.where(high_resistance, c.HIGH_RESISTANCE, 1.0))
    return {
        f"i_bias_tau_{which}": np.rint(bias_set).astype(np.int64),
        f"small_capacitance_{which}": is_small,
        f"high_resistance_{which}": high_resistance,
    }


def _line_bias(conductance: Array) -> Array:
    """Codes of the bias of a line, not rounded, for conductances in µS; the inverse of `line_conductance`."""
    # The real root of x + x**3 = y.
    y = conductance / (c.LINE_LSB * c.LINE_KNEE)
    return c.LINE_KNEE * 2 / np.sqrt(3) * np.sinh(np.arcsinh(1.5 * np.sqrt(3) * y) / 3)


def _gm(reach: _Reach, target: Array, strength: Array) -> Array:
    """Codes that give `target` where one code gives `strength`."""
    target = reach("i_synin_gm", target, 0, CODE_MAX * strength)
    return np.rint(target / strength).astype(np.int64)


def _shift(reach: _Reach, balanced: float, offset: Array) -> Array:
    codes = reach("i_shift_reference", balanced + offset / c.SHIFT_LSB, 0, CODE_MAX)
    return np.rint(codes).astype(np.int64)


def _cell_code(volts: Any) -> Any:
    """Code of a voltage cell, not rounded."""
    return (volts - c.CELL_OFFSET) / c.CELL_LSB


def _quadrant_means(channels: Array) -> Array:
    """Means over the 256 channels of each quadrant, (4,)."""
    return channels.reshape(2, 2, 2, 128).mean(axis=(1, 3)).ravel()


def _per_neuron(values: Any) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=float), 512)


def _within(name: str, place: str, exact: Any, low: int = 0, high: int = CODE_MAX) -> Array:
    """Codes next to exact values, int64; ValueError where they are not from `low` to `high`."""
    codes = np.rint(exact)
    wrong = ~((codes >= low) & (codes <= high))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(f"{name}: {place} {i} would need {np.ravel(codes)[i]:g}, possible are {low} to {high}")
    return codes.astype(np.int64)
