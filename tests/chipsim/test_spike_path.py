"""Spike paths: what they name is where events arrive, and every end has its reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.spike_path import SpikePath, ranges
from tests.chipsim.experiment import US, Experiment

RowMode = haldls.SynapseDriverConfig.RowMode
AnalogOutput = lola.AtomicNeuron.EventRouting.AnalogOutputMode
TIMER = halco.TimerOnDLS()


@cache
def plain() -> chipsim.Chip:
    """A chip whose neurons have both inputs on and never reach a threshold; to be cloned."""
    chip = chipsim.Chip.ideal()
    Experiment(chip, chip.oracle.chip(leak=80, threshold=None)).configure()
    return chip


def execute(chip: chipsim.Chip, builder: stadls.PlaybackProgramBuilder) -> stadls.PlaybackProgram:
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    program = builder.done()
    stadls.run(chipsim.SimConnection(chip), program)
    return program


# -- against what happens on the chip ------------------------------------------------------------------------------


def randomise(config: lola.Chip, random: np.random.Generator, label: int) -> None:
    """Settings of the whole way at random, such that every part lets about half of the events with a label pass."""

    def likely(value: int, bits: int) -> tuple[int, int]:
        mask = int(random.integers(0, 1 << bits)) & int(random.integers(0, 1 << bits))
        return mask, value & mask if random.random() < 0.6 else int(random.integers(0, 1 << bits))

    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        settings_ = haldls.CrossbarNode()
        settings_.mask, settings_.target = likely(label & 0x3FFF, 14)
        config.crossbar.nodes[node] = settings_
    for hemisphere in range(2):
        block = config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(hemisphere)]
        block.padi_bus.enable_spl1 = random.random(4) < 0.7
        for number in range(128):
            driver = block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(number)]
            driver.enable_receiver = random.random() < 0.7
            driver.row_address_compare_mask = int(random.integers(0, 32)) & int(random.integers(0, 32))
            driver.enable_address_out = random.random() < 0.8
            driver.row_mode_bottom, driver.row_mode_top = (RowMode(int(m)) for m in random.integers(0, 4, 2))
        matrix = config.synapse_blocks[halco.SynapseBlockOnDLS(hemisphere)].matrix
        matrix.weights.from_numpy(random.integers(1, 64, (256, 256)) * (random.random((256, 256)) < 0.02))
        low = label & 0x3F
        matrix.labels.from_numpy(np.where(random.random((256, 256)) < 0.5, low, random.integers(0, 64, (256, 256))))
    for number in range(512):
        neuron = config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(number))]
        neuron.excitatory_input.enable, neuron.inhibitory_input.enable = random.random(2) < 0.8
        neuron.event_routing.enable_digital = random.random() < 0.8
        switch = config.neuron_block.current_rows[number // 256].values[number % 256]
        switch.enable_synaptic_current_excitatory, switch.enable_synaptic_current_inhibitory = random.random(2) < 0.8


def stimulate(
    chip: chipsim.Chip, kind: str, number: int, label: int
) -> tuple[stadls.PlaybackProgram, SpikePath]:
    """Cause one event; the program and the path."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write(TIMER, haldls.Timer())
    row_select, synapse_label = label >> 6 & 0x1F, label & 0x3F
    generator = bus = number % 8
    if kind == "host":
        builder.write_spikes(times=[100], labels=[label])
    elif kind == "neuron":
        builder.write(halco.AtomicNeuronOnDLS(halco.Enum(number)).toNeuronResetOnDLS(), haldls.NeuronReset())
    elif kind == "background":
        source = haldls.BackgroundSpikeSource()
        source.enable, source.period, source.neuron_label = True, 2000, label & 0x3FFF
        builder.write(halco.BackgroundSpikeSourceOnDLS(generator), source)
    else:
        event = haldls.PADIEvent()
        event.fire_bus[halco.PADIBusOnPADIBusBlock(bus % 4)] = True
        event.row_select_address, event.event_address = row_select, synapse_label
        builder.write(halco.PADIEventOnDLS(bus // 4), event)
    builder.block_until(TIMER, haldls.Timer.Value(12 * US))
    program = execute(chip, builder)
    if kind == "host":
        return program, chip.trace_spike(label)
    if kind == "neuron":
        return program, chip.trace_neuron(number)
    if kind == "background":
        return program, chip.trace_background(generator)
    return program, chip.trace_padi(bus, row_select, synapse_label)


def numbers(coordinates: list[Any]) -> list[int]:
    return sorted(int(c.toEnum().value()) for c in coordinates)


@pytest.mark.parametrize("kind", ["host", "neuron", "background", "padi"])
@given(seed=st.integers(0, 2**32 - 1), label=st.integers(0, 0xFFFF), number=st.integers(0, 511))
@settings(max_examples=25, deadline=None)
def test_paths_are_where_events_arrive(kind: str, seed: int, label: int, number: int) -> None:
    random = np.random.default_rng(seed)
    chip = plain().clone()
    config = chip.oracle.chip(leak=80, threshold=None)
    if kind == "neuron":
        routing = config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(number))].event_routing
        routing.address = label & 0xFF
        label = number % 256 // 32 << 8 | label & 0xFF
    randomise(config, random, label)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.ChipOnDLS(), config)
    execute(chip, builder)
    before = chip.board.analog.core.state()
    with chip.record_events() as log:
        program, path = stimulate(chip, kind, number, label)
    state = chip.board.analog.core.state()
    assert np.unique(log["node"]["place"]).tolist() == numbers(path.nodes)
    assert np.unique(log["output"]["place"]).tolist() == numbers(path.outputs)
    assert np.unique(log["padi"]["place"]).tolist() == numbers(path.buses)
    assert np.unique(log["driver"]["place"]).tolist() == numbers(path.drivers)
    assert sorted(program.spikes.to_numpy()["label"].tolist()) == sorted(path.host_labels)
    # An event pulls down the lines of the neurons that it reaches, and else only those of inputs that are off.
    inputs = config.neuron_block.atomic_neurons.columns
    for sign, line, input_ in (
        (True, "x_exc", inputs.excitatory_input), (False, "x_inh", inputs.inhibitory_input)
    ):
        assert not before[line].any()
        targets = path.targets[path.targets["excitatory"] == sign]
        seen = np.flatnonzero(state[line] * np.asarray(input_.enable))
        assert seen.tolist() == np.unique(targets["neuron"]).tolist()
        charge = np.bincount(targets["neuron"], targets["weight"] * targets["pulse_ns"].astype(float), minlength=512)
        reached = charge > 0
        ratio = state[line][reached] / charge[reached]
        assert not reached.any() or np.ptp(ratio) < 1e-3 * ratio.max()


