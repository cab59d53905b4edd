"""The vertex around functions that the host applies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from pydantic.dataclasses import dataclass

from grenade.signal_flow.data import TimedBatch
from grenade.signal_flow.types import Port
from grenade.signal_flow.vertices.vertex import VERTEX, HostVertex


class Function(ABC):
    """A function of values of whole batches."""

    @abstractmethod
    def inputs(self) -> tuple[Port, ...]:
        """Ports of the arguments."""

    @abstractmethod
    def output(self) -> Port:
        """Port of the result."""

    @abstractmethod
    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        """Result for the whole batch.

        Parameters
        ----------
        values : sequence of TimedBatch
            One for each input port, all with the same number of entries.

        Raises
        ------
        RuntimeError
            The arguments do not fit the ports or each other.
        """

    def __eq__(self, other: Any) -> bool:
        return type(other) is type(self) and bool(vars(self) == vars(other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class Transformation(HostVertex):
    """A function that the host applies to values.

    Attributes
    ----------
    function : Function
        It decides about the ports.
    """

    function: Function

    def inputs(self) -> tuple[Port, ...]:
        return self.function.inputs()

    def output(self) -> Port:
        return self.function.output()

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        """Result of the function."""
        return self.function.apply(values)
