"""Configuration of the chip for an execution instance: the user's settings, and what the vertices of the graph need."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import halco
import haldls
import lola
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution.readout_configuration import Found, ReadoutConfiguration
from grenade.execution.requests import ConfigurationConflict, Requests
from grenade.execution.synapse_image import Synapses, write_synapses
from grenade.signal_flow import vertices
from haldls.arrays import Columns

if TYPE_CHECKING:
    from grenade.signal_flow.graph import Graph

_COLUMNS, _BUSES, _COLUMNS_PER_BACKEND = 256, 4, 128

_FIRST_CHIP = ChipOnConnection()

_VERTEX_TYPES = (
    vertices.CrossbarNode, vertices.PADIBus, vertices.SynapseDriver, vertices.SynapseArrayView,
    vertices.SynapseArrayViewSparse, vertices.NeuronView, vertices.NeuronEventOutputView,
    vertices.BackgroundSpikeSource, vertices.CADCMembraneReadoutView, vertices.MADCReadoutView,
    vertices.PadReadoutView, vertices.PlasticityRule,
)


def configure(
    graph: Graph,
    instance: ExecutionInstanceID,
    chip: lola.Chip,
    chip_on_connection: ChipOnConnection = _FIRST_CHIP,
) -> lola.Chip:
    """Configuration of a chip for an execution instance.

    Everything that events pass is switched off first: crossbar nodes, synapse drivers, synapses, synaptic currents of
    the columns and event outputs of the neurons. Then each vertex switches on what it needs. All other settings, those
    of the neurons in particular, are the user's.

    Parameters
    ----------
    graph : Graph
        Graph with the vertices.
    instance : ExecutionInstanceID
        Execution instance to which they belong.
    chip : lola.Chip
        The user's settings; it is not changed.
    chip_on_connection : ChipOnConnection
        Chip to which the vertices belong.

    Returns
    -------
    lola.Chip
        The configuration. What depends on programs of the PPUs is not in it.

    Raises
    ------
    ConfigurationConflict
        Two vertices need different values of one setting.
    OverflowError
        A value of a vertex does not fit into its setting.
    """
    configured = chip.copy()
    _silence(configured)
    found = _vertices_on_chip(graph, instance, chip_on_connection)
    describe = describer(graph)
    _configure_crossbar(configured, found[vertices.CrossbarNode], describe)
    _configure_background(configured, found[vertices.BackgroundSpikeSource], describe)
    _configure_padi_buses(configured, found[vertices.PADIBus])
    _configure_drivers(configured, found[vertices.SynapseDriver], describe)
    views = [*found[vertices.SynapseArrayView], *found[vertices.SynapseArrayViewSparse]]
    write_synapses(configured, [_synapses(descriptor, view) for descriptor, view in views], describe)
    _configure_neurons(configured, found[vertices.NeuronView], describe)
    _connect_columns(configured, graph, found[vertices.NeuronView])
    _enable_event_outputs(configured, found[vertices.NeuronEventOutputView])
    readout = ReadoutConfiguration(describe)
    readout.add_cadc(found[vertices.CADCMembraneReadoutView])
    readout.add_madc(found[vertices.MADCReadoutView])
    readout.add_pads(found[vertices.PadReadoutView])
    readout.add_plasticity_rules(found[vertices.PlasticityRule])
    readout.apply(configured)
    return configured


def spike_io_configuration(
    graph: Graph, instance: ExecutionInstanceID, chip_on_connection: ChipOnConnection = _FIRST_CHIP
) -> list[tuple[Any, Any]]:
    """Coordinates and containers of the FPGA's serial spike interface; empty if no vertex uses it.

    Raises
    ------
    ConfigurationConflict
        Two vertices need different settings, or different routes for one label or address.
    """
    found = [
        (descriptor, vertex)
        for descriptor, vertex in graph.vertices_of(instance, vertices.SpikeIOSourcePopulation)
        if vertex.chip_on_executor[0] == chip_on_connection
    ]
    describe = describer(graph)
    config = Requests("settings of the serial spike interface", describe)
    inputs = Requests("labels for events of serial address {}", describe)
    outputs = Requests("serial addresses for events with label {}", describe)
    for descriptor, vertex in found:
        config.add(descriptor, [0], vertex.config._words)
        for requests, routes in ((inputs, vertex.input_routes), (outputs, vertex.output_routes)):
            requests.add(descriptor, [int(key) for key in routes], [int(route.target) for route in routes.values()])
    writes: list[tuple[Any, Any]] = []
    if found:
        config.resolve()
        writes.append((halco.SpikeIOConfigOnFPGA(), found[0][1].config))
    for place, target in sorted(set(zip(*inputs.resolve(), strict=True))):
        label = haldls.SpikeIOInputRoute(halco.SpikeLabel(int(target)))
        writes.append((halco.SpikeIOInputRouteOnFPGA(int(place)), label))
    for place, target in sorted(set(zip(*outputs.resolve(), strict=True))):
        address = haldls.SpikeIOOutputRoute(halco.SpikeIOAddress(int(target)))
        writes.append((halco.SpikeIOOutputRouteOnFPGA(int(place)), address))
    return writes


def describer(graph: Graph) -> Callable[[int], str]:
    """Function that names the vertex of a descriptor in messages."""
    return lambda descriptor: f"{type(graph.vertex(int(descriptor))).__name__} (vertex {int(descriptor)})"


def _vertices_on_chip(
    graph: Graph, instance: ExecutionInstanceID, chip_on_connection: ChipOnConnection
) -> dict[type, list[tuple[int, Any]]]:
    found: dict[type, list[tuple[int, Any]]] = {kind: [] for kind in _VERTEX_TYPES}
    number = chip_on_connection._e
    for descriptor, vertex in graph.vertices_of(instance, *_VERTEX_TYPES):
        if vertex.chip_on_executor[0]._e == number:
            found[type(vertex)].append((descriptor, vertex))
    return found


# -- switching off -------------------------------------------------------------------------------------------------


def _silence(chip: lola.Chip) -> None:
    """Switch everything off that events pass."""
    bits, values = _silent_bits()
    words = chip._words
    words &= ~bits
    words |= values


@cache
def _silent_bits() -> tuple[np.ndarray, np.ndarray]:
    """Bits of a chip's image that are set when it is silenced, and their values."""
    # What becomes the same in images of zeros and of ones is what was set.
    zeros, ones = lola.Chip(), lola.Chip()
    zeros._words[:], ones._words[:] = 0, 0xFFFFFFFF
    for chip in (zeros, ones):
        _silence_fields(chip)
    bits = ~(zeros._words ^ ones._words)
    return bits, zeros._words & bits


