"""Morphology: which neuron circuits are connected, and how. One test per rule of the builder."""

from __future__ import annotations

from typing import Any

import pytest

from halco import (
    AtomicNeuronOnDLS,
    AtomicNeuronOnLogicalNeuron,
    CompartmentOnLogicalNeuron,
    LogicalNeuronOnDLS,
    NeuronColumnOnLogicalNeuron,
    NeuronRowOnLogicalNeuron,
)
from lola import AtomicNeuron, Morphology, MorphologyError

SWITCHES = ("connect_soma", "connect_soma_right", "connect_right", "connect_vertical", "enable_conductance")


def at(x: int, y: int) -> AtomicNeuronOnLogicalNeuron:
    return AtomicNeuronOnLogicalNeuron(x, y)


def circuits(*positions: tuple[int, int]) -> list[AtomicNeuronOnLogicalNeuron]:
    return [at(x, y) for x, y in positions]


def switches(morphology: Morphology, x: int, y: int) -> set[str]:
    """Names of the switches of a circuit that are on."""
    return {name for name in SWITCHES if getattr(morphology[at(x, y)], name)}


def shape(morphology: Morphology) -> list[list[tuple[int, int]]]:
    """Circuits (column, row) of the finished morphology, by compartment."""
    compartments, _ = morphology.done()
    return [[(int(c.x()), int(c.y())) for c in members] for members in compartments.get_compartments().values()]


# -- compartments: joined membranes --------------------------------------------------------------------------------


def test_a_compartment_of_one_circuit_sets_no_switch():
    morphology = Morphology()
    morphology.create_compartment(circuits((0, 0)))
    assert switches(morphology, 0, 0) == set()
    assert isinstance(morphology[at(0, 0)], AtomicNeuron.Multicompartment)
    assert shape(morphology) == [[(0, 0)]]


def test_compartments_are_numbered_from_zero():
    morphology = Morphology()
    assert morphology.create_compartment(circuits((5, 0))) == CompartmentOnLogicalNeuron(0)
    assert morphology.create_compartment(circuits((6, 0), (7, 0))) == CompartmentOnLogicalNeuron(1)


def test_horizontal_neighbors_are_joined_by_the_left_one():
    morphology = Morphology()
    morphology.create_compartment(circuits((2, 1), (1, 1), (3, 1)))
    assert [switches(morphology, x, 1) for x in (1, 2, 3)] == [{"connect_right"}, {"connect_right"}, set()]


def test_vertical_neighbors_both_set_the_switch():
    morphology = Morphology()
    morphology.create_compartment(circuits((4, 0), (4, 1)))
    assert switches(morphology, 4, 0) == switches(morphology, 4, 1) == {"connect_vertical"}


def test_a_winding_compartment():
    # ##
    #  ##   columns 0..2
    morphology = Morphology()
    morphology.create_compartment(circuits((0, 0), (1, 0), (1, 1), (2, 1)))
    assert {(x, y): switches(morphology, x, y) for x, y in ((0, 0), (1, 0), (1, 1), (2, 1))} == {
        (0, 0): {"connect_right"}, (1, 0): {"connect_vertical"},
        (1, 1): {"connect_vertical", "connect_right"}, (2, 1): set(),
    }


def test_every_adjacent_pair_of_a_block_is_joined():
    morphology = Morphology()
    morphology.create_compartment(circuits((0, 0), (1, 1), (1, 0), (0, 1)))
    left, right = {"connect_right", "connect_vertical"}, {"connect_vertical"}
    assert [switches(morphology, x, y) for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))] == [left, left, right, right]


def test_adjacent_compartments_are_not_joined():
    morphology = Morphology()
    morphology.create_compartment(circuits((0, 0), (0, 1)))
    morphology.create_compartment(circuits((1, 0), (1, 1)))
    assert all(switches(morphology, x, y) == {"connect_vertical"} for x in (0, 1) for y in (0, 1))


