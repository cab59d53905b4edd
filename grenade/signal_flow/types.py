"""What flows through the edges of a graph: types of connections, ports, and selections of ports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ConnectionType(Enum):
    """Kind of data or signal between two vertices.

    Types that begin with `Data` are values at rest on the host; only they cross from one execution instance to
    another. Their twins without the prefix are used within an instance.
    """

    SynapseInputLabel = "synapse input label"
    UInt32 = "UInt32"
    UInt5 = "UInt5"
    Int8 = "Int8"
    SynapticInput = "synaptic input"
    MembraneVoltage = "membrane voltage"
    TimedSpikeToChipSequence = "timed spikes to the chip"
    TimedSpikeFromChipSequence = "timed spikes from the chip"
    TimedMADCSampleFromChipSequence = "timed MADC samples from the chip"
    CrossbarInputLabel = "crossbar input label"
    CrossbarOutputLabel = "crossbar output label"
    SynapseDriverInputLabel = "synapse driver input label"
    ExternalAnalogSignal = "external analog signal"
    DataUInt5 = "UInt5 at rest"
    DataUInt32 = "UInt32 at rest"
    DataInt8 = "Int8 at rest"
    DataTimedSpikeToChipSequence = "timed spikes to the chip at rest"
    DataTimedSpikeFromChipSequence = "timed spikes from the chip at rest"
    DataTimedMADCSampleFromChipSequence = "timed MADC samples from the chip at rest"

    @property
    def is_data(self) -> bool:
        """Whether values of this type are at rest."""
        return self in _IN_MOTION

    @property
    def at_rest(self) -> ConnectionType:
        """Twin with the prefix `Data`.

        Raises
        ------
        ValueError
            The type has none, for it is a signal on the chip.
        """
        if self not in _AT_REST:
            raise ValueError(f"{self} has no twin at rest, expected one of {', '.join(t.name for t in _AT_REST)}")
        return _AT_REST[self]

    @property
    def in_motion(self) -> ConnectionType:
        """Twin without the prefix `Data`.

        Raises
        ------
        ValueError
            The type is no `Data` type.
        """
        if self not in _IN_MOTION:
            raise ValueError(f"{self} is not a type at rest, expected one of {', '.join(t.name for t in _IN_MOTION)}")
        return _IN_MOTION[self]

    @property
    def is_sequence(self) -> bool:
        """Whether values are events or samples of which any number occur, so that the size of a port is 1."""
        return "Timed" in self.name

    def __repr__(self) -> str:
        return f"ConnectionType.{self.name}"

    def __str__(self) -> str:
        return self.name


_AT_REST = {
    ConnectionType[name.removeprefix("Data")]: kind
    for name, kind in ConnectionType.__members__.items() if name.startswith("Data")
}
_IN_MOTION = {data: kind for kind, data in _AT_REST.items()}


@dataclass(frozen=True, slots=True)
class Port:
    """An input or the output of a vertex.

    Attributes
    ----------
    size : int
        Number of signals side by side.
    type : ConnectionType
        Kind of each.
    """

    size: int
    type: ConnectionType

    def __str__(self) -> str:
        return f"{self.type.name}[{self.size}]"


@dataclass(frozen=True, slots=True)
class PortRestriction:
    """The signals `min` to `max` of an output, both included.

    Raises
    ------
    ValueError
        `min` is negative or larger than `max`.
    """

    min: int
    max: int

    def __post_init__(self) -> None:
        if not 0 <= self.min <= self.max:
            raise ValueError(f"port restriction [{self.min}, {self.max}]: expected 0 <= min <= max")

    @property
    def size(self) -> int:
        """Number of signals."""
        return self.max - self.min + 1

    @property
    def slice(self) -> slice:
        """The same as a slice of an array over the signals of the port."""
        return slice(self.min, self.max + 1)

    def restricts(self, port: Port) -> bool:
        """Whether all selected signals exist in a port."""
        return self.max < port.size

    def __str__(self) -> str:
        return f"[{self.min}, {self.max}]"
