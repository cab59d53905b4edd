"""Settings of the crossbar's nodes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import halco
import haldls

BOTTOM_BIT = 1 << 13
"""Bit of the neuron label by which events of the host choose the bottom hemisphere."""

EXTERNAL_RECORDED_BIT = 1 << 12
"""Bit of the neuron label with which events of the host are looped back to it."""

BACKGROUND_RECORDED_BIT = 1 << 11
"""Bit of the neuron label with which events of background generators reach the host."""

PASS_ALL = (0, 0)
DROP_ALL = (0, 1)
"""Mask and target: an event passes if label & mask == target, so a target outside the mask lets nothing pass."""


def _settings(
    internal: NDArray[np.bool_], recorded: NDArray[np.bool_]
) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Crossbar output, crossbar input, and mask and target, for all nodes."""
    for event_output in range(8):
        for hemisphere in range(2):
            node = PASS_ALL if internal[event_output, hemisphere] else DROP_ALL
            yield 4 * hemisphere + event_output % 4, event_output, node
        yield 8 + event_output % 4, event_output, PASS_ALL if recorded[event_output] else DROP_ALL
    for spl1 in range(4):
        for bus in range(8):
            target = (BOTTOM_BIT, BOTTOM_BIT * (bus // 4))
            yield bus, 8 + spl1, target if bus % 4 == spl1 else DROP_ALL
        yield 8 + spl1, 8 + spl1, (EXTERNAL_RECORDED_BIT, EXTERNAL_RECORDED_BIT)
    for generator in range(8):
        yield generator, 12 + generator, PASS_ALL
        yield 8 + generator % 4, 12 + generator, (BACKGROUND_RECORDED_BIT, BACKGROUND_RECORDED_BIT)


def crossbar_nodes(
    internal: NDArray[np.bool_], recorded: NDArray[np.bool_]
) -> dict[halco.CrossbarNodeOnDLS, haldls.CrossbarNode]:
    """Settings of all 76 nodes.

    Parameters
    ----------
    internal : ndarray of bool, shape (8, 2)
        Whether an event output has connections to targets on a hemisphere (top, bottom); if not, its events are kept
        off the PADI bus there.
    recorded : ndarray of bool, shape (8,)
        Whether an event output carries events for the host.
    """
    nodes = {}
    for output, source, (mask, target) in _settings(internal, recorded):
        node = haldls.CrossbarNode()
        node.mask, node.target = mask, target
        nodes[halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(output), halco.CrossbarInputOnDLS(source))] = node
    return nodes
