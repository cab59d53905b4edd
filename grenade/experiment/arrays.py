"""Arrays as fields of records that go into files: type, shape and bytes, deflated where that is shorter.

What is deflated are first the lowest bytes of all elements, then the second ones and so on: most numbers are far
smaller than their type allows, and all their upper zeros together deflate to nothing.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from pydantic import PlainSerializer, PlainValidator

_KEYS = {"dtype", "shape", "deflated", "data"}
_LEVEL = 1
"""Level of compression: connections and configurations shrink tenfold at the fastest one."""


def array(dtype: Any, *shape: int | None) -> Any:
    """Type of a record's field that is an array.

    Parameters
    ----------
    dtype : dtype-like
        Type of the elements; structured types are allowed.
    *shape : int or None
        Length of each dimension, None for any.

    Returns
    -------
    type
        Annotated ndarray. In Python, the field takes arrays of the same type whose shape fits; in files it is a map of
        type, shape and bytes, which is checked when it is read.
    """
    return any_array((dtype,), *shape)


def any_array(dtypes: Iterable[Any], *shape: int | None) -> Any:
    """Type of a record's field that is an array of one of several types; see `array`."""
    known = [np.dtype(each) for each in dtypes]
    expected = " or ".join(str(_name(each)) for each in known)

    def check(value: Any) -> np.ndarray:
        result = _unpacked(value, known) if isinstance(value, dict) else value
        if not isinstance(result, np.ndarray) or result.dtype not in known:
            found = result.dtype if isinstance(result, np.ndarray) else type(result).__name__
            raise ValueError(f"expected an array of {expected}, got {found}")
        fits = result.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, result.shape, strict=True))
        if not fits:
            text = ", ".join("any" if n is None else str(n) for n in shape)
            raise ValueError(f"expected an array of shape ({text}), got {result.shape}")
        return result

    return Annotated[np.ndarray, PlainValidator(check), PlainSerializer(_packed)]


def _name(dtype: np.dtype[Any]) -> Any:
    """Portable description of a type: little-endian text, or a list of names and texts."""
    if dtype.names is None:
        return dtype.newbyteorder("<").str
    return [[name, _name(dtype[name])] for name in dtype.names]


def _packed(values: np.ndarray) -> dict[str, Any]:
    """The map of a file."""
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    data = little.tobytes()
    planes = np.frombuffer(data, np.uint8).reshape(-1, little.dtype.itemsize).T
    deflated = zlib.compress(planes.tobytes(), _LEVEL)
    shorter = len(deflated) < len(data)
    return {
        "dtype": _name(little.dtype), "shape": list(values.shape), "deflated": shorter,
        "data": deflated if shorter else data,
    }


def _unpacked(content: dict[str, Any], known: list[np.dtype[Any]]) -> np.ndarray:
    """The array of the map of a file; its size is known before anything is inflated."""
    if set(content) != _KEYS:
        raise ValueError(f"expected an array with {sorted(_KEYS)}, got {sorted(map(str, content))}")
    dtype = next((each for each in known if _name(each) == content["dtype"]), None)
    if dtype is None:
        raise ValueError(f"expected an array of {' or '.join(str(_name(each)) for each in known)}, "
                         f"got {content['dtype']!r}")
    shape, data = content["shape"], content["data"]
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"expected the shape of an array, got {shape!r}")
    if type(content["deflated"]) is not bool or not isinstance(data, bytes):
        raise ValueError("expected bytes, and whether they are deflated")
    size = math.prod(shape) * dtype.itemsize
    if content["deflated"]:
        data = _inflated(data, size)
    if len(data) != size:
        raise ValueError(f"expected {size} bytes for an array of shape {tuple(shape)}, got {len(data)}")
    if content["deflated"]:
        data = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, -1).T.tobytes()
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype).reshape(shape)


def _inflated(data: bytes, size: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        result = inflater.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError(f"the bytes of an array cannot be inflated: {error}") from error
    if inflater.unconsumed_tail or inflater.unused_data or not (inflater.eof or len(result) > size):
        raise ValueError(f"the bytes of an array do not inflate to {size} bytes")
    return result
