"""Synapses between some neurons of two populations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import SynapseHandle
from hxtorch.spiking.modules.hx_module import ChipCoordinate
from hxtorch.spiking.modules.types.projection import Projection
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment


class SparseSynapse(Projection):
    """Weights of some connections between two populations. Only these take synapses on the chip.

    Parameters
    ----------
    connections : torch.Tensor of shape (in_features, out_features), dense or sparse
        Connections are where it is not zero.
    experiment, execution_instance, chip_coordinate, device, dtype, transform
        As for `Projection`.

    Attributes
    ----------
    mask : torch.Tensor of bool, shape (out_features, in_features)
        The connections. Weights elsewhere are 0.

    Raises
    ------
    ValueError
        `connections` has another number of dimensions.
    """

    mask: torch.Tensor

    def __init__(
        self, connections: torch.Tensor, experiment: Experiment, execution_instance: ExecutionInstance | None = None,
        chip_coordinate: ChipCoordinate | None = None, device: Any = None, dtype: Any = None,
        transform: Callable[..., torch.Tensor] = linear_saturating,
    ) -> None:
        if connections.ndim != 2:
            raise ValueError(f"connections have the shape {tuple(connections.shape)}, expected two dimensions")
        dense = connections.to_dense() if connections.layout != torch.strided else connections
        mask = (dense != 0).t().contiguous().to(device)
        super().__init__(
            mask.shape[1], mask.shape[0], experiment, execution_instance, chip_coordinate, device, dtype, transform)
        self.register_buffer("mask", mask, persistent=False)
        self.weight.data *= mask

    def connections(self) -> tuple[np.ndarray, np.ndarray]:
        post, pre = np.nonzero(self.mask.cpu().numpy())
        return pre, post

    def _of_connections(self, weights: np.ndarray) -> np.ndarray:
        chosen: np.ndarray = weights[self.mask.cpu().numpy()]
        return chosen

    def forward_func(self, input: Any) -> Any:  # type: ignore[override]
        """Weighted sums of spikes; weights that belong to no connection are set to 0.

        Parameters
        ----------
        input : Handle
            `spikes` (time, batch, in_features).

        Returns
        -------
        SynapseHandle
            `graded_spikes` (time, batch, out_features).
        """
        return SynapseHandle(graded_spikes=F.linear_sparse(input.spikes, self.weight, self.mask))
