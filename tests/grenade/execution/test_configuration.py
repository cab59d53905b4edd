"""Configuration of the chip: what the vertices that events pass set, and that nothing else is changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import lola
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID
from grenade.execution.configuration import configure, spike_io_configuration
from grenade.execution.requests import ConfigurationConflict
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import (
    BackgroundSpikeSource,
    CrossbarL2Input,
    CrossbarNode,
    NeuronEventOutputView,
    NeuronView,
    PADIBus,
    SpikeIOSourcePopulation,
    SynapseArrayView,
    SynapseArrayViewSparse,
)
from tests.grenade.execution.chip_settings import (
    INSTANCE,
    SILENT,
    USER,
    RowMode,
    driver,
    expected,
    neuron,
    neurons,
    silent,
)

OTHER_CHIP = (ChipOnConnection(1), ConnectionOnExecutor())


# -- the user's settings -------------------------------------------------------------------------------------------


def test_an_empty_graph_switches_off_what_events_pass_and_nothing_else() -> None:
    before = USER.copy()
    assert configure(Graph(), INSTANCE, USER) == SILENT
    assert USER == before, "the user's chip is not changed"


def test_silence_is_a_state_of_the_configuration_not_of_the_call() -> None:
    assert configure(Graph(), INSTANCE, SILENT) == SILENT
    assert configure(Graph(), INSTANCE, lola.Chip()) == silent(lola.Chip())


def test_vertices_of_other_instances_and_chips_do_not_count() -> None:
    graph = Graph()
    graph.add(PADIBus(halco.PADIBusOnDLS()), ExecutionInstanceID(1))
    graph.add(PADIBus(halco.PADIBusOnDLS(), chip_on_executor=OTHER_CHIP), INSTANCE)
    assert configure(graph, INSTANCE, USER) == SILENT
    assert configure(graph, ExecutionInstanceID(1), USER) != SILENT
    assert configure(graph, INSTANCE, USER, ChipOnConnection(1)) != SILENT


# -- events --------------------------------------------------------------------------------------------------------


def test_crossbar_node() -> None:
    place = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(6), halco.CrossbarInputOnDLS(10))
    config = haldls.CrossbarNode()
    config.mask, config.target = 1 << 13, 1 << 13
    graph = Graph()
    graph.add(CrossbarNode(place, config), INSTANCE, [graph.add(CrossbarL2Input(), INSTANCE)])

    def change(chip: lola.Chip) -> None:
        node = config.copy()
        node.enable_drop_counter = True
        chip.crossbar.nodes[place] = node
        chip.crossbar.outputs.enable_event_counter[halco.CrossbarOutputOnDLS(6)] = True

    assert configure(graph, INSTANCE, USER) == expected(change)


def test_background_spike_source() -> None:
    config = haldls.BackgroundSpikeSource()
    config.period, config.enable, config.neuron_label = 1000, True, 77
    graph = Graph()
    graph.add(BackgroundSpikeSource(halco.BackgroundSpikeSourceOnDLS(5), config), INSTANCE)

    def change(chip: lola.Chip) -> None:
        chip.background_spike_sources[halco.BackgroundSpikeSourceOnDLS(5)] = config

    assert configure(graph, INSTANCE, USER) == expected(change)


@pytest.mark.parametrize("bus", range(8))
def test_padi_bus(bus: int) -> None:
    user = USER.copy()
    for block in user.synapse_driver_blocks:
        block.padi_bus.enable_spl1.fill(False)
    graph = Graph()
    graph.add(PADIBus(halco.PADIBusOnDLS(halco.Enum(bus))), INSTANCE)
    chip = configure(graph, INSTANCE, user)
    enabled = [block.padi_bus.enable_spl1.to_numpy().tolist() for block in chip.synapse_driver_blocks]
    assert np.flatnonzero(np.ravel(enabled)).tolist() == [bus]


@pytest.mark.parametrize(("number", "options", "written"), [
    (0, {"row_mode_top": RowMode.excitatory}, (31, RowMode.excitatory, RowMode.disabled, True)),
    (127, {"row_mode_bottom": RowMode.inhibitory, "enable_address_out": False},
     (31, RowMode.disabled, RowMode.inhibitory, False)),
    (200, {"row_address_compare_mask": 5, "row_mode_top": RowMode.excitatory_and_inhibitory},
     (5, RowMode.excitatory_and_inhibitory, RowMode.disabled, True)),
])
def test_synapse_driver(number: int, options: Any, written: Any) -> None:
    graph = Graph()
    driver(graph, number, **options)
    chip = configure(graph, INSTANCE, USER)
    blocks = [block.synapse_drivers for block in chip.synapse_driver_blocks]
    config = blocks[number // 128][halco.SynapseDriverOnSynapseDriverBlock(number % 128)]
    assert (
        int(config.row_address_compare_mask), config.row_mode_top, config.row_mode_bottom, config.enable_address_out
    ) == written
    assert config.enable_receiver
    before = [block.synapse_drivers for block in SILENT.synapse_driver_blocks]
    changed = [
        128 * h + d for h in range(2) for d in range(128) if blocks[h][halco.SynapseDriverOnSynapseDriverBlock(d)]
        != before[h][halco.SynapseDriverOnSynapseDriverBlock(d)]
    ]
    assert changed == [number]


# -- synapses and neurons ------------------------------------------------------------------------------------------


def synapses(graph: Graph, view: Any) -> int:
    drivers = [driver(graph, 128 * int(view.synram) + int(number)) for number in np.unique(view.rows // 2)]
    return graph.add(view, INSTANCE, drivers)


def test_dense_synapses() -> None:
    weights, labels = np.array([[0, 1, 16], [62, 33, 63]]), np.array([[5, 0, 63], [1, 2, 3]])
    graph = Graph()
    synapses(graph, SynapseArrayView(1, [255, 4], [0, 129, 7], weights, labels))
    matrices = [block.matrix for block in configure(graph, INSTANCE, USER).synapse_blocks]
    for i, row in enumerate((255, 4)):
        for j, column in enumerate((0, 129, 7)):
            place = halco.SynapseRowOnSynram(row), halco.SynapseOnSynapseRow(column)
            assert int(matrices[1].weights[place[0]][place[1]]) == weights[i, j]
            assert int(matrices[1].labels[place[0]][place[1]]) == labels[i, j]
    assert np.count_nonzero(matrices[1].weights.to_numpy()) == 5
    assert np.count_nonzero(matrices[1].labels.to_numpy()) == 5
    assert matrices[0] == SILENT.synapse_blocks[0].matrix


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 256), st.sampled_from([0, 1]))
def test_sparse_synapses(seed: int, num_rows: int, num_columns: int, hemisphere: int) -> None:
    """Several views side by side on the same rows; time and amplitude calibration stay those of the user."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(256)[:num_rows], rng.permutation(256)[:num_columns]
    places = rng.permutation(num_rows * num_columns)[:rng.integers(1, num_rows * num_columns + 1)]
    weights, labels = rng.integers(64, size=(2, len(places)))
    graph = Graph()
    drivers = [driver(graph, 128 * hemisphere + d) for d in np.unique(rows // 2)]
    wanted = np.zeros((2, 256, 256), int)
    for part in np.array_split(np.arange(len(places)), 3):
        i, j = np.divmod(places[part], num_columns)
        view = SynapseArrayViewSparse(hemisphere, rows, columns, i, j, weights[part], labels[part])
        graph.add(view, INSTANCE, drivers)
        wanted[:, rows[i], columns[j]] = weights[part], labels[part]
    chip = configure(graph, INSTANCE, USER)
    for i, block in enumerate(chip.synapse_blocks):
        matrix, user = block.matrix, USER.synapse_blocks[i].matrix
        expected_values = wanted if i == hemisphere else np.zeros_like(wanted)
        np.testing.assert_array_equal(matrix.weights.to_numpy(), expected_values[0])
        np.testing.assert_array_equal(matrix.labels.to_numpy(), expected_values[1])
        np.testing.assert_array_equal(matrix.time_calibs.to_numpy(), user.time_calibs.to_numpy())
        np.testing.assert_array_equal(matrix.amp_calibs.to_numpy(), user.amp_calibs.to_numpy())


def test_neurons_with_and_without_label() -> None:
    graph = Graph()
    neurons(graph, 1, [3, 200, 7], labels=np.array([17, -1, 255]))

    def change(chip: lola.Chip) -> None:
        for column, label in ((3, 17), (7, 255)):
            routing = neuron(chip, 256 + column).event_routing
            routing.address, routing.enable_digital = label, True
        neuron(chip, 256 + 200).event_routing.enable_digital = False

    assert USER.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(halco.Enum(456))].event_routing.enable_digital
    assert configure(graph, INSTANCE, USER) == expected(change)


def test_currents_of_columns_with_synapses_reach_the_neurons() -> None:
    """Neurons without synapses stay alone, and synapses without neurons."""
    graph = Graph()
    view = SynapseArrayViewSparse(1, [6], [9, 250], [0], [1], [63], [0])
    fed = synapses(graph, view)
    synapses(graph, SynapseArrayViewSparse(1, [8], [30], [0], [0], [63], [0]))
    graph.add(NeuronView(1, [9, 250], [-1, -1], [False, False]), INSTANCE, [fed])
    neurons(graph, 0, [9])
    for row, wanted in zip(configure(graph, INSTANCE, USER).neuron_block.current_rows, ([], [9, 250]), strict=True):
        switches = row.values.columns
        assert np.flatnonzero(switches.enable_synaptic_current_excitatory).tolist() == wanted
        assert np.flatnonzero(switches.enable_synaptic_current_inhibitory).tolist() == wanted
        assert switches.enable_debug_excitatory.all(), "debug switches are the user's"


@pytest.mark.parametrize(("columns", "enabled"), [([0, 127], [True, False]), ([128], [False, True]),
                                                  ([5, 255], [True, True])])
def test_event_outputs(columns: Any, enabled: list[bool]) -> None:
    graph = Graph()
    graph.add(NeuronEventOutputView({1: [columns]}), INSTANCE, [neurons(graph, 1, columns)])

    def change(chip: lola.Chip) -> None:
        neurons_off = zip(chip.neuron_block.backends, enabled, strict=True)
        for backend, on in neurons_off:
            backend.enable_event_registers = on
        for column in columns:
            neuron(chip, 256 + column).event_routing.enable_digital = False

    assert configure(graph, INSTANCE, USER) == expected(change)


# -- vertices that contradict each other ---------------------------------------------------------------------------


def node(mask: int) -> CrossbarNode:
    config = haldls.CrossbarNode()
    config.mask = mask
    return CrossbarNode(halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(0), halco.CrossbarInputOnDLS(8)), config)


