"""What of a chip is in use, from routing results and from configurations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import halco
import haldls
import lola
from grenade.common import ExecutionInstanceID
from grenade.execution.configuration import configure
from grenade.network import Network
from grenade.network.graph import build_network_graph
from grenade.network.routing import PlacedConnection, PortfolioRouter, RoutingResult, UnsuccessfulRouting
from grenade.plot import Occupancy
from grenade.plot.occupancy import NodeState, RowMode
from tests.grenade.experiment.networks import networks

INSTANCE = ExecutionInstanceID()


def test_nothing_is_in_use_of_a_new_chip() -> None:
    occupancy = Occupancy.of_chip(lola.Chip())
    assert occupancy.num_synapses == occupancy.num_neurons == 0 and not occupancy.drivers.any()
    assert (np.unique(occupancy.nodes, return_counts=True)[1] == [240 - 76, 76]).all()


def test_a_chip_by_hand() -> None:
    chip = lola.Chip()
    for node in halco.iter_all(halco.CrossbarNodeOnDLS):
        chip.crossbar.nodes[node] = haldls.CrossbarNode.drop_all
    # Input 9 is the second one of the FPGA, output 5 the second PADI bus of the bottom hemisphere.
    through = haldls.CrossbarNode()
    through.mask = through.target = 1 << 13
    chip.crossbar.nodes[halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(5), halco.CrossbarInputOnDLS(9))] = through
    chip.crossbar.nodes[halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(8), halco.CrossbarInputOnDLS(4))] = (
        haldls.CrossbarNode()
    )
    # Driver 6 of the bottom hemisphere is on its PADI bus 2, and has the rows 12 and 13.
    driver = chip.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS.bottom].synapse_drivers[
        halco.SynapseDriverOnSynapseDriverBlock(6)
    ]
    driver.enable_receiver, driver.row_address_compare_mask = True, 9
    driver.row_mode_bottom = haldls.SynapseDriverConfig.RowMode.excitatory
    driver.row_mode_top = haldls.SynapseDriverConfig.RowMode.inhibitory
    weights = np.zeros((256, 256), int)
    weights[12, 200], weights[13, 3] = 63, 1
    chip.synapse_blocks[halco.SynapseBlockOnDLS.bottom].matrix.weights = weights
    chip.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(7, 1)].event_routing.enable_digital = True

    occupancy = Occupancy.of_chip(chip)
    assert np.argwhere(occupancy.weights >= 0).tolist() == [[256 + 12, 200], [256 + 13, 3]]
    assert occupancy.weights[268, 200] == 63
    assert occupancy.row_modes[[268, 269]].tolist() == [RowMode.excitatory, RowMode.inhibitory]
    assert np.flatnonzero(occupancy.drivers).tolist() == [128 + 6] and occupancy.compare_masks[134] == 9
    assert np.flatnonzero(occupancy.neurons >= 0).tolist() == [256 + 7]
    assert np.argwhere(occupancy.nodes == NodeState.filter).tolist() == [[5, 9]]
    assert np.argwhere(occupancy.nodes == NodeState.pass_all).tolist() == [[8, 4]]
    expected = np.zeros((2, 4), int)
    expected[1, 2] = 1
    assert (occupancy.drivers_per_bus == expected).all()
    assert (occupancy.synapses_per_bus == 2 * expected).all()
    assert (occupancy.rows_per_bus == expected[..., None]).all()
    assert occupancy.num_synapses == 2 and occupancy.num_neurons == 1
    assert repr(occupancy) == (
        "Occupancy(1 of 512 neuron circuits, 2 of 131,072 synapses, 1 of 256 synapse drivers)"
    )


def test_a_routing_result_by_hand() -> None:
    routing = RoutingResult.ExecutionInstance()
    driver = halco.SynapseDriverOnDLS(halco.Enum(5))
    row = halco.SynapseRowOnDLS(halco.Enum(11))
    routing.connections = {0: [[PlacedConnection(0, 3, row, 40)], []]}  # type: ignore[assignment,dict-item]
    routing.synapse_driver_compare_masks = {driver: 7}
    routing.synapse_row_modes = {row: haldls.SynapseDriverConfig.RowMode.excitatory}
    routing.crossbar_nodes = {halco.CrossbarNodeOnDLS(halco.Enum(2)): haldls.CrossbarNode.drop_all}
    occupancy = Occupancy.of_routing(routing)
    # A synapse of weight 0 is in use, too.
    assert np.argwhere(occupancy.weights >= 0).tolist() == [[11, 40]] and occupancy.weights[11, 40] == 0
    assert occupancy.drivers_per_bus.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    assert occupancy.rows_per_bus[0, 1].tolist() == [1, 0]
    assert occupancy.num_neurons == 0


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(network=networks())
def test_routing_and_configuration_agree(network: Network) -> None:
    try:
        routing = PortfolioRouter()(network)
    except UnsuccessfulRouting:
        assume(False)
    graph = build_network_graph(network, routing)
    for instance, content in network.execution_instances.items():
        wanted: Any = Occupancy.of_routing(routing.execution_instances[instance], content.populations)
        found = Occupancy.of_chip(configure(graph.graph, instance, lola.Chip()))
        assert (found.weights.clip(min=0) == wanted.weights.clip(min=0)).all()
        assert (found.drivers == wanted.drivers).all()
        assert (found.row_modes == wanted.row_modes).all()
        assert (found.compare_masks == wanted.compare_masks)[wanted.drivers].all()
        assert np.isin(np.flatnonzero(found.neurons >= 0), np.flatnonzero(wanted.neurons >= 0)).all()
        opened = found.nodes > NodeState.drop_all
        assert (found.nodes == wanted.nodes)[opened].all()


@pytest.mark.parametrize(("mask", "target", "state"), [
    (0, 0, NodeState.pass_all), (1 << 13, 0, NodeState.filter), (1 << 13, 1 << 13, NodeState.filter),
    (0, 1, NodeState.drop_all), (2, 3, NodeState.drop_all),
])  # fmt: skip
def test_what_nodes_let_pass(mask: int, target: int, state: NodeState) -> None:
    chip = lola.Chip()
    chip.crossbar.nodes[halco.CrossbarNodeOnDLS(halco.Enum(0))].mask = mask
    chip.crossbar.nodes[halco.CrossbarNodeOnDLS(halco.Enum(0))].target = target
    assert Occupancy.of_chip(chip).nodes[0, 0] == state
