"""LogicalNeuron: access to its circuits, and what is written where, also when the placement is mirrored."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import haldls
import lola
import stadls
from halco import (
    AtomicNeuronOnDLS,
    AtomicNeuronOnLogicalNeuron,
    CompartmentOnLogicalNeuron,
    LogicalNeuronCompartments,
    LogicalNeuronOnDLS,
)
from haldls.backend import Backend
from haldls.errors import AccessError
from lola import AtomicNeuron, LogicalNeuron, MCSafeAtomicNeuron, Morphology
from stadls import words as ut
from stadls._wire import encode_messages

SWITCHES = ("connect_soma", "connect_soma_right", "connect_right", "connect_vertical", "enable_conductance")
WORDS = 34  # of an atomic neuron


def at(x: int, y: int) -> AtomicNeuronOnLogicalNeuron:
    return AtomicNeuronOnLogicalNeuron(x, y)


def neuron_of_three() -> tuple[LogicalNeuronCompartments, LogicalNeuron]:
    """A compartment of two circuits, coupled to one of a single circuit on its right."""
    morphology = Morphology()
    morphology.create_compartment([at(4, 0), at(5, 0)])
    morphology.create_compartment([at(6, 0)])
    morphology.connect_to_soma(at(5, 0))
    morphology.connect_resistor_to_soma(at(6, 0))
    morphology.connect_soma_line(5, 6, 0)
    return morphology.done()


def switches(neuron: AtomicNeuron) -> set[str]:
    return {name for name in SWITCHES if getattr(neuron.multicompartment, name)}


# -- circuits of a logical neuron ----------------------------------------------------------------------------------


def test_circuits_are_found_by_compartment_and_index():
    _, neuron = neuron_of_three()
    neuron[CompartmentOnLogicalNeuron(0), 1].leak.v_leak = 300
    assert neuron.at(CompartmentOnLogicalNeuron(0), 1).leak.v_leak == 300
    assert neuron.at(0, 0).leak.v_leak == 0
    assert neuron.morphology[CompartmentOnLogicalNeuron(0)][1].leak.v_leak == 300
    assert [len(members) for members in neuron.morphology.values()] == [2, 1]


@pytest.mark.parametrize(("key", "text"), [
    ((2, 0), r"no CompartmentOnLogicalNeuron\(2\)"), ((0, 2), "has 2 neuron circuits, got index 2"), ((0, -1), "-1"),
])
def test_missing_circuits(key, text):
    _, neuron = neuron_of_three()
    with pytest.raises(IndexError, match=text):
        neuron.at(*key)
    with pytest.raises(IndexError, match=text):
        neuron[key] = MCSafeAtomicNeuron()


def test_a_circuit_shows_the_strength_of_its_conductance_but_no_switches():
    _, neuron = neuron_of_three()
    neuron.at(1, 0).multicompartment.i_bias_nmda = 500
    neuron.at(1, 0).multicompartment.enable_conductance_division = True
    neuron.at(1, 0).multicompartment.enable_conductance_multiplication = True
    collapsed = neuron.collapse_neuron()[CompartmentOnLogicalNeuron(1)][0].multicompartment
    assert (collapsed.i_bias_nmda, collapsed.enable_conductance_division) == (500, True)
    assert collapsed.enable_conductance_multiplication and collapsed.enable_conductance
    for name in SWITCHES:
        with pytest.raises(AttributeError):
            getattr(neuron.at(1, 0).multicompartment, name)
        with pytest.raises(AttributeError):
            setattr(neuron.at(1, 0).multicompartment, name, True)


@pytest.mark.parametrize("kind", [AtomicNeuron, MCSafeAtomicNeuron])
def test_assignment_keeps_the_switches(kind):
    _, neuron = neuron_of_three()
    before = [switches(n) for members in neuron.collapse_neuron().values() for n in members]
    config = AtomicNeuron()
    config.multicompartment.connect_soma_right = config.multicompartment.connect_vertical = True
    config.multicompartment.i_bias_nmda = 77
    config.threshold.v_threshold = 600
    for key in ((0, 0), (0, 1), (1, 0)):
        neuron[key] = kind(config)
        assert (neuron[key].threshold.v_threshold, neuron[key].multicompartment.i_bias_nmda) == (600, 77)
    assert [switches(n) for members in neuron.collapse_neuron().values() for n in members] == before
    assert before == [{"connect_right"}, {"connect_soma", "connect_soma_right"}, {"enable_conductance"}]


def test_assignment_takes_circuits_only():
    _, neuron = neuron_of_three()
    with pytest.raises(TypeError, match="MCSafeAtomicNeuron"):
        neuron[0, 0] = haldls.NeuronConfig()


def test_collapsed_circuits_are_copies_with_all_switches():
    _, neuron = neuron_of_three()
    collapsed = neuron.collapse_neuron()
    collapsed[CompartmentOnLogicalNeuron(0)][0].leak.v_leak = 5
    assert neuron.at(0, 0).leak.v_leak == 0
    assert all(type(n) is AtomicNeuron for members in collapsed.values() for n in members)


def test_mc_safe_circuits():
    config = AtomicNeuron()
    config.multicompartment.connect_right = True
    config.leak.v_leak = 11
    safe = MCSafeAtomicNeuron(config)
    assert safe.asAtomicNeuron() == config and safe.leak.v_leak == 11
    assert safe.EventRouting.AnalogOutputMode is AtomicNeuron.EventRouting.AnalogOutputMode
    assert safe != MCSafeAtomicNeuron(), "circuits with different switches differ"
    assert copy.deepcopy(safe) == pickle.loads(pickle.dumps(safe)) == MCSafeAtomicNeuron(safe) == safe
    safe.set_from(haldls.NeuronConfig())
    assert switches(safe.asAtomicNeuron()) == {"connect_right"}
    with pytest.raises(TypeError, match="takes an AtomicNeuron"):
        MCSafeAtomicNeuron(3)


# -- value semantics -----------------------------------------------------------------------------------------------


def test_equality():
    (_, first), (_, second) = neuron_of_three(), neuron_of_three()
    assert first == second and first != LogicalNeuron() and first != AtomicNeuron()
    second.at(0, 0).leak.v_leak = 1
    assert first != second


def test_neurons_of_another_shape_differ():
    def of(*members: Any) -> LogicalNeuron:
        morphology = Morphology()
        morphology.create_compartment(members)
        return morphology.done()[1]

    assert of(at(0, 0)) == of(at(9, 1)), "where in the grid does not matter"
    assert of(at(0, 0), at(1, 0)) != of(at(1, 0), at(0, 0))
    assert of(at(0, 0), at(1, 0)) != of(at(0, 0), at(0, 1))


@pytest.mark.parametrize("duplicate", [
    copy.copy, copy.deepcopy, lambda n: n.copy(), LogicalNeuron, lambda n: pickle.loads(pickle.dumps(n)),
])
def test_copies_are_independent(duplicate):
    _, neuron = neuron_of_three()
    neuron.at(0, 1).leak.v_leak = 7
    other = duplicate(neuron)
    assert other == neuron
    other.at(0, 1).leak.v_leak = 8
    assert neuron.at(0, 1).leak.v_leak == 7


@pytest.mark.parametrize("form", ["portablebinary", "json"])
def test_serialization(form):
    compartments, neuron = neuron_of_three()
    loaded = LogicalNeuron()
    getattr(lola, f"from_{form}")(loaded, getattr(lola, f"to_{form}")(neuron))
    assert loaded == neuron
    place = LogicalNeuronOnDLS(compartments, AtomicNeuronOnDLS(3, 1))
    assert np.array_equal(haldls.encode(loaded, place)[1], haldls.encode(neuron, place)[1])


def test_text():
    _, neuron = neuron_of_three()
    assert str(LogicalNeuron()) == "LogicalNeuron()"
    assert str(neuron).startswith("LogicalNeuron(\n\tCompartmentOnLogicalNeuron(0)[0]: MCSafeAtomicNeuron(\n\t\t")
    assert "connect_soma" not in str(neuron)


def test_constructor():
    with pytest.raises(TypeError, match="lola.Morphology"):
        LogicalNeuron({})
    assert LogicalNeuron().morphology == LogicalNeuron().collapse_neuron() == {}


# -- registers -----------------------------------------------------------------------------------------------------


def registers(neuron: LogicalNeuron, place: LogicalNeuronOnDLS) -> dict[AtomicNeuronOnDLS, AtomicNeuron]:
    """Configuration of every circuit that writing the neuron leads to."""
    addresses, words = haldls.encode(neuron, place)
    found = {}
    for i, circuit in enumerate(place.get_atomic_neurons()):
        part = slice(WORDS * i, WORDS * (i + 1))
        assert addresses[part].tolist() == haldls.read_addresses(AtomicNeuron, circuit).tolist()
        found[circuit] = haldls.decode(AtomicNeuron, circuit, words[part])
    assert len(words) == WORDS * len(found)
    return found


def test_mirrored_switches_move_to_the_left_circuit():
    #   original   +---+        mirrored  +---+
    #              |   R                  R   |
    #          N---N   N                  N   N---N
    compartments, neuron = neuron_of_three()
    place = LogicalNeuronOnDLS(compartments.flip_x(), AtomicNeuronOnDLS(200, 1))
    written = registers(neuron, place)
    assert {int(c.x()): switches(n) for c, n in written.items()} == {
        200: {"enable_conductance", "connect_soma_right"}, 201: {"connect_soma", "connect_right"}, 202: set(),
    }
    assert switches(neuron.collapse_neuron()[CompartmentOnLogicalNeuron(0)][0]) == {"connect_right"}, "unchanged"


@pytest.mark.parametrize("compartments", [
    {0: [at(0, 0), at(1, 0), at(2, 0)]}, {0: [at(0, 0), at(1, 0)]}, {0: [at(1, 0), at(0, 0)], 1: [at(2, 0)]},
    {0: [at(0, 0), at(1, 0)], 1: [at(2, 1)]}, {0: [at(0, 0), at(1, 0)], 2: [at(2, 0)]}, {},
])
def test_placements_of_another_shape_are_refused(compartments):
    place = LogicalNeuronOnDLS(LogicalNeuronCompartments(compartments), AtomicNeuronOnDLS(0, 0))
    with pytest.raises(AccessError, match="does not fit"):
        haldls.encode(neuron_of_three()[1], place)


def test_other_coordinates_are_refused():
    with pytest.raises(AccessError, match="addressed by LogicalNeuronOnDLS"):
        haldls.encode(neuron_of_three()[1], AtomicNeuronOnDLS())


def test_decoding():
    compartments, neuron = neuron_of_three()
    place = LogicalNeuronOnDLS(compartments, AtomicNeuronOnDLS())
    _, words = haldls.encode(neuron, place)
    with pytest.raises(AccessError, match="102 words"):
        haldls.decode(LogicalNeuron, place, words[1:])
    words[WORDS + 6] |= 1 << 31  # a cell of the second circuit
    assert haldls.decode(LogicalNeuron, place, words) == neuron, "unused bits are dropped"


@pytest.mark.parametrize("backend", [Backend.Omnibus, Backend.OmnibusChipOverJTAG])
def test_programs_write_the_circuits_one_by_one(backend):
    compartments, neuron = neuron_of_three()
    place = LogicalNeuronOnDLS(compartments, AtomicNeuronOnDLS(125, 0))
    whole, single = stadls.PlaybackProgramBuilder(), stadls.PlaybackProgramBuilder()
    whole.write(place, neuron, backend)
    for circuit, config in registers(neuron, place).items():
        single.write(circuit, config, backend)
    assert np.array_equal(whole.done().to_fpga, single.done().to_fpga)


def test_programs_read_it_back():
    compartments, neuron = neuron_of_three()
    neuron.at(1, 0).leak.v_leak = 400
    place = LogicalNeuronOnDLS(compartments, AtomicNeuronOnDLS(30, 1))
    builder = stadls.PlaybackProgramBuilder()
    ticket = builder.read(place)
    program = builder.done()
    assert program.size_from_fpga() == 3 * WORDS and ticket.get_coordinate() == place
    _, words = haldls.encode(neuron, place)
    program.from_fpga = encode_messages(len(words) * [ut.FROM_FPGA_CODES["omnibus_from_fpga::Data"]], words.tolist())
    assert ticket.get() == neuron


# -- laws ----------------------------------------------------------------------------------------------------------


def runs(cells: list[int], joined: list[bool]) -> Iterable[list[int]]:
    """Cut columns into runs of adjacent ones; `joined` tells for each whether it belongs to the one before."""
    run: list[int] = []
    for x, join in zip(cells, joined, strict=False):
        if run and not (join and x == run[-1] + 1):
            yield run
            run = []
        run.append(x)
    if run:
        yield run


@st.composite
def morphologies(draw: Any) -> Morphology:
    """A soma over both rows with a somatic line per row; along them compartments, bridges and single circuits."""
    width, left = draw(st.integers(1, 9)), draw(st.integers(0, 119))
    soma = draw(st.integers(0, width - 1))
    morphology = Morphology()
    members = draw(st.permutations([at(left + soma, 0), at(left + soma, 1)]))
    morphology.create_compartment(members)
    for row in (0, 1):
        connect = draw(st.sampled_from(["connect_to_soma", "connect_resistor_to_soma"]))
        getattr(morphology, connect)(at(left + soma, row))
        on_line = [soma]
        others = [x for x in range(width) if x != soma and draw(st.booleans())]
        for run in runs(others, draw(st.lists(st.booleans(), min_size=width, max_size=width))):
            if len(run) > 1 or draw(st.booleans()):
                morphology.create_compartment(draw(st.permutations([at(left + x, row) for x in run])))
            tap = draw(st.sampled_from(run))
            morphology.connect_resistor_to_soma(at(left + tap, row))
            on_line.append(tap)
        morphology.connect_soma_line(left + min(on_line), left + max(on_line), row)
    return morphology


@st.composite
def placed_neurons(draw: Any) -> tuple[LogicalNeuronCompartments, LogicalNeuron, AtomicNeuronOnDLS]:
    compartments, neuron = draw(morphologies()).done()
    for i, members in enumerate(neuron.morphology.values()):
        for j, circuit in enumerate(members):
            circuit.leak.v_leak = 10 * i + j
            circuit.multicompartment.i_bias_nmda = draw(st.integers(0, 1022))
            circuit.event_routing.address = draw(st.integers(0, 255))
    width = int(compartments.get_right_most_column()) - int(compartments.get_left_most_column())
    column = draw(st.integers(0, 127 - width)) + draw(st.sampled_from([0, 128]))
    return compartments, neuron, AtomicNeuronOnDLS(column, 0)


@given(placed_neurons())
@settings(deadline=None, max_examples=60)
def test_words_are_those_of_the_circuits(case):
    compartments, neuron, anchor = case
    place = LogicalNeuronOnDLS(compartments, anchor)
    addresses, words = haldls.encode(neuron, place)
    collapsed = neuron.collapse_neuron()
    single = [
        haldls.encode(config, circuit)
        for compartment, circuits in place.get_placed_compartments().items()
        for circuit, config in zip(circuits, collapsed[compartment], strict=True)
    ]
    assert np.array_equal(addresses, np.concatenate([a for a, _ in single]))
    assert np.array_equal(words, np.concatenate([w for _, w in single]))
    assert np.array_equal(addresses, haldls.read_addresses(LogicalNeuron, place))
    assert haldls.decode(LogicalNeuron, place, words) == neuron


def connectivity(grid: dict[tuple[int, int], tuple[Any, AtomicNeuron]]) -> tuple[Any, Any]:
    """What the switches on a grid connect: sets of joined nodes, and conductances between two of them.

    `grid` gives name and configuration of the circuit at (column, row). Nodes are ("membrane" or "line", name).
    """
    neighbors: dict[Any, set[Any]] = {(kind, name): set() for name, _ in grid.values() for kind in ("membrane", "line")}

    def connect(kind: str, name: Any, other_kind: str, place: tuple[int, int]) -> None:
        other = grid[place][0]  # KeyError: a switch leads to a circuit that is not ours
        neighbors[kind, name].add((other_kind, other))
        neighbors[other_kind, other].add((kind, name))

    for (x, y), (name, config) in grid.items():
        mc = config.multicompartment
        if mc.connect_right:
            connect("membrane", name, "membrane", (x + 1, y))
        if mc.connect_soma_right:
            connect("line", name, "line", (x + 1, y))
        if mc.connect_soma:
            connect("membrane", name, "line", (x, y))
        if mc.connect_vertical:
            assert grid[x, 1 - y][1].multicompartment.connect_vertical
            connect("membrane", name, "membrane", (x, 1 - y))
    joined = set()
    for node in neighbors:
        reached, waiting = {node}, [node]
        while waiting:
            new = neighbors[waiting.pop()] - reached
            reached |= new
            waiting += new
        joined.add(frozenset(reached))
    conductances = {name: config.multicompartment.i_bias_nmda for name, config in grid.values()
                    if config.multicompartment.enable_conductance}
    return joined, conductances


def on_chip(neuron: LogicalNeuron, place: LogicalNeuronOnDLS) -> dict[tuple[int, int], tuple[Any, AtomicNeuron]]:
    """Name (compartment, index) and configuration of every circuit on the chip."""
    written = registers(neuron, place)
    return {
        (int(circuit.x()), int(circuit.y())): ((int(compartment), i), written[circuit])
        for compartment, circuits in place.get_placed_compartments().items()
        for i, circuit in enumerate(circuits)
    }


@given(placed_neurons(), st.booleans())
@settings(deadline=None, max_examples=50)
def test_circuits_at_a_place_are_those_that_are_written_there(case, mirror):
    compartments, neuron, anchor = case
    place = LogicalNeuronOnDLS(compartments.flip_x() if mirror else compartments, anchor)
    placed = neuron.placed(place)

    assert list(placed) == place.get_atomic_neurons()
    words = np.concatenate([haldls.encode(config, circuit)[1] for circuit, config in placed.items()])
    assert np.array_equal(words, haldls.encode(neuron, place)[1])


def test_circuits_at_a_place_of_another_shape():
    _, neuron = neuron_of_three()
    other = LogicalNeuronCompartments({0: [at(0, 0)]})
    with pytest.raises(AccessError, match="does not fit"):
        neuron.placed(LogicalNeuronOnDLS(other, AtomicNeuronOnDLS(3, 0)))


@given(placed_neurons(), st.sampled_from([("flip_x",), ("flip_y",), ("flip_x", "flip_y")]))
@settings(deadline=None, max_examples=100)
def test_mirroring_keeps_the_connections(case, flips):
    compartments, neuron, anchor = case
    plain = on_chip(neuron, LogicalNeuronOnDLS(compartments, anchor))
    mirrored_shape = compartments
    for flip in flips:
        mirrored_shape = getattr(mirrored_shape, flip)()
    place = LogicalNeuronOnDLS(mirrored_shape, anchor)
    mirrored = on_chip(neuron, place)

    assert connectivity(mirrored) == connectivity(plain)

    def without_switches(grid: dict[Any, tuple[Any, AtomicNeuron]]) -> dict[Any, AtomicNeuron]:
        found = {}
        for name, config in grid.values():
            found[name] = copy.copy(config)
            for switch in SWITCHES:
                setattr(found[name].multicompartment, switch, False)
        return found

    assert without_switches(mirrored) == without_switches(plain)

    read = haldls.decode(LogicalNeuron, place, haldls.encode(neuron, place)[1])
    assert np.array_equal(haldls.encode(read, place)[1], haldls.encode(neuron, place)[1])
    assert connectivity(on_chip(read, LogicalNeuronOnDLS(compartments, anchor))) == connectivity(plain)