def two_nodes(graph: Graph, different: bool) -> None:
    events = graph.add(CrossbarL2Input(), INSTANCE)
    graph.add(node(1), INSTANCE, [events])
    graph.add(node(1 + different), INSTANCE, [events])


def two_generators(graph: Graph, different: bool) -> None:
    for period in (5, 5 + different):
        config = haldls.BackgroundSpikeSource()
        config.period = period
        graph.add(BackgroundSpikeSource(halco.BackgroundSpikeSourceOnDLS(3), config), INSTANCE)


def two_drivers(graph: Graph, different: bool) -> None:
    driver(graph, 4)
    driver(graph, 4, row_address_compare_mask=31 - different)


def two_synapses(graph: Graph, different: bool) -> None:
    for label in (7, 7 + different):
        synapses(graph, SynapseArrayViewSparse(0, [12, 13], [30, 40], [1], [1], [63], [label]))


def two_labels(graph: Graph, different: bool) -> None:
    neurons(graph, 0, [1, 2], labels=np.array([3, 4]))
    neurons(graph, 0, [2], labels=np.array([4 + different]))


CONFLICTS = [
    (two_nodes, r"CrossbarNode \(vertex 1\) and CrossbarNode \(vertex 2\) .* configurations of crossbar node"),
    (two_generators, r"Source \(vertex 0\) and Back\w+ \(vertex 1\) .* background spike source 3"),
    (two_drivers, r"SynapseDriver \(vertex 3\) and SynapseDriver \(vertex 7\) .* settings of synapse driver 4"),
    (two_synapses, r"row 13 and column 40 of hemisphere 0"),
    (two_labels, r"NeuronView \(vertex 0\) and NeuronView \(vertex 1\) .* labels of neuron circuit 2: 4 and 5"),
]


