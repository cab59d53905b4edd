"""Recording of what is written as containers rather than as instructions."""

from __future__ import annotations

import base64
import io
import json
import logging
import pickle
from collections.abc import Iterable
from typing import Any

import numpy as np

from haldls.backend import Backend
from haldls.container import Container, Encodable, linear_number
from haldls.timer import TimerValue, is_condition
from lola.chip import Chip
from stadls.builder import PlaybackProgramBuilder

_log = logging.getLogger(__name__)

Entry = tuple[Any, Any]


def _copied(config: Any) -> Any:
    return config.copy() if isinstance(config, Encodable) else config


class DumperDone:
    """A finished recording: pairs of coordinate and container (or condition), in order."""

    def __init__(self, values: Iterable[Entry] = ()) -> None:
        self._values: list[Entry] = []
        self.values = list(values)

    @property
    def values(self) -> list[Entry]:
        """Copies of all entries."""
        return [(coordinate, _copied(config)) for coordinate, config in self._values]

    @values.setter
    def values(self, values: Iterable[Entry]) -> None:
        entries = []
        for coordinate, config in values:
            if not (isinstance(config, Encodable) or is_condition(config)):
                raise TypeError(f"entries are pairs of coordinate and container, got {config!r}")
            entries.append((coordinate, _copied(config)))
        self._values = entries

    def tolist(self) -> list[Entry]:
        """Copies of all entries."""
        return self.values

    def remove_block_until(self) -> None:
        """Drop all conditions."""
        self._values = [entry for entry in self._values if not is_condition(entry[1])]

    def squash(self) -> None:
        """Sort by coordinate and keep only the latest entry of each. Types come in the order of their latest write."""
        latest: dict[Any, Any] = {}
        for coordinate, config in self._values:
            latest.pop(coordinate, None)
            latest[coordinate] = config
        order: dict[type, int] = {}
        for coordinate in latest:
            order.setdefault(type(coordinate), len(order))
        keys = sorted(latest, key=lambda c: (order[type(c)], c))
        self._values = [(coordinate, latest[coordinate]) for coordinate in keys]

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, DumperDone) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return "".join(f"{coordinate!r} {config!r}\n" for coordinate, config in self._values)

    def __repr__(self) -> str:
        return f"DumperDone({len(self)} entries)"

    def __reduce__(self) -> tuple[Any, ...]:
        return DumperDone, (self._values,)


class PlaybackProgramBuilderDumper:
    """Takes the calls of a `PlaybackProgramBuilder` and stores containers instead of instructions. No reads."""

    def __init__(self) -> None:
        self._values: list[Entry] = []

    def write(self, coordinate: Any, config: Any, *options: Any) -> None:
        """Store a container. A back end or a reference is ignored: the whole container is stored."""
        if not isinstance(config, Container):
            raise TypeError(f"write() takes a container, got {config!r}")
        linear_number(type(config), coordinate)
        PlaybackProgramBuilder._options(options)
        self._values.append((coordinate, _copied(config)))

    def block_until(self, coordinate: Any, condition: Any) -> None:
        """Store a condition."""
        if isinstance(condition, (int, np.integer)) and type(coordinate) is TimerValue.coordinate_type:
            condition = TimerValue(condition)
        if not is_condition(condition):
            raise TypeError(f"block_until() takes Timer.Value, Barrier or PollingOmnibusBlock, got {condition!r}")
        self._values.append((coordinate, _copied(condition)))

    def read(self, coordinate: Any, backend: Backend | None = None) -> Any:
        raise RuntimeError("a dumper stores what is written, it cannot read")

    def merge_back(self, other: PlaybackProgramBuilderDumper) -> None:
        """Append another recording, which is empty afterwards."""
        if other is self:
            raise RuntimeError("a dumper cannot be merged with itself")
        self._values += other._values
        other._values = []

    def copy_back(self, other: PlaybackProgramBuilderDumper) -> None:
        """Append a copy of another recording."""
        self._values += [(coordinate, _copied(config)) for coordinate, config in other._values]

    def done(self) -> DumperDone:
        """The recording; the dumper is empty afterwards."""
        done = DumperDone()
        done._values, self._values = self._values, []
        return done

    def empty(self) -> bool:
        """Whether nothing is stored."""
        return not self._values

    def is_write_only(self) -> bool:
        """Always true."""
        return True

    def size_to_fpga(self) -> int:
        raise RuntimeError("a dumper holds no instructions")

    def size_from_fpga(self) -> int:
        raise RuntimeError("a dumper holds no instructions")

    def __eq__(self, other: object) -> bool:
        return self._values == other._values if isinstance(other, PlaybackProgramBuilderDumper) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return "".join(f"{coordinate!r} {config!r}\n" for coordinate, config in self._values)

    def __repr__(self) -> str:
        return "PlaybackProgramBuilderDumper()"

    def __getstate__(self) -> list[Entry]:
        return self._values

    def __setstate__(self, values: list[Entry]) -> None:
        self._values = values


