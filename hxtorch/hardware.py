"""The executor and the chip settings that all of hxtorch shares.

There is one executor, which `init_hardware` makes and `release_hardware` gives back, and one `lola.Chip` with settings
for matrix products (MAC mode), which is that of a new chip until a calibration has been loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, overload

import pylogging

import lola
from grenade.execution import JITGraphExecutor
from stadls import Connection, connection_from_environment

_HAGEN_CALIBRATION = "hagen_cocolist.pbin"

_log = pylogging.get("hxtorch.hardware")


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
_connection: Connection | None = None
_is_ours = False
"""Whether the connection was made here, and has to be closed here."""
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


def require_connection() -> Connection:
    """The first connection of the executor, such as to find a calibration of its chip.

    Raises
    ------
    RuntimeError
        `init_hardware` has not been called.
    """
    require_executor()
    assert _connection is not None
    return _connection


def perceptron_chip() -> lola.Chip:
    """Settings of the chip for matrix products; shared, not a copy."""
    return _chip


def get_unique_identifier(hwdb_path: HWDBPath | None = None) -> list[str]:
    """Names of the chips of the first connection.

    Raises
    ------
    RuntimeError
        `init_hardware` has not been called.
    TypeError
        `hwdb_path` is no `HWDBPath`.
    """
    identifiers = require_executor().get_unique_identifier(_checked(hwdb_path).path)
    return identifiers[min(identifiers)]


@overload
def init_hardware(hwdb_path: HWDBPath | None = None, ann: bool = False, *, connection: Any = None) -> None: ...


@overload
def init_hardware(calibration_path: CalibrationPath, /, *, connection: Any = None) -> None: ...


@overload
def init_hardware(*, calibration_path: CalibrationPath, connection: Any = None) -> None: ...


def init_hardware(
    hwdb_path: Any = None, ann: bool = False, *, calibration_path: CalibrationPath | None = None,
    connection: Any = None,
) -> None:
    """Make an executor, and load settings for matrix products if asked for.

    Parameters
    ----------
    hwdb_path : HWDBPath, optional
        Where set-ups are described, and the version of the calibration for `ann`. A `CalibrationPath` in this place is
        taken as `calibration_path`.
    ann : bool
        Whether to load the calibration for products of the chip at the other end of the connection. Otherwise, the
        settings stay as they are.
    calibration_path : CalibrationPath
        File of settings for products.
    connection : stadls.Connection or mapping of ConnectionOnExecutor to Connection, optional
        Connections to use; they stay open when the hardware is released. Default: the one that the environment asks
        for, which is a simulated chip unless it says otherwise.

    Raises
    ------
    RuntimeError
        The file of the calibration cannot be opened.
    ValueError
        The file is something else, or damaged; this is logged, too.
    TypeError
        The arguments do not fit together.
    """
    if isinstance(hwdb_path, CalibrationPath):
        if calibration_path is not None:
            raise TypeError("init_hardware: got two calibration paths")
        hwdb_path, calibration_path = None, hwdb_path
    if calibration_path is None:
        version = _checked(hwdb_path).version
        _connect(connection)
        if ann:
            _load_for_connected_chip(version)
        return
    if not isinstance(calibration_path, CalibrationPath):
        raise TypeError(f"init_hardware: calibration_path is {calibration_path!r}, expected a CalibrationPath")
    if hwdb_path is not None or ann:
        raise TypeError("init_hardware: a calibration path goes neither with hwdb_path nor with ann")
    _load(calibration_path.value)
    _connect(connection)


def init_hardware_minimal(*, connection: Any = None, chip: lola.Chip | None = None) -> None:
    """Make a new executor, with the settings of a new chip and without any calibration.

    Parameters
    ----------
    connection : optional
        As for `init_hardware`.
    chip : lola.Chip, optional
        Other settings for matrix products, such as `chipsim.Chip.oracle.mac_chip` gives; shared, not copied.
    """
    global _chip
    if chip is not None and not isinstance(chip, lola.Chip):
        raise TypeError(f"init_hardware_minimal: chip is {chip!r}, expected a lola.Chip")
    _connect(connection)
    _chip = lola.Chip() if chip is None else chip


def release_hardware() -> None:
    """Give the executor and its connections back; nothing happens where there is none. Chip settings stay."""
    global _executor, _connection
    if _executor is not None:
        _executor.release_connections()
        if _is_ours:
            _connection.disconnect()  # type: ignore[union-attr]
        _executor = _connection = None


def _connect(connection: Any) -> None:
    global _executor, _connection, _is_ours
    release_hardware()
    _is_ours = connection is None
    if _is_ours:
        connection = connection_from_environment()
    _executor = JITGraphExecutor(connection)
    _connection = connection[min(connection)] if isinstance(connection, Mapping) else connection


def _load_for_connected_chip(version: str) -> None:
    # Calibrations are made of programs; who needs none shall not have to load them.
    from calix.nightly import calibration_path

    try:
        _load(calibration_path(require_connection(), _HAGEN_CALIBRATION, version))
    except BaseException:
        release_hardware()
        raise


def _load(path: Any) -> None:
    global _chip
    from calix.files import chip_from_file

    try:
        _chip = chip_from_file(path)
    except ValueError as error:
        _log.ERROR(f"no calibration was loaded: {error}")
        raise


def _checked(hwdb_path: Any) -> HWDBPath:
    if hwdb_path is None:
        return HWDBPath()
    if not isinstance(hwdb_path, HWDBPath):
        raise TypeError(f"hwdb_path is {hwdb_path!r}, expected an HWDBPath or None")
    return hwdb_path
