"""Places of neurons on the chip."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
from halco import AtomicNeuronOnDLS, LogicalNeuronOnDLS
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.neuron_placement import NeuronPlacement

ONE = SingleCompartmentNeuron(1).compartments
TWO = SingleCompartmentNeuron(2).compartments
THREE_IN_A_ROW = SingleCompartmentNeuron(3, expand_horizontally=True).compartments
EIGHT = SingleCompartmentNeuron(8).compartments


def numbers(place: LogicalNeuronOnDLS) -> list[int]:
    return [int(each.toEnum()) for each in place.get_atomic_neurons()]


def at(number: int, shape: Any = ONE) -> LogicalNeuronOnDLS:
    return LogicalNeuronOnDLS(shape, AtomicNeuronOnDLS(halco.Enum(number)))


@pytest.mark.parametrize(("shape", "ids", "last"), [
    (ONE, 512, [511]), (TWO, 256, [255, 511]), (EIGHT, 64, [252, 508, 253, 509, 254, 510, 255, 511]),
    (THREE_IN_A_ROW, 168, [507, 508, 509]),
])
def test_neurons_fill_the_chip_from_its_first_circuit(shape: Any, ids: int, last: list[int]) -> None:
    placement = NeuronPlacement()
    placement.register_id(list(range(ids)), shape)
    assert numbers(placement.id2logicalneuron(0))[0] == 0
    assert numbers(placement.id2logicalneuron(ids - 1)) == last
    with pytest.raises(ValueError, match=r"1 neurons of \d circuits do not fit: there are places for 0 of them"):
        placement.register_id(ids, shape)


def test_neurons_stay_in_their_half() -> None:
    placement = NeuronPlacement()
    placement.register_id(list(range(44)), THREE_IN_A_ROW)
    assert numbers(placement.id2logicalneuron(41)) == [123, 124, 125]
    assert numbers(placement.id2logicalneuron(42)) == [128, 129, 130]


def test_gaps_are_used() -> None:
    placement = NeuronPlacement()
    placement.register_id([0, 1], TWO, [at(1, TWO), at(3, TWO)])
    placement.register_id([2, 3, 4], ONE)
    placement.register_id(5, TWO)
    assert [numbers(each) for each in placement.id2logicalneuron([2, 3, 4, 5])] == [[0], [2], [4], [5, 261]]


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(1, 6)), max_size=6))
@settings(max_examples=25, deadline=None)
def test_no_circuit_belongs_to_two_neurons(populations: list[tuple[int, bool, int]]) -> None:
    placement, count = NeuronPlacement(), 0
    for size, horizontal, neurons in populations:
        placement.register_id(
            list(range(count, count + neurons)), SingleCompartmentNeuron(size, horizontal).compartments
        )
        count += neurons
    found = [each for number in range(count) for each in numbers(placement.id2logicalneuron(number))]
    assert len(found) == len(set(found)) == sum(size * neurons for size, _, neurons in populations)
    assert placement.occupied().tolist() == sorted(found)


def test_places_of_several_neurons() -> None:
    placement = NeuronPlacement()
    placement.register_id([7, 3], ONE, [at(300), at(20)])
    assert placement.id2logicalneuron(3) == at(20)
    assert placement.id2logicalneuron([3, 7]) == [at(20), at(300)]
    assert placement.id2logicalneuron(np.array([7])) == [at(300)]
    placement.register_id(8, ONE, at(21))
    assert placement.id2logicalneuron(8) == at(21)


@pytest.mark.parametrize(("ids", "shape", "constraint", "message"), [
    (0, ONE, None, "neuron 0 is registered already"),
    ([4, 4], ONE, None, "neuron 4 is registered already"),
    (4, ONE, [at(0)], r"placement_constraint of neuron 4: .* belongs to another neuron"),
    ([4, 5], ONE, [at(9), at(9)], "placement_constraint of neuron 5: .* belongs to another neuron"),
    ([4, 5], ONE, [at(9)], "placement_constraint has 1 places for 2 neurons"),
    ([4], TWO, [at(9)], "placement_constraint of neuron 4 has 1 circuits, expected 2"),
    (4, halco.LogicalNeuronCompartments(), None, "has no circuits"),
    (list(range(4, 517)), ONE, None, "513 neurons of 1 circuits do not fit: there are places for 511 of them"),
])
def test_what_is_refused(ids: Any, shape: Any, constraint: Any, message: str) -> None:
    """And nothing is placed then."""
    placement = NeuronPlacement()
    placement.register_id(0, ONE)
    with pytest.raises(ValueError, match=message):
        placement.register_id(ids, shape, constraint)
    assert placement.occupied().tolist() == [0]
    with pytest.raises(ValueError, match="neuron 9 is not registered"):
        placement.id2logicalneuron([0, 9])