# -- reasons -------------------------------------------------------------------------------------------------------


LABEL = 1 << 6 | 7  # row select address 1, synapse label 7: driver 5 on bus 1
NODE = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(1), halco.CrossbarInputOnDLS(8))


def connected(change: Callable[[Experiment], None] | None = None) -> Experiment:
    """The host drives neuron 3 through driver 5; `change` breaks it."""
    chip = chipsim.Chip.ideal()
    e = Experiment(chip, chip.oracle.chip(leak=80, threshold=125))
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        e.config.crossbar.nodes[node] = haldls.CrossbarNode.drop_all
    weights = np.zeros(256, dtype=int)
    weights[3] = 63
    e.input_row(0, 5, "excitatory", weights, label=7)
    e.config.crossbar.nodes[halco.CrossbarNodeOnDLS(
        halco.CrossbarOutputOnDLS(8), halco.CrossbarInputOnDLS(0))] = haldls.CrossbarNode()
    if change is not None:
        change(e)
    e.configure()
    return e


def node(e: Experiment) -> Any:
    return e.config.crossbar.nodes[NODE]


def bus(e: Experiment) -> Any:
    return e.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(0)].padi_bus


def driver(e: Experiment) -> Any:
    block = e.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(0)]
    return block.synapse_drivers[halco.SynapseDriverOnSynapseDriverBlock(5)]


def matrix(e: Experiment) -> Any:
    return e.config.synapse_blocks[halco.SynapseBlockOnDLS(0)].matrix


def neuron(e: Experiment) -> Any:
    return e.config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(3))]


