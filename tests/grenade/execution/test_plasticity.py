"""Plasticity rules of an execution instance: joined over its realtime snippets, and run on the simulated chip."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import halco
import haldls
from grenade.common import ChipOnConnection
from grenade.execution.plasticity import Records, rules_of
from grenade.execution.ppu_image import FILLER
from grenade.execution.ppu_program import PPUProgram, Status
from grenade.ppu.plasticity import Handles, NeuronView, SynapseView, Timer, scheduling_source
from grenade.ppu.recording import ObservableArray, ObservablePerSynapse, RawRecording, TimedRecording
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import NeuronView as NeuronViewVertex
from grenade.signal_flow.vertices import PlasticityRule, SynapseArrayViewSparse
from tests.grenade.execution.chip_settings import driver
from tests.grenade.execution.ppu_experiment import INSTANCE, Setup, Timeline, planned
from tests.grenade.ppu.compilers import needs_compiler

CHIP = ChipOnConnection()
PPU_US = 250
"""PPU cycles per us."""

HEAD = """
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "libnux/vx/vector_row.h"
#include <array>
using namespace grenade::vx::ppu;
extern volatile libnux::vx::PPUOnDLS ppu;
"""
NOTHING = HEAD + "void PLASTICITY_RULE_KERNEL(auto&, auto&) {}"
RECORDS_NOTHING = HEAD + "void PLASTICITY_RULE_KERNEL(auto&, auto&, Recording&) {}"

COUNT = HEAD + """
volatile uint16_t calls;
void PLASTICITY_RULE_KERNEL(auto&, auto&, Recording& recording)
{
	recording.time = now();
	recording.calls[0] = calls;
	calls = calls + 1;
}
"""

SET_WEIGHTS = HEAD + """
volatile uint32_t weight = 32;
void PLASTICITY_RULE_KERNEL(auto& synapses, auto&, Recording& recording)
{
	for (auto const& view : synapses) {
		if (view.hemisphere == ppu) {
			for (size_t i = 0; i < view.rows.size(); ++i) {
				view.set_weights(libnux::vx::VectorRowMod8(weight), i);
			}
		}
	}
	for (size_t i = 0; i < 8; ++i) {
		recording.memory[i] = i;
	}
}
"""


def add_rule(graph: Graph, kernel: str = NOTHING, timer: tuple[int, int, int] = (0, 1, 1), row: int = 6,
             columns: Any = (9, 250), hemisphere: int = 1, **options: Any) -> int:
    """A rule on synapses of weight 63 and on a neuron; gives its descriptor."""
    count = len(columns)
    view = SynapseArrayViewSparse(
        hemisphere, [row], columns, np.zeros(count, int), np.arange(count), np.full(count, 63), np.zeros(count, int)
    )
    neuron = NeuronViewVertex(0, [5], [-1], [False])
    drivers = [driver(graph, 128 * hemisphere + row // 2)]
    inputs = [graph.add(view, INSTANCE, drivers), graph.add(neuron, INSTANCE)]
    vertex = PlasticityRule(
        kernel, PlasticityRule.Timer(*timer), (PlasticityRule.SynapseViewShape.of(view),),
        (PlasticityRule.NeuronViewShape.of(neuron),), **options,
    )
    return graph.add(vertex, INSTANCE, inputs)


def views(row: int = 6, columns: tuple[int, ...] = (9, 250), hemisphere: int = 1) -> tuple[Any, Any]:
    return (SynapseView(hemisphere, columns, (row,)),), (NeuronView(0, (5,)),)


# -- joining -------------------------------------------------------------------------------------------------------


def test_a_rule() -> None:
    graph = Graph()
    descriptor = add_rule(graph, RECORDS_NOTHING, (10, 20, 3), recording=RawRecording(12), id=4)
    found = rules_of([graph], INSTANCE, CHIP)
    (rule,) = found.rules
    assert (rule.kernel, rule.recording, rule.id) == (RECORDS_NOTHING, RawRecording(12), 4)
    assert rule.handles == (Handles(*views(), (Timer(10, 20, 3),)),)
    assert found.records == {(0, descriptor): Records(0, 0, 12)}
    assert rules_of([graph], INSTANCE, ChipOnConnection(1)).rules == ()


def test_timers_of_snippets() -> None:
    """Equal views are one set of handles; each timer runs in its own snippet."""
    graphs = [Graph() for _ in range(4)]
    for snippet, timer, row in ((0, (10, 20, 3), 6), (1, (5, 7, 1), 8), (3, (0, 0, 1), 6)):
        add_rule(graphs[snippet], NOTHING, timer, row)
    (rule,) = rules_of(graphs, INSTANCE, CHIP).rules
    assert rule.handles == (
        Handles(*views(6), (Timer(10, 20, 3, 0), Timer(0, 1 << 32, 1, 3))), Handles(*views(8), (Timer(5, 7, 1, 1),)),
    )


def test_a_resting_rule() -> None:
    graph = Graph()
    add_rule(graph, NOTHING, (10, 20, 0))
    (rule,) = rules_of([graph], INSTANCE, CHIP).rules
    assert rule.handles == (Handles(*views(), ()),)


def test_records_of_snippets_lie_one_behind_the_other() -> None:
    graphs = [Graph() for _ in range(3)]
    recording = TimedRecording({"x": ObservableArray("uint16", 3)})
    descriptors = [
        add_rule(graphs[i], RECORDS_NOTHING, (0, 10, periods), recording=recording)
        for i, periods in enumerate((3, 0, 2))
    ]
    found = rules_of(graphs, INSTANCE, CHIP)
    size = 16  # time and values, rounded up
    assert found.rules[0].num_periods == 5
    assert found.first_records == [[0], [3], [3]]
    assert [found.records[i, descriptors[i]][1:] for i in range(3)] == [(0, 3 * size), (3 * size, 3 * size),
                                                                      (3 * size, 5 * size)]


def test_rules_with_the_same_number_in_one_snippet() -> None:
    graph = Graph()
    for kernel, number in ((NOTHING, 0), (NOTHING + "// other", 0), (NOTHING, 7), (NOTHING, 7)):
        add_rule(graph, kernel, id=number)
    rules = rules_of([graph], INSTANCE, CHIP).rules
    assert [rule.kernel.endswith("other") for rule in rules] == [False, True, False, False]
    assert rules[0].id == 0 and rules[2].id == 7
    assert len({rule.id for rule in rules}) == 4


@pytest.mark.parametrize(("first", "second", "message"), [
    ({}, {"kernel": NOTHING + "//"}, "plasticity rule 0 has one kernel in snippet 0 and another one in snippet 1"),
    ({"recording": RawRecording(4)}, {"recording": RawRecording(8)}, "one recording in snippet 0 and another one"),
    ({"recording": TimedRecording({"w": ObservablePerSynapse()})},
     {"recording": TimedRecording({"w": ObservablePerSynapse()}), "columns": (1,)}, "differ in shape"),
    ({"kernel": "void kernel() {}"}, {"kernel": "void kernel() {}"}, "plasticity rule 0: .* no function"),
])
def test_rules_that_contradict_each_other(first: Any, second: Any, message: str) -> None:
    graphs = [Graph(), Graph()]
    add_rule(graphs[0], **first)
    add_rule(graphs[1], **second)
    with pytest.raises(RuntimeError, match=message):
        rules_of(graphs, INSTANCE, CHIP)


def test_timers_run_only_in_their_snippet() -> None:
    graphs = [Graph(), Graph()]
    add_rule(graphs[0], NOTHING, (0, 10, 3))
    assert "realtime_snippet" not in scheduling_source(rules_of(graphs, INSTANCE, CHIP).rules)[1]
    add_rule(graphs[1], NOTHING, (0, 10, 5))
    _, text = scheduling_source(rules_of(graphs, INSTANCE, CHIP).rules)
    assert "timer_0_0_0.set_num_periods(realtime_snippet == 0u ? 3u : 0u);" in text
    assert "timer_0_0_1.set_num_periods(realtime_snippet == 1u ? 5u : 0u);" in text
    assert "if (realtime_snippet == 1u) timer_0_0_1_event_drop_count =" in text


# -- on the chip ---------------------------------------------------------------------------------------------------


def schedule(setup: Setup, line: Timeline, begin_us: float, duration_us: float, snippet: int = 0) -> None:
    line.wait(begin_us)
    setup.program.write_runtime(line.builder, round(duration_us * PPU_US), snippet)
    setup.program.command(line.builder, Status.SCHEDULER)
    line.wait(begin_us + duration_us)
    setup.program.wait_idle(line.builder)


def answers_after(setup: Setup, line: Timeline, read: str) -> np.ndarray:
    before = line.builder.size_from_fpga()
    getattr(setup.program, read)(line.builder)
    return line.run()[:, before:]


def setting_weights() -> tuple[Graph, int]:
    """A rule that sets weights once after 4 us, and its descriptor."""
    graph = Graph()
    return graph, add_rule(graph, SET_WEIGHTS, (1000, 10_000, 1), recording=RawRecording(8))


@needs_compiler
def test_weights_and_raw_recording() -> None:
    graph, descriptor = setting_weights()
    setup = Setup(graph, planned(graph))
    before, memories = setup.weights(), setup.memories()
    setup.start()
    line = Timeline(setup)
    schedule(setup, line, 0, 200)
    recorded = setup.program.decode_recordings(answers_after(setup, line, "read_recordings"))
    own = setup.program.recording_of(descriptor, 0, recorded)
    assert own is not None and own.dtype == np.uint8
    np.testing.assert_array_equal(own, [np.arange(8)])
    assert setup.program.recording_of(descriptor, 1, recorded) is None
    setup.stop()
    wanted = before.copy()
    wanted[1, 6, [9, 250]] = 32
    np.testing.assert_array_equal(setup.weights(), wanted)
    setup.restore()
    np.testing.assert_array_equal(setup.weights(), before)
    for restored, memory in zip(setup.memories(), memories, strict=True):
        np.testing.assert_array_equal(restored[memory != FILLER], memory[memory != FILLER])


@needs_compiler
def test_records_of_entries_and_snippets() -> None:
    """Two entries of two snippets. What the rule remembers goes on, its records begin anew with every entry."""
    graphs = [Graph(), Graph()]
    recording = TimedRecording({"calls": ObservableArray("uint16", 1)}, placement_in_dram=True)
    timers = [(0, 300 * PPU_US, 2), (200 * PPU_US, 300 * PPU_US, 1)]
    descriptors = [
        add_rule(graph, COUNT, timer, recording=recording) for graph, timer in zip(graphs, timers, strict=True)
    ]
    raw = add_rule(graphs[0], SET_WEIGHTS, (100 * PPU_US, 0, 1), recording=RawRecording(8, True), id=1)
    setup = Setup(graphs[0], planned(graphs))
    assert_cleared(setup.program)
    setup.start()
    entries = []
    for _ in range(2):
        line = Timeline(setup)
        schedule(setup, line, 0, 500, snippet=0)
        schedule(setup, line, 600, 400, snippet=1)
        entries.append(answers_after(setup, line, "read_recordings")[0])
    recorded = setup.program.decode_recordings(np.stack(entries))
    layout = setup.program.rules[0].layout
    assert layout is not None
    for snippet, (times, calls) in enumerate((([0, 300], [[0, 1], [3, 4]]), ([200], [[2], [5]]))):
        own = setup.program.recording_of(descriptors[snippet], snippet, recorded)
        assert own is not None
        for entry in range(2):
            observed = layout.decode(own[entry])["calls"]
            # The first call is late, for its instructions come over the link to the chip.
            np.testing.assert_allclose(observed.time / PPU_US, times, atol=60)
            assert observed.data[0][:, 0].tolist() == calls[entry]
    np.testing.assert_array_equal(setup.program.recording_of(raw, 0, recorded), [np.arange(8)] * 2)


def assert_cleared(program: PPUProgram) -> None:
    """Memory of raw recordings in DRAM is written with zeros, that of timed ones is not."""
    cleared = np.zeros(1 << 16, bool)
    for place, contents in program.dram_writes():
        cleared[int(place.toMin()):int(place.toMax()) + 1] = True
        assert not any(bytes(contents))
    symbols = program.program.file.read_symbols()
    for number, expected in ((0, False), (1, True)):
        place = symbols[f"recorded_scratchpad_memory_{number}"].coordinate
        assert (cleared[int(place.toMin()):int(place.toMax()) + 1] == expected).all()


@needs_compiler
def test_status_after_a_rule(caplog: pytest.LogCaptureFixture) -> None:
    graph, _ = setting_weights()
    setup = Setup(graph, planned(graph))
    setup.start()
    line = Timeline(setup)
    schedule(setup, line, 0, 200)
    answers = answers_after(setup, line, "read_status")
    with caplog.at_level(logging.DEBUG, "grenade.execution"):
        setup.program.check_status(answers)
    assert [record.levelno for record in caplog.records] == [logging.DEBUG] * 2
    assert "PPU 1 says:\nPPU 1 ready\nrule 0 begin" in caplog.text
    caplog.clear()
    wrong = np.concatenate([answers] * 3)
    wrong[1, 0] = Status.SCHEDULER
    half = wrong.shape[1] // 2
    wrong[1:, half + 2] = 7, 9
    setup.program.check_status(wrong)
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "PPU 0 has not finished its plasticity rules in 1 of 3 batch entries, first in entry 1"),
        (logging.ERROR, "PPU 1: timer_0_0_0_event_drop_count is up to 9 in 2 of 3 batch entries, first in entry 1"),
    ]


@needs_compiler
def test_values_of_variables_of_a_kernel() -> None:
    """Written into the image, read back from both PPUs, and used by the kernel."""
    graph, _ = setting_weights()
    value = haldls.PPUMemoryBlock(1)
    value._words[:] = 17
    both = {hemisphere: value for hemisphere in halco.iter_all(halco.HemisphereOnDLS)}
    setup = Setup(graph, planned(graph, write_symbols={"weight": both}, read_symbols=["weight"]))
    setup.start()
    line = Timeline(setup)
    schedule(setup, line, 0, 200)
    (values,) = setup.program.decode_symbols(answers_after(setup, line, "read_symbols"))
    assert values == {"weight": both}
    setup.stop()
    assert setup.weights()[1, 6, [9, 250]].tolist() == [17, 17]


@needs_compiler
def test_equal_rules_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = planned(setting_weights()[0])
    monkeypatch.setattr("grenade.ppu.program.build", lambda *_: pytest.fail("compiled again"))
    assert planned(setting_weights()[0]).program == first.program
