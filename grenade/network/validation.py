"""Whether a hardware graph does what its network says: the same connections, no more and no less."""

from __future__ import annotations

from typing import Any

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.network.connectome import SYNAPSE_LABELS, Arrivals, Events, arrival_text, origin, origin_text
from grenade.network.errors import InvalidNetworkGraph
from grenade.network.instance_graph import background_config
from grenade.network.network import ExecutionInstance, Network
from grenade.network.population import BackgroundSourcePopulation
from grenade.network.projection import Projection
from grenade.network.translation import NO_LABEL, ExecutionInstanceTranslation, GraphTranslation
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import SynapseArrayViewSparse, SynapseDriver
from haldls import SynapseDriverConfig

_ROWS = 512
_SYNAPSES = _ROWS * 256
_RowMode = SynapseDriverConfig.RowMode


def check(network: Network, graph: Graph, translation: GraphTranslation) -> None:
    """Compare a network with its graph.

    Checked are the labels of recorded sources, the labels and columns of neuron views, the settings of background
    generators, and for each projection the receptors, target circuits and weights of its synapses, and whose events
    reach them.

    Raises
    ------
    InvalidNetworkGraph
        With the first difference.
    """
    if set(network.execution_instances) != set(translation.execution_instances):
        raise InvalidNetworkGraph("the network and its graph have different execution instances")
    for instance_id, instance in network.execution_instances.items():
        _InstanceCheck(graph, instance_id, instance, translation.execution_instances[instance_id]).run()


class _InstanceCheck:
    """Checks of an execution instance."""

    def __init__(
        self, graph: Graph, instance_id: ExecutionInstanceID, instance: ExecutionInstance,
        translation: ExecutionInstanceTranslation,
    ) -> None:
        self._graph = graph
        self._id = instance_id
        self._instance = instance
        self._translation = translation

    def run(self) -> None:
        instance, translation = self._instance, self._translation
        if set(instance.populations) != set(translation.spike_labels):
            raise self._error("", "the network and its graph have different populations")
        if set(instance.projections) != set(translation.projections):
            raise self._error("", "the network and its graph have different projections")
        self._check_neurons()
        self._check_background()
        arrivals = Arrivals.of(self._graph, self._id, Events.of(instance, translation))
        self._check_recorded(arrivals)
        modes, taken = self._row_modes(), np.zeros(_SYNAPSES, bool)
        for descriptor in instance.projections:
            _ProjectionCheck(self, descriptor).run(arrivals, modes, taken)
        self._check_rules()

    def _error(self, what: str, reason: str) -> InvalidNetworkGraph:
        return InvalidNetworkGraph(f"{what and what + ' of '}execution instance {int(self._id)}: {reason}")

    def _check_neurons(self) -> None:
        translation = self._translation
        for descriptor, circuits in translation.populations.items():
            labels = translation.spike_labels[descriptor].label
            for hemisphere, vertex in translation.neuron_vertices[descriptor].items():
                view: Any = self._graph.vertex(vertex)
                chosen = circuits.hemisphere == int(hemisphere)
                expected = np.where(labels[chosen] == NO_LABEL, NO_LABEL, labels[chosen] & 0xFF)
                if not np.array_equal(view.columns, circuits.columns(int(hemisphere))):
                    raise self._error(f"population {int(descriptor)}", "its neurons are in other columns")
                if not np.array_equal(view.labels, expected):
                    raise self._error(f"population {int(descriptor)}", "its neurons have other labels")

    def _check_background(self) -> None:
        for descriptor, vertices in self._translation.background_spike_source_vertices.items():
            population = self._instance.populations[descriptor]
            assert isinstance(population, BackgroundSourcePopulation)
            if not vertices:
                continue
            labels = self._translation.spike_labels[descriptor].label.reshape(population.size, -1) & 0x3FFF
            # Generators on both hemispheres draw the same numbers, which have to mean the same source.
            wrong_order = bool(((labels ^ labels[0]) & 0xFF != ((labels ^ labels[0]) & 0xFF)[:, :1]).any())
            for column, (hemisphere, vertex) in zip(labels.T, sorted(vertices.items()), strict=True):
                view: Any = self._graph.vertex(vertex)
                mask, first = int(view.config.mask), int(column[0])
                wrong = int(view.coordinate.toEnum()) != 4 * int(hemisphere) + int(population.coordinate[hemisphere])
                wrong |= wrong_order or view.config != background_config(population, first, mask)
                drawn = mask if population.config.enable_random else 0
                wrong |= bool(((column ^ first) & ~drawn).any()) or len(np.unique(column)) != population.size
                wrong |= population.size != 1 << drawn.bit_count()
                if wrong:
                    raise self._error(
                        f"population {int(descriptor)}", f"its generator on {hemisphere!r} does not draw its labels"
                    )

    def _check_recorded(self, arrivals: Arrivals) -> None:
        observed = self._translation.observed_spikes
        for population in np.unique(observed.population).tolist():
            own = observed.population == population
            label = observed.label[own]
            wanted = origin(population, observed.neuron[own], observed.compartment[own])
            arriving = np.where(label == NO_LABEL, -1, arrivals.at_host[label])
            if not np.array_equal(arriving, wanted):
                first = int((arriving != wanted).argmax())
                raise self._error(
                    f"population {population}",
                    f"{arrival_text(int(arriving[first]))} the host with label {int(label[first])}, expected those of "
                    f"{origin_text(int(wanted[first]))}",
                )

    def _row_modes(self) -> np.ndarray:
        """Modes of all rows of the chip, -1 where the driver is not in use."""
        modes = np.full(_ROWS, -1)
        for _, driver in self._graph.vertices_of(self._id, SynapseDriver):
            number = int(driver.coordinate.toEnum())
            modes[2 * number:2 * number + 2] = int(driver.row_mode_bottom), int(driver.row_mode_top)
        return modes

    def _check_rules(self) -> None:
        for descriptor, rule in self._instance.plasticity_rules.items():
            if not rule.enable_requires_one_source_per_row_in_order:
                continue
            for projection in rule.projections:
                for vertex in self._translation.synapse_vertices[projection].values():
                    self._check_order(int(descriptor), projection, vertex)

    def _check_order(self, rule: int, projection: Any, vertex: int) -> None:
        """Check that each row of a view has one source, and that the sources ascend with the rows."""
        view: Any = self._graph.vertex(vertex)
        synapses = self._translation.projections[projection].on(int(view.synram))
        table = self._instance.projections[projection].table
        pre = table[self._translation.projections[projection].connection[synapses]]
        source = origin(0, pre[:, 0], pre[:, 1])
        order = np.argsort(view.index_row, kind="stable")
        row, source = view.index_row[order], source[order]
        step = np.diff(source)
        if ((row[1:] == row[:-1]) & (step != 0)).any() or (step < 0).any():
            raise self._error(
                f"plasticity rule {rule}",
                f"projection {int(projection)} does not have one source per row in the order of the sources",
            )


