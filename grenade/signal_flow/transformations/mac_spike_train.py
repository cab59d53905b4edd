"""Activations of matrix multiplication as events."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

import numpy as np

from grenade.common import Time
from grenade.signal_flow.data import TimedBatch
from grenade.signal_flow.transformations.arguments import checked_arguments, checked_size
from grenade.signal_flow.types import ConnectionType, Port
from grenade.signal_flow.vertices.transformation import Function

_DRIVERS = 128
_PADI_BUSES = 4
_LARGEST_ACTIVATION = 31


def activation_labels(driver: np.ndarray, hemisphere: int, activation: np.ndarray) -> np.ndarray:
    """Labels of the events that bring activations to synapse drivers.

    Parameters
    ----------
    driver : int array
        Drivers of the hemisphere, 0 to 127.
    hemisphere : int
        0 top, 1 bottom.
    activation : int array
        1 to 31. The synapse label becomes ``32 - activation``, since drivers in MAC mode send longer pulses
        for smaller labels.

    Returns
    -------
    uint16 array
        Labels. From bit 14: PADI bus; bit 13: hemisphere; from bit 6: driver on the bus; from bit 0: synapse label.
    """
    driver = np.asarray(driver)
    at_driver = (driver % _PADI_BUSES) << 14 | hemisphere << 13 | (driver // _PADI_BUSES) << 6
    return (at_driver + 32).astype(np.uint16) - np.asarray(activation).astype(np.uint16)


class MACSpikeTrainGenerator(Function):
    """Activations of the synapse drivers of one or both hemispheres as events.

    Each activation above 0 becomes `num_sends` events. Events are `wait_between_events` apart, and the last one comes
    after as many waits as there are events, so that its distance to the readout that follows does not depend on the
    activations. Events of both hemispheres share times as long as there are any of both, counted from the end.

    Parameters
    ----------
    sizes : pair of int
        Activations for the top and the bottom hemisphere, up to 128 each; where 0, there is no argument for it.
    num_sends : int
        How often everything is sent.
    wait_between_events : Time
        FPGA cycles (8 ns).

    Raises
    ------
    ValueError
        A number is out of range.
    """

    def __init__(self, sizes: Sequence[int], num_sends: int = 1, wait_between_events: Time | int = 25) -> None:
        self.sizes = tuple(index(size) for size in sizes)
        if len(self.sizes) != 2 or not any(self.sizes) or not all(0 <= size <= _DRIVERS for size in self.sizes):
            raise ValueError(
                f"MACSpikeTrainGenerator: sizes are {self.sizes}, expected two of 0 to {_DRIVERS}, not both 0"
            )
        self.num_sends = checked_size(num_sends, "MACSpikeTrainGenerator", "num_sends")
        self.wait_between_events = Time.coerce(wait_between_events)

    def inputs(self) -> tuple[Port, ...]:
        return tuple(Port(size, ConnectionType.UInt5) for size in self.sizes if size)

    def output(self) -> Port:
        return Port(1, ConnectionType.TimedSpikeToChipSequence)

    def apply(self, values: Sequence[TimedBatch]) -> TimedBatch:
        arguments = iter(checked_arguments(self, values, side_by_side=True))
        events = [
            _Events.of(hemisphere, next(arguments) if size else None, values[0].batch_size())
            for hemisphere, size in enumerate(self.sizes)
        ]
        counts = np.stack([each.counts for each in events]) * self.num_sends
        slots, shared = counts.max(axis=0)[:, None], counts.min(axis=0)[:, None]
        offsets = np.concatenate(([0], np.cumsum(slots + shared)))
        last = offsets[1:, None] - 1
        times = np.empty(offsets[-1], np.int64)
        labels = np.empty(offsets[-1], np.uint16)
        for hemisphere, each in enumerate(events):
            for send in range(self.num_sends):
                # Counted from the end: event j is in slot j, and lies behind j others, or 2j where slots are shared.
                slot = each.rank + send * each.counts[:, None]
                place = last - slot - np.minimum(slot, shared)
                if hemisphere == 0:  # of two events at the same time, that of the top hemisphere is first
                    place -= slot < shared
                chosen = place[each.present]
                labels[chosen] = each.labels
                times[chosen] = (slots - slot)[each.present]
        times *= int(self.wait_between_events)
        return TimedBatch(offsets, times, labels)


class _Events:
    """Events of a hemisphere, sent once.

    Attributes
    ----------
    present : (batch, drivers) bool
        Where there is an event.
    counts : (batch,) int64
        Number of events by entry.
    rank : (batch, drivers) int64
        Number of each event in its entry.
    labels : (n,) uint16
        Labels, in order of entries and drivers.
    """

    def __init__(self, hemisphere: int, activations: np.ndarray) -> None:
        self.present = activations > 0
        self.rank = np.cumsum(self.present, axis=1) - 1
        self.counts = np.count_nonzero(self.present, axis=1)
        labels = activation_labels(np.arange(activations.shape[1]), hemisphere, activations)
        self.labels = labels[self.present]

    @classmethod
    def of(cls, hemisphere: int, activations: TimedBatch | None, batch_size: int) -> _Events:
        """Events of activations, or none.

        Raises
        ------
        RuntimeError
            An activation is larger than 31, or an entry has not exactly one list of them.
        """
        if activations is None:
            return cls(hemisphere, np.zeros((batch_size, 0), np.uint8))
        counts, values = activations.counts(), activations.values
        if (counts != 1).any():
            entry = int((counts != 1).argmax())
            raise RuntimeError(
                f"MACSpikeTrainGenerator: {counts[entry]} lists of activations in batch entry {entry}, expected one"
            )
        if values.size and values.max() > _LARGEST_ACTIVATION:
            raise RuntimeError(
                f"MACSpikeTrainGenerator: activation {values.max()}, expected 0 to {_LARGEST_ACTIVATION}"
            )
        return cls(hemisphere, values)
