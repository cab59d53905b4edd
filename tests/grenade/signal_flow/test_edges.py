"""Which vertices can be connected."""

from __future__ import annotations

import pytest

import halco
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID
from grenade.signal_flow import ConnectionType as C
from grenade.signal_flow import Graph, Input, InvalidEdge, Port, PortRestriction
from grenade.signal_flow import vertices as v
from grenade.signal_flow.transformations import Addition
from grenade.signal_flow.vertices import Function
from tests.grenade.signal_flow.chip_vertices import (
    bus,
    cadc,
    circuit,
    driver,
    event_outputs,
    madc,
    neurons,
    node,
    sparse,
    synapses,
)

OTHER_CHIP = (ChipOnConnection(1), ConnectionOnExecutor())
SPIKES = C.TimedSpikeToChipSequence
Rule = v.PlasticityRule


class Part(tuple):
    """A vertex, of which only the outputs from the first to the last are taken."""


def part(vertex, first, last) -> Part:
    return Part((vertex, PortRestriction(first, last)))


def pad(column: int, row: int = 0) -> v.PadReadoutView:
    return v.PadReadoutView(v.PadReadoutView.Source(circuit(column, row)), halco.PadOnDLS(0))


def rule(views=(), neuron_views=()) -> v.PlasticityRule:
    synapse_shapes = tuple(Rule.SynapseViewShape.of(view) for view in views)
    return Rule("", Rule.Timer(), synapse_shapes, tuple(Rule.NeuronViewShape.of(view) for view in neuron_views))


class LooseGraph(Graph):
    """A graph in which sources of edges are free of rules, so that a test needs no path that leads to them."""

    def put(self, vertex, instance=0) -> int:
        d = len(self)
        self._vertices.append(vertex)
        self._outputs.append(vertex.output())
        self._vertex_of.append(d)
        known = ExecutionInstanceID.coerce(instance)
        self._instances.append(known)
        self._members.setdefault(known, [])
        self._inputs.append(())
        self._successors.append([])
        return d


def connect(target, sources, instance=0, source_instance=0) -> tuple[Graph, int]:
    graph = LooseGraph()
    inputs = []
    for source in sources:
        vertex, restriction = source if isinstance(source, Part) else (source, None)
        inputs.append(Input(graph.put(vertex, source_instance), restriction))
    return graph, graph.add(target, instance, inputs)


ADDITION = v.Transformation(Addition(1, 3))

ACCEPTED = [
    (v.DataInput(C.Int8, 3), [v.ExternalInput(C.DataInt8, 3)]),
    (v.DataOutput(C.Int8, 3), [v.DataInput(C.Int8, 3)]),
    (v.DataOutput(C.Int8, 3), [ADDITION]),
    (v.DataOutput(C.Int8, 3), [cadc([[1, 2, 3]])]),
    (v.DataOutput(C.TimedSpikeFromChipSequence), [v.CrossbarL2Output()]),
    (v.DataOutput(C.TimedMADCSampleFromChipSequence), [madc(1)]),
    (ADDITION, [v.DataInput(C.Int8, 3)]),
    (ADDITION, [part(v.DataInput(C.Int8, 5), 1, 3)]),
    (v.CrossbarL2Input(), []),
    (v.CrossbarL2Input(), [v.DataInput(SPIKES), v.SpikeIOSourcePopulation()]),
    (v.BackgroundSpikeSource(0), []),
    *((node(8 + i, 0), [v.CrossbarL2Input()]) for i in range(4)),
    (node(12, 0), [v.BackgroundSpikeSource(0)]),
    (node(19, 7), [v.BackgroundSpikeSource(7)]),
    (node(3, 3), [event_outputs({0: [[97, 98]]})]),
    # the view has event outputs 0, 3 and 7 as its ports 0, 1 and 2
    (node(3, 3), [part(event_outputs({0: [[1, 97], [255]]}), 1, 1)]),
    (node(7, 3), [part(event_outputs({0: [[1, 97], [255]]}), 2, 2)]),
    (bus(0), []),
    (bus(0), [node(8, 0), node(0, 0), node(12, 0)]),
    (bus(7), [node(3, 7)]),
    (driver(9), [bus(1)]),
    (driver(128 + 127), [bus(7)]),
    (synapses([0, 1, 5], [7]), [driver(0), driver(2)]),
    (synapses([0, 1, 5], [7]), [driver(2), driver(0)]),
    (sparse([255], [7], [(0, 0)], hemisphere=1), [driver(255)]),
    (neurons([3, 1]), []),
    (neurons([3, 1]), [synapses([0], [3, 1]), sparse([9], [3, 1], [])]),
    (neurons([3, 1]), [part(synapses([0], [8, 3, 1]), 1, 2)]),
    (neurons([3, 1], row=1), [synapses([0], [3, 1], hemisphere=1)]),
    (event_outputs({1: [[2]], 0: [[1, 2], [9]]}), [neurons([1, 2]), neurons([9]), neurons([2], row=1)]),
    (event_outputs({0: [[2]]}), [part(neurons([1, 2, 3]), 1, 1)]),
    (v.CrossbarL2Output(), []),
    (v.CrossbarL2Output(), [node(8, 8), node(15, 11), node(7, 11)]),
    (cadc([[1, 2], [9]], hemisphere=1), [neurons([1, 2], row=1), part(neurons([8, 9], row=1), 1, 1)]),
    (madc(4, 7), [neurons([4]), part(neurons([4, 7]), 1, 1)]),
    (madc(4, row=1), [neurons([4], row=1)]),
    (pad(5), [part(neurons([4, 5]), 1, 1)]),
    (rule(), []),
    (rule([synapses([0], [1, 2])], [neurons([3], 1)]), [synapses([0], [1, 2]), neurons([3], 1)]),
    (rule([sparse([4, 0], [1, 2], [])]), [sparse([4, 0], [1, 2], [])]),
]

