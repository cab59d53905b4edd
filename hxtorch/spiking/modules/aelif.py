"""Adaptive exponential leaky integrate-and-fire neurons, from which the simpler ones are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

import halco
import hxtorch.spiking.functional as F
import lola
from hxtorch.spiking.handle import handle_class
from hxtorch.spiking.modules.hx_module import ChipCoordinate
from hxtorch.spiking.modules.types.population import PerNeuron, Population
from hxtorch.spiking.morphology import Morphology
from hxtorch.spiking.parameter import HXTransformedModelParameter, Parameter
from hxtorch.spiking.utils.readout_source import ReadoutSource

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment

MODEL_CAPACITANCE = 10e-6
"""Membrane capacitance of the model that is the full one of the chip."""

FULL_CAPACITANCE = 63


def default_capacitance() -> HXTransformedModelParameter:
    """A capacitance of 10e-6 in the model, which is 63 on the chip."""
    return HXTransformedModelParameter(MODEL_CAPACITANCE, lambda c: c / MODEL_CAPACITANCE * FULL_CAPACITANCE)


class AELIF(Population):
    """Neurons with current-based inputs, leak, threshold, exponential current and adaptation.

    Parameters
    ----------
    size, experiment
        As for `Population`, as are all parameters that are not listed here.
    method, alpha : str, float
        Gradient of the threshold, see `hxtorch.spiking.functional.threshold`.
    exponential_slope, exponential_threshold : number, tensor or parameter
        Of the exponential current; on the chip its bias and its voltage, CapMem LSB.
    subthreshold_adaptation_strength, spike_triggered_adaptation_increment : number, tensor or parameter
        Of the adaptation; on the chip biases with a sign, CapMem LSB.
    clock_scale_adaptation_pulse : tuple of int
        Pulses of the adaptation last 2^(value + 1) / 250e6 s, by hemisphere.
    tau_adap : number, tensor or parameter
        Time constant of the adaptation, s; on the chip its bias, CapMem LSB.
    leak_adaptation : number, tensor or parameter, optional
        Potential at which there is no adaptation, on the chip only, CapMem LSB. Default that of the leak.
    leaky, fire, exponential, subthreshold_adaptation, spike_triggered_adaptation : bool
        Terms of the equations that there are.
    **extra_params
        As for `Population`.
    """

    hardware_attributes = Population.hardware_attributes | {
        "leaky", "exponential", "subthreshold_adaptation", "spike_triggered_adaptation",
    }

    exponential_slope: Parameter
    exponential_threshold: Parameter
    subthreshold_adaptation_strength: Parameter
    spike_triggered_adaptation_increment: Parameter
    clock_scale_adaptation_pulse: Parameter
    tau_adap: Parameter
    leak_adaptation: Parameter

    def __init__(
        self, size: int, experiment: Experiment, leak: Any = 80, reset: Any = 80, threshold: Any = 125,
        tau_mem: Any = 10e-6, tau_syn: Any = 10e-6, i_synin_gm: Any = 500, membrane_capacitance: Any = None,
        refractory_time: Any = 1e-6, synapse_dac_bias: Any = 600, holdoff_time: Any = 0e-6,
        method: str = "superspike", alpha: float = 50.0, exponential_slope: Any = 50e-3,
        exponential_threshold: Any = 110, subthreshold_adaptation_strength: Any = 1,
        spike_triggered_adaptation_increment: Any = 1, clock_scale_adaptation_pulse: Any = (5, 5),
        tau_adap: Any = 100e-6, leak_adaptation: Any = None, execution_instance: ExecutionInstance | None = None,
        chip_coordinate: ChipCoordinate | None = None, enable_spike_recording: bool = True,
        enable_cadc_recording: bool = True, enable_cadc_recording_placement_in_dram: bool = False,
        enable_madc_recording: bool = False, record_neuron_id: int | None = None,
        cadc_readout_source: ReadoutSource = ReadoutSource.VOLTAGE,
        madc_readout_source: ReadoutSource = ReadoutSource.VOLTAGE,
        placement_constraint: Sequence[halco.LogicalNeuronOnDLS] | None = None, trace_offset: PerNeuron = 0.0,
        trace_scale: PerNeuron = 1.0, cadc_time_shift: int = 0, shift_cadc_to_first: bool = False,
        interpolation_mode: str = "linear", neuron_structure: Morphology | None = None, leaky: bool = True,
        fire: bool = True, exponential: bool = True, subthreshold_adaptation: bool = True,
        spike_triggered_adaptation: bool = True, **extra_params: Any,
    ) -> None:
        self._choose_output(fire, subthreshold_adaptation or spike_triggered_adaptation)
        super().__init__(
            size, experiment, leak, reset, threshold, tau_mem, tau_syn, i_synin_gm,
            default_capacitance() if membrane_capacitance is None else membrane_capacitance, refractory_time,
            synapse_dac_bias, holdoff_time, execution_instance, chip_coordinate, enable_spike_recording,
            enable_cadc_recording, enable_cadc_recording_placement_in_dram, enable_madc_recording, record_neuron_id,
            cadc_readout_source, madc_readout_source, placement_constraint, trace_offset, trace_scale,
            cadc_time_shift, shift_cadc_to_first, interpolation_mode, neuron_structure, fire, **extra_params)
        self._set_parameters(
            exponential_slope=exponential_slope, exponential_threshold=exponential_threshold,
            subthreshold_adaptation_strength=subthreshold_adaptation_strength,
            spike_triggered_adaptation_increment=spike_triggered_adaptation_increment,
            clock_scale_adaptation_pulse=clock_scale_adaptation_pulse, tau_adap=tau_adap,
            leak_adaptation=leak_adaptation)
        self.method, self.alpha = method, alpha
        self.leaky, self.exponential = leaky, exponential
        self.subthreshold_adaptation = subthreshold_adaptation
        self.spike_triggered_adaptation = spike_triggered_adaptation

    @property
    def adapts(self) -> bool:
        """Whether there is an adaptation current."""
        return self.subthreshold_adaptation or self.spike_triggered_adaptation

    def _choose_output(self, fire: bool, adapts: bool) -> None:
        """Fields of the output handle, before it is made."""
        fields = ["current", "membrane_cadc", "membrane_madc"]
        fields += ["adaptation_cadc", "adaptation_madc"] if adapts else []
        fields += ["spikes"] if fire else []
        object.__setattr__(self, "output_type", handle_class(*fields))

    # -- model -----------------------------------------------------------------------------------------------------

    def forward_func(self, *input: Any, hw_data: Any = None) -> Any:
        """Membranes, currents and spikes of the model, or of the chip with the gradients of the model.

        Parameters
        ----------
        *input : SynapseHandle
            `graded_spikes` (time, batch, size) each.
        hw_data : Handle, optional
            What `post_process` gave.

        Returns
        -------
        Handle
            (time, batch, size) each; MADC samples as they are.
        """
        def value(name: str) -> Any:
            return getattr(self, name).model_value

        terms = {
            "leaky": self.leaky, "fire": self.fire, "refractory": _nonzero(value("refractory_time")),
            "exponential": self.exponential, "subthreshold_adaptation": self.subthreshold_adaptation,
            "spike_triggered_adaptation": self.spike_triggered_adaptation,
        }
        capacitance = value("membrane_capacitance")
        membrane, membrane_madc, current, adaptation, adaptation_madc, spikes = F.cuba_aelif_integration(
            tuple(handle.graded_spikes for handle in input), leak=value("leak"), reset=value("reset"),
            threshold=value("threshold"), tau_syn=value("tau_syn"), c_mem=capacitance,
            g_l=capacitance / value("tau_mem"), refractory_time=value("refractory_time"), method=self.method,
            alpha=self.alpha, exp_slope=value("exponential_slope"), exp_threshold=value("exponential_threshold"),
            subthreshold_adaptation_strength=value("subthreshold_adaptation_strength"),
            spike_triggered_adaptation_increment=value("spike_triggered_adaptation_increment"),
            tau_adap=value("tau_adap"), hw_data=hw_data, dt=self.experiment.dt, **terms,
            integration_step_code=F.CuBaStepCode(**terms, **_injected(hw_data)).generate())
        found = {"current": current, "membrane_cadc": membrane, "membrane_madc": membrane_madc}
        if self.adapts:
            found |= {"adaptation_cadc": adaptation, "adaptation_madc": adaptation_madc}
        if self.fire:
            found["spikes"] = spikes
        return self.output_type(**found)

    # -- on the chip -----------------------------------------------------------------------------------------------

    def configure_hw_entity(
        self, neuron_id: int, neuron_block: lola.NeuronBlock, coord: halco.LogicalNeuronOnDLS
    ) -> lola.NeuronBlock:
        """Write the settings of one neuron that do not come from the calibration, see `Population`.

        Exponential current and adaptation have no calibration: their hardware values are CapMem LSB.
        """
        neuron_block = super().configure_hw_entity(neuron_id, neuron_block, coord)
        structure = self.neuron_structure
        if not self.leaky:
            structure.disable_leak(coord, neuron_block)
        if self.fire:
            structure.set_spike_recording(bool(self.mask[neuron_id]), coord, neuron_block)
        else:
            structure.disable_spiking(coord, neuron_block)
        if self.exponential:
            structure.set_exponential_params(
                coord, neuron_block, self._raw("exponential_slope", neuron_id),
                self._raw("exponential_threshold", neuron_id))
        if self.adapts:
            structure.set_adaptation_base_params(coord, neuron_block, self._raw("tau_adap", neuron_id))
        if self.subthreshold_adaptation:
            structure.set_subthreshold_adaptation_strength(
                coord, neuron_block, self._raw("subthreshold_adaptation_strength", neuron_id),
                self._raw("leak_adaptation", neuron_id))
        if self.spike_triggered_adaptation:
            structure.set_spike_triggered_adaptation_increment(
                coord, neuron_block, self._raw("spike_triggered_adaptation_increment", neuron_id),
                self.clock_scale_adaptation_pulse.hardware_value)
        return neuron_block

    def _raw(self, name: str, neuron_id: int) -> Any:
        """Hardware value of a parameter for one neuron."""
        value = getattr(self, name).hardware_value
        if torch.is_tensor(value):
            return value.reshape(-1)[neuron_id if value.numel() > 1 else 0].item()
        return value


def _injected(hw_data: Any) -> dict[str, bool]:
    """Which data of the chip take the place of the model's."""
    if hw_data is None:
        return {}
    return {
        "hw_voltage_trace_available": hw_data.voltage.cadc is not None,
        "hw_adaptation_trace_available": hw_data.adaptation.cadc is not None,
        "hw_spikes_available": hw_data.spikes is not None,
    }


def _nonzero(value: Any) -> bool:
    return bool((value != 0).any()) if torch.is_tensor(value) else value != 0
