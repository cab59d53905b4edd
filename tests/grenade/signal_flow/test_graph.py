"""Graphs: building, changing, copying, printing."""

from __future__ import annotations

import copy
import pickle

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.common import ExecutionInstanceID
from grenade.signal_flow import ConnectionType as C
from grenade.signal_flow import Graph, Input, InvalidEdge, PortRestriction
from grenade.signal_flow import vertices as v
from grenade.signal_flow.transformations import Addition, Subtraction
from tests.grenade.signal_flow.chip_vertices import bus, driver, event_outputs, neurons, node, sparse, synapses

SPIKES = C.TimedSpikeToChipSequence


def feed_forward() -> tuple[Graph, dict[str, int]]:
    """Events from the host through two synapses to two neurons and back."""
    graph, at = Graph(), {}
    at["external"] = graph.add(v.ExternalInput(SPIKES.at_rest))
    at["data"] = graph.add(v.DataInput(SPIKES), inputs=[at["external"]])
    at["l2"] = graph.add(v.CrossbarL2Input(), inputs=[at["data"]])
    at["node"] = graph.add(node(8, 0), inputs=[at["l2"]])
    at["bus"] = graph.add(bus(0), inputs=[at["node"]])
    at["driver"] = graph.add(driver(4), inputs=[at["bus"]])
    at["synapses"] = graph.add(sparse([8, 9], [1, 40], [(0, 0), (1, 1)]), inputs=[at["driver"]])
    at["neurons"] = graph.add(neurons([1, 40]), inputs=[at["synapses"]])
    at["events"] = graph.add(event_outputs({0: [[1, 40]]}), inputs=[at["neurons"]])
    at["out node"] = graph.add(node(1, 9), inputs=[Input(at["events"], PortRestriction(1, 1))])
    at["l2 out"] = graph.add(v.CrossbarL2Output(), inputs=[at["out node"]])
    at["output"] = graph.add(v.DataOutput(C.TimedSpikeFromChipSequence), inputs=[at["l2 out"]])
    return graph, at


def values(graph: Graph, instance: int, *sources: int) -> int:
    """Values of other instances through an instance: DataInput for each source, sum, DataOutput."""
    taken = [graph.add(v.DataInput(C.Int8), instance, [source]) for source in sources]
    total = graph.add(v.Transformation(Addition(len(taken), 1)), instance, taken)
    return graph.add(v.DataOutput(C.Int8), instance, [total])


def test_descriptors_count_up():
    graph, at = feed_forward()
    assert list(at.values()) == list(graph) == list(range(len(graph)))
    assert isinstance(graph.vertex(at["node"]), v.CrossbarNode)
    assert graph.inputs(at["out node"]) == (Input(at["events"], PortRestriction(1, 1)),)
    assert graph.successors(at["l2"]) == [at["node"]]
    assert graph.successors(at["output"]) == []
    assert graph.output(at["events"]).size == 2
    assert at["node"] in graph and len(graph) not in graph and -1 not in graph


@pytest.mark.parametrize("call", [Graph.vertex, Graph.inputs, Graph.successors, Graph.output, Graph.execution_instance])
@pytest.mark.parametrize("descriptor", [-1, 12])
def test_unknown_descriptors(call, descriptor):
    with pytest.raises(IndexError, match=f"no vertex {descriptor}, it has 12"):
        call(feed_forward()[0], descriptor)


def test_an_input_has_to_be_there_before():
    graph = Graph()
    with pytest.raises(InvalidEdge, match=r"DataInput \(vertex 0\), input 0: there is no vertex 0"):
        graph.add(v.DataInput(C.Int8), inputs=[0])
    assert len(graph) == 0


def test_a_refused_vertex_leaves_the_graph_as_it_was():
    graph, at = feed_forward()
    before = graph.copy()
    with pytest.raises(InvalidEdge):
        graph.add(driver(5), 7, [at["bus"]])
    assert graph == before
    assert graph.execution_instances == [0]
    assert graph.successors(at["bus"]) == [at["driver"]]


def test_vertices_by_type_in_order_of_addition():
    graph, at = feed_forward()
    assert [d for d, _ in graph.vertices_of(0, v.CrossbarNode)] == [at["node"], at["out node"]]
    both = graph.vertices_of(ExecutionInstanceID(0), v.NeuronView, v.DataInput)
    assert [d for d, _ in both] == [at["data"], at["neurons"]]
    assert [d for d, _ in graph.vertices_of(0)] == list(graph)
    assert [d for d, _ in graph.vertices_of(0, v.HostVertex)] == [at["external"], at["data"], at["output"]]
    assert graph.vertices_of(3) == []


