"""All coordinate tables, one module per topic."""

from __future__ import annotations

from collections.abc import Iterator

from ..declare import Spec
from . import analog, board, events, neuron, synapse, system

MODULES = (neuron, synapse, analog, events, system, board)


def all_specs() -> Iterator[Spec]:
    """Yield the declarations of all tables."""
    for module in MODULES:
        yield from module.TABLE
