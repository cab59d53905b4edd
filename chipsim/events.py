"""Logs of what events do on the chip, outside the instruction stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import halco
from chipsim.log import Log

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chipsim.board import Board

Array = np.ndarray[Any, np.dtype[Any]]

TICK_US = 0.004
"""Chip cycle."""
_PLACES = 512


class Kind(NamedTuple):
    """Kind of events: its name, what the places are, and a text."""

    name: str
    coordinate: Any
    text: str


KINDS = (
    Kind("input", halco.CrossbarInputOnDLS, "an event enters the crossbar; 14-bit label"),
    Kind("node", halco.CrossbarNodeOnDLS, "it passes a node"),
    Kind("drop", halco.CrossbarNodeOnDLS, "it has passed a node and is lost, as too many wait for the output"),
    Kind("output", halco.CrossbarOutputOnDLS, "it leaves an output"),
    Kind("padi", halco.PADIBusOnDLS, "it is on a PADI bus; 11-bit label, row select address above the synapse label"),
    Kind("driver", halco.SynapseDriverOnDLS, "a synapse driver accepts it and makes a pulse; synapse label"),
    Kind("spike", halco.AtomicNeuronOnDLS, "a neuron fires; 14-bit label that it sends, -1 if it sends none"),
    Kind("host", halco.CrossbarL2OutputOnDLS, "an event is sent to the host; 16-bit label"),
)
"""Kinds of events in the order of their way, with what their labels are."""
_NUMBER = {kind.name: i for i, kind in enumerate(KINDS)}

EVENT_TYPE = np.dtype([
    ("time_us", np.float64), ("kind", np.uint8), ("place", np.uint16), ("label", np.int32), ("pulse_ns", np.float32),
    ("modulation", np.float32),
])
"""An event: chip time since power-up, number in `KINDS`, number of the coordinate, label; of drivers also the length of
the pulse, and the state of the short-term plasticity after it."""


class EventLog(Log):
    """Events on the chip, in order of time.

    Made by `Chip.record_events`. It records from then on while programs run, until `stop` or the end of a `with` block,
    and does not disturb them: responses are the same with it. When it is full, the oldest events are lost.

    Attributes
    ----------
    limit : int
        Most events that are kept.
    """

    noun, items = "log", "events"

    def __init__(self, board: Board, what: tuple[Any, ...], limit: int) -> None:
        super().__init__(board.analog.tap, limit, _wanted(what))

    @property
    def events(self) -> Array:
        """All events, `EVENT_TYPE`, shape (n,)."""
        records = self._recorder.records()
        records = records[np.argsort(records["tick"], kind="stable")]
        events = np.empty(len(records), dtype=EVENT_TYPE)
        for name in EVENT_TYPE.names or ():
            if name != "time_us":
                events[name] = records[name]
        events["time_us"] = TICK_US * records["tick"]
        return events

    def __getitem__(self, kind: str) -> Array:
        """Events of a kind."""
        events = self.events
        return events[events["kind"] == _kind_number(kind)]

    def _lines(self) -> Iterator[str]:
        for event in self.events:
            kind = KINDS[event["kind"]]
            label = "no label" if event["label"] < 0 else f"label {event['label']:#06x}"
            pulse = f", pulse {event['pulse_ns']:.2f} ns" if kind.name == "driver" else ""
            place = kind.coordinate._from_enum(int(event["place"]))
            yield f"{event['time_us']:>14.3f} us  {kind.name:<6} {place!r}  {label}{pulse}"

    def plot(self, axes: Axes | None = None, **style: Any) -> Axes:
        """Draw a raster, a row per place that has events, the way of an event from below to above; gives the axes."""
        import matplotlib.pyplot as plt

        axes = plt.gca() if axes is None else axes
        events = self.events
        rows, row = np.unique(events["kind"].astype(np.int64) * _PLACES + events["place"], return_inverse=True)
        for number in np.unique(events["kind"]).tolist():
            own = events["kind"] == number
            settings = {"marker": "|", "linestyle": "none", "label": KINDS[number].name, **style}
            axes.plot(events["time_us"][own], row[own], **settings)
        names = [f"{KINDS[r // _PLACES].name} {r % _PLACES}" for r in rows.tolist()]
        if len(names) <= 40:
            axes.set_yticks(range(len(names)), names)
        axes.set_xlabel("chip time / µs")
        return axes

    def save(self, path: str | Path) -> None:
        """Write the events: `.npz` (array `events`, and `kinds`, the names), or CSV for any other ending."""
        path, events = Path(path), self.events
        names = np.array([kind.name for kind in KINDS])
        if path.suffix == ".npz":
            np.savez_compressed(path, events=events, kinds=names)
            return
        columns = [events[name] for name in EVENT_TYPE.names or ()]
        columns[1] = names[events["kind"]]
        with path.open("w", encoding="utf-8") as file:
            file.write(",".join(EVENT_TYPE.names or ()) + "\n")
            for time_us, kind, place, label, pulse, modulation in zip(*columns, strict=True):
                file.write(f"{time_us:.4f},{kind},{place},{label},{pulse:.6g},{modulation:.6g}\n")


def _kind_number(name: Any) -> int:
    if name not in _NUMBER:
        raise ValueError(f"unknown kind of events {name!r}, expected one of {', '.join(_NUMBER)}")
    return _NUMBER[name]


def _wanted(what: tuple[Any, ...]) -> Array:
    """Flags (kinds, 512) of the places that `what` names: kinds, coordinates, or nothing for everything."""
    wanted = np.zeros((len(KINDS), _PLACES), dtype=bool)
    for item in what or tuple(_NUMBER):
        if isinstance(item, str):
            number = _kind_number(item)
            wanted[number, : KINDS[number].coordinate.size] = True
            continue
        numbers = [i for i, kind in enumerate(KINDS) if type(item) is kind.coordinate]
        if not numbers:
            raise ValueError(f"{item!r} is no place of events, expected one of {', '.join(_place_names())}")
        wanted[numbers, int(item.toEnum().value())] = True
    return wanted


def _place_names() -> list[str]:
    return list(dict.fromkeys(kind.coordinate.__name__ for kind in KINDS))
