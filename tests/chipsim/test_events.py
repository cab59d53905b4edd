"""Event network: crossbar, loopback, generators, neuron back ends, recording."""

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


class Network:
    """A board whose crossbar lets nothing pass but what a test opens."""

    def __init__(self) -> None:
        self.connection = chipsim.SimConnection()
        self.builder, _ = stadls.SystemInit().generate()
        for node in halco.iter_all(halco.CrossbarNodeOnDLS):
            self.builder.write(node, haldls.CrossbarNode.drop_all)

    def open(self, output: int, source: int, mask: int = 0, target: int = 0, count_drops: bool = False) -> None:
        node = haldls.CrossbarNode()
        node.mask, node.target, node.enable_drop_counter = mask, target, count_drops
        place = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(output), halco.CrossbarInputOnDLS(source))
        self.builder.write(place, node)

    def count_outputs(self) -> None:
        config = haldls.CrossbarOutputConfig()
        config.enable_event_counter.fill(True)
        self.builder.write(halco.CrossbarOutputConfigOnDLS(), config)

    def run(self, duration: int = 1000) -> np.ndarray:
        """Let `duration` cycles pass; the spikes that were recorded."""
        self.builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        self.builder.write(TIMER, haldls.Timer())
        self.builder.block_until(TIMER, haldls.Timer.Value(duration))
        self.builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        program = self.builder.done()
        stadls.run(self.connection, program)
        return program.spikes.to_numpy()


@pytest.fixture
def network() -> Network:
    return Network()


def send(network: Network, times: Any, labels: Any) -> None:
    network.builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    network.builder.write(TIMER, haldls.Timer())
    network.builder.write_spikes(times, labels)


@pytest.mark.parametrize("spl1", range(4))
def test_loopback_of_one_input_only(network: Network, spl1: int) -> None:
    network.open(8 + spl1, 8 + spl1)
    rng = np.random.default_rng(spl1)
    labels = rng.integers(0, 65536, 1000)
    times = 100 + 10 * np.arange(1000)
    send(network, times, labels)
    spikes = network.run()
    mine = labels >> 14 == spl1
    assert spikes["label"].tolist() == labels[mine].tolist()
    # Sent one cycle after the wait; the chip sees it one latency later.
    sent = times[mine]
    assert np.diff(spikes["chip_time"].astype(int)).tolist() == np.diff(sent).tolist()
    assert (spikes["fpga_time"] - spikes["chip_time"] == timing.LINK_LATENCY).all()


def test_after_reset_everything_passes() -> None:
    connection = chipsim.SimConnection()
    builder, _ = stadls.SystemInit().generate()
    builder.write(TIMER, haldls.Timer())
    labels = np.arange(0, 65536, 97)
    builder.write_spikes(100 + 20 * np.arange(len(labels)), labels)
    builder.block_until(TIMER, haldls.Timer.Value(10**6))
    program = builder.done()
    stadls.run(connection, program)
    assert program.spikes.to_numpy()["label"].tolist() == labels.tolist()


@pytest.mark.parametrize(
    ("mask", "target"), [(0x2000, 0x2000), (0x2000, 0), (0x3FFF, 0x123), (0, 0), (0, 1), (0x7, 0x8)]
)
def test_nodes_filter_by_mask_and_target(network: Network, mask: int, target: int) -> None:
    network.open(9, 9, mask, target)
    labels = np.concatenate([np.arange(0, 16384, 37), [0x123]]) | 1 << 14
    send(network, 100 + 4 * np.arange(len(labels)), labels)
    passed = [label for label in labels.tolist() if label & 0x3FFF & mask == target]
    assert network.run()["label"].tolist() == passed


def test_events_are_counted_at_every_output(network: Network) -> None:
    network.count_outputs()
    for output in (0, 3, 6, 10):
        network.open(output, 10)
    send(network, 100 + 4 * np.arange(50), np.full(50, 2 << 14))
    network.run()
    reads = {o: network.builder.read(halco.CrossbarOutputOnDLS(o)) for o in range(12)}
    network.run()
    counts = {o: int(ticket.get().value) for o, ticket in reads.items()}
    assert counts == {o: 50 * (o in (0, 3, 6, 10)) for o in range(12)}


def test_congestion_loses_events_and_counts_them(network: Network) -> None:
    for i in range(8):
        source = haldls.BackgroundSpikeSource()
        source.enable, source.period, source.neuron_label = i % 4 == 1, 0, 5
        network.open(8 + i % 4, 12 + i, count_drops=True)
        network.builder.write(halco.BackgroundSpikeSourceOnDLS(i), source)
    # Two generators send an event per cycle to one output, which takes one.
    network.run(1000)
    drops = [network.builder.read(halco.CrossbarInputOnDLS(i)) for i in range(20)]
    network.run(1)
    lost = [int(ticket.get().value) for ticket in drops]
    assert lost[13] + lost[17] >= 2000 - timing.OUTPUT_QUEUE - 10 and sum(lost) == lost[13] + lost[17]


