"""Rules that edges of a graph follow. Each violation names the vertices, the port, and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grenade.common import ExecutionInstanceID
from grenade.signal_flow.types import Port, PortRestriction
from grenade.signal_flow.vertices.data import DataInput, DataOutput, ExternalInput
from grenade.signal_flow.vertices.vertex import Vertex


class InvalidEdge(RuntimeError):
    """Vertices cannot be connected like that.

    Attributes
    ----------
    descriptor : int
        Vertex whose input it is about; for a new vertex the descriptor that it would have got.
    vertex : str
        Class of that vertex.
    port : int or None
        Number of the input, None if it is about all of them.
    text : str
        What is wrong, and what was expected.
    """

    def __init__(self, vertex: str, descriptor: int, port: int | None, text: str) -> None:
        super().__init__(vertex, descriptor, port, text)
        self.vertex, self.descriptor, self.port, self.text = vertex, descriptor, port, text

    def __str__(self) -> str:
        where = "" if self.port is None else f", input {self.port}"
        return f"{self.vertex} (vertex {self.descriptor}){where}: {self.text}"


@dataclass(slots=True)
class Source:
    """A vertex where an edge begins, with everything that rules look at."""

    descriptor: int
    vertex: Vertex
    output: Port
    restriction: PortRestriction | None
    instance: ExecutionInstanceID

    def __str__(self) -> str:
        part = "" if self.restriction is None else f", part {self.restriction}"
        return f"{type(self.vertex).__name__} (vertex {self.descriptor}{part})"


def check_inputs(descriptor: int, vertex: Vertex, instance: ExecutionInstanceID, sources: Sequence[Source]) -> None:
    """Check all edges that end at a vertex.

    Raises
    ------
    InvalidEdge
        The number of inputs is wrong, or one of them cannot be connected.
    """
    ports = vertex.inputs()
    name = type(vertex).__name__
    given, last = len(sources), len(ports) - 1
    if vertex.variadic_input:
        if given < last:
            raise InvalidEdge(name, descriptor, None, f"number of inputs is {given}, expected at least {last}")
    elif given != len(ports):
        raise InvalidEdge(name, descriptor, None, f"number of inputs is {given}, expected {len(ports)}")
    for index, source in enumerate(sources):
        declared = min(index, last)
        problem = (
            _port_problem(ports[declared], source)
            or _place_problem(vertex, instance, source)
            or _kind_problem(vertex, declared, source)
        )
        if problem:
            raise InvalidEdge(name, descriptor, index, f"{source} {problem}")
    together = vertex.refuses_together([source.vertex for source in sources])
    if together:
        raise InvalidEdge(name, descriptor, None, together)


def crosses(source: Vertex, vertex: Vertex) -> bool:
    """Whether an edge leads from one execution instance to another."""
    return isinstance(source, DataOutput) and isinstance(vertex, DataInput)


def _port_problem(port: Port, source: Source) -> str | None:
    restriction, output = source.restriction, source.output
    if restriction is not None and not restriction.restricts(output):
        return f"has output {output}, which ends before that part"
    if output.type is not port.type:
        return f"has output {output}, expected {port}"
    size = output.size if restriction is None else restriction.size
    if size != port.size:
        return f"gives {output.type}[{size}], expected {port}"
    return None


def _place_problem(vertex: Vertex, instance: ExecutionInstanceID, source: Source) -> str | None:
    same = source.instance is instance or source.instance == instance
    if crosses(source.vertex, vertex):
        if same:
            return (
                f"is in the same execution instance {int(instance)}; values of an instance can only enter another one"
            )
    elif not same and not isinstance(source.vertex, ExternalInput):
        return (
            f"is in execution instance {int(source.instance)}, expected {int(instance)}; "
            "only values at rest get from one to another, through DataOutput and DataInput"
        )
    if vertex.on_chip and source.vertex.on_chip:
        here, there = vertex.chip_on_executor, source.vertex.chip_on_executor  # type: ignore[attr-defined]
        if here is not there and here != there:
            return f"is on chip {_place(there)}, expected chip {_place(here)}"
    return None


def _kind_problem(vertex: Vertex, index: int, source: Source) -> str | None:
    reason = vertex.refuses(source.vertex, source.restriction, index)
    if reason is None:
        return None
    expected = f"; expected {' or '.join(vertex.accepted)}" if vertex.accepted else ""
    return f"does not fit: {reason}{expected}"


def _place(chip_on_executor: tuple[object, object]) -> str:
    chip, connection = chip_on_executor
    return f"{int(chip)} of connection {int(connection)}"  # type: ignore[call-overload]
