"""Pictures of playback programs: which kinds of instructions are executed when."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grenade.plot.style import GRID, TEXT, new_figure, settings
from stadls import words as ut

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from stadls import PlaybackProgram

US_PER_CYCLE = 8e-3

LANES = ("spikes", "writes", "reads", "JTAG", "waits", "barriers, polling", "system")
"""Kinds of instructions, in the order in which they are drawn."""

_LANE_OF = {
    "to_fpga_jtag::Init": 3, "to_fpga_jtag::Scaler": 3, "to_fpga_jtag::Ins": 3, "to_fpga_jtag::Data": 3,
    "timing::Setup": 6, "timing::WaitUntil": 4, "timing::SystimeInit": 6, "timing::Barrier": 5,
    "timing::PollingOmnibusBlock": 5, "system::Reset": 6, "system::Loopback": 6, "omnibus_to_fpga::Address": 2,
    "omnibus_to_fpga::Data": 1, "event_to_fpga::SpikePack<1>": 0, "event_to_fpga::SpikePack<2>": 0,
    "event_to_fpga::SpikePack<3>": 0,
}
_COLOURS = ("#ff7f0e", "#d62728", "#1f77b4", "#8c564b", "#bcbd22", "#9467bd", "#7f7f7f")
_SINGLE = 1500
"""More instructions than this in one lane are drawn as a density instead of a line each."""
_BINS = 500


@dataclass(frozen=True, eq=False)
class Timeline:
    """Instructions of a program by kind and time.

    Attributes
    ----------
    lanes : ndarray of int64, (n,)
        Kind of each instruction, an index into `LANES`.
    times : ndarray of int64, (n,)
        Earliest time at which it is executed, FPGA cycles since the beginning of the program: a cycle each, and waits
        as long as asked for. Barriers and polling count as one cycle, as how long they take is not known.
    counts : ndarray of int64, (n,)
        Items of the instruction: spikes of a spike pack, otherwise 1; 0 for an address that belongs to written data.
    waits : ndarray of int64, (n, 2)
        Begin and end of the waits that last longer than a cycle.
    resets : ndarray of int64, (n,)
        Times at which the timer is set to zero.
    duration : int
        Length of the program, FPGA cycles.
    """

    lanes: np.ndarray
    times: np.ndarray
    counts: np.ndarray
    waits: np.ndarray
    resets: np.ndarray
    duration: int

    @classmethod
    def of(cls, program: PlaybackProgram | np.ndarray) -> Timeline:
        """Timeline of a program or of instruction words."""
        words = program if isinstance(program, np.ndarray) else program.to_fpga
        codes = (words >> np.uint64(ut.HEADER_LSB)).astype(np.int64)
        names = ut.TO_FPGA_CODES
        table = np.full(256, len(LANES) - 1)
        items = np.ones(256, dtype=np.int64)
        for name, lane in _LANE_OF.items():
            table[names[name]] = lane
        for size in (1, 2, 3):
            items[names[f"event_to_fpga::SpikePack<{size}>"]] = size
        lanes, counts = table[codes], items[codes]
        address = codes == names["omnibus_to_fpga::Address"]
        writing = address & (words >> np.uint64(36) & np.uint64(1) == 0)
        lanes[writing], counts[writing] = LANES.index("writes"), 0
        times, resets, duration = _times(words, codes)
        is_wait = codes == names["timing::WaitUntil"]
        advanced = codes != names["timing::Setup"]
        before = np.concatenate([[0], (times + advanced)[:-1]]) if len(times) else times
        waits = np.stack([before, times], axis=1)[is_wait & (times > before)]
        return cls(lanes, times, counts, waits, resets, duration)

    def total(self, lane: str) -> int:
        """Number of items of a kind."""
        return int(self.counts[self.lanes == LANES.index(lane)].sum())

    def __repr__(self) -> str:
        parts = ", ".join(f"{self.total(lane):,} {lane}" for lane in LANES if self.total(lane))
        return f"Timeline({self.duration * US_PER_CYCLE:,.3f} us: {parts})"


def _times(words: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Earliest time of each instruction, times of the timer resets, and the end.

    After a reset, the time of an instruction is the one of its predecessor plus 1, or what a wait asks for if that is
    later: the maximum over all waits so far of their value plus the number of instructions since.
    """
    is_start = codes == ut.TO_FPGA_CODES["timing::Setup"]
    bounds = np.unique([0, *np.flatnonzero(is_start), len(words)]).tolist()
    is_wait = codes == ut.TO_FPGA_CODES["timing::WaitUntil"]
    wanted = np.where(is_wait, (words & np.uint64(0xFFFFFFFF)).astype(np.int64), 0)
    times = np.empty(len(words), dtype=np.int64)
    origin, resets = 0, []
    for first, stop in itertools.pairwise(bounds):
        # The reset itself takes no time; the instruction behind it begins at 0.
        since = np.maximum(np.arange(stop - first) - int(is_start[first]), 0)
        times[first:stop] = origin + np.maximum.accumulate(wanted[first:stop] - since) + since
        if is_start[first]:
            resets.append(origin)
        origin = int(times[stop - 1]) + 1
    return times, np.array(resets, dtype=np.int64), origin


