"""Which circuits share a membrane, and which are joined by a somatic line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

if TYPE_CHECKING:
    from chipsim.parameters import NeuronParameters

_COLUMNS = 256
DIRECT = -1.0


def compartments(p: NeuronParameters) -> tuple[list[np.ndarray[Any, Any]], list[list[tuple[int, float]]]]:
    """Connected circuits.

    Parameters
    ----------
    p : NeuronParameters
        Connections and conductances.

    Returns
    -------
    groups : list of ndarray of int
        Circuits with one membrane, two or more in a group.
    lines : list of list of (int, float)
        Somatic lines through which current can flow: circuits with their conductance in µS, `DIRECT` for the
        compartment that the line is part of.
    """
    membranes, soma = nx.Graph(), nx.Graph()
    right = np.arange(512) % _COLUMNS < _COLUMNS - 1
    for i in np.flatnonzero(p.membrane_right & right).tolist():
        membranes.add_edge(i, i + 1)
    for i in np.flatnonzero(p.bottom).tolist():
        membranes.add_edge(i, (i + _COLUMNS) % 512)
    for i in np.flatnonzero(p.soma_right & right).tolist():
        soma.add_edge(i, i + 1)
    wired = []
    for line in nx.connected_components(soma):
        direct = sorted(i for i in line if p.soma[i])
        for a, b in zip(direct, direct[1:], strict=False):
            membranes.add_edge(a, b)
        wired.append((direct, sorted(line)))
    groups = [np.array(sorted(g)) for g in nx.connected_components(membranes)]
    lines = []
    for direct, members in wired:
        ends = [(i, float(p.g_icc[i])) for i in members if p.g_icc[i] > 0 and not p.soma[i]]
        if direct:
            ends.insert(0, (direct[0], DIRECT))
        if len(ends) > 1:
            lines.append(ends)
    return groups, lines
