"""Neurons that are left out for a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules.hx_module import HXFunctionalModule

if TYPE_CHECKING:
    from hxtorch.spiking.experiment import Experiment


class BatchDropout(HXFunctionalModule):
    """Leaves out neurons at random, the same ones for all entries of a batch; behind a population that fires.

    On the chip the neurons that are left out send no spikes. In evaluation mode nothing is left out.

    Parameters
    ----------
    size : int
        Number of neurons.
    dropout : float
        Probability of a neuron to be left out.
    experiment : Experiment
        Experiment that the module belongs to.

    Raises
    ------
    ValueError
        The probability is not between 0 and 1.
    """

    output_type = LIFObservables

    def __init__(self, size: int, dropout: float, experiment: Experiment) -> None:
        super().__init__(experiment)
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout is {dropout}, expected a probability from 0 to 1")
        self.size, self.dropout = size, dropout
        self._mask = torch.ones(size, dtype=torch.bool)

    def set_mask(self) -> torch.Tensor:
        """Draw who stays, bool, (size,)."""
        if self.training:
            self._mask = torch.rand(self.size) > self.dropout
        else:
            self._mask = torch.ones(self.size, dtype=torch.bool)
        return self._mask

    @property
    def mask(self) -> torch.Tensor:
        """Who stays in the present run, bool, (size,)."""
        return self._mask

    def forward_func(self, input: Any) -> Any:  # type: ignore[override]
        """Spikes (time, batch, size) of the neurons that stay."""
        return LIFObservables(spikes=F.batch_dropout(input.spikes, self._mask.to(input.spikes.device)))

    def extra_repr(self) -> str:
        return f"size={self.size}, dropout={self.dropout}"
