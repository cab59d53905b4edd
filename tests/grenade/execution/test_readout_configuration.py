"""Configuration of the analog readout: what vertices that read neurons set, and that nothing else is changed."""

from __future__ import annotations

from typing import Any

import pytest

import halco
import lola
from grenade.execution.configuration import configure
from grenade.execution.requests import ConfigurationConflict
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import (
    CADCMembraneReadoutView,
    MADCReadoutView,
    PadReadoutView,
    PlasticityRule,
)
from tests.grenade.execution.chip_settings import INSTANCE, USER, expected, neuron, neurons

Source = lola.AtomicNeuron.Readout.Source
MUXES = list(halco.iter_all(halco.SourceMultiplexerOnReadoutSourceSelection))


def without_digital(chip: lola.Chip, *numbers: int) -> None:
    """Neurons of views without labels send no events."""
    for number in numbers:
        neuron(chip, number).event_routing.enable_digital = False


def test_cadc() -> None:
    graph = Graph()
    a, b = neurons(graph, 1, [10, 4]), neurons(graph, 1, [255])
    sources = [[Source.exc_synin, Source.membrane], [Source.adaptation]]
    graph.add(CADCMembraneReadoutView([[10, 4], [255]], 1, "periodic", sources), INSTANCE, [a, b])

    def change(chip: lola.Chip) -> None:
        for column, source in ((10, Source.exc_synin), (4, Source.membrane), (255, Source.adaptation)):
            readout = neuron(chip, 256 + column).readout
            readout.source, readout.enable_amplifier = source, True
            without_digital(chip, 256 + column)

    assert configure(graph, INSTANCE, USER) == expected(change)


def set_fixed_madc_values(chip: lola.Chip) -> None:
    chain = chip.readout_chain
    chain.dynamic_mux.i_bias = chain.madc.in_500na = chain.madc_preamp.i_bias = 500
    chain.madc_preamp.v_ref = chain.pseudo_diff_converter.v_ref = 400
    chain.pseudo_diff_converter.buffer_bias = 0
    chain.source_measure_unit.amp_v_ref = chain.source_measure_unit.test_voltage = 400


def select(chip: lola.Chip, mux: int, hemisphere: int, odd: bool) -> None:
    inputs = chip.readout_chain.input_mux[MUXES[mux]]
    inputs.neuron_even.fill(False)
    inputs.neuron_odd.fill(False)
    (inputs.neuron_odd if odd else inputs.neuron_even)[halco.HemisphereOnDLS(hemisphere)] = True
    chip.readout_chain.buffer_to_pad[MUXES[mux]].enable = True


def test_madc_with_one_source() -> None:
    user = USER.copy()
    set_fixed_madc_values(user)
    user.readout_chain.madc_preamp.v_ref = 123
    graph = Graph()
    source = MADCReadoutView.Source(halco.AtomicNeuronOnDLS(halco.Enum(256 + 31)), Source.inh_synin)
    graph.add(MADCReadoutView(source), INSTANCE, [neurons(graph, 1, [31])])

    def change(chip: lola.Chip) -> None:
        set_fixed_madc_values(chip)
        select(chip, 0, 1, odd=True)
        readout = neuron(chip, 256 + 31).readout
        readout.source, readout.enable_amplifier, readout.enable_buffered_access = Source.inh_synin, True, True
        chip.readout_chain.dynamic_mux.initially_selected_input = MUXES[0]
        chip.readout_chain.dynamic_mux.input_select_length = 0
        without_digital(chip, 256 + 31)

    assert configure(graph, INSTANCE, user) == expected(change)


@pytest.mark.parametrize("initial", [0, 1])
def test_madc_with_two_sources(initial: int) -> None:
    graph = Graph()
    numbers = (20, 256 + 33)
    sources = [MADCReadoutView.Source(halco.AtomicNeuronOnDLS(halco.Enum(number))) for number in numbers]
    inputs = [neurons(graph, 0, [20]), neurons(graph, 1, [33])]
    graph.add(MADCReadoutView(*sources, initial=initial, period=1), INSTANCE, inputs)

    def change(chip: lola.Chip) -> None:
        set_fixed_madc_values(chip)
        select(chip, 0, 0, odd=False)
        select(chip, 1, 1, odd=True)
        for number in numbers:
            readout = neuron(chip, number).readout
            readout.source, readout.enable_amplifier, readout.enable_buffered_access = Source.membrane, True, True
        chip.readout_chain.dynamic_mux.initially_selected_input = MUXES[initial]
        chip.readout_chain.dynamic_mux.input_select_length = 1
        without_digital(chip, *numbers)

    assert configure(graph, INSTANCE, USER) == expected(change)


