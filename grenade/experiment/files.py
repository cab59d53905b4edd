"""Experiment files: a network, an experiment or its result in a msgpack body behind a checked header.

The body is a map of `kind`, which says what the file holds, and `content`, which are the fields of its record. Arrays
are maps of type, shape and bytes. Every field is checked when a file is read, and unknown ones are refused; nothing in
a file is executed.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import msgpack
from pydantic import ValidationError

from grenade.experiment.experiment import Experiment
from grenade.experiment.experiment_record import ExperimentRecord
from grenade.experiment.network_record import NetworkRecord
from grenade.experiment.record import Record
from grenade.experiment.result import Result
from grenade.experiment.result_record import ResultRecord
from grenade.network.network import Network
from stadls.checked_file import CheckedFileError, CorruptFileError, FileFormat, ForeignFileError, read

FORMAT = FileFormat("experiment file", b"\x89BSS2EX\n", 1)
"""Header of every experiment file."""

_RECORDS: dict[str, type[Record]] = {
    "network": NetworkRecord, "experiment": ExperimentRecord, "result": ResultRecord,
}
_KIND_OF = {Network: "network", Experiment: "experiment", Result: "result"}


def save(thing: Network | Experiment | Result, path: str | PathLike[str]) -> None:
    """Write a network, an experiment or a result.

    Parameters
    ----------
    thing : Network, Experiment or Result
        What is written.
    path : path-like
        File to write; an existing one is replaced.

    Raises
    ------
    ExperimentError
        The parts of an experiment do not fit each other.
    """
    Path(path).write_bytes(to_bytes(thing))


def load(path: str | PathLike[str]) -> Network | Experiment | Result:
    """Read what is in a file.

    Raises
    ------
    CheckedFileError
        Foreign, truncated, damaged or newer files, or contents that violate a rule; the subclass and the text say
        which.
    OSError
        The file cannot be read.
    """
    return read(path, from_bytes)


def load_network(path: str | PathLike[str]) -> Network:
    """Read the network of a file of any kind; errors as for `load`."""
    thing = load(path)
    if isinstance(thing, Result):
        thing = thing.experiment
    return thing.network if isinstance(thing, Experiment) else thing


def load_experiment(path: str | PathLike[str]) -> Experiment:
    """Read the experiment of a file that holds one, or its result; errors as for `load`."""
    thing = load(path)
    if isinstance(thing, Network):
        raise ForeignFileError(f"{path}: the file holds a network, expected an experiment")
    return thing.experiment if isinstance(thing, Result) else thing


def load_result(path: str | PathLike[str]) -> Result:
    """Read a result; errors as for `load`."""
    thing = load(path)
    if not isinstance(thing, Result):
        raise ForeignFileError(f"{path}: the file holds a {_KIND_OF[type(thing)]}, expected a result")
    return thing


def to_bytes(thing: Network | Experiment | Result) -> bytes:
    """Contents of a file."""
    if type(thing) not in _KIND_OF:
        raise TypeError(f"expected a Network, an Experiment or a Result, got a {type(thing).__name__}")
    kind = _KIND_OF[type(thing)]
    record: Any = _RECORDS[kind]
    return FORMAT.pack(msgpack.packb({"kind": kind, "content": record.of(thing).model_dump()}))


def from_bytes(data: bytes) -> Network | Experiment | Result:
    """What a file with these contents holds; errors as for `load`, without OSError."""
    body = FORMAT.unpack(data)
    try:
        return _thing(msgpack.unpackb(body))
    except CheckedFileError:
        raise
    except ValidationError as error:
        raise CorruptFileError(f"the checksum is right, but {_text(error)}") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError, msgpack.UnpackException) as error:
        raise CorruptFileError(f"the checksum is right, but the contents make no sense: {error}") from error


def _thing(content: Any) -> Any:
    if not isinstance(content, dict) or set(content) != {"kind", "content"}:
        raise CorruptFileError("the checksum is right, but there is no kind and content")
    record: Any = _RECORDS.get(content["kind"]) if isinstance(content["kind"], str) else None
    if record is None:
        raise CorruptFileError(f"the checksum is right, but there are no files of kind {content['kind']!r}")
    return getattr(record.model_validate(content["content"]), content["kind"])()


def _text(error: ValidationError) -> str:
    """The first complaint, with its place in the file."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"])) or error.title
    more = "" if error.error_count() == 1 else f" (and {error.error_count() - 1} more)"
    return f"{place}: {first['msg']}{more}"