def test_a_vertex_may_be_used_again():
    graph, at = feed_forward()
    again = graph.add(at["driver"], inputs=[at["bus"]])
    assert graph.vertex(again) is graph.vertex(at["driver"])
    changed = driver(4, row_address_compare_mask=3)
    graph.update(again, changed)
    assert graph.vertex(at["driver"]) is graph.vertex(again) is changed
    with pytest.raises(InvalidEdge, match=rf"SynapseDriver \(vertex {again + 1}\): number of inputs is 0"):
        graph.add(at["driver"])
    with pytest.raises(IndexError):
        graph.add(99)


def steps(graph: Graph) -> list[tuple[int, int]]:
    """Pairs of execution instances, of which the second needs values of the first."""
    return sorted((int(before), int(after)) for before, after in graph.execution_instance_graph.edges)


# -- changing ---------------------------------------------------------------------------------------------------------

def test_an_update_keeps_the_edges():
    graph, at = feed_forward()
    view = graph.vertex(at["synapses"]).with_weights(np.array([5, 6]))
    graph.update(at["synapses"], view)
    assert graph.vertex(at["synapses"]).weights.tolist() == [5, 6]
    assert graph.inputs(at["synapses"]) == (Input(at["driver"]),)


@pytest.mark.parametrize(("place", "vertex", "message"), [
    ("node", node(12, 0), r"CrossbarNode \(vertex 3\), input 0: .* at crossbar input 12"),
    ("node", node(8, 1), r"PADIBus \(vertex 4\), input 0: .* the node has output 1"),
    ("bus", bus(1), r"PADIBus \(vertex 4\), input 0: .* the bus is crossbar output 1"),
    ("synapses", synapses([8], [1]), r"NeuronView \(vertex 7\), input 0: .* gives SynapticInput\[1\]"),
    ("synapses", synapses([8], [40, 1]), r"NeuronView \(vertex 7\), input 0: .* columns"),
    ("synapses", synapses([7], [1, 40]), r"SynapseArrayView \(vertex 6\), input 0: .* none of the rows"),
    ("neurons", neurons([1, 40], row=1), r"NeuronView \(vertex 7\), input 0: "),
    ("driver", v.CrossbarL2Input(), r"CrossbarL2Input \(vertex 5\), input 0: "),
])
def test_an_update_that_does_not_fit_changes_nothing(place, vertex, message):
    graph, at = feed_forward()
    before = graph.copy()
    with pytest.raises(InvalidEdge, match=message):
        graph.update(at[place], vertex)
    assert graph == before


def test_another_kind_of_vertex_may_fit():
    graph, at = feed_forward()
    graph.update(at["synapses"], synapses([8, 9], [1, 40]))
    assert isinstance(graph.vertex(at["synapses"]), v.SynapseArrayView)


def test_recurrence_is_closed_by_relocation():
    graph, at = feed_forward()
    back = graph.add(node(0, 0), inputs=[Input(at["events"], PortRestriction(0, 0))])
    graph.update_and_relocate(at["bus"], bus(0), [at["node"], back])
    assert graph.inputs(at["bus"]) == (Input(at["node"]), Input(back))
    assert graph.successors(back) == [at["bus"]]
    assert list(nx.simple_cycles(nx.DiGraph(graph.to_networkx())))
    assert graph.execution_instances == [0]


@pytest.mark.parametrize(("vertex", "inputs", "message"), [
    (neurons([1, 40]), ["driver"], "has output SynapseInputLabel"),
    (neurons([1, 41]), [], r"NeuronEventOutputView \(vertex 8\), input 0: .* columns differ"),
    (neurons([1, 40]), [99], "there is no vertex 99"),
])
def test_a_relocation_that_does_not_fit_changes_nothing(vertex, inputs, message):
    graph, at = feed_forward()
    before = graph.copy()
    with pytest.raises(InvalidEdge, match=message):
        graph.update_and_relocate(at["neurons"], vertex, [at.get(each, each) for each in inputs])
    assert graph == before
    assert graph.successors(at["synapses"]) == [at["neurons"]]


def test_a_relocation_forgets_former_inputs():
    graph, at = feed_forward()
    graph.update_and_relocate(at["neurons"], neurons([1, 40]), [])
    assert graph.successors(at["synapses"]) == []
    assert graph.inputs(at["neurons"]) == ()


# -- execution instances ----------------------------------------------------------------------------------------------

def test_instances_are_sorted_by_what_they_need():
    graph = Graph()
    source = graph.add(v.ExternalInput(C.DataInt8), 5)
    first = values(graph, 5, source)
    second = values(graph, 2, first)
    values(graph, 0, first, second)
    graph.add(v.ExternalInput(C.DataInt8), 1)
    assert graph.execution_instances == [1, 5, 2, 0]
    assert steps(graph) == [(2, 0), (5, 0), (5, 2)]
    assert all(isinstance(each, ExecutionInstanceID) for each in graph.execution_instances)


