"""Populations of neurons on the chip: parameters, place, recordings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import halco
import lola
from grenade.common import AtomicNeuronOnExecutionInstance, PopulationOnNetwork
from grenade.network import CADCRecording, MADCRecording, NetworkBuilder
from grenade.network import Population as NetworkPopulation
from grenade.network.recording import Source
from hxtorch.spiking.backend.dense import MODES
from hxtorch.spiking.calibration_params import from_target, to_target
from hxtorch.spiking.handle import AnalogObservable, handle_class
from hxtorch.spiking.modules.hx_module import ChipCoordinate
from hxtorch.spiking.modules.types.base_population import BasePopulation, InputPopulation
from hxtorch.spiking.modules.types.projection import EXCITATORY, INHIBITORY
from hxtorch.spiking.modules.types.traces import to_model
from hxtorch.spiking.morphology import Morphology, SingleCompartmentNeuron
from hxtorch.spiking.observables import HardwareObservables
from hxtorch.spiking.parameter import HXParameter, Parameter
from hxtorch.spiking.utils.readout_source import ReadoutSource

if TYPE_CHECKING:
    from calix.spiking import SpikingCalibTarget
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment

__all__ = ["BasePopulation", "InputPopulation", "Population"]

PerNeuron = float | torch.Tensor | Mapping[halco.LogicalNeuronOnDLS, float]
"""One value for all neurons, one for each, or one by their place."""

_PostProcessed: Any = handle_class("adaptation", "spikes", "voltage")

_SOMA = halco.CompartmentOnLogicalNeuron()

_CALIBRATED = (
    "leak", "reset", "threshold", "tau_mem", "tau_syn", "i_synin_gm", "membrane_capacitance", "refractory_time",
    "synapse_dac_bias", "holdoff_time", "e_coba_reversal", "e_coba_reference",
)


class Population(BasePopulation):
    """Neurons on the chip.

    Parameters
    ----------
    size : int
        Number of neurons.
    experiment, execution_instance, chip_coordinate
        As for `HXModule`.
    leak, reset, threshold : number, tensor or parameter
        Potentials; on the chip CADC LSB.
    tau_mem, tau_syn, refractory_time, holdoff_time : number, tensor or parameter
        Times, s. `tau_syn` may be (2, size), for excitatory and inhibitory inputs.
    i_synin_gm, synapse_dac_bias : number, tensor or parameter
        Strength of the synaptic inputs (one number, or excitatory and inhibitory), bias of the synapses; CapMem LSB.
        They are the same for all populations of an execution instance.
    membrane_capacitance : number, tensor or parameter
        On the chip 0 to 63.
    e_coba_reversal, e_coba_reference : tensor or parameter, optional
        Potentials of conductance-based inputs, CADC LSB; None: the inputs are current-based.
    fire : bool
        Whether the neurons have a threshold.
    enable_spike_recording, enable_cadc_recording, enable_madc_recording : bool
        What is recorded. Spikes reach other neurons of the chip in any case.
    enable_cadc_recording_placement_in_dram : bool
        Keep CADC samples in the large memory, which takes about 6 µs each.
    record_neuron_id : int, optional
        Neuron of which the MADC records.
    cadc_readout_source, madc_readout_source : ReadoutSource
        Voltage that is recorded.
    placement_constraint : list of LogicalNeuronOnDLS, optional
        Places of the neurons; default the first ones that are free.
    trace_offset, trace_scale : float, tensor of shape (size,), or dict of LogicalNeuronOnDLS to float
        CADC samples are (sample - offset) * scale in the model.
    cadc_time_shift : int
        Steps by which CADC samples are moved to earlier times.
    shift_cadc_to_first : bool
        Take the first sample of each trace for the offset.
    interpolation_mode : {"linear", "nn"}
        How CADC values are found at the time steps.
    neuron_structure : Morphology, optional
        Circuits of a neuron; default one.
    **extra_params
        Not used.

    Attributes
    ----------
    mask : torch.Tensor of bool, shape (size,)
        Neurons whose spikes leave them.
    unit_ids : numpy.ndarray of int64, shape (size,), or None
        Numbers of the neurons in their execution instance, once they are registered.
    offset, scale : float or torch.Tensor
        As `trace_offset` and `trace_scale`.
    read_params_from_calibration : bool
        Whether a calibration that is loaded replaces the hardware values of the parameters.

    Raises
    ------
    ValueError
        A wrong number of places or of values for the neurons, a neuron that does not exist, an unknown interpolation,
        or neurons with several compartments.
    """

    hardware_attributes = frozenset({
        "enable_spike_recording", "enable_cadc_recording", "enable_cadc_recording_placement_in_dram",
        "enable_madc_recording", "record_neuron_id", "cadc_readout_source", "madc_readout_source", "fire",
    })

    leak: Parameter
    reset: Parameter
    threshold: Parameter
    tau_mem: Parameter
    tau_syn: Parameter
    i_synin_gm: Parameter
    membrane_capacitance: Parameter
    refractory_time: Parameter
    synapse_dac_bias: Parameter
    holdoff_time: Parameter
    e_coba_reversal: Parameter
    e_coba_reference: Parameter

    def __init__(
        self, size: int, experiment: Experiment, leak: Any = 80, reset: Any = 80, threshold: Any = 125,
        tau_mem: Any = 10e-6, tau_syn: Any = 10e-6, i_synin_gm: Any = 500, membrane_capacitance: Any = 63,
        refractory_time: Any = 2e-6, synapse_dac_bias: Any = 600, holdoff_time: Any = 0e-6,
        execution_instance: ExecutionInstance | None = None, chip_coordinate: ChipCoordinate | None = None,
        enable_spike_recording: bool = True, enable_cadc_recording: bool = True,
        enable_cadc_recording_placement_in_dram: bool = False, enable_madc_recording: bool = False,
        record_neuron_id: int | None = None, cadc_readout_source: ReadoutSource = ReadoutSource.VOLTAGE,
        madc_readout_source: ReadoutSource = ReadoutSource.VOLTAGE,
        placement_constraint: Sequence[halco.LogicalNeuronOnDLS] | None = None, trace_offset: PerNeuron = 0.0,
        trace_scale: PerNeuron = 1.0, cadc_time_shift: int = 0, shift_cadc_to_first: bool = False,
        interpolation_mode: str = "linear", neuron_structure: Morphology | None = None, fire: bool = True,
        e_coba_reversal: Any = None, e_coba_reference: Any = None, **extra_params: Any,
    ) -> None:
        super().__init__(size, experiment, execution_instance, chip_coordinate)
        self._set_parameters(
            leak=leak, reset=reset, threshold=threshold, tau_mem=tau_mem, tau_syn=tau_syn, i_synin_gm=i_synin_gm,
            membrane_capacitance=membrane_capacitance, refractory_time=refractory_time,
            synapse_dac_bias=synapse_dac_bias, holdoff_time=holdoff_time, e_coba_reversal=e_coba_reversal,
            e_coba_reference=e_coba_reference)
        self.fire = fire
        self.enable_spike_recording = enable_spike_recording
        self.enable_cadc_recording = enable_cadc_recording
        self.enable_cadc_recording_placement_in_dram = enable_cadc_recording_placement_in_dram
        self.enable_madc_recording = enable_madc_recording
        self.record_neuron_id = record_neuron_id
        self.cadc_readout_source, self.madc_readout_source = cadc_readout_source, madc_readout_source
        self.placement_constraint = None if placement_constraint is None else list(placement_constraint)
        self.offset, self.scale = trace_offset, trace_scale
        self.cadc_time_shift, self.shift_cadc_to_first = int(cadc_time_shift), shift_cadc_to_first
        self.interpolation_mode = interpolation_mode
        self.neuron_structure = SingleCompartmentNeuron(1) if neuron_structure is None else neuron_structure
        self.unit_ids: np.ndarray | None = None
        self.read_params_from_calibration = True
        self._mask = torch.ones(size, dtype=torch.bool)
        self._mask_changed = False
        self._calibrated: Any = None
        self._check()

    def _set_parameters(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value if isinstance(value, Parameter) else HXParameter(value))

    def _check(self) -> None:
        who = type(self).__name__
        if self.placement_constraint is not None and len(self.placement_constraint) != self.size:
            raise ValueError(f"placement_constraint of {who} has {len(self.placement_constraint)} places for "
                             f"{self.size} neurons")
        if self.interpolation_mode not in MODES:
            raise ValueError(f"interpolation_mode of {who} is {self.interpolation_mode!r}, expected "
                             f"{' or '.join(map(repr, MODES))}")
        if self.enable_madc_recording:
            if self.record_neuron_id is None:
                raise ValueError(f"{who} records with the MADC, which needs a record_neuron_id")
            if not 0 <= self.record_neuron_id < self.size:
                raise ValueError(f"record_neuron_id of {who} is {self.record_neuron_id}, expected 0 to {self.size - 1}")
        for name in ("offset", "scale"):
            value = getattr(self, name)
            if torch.is_tensor(value) and value.ndim and value.shape != (self.size,):
                raise ValueError(f"trace_{name} of {who} has the shape {tuple(value.shape)}, expected ({self.size},)")
        compartments = len(self.neuron_structure.compartments.get_compartments())
        if compartments != 1:
            raise ValueError(f"neurons of {who} have {compartments} compartments, expected 1")

    # -- parameters ------------------------------------------------------------------------------------------------

    def params_dict(self) -> dict[str, Parameter]:
        """Parameters that the chip is calibrated to, by name."""
        return {name: getattr(self, name) for name in _CALIBRATED}

    def has_trainable_params(self) -> bool:
        """Whether a parameter is trainable, hence set on the chip before each run."""
        return any(parameter.is_trainable() for parameter in self._parameters_of_neurons())

    def set_trainable_params(self, chip: lola.Chip) -> None:
        """Write the trainable parameters into the settings of a chip."""
        for parameter in self._parameters_of_neurons():
            if parameter.is_trainable():
                parameter.set_on_chip(chip, self.logical_neurons())

    def _parameters_of_neurons(self) -> list[Parameter]:
        return [child for child in self.children() if isinstance(child, Parameter)]

    def calibration_from_params(self, target: SpikingCalibTarget) -> SpikingCalibTarget:
        """Write the hardware values of the parameters into the target of a calibration.

        Raises
        ------
        AttributeError
            Another population has another `i_synin_gm` or `synapse_dac_bias`.
        """
        to_target(self.params_dict(), self.logical_neurons(), target, spiking=self.fire)
        self._calibrated = self._values_to_calibrate()
        return target

    def params_from_calibration(self, target: SpikingCalibTarget) -> None:
        """Take the hardware values of the parameters from the target of a calibration.

        Neurons that do not fire keep their refractory time, which they are not calibrated for.
        """
        if self.read_params_from_calibration:
            values = from_target(target, self.logical_neurons())
            for name, parameter in self.params_dict().items():
                if name in values and (self.fire or name != "refractory_time"):
                    parameter.hardware_value = values[name]
        self._calibrated = self._values_to_calibrate()

    def calib_changed_since_last_run(self) -> bool:
        """Whether hardware values differ from those of the last calibration. Trainable ones are set without one."""
        now = self._values_to_calibrate()
        return self._calibrated is None or any(
            not _equal(value, self._calibrated.get(name)) for name, value in now.items()
        )

    def reset_calib_changed_since_last_run(self) -> None:
        """Take the present hardware values as those of the last calibration."""
        self._calibrated = self._values_to_calibrate()

    def _values_to_calibrate(self) -> dict[str, Any]:
        values = {name: each.hardware_value for name, each in self.params_dict().items() if not each.is_trainable()}
        return {name: value.clone() if torch.is_tensor(value) else value for name, value in values.items()}

    # -- state -----------------------------------------------------------------------------------------------------

    @property
    def mask(self) -> torch.Tensor:
        """Neurons whose spikes leave them, bool, (size,)."""
        return self._mask

    @mask.setter
    def mask(self, mask: Any) -> None:
        mask = torch.as_tensor(mask)
        if mask.shape != (self.size,) or mask.dtype != torch.bool:
            raise ValueError(f"mask of {type(self).__name__} is {mask.dtype} of shape {tuple(mask.shape)}, expected "
                             f"bool of shape ({self.size},)")
        self._mask_changed = self._mask_changed or not torch.equal(mask, self._mask)
        self._mask = mask.clone()

    @property
    def changed_since_last_run(self) -> bool:
        return self._changed_since_last_run or self._mask_changed

    @property
    def network_changed_since_last_run(self) -> bool:
        return self._changed_since_last_run

    def reset_changed_since_last_run(self) -> None:
        super().reset_changed_since_last_run()
        self._mask_changed = False

    # -- on the chip -----------------------------------------------------------------------------------------------

    def logical_neurons(self) -> list[halco.LogicalNeuronOnDLS]:
        """Places of the neurons.

        Raises
        ------
        RuntimeError
            They have none yet.
        """
        if self.unit_ids is None:
            raise RuntimeError(f"the neurons of {type(self).__name__} have no places before they are registered")
        placement = self._require_instance().neuron_placement
        return list(placement.id2logicalneuron(self.unit_ids.tolist()))

    def register_hw_entity(self) -> None:
        """Claim circuits, and the converters that record.

        Raises
        ------
        RuntimeError
            The MADC records of another population, or another population keeps its CADC samples elsewhere.
        ValueError
            There are too few circuits, or an offset or scale is missing for one of the places.
        """
        instance = self._require_instance()
        self.unit_ids = np.arange(instance.id_counter, instance.id_counter + self.size)
        instance.id_counter += self.size
        instance.neuron_placement.register_id(
            self.unit_ids.tolist(), self.neuron_structure.compartments, self.placement_constraint)
        self.offset, self.scale = self._by_neuron("offset"), self._by_neuron("scale")
        if self.enable_madc_recording:
            if instance.has_madc_recording:
                raise RuntimeError(f"{instance} has an MADC recording already; one neuron can be recorded")
            instance.has_madc_recording = True
        self.experiment.register_population(self)

    def _by_neuron(self, name: str) -> float | torch.Tensor:
        """Offset or scale as a number or a tensor."""
        values: Any = getattr(self, name)
        if not isinstance(values, Mapping):
            return values
        neurons = self.logical_neurons()
        missing = [neuron for neuron in neurons if neuron not in values]
        if missing:
            raise ValueError(f"trace_{name} of {type(self).__name__} has nothing for {missing[0]!r}")
        return torch.tensor([float(values[neuron]) for neuron in neurons])

    def add_to_network_graph(self, builder: NetworkBuilder) -> PopulationOnNetwork:
        """Add the neurons to a network, and remember their descriptor."""
        kind = NetworkPopulation.Neuron
        circuits = len(self.neuron_structure.compartments.get_compartments()[_SOMA])
        soma = kind.Compartment(
            kind.Compartment.SpikeMaster(0, self.enable_spike_recording), [{EXCITATORY, INHIBITORY}] * circuits)
        neurons = [kind(place, {_SOMA: soma}) for place in self.logical_neurons()]
        self.descriptor = builder.add(
            NetworkPopulation(neurons, self._require_chip()), self._require_instance().ID)
        return self.descriptor

    def cadc_neurons(self) -> list[CADCRecording.Neuron]:
        """Circuits that the CADC records, the first one of each neuron; none if it does not."""
        ids = range(self.size) if self.enable_cadc_recording else ()
        return [CADCRecording.Neuron(self._first_circuit(i), _source(self.cadc_readout_source)) for i in ids]

    def madc_neuron(self) -> MADCRecording.Neuron | None:
        """Circuit that the MADC records."""
        if not self.enable_madc_recording:
            return None
        return MADCRecording.Neuron(self._first_circuit(self.record_neuron_id), _source(self.madc_readout_source))

    def _first_circuit(self, neuron: Any) -> AtomicNeuronOnExecutionInstance:
        return AtomicNeuronOnExecutionInstance(self.descriptor.toPopulationOnExecutionInstance(), neuron, _SOMA, 0)

    def configure_hw_entity(
        self, neuron_id: int, neuron_block: lola.NeuronBlock, coord: halco.LogicalNeuronOnDLS
    ) -> lola.NeuronBlock:
        """Write the settings of one neuron that do not come from the calibration.

        Parameters
        ----------
        neuron_id : int
            Number of the neuron in the population.
        neuron_block : lola.NeuronBlock
            Settings of all neurons of the chip, changed in place.
        coord : LogicalNeuronOnDLS
            Place of the neuron.

        Returns
        -------
        lola.NeuronBlock
            The settings.
        """
        self.neuron_structure.implement_morphology(coord, neuron_block)
        return neuron_block

    # -- recorded data ---------------------------------------------------------------------------------------------

    def post_process(self, hw_data: HardwareObservables, runtime: float) -> Any:
        """Recorded data on the time steps of the experiment, in units of the model.

        Parameters
        ----------
        hw_data : HardwareObservables
            What was recorded.
        runtime : float
            Length of the run, s.

        Returns
        -------
        Handle
            `spikes` (time, batch, size) of float32; `voltage` and `adaptation`, an `AnalogObservable` each: CADC
            samples (time, batch, size), MADC samples (2, samples, batch) as they are. What was not recorded is None.

        Raises
        ------
        AssertionError
            Neurons that do not fire have their spikes recorded.
        """
        assert self.fire or not self.enable_spike_recording, (
            f"{type(self).__name__} does not fire, expected enable_spike_recording=False")
        dt = self.experiment.dt
        spikes = None
        if self.enable_spike_recording and hw_data.spikes is not None:
            spikes = hw_data.spikes.to_dense(runtime, dt, dtype=torch.float32)
        found: dict[ReadoutSource, dict[str, Any]] = {ReadoutSource.VOLTAGE: {}, ReadoutSource.ADAPTATION: {}}
        if self.enable_cadc_recording and hw_data.cadc is not None:
            found[self.cadc_readout_source]["cadc"] = self._cadc_trace(hw_data.cadc, runtime)
        if self.enable_madc_recording and hw_data.madc is not None:
            found[self.madc_readout_source]["madc"] = hw_data.madc.to_raw()
        return _PostProcessed(
            spikes=spikes, voltage=AnalogObservable(**found[ReadoutSource.VOLTAGE]),
            adaptation=AnalogObservable(**found[ReadoutSource.ADAPTATION]))

    def _cadc_trace(self, samples: Any, runtime: float) -> torch.Tensor:
        if not len(samples):
            warnings.warn(f"the CADC took no sample of {type(self).__name__} in {runtime:g} s: its membranes are 0",
                          UserWarning, stacklevel=3)
        trace = samples.to_dense(runtime, self.experiment.dt, mode=self.interpolation_mode)
        offset: Any = self.offset
        scale: Any = self.scale
        return to_model(trace, shift=self.cadc_time_shift, from_first=self.shift_cadc_to_first, offset=offset,
                        scale=scale)


def _source(source: ReadoutSource) -> Source:
    return Source(source.value)


def _equal(one: Any, other: Any) -> bool:
    if torch.is_tensor(one) and torch.is_tensor(other):
        return torch.equal(one, other)
    return not torch.is_tensor(one) and not torch.is_tensor(other) and bool(np.all(one == other))
