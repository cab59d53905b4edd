"""Receptors: by which synaptic input a projection reaches a compartment."""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic.dataclasses import dataclass

from grenade.coercion import DESCRIPTION, coerced
from grenade.common import Identifier


class _Type(enum.IntEnum):
    """Synaptic input line of a neuron circuit."""

    excitatory = 0
    inhibitory = 1


_Type.__name__, _Type.__qualname__ = "Type", "Receptor.Type"


class _ID(Identifier, bits=32):
    """Number that tells receptors of one type apart."""


_ID.__name__, _ID.__qualname__ = "ID", "Receptor.ID"


@dataclass(config=DESCRIPTION, unsafe_hash=True)
class Receptor:
    """A receptor of a compartment.

    Attributes
    ----------
    id : Receptor.ID
        Tells receptors of one type apart.
    type : Receptor.Type
        Excitatory or inhibitory.
    """

    ID = _ID
    Type = _Type

    id: Annotated[_ID, coerced(_ID)] = _ID()
    type: _Type = _Type.excitatory
