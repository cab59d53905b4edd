"""Leaky integrate-and-fire neurons with factors per step in place of time constants."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import halco
import hxtorch.spiking.functional as F
import lola
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules.types.population import Population

if TYPE_CHECKING:
    from hxtorch.spiking.experiment import Experiment


class NeuronExp(Population):
    """Neurons that fire, integrated with the exponential Euler method. Deprecated: use `LIF`.

    Parameters
    ----------
    size, experiment, **parameters
        As for `Population`. The model values of `tau_mem` and `tau_syn` are factors per time step, exp(-dt / tau),
        their hardware values seconds: `HXTransformedModelParameter(exp(-dt / tau), lambda factor: -dt / log(factor))`.
    method, alpha : str, float
        Gradient of the threshold, see `hxtorch.spiking.functional.threshold`.
    """

    output_type = LIFObservables

    def __init__(
        self, size: int, experiment: Experiment, *, method: str = "superspike", alpha: float = 50.0, **parameters: Any
    ) -> None:
        warnings.warn("NeuronExp is deprecated, use LIF", DeprecationWarning, stacklevel=2)
        super().__init__(size, experiment, **parameters)
        self.method, self.alpha = method, alpha

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:  # type: ignore[override]
        """Membranes, currents and spikes (time, batch, size) for `graded_spikes`, see `AELIF.forward_func`."""
        spikes, membrane, current, madc = F.exp_cuba_lif_integration(
            sum(handle.graded_spikes for handle in input), leak=self.leak.model_value, reset=self.reset.model_value,
            threshold=self.threshold.model_value, tau_syn_exp=self.tau_syn.model_value,
            tau_mem_exp=self.tau_mem.model_value, method=self.method, alpha=self.alpha, hw_data=hw_data)
        return LIFObservables(spikes=spikes, membrane_cadc=membrane, current=current, membrane_madc=madc)

    def configure_hw_entity(
        self, neuron_id: int, neuron_block: lola.NeuronBlock, coord: halco.LogicalNeuronOnDLS
    ) -> lola.NeuronBlock:
        neuron_block = super().configure_hw_entity(neuron_id, neuron_block, coord)
        self.neuron_structure.set_spike_recording(bool(self.mask[neuron_id]), coord, neuron_block)
        return neuron_block