@pytest.mark.parametrize(
    ("positions", "text"),
    [
        ([], "at least one"),
        ([(0, 0), (0, 0)], r"Enum\(0\).*twice"),
        ([(3, 0)], r"Enum\(3\).*already part of CompartmentOnLogicalNeuron\(0\)"),
        ([(10, 0), (12, 0)], r"Enum\(12\).*cannot be reached"),
        ([(10, 0), (11, 1)], "cannot be reached"),
        ([(127, 0), (0, 1)], "cannot be reached"),
        ([(10, 0), (11, 0), (13, 1), (14, 1)], r"Enum\(141\).*Enum\(142\).*cannot be reached"),
    ],
)
def test_refused_compartments(positions, text):
    morphology = Morphology()
    morphology.create_compartment(circuits((3, 0)))
    before = str(morphology)
    with pytest.raises(MorphologyError, match=text):
        morphology.create_compartment(circuits(*positions))
    assert str(morphology) == before
    assert morphology.create_compartment(circuits((4, 0))) == CompartmentOnLogicalNeuron(1)


# -- the somatic line ----------------------------------------------------------------------------------------------


def test_direct_connection_to_the_somatic_line():
    morphology = Morphology()
    morphology.connect_to_soma(at(0, 1))
    morphology.connect_to_soma(at(0, 1))
    assert switches(morphology, 0, 1) == {"connect_soma"}
    with pytest.raises(MorphologyError, match=r"Enum\(128\).*already connected.*directly"):
        morphology.connect_resistor_to_soma(at(0, 1))


def test_connection_through_the_conductance():
    morphology = Morphology()
    morphology.connect_resistor_to_soma(at(0, 0))
    assert switches(morphology, 0, 0) == {"enable_conductance"}
    with pytest.raises(MorphologyError, match="already connected.*conductance"):
        morphology.connect_to_soma(at(0, 0))
    assert switches(morphology, 0, 0) == {"enable_conductance"}


def test_the_somatic_line_joins_segments_up_to_the_last_column():
    morphology = Morphology()
    morphology.connect_soma_line(NeuronColumnOnLogicalNeuron(2), NeuronColumnOnLogicalNeuron(5), 1)
    assert [switches(morphology, x, 1) for x in range(2, 6)] == 3 * [{"connect_soma_right"}] + [set()]
    with pytest.raises(IndexError, match="not part of the morphology"):
        morphology[at(6, 1)]


def test_the_somatic_line_spans_a_chip_half_at_most():
    morphology = Morphology()
    first, last = NeuronColumnOnLogicalNeuron.min, NeuronColumnOnLogicalNeuron.max
    morphology.connect_soma_line(first, last, NeuronRowOnLogicalNeuron(0))
    assert [switches(morphology, x, 0) for x in range(128)] == 127 * [{"connect_soma_right"}] + [set()]


def test_the_somatic_line_goes_from_left_to_right():
    with pytest.raises(MorphologyError, match=r"\(5\) to .*\(2\)"):
        Morphology().connect_soma_line(5, 2, 0)


# -- real morphologies ---------------------------------------------------------------------------------------------


def two_compartments() -> Morphology:
    morphology = Morphology()
    morphology.create_compartment(circuits((0, 0), (0, 1)))
    morphology.create_compartment(circuits((1, 0), (1, 1)))
    morphology.connect_to_soma(at(0, 0))
    morphology.connect_resistor_to_soma(at(1, 0))
    morphology.connect_soma_line(0, 1, 0)
    return morphology


def chain() -> Morphology:
    """Four compartments in a row; neighbours couple alternately in the top and bottom row."""
    morphology = Morphology()
    for x in range(4):
        morphology.create_compartment(circuits((x, 0), (x, 1)))
    for x in range(3):
        morphology.connect_soma_line(x, x + 1, x % 2)
        morphology.connect_to_soma(at(x, x % 2))
        morphology.connect_resistor_to_soma(at(x + 1, x % 2))
    return morphology


def y_shape() -> Morphology:
    """A trunk over both rows that branches into a dendrite per row; the lower one lies behind a gap."""
    morphology = Morphology()
    morphology.create_compartment(circuits((0, 0), (0, 1)))
    morphology.create_compartment(circuits((1, 0), (2, 0)))
    morphology.create_compartment(circuits((3, 1)))
    morphology.connect_to_soma(at(0, 0))
    morphology.connect_resistor_to_soma(at(0, 1))
    morphology.connect_resistor_to_soma(at(1, 0))
    morphology.connect_resistor_to_soma(at(3, 1))
    morphology.connect_soma_line(0, 1, 0)
    morphology.connect_soma_line(0, 3, 1)
    return morphology


def test_two_compartments():
    assert shape(two_compartments()) == [[(0, 0), (0, 1)], [(1, 0), (1, 1)]]


