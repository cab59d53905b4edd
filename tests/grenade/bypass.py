"""Chips on which a synaptic event makes a neuron spike without any neuron parameters."""

from __future__ import annotations

import lola


def bypass_chip() -> lola.Chip:
    """Chip whose excitatory synaptic inputs bypass the membranes of all neurons.

    The column switches, the digital outputs and the drivers are on already, so that it works without a graph too.
    """
    chip = lola.Chip()
    neurons = chip.neuron_block.atomic_neurons.columns
    routing = neurons.event_routing
    routing.enable_digital = True
    routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal
    routing.enable_bypass_excitatory = True
    routing.enable_bypass_inhibitory = False
    neurons.threshold.enable = False
    for row in chip.neuron_block.current_rows:
        switches = row.values.columns
        switches.enable_synaptic_current_excitatory = True
        switches.enable_synaptic_current_inhibitory = True
    for block in chip.synapse_driver_blocks:
        extension = block.padi_bus.dacen_pulse_extension
        extension.fill(type(block.padi_bus).DacenPulseExtension.max)
        drivers = block.synapse_drivers.columns
        drivers.enable_receiver = True
        drivers.enable_address_out = True
    return chip


def bypass_neuron_default() -> lola.Chip:
    """The library's own chip of this kind: both synaptic inputs bypass, everything else is at its default."""
    return lola.Chip.default_neuron_bypass
