"""Event logs, probes of drivers, traces of register accesses, progress."""

from __future__ import annotations

import time
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import stadls
from chipsim import timing
from chipsim.events import KINDS
from chipsim.progress import asked_cycles
from chipsim.trace import Origin
from stadls import words as ut
from tests.chipsim.experiment import Experiment, circuit_of, ctrl_c_after
from tests.chipsim.test_chip import driven, experiment, responses

TIMER = halco.TimerOnDLS()
DRIVER = halco.SynapseDriverOnDLS(halco.Enum(5))
LABEL = 1 << 6 | 7  # of driver 5


def listening(**driver_settings: object) -> Experiment:
    """The host drives all neurons of the top hemisphere through driver 5."""
    e = experiment(None, noise=False, threshold=None)
    e.input_row(0, 5, "excitatory", 20, label=7)
    block = e.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(0)]
    driver = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(5)]
    driver.offset = 7
    for name, value in driver_settings.items():
        setattr(driver, name, value)
    e.usual_stp_cells(0)
    e.configure()
    return e


def execute(e: Experiment, builder: stadls.PlaybackProgramBuilder) -> stadls.PlaybackProgram:
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    program = builder.done()
    stadls.run(e.connection, program)
    return program


# -- events --------------------------------------------------------------------------------------------------------


def test_a_spike_of_the_host_leaves_its_trace() -> None:
    e = listening()
    begin = e.chip.board.now * 0.008
    with e.chip.record_events() as log:
        program = e.run(50, [10.0], [LABEL])
    for kind, place, label in (("input", 8, LABEL), ("padi", 1, LABEL), ("driver", 5, 7), ("host", 0, LABEL)):
        assert (place, label) in log[kind][["place", "label"]].tolist()
    assert log["driver"].shape == (1,) and log["driver"]["pulse_ns"][0] == 4
    # The timer starts with the program, one instruction and one latency before.
    assert np.unique(log.events["time_us"]) == pytest.approx([begin + 10 + 0.008 * (timing.LINK_LATENCY + 2)], abs=0.02)
    assert [KINDS[k].name for k in log.events["kind"][[0, -1]]] == ["input", "host"]
    assert log["host"]["label"].tolist() == program.spikes.to_numpy()["label"].tolist()


