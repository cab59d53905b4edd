"""What all records of experiment files share: strict fields, no unknown ones."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from grenade.common import ChipOnConnection, ConnectionOnExecutor, PlasticityRuleOnNetwork, PopulationOnNetwork

Number = Annotated[int, Field(ge=0, lt=2**64)]
"""Field that is an unsigned number."""

Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]
"""Field of two numbers, e.g. a chip on an executor, or a receptor."""


class Record(BaseModel):
    """A part of a file. Its fields are checked when it is made and when it is read; other fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True)


def numbers(pair: tuple[ChipOnConnection, ConnectionOnExecutor]) -> list[int]:
    """The numbers of a chip on an executor."""
    return [pair[0].value(), pair[1].value()]


def on_network(descriptor: PopulationOnNetwork | PlasticityRuleOnNetwork) -> list[int]:
    """Number of a population or plasticity rule on its execution instance, and that of the instance."""
    return [descriptor.__index__(), descriptor.toExecutionInstanceID().value()]


def chip(pair: list[int]) -> tuple[ChipOnConnection, ConnectionOnExecutor]:
    """The chip on an executor with these numbers."""
    return ChipOnConnection(pair[0]), ConnectionOnExecutor(pair[1])
