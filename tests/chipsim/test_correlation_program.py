"""Correlation sensors driven by programs: pairs of events and spikes, read through the column ADC."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.correlation import POST, CorrelationSensors
from chipsim.events import KINDS
from chipsim.sensors import LONG_LOG
from tests.chipsim.experiment import US, Experiment
from tests.chipsim.readout_experiment import experiment, neuron
from tests.chipsim.test_readout_program import columns, write

LABEL, DRIVER = 15, 5
ROW = 2 * DRIVER
INPUT = DRIVER // 4 << 6 | LABEL
"""Label of an event of the host for the driver."""
STEP = 4.5e-3
"""V per step of the column ADC."""


def prepared(seed: int | None = None, store: int = 70, ramp: int = 80, v_res_meas: float = 0.9, calib: Any = (0, 0),
             start: int = 100, **targets: Any) -> Experiment:
    """A chip with working sensors, on channels with ramps of 4.5 mV steps that begin at a cell of 0.2 V."""
    e = experiment(seed, **{"noise": False, "leak": 80, "threshold": None, **targets})
    e.input_row(0, DRIVER, "excitatory", 0, label=LABEL)
    for chain in e.config.cadc_readout_chains:
        chain.correlation.i_bias_store, chain.correlation.i_bias_ramp = [store] * 2, [ramp] * 2
        chain.correlation.i_bias_corout = [600] * 2
        chain.ramp.v_offset, chain.ramp.i_slope = [start] * 2, [350] * 2
        chain.channels_causal.columns.offset = chain.channels_acausal.columns.offset = np.zeros(256, dtype=int)
    matrix = e.config.synapse_blocks[halco.SynapseBlockOnDLS(0)].matrix
    matrix.amp_calibs[ROW], matrix.time_calibs[ROW] = np.full(256, calib[0]), np.full(256, calib[1])
    e.configure()
    power(e, v_res_meas)
    return e


def power(e: Experiment, v_res_meas: float = 0.9) -> None:
    """Voltages of the board and switches of the columns."""
    block = lola.DACChannelBlock()
    block.set_voltage(halco.DACChannelOnBoard.mux_dac_25, 1.85)
    block.set_voltage(halco.DACChannelOnBoard.v_res_meas, v_res_meas)
    internal = {"enable_internal_causal": True, "enable_internal_acausal": True}
    write(e, (halco.DACChannelBlockOnBoard(), block), *columns(**internal))


def read_row(e: Experiment, row: int = ROW) -> np.ndarray:
    """Samples of a row of the top hemisphere, (2, 256): causal and acausal."""
    builder = stadls.PlaybackProgramBuilder()
    ticket = builder.read(halco.CADCSampleRowOnDLS(halco.SynapseRowOnSynram(row), halco.SynramOnDLS.top))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())
    sample = ticket.get()
    return np.stack([np.asarray(sample.causal), np.asarray(sample.acausal)]).astype(int)


def quad(number: int) -> Any:
    return halco.SynapseQuadColumnOnDLS(number)


def reset(e: Experiment, row: int = ROW) -> None:
    write(e, *[(halco.CorrelationResetOnDLS(halco.Enum(64 * row + q)), haldls.CorrelationReset()) for q in range(64)])


def pairs(e: Experiment, delay_us: float, n: int, number: int = 0, apart_us: float = 200, label: int = LABEL) -> None:
    """Pairs of a presynaptic event and spikes of four neurons, which come `delay_us` later."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    event = haldls.PADIEvent()
    event.event_address = label
    event.fire_bus[halco.PADIBusOnPADIBusBlock(DRIVER % 4)] = True
    event.row_select_address = DRIVER // 4
    post = halco.NeuronResetQuadOnDLS(quad(number), halco.SynramOnDLS.top)
    pre = halco.PADIEventOnDLS(halco.PADIBusBlockOnDLS.top)
    pulses = [(0.0, (pre, event)), (delay_us, (post, haldls.NeuronResetQuad()))]
    # A pulse of the second kind comes first, so that all pairs are the same.
    second = max(pulses, key=lambda pulse: pulse[0])[1]
    builder.write(*second)
    for k in range(n):
        for at, pulse in sorted(pulses, key=lambda pulse: pulse[0]):
            builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round((100 + apart_us * (k + 1) + at) * US)))
            builder.write(*pulse)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())


COLUMNS = [0, 2, 4, 6]
"""Columns of the first quad."""


def host_rows_off(e: Experiment) -> None:
    """The buses take events of the host directly."""
    config = haldls.CommonPADIBusConfig()
    write(e, (halco.CommonPADIBusConfigOnDLS(halco.PADIBusBlockOnDLS.top), config))


