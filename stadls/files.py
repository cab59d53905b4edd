"""Program files: instruction words and results in a msgpack body behind a checked header."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from haldls.backend import Target
from stadls.checked_file import (
    CheckedFileError,
    CorruptFileError,
    FileFormat,
    ForeignFileError,
    FutureVersionError,
    TruncatedFileError,
    read,
)
from stadls.program import PlaybackProgram
from stadls.words import PaddingError, WordError, disassemble

__all__ = [
    "FORMAT", "CorruptFileError", "ForeignFileError", "FutureVersionError", "ProgramFileError", "TruncatedFileError",
    "from_bytes", "load", "save", "to_bytes",
]

FORMAT = FileFormat("program file", b"\x89BSS2PB\n", 1)
"""Header of every program file."""

ProgramFileError = CheckedFileError
"""A file is not a usable program file; the text says why."""


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
    return read(path, from_bytes)


def to_bytes(program: PlaybackProgram) -> bytes:
    """Contents of the program file of a program."""
    import msgpack  # an import that most programs do not need

    return FORMAT.pack(msgpack.packb({
        "to_fpga": program.to_fpga.astype("<u8").tobytes(),
        "from_fpga": program.from_fpga.astype("<u8").tobytes(),
        "expected": list(program._expected),
        "unsupported_targets": sorted(program.unsupported_targets),
    }))


def from_bytes(data: bytes) -> PlaybackProgram:
    """Program from the contents of a program file."""
    body = FORMAT.unpack(data)
    import msgpack

    try:
        content = msgpack.unpackb(body)
        return _program(content)
    except ProgramFileError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, msgpack.UnpackException) as error:
        raise CorruptFileError(f"the checksum is right, but the contents make no program: {error}") from error


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
