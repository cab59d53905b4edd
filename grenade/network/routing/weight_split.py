"""Weights that are larger than one synapse holds, spread over several synapses."""

from __future__ import annotations

from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grenade.network.routing.errors import counted
from grenade.network.routing.ragged import turns_of

MAX_WEIGHT = 63
"""Largest weight of one synapse circuit."""


def num_circuits(weights: ArrayLike) -> NDArray[np.int64]:
    """Synapse circuits that connections of these weights need, at least one each.

    Parameters
    ----------
    weights : array_like of int, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    weights = np.asarray(weights, dtype=np.int64)
    return np.maximum(1, -(-weights // MAX_WEIGHT))


def split_weights(weights: ArrayLike, offsets: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Weights of all synapse circuits of many connections.

    Parameters
    ----------
    weights : array_like of int, shape (n,)
        Weight of each connection.
    offsets : ndarray of int64, shape (n + 1,)
        Connection i has the synapse circuits `offsets[i]` to `offsets[i + 1]`.

    Returns
    -------
    ndarray of uint8, shape (offsets[-1],)
        As many full weights (63) as fit, then the rest, then zeros, for each connection.

    Raises
    ------
    OverflowError
        If a weight is negative or larger than its circuits hold together.
    """
    weights = np.asarray(weights, dtype=np.int64)
    counts = np.diff(offsets)
    wrong = np.flatnonzero((weights < 0) | (weights > MAX_WEIGHT * counts))
    if wrong.size:
        first = int(wrong[0])
        raise OverflowError(
            f"connection {first}: weight {int(weights[first])} does not fit into "
            f"{counted(int(counts[first]), 'synapse circuit')}, expected 0 to {MAX_WEIGHT * int(counts[first])}"
        )
    return np.clip(np.repeat(weights, counts) - MAX_WEIGHT * turns_of(counts), 0, MAX_WEIGHT).astype(np.uint8)


def build_connection_weight_split(weight: int, num: int) -> list[int]:
    """Weights of the `num` synapse circuits of one connection.

    Parameters
    ----------
    weight : int
        Weight of the connection, 0 to 63 * `num`.
    num : int
        Number of synapse circuits, at least 0.

    Returns
    -------
    list of int
        As many full weights (63) as fit, then the rest, then zeros.

    Raises
    ------
    OverflowError
        If the weight does not fit.
    ValueError
        If `num` is negative.
    TypeError
        If one of the two is no integer.
    """
    if index(num) < 0:
        raise ValueError(f"num is {num!r}, expected a number of synapse circuits, 0 or more")
    return split_weights([index(weight)], np.array([0, index(num)], dtype=np.int64)).tolist()