def _silence_fields(chip: lola.Chip) -> None:
    chip.crossbar.nodes.columns.images[:] = haldls.CrossbarNode.drop_all._words
    for block in chip.synapse_driver_blocks:
        drivers = block.synapse_drivers.columns
        drivers.row_mode_top = drivers.row_mode_bottom = haldls.SynapseDriverConfig.RowMode.disabled
        drivers.enable_receiver = False
    for row in chip.neuron_block.current_rows:
        switches = row.values.columns
        switches.enable_synaptic_current_excitatory = switches.enable_synaptic_current_inhibitory = False
    chip.neuron_block.backends.columns.enable_event_registers = False
    for synapses in chip.synapse_blocks:
        matrix = synapses.matrix
        matrix.weights.from_numpy(np.zeros(matrix.weights.shape, np.int64))
        matrix.labels.from_numpy(np.zeros(matrix.labels.shape, np.int64))


# -- events --------------------------------------------------------------------------------------------------------


def _configure_crossbar(chip: lola.Chip, found: Found, describe: Callable[[int], str]) -> None:
    if not found:
        return
    images = Requests("configurations of crossbar node {}", describe)
    images.add(
        [descriptor for descriptor, _ in found], [vertex.coordinate._e for _, vertex in found],
        [vertex.config._mem[0] for _, vertex in found],
    )
    places, values = images.resolve()
    nodes = chip.crossbar.nodes.columns
    nodes.images[places, 0] = values
    drop_counters = nodes.enable_drop_counter
    drop_counters[places] = True
    nodes.enable_drop_counter = drop_counters
    counters = chip.crossbar.outputs.enable_event_counter
    counted = counters.to_numpy()
    counted[_crossbar_outputs()[places]] = True
    counters.from_numpy(counted)


@cache
def _crossbar_outputs() -> np.ndarray:
    """Outputs of the crossbar nodes."""
    return np.array([node.toCrossbarOutputOnDLS()._e for node in halco.iter_all(halco.CrossbarNodeOnDLS)])