REFUSED = [
    # numbers of inputs
    (v.DataInput(C.Int8), [], "inputs is 0, expected 1"),
    (v.DataOutput(C.Int8), [v.DataInput(C.Int8)] * 2, "inputs is 2, expected 1"),
    (v.ExternalInput(C.DataInt8), [v.DataInput(C.Int8)], "inputs is 1, expected 0"),
    (synapses([0, 1, 5], [7]), [driver(0)], "inputs is 1, expected 2"),
    (cadc([[1], [2]]), [neurons([1])], "inputs is 1, expected 2"),
    (rule([synapses([0], [1])]), [], "inputs is 0, expected 1"),
    # types and sizes
    (v.DataOutput(C.Int8, 3), [v.DataInput(C.UInt5, 3)], r"has output UInt5\[3\], expected Int8\[3\]"),
    (v.DataOutput(C.Int8, 3), [v.DataInput(C.Int8, 4)], r"gives Int8\[4\], expected Int8\[3\]"),
    (v.DataOutput(C.Int8, 3), [part(v.DataInput(C.Int8, 4), 1, 2)], r"part \[1, 2\]\) gives Int8\[2\]"),
    (v.DataOutput(C.Int8, 3), [part(v.DataInput(C.Int8, 4), 2, 4)], r"Int8\[4\], which ends before that part"),
    (v.DataOutput(C.Int8, 3), [v.ExternalInput(C.DataInt8, 3)], r"has output DataInt8\[3\], expected Int8\[3\]"),
    (v.CrossbarL2Input(), [v.DataInput(SPIKES), v.DataInput(C.Int8)], r"input 1: .* expected TimedSpikeToChipSequence"),
    (driver(0), [node(8, 0)], r"has output CrossbarOutputLabel\[1\], expected SynapseDriverInputLabel\[1\]"),
    # coordinates
    (node(12, 0), [v.CrossbarL2Input()], "at crossbar input 12, but the source is at input 8 to 11"),
    (node(0, 0), [v.CrossbarL2Input()], "at crossbar input 0, but"),
    (node(12, 0), [v.BackgroundSpikeSource(1)], "at crossbar input 12, but the source is at input 13"),
    (node(3, 3), [event_outputs({0: [[1]]})], "at crossbar input 3, but the source is at input 0"),
    (node(3, 3), [part(event_outputs({0: [[1, 97, 255]]}), 2, 2)], "at crossbar input 3, but the source is at input 7"),
    (node(3, 3), [event_outputs({0: [[1, 97]]})], r"gives CrossbarInputLabel\[2\]"),
    (bus(0), [node(8, 0), node(8, 1)], "input 1: .* the bus is crossbar output 0, but the node has output 1"),
    (bus(4), [node(8, 8)], "the bus is crossbar output 4, but the node has output 8"),
    (v.CrossbarL2Output(), [node(8, 7)], "8 to 11, but the node has output 7"),
    (driver(9), [bus(2)], "the driver is on PADI bus 1, but the source is bus 2"),
    (driver(128 + 9), [bus(1)], "the driver is on PADI bus 5, but the source is bus 1"),
    (synapses([0, 1], [7]), [driver(1)], "none of the rows in SynramOnDLS.0. belongs to driver 1 of hemisphere 0"),
    (synapses([0, 1], [7]), [driver(128)], "belongs to driver 0 of hemisphere 1"),
    (synapses([0, 5], [7]), [driver(0), driver(0)], "synapse driver 0 comes twice"),
    (neurons([3, 1]), [synapses([0], [1, 3])], "columns of neurons and synapses differ"),
    (neurons([3, 1]), [part(synapses([0], [3, 1, 8]), 1, 2)], "columns of neurons and synapses differ"),
    (neurons([3, 1]), [synapses([0], [3, 1], hemisphere=1)], "row 0 gets no input from the synapses in SynramOnDLS.1."),
    (event_outputs({0: [[1]]}), [neurons([2])], "columns differ"),
    (event_outputs({0: [[1]]}), [neurons([1], row=1)], "in row 1, expected row 0"),
    (cadc([[1, 2]]), [neurons([2, 1])], "columns differ"),
    (cadc([[1, 2]]), [neurons([1, 2], row=1)], "in row 1, expected row 0"),
    (madc(4), [neurons([5])], "columns differ"),
    (madc(4, 7), [neurons([7]), neurons([4])], "input 0: .* columns differ"),
    (madc(4), [neurons([4, 5])], r"gives MembraneVoltage\[2\]"),
    (madc(4, row=1), [neurons([4])], "in row 0, expected row 1"),
    (pad(5), [part(neurons([4, 5]), 0, 0)], "columns differ"),
    (rule([synapses([0], [1, 2])]), [synapses([1], [1, 2])], "rows or columns differ"),
    (rule([synapses([0], [1, 2])]), [synapses([0], [2, 1])], "rows or columns differ"),
    (rule([synapses([0], [1, 2])]), [synapses([0], [1, 2], hemisphere=1)], "expected HemisphereOnDLS.0."),
    (rule((), [neurons([3])]), [neurons([4])], "columns differ"),
    (rule((), [neurons([3])]), [part(neurons([3, 4]), 0, 0)], "takes whole views, not the part"),
    # chips
    (bus(0), [node(8, 0, chip_on_executor=OTHER_CHIP)], "on chip 1 of connection 0, expected chip 0 of connection 0"),
    (madc(4, chip_on_executor=OTHER_CHIP), [neurons([4])], "on chip 0 of connection 0, expected chip 1"),
]