def test_spikes_are_those_that_the_host_gets() -> None:
    e = experiment(3, leak=140)
    e.configure()
    e.run(100)
    with e.chip.record_events("spike") as log:
        spikes = e.run(500).spikes.to_numpy()
    assert len(spikes) > 1000
    counts = np.bincount([circuit_of(int(label)) for label in spikes["label"]], minlength=512)
    assert np.abs(np.bincount(log["spike"]["place"], minlength=512) - counts).max() <= 1
    assert np.all(np.diff(log.events["time_us"]) >= 0)
    one = np.array([circuit_of(int(label)) == 17 for label in spikes["label"]])
    assert np.diff(spikes["chip_time"][one].astype(int)) * 0.008 == pytest.approx(
        np.diff(log.events["time_us"][log.events["place"] == 17])[: one.sum() - 1], abs=0.025)
    # Input, place and label belong together: input 4 half + column / 32 in the upper bits.
    column = log.events["place"] % 256
    assert np.array_equal(log.events["label"] >> 8, column // 32)


def test_dropped_events_are_those_that_the_chip_counts() -> None:
    e = listening()
    builder = stadls.PlaybackProgramBuilder()
    for i in range(8):
        source = haldls.BackgroundSpikeSource()
        source.enable, source.period, source.neuron_label = i % 4 == 1, 0, 5
        node = haldls.CrossbarNode()
        node.enable_drop_counter = True
        output = halco.CrossbarOutputOnDLS(8 + i % 4)
        builder.write(halco.CrossbarNodeOnDLS(output, halco.CrossbarInputOnDLS(12 + i)), node)
        builder.write(halco.BackgroundSpikeSourceOnDLS(i), source)
    builder.write(TIMER, haldls.Timer())
    builder.block_until(TIMER, haldls.Timer.Value(1000))
    for i in range(8):
        builder.write(halco.BackgroundSpikeSourceOnDLS(i), haldls.BackgroundSpikeSource())
    reads = [builder.read(halco.CrossbarInputOnDLS(i)) for i in range(20)]
    with e.chip.record_events("drop") as log:
        execute(e, builder)
    places = [halco.CrossbarNodeOnDLS(halco.Enum(int(p))).toCrossbarInputOnDLS() for p in log.events["place"]]
    counts = np.bincount([int(p) for p in places], minlength=20)
    assert [int(ticket.get().value) for ticket in reads] == counts.tolist() and counts.sum() > 1000


def test_filters_and_stopping() -> None:
    e = listening()
    drivers = e.chip.record_events("driver")
    bus = e.chip.record_events(halco.PADIBusOnDLS(halco.Enum(2)), "host", limit=10)
    e.run(20, [5.0], [LABEL])
    drivers.stop()
    e.run(20, [5.0], [LABEL])
    assert {KINDS[k].name for k in drivers.events["kind"]} == {"driver"} and len(drivers) == 1
    assert {(KINDS[k].name, int(p)) for k, p in bus.events[["kind", "place"]].tolist()} == {("padi", 2), ("host", 0)}
    assert len(bus) == 4
    assert len(e.chip.record_events(halco.CrossbarInputOnDLS(9))) == 0


@given(st.integers(1, 40), st.integers(0, 120))
@settings(deadline=None, max_examples=20)
def test_a_full_log_keeps_the_latest(limit: int, count: int) -> None:
    chip = chipsim.Chip.ideal()
    e = Experiment.__new__(Experiment)
    e.chip, e.connection = chip, chipsim.SimConnection(chip)
    builder, _ = stadls.SystemInit().generate()
    execute(e, builder)
    with chip.record_events("input", limit=limit) as log:
        e.run(20, 2 + 0.08 * np.arange(count), np.arange(count))
    assert log.events["label"].tolist() == list(range(count))[-limit:]
    assert (len(log), log.dropped) == (min(limit, count), max(count - limit, 0))
    assert len(log.events) == len(log)
    assert ("earlier events are lost" in str(log)) == (count > limit)


def test_logs_and_traces_do_not_change_responses() -> None:
    watched, plain = driven(), driven()
    logs = [watched.chip.record_events(), watched.chip.record_events("spike", limit=3)]
    probe, trace = watched.chip.probe_driver(0), watched.chip.trace_omnibus()
    assert responses(watched) == responses(plain)
    assert min(len(log) for log in logs) == 3 and len(probe.times_us) > 0 and len(trace) > 0
    clone = watched.chip.clone()
    before = len(trace), len(logs[0])
    clone.execute(ut.loopback(False))
    assert (len(trace), len(logs[0])) == before


@pytest.mark.parametrize(("what", "message"), [
    (("spikes",), "unknown kind of events 'spikes', expected one of input, node"),
    ((halco.SynapseRowOnDLS(),), "is no place of events, expected one of CrossbarInputOnDLS"),
    ((halco.PADIBusOnDLS(), 3), "3 is no place of events"),
])
def test_unknown_events(what: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chipsim.Chip.ideal().record_events(*what)


def test_events_as_files_and_picture(tmp_path: Path) -> None:
    matplotlib.use("Agg")
    e = listening()
    with e.chip.record_events() as log:
        e.run(50, [10.0, 20.0], [LABEL, LABEL])
    log.save(tmp_path / "events.npz")
    stored = np.load(tmp_path / "events.npz")
    assert np.array_equal(stored["events"], log.events) and stored["kinds"].tolist() == [k.name for k in KINDS]
    log.save(tmp_path / "events.csv")
    rows = [line.split(",") for line in (tmp_path / "events.csv").read_text().splitlines()]
    assert rows[0] == list(log.events.dtype.names or ())
    assert [row[1] for row in rows[1:]] == [KINDS[k].name for k in log.events["kind"]]
    assert np.allclose([float(row[0]) for row in rows[1:]], log.events["time_us"], atol=1e-4)
    axes = log.plot()
    assert sum(len(line.get_xdata()) for line in axes.lines) == len(log)
    assert "driver 5" in [label.get_text() for label in axes.get_yticklabels()]
    assert len(str(log).splitlines()) == len(log)
    axes.figure.clear()


# -- drivers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "recovery"), [(3, 8), (10, 4), (15, 15)])
def test_modulation_follows_its_closed_form(code: int, recovery: int) -> None:
    e = listening(
        enable_stp=True, enable_charge_sharing=True, enable_recovery=True, utilization=code, recovery=recovery,
    )
    block = e.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(0)]
    block.stp.enable_recovery_clock = True
    e.configure()
    probe = e.chip.probe_driver(DRIVER)
    times = 20 + np.array([0.0, 3.0, 10.0, 11.0, 40.0])
    e.run(100, times, [LABEL] * 5)
    tau = 1000 ** ((recovery + 15 - int(block.stp.recovery_clock_speed)) / 30)
    use, state, expected = (code + 1) / 24, 0.0, []
    for gap in np.diff(times, prepend=times[0]):
        state *= np.exp(-gap / tau)
        state += use * (1 - state)
        expected.append(state)
    assert probe.modulation == pytest.approx(expected, rel=1e-3)
    assert np.diff(probe.times_us) == pytest.approx(np.diff(times), abs=1e-6)
    between = probe.times_us[3] + np.array([-0.5, 0.0, 7.0])
    assert probe.sample(between) == pytest.approx(
        [expected[2] * np.exp(-0.5 / tau), expected[3], expected[3] * np.exp(-7 / tau)], rel=1e-3)
    after = probe.times_us[-1] + 15.0
    assert probe.sample([after]) == pytest.approx([expected[-1] * np.exp(-15 / tau)], rel=1e-3)
    assert probe.sample([probe.start_us])[0] == 0 and np.isnan(probe.sample([probe.start_us - 1])[0])
    # A later probe begins with what is left.
    later = e.chip.probe_driver(5)
    assert later.sample([later.start_us]) == pytest.approx(probe.sample([later.start_us]), rel=1e-3)
    # Cells of 100 and 400 give 4.0 and 0.6 ns, with a voltage in between that follows the state.
    assert probe.pulses_ns == pytest.approx(0.6 + probe.modulation * 3.4, abs=0.3)


def test_a_full_probe_does_not_invent_states(tmp_path: Path) -> None:
    e = listening(enable_stp=True, enable_charge_sharing=True)
    probe = e.chip.probe_driver(DRIVER, limit=2)
    e.run(50, [10.0, 20.0, 30.0], [LABEL] * 3)
    assert probe.dropped == 1 and len(probe.times_us) == 2
    first = probe.times_us[0]
    assert np.isnan(probe.sample([first - 1.0])).all() and probe.sample([first + 1.0])[0] > 0
    probe.stop()
    e.run(50, [10.0], [LABEL])
    assert len(probe.times_us) == 2 and probe.dropped == 1
    probe.save(tmp_path / "driver.npz")
    assert np.array_equal(np.load(tmp_path / "driver.npz")["modulation"], probe.modulation)
    probe.save(tmp_path / "driver.txt")
    assert np.loadtxt(tmp_path / "driver.txt").shape == (2, 3)
    matplotlib.use("Agg")
    axes = probe.plot()
    assert len(axes.lines[1].get_xdata()) == 2
    axes.figure.clear()


# -- register accesses ---------------------------------------------------------------------------------------------


def accesses_of(program: stadls.PlaybackProgram) -> list[tuple[bool, int]]:
    """Direction and address of the Omnibus accesses in a program."""
    codes, payloads = ut.disassemble(program.to_fpga)
    addresses = payloads[codes == ut.TO_FPGA_CODES["omnibus_to_fpga::Address"]].tolist()
    return [(not p >> 36 & 1, p & 0xFFFFFFFF) for p in addresses]


def test_the_trace_is_the_accesses_of_the_program() -> None:
    e = listening()
    random = np.random.default_rng(0)
    builder = stadls.PlaybackProgramBuilder()
    for number in random.integers(0, 512, 20).tolist():
        neuron = halco.AtomicNeuronOnDLS(halco.Enum(number))
        builder.write(neuron.toNeuronBackendConfigOnDLS(), haldls.NeuronBackendConfig())
        builder.read(neuron.toSpikeCounterReadOnDLS())
    cell = halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock(halco.Enum(7)), halco.CapMemBlockOnDLS(2))
    builder.write(cell, haldls.CapMemCell(haldls.CapMemCell.Value(321)))
    ticket = builder.read(halco.TMP112StatusOnBoard())
    begin = e.chip.board.now
    with e.chip.trace_omnibus() as trace:
        program = execute(e, builder)
    assert ticket.valid()
    seen = trace.accesses
    assert [(bool(a["write"]), int(a["address"])) for a in seen] == accesses_of(program)
    assert seen["answered"].all() and set(seen["origin"]) == {Origin.OMNIBUS}
    assert np.all(np.diff(seen["time_us"]) > 0)
    assert begin * 0.008 <= seen["time_us"][0] and seen["time_us"][-1] <= e.chip.board.now * 0.008
    text = [line for line in trace.lines() if "CapMemCell" in line]
    assert len(text) == 1 and text[0].endswith("word 0  0x00000141  value=321") and "CapMemBlockOnDLS(2)" in text[0]


