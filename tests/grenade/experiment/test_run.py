"""Progress of several execution instances as one."""

from __future__ import annotations

import pytest

from grenade.experiment.run import _RESULT, _RUN, _Overall


@pytest.mark.parametrize(("instances", "reports", "expected"), [
    (1, [0.2, 0.7, 1.0], [0.2, 0.7, 1.0]),
    (2, [0.5, 1.0, 0.5, 1.0], [0.25, 0.5, 0.75, 1.0]),
    (4, [1.0, 0.0, 1.0, 0.0, 1.0, 0.4, 1.0], [0.25, 0.25, 0.5, 0.5, 0.75, 0.85, 1.0]),
    # Reports of threads may overtake each other.
    (1, [0.5, 0.7, 0.6, 1.0], [0.5, 0.7, 0.7, 1.0]),
    (0, [1.0], [1.0]),
])  # fmt: skip
def test_parts_of_the_whole(instances: int, reports: list[float], expected: list[float]) -> None:
    told: list[float] = []
    overall = _Overall(instances, lambda stage, done: told.append((done - _RUN) / (_RESULT - _RUN)))
    for report in reports:
        overall(report)
    assert told == pytest.approx(expected)
