"""Statistics of network graphs: what of the chip is used, and how long the steps took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from grenade.common import ExecutionInstanceID
from grenade.network import Network, NetworkBuilder, NetworkGraphStatistics, extract_statistics
from tests.grenade.network.graphs import build
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    all_to_all,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
    wide_neurons,
)


def statistics(described: Network) -> NetworkGraphStatistics:
    return extract_statistics(build(described))


@pytest.mark.parametrize(
    ("described", "populations", "projections", "neurons", "synapses", "drivers"),
    [
        (network([]), None, 0, 0, 0, 0),
        (network([point_neurons(range(512))]), 1, 0, 512, 0, 0),
        (network([wide_neurons([0, 8], [[{EXCITATORY}] * 2, [{EXCITATORY}]])]), 1, 0, 6, 0, 0),
        (network([point_neurons([0]), external(1)], [(EXCITATORY, one_to_one(1, 64), 1, 0)]), 2, 1, 1, 2, 1),
        (network([point_neurons([0, 256]), external(1)], [(EXCITATORY, table([0, 0], [0, 1]), 1, 0)]), 2, 1, 2, 2, 2),
        (network([point_neurons(range(512)), external(128)],
                 [(EXCITATORY, all_to_all(128, 512), 1, 0), (INHIBITORY, all_to_all(128, 512), 1, 0)]),
         2, 2, 512, 131072, 256),
    ],
    ids=["empty", "neurons", "compartments", "two synapses", "hemispheres", "full chip"],
)
def test_use_of_the_chip(
    described: Network, populations: int | None, projections: int, neurons: int, synapses: int, drivers: int
) -> None:
    result = statistics(described)
    if populations is None:
        assert not result.execution_instances
        return
    used = result.execution_instances[ExecutionInstanceID()]
    assert (used.get_num_populations(), used.get_num_projections()) == (populations, projections)
    assert (used.get_num_neurons(), used.get_num_synapses(), used.get_num_synapse_drivers()) == (
        neurons, synapses, drivers
    )
    assert used.get_neuron_usage() == neurons / 512
    assert used.get_synapse_usage() == synapses / 131072
    assert used.get_synapse_driver_usage() == drivers / 256


def test_execution_instances_are_separate() -> None:
    builder = NetworkBuilder()
    builder.add(point_neurons([0]), 1)
    builder.add(point_neurons([0, 1]), 2)
    used = statistics(builder.done()).execution_instances
    assert {int(instance): each.get_num_neurons() for instance, each in used.items()} == {1: 1, 2: 2}


def test_durations() -> None:
    described = network([point_neurons(range(64)), external(64)], [(EXCITATORY, all_to_all(64, 64), 1, 0)])
    result = statistics(described)
    durations = (
        result.abstract_network_construction_duration, result.routing_duration,
        result.hardware_network_construction_duration, result.verification_duration,
    )
    assert all(duration > timedelta() for duration in durations)
    assert result.abstract_network_construction_duration == described.construction_duration


def test_text() -> None:
    text = str(statistics(network([point_neurons(range(256))])))
    assert "256 neuron circuits (50.0%)" in text and "routing" in text
