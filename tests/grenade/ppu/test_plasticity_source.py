"""Plasticity rules as C++ source, and recorded bytes as arrays."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grenade.ppu import periodic
from grenade.ppu.periodic import PeriodicCADC
from grenade.ppu.plasticity import (
    Handles,
    NeuronView,
    PlasticityRule,
    SynapseView,
    Timer,
    event_drop_count_symbols,
    merge_timers,
    rule_source,
    scheduling_source,
)
from grenade.ppu.recording import (
    ObservableArray,
    ObservablePerNeuron,
    ObservablePerSynapse,
    RawRecording,
    TimedLayout,
    TimedRecording,
    ViewShape,
)

KERNEL = "#include <array>\nvoid PLASTICITY_RULE_KERNEL() { /* PLASTICITY_RULE_KERNEL */ }\n"


def rule(**changes: Any) -> PlasticityRule:
    views = Handles((SynapseView(1, (3, 4), (0, 7)),), (NeuronView(0, (5,)),), (Timer(100, 1000, 5),))
    return PlasticityRule(**{"kernel": KERNEL, "handles": (views,), **changes})


@pytest.mark.parametrize(("make", "message"), [
    (lambda: SynapseView(2, (0,), (0,)), "hemisphere is 2"),
    (lambda: SynapseView(0, (), (0,)), "no columns"),
    (lambda: SynapseView(0, (0,), ()), "no rows"),
    (lambda: SynapseView(0, (256,), (0,)), "columns has 256"),
    (lambda: SynapseView(0, (0,), (4, 4)), "rows has the same value twice"),
    (lambda: NeuronView(0, (-1,)), "columns has -1"),
    (lambda: Timer(-1, 1, 1), "expected start >= 0"),
    (lambda: Timer(0, 0, 1), "period >= 1"),
    (lambda: Timer(0, 1, 0), "num_periods >= 1"),
    (lambda: rule(kernel="void kernel() {}"), "no function PLASTICITY_RULE_KERNEL"),
    (lambda: rule(id=-1), "not negative"),
    (lambda: rule(handles=()), "no handles"),
    (lambda: rule(
        recording=TimedRecording({"w": ObservablePerSynapse()}),
        handles=(Handles((SynapseView(0, (1,), (1,)),)), Handles((SynapseView(0, (1, 2), (1,)),))),
    ), "differ in shape"),
    (lambda: RawRecording(6), "multiple of 4"),
    (lambda: TimedRecording({"time": ObservableArray("int8", 1)}), "'time' cannot be the name"),
    (lambda: TimedRecording({"a b": ObservableArray("int8", 1)}), "'a b' cannot be the name"),
    (lambda: ObservableArray("int32", 1), "type is 'int32'"),  # type: ignore[arg-type]
    (lambda: ObservableArray("int8", 0), "size is 0"),
    (lambda: ObservablePerNeuron("int8", "rows"), "layout is 'rows'"),  # type: ignore[arg-type]
    (lambda: TimedLayout(TimedRecording({"w": ObservablePerSynapse()}), [], []), "no such view"),
    (lambda: PeriodicCADC("sram", 101), "expected 1 to 100 in sram"),
    (lambda: PeriodicCADC("flash", 1), "memory is 'flash'"),  # type: ignore[arg-type]
])
def test_descriptions_that_make_no_sense(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("timers", "merged"), [
    ([], ()),
    ([Timer(0, 10, 3), Timer(30, 10, 2)], (Timer(0, 10, 5),)),
    ([Timer(30, 10, 2), Timer(0, 10, 3)], (Timer(0, 10, 5),)),
    ([Timer(0, 10, 3), Timer(31, 10, 2)], (Timer(0, 10, 3), Timer(31, 10, 2))),
    ([Timer(0, 10, 3), Timer(30, 5, 2)], (Timer(0, 10, 3), Timer(30, 5, 2))),
    ([Timer(0, 10, 1), Timer(10, 10, 1), Timer(20, 10, 1)], (Timer(0, 10, 3),)),
])
def test_timers_that_continue_each_other_are_merged(timers: list[Timer], merged: tuple[Timer, ...]) -> None:
    assert merge_timers(timers) == merged


def test_the_first_name_of_the_kernel_is_replaced_and_lines_are_those_of_the_user() -> None:
    name, text = rule_source(rule(id=3, name='my "rule"'))
    assert name == "plasticity_rule_3.cpp"
    before, after = text.split('#line 1 "my \\"rule\\""\n')
    assert before == ""
    assert after.startswith(
        "#include <array>\nvoid plasticity_rule_kernel_3() { /* PLASTICITY_RULE_KERNEL */ }\n"
        '#line 1 "calls of my \\"rule\\""\n'
    )


@pytest.mark.parametrize(("captures", "without"), [
    ("[&ppu]", "[&   ]"),
    ("[ &ppu ]", "[&     ]"),
    ("[&ppu, &x]", "[      &x]"),
    ("[&x, &ppu]", "[&x      ]"),
    ("[&x, &ppu, y]", "[&x      , y]"),
    ("[&ppus]", "[&ppus]"),
    ("f(&ppu)", "f(&ppu)"),
])
def test_the_global_ppu_is_not_captured(captures: str, without: str) -> None:
    _, text = rule_source(rule(kernel=f"void PLASTICITY_RULE_KERNEL() {{ {captures} }}"))
    assert f"_kernel_0() {{ {without} }}" in text


def test_views_of_the_kernel() -> None:
    _, text = rule_source(rule(id=2))
    for part in (
        "columns_0[] __attribute__((section(\"ext.data\"))) = {3, 4};",
        "rows_0[] __attribute__((section(\"ext.data\"))) = {0, 7};",
        "neuron_columns_0[] __attribute__((section(\"ext.data\"))) = {5};",
        "make_synapse_array_view_handle(libnux::vx::PPUOnDLS::bottom, columns_0, 2, rows_0, 2)",
        "make_neuron_view_handle(libnux::vx::PPUOnDLS::top, neuron_columns_0, 1)",
        "plasticity_rule_kernel_2(handles_0_2::synapses, handles_0_2::neurons);",
    ):
        assert part in text


@pytest.mark.parametrize(("recording", "parts"), [
    (RawRecording(12), ['section("ext.data.keep")', "recorded_scratchpad_memory_0[1]", "std::array<char, 12> memory"]),
    (RawRecording(12, placement_in_dram=True), ['section("ext_dram.data.keep")']),
    (TimedRecording({"x": ObservableArray("uint16", 3)}), ["memory_0[5]", "std::array<uint16_t, 3> x"]),
])
def test_memory_of_recordings(recording: Any, parts: list[str]) -> None:
    _, text = rule_source(rule(recording=recording))
    for part in parts:
        assert part in text
    assert "neurons, next_recording());" in text


def test_scheduling() -> None:
    twice = rule(handles=(
        Handles(timers=(Timer(0, 10, 2), Timer(20, 10, 2), Timer(100, 7, 1))), Handles(timers=(Timer(500, 3, 9),)),
    ), id=4)
    assert event_drop_count_symbols(twice) == tuple(f"timer_{name}_event_drop_count" for name in (
        "0_4_0", "0_4_1", "1_4_0",
    ))
    name, text = scheduling_source([twice, rule()])
    assert name == "scheduling.cpp"
    for part in (
        "timer_0_4_0.set_period(10ull);", "timer_0_4_0.set_num_periods(4u);", "set_first_deadline(current + 500ull);",
        "std::tie(timer_0_4_0, timer_0_4_1, timer_1_4_0, timer_0_0_0)", "Scheduler<32>",
    ):
        assert part in text
    with pytest.raises(ValueError, match="the same number"):
        scheduling_source([rule(), rule()])


# -- recorded bytes ------------------------------------------------------------------------------------------------

VIEWS = [ViewShape(2, 3), ViewShape(1, 2)]
POPULATIONS = [ViewShape(None, 2), ViewShape(None, 1)]


@pytest.mark.parametrize(("observables", "size", "members"), [
    ({}, 8, []),
    ({"a": ObservableArray("int8", 3)}, 16, ["offsetof(R, a) == 8"]),
    ({"a": ObservableArray("int8", 3), "b": ObservableArray("int16", 1)}, 16,
     ["offsetof(R, a) == 8", "offsetof(R, b) == 12"]),
    ({"w": ObservablePerSynapse("int8", "packed_active_columns")}, 16, ["offsetof(R, w) == 8"]),
    ({"w": ObservablePerSynapse("uint16", "packed_active_columns")}, 24, [
        "Tuple<std::array<std::array<uint16_t, 3>, 2>, std::array<std::array<uint16_t, 2>, 1>> w;",
    ]),
    ({"w": ObservablePerSynapse("uint8", "complete_rows")}, 128 + 3 * 256, [
        "Tuple<std::array<libnux::vx::VectorRowMod8, 2>, std::array<libnux::vx::VectorRowMod8, 1>> w;",
        "offsetof(R, w) == 128",
    ]),
    ({"w": ObservablePerSynapse("int16", "complete_rows"), "x": ObservableArray("int8", 1)}, 128 + 3 * 512 + 128,
     ["VectorRowFracSat16", "offsetof(R, x) == 1664"]),
    ({"n": ObservablePerNeuron("int8", "complete_row")}, 128 + 2 * 256,
     ["Tuple<libnux::vx::VectorRowFracSat8, libnux::vx::VectorRowFracSat8> n;"]),
    ({"n": ObservablePerNeuron("int8", "packed_active_columns")}, 16,
     ["Tuple<std::array<int8_t, 2>, std::array<int8_t, 1>> n;"]),
])
def test_layout_of_records(observables: dict[str, Any], size: int, members: list[str]) -> None:
    layout = TimedLayout(TimedRecording(observables), VIEWS, POPULATIONS)
    assert layout.size == size
    text = layout.struct("R")
    for member in [*members, f"sizeof(R) == {size}"]:
        assert member in text


def test_members_are_in_the_order_of_their_names() -> None:
    text = TimedLayout(
        TimedRecording({"b": ObservableArray("int8", 1), "a": ObservableArray("int8", 1)}), [], []
    ).struct("R")
    assert text.index("time;") < text.index(" a;") < text.index(" b;")


def test_decoding_of_packed_values() -> None:
    recording = TimedRecording({
        "a": ObservableArray("int16", 2), "w": ObservablePerSynapse("int8", "packed_active_columns"),
        "x": ObservablePerNeuron("uint8", "packed_active_columns"),
    })
    layout = TimedLayout(recording, VIEWS, POPULATIONS)
    # time, a, then the last view of w before the first one, the same for x
    record = struct.pack(">Q2h8b3B", 7, -2, 300, 11, 12, 1, 2, 3, 4, 5, -6, 200, 21, 22)
    data = layout.decode(record.ljust(layout.size, b"\0") + struct.pack(">Q", 1 << 40).ljust(layout.size, b"\0"))
    assert data["a"].time.tolist() == [7, 1 << 40] == layout.times(
        record.ljust(layout.size, b"\0") + struct.pack(">Q", 1 << 40).ljust(layout.size, b"\0")
    ).tolist()
    assert data["a"].data[0][0].tolist() == [-2, 300]
    assert [view[0].tolist() for view in data["w"].data] == [[[1, 2, 3], [4, 5, -6]], [[11, 12]]]
    assert [view[0].tolist() for view in data["x"].data] == [[21, 22], [200]]
    assert [view.shape for view in data["w"].data] == [(2, 2, 3), (2, 1, 2)]
    with pytest.raises(ValueError, match=f"a record has {layout.size} bytes"):
        layout.decode(record[:9])


@pytest.mark.parametrize("element", ["int8", "uint8", "int16", "uint16"])
def test_decoding_of_complete_rows(element: Any) -> None:
    """Even columns come first, then odd ones; the last view comes first."""
    layout = TimedLayout(
        TimedRecording({"n": ObservablePerNeuron(element), "w": ObservablePerSynapse(element)}), VIEWS, POPULATIONS
    )
    values = np.random.default_rng(1).integers(-1000, 1000, (5, 256)).astype(element)
    first, second, third, fourth, fifth = (
        np.concatenate([row[0::2], row[1::2]]).astype(values.dtype.newbyteorder(">")).tobytes() for row in values
    )
    data = layout.decode(bytes(128) + second + first + fifth + third + fourth)
    np.testing.assert_array_equal(np.concatenate(data["n"].data), values[:2])
    np.testing.assert_array_equal(data["w"].data[0][0], values[2:4])
    np.testing.assert_array_equal(data["w"].data[1][0], values[4:])


@given(st.integers(0, 4), st.integers(0, 2**40), st.randoms(use_true_random=False))
def test_decoding_of_periodic_samples(count: int, time: int, random: Any) -> None:
    """Column c is at 128 + 128 * (c mod 2) + 4 * (31 - j div 4) + j mod 4 of a sample, with j = c div 2."""
    values = np.array([[random.randrange(256) for _ in range(256)] for _ in range(count)], np.uint8).reshape(-1, 256)
    memory = bytearray(struct.pack(">I", count).ljust(128, b"\xaa"))
    for i, row in enumerate(values):
        sample = bytearray(struct.pack(">Q", time + i).ljust(384, b"\xaa"))
        for column, value in enumerate(row):
            j = column // 2
            sample[128 + 128 * (column % 2) + 4 * (31 - j // 4) + j % 4] = value
        memory += sample
    times, samples = periodic.decode(memory + b"behind")
    assert times.tolist() == [time + i for i in range(count)]
    np.testing.assert_array_equal(samples, values)


def test_more_samples_than_memory() -> None:
    times, samples = periodic.decode(struct.pack(">I", 1000).ljust(128 + 384, b"\0"))
    assert times.shape == (1,) and samples.shape == (1, 256)
    with pytest.raises(ValueError, match="expected at least the 128 bytes"):
        periodic.decode(b"")


@pytest.mark.parametrize(("memory", "count"), [("sram", 1), ("sram", 100), ("dram", 1), ("dram", 204800)])
def test_place_of_periodic_samples(memory: Any, count: int) -> None:
    cadc = PeriodicCADC(memory, count)
    base, end = {"sram": (0x40000000, 0x40020000), "dram": (0x50000000, 0x60000000)}[memory]
    assert cadc.size == 128 + 384 * count == periodic.sample_bytes(count)
    assert base < cadc.top == base + cadc.free and cadc.top + cadc.size == cadc.bottom == end - cadc.size
    assert cadc.top % 128 == 0


def test_estimated_number_of_samples() -> None:
    assert periodic.estimated_samples(17) == 11