def test_chain_of_four_compartments():
    assert shape(chain()) == [[(x, 0), (x, 1)] for x in range(4)]


def test_y_shape_has_a_compartment_per_bridge_circuit():
    assert shape(y_shape()) == [[(0, 0), (0, 1)], [(1, 0), (2, 0)], [(3, 1)], [(1, 1)], [(2, 1)]]


@pytest.mark.parametrize(
    ("morphology", "sketch"),
    [
        (Morphology(), "Morphology()"),
        (two_compartments(), """\
        0   1
line 0  +---+
        |   R
row 0   N   N
        |   |
row 1   N   N"""),
        (chain(), """\
        0   1   2   3
line 0  +---+   +---+
        |   R   |   R
row 0   N   N   N   N
        |   |   |   |
row 1   N   N   N   N
            |   R
line 1      +---+"""),
        (y_shape(), """\
        0   1   2   3
line 0  +---+
        |   R
row 0   N   N---N
        |
row 1   N   N   N   N
        R           R
line 1  +---+---+---+"""),
    ],
)
def test_sketch(morphology, sketch):
    assert str(morphology) == sketch


def test_result_can_be_placed():
    compartments, _ = chain().done()
    placed = LogicalNeuronOnDLS(compartments, AtomicNeuronOnDLS(100, 0)).get_placed_compartments()
    assert placed[CompartmentOnLogicalNeuron(3)] == [AtomicNeuronOnDLS(103, 0), AtomicNeuronOnDLS(103, 1)]


def test_members_keep_the_order_in_which_they_are_listed():
    morphology = Morphology()
    morphology.create_compartment(circuits((2, 0), (0, 0), (1, 0)))
    assert shape(morphology) == [[(2, 0), (0, 0), (1, 0)]]


def test_undeclared_circuits_are_grouped_by_direct_connections():
    # 0 and 2 are joined by the line directly, 1 is coupled to them.
    morphology = Morphology()
    morphology.connect_soma_line(0, 2, 0)
    morphology.connect_to_soma(at(0, 0))
    morphology.connect_resistor_to_soma(at(1, 0))
    morphology.connect_to_soma(at(2, 0))
    assert shape(morphology) == [[(0, 0), (2, 0)], [(1, 0)]]


def test_a_circuit_in_the_way_continues_the_line():
    morphology = Morphology()
    morphology.create_compartment(circuits((2, 0), (3, 0)))
    morphology.connect_resistor_to_soma(at(3, 0))
    morphology.connect_to_soma(at(0, 0))
    morphology.connect_soma_line(0, 3, 0)
    assert shape(morphology) == [[(2, 0), (3, 0)], [(0, 0)], [(1, 0)]]


def test_done_leaves_the_morphology_as_it_is():
    morphology = y_shape()
    assert morphology.done() == morphology.done()


def test_the_switches_arrive_in_the_logical_neuron():
    morphology = two_compartments()
    morphology[at(1, 0)].i_bias_nmda = 400
    compartments, neuron = morphology.done()
    for compartment, members in compartments.get_compartments().items():
        for member, config in zip(members, neuron.collapse_neuron()[compartment], strict=True):
            expected = AtomicNeuron()
            expected.multicompartment = morphology[member]
            assert config == expected
    assert neuron.at(1, 0).multicompartment.i_bias_nmda == 400


# -- what gives no neuron ------------------------------------------------------------------------------------------


def build(*calls: tuple[Any, ...]) -> Morphology:
    """Morphology from (method, arguments); circuits are given as (column, row)."""
    morphology = Morphology()
    for name, *arguments in calls:
        if name == "create_compartment":
            morphology.create_compartment(circuits(*arguments))
        elif name == "connect_soma_line":
            morphology.connect_soma_line(*arguments)
        else:
            getattr(morphology, name)(at(*arguments))
    return morphology