def test_a_connection_is_found() -> None:
    path = connected().chip.trace_spike(LABEL)
    assert path.neurons == [halco.AtomicNeuronOnDLS(halco.Enum(3))]
    assert path.targets[["neuron", "row", "weight", "excitatory"]].tolist() == [(3, 10, 63, True)]
    assert path.drivers == [halco.SynapseDriverOnDLS(halco.Enum(5))]
    assert "neuron 3: excitatory weight 63; may fire, sends to crossbar outputs 8" in str(path)
    assert str(path).splitlines()[-2:] == ["neurons reached: 3", "labels recorded by the host: none"]


def closed(e: Experiment) -> None:
    node(e).mask, node(e).target = 0x3FFF, 0


@pytest.mark.parametrize(("change", "reason"), [
    (closed, "crossbar node output 1 / input 8: label 0x0047 & mask 0x3fff != target 0x0000"),
    (lambda e: bus(e).enable_spl1.fill(False), "PADI bus 1 top: enable_spl1 is off"),
    (lambda e: setattr(driver(e), "enable_receiver", False), "all 32 drivers: enable_receiver is off"),
    (lambda e: setattr(driver(e), "row_mode_bottom", RowMode.disabled), "row 10 (bottom): row mode is disabled"),
    (lambda e: matrix(e).labels[10].__setitem__(3, 8), "neuron 3: labels of the synapses differ from 7"),
    (lambda e: matrix(e).weights[10].__setitem__(3, 0), "neurons 0-255: weight is 0"),
    (lambda e: setattr(neuron(e).excitatory_input, "enable", False), "neuron 3: the input of the neuron is off"),
    (lambda e: setattr(neuron(e).excitatory_input, "i_bias_gm", 0), "neuron 3: i_bias_gm of the input is 0"),
])
def test_what_breaks_a_connection_is_named(change: Callable[[Experiment], None], reason: str) -> None:
    path = connected(change).chip.trace_spike(LABEL)
    assert len(path.targets) == 0
    assert reason in path.stops


def test_row_select_addresses_are_compared() -> None:
    path = connected().chip.trace_spike(3 << 6 | 7)
    assert "driver 5: row select address 3 & mask 0x1f != 1" in path.stops


@pytest.mark.parametrize(("change", "fate"), [
    (lambda e: setattr(neuron(e).threshold, "enable", False), "does not fire, its threshold comparator is off"),
    (lambda e: setattr(neuron(e).event_routing, "analog_output", AnalogOutput.off),
     "does not fire, its analog output is off"),
    (lambda e: setattr(neuron(e).event_routing, "enable_digital", False), "may fire, sends nothing"),
    (lambda e: e.config.crossbar.nodes.fill(haldls.CrossbarNode()), "may fire, sends to crossbar outputs 0, 4, 8"),
])
def test_what_becomes_of_the_neurons_that_are_reached(change: Callable[[Experiment], None], fate: str) -> None:
    path = connected(change).chip.trace_spike(LABEL)
    assert f"excitatory weight 63; {fate}" in str(path)


def test_a_neuron_that_is_held_in_reset() -> None:
    e = connected()
    for backend in e.config.neuron_block.backends:
        backend.force_reset = True
    e.configure()
    assert "firing by the membrane: the back end holds it in reset (force_reset)" in e.chip.trace_neuron(3).stops


def test_a_refractory_neuron() -> None:
    e = connected(lambda e: [setattr(n.refractory_period, "refractory_time", 200)
                             for n in e.config.neuron_block.atomic_neurons])
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.AtomicNeuronOnDLS(halco.Enum(3)).toNeuronResetOnDLS(), haldls.NeuronReset())
    execute(e.chip, builder)
    assert any("refractory for another" in stop for stop in e.chip.trace_neuron(3).stops)
    e.run(5000)
    assert "refractory" not in str(e.chip.trace_neuron(3))


def test_a_bypass_needs_no_input() -> None:
    def bypass(e: Experiment) -> None:
        neuron(e).excitatory_input.enable = False
        neuron(e).event_routing.enable_bypass_excitatory = True

    e = connected(bypass)
    path = e.chip.trace_spike(LABEL)
    assert "bypass, fires at once" in str(path)
    with e.chip.record_events("spike") as log:
        e.run(50, [10.0], [LABEL])
    assert log.events["place"].tolist() == [int(n.toEnum().value()) for n in path.neurons] == [3]


