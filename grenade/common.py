"""Names of things in networks: instances of execution, populations, projections, circuits; and the time."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, ClassVar, Self, SupportsIndex

from pydantic.dataclasses import dataclass

import haldls.event
import haldls.timer
from grenade.coercion import DESCRIPTION, Count, coerced
from halco import CompartmentOnLogicalNeuron
from halco.core import BaseInt, Enum, Value
from halco.errors import wrong_type


class Identifier(BaseInt):
    """A number that names something. It takes the place of an int, but not of an identifier of another kind."""

    @classmethod
    def _coerce_other(cls, value: Any) -> Self:
        if isinstance(value, Value):
            raise wrong_type(cls, f"a {cls.__name__} or an int", value)
        return super()._coerce_other(value)


class ExecutionInstanceID(Identifier, bits=32):
    """An isolated run on one chip. The order of runs follows from what they exchange, not from this number."""


class ConnectionOnExecutor(Identifier, bits=32):
    """A hardware connection of an executor."""


class ChipOnConnection(Identifier, bits=32):
    """A chip behind a hardware connection."""


class PopulationOnExecutionInstance(Identifier, bits=32):
    """A population of an execution instance."""


class ProjectionOnExecutionInstance(Identifier, bits=32):
    """A projection of an execution instance."""


class PlasticityRuleOnExecutionInstance(Identifier, bits=32):
    """A plasticity rule of an execution instance."""


class _OnNetwork(Identifier):
    """A descriptor together with its execution instance.

    The linear number is ``instance * 2**32 + descriptor``; it is what `int` gives. Where a plain descriptor or an
    index is expected, the execution instance is left out.
    """

    _composed: ClassVar[bool] = True
    _local: ClassVar[Any]

    def __new__(cls, descriptor: Any = 0, execution_instance: Any = 0) -> Self:
        if type(descriptor) is cls and not execution_instance:
            return descriptor
        local = cls._local.coerce(descriptor)
        instance = ExecutionInstanceID.coerce(execution_instance)
        return cls._from_enum(int(instance) << 32 | int(local))

    @classmethod
    def coerce(cls, value: Any) -> Self:
        """Take a value of this type, or a descriptor or int, which then is of execution instance 0."""
        return value if type(value) is cls else cls(value)

    def toExecutionInstanceID(self) -> ExecutionInstanceID:
        """Execution instance that the described thing is on."""
        return ExecutionInstanceID._from_enum(self._e >> 32)

    def toEnum(self) -> Enum:
        """Linear number."""
        return Enum(self._e)

    def _number_of(self, other: Any) -> Any:
        return other._e if type(other) is type(self) else NotImplemented

    def __index__(self) -> int:
        return self._e & 0xFFFFFFFF

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._e & 0xFFFFFFFF}, {self._e >> 32})"


class PopulationOnNetwork(_OnNetwork, PopulationOnExecutionInstance, bits=64):
    """A population of any execution instance."""

    _local = PopulationOnExecutionInstance

    def toPopulationOnExecutionInstance(self) -> PopulationOnExecutionInstance:
        """Descriptor inside the execution instance."""
        return PopulationOnExecutionInstance._from_enum(self._e & 0xFFFFFFFF)


class ProjectionOnNetwork(_OnNetwork, ProjectionOnExecutionInstance, bits=64):
    """A projection of any execution instance."""

    _local = ProjectionOnExecutionInstance

    def toProjectionOnExecutionInstance(self) -> ProjectionOnExecutionInstance:
        """Descriptor inside the execution instance."""
        return ProjectionOnExecutionInstance._from_enum(self._e & 0xFFFFFFFF)


class PlasticityRuleOnNetwork(_OnNetwork, PlasticityRuleOnExecutionInstance, bits=64):
    """A plasticity rule of any execution instance."""

    _local = PlasticityRuleOnExecutionInstance

    def toPlasticityRuleOnExecutionInstance(self) -> PlasticityRuleOnExecutionInstance:
        """Descriptor inside the execution instance."""
        return PlasticityRuleOnExecutionInstance._from_enum(self._e & 0xFFFFFFFF)


class Time(BaseInt, bits=64):
    """Time in cycles of the FPGA clock, 8 ns."""

    fpga_clock_cycles_per_us: ClassVar[int] = 125

    def toFPGATime(self) -> haldls.event.FPGATime:
        """The same number as time stamp of the FPGA."""
        return haldls.event.FPGATime(self._e)

    def toChipTime(self) -> haldls.event.ChipTime:
        """The same number as time stamp of the chip."""
        return haldls.event.ChipTime(self._e)

    def toTimerOnFPGAValue(self) -> haldls.timer.TimerValue:
        """The same number as value of the playback timer.

        Raises
        ------
        OverflowError
            More than the 32 bits of the timer.
        """
        return haldls.timer.TimerValue(self._e)

    def __radd__(self, other: SupportsIndex) -> Time:
        return Time(other) + self

    def __rsub__(self, other: SupportsIndex) -> Time:
        return Time(other) - self

    def __rmul__(self, other: SupportsIndex) -> Time:
        return Time(other) * self


class _Ordered:
    """Order of a dataclass by its fields, only among values of the same type."""

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))  # type: ignore[arg-type]

    def __lt__(self, other: Any) -> bool:
        return self._key() < other._key() if type(other) is type(self) else NotImplemented

    def __le__(self, other: Any) -> bool:
        return self._key() <= other._key() if type(other) is type(self) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        return self._key() > other._key() if type(other) is type(self) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        return self._key() >= other._key() if type(other) is type(self) else NotImplemented


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class ExecutionInstanceOnExecutor(_Ordered):
    """An execution instance on the connection that runs it."""

    execution_instance_id: Annotated[ExecutionInstanceID, coerced(ExecutionInstanceID)] = ExecutionInstanceID()
    connection_on_executor: Annotated[ConnectionOnExecutor, coerced(ConnectionOnExecutor)] = ConnectionOnExecutor()


COMPARTMENTS = CompartmentOnLogicalNeuron.max + 1
"""Numbers that a compartment can have; ``neuron * COMPARTMENTS + compartment`` is both as one number."""

CompartmentIndex = Annotated[CompartmentOnLogicalNeuron, coerced(CompartmentOnLogicalNeuron)]
"""Field that takes a compartment or its number."""


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class AtomicNeuronOnExecutionInstance(_Ordered):
    """A neuron circuit of a population.

    Attributes
    ----------
    population : PopulationOnExecutionInstance
        Population that the circuit belongs to.
    neuron_on_population : int
        Neuron of the population.
    compartment_on_neuron : halco.CompartmentOnLogicalNeuron
        Compartment of the neuron.
    atomic_neuron_on_compartment : int
        Circuit of the compartment.
    """

    population: Annotated[PopulationOnExecutionInstance, coerced(PopulationOnExecutionInstance)] = (
        PopulationOnExecutionInstance()
    )
    neuron_on_population: Count = 0
    compartment_on_neuron: CompartmentIndex = CompartmentOnLogicalNeuron()
    atomic_neuron_on_compartment: Count = 0


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class AtomicNeuronOnNetwork(_Ordered):
    """A neuron circuit of a population of any execution instance; fields as in the type without network."""

    population: Annotated[PopulationOnNetwork, coerced(PopulationOnNetwork)] = PopulationOnNetwork()
    neuron_on_population: Count = 0
    compartment_on_neuron: CompartmentIndex = CompartmentOnLogicalNeuron()
    atomic_neuron_on_compartment: Count = 0


class _ChipOnExecutor:
    """Check of the pair that names a chip."""

    @staticmethod
    def coerce(value: Any) -> tuple[ChipOnConnection, ConnectionOnExecutor]:
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise TypeError(f"chip_on_executor: expected (ChipOnConnection, ConnectionOnExecutor), got {value!r}")
        return ChipOnConnection.coerce(value[0]), ConnectionOnExecutor.coerce(value[1])


ChipOnExecutor = Annotated[tuple[ChipOnConnection, ConnectionOnExecutor], coerced(_ChipOnExecutor)]
"""Field that names a chip: (chip on connection, connection on executor)."""

FIRST_CHIP = (ChipOnConnection(), ConnectionOnExecutor())
"""The chip that everything is on unless told otherwise."""


class EntityOnChip:
    """Something on a chip.

    Attributes
    ----------
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip, by default the first one of the first connection.
    """

    chip_on_executor: ChipOnExecutor