def test_filters_of_accesses() -> None:
    e = listening()
    drivers = e.chip.trace_omnibus(haldls.SynapseDriverConfig)
    some = e.chip.trace_omnibus(range(0x130000, 0x130019), haldls.CrossbarNode, limit=30)
    reads = e.chip.trace_omnibus(writes=False)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.ChipOnDLS(), e.config)
    builder.read(DRIVER)
    program = execute(e, builder)
    listed = accesses_of(program)
    table = haldls.encode(haldls.Columns(haldls.SynapseDriverConfig, 256), np.arange(256))[0]
    own = [access for access in listed if access[1] in set(table.ravel().tolist())]
    assert [(bool(a["write"]), int(a["address"])) for a in drivers.accesses] == own and len(own) > 512
    inside = [address for write, address in listed if 0x130000 <= address < 0x130065]
    assert some.accesses["address"].tolist() == inside[-30:] and some.dropped == len(inside) - 30
    assert str(some).startswith(f"({some.dropped} earlier accesses are lost)")
    assert [int(a) for a in reads.accesses["address"]] == [address for write, address in listed if not write]


def test_jtag_polls_byte_enables_and_what_is_not_answered() -> None:
    e = listening()
    trace = e.chip.trace_omnibus()
    builder = stadls.PlaybackProgramBuilder()
    backend = halco.NeuronBackendConfigOnDLS()
    builder.write(backend, haldls.NeuronBackendConfig(), haldls.Backend.OmnibusChipOverJTAG)
    execute(e, builder)
    jtag = trace.accesses
    assert set(jtag["origin"]) == {Origin.JTAG} and jtag["write"].all() and len(jtag) == 4
    to, data = (ut.TO_FPGA_CODES[f"omnibus_to_fpga::{name}"] << 56 for name in ("Address", "Data"))
    words = [to | 0b0101 << 32 | int(jtag["address"][0]), data | 0xFFFFFFFF, to | 1 << 36 | 0x00FFFFFF]
    e.chip.execute(np.array(words, dtype=np.uint64))
    partial, nothing = trace.accesses[4:]
    assert (partial["enables"], partial["word"], partial["answered"]) == (0b0101, 0xFFFFFFFF, True)
    assert (bool(nothing["write"]), bool(nothing["answered"])) == (False, False)
    lines = list(trace.lines())
    assert "bytes 0101" in lines[4] and lines[5].endswith("(no container)  no answer") and "jtag" in lines[0]
    fresh = chipsim.Chip.ideal()
    trace = fresh.trace_omnibus()
    fresh.execute(np.array([to | 1 << 36 | 0x130000], dtype=np.uint64))
    assert trace.accesses["answered"].tolist() == [False]


