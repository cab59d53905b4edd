"""Calibrations, and files that keep their results."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import pickle
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calix.common.base import CalibResult, StatefulConnection, TopLevelCalibTarget
from calix.common.repo_state import get_repo_state
from stadls import Connection, connection_from_environment

_log = logging.getLogger("calix.calibrate")
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)

PathLike = str | os.PathLike[str]


def calibrate(
    target: TopLevelCalibTarget, options: Any = None, cache_paths: Sequence[PathLike] | None = None,
    cache_read_only: bool = False, connection: StatefulConnection | Connection | None = None,
) -> Any:
    """Settings of a chip that reach a target, from a cache if it has them.

    Parameters
    ----------
    target : TopLevelCalibTarget
        `calix.spiking.SpikingCalibTarget` or `calix.hagen.HagenCalibTarget`.
    options : CalibOptions, optional
        Options that belong to the target.
    cache_paths : sequence of path-like, optional
        Folders with results, looked through in order; a new one goes into the first that can be written to. None and an
        empty list: no cache, as the settings of a simulated chip are computed faster than they are read.
    cache_read_only : bool
        Whether nothing is written.
    connection : StatefulConnection or Connection, optional
        The chip. Default: the one that the environment asks for.

    Returns
    -------
    CalibResult
        `SpikingCalibResult` or `HagenCalibResult`. Nothing is written to the chip, see `CalibResult.apply`.

    Raises
    ------
    CalibError
        There are no such settings.
    RuntimeError
        The connection is none, the chip behind it is not a simulated one in this process, or no path of the cache can
        be written to.
    TypeError
        The target is none.
    """
    if not isinstance(target, TopLevelCalibTarget):
        raise TypeError(f"target is {target!r}, expected a SpikingCalibTarget or a HagenCalibTarget")
    if isinstance(cache_paths, (str, os.PathLike)):
        raise TypeError(f"cache_paths is {cache_paths!r}, expected several paths, e.g. in a list")
    own = connection_from_environment() if connection is None else None
    try:
        chip = connection if isinstance(connection, StatefulConnection) else StatefulConnection(connection or own)
        paths = [Path(path) for path in cache_paths or ()]
        name = _name(target, options, chip) if paths else ""
        for path in paths:
            if (path / name).is_file():
                return _load(path / name)
        result = target.calibrate(chip, options)
        if paths and not cache_read_only:
            _store(result, paths, name)
        return result
    finally:
        if own is not None:
            own.disconnect()


def _name(target: TopLevelCalibTarget, options: Any, connection: StatefulConnection) -> str:
    """Name of the file of a result: a digest of all that it depends on."""
    digest = hashlib.sha256(pickle.dumps(target) + pickle.dumps(options))
    digest.update(repr(connection.get_unique_identifier()).encode())
    digest.update(repr(get_repo_state()).encode())
    return digest.hexdigest()


def _load(path: Path) -> CalibResult:
    try:
        result = pickle.loads(path.read_bytes())
    except Exception as error:  # pickle raises almost anything on damaged data
        raise RuntimeError(f"{path} in the cache is damaged, delete it: {error}") from error
    if not isinstance(result, CalibResult):
        raise RuntimeError(f"{path} in the cache holds {type(result).__name__}, not a result; delete it")
    _log.info("result taken from %s", path)
    return result


def _store(result: CalibResult, paths: Sequence[Path], name: str) -> None:
    """Write a result to the first path that allows it."""
    for path in paths:
        try:
            write_atomically(path / name, pickle.dumps(result))
        except OSError as error:
            if error.errno not in _NOT_WRITABLE:
                raise
            continue
        _log.info("result kept in %s", path / name)
        return
    raise RuntimeError(f"no path of the cache can be written to: {', '.join(map(str, paths))}")


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, with its folders, so that nobody ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
