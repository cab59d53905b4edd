"""Descriptions of populations, projections, recordings and plasticity rules."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

import grenade.ppu.recording as ppu
import halco
import haldls
import lola
from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    ChipOnConnection,
    ConnectionOnExecutor,
    EntityOnChip,
    ExecutionInstanceID,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
    Time,
)
from grenade.network import (
    BackgroundSourcePopulation,
    CADCRecording,
    ExternalSourcePopulation,
    InterExecutionInstanceProjection,
    MADCRecording,
    Network,
    NeuronRecording,
    PadRecording,
    PlasticityRule,
    Population,
    Projection,
    Receptor,
    SpikeIOSourcePopulation,
)

Compartment = Population.Neuron.Compartment
Source = lola.AtomicNeuron.Readout.Source
EXC = Receptor(Receptor.ID(), Receptor.Type.excitatory)
INH = Receptor(Receptor.ID(), Receptor.Type.inhibitory)


def neuron(anchor: int, circuits: dict[int, list[tuple[int, int]]] | None = None, **fields: Any) -> Population.Neuron:
    """A neuron whose compartments have the given circuits, each with an excitatory receptor."""
    shape = {
        number: [halco.AtomicNeuronOnLogicalNeuron(x, y) for x, y in places]
        for number, places in (circuits or {0: [(0, 0)]}).items()
    }
    place = halco.LogicalNeuronOnDLS(
        halco.LogicalNeuronCompartments(shape), halco.AtomicNeuronOnDLS(halco.Enum(anchor))
    )
    described = {
        number: Compartment(Compartment.SpikeMaster(0, True), [{EXC}] * len(places))
        for number, places in shape.items()
    }
    return Population.Neuron(place, fields.get("compartments", described))


def two_compartments() -> Population:
    """Neuron 0 is a circuit, neuron 1 has two compartments, of which the second one is silent."""
    silent = Compartment(None, [{EXC, INH}])
    return Population([
        neuron(300),
        neuron(10, {0: [(0, 0), (0, 1)], 4: [(1, 0)]}, compartments={
            0: Compartment(Compartment.SpikeMaster(1, False), [{INH}, set()]), 4: silent,
        }),
    ])


def plasticity_rule() -> PlasticityRule:
    Timed = PlasticityRule.TimedRecording
    rule = PlasticityRule()
    rule.projections = [ProjectionOnExecutionInstance(2), ProjectionOnNetwork(1, 7)]
    rule.populations = [PlasticityRule.PopulationHandle(3, [{0: [Source.exc_synin, None]}])]
    rule.kernel = "line\n" * 12
    rule.timer.start = PlasticityRule.Timer.Value(100)
    rule.timer.period, rule.timer.num_periods = 200, 3
    rule.recording = Timed({
        "a": Timed.ObservablePerSynapse(), "b": Timed.ObservablePerNeuron(), "c": Timed.ObservableArray(size=4),
    })
    return rule


EXAMPLES = {
    "receptor": lambda: INH,
    "population": two_compartments,
    "external": lambda: ExternalSourcePopulation([ExternalSourcePopulation.Neuron(True)] * 3),
    "background": lambda: BackgroundSourcePopulation(
        [BackgroundSourcePopulation.Neuron()] * 4, {0: 1, 1: 2}, BackgroundSourcePopulation.Config(5, 6, 7, True)
    ),
    "spikeio": lambda: SpikeIOSourcePopulation([SpikeIOSourcePopulation.Neuron(3, True)]),
    "projection": lambda: Projection(EXC, [Projection.Connection((1, 2), (3, 4), 5)], 6, 7),
    "inter": lambda: InterExecutionInstanceProjection(
        [InterExecutionInstanceProjection.Connection((1, 2), (3, 4), Time(5))], PopulationOnNetwork(1, 0),
        PopulationOnNetwork(0, 1),
    ),
    "madc": lambda: MADCRecording([MADCRecording.Neuron(AtomicNeuronOnExecutionInstance(1), Source.adaptation)]),
    "cadc": lambda: CADCRecording([CADCRecording.Neuron()], True),
    "pad": lambda: PadRecording({1: PadRecording.Source(PadRecording.Neuron(), True)}),
    "rule": plasticity_rule,
    "raw": lambda: PlasticityRule(recording=PlasticityRule.RawRecording(8, True)),
    "network": Network,
}


@pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
def test_copies_are_equal(make: Any) -> None:
    example = make()
    assert copy.copy(example) == example
    assert copy.deepcopy(example) == example
    assert pickle.loads(pickle.dumps(example)) == example
    assert make() == example


@pytest.mark.parametrize("name", EXAMPLES)
def test_things_of_different_kinds_are_different(name: str) -> None:
    assert [other for other, make in EXAMPLES.items() if make() == EXAMPLES[name]()] == [name]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ("receptor", "inter", "network")])
def test_entities_are_on_the_first_chip_unless_told_otherwise(name: str) -> None:
    entity = EXAMPLES[name]()
    assert isinstance(entity, EntityOnChip)
    assert entity.chip_on_executor == (ChipOnConnection(0), ConnectionOnExecutor(0))
    before = copy.deepcopy(entity)
    entity.chip_on_executor = (ChipOnConnection(1), ConnectionOnExecutor(2))
    assert entity.chip_on_executor == (ChipOnConnection(1), ConnectionOnExecutor(2)) and entity != before
    with pytest.raises(ValueError, match="chip_on_executor"):
        entity.chip_on_executor = (0, 0, 0)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "network"])
def test_misspelt_fields_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="chips"):
        EXAMPLES[name]().chips = 1


def test_receptors_are_values() -> None:
    assert Receptor() == EXC and EXC != INH
    assert len({EXC, INH, Receptor(1, Receptor.Type.excitatory), Receptor(0, Receptor.Type.excitatory)}) == 3
    assert (int(Receptor.Type.excitatory), int(Receptor.Type.inhibitory)) == (0, 1)


class TestPopulation:
    def test_circuits_are_in_order_of_neuron_compartment_circuit(self) -> None:
        np.testing.assert_array_equal(two_compartments().circuits, [
            [0, 0, 0, 300], [1, 0, 0, 10], [1, 0, 1, 266], [1, 4, 0, 11],
        ])

    @pytest.mark.parametrize(("receptor", "expected"), [
        (EXC, [True, False, False, True]), (INH, [False, True, False, True]), (Receptor(1), [False] * 4),
    ])
    def test_has_receptor_is_aligned_with_the_circuits(self, receptor: Receptor, expected: list[bool]) -> None:
        assert two_compartments().has_receptor(receptor).tolist() == expected

    def test_spike_masters(self) -> None:
        np.testing.assert_array_equal(two_compartments().spike_masters, [[0, 0, 300, 1], [1, 0, 266, 0]])

    def test_a_compartment_that_is_left_out_neither_receives_nor_sends(self) -> None:
        population = two_compartments()
        del population.neurons[1].compartments[halco.CompartmentOnLogicalNeuron(0)]
        assert population.has_receptor(INH).tolist() == [False, False, False, True]
        assert population.spike_masters[:, 0].tolist() == [0]

    def test_empty(self) -> None:
        population = Population()
        assert population.size == 0
        assert population.circuits.shape == population.spike_masters.shape == (0, 4)
        assert population.has_receptor(EXC).shape == (0,)

    @given(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), max_size=8))
    def test_every_circuit_is_where_the_coordinate_has_it(self, sizes: list[list[int]]) -> None:
        neurons = [
            neuron(16 * i, {c: [(sum(each[:c]) + k, 0) for k in range(n)] for c, n in enumerate(each)})
            for i, each in enumerate(sizes)
        ]
        population = Population(neurons)
        expected = [
            (i, int(compartment), k, circuit.toEnum().value())
            for i, each in enumerate(neurons)
            for compartment, placed in each.coordinate.get_placed_compartments().items()
            for k, circuit in enumerate(placed)
        ]
        np.testing.assert_array_equal(population.circuits, np.array(expected).reshape(-1, 4))
        assert population.has_receptor(EXC).sum() == len(expected)

    def test_a_copy_has_neurons_of_its_own(self) -> None:
        population = two_compartments()
        duplicate = population.copy()
        assert duplicate == population
        duplicate.neurons[0].compartments[halco.CompartmentOnLogicalNeuron(0)].spike_master.enable_record_spikes = False
        duplicate.neurons[1].compartments[halco.CompartmentOnLogicalNeuron(0)].receptors[0].add(EXC)
        assert population == two_compartments()

    @pytest.mark.parametrize("bad", [
        lambda: Population([3]),
        lambda: Population.Neuron(halco.AtomicNeuronOnDLS()),
        lambda: Population.Neuron(halco.LogicalNeuronOnDLS(), {255: Compartment()}),
        lambda: Compartment(Compartment.SpikeMaster(-1)),
        lambda: Compartment(None, [{3}]),
        lambda: Population([], (0,)),
    ])
    def test_wrong_types_raise_where_they_are_written(self, bad: Any) -> None:
        with pytest.raises(ValueError):
            bad()

    def test_many_neurons_are_not_printed(self) -> None:
        assert len(repr(Population([neuron(i) for i in range(100)]))) < 200


@pytest.mark.parametrize("cls", [ExternalSourcePopulation, BackgroundSourcePopulation, SpikeIOSourcePopulation])
def test_recorded_sources(cls: Any) -> None:
    population = cls([cls.Neuron(enable_record_spikes=i % 3 == 0) for i in range(5)])
    assert population.size == 5
    assert population.recorded.tolist() == [True, False, False, True, False]
    duplicate = population.copy()
    duplicate.neurons[0].enable_record_spikes = False
    assert population.recorded[0] and not duplicate.recorded[0]
    assert cls().recorded.shape == (0,) and cls.Neuron().enable_record_spikes is False


def test_background_settings() -> None:
    config = BackgroundSourcePopulation.Config(period=haldls.BackgroundSpikeSource.Period(3), rate=4)
    assert type(config.rate) is haldls.BackgroundSpikeSource.Rate and config.rate == 4
    population = BackgroundSourcePopulation([], {halco.HemisphereOnDLS.top: halco.PADIBusOnPADIBusBlock(3)}, config)
    assert population.coordinate == {halco.HemisphereOnDLS(0): halco.PADIBusOnPADIBusBlock(3)}
    duplicate = population.copy()
    duplicate.config.rate = 5
    duplicate.coordinate.clear()
    assert population.config.rate == 4 and len(population.coordinate) == 1


@pytest.mark.parametrize("bad", [
    lambda: BackgroundSourcePopulation.Config(rate=256),
    lambda: BackgroundSourcePopulation.Config(period=2**16),
    lambda: BackgroundSourcePopulation([], {2: 0}),
    lambda: BackgroundSourcePopulation([], {0: 4}),
    lambda: SpikeIOSourcePopulation.Neuron(256),
    lambda: SpikeIOSourcePopulation.Config(0),
    lambda: ExternalSourcePopulation([BackgroundSourcePopulation.Neuron()]),
])
def test_wrong_settings_of_sources_raise(bad: Any) -> None:
    with pytest.raises(ValueError):
        bad()


ROWS = nps.arrays(
    np.int64, st.tuples(st.integers(0, 20), st.just(5)), elements=st.integers(0, 254)
)
KINDS = [Projection, InterExecutionInstanceProjection]


def made(cls: Any, table: Any) -> Any:
    return cls(EXC, table) if cls is Projection else cls(table)


@pytest.mark.parametrize("cls", KINDS)
class TestConnections:
    @given(table=ROWS)
    def test_table_and_elements_are_the_same(self, cls: Any, table: np.ndarray) -> None:
        projection = made(cls, table)
        assert projection.size == len(projection.connections) == len(table)
        again = made(cls, list(projection.connections))
        np.testing.assert_array_equal(again.table, table)
        assert again.connections == projection.connections and again == projection

    @given(table=ROWS, more=ROWS)
    def test_growing_is_that_of_a_list(self, cls: Any, table: np.ndarray, more: np.ndarray) -> None:
        connections, expected = made(cls, table).connections, list(made(cls, table).connections)
        for each in made(cls, more).connections:
            connections.append(each)
            expected.append(each)
        connections.extend(connections)
        expected.extend(list(expected))
        assert list(connections) == expected
        np.testing.assert_array_equal(connections.table, np.tile(np.concatenate([table, more]), (2, 1)))

    @given(table=ROWS, data=st.data())
    def test_slices_are_those_of_a_list(self, cls: Any, table: np.ndarray, data: st.DataObject) -> None:
        where = data.draw(st.slices(len(table)))
        new = data.draw(ROWS)
        connections, expected = made(cls, table).connections, list(made(cls, table).connections)
        assert connections[where] == expected[where]
        if where.step not in (None, 1) and len(expected[where]) != len(new):
            with pytest.raises(ValueError):
                connections[where] = made(cls, new).connections
            return
        connections[where] = made(cls, new).connections
        expected[where] = list(made(cls, new).connections)
        assert list(connections) == expected
        del connections[where], expected[where]
        assert list(connections) == expected

    @pytest.mark.parametrize("where", [slice(3, 1), slice(4, None), slice(0, 0), slice(1, 3), slice(-1, None)])
    def test_slices_are_replaced_by_more_or_fewer(self, cls: Any, where: slice) -> None:
        table, new = np.arange(20).reshape(4, 5), np.full((3, 5), 50)
        connections, expected = made(cls, table).connections, table.tolist()
        connections[where], expected[where] = made(cls, new).connections, new.tolist()
        assert connections.table.tolist() == expected

    def test_elements_write_through(self, cls: Any) -> None:
        projection = made(cls, np.zeros((3, 5), int))
        projection.connections[1].index_pre = 7, 1
        projection.connections[-1].index_post = 8, halco.CompartmentOnLogicalNeuron(2)
        for each in projection.connections:
            setattr(each, each._last, 9)
        np.testing.assert_array_equal(projection.table, [[0, 0, 0, 0, 9], [7, 1, 0, 0, 9], [0, 0, 8, 2, 9]])
        projection.connections[0] = projection.connections[2]
        np.testing.assert_array_equal(projection.table[0], projection.table[2])

    def test_the_table_can_be_replaced(self, cls: Any) -> None:
        projection = made(cls, np.zeros((3, 5), int))
        projection.table = np.ones((2, 5), int)
        assert projection == made(cls, np.ones((2, 5), int))
        with pytest.raises(ValueError, match="integer"):
            projection.table = np.ones((2, 5))

    def test_types_of_elements(self, cls: Any) -> None:
        (connection,) = made(cls, np.array([[1, 2, 3, 4, 5]])).connections
        assert connection == cls.Connection((1, 2), (3, 4), 5)
        assert connection.index_pre == (1, halco.CompartmentOnLogicalNeuron(2))
        assert type(connection.index_post[1]) is halco.CompartmentOnLogicalNeuron
        last = getattr(connection, connection._last)
        assert last == 5 and type(last) is (Projection.Connection.Weight if cls is Projection else Time)
        assert pickle.loads(pickle.dumps(connection)) == copy.deepcopy(connection) == connection

    def test_copies_have_connections_of_their_own(self, cls: Any) -> None:
        table = np.ones((2, 5), int)
        projection = made(cls, table)
        table[:] = 9
        assert np.all(projection.table == 1)
        for duplicate in (projection.copy(), copy.deepcopy(projection)):
            duplicate.table[:] = 3
            assert np.all(projection.table == 1)

    @pytest.mark.parametrize("index", [3, -4])
    def test_places_that_do_not_exist(self, cls: Any, index: int) -> None:
        connections = made(cls, np.zeros((3, 5), int)).connections
        with pytest.raises(IndexError):
            connections[index]
        with pytest.raises(IndexError):
            connections[index] = cls.Connection()
        with pytest.raises(IndexError):
            del connections[index]

    @pytest.mark.parametrize("bad", [(0, 255), (-1, 0), (0,), 3, (0.5, 0), ("a", 0), None])
    def test_bad_endpoints(self, cls: Any, bad: Any) -> None:
        connection = cls.Connection()
        for side in ("index_pre", "index_post"):
            with pytest.raises(ValueError, match=side):
                setattr(connection, side, bad)
        assert connection == cls.Connection()

    @pytest.mark.parametrize("bad", [-1, 2**63, 0.5, None])
    def test_bad_weights_and_delays(self, cls: Any, bad: Any) -> None:
        with pytest.raises(ValueError, match=cls.Connection()._last):
            cls.Connection((0, 0), (0, 0), bad)

    def test_elements_of_another_kind(self, cls: Any) -> None:
        other = next(kind for kind in KINDS if kind is not cls)
        for bad in ([other.Connection()], other().connections, [1]):
            with pytest.raises(ValueError, match="Connection"):
                made(cls, bad)

    def test_many_connections_are_not_printed(self, cls: Any) -> None:
        text = repr(made(cls, np.zeros((1000, 5), int)))
        assert "<1000 connections>" in text and len(text) < 400
        assert "index_pre=(7, " in repr(made(cls, np.full((1, 5), 7)))


def filled(cls: Any, table: Any) -> Any:
    if cls is Projection:
        return Projection().from_numpy(INH, table, PopulationOnExecutionInstance(1), PopulationOnExecutionInstance(2))
    return cls().from_numpy(table, PopulationOnNetwork(1, 0), PopulationOnNetwork(2, 1))


@pytest.mark.parametrize("cls", KINDS)
class TestFromNumpy:
    @pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64", "uint64"])
    def test_takes_integers_of_any_size(self, cls: Any, dtype: str) -> None:
        table = np.arange(20).reshape(4, 5).astype(dtype)
        np.testing.assert_array_equal(filled(cls, table).table, table)
        assert filled(cls, table).table.dtype == np.int64
        np.testing.assert_array_equal(filled(cls, table[::2, ::-1]).table, table[::2, ::-1])

    def test_replaces_all_fields(self, cls: Any) -> None:
        projection = filled(cls, np.zeros((2, 5), int))
        assert projection.population_pre.__index__() == 1 and projection.population_post.__index__() == 2
        if cls is Projection:
            assert projection.receptor == INH
            projection.from_numpy(EXC, np.zeros((0, 5), int), 3, 4, (1, 1))
            assert projection == Projection(EXC, [], 3, 4, (1, 1))

    @pytest.mark.parametrize("shape", [(5,), (0,), (3, 4), (3, 6), (1, 3, 5)])
    def test_wrong_shapes(self, cls: Any, shape: Any) -> None:
        with pytest.raises(RuntimeError, match=r"shape \(n, 5\)"):
            filled(cls, np.zeros(shape, int))

    @pytest.mark.parametrize("bad", [
        np.zeros((2, 5)), np.zeros((2, 5), bool), np.full((2, 5), -1), np.full((2, 5), 2**63, np.uint64),
    ])
    def test_wrong_numbers_leave_the_projection_as_it_was(self, cls: Any, bad: np.ndarray) -> None:
        projection = filled(cls, np.ones((1, 5), int))
        with pytest.raises(ValueError):
            arguments = (0, 0) if cls is InterExecutionInstanceProjection else (0, 0, (1, 1))
            head = () if cls is InterExecutionInstanceProjection else (EXC,)
            projection.from_numpy(*head, bad, *arguments)
        assert projection == filled(cls, np.ones((1, 5), int))


def test_weights_may_exceed_those_of_a_synapse() -> None:
    assert Projection.Connection((0, 0), (0, 0), Projection.Connection.Weight(63 * 65)).weight == 4095


class TestRecordings:
    def test_can_be_filled_field_by_field(self) -> None:
        recording = CADCRecording()
        each = CADCRecording.Neuron()
        each.coordinate.population = PopulationOnNetwork(3, 1)
        each.coordinate.neuron_on_population = 4
        each.coordinate.compartment_on_neuron = halco.CompartmentOnLogicalNeuron(5)
        each.coordinate.atomic_neuron_on_compartment = 6
        each.source = Source.inh_synin
        recording.neurons = [each]
        recording.placement_on_dram = True
        expected = NeuronRecording.Neuron(AtomicNeuronOnExecutionInstance(3, 4, 5, 6), Source.inh_synin)
        assert recording == CADCRecording([expected], True) == CADCRecording(placement_on_dram=True, neurons=[expected])

    def test_the_membrane_is_the_default(self) -> None:
        assert NeuronRecording.Neuron().source == Source.membrane
        assert MADCRecording.Neuron is CADCRecording.Neuron is PadRecording.Neuron is NeuronRecording.Neuron

    def test_defaults_are_not_shared(self) -> None:
        first, second = CADCRecording.Neuron(), CADCRecording.Neuron()
        first.coordinate.population = 3
        assert second.coordinate.population == 0
        CADCRecording().neurons.append(first)
        assert CADCRecording().neurons == []

    @pytest.mark.parametrize("bad", [
        lambda: CADCRecording([AtomicNeuronOnExecutionInstance()]), lambda: MADCRecording(3),
        lambda: CADCRecording.Neuron(source=4), lambda: PadRecording({2: PadRecording.Source()}),
        lambda: PadRecording({0: NeuronRecording.Neuron()}),
    ])
    def test_wrong_types_raise(self, bad: Any) -> None:
        with pytest.raises(ValueError):
            bad()


class TestPlasticityRule:
    def test_defaults(self) -> None:
        rule = PlasticityRule()
        assert rule.projections == rule.populations == [] and rule.kernel == "" and rule.recording is None
        assert rule.timer == PlasticityRule.Timer(0, 0, 0) and rule.id == PlasticityRule.ID(0)
        assert not rule.enable_requires_one_source_per_row_in_order
        rule.timer.start = 3
        assert PlasticityRule().timer.start == 0

    def test_descriptors_and_times_are_converted(self) -> None:
        rule = plasticity_rule()
        assert rule.projections == [ProjectionOnExecutionInstance(2), ProjectionOnExecutionInstance(1)]
        assert rule.timer == PlasticityRule.Timer(100, PlasticityRule.Timer.Value(200), 3)
        assert type(rule.populations[0].descriptor) is PopulationOnExecutionInstance

    def test_the_kernel_is_printed_as_its_length(self) -> None:
        assert "kernel=<12 lines>" in repr(plasticity_rule())

    def test_observables_for_the_compiler(self) -> None:
        Timed = PlasticityRule.TimedRecording
        synapse, array, each = Timed.ObservablePerSynapse, Timed.ObservableArray, Timed.ObservablePerNeuron
        recording = Timed({
            "a": synapse(synapse.Type.uint16, synapse.LayoutPerRow.packed_active_columns), "b": synapse(),
            "c": each(each.Type.uint8, each.Layout.packed_active_columns), "d": each(), "e": array(array.Type.int16, 7),
        }, True)
        assert recording.to_ppu() == ppu.TimedRecording({
            "a": ppu.ObservablePerSynapse("uint16", "packed_active_columns"),
            "b": ppu.ObservablePerSynapse("int8", "complete_rows"),
            "c": ppu.ObservablePerNeuron("uint8", "packed_active_columns"),
            "d": ppu.ObservablePerNeuron("int8", "complete_row"), "e": ppu.ObservableArray("int16", 7),
        }, True)
        assert PlasticityRule.RawRecording(8, True).to_ppu() == ppu.RawRecording(8, True)

    @pytest.mark.parametrize("bad", [
        lambda: PlasticityRule(timer=3), lambda: PlasticityRule.Timer(-1), lambda: PlasticityRule.Timer(0, 2**64),
        lambda: PlasticityRule(id=-1), lambda: PlasticityRule(projections=["a"]),
        lambda: PlasticityRule(recording=ppu.RawRecording(4)), lambda: PlasticityRule.RawRecording(-4),
        lambda: PlasticityRule.TimedRecording({"a": 3}), lambda: PlasticityRule.PopulationHandle(0, [{0: [7]}]),
    ])
    def test_wrong_types_raise(self, bad: Any) -> None:
        with pytest.raises(ValueError):
            bad()


class TestNetwork:
    def network(self) -> Network:
        network = Network()
        instance = Network.ExecutionInstance()
        instance.populations[PopulationOnExecutionInstance(2)] = two_compartments()
        network.execution_instances[ExecutionInstanceID(1)] = instance
        return network

    @pytest.mark.parametrize("key", [2, np.int64(2), PopulationOnExecutionInstance(2), PopulationOnNetwork(2, 1)])
    def test_lookups_take_everything_that_names_a_population(self, key: Any) -> None:
        populations = self.network().execution_instances[1].populations
        assert populations[key] == populations.get(key) == two_compartments() and key in populations

    @pytest.mark.parametrize("key", [3, -1, "a", ProjectionOnExecutionInstance(2), PopulationOnNetwork(3, 1), None])
    def test_unknown_keys(self, key: Any) -> None:
        populations = self.network().execution_instances[1].populations
        assert key not in populations and populations.get(key) is None
        with pytest.raises(KeyError, match=r"known are \[2\]"):
            populations[key]

    def test_copies_are_equal(self) -> None:
        network = self.network()
        for duplicate in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
            assert duplicate == network
            assert 2 in duplicate.execution_instances[1].populations
        assert network != Network()


def test_other_weights():
    projection = Projection(connections=[Projection.Connection((0, 0), (i, 0), 5) for i in range(2)])
    changed = projection.with_weights([7, 2**63 - 1])
    assert changed.table[:, 4].tolist() == [7, 2**63 - 1] and projection.table[:, 4].tolist() == [5, 5]
    assert Projection().with_weights([]) == Projection()


@pytest.mark.parametrize(("weights", "message"), [
    ([1], r"shape \(1,\), expected \(2,\)"),
    ([1.0, 2.0], "float64, expected integers"),
    ([True, False], "bool, expected integers"),
    ([3, -1], "weight of connection 1 is -1, expected 0 to"),
    (np.array([3, 2**63], np.uint64), "weight of connection 1 is 9223372036854775808, expected 0 to 92"),
])
def test_wrong_other_weights(weights, message):
    projection = Projection(connections=[Projection.Connection((0, 0), (i, 0), 5) for i in range(2)])
    with pytest.raises(ValueError, match=message):
        projection.with_weights(weights)
