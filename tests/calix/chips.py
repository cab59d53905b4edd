"""Connections to simulated chips, one for each die and process."""

from __future__ import annotations

from functools import cache
from typing import Any

import chipsim
from calix.common.base import StatefulConnection


@cache
def connection(seed: int | None) -> StatefulConnection:
    return StatefulConnection(chipsim.SimConnection(chipsim.Chip(seed)))


def die(seed: int | None) -> Any:
    return connection(seed).connection.chip.die  # type: ignore[attr-defined]