def test_polls_are_traced() -> None:
    e = listening()
    builder = stadls.PlaybackProgramBuilder()
    config = haldls.PollingOmnibusBlockConfig()
    config.address, config.target, config.mask = 0x00130000, 0, 0
    builder.write(halco.PollingOmnibusBlockConfigOnFPGA(), config)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    builder.block_until(halco.PollingOmnibusBlockOnFPGA(), haldls.PollingOmnibusBlock(True))
    with e.chip.trace_omnibus(haldls.CrossbarOutputConfig) as trace:
        execute(e, builder)
    assert trace.accesses[["address", "origin", "answered"]].tolist() == [(0x130000, Origin.POLL, True)]


def test_traces_as_files(tmp_path: Path) -> None:
    e = listening()
    with e.chip.trace_omnibus() as trace:
        e.cadc()
    trace.save(tmp_path / "trace.npz")
    assert np.array_equal(np.load(tmp_path / "trace.npz")["accesses"], trace.accesses)
    trace.save(tmp_path / "trace.txt")
    assert (tmp_path / "trace.txt").read_text(encoding="utf-8").splitlines() == list(trace.lines())


@pytest.mark.parametrize("what", [haldls.Timer, range(0, 0), range(0, 1 << 33), range(0, 10, 2), 5, "crossbar"])
def test_unknown_registers(what: object) -> None:
    with pytest.raises(ValueError, match="neither a range of addresses nor a container type|address space"):
        chipsim.Chip.ideal().trace_omnibus(what)


