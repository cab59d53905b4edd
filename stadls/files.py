"""Program files: instruction words and results in a msgpack body behind a checked header.

Layout, little-endian: 8 bytes magic, uint16 format version, uint64 length of the body, 32 bytes SHA-256 over magic,
version, length and body, then the body.
"""

from __future__ import annotations

import hashlib
import struct
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from haldls.backend import Target
from stadls.program import PlaybackProgram
from stadls.words import PaddingError, WordError, disassemble

MAGIC = b"\x89BSS2PB\n"
"""First bytes of every program file; the first one keeps text tools away, the last one shows line-end conversion."""

FORMAT_VERSION = 1
_HEADER = struct.Struct("<8sHQ")
_DIGEST_SIZE = 32


class ProgramFileError(ValueError):
    """A file is not a usable program file; the text says why."""


class ForeignFileError(ProgramFileError):
    """The file is something else."""


class FutureVersionError(ProgramFileError):
    """The file was written by a newer version of this package."""


class TruncatedFileError(ProgramFileError):
    """The end of the file is missing."""


class CorruptFileError(ProgramFileError):
    """The contents do not match the checksum, or make no program."""


def save(program: PlaybackProgram, path: str | PathLike[str]) -> None:
    """Write a program, with its results if it was executed.

    Parameters
    ----------
    program : PlaybackProgram
        The program.
    path : path-like
        File to write; an existing one is replaced.
    """
    Path(path).write_bytes(to_bytes(program))


def load(path: str | PathLike[str]) -> PlaybackProgram:
    """Read a program.

    Raises
    ------
    ProgramFileError
        Foreign, truncated, damaged or newer files; the subclass and the text say which.
    OSError
        The file cannot be read.
    """
    try:
        return from_bytes(Path(path).read_bytes())
    except ProgramFileError as error:
        raise type(error)(f"{path}: {error}") from error


def to_bytes(program: PlaybackProgram) -> bytes:
    """Contents of the program file of a program."""
    import msgpack  # an import that most programs do not need

    body = msgpack.packb({
        "to_fpga": program.to_fpga.astype("<u8").tobytes(),
        "from_fpga": program.from_fpga.astype("<u8").tobytes(),
        "expected": list(program._expected),
        "unsupported_targets": sorted(program.unsupported_targets),
    })
    header = _HEADER.pack(MAGIC, FORMAT_VERSION, len(body))
    return header + hashlib.sha256(header + body).digest() + body


def from_bytes(data: bytes) -> PlaybackProgram:
    """Program from the contents of a program file."""
    body = _checked_body(data)
    import msgpack

    try:
        content = msgpack.unpackb(body)
        return _program(content)
    except ProgramFileError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, msgpack.UnpackException) as error:
        raise CorruptFileError(f"the checksum is right, but the contents make no program: {error}") from error


def _checked_body(data: bytes) -> bytes:
    if data[: len(MAGIC)] != MAGIC[: len(data)] or not data:
        raise ForeignFileError(f"not a program file: it begins with {data[: len(MAGIC)]!r} instead of {MAGIC!r}")
    if len(data) < _HEADER.size + _DIGEST_SIZE:
        raise TruncatedFileError(f"truncated: {len(data)} bytes are shorter than the header")
    _, version, length = _HEADER.unpack_from(data)
    digest, body = data[_HEADER.size : _HEADER.size + _DIGEST_SIZE], data[_HEADER.size + _DIGEST_SIZE :]
    intact = hashlib.sha256(data[: _HEADER.size] + body).digest() == digest
    if version > FORMAT_VERSION and (intact or length == len(body)):
        raise FutureVersionError(
            f"format version {version} is newer than {FORMAT_VERSION}, the newest one that this package reads"
        )
    if len(body) < length:
        raise TruncatedFileError(f"truncated: {len(body)} of {length} bytes of the body are there")
    if len(body) > length:
        raise CorruptFileError(f"damaged: {len(body) - length} bytes follow the end of the body")
    if not intact:
        raise CorruptFileError("damaged: the checksum does not match the contents")
    if version != FORMAT_VERSION:
        raise CorruptFileError(f"damaged: there is no format version {version}")
    return body


def _program(content: dict[str, Any]) -> PlaybackProgram:
    words = np.frombuffer(content["to_fpga"], dtype="<u8").astype(np.uint64)
    try:
        disassemble(words)
    except (WordError, PaddingError) as error:
        raise CorruptFileError(f"the file holds words that are no instructions: {error}") from error
    expected = tuple(int(count) for count in content["expected"])
    if len(expected) != 3 or min(expected) < 0:
        raise CorruptFileError(f"the file announces {expected} answers")
    targets = frozenset(Target(name) for name in content["unsupported_targets"])
    program = PlaybackProgram(words, None, expected, targets)  # type: ignore[arg-type]
    responses = np.frombuffer(content["from_fpga"], dtype="<u8").astype(np.uint64)
    if len(responses):
        program.from_fpga = responses
    return program
