"""The IDX format: arrays of bytes behind a header with their shape."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_UINT8 = 0x08


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Array of a file, which may be compressed with gzip.

    Raises
    ------
    ValueError
        The file is damaged or of another kind.
    OSError
        The file cannot be read.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: damaged, {error}") from None
    if len(data) < 4 or data[:3] != bytes((0, 0, _UINT8)):
        raise ValueError(f"{path}: begins with {data[:4].hex() or 'nothing'}, expected an IDX file of bytes (000008..)")
    header = 4 + 4 * data[3]
    shape = tuple(np.frombuffer(data[4:header], dtype=">u4").astype(int))
    if len(shape) < data[3] or len(data) - header != np.prod(shape, dtype=int):
        raise ValueError(f"{path}: has {max(len(data) - header, 0):,} bytes, expected an array of the shape {shape}")
    return np.frombuffer(data, dtype=np.uint8, offset=header).reshape(shape)
