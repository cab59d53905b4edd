"""Weights and labels of synapse views in the register image of a chip."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import lola
from grenade.execution.requests import ConfigurationConflict
from haldls import SynapseQuad
from haldls.codec import WEIGHT
from haldls.location import ArrayPiece
from lola.synapse_rows import in_columns

_ROWS = _COLUMNS = 256

# Synapses have a byte for the weight and one for the label, with the value in the lowest six bits.
_VALUE_BITS = 0x3F

# Gathered values: weight in the low byte, label in the high one, and a bit that marks synapses that a view has.
_LABEL_SHIFT, _MARK = 8, 0x80


class Synapses(NamedTuple):
    """Synapses of a view.

    Attributes
    ----------
    descriptor : int
        Vertex in the graph.
    hemisphere : int
        0 top, 1 bottom.
    rows, columns : ndarray of int
        Synapse rows and columns that the view has.
    index_row, index_column : ndarray of int
        Indices of the synapses into these, which broadcast to the shape of the values.
    weights, labels : ndarray of int
        Values, 0..63.
    """

    descriptor: int
    hemisphere: int
    rows: np.ndarray
    columns: np.ndarray
    index_row: np.ndarray
    index_column: np.ndarray
    weights: np.ndarray
    labels: np.ndarray


def write_synapses(chip: lola.Chip, views: Sequence[Synapses], describe: Callable[[int], str]) -> None:
    """Write weights and labels of views into a chip in which all are 0.

    Raises
    ------
    ConfigurationConflict
        Two views give a synapse different weights or labels.
    """
    for hemisphere, block in enumerate(chip.synapse_blocks):
        own = [view for view in views if view.hemisphere == hemisphere]
        if own:
            _write_hemisphere(block.matrix, own, describe)


def _write_hemisphere(matrix: Any, views: Sequence[Synapses], describe: Callable[[int], str]) -> None:
    order = _order()
    gathered = np.zeros(_ROWS * _COLUMNS, np.uint16)
    total = 0
    for view in views:
        rows, columns = order.rows.take(view.rows), order.columns.take(view.columns)
        place = rows.take(view.index_row) + columns.take(view.index_column)
        gathered[place] = view.labels.astype(np.uint16) << _LABEL_SHIFT | view.weights | _MARK
        total += place.size
    if np.count_nonzero(gathered) != total:
        _check(views, describe)
    weights = gathered.astype(np.uint8).tobytes().translate(order.weight_codes)
    labels = (gathered >> _LABEL_SHIFT).astype(np.uint8)
    # Words of weights and of labels take turns.
    image = matrix._words.reshape(-1, 2)
    image[:, order.words[0]] |= np.frombuffer(weights, np.uint32)
    image[:, order.words[1]] |= labels.view(np.uint32)


class _Order(NamedTuple):
    """Order of the synapses in the image of a hemisphere.

    The number of a synapse is the sum of one part that depends on the row and one on the column. Pairs of words have
    the weights and the labels of four synapses: `words` tells which one has which. The byte that is stored for a
    weight, with or without the mark, is in `weight_codes`.
    """

    rows: np.ndarray
    columns: np.ndarray
    words: tuple[int, int]
    weight_codes: bytes


@cache
def _order() -> _Order:
    weights, labels = (_pieces(name) for name in ("weights", "labels"))
    byte = weights.lsb // 8 if sys.byteorder == "little" else 3 - weights.lsb // 8
    number = weights.word // 2 * 4 + byte
    words = (int(weights.word[0, 0] % 2), int(labels.word[0, 0] % 2))
    codes = np.asarray(WEIGHT.encode(np.arange(256) & _VALUE_BITS)).astype(np.uint8)
    return _Order(number[:, 0].copy(), number[0] - number[0, 0], words, codes.tobytes())


def _pieces(name: str) -> ArrayPiece:
    location: Any = SynapseQuad._fields[name].location
    return in_columns(SynapseQuad, location, _ROWS).pieces[0]


def _check(views: Sequence[Synapses], describe: Callable[[int], str]) -> None:
    """Raise ConfigurationConflict if views give a synapse different values; equal ones may be given twice."""
    owner = np.full((_ROWS, _COLUMNS), -1)
    values = np.zeros((_ROWS, _COLUMNS), np.int64)
    for view in views:
        rows, columns = np.broadcast_arrays(view.rows[view.index_row], view.columns[view.index_column])
        wanted = np.broadcast_to((view.labels.astype(np.int64) << _LABEL_SHIFT) + view.weights, rows.shape)
        other = (owner[rows, columns] >= 0) & (values[rows, columns] != wanted)
        values[rows, columns], owner_before = wanted, owner[rows, columns]
        # A view with the same synapse twice contradicts itself.
        itself = values[rows, columns] != wanted
        if other.any() or itself.any():
            i = tuple(np.argwhere(other | itself)[0])
            first = owner_before[i] if other[i] else view.descriptor
            raise ConfigurationConflict(
                f"{describe(int(first))} and {describe(view.descriptor)} give different weights or labels to the "
                f"synapse in row {rows[i]} and column {columns[i]} of hemisphere {view.hemisphere}"
            )
        owner[rows, columns] = view.descriptor
