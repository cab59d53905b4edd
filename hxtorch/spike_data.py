"""Spikes and weights between arrays, networks and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grenade.common import ExecutionInstanceID, PopulationOnNetwork
from grenade.network import NetworkGraph, Population, Projection, extract_spike_arrays
from grenade.network.connection_list import ConnectionList
from grenade.signal_flow import OutputDataSnippet


def extract_n_spikes(
    data: OutputDataSnippet, network_graph: NetworkGraph, runtime: int, n_spikes: Mapping[PopulationOnNetwork, int]
) -> dict[PopulationOnNetwork, tuple[np.ndarray, np.ndarray]]:
    """First recorded spikes of each population on the chip.

    Parameters
    ----------
    data : OutputDataSnippet
        What a run recorded.
    network_graph : NetworkGraph
        Graph that was run.
    runtime : int
        Later spikes are left out, FPGA cycles (8 ns).
    n_spikes : mapping of PopulationOnNetwork to int
        How many spikes of an entry of the batch are wanted; 0 for populations that are not in it.

    Returns
    -------
    dict of PopulationOnNetwork to (int64 array [batch, n], float32 array [batch, n])
        Neurons and times in FPGA cycles, all spikes of a neuron before those of the next one. Where there are fewer
        spikes, neurons are -1 and times inf.

    Raises
    ------
    ValueError
        A number of spikes is negative, or a population is not on the chip.
    """
    populations = _on_chip(network_graph)
    for population, count in n_spikes.items():
        if population not in populations:
            raise ValueError(f"n_spikes: {population!r} is no population on the chip, expected one of {populations}")
        if count < 0:
            raise ValueError(f"n_spikes: {count} spikes of {population!r}, expected at least 0")
    spikes, batch_size = extract_spike_arrays(data, network_graph), data.batch_size()
    return {
        population: _first(spikes.get(population), batch_size, runtime, int(n_spikes.get(population, 0)))
        for population in populations
    }


def weight_to_connection(weight: Any, connections: Sequence[Any] | None = None) -> ConnectionList[Any]:
    """Connections of a matrix of weights. Signs do not count, and fractions are cut off.

    Parameters
    ----------
    weight : array_like, [neurons_post, neurons_pre] or [connections]
        A whole matrix, row by row, or the weights of some connections.
    connections : pair of array_like [connections], optional
        Receiving and sending neurons of the connections.

    Returns
    -------
    list of Projection.Connection
        The connections, stored as one array.

    Raises
    ------
    RuntimeError
        The number of dimensions is wrong, or lengths differ.
    ValueError
        A weight is not finite, or the number of a neuron is negative.
    """
    weights = np.asarray(weight)
    if weights.size and not np.isfinite(weights).all():
        raise ValueError("weight_to_connection: weights have to be finite")
    if connections is None:
        if weights.ndim != 2:
            raise RuntimeError(f"weight_to_connection: weights of shape {weights.shape}, expected two dimensions")
        post, pre = np.indices(weights.shape).reshape(2, -1)
    else:
        post, pre = _pairs(weights, connections)
    table = np.zeros((weights.size, 5), np.int64)
    table[:, 0], table[:, 2] = pre, post
    table[:, 4] = np.abs(weights.astype(np.int64)).ravel()
    return ConnectionList(Projection.Connection, table)


def dense_spikes_to_list(spikes: tuple[Any, Any], input_size: int) -> list[list[list[float]]]:
    """Times of spikes, by neurons.

    Parameters
    ----------
    spikes : pair of array_like [batch, spikes]
        Neurons, -1 for none, and times.
    input_size : int
        Number of neurons.

    Returns
    -------
    list [batch][input_size] of list of float
        Times of each neuron in the order in which they were given.

    Raises
    ------
    ValueError
        Shapes differ or have not two dimensions, or the number of a neuron is out of range.
    """
    neurons, times = (np.asarray(each) for each in spikes)
    if neurons.ndim != 2 or neurons.shape != times.shape:
        raise ValueError(
            f"dense_spikes_to_list: neurons of shape {neurons.shape} and times of shape {times.shape}, "
            "expected [batch, spikes] for both"
        )
    wrong = (neurons < -1) | (neurons >= input_size)
    if wrong.any():
        raise ValueError(
            f"dense_spikes_to_list: neuron {neurons[wrong][0]}, expected 0 to {input_size - 1}, or -1 for no spike")
    entry, place = np.nonzero(neurons >= 0)
    train = entry * input_size + neurons[entry, place].astype(np.int64)
    order = np.argsort(train, kind="stable")
    trains = len(neurons) * input_size
    ends = np.cumsum(np.bincount(train, minlength=trains))
    flat = [part.tolist() for part in np.split(times[entry, place][order], ends[:-1])] if trains else []
    return [flat[i * input_size:(i + 1) * input_size] for i in range(len(neurons))]


def _on_chip(graph: NetworkGraph) -> list[PopulationOnNetwork]:
    """Populations of neurons, in order."""
    return [
        PopulationOnNetwork(number, ExecutionInstanceID.coerce(instance))
        for instance, part in sorted(graph.network.execution_instances.items())
        for number, population in sorted(part.populations.items())
        if isinstance(population, Population)
    ]


def _first(spikes: np.ndarray | None, batch_size: int, runtime: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` spikes of each entry, ordered by neuron and time."""
    neurons = np.full((batch_size, count), -1, np.int64)
    times = np.full((batch_size, count), np.inf, np.float32)
    if spikes is None or not len(spikes) or not count:
        return neurons, times
    spikes = spikes[spikes["time"] <= runtime]
    # Spikes come ordered by entry and time.
    spikes = spikes[np.lexsort((spikes["neuron"], spikes["batch"]))]
    entry = spikes["batch"]
    rank = np.arange(len(spikes)) - np.searchsorted(entry, entry)
    chosen = rank < count
    place = entry[chosen], rank[chosen]
    neurons[place], times[place] = spikes["neuron"][chosen], spikes["time"][chosen]
    return neurons, times


def _pairs(weights: np.ndarray, connections: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Receiving and sending neurons of weights [connections]."""
    if weights.ndim != 1:
        raise RuntimeError(
            f"weight_to_connection: weights of shape {weights.shape}, expected one dimension with connections")
    if len(connections) != 2:
        raise RuntimeError(f"weight_to_connection: {len(connections)} lists of neurons, expected two: post and pre")
    post, pre = (np.asarray(each, dtype=np.int64) for each in connections)
    if post.shape != weights.shape or pre.shape != weights.shape:
        raise RuntimeError(
            f"weight_to_connection: {len(weights)} weights, {len(post)} post and {len(pre)} pre neurons, "
            "expected as many of each"
        )
    return post, pre