def test_links_reset_and_recording() -> None:
    e = connected()
    own = e.chip.trace_neuron(3)
    assert len(own.host_labels) == 1
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig())
    execute(e.chip, builder)
    assert "output 0 to the host: event recording is off" in e.chip.trace_neuron(3).stops
    builder.write(halco.ResetChipOnDLS(), haldls.ResetChip(True))
    stadls.run(e.connection, builder.done())
    assert e.chip.trace_spike(LABEL).stops == ["link: the chip is in reset"]
    assert e.chip.trace_neuron(3).stops == ["neuron: the chip is in reset"]
    fresh = chipsim.Chip.ideal()
    assert fresh.trace_spike(0).stops[0].startswith("link: the links are off")


def test_events_do_not_leave_over_links_that_are_off() -> None:
    chip = chipsim.Chip.ideal()
    e = Experiment(chip, chip.oracle.chip(leak=140, reset=70, threshold=125))
    e.configure()
    builder = stadls.PlaybackProgramBuilder()
    phys = haldls.CommonPhyConfigFPGA()
    phys.enable_phy.fill(False)
    builder.write(halco.CommonPhyConfigFPGAOnDLS(), phys)
    assert len(e.run(200).spikes) > 100
    stadls.run(e.connection, builder.done())
    assert e.chip.trace_neuron(0).stops[-1].endswith("the links are off on the side of the FPGA")
    assert len(e.run(200).spikes) == 0


@pytest.mark.parametrize("mode", ["stp", "hagen"])
def test_pulses_are_those_that_the_driver_makes(mode: str) -> None:
    def modulated(e: Experiment) -> None:
        e.usual_stp_cells(0)
        d = driver(e)
        d.enable_stp = d.enable_charge_sharing = True
        d.utilization, d.offset, d.hagen_dac_offset = 7, 7, 31
        if mode == "hagen":
            d.enable_hagen_modulation = d.enable_hagen_dac = True
            d.enable_address_out = False

    e = connected(modulated)
    seen = []
    for label in (LABEL, LABEL, LABEL + 1, LABEL):
        path = e.chip.trace_spike(label)
        with e.chip.record_events("driver") as log:
            e.run(30, [10.0], [label])
        predicted = float(str(path).split("pulse of ")[1].split()[0]) if path.drivers else 0
        assert log.events["pulse_ns"].tolist() == pytest.approx([predicted], abs=0.01)
        seen.append(predicted)
    assert len(set(seen)) > 1 and 0 < min(seen) < max(seen) < 4


# -- arguments -----------------------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 300)))
def test_ranges_name_every_number_once(values: set[int]) -> None:
    text = ranges(sorted(values))
    named = [n for part in text.split(", ") if part for a, *b in [part.split("-")]
             for n in range(int(a), int(b[0] if b else a) + 1)]
    assert named == sorted(values)


def test_wrong_arguments() -> None:
    chip = plain().clone()
    with pytest.raises(ValueError, match="label of a spike is 0x10000, expected 16 bits"):
        chip.trace_spike(0x10000)
    with pytest.raises(ValueError, match="synapse label 64, expected 5 and 6 bits"):
        chip.trace_padi(0, 0, 64)
    with pytest.raises((OverflowError, RuntimeError), match="511"):
        chip.trace_neuron(512)
    with pytest.raises((OverflowError, RuntimeError), match="7"):
        chip.trace_background(8)


def test_random_labels_of_generators() -> None:
    chip = plain().clone()
    source = haldls.BackgroundSpikeSource()
    source.enable = source.enable_random = True
    source.rate, source.neuron_label, source.mask = 100, 0x1240, 0x0F
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.BackgroundSpikeSourceOnDLS(2), source)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(chipsim.SimConnection(chip), builder.done())
    assert "label 0x1240, random bits 0x0f; here 0x124a" in str(chip.trace_background(2, 0x124A))
    with pytest.raises(ValueError, match="never 0x1250"):
        chip.trace_background(2, 0x1250)
