"""Trace of the register accesses of a board, outside the instruction stream."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chipsim.log import Log
from haldls.backend import OMNIBUS_LIKE
from stadls.address_map import find_registers
from stadls.disassembly import fields_text, register_text

if TYPE_CHECKING:
    from chipsim.board import Board

Array = np.ndarray[Any, np.dtype[Any]]

CYCLE_US = 0.008
"""FPGA cycle."""
_ALL_BYTES = 0xF
_ALL = range(1 << 32)

ACCESS_TYPE = np.dtype([
    ("time_us", np.float64), ("address", np.uint32), ("word", np.uint32), ("write", np.bool_), ("origin", np.uint8),
    ("enables", np.uint8), ("answered", np.bool_),
])
"""An access: FPGA time since power-up, word address, word read or written, `Origin`, byte enables, whether a register
answered."""


class Origin(IntEnum):
    """Where an access comes from."""

    OMNIBUS = 0
    JTAG = 1
    POLL = 2
    PPU_TOP = 3
    PPU_BOTTOM = 4


class OmnibusTrace(Log):
    """Register accesses, in order of time.

    Made by `Chip.trace_omnibus`. It records from then on while programs run, until `stop` or the end of a `with` block,
    and does not disturb them. When it is full, the oldest accesses are lost. Accesses are recorded when the FPGA makes
    them; the chip sees them one latency of the link later. Those of the PPUs have the time at which an access of the
    FPGA would get there together with them; their vector accesses are not recorded.

    Attributes
    ----------
    limit : int
        Most accesses that are kept.
    """

    noun, items = "trace", "accesses"

    def __init__(self, board: Board, what: tuple[Any, ...], reads: bool, writes: bool, limit: int) -> None:
        super().__init__(board.tap, limit, *_ranges(what or (_ALL,)), reads, writes)

    @property
    def accesses(self) -> Array:
        """All accesses, `ACCESS_TYPE`, shape (n,)."""
        records = self._recorder.records()
        accesses = np.empty(len(records), dtype=ACCESS_TYPE)
        for name in ACCESS_TYPE.names or ():
            accesses[name] = CYCLE_US * records["cycle"] if name == "time_us" else records[name]
        return accesses

    def _lines(self) -> Iterator[str]:
        """A line of text per access: time, origin, register with its coordinate, word, fields not at their default."""
        accesses = self.accesses
        registers = find_registers(accesses["address"])
        for i, access in enumerate(accesses.tolist()):
            time_us, address, word, write, origin, enables, answered = access
            verb = "write" if write else "read "
            where = f"{time_us:>14.3f} us  {Origin(origin).name.lower():<7} {verb}"
            register = register_text(registers, i, address)
            if not answered:
                value = f"{word:#010x}, no answer" if write else "no answer"
            else:
                only = "" if enables == _ALL_BYTES else f" bytes {enables:04b}"
                value = f"{word:#010x}{only}{fields_text(registers, i, word)}"
            yield f"{where} {register}  {value}"

    def save(self, path: str | Path) -> None:
        """Write the accesses: `.npz` (array `accesses`), or the text of `lines` for any other ending."""
        path = Path(path)
        if path.suffix == ".npz":
            np.savez_compressed(path, accesses=self.accesses)
        else:
            path.write_text("".join(f"{line}\n" for line in self.lines()), encoding="utf-8")


def _ranges(what: tuple[Any, ...]) -> tuple[Array, Array]:
    """First addresses and addresses behind the last ones of what is named, joined, ascending."""
    spans = np.concatenate([_spans(item) for item in what])
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    ends = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] > ends[:-1]])
    last = np.concatenate([first[1:], [True]])
    return spans[first, 0], ends[last]


def _spans(item: Any) -> Array:
    """Address ranges of a container type, or of a range of addresses, (n, 2)."""
    if isinstance(item, range) and item.step == 1 and len(item):
        if not 0 <= item.start < item.stop <= _ALL.stop:
            raise ValueError(f"{item!r} leaves the address space of 32 bits")
        return np.array([[item.start, item.stop]], dtype=np.int64)
    backend = next((b for b in getattr(item, "back_ends", ()) if b in OMNIBUS_LIKE), None)
    if backend is None or not isinstance(item, type):
        raise ValueError(f"{item!r} is neither a range of addresses nor a container type of the Omnibus")
    kind: Any = item
    count = max(kind._write, kind._read)
    addresses = kind._addresses(np.arange(kind.coordinate_type.size), backend)[:, :count]
    addresses = np.unique(addresses).astype(np.int64)
    return np.stack([addresses, addresses + 1], axis=1)
