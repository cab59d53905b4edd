"""Spikes from data of the neuromorphic intermediate representation (NIR)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hxtorch.spiking.utils.nir_package import require_nir

if TYPE_CHECKING:
    import nir

# Multiples of the time step, which floats do not hit exactly.
TOLERANCE = 1e-6


def from_nir_data(data: nir.NIRGraphData, model: Any) -> dict[str, torch.Tensor]:
    """Spikes of the nodes in NIR data, on the time grid of a model.

    Parameters
    ----------
    data : nir.NIRGraphData
        Nodes with the observable `spikes`: events, or a time grid [batch, time, neurons].
    model : torch.nn.Module
        With its experiment as the attribute `exp`, whose `dt` is in the unit of the data's times.

    Returns
    -------
    dict
        [time, batch, neurons] by node; 1 where there is a spike, float32.

    Raises
    ------
    ImportError
        The package `nir` is not installed.
    ValueError
        Another time step, or events of neurons or at times that there are not.
    NotImplementedError
        Nodes that are graphs, or without spikes.
    """
    nir = require_nir()
    spikes = {}
    for name, node in data.nodes.items():
        if not isinstance(node, nir.NIRNodeData) or "spikes" not in node.observables:
            raise NotImplementedError(f"node {name!r} has no spikes")
        observable = node.observables["spikes"]
        if isinstance(observable, nir.TimeGriddedData):
            grid = _checked_grid(name, observable, model.exp.dt)
        else:
            grid = _binned(name, observable, model.exp.dt)
        spikes[name] = torch.from_numpy(np.ascontiguousarray(grid.transpose(1, 0, 2), dtype=np.float32))
    return spikes


def _checked_grid(name: str, data: nir.TimeGriddedData, dt: float) -> np.ndarray:
    if not np.isclose(data.dt, dt, rtol=TOLERANCE, atol=0):
        raise ValueError(f"spikes of node {name!r} are on a grid of {data.dt} s, the model on one of {dt} s")
    return data.data


def _binned(name: str, data: nir.EventData, dt: float) -> np.ndarray:
    """Events on a grid: [batch, time, neurons]. Several events of a neuron in a time step count once."""
    steps = int(np.ceil(data.t_max / dt - TOLERANCE))
    entry, number = np.nonzero(data.idx != -1)
    neuron, time = data.idx[entry, number], data.time[entry, number]
    step = np.floor(time / dt + TOLERANCE)
    if len(neuron) and not (neuron.min() >= 0 and neuron.max() < data.n_neurons):
        raise ValueError(f"events of node {name!r} name neurons {neuron.min()} to {neuron.max()} of {data.n_neurons}")
    if not np.all((step >= 0) & (step < steps)):
        raise ValueError(
            f"events of node {name!r} are at {time.min()} to {time.max()} s, not from 0 to before t_max, {data.t_max} s"
        )
    grid = np.zeros((data.n_samples, steps, data.n_neurons), dtype=bool)
    grid[entry, step.astype(np.int64), neuron] = True
    return grid
