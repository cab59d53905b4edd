"""Files that say what they are: a body behind magic number, format version, length and checksum.

Layout, little-endian: 8 bytes magic, uint16 format version, uint64 length of the body, 32 bytes SHA-256 over magic,
version, length and body, then the body.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TypeVar

_HEADER = struct.Struct("<8sHQ")
_DIGEST_SIZE = 32

T = TypeVar("T")


class CheckedFileError(ValueError):
    """A file is not usable; the text says why."""


class ForeignFileError(CheckedFileError):
    """The file is something else."""


class FutureVersionError(CheckedFileError):
    """The file was written by a newer version of this package."""


class TruncatedFileError(CheckedFileError):
    """The end of the file is missing."""


class CorruptFileError(CheckedFileError):
    """The contents do not match the checksum, or make no sense."""


@dataclass(frozen=True)
class FileFormat:
    """One kind of file.

    Parameters
    ----------
    name : str
        What a file of the kind is called in messages, e.g. "program file".
    magic : bytes
        First 8 bytes. A first byte above 127 keeps text tools away, a line feed at the end shows line-end conversion.
    version : int
        Version that is written; others are refused.
    """

    name: str
    magic: bytes
    version: int

    def pack(self, body: bytes) -> bytes:
        """Contents of the file with the given body."""
        header = _HEADER.pack(self.magic, self.version, len(body))
        return header + hashlib.sha256(header + body).digest() + body

    def unpack(self, data: bytes) -> bytes:
        """Body of a file with the given contents.

        Raises
        ------
        CheckedFileError
            Foreign, truncated, damaged or newer data; the subclass and the text say which.
        """
        magic = self.magic
        if data[: len(magic)] != magic[: len(data)] or not data:
            article = "an" if self.name[0] in "aeiou" else "a"
            raise ForeignFileError(
                f"not {article} {self.name}: it begins with {data[: len(magic)]!r} instead of {magic!r}"
            )
        if len(data) < _HEADER.size + _DIGEST_SIZE:
            raise TruncatedFileError(f"truncated: {len(data)} bytes are shorter than the header")
        _, version, length = _HEADER.unpack_from(data)
        digest, body = data[_HEADER.size : _HEADER.size + _DIGEST_SIZE], data[_HEADER.size + _DIGEST_SIZE :]
        intact = hashlib.sha256(data[: _HEADER.size] + body).digest() == digest
        if version > self.version and (intact or length == len(body)):
            raise FutureVersionError(
                f"format version {version} is newer than {self.version}, the newest one that this package reads"
            )
        if len(body) < length:
            raise TruncatedFileError(f"truncated: {len(body)} of {length} bytes of the body are there")
        if len(body) > length:
            raise CorruptFileError(f"damaged: {len(body) - length} bytes follow the end of the body")
        if not intact:
            raise CorruptFileError("damaged: the checksum does not match the contents")
        if version != self.version:
            raise CorruptFileError(f"damaged: there is no format version {version}")
        return body


def read(path: str | PathLike[str], parse: Callable[[bytes], T]) -> T:
    """What `parse` makes of the contents of a file; its messages get the path in front.

    Raises
    ------
    CheckedFileError
        As raised by `parse`.
    OSError
        The file cannot be read.
    """
    try:
        return parse(Path(path).read_bytes())
    except CheckedFileError as error:
        raise type(error)(f"{path}: {error}") from error