def plot_program(program: PlaybackProgram | np.ndarray, title: str = "Playback program") -> Figure:
    """Draw when a program executes which kinds of instructions.

    Parameters
    ----------
    program : PlaybackProgram, or ndarray of uint64
        Program, or its instruction words.
    title : str
        Title of the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The picture.
    """
    timeline = Timeline.of(program)
    unit, per_cycle = _unit(timeline.duration)
    with settings():
        figure = new_figure(11, 4.6)
        axes = figure.subplots()
        for lane in range(len(LANES)):
            _draw_lane(axes, timeline, lane, per_cycle)
        if len(timeline.resets) <= 50:
            for reset in timeline.resets * per_cycle:
                axes.axvline(reset, color=TEXT, linewidth=0.8, linestyle=(0, (3, 3)), zorder=0)
        axes.set_ylim(len(LANES), 0)
        axes.set_yticks(np.arange(len(LANES)) + 0.5, LANES)
        for tick, colour in zip(axes.get_yticklabels(), _COLOURS, strict=True):
            tick.set_color(colour)
        axes.tick_params(axis="y", length=0)
        margin = 0.01 * max(timeline.duration, 1) * per_cycle
        axes.set_xlim(-margin, timeline.duration * per_cycle + margin)
        axes.set_xlabel(f"earliest time of execution / {unit}   (dashed: the timer is set to zero)")
        axes.spines["left"].set_visible(False)
        axes.set_title(f"{title}: {len(timeline.lanes):,} instructions", loc="left", fontweight="bold")
        axes.set_title("number", loc="right", x=1.08, color=TEXT)
    return figure


def _unit(cycles: int) -> tuple[str, float]:
    """Unit of time in which a duration is easy to read, and its number per cycle."""
    if cycles * US_PER_CYCLE >= 2e6:
        return "s", US_PER_CYCLE * 1e-6
    return ("ms", US_PER_CYCLE * 1e-3) if cycles * US_PER_CYCLE >= 2e3 else ("µs", US_PER_CYCLE)


def _draw_lane(axes: Axes, timeline: Timeline, lane: int, per_cycle: float) -> None:
    low, high, colour = lane + 0.88, lane + 0.12, _COLOURS[lane]
    axes.axhline(low, color=GRID, linewidth=0.6)
    mine = timeline.lanes == lane
    times, counts = timeline.times[mine] * per_cycle, timeline.counts[mine]
    axes.text(1.08, lane + 0.5, f"{counts.sum():,}", transform=axes.get_yaxis_transform(), va="center", ha="right",
              color=TEXT)
    if LANES[lane] == "waits":
        _draw_waits(axes, timeline.waits * per_cycle, timeline.duration * per_cycle, lane)
    elif len(times) <= _SINGLE:
        axes.vlines(times, high, low, color=colour, linewidth=0.9)
    else:
        density, edges = np.histogram(times, _BINS, (0, timeline.duration * per_cycle), weights=counts)
        # Square root, so that a few instructions beside a burst of thousands can be seen.
        height = np.sqrt(density / density.max()) * (low - high)
        axes.fill_between(edges[:-1], low - height, low, step="post", color=colour, linewidth=0)


def _draw_waits(axes: Axes, waits: np.ndarray, duration: float, lane: int) -> None:
    """A bar for each wait, or, if there are many, the part of the time that is spent waiting."""
    low, colour = lane + 0.88, _COLOURS[lane]
    if len(waits) <= _SINGLE:
        axes.broken_barh([(begin, end - begin) for begin, end in waits.tolist()], (lane + 0.3, 0.4), color=colour)
        return
    edges = np.linspace(0, duration, _BINS + 1)
    lengths = np.stack([np.zeros(len(waits)), waits[:, 1] - waits[:, 0]], axis=1).ravel()
    waited = np.interp(edges, waits.ravel(), np.cumsum(lengths))
    part = np.clip(np.diff(waited) / np.diff(edges), 0, 1)
    axes.fill_between(edges[:-1], low - 0.76 * part, low, step="post", color=colour, linewidth=0)