@pytest.mark.parametrize("period", [99, 1000, 9999])
def test_regular_generators(network: Network, period: int) -> None:
    source = haldls.BackgroundSpikeSource()
    source.enable, source.period, source.neuron_label = True, period, 0x1ABC
    network.open(10, 14)
    network.builder.write(halco.BackgroundSpikeSourceOnDLS(2), source)
    spikes = network.run(200_000)
    assert set(spikes["label"].tolist()) == {2 << 14 | 0x1ABC}
    # One event per period + 1 chip cycles of 4 ns; times have a resolution of 8 ns.
    assert np.diff(spikes["chip_time"].astype(int)).mean() == pytest.approx((period + 1) / 2, rel=1e-2)
    assert len(spikes) == pytest.approx(400_000 / (period + 1), abs=3)


@pytest.mark.parametrize("rate", [0, 1, 99, 255])
def test_poisson_generators(network: Network, rate: int) -> None:
    source = haldls.BackgroundSpikeSource()
    source.enable = source.enable_random = True
    source.period, source.rate, source.seed, source.neuron_label, source.mask = 49, rate, 1234, 0x3F00, 0x0F
    network.open(8, 12)
    network.builder.write(halco.BackgroundSpikeSourceOnDLS(0), source)
    spikes = network.run(1_000_000)
    bins, probability = 2_000_000 / 50, (rate + 1) / 256 if rate else 0
    expected = bins * probability
    assert abs(len(spikes) - expected) <= 5 * np.sqrt(expected * (1 - probability)) + 3
    if rate > 1:
        labels, counts = np.unique(spikes["label"] & 0x3FFF, return_counts=True)
        assert labels.tolist() == list(range(0x3F00, 0x3F10))
        assert (abs(counts - counts.mean()) < 5 * np.sqrt(counts.mean())).all()


def test_equal_seeds_give_equal_sequences(network: Network) -> None:
    network.open(8, 12)
    network.open(9, 13)
    for i in range(2):
        source = haldls.BackgroundSpikeSource()
        source.enable = source.enable_random = True
        source.period, source.rate, source.seed, source.mask = 200, 127, 0, 0xFF
        network.builder.write(halco.BackgroundSpikeSourceOnDLS(i), source)
    spikes = network.run(100_000)
    first, second = (spikes["label"][spikes["label"] >> 14 == o] & 0x3FFF for o in (0, 1))
    shorter = min(len(first), len(second))
    assert shorter > 100 and (first[:shorter] == second[:shorter]).all()


def test_a_disabled_generator_is_silent(network: Network) -> None:
    network.open(8, 12)
    source = haldls.BackgroundSpikeSource()
    source.enable, source.period = True, 100
    network.builder.write(halco.BackgroundSpikeSourceOnDLS(0), source)
    assert len(network.run(1000))
    source.enable = False
    network.builder.write(halco.BackgroundSpikeSourceOnDLS(0), source)
    network.run(100)
    assert not len(network.run(1000))


def test_neuron_resets_count_and_send_spikes(network: Network) -> None:
    neuron = halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(130), halco.NeuronRowOnDLS(1))
    backend = haldls.NeuronBackendConfig()
    backend.address_out, backend.enable_spike_out = 0xA5, True
    network.builder.write(neuron.toNeuronBackendConfigOnDLS(), backend)
    network.open(8, 4)
    for _ in range(3):
        network.builder.write(neuron.toNeuronResetOnDLS(), haldls.NeuronReset())
    count = network.builder.read(neuron.toSpikeCounterReadOnDLS())
    spikes = network.run()
    assert (int(count.get().count), count.get().overflow) == (3, False)
    assert spikes["label"].tolist() == [4 << 8 | 0xA5] * 3
    for _ in range(512):
        network.builder.write(neuron.toNeuronResetOnDLS(), haldls.NeuronReset())
    count = network.builder.read(neuron.toSpikeCounterReadOnDLS())
    network.run()
    assert (int(count.get().count), count.get().overflow) == (3, True)
    network.builder.write(neuron.toSpikeCounterResetOnDLS(), haldls.SpikeCounterReset())
    count = network.builder.read(neuron.toSpikeCounterReadOnDLS())
    network.run()
    assert count.get() == haldls.SpikeCounterRead()


def test_nothing_is_recorded_when_recording_is_off(network: Network) -> None:
    network.open(8, 8)
    network.builder.write(halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig())
    send(network, [100], [5])
    assert not len(network.run())


def test_packs_hold_simultaneous_events(network: Network) -> None:
    for i in range(4):
        network.open(8 + i, 8 + i)
    send(network, [100, 100, 100], [1, 1 << 14 | 2, 2 << 14 | 3])
    network.builder.block_until(TIMER, haldls.Timer.Value(500))
    program = network.builder.done()
    stadls.run(network.connection, program)
    assert [program.spikes_pack_counts[i] for i in (1, 2, 3)] == [0, 0, 1]
    assert len(set(program.spikes.to_numpy()["fpga_time"].tolist())) == 1