@pytest.mark.parametrize(
    ("calls", "text"),
    [
        ([], "no neuron circuits"),
        # two compartments that nothing couples
        ([("create_compartment", (0, 0)), ("create_compartment", (1, 0))],
         r"CompartmentOnLogicalNeuron\(1\).*Enum\(1\).*not connected"),
        # the first one is beside the line but not on it
        ([("create_compartment", (0, 0), (0, 1)), ("connect_resistor_to_soma", 2, 0), ("connect_soma_line", 0, 2, 0)],
         r"Enum\(2\).*not connected to CompartmentOnLogicalNeuron\(0\)"),
        # both on a line, but not on the same
        ([("connect_to_soma", 0, 0), ("connect_resistor_to_soma", 0, 1)], "not connected"),
        # the lines of one row end in between
        ([("connect_to_soma", 0, 0), ("connect_soma_line", 0, 1, 0), ("connect_resistor_to_soma", 1, 0),
          ("connect_to_soma", 2, 0), ("connect_soma_line", 2, 3, 0), ("connect_resistor_to_soma", 3, 0)],
         r"CompartmentOnLogicalNeuron\(2\).*CompartmentOnLogicalNeuron\(3\).*not connected"),
        # a piece of line far away
        ([("create_compartment", (0, 0), (0, 1)), ("connect_soma_line", 20, 21, 0)],
         r"Enum\(20\).*Enum\(21\).*not connected"),
        # the line ends at a circuit that is not connected to it
        ([("create_compartment", (0, 0)), ("connect_to_soma", 0, 0), ("connect_soma_line", 0, 1, 0)],
         r"Enum\(1\).*not connected"),
        # a declared compartment and another one, joined directly
        ([("create_compartment", (0, 0), (1, 0)), ("create_compartment", (2, 0)), ("connect_to_soma", 1, 0),
          ("connect_to_soma", 2, 0), ("connect_soma_line", 1, 2, 0)],
         r"CompartmentOnLogicalNeuron\(0\).*without a conductance.*Enum\(2\).*of CompartmentOnLogicalNeuron\(1\)"),
        # a declared compartment and an undeclared circuit, joined directly
        ([("create_compartment", (0, 0)), ("connect_to_soma", 0, 0), ("connect_to_soma", 1, 0),
          ("connect_soma_line", 0, 1, 0)],
         r"CompartmentOnLogicalNeuron\(0\).*without a conductance.*Enum\(1\)\)\n"),
        # a conductance elsewhere does not part them
        ([("create_compartment", (0, 0), (1, 0)), ("create_compartment", (2, 0), (3, 0)),
          ("connect_resistor_to_soma", 0, 0), ("connect_to_soma", 1, 0), ("connect_to_soma", 3, 0),
          ("connect_soma_line", 0, 3, 0)], "without a conductance"),
    ],
)
def test_refused_morphologies(calls, text):
    with pytest.raises(MorphologyError, match=text):
        build(*calls).done()


def test_an_unfinished_morphology_can_be_completed():
    morphology = build(("create_compartment", (0, 0), (0, 1)), ("connect_to_soma", 2, 0))
    for name, *arguments in (("connect_soma_line", 0, 2, 0), ("connect_resistor_to_soma", at(0, 0))):
        with pytest.raises(MorphologyError):
            morphology.done()
        getattr(morphology, name)(*arguments)
    assert shape(morphology) == [[(0, 0), (0, 1)], [(1, 0)], [(2, 0)]]


def test_switches_set_by_hand_are_checked():
    morphology = build(("create_compartment", (0, 0), (1, 0)))
    morphology[at(1, 0)].connect_right = True
    with pytest.raises(MorphologyError, match=r"connect_right of .*Enum\(1\).*outside"):
        morphology.done()
    morphology[at(1, 0)].connect_right = False
    morphology[at(0, 0)].connect_right = False
    with pytest.raises(MorphologyError, match=r"has lost .*Enum\(1\)"):
        morphology.done()


def test_a_vertical_connection_takes_both_switches():
    morphology = build(("create_compartment", (0, 0), (0, 1)))
    morphology[at(0, 1)].connect_vertical = False
    with pytest.raises(MorphologyError, match=r"has lost .*Enum\(128\)"):
        morphology.done()


def test_a_switch_does_not_leave_the_chip_half():
    morphology = build(("create_compartment", (127, 0)))
    morphology[at(127, 0)].connect_soma_right = True
    with pytest.raises(MorphologyError, match="connect_soma_right .*outside"):
        morphology.done()


def test_errors_show_the_sketch():
    with pytest.raises(MorphologyError, match=r"row 0   N   N"):
        build(("create_compartment", (0, 0)), ("create_compartment", (1, 0))).done()


def test_errors_are_runtime_errors():
    assert issubclass(MorphologyError, RuntimeError)