@pytest.mark.parametrize("delay_us", [1.0, 2.5, 5.0, 10.0, -1.0, -2.5, -5.0, -10.0])
def test_pairs_fall_off_with_the_delay(delay_us: float) -> None:
    e = prepared()
    host_rows_off(e)
    reset(e)
    before = read_row(e)
    pairs(e, delay_us, 100)
    fall = before - read_row(e)
    mine, other = (0, 1) if delay_us > 0 else (1, 0)
    expected = 100 * 2.25e-3 * np.exp(-abs(delay_us) / 5) / STEP
    # The other branch sees the distance to the next pair, 40 time constants.
    assert np.abs(fall[mine, COLUMNS] - expected).max() <= 1.5
    assert np.all(fall[other] == 0) and np.all(np.delete(fall, COLUMNS, axis=1) == 0)
    assert np.all(before >= 120)


@pytest.mark.parametrize(("settings", "amplitude", "tau"), [
    ({"store": 140}, 2.25e-3 / 2, 5), ({"ramp": 40}, 2.25e-3, 10), ({"calib": (2, 0)}, 2.25e-3 / 1.5, 5),
    ({"calib": (0, 3)}, 2.25e-3, 5 / 1.75), ({"v_res_meas": 0.84}, 2.25e-3 / np.e, 5),
])
def test_amplitude_and_time_constant(settings: Any, amplitude: float, tau: float) -> None:
    e = prepared(**settings)
    host_rows_off(e)
    before = read_row(e)
    pairs(e, 3.0, 120)
    fall = (before - read_row(e))[0, COLUMNS]
    assert np.abs(fall - 120 * amplitude * np.exp(-3 / tau) / STEP).max() <= 1.5


def test_the_label_has_to_match() -> None:
    e = prepared()
    host_rows_off(e)
    before = read_row(e)
    pairs(e, 1.0, 50, label=LABEL - 1)
    assert np.array_equal(before, read_row(e))


def test_reset_of_single_quads_and_rows() -> None:
    e = prepared()
    host_rows_off(e)
    before = read_row(e)
    pairs(e, 1.0, 50)
    fallen = read_row(e)
    assert np.all(fallen[0, COLUMNS] < before[0, COLUMNS] - 10)
    reset(e, ROW + 1)
    assert np.array_equal(read_row(e), fallen)
    pairs(e, 1.0, 50, number=1)
    write(e, (halco.CorrelationResetOnDLS(halco.Enum(64 * ROW)), haldls.CorrelationReset()))
    after = read_row(e)
    assert np.array_equal(after[:, COLUMNS], before[:, COLUMNS])
    assert np.all(after[0, [8, 10, 12, 14]] < before[0, [8, 10, 12, 14]] - 10)


def test_without_voltages_of_the_board_nothing_is_kept() -> None:
    e = experiment(leak=80, threshold=None)
    e.input_row(0, DRIVER, "excitatory", 0, label=LABEL)
    e.configure()
    host_rows_off(e)
    pairs(e, 1.0, 20)
    sensors = e.chip.board.analog.sensors
    assert not sensors.on and sensors.state is None


def model_of(e: Experiment, log: chipsim.EventLog) -> CorrelationSensors:
    """What the model of the sensors makes of the events, for the row with input."""
    model = CorrelationSensors(e.chip.board.analog._derive_correlation())
    for event in log.events:
        name = KINDS[event["kind"]].name
        if name == "driver" and event["place"] == DRIVER:
            model.pre(0, 2 * DRIVER, np.full(256, event["label"] == LABEL), event["time_us"])
        elif name == "spike" and event["place"] < 256:
            model.post(0, [event["place"]], event["time_us"])
    return model


@pytest.mark.parametrize("seed", [None, 2])
def test_spikes_of_neurons_are_post_pulses(seed: int | None) -> None:
    """Neurons that fire by themselves, and events of the host over the crossbar."""
    e = prepared(seed, leak=110, threshold=100)
    with e.chip.record_events() as log:
        e.run(700, 20 + 13.7 * np.arange(40), [INPUT] * 40)
    model = model_of(e, log)
    e.chip.board.analog.read_sensors(0, ROW)
    found = e.chip.board.analog.sensors.state["level"][:, 0, ROW]
    assert len(log["spike"]) > 1000 and found.max() > 0.01
    assert found == pytest.approx(model.level[:, 0, ROW], rel=2e-3, abs=1e-6)


