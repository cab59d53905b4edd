"""Neurons made of several circuits: how these are connected, and settings that concern the neuron as a whole.

Of a neuron's circuits, the first one has leak, capacitance, threshold and all currents; the others give it more
synapses.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import lola
from halco import AtomicNeuronOnLogicalNeuron, LogicalNeuronCompartments, LogicalNeuronOnDLS
from lola.logical_neuron import CONNECTIONS

_CAPMEM_MAX = 1022
_REFERENCE = 511
_COLUMNS, _ROWS = 128, 2


class Morphology(ABC):
    """Shape of a neuron, and what is set for neurons of any shape.

    All settings are written into a `lola.NeuronBlock` in place; `coord` is the place of the neuron.
    """

    @property
    @abstractmethod
    def compartments(self) -> LogicalNeuronCompartments:
        """Circuits of each compartment."""

    @property
    @abstractmethod
    def logical_neuron(self) -> lola.LogicalNeuron:
        """The circuits with their connections."""

    def implement_morphology(self, coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock) -> None:
        """Connect the circuits, and switch off what only the first one has.

        Raises
        ------
        haldls.AccessError
            The place has another shape.
        """
        for circuit, placed in self.logical_neuron.placed(coord).items():
            switches = neuron_block.atomic_neurons[circuit].multicompartment
            for name in CONNECTIONS:
                setattr(switches, name, getattr(placed.multicompartment, name))
        first, *others = _circuits(coord, neuron_block)
        for neuron in others:
            _switch_leak_off(neuron)
            neuron.membrane_capacitance.capacitance = 0
            neuron.threshold.enable = False
        first.event_routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal

    @staticmethod
    def set_spike_recording(enable: bool, coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock) -> None:
        """Choose whether the spikes leave the neuron."""
        _circuits(coord, neuron_block)[0].event_routing.enable_digital = bool(enable)

    @staticmethod
    def enable_madc_recording(coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock, readout_source: Any) -> None:
        """Connect a voltage of the neuron to the membrane ADC.

        Parameters
        ----------
        coord, neuron_block
            The neuron.
        readout_source : haldls.NeuronConfig.ReadoutSource
            The voltage.
        """
        readout = _circuits(coord, neuron_block)[0].readout
        readout.enable_amplifier = readout.enable_buffered_access = True
        readout.source = lola.AtomicNeuron.Readout.Source(int(readout_source))

    @staticmethod
    def disable_spiking(coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock) -> None:
        """Switch the threshold off."""
        for neuron in _circuits(coord, neuron_block):
            neuron.threshold.enable = False
            neuron.event_routing.enable_digital = True

    @staticmethod
    def disable_leak(coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock) -> None:
        """Switch the leak off."""
        for neuron in _circuits(coord, neuron_block):
            _switch_leak_off(neuron)

    @staticmethod
    def set_exponential_params(
        coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock, slope: float, threshold: float
    ) -> None:
        """Switch the exponential current on.

        Parameters
        ----------
        coord, neuron_block
            The neuron.
        slope, threshold : number
            Bias of the current and voltage of its onset, CapMem LSB.
        """
        exponential = _circuits(coord, neuron_block)[0].exponential
        exponential.enable = True
        exponential.i_bias = _code("exponential_slope", slope)
        exponential.v_exp = _code("exponential_threshold", threshold)

    @staticmethod
    def set_adaptation_base_params(coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock, tau_adap: float) -> None:
        """Switch adaptation on, without anything that drives it.

        Parameters
        ----------
        coord, neuron_block
            The neuron.
        tau_adap : number
            Bias of its time constant, CapMem LSB.
        """
        adaptation = _circuits(coord, neuron_block)[0].adaptation
        adaptation.enable, adaptation.enable_pulse = True, False
        adaptation.v_ref = _REFERENCE
        adaptation.i_bias_tau = _code("tau_adap", tau_adap)

    @staticmethod
    def set_subthreshold_adaptation_strength(
        coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock, strength: float, leak_adaptation: float | None = None
    ) -> None:
        """Let the membrane drive the adaptation.

        Parameters
        ----------
        coord, neuron_block
            The neuron.
        strength : number
            Bias of the conductance, CapMem LSB; the sign is that of the current.
        leak_adaptation : number, optional
            Voltage of the membrane where there is none, CapMem LSB. Default: that of the leak.
        """
        neuron = _circuits(coord, neuron_block)[0]
        neuron.adaptation.i_bias_a = _code("subthreshold_adaptation_strength", abs(strength))
        neuron.adaptation.invert_a = bool(strength < 0)
        if leak_adaptation is None:
            neuron.adaptation.v_leak = neuron.leak.v_leak
        else:
            neuron.adaptation.v_leak = _code("leak_adaptation", leak_adaptation)

    @staticmethod
    def set_spike_triggered_adaptation_increment(
        coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock, increment: float, clock_scale: Sequence[int]
    ) -> None:
        """Let spikes drive the adaptation.

        Parameters
        ----------
        coord, neuron_block
            The neuron.
        increment : number
            Bias of the current, CapMem LSB; the sign is that of the current.
        clock_scale : sequence of int
            Length of the pulses of all neurons of the top and of the bottom hemisphere, 2**(n + 1) times 4 ns.
        """
        adaptation = _circuits(coord, neuron_block)[0].adaptation
        adaptation.enable_pulse = True
        adaptation.i_bias_b = _code("spike_triggered_adaptation_increment", abs(increment))
        adaptation.invert_b = bool(increment < 0)
        for backend, scale in zip(neuron_block.backends, clock_scale, strict=True):
            backend.enable_clocks = True
            backend.clock_scale_adaptation_pulse = int(scale)


class SingleCompartmentNeuron(Morphology):
    """One compartment of connected circuits.

    Parameters
    ----------
    size : int
        Number of circuits.
    expand_horizontally : bool
        Along one row, instead of column by column: top, bottom, top of the next column, ...

    Raises
    ------
    ValueError
        There are not 1 to 256 circuits, or to 128 along one row.
    """

    def __init__(self, size: int, expand_horizontally: bool = False) -> None:
        rows = 1 if expand_horizontally else _ROWS
        if int(size) != size or not 1 <= size <= rows * _COLUMNS:
            raise ValueError(f"size of a neuron is {size}, expected 1 to {rows * _COLUMNS}")
        morphology = lola.Morphology()
        morphology.create_compartment([AtomicNeuronOnLogicalNeuron(i // rows, i % rows) for i in range(int(size))])
        self._compartments, self._logical_neuron = morphology.done()

    @property
    def compartments(self) -> LogicalNeuronCompartments:
        return self._compartments

    @property
    def logical_neuron(self) -> lola.LogicalNeuron:
        return self._logical_neuron


def _circuits(coord: LogicalNeuronOnDLS, neuron_block: lola.NeuronBlock) -> list[lola.AtomicNeuron]:
    """Circuits of a neuron, those of its first compartment first."""
    return [neuron_block.atomic_neurons[circuit] for circuit in coord.get_atomic_neurons()]


def _switch_leak_off(neuron: lola.AtomicNeuron) -> None:
    neuron.leak.i_bias = 0
    neuron.leak.enable_division, neuron.leak.enable_multiplication = True, False


def _code(name: str, value: float) -> int:
    """Code of a cell of the CapMem."""
    code = int(value)
    if not 0 <= code <= _CAPMEM_MAX:
        warnings.warn(f"{name} is {code}, clipped to 0 to {_CAPMEM_MAX} CapMem LSB", UserWarning, stacklevel=3)
    return min(max(code, 0), _CAPMEM_MAX)
