"""Settings of a chip as a user would hand them in, the same without anything that events pass, and parts of graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import halco
import haldls
import lola
from grenade.common import ExecutionInstanceID
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import CrossbarL2Input, CrossbarNode, NeuronView, PADIBus, SynapseDriver

INSTANCE = ExecutionInstanceID()
RowMode = haldls.SynapseDriverConfig.RowMode


def user_chip() -> lola.Chip:
    """Settings in which everything that is configured has some other value."""
    chip = lola.Chip.default_neuron_bypass
    rng = np.random.default_rng(1)
    for node in chip.crossbar.nodes:
        node.mask, node.target, node.enable_drop_counter = 3, 1, True
    for block in chip.synapse_driver_blocks:
        drivers = block.synapse_drivers.columns
        drivers.row_mode_top, drivers.row_mode_bottom = RowMode.excitatory, RowMode.inhibitory
        drivers.enable_receiver, drivers.enable_address_out, drivers.row_address_compare_mask = True, False, 21
    for synapses in chip.synapse_blocks:
        for name, high in (("weights", 64), ("labels", 64), ("time_calibs", 4), ("amp_calibs", 4)):
            getattr(synapses.matrix, name).from_numpy(rng.integers(high, size=(256, 256)))
    for row in chip.neuron_block.current_rows:
        for switch in row.values:
            switch.enable_synaptic_current_excitatory = switch.enable_synaptic_current_inhibitory = True
            switch.enable_debug_excitatory = True
    for backend in chip.neuron_block.backends:
        backend.enable_event_registers, backend.clock_scale_fast = True, 5
    neurons = chip.neuron_block.atomic_neurons.columns
    neurons.event_routing.enable_digital = np.arange(512) % 3 == 0
    neurons.event_routing.address = np.arange(512) % 256
    neurons.readout.source = np.arange(512) % 4
    neurons.leak.v_leak = np.arange(512)
    for mux in chip.readout_chain.input_mux:
        mux.neuron_odd.fill(True)
    return chip


def silent(chip: lola.Chip) -> lola.Chip:
    """The settings with everything off that events pass, switched off one by one."""
    chip = chip.copy()
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        chip.crossbar.nodes[node] = haldls.CrossbarNode.drop_all
    for block in chip.synapse_driver_blocks:
        for driver in block.synapse_drivers:
            driver.row_mode_top = driver.row_mode_bottom = RowMode.disabled
            driver.enable_receiver = False
    for synapses in chip.synapse_blocks:
        synapses.matrix.weights.from_numpy(np.zeros((256, 256), int))
        synapses.matrix.labels.from_numpy(np.zeros((256, 256), int))
    for row in chip.neuron_block.current_rows:
        for switch in row.values:
            switch.enable_synaptic_current_excitatory = switch.enable_synaptic_current_inhibitory = False
    for backend in chip.neuron_block.backends:
        backend.enable_event_registers = False
    return chip


USER = user_chip()
SILENT = silent(USER)


def expected(change: Callable[[lola.Chip], None]) -> lola.Chip:
    chip = SILENT.copy()
    change(chip)
    return chip


def neurons(graph: Graph, row: int, columns: Any, **options: Any) -> int:
    """A view of neurons without labels."""
    columns = np.asarray(columns)
    view = {"labels": np.full(len(columns), -1), "enable_reset": np.zeros(len(columns), bool), **options}
    return graph.add(NeuronView(row, columns, **view), INSTANCE)


def driver(graph: Graph, number: int, **options: Any) -> int:
    """A synapse driver with everything before it."""
    hemisphere, bus = number // 128, number % 4
    events = graph.add(CrossbarL2Input(), INSTANCE)
    output = halco.CrossbarOutputOnDLS(4 * hemisphere + bus)
    place = halco.CrossbarNodeOnDLS(output, halco.CrossbarInputOnDLS(8 + bus))
    node = graph.add(CrossbarNode(place, haldls.CrossbarNode()), INSTANCE, [events])
    padi = graph.add(PADIBus(halco.PADIBusOnDLS(halco.Enum(4 * hemisphere + bus))), INSTANCE, [node])
    return graph.add(SynapseDriver(halco.SynapseDriverOnDLS(halco.Enum(number)), **options), INSTANCE, [padi])


def neuron(chip: lola.Chip, number: int) -> lola.AtomicNeuron:
    return chip.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(number))]