# -- progress ------------------------------------------------------------------------------------------------------


def busy() -> Experiment:
    e = experiment(1, leak=140)
    e.configure()
    return e


def waits(*values: int) -> np.ndarray:
    builder = stadls.PlaybackProgramBuilder()
    for value in values:
        if value < 0:
            builder.write(TIMER, haldls.Timer())
        else:
            builder.block_until(TIMER, haldls.Timer.Value(value))
    return builder.done().to_fpga


@given(st.lists(st.integers(-1, 5000), min_size=1, max_size=30))
@settings(deadline=None)
def test_asked_time_is_the_time_without_barriers(values: list[int]) -> None:
    words = waits(-1, *values)
    chip = chipsim.Chip.ideal()
    chip.execute(words)
    assert asked_cycles(words) == chip.board.now


def test_progress_is_told() -> None:
    e = busy()
    told: list[tuple[float, chipsim.Progress]] = []
    e.connection.progress = lambda p: told.append((time.perf_counter(), p))
    e.run(100_000)
    times, reports = [t for t, _ in told], [p for _, p in told]
    assert len(reports) >= 2
    assert np.diff(times).min() > 0.095
    assert np.all(np.diff([p.time_us for p in reports]) > 0)
    assert all(0 < p.time_us < 100_001 and p.asked_us == pytest.approx(100_000, abs=1) for p in reports)
    assert all(p.total == 4 and 0 <= p.instructions < 4 and 0 < p.fraction < 1 for p in reports)


def test_progress_does_not_change_responses() -> None:
    told, plain = driven(), driven()
    told.connection.progress = lambda p: None
    assert responses(told) == responses(plain)


class Stop(Exception):
    pass


def test_an_exception_ends_the_program_and_the_chip_goes_on() -> None:
    e = busy()
    reports: list[chipsim.Progress] = []

    def stop(progress: chipsim.Progress) -> None:
        reports.append(progress)
        raise Stop

    e.connection.progress = stop
    begin, board = time.perf_counter(), e.chip.board
    start = board.now
    with pytest.raises(Stop):
        e.run(3_000_000)
    assert time.perf_counter() - begin < 1
    # Time has stopped where the chip was.
    passed = (board.now - start) * 0.008
    assert passed == pytest.approx(reports[0].time_us, abs=1) and passed < 1_000_000
    e.connection.progress = None
    begin = time.perf_counter()
    spikes = e.run(200).spikes.to_numpy()
    assert time.perf_counter() - begin < 1
    assert board.now * 0.008 == pytest.approx(start * 0.008 + passed + 200, abs=2)
    rates = np.bincount([circuit_of(int(label)) for label in spikes["label"]], minlength=512)
    assert np.count_nonzero(rates) > 500
    assert board.analog.core.now == pytest.approx(2 * board.now, abs=200)


def test_a_chip_can_be_used_after_an_interrupt() -> None:
    e = busy()

    with pytest.raises(KeyboardInterrupt), ctrl_c_after(0.2):
        e.run(3_000_000)
    begin = time.perf_counter()
    assert len(e.run(100).spikes) > 100
    assert time.perf_counter() - begin < 1


def test_generators_alone_can_be_stopped() -> None:
    """Without any circuit that is on, only events pass."""
    chip = chipsim.Chip.ideal()
    e = Experiment.__new__(Experiment)
    e.chip, e.connection = chip, chipsim.SimConnection(chip)
    builder, _ = stadls.SystemInit().generate()
    source = haldls.BackgroundSpikeSource()
    source.enable, source.period = True, 1
    builder.write(halco.BackgroundSpikeSourceOnDLS(0), source)
    execute(e, builder)
    told: list[chipsim.Progress] = []

    def stop(progress: chipsim.Progress) -> None:
        told.append(progress)
        raise Stop

    e.connection.progress = stop
    with pytest.raises(Stop):
        e.run(3_000_000)
    e.connection.progress = None
    assert 0 < told[0].time_us < 3_000_000
    begin = time.perf_counter()
    e.run(10)
    assert time.perf_counter() - begin < 1
