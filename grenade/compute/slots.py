"""Hemispheres of execution instances, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from grenade.common import ExecutionInstanceID
from halco import HemisphereOnDLS


@dataclass(frozen=True, slots=True, order=True)
class ExecutionSlot:
    """A hemisphere of a chip during an execution instance.

    Attributes
    ----------
    execution_instance : ExecutionInstanceID
        The instance.
    hemisphere : halco.HemisphereOnDLS
        Top or bottom.
    """

    execution_instance: ExecutionInstanceID
    hemisphere: HemisphereOnDLS


class ExecutionSlots:
    """Hands out slots: top and bottom hemisphere of an execution instance, then those of the next one.

    Parameters
    ----------
    first : ExecutionInstanceID or int
        First instance.
    """

    def __init__(self, first: ExecutionInstanceID | int = 0) -> None:
        self._number = HemisphereOnDLS.size * int(ExecutionInstanceID.coerce(first))

    def take(self) -> ExecutionSlot:
        """The next slot."""
        instance, hemisphere = divmod(self._number, HemisphereOnDLS.size)
        self._number += 1
        return ExecutionSlot(ExecutionInstanceID(instance), HemisphereOnDLS(hemisphere))

    def take_in_new_instance(self) -> ExecutionSlot:
        """The first slot of an instance of which none has been taken."""
        self._number += -self._number % HemisphereOnDLS.size
        return self.take()
