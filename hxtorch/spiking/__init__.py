"""Spiking networks in PyTorch, on the chip or on the host."""

from hxtorch.spiking import datasets, functional, morphology, parameter, transforms
from hxtorch.spiking.execution_instance import ExecutionInstance
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import Handle, LIFObservables, LIObservables, SynapseHandle, TensorHandle
from hxtorch.spiking.modules import (
    AELIF,
    LI,
    LIF,
    BatchDropout,
    HXBaseExperimentModule,
    HXModule,
    HXModuleWrapper,
    InputNeuron,
    NeuronExp,
    ReadoutNeuronExp,
    SparseSynapse,
    Synapse,
)
from hxtorch.spiking.nir_conversion import ConversionConfig, from_nir, from_nir_data, to_nir, to_nir_data
from hxtorch.spiking.parameter import HXParameter, HXTransformedModelParameter, MixedHXModelParameter, ModelParameter
from hxtorch.spiking.run import run

__all__ = [
    "AELIF", "BatchDropout", "ConversionConfig", "ExecutionInstance", "Experiment", "HXBaseExperimentModule",
    "HXModule", "HXModuleWrapper", "HXParameter", "HXTransformedModelParameter", "Handle", "InputNeuron", "LI", "LIF",
    "LIFObservables", "LIObservables", "MixedHXModelParameter", "ModelParameter", "NeuronExp", "ReadoutNeuronExp",
    "SparseSynapse", "Synapse", "SynapseHandle", "TensorHandle", "datasets", "from_nir", "from_nir_data",
    "functional", "morphology", "parameter", "run", "to_nir", "to_nir_data", "transforms",
]  # fmt: skip
