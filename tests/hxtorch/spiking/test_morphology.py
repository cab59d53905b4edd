"""Neurons of several circuits: their switches and settings in the registers of the chip."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import lola
from halco import AtomicNeuronOnDLS, AtomicNeuronOnLogicalNeuron, LogicalNeuronOnDLS
from haldls import AccessError, NeuronConfig
from hxtorch.spiking.morphology import Morphology, SingleCompartmentNeuron

Output = lola.AtomicNeuron.EventRouting.AnalogOutputMode


def circuit(x: int, y: int) -> AtomicNeuronOnDLS:
    return AtomicNeuronOnDLS(x, y)


def used_block() -> lola.NeuronBlock:
    """Neurons as a calibration leaves them: leak, capacitance and threshold on, everything different from new ones."""
    block = lola.NeuronBlock()
    neurons = block.atomic_neurons.columns
    neurons.leak.i_bias, neurons.leak.v_leak, neurons.leak.enable_multiplication = 200, 600, True
    neurons.membrane_capacitance.capacitance = 63
    neurons.threshold.enable = True
    neurons.multicompartment.connect_right = True
    neurons.multicompartment.i_bias_nmda = 77
    return block


def placed(structure: Morphology, x: int = 4, y: int = 0) -> tuple[LogicalNeuronOnDLS, lola.NeuronBlock]:
    coord = LogicalNeuronOnDLS(structure.compartments, circuit(x, y))
    block = used_block()
    structure.implement_morphology(coord, block)
    return coord, block


@pytest.mark.parametrize(("size", "horizontal", "expected"), [
    (1, False, [(0, 0)]), (2, False, [(0, 0), (0, 1)]), (3, False, [(0, 0), (0, 1), (1, 0)]),
    (5, False, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]), (4, True, [(0, 0), (1, 0), (2, 0), (3, 0)]),
])
def test_order_of_circuits(size: int, horizontal: bool, expected: list[tuple[int, int]]) -> None:
    structure = SingleCompartmentNeuron(size, horizontal)
    compartments = structure.compartments.get_compartments()
    assert list(compartments) == [halco.CompartmentOnLogicalNeuron(0)]
    assert compartments[halco.CompartmentOnLogicalNeuron(0)] == [
        AtomicNeuronOnLogicalNeuron(x, y) for x, y in expected
    ]
    assert isinstance(structure.logical_neuron, lola.LogicalNeuron)


@pytest.mark.parametrize(("size", "horizontal"), [(0, False), (257, False), (129, True), (-1, True), (1.5, False)])
def test_sizes_that_do_not_fit(size: Any, horizontal: bool) -> None:
    with pytest.raises(ValueError, match=f"size of a neuron is {size}, expected 1 to"):
        SingleCompartmentNeuron(size, horizontal)


SWITCHES = [
    # size, horizontal: circuits that are connected to the right, vertically
    (1, False, [], []),
    (2, False, [], [(4, 0), (4, 1)]),
    (4, False, [(4, 0), (4, 1)], [(4, 0), (4, 1), (5, 0), (5, 1)]),
    (3, False, [(4, 0)], [(4, 0), (4, 1)]),
    (3, True, [(4, 0), (5, 0)], []),
]


@pytest.mark.parametrize(("size", "horizontal", "right", "vertical"), SWITCHES)
def test_switches_in_registers(
    size: int, horizontal: bool, right: list[tuple[int, int]], vertical: list[tuple[int, int]]
) -> None:
    coord, block = placed(SingleCompartmentNeuron(size, horizontal))
    for place in coord.get_atomic_neurons():
        config = block.atomic_neurons[place].asNeuronConfig()
        where = (int(place.x()), int(place.y()))
        assert config.connect_membrane_right == (where in right)
        assert config.connect_bottom == (where in vertical)
        assert not (config.connect_soma or config.connect_soma_right or config.enable_multicomp_conductance)
        assert block.atomic_neurons[place].multicompartment.i_bias_nmda == 77


@given(
    size=st.integers(1, 12), horizontal=st.booleans(), x=st.integers(0, 244), y=st.integers(0, 1),
)
@settings(max_examples=25, deadline=None)
def test_membranes_of_a_neuron_are_one_and_of_no_other(size: int, horizontal: bool, x: int, y: int) -> None:
    structure = SingleCompartmentNeuron(size, horizontal)
    if (not horizontal and size > 1 and y) or x % 128 + size > 128:
        return
    coord, block = placed(structure, x, y)
    circuits = [(int(each.x()), int(each.y())) for each in coord.get_atomic_neurons()]
    groups = {each: {each} for each in circuits}
    for a, b in circuits:
        switches = block.atomic_neurons[circuit(a, b)].multicompartment
        other = block.atomic_neurons[circuit(a, 1 - b)].multicompartment
        neighbours = [(a + 1, b)] if switches.connect_right else []
        if switches.connect_vertical and (a, 1 - b) in circuits and other.connect_vertical:
            neighbours.append((a, 1 - b))
        for neighbour in neighbours:
            joined = groups[a, b] | groups[neighbour]  # KeyError: it belongs to no circuit of this neuron
            groups.update(dict.fromkeys(joined, joined))
    assert groups[circuits[0]] == set(circuits)


def test_only_the_first_circuit_has_leak_capacitance_and_threshold() -> None:
    coord, block = placed(SingleCompartmentNeuron(4))
    first, *others = (block.atomic_neurons[each] for each in coord.get_atomic_neurons())
    assert first.leak.i_bias == 200 and first.leak.enable_multiplication and not first.leak.enable_division
    assert first.membrane_capacitance.capacitance == 63 and first.threshold.enable
    assert first.event_routing.analog_output == Output.normal
    for each in others:
        assert each.leak.i_bias == 0 and each.leak.enable_division and not each.leak.enable_multiplication
        assert each.membrane_capacitance.capacitance == 0 and not each.threshold.enable
        assert each.event_routing.analog_output == Output.off
    outside = block.atomic_neurons[circuit(6, 0)]
    assert outside.leak.i_bias == 200 and outside.multicompartment.connect_right


def test_mirrored_places() -> None:
    structure = SingleCompartmentNeuron(3)
    coord = LogicalNeuronOnDLS(structure.compartments.flip_x(), circuit(4, 0))
    block = used_block()
    structure.implement_morphology(coord, block)
    assert block.atomic_neurons[circuit(4, 0)].multicompartment.connect_right
    assert not block.atomic_neurons[circuit(5, 0)].multicompartment.connect_right
    assert block.atomic_neurons[circuit(5, 1)].multicompartment.connect_vertical


def test_places_of_another_shape() -> None:
    coord = LogicalNeuronOnDLS(SingleCompartmentNeuron(2).compartments, circuit(4, 0))
    with pytest.raises(AccessError, match="does not fit"):
        SingleCompartmentNeuron(2, expand_horizontally=True).implement_morphology(coord, used_block())


@pytest.fixture
def neuron() -> tuple[LogicalNeuronOnDLS, lola.NeuronBlock, list[lola.AtomicNeuron]]:
    coord, block = placed(SingleCompartmentNeuron(2))
    return coord, block, [block.atomic_neurons[each] for each in coord.get_atomic_neurons()]


@pytest.mark.parametrize("enable", [True, False])
def test_spikes_of_the_first_circuit(neuron: Any, enable: bool) -> None:
    coord, block, (first, second) = neuron
    first.event_routing.enable_digital = not enable
    Morphology.set_spike_recording(enable, coord, block)
    assert first.event_routing.enable_digital == enable and not second.event_routing.enable_digital


@pytest.mark.parametrize("source", list(NeuronConfig.ReadoutSource))
def test_readout_of_the_first_circuit(neuron: Any, source: NeuronConfig.ReadoutSource) -> None:
    coord, block, (first, second) = neuron
    Morphology.enable_madc_recording(coord, block, source)
    assert first.readout.enable_amplifier and first.readout.enable_buffered_access
    assert first.asNeuronConfig().readout_source == source
    assert not second.readout.enable_buffered_access


def test_without_spikes(neuron: Any) -> None:
    coord, block, circuits = neuron
    Morphology.disable_spiking(coord, block)
    for each in circuits:
        assert not each.threshold.enable and each.event_routing.enable_digital


def test_without_leak(neuron: Any) -> None:
    coord, block, circuits = neuron
    Morphology.disable_leak(coord, block)
    for each in circuits:
        assert each.leak.i_bias == 0 and each.leak.enable_division and not each.leak.enable_multiplication


def test_exponential_current(neuron: Any) -> None:
    coord, block, (first, second) = neuron
    Morphology.set_exponential_params(coord, block, 120.9, 300)
    assert first.exponential.enable and not second.exponential.enable
    assert first.exponential.i_bias == 120 and first.exponential.v_exp == 300


def test_adaptation(neuron: Any) -> None:
    coord, block, (first, second) = neuron
    first.adaptation.enable_pulse = True
    Morphology.set_adaptation_base_params(coord, block, 40)
    assert first.adaptation.enable and not first.adaptation.enable_pulse and not second.adaptation.enable
    assert first.adaptation.v_ref == 511 and first.adaptation.i_bias_tau == 40


@pytest.mark.parametrize(("strength", "code", "inverted"), [(100, 100, False), (-30.5, 30, True), (0, 0, False)])
@pytest.mark.parametrize("leak", [None, 444])
def test_adaptation_by_the_membrane(neuron: Any, strength: float, code: int, inverted: bool, leak: int | None) -> None:
    coord, block, (first, _) = neuron
    Morphology.set_subthreshold_adaptation_strength(coord, block, strength, leak)
    assert first.adaptation.i_bias_a == code and first.adaptation.invert_a == inverted
    assert first.adaptation.v_leak == (600 if leak is None else leak)


@pytest.mark.parametrize(("increment", "code", "inverted"), [(100, 100, False), (-30.5, 30, True)])
def test_adaptation_by_spikes(neuron: Any, increment: float, code: int, inverted: bool) -> None:
    coord, block, (first, _) = neuron
    for backend in block.backends:
        backend.enable_clocks = False
    Morphology.set_spike_triggered_adaptation_increment(coord, block, increment, (5, 7))
    assert first.adaptation.enable_pulse
    assert first.adaptation.i_bias_b == code and first.adaptation.invert_b == inverted
    assert [int(each.clock_scale_adaptation_pulse) for each in block.backends] == [5, 7]
    assert all(each.enable_clocks for each in block.backends)


@pytest.mark.parametrize(("value", "code"), [(1023, 1022), (5000.7, 1022), (-1, 0)])
def test_codes_are_clipped_with_a_warning(neuron: Any, value: float, code: int) -> None:
    coord, block, (first, _) = neuron
    with pytest.warns(UserWarning, match=rf"tau_adap is {int(value)}, clipped to 0 to 1022"):
        Morphology.set_adaptation_base_params(coord, block, value)
    assert first.adaptation.i_bias_tau == code


@pytest.mark.parametrize("value", [0, 1022, 1022.9])
def test_codes_in_range_raise_no_warning(neuron: Any, value: float) -> None:
    coord, block, _ = neuron
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Morphology.set_adaptation_base_params(coord, block, value)
