"""Functions of events on their way to the chip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from grenade.signal_flow.data import TimedBatch
from grenade.signal_flow.transformations.arguments import checked_arguments
from grenade.signal_flow.types import ConnectionType, Port
from grenade.signal_flow.vertices.transformation import Function

_LABELS = 1 << 16


class SpikePacking(Function):
    """Neighbouring events with equal times as packs of two.

    Labels and times stay as they are: a pack is no more than two events that are sent together, see `pack_sizes`.
    """

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.TimedSpikeToChipSequence),)

    def output(self) -> Port:
        return Port(1, ConnectionType.TimedSpikeToChipSequence)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        (events,) = checked_arguments(self, values)
        return events

    @staticmethod
    def pack_sizes(events: TimedBatch) -> np.ndarray:
        """(packs,) int64: number of events, 1 or 2, of each pack, in the order of the events."""
        n = len(events)
        if not n:
            return np.zeros(0, np.int64)
        begins = np.zeros(n + 1, bool)
        begins[events.offsets] = True
        begins[1:-1] |= events.times[1:] != events.times[:-1]
        starts = np.flatnonzero(begins)
        lengths = np.diff(starts)
        # A run of equal times is as many pairs as possible, and a single event behind them if their number is odd.
        packs = (lengths + 1) // 2
        sizes = np.full(packs.sum(), 2, np.int64)
        sizes[(np.cumsum(packs) - 1)[lengths % 2 == 1]] = 1
        return sizes


class ExternalSourceMerger(Function):
    """Events from the host together with spikes of other execution instances, which get other labels and are delayed.

    The first argument are the events from the host, the others are spikes from the chip.

    Parameters
    ----------
    translations : sequence of (n, 3) int arrays
        For each argument but the first a table: label of a spike, label that it becomes, delay in FPGA cycles (8 ns).
        A label may occur several times, then a spike becomes several events; spikes of other labels are dropped.

    Raises
    ------
    ValueError
        A table has another shape, or a label or delay is out of range.
    """

    def __init__(self, translations: Sequence[ArrayLike] = ()) -> None:
        self.translations = tuple(_checked_table(number, each) for number, each in enumerate(translations))

    def inputs(self) -> tuple[Port, ...]:
        from_chip = Port(1, ConnectionType.TimedSpikeFromChipSequence)
        return (Port(1, ConnectionType.TimedSpikeToChipSequence), *(from_chip for _ in self.translations))

    def output(self) -> Port:
        return Port(1, ConnectionType.TimedSpikeToChipSequence)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        external, *recorded = checked_arguments(self, values)
        parts = [(external.entries(), external.times, external.values)]
        parts += [_translated(each, table) for each, table in zip(recorded, self.translations, strict=True)]
        entries, times, labels = (np.concatenate(each) for each in zip(*parts, strict=True))
        return TimedBatch.from_events(entries, times, labels, external.batch_size())

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ExternalSourceMerger)
            and len(other.translations) == len(self.translations)
            and all(map(np.array_equal, self.translations, other.translations))
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ExternalSourceMerger({', '.join(f'{len(each)} translations' for each in self.translations)})"


def _checked_table(number: int, table: ArrayLike) -> np.ndarray:
    given = np.asarray(table)
    if given.size == 0:
        given = np.zeros((0, 3), np.int64)
    what = f"ExternalSourceMerger: translation {number}"
    if given.ndim != 2 or given.shape[1] != 3 or given.dtype.kind not in "iu":
        raise ValueError(f"{what} is {given.dtype} of shape {given.shape}, expected integers of shape (n, 3)")
    if given.size and (given[:, :2].min() < 0 or given[:, :2].max() >= _LABELS):
        raise ValueError(f"{what} has labels {given[:, :2].min()} to {given[:, :2].max()}, expected 0 to {_LABELS - 1}")
    if given.size and given[:, 2].min() < 0:
        raise ValueError(f"{what} has delay {given[:, 2].min()}, expected at least 0")
    checked = given[np.argsort(given[:, 0], kind="stable")].astype(np.int64)
    checked.setflags(write=False)
    return checked


def _translated(spikes: TimedBatch, table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries, times and labels of the events that spikes become."""
    counts_of_label = np.bincount(table[:, 0], minlength=_LABELS)
    first_of_label = np.cumsum(counts_of_label) - counts_of_label
    counts = counts_of_label[spikes.values]
    spike = np.repeat(np.arange(len(spikes)), counts)
    number = np.arange(spike.size) - np.repeat(np.cumsum(counts) - counts, counts)
    row = first_of_label[spikes.values[spike]] + number
    return spikes.entries()[spike], spikes.times[spike] + table[row, 2], table[row, 1].astype(np.uint16)
