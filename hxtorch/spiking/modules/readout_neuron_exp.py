"""Leaky integrators with factors per step in place of time constants."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import halco
import hxtorch.spiking.functional as F
import lola
from hxtorch.spiking.handle import LIObservables
from hxtorch.spiking.modules.types.population import Population

if TYPE_CHECKING:
    from hxtorch.spiking.experiment import Experiment


class ReadoutNeuronExp(Population):
    """Neurons that do not fire, integrated with the exponential Euler method. Deprecated: use `LI`.

    Parameters
    ----------
    size, experiment, **parameters
        As for `NeuronExp`.
    """

    output_type = LIObservables

    def __init__(self, size: int, experiment: Experiment, **parameters: Any) -> None:
        warnings.warn("ReadoutNeuronExp is deprecated, use LI", DeprecationWarning, stacklevel=2)
        super().__init__(size, experiment, **{**parameters, "fire": False, "enable_spike_recording": False})

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:  # type: ignore[override]
        """Membranes and currents (time, batch, size) for `graded_spikes`, see `AELIF.forward_func`."""
        membrane, current, madc = F.exp_cuba_li_integration(
            sum(handle.graded_spikes for handle in input), leak=self.leak.model_value,
            tau_syn_exp=self.tau_syn.model_value, tau_mem_exp=self.tau_mem.model_value, hw_data=hw_data)
        return LIObservables(membrane_cadc=membrane, current=current, membrane_madc=madc)

    def configure_hw_entity(
        self, neuron_id: int, neuron_block: lola.NeuronBlock, coord: halco.LogicalNeuronOnDLS
    ) -> lola.NeuronBlock:
        neuron_block = super().configure_hw_entity(neuron_id, neuron_block, coord)
        self.neuron_structure.disable_spiking(coord, neuron_block)
        return neuron_block
