"""The error of a network that does not fit on the chip."""

from __future__ import annotations

from typing import Any

HEMISPHERES = ("top", "bottom")
"""Names of the hemispheres in messages."""


def bus_text(bus: int) -> str:
    """Name of a PADI bus of the chip, 0 to 7, as it stands in messages."""
    return f"PADI bus {bus % 4} ({HEMISPHERES[bus // 4]})"


def counted(number: int, noun: str) -> str:
    """A number of things, in messages: "1 row", "2 rows"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


class UnsuccessfulRouting(RuntimeError):
    """A network was not placed: some resource of the chip ran out, or no way through was found.

    Parameters
    ----------
    message : str
        What did not fit where.
    resource : str
        What ran out: `circuits`, `synapses`, `spike master`, `in-degree`, `rows`, `drivers`, `labels` or `routers`.
    execution_instance : ExecutionInstanceID or int, optional
        The execution instance at fault.
    projection, population : descriptor, optional
        The projection or population at fault, as a descriptor on its execution instance.
    hemisphere : int, optional
        0 top, 1 bottom.
    bus : int, optional
        PADI bus on its hemisphere, 0 to 3.
    """

    def __init__(
        self, message: str, *, resource: str = "", execution_instance: Any = None, projection: Any = None,
        population: Any = None, hemisphere: int | None = None, bus: int | None = None,
    ) -> None:
        super().__init__(message)
        self.resource = resource
        self.execution_instance = execution_instance
        self.projection = projection
        self.population = population
        self.hemisphere = hemisphere
        self.bus = bus

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (str(self), dict(self.__dict__))


def _restore(message: str, attributes: dict[str, Any]) -> UnsuccessfulRouting:
    return UnsuccessfulRouting(message, **attributes)
