"""Instructions of all entries of a batch, assembled together: what entries share is built once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stadls import PlaybackProgramBuilder
from stadls.words import Words

OMNIBUS, LOOPBACK = 0, 2


@dataclass(frozen=True)
class Answers:
    """Place of the answers to some reads among those of an entry.

    Attributes
    ----------
    first, last : tuple of int
        Index of the first answer, and the index behind the last one, for Omnibus, JTAG and loopback.
    """

    first: tuple[int, int, int]
    last: tuple[int, int, int]

    def of(self, queue: int) -> slice:
        return slice(self.first[queue], self.last[queue])


class _Piece(Protocol):
    def lengths(self, entries: range) -> np.ndarray: ...

    def put(self, words: Words, starts: list[int], entries: range) -> None: ...


class _Shared:
    """Instructions that are the same in all entries."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def lengths(self, entries: range) -> np.ndarray:
        return np.full(len(entries), len(self._words))

    def put(self, words: Words, starts: list[int], entries: range) -> None:
        own, size = self._words, len(self._words)
        for start in starts:
            words[start:start + size] = own


class _Own:
    """Instructions of each entry's own."""

    def __init__(self, words: Words, offsets: np.ndarray) -> None:
        self._words, self._offsets = words, offsets

    def lengths(self, entries: range) -> np.ndarray:
        return np.diff(self._offsets[entries.start:entries.stop + 1])

    def put(self, words: Words, starts: list[int], entries: range) -> None:
        own, offsets = self._words, self._offsets[entries.start:entries.stop + 1].tolist()
        for start, first, last in zip(starts, offsets, offsets[1:], strict=False):
            words[start:start + last - first] = own[first:last]


class EntryTemplate:
    """Instructions of the entries of a batch as a sequence of pieces.

    Parameters
    ----------
    batch_size : int
        Number of entries.

    Attributes
    ----------
    answers : tuple of int
        Answers to the reads of one entry: Omnibus, JTAG, loopback.
    """

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.answers = (0, 0, 0)
        self._pieces: list[_Piece] = []
        self._pending = PlaybackProgramBuilder()

    @property
    def builder(self) -> PlaybackProgramBuilder:
        """Builder of the piece at the end, which all entries share."""
        return self._pending

    def mark(self) -> tuple[int, int, int]:
        """Number of answers so far."""
        pending = self._pending.expected_answers()
        return (self.answers[0] + pending[0], self.answers[1] + pending[1], self.answers[2] + pending[2])

    def since(self, mark: tuple[int, int, int]) -> Answers:
        """Answers to the reads since a mark."""
        return Answers(mark, self.mark())

    def own(self, words: Words, offsets: np.ndarray) -> None:
        """Append instructions without reads of each entry's own.

        Parameters
        ----------
        words : (n,) uint64
            Instructions of all entries.
        offsets : (batch_size + 1,) integers
            Entry b has the instructions `offsets[b]` to `offsets[b + 1]`.
        """
        self.close()
        self._pieces.append(_Own(words, offsets))

    def close(self) -> None:
        """End the shared piece."""
        if not self._pending.empty():
            program = self._pending.done()
            counts = program.answer_counts
            self.answers = (self.answers[0] + counts[0], self.answers[1] + counts[1], self.answers[2] + counts[2])
            self._pieces.append(_Shared(program.to_fpga))

    def sizes(self) -> np.ndarray:
        """Number of instructions of each entry, (batch_size,)."""
        self.close()
        entries = range(self.batch_size)
        return sum((piece.lengths(entries) for piece in self._pieces), np.zeros(self.batch_size, np.int64))

    def assemble(self, entries: range) -> Words:
        """Instructions of some entries, one behind the other."""
        self.close()
        lengths = np.array([piece.lengths(entries) for piece in self._pieces], dtype=np.int64)
        ends = np.cumsum(lengths.T.ravel())
        starts = (ends - lengths.T.ravel()).reshape(len(entries), len(self._pieces)).T.tolist()
        words = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint64)
        for piece, begins in zip(self._pieces, starts, strict=True):
            piece.put(words, begins, entries)
        return words


def ranges_of(sizes: np.ndarray, limit: int, parts: int = 1) -> list[range]:
    """Split entries into consecutive ranges: about equally many in each of `parts`, and none larger than the limit.

    Parameters
    ----------
    sizes : (n,) integers
        Sizes of the entries.
    limit : int
        Most that the entries of a range may have together; an entry that is larger makes a range of its own.
    parts : int
        Least number of ranges, if there are as many entries.
    """
    borders = np.linspace(0, len(sizes), min(parts, len(sizes)) + 1).astype(int).tolist()
    result = []
    for first, last in zip(borders, borders[1:], strict=False):
        total = np.cumsum(sizes[first:last])
        while first < last:
            fits = int(np.searchsorted(total, limit, side="right"))
            stop = min(last, first + max(fits, 1))
            result.append(range(first, stop))
            total = total[stop - first:] - total[stop - first - 1]
            first = stop
    return result
