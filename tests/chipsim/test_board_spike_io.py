"""Serial spike interface with its loopback inside the FPGA."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chipsim
import halco
import haldls
import stadls
from chipsim import timing

TIMER = halco.TimerOnDLS()
BARRIER = halco.BarrierOnFPGA()


class SerialBoard:
    """An initialised board, whose crossbar sends back all events of the host, with tables of the serial interface."""

    def __init__(self, outputs: dict[int, int], inputs: dict[int, int]) -> None:
        self.connection = chipsim.SimConnection()
        self.builder, _ = stadls.SystemInit().generate()
        for label, address in outputs.items():
            self.builder.write(halco.SpikeIOOutputRouteOnFPGA(label), haldls.SpikeIOOutputRoute(address))
        for address, label in inputs.items():
            self.builder.write(halco.SpikeIOInputRouteOnFPGA(address),
                               haldls.SpikeIOInputRoute(halco.SpikeLabel(label)))

    def configure(self, tx: bool = True, rx: bool = True, loopback: bool = True, scaler: int = 1) -> SerialBoard:
        config = haldls.SpikeIOConfig()
        config.enable_tx, config.enable_rx, config.enable_internal_loopback = tx, rx, loopback
        config.data_rate_scaler = scaler
        self.builder.write(halco.SpikeIOConfigOnFPGA(), config)
        return self

    def run(self, times: Any, labels: Any, duration: int = 10_000) -> np.ndarray:
        """Send events (FPGA cycles) and wait; the spikes in order of time."""
        self.builder.block_until(BARRIER, haldls.Barrier.omnibus)
        self.builder.write(TIMER, haldls.Timer())
        if len(labels):
            self.builder.write_spikes(times, labels)
        self.builder.block_until(TIMER, haldls.Timer.Value(duration))
        self.builder.block_until(BARRIER, haldls.Barrier.omnibus)
        program = self.builder.done()
        stadls.run(self.connection, program)
        spikes = program.spikes.to_numpy()
        return spikes[np.argsort(spikes["chip_time"], kind="stable")]


def test_a_looped_spike_appears_twice() -> None:
    spikes = SerialBoard({17: 5}, {5: 20}).configure().run([100], [17])
    assert spikes["label"].tolist() == [17, 20]
    assert spikes["chip_time"][1] - spikes["chip_time"][0] == 2 * timing.LINK_LATENCY + timing.SERIAL_FRAME_BITS


@pytest.mark.parametrize(
    ("outputs", "inputs", "settings"),
    [({}, {5: 20}, {}), ({17: 0xFF}, {0xFF: 20}, {}), ({17: 5}, {}, {}), ({17: 5}, {5: 0xFFFF}, {}),
     ({16: 5}, {5: 20}, {}), ({17: 5}, {6: 20}, {}), ({17: 5}, {5: 20}, {"tx": False}),
     ({17: 5}, {5: 20}, {"rx": False}), ({17: 5}, {5: 20}, {"loopback": False})],
)
def test_what_is_discarded(outputs: dict[int, int], inputs: dict[int, int], settings: dict[str, bool]) -> None:
    assert SerialBoard(outputs, inputs).configure(**settings).run([100], [17])["label"].tolist() == [17]


def test_all_addresses_and_all_chip_inputs() -> None:
    rng = np.random.default_rng(2)
    sent = rng.choice(65536, 255, replace=False)
    back = np.setdiff1d(rng.choice(65535, 600, replace=False), sent)[:255]
    rng.shuffle(back)
    board = SerialBoard(dict(zip(sent.tolist(), range(255), strict=True)), dict(enumerate(back.tolist()))).configure()
    spikes = board.run(100 + 200 * np.arange(255), sent, 60_000)
    assert spikes["label"].tolist() == np.stack([sent, back], axis=1).ravel().tolist()


def test_routing_does_not_depend_on_recording() -> None:
    board = SerialBoard({17: 5}, {5: 20}).configure()
    board.builder.write(halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig())
    config = haldls.CrossbarOutputConfig()
    config.enable_event_counter.fill(True)
    board.builder.write(halco.CrossbarOutputConfigOnDLS(), config)
    assert len(board.run([100, 200], [17, 17])) == 0
    ticket = board.builder.read(halco.CrossbarOutputOnDLS(8))
    board.run([], [])
    assert int(ticket.get().value) == 4


def test_chains_end_where_the_tables_end() -> None:
    board = SerialBoard({1: 1, 0x4002: 2, 0x8003: 3}, {1: 0x4002, 2: 0x8003, 3: 0xC004}).configure()
    assert board.run([100], [1])["label"].tolist() == [1, 0x4002, 0x8003, 0xC004]


@pytest.mark.parametrize("scaler", [1, 7])
def test_an_endless_chain_goes_on_until_the_output_is_off(scaler: int) -> None:
    board = SerialBoard({1: 1}, {1: 1}).configure(scaler=scaler)
    period = 2 * timing.LINK_LATENCY + scaler * timing.SERIAL_FRAME_BITS
    spikes = board.run([100], [1], 100 + 50 * period)
    assert np.unique(np.diff(spikes["chip_time"])).tolist() == [period] and 49 <= len(spikes) <= 51
    board.configure(tx=False)
    board.run([], [])
    assert len(board.run([], [])) == 0


def test_the_serial_line_takes_one_event_at_a_time() -> None:
    scaler, count = 3, 40
    board = SerialBoard({1: 1}, {1: 2}).configure(scaler=scaler)
    spikes = board.run(100 + 2 * np.arange(count), np.ones(count, int))
    back = spikes["chip_time"][spikes["label"] == 2].astype(int)
    assert np.diff(back).tolist() == [scaler * timing.SERIAL_FRAME_BITS] * (count - 1)


def test_overload_loses_events() -> None:
    count, spacing, duration = 2000, 2, timing.SERIAL_FRAME_BITS
    board = SerialBoard({1: 1}, {1: 2}).configure()
    spikes = board.run(100 + spacing * np.arange(count), np.ones(count, int))
    back = np.count_nonzero(spikes["label"] == 2)
    # All that the line took while events came, and what waited then.
    taken = count * spacing / duration + timing.SERIAL_QUEUE
    assert abs(back - taken) <= 3 and np.count_nonzero(spikes["label"] == 1) == count


def test_events_of_generators_are_routed() -> None:
    board = SerialBoard({(1 << 14) | 9: 3}, {3: (2 << 14) | 11}).configure()
    source = haldls.BackgroundSpikeSource()
    source.enable, source.period, source.neuron_label = True, 999, 9
    board.builder.write(halco.BackgroundSpikeSourceOnDLS(1), source)
    spikes = board.run([], [], 50_000)
    there, back = (spikes["chip_time"][spikes["label"] == label].astype(int) for label in (0x4009, 0x800B))
    assert len(there) in (99, 100, 101) and np.unique(back - there[: len(back)]).tolist() == [50]


def test_a_clone_goes_on_alike() -> None:
    board = SerialBoard({1: 1}, {1: 1}).configure()
    board.run([100], [1], 500)
    other = SerialBoard.__new__(SerialBoard)
    other.connection = chipsim.SimConnection(board.connection.chip.clone())
    other.builder = stadls.PlaybackProgramBuilder()
    spikes = board.run([], [], 500)
    assert len(spikes) > 5 and np.array_equal(spikes, other.run([], [], 500))


def test_reset_of_the_chip_ends_an_endless_chain() -> None:
    board = SerialBoard({1: 1}, {1: 1}).configure()
    board.run([100], [1], 500)
    board.builder, _ = stadls.ChipInit().generate()
    assert len(board.run([], [])) == 0