@pytest.mark.parametrize(("add", "message"), CONFLICTS)
def test_contradicting_vertices(add: Any, message: str) -> None:
    graph = Graph()
    add(graph, True)
    with pytest.raises(ConfigurationConflict, match=message):
        configure(graph, INSTANCE, USER)
    assert issubclass(ConfigurationConflict, RuntimeError)


@pytest.mark.parametrize("add", [add for add, _ in CONFLICTS])
def test_agreeing_vertices(add: Any) -> None:
    graph = Graph()
    add(graph, False)
    configure(graph, INSTANCE, USER)


# -- serial spikes -------------------------------------------------------------------------------------------------


def spike_io(scaler: int, inputs: dict[int, int], outputs: dict[int, int]) -> SpikeIOSourcePopulation:
    config = haldls.SpikeIOConfig()
    config.data_rate_scaler, config.enable_tx = scaler, True
    return SpikeIOSourcePopulation(
        config,
        {
            halco.SpikeIOInputRouteOnFPGA(address): haldls.SpikeIOInputRoute(halco.SpikeLabel(label))
            for address, label in inputs.items()
        },
        {
            halco.SpikeIOOutputRouteOnFPGA(label): haldls.SpikeIOOutputRoute(halco.SpikeIOAddress(address))
            for label, address in outputs.items()
        },
    )


