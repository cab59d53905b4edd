"""Signal-flow graphs of vector-matrix multiplications."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

import halco
import haldls
from grenade.common import ExecutionInstanceID, Time
from grenade.compute.tiling import Tile, Tiling, split_matrix
from grenade.signal_flow import ConnectionType, Graph, Input, PortRestriction, vertices
from grenade.signal_flow.transformations import Addition, Concatenation, MACSpikeTrainGenerator

_BUSES = halco.PADIBusOnPADIBusBlock.size
_FIRST_L2 = 8  # of the inputs and of the outputs of the crossbar
_HEMISPHERE_BIT = 13  # of labels
_ROWS_PER_DRIVER = 2

# The mask by which the PPUs reset neurons is mirrored within four columns of one parity: it resets what was meant only
# if these are all in it or all not.
_RESET_GROUP = 8

_RowMode = haldls.SynapseDriverConfig.RowMode
_CADCMode = vertices.CADCMembraneReadoutView.Mode


@dataclass(frozen=True)
class MACPlan:
    """Everything that decides about the graph but for the weights.

    Attributes
    ----------
    input_size, output_size : int
        Size of the matrix.
    num_sends : int
        How often an input is sent.
    wait_between_events : Time
        FPGA cycles (8 ns).
    enable_loopback : bool
        Whether events also return to the host.
    madc_neuron : halco.AtomicNeuronOnDLS or None
        Circuit that the MADC records.
    """

    input_size: int
    output_size: int
    num_sends: int
    wait_between_events: Time
    enable_loopback: bool
    madc_neuron: halco.AtomicNeuronOnDLS | None


@dataclass(frozen=True)
class MACGraph:
    """Graph of a multiplication, and where in it things are.

    Attributes
    ----------
    graph : Graph
        The graph.
    tiling : Tiling
        How the matrix is split.
    external_input, result : int
        Vertices of activations and of results.
    synapses : dict of Tile to int
        Vertices with the weights.
    events : dict of ExecutionInstanceID to int
        Vertices that give the events to the chip.
    samples, loopback : dict of ExecutionInstanceID to int
        Vertices of MADC samples, and of events that came back.
    """

    graph: Graph
    tiling: Tiling
    external_input: int
    result: int
    synapses: dict[Tile, int]
    events: dict[ExecutionInstanceID, int]
    samples: dict[ExecutionInstanceID, int]
    loopback: dict[ExecutionInstanceID, int]

    def with_weights(self, weights: np.ndarray) -> MACGraph:
        """The same with other weights, (input_size, output_size) int8."""
        graph = self.graph.copy()
        for tile, descriptor in self.synapses.items():
            graph.update(descriptor, _synapse_view(tile, tile.synapse_weights(weights)))
        return replace(self, graph=graph)


def build(plan: MACPlan, weights: np.ndarray) -> MACGraph:
    """Graph with weights, (input_size, output_size) int8."""
    return _without_weights(plan).with_weights(weights)


@lru_cache(maxsize=32)
def _without_weights(plan: MACPlan) -> MACGraph:
    """Graph with weights of 0. Matrices of one shape, of which training makes one after the other, share it."""
    return _Builder(plan).build()


class _Builder:
    """Adds the vertices of a multiplication to a graph."""

    def __init__(self, plan: MACPlan) -> None:
        self._plan, self._graph = plan, Graph()
        self._tiling = split_matrix(plan.input_size, plan.output_size)
        first = self._tiling.all_tiles()[0].execution_instance
        self._external_input = self._graph.add(
            vertices.ExternalInput(ConnectionType.DataUInt5, plan.input_size), first)
        self._results: dict[Tile, int] = {}
        self._synapses: dict[Tile, int] = {}
        self._events: dict[ExecutionInstanceID, int] = {}
        self._samples: dict[ExecutionInstanceID, int] = {}
        self._loopback: dict[ExecutionInstanceID, int] = {}

    def build(self) -> MACGraph:
        for instance, tiles in self._tiling.by_instance().items():
            self._add_instance(instance, tiles)
        return MACGraph(
            self._graph, self._tiling, self._external_input, self._add_sums(), self._synapses, self._events,
            self._samples, self._loopback,
        )

    # -- on the chip ---------------------------------------------------------------------------------------------------

    def _add_instance(self, instance: ExecutionInstanceID, tiles: list[Tile]) -> None:
        events = self._add_events(instance, tiles)
        l2_input = self._graph.add(vertices.CrossbarL2Input(), instance, [events])
        neurons = []
        for tile in tiles:
            neurons.append(self._add_tile(tile, l2_input))
            neurons += self._add_idle_neurons(tile)
        self._events[instance] = events
        if self._plan.enable_loopback:
            self._loopback[instance] = self._add_loopback(instance, l2_input)
        if self._plan.madc_neuron is not None:
            self._samples[instance] = self._add_madc(instance, neurons, self._plan.madc_neuron)

    def _add_events(self, instance: ExecutionInstanceID, tiles: list[Tile]) -> int:
        """Events of the tiles of an execution instance."""
        graph, sizes = self._graph, [0] * halco.HemisphereOnDLS.size
        data = graph.add(
            vertices.DataInput(ConnectionType.UInt5, self._plan.input_size), instance, [self._external_input])
        parts = []
        for tile in tiles:
            sizes[tile.hemisphere] = tile.inputs.size
            last = tile.inputs.offset + tile.inputs.size - 1
            parts.append(Input(data, PortRestriction(tile.inputs.offset, last)))
        generator = MACSpikeTrainGenerator(sizes, self._plan.num_sends, self._plan.wait_between_events)
        return graph.add(vertices.Transformation(generator), instance, parts)

    def _add_tile(self, tile: Tile, l2_input: int) -> int:
        """A tile, from the events to its result. Gives the neurons."""
        graph, instance, hemisphere = self._graph, tile.execution_instance, tile.hemisphere
        buses = []
        for bus in range(min(_BUSES, tile.inputs.size)):
            node = graph.add(_node_to_bus(hemisphere, bus), instance, [l2_input])
            buses.append(graph.add(_bus(hemisphere, bus), instance, [node]))
        drivers = [
            graph.add(_driver(hemisphere, i), instance, [buses[i % _BUSES]]) for i in range(tile.inputs.size)
        ]
        rows = _ROWS_PER_DRIVER * tile.inputs.size
        no_weights = np.zeros((rows, tile.outputs.size), np.uint8)
        synapses = graph.add(_synapse_view(tile, no_weights), instance, drivers)
        columns = np.arange(tile.outputs.size)
        neurons = graph.add(_neurons(hemisphere, columns, 0), instance, [synapses])
        readout = graph.add(
            vertices.CADCMembraneReadoutView((columns,), halco.SynramOnDLS(hemisphere), _CADCMode.hagen), instance,
            [neurons])
        self._results[tile] = graph.add(
            vertices.DataOutput(ConnectionType.Int8, tile.outputs.size), instance, [readout])
        self._synapses[tile] = synapses
        return neurons

    def _add_idle_neurons(self, tile: Tile) -> list[int]:
        """Neurons that do not compute, but are reset together with those that do."""
        size = tile.outputs.size
        idle = np.arange(size, size + -size % _RESET_GROUP)
        if not len(idle):
            return []
        return [self._graph.add(_neurons(tile.hemisphere, idle, vertices.NO_LABEL), tile.execution_instance)]

    def _add_loopback(self, instance: ExecutionInstanceID, l2_input: int) -> int:
        """The way of all events back to the host."""
        graph = self._graph
        nodes = [graph.add(_node_to_host(i), instance, [l2_input]) for i in range(_BUSES)]
        l2_output = graph.add(vertices.CrossbarL2Output(), instance, nodes)
        return graph.add(
            vertices.DataOutput(ConnectionType.TimedSpikeFromChipSequence), instance, [l2_output])

    def _add_madc(self, instance: ExecutionInstanceID, neurons: list[int], circuit: halco.AtomicNeuronOnDLS) -> int:
        """Samples of a circuit, be it one that computes or not."""
        graph = self._graph
        row, column = int(circuit.toNeuronRowOnDLS()), int(circuit.toNeuronColumnOnDLS())
        source = self._neuron(neurons, row, column)
        if source is None:
            idle = column // _RESET_GROUP * _RESET_GROUP + np.arange(_RESET_GROUP)
            neurons = [graph.add(_neurons(row, idle, vertices.NO_LABEL), instance)]
            source = self._neuron(neurons, row, column)
        assert source is not None
        readout = vertices.MADCReadoutView(vertices.MADCReadoutView.Source(circuit))
        samples = graph.add(readout, instance, [source])
        return graph.add(
            vertices.DataOutput(ConnectionType.TimedMADCSampleFromChipSequence), instance, [samples])

    def _neuron(self, neurons: list[int], row: int, column: int) -> Input | None:
        """A neuron of some views, None if they do not have it."""
        for descriptor in neurons:
            view: Any = self._graph.vertex(descriptor)
            (place,) = np.nonzero(view.columns == column)
            if int(view.row) == row and len(place):
                return Input(descriptor, PortRestriction(int(place[0]), int(place[0])))
        return None

    # -- on the host ---------------------------------------------------------------------------------------------------

    def _add_sums(self) -> int:
        """What makes one result of those of the tiles."""
        graph, instance, columns = self._graph, self._tiling.host_instance, self._tiling.tiles
        if len(columns) == len(columns[0]) == 1:
            return self._results[columns[0][0]]
        sums = []
        for tiles in columns:
            size = tiles[0].outputs.size
            parts = [
                graph.add(vertices.DataInput(ConnectionType.Int8, size), instance, [self._results[tile]])
                for tile in tiles
            ]
            if len(parts) > 1:
                parts = [graph.add(vertices.Transformation(Addition(len(parts), size)), instance, parts)]
            sums += parts
        if len(sums) > 1:
            sizes = [tiles[0].outputs.size for tiles in columns]
            joined = vertices.Transformation(Concatenation(ConnectionType.Int8, sizes))
            sums = [graph.add(joined, instance, sums)]
        return graph.add(vertices.DataOutput(ConnectionType.Int8, self._plan.output_size), instance, sums)


# -- vertices that many graphs share -----------------------------------------------------------------------------------


def _synapse_view(tile: Tile, weights: np.ndarray) -> vertices.SynapseArrayView:
    return vertices.SynapseArrayView(
        synram=halco.SynramOnDLS(tile.hemisphere), rows=np.arange(len(weights)),
        columns=np.arange(tile.outputs.size), weights=weights, labels=np.zeros_like(weights),
    )


def _neurons(hemisphere: int, columns: np.ndarray, label: int) -> vertices.NeuronView:
    return vertices.NeuronView(
        row=halco.NeuronRowOnDLS(hemisphere), columns=columns, labels=np.full(len(columns), label),
        enable_reset=np.ones(len(columns), bool),
    )


@cache
def _driver(hemisphere: int, driver: int) -> vertices.SynapseDriver:
    # All bits of the row select address are compared: it is the driver's own. Labels carry activations, and so must
    # not select synapses.
    return vertices.SynapseDriver(
        coordinate=halco.SynapseDriverOnDLS(
            halco.SynapseDriverOnSynapseDriverBlock(driver), halco.SynapseDriverBlockOnDLS(hemisphere)),
        row_address_compare_mask=0b11111, row_mode_top=_RowMode.excitatory, row_mode_bottom=_RowMode.inhibitory,
        enable_address_out=False,
    )


@cache
def _bus(hemisphere: int, bus: int) -> vertices.PADIBus:
    return vertices.PADIBus(
        halco.PADIBusOnDLS(halco.PADIBusOnPADIBusBlock(bus), halco.PADIBusBlockOnDLS(hemisphere)))


@cache
def _node_to_bus(hemisphere: int, bus: int) -> vertices.CrossbarNode:
    config = haldls.CrossbarNode()
    config.mask, config.target = 1 << _HEMISPHERE_BIT, hemisphere << _HEMISPHERE_BIT
    return vertices.CrossbarNode(_crossing(_BUSES * hemisphere + bus, bus), config)


@cache
def _node_to_host(number: int) -> vertices.CrossbarNode:
    return vertices.CrossbarNode(_crossing(_FIRST_L2 + number, number))


def _crossing(output: int, l2_input: int) -> halco.CrossbarNodeOnDLS:
    return halco.CrossbarNodeOnDLS(
        halco.CrossbarOutputOnDLS(output), halco.CrossbarInputOnDLS(_FIRST_L2 + l2_input))