def _configure_background(chip: lola.Chip, found: Found, describe: Callable[[int], str]) -> None:
    sources = chip.background_spike_sources
    owners: dict[int, int] = {}
    for descriptor, vertex in found:
        place = vertex.coordinate._e
        if place in owners and sources[vertex.coordinate] != vertex.config:
            raise ConfigurationConflict(
                f"{describe(owners[place])} and {describe(descriptor)} need different configurations of background "
                f"spike source {place}"
            )
        owners[place] = descriptor
        sources[vertex.coordinate] = vertex.config


def _configure_padi_buses(chip: lola.Chip, found: Found) -> None:
    used = np.zeros((2, _BUSES), bool)
    used.flat[[vertex.coordinate._e for _, vertex in found]] = True
    for block, buses in zip(chip.synapse_driver_blocks, used, strict=True):
        if buses.any():
            enabled = block.padi_bus.enable_spl1
            enabled.from_numpy(enabled.to_numpy() | buses)


def _configure_drivers(chip: lola.Chip, found: Found, describe: Callable[[int], str]) -> None:
    if not found:
        return
    settings = Requests("settings of synapse driver {}", describe)
    settings.add(
        [descriptor for descriptor, _ in found], [driver.coordinate._e for _, driver in found],
        [
            driver.row_address_compare_mask | driver.row_mode_top << 5 | driver.row_mode_bottom << 7
            | driver.enable_address_out << 9
            for _, driver in found
        ],
    )
    places, values = settings.resolve()
    blocks = [block.synapse_drivers.columns.images for block in chip.synapse_driver_blocks]
    images = np.concatenate(blocks)
    drivers = Columns(haldls.SynapseDriverConfig, images[places])
    drivers.row_address_compare_mask = values & 31
    drivers.row_mode_top, drivers.row_mode_bottom = values >> 5 & 3, values >> 7 & 3
    drivers.enable_address_out = values >> 9
    drivers.enable_receiver = True
    images[places] = drivers.images
    for block, image in zip(blocks, np.split(images, len(blocks)), strict=True):
        block[:] = image


# -- synapses and neurons ------------------------------------------------------------------------------------------


def _synapses(descriptor: int, view: Any) -> Synapses:
    if isinstance(view, vertices.SynapseArrayView):
        index_row, index_column = np.ogrid[:len(view.rows), :len(view.columns)]
    else:
        index_row, index_column = view.index_row, view.index_column
    return Synapses(
        descriptor, view.synram._e, view.rows, view.columns, index_row, index_column, view.weights, view.labels
    )


def _configure_neurons(chip: lola.Chip, found: Found, describe: Callable[[int], str]) -> None:
    if not found:
        return
    labels = Requests("labels of neuron circuit {}", describe)
    for descriptor, view in found:
        labels.add(descriptor, _COLUMNS * view.row._e + view.columns, view.labels)
    circuits, values = labels.resolve()
    has_label = values != vertices.NO_LABEL
    routing = chip.neuron_block.atomic_neurons.columns.event_routing
    enable_digital, address = routing.enable_digital, routing.address
    enable_digital[circuits] = has_label
    address[circuits[has_label]] = values[has_label]
    routing.enable_digital, routing.address = enable_digital, address


def _connect_columns(chip: lola.Chip, graph: Graph, found: Found) -> None:
    """Connect the synaptic currents of columns of which synapses are used to the neurons."""
    synapse_views = (vertices.SynapseArrayView, vertices.SynapseArrayViewSparse)
    used = np.zeros((2, _COLUMNS), bool)
    for descriptor, _ in found:
        for source in graph.inputs(descriptor):
            synapses = graph.vertex(source.descriptor)
            if isinstance(synapses, synapse_views):
                used[synapses.synram._e, synapses.columns] = True
    for row, columns in zip(chip.neuron_block.current_rows, used, strict=True):
        if columns.any():
            switches = row.values.columns
            switches.enable_synaptic_current_excitatory = switches.enable_synaptic_current_inhibitory = columns


def _enable_event_outputs(chip: lola.Chip, found: Found) -> None:
    columns = [columns for _, vertex in found for _, columns in vertex.lists()]
    if columns:
        used = np.unique(np.concatenate(columns) // _COLUMNS_PER_BACKEND)
        backends = chip.neuron_block.backends.columns
        registers = backends.enable_event_registers
        registers[used] = True
        backends.enable_event_registers = registers
