"""Signal-flow graphs: vertices, and where their inputs come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from operator import index as as_int
from typing import Any, Self, SupportsIndex

import networkx as nx

from grenade.common import ExecutionInstanceID
from grenade.signal_flow.edges import InvalidEdge, Source, check_inputs, crosses
from grenade.signal_flow.types import Port, PortRestriction
from grenade.signal_flow.vertices.data import DataInput, DataOutput, ExternalInput
from grenade.signal_flow.vertices.vertex import Vertex

FIRST_INSTANCE = ExecutionInstanceID()
"""The execution instance that everything is in unless told otherwise."""

_AT_INSTANCE_BORDERS = (DataInput, DataOutput, ExternalInput)
"""Vertices whose exchange may change the order of execution instances."""


@dataclass(frozen=True, slots=True)
class Input:
    """Where an input of a vertex comes from.

    Attributes
    ----------
    descriptor : int
        Vertex.
    port_restriction : PortRestriction or None
        Part of its output; None: all of it.
    """

    descriptor: int
    port_restriction: PortRestriction | None = None

    def __str__(self) -> str:
        return f"{self.descriptor}{'' if self.port_restriction is None else self.port_restriction}"


InputLike = Input | int
"""An input, or just the vertex where it comes from."""


class Graph:
    """Vertices with inputs, each in an execution instance.

    A vertex gets its descriptor, a number, when it is added, and each input has to be there before. Circles, as in
    recurrent networks, are closed by `update_and_relocate`. Execution instances depend on each other without circles.
    """

    def __init__(self) -> None:
        # A vertex may be used at several places (descriptors) of the graph; `_vertex_of` tells which one is where.
        self._vertices: list[Vertex] = []
        self._outputs: list[Port] = []
        self._vertex_of: list[int] = []
        self._instances: list[ExecutionInstanceID] = []
        self._inputs: list[tuple[Input, ...]] = []
        self._successors: list[list[int]] = []
        self._members: dict[ExecutionInstanceID, list[int]] = {}
        self._instance_graph = nx.DiGraph()
        # Answers of `vertices_of`, which stay as long as no vertex is added and none gets another type.
        self._of_types: dict[tuple[ExecutionInstanceID, tuple[type, ...]], list[int]] = {}

    # -- building -----------------------------------------------------------------------------------------------------

    def add(
        self, vertex: Vertex | SupportsIndex, execution_instance: Any = FIRST_INSTANCE,
        inputs: Iterable[InputLike] = (),
    ) -> int:
        """Add a vertex.

        Parameters
        ----------
        vertex : Vertex or int
            The vertex, or the descriptor of one that is used once more: an update of one changes both.
        execution_instance : ExecutionInstanceID or int
            Instance it belongs to.
        inputs : iterable of Input or int
            Its inputs in the order of its ports. A descriptor stands for the whole output of a vertex.

        Returns
        -------
        int
            Descriptor.

        Raises
        ------
        InvalidEdge
            An input does not exist or does not fit, or execution instances would wait for each other. The graph stays
            as it was.
        """
        instance = ExecutionInstanceID.coerce(execution_instance)
        descriptor = len(self._vertex_of)
        if isinstance(vertex, Vertex):
            number, added = len(self._vertices), vertex
        else:
            number = self._vertex_of[self._checked(vertex)]
            added = self._vertices[number]
        edges = self._checked_inputs(descriptor, added, inputs)
        check_inputs(descriptor, added, instance, self._sources(edges))
        if isinstance(added, DataInput):
            self._check_order(descriptor, added, instance, edges)

        self._of_types.clear()
        if number == len(self._vertices):
            self._vertices.append(added)
            self._outputs.append(added.output())
        self._vertex_of.append(number)
        self._instances.append(instance)
        self._inputs.append(edges)
        self._successors.append([])
        if instance not in self._members:
            self._members[instance] = []
            self._instance_graph.add_node(instance)
        self._members[instance].append(descriptor)
        for edge in edges:
            self._successors[edge.descriptor].append(descriptor)
        if isinstance(added, DataInput):
            self._instance_graph.add_edges_from(self._crossings(added, instance, edges))
        return descriptor

    def update(self, descriptor: SupportsIndex, vertex: Vertex) -> None:
        """Put another vertex in place of one, at all places where that is used.

        Raises
        ------
        InvalidEdge
            It does not fit its inputs or the vertices that it is an input of. The graph stays as it was.
        IndexError
            There is no such vertex.
        """
        number = self._vertex_of[self._checked(descriptor)]
        old, old_output = self._vertices[number], self._outputs[number]
        if type(vertex) is not type(old):
            self._of_types.clear()
        if vertex.has_ports_of(old):
            self._vertices[number] = vertex
            return
        self._vertices[number], self._outputs[number] = vertex, vertex.output()
        try:
            self._check_around({d for d, each in enumerate(self._vertex_of) if each == number})
        except InvalidEdge:
            self._vertices[number], self._outputs[number] = old, old_output
            raise

    def update_and_relocate(
        self, descriptor: SupportsIndex, vertex: Vertex, inputs: Iterable[InputLike]
    ) -> None:
        """Put another vertex in place of one, with other inputs. Vertices added later may be among these.

        Raises
        ------
        InvalidEdge
            It does not fit its inputs or the vertices that it is an input of, or execution instances would wait for
            each other. The graph stays as it was.
        IndexError
            There is no such vertex.
        """
        place = self._checked(descriptor)
        number = self._vertex_of[place]
        edges = self._checked_inputs(place, vertex, inputs)
        before = self._vertices[number], self._outputs[number], self._inputs[place]
        same_ports = vertex.has_ports_of(before[0])
        self._relocate(place, vertex, vertex.output(), edges)
        try:
            if same_ports:
                # Nothing changes for those behind it, of which some have hundreds of inputs.
                check_inputs(place, vertex, self._instances[place], self._sources(edges))
            else:
                self._check_around({d for d, each in enumerate(self._vertex_of) if each == number})
            if isinstance(before[0], _AT_INSTANCE_BORDERS) or isinstance(vertex, _AT_INSTANCE_BORDERS):
                self._instance_graph = self._checked_instance_graph(place)
        except InvalidEdge:
            self._relocate(place, *before)
            raise

    # -- looking ------------------------------------------------------------------------------------------------------

    def vertex(self, descriptor: SupportsIndex) -> Vertex:
        """Vertex of a descriptor.

        Raises
        ------
        IndexError
            There is none.
        """
        return self._vertices[self._vertex_of[self._checked(descriptor)]]

    def output(self, descriptor: SupportsIndex) -> Port:
        """Output port of a vertex."""
        return self._outputs[self._vertex_of[self._checked(descriptor)]]

    def inputs(self, descriptor: SupportsIndex) -> tuple[Input, ...]:
        """Inputs of a vertex in the order of its ports."""
        return self._inputs[self._checked(descriptor)]

    def successors(self, descriptor: SupportsIndex) -> list[int]:
        """Vertices that have a vertex as an input, in order of addition, each once."""
        return sorted(set(self._successors[self._checked(descriptor)]))

    def execution_instance(self, descriptor: SupportsIndex) -> ExecutionInstanceID:
        """Execution instance of a vertex."""
        return self._instances[self._checked(descriptor)]

    def vertices_of(self, instance: Any, *types: type[Vertex]) -> list[tuple[int, Any]]:
        """Descriptors and vertices of an execution instance in order of addition, of some types only if given.

        An instance without vertices gives an empty list.
        """
        key = ExecutionInstanceID.coerce(instance), types
        vertices, vertex_of = self._vertices, self._vertex_of
        found = self._of_types.get(key)
        if found is None:
            wanted = types or Vertex
            members = self._members.get(key[0], [])
            found = self._of_types[key] = [d for d in members if isinstance(vertices[vertex_of[d]], wanted)]
        return [(d, vertices[vertex_of[d]]) for d in found]

    @property
    def execution_instances(self) -> list[ExecutionInstanceID]:
        """Execution instances, each behind all it depends on; otherwise by number."""
        return list(nx.lexicographical_topological_sort(self._instance_graph, key=int))

    @property
    def execution_instance_graph(self) -> nx.DiGraph:
        """Execution instances, with an edge from one to each that uses its values. A copy."""
        return self._instance_graph.copy()

    def to_networkx(self) -> nx.MultiDiGraph:
        """The whole graph: nodes have `vertex` and `execution_instance`, edges `port` and `port_restriction`."""
        graph = nx.MultiDiGraph()
        for d, instance in enumerate(self._instances):
            graph.add_node(d, vertex=self.vertex(d), execution_instance=instance)
        for d, inputs in enumerate(self._inputs):
            for port, edge in enumerate(inputs):
                graph.add_edge(edge.descriptor, d, port=port, port_restriction=edge.port_restriction)
        return graph

    def __len__(self) -> int:
        return len(self._vertex_of)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._vertex_of)))

    def __contains__(self, descriptor: object) -> bool:
        return isinstance(descriptor, SupportsIndex) and 0 <= as_int(descriptor) < len(self._vertex_of)

    def __eq__(self, other: object) -> bool:
        """Whether vertices, their places, inputs and execution instances are the same."""
        if not isinstance(other, Graph):
            return NotImplemented
        return (
            self._vertex_of == other._vertex_of
            and self._instances == other._instances
            and self._inputs == other._inputs
            and self._vertices == other._vertices
        )

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        """One line per vertex: descriptor, execution instance, vertex, inputs."""
        lines = []
        for d in self:
            inputs = ", ".join(map(str, self._inputs[d]))
            lines.append(f"{d} @{int(self._instances[d])} {self.vertex(d)}{f' <- {inputs}' if inputs else ''}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Graph({len(self)} vertices in {len(self._members)} execution instances)"

    # -- copies -------------------------------------------------------------------------------------------------------

    def copy(self) -> Self:
        """A graph of its own with the same vertices, which do not change."""
        return self._copied(list(self._vertices))

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._copied(deepcopy(self._vertices, memo))

    def _copied(self, vertices: list[Vertex]) -> Self:
        copied = type(self)()
        copied._vertices = vertices
        copied._outputs, copied._vertex_of = list(self._outputs), list(self._vertex_of)
        copied._instances, copied._inputs = list(self._instances), list(self._inputs)
        copied._successors = [list(each) for each in self._successors]
        copied._members = {instance: list(members) for instance, members in self._members.items()}
        copied._instance_graph = self._instance_graph.copy()
        return copied

    # -- checks -------------------------------------------------------------------------------------------------------

    def _checked(self, descriptor: SupportsIndex) -> int:
        number = as_int(descriptor)
        if not 0 <= number < len(self._vertex_of):
            raise IndexError(f"the graph has no vertex {number}, it has {len(self._vertex_of)}")
        return number

    def _checked_inputs(self, descriptor: int, vertex: Vertex, inputs: Iterable[InputLike]) -> tuple[Input, ...]:
        edges = tuple(each if isinstance(each, Input) else Input(as_int(each)) for each in inputs)
        for index, each in enumerate(edges):
            if not 0 <= each.descriptor < len(self._vertex_of):
                text = f"there is no vertex {each.descriptor}, expected one of {len(self._vertex_of)} vertices"
                raise InvalidEdge(type(vertex).__name__, descriptor, index, text)
        return edges

    def _sources(self, edges: Sequence[Input]) -> list[Source]:
        sources = []
        for edge in edges:
            d = edge.descriptor
            number = self._vertex_of[d]
            sources.append(
                Source(d, self._vertices[number], self._outputs[number], edge.port_restriction, self._instances[d])
            )
        return sources

    def _check_around(self, places: set[int]) -> None:
        """Check the inputs of some places, and of all they are inputs of."""
        for d in sorted(places.union(*(self._successors[d] for d in places))):
            check_inputs(d, self.vertex(d), self._instances[d], self._sources(self._inputs[d]))

    def _check_order(
        self, descriptor: int, vertex: Vertex, instance: ExecutionInstanceID, edges: Sequence[Input]
    ) -> None:
        """Refuse edges with which execution instances would wait for each other."""
        if instance not in self._members:
            return
        for index, source in enumerate(self._sources(edges)):
            if not crosses(source.vertex, vertex) or self._instance_graph.has_edge(source.instance, instance):
                continue
            if nx.has_path(self._instance_graph, instance, source.instance):
                raise InvalidEdge(
                    type(vertex).__name__, descriptor, index,
                    f"{source} is in execution instance {int(source.instance)}, which itself needs values of instance "
                    f"{int(instance)}; expected an order without circles",
                )

    def _checked_instance_graph(self, place: int) -> nx.DiGraph:
        """Execution instances and their order after a change of a vertex."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self._members)
        for d, edges in enumerate(self._inputs):
            graph.add_edges_from(self._crossings(self.vertex(d), self._instances[d], edges))
        if not nx.is_directed_acyclic_graph(graph):
            circle = " and ".join(str(int(instance)) for instance, _ in nx.find_cycle(graph))
            raise InvalidEdge(
                type(self.vertex(place)).__name__, place, None,
                f"execution instances {circle} would need values of each other; expected an order without circles",
            )
        return graph

    def _crossings(
        self, vertex: Vertex, instance: ExecutionInstanceID, edges: Iterable[Input]
    ) -> Iterator[tuple[ExecutionInstanceID, ExecutionInstanceID]]:
        """Steps from one execution instance to another that the inputs of a vertex make."""
        for edge in edges:
            if crosses(self.vertex(edge.descriptor), vertex):
                yield self._instances[edge.descriptor], instance

    def _relocate(self, place: int, vertex: Vertex, output: Port, edges: tuple[Input, ...]) -> None:
        for edge in self._inputs[place]:
            self._successors[edge.descriptor].remove(place)
        number = self._vertex_of[place]
        self._of_types.clear()
        self._vertices[number], self._outputs[number], self._inputs[place] = vertex, output, edges
        for edge in edges:
            self._successors[edge.descriptor].append(place)
