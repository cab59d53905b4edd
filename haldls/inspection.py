"""What a container becomes: addresses, words, and back."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

import halco
from haldls.arrays import Columns
from haldls.backend import OMNIBUS_LIKE, Backend
from haldls.container import Container, address_list, linear_number
from haldls.errors import AccessError, DecodeError

C = TypeVar("C", bound=Container)


def _backend(backend: Backend | str | None) -> Backend | None:
    if backend is None or isinstance(backend, Backend):
        return backend
    try:
        return Backend[backend]
    except KeyError:
        raise ValueError(f"unknown back end {backend!r}, expected one of {', '.join(Backend.__members__)}") from None


def _words_dtype(container_type: type[Container]) -> Any:
    return np.uint32 if container_type._word_bits <= 32 else np.uint64


def encode(
    container: Container | Columns, coordinate: Any, backend: Backend | str | None = None
) -> tuple[Any, np.ndarray]:
    """Addresses and words that writing a container sends.

    Parameters
    ----------
    container : Container or Columns
        One container, or many of one type.
    coordinate : coordinate, or sequence of coordinates or ndarray of their linear numbers
        Where it is written to; for `Columns` one for each container.
    backend : Backend or str, optional
        Default is the first back end of the type; so is one that the type does not support.

    Returns
    -------
    addresses : ndarray of uint32, or list of coordinates
        Word addresses for the Omnibus back ends, register coordinates for the others; shape (n, words) for
        `Columns`. Empty for containers that cannot be written.
    words : ndarray of uint32
        One word per address; uint64 for `SpikePack3ToChip`, whose word has 48 bits.

    Raises
    ------
    AccessError
        The coordinate does not address the container.
    """
    if isinstance(container, Columns):
        return _encode_columns(container, coordinate, backend)
    kind = type(container)
    number = linear_number(kind, coordinate)
    chosen = kind._backend(_backend(backend))
    addresses = container._write_addresses(number, chosen)
    words = container._encode(number)
    return address_list(addresses, chosen), words.astype(_words_dtype(kind), copy=False)


def _encode_columns(columns: Columns, coordinates: Any, backend: Backend | str | None) -> tuple[Any, np.ndarray]:
    kind = columns._type
    numbers = coordinates if isinstance(coordinates, np.ndarray) else halco.to_enums(coordinates)
    if len(numbers) != len(columns):
        raise AccessError(f"{len(columns)} containers of {kind.__name__}, but {len(numbers)} coordinates")
    wrong = (numbers < 0) | (numbers >= kind.coordinate_type.size)
    if wrong.any():
        raise AccessError(f"no {kind.coordinate_type.__name__} has the linear number {numbers[wrong][0]}")
    chosen = kind._backend(_backend(backend))
    if chosen not in OMNIBUS_LIKE:
        raise AccessError(f"{kind.__name__}: columns are encoded for the Omnibus back ends only, not {chosen.name}")
    addresses = kind._addresses(numbers, chosen)[:, : kind._write].astype(np.uint32)
    words = columns.images[:, : kind._write]
    return addresses, words.copy() if kind._driven is None else words & kind._driven[: kind._write]


def read_addresses(container_type: type[Container], coordinate: Any, backend: Backend | str | None = None) -> Any:
    """Addresses that a read of the container asks for, in the order of the answers.

    Returns
    -------
    ndarray of uint32, or list of coordinates
        Empty for containers that cannot be read, also over the back end.
    """
    number = linear_number(container_type, coordinate)
    try:
        chosen = container_type._backend(_backend(backend), reading=True)
    except AccessError:
        return []
    return address_list(container_type._read_addresses(number, chosen), chosen)


def decode(container_type: type[C], coordinate: Any, words: Any) -> C:
    """Container from the words of its registers.

    Parameters
    ----------
    container_type : type
        Container type.
    coordinate : coordinate
        Where the words were read.
    words : array_like of uint32
        As many as the type reads, in the order of `read_addresses`.

    Raises
    ------
    AccessError
        Wrong coordinate type or number of words.
    DecodeError
        A field holds a bit pattern that has no value.
    """
    number = linear_number(container_type, coordinate)
    words = np.asarray(words)
    if words.ndim != 1 or not (words.dtype == np.uint32 or np.issubdtype(words.dtype, np.integer)):
        raise AccessError(f"words of {container_type.__name__} are a one-dimensional uint32 array")
    if len(words) and (int(words.min()) < 0 or int(words.max()) > 0xFFFFFFFF):
        raise DecodeError(f"{container_type.__name__}: a word does not fit 32 bits")
    expected = container_type._read_count(number)
    if len(words) != expected:
        raise AccessError(f"{container_type.__name__} is decoded from {expected} words, got {len(words)}")
    return container_type._decode(number, words.astype(np.uint32))


def columns(container_type: type[Container], images: Any) -> Columns:
    """Fields of many containers as arrays; see `Columns`."""
    return Columns(container_type, images)


def describe(container_type: type[Container]) -> str:
    """Table of the registers of a leaf container: one line per field with word, bits, type, default and meaning."""
    lines = [f"{container_type.__name__} at {container_type.coordinate_type.__name__}"]
    lines.append(f"  back ends: {', '.join(b.name for b in container_type.back_ends)}")
    for name in container_type._names:
        field = container_type._fields.get(name)
        if field is None or field.location is None:
            lines.append(f"  {name}")
            continue
        places = _places(field.location)
        codec = f", {field.location.codec.name}" if field.location.codec is not None else ""
        lines.append(f"  {name}: {field.type.expected()}, {places}{codec}: {field.__doc__}")
    return "\n".join(lines)


def _places(location: Any) -> str:
    texts = []
    for p in location.pieces:
        width = int(p.mask).bit_length()
        word, lsb = (np.ravel(p.word)[0], np.ravel(p.lsb)[0])
        more = " ..." if np.size(p.word) > 1 else ""
        texts.append(f"word {word} [{lsb + width - 1}:{lsb}]{more}")
    return " + ".join(texts)
