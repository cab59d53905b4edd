"""Files of calibrations.

Two kinds: lists of coordinates and containers (``*_cocolist.pbin``), which are what is written to the chip, and pickled
results (``*_calix-native.pkl``), which also know the targets. A pickle can run any code while it is loaded: load only
your own, or those of people you trust. Lists cannot.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import halco
import lola
from calix.calib_cache import write_atomically
from calix.common.base import CalibResult
from stadls import DumperDone, convert_to_chip, from_portablebinary, to_portablebinary

PathLike = str | os.PathLike[str]


def chip_from_file(path: PathLike) -> lola.Chip:
    """Configuration of a chip from a list of coordinates and containers.

    Raises
    ------
    RuntimeError
        The file cannot be opened.
    ValueError
        It is something else, or damaged.
    """
    try:
        return chip_from_portable_binary(_read(path))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def chip_from_portable_binary(data: bytes) -> lola.Chip:
    """The same from the contents of such a file.

    Raises
    ------
    ValueError
        The data are something else, or damaged.
    """
    done = DumperDone()
    from_portablebinary(done, data)
    return convert_to_chip(done)


def save_coco_list(source: CalibResult | lola.Chip | DumperDone, path: PathLike) -> None:
    """Write a list of coordinates and containers; an existing file is replaced.

    Parameters
    ----------
    source : CalibResult, lola.Chip or DumperDone
        Result, whole configuration, or the list itself.
    path : path-like
        The file, usually ``*_cocolist.pbin``.
    """
    if isinstance(source, CalibResult):
        done = source.dump()
    elif isinstance(source, lola.Chip):
        done = DumperDone([(halco.ChipOnDLS(), source)])
    elif isinstance(source, DumperDone):
        done = source
    else:
        kind = type(source).__name__
        raise TypeError(f"source is a {kind}, expected a result of a calibration, a lola.Chip or a DumperDone")
    write_atomically(Path(path), to_portablebinary(done))


def save_native(result: CalibResult, path: PathLike) -> None:
    """Write a result as it is; an existing file is replaced.

    Parameters
    ----------
    result : CalibResult
        The result.
    path : path-like
        The file, usually ``*_calix-native.pkl``.
    """
    if not isinstance(result, CalibResult):
        raise TypeError(f"result is a {type(result).__name__}, expected a result of a calibration")
    write_atomically(Path(path), pickle.dumps(result))


def load_native(path: PathLike) -> CalibResult:
    """Read what `save_native` wrote. This can run any code: only for files that you trust.

    Raises
    ------
    RuntimeError
        The file cannot be opened.
    ValueError
        It is something else, damaged, or comes from other software.
    """
    data = _read(path)
    try:
        result = pickle.loads(data)
    except Exception as error:  # pickle raises almost anything on other data
        raise ValueError(f"{os.fspath(path)} is no pickled result of a calibration: {error}") from error
    if not isinstance(result, CalibResult):
        raise ValueError(f"{os.fspath(path)} holds {type(result).__name__}, expected a result of a calibration")
    return result


def _read(path: PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise RuntimeError(f"the calibration {os.fspath(path)} cannot be opened: {error.strerror}") from error
