"""Routing results made by hand."""

from __future__ import annotations

import numpy as np
import pytest

import halco
import haldls
from grenade.common import ExecutionInstanceID, PopulationOnExecutionInstance, ProjectionOnExecutionInstance
from grenade.network.routing import (
    ExternalSpikeLabels,
    GreedyRouter,
    PlacedConnection,
    PlacedConnections,
    RoutingResult,
)

from .connectome import assert_routed
from .networks import EXCITATORY, external, network, one_to_one, point_neurons

ROW = halco.SynapseRowOnDLS(halco.Enum(256 + 17))


def test_placed_connection_holds_coordinates():
    placed = PlacedConnection(63, 5, ROW, halco.SynapseOnSynapseRow(200))
    assert (placed.weight, placed.label, placed.synapse_row, placed.synapse_on_row) == (
        63, halco.SynapseLabel(5), ROW, halco.SynapseOnSynapseRow(200))
    assert placed == PlacedConnection(63, 5, 273, 200)
    assert placed != PlacedConnection(62, 5, 273, 200)
    assert len({placed, PlacedConnection(63, 5, 273, 200)}) == 1


@pytest.mark.parametrize("values", [(64, 0, 0, 0), (0, 64, 0, 0), (0, 0, 512, 0), (0, 0, 0, 256), (-1, 0, 0, 0)])
def test_placed_connection_refuses_values_out_of_range(values):
    with pytest.raises((ValueError, OverflowError, RuntimeError, TypeError)):
        PlacedConnection(*values)


class TestPlacedConnections:
    LISTS = [[PlacedConnection(1, 2, 3, 4)], [], [PlacedConnection(63, 63, 511, 255), PlacedConnection()]]

    def test_lists_become_arrays(self):
        placed = PlacedConnections.coerce(self.LISTS)
        assert placed.offsets.tolist() == [0, 1, 1, 3]
        assert placed.weight.tolist() == [1, 63, 0] and placed.weight.dtype == np.uint8
        assert placed.label.tolist() == [2, 63, 0] and placed.label.dtype == np.uint8
        assert placed.synapse_row.tolist() == [3, 511, 0]
        assert placed.synapse_on_row.tolist() == [4, 255, 0]
        assert list(placed) == self.LISTS
        assert placed[1:] == self.LISTS[1:]
        assert PlacedConnections.coerce(placed) is placed

    def test_nothing(self):
        assert len(PlacedConnections()) == 0
        assert PlacedConnections.coerce([]) == PlacedConnections()

    @pytest.mark.parametrize(("values", "message"), [
        (([0, 1], [64], [0], [0], [0]), "weights are 64 to 64, expected 0 to 63"),
        (([0, 1], [0], [-1], [0], [0]), "labels are -1"),
        (([0, 1], [0], [0], [512], [0]), "synapse rows are 512"),
        (([0, 1], [0], [0], [0], [256]), "columns are 256"),
        (([0, 2], [0], [0], [0], [0]), r"weight has the shape \(1,\), expected \(2,\)"),
        (([1, 1], [], [], [], []), "offsets are"),
        (([0, 2, 1], [0], [0], [0], [0]), "never fall"),
    ])
    def test_wrong_arrays(self, values, message):
        with pytest.raises(ValueError, match=message):
            PlacedConnections(*values)

    def test_fractions(self):
        with pytest.raises(TypeError, match="expected integers"):
            PlacedConnections([0, 1], [0.5], [0], [0], [0])


def test_spike_labels_from_lists():
    labels = ExternalSpikeLabels.coerce([[halco.SpikeLabel(7), halco.SpikeLabel(65535)], [], [3]])
    assert labels.offsets.tolist() == [0, 2, 2, 3]
    assert labels.value.tolist() == [7, 65535, 3] and labels.value.dtype == np.uint16
    assert labels[0] == [halco.SpikeLabel(7), halco.SpikeLabel(65535)]
    with pytest.raises(ValueError, match="labels are 65536"):
        ExternalSpikeLabels.coerce([[65536]])


def made_by_hand():
    """Source 0 to circuit 7: label 2 << 6 | 9 on PADI bus 1 of the top hemisphere, driver 2 of the bus."""
    routing = RoutingResult.ExecutionInstance()
    projection = ProjectionOnExecutionInstance(0)
    driver = halco.SynapseDriverOnDLS(halco.Enum(4 * 2 + 1))
    routing.connections[projection] = [[PlacedConnection(63, 9, 18, 7)]]
    routing.connection_routing_result[projection] = [[0]]
    label = halco.SpikeLabel()
    label.spl1_address, label.row_select_address, label.synapse_label = 1, 2, 9
    routing.external_spike_labels[PopulationOnExecutionInstance(0)] = [[label]]
    routing.internal_neuron_labels[PopulationOnExecutionInstance(1)] = [{halco.CompartmentOnLogicalNeuron(): [None]}]
    routing.synapse_driver_compare_masks[driver] = 31
    routing.synapse_row_modes[halco.SynapseRowOnDLS(halco.Enum(18))] = haldls.SynapseDriverConfig.RowMode.excitatory
    node = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(1), halco.CrossbarInputOnDLS(9))
    routing.crossbar_nodes[node] = haldls.CrossbarNode()
    return RoutingResult({ExecutionInstanceID(): routing})


@pytest.fixture
def net():
    return network([external(1), point_neurons([7], False)], [(EXCITATORY, one_to_one(1), 0, 1)])


def test_result_by_hand_is_as_good_as_one_of_the_router(net):
    assert_routed(net, made_by_hand())
    assert_routed(net, GreedyRouter()(net))


def set_mode(routing, mode):
    routing.synapse_row_modes = dict.fromkeys(routing.synapse_row_modes, mode)


def set_labels(routing, labels):
    routing.external_spike_labels[PopulationOnExecutionInstance(0)] = [labels]


def place(routing, connection):
    routing.connections[ProjectionOnExecutionInstance(0)] = [[connection]]


@pytest.mark.parametrize("change", [
    lambda routing: routing.crossbar_nodes.clear(),
    lambda routing: routing.synapse_driver_compare_masks.clear(),
    lambda routing: set_mode(routing, haldls.SynapseDriverConfig.RowMode.inhibitory),
    lambda routing: set_mode(routing, haldls.SynapseDriverConfig.RowMode.disabled),
    lambda routing: set_labels(routing, []),
    lambda routing: set_labels(routing, [(1 << 14) | (3 << 6) | 9]),
    lambda routing: set_labels(routing, [(1 << 14) | (2 << 6) | 8]),
    lambda routing: place(routing, PlacedConnection(63, 9, 18, 8)),
    lambda routing: place(routing, PlacedConnection(62, 9, 18, 7)),
], ids=["node", "driver", "sign", "row", "no label", "row select", "synapse label", "column", "weight"])
def test_oracle_notices_every_mistake(net, change):
    result = made_by_hand()
    change(result.execution_instances[ExecutionInstanceID()])
    with pytest.raises(AssertionError):
        assert_routed(net, result)
