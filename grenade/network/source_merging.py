"""Spikes that one execution instance sends to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from grenade.common import COMPARTMENTS, ExecutionInstanceID
from grenade.network.errors import InvalidNetworkGraph
from grenade.network.network import Network
from grenade.network.routing.ragged import turns_of
from grenade.network.translation import GraphTranslation


def received_spikes(
    network: Network, translation: GraphTranslation, instance: ExecutionInstanceID
) -> list[tuple[ExecutionInstanceID, np.ndarray]]:
    """What an execution instance gets from others.

    Returns
    -------
    list of pairs of ExecutionInstanceID and (n, 3) int64
        The one that sends, and a table of labels of its spikes, labels that they become, and delays in FPGA cycles.
    """
    tables: dict[ExecutionInstanceID, list[np.ndarray]] = {}
    for projection in network.inter_execution_instance_projections:
        pre, post = projection.population_pre, projection.population_post
        if post.toExecutionInstanceID() == instance and projection.size:
            source = pre.toExecutionInstanceID()
            tables.setdefault(source, []).append(_translated(projection, translation))
    return [(source, np.concatenate(tables[source])) for source in sorted(tables)]


def _translated(projection: Any, translation: GraphTranslation) -> np.ndarray:
    """Labels of the connections of a projection; one spike becomes an event for each label of its target."""
    pre, post = projection.population_pre, projection.population_post
    table = projection.table
    observed = translation.execution_instances[pre.toExecutionInstanceID()].observed_spikes
    own = np.flatnonzero(observed.population == pre.__index__())
    keys = observed.neuron[own] * COMPARTMENTS + observed.compartment[own]
    order = np.argsort(keys)
    wanted = table[:, 0] * COMPARTMENTS + table[:, 1]
    place = np.minimum(np.searchsorted(keys[order], wanted), max(len(keys) - 1, 0))
    found = keys[order][place] == wanted if len(keys) else np.zeros(len(wanted), bool)
    if not found.all():
        neuron, compartment = table[found.argmin(), :2].tolist()
        raise InvalidNetworkGraph(
            f"{pre!r}: compartment {compartment} of neuron {neuron} sends spikes to {post!r}, but emits none"
        )
    source = observed.label[own][order][place] if len(wanted) else np.empty(0, np.int64)
    labels = translation.execution_instances[post.toExecutionInstanceID()].spike_labels[post]
    first, counts = labels.offsets[table[:, 2]], np.diff(labels.offsets)[table[:, 2]]
    index = np.repeat(first, counts) + turns_of(counts)
    return np.stack([np.repeat(source, counts), labels.label[index], np.repeat(table[:, 4], counts)], axis=1)
