"""Leaky integrate-and-fire neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import halco
from hxtorch.spiking.modules.aelif import AELIF
from hxtorch.spiking.modules.types.population import PerNeuron
from hxtorch.spiking.morphology import Morphology

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment


class LIF(AELIF):
    """Neurons with current-based inputs, leak and threshold, see `AELIF`."""

    def __init__(
        self, size: int, experiment: Experiment, leak: Any = 80, reset: Any = 80, threshold: Any = 125,
        tau_mem: Any = 10e-6, tau_syn: Any = 10e-6, i_synin_gm: Any = 500, membrane_capacitance: Any = None,
        refractory_time: Any = 1e-6, synapse_dac_bias: Any = 600, holdoff_time: Any = 0e-6,
        method: str = "superspike", alpha: float = 50.0, execution_instance: ExecutionInstance | None = None,
        enable_spike_recording: bool = True, enable_cadc_recording: bool = True,
        enable_cadc_recording_placement_in_dram: bool = False, enable_madc_recording: bool = False,
        record_neuron_id: int | None = None, placement_constraint: Sequence[halco.LogicalNeuronOnDLS] | None = None,
        trace_offset: PerNeuron = 0.0, trace_scale: PerNeuron = 1.0, cadc_time_shift: int = 0,
        shift_cadc_to_first: bool = False, interpolation_mode: str = "linear",
        neuron_structure: Morphology | None = None, leaky: bool = True, fire: bool = True, exponential: bool = False,
        subthreshold_adaptation: bool = False, spike_triggered_adaptation: bool = False, **extra_params: Any,
    ) -> None:
        super().__init__(
            size, experiment, leak=leak, reset=reset, threshold=threshold, tau_mem=tau_mem, tau_syn=tau_syn,
            i_synin_gm=i_synin_gm, membrane_capacitance=membrane_capacitance, refractory_time=refractory_time,
            synapse_dac_bias=synapse_dac_bias, holdoff_time=holdoff_time, method=method, alpha=alpha,
            execution_instance=execution_instance, enable_spike_recording=enable_spike_recording,
            enable_cadc_recording=enable_cadc_recording,
            enable_cadc_recording_placement_in_dram=enable_cadc_recording_placement_in_dram,
            enable_madc_recording=enable_madc_recording, record_neuron_id=record_neuron_id,
            placement_constraint=placement_constraint, trace_offset=trace_offset, trace_scale=trace_scale,
            cadc_time_shift=cadc_time_shift, shift_cadc_to_first=shift_cadc_to_first,
            interpolation_mode=interpolation_mode, neuron_structure=neuron_structure, leaky=leaky, fire=fire,
            exponential=exponential, subthreshold_adaptation=subthreshold_adaptation,
            spike_triggered_adaptation=spike_triggered_adaptation, **extra_params)