def named(value):
    return type(value).__name__ if isinstance(value, v.Vertex) else ""


@pytest.mark.parametrize(("target", "sources"), ACCEPTED, ids=named)
def test_accepted(target, sources):
    graph, d = connect(target, sources)
    assert graph.vertex(d) == target
    assert [each.descriptor for each in graph.inputs(d)] == list(range(len(sources)))


@pytest.mark.parametrize(("target", "sources", "message"), REFUSED, ids=named)
def test_refused(target, sources, message):
    with pytest.raises(InvalidEdge, match=message) as error:
        connect(target, sources)
    assert isinstance(error.value, RuntimeError)
    assert error.value.vertex == type(target).__name__
    assert error.value.descriptor == len(sources)
    assert str(error.value).startswith(f"{type(target).__name__} (vertex {len(sources)})")


def test_the_message_names_everything():
    with pytest.raises(InvalidEdge) as error:
        connect(driver(9), [bus(2)])
    assert str(error.value) == (
        "SynapseDriver (vertex 1), input 0: PADIBus (vertex 0) does not fit: "
        "the driver is on PADI bus 1, but the source is bus 2; expected PADIBus"
    )
    assert (error.value.vertex, error.value.descriptor, error.value.port) == ("SynapseDriver", 1, 0)


class AtRest(Function):
    """A function that claims to make values at rest."""

    def inputs(self):
        return ()

    def output(self):
        return Port(1, C.DataInt8)

    def apply(self, values):
        return values[0]


@pytest.mark.parametrize(("target", "source", "expected"), [
    (v.DataInput(C.Int8), v.Transformation(AtRest()), "expected ExternalInput or DataOutput of another"),
])
def test_sources_of_the_right_type_but_the_wrong_kind(target, source, expected):
    with pytest.raises(InvalidEdge, match=expected):
        connect(target, [source])


@pytest.mark.parametrize(("target", "source"), [
    (v.DataInput(C.Int8), v.DataOutput(C.Int8)),
    (v.DataInput(C.TimedSpikeFromChipSequence), v.DataOutput(C.TimedSpikeFromChipSequence)),
])
def test_values_of_an_instance_enter_only_other_instances(target, source):
    graph, d = connect(target, [source], instance=1, source_instance=0)
    assert list(graph.execution_instance_graph.edges) == [(graph.execution_instance(0), graph.execution_instance(d))]
    with pytest.raises(InvalidEdge, match="is in the same execution instance 1"):
        connect(target, [source], instance=1, source_instance=1)


@pytest.mark.parametrize(("target", "source"), [
    (v.DataOutput(C.Int8, 3), v.DataInput(C.Int8, 3)), (ADDITION, v.DataInput(C.Int8, 3)), (driver(0), bus(0)),
    (v.DataOutput(C.Int8, 3), ADDITION), (v.CrossbarL2Input(), v.DataInput(SPIKES)),
])
def test_everything_else_stays_in_its_instance(target, source):
    with pytest.raises(InvalidEdge, match="is in execution instance 0, expected 1; only values at rest"):
        connect(target, [source], instance=1, source_instance=0)


def test_values_from_outside_enter_any_instance():
    graph, _ = connect(v.DataInput(C.Int8, 3), [v.ExternalInput(C.DataInt8, 3)], instance=1, source_instance=0)
    assert not graph.execution_instance_graph.edges
