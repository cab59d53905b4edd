"""Kernels like those of users' plasticity rules, compiled by both compilers and run on a chip."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import pytest

import chipsim
import halco
import haldls
import stadls
from grenade.ppu import Program, program
from grenade.ppu.plasticity import (
    Handles,
    PlasticityRule,
    SynapseView,
    Timer,
    recording_period_symbol,
    recording_symbol,
)
from grenade.ppu.recording import RawRecording, TimedRecording
from tests.chipsim.test_correlation_program import ROW, host_rows_off, pairs, prepared, read_row
from tests.chipsim.test_readout_program import columns, write
from tests.grenade.ppu import kernel_rules
from tests.grenade.ppu.chip_program import ChipProgram, read_weights, write_weights
from tests.grenade.ppu.compilers import COMPILERS, needs_compiler
from tests.grenade.ppu.kernel_rules import US

RULES = {**kernel_rules.ALL, "recorded_rows_in_dram": lambda: kernel_rules.recorded_rows(placement_in_dram=True)}


@cache
def built(name: str, compiler: str) -> Program:
    return program.build([RULES[name]()], compiler=compiler)


class Chip:
    """A chip that executes a kernel, from random weights on."""

    def __init__(self, rule: PlasticityRule, compiled: Program) -> None:
        self.connection = chipsim.SimConnection(chipsim.Chip.ideal())
        builder, _ = stadls.SystemInit().generate()
        stadls.run(self.connection, builder.done())
        self.rule = rule
        self.before = np.random.default_rng(5).integers(0, 64, (2, 256, 256))
        write_weights(self.connection, self.before)
        self.program = ChipProgram(self.connection, compiled)

    @classmethod
    def named(cls, name: str, compiler: str) -> Chip:
        return cls(RULES[name](), built(name, compiler))

    def run(self, duration_us: float) -> None:
        self.program.start()
        self.program.schedule(duration_us)
        self.program.stop()
        assert self.program.exit_codes() == [0, 0]
        self.after = read_weights(self.connection)

    def recorded(self, rule: PlasticityRule | None = None) -> Any:
        rule = rule or self.rule
        recording, layout = rule.recording, rule.layout
        data = self.program.read(recording_symbol(rule))
        if layout is None:
            assert isinstance(recording, RawRecording)
            return np.frombuffer(data, np.int8)[:recording.scratchpad_memory_size]
        assert isinstance(recording, TimedRecording)
        return layout.decode(data)

    def fire(self, counts: dict[int, int]) -> None:
        """Let neurons fire some times."""
        builder = stadls.PlaybackProgramBuilder()
        for neuron, count in counts.items():
            place = halco.AtomicNeuronOnDLS(halco.Enum(neuron))
            for _ in range(count):
                builder.write(place.toNeuronResetOnDLS(), haldls.NeuronReset())
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        stadls.run(self.connection, builder.done())


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", RULES)
def test_kernels_compile(name: str, compiler: str) -> None:
    rule = RULES[name]()
    file = built(name, compiler).file
    symbols = file.read_symbols()
    layout, recording = rule.layout, rule.recording
    if recording is not None:
        size = recording.scratchpad_memory_size if layout is None else layout.size * rule.num_periods
        place = symbols[recording_symbol(rule)].coordinate
        assert place.length() == size
        assert isinstance(place, halco.ExternalPPUDRAMMemoryBlockOnFPGA) == recording.placement_in_dram
    assert 4 * len(file.read_program().internal) < 8192, "room for stack and heap"


@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_picture_in_the_weights(compiler: str) -> None:
    chip = Chip.named("constant_weights", compiler)
    chip.run(1000)
    expected = chip.before.copy()
    picture = [0b00111100, 0b01000010, 0b10100101, 0b10000001]
    for view in chip.rule.handles[0].synapses:
        for row in view.rows:
            for column in view.columns:
                expected[view.hemisphere, row, column] = 60 if picture[row // 4 % 4] >> column % 8 & 1 else 3
    np.testing.assert_array_equal(chip.after, expected)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_homeostasis(compiler: str) -> None:
    chip = Chip.named("homeostasis", compiler)
    before = chip.before.copy()
    chip.program.start()
    counts = {0: 3, 1: 10, 2: 30, 3: 0, 256 + 4: 200, 256 + 130: 300}
    builder = stadls.PlaybackProgramBuilder()
    for neuron in counts:
        place = halco.AtomicNeuronOnDLS(halco.Enum(neuron))
        builder.write(place.toSpikeCounterResetOnDLS(), haldls.SpikeCounterReset())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(chip.connection, builder.done())
    chip.fire(counts)
    chip.program.schedule(700)
    chip.program.stop()
    assert chip.program.exit_codes() == [0, 0]
    data = chip.recorded()
    seen = [np.minimum([counts[256 * view.hemisphere + c] for c in view.columns], 255)
            for view in chip.rule.handles[0].neurons]
    for rates, expected in zip(data["rates"].data, seen, strict=True):
        np.testing.assert_array_equal(rates, [expected, 0 * expected, 0 * expected])
    for weights, view, rates in zip(data["weights"].data, chip.rule.handles[0].synapses, seen, strict=True):
        weight = before[view.hemisphere][np.ix_(view.rows, view.columns)].astype(int)
        for period, rate in enumerate((rates, 0 * rates, 0 * rates)):
            weight = np.clip(weight + np.sign(10 - rate), 0, 63)
            np.testing.assert_array_equal(weights[period], weight)
    start, period = 50 * US, 200 * US
    times = data["rates"].time.astype(int)
    assert np.all((times >= start + period * np.arange(3)) & (times < start + period * np.arange(3) + 100 * US))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_reward(compiler: str) -> None:
    chip = Chip.named("reward_stdp", compiler)
    chip.program.start()
    chip.program.write("current_input", (2).to_bytes(4, "big"))
    chip.fire({0: 1, 1: 4, 2: 9, 3: 300})
    chip.program.schedule(2500)
    chip.program.stop()
    assert chip.program.exit_codes() == [0, 0]
    data = chip.recorded()
    # The kernel resets the neurons at its end, and each of them counts that.
    np.testing.assert_array_equal(data["counts"].data[0], [[1, 4, 9, 300], [1, 1, 1, 1]])
    np.testing.assert_array_equal(data["winner"].data[0], [[3], [0]])
    assert chip.program.read_words("winner") == [0, 0]
    # Nobody is rewarded.
    rewards = [np.frombuffer(value, ">f4") for value in chip.program.read("mean_rewards")]
    np.testing.assert_array_equal(rewards, [[0.5, 0.5, 0.125, 0.5], [0.5] * 4])
    after = read_weights(chip.connection)
    (view,) = chip.rule.handles[0].synapses
    chosen = np.ix_(view.rows, view.columns)
    change = after[0][chosen].astype(int) - chip.before[0][chosen]
    # Without correlation only the noise moves weights, by at most 2 each time.
    assert np.abs(change).max() <= 5
    expected = chip.before.copy()
    expected[0][chosen] = after[0][chosen]
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_global_variables(compiler: str) -> None:
    chip = Chip.named("scripting", compiler)
    chip.program.start()
    chip.program.write("increment", (10).to_bytes(4, "big"))
    chip.program.schedule(300)
    assert chip.program.read_words("num_calls") == [4, 4]
    assert chip.program.read_words("result") == [40, 40]
    assert [np.frombuffer(v, ">i2").tolist() for v in chip.program.read("table")] == [[48, -16, 64, -16, 80, -144]] * 2
    times = [int.from_bytes(value, "big") for value in chip.program.read("last_call")]
    assert all(150 * US <= time < 200 * US for time in times)
    chip.program.schedule(300)
    chip.program.stop()
    assert chip.program.read_words("num_calls") == [8, 8]
    expected = chip.before.copy()
    expected[0, 77, [5, 9]] = 80 % 64
    np.testing.assert_array_equal(read_weights(chip.connection), expected)
    assert chip.program.read_words("timer_0_0_0_event_drop_count") == [0, 0]
    assert chip.program.read_words("scheduler_event_drop_count") == [0, 0]
    begins = [line.split() for line in chip.program.mailboxes()[0].splitlines() if "begin" in line]
    assert [words[:3] for words in begins] == [["rule", "0", "begin"]] * 8


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", ["recorded_rows", "recorded_rows_in_dram"])
def test_recorded_rows(name: str, compiler: str) -> None:
    chip = Chip.named(name, compiler)
    chip.program.start()
    chip.fire({17: 5, 18: 6, 256: 7})
    chip.program.schedule(700)
    data = chip.recorded()
    assert chip.program.read_words(recording_period_symbol(chip.rule)) == [0, 0], "wraps after two periods"
    chip.program.stop()
    np.testing.assert_array_equal(data["array"].data[0], [[-1500, -500, 500, 1500]] * 2)
    for i, view in enumerate(chip.rule.handles[0].synapses):
        rows = chip.before[view.hemisphere][list(view.rows)]
        for period in range(2):
            np.testing.assert_array_equal(data["synapse_rows_u8"].data[i][period], rows)
            np.testing.assert_array_equal(data["synapse_packed_i8"].data[i][period], -rows[:, view.columns])
            np.testing.assert_array_equal(data["synapse_packed_u16"].data[i][period], 1000 * rows[:, view.columns])
            # The order of the halfwords inside a half row is that of the vector unit.
            stored = data["synapse_rows_i16"].data[i][period]
            for parity in range(2):
                np.testing.assert_array_equal(
                    np.sort(stored[:, parity::2]), np.sort(256 * rows[:, parity::2])
                )
    for i, view in enumerate(chip.rule.handles[0].neurons):
        row, packed = data["neuron_row_u8"].data[i], data["neuron_packed_u8"].data[i]
        np.testing.assert_array_equal(row[:, view.columns], packed)
        np.testing.assert_array_equal(packed, [[{17: 5, 18: 6, 0: 7}[c] for c in view.columns]] * 2)
        assert np.count_nonzero(row) == packed.size


@pytest.mark.parametrize("compiler", COMPILERS)
def test_signed_rows(compiler: str) -> None:
    chip = Chip.named("signed_rows", compiler)
    exc, inh = chip.rule.handles[0].synapses
    before = chip.before.astype(int)
    first = before[1][np.ix_(exc.rows, range(256))] - before[1][np.ix_(inh.rows, range(256))]
    signed = first - 40
    # Only the columns of a view are written, here those of different views for either sign.
    positive, negative = np.clip(signed, 0, 63), np.clip(-signed, 0, 63)
    expected = before.copy()
    for i in range(2):
        expected[1, inh.rows[i], list(inh.columns)] = negative[i, list(inh.columns)]
        expected[1, exc.rows[i], list(exc.columns)] = positive[i, list(exc.columns)]
    told = [expected[1, exc.rows[i], exc.columns[0]] - expected[1, inh.rows[i], exc.columns[0]] for i in range(2)]
    unsigned = expected[1][np.ix_(exc.rows, exc.columns)]
    told += [value for value in unsigned[:, 0]]
    # 200 more is 56 less; below zero is clamped to zero.
    expected[1][np.ix_(exc.rows, exc.columns)] = np.clip(unsigned - 56, 0, 63)
    told.append(expected[1, inh.rows[0], inh.columns[0]])
    chip.run(300)
    np.testing.assert_array_equal(chip.after, expected)
    np.testing.assert_array_equal(chip.recorded()[:5], told)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_readouts(compiler: str) -> None:
    """Samples of the kernel are those that the host reads over the Omnibus; the kernel resets the sensors."""
    e = prepared()
    rule = RULES["readouts"]()
    chip = ChipProgram(e.connection, built("readouts", compiler))
    host_rows_off(e)
    chip.start()
    sensors = {"enable_internal_causal": True, "enable_internal_acausal": True}
    write(e, *columns(**sensors, enable_cadc_neuron_readout_causal=True))
    neurons = e.cadc()
    write(e, *columns(**sensors))
    without = read_row(e)
    assert neurons.max() < without.min()
    pairs(e, 2, 20)
    with_pairs = read_row(e)
    assert rule.handles[0].synapses[0].rows[0] == ROW and np.count_nonzero(with_pairs != without) > 3
    chip.schedule(1000)
    chip.stop()
    assert chip.exit_codes() == [0, 0]
    assert rule.layout is not None
    data = rule.layout.decode(chip.read(recording_symbol(rule)))
    for hemisphere in range(2):
        assert np.abs(data["neurons"].data[hemisphere].astype(int) - neurons[hemisphere]).max() <= 1
    for names in (("causal", "acausal"), ("both_causal", "both_acausal")):
        for channel, name in enumerate(names):
            first, second = data[name].data[0][:, 0].astype(int)
            assert np.abs(first - with_pairs[channel]).max() <= 1, name
            assert np.abs(second - without[channel]).max() <= 1, name


@needs_compiler
def test_one_kernel_on_several_views() -> None:
    """Timers that continue each other are one; what comes too fast is counted as missed."""
    timers = (Timer(0, 40 * US, 2), Timer(80 * US, 40 * US, 3), Timer(300 * US, US, 100))
    rule = dataclasses.replace(kernel_rules.scripting(), id=6, handles=(
        Handles((SynapseView(0, (1,), (5,)),), (), timers[:2]), Handles((SynapseView(1, (2,), (6,)),), (), timers[2:]),
    ))
    chip = Chip(rule, program.build([rule]))
    chip.program.start()
    chip.program.write("increment", (1).to_bytes(4, "big"))
    chip.program.schedule(500)
    calls = chip.program.read_words("num_calls")
    missed = chip.program.read_words("timer_1_6_0_event_drop_count")
    assert chip.program.read_words("timer_0_6_0_event_drop_count") == [0, 0]
    for ppu in range(2):
        fast = calls[ppu] - 5
        assert 1 < fast < 50
        # Nobody counts the periods that end during the last call.
        assert 80 < fast + missed[ppu] <= 101
    expected = chip.before.copy()
    # The first view sees five calls, the second one those that follow.
    expected[0, 5, 1], expected[1, 6, 2] = 5, calls[1] % 64
    np.testing.assert_array_equal(read_weights(chip.connection), expected)


@needs_compiler
def test_two_rules_with_recordings_of_their_own() -> None:
    first, second = kernel_rules.homeostasis(), dataclasses.replace(kernel_rules.signed_rows(), id=1)
    chip = Chip(first, program.build([first, second]))
    chip.run(800)
    weights = chip.recorded()["weights"].data
    for view, values in zip(first.handles[0].synapses, weights, strict=True):
        before = chip.before[view.hemisphere][np.ix_(view.rows, view.columns)]
        np.testing.assert_array_equal(values[-1], np.minimum(before + 3, 63))
    excitatory, inhibitory = second.handles[0].synapses
    told = chip.recorded(second)
    assert told[4] == chip.after[1, inhibitory.rows[0], inhibitory.columns[0]]
    chosen = np.ix_(excitatory.rows, excitatory.columns)
    np.testing.assert_array_equal(
        chip.after[1][chosen], np.clip(np.clip(_signed(chip.before, second), 0, 63) - 56, 0, 63)
    )


def _signed(weights: np.ndarray, rule: PlasticityRule) -> np.ndarray:
    """What `signed_rows.cpp` sets the excitatory columns of the views to."""
    excitatory, inhibitory = rule.handles[0].synapses
    rows = weights[1].astype(int)
    return rows[np.ix_(excitatory.rows, excitatory.columns)] - rows[np.ix_(inhibitory.rows, excitatory.columns)] - 40
