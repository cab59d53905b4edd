"""Vertices at which values enter and leave: from outside, into an execution instance, out of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic.dataclasses import dataclass

from grenade.coercion import Count
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices.vertex import VERTEX, HostVertex, Vertex


def _checked(kind: ConnectionType, size: int, name: str) -> None:
    if size < 1:
        raise ValueError(f"{name}: size is {size}, expected at least 1")
    if kind.is_sequence and size != 1:
        raise ValueError(f"{name}: size is {size}, expected 1 for {kind}, of which any number occur anyway")


def _at_rest(kind: ConnectionType) -> ConnectionType:
    return kind.in_motion.at_rest


def _in_motion(kind: ConnectionType) -> ConnectionType:
    return kind.at_rest.in_motion


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class ExternalInput(HostVertex):
    """Values that a user hands over.

    Attributes
    ----------
    type : ConnectionType
        A `Data` type.
    size : int
        Values side by side, 1 for events.
    """

    type: Annotated[ConnectionType, AfterValidator(_at_rest)]
    size: Count = 1

    def __post_init__(self) -> None:
        _checked(self.type, self.size, "ExternalInput")

    def inputs(self) -> tuple[Port, ...]:
        return ()

    def output(self) -> Port:
        return Port(self.size, self.type)


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class DataInput(HostVertex):
    """Values that enter an execution instance, from outside or from another instance.

    Attributes
    ----------
    type : ConnectionType
        Type inside the instance, without `Data`.
    size : int
        Values side by side, 1 for events.
    """

    accepted = ("ExternalInput", "DataOutput of another execution instance")

    type: Annotated[ConnectionType, AfterValidator(_in_motion)]
    size: Count = 1

    def __post_init__(self) -> None:
        _checked(self.type, self.size, "DataInput")

    def inputs(self) -> tuple[Port, ...]:
        return (Port(self.size, self.type.at_rest),)

    def output(self) -> Port:
        return Port(self.size, self.type)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        return None if isinstance(source, ExternalInput | DataOutput) else "it takes values at rest only"


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class DataOutput(HostVertex):
    """Values that leave an execution instance, to the user and to other instances.

    Attributes
    ----------
    type : ConnectionType
        Type inside the instance, without `Data`.
    size : int
        Values side by side, 1 for events.
    """

    type: Annotated[ConnectionType, AfterValidator(_in_motion)]
    size: Count = 1

    def __post_init__(self) -> None:
        _checked(self.type, self.size, "DataOutput")

    def inputs(self) -> tuple[Port, ...]:
        return (Port(self.size, self.type),)

    def output(self) -> Port:
        return Port(self.size, self.type.at_rest)