class _ProjectionCheck:
    """Checks of a projection."""

    def __init__(self, parent: _InstanceCheck, descriptor: Any) -> None:
        self._graph = parent._graph
        self._translation = parent._translation
        self._descriptor = descriptor
        self._projection: Projection = parent._instance.projections[descriptor]
        self._parent = parent

    def run(self, arrivals: Arrivals, modes: np.ndarray, taken: np.ndarray) -> None:
        placed = self._translation.projections[self._descriptor]
        table = self._projection.table
        if len(placed.offsets) != len(table) + 1 or (np.diff(placed.offsets) < 1).any():
            raise self._error("its connections do not all have synapses")
        weight = np.zeros(len(table), np.int64)
        for hemisphere, vertex in self._translation.synapse_vertices[self._descriptor].items():
            view: Any = self._graph.vertex(vertex)
            connection = placed.connection[placed.on(int(hemisphere))]
            row = view.rows[view.index_row] + 256 * int(hemisphere)
            column = view.columns[view.index_column]
            self._check_receptor(modes[view.rows + 256 * int(hemisphere)])
            self._check_targets(table[connection], 256 * int(hemisphere) + column)
            self._check_sources(table[connection], view, row, arrivals)
            place = row * 256 + column
            if taken[place].any():
                raise self._error("a synapse belongs to another projection, too")
            taken[place] = True
            weight += np.bincount(connection, view.weights, len(table)).astype(np.int64)
        if not np.array_equal(weight, table[:, 4]):
            first = int((weight != table[:, 4]).argmax())
            raise self._error(f"connection {first} has weight {table[first, 4]}, but its synapses {weight[first]}")

    def _error(self, reason: str) -> InvalidNetworkGraph:
        return self._parent._error(f"projection {int(self._descriptor)}", reason)

    def _check_receptor(self, modes: np.ndarray) -> None:
        kind = self._projection.receptor.type
        wanted = _RowMode.inhibitory if int(kind) else _RowMode.excitatory
        if (modes != int(wanted)).any():
            raise self._error(f"a row of its synapses is not {wanted.name}")

    def _check_targets(self, table: np.ndarray, circuit: np.ndarray) -> None:
        post = self._projection.population_post
        circuits = self._translation.populations[post]
        number = circuits.number_of_chip[circuit]
        inside = (number >= 0) & (circuits.table[number, :2] == table[:, 2:4]).all(axis=1)
        if not inside.all():
            first = table[int(inside.argmin())].tolist()
            raise self._error(
                f"a synapse of a connection to compartment {first[3]} of neuron {first[2]} of population {int(post)} "
                "belongs to another compartment"
            )
        population: Any = self._parent._instance.populations[post]
        if not population.has_receptor(self._projection.receptor)[number].all():
            raise self._error(f"a target circuit does not have {self._projection.receptor!r}")

    def _check_sources(
        self, table: np.ndarray, view: SynapseArrayViewSparse, row: np.ndarray, arrivals: Arrivals
    ) -> None:
        wanted = origin(int(self._projection.population_pre), table[:, 0], table[:, 1])
        arriving = arrivals.at_synapses[(row >> 1) * SYNAPSE_LABELS + view.labels]
        if not np.array_equal(arriving, wanted):
            first = int((arriving != wanted).argmax())
            pre = origin_text(int(wanted[first]))
            raise self._error(
                f"{arrival_text(int(arriving[first]))} a synapse of {pre} in row {int(row[first])}, "
                f"label {int(view.labels[first])}"
            )
