"""Neurons whose events stay inside."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from grenade.common import PopulationOnNetwork
from grenade.network.graph import NetworkGraph
from grenade.network.translation import NO_LABEL

_ADDRESS = 0xFF


def mute_neurons(graph: NetworkGraph, population: Any, muted: ArrayLike) -> None:
    """Let neurons of a population send no events, and all its others send them again.

    Neither the network nor its place on the chip changes, so this is quick. Muted neurons still fire and are reset, but
    nobody gets to know; `NetworkGraph.valid` is false meanwhile. Not part of the real system's interface.

    Parameters
    ----------
    graph : NetworkGraph
        Graph to be changed.
    population : PopulationOnNetwork or PopulationOnExecutionInstance
        Neurons on the chip; without an execution instance those of the instance 0.
    muted : (size,) bool
        Which neurons are silent.

    Raises
    ------
    KeyError
        The graph has no such population on the chip.
    ValueError
        A wrong number of neurons.
    """
    descriptor = PopulationOnNetwork.coerce(population)
    translation = graph.graph_translation.execution_instances[descriptor.toExecutionInstanceID()]
    circuits, silent = translation.populations[descriptor], np.asarray(muted, bool)
    if silent.shape != (circuits.size,):
        raise ValueError(f"muted has the shape {silent.shape}, expected ({circuits.size},), one for each neuron")
    label = translation.spike_labels[descriptor].label
    address = np.where((label == NO_LABEL) | silent[circuits.table[:, 0]], NO_LABEL, label & _ADDRESS)
    for hemisphere, vertex in translation.neuron_vertices[descriptor].items():
        view: Any = graph.graph.vertex(vertex)
        own = address[circuits.hemisphere == int(hemisphere)]
        if not np.array_equal(view.labels, own):
            graph.graph.update(vertex, dataclasses.replace(view, labels=own))
