"""Progress of a run as a part of the whole, and routers by name."""

from __future__ import annotations

import pytest

from grenade.experiment.routing import route
from grenade.experiment.run import _RESULT, _RUN, _Overall
from grenade.network import NetworkBuilder


@pytest.mark.parametrize(("reports", "expected"), [
    ([0.2, 0.7, 1.0], [0.2, 0.7, 1.0]),
    # Reports of threads may overtake each other.
    ([0.5, 0.7, 0.6, 1.0], [0.5, 0.7, 0.7, 1.0]),
])  # fmt: skip
def test_parts_of_the_whole(reports: list[float], expected: list[float]) -> None:
    told: list[float] = []
    overall = _Overall(lambda stage, done: told.append((done - _RUN) / (_RESULT - _RUN)))
    for report in reports:
        overall(report)
    assert told == pytest.approx(expected)


def test_routers_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="no router 'fastest', expected 'portfolio' or 'greedy'"):
        route(NetworkBuilder().done(), "fastest")
