"""State of links and counters of lost events, read around every program."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

import halco
import haldls
from grenade.execution.batch import OMNIBUS
from grenade.execution.results import Executed
from grenade.signal_flow.output_data import ChipHealth
from stadls import PlaybackProgramBuilder
from stadls.words import Words

_COUNTERS: tuple[tuple[str, Any, Any, int, int], ...] = (
    ("hicann_arq_status", haldls.HicannARQStatus, halco.HicannARQStatusOnFPGA, 4, 32),
    ("phy_status", haldls.PhyStatus, halco.PhyStatusOnFPGA, 5, 32),
    ("crossbar_input_drop_counter", haldls.CrossbarInputDropCounter, halco.CrossbarInputOnDLS, 1, 16),
    ("crossbar_output_event_counter", haldls.CrossbarOutputEventCounter, halco.CrossbarOutputOnDLS, 1, 24),
)
"""Name, container, coordinate, words and bits of the counters."""


@cache
def health_reads() -> tuple[Words, tuple[int, int, int]]:
    """Instructions that read all counters, and the numbers of their answers."""
    builder = PlaybackProgramBuilder()
    for _, _, coordinates, _, _ in _COUNTERS:
        for coordinate in halco.iter_all(coordinates):
            builder.read(coordinate)
    program = builder.done()
    return program.to_fpga, program.answer_counts


def health_of(executed: Iterable[Executed]) -> ChipHealth:
    """What the counters counted during some programs together."""
    count = health_reads()[1][OMNIBUS]
    total = np.zeros(count, np.int64)
    for each in executed:
        answers = each.program.omnibus_answers["data"].astype(np.int64)
        total += answers[len(answers) - count:] - answers[:count]
    result, first = ChipHealth(), 0
    for name, container, coordinates, size, bits in _COUNTERS:
        values = (total[first:first + size * coordinates.size] % (1 << bits)).astype(np.uint32).reshape(-1, size)
        first += values.size
        decoded = [container._decode(number, words) for number, words in enumerate(values)]
        if coordinates.size == 1:
            setattr(result, name, decoded[0])
        else:
            setattr(result, name, halco.TypedArray(coordinates, decoded))
    return result
