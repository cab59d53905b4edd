"""Chips to run on."""

from collections.abc import Iterator

import pytest

import hxtorch
from chipsim import Chip, SimConnection


@pytest.fixture
def chip(request: pytest.FixtureRequest) -> Iterator[Chip]:
    """A chip that is initialised: die 1, or the one of an indirect parameter (None: without deviations and noise)."""
    seed = getattr(request, "param", 1)
    chip = Chip.ideal() if seed is None else Chip(seed)
    hxtorch.init_hardware(connection=SimConnection(chip))
    yield chip
    hxtorch.release_hardware()


