"""Logical neurons: shape, mirroring, placement."""

import copy
import pickle

import pytest

from halco import (
    AtomicNeuronOnDLS,
    AtomicNeuronOnLogicalNeuron,
    CompartmentOnLogicalNeuron,
    LogicalNeuronCompartments,
    LogicalNeuronOnDLS,
)

Direction = AtomicNeuronOnLogicalNeuron.Direction


def shape(*compartments):
    """Make a shape from lists of (column, row)."""
    return LogicalNeuronCompartments(
        {
            CompartmentOnLogicalNeuron(i): [AtomicNeuronOnLogicalNeuron(x, y) for x, y in circuits]
            for i, circuits in enumerate(compartments)
        }
    )


def positions(compartments):
    return [[(int(c.x()), int(c.y())) for c in circuits] for circuits in compartments.values()]


SHAPE = shape([(0, 0), (1, 0)], [(0, 1)])


def test_compartments_are_ordered_by_number():
    first, second = AtomicNeuronOnLogicalNeuron(3, 0), AtomicNeuronOnLogicalNeuron(1, 0)
    built = LogicalNeuronCompartments({CompartmentOnLogicalNeuron(7): [first], CompartmentOnLogicalNeuron(2): [second]})
    assert built.get_compartments() == {CompartmentOnLogicalNeuron(2): [second], CompartmentOnLogicalNeuron(7): [first]}
    assert list(built.get_compartments()) == [2, 7]


@pytest.mark.parametrize(
    ("flip", "expected"),
    [("flip_x", [[(1, 0), (0, 0)], [(1, 1)]]), ("flip_y", [[(0, 1), (1, 1)], [(0, 0)]])],
)
def test_flip(flip, expected):
    flipped = getattr(SHAPE, flip)()
    assert positions(flipped.get_compartments()) == expected
    assert getattr(flipped, flip)() == SHAPE


@pytest.mark.parametrize(
    ("compartments", "extent"),
    [(SHAPE, (0, 1, 0, 1)), (shape([(5, 1), (9, 1)]), (5, 9, 1, 1)), (LogicalNeuronCompartments(), (127, 0, 1, 0))],
)
def test_extent(compartments, extent):
    ends = ("left_most_column", "right_most_column", "top_most_row", "bottom_most_row")
    assert tuple(int(getattr(compartments, f"get_{end}")()) for end in ends) == extent


@pytest.mark.parametrize("circuits", [([(0, 0), (0, 0)],), ([(0, 0)], [(0, 0)])])
def test_circuit_listed_twice(circuits):
    with pytest.raises(RuntimeError, match="twice"):
        shape(*circuits)


@pytest.mark.parametrize(
    ("compartments", "anchor", "expected"),
    [
        (SHAPE, (5, 0), [[(5, 0), (6, 0)], [(5, 1)]]),
        (SHAPE, (126, 0), [[(126, 0), (127, 0)], [(126, 1)]]),
        (SHAPE, (128, 0), [[(128, 0), (129, 0)], [(128, 1)]]),
        # the smallest column and row of the shape go to the anchor
        (shape([(10, 1), (11, 1)]), (200, 1), [[(200, 1), (201, 1)]]),
        (LogicalNeuronCompartments(), (255, 1), []),
    ],
)
def test_placement(compartments, anchor, expected):
    placed = LogicalNeuronOnDLS(compartments, AtomicNeuronOnDLS(*anchor))
    assert positions(placed.get_placed_compartments()) == expected
    joined = [(int(c.x()), int(c.y())) for c in placed.get_atomic_neurons()]
    assert joined == [position for circuits in expected for position in circuits]


@pytest.mark.parametrize("anchor", [(127, 0), (255, 0), (0, 1)])
def test_placement_outside_the_chip_half(anchor):
    with pytest.raises(RuntimeError, match="do not fit"):
        LogicalNeuronOnDLS(SHAPE, AtomicNeuronOnDLS(*anchor))


@pytest.mark.parametrize("arguments", [(SHAPE,), ({}, AtomicNeuronOnDLS()), (SHAPE, 5)])
def test_wrong_arguments(arguments):
    with pytest.raises(TypeError, match="AtomicNeuronOnDLS"):
        LogicalNeuronOnDLS(*arguments)


def test_values():
    placed = LogicalNeuronOnDLS(SHAPE, AtomicNeuronOnDLS(5, 0))
    other = LogicalNeuronOnDLS(SHAPE, AtomicNeuronOnDLS(6, 0))
    for value in (SHAPE, placed, LogicalNeuronOnDLS()):
        assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == type(value)(value) == value
        assert hash(copy.deepcopy(value)) == hash(value)
    assert placed != other
    assert placed < other and placed <= other and other > placed and other >= placed
    assert len({placed, other, LogicalNeuronOnDLS(placed)}) == 2
    with pytest.raises(AttributeError, match="immutable"):
        placed.anchor = 1


def test_returned_mapping_is_a_copy():
    SHAPE.get_compartments().clear()
    SHAPE.get_compartments()[CompartmentOnLogicalNeuron(0)].clear()
    assert positions(SHAPE.get_compartments()) == [[(0, 0), (1, 0)], [(0, 1)]]


def test_text():
    circuit, neuron = AtomicNeuronOnLogicalNeuron(1, 0), AtomicNeuronOnDLS(5, 1)
    one = shape([(1, 0)])
    assert str(one) == f"LogicalNeuronCompartments(\n\tCompartmentOnLogicalNeuron(0)\n\t\t{circuit}\n)"
    placed = LogicalNeuronOnDLS(one, neuron)
    assert str(placed) == f"LogicalNeuronOnDLS(\nCompartmentOnLogicalNeuron(0)\n\t{neuron}\n)"


@pytest.mark.parametrize(
    ("start", "direction", "end"),
    [
        ((5, 0), Direction.left, (4, 0)),
        ((5, 1), Direction.right, (6, 1)),
        ((5, 0), Direction.opposite_row, (5, 1)),
        ((5, 1), Direction.opposite_row, (5, 0)),
    ],
)
def test_neighbor(start, direction, end):
    assert AtomicNeuronOnLogicalNeuron(*start).get_neighbor(direction) == AtomicNeuronOnLogicalNeuron(*end)


@pytest.mark.parametrize(("column", "direction"), [(0, Direction.left), (127, Direction.right)])
def test_no_neighbor(column, direction):
    with pytest.raises(OverflowError, match=direction.name):
        AtomicNeuronOnLogicalNeuron(column, 0).get_neighbor(direction)
