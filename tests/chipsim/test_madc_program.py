"""The membrane ADC driven by programs: samples in the response stream."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.madc import LSB, OFFSET
from tests.chipsim.experiment import US, Experiment
from tests.chipsim.readout_experiment import (
    MADC,
    connect,
    control,
    experiment,
    neuron,
    record,
    start_recording,
    synchronise,
)

SETTLED = 250
"""Samples until the input has arrived: 8 us, as real software has it."""


def code(volts: Any) -> Any:
    return np.floor((volts + OFFSET) / LSB)


def ready(*circuits: int, seed: int | None = None, noise: bool = False, source: str = "membrane",
          **targets: Any) -> Experiment:
    e = experiment(seed, noise, **{"leak": 80, "threshold": None, **targets})
    connect(e, *circuits, source=source)
    e.configure()
    synchronise(e)
    e.run(100)
    return e


def samples(program: stadls.PlaybackProgram) -> np.ndarray:
    return program.madc_samples.to_numpy()


def test_one_sample_every_34_ns() -> None:
    e = ready(4)
    begin = e.chip.board.now
    s = samples(record(e, 100))
    assert len(s) == pytest.approx(100 / 0.034, abs=2)
    # 4.25 FPGA cycles, of which the timestamp has whole and half ones.
    assert set(np.diff(s["chip_time"].astype(int))) == {4, 5}
    assert (s["chip_time"][-1] - s["chip_time"][0]) / (len(s) - 1) == pytest.approx(4.25, abs=1e-3)
    assert np.all(s["channel"] == 0)
    # Chip and FPGA count the same time; the way takes less than a us.
    assert np.all((s["fpga_time"] > s["chip_time"]) & (s["fpga_time"] - s["chip_time"] < US))
    assert e.chip.board.now - begin == pytest.approx(112 * US, abs=100)


@pytest.mark.parametrize(("adjust", "scale", "period_ns"), [(0, None, 24), (7, None, 38), (5, 2, 204)])
def test_rate_follows_the_settings(adjust: int, scale: int | None, period_ns: float) -> None:
    e = experiment(leak=80, threshold=None)
    connect(e, 4)
    madc = e.config.readout_chain.madc
    madc.sample_duration_adjust = adjust
    if scale is not None:
        madc.enable_madc_clock_scaling, madc.clock_scale_value = True, scale
    e.configure()
    s = samples(record(e, 50))
    assert len(s) == pytest.approx(50e3 / period_ns, abs=2)


def test_samples_are_the_membrane_at_their_time() -> None:
    """The probe is made at the start of the program, 10 us and some cycles before the first sample."""
    e = experiment(leak=80, threshold=None)
    connect(e, 4)
    e.input_row(0, 0, "excitatory", 63)
    e.configure()
    synchronise(e)
    e.run(100)
    probe = e.chip.probe(4, interval_us=0.002)
    s = samples(record(e, 60, [15.0, 30.0], [0, 0]))
    start = np.arange(len(s)) * 0.034
    # The probe has a sample per clock cycle; where the recording begins in it is found by the steepest part.
    errors = []
    for shift in np.arange(9.9, 10.4, 0.002):
        at = np.round((start + shift) / 0.002).astype(int)[SETTLED:]
        errors.append(np.abs(code(probe.values[at]) - s["value"][SETTLED:]).max())
    assert min(errors) == 0 and max(errors) > 1


def test_start_up() -> None:
    s = samples(record(ready(4), 20))["value"].astype(int)
    rest = s[-1]
    assert s[0] == code(0.0) and rest > 200
    # 120 samples, which users drop, leave half a code; 8 us nothing.
    assert abs(s[120] - rest) <= 1 and np.all(s[SETTLED:] == rest)


def test_two_neurons_alternate_with_exchanged_channels() -> None:
    e = experiment(leak=80, threshold=None)
    connect(e, 4, 7)
    neuron(e, 7).leak.v_leak = neuron(e, 7).leak.v_leak + 100
    e.configure()
    e.run(100)
    s = samples(record(e, 40))[2 * SETTLED:]
    assert np.all(np.diff(s["channel"].astype(int)) != 0)
    first, second = (s["value"][s["channel"] == c].astype(int) for c in (1, 0))
    assert np.ptp(first) == np.ptp(second) == 0
    # A step of v_leak is 0.85 steps of a cell of 1.875 mV.
    assert second[0] - first[0] == pytest.approx(100 * 0.85 * 1.875e-3 / LSB, abs=1.5)


def test_nothing_is_sent_without_recording() -> None:
    e = ready(4)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig())
    stadls.run(e.connection, builder.done())
    assert len(record(e, 20).madc_samples) == 0


def test_nothing_is_sent_without_wake_up_or_start() -> None:
    e = ready(4)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(MADC, control(start_recording=True))
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(20 * US))
    program = builder.done()
    stadls.run(e.connection, program)
    assert len(program.madc_samples) == 0
    assert not e.chip.board.analog.front.madc.recordings


@pytest.mark.parametrize("number", [1, 10, 1411])
def test_finite_recordings(number: int) -> None:
    """As the calibration does it: start and clear, once per neuron, the neurons one after the other."""
    e = experiment(leak=80, threshold=None)
    for circuit in range(0, 8, 2):
        neuron(e, circuit).leak.v_leak = neuron(e, circuit).leak.v_leak + 20 * circuit
    connect(e, 0)
    e.config.readout_chain.madc.number_of_samples = number
    e.configure()
    synchronise(e)
    e.run(200)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(MADC, control(wake_up=True, enable_continuous_sampling=False))
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(100 * US))
    marks = []
    for k in range(4):
        for circuit in range(0, 8, 2):
            config = neuron(e, circuit).asNeuronConfig()
            config.enable_readout = circuit == 2 * k
            builder.write(halco.AtomicNeuronOnDLS(halco.Enum(circuit)).toNeuronConfigOnDLS(), config)
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        builder.write(MADC, control(start_recording=True, enable_continuous_sampling=False))
        builder.write(MADC, control(enable_continuous_sampling=False))
        marks.append(builder.read(halco.NullPayloadReadableOnFPGA()))
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value((200 + 100 * k) * US))
    program = builder.done()
    stadls.run(e.connection, program)
    s = samples(program)
    assert len(s) == 4 * number
    at = [mark.fpga_time.value() for mark in marks]
    parts = [s[(s["chip_time"] >= a - US // 4) & (s["chip_time"] < a + 95 * US)] for a in at]
    assert [len(p) for p in parts] == [number] * 4
    if number > SETTLED:
        levels = [int(p["value"][-1]) for p in parts]
        step = 40 * 0.85 * 1.875e-3 / LSB
        assert np.diff(levels) == pytest.approx([step] * 3, abs=1.5)


def test_samples_spikes_and_reads_come_in_order_of_time() -> None:
    e = experiment(leak=110, threshold=100)
    # All neurons at once would wait for each other longer than the time stamps reach.
    e.config.neuron_block.atomic_neurons.columns.event_routing.enable_digital = np.arange(512) % 8 == 4
    connect(e, 4)
    e.configure()
    synchronise(e)
    builder = start_recording()
    tickets = []
    for k in range(10):
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value((20 + 7 * k) * US))
        tickets.append(builder.read(halco.NeuronConfigOnDLS()))
    builder.write(MADC, control(stop_recording=True))
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(100 * US))
    program = builder.done()
    stadls.run(e.connection, program)
    s, spikes = samples(program), program.spikes.to_numpy()
    assert len(spikes) > 100 and len(s) > 2000
    for events in (s, spikes):
        late = events["fpga_time"].astype(int) - events["chip_time"].astype(int)
        assert np.all(np.diff(events["fpga_time"].astype(int)) >= 0) and np.all((late > 0) & (late < 128))
    assert len(np.unique(s["chip_time"])) == len(s)
    reads = [ticket.fpga_time.value() for ticket in tickets]
    assert np.diff(reads) == pytest.approx([7 * US] * 9, abs=30)
    # The membrane that the samples show is reset at the spikes of this neuron.
    own = np.sort(spikes["chip_time"][spikes["label"] & 0x3FFF == 4])
    drops = s["chip_time"][1:][np.diff(s["value"].astype(int)) < -8]
    drops = drops[drops > s["chip_time"][SETTLED]]
    assert len(drops) > 0
    for drop in drops:
        assert np.abs(own.astype(int) - int(drop)).min() < US


def test_noise_and_its_seed() -> None:
    plain = samples(record(ready(4, noise=False), 200))["value"][SETTLED:].astype(int)
    noisy = samples(record(ready(4, noise=True), 200))["value"][SETTLED:].astype(int)
    again = samples(record(ready(4, noise=True), 200))["value"][SETTLED:].astype(int)
    assert np.ptp(plain) == 0
    assert noisy.std() == pytest.approx(1.5, rel=0.05) and np.array_equal(noisy, again)
    assert noisy.mean() == pytest.approx(plain.mean(), abs=0.7)


def test_synaptic_line_falls_while_the_membrane_rises() -> None:
    """As on the real chip, by at least 20 steps for 5 sources with the largest weight."""
    traces = {}
    for source in ("membrane", "exc_synin", "inh_synin"):
        e = experiment(leak=80, threshold=None)
        connect(e, 4, source=source)
        e.input_row(0, 0, "excitatory", 63)
        e.configure()
        e.run(100)
        traces[source] = samples(record(e, 60, 30 + 0.1 * np.arange(5), [0] * 5))["value"][SETTLED:].astype(int)
    base = {name: trace[:100].mean() for name, trace in traces.items()}
    assert traces["membrane"].max() - base["membrane"] > 20
    assert base["exc_synin"] - traces["exc_synin"].min() > 20 and traces["exc_synin"].max() - base["exc_synin"] < 10
    assert np.ptp(traces["inh_synin"]) == 0


def test_adaptation_grows_with_spikes() -> None:
    e = experiment(leak=80, threshold=None)
    connect(e, 4, source="adaptation")
    adaptation = neuron(e, 4).adaptation
    adaptation.enable, adaptation.i_bias_a, adaptation.i_bias_b, adaptation.i_bias_tau = True, 200, 500, 200
    adaptation.v_leak, adaptation.v_ref = neuron(e, 4).leak.v_leak, 500
    neuron(e, 4).event_routing.analog_output = lola.AtomicNeuron.EventRouting.AnalogOutputMode.normal
    e.configure()
    e.run(500)
    probe = e.chip.probe(4, "adaptation", 0.5)
    record(e, 20)
    first = samples(record(e, 50))["value"][SETTLED:].astype(int)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.AtomicNeuronOnDLS(halco.Enum(4)).toNeuronResetOnDLS(), haldls.NeuronReset())
    stadls.run(e.connection, builder.done())
    second = samples(record(e, 50))["value"][SETTLED:].astype(int)
    assert abs(second.mean() - first.mean()) > 3
    # 10 V per uA, whatever the sign of the current.
    change = (probe.values[-1] - probe.values[20]) * 10 / LSB
    assert second[-1] - first[0] == pytest.approx(change, abs=1.5)


def test_clones_and_threads_give_the_same_responses() -> None:
    e = ready(4, seed=3, noise=True, leak=110, threshold=100)
    # The clone begins in the middle of a recording.
    builder = start_recording(5)
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(20 * US))
    stadls.run(e.connection, builder.done())
    chips = [e.chip, *(e.chip.clone() for _ in range(3))]

    def run(chip: chipsim.Chip) -> np.ndarray:
        return samples(record(Experiment(chip, e.config), 100))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, chips))
    assert len(results[0]) > 2900
    for other in results[1:]:
        assert np.array_equal(results[0], other)


def test_reset_switches_the_converter_off() -> None:
    e = ready(4)
    builder = start_recording(5)
    stadls.run(e.connection, builder.done())
    e.configure()
    assert len(e.run(50).madc_samples) == 0


def test_changes_in_a_recording_show_at_their_time() -> None:
    """Another neuron takes over the line after 30 us."""
    e = experiment(leak=80, threshold=None)
    neuron(e, 6).leak.v_leak = neuron(e, 6).leak.v_leak + 100
    for circuit in (6, 4):
        connect(e, circuit)
    neuron(e, 6).readout.enable_buffered_access = False
    e.configure()
    synchronise(e)
    e.run(100)
    builder = start_recording()
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(40 * US))
    for circuit, on in ((4, False), (6, True)):
        config = neuron(e, circuit).asNeuronConfig()
        config.enable_readout = on
        builder.write(halco.AtomicNeuronOnDLS(halco.Enum(circuit)).toNeuronConfigOnDLS(), config)
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(70 * US))
    builder.write(MADC, control(stop_recording=True))
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(72 * US))
    program = builder.done()
    stadls.run(e.connection, program)
    s = samples(program)
    at = (s["chip_time"] - s["chip_time"][0]) / US
    before, after = s["value"][(at > 8) & (at < 29.9)].astype(int), s["value"][at > 30.4].astype(int)
    assert np.ptp(before) == np.ptp(after) == 0
    assert after[0] - before[0] == pytest.approx(100 * 0.85 * 1.875e-3 / LSB, abs=1.5)