def test_instances_cannot_wait_for_each_other():
    graph = Graph()
    source = graph.add(v.ExternalInput(C.DataInt8), 0)
    first = values(graph, 0, source)
    second = values(graph, 1, first)
    third = values(graph, 2, second)
    before = graph.copy()
    for later in (second, third):
        with pytest.raises(InvalidEdge, match=r"DataInput .* itself needs values of instance 0; expected an order"):
            graph.add(v.DataInput(C.Int8), 0, [later])
    assert graph == before
    graph.add(v.DataInput(C.Int8), 2, [first])


def test_instances_cannot_be_made_to_wait_for_each_other_by_relocation():
    graph = Graph()
    source = graph.add(v.ExternalInput(C.DataInt8))
    entrance = graph.add(v.DataInput(C.Int8), 0, [source])
    exit_of_first = graph.add(v.DataOutput(C.Int8), 0, [entrance])
    second = values(graph, 1, exit_of_first)
    before, order = graph.copy(), steps(graph)
    with pytest.raises(InvalidEdge, match="execution instances .*0.* would need values of each other"):
        graph.update_and_relocate(entrance, v.DataInput(C.Int8), [second])
    assert graph == before
    assert steps(graph) == order == [(0, 1)]


def test_a_relocation_changes_the_order_of_instances():
    graph = Graph()
    source = graph.add(v.ExternalInput(C.DataInt8))
    first = values(graph, 0, source)
    entrance = graph.add(v.DataInput(C.Int8), 1, [first])
    assert steps(graph) == [(0, 1)]
    graph.update_and_relocate(entrance, v.DataInput(C.Int8), [source])
    assert steps(graph) == []
    graph.update_and_relocate(entrance, v.DataInput(C.Int8), [first])
    assert steps(graph) == [(0, 1)]


def test_the_order_of_instances_is_a_copy():
    graph = Graph()
    values(graph, 0, graph.add(v.ExternalInput(C.DataInt8)))
    graph.execution_instance_graph.clear()
    assert graph.execution_instances == [0]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), max_size=12))
def test_no_sequence_of_additions_makes_a_circle(steps):
    graph = Graph()
    outputs = [graph.add(v.ExternalInput(C.DataInt8))]
    for instance, source in steps:
        try:
            outputs.append(values(graph, instance, outputs[source % len(outputs)]))
        except InvalidEdge:
            continue
    order = graph.execution_instances
    for d in graph:
        for each in graph.inputs(d):
            before, after = graph.execution_instance(each.descriptor), graph.execution_instance(d)
            external = isinstance(graph.vertex(each.descriptor), v.ExternalInput)
            assert external or before == after or order.index(before) < order.index(after)


# -- copies, printing -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("duplicate", [
    Graph.copy, copy.copy, copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph)),
])
def test_copies_are_independent(duplicate):
    graph, at = feed_forward()
    copied = duplicate(graph)
    assert copied == graph
    copied.update(at["driver"], driver(4, row_address_compare_mask=1))
    copied.add(bus(1), 3)
    assert graph == feed_forward()[0] != copied
    assert graph.execution_instances == [0] and copied.execution_instances == [0, 3]
    copied.update_and_relocate(at["bus"], bus(0), [])
    assert graph.successors(at["node"]) == [at["bus"]]


def test_equality():
    one, two = (Graph() for _ in range(2))
    for graph, function in ((one, Addition(1, 1)), (two, Subtraction(1, 1))):
        data = graph.add(v.DataInput(C.Int8), inputs=[graph.add(v.ExternalInput(C.DataInt8))])
        graph.add(v.Transformation(function), inputs=[data])
    assert one != two
    two.update(2, v.Transformation(Addition(1, 1)))
    assert one == two


def test_print_has_a_line_for_each_vertex():
    graph, at = feed_forward()
    lines = str(graph).splitlines()
    assert len(lines) == len(graph)
    assert lines[at["bus"]] == "4 @0 PADIBus(coordinate=PADIBusOnDLS(0)) <- 3"
    assert lines[at["out node"]].endswith("<- 8[1, 1]")
    assert lines[at["external"]] == "0 @0 ExternalInput(type=DataTimedSpikeToChipSequence, size=1)"
    assert repr(graph) == "Graph(12 vertices in 1 execution instances)"


def test_networkx_sees_everything():
    graph, at = feed_forward()
    seen = graph.to_networkx()
    assert len(seen) == len(graph) and seen.number_of_edges() == 11
    assert seen.nodes[at["driver"]]["vertex"] is graph.vertex(at["driver"])
    assert seen.get_edge_data(at["events"], at["out node"])[0] == {
        "port": 0, "port_restriction": PortRestriction(1, 1),
    }