def test_clones_and_originals_see_the_same() -> None:
    e = prepared(2, noise=True, leak=110, threshold=100)
    e.run(200, [20.0, 40.0], [INPUT] * 2)
    other = Experiment(e.chip.clone(), e.config)
    results = []
    for one in (e, other):
        one.run(300, 20 + 13.7 * np.arange(15), [INPUT] * 15)
        results.append(np.stack([read_row(one), read_row(one, 3)]))
    assert np.array_equal(results[0], results[1]) and np.ptp(results[0][0, 0]) > 5


def test_labels_count_that_a_synapse_has_at_the_time_of_the_event() -> None:
    e = prepared()
    host_rows_off(e)
    before = read_row(e)
    pairs(e, 1.0, 40)
    labels = haldls.SynapseLabelQuad()
    labels.values.fill(3)
    write(e, (halco.SynapseLabelQuadOnDLS(halco.Enum(64 * ROW)), labels))
    fall = (before - read_row(e))[0, COLUMNS]
    assert np.abs(fall - 40 * 2.25e-3 * np.exp(-1 / 5) / STEP).max() <= 1.5
    pairs(e, 1.0, 40)
    assert np.array_equal((before - read_row(e))[0, COLUMNS], fall)


def test_block_post_pulses_in_place_of_those_of_the_neuron() -> None:
    e = prepared()
    host_rows_off(e)
    for circuit in (0, 2):
        config = neuron(e, circuit).asNeuronBackendConfig()
        config.post_overwrite = circuit == 0
        write(e, (halco.AtomicNeuronOnDLS(halco.Enum(circuit)).toNeuronBackendConfigOnDLS(), config))
    before = read_row(e)
    pairs(e, 1.0, 40)
    fall = (before - read_row(e))[0, COLUMNS]
    assert fall[0] == 0 and np.all(fall[1:] > 10)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    for k in range(40):
        event = haldls.PADIEvent()
        event.event_address, event.row_select_address = LABEL, DRIVER // 4
        event.fire_bus[halco.PADIBusOnPADIBusBlock(DRIVER % 4)] = True
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value((10 + 200 * k) * US))
        builder.write(halco.PADIEventOnDLS(halco.PADIBusBlockOnDLS.top), event)
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value((11 + 200 * k) * US))
        builder.write(halco.BlockPostPulseOnDLS(0), haldls.BlockPostPulse())
        builder.write(halco.BlockPostPulseOnDLS(1), haldls.BlockPostPulse())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())
    later = (before - read_row(e))[0, COLUMNS]
    assert abs(later[0] - 40 * 2.25e-3 * np.exp(-1 / 5) / STEP) <= 1.5 and np.array_equal(later[1:], fall[1:])


def test_auto_calibrating_reset() -> None:
    """Reads never return; the capacitors end at the start of the ramp of their channel."""
    e = prepared(3, start=200)
    config = haldls.CommonCorrelationConfig()
    config.reset_mode = config.ResetMode.auto_calibrating
    at = halco.CommonCorrelationConfigOnDLS(0)
    write(e, (at, config))
    reset(e)
    short = haldls.InstructionTimeoutConfig()
    short.value = haldls.InstructionTimeoutConfig.Value(1000)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.InstructionTimeoutConfigOnFPGA(), short)
    ticket = builder.read(halco.CADCSampleQuadOnDLS())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    with contextlib.suppress(RuntimeError):
        stadls.run(e.connection, builder.done())
    with pytest.raises(RuntimeError):
        ticket.get()
    write(e, (at, haldls.CommonCorrelationConfig()))
    assert read_row(e).max() <= 1 and read_row(e, ROW + 1).min() > 100


def test_reset_of_the_chip_charges_the_capacitors() -> None:
    e = prepared()
    host_rows_off(e)
    before = read_row(e)
    pairs(e, 1.0, 40)
    e.configure()
    power(e)
    assert np.array_equal(read_row(e), before)


def test_neurons_are_read_as_before_on_their_own_switches() -> None:
    e = prepared()
    e.run(100)
    internal = {"enable_internal_causal": True, "enable_internal_acausal": True}
    write(e, *columns(**internal, enable_cadc_neuron_readout_causal=True))
    samples = e.samples()
    assert samples[0, 0].max() < 120 <= samples[0, 1].min()


def test_pulses_are_applied_when_many_wait() -> None:
    """More than are kept: most have been applied before anybody looks."""
    e = prepared(leak=110, threshold=100)
    with e.chip.record_events("spike") as log:
        e.run(3000)
    assert len(log) > 2 * LONG_LOG
    # Pulses are only applied in parts, so the last ones still wait.
    waiting = e.chip.board.analog.sensors.waiting
    assert 0 < waiting <= LONG_LOG + 512
    assert np.all(e.chip.board.analog.sensors.state["last"] == POST)