def pad_view(graph: Graph, pad: int, number: int, enable_buffered: bool) -> int:
    source = PadReadoutView.Source(
        halco.AtomicNeuronOnDLS(halco.Enum(number)), Source.exc_synin, enable_buffered=enable_buffered
    )
    return graph.add(
        PadReadoutView(source, halco.PadOnDLS(pad)), INSTANCE, [neurons(graph, number // 256, [number % 256])])


def test_buffered_pad() -> None:
    graph = Graph()
    pad_view(graph, 1, 256 + 40, True)

    def change(chip: lola.Chip) -> None:
        chain = chip.readout_chain
        select(chip, 1, 1, odd=False)
        chain.pad_mux[halco.PadMultiplexerConfigOnDLS(1)].buffer_to_pad[MUXES[1]] = True
        for buffer in chain.buffer_to_pad:
            buffer.amp_i_bias = 1022
        readout = neuron(chip, 256 + 40).readout
        readout.source, readout.enable_amplifier, readout.enable_buffered_access = Source.exc_synin, True, True
        without_digital(chip, 256 + 40)

    assert configure(graph, INSTANCE, USER) == expected(change)


def test_unbuffered_pad() -> None:
    graph = Graph()
    pad_view(graph, 0, 256 + 40, False)

    def change(chip: lola.Chip) -> None:
        chain = chip.readout_chain
        switches = chain.pad_mux[halco.PadMultiplexerConfigOnDLS(0)]
        switches.neuron_i_stim_mux[halco.HemisphereOnDLS(1)] = True
        switches.neuron_i_stim_mux_to_pad = True
        for buffer in chain.buffer_to_pad:
            buffer.amp_i_bias = 1022
        neuron(chip, 256 + 40).readout.enable_unbuffered_access = True
        without_digital(chip, 256 + 40)

    assert configure(graph, INSTANCE, USER) == expected(change)


def rule(graph: Graph, row: int, columns: Any, sources: Any) -> int:
    view = PlasticityRule.NeuronViewShape(row, columns, sources)
    vertex = PlasticityRule("void PLASTICITY_RULE_KERNEL(auto&, auto&) {}", PlasticityRule.Timer(0, 1, 1), (), (view,))
    return graph.add(vertex, INSTANCE, [neurons(graph, row, columns)])


def test_plasticity_rule() -> None:
    graph = Graph()
    rule(graph, 0, [8, 9], [None, Source.adaptation])

    def change(chip: lola.Chip) -> None:
        for chain in chip.cadc_readout_chains:
            for channels in (chain.channels_causal, chain.channels_acausal):
                for channel in channels:
                    channel.enable_connect_correlation = True
        readout = neuron(chip, 9).readout
        readout.source, readout.enable_amplifier = Source.adaptation, True
        without_digital(chip, 8, 9)

    assert configure(graph, INSTANCE, USER) == expected(change)


# -- vertices that contradict each other ---------------------------------------------------------------------------


def two_sources(graph: Graph, different: bool) -> None:
    graph.add(CADCMembraneReadoutView([[2]], 0, "periodic"), INSTANCE, [neurons(graph, 0, [2])])
    rule(graph, 0, [2], [Source.inh_synin if different else Source.membrane])


def madc_and_pad_on_a_line(graph: Graph, different: bool) -> None:
    source = MADCReadoutView.Source(halco.AtomicNeuronOnDLS(halco.Enum(6)), Source.exc_synin)
    graph.add(MADCReadoutView(source), INSTANCE, [neurons(graph, 0, [6])])
    pad_view(graph, 1 if different else 0, 8 if different else 6, True)


def madc_and_pad_at_a_multiplexer(graph: Graph, different: bool) -> None:
    source = MADCReadoutView.Source(halco.AtomicNeuronOnDLS(halco.Enum(6)), Source.exc_synin)
    graph.add(MADCReadoutView(source), INSTANCE, [neurons(graph, 0, [6])])
    pad_view(graph, 0, 7 if different else 6, True)


def two_signals_at_a_pad(graph: Graph, different: bool) -> None:
    pad_view(graph, 0, 6, False)
    pad_view(graph, 0, 6, different)


def two_unbuffered_neurons(graph: Graph, different: bool) -> None:
    pad_view(graph, 0, 6, False)
    pad_view(graph, 1, 7 if different else 6, False)


CONFLICTS = [
    (two_sources, r"CADC\w+ \(vertex 1\) and PlasticityRule \(vertex 3\) .* readout sources of neuron circuit 2"),
    (madc_and_pad_on_a_line, r"MADC\w+ \(vertex 1\) and Pad\w+ \(vertex 3\) .* readout line 0"),
    (madc_and_pad_at_a_multiplexer, r"MADC\w+ \(vertex 1\) and Pad\w+ \(vertex 3\) .* source multiplexer 0"),
    (two_signals_at_a_pad, r"Pad\w+ \(vertex 1\) and Pad\w+ \(vertex 3\) .* signals at pad 0"),
    (two_unbuffered_neurons, r"Pad\w+ \(vertex 1\) and Pad\w+ \(vertex 3\) .* unbuffered readout line of hemisphere 0"),
]


@pytest.mark.parametrize(("add", "message"), CONFLICTS)
def test_contradicting_vertices(add: Any, message: str) -> None:
    graph = Graph()
    add(graph, True)
    with pytest.raises(ConfigurationConflict, match=message):
        configure(graph, INSTANCE, USER)
    assert issubclass(ConfigurationConflict, RuntimeError)


@pytest.mark.parametrize("add", [add for add, _ in CONFLICTS])
def test_agreeing_vertices(add: Any) -> None:
    graph = Graph()
    add(graph, False)
    configure(graph, INSTANCE, USER)
