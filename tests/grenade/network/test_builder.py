"""The network builder: descriptors, what a network contains, and every rule that an addition can break."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
import lola
from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    ExecutionInstanceID,
    PlasticityRuleOnNetwork,
    PopulationOnNetwork,
    ProjectionOnNetwork,
    Time,
)
from grenade.network import (
    BackgroundSourcePopulation,
    CADCRecording,
    ExternalSourcePopulation,
    InterExecutionInstanceProjection,
    InvalidNetwork,
    MADCRecording,
    Network,
    NetworkBuilder,
    PadRecording,
    PlasticityRule,
    Population,
    Projection,
    Receptor,
    SpikeIOSourcePopulation,
    UnknownDescriptor,
)

Compartment = Population.Neuron.Compartment
Source = lola.AtomicNeuron.Readout.Source
EXC = Receptor(Receptor.ID(), Receptor.Type.excitatory)
INH = Receptor(Receptor.ID(), Receptor.Type.inhibitory)
BOTTOM = 256
"""Number of the first circuit of the bottom hemisphere."""


def neuron(anchor: int, sizes: tuple[int, ...] = (1,), receptors: Any = (EXC,), **compartments: Any) -> Any:
    """A neuron with compartments of so many circuits, side by side from `anchor` on."""
    starts = np.cumsum((0, *sizes))
    shape = halco.LogicalNeuronCompartments({
        c: [halco.AtomicNeuronOnLogicalNeuron(int(starts[c]) + k, 0) for k in range(size)]
        for c, size in enumerate(sizes)
    })
    described = {
        c: Compartment(Compartment.SpikeMaster(0, False), [set(receptors)] * size) for c, size in enumerate(sizes)
    }
    place = halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(anchor)))
    return Population.Neuron(place, compartments.get("compartments", described))


def neurons(*anchors: int, **fields: Any) -> Population:
    return Population([neuron(anchor) for anchor in anchors], **fields)


def external(size: int, **fields: Any) -> ExternalSourcePopulation:
    return ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * size, **fields)


def background(size: int, coordinate: dict[int, int], random: bool = True) -> BackgroundSourcePopulation:
    config = BackgroundSourcePopulation.Config(enable_random=random)
    return BackgroundSourcePopulation([BackgroundSourcePopulation.Neuron()] * size, coordinate, config)


def spikeio(rate: int) -> SpikeIOSourcePopulation:
    return SpikeIOSourcePopulation([SpikeIOSourcePopulation.Neuron(3)], SpikeIOSourcePopulation.Config(rate))


def projection(pre: int, post: int, *connections: tuple[int, ...], receptor: Receptor = EXC) -> Projection:
    table = np.array([(*each, 5) for each in connections], int).reshape(-1, 5)
    return Projection().from_numpy(receptor, table, pre, post)


def dense(pre: int, post: int, senders: Any, receivers: Any) -> Projection:
    return projection(pre, post, *((i, 0, j, 0) for i in senders for j in receivers))


def circuit(population: int, *place: int, source: Source = Source.membrane) -> MADCRecording.Neuron:
    return MADCRecording.Neuron(AtomicNeuronOnExecutionInstance(population, *place), source)


def madc(*circuits: Any) -> MADCRecording:
    return MADCRecording(list(circuits))


def cadc(*circuits: Any) -> CADCRecording:
    return CADCRecording(list(circuits))


def pad(*sources: tuple[Any, bool]) -> PadRecording:
    return PadRecording({number: PadRecording.Source(*source) for number, source in enumerate(sources)})


def reading(population: int, *sources: Any) -> PlasticityRule:
    handle = PlasticityRule.PopulationHandle(population, list(sources))
    return PlasticityRule(populations=[handle], kernel="PLASTICITY_RULE_KERNEL")


def ordered(*projections: int) -> PlasticityRule:
    return PlasticityRule(projections=list(projections), enable_requires_one_source_per_row_in_order=True)


def overwritten(added: Any, column: int, value: int) -> Any:
    """A projection whose last connection was changed behind its back."""
    added.table[-1, column] = value
    return added


def inter(pre: tuple[int, int], post: tuple[int, int], *connections: tuple[int, ...]) -> Any:
    table = np.array([(*each, 125) for each in connections], int).reshape(-1, 5)
    return InterExecutionInstanceProjection().from_numpy(table, PopulationOnNetwork(*pre), PopulationOnNetwork(*post))


ON_CHIP, TWO_COMPARTMENTS, EXTERNAL, BACKGROUND = 0, 1, 2, 3


def example() -> NetworkBuilder:
    """Execution instances 0 and 1 with the same populations; instance 1 has nothing else.

    Population 0: circuits 0 to 3 of the top and 0 of the bottom hemisphere. Population 1: a neuron with compartments
    of circuits 10, 11 and 12, and one on circuits 40, 41, 42. Population 2: five external sources. Population 3: a
    regular background source on the top hemisphere. Projection 0: all-to-all from population 2 to 0.
    """
    builder = NetworkBuilder()
    for instance in range(2):
        builder.add(neurons(0, 1, 2, 3, BOTTOM), instance)
        builder.add(Population([neuron(10, (2, 1)), neuron(40, (2, 1))]), instance)
        builder.add(external(5), instance)
        builder.add(background(1, {0: 2}, random=False), instance)
    builder.add(dense(EXTERNAL, ON_CHIP, range(5), range(5)))
    return builder


def bad_population(**compartment: Any) -> Population:
    fields: dict[str, Any] = {"spike_master": None, "receptors": [{EXC}] * 2, **compartment}
    return Population([neuron(100), neuron(101, (2,), compartments={0: Compartment(**fields)})])


Case = tuple[str, Callable[[], Any], str]

POPULATIONS: list[Case] = [
    ("compartment that is not in the coordinate",
     lambda: Population([neuron(100, compartments={1: Compartment(None, [])})]),
     "population 4 of execution instance 0, neuron 0, compartment 1: .*no such compartment"),
    ("spike master beyond the circuits", lambda: bad_population(spike_master=Compartment.SpikeMaster(2)),
     "population 4 .*neuron 1, compartment 0: spike master is circuit 2, expected 0 to 1"),
    ("receptors of too few circuits", lambda: bad_population(receptors=[{EXC}]),
     "neuron 1, compartment 0: expected one set of receptors for each circuit, 2 in all, got 1"),
    ("receptors of too many circuits", lambda: bad_population(receptors=[{EXC}] * 3), "2 in all, got 3"),
    ("circuit twice in a population", lambda: neurons(100, 101, 100),
     "population 4 .*neurons 0 and 2 both use circuit 100"),
    ("circuit twice through overlapping compartments", lambda: Population([neuron(100, (3,)), neuron(102)]),
     "neurons 0 and 1 both use circuit 102"),
    ("circuit of another population", lambda: neurons(100, 42),
     "population 4 .*neuron 1 uses circuit 42, which neuron 1 of population 1 of execution instance 0"),
    ("background generator used twice", lambda: background(1, {1: 0, 0: 2}, random=False),
     "PADI bus 2 on hemisphere 0 is used by population 3"),
    ("two regular sources", lambda: background(2, {0: 0}, random=False), "population 4 .*1 source, got 2"),
    ("no regular source", lambda: background(0, {0: 0}, random=False), "1 source, got 0"),
    ("three random sources", lambda: background(3, {0: 0}), "power of two up to 256, got 3"),
    ("too many random sources", lambda: background(512, {0: 0}), "power of two up to 256, got 512"),
]

PROJECTIONS: list[Case] = [
    ("unknown source", lambda: dense(9, ON_CHIP, [0], [0]), "projection 1 .*population 9 of .*unknown"),
    ("unknown target", lambda: dense(EXTERNAL, 9, [0], [0]), "projection 1 .*population 9 of .*unknown"),
    ("target is external", lambda: dense(ON_CHIP, EXTERNAL, [0], [0]),
     "projection 1 .*population 2 .*no population on the chip, but a ExternalSourcePopulation"),
    ("target is a background source", lambda: dense(ON_CHIP, BACKGROUND, [0], [0]), "but a BackgroundSource"),
    ("source out of range", lambda: dense(EXTERNAL, ON_CHIP, [0, 5], [0]),
     "projection 1 .*connection 1: pre neuron 5 is out of range of population 2 .*size 5"),
    ("source on the chip out of range", lambda: dense(ON_CHIP, ON_CHIP, [5], [0]), "pre neuron 5 is out of range"),
    ("target out of range", lambda: dense(EXTERNAL, ON_CHIP, [0], [1, 5]),
     "connection 1: post neuron 5 is out of range of population 0"),
    ("compartment not part of the target", lambda: projection(EXTERNAL, ON_CHIP, (0, 0, 0, 0), (0, 0, 4, 1)),
     "connection 1: post neuron 4 of population 0 .*no compartment 1"),
    ("compartment not part of the source", lambda: projection(TWO_COMPARTMENTS, ON_CHIP, (0, 1, 0, 0), (0, 2, 1, 0)),
     "connection 1: pre neuron 0 of population 1 .*no compartment 2"),
    ("compartment of an external source", lambda: projection(EXTERNAL, ON_CHIP, (2, 1, 0, 0)),
     "pre neuron 2 of population 2 .*no compartment 1"),
    ("compartment of a background source", lambda: projection(BACKGROUND, ON_CHIP, (0, 3, 0, 0)),
     "pre neuron 0 of population 3 .*no compartment 3"),
    ("target without the receptor", lambda: projection(EXTERNAL, TWO_COMPARTMENTS, (0, 0, 1, 1), receptor=INH),
     "compartment 1 of neuron 1 of population 1 .*no circuit with Receptor.*inhibitory"),
    ("connection twice", lambda: projection(EXTERNAL, ON_CHIP, (1, 0, 2, 0), (0, 0, 2, 0), (1, 0, 2, 0)),
     "projection 1 .*connections 0 and 2 are both from neuron 1, compartment 0 to neuron 2"),
    ("connection twice in a row", lambda: projection(EXTERNAL, ON_CHIP, (1, 0, 2, 0), (1, 0, 2, 0)),
     "connections 0 and 1 are both"),
    ("negative weight", lambda: overwritten(dense(EXTERNAL, ON_CHIP, [0], [0, 1]), 4, -1),
     "projection 1 .*connection 1: weight is -1"),
    ("negative neuron", lambda: overwritten(dense(EXTERNAL, ON_CHIP, [0], [0, 1]), 0, -2), "pre neuron -2 is out of"),
    ("negative compartment", lambda: overwritten(dense(EXTERNAL, ON_CHIP, [0], [0, 1]), 3, -1), "no compartment -1"),
    ("no generator on the hemisphere of the target", lambda: dense(BACKGROUND, ON_CHIP, [0], [3, 4]),
     "connection 1: population 3 .*no background generator .*compartment 0 of neuron 4 of population 0"),
]

RECORDINGS: list[Case] = [
    ("no MADC neuron", lambda: madc(), "MADCRecording of execution instance 0: expected 1 or 2 neurons, got 0"),
    ("three MADC neurons", lambda: madc(*(circuit(0, i) for i in range(3))), "expected 1 or 2 neurons, got 3"),
    ("MADC neurons in even columns", lambda: madc(circuit(0, 0), circuit(0, 4)), "columns 0 and 0, both even"),
    ("MADC neurons in odd columns", lambda: madc(circuit(0, 1), circuit(0, 3)), "columns 1 and 3, both odd"),
    ("MADC neuron twice", lambda: madc(circuit(0, 1), circuit(0, 1)), "neuron 1 of population 0 .*recorded twice"),
    ("CADC neuron twice", lambda: cadc(circuit(1, 0, 0, 1), circuit(1, 0, 1), circuit(1, 0, 0, 1)),
     "CADCRecording .*circuit 1 of compartment 0 of neuron 0 of population 1 .*recorded twice"),
    ("CADC neuron twice with different sources", lambda: cadc(circuit(0, 0), circuit(0, 0, source=Source.adaptation)),
     "recorded twice"),
    ("two unbuffered pads on a hemisphere", lambda: pad((circuit(0, 0), False), (circuit(0, 1), False)),
     "PadRecording .*pads 0 and 1 both need the unbuffered line of hemisphere 0"),
    ("two buffered pads in even columns", lambda: pad((circuit(0, 0), True), (circuit(0, 2), True)),
     "pads 0 and 1 both need the buffered line of hemisphere 0 and even columns"),
    ("two sources of a circuit on pads",
     lambda: pad((circuit(0, 0), True), (circuit(0, 0, source=Source.exc_synin), False)), "pad 1 shows exc_synin"),
]

PLACES: list[Case] = [
    ("unknown population", lambda: circuit(9), "population 9 of execution instance 0 is unknown"),
    ("external population", lambda: circuit(EXTERNAL), "population 2 .*no population on the chip"),
    ("background population", lambda: circuit(BACKGROUND), "population 3 .*no population on the chip"),
    ("neuron out of range", lambda: circuit(0, 5), "neuron 5 is out of range of population 0 .*size 5"),
    ("compartment not part of the neuron", lambda: circuit(1, 0, 2), "neuron 0 of population 1 .*no compartment 2"),
    ("circuit out of range", lambda: circuit(1, 1, 1, 1),
     "circuit 1 is out of range of compartment 1 of neuron 1 of population 1 .*made of 1"),
]
for _name, _make, _message in PLACES:
    RECORDINGS += [
        (f"MADC, {_name}", lambda make=_make: madc(make()), f"MADCRecording .*{_message}"),
        (f"CADC, {_name}", lambda make=_make: cadc(make()), f"CADCRecording .*{_message}"),
        (f"pad, {_name}", lambda make=_make: pad((make(), True)), f"PadRecording .*{_message}"),
    ]

_FULL = [{0: [None]}] * 5

RULES: list[Case] = [
    ("unknown projection", lambda: PlasticityRule(projections=[0, 3]),
     "plasticity rule 0 .*projection 3 of execution instance 0 is unknown"),
    ("several calls at one time", lambda: PlasticityRule(timer=PlasticityRule.Timer(100, 0, 2)),
     "plasticity rule 0 .*2 calls, but the period of its timer is 0"),
    ("unknown population", lambda: reading(9), "plasticity rule 0 .*population 9 .*unknown"),
    ("population not on the chip", lambda: reading(EXTERNAL, *_FULL), "population 2 .*no population on the chip"),
    ("sources of too few neurons", lambda: reading(ON_CHIP, *_FULL[:4]), "population 0 .*expected 5 neurons, got 4"),
    ("sources of a missing compartment", lambda: reading(TWO_COMPARTMENTS, {0: [None, None], 1: [None]}, {0: [None]}),
     r"population 1 .*neuron 1: expected compartments \[0, 1\], got \[0\]"),
    ("sources of too many circuits", lambda: reading(ON_CHIP, *_FULL[:4], {0: [None, None]}),
     "population 0 .*neuron 4, compartment 0: expected 1 circuits, got 2"),
    ("a population with two sources", lambda: PlasticityRule(populations=[
        PlasticityRule.PopulationHandle(ON_CHIP, [{0: [source]}] * 5) for source in (Source.membrane, Source.exc_synin)
    ]), "population 0 .*given twice with different readout sources"),
    ("raw recording of three bytes", lambda: PlasticityRule(recording=PlasticityRule.RawRecording(3)),
     "plasticity rule 0 .*3 bytes.*multiple of 4"),
    ("observable whose name is none", lambda: PlasticityRule(recording=PlasticityRule.TimedRecording({
        "a b": PlasticityRule.TimedRecording.ObservablePerSynapse(),
    })), "plasticity rule 0 .*'a b'"),
    ("synapses are recorded where there are none", lambda: PlasticityRule(
        recording=PlasticityRule.TimedRecording({"w": PlasticityRule.TimedRecording.ObservablePerSynapse()})
    ), "plasticity rule 0 .*records 'w' of each synapse"),
    ("neurons are recorded where there are none", lambda: PlasticityRule(
        recording=PlasticityRule.TimedRecording({"v": PlasticityRule.TimedRecording.ObservablePerNeuron()})
    ), "plasticity rule 0 .*records 'v' of each neuron"),
]

INTER: list[Case] = [
    ("one execution instance", lambda: inter((0, 1), (2, 1)), "both populations are on execution instance 1"),
    ("unknown instance of the source", lambda: inter((0, 7), (2, 1)), "execution instance 7 is unknown"),
    ("unknown instance of the target", lambda: inter((0, 0), (2, 7)), "execution instance 7 is unknown"),
    ("unknown source", lambda: inter((9, 0), (2, 1)), "population 9 of execution instance 0 is unknown"),
    ("unknown target", lambda: inter((0, 0), (9, 1)), "population 9 of execution instance 1 is unknown"),
    ("target on the chip", lambda: inter((0, 0), (0, 1)), "expected an ExternalSourcePopulation .*got a Population"),
    ("source out of range", lambda: inter((0, 0), (2, 1), (0, 0, 0, 0), (5, 0, 0, 0)),
     "connection 1: pre neuron 5 is out of range of population 0 of execution instance 0"),
    ("target out of range", lambda: inter((0, 0), (2, 1), (0, 0, 5, 0)),
     "post neuron 5 is out of range of population 2 of execution instance 1"),
    ("negative delay", lambda: overwritten(inter((0, 0), (2, 1), (0, 0, 0, 0)), 4, -1), "connection 0: delay is -1"),
    ("compartment of the target", lambda: inter((0, 0), (2, 1), (0, 0, 0, 1)), "post neuron 0 .*no compartment 1"),
]

CASES = [
    *(pytest.param(*case[1:], id=f"{kind}-{case[0]}")
      for kind, cases in (("population", POPULATIONS), ("projection", PROJECTIONS), ("recording", RECORDINGS),
                          ("rule", RULES), ("inter", INTER))
      for case in cases),
]


@pytest.mark.parametrize(("make", "message"), CASES)
def test_what_breaks_a_rule_is_refused_and_leaves_the_builder_as_it_was(make: Any, message: str) -> None:
    builder = example()
    with pytest.raises(RuntimeError, match=message) as caught:
        builder.add(make())
    assert isinstance(caught.value, InvalidNetwork)
    assert isinstance(caught.value, IndexError) == isinstance(caught.value, UnknownDescriptor) == (
        "unknown" in str(caught.value)
    )
    assert builder.done() == example().done()


@pytest.mark.parametrize("added", [
    projection(0, 0), madc(circuit(0)), cadc(), pad(), PlasticityRule(),
], ids=lambda added: type(added).__name__)
def test_unknown_execution_instances_are_refused(added: Any) -> None:
    with pytest.raises(UnknownDescriptor, match="execution instance 5 is unknown"):
        example().add(added, ExecutionInstanceID(5))


@pytest.mark.parametrize("added", [None, 3, EXC, Network()])
def test_things_that_are_no_part_of_networks_are_refused(added: Any) -> None:
    with pytest.raises(TypeError):
        NetworkBuilder().add(added)


def test_serial_sources_share_their_data_rate() -> None:
    builder = example()
    builder.add(spikeio(4))
    builder.add(spikeio(4))
    with pytest.raises(InvalidNetwork, match="population 6 .*data_rate_scaler is 5, but 4 in population 4"):
        builder.add(spikeio(5))
    builder.add(spikeio(5), 1)


@pytest.mark.parametrize("make", [lambda: madc(circuit(0)), lambda: cadc(circuit(0)), lambda: pad()])
def test_one_recording_of_each_kind_per_execution_instance(make: Any) -> None:
    builder = example()
    builder.add(make())
    with pytest.raises(InvalidNetwork, match="Recording of execution instance 0: there is one already"):
        builder.add(make())
    builder.add(make(), 1)


READERS: dict[str, Callable[[Source], Any]] = {
    "madc": lambda source: madc(circuit(0, 3, source=source)),
    "cadc": lambda source: cadc(circuit(0, 0), circuit(0, 3, source=source)),
    "pad": lambda source: pad((circuit(0, 3, source=source), True)),
    "rule": lambda source: reading(0, *[{0: [None]}] * 3, {0: [source]}, {0: [None]}),
}


@pytest.mark.parametrize("first", READERS)
@pytest.mark.parametrize("second", READERS)
def test_all_readers_of_a_circuit_read_the_same_source(first: str, second: str) -> None:
    builder = example()
    builder.add(READERS[first](Source.adaptation))
    if first != second or first == "rule":
        with pytest.raises(InvalidNetwork, match="reads membrane of neuron 3 of population 0 .*reads adaptation"):
            builder.add(READERS[second](Source.membrane))
        builder.add(READERS[second](Source.adaptation))
    builder.add(READERS[second](Source.membrane), 1)


def test_a_refused_reader_does_not_count() -> None:
    builder = example()
    builder.add(madc(circuit(0, 3, source=Source.adaptation)))
    with pytest.raises(InvalidNetwork):
        builder.add(cadc(circuit(0, 0, source=Source.adaptation), circuit(0, 3)))
    builder.add(cadc(circuit(0, 0), circuit(0, 3, source=Source.adaptation)))


class TestOneSourcePerRowInOrder:
    """Kernels that take a row for a source need projections that are dense and sorted."""

    def add(self, added: Projection, *anchors: int) -> PlasticityRuleOnNetwork:
        """A rule on a projection from neurons at `anchors`, population 0, or from 5 external sources, 1, to 2."""
        builder = NetworkBuilder()
        builder.add(neurons(*anchors))
        builder.add(external(5))
        builder.add(Population([neuron(400), neuron(401)]))
        builder.add(added)
        return builder.add(ordered(0))

    def test_dense_and_sorted(self) -> None:
        self.add(dense(1, 2, range(5), range(2)))
        self.add(dense(1, 2, [1, 3], [1]))
        self.add(projection(1, 2))

    def test_not_dense(self) -> None:
        with pytest.raises(InvalidNetwork, match="rule 0 .*projection 0 .*not dense: it has 3 of 4 connections"):
            self.add(projection(1, 2, (0, 0, 0, 0), (0, 0, 1, 0), (1, 0, 0, 0)))

    @pytest.mark.parametrize(("senders", "receivers", "first"), [([1, 0], [0, 1], 1), ([0, 1], [1, 0], 0)])
    def test_not_sorted(self, senders: list[int], receivers: list[int], first: int) -> None:
        message = f"projection 0 .*not sorted: connection {first + 1} belongs before connection {first}"
        with pytest.raises(InvalidNetwork, match=message):
            self.add(dense(1, 2, senders, receivers))

    @pytest.mark.parametrize("anchors", [(0, 31, 32, 127), (64, 128 + 64), (5, 256 + 31), (140, 3)])
    def test_neurons_in_order_of_their_event_outputs(self, anchors: tuple[int, ...]) -> None:
        self.add(dense(0, 2, range(len(anchors)), range(2)), *anchors)

    @pytest.mark.parametrize("anchors", [(32, 0), (0, 96, 128), (0, 256 + 32, 31)])
    def test_neurons_not_in_order_of_their_event_outputs(self, anchors: tuple[int, ...]) -> None:
        last = len(anchors) - 1
        message = f"neuron {last - 1} of population 0 .* event output . and neuron {last} on 0 of the backend block"
        with pytest.raises(InvalidNetwork, match=message):
            self.add(dense(0, 2, range(len(anchors)), range(2)), *anchors)

    def test_neurons_that_send_nothing_may_be_anywhere(self) -> None:
        self.add(dense(0, 2, [0, 2], range(2)), 0, 96, 31)

    def test_other_rules_take_any_projection(self) -> None:
        builder = example()
        builder.add(projection(EXTERNAL, ON_CHIP, (1, 0, 0, 0), (0, 0, 1, 0)))
        builder.add(PlasticityRule(projections=[1]))


def test_instances_that_would_wait_for_each_other_are_refused() -> None:
    builder = NetworkBuilder()
    for instance in range(3):
        builder.add(external(2), instance)
    builder.add(inter((0, 2), (0, 0), (1, 0, 0, 0)))
    builder.add(inter((0, 0), (0, 1)))
    with pytest.raises(InvalidNetwork, match="execution instance 1 already needs spikes of execution instance 2"):
        builder.add(inter((0, 1), (0, 2)))
    network = builder.done()
    assert network.topologically_sorted_execution_instance_ids == [2, 0, 1]
    assert [each.size for each in network.inter_execution_instance_projections] == [1, 0]
    assert network.inter_execution_instance_projections[0].connections[0].delay == Time(125)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1]), max_size=12))
def test_instances_come_after_those_they_need(edges: list[tuple[int, int]]) -> None:
    builder, accepted = NetworkBuilder(), networkx.DiGraph()
    for instance in range(6):
        builder.add(external(1), instance)
        accepted.add_node(instance)
    for pre, post in edges:
        cyclic = networkx.has_path(accepted, post, pre)
        try:
            builder.add(inter((0, pre), (0, post)))
        except InvalidNetwork:
            assert cyclic
        else:
            assert not cyclic
            accepted.add_edge(pre, post)
    order = [int(id) for id in builder.done().topologically_sorted_execution_instance_ids]
    assert sorted(order) == list(range(6))
    assert all(order.index(pre) < order.index(post) for pre, post in accepted.edges)


class TestAccepted:
    """What is allowed, although it resembles what is not."""

    @pytest.mark.parametrize("make", [
        lambda: neurons(100, chip_on_executor=(0, 0)),
        lambda: neurons(0, chip_on_executor=(1, 0)),
        lambda: Population(), lambda: external(0), lambda: background(0, {}), lambda: background(256, {0: 0, 1: 2}),
        lambda: background(1, {0: 1}, random=False), lambda: background(1, {0: 0}),
        lambda: projection(EXTERNAL, ON_CHIP), lambda: dense(EXTERNAL, ON_CHIP, [4, 0], [3, 1]),
        lambda: dense(BACKGROUND, ON_CHIP, [0], [0, 1, 2, 3]), lambda: dense(ON_CHIP, ON_CHIP, range(5), range(5)),
        lambda: projection(TWO_COMPARTMENTS, TWO_COMPARTMENTS, (0, 1, 1, 0), (0, 0, 1, 0), (0, 1, 1, 1)),
        lambda: madc(circuit(0, 0), circuit(0, 1)), lambda: madc(circuit(0, 4), circuit(0, 3)), lambda: cadc(),
        lambda: pad((circuit(0, 0), True), (circuit(0, 1), True)),
        lambda: pad((circuit(0, 0), True), (circuit(0, 4), True)),
        lambda: pad((circuit(0, 0), False), (circuit(0, 4), False)),
        lambda: pad((circuit(0, 0), False), (circuit(0, 0), True)),
        lambda: reading(ON_CHIP, *_FULL), lambda: PlasticityRule(recording=PlasticityRule.RawRecording(4)),
        lambda: inter((0, 0), (2, 1), (0, 0, 0, 0), (0, 0, 0, 0)),
    ])
    def test_is_accepted(self, make: Any) -> None:
        example().add(make())

    def test_the_same_pair_in_two_projections(self) -> None:
        builder = example()
        for i in range(1, 3):
            assert builder.add(dense(EXTERNAL, ON_CHIP, [0], [0])) == ProjectionOnNetwork(i)

    def test_a_receptor_on_any_circuit_of_the_compartment(self) -> None:
        builder = example()
        described = Compartment(None, [set(), {INH}])
        target = builder.add(Population([neuron(60, (2,), compartments={0: described})]))
        builder.add(projection(EXTERNAL, target, (0, 0, 0, 0), receptor=INH))
        with pytest.raises(InvalidNetwork, match="no circuit"):
            builder.add(projection(EXTERNAL, target, (0, 0, 0, 0), receptor=EXC))

    @pytest.mark.parametrize(("generator", "accepted"), [({0: 0}, True), ({1: 0}, False), ({0: 0, 1: 0}, True)])
    def test_a_generator_on_any_hemisphere_with_the_receptor(self, generator: Any, accepted: bool) -> None:
        """A compartment on both hemispheres, whose circuit on the bottom one has another receptor."""
        shape = {0: [halco.AtomicNeuronOnLogicalNeuron(0, 0), halco.AtomicNeuronOnLogicalNeuron(0, 1)]}
        place = halco.LogicalNeuronOnDLS(halco.LogicalNeuronCompartments(shape), halco.AtomicNeuronOnDLS())
        builder = NetworkBuilder()
        target = builder.add(Population([Population.Neuron(place, {0: Compartment(None, [{EXC}, {INH}])})]))
        source = builder.add(background(2, generator))
        if accepted:
            builder.add(dense(source, target, [0, 1], [0]))
        else:
            with pytest.raises(InvalidNetwork, match="no background generator"):
                builder.add(dense(source, target, [0, 1], [0]))


class TestNetwork:
    def test_descriptors_count_in_each_execution_instance(self) -> None:
        builder = NetworkBuilder()
        assert builder.add(external(1)) == PopulationOnNetwork(0, 0)
        assert builder.add(neurons(0), ExecutionInstanceID(3)) == PopulationOnNetwork(0, 3)
        assert builder.add(background(1, {0: 0}), execution_instance=3) == PopulationOnNetwork(1, 3)
        assert builder.add(spikeio(1), 3) == PopulationOnNetwork(2, 3)
        assert builder.add(projection(1, 0, (0, 0, 0, 0)), 3) == ProjectionOnNetwork(0, 3)
        assert builder.add(PlasticityRule(projections=[0]), 3) == PlasticityRuleOnNetwork(0, 3)
        assert builder.add(PlasticityRule(), 3) == PlasticityRuleOnNetwork(1, 3)
        assert builder.add(cadc(circuit(0)), 3) is None
        network = builder.done()
        assert {int(id): list(each.populations) for id, each in network.execution_instances.items()} == {
            0: [0], 3: [0, 1, 2],
        }

    def test_holds_what_was_added(self) -> None:
        builder = example()
        rule = ordered(0)
        recordings = madc(circuit(0, 1)), cadc(circuit(0, 1), circuit(1, 0, 1)), pad((circuit(0, 1), True))
        added = builder.add(rule)
        for recording in recordings:
            builder.add(recording)
        network = builder.done()
        instance = network.execution_instances[ExecutionInstanceID(0)]
        assert instance.populations[EXTERNAL] == external(5)
        assert instance.projections[ProjectionOnNetwork(0)] == dense(EXTERNAL, ON_CHIP, range(5), range(5))
        assert instance.plasticity_rules[added] == rule
        assert (instance.madc_recording, instance.cadc_recording, instance.pad_recording) == recordings
        assert network.execution_instances[1].projections == {}
        assert network.execution_instances[1].madc_recording is None
        assert network.topologically_sorted_execution_instance_ids == [0, 1]
        assert network.construction_duration > timedelta()

    def test_is_not_changed_by_later_changes_of_what_was_added(self) -> None:
        things = [
            neurons(0, 1), external(2), background(1, {0: 0}), dense(1, 0, range(2), range(2)), madc(circuit(0)),
            cadc(circuit(0)), pad((circuit(0), True)), reading(0, {0: [None]}, {0: [None]}),
        ]
        builder = NetworkBuilder()
        for thing in things:
            builder.add(thing)
        network = builder.done()
        expected = copy.deepcopy(network)
        population, sources, generator, connections, fast, slow, pads, rule = things
        population.neurons[0].compartments[halco.CompartmentOnLogicalNeuron(0)].spike_master = None
        sources.neurons[0].enable_record_spikes = True
        generator.config.rate = 9
        connections.table[:, 4] = 9
        for each in (fast, slow):
            each.neurons[0].coordinate.neuron_on_population = 1
        pads.recordings[halco.PadOnDLS(0)].neuron.source = Source.adaptation
        rule.populations[0].neuron_readout_sources[0].clear()
        rule.timer.start = 3
        assert network == expected

    def test_the_builder_is_empty_afterwards(self) -> None:
        builder = example()
        assert builder.done() == example().done()
        assert builder.done() == Network() == NetworkBuilder().done()
        assert builder.add(neurons(0)) == PopulationOnNetwork(0)

    def test_equality_ignores_the_time_it_took(self) -> None:
        first, second = example().done(), example().done()
        second.construction_duration = timedelta(days=1)
        assert first == second
        second.execution_instances[0].projections[0].table[0, 4] += 1
        assert first != second


@given(st.permutations(range(64)), st.data())
def test_a_duplicate_is_found_wherever_it_is(order: list[int], data: st.DataObject) -> None:
    pairs = [(i // 8, 0, i % 8, 0) for i in order]
    builder = NetworkBuilder()
    builder.add(neurons(*range(8)))
    builder.add(external(8))
    builder.add(projection(1, 0, *pairs))
    first = data.draw(st.integers(0, 63))
    second = data.draw(st.integers(first + 1, 64))
    pairs.insert(second, pairs[first])
    with pytest.raises(InvalidNetwork, match=f"connections {first} and {second} are both"):
        builder.add(projection(1, 0, *pairs))
