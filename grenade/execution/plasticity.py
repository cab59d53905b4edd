"""Plasticity rules of an execution instance: the vertices of all its snippets as rules for one program of the PPUs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.ppu.plasticity import Handles, NeuronView, PlasticityRule, SynapseView, Timer
from grenade.signal_flow import vertices

if TYPE_CHECKING:
    from grenade.signal_flow.graph import Graph


_NO_PERIOD = 1 << 32
"""Period of a single call for which there is none: a call is released only until the following one would be."""


class Records(NamedTuple):
    """Part of the memory of a rule that belongs to a vertex.

    Attributes
    ----------
    rule : int
        Index of the rule.
    begin, end : int
        Bytes.
    """

    rule: int
    begin: int
    end: int


class RulesOfInstance(NamedTuple):
    """Plasticity rules of an execution instance.

    Attributes
    ----------
    rules : tuple of PlasticityRule
        Rules for the program.
    first_records : list of list of int
        By snippet and rule: index of the first record of a timed recording in the snippet.
    records : dict of (int, int) to Records
        What vertices recorded, by snippet and descriptor.
    """

    rules: tuple[PlasticityRule, ...]
    first_records: list[list[int]]
    records: dict[tuple[int, int], Records]


class _Found(NamedTuple):
    """A vertex in a snippet."""

    snippet: int
    descriptor: int
    vertex: Any


def rules_of(
    graphs: Sequence[Graph], instance: ExecutionInstanceID, chip_on_connection: ChipOnConnection
) -> RulesOfInstance:
    """Join the plasticity rules of snippets that have the same number.

    They are one rule, which keeps its state; its timers run in their own snippets, and its records lie one behind the
    other. Rules of the same number in one snippet are different ones.

    Parameters
    ----------
    graphs : sequence of Graph
        One for each snippet.
    instance : ExecutionInstanceID
        Execution instance.
    chip_on_connection : ChipOnConnection
        Chip.

    Raises
    ------
    RuntimeError
        Rules with the same number have different kernels or recordings, or views that do not fit one recording; or a
        rule makes no sense.
    """
    groups = _groups(graphs, instance, chip_on_connection)
    numbers = _numbers(list(groups))
    rules = tuple(_rule(number, group) for number, group in zip(numbers, groups.values(), strict=True))
    first_records = [[0] * len(rules) for _ in graphs]
    records: dict[tuple[int, int], Records] = {}
    for i, (rule, group) in enumerate(zip(rules, groups.values(), strict=True)):
        size = 0 if rule.layout is None else rule.layout.size
        first = 0
        for found in group:
            first_records[found.snippet][i] = first
            if rule.recording is not None:
                begin = first * size
                records[found.snippet, found.descriptor] = Records(i, begin, begin + found.vertex.recorded_bytes())
            first += found.vertex.timer.num_periods
    return RulesOfInstance(rules, first_records, records)


def _groups(
    graphs: Sequence[Graph], instance: ExecutionInstanceID, chip_on_connection: ChipOnConnection
) -> dict[tuple[int, int], list[_Found]]:
    """Vertices by number of their rule and by their turn among those with this number in the same snippet."""
    groups: dict[tuple[int, int], list[_Found]] = {}
    for snippet, graph in enumerate(graphs):
        turns: dict[int, int] = {}
        for descriptor, vertex in graph.vertices_of(instance, vertices.PlasticityRule):
            if vertex.chip_on_executor[0] == chip_on_connection:
                turn = turns.get(vertex.id, 0)
                turns[vertex.id] = turn + 1
                groups.setdefault((vertex.id, turn), []).append(_Found(snippet, descriptor, vertex))
    return groups


def _numbers(keys: Sequence[tuple[int, int]]) -> list[int]:
    """A number for each rule in the program: the user's for the first one that has it."""
    unused = 1 + max((number for number, _ in keys), default=0)
    numbers = []
    for number, turn in keys:
        numbers.append(number if turn == 0 else unused)
        unused += turn > 0
    return numbers


def _rule(number: int, group: Sequence[_Found]) -> PlasticityRule:
    first = group[0].vertex
    for found in group[1:]:
        for what in ("kernel", "recording"):
            if getattr(found.vertex, what) != getattr(first, what):
                raise RuntimeError(
                    f"plasticity rule {first.id} has one {what} in snippet {group[0].snippet} and another one in "
                    f"snippet {found.snippet}, expected the same in all"
                )
    views: dict[tuple[Any, Any], list[Timer]] = {}
    for found in group:
        key = _converted(first.id, partial(_views, found.vertex))
        timer = found.vertex.timer
        timers = views.setdefault(key, [])
        if timer.num_periods:
            timers.append(Timer(timer.start, timer.period or _NO_PERIOD, timer.num_periods, found.snippet))
    handles = tuple(Handles(*key, tuple(timers)) for key, timers in views.items())
    return _converted(first.id, lambda: PlasticityRule(first.kernel, handles, first.recording, number))


def _views(vertex: Any) -> tuple[tuple[SynapseView, ...], tuple[NeuronView, ...]]:
    synapses = tuple(
        SynapseView(int(view.hemisphere), tuple(view.columns.tolist()), tuple(view.rows.tolist()))
        for view in vertex.synapse_views
    )
    neurons = tuple(NeuronView(int(view.row), tuple(view.columns.tolist())) for view in vertex.neuron_views)
    return synapses, neurons


def _converted(number: int, convert: Callable[[], Any]) -> Any:
    try:
        return convert()
    except ValueError as error:
        raise RuntimeError(f"plasticity rule {number}: {error}") from error
