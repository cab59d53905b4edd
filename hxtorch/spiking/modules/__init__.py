"""Modules of experiments: populations, projections, and what is between them."""

from hxtorch.spiking.modules.aelif import AELIF
from hxtorch.spiking.modules.batch_dropout import BatchDropout
from hxtorch.spiking.modules.event_prop import EventPropLIF, EventPropSynapse
from hxtorch.spiking.modules.hx_module import HXBaseExperimentModule, HXFunctionalModule, HXModule
from hxtorch.spiking.modules.hx_module_wrapper import HXModuleWrapper
from hxtorch.spiking.modules.input_neuron import InputNeuron
from hxtorch.spiking.modules.li import LI
from hxtorch.spiking.modules.lif import LIF
from hxtorch.spiking.modules.neuron_exp import NeuronExp
from hxtorch.spiking.modules.readout_neuron_exp import ReadoutNeuronExp
from hxtorch.spiking.modules.sparse_synapse import SparseSynapse
from hxtorch.spiking.modules.synapse import Synapse
from hxtorch.spiking.modules.types import BasePopulation, InputPopulation, Population, Projection

__all__ = [
    "AELIF", "BasePopulation", "BatchDropout", "EventPropLIF", "EventPropSynapse", "HXBaseExperimentModule",
    "HXFunctionalModule", "HXModule", "HXModuleWrapper", "InputNeuron", "InputPopulation", "LI", "LIF", "NeuronExp",
    "Population", "Projection", "ReadoutNeuronExp", "SparseSynapse", "Synapse",
]  # fmt: skip
