"""The executor and the chip settings that all of hxtorch shares.

There is one executor, which `init_hardware` makes and `release_hardware` gives back, and one `lola.Chip` with settings
for matrix products (MAC mode), which is that of a new chip until a calibration has been loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lola
from grenade.execution import JITGraphExecutor


@dataclass(frozen=True)
class HWDBPath:
    """Where the data base of set-ups lies, and which version of a chip's calibration is meant."""

    path: str | None = None
    version: str = "stable/latest"


@dataclass(frozen=True)
class CalibrationPath:
    """File of a calibration: coordinates and containers, as `stadls` stores them."""

    value: str


_executor: JITGraphExecutor | None = None
_chip = lola.Chip()


def require_executor() -> JITGraphExecutor:
    """The executor.

    Raises
    ------
    RuntimeError
        `init_hardware` has not been called.
    """
    if _executor is None:
        raise RuntimeError("the hardware is not initialised: call hxtorch.init_hardware() first")
    return _executor


def has_executor() -> bool:
    """Whether `init_hardware` was called, and `release_hardware` not yet."""
    return _executor is not None


def perceptron_chip() -> lola.Chip:
    """Settings of the chip for matrix products; shared, not a copy."""
    return _chip


def get_unique_identifier(hwdb_path: HWDBPath | None = None) -> list[str]:
    """Names of the chips of the first connection.

    Raises
    ------
    RuntimeError
        `init_hardware` has not been called.
    """
    identifiers = require_executor().get_unique_identifier(hwdb_path.path if hwdb_path is not None else None)
    return identifiers[min(identifiers)]


def init_hardware_minimal(*, connection: Any = None) -> None:
    """Make a new executor, with the settings of a new chip and without any calibration.

    `connection` is as for `init_hardware`.
    """
    global _chip
    release_hardware()
    _chip = lola.Chip()
    _connect(connection)


def release_hardware() -> None:
    """Give the executor and its connections back; nothing happens where there is none. Chip settings stay."""
    global _executor
    if _executor is not None:
        for connection in _executor.release_connections().values():
            connection.disconnect()  # type: ignore[attr-defined]
        _executor = None


def _connect(connection: Any) -> None:
    global _executor
    release_hardware()
    _executor = JITGraphExecutor(connection)
