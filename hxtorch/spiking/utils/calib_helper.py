"""Calibrations: where they are, and how they are read.

Results (``*_calix-native.pkl``) are pickles, which can run any code while they are loaded: load only those that you
trust.
"""

from __future__ import annotations

from pathlib import Path

from calix.common.base import CalibResult, TopLevelCalibTarget
from calix.files import PathLike, chip_from_file, chip_from_portable_binary, load_native
from calix.nightly import calibration_path
from hxtorch.hardware import require_connection

__all__ = [
    "calib_from_calix_native", "chip_from_file", "chip_from_portable_binary", "nightly_calib_path",
    "nightly_calix_native_path", "target_from_calix_native",
]


def nightly_calib_path(name: str = "spiking") -> Path:
    """Settings for the connected chip, as a list of coordinates and containers; made if there are none.

    Parameters
    ----------
    name : str
        "hagen", "spiking" or "spiking2".

    Raises
    ------
    RuntimeError
        The hardware is not initialised, or there is no simulated chip in this process.
    ValueError
        There is no calibration of that name.
    """
    return calibration_path(require_connection(), f"{name}_cocolist.pbin")


def nightly_calix_native_path(name: str = "spiking") -> Path:
    """The same as a result, which knows its target, see `nightly_calib_path`."""
    return calibration_path(require_connection(), f"{name}_calix-native.pkl")


def calib_from_calix_native(path: PathLike) -> CalibResult:
    """Result of a calibration, see `calix.files.load_native`."""
    return load_native(path)


def target_from_calix_native(path: PathLike) -> TopLevelCalibTarget:
    """Target of a calibration, from the file of its result."""
    target: TopLevelCalibTarget = load_native(path).target
    return target