def convert_to_builder(dumper: PlaybackProgramBuilderDumper | DumperDone) -> PlaybackProgramBuilder:
    """Builder with everything that was recorded; a dumper is empty afterwards."""
    done = dumper.done() if isinstance(dumper, PlaybackProgramBuilderDumper) else dumper
    builder = PlaybackProgramBuilder()
    for coordinate, config in done._values:
        if is_condition(config):
            builder.block_until(coordinate, config)
        else:
            builder.write(coordinate, config)
    return builder


def convert_to_dumper(done: DumperDone) -> PlaybackProgramBuilderDumper:
    """Dumper that holds a recording."""
    dumper = PlaybackProgramBuilderDumper()
    dumper._values = done.values
    return dumper


def convert_to_chip(done: DumperDone, previous: Chip | None = None) -> Chip:
    """Chip configuration that a recording leaves behind.

    Parameters
    ----------
    done : DumperDone
        Recording; what does not go over the Omnibus is ignored.
    previous : Chip, optional
        State before, default a default-constructed chip.
    """
    words = (previous or Chip())._encode(0)
    addresses = Chip._write_addresses(0, Backend.Omnibus)
    order = np.argsort(addresses)
    table = addresses[order]
    missed = 0
    for coordinate, config in done._values:
        if is_condition(config) or Backend.Omnibus not in type(config).back_ends:
            continue
        missed += _apply(words, table, order, coordinate, config)
    if missed:
        _log.warning("%d words were written to registers that are not part of a Chip", missed)
    return Chip._decode(0, words)


def _apply(words: np.ndarray, table: np.ndarray, order: np.ndarray, coordinate: Any, config: Any) -> int:
    """Write a container into the words of a chip; the number of words that have no place there."""
    number = linear_number(type(config), coordinate)
    targets = config._write_addresses(number, Backend.Omnibus)
    new = config._encode(number).astype(np.uint32)
    position = np.minimum(np.searchsorted(table, targets), len(table) - 1)
    known = table[position] == targets
    place = order[position[known]]
    enables = config._byte_enables(number)
    if enables is None:
        words[place] = new[known]
    else:
        bytes_ = (enables[known][:, None] >> np.arange(4) & 1).astype(np.uint32) * np.uint32(0xFF)
        mask = (bytes_ << (8 * np.arange(4, dtype=np.uint32))).sum(axis=1, dtype=np.uint32)
        words[place] = words[place] & ~mask | new[known] & mask
    return int(np.count_nonzero(~known))


# -- serialisation ---------------------------------------------------------------------------------------------

_MODULES = ("halco", "haldls", "lola")
_MAGIC = b"BSS2DMP1"


class _Unpickler(pickle.Unpickler):
    """Loads coordinates and containers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] in _MODULES or module == "stadls.dumper":
            return super().find_class(module, name)
        raise ValueError(f"the data names {module}.{name}, which is neither coordinate nor container")


def to_portablebinary(dump: DumperDone | PlaybackProgramBuilderDumper) -> bytes:
    """A recording as bytes."""
    return _MAGIC + pickle.dumps(dump._values, protocol=4)


def from_portablebinary(dump: DumperDone | PlaybackProgramBuilderDumper, data: bytes) -> None:
    """Load bytes of `to_portablebinary` in place.

    Raises
    ------
    ValueError
        The data are something else.
    """
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError("not a recording: the data does not begin with the magic number")
    try:
        values = _Unpickler(io.BytesIO(data[len(_MAGIC) :])).load()
    except ValueError:
        raise
    except Exception as error:  # pickle raises almost anything on damaged data
        raise ValueError(f"damaged recording: {error}") from error
    try:
        dump._values = DumperDone(values)._values
    except (TypeError, ValueError) as error:
        raise ValueError(f"damaged recording: {error}") from error


def to_json(dump: DumperDone | PlaybackProgramBuilderDumper) -> str:
    """A recording as JSON: the text of every entry for the reader, and the data."""
    lines = [f"{coordinate!r} {config!r}" for coordinate, config in dump._values]
    return json.dumps({"entries": lines, "data": base64.b64encode(to_portablebinary(dump)).decode()})


def from_json(dump: DumperDone | PlaybackProgramBuilderDumper, text: str) -> None:
    """Load the text of `to_json` in place."""
    try:
        data = base64.b64decode(json.loads(text)["data"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not the JSON form of a recording: {error}") from error
    from_portablebinary(dump, data)
