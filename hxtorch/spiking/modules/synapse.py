"""Synapses between all neurons of two populations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

import hxtorch.spiking.functional as F
from grenade.network import PlasticityRule
from hxtorch.spiking.handle import SynapseHandle
from hxtorch.spiking.modules.hx_module import ChipCoordinate
from hxtorch.spiking.modules.types.projection import Projection
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment


class Synapse(Projection):
    """Dense weights between two populations, see `Projection`.

    The model uses the weights as they are; `transform` makes those of the chip.
    """

    def __init__(
        self, in_features: int, out_features: int, experiment: Experiment,
        execution_instance: ExecutionInstance | None = None, chip_coordinate: ChipCoordinate | None = None,
        device: Any = None, dtype: Any = None, transform: Callable[..., torch.Tensor] = linear_saturating,
        plasticity_rule: PlasticityRule | None = None,
    ) -> None:
        super().__init__(
            in_features, out_features, experiment, execution_instance, chip_coordinate, device, dtype, transform,
            plasticity_rule)

    def forward_func(self, input: Any) -> Any:  # type: ignore[override]
        """Weighted sums of spikes.

        Parameters
        ----------
        input : Handle
            `spikes` (time, batch, in_features).

        Returns
        -------
        SynapseHandle
            `graded_spikes` (time, batch, out_features).
        """
        return SynapseHandle(graded_spikes=F.linear(input.spikes, self.weight))
