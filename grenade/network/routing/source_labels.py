"""Labels of the events of all sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import halco
import haldls
from grenade.network.routing.crossbar import BACKGROUND_RECORDED_BIT, BOTTOM_BIT, EXTERNAL_RECORDED_BIT
from grenade.network.routing.groups import Membership, SourceGroup, active_sources
from grenade.network.routing.partition import rank_in_group
from grenade.network.routing.ragged import offsets_of
from grenade.network.routing.result import ExternalSpikeLabels
from grenade.network.routing.sources import SourceKind, Sources, Synapses

_TOP_BACKGROUND_BIT = 1 << 13
"""Bit that tells events of generators on the top hemisphere from those of the bottom one."""


def _padi_labels(membership: Membership, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row select address and synapse label of each source for each hemisphere, int64, shape (s, 2); -1 for none."""
    address = np.append(labels, -1)[membership.group]
    return np.where(membership.group >= 0, address << 6 | membership.member, -1)


def address_outs(
    sources: Sources, synapses: Synapses, membership: Membership, labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Address that each neuron on the chip puts into its events, int64, shape (s,); -1 for those that emit none.

    Parameters
    ----------
    sources, synapses, membership
        Sources, their synapses and groups.
    labels : ndarray of int64, shape (groups,)
        Row select address of each group.
    """
    result: NDArray[np.int64] = _padi_labels(membership, labels).max(axis=1)
    result = np.where(result >= 0, result & 0xFF, -1)
    internal = sources.kind == SourceKind.INTERNAL
    result[~internal] = -1
    # What no synapse needs is recorded; its event output has no group, so all addresses there are unused.
    alone = np.flatnonzero(internal & active_sources(sources, synapses) & (result < 0))
    result[alone] = rank_in_group(sources.event_output[alone])
    return result


def internal_neuron_labels(
    populations: Mapping[Any, Any], sources: Sources, address_out: NDArray[np.int64]
) -> dict[Any, list[dict[Any, list[Any]]]]:
    """Addresses in the form of `RoutingResult.ExecutionInstance.internal_neuron_labels`."""
    result = {}
    for position, descriptor in enumerate(sources.descriptors):
        if sources.kinds[position] is not SourceKind.INTERNAL:
            continue
        population = populations[descriptor]
        members = sources.of_population(position)
        emits = members[address_out[members] >= 0]
        used = dict(zip(sources.atomic_neuron[emits].tolist(), address_out[emits].tolist(), strict=True))
        neurons: list[dict[Any, list[Any]]] = [{} for _ in range(population.size)]
        for neuron, compartment, _, circuit in population.circuits.tolist():
            on_compartment = neurons[neuron].setdefault(halco.CompartmentOnLogicalNeuron(compartment), [])
            on_compartment.append(halco.NeuronBackendAddressOut(used[circuit]) if circuit in used else None)
        result[descriptor] = neurons
    return result


def external_spike_labels(
    sources: Sources, groups: Sequence[SourceGroup], membership: Membership, labels: NDArray[np.int64]
) -> dict[Any, ExternalSpikeLabels]:
    """Labels in the form of `RoutingResult.ExecutionInstance.external_spike_labels`.

    Of several labels of a recorded source only the first one is looped back, so that each spike is recorded once.
    """
    padi = _padi_labels(membership, labels)
    bus = np.array([group.buses[0] for group in groups] + [0], dtype=np.int64)[membership.group]
    value = padi | (bus % 4) << 14 | np.array([0, BOTTOM_BIT])
    exists = padi >= 0
    first = np.argmax(exists, axis=1)
    rows = np.flatnonzero(exists.any(axis=1) & sources.recorded)
    value[rows, first[rows]] |= EXTERNAL_RECORDED_BIT
    result = {}
    for position, descriptor in enumerate(sources.descriptors):
        members = sources.of_population(position)
        if sources.kinds[position] is SourceKind.EXTERNAL:
            inside = exists[members]
            result[descriptor] = ExternalSpikeLabels(offsets_of(inside.sum(axis=1)), value[members][inside])
    return result


def background_labels(
    populations: Mapping[Any, Any], sources: Sources, membership: Membership, labels: NDArray[np.int64]
) -> tuple[dict[Any, dict[Any, list[Any]]], dict[Any, dict[Any, Any]]]:
    """Labels and masks of background populations by hemisphere, in the form of `RoutingResult.ExecutionInstance`.

    The events of a recorded source reach the host from one generator, the top one if there is one.
    """
    padi = _padi_labels(membership, labels)
    all_labels: dict[Any, dict[Any, list[Any]]] = {}
    masks: dict[Any, dict[Any, Any]] = {}
    for position, descriptor in enumerate(sources.descriptors):
        members = sources.of_population(position)
        if sources.kinds[position] is not SourceKind.BACKGROUND:
            continue
        all_labels[descriptor], masks[descriptor] = {}, {}
        hemispheres = sorted(populations[descriptor].coordinate, key=int)
        for number, hemisphere in enumerate(hemispheres):
            value = padi[members, int(hemisphere)] | (0 if int(hemisphere) else _TOP_BACKGROUND_BIT)
            # All members share the bits that are not drawn, so one recorded member makes all of them pass.
            if number == 0 and sources.recorded[members].any():
                value |= BACKGROUND_RECORDED_BIT
            all_labels[descriptor][hemisphere] = [halco.NeuronLabel(int(each)) for each in value]
            masks[descriptor][hemisphere] = haldls.BackgroundSpikeSource.Mask(max(len(members) - 1, 0))
    return all_labels, masks
