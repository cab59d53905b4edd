"""Data of the neuromorphic intermediate representation (NIR) from spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from hxtorch.spiking.utils.nir_package import require_nir

if TYPE_CHECKING:
    import nir


def to_nir_data(spikes: dict[str, torch.Tensor], model: Any) -> nir.NIRGraphData:
    """NIR data with the spikes of nodes on a time grid.

    Parameters
    ----------
    spikes : dict
        [time, batch, neurons] by node, of 0 and 1.
    model : torch.nn.Module
        With its experiment as the attribute `exp`, whose `dt` is that of the grid.

    Raises
    ------
    ImportError
        The package `nir` is not installed.
    ValueError
        Another number of dimensions, or values that are neither 0 nor 1.
    """
    nir = require_nir()
    nodes = {}
    for name, tensor in spikes.items():
        if tensor.dim() != 3:
            raise ValueError(f"spikes of node {name!r} have shape {tuple(tensor.shape)}, not [time, batch, neurons]")
        present = tensor != 0
        if not torch.equal(present.to(tensor.dtype), tensor):
            raise ValueError(f"spikes of node {name!r} have values other than 0 and 1")
        grid = nir.TimeGriddedData(present.detach().cpu().numpy().transpose(1, 0, 2).copy(), model.exp.dt)
        nodes[name] = nir.NIRNodeData({"spikes": grid})
    return nir.NIRGraphData(nodes)
