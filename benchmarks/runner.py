"""Runner of benchmarks: registration, repetition, statistics, reports."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

DEFAULT_REPETITIONS = 7

Measurement = Callable[[], Any]
"""One repetition. Its wall-clock time counts, unless it returns a float: seconds that it measured itself."""

PER_SECOND = {"s": 1.0, "ms": 1e3, "µs": 1e6, "×": 1.0, "M/s": 1.0, "1/s": 1.0}
"""Factor from seconds to the unit of a benchmark. × (a ratio) and rates are given by the benchmark itself."""


@dataclass(frozen=True)
class Goal:
    """A bound that the value of a benchmark has to keep, in its unit."""

    bound: float
    direction: str = "at most"

    def __post_init__(self) -> None:
        if self.direction not in ("at most", "at least"):
            raise ValueError(f"direction of a goal is {self.direction!r}, expected 'at most' or 'at least'")

    def met(self, value: float) -> bool:
        return value <= self.bound if self.direction == "at most" else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.direction == 'at most' else '≥'} {self.bound:g}"


@dataclass(frozen=True)
class Peer:
    """What other software reaches, in the unit of the benchmark, and where the number comes from."""

    value: float
    source: str


@dataclass(frozen=True)
class Benchmark:
    """A named measurement.

    Attributes
    ----------
    name : str
        Short name, as on the command line.
    title : str
        What is measured.
    unit : str
        Unit of value, goal and peer; a time.
    prepare : callable
        Sets everything up, which does not count, and returns the `Measurement`.
    goal, peer : optional
    """

    name: str
    title: str
    unit: str
    prepare: Callable[[], Measurement]
    goal: Goal | None = None
    peer: Peer | None = None

    def __post_init__(self) -> None:
        if self.unit not in PER_SECOND:
            raise ValueError(f"{self.name}: unit {self.unit!r}, expected one of {', '.join(PER_SECOND)}")


REGISTRY: dict[str, Benchmark] = {}
"""All benchmarks by name, in order of registration."""


def benchmark(
    name: str, title: str, unit: str = "ms", goal: Goal | None = None, peer: Peer | None = None
) -> Callable[[Callable[[], Measurement]], Callable[[], Measurement]]:
    """Register the decorated function as the `prepare` of a benchmark."""

    def register(prepare: Callable[[], Measurement]) -> Callable[[], Measurement]:
        if name in REGISTRY:
            raise ValueError(f"there is a benchmark {name!r} already")
        REGISTRY[name] = Benchmark(name, title, unit, prepare, goal, peer)
        return prepare

    return register


@dataclass(frozen=True)
class Result:
    """Statistics over the repetitions of a benchmark; values in its unit."""

    benchmark: Benchmark
    values: tuple[float, ...]

    @property
    def value(self) -> float:
        """Median."""
        return statistics.median(self.values)

    @property
    def goal_met(self) -> bool | None:
        goal = self.benchmark.goal
        return None if goal is None else goal.met(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; nothing in it depends on the state of the repository."""
        b = self.benchmark
        return {
            "name": b.name,
            "title": b.title,
            "value": self.value,
            "unit": b.unit,
            "min": min(self.values),
            "max": max(self.values),
            "repetitions": len(self.values),
            "goal": None if b.goal is None else {"bound": b.goal.bound, "direction": b.goal.direction},
            "goal_met": self.goal_met,
            "peer": None if b.peer is None else {"value": b.peer.value, "source": b.peer.source},
            "date": date.today().isoformat(),
            "machine": machine(),
            "python": platform.python_version(),
        }

    def __str__(self) -> str:
        b = self.benchmark
        text = f"{b.name}: {self.value:.4g} {b.unit} ({spread(self)}, {len(self.values)} repetitions)"
        if b.goal is not None:
            text += f", goal {b.goal} {b.unit}: {'met' if self.goal_met else 'missed'}"
        if b.peer is not None:
            text += f", peer {b.peer.value:g} {b.unit} ({b.peer.source})"
        return text


def spread(result: Result) -> str:
    """Smallest and largest value as text."""
    return f"{min(result.values):.4g} to {max(result.values):.4g}"


def measure(
    b: Benchmark, repetitions: int = DEFAULT_REPETITIONS, clock: Callable[[], float] = time.perf_counter
) -> Result:
    """Run a benchmark: one repetition to warm up, which does not count, then `repetitions`."""
    if repetitions < 1:
        raise ValueError(f"{repetitions} repetitions, expected at least one")
    once = b.prepare()
    values = []
    for _ in range(repetitions + 1):
        begin = clock()
        own = once()
        seconds = own if isinstance(own, float) else clock() - begin
        values.append(seconds * PER_SECOND[b.unit])
    return Result(b, tuple(values[1:]))


# -- the machine ----------------------------------------------------------------------------------------------------


def machine() -> str:
    """CPU, cores, memory and operating system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = f"{_memory_gib():.0f} GiB" if _memory_gib() else "memory unknown"
    return f"{_cpu()}, {cores} cores, {memory}, {_system()}"


def _cpu() -> str:
    for line in _lines("/proc/cpuinfo"):
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return 0.0


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


# -- the report -----------------------------------------------------------------------------------------------------

_HEAD = """\
# Benchmarks

`python -m benchmarks NAME [--json]` runs one benchmark, `python -m benchmarks --all` runs all and renews this page.
A value is the median over the repetitions, after one that does not count; behind it stand the smallest and the largest.
A peer is other software for the same job; where there is no published number, there is none here.

"""


def markdown(results: Iterable[Result]) -> str:
    """The page with all results."""
    rows = [
        f"| `{r.benchmark.name}` | {r.benchmark.title} | {_value(r)} | {_goal(r)} | {_met(r)} | {_peer(r)} |"
        for r in results
    ]
    about = (
        f"- Date: {date.today().isoformat()}\n- Machine: {machine()}\n"
        f"- Python {platform.python_version()} ({platform.python_implementation()})\n\n"
    )
    table = "| name | what | value (spread) | goal | met | peer |\n|---|---|---|---|---|---|\n"
    return _HEAD + about + table + "".join(row + "\n" for row in rows)


def write_markdown(results: Iterable[Result], path: Path) -> None:
    """Write the page with all results; it is the same but for date, machine and values whenever it is written."""
    path.write_text(markdown(results), encoding="utf-8")


def _value(r: Result) -> str:
    return f"{r.value:.3g} {r.benchmark.unit} ({min(r.values):.3g} to {max(r.values):.3g})"


def _goal(r: Result) -> str:
    return "–" if r.benchmark.goal is None else f"{r.benchmark.goal} {r.benchmark.unit}"


def _met(r: Result) -> str:
    return {None: "–", True: "yes", False: "**no**"}[r.goal_met]


def _peer(r: Result) -> str:
    peer = r.benchmark.peer
    return "–" if peer is None else f"{peer.value:g} {r.benchmark.unit} ({peer.source})"
