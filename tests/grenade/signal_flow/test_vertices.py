"""Parameters and ports of vertices."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from pydantic import ValidationError

import halco
import haldls
from grenade.common import ChipOnConnection, ConnectionOnExecutor
from grenade.ppu.recording import ObservablePerSynapse, RawRecording, TimedRecording
from grenade.signal_flow import ConnectionType as C
from grenade.signal_flow import InvalidVertex, Port
from grenade.signal_flow import vertices as v
from grenade.signal_flow.transformations import Addition
from halco import Enum
from lola import AtomicNeuron
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

Rule = v.PlasticityRule
KERNEL = "void PLASTICITY_RULE_KERNEL(auto&, auto&) {}"


def rule(recording=None, num_periods=3) -> v.PlasticityRule:
    return Rule(
        KERNEL, Rule.Timer(0, 1000, num_periods), (Rule.SynapseViewShape.of(synapses([0, 1], [4, 5, 6])),),
        (Rule.NeuronViewShape.of(neurons([7, 8])),), recording,
    )


def pad(column: int) -> v.PadReadoutView:
    return v.PadReadoutView(v.PadReadoutView.Source(circuit(column)), halco.PadOnDLS(1))


@pytest.mark.parametrize(("vertex", "inputs", "output", "variadic"), [
    (v.ExternalInput(C.DataInt8, 7), [], Port(7, C.DataInt8), False),
    (v.ExternalInput(C.DataTimedSpikeToChipSequence), [], Port(1, C.DataTimedSpikeToChipSequence), False),
    (v.DataInput(C.UInt5, 7), [Port(7, C.DataUInt5)], Port(7, C.UInt5), False),
    (v.DataOutput(C.Int8, 7), [Port(7, C.Int8)], Port(7, C.DataInt8), False),
    (v.Transformation(Addition(2, 3)), [Port(3, C.Int8)] * 2, Port(3, C.Int8), False),
    (v.CrossbarL2Input(), [Port(1, C.TimedSpikeToChipSequence)], Port(1, C.CrossbarInputLabel), True),
    (v.BackgroundSpikeSource(3), [], Port(1, C.CrossbarInputLabel), False),
    (v.SpikeIOSourcePopulation(), [], Port(1, C.TimedSpikeToChipSequence), False),
    (node(8, 0), [Port(1, C.CrossbarInputLabel)], Port(1, C.CrossbarOutputLabel), False),
    (bus(5), [Port(1, C.CrossbarOutputLabel)], Port(1, C.SynapseDriverInputLabel), True),
    (driver(200), [Port(1, C.SynapseDriverInputLabel)], Port(1, C.SynapseInputLabel), False),
    # rows 0 and 1 belong to driver 0, rows 5 to driver 2
    (synapses([0, 1, 5], [3, 9]), [Port(1, C.SynapseInputLabel)] * 2, Port(2, C.SynapticInput), False),
    (sparse([6, 5], [3, 9, 2], [(0, 0)]), [Port(1, C.SynapseInputLabel)] * 2, Port(3, C.SynapticInput), False),
    (neurons([3, 9, 2]), [Port(3, C.SynapticInput)], Port(3, C.MembraneVoltage), True),
    # columns 0 and 31 have event output 0, column 255 has 7, 64 has 2
    (
        event_outputs({1: [[255]], 0: [[0, 31], [64]]}),
        [Port(2, C.MembraneVoltage), Port(1, C.MembraneVoltage), Port(1, C.MembraneVoltage)],
        Port(3, C.CrossbarInputLabel), False,
    ),
    (v.CrossbarL2Output(), [Port(1, C.CrossbarOutputLabel)], Port(1, C.TimedSpikeFromChipSequence), True),
    (cadc([[1, 2], [9]]), [Port(2, C.MembraneVoltage), Port(1, C.MembraneVoltage)], Port(3, C.Int8), False),
    (madc(4), [Port(1, C.MembraneVoltage)], Port(1, C.TimedMADCSampleFromChipSequence), False),
    (madc(4, 7), [Port(1, C.MembraneVoltage)] * 2, Port(1, C.TimedMADCSampleFromChipSequence), False),
    (pad(3), [Port(1, C.MembraneVoltage)], Port(1, C.ExternalAnalogSignal), False),
    (rule(), [Port(3, C.SynapticInput), Port(2, C.MembraneVoltage)], Port(0, C.Int8), False),
], ids=lambda value: type(value).__name__ if isinstance(value, v.Vertex) else "")
def test_ports(vertex, inputs, output, variadic):
    assert vertex.inputs() == tuple(inputs)
    assert vertex.output() == output
    assert vertex.variadic_input is variadic


@pytest.mark.parametrize("make", [
    lambda: v.ExternalInput(C.Int8), lambda: v.ExternalInput(C.DataInt8, 0),
    lambda: v.ExternalInput(C.DataTimedSpikeToChipSequence, 2), lambda: v.DataInput(C.DataInt8),
    lambda: v.DataInput(C.SynapticInput), lambda: v.DataOutput(C.MembraneVoltage), lambda: v.DataOutput("Int8 at rest"),
    lambda: v.DataOutput(C.TimedSpikeFromChipSequence, 5), lambda: v.Transformation("Addition"),
    lambda: v.BackgroundSpikeSource(8), lambda: v.CrossbarNode(3), lambda: v.PADIBus("left"),
    lambda: driver(0, row_address_compare_mask=32), lambda: driver(0, row_mode_top="excitatory"),
    lambda: driver(0, unknown=1), lambda: v.CrossbarL2Input(chip_on_executor=(0,)),
    lambda: v.SpikeIOSourcePopulation(input_routes={3: "x"}),
    lambda: v.SpikeIOSourcePopulation(input_routes={halco.SpikeIOInputRouteOnFPGA(halco.SpikeIOAddress(3)): "x"}),
    lambda: synapses([], [1]), lambda: synapses([1], []), lambda: synapses([1, 1], [1]), lambda: synapses([1], [2, 2]),
    lambda: synapses([256], [1]), lambda: synapses([1], [-1]), lambda: synapses([1], [1], weight=64),
    lambda: synapses([1], [1], weight=-1), lambda: synapses([0.5], [1]),
    lambda: v.SynapseArrayView(halco.SynramOnDLS(0), [0, 1], [2], np.zeros((1, 2), int), np.zeros((2, 1), int)),
    lambda: v.SynapseArrayView(halco.SynramOnDLS(0), [0, 1], [2], np.zeros((2, 1), int), np.zeros(2, int)),
    lambda: sparse([0], [1], [(1, 0)]), lambda: sparse([0], [1], [(0, 1)]), lambda: sparse([0], [1], [(-1, 0)]),
    lambda: sparse([0, 1], [1, 2], [(1, 1), (0, 1), (1, 1)]),
    lambda: v.SynapseArrayViewSparse(halco.SynramOnDLS(0), [0], [1], [0], [0], [1, 2], [0]),
    lambda: neurons([1, 1]), lambda: neurons([]), lambda: v.NeuronView(halco.NeuronRowOnDLS(0), [1], [256], [False]),
    lambda: v.NeuronView(halco.NeuronRowOnDLS(0), [1], [-2], [False]),
    lambda: v.NeuronView(halco.NeuronRowOnDLS(0), [1], [1, 2], [False]),
    lambda: v.NeuronView(halco.NeuronRowOnDLS(0), "ab", [1, 2], [False, False]),
    lambda: v.NeuronView(halco.NeuronRowOnDLS(0), [1], [5.7], [False]),
    lambda: v.NeuronView(halco.NeuronRowOnDLS(0), [1], [1], [0]), lambda: event_outputs({0: [[1, 1]]}),
    lambda: v.NeuronEventOutputView([[1]]), lambda: v.CADCMembraneReadoutView([[1]], halco.SynramOnDLS(0), "fast"),
    lambda: Rule(KERNEL, Rule.Timer(0, 0, 2)), lambda: Rule(KERNEL, Rule.Timer(0, -1, 1)),
    lambda: Rule(1, Rule.Timer()),
    lambda: Rule.NeuronViewShape(halco.NeuronRowOnDLS(0), [1, 2], [AtomicNeuron.Readout.Source.membrane]),
])
def test_wrong_parameters_are_refused_at_construction(make):
    with pytest.raises(ValidationError):
        make()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: synapses([300], [1]), "rows: 300 is out of range, expected 0 to 255"),
    (lambda: synapses([1], [2, 2]), "columns: 2 occurs 2 times, expected different numbers"),
    (lambda: sparse([], [1], []), "rows: expected a list of at least one number"),
])
def test_the_report_names_the_field(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: madc(4, 6), "columns 4 and 6 are both even"),
    (lambda: madc(5, 255), "columns 5 and 255 are both odd"),
    (lambda: madc(4, 4), "both even"),
    (lambda: madc(4, initial=1), "second source is initially selected"),
    (lambda: madc(4, 5, period=2), "every 2 samples, expected 0 or 1"),
    (lambda: cadc([[1, 2], [2]]), "column 2 is read twice"),
    (lambda: cadc([[1, 2]], sources=[[AtomicNeuron.Readout.Source.membrane]]), r"for \[1\] columns, expected \[2\]"),
])
def test_contradictions_are_runtime_errors(make, message):
    with pytest.raises(InvalidVertex, match=message) as error:
        make()
    assert isinstance(error.value, RuntimeError)


def test_two_madc_sources_may_begin_with_either():
    view = madc(4, 7, initial=1, period=1)
    assert [each.column for each in view.read()] == [4, 7]
    assert madc(4, row=1).first.row == 1


def test_cadc_reads_membranes_unless_told_otherwise():
    sources = AtomicNeuron.Readout.Source
    assert cadc([[1, 2], [9]]).sources == ((sources.membrane,) * 2, (sources.membrane,))
    assert cadc([[1]], sources=[[sources.adaptation]]).sources == ((sources.adaptation,),)
    assert cadc([[5, 2], [9]]).all_columns().tolist() == [5, 2, 9]
    modes = v.CADCMembraneReadoutView.Mode
    assert cadc([[1]]).mode is modes.periodic and {each.name for each in modes} == {
        "hagen", "periodic", "periodic_on_dram",
    }


def test_columns_may_be_coordinates():
    columns = [halco.SynapseOnSynapseRow(3), halco.SynapseOnSynapseRow(9)]
    assert synapses([halco.SynapseRowOnSynram(7)], columns).columns.tolist() == [3, 9]
    assert neurons([halco.NeuronColumnOnDLS(8)]).columns.tolist() == [8]


def test_missing_labels():
    view = v.NeuronView(halco.NeuronRowOnDLS(0), [1, 2, 3], [5, None, 0], np.array([True, False, True]))
    assert view.labels.tolist() == [5, v.NO_LABEL, 0]
    assert view.enable_reset.tolist() == [True, False, True]


def test_event_outputs_and_lists_are_ordered():
    view = event_outputs({1: [[255, 32]], 0: [[64], [0]]})
    assert view.event_outputs() == (0, 1, 2, 7)
    assert [(row, columns.tolist()) for row, columns in view.lists()] == [(0, [64]), (0, [0]), (1, [255, 32])]


def test_arrays_of_vertices_are_theirs_alone():
    weights = np.zeros((1, 2), np.uint8)
    view = v.SynapseArrayView(halco.SynramOnDLS(0), [0], [1, 2], weights, weights)
    weights[0, 0] = 5
    assert view.weights.tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="read-only"):
        view.weights[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.rows = [3]


@pytest.mark.parametrize(("make", "config", "name"), [
    (lambda config: node(8, 0, config=config), haldls.CrossbarNode(), "enable_drop_counter"),
    (lambda config: v.BackgroundSpikeSource(0, config), haldls.BackgroundSpikeSource(), "enable"),
    (v.SpikeIOSourcePopulation, haldls.SpikeIOConfig(), "enable_tx"),
])
def test_containers_of_vertices_are_theirs_alone(make, config, name):
    vertex = make(config)
    setattr(config, name, True)
    assert getattr(vertex.config, name) is False


def test_other_weights_of_the_same_synapses():
    view = sparse([0, 1], [4, 5], [(0, 0), (1, 1)])
    changed = view.with_weights(np.array([63, 7]))
    assert changed.weights.tolist() == [63, 7] and view.weights.tolist() == [0, 0]
    assert dataclasses.replace(changed, weights=view.weights) == view
    assert changed.has_ports_of(view)


@pytest.mark.parametrize("weights", [[64, 0], [-1, 0], [1, 2, 3], [[1, 2]], [0.5, 1.0]])
def test_other_weights_are_checked(weights):
    with pytest.raises(ValueError, match="weights"):
        sparse([0, 1], [4, 5], [(0, 0), (1, 1)]).with_weights(np.array(weights))


@pytest.mark.parametrize(("recording", "num_periods", "size"), [
    (None, 3, 0), (RawRecording(8), 3, 8), (RawRecording(8), 0, 8),
    # time (8 bytes) and 2 rows x 3 columns of one byte, rounded up to a multiple of 8
    (TimedRecording({"w": ObservablePerSynapse("int8", "packed_active_columns")}), 3, 3 * 16),
    (TimedRecording({"w": ObservablePerSynapse("int8", "packed_active_columns")}), 0, 0),
])
def test_output_of_a_plasticity_rule_is_what_it_records(recording, num_periods, size):
    vertex = rule(recording, num_periods)
    assert vertex.output() == Port(size, C.Int8)
    assert (vertex.layout() is not None) == isinstance(recording, TimedRecording)


ALL = [
    v.ExternalInput(C.DataInt8, 7), v.DataInput(C.Int8), v.DataOutput(C.Int8), v.Transformation(Addition(2, 3)),
    v.CrossbarL2Input(), v.BackgroundSpikeSource(3), v.SpikeIOSourcePopulation(), node(8, 0), bus(5), driver(200),
    synapses([0, 1], [3, 9]), sparse([6, 5], [3], [(0, 0)]), neurons([3, 9]), event_outputs({0: [[1]]}),
    v.CrossbarL2Output(), cadc([[1, 2], [9]]), madc(4, 7), pad(3), rule(RawRecording(4)),
]


@pytest.mark.parametrize("vertex", ALL, ids=lambda vertex: type(vertex).__name__)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda vertex: pickle.loads(pickle.dumps(vertex))])
def test_copies_are_equal(vertex, duplicate):
    assert duplicate(vertex) == vertex
    assert all(duplicate(vertex) != other for other in ALL if other is not vertex)


@pytest.mark.parametrize(("one", "other"), [
    (node(8, 0), node(9, 0)), (driver(3), driver(3, row_address_compare_mask=1)),
    (synapses([0], [1]), synapses([0], [1], weight=3)), (neurons([1]), neurons([1], row=1)),
    (madc(4, 7), madc(4, 7, period=1)), (rule(), rule(num_periods=4)),
    (bus(1), bus(1, chip_on_executor=(ChipOnConnection(1), ConnectionOnExecutor()))),
])
def test_vertices_with_other_parameters_are_not_equal(one, other):
    assert one != other


@pytest.mark.parametrize(("vertex", "text"), [
    (v.CrossbarL2Input(), "CrossbarL2Input()"),
    (bus(5), "PADIBus(coordinate=PADIBusOnDLS(5))"),
    (v.CrossbarL2Input(chip_on_executor=(1, 2)), "chip_on_executor=[ChipOnConnection(1), ConnectionOnExecutor(2)]"),
    (v.DataInput(C.Int8, 3), "DataInput(type=Int8, size=3)"),
    (synapses(range(100), [1]), "rows=<100 values 0 to 99>, columns=[1], weights=<100x1 values 0 to 0>"),
    (madc(4), "first=MADCSource(coordinate=AtomicNeuronOnDLS(4), type=membrane), second=None"),
])
def test_print_is_one_line(vertex, text):
    assert text in str(vertex)
    assert "\n" not in str(vertex)


def test_coordinates_are_typed():
    assert v.BackgroundSpikeSource(3).coordinate == halco.BackgroundSpikeSourceOnDLS(3)
    assert driver(200).coordinate == halco.SynapseDriverOnDLS(Enum(200))
    assert synapses([4, 5], [1], hemisphere=1).drivers == {2}
