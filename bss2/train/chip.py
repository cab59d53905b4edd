"""The chip that networks are trained on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import hxtorch
from bss2.train.task import ChipName

if TYPE_CHECKING:
    from chipsim import SimConnection


@contextmanager
def connection(name: int | str) -> Iterator[SimConnection]:
    """A simulated chip with a seed, or the one without mismatch ("ideal")."""
    from chipsim import Chip, SimConnection

    made = SimConnection(Chip.ideal() if name == "ideal" else Chip(name))
    try:
        yield made
    finally:
        made.disconnect()


@contextmanager
def hardware(name: ChipName, *, products: bool = False) -> Iterator[None]:
    """Give hxtorch a simulated chip, and take it back in the end.

    Parameters
    ----------
    name : int, "ideal" or None
        Seed of the chip; None: none is needed.
    products : bool
        Load its calibration for vector-matrix products.
    """
    if name is None:
        yield
        return
    with connection(name) as made:
        try:
            hxtorch.init_hardware(ann=products, connection=made)
            yield
        finally:
            hxtorch.release_hardware()
