"""Benchmarks of the simulated chip."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import chipsim
import halco
import haldls
import lola
import stadls
from benchmarks.runner import Goal, Measurement, Peer, benchmark

US = 125  # FPGA cycles
SOURCES = 256
BIOLOGICAL_MS = 1000.0  # a second of biological time is 1 ms of the chip
DAC_BIAS = 750
"""Makes the network fire as often as that of the peers at 10 Hz: 1.5 spikes per neuron and second."""
_BRIAN = "Brian2 2.9 C++ standalone, 0.1 ms steps, run beside it"
_FASTER = "×"  # of biological real time


def _network(neurons: int = 512, **targets: object) -> tuple[chipsim.Chip, lola.Chip]:
    """256 inputs to all neurons: input i drives a row in both hemispheres, excitatory or inhibitory."""
    chip = chipsim.Chip(1)
    config = chip.oracle.chip(
        leak=80, reset=80, threshold=125, tau_mem=10, tau_syn=5, refractory_time=2, synapse_dac_bias=DAC_BIAS, **targets
    )
    random = np.random.default_rng(1)
    # The weights of the peers' network, with the sign of the row.
    weights = np.clip(np.abs(random.normal(0.15, 0.9, (SOURCES, 512))) * 9, 0, 63).astype(int)
    excitatory = random.random(SOURCES) < 0.57
    mode = haldls.SynapseDriverConfig.RowMode
    modes = np.where(excitatory, mode.excitatory, mode.inhibitory)
    for hemisphere in range(2):
        block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(hemisphere)]
        block.padi_bus.enable_spl1.fill(True)
        drivers = block.synapse_drivers.columns
        drivers.enable_receiver = True
        drivers.row_mode_bottom, drivers.row_mode_top = modes[0::2], modes[1::2]
        matrix = config.synapse_blocks[halco.SynapseBlockOnDLS(hemisphere)].matrix
        matrix.weights.from_numpy(weights[:, 256 * hemisphere:256 * hemisphere + 256])
        matrix.labels.from_numpy(np.tile(np.arange(SOURCES) % 2, (256, 1)).T)
    config.crossbar.nodes.fill(haldls.CrossbarNode.drop_all)
    for bus in range(4):
        for output in (bus, bus + 4):
            _open(config, output, 8 + bus)
    for output in range(8):
        _open(config, 8 + output % 4, output)
    n = config.neuron_block.atomic_neurons.columns
    used = np.arange(512) < neurons
    n.threshold.enable = n.readout.enable_amplifier = used
    n.excitatory_input.enable = n.inhibitory_input.enable = used
    return chip, config


def _open(config: lola.Chip, output: int, source: int) -> None:
    node = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(output), halco.CrossbarInputOnDLS(source))
    config.crossbar.nodes[node] = haldls.CrossbarNode()


def _configure(chip: chipsim.Chip, config: lola.Chip) -> None:
    builder, _ = stadls.SystemInit().generate()
    builder.write(halco.ChipOnDLS(), config)
    recording = haldls.EventRecordingConfig()
    recording.enable_event_recording = True
    builder.write(halco.EventRecordingConfigOnFPGA(), recording)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(chipsim.SimConnection(chip), builder.done())
    _wait(chip, 200)


def _wait(chip: chipsim.Chip, us: float) -> None:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(us * US)))
    chip.execute(builder.done().to_fpga)


def _input(rate_hz: float, us: float = 1000.0) -> np.ndarray:
    """Instructions of Poisson input at a biological rate to every source."""
    random = np.random.default_rng(2)
    count = random.poisson(SOURCES * rate_hz * 1e-3 * us)
    source = random.integers(0, SOURCES, count)
    driver = source // 2
    labels = (driver % 4) << 14 | (driver // 4) << 6 | source % 2
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.write_spikes(times=np.sort(random.integers(100, round(us * US), count)), labels=labels)
    builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(us * US)))
    return builder.done().to_fpga


def _simulate(chip: chipsim.Chip, words: np.ndarray) -> Measurement:
    """Biological seconds per second of a run from the same state; the clone is not part of it."""

    def once() -> float:
        clone = chip.clone()
        begin = time.perf_counter()
        clone.execute(words)
        return BIOLOGICAL_MS / (1e3 * (time.perf_counter() - begin))

    return once


def _case(rate_hz: float) -> Callable[[], Measurement]:
    def prepare() -> Measurement:
        chip, config = _network()
        _configure(chip, config)
        return _simulate(chip, _input(rate_hz))

    return prepare


benchmark("network-a-10", "512 LIF neurons, 256 Poisson inputs at 10 Hz, all to all", _FASTER, Goal(250, "at least"),
          Peer(44.9, _BRIAN))(_case(10))
benchmark("network-a-100", "The same at 100 Hz", _FASTER, Goal(120, "at least"), Peer(19.4, _BRIAN))(_case(100))


@benchmark("adex-512", "512 AdEx neurons, the same input at 10 Hz", _FASTER, Goal(40, "at least"))
def adex() -> Measurement:
    chip, config = _network()
    for neuron in config.neuron_block.atomic_neurons:
        neuron.exponential.enable, neuron.exponential.i_bias, neuron.exponential.v_exp = True, 300, 800
        neuron.adaptation.enable = True
        neuron.adaptation.i_bias_tau, neuron.adaptation.i_bias_a, neuron.adaptation.i_bias_b = 100, 50, 50
    _configure(chip, config)
    return _simulate(chip, _input(10))


@benchmark(
    "cadc-recording", "Run time with a conversion of all channels every 2 us / without (100 Hz)", "×", Goal(1.2)
)
def cadc_recording() -> Measurement:
    chip, config = _network()
    _configure(chip, config)
    random = np.random.default_rng(2)

    def words(record: bool) -> np.ndarray:
        builder = stadls.PlaybackProgramBuilder()
        builder.write(halco.TimerOnDLS(), haldls.Timer())
        times = np.sort(random.integers(100, 1000 * US, 25600))
        source = random.integers(0, SOURCES, 25600)
        labels = (source // 2 % 4) << 14 | (source // 8) << 6 | source % 2
        first = 0
        for cycle in range(250, 1000 * US, 250):
            last = np.searchsorted(times, cycle)
            builder.write_spikes(times=times[first:last], labels=labels[first:last])
            first = last
            builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(cycle))
            if record:
                for hemisphere in range(2):
                    builder.read(halco.CADCSampleQuadOnDLS(halco.Enum(65536 * hemisphere)))
        return builder.done().to_fpga

    plain, recorded = _simulate(chip, words(False)), _simulate(chip, words(True))
    return lambda: plain() / recorded()


@benchmark("tenth-network", "Run time of a network of 51 neurons / of 512 (10 Hz)", "×", Goal(0.15))
def tenth() -> Measurement:
    runs = []
    for neurons in (51, 512):
        chip, config = _network(neurons)
        _configure(chip, config)
        runs.append(_simulate(chip, _input(10)))
    return lambda: runs[1]() / runs[0]()


@benchmark("full-config", "Execute the configuration of a whole chip", "s", Goal(0.02))
def full_config() -> Measurement:
    chip, config = _network()
    _configure(chip, config)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.ChipOnDLS(), config)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    words = builder.done().to_fpga

    def once() -> float:
        begin = time.perf_counter()
        chip.execute(words)
        _wait(chip, 1)  # derives the parameters
        return time.perf_counter() - begin

    return once


@benchmark("route-spikes", "Route 10⁶ input spikes to silent neurons", "s", Goal(0.5))
def route_spikes() -> Measurement:
    chip, config = _network(0)
    _configure(chip, config)
    words = _input(1e6 / 256 / 20, 20000.0)

    def once() -> float:
        begin = time.perf_counter()
        chip.execute(words)
        return time.perf_counter() - begin

    return once


@benchmark("clone-batch", "Speed-up of a batch of clones on two threads", "×", Goal(1.8, "at least"))
def clone_batch() -> Measurement:
    chip, config = _network()
    _configure(chip, config)
    words = _input(100, 3000.0)

    def run(threads: int) -> float:
        clones = [chip.clone() for _ in range(8)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda clone: clone.execute(words), clones))
        return time.perf_counter() - begin

    return lambda: run(1) / run(2)


@benchmark("chip-create", "Create a chip", "s", Goal(0.2))
def chip_create() -> Measurement:
    seeds = iter(range(2, 1 << 30))

    def once() -> float:
        begin = time.perf_counter()
        chipsim.Chip(next(seeds))
        return time.perf_counter() - begin

    return once
