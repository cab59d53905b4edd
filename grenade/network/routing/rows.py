"""Synapse rows of groups of sources, and the place of every synapse on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import halco
import haldls
from grenade.network.routing.groups import Membership, SourceGroup
from grenade.network.routing.label_allocation import Allocation
from grenade.network.routing.partition import rank_in_group
from grenade.network.routing.sources import Synapses

_SynapseDriver = haldls.SynapseDriverConfig
_MODES = (_SynapseDriver.RowMode.excitatory, _SynapseDriver.RowMode.inhibitory)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows in use.

    Attributes
    ----------
    row : ndarray of int64, shape (groups, 2, 64)
        Rows (0..511) of each group on each hemisphere, excitatory ones first; -1 behind the last.
    count : ndarray of int64, shape (groups, 2, 2)
        Number of rows by group, hemisphere and receptor type.
    compare_masks : dict of halco.SynapseDriverOnDLS to RowAddressCompareMask
        Masks of the drivers in use.
    modes : dict of halco.SynapseRowOnDLS to RowMode
        Modes of both rows of the drivers in use.
    """

    row: NDArray[np.int64]
    count: NDArray[np.int64]
    compare_masks: dict[Any, Any]
    modes: dict[Any, Any]


def allocate_rows(groups: Sequence[SourceGroup], allocations: Sequence[Allocation], count: NDArray[np.int64]) -> Rows:
    """Rows of the drivers of each group: in ascending order first the excitatory ones, then the inhibitory ones.

    Parameters
    ----------
    groups, allocations : sequences of the same length
        Groups of sources with their synapse drivers.
    count : ndarray of int64, shape (groups, 2, 2)
        Rows needed by group, hemisphere and receptor type.
    """
    row = np.full((len(groups), 2, 64), -1, dtype=np.int64)
    compare_masks, modes = {}, {}
    for number, (group, allocation) in enumerate(zip(groups, allocations, strict=True)):
        for bus in group.buses:
            hemisphere = bus // 4
            excitatory, both = int(count[number, hemisphere, 0]), int(count[number, hemisphere].sum())
            place = 0
            for each in allocation.on_bus(bus):
                driver = 128 * hemisphere + 4 * each.driver + bus % 4
                mask = _SynapseDriver.RowAddressCompareMask(each.mask)
                compare_masks[halco.SynapseDriverOnDLS(halco.Enum(driver))] = mask
                for synapse_row in (2 * driver, 2 * driver + 1):
                    mode = _MODES[place >= excitatory] if place < both else _SynapseDriver.RowMode.disabled
                    modes[halco.SynapseRowOnDLS(halco.Enum(synapse_row))] = mode
                    if place < both:
                        row[number, hemisphere, place] = synapse_row
                    place += 1
    return Rows(row, count, compare_masks, modes)


def place_synapses(
    synapses: Synapses, membership: Membership, rows: Rows
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row (0..511), column (0..255) and synapse label (0..63) of every synapse, int64, shape (m,) each.

    The n-th synapse of a circuit from a group, in order of projection and connection, lies in the n-th row of its
    receptor type.
    """
    hemisphere = synapses.hemisphere
    group = membership.group[synapses.source, hemisphere]
    turn = rank_in_group((group * 2 + synapses.inhibitory) * 512 + synapses.circuit)
    place = turn + np.where(synapses.inhibitory, rows.count[group, hemisphere, 0], 0)
    return rows.row[group, hemisphere, place], synapses.circuit % 256, membership.member[synapses.source, hemisphere]