def test_serial_spikes() -> None:
    graph = Graph()
    assert spike_io_configuration(graph, INSTANCE) == []
    graph.add(spike_io(100, {3: 0x1234}, {0x1234: 3}), INSTANCE)
    graph.add(spike_io(100, {3: 0x1234, 4: 5}, {}), INSTANCE)
    graph.add(spike_io(7, {9: 9}, {}), ExecutionInstanceID(1))
    config, *routes = spike_io_configuration(graph, INSTANCE)
    assert config[0] == halco.SpikeIOConfigOnFPGA() and int(config[1].data_rate_scaler) == 100
    assert routes == [
        (halco.SpikeIOInputRouteOnFPGA(3), haldls.SpikeIOInputRoute(halco.SpikeLabel(0x1234))),
        (halco.SpikeIOInputRouteOnFPGA(4), haldls.SpikeIOInputRoute(halco.SpikeLabel(5))),
        (halco.SpikeIOOutputRouteOnFPGA(0x1234), haldls.SpikeIOOutputRoute(halco.SpikeIOAddress(3))),
    ]


@pytest.mark.parametrize(("other", "message"), [
    (spike_io(7, {}, {}), "settings of the serial spike interface"),
    (spike_io(100, {3: 5}, {}), "labels for events of serial address 3: 4660 and 5"),
    (spike_io(100, {}, {0x1234: 4}), "serial addresses for events with label 4660: 3 and 4"),
])
def test_contradicting_routes(other: SpikeIOSourcePopulation, message: str) -> None:
    graph = Graph()
    graph.add(spike_io(100, {3: 0x1234}, {0x1234: 3}), INSTANCE)
    graph.add(other, INSTANCE)
    with pytest.raises(ConfigurationConflict, match=message):
        spike_io_configuration(graph, INSTANCE)
