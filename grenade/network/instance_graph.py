"""From a routed execution instance to the vertices of its hardware."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from grenade.common import (
    FIRST_CHIP,
    ChipOnConnection,
    ConnectionOnExecutor,
    ExecutionInstanceID,
    PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance,
)
from grenade.network.errors import InvalidNetworkGraph
from grenade.network.network import Descriptors, ExecutionInstance
from grenade.network.population import (
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    Population,
    SpikeIOSourcePopulation,
)
from grenade.network.readout_vertices import add_readouts
from grenade.network.routing.result import PlacedConnections, RoutedExecutionInstance
from grenade.network.spike_labels import neuron_addresses, observed_of_population, spike_labels
from grenade.network.translation import (
    NO_LABEL,
    ExecutionInstanceTranslation,
    ObservedSpikes,
    PlacedCircuits,
    PlacedSynapses,
)
from grenade.signal_flow.graph import Graph, Input
from grenade.signal_flow.transformations import ExternalSourceMerger
from grenade.signal_flow.types import ConnectionType, PortRestriction
from grenade.signal_flow.vertices import (
    BackgroundSpikeSource,
    CrossbarL2Input,
    CrossbarL2Output,
    CrossbarNode,
    DataInput,
    DataOutput,
    ExternalInput,
    NeuronEventOutputView,
    NeuronView,
    PADIBus,
    SynapseArrayViewSparse,
    SynapseDriver,
    Transformation,
)
from grenade.signal_flow.vertices import SpikeIOSourcePopulation as SpikeIOVertex
from halco import (
    BackgroundSpikeSourceOnDLS,
    Enum,
    HemisphereOnDLS,
    NeuronRowOnDLS,
    PADIBusOnDLS,
    SpikeIOInputRouteOnFPGA,
    SpikeLabel,
    SynapseDriverOnDLS,
    SynramOnDLS,
)
from haldls import BackgroundSpikeSource as BackgroundConfig
from haldls import CrossbarNode as NodeConfig
from haldls import SpikeIOConfig, SpikeIOInputRoute, SynapseDriverConfig

_HEMISPHERES = (HemisphereOnDLS(0), HemisphereOnDLS(1))
_L2_INPUTS = range(8, 12)
_BACKGROUND_INPUTS = 12
_PADI_BUSES = 8


class InstanceGraph:
    """Vertices of one execution instance, added to a graph.

    Parameters
    ----------
    graph : Graph
        Where they are added.
    instance_id : ExecutionInstanceID
        The execution instance.
    instance : Network.ExecutionInstance
        Its description.
    routing : RoutingResult.ExecutionInstance
        Its routing.
    sent : dict of int to (n,) int64
        For numbers of populations the sources whose spikes other execution instances need, see
        `observed_of_population`.
    """

    def __init__(
        self, graph: Graph, instance_id: ExecutionInstanceID, instance: ExecutionInstance,
        routing: RoutedExecutionInstance, sent: dict[int, np.ndarray],
    ) -> None:
        self._graph = graph
        self._id = instance_id
        self._instance = instance
        self._routing = _with_plain_descriptors(routing)
        self._sent = sent
        self._chip = _only_chip(instance_id, instance)
        self.translation = ExecutionInstanceTranslation()
        self._crossbar_inputs: dict[int, Input] = {}

    def _add(self, vertex: Any, *inputs: Any) -> int:
        return self._graph.add(vertex, self._id, [each if isinstance(each, Input) else Input(each) for each in inputs])

    def add_labels(self) -> None:
        """Find the labels of all populations. No vertex is added."""
        translation, observed = self.translation, []
        for descriptor, population in self._instance.populations.items():
            circuits = None
            if isinstance(population, Population):
                circuits = translation.populations[descriptor] = PlacedCircuits.of(
                    population.size, population.circuits
                )
            labels = translation.spike_labels[descriptor] = spike_labels(
                descriptor, population, circuits, self._routing
            )
            sent = self._sent.get(int(descriptor), np.empty(0, np.int64))
            observed.append(observed_of_population(descriptor, population, circuits, labels, sent))
        translation.observed_spikes = ObservedSpikes.of(observed)

    def add_vertices(self, received: Sequence[tuple[int, np.ndarray]]) -> None:
        """Add all vertices.

        Parameters
        ----------
        received : list of pairs of int and (n, 3) int64
            For each execution instance that sends spikes to this one: the `DataOutput` of its spikes, and a table of
            their labels, the labels that they become, and delays.

        Raises
        ------
        InvalidNetworkGraph
            The routing uses something that it does not provide.
        """
        self._add_neurons()
        self._add_event_input(received)
        self._add_background()
        nodes = self._add_crossbar()
        self._add_synapses(self._add_drivers(nodes))
        self._add_event_output(nodes)
        add_readouts(self._graph, self._id, self._instance, self._chip, self.translation)

    # -- sources of events -----------------------------------------------------------------------------------------

    def _add_neurons(self) -> None:
        """Neurons, still without synapses, since events go round in circles; and the way of their events."""
        emitting: dict[NeuronRowOnDLS, list[tuple[np.ndarray, int]]] = {}
        for descriptor, circuits in self.translation.populations.items():
            addresses = neuron_addresses(descriptor, circuits, self._routing)
            vertices = self.translation.neuron_vertices[descriptor] = Descriptors(HemisphereOnDLS)
            for hemisphere in _HEMISPHERES:
                chosen = circuits.hemisphere == int(hemisphere)
                if not chosen.any():
                    continue
                row, columns = NeuronRowOnDLS(int(hemisphere)), circuits.columns(int(hemisphere))
                labels = addresses[chosen]
                view = NeuronView(row, columns, labels, np.zeros(len(columns), bool), chip_on_executor=self._chip)
                vertices[hemisphere] = self._add(view)
                if (labels != NO_LABEL).any():
                    emitting.setdefault(row, []).append((columns, vertices[hemisphere]))
        if not emitting:
            return
        by_row = {row: tuple(columns for columns, _ in emitting[row]) for row in sorted(emitting)}
        outputs = NeuronEventOutputView(by_row, chip_on_executor=self._chip)
        events = self._add(outputs, *(vertex for row in by_row for _, vertex in emitting[row]))
        for port, event_output in enumerate(outputs.event_outputs()):
            self._crossbar_inputs[event_output] = Input(events, PortRestriction(port, port))

    def _add_event_input(self, received: Sequence[tuple[int, np.ndarray]]) -> None:
        """Events from the host, from other execution instances, and from the serial interface."""
        kinds = {type(population) for population in self._instance.populations.values()}
        inputs = []
        if ExternalSourcePopulation in kinds:
            to_chip = ConnectionType.TimedSpikeToChipSequence
            external = self.translation.event_input_vertex = self._add(ExternalInput(to_chip.at_rest))
            events = self._add(DataInput(to_chip), external)
            if received:
                spikes = [
                    self._add(DataInput(ConnectionType.TimedSpikeFromChipSequence), source) for source, _ in received
                ]
                events = self._add(merger([table for _, table in received]), events, *spikes)
                self.translation.source_merger_vertex = events
            inputs.append(events)
        if SpikeIOSourcePopulation in kinds:
            inputs.append(self._add(self._spike_io()))
        if inputs:
            l2_input = self._add(CrossbarL2Input(chip_on_executor=self._chip), *inputs)
            self._crossbar_inputs.update((each, Input(l2_input)) for each in _L2_INPUTS)

    def _spike_io(self) -> SpikeIOVertex:
        config = SpikeIOConfig()
        routes: dict[SpikeIOInputRouteOnFPGA, SpikeIOInputRoute] = {}
        for descriptor, population in self._instance.populations.items():
            if not isinstance(population, SpikeIOSourcePopulation):
                continue
            config.data_rate_scaler = population.config.data_rate_scaler
            config.enable_internal_loopback = population.config.enable_internal_loopback
            config.enable_tx = config.enable_rx = True
            labels = self.translation.spike_labels[descriptor]
            for number, neuron in enumerate(population.neurons):
                own = labels.label[labels.offsets[number]:labels.offsets[number + 1]]
                if len(own) > 1:
                    raise InvalidNetworkGraph(
                        f"population {int(descriptor)} of execution instance {int(self._id)}: neuron {number} needs "
                        f"{len(own)} labels, but an address of the serial interface becomes one; its targets have to "
                        "be on one hemisphere"
                    )
                for label in own.tolist():
                    address = SpikeIOInputRouteOnFPGA(int(neuron.label))
                    route = SpikeIOInputRoute(SpikeLabel(label))
                    if routes.setdefault(address, route) != route:
                        raise InvalidNetworkGraph(
                            f"population {int(descriptor)} of execution instance {int(self._id)}: neuron {number} has "
                            f"the address {int(neuron.label)} of the serial interface, which another source has already"
                        )
        return SpikeIOVertex(config, routes, chip_on_executor=self._chip)

    def _add_background(self) -> None:
        for descriptor, population in self._instance.populations.items():
            if not isinstance(population, BackgroundSourcePopulation):
                continue
            vertices = self.translation.background_spike_source_vertices[descriptor] = Descriptors(HemisphereOnDLS)
            labels = self._routing.background_spike_source_labels.get(descriptor, {})
            for hemisphere, bus in sorted(population.coordinate.items()):
                if not len(labels.get(hemisphere, ())):
                    continue
                mask = self._routing.background_spike_source_masks[descriptor][hemisphere]
                number = 4 * int(hemisphere) + int(bus)
                config = background_config(population, int(labels[hemisphere][0]), int(mask))
                vertices[hemisphere] = self._add(
                    BackgroundSpikeSource(BackgroundSpikeSourceOnDLS(number), config, chip_on_executor=self._chip)
                )
                self._crossbar_inputs[_BACKGROUND_INPUTS + number] = Input(vertices[hemisphere])

    # -- ways of events --------------------------------------------------------------------------------------------

    def _add_crossbar(self) -> dict[int, list[int]]:
        """Nodes that events pass on their way to a used driver or to the host, by crossbar output."""
        drivers = [int(driver.toEnum()) for driver in self._routing.synapse_driver_compare_masks]
        buses = {4 * (driver // 128) + driver % 4 for driver in drivers}
        observed = self._observed_inputs()
        nodes: dict[int, list[int]] = {}
        for coordinate, config in sorted(self._routing.crossbar_nodes.items()):
            source, output = int(coordinate.toCrossbarInputOnDLS()), int(coordinate.toCrossbarOutputOnDLS())
            wanted = output in buses if output < _PADI_BUSES else source in observed
            if wanted and source in self._crossbar_inputs and not _drops_all(config):
                node = CrossbarNode(coordinate, config, chip_on_executor=self._chip)
                nodes.setdefault(output, []).append(self._add(node, self._crossbar_inputs[source]))
        return nodes

    def _observed_inputs(self) -> set[int]:
        """Crossbar inputs with events that the host needs."""
        observed = self.translation.observed_spikes
        inputs: set[int] = set()
        for descriptor, population in self._instance.populations.items():
            label = observed.label[(observed.population == int(descriptor)) & (observed.label != NO_LABEL)]
            if isinstance(population, Population):
                inputs.update(np.unique(label >> 8 & 7).tolist())
            elif isinstance(population, BackgroundSourcePopulation):
                if len(label):
                    inputs.update(
                        _BACKGROUND_INPUTS + 4 * int(hemisphere) + int(bus)
                        for hemisphere, bus in population.coordinate.items()
                    )
            else:
                inputs.update((8 + np.unique(label >> 14)).tolist())
        return inputs

    def _add_drivers(self, nodes: dict[int, list[int]]) -> dict[int, int]:
        """PADI buses and synapse drivers; the vertices of the drivers by their number on the chip."""
        routing = self._routing
        modes = {int(row.toEnum()): mode for row, mode in routing.synapse_row_modes.items()}
        masks = {int(driver.toEnum()): mask for driver, mask in routing.synapse_driver_compare_masks.items()}
        disabled = SynapseDriverConfig.RowMode.disabled
        buses: dict[int, int] = {}
        drivers = {}
        for number, mask in sorted(masks.items()):
            bus = 4 * (number // 128) + number % 4
            if bus not in buses:
                vertex = PADIBus(PADIBusOnDLS(Enum(bus)), chip_on_executor=self._chip)
                buses[bus] = self._add(vertex, *nodes.get(bus, ()))
            driver = SynapseDriver(
                SynapseDriverOnDLS(Enum(number)), int(mask), modes.get(2 * number + 1, disabled),
                modes.get(2 * number, disabled), chip_on_executor=self._chip,
            )
            drivers[number] = self._add(driver, buses[bus])
        return drivers

    # -- targets of events -----------------------------------------------------------------------------------------

    def _add_synapses(self, drivers: dict[int, int]) -> None:
        """Synapses, and with them the inputs of the neurons."""
        translation = self.translation
        views: dict[tuple[PopulationOnExecutionInstance, HemisphereOnDLS], list[int]] = {}
        for descriptor, projection in self._instance.projections.items():
            if descriptor not in self._routing.connections:
                raise InvalidNetworkGraph(
                    f"projection {int(descriptor)} of execution instance {int(self._id)} is not part of the routing"
                )
            placed = PlacedConnections.coerce(self._routing.connections[descriptor])
            synapses = translation.projections[descriptor] = PlacedSynapses.of(
                placed.offsets, placed.synapse_row // 256
            )
            vertices = translation.synapse_vertices[descriptor] = Descriptors(HemisphereOnDLS)
            for hemisphere in _HEMISPHERES:
                chosen = synapses.on(int(hemisphere))
                if not len(chosen):
                    continue
                columns = translation.populations[projection.population_post].columns(int(hemisphere))
                try:
                    view = _synapse_view(placed, chosen, hemisphere, columns, self._chip)
                    inputs = [drivers[128 * int(hemisphere) + driver] for driver in np.unique(view.rows // 2).tolist()]
                except (KeyError, ValueError) as error:
                    raise InvalidNetworkGraph(
                        f"projection {int(descriptor)} of execution instance {int(self._id)} "
                        f"({'bottom' if int(hemisphere) else 'top'}): {_reason(error)}"
                    ) from error
                vertices[hemisphere] = self._add(view, *inputs)
                views.setdefault((projection.population_post, hemisphere), []).append(vertices[hemisphere])
        for (population, hemisphere), sources in views.items():
            vertex = translation.neuron_vertices[population][hemisphere]
            self._graph.update_and_relocate(vertex, self._graph.vertex(vertex), [Input(each) for each in sources])

    def _add_event_output(self, nodes: dict[int, list[int]]) -> None:
        if not len(self.translation.observed_spikes.label):
            return
        leaving = [node for output in sorted(nodes) if output >= _PADI_BUSES for node in nodes[output]]
        output = self._add(CrossbarL2Output(chip_on_executor=self._chip), *leaving)
        self.translation.event_output_vertex = self._add(
            DataOutput(ConnectionType.TimedSpikeFromChipSequence), output
        )


def _with_plain_descriptors(routing: RoutedExecutionInstance) -> RoutedExecutionInstance:
    """A routing with descriptors on the execution instance as keys; made by hand, it may have those on the network."""
    def plain(kind: Any, mapping: Any) -> Any:
        return Descriptors(kind, {kind.coerce(key): value for key, value in mapping.items()})

    return replace(
        routing, connections=plain(ProjectionOnExecutionInstance, routing.connections), **{
            name: plain(PopulationOnExecutionInstance, getattr(routing, name))
            for name in (
                "external_spike_labels", "background_spike_source_labels", "background_spike_source_masks",
                "internal_neuron_labels",
            )
        },
    )


def _synapse_view(
    placed: PlacedConnections, chosen: np.ndarray, hemisphere: HemisphereOnDLS, columns: np.ndarray, chip: Any
) -> SynapseArrayViewSparse:
    """Synapses of a projection on a hemisphere, with the rows they use and all columns of the target population."""
    row, column = placed.synapse_row[chosen] % 256, placed.synapse_on_row[chosen]
    rows = np.flatnonzero(np.bincount(row, minlength=256))
    index_of_row, index_of_column = np.zeros(256, np.int64), np.full(256, -1)
    index_of_row[rows] = np.arange(len(rows))
    index_of_column[columns] = np.arange(len(columns))
    index_column = index_of_column[column]
    if (index_column < 0).any():
        raise ValueError(f"a synapse is in column {column[index_column.argmin()]}, where the population has no neuron")
    return SynapseArrayViewSparse(
        SynramOnDLS(int(hemisphere)), rows, columns, index_of_row[row], index_column, placed.weight[chosen],
        placed.label[chosen], chip_on_executor=chip,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"synapses are placed on synapse driver {error.args[0]}, which is not in use"
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error)


def merger(tables: list[np.ndarray]) -> Transformation:
    """What joins events from the host with spikes of other execution instances; a table for each of these."""
    return Transformation(ExternalSourceMerger(tables))


def background_config(population: BackgroundSourcePopulation, label: int, mask: int) -> BackgroundConfig:
    """Settings of a generator whose first source has a 14 bit label, and that draws the bits in a mask."""
    config = BackgroundConfig()
    config.seed = population.config.seed
    config.rate = population.config.rate
    config.period = population.config.period
    config.enable_random = population.config.enable_random
    config.enable = True
    config.mask = mask
    config.neuron_label = label % (1 << 14)
    return config


def _drops_all(config: NodeConfig) -> bool:
    """Whether no label passes: the target has a bit that is masked out."""
    return bool(int(config.target) & ~int(config.mask))


def _only_chip(
    instance_id: ExecutionInstanceID, instance: ExecutionInstance
) -> tuple[ChipOnConnection, ConnectionOnExecutor]:
    """The chip of an execution instance.

    Raises
    ------
    InvalidNetworkGraph
        Its parts are on different chips.
    """
    parts = [
        *instance.populations.values(), *instance.projections.values(), *instance.plasticity_rules.values(),
        *(each for each in (instance.madc_recording, instance.cadc_recording, instance.pad_recording) if each),
    ]
    chips = {part.chip_on_executor for part in parts}
    if len(chips) > 1:
        raise InvalidNetworkGraph(
            f"execution instance {int(instance_id)} is on {len(chips)} chips ({', '.join(map(repr, sorted(chips)))}), "
            "expected one"
        )
    return chips.pop() if chips else FIRST_CHIP
