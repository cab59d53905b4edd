"""Calibrations that are simply there, as those that real chips get every night: made when they are asked for.

They lie below the folder that the environment variable ``BSS2_CALIBRATION_PATH`` names, by default in the cache folder
of the user, in ``<state of the software>/<identifier of the chip>/<version>/``. The identifier of a simulated chip
determines its die, so that its files never change; with other software there are others.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from calix.calib_cache import calibrate
from calix.common.base import StatefulConnection, TopLevelCalibTarget
from calix.common.repo_state import get_repo_state
from calix.files import PathLike, save_coco_list, save_native
from calix.hagen import HagenCalibTarget
from calix.spiking import SpikingCalibTarget
from calix.spiking.neuron import NeuronCalibTarget
from stadls import Connection, connection_from_environment

PATH_VARIABLE = "BSS2_CALIBRATION_PATH"
VERSION = "stable/latest"


def spiking2_target() -> SpikingCalibTarget:
    """Fast neurons with a high threshold, as networks with few spikes need them."""
    return SpikingCalibTarget(neuron_target=NeuronCalibTarget(
        leak=80, reset=80, threshold=150, tau_mem=6e-6, tau_syn=6e-6, i_synin_gm=500, synapse_dac_bias=1000,
        membrane_capacitance=63,
    ))


TARGETS: dict[str, Callable[[], TopLevelCalibTarget]] = {
    "hagen": HagenCalibTarget, "spiking": SpikingCalibTarget, "spiking2": spiking2_target,
}
"""What chips are calibrated to, by the name that files begin with."""

SAVERS: dict[str, Callable[[Any, PathLike], None]] = {
    "cocolist.pbin": save_coco_list, "calix-native.pkl": save_native,
}
"""How results are written, by what the names of files end with."""

FILES = [f"{name}_{kind}" for name in TARGETS for kind in SAVERS]
"""Names of all files."""


def calibration_path(connection: StatefulConnection | Connection, name: str, version: str = VERSION) -> Path:
    """Path of a calibration of a chip, which is made if there is none.

    Parameters
    ----------
    connection : StatefulConnection or Connection
        The chip.
    name : str
        Name of the file, see `FILES`.
    version : str
        Folder of the calibration; all of them have the same.

    Returns
    -------
    pathlib.Path
        The file, which exists.

    Raises
    ------
    ValueError
        There is no calibration of that name, or the version leads out of the folder.
    RuntimeError
        The chip is not a simulated one in this process.
    """
    _check(name)
    chip = connection if isinstance(connection, StatefulConnection) else StatefulConnection(connection)
    root = os.environ.get(PATH_VARIABLE) or platformdirs.user_cache_path("bss2", appauthor=False) / "calibration"
    home = Path(root) / get_repo_state() / chip.get_unique_identifier()
    path = home / version / name
    if ".." in Path(version).parts or home not in path.parents:
        raise ValueError(f"version is {version!r}, expected a relative path such as {VERSION!r}")
    if not path.is_file():
        _write(path, chip)
    return path


def write_all(directory: PathLike, connection: StatefulConnection | Connection) -> list[Path]:
    """Write all calibrations of a chip into a folder; existing files are replaced.

    Parameters
    ----------
    directory : path-like
        The folder, which is made if there is none.
    connection : StatefulConnection or Connection
        The chip.

    Returns
    -------
    list of pathlib.Path
        The files.
    """
    chip = connection if isinstance(connection, StatefulConnection) else StatefulConnection(connection)
    paths = [Path(directory) / name for name in FILES]
    for path in paths:
        _write(path, chip)
    return paths


def main(directory: PathLike) -> list[Path]:
    """Write all calibrations of the chip that the environment asks for into a folder, see `write_all`."""
    connection = connection_from_environment()
    try:
        return write_all(directory, connection)
    finally:
        connection.disconnect()


def _check(name: str) -> None:
    if name not in FILES:
        raise ValueError(f"there is no calibration {name!r}, expected one of {', '.join(FILES)}")


def _write(path: Path, chip: StatefulConnection) -> None:
    name, kind = path.name.split("_")
    SAVERS[kind](calibrate(TARGETS[name](), connection=chip), path)
