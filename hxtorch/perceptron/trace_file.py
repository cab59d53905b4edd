"""Files with the sequence of operations of an inference, in a msgpack body behind a checked header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from grenade.compute import MAC, Addition, ArgMax, ConvertingReLU, Operation, ReLU
from stadls.checked_file import CheckedFileError, CorruptFileError, FileFormat, read

FORMAT = FileFormat("inference trace", b"\x89BSS2IT\n", 1)

NAMES: dict[type[Operation], str] = {
    MAC: "mac", ReLU: "relu", ConvertingReLU: "converting_relu", Addition: "add", ArgMax: "argmax",
}
"""Names of operations."""


def save(operations: Sequence[Operation], path: str | PathLike[str]) -> None:
    """Write operations; a file that is there is replaced."""
    Path(path).write_bytes(to_bytes(operations))


def load(path: str | PathLike[str]) -> list[Operation]:
    """Read operations.

    Raises
    ------
    CheckedFileError
        A foreign, truncated, damaged or newer file; the subclass and the text say which.
    OSError
        The file cannot be read.
    """
    return read(path, from_bytes)


def to_bytes(operations: Sequence[Operation]) -> bytes:
    """Contents of a file with operations."""
    return FORMAT.pack(msgpack.packb([_record(operation) for operation in operations]))


def from_bytes(data: bytes) -> list[Operation]:
    """Operations from the contents of a file; errors as for `load`."""
    body = FORMAT.unpack(data)
    try:
        return [_operation(record) for record in msgpack.unpackb(body)]
    except CheckedFileError:
        raise
    except (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError, msgpack.UnpackException) as error:
        raise CorruptFileError(f"damaged: {error}") from error


def _record(operation: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"name": NAMES[type(operation)]}
    if isinstance(operation, MAC):
        return record | {
            "weights": _packed(operation.weights), "num_sends": operation.num_sends,
            "wait_between_events": int(operation.wait_between_events),
        }
    if isinstance(operation, Addition):
        return record | {"other": _packed(operation.other)}
    if isinstance(operation, ConvertingReLU):
        record["shift"] = operation.shift
    return record | {"size": operation.input_size()}


_MAKERS: dict[str, Callable[..., Operation]] = {
    "mac": lambda weights, num_sends, wait_between_events: MAC(_unpacked(weights), num_sends, wait_between_events),
    "relu": ReLU,
    "converting_relu": ConvertingReLU,
    "add": lambda other: Addition(_unpacked(other)),
    "argmax": ArgMax,
}


def _operation(record: dict[str, Any]) -> Operation:
    values = dict(record)
    name = values.pop("name")
    if name not in _MAKERS:
        raise CorruptFileError(f"damaged: there is no operation {name!r}, expected one of {', '.join(_MAKERS)}")
    return _MAKERS[name](**values)


def _packed(array: np.ndarray) -> dict[str, Any]:
    return {"shape": list(array.shape), "values": array.tobytes()}


def _unpacked(record: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(record["values"], np.int8).reshape(record["shape"])
