"""Labels with which the spikes of populations are on their way, from a routing result."""

from __future__ import annotations

from typing import Any

import numpy as np

from grenade.common import COMPARTMENTS
from grenade.network.errors import InvalidNetworkGraph
from grenade.network.population import BackgroundSourcePopulation, Population
from grenade.network.routing.result import ExternalSpikeLabels
from grenade.network.translation import NO_LABEL, PlacedCircuits, SpikeLabels

_RECORD_EXTERNAL = 1 << 12
"""Bit of the label with which an event from the host passes to the way back."""

_RECORD_BACKGROUND = 1 << 11
"""The same for an event of a background generator."""


def spike_labels(
    descriptor: Any, population: Any, circuits: PlacedCircuits | None, routing: Any
) -> SpikeLabels:
    """Labels of a population.

    Parameters
    ----------
    descriptor : PopulationOnExecutionInstance
        The population.
    population : population of any kind
        Its description.
    circuits : PlacedCircuits or None
        Its circuits, if it is on the chip.
    routing : RoutingResult.ExecutionInstance
        Where the router put it.

    Raises
    ------
    InvalidNetworkGraph
        The routing has more or fewer labels than the population needs.
    """
    if isinstance(population, Population):
        assert circuits is not None
        table, address = circuits.table, neuron_addresses(descriptor, circuits, routing)
        label = np.where(address == NO_LABEL, NO_LABEL, _label_of_address(address, table[:, 3]))
        return SpikeLabels(population.size, table[:, 0], table[:, 1], label)
    if isinstance(population, BackgroundSourcePopulation):
        by_hemisphere = routing.background_spike_source_labels.get(descriptor, {})
        columns = []
        for hemisphere, bus in sorted(population.coordinate.items()):
            if hemisphere in by_hemisphere:
                of_members = np.array([int(label) for label in by_hemisphere[hemisphere]], np.int64)
                _check_number(descriptor, "labels of sources", len(of_members), population.size)
                columns.append(of_members % (1 << 14) | int(bus) << 14)
        neuron = np.repeat(np.arange(population.size), len(columns))
        label = np.stack(columns, axis=1).reshape(-1) if columns else np.empty(0, np.int64)
        return SpikeLabels(population.size, neuron, np.zeros_like(neuron), label)
    sent = ExternalSpikeLabels.coerce(routing.external_spike_labels.get(descriptor, [[]] * population.size))
    _check_number(descriptor, "labels of sources", len(sent), population.size)
    neuron = np.repeat(np.arange(len(sent)), sent.counts)
    return SpikeLabels(population.size, neuron, np.zeros_like(neuron), sent.value.astype(np.int64))


def neuron_addresses(descriptor: Any, circuits: PlacedCircuits, routing: Any) -> np.ndarray:
    """Address that each circuit of a population gives to its events, `NO_LABEL` where there are none; int64, (m,)."""
    addresses = routing.internal_neuron_labels.get(descriptor)
    result = np.full(len(circuits.table), NO_LABEL, np.int64)
    if addresses is None:
        return result
    flat = [
        NO_LABEL if address is None else int(address)
        for neuron in addresses for compartment in sorted(neuron) for address in neuron[compartment]
    ]
    _check_number(descriptor, "labels of circuits", len(flat), len(result))
    order = np.lexsort(circuits.table[:, 2::-1].T)
    result[order] = flat
    return result


def _check_number(descriptor: Any, what: str, number: int, expected: int) -> None:
    if number != expected:
        raise InvalidNetworkGraph(f"population {int(descriptor)}: the routing has {number} {what}, expected {expected}")


def _label_of_address(address: np.ndarray, circuit: np.ndarray) -> np.ndarray:
    """Spike label of events of circuits: the way to the host adds the number of its output."""
    event_output = circuit % 256 // 32
    return (event_output % 4) << 14 | event_output << 8 | address


def observed_of_population(
    descriptor: Any, population: Any, circuits: PlacedCircuits | None, labels: SpikeLabels, sent: np.ndarray
) -> np.ndarray:
    """Sources of a population whose spikes the chip sends to the host.

    Parameters
    ----------
    sent : (n,) int64
        Sources, as ``neuron * COMPARTMENTS + compartment``, whose spikes another execution instance needs.

    Returns
    -------
    (k, 5) int64
        Label (`NO_LABEL` if there is none that comes back), population, neuron, compartment, and whether the spikes
        are recorded.
    """
    if isinstance(population, Population):
        assert circuits is not None
        masters = population.spike_masters
        neuron, compartment, recorded = masters[:, 0], masters[:, 1], masters[:, 3].astype(bool)
        label = labels.label[circuits.number_of_chip[masters[:, 2]]]
    else:
        neuron, recorded = np.arange(population.size), population.recorded
        compartment = np.zeros_like(neuron)
        background = isinstance(population, BackgroundSourcePopulation)
        returning = np.flatnonzero(labels.label & (_RECORD_BACKGROUND if background else _RECORD_EXTERNAL))
        # A source with several labels sends an event with each, but one is enough to come back.
        first = returning[::-1]
        label = np.full(population.size, NO_LABEL, np.int64)
        label[labels.neuron[first]] = labels.label[first]
    observed = recorded | np.isin(neuron * COMPARTMENTS + compartment, sent)
    columns = (label, np.full_like(neuron, int(descriptor)), neuron, compartment, recorded.astype(np.int64))
    return np.stack(columns, axis=1)[observed]
