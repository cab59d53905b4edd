"""Numerics of synapses and neurons, and the gradients with which they are trained.

Tensors are (time, batch, neurons), float32, spikes 0 or 1.
"""

from hxtorch.spiking.functional import unterjubel
from hxtorch.spiking.functional.aelif import AELIFTraces, cuba_aelif_integration
from hxtorch.spiking.functional.dropout import batch_dropout
from hxtorch.spiking.functional.event_prop import EventPropLIFFunction, EventPropSynapseFunction
from hxtorch.spiking.functional.exponential_euler import exp_cuba_li_integration, exp_cuba_lif_integration
from hxtorch.spiking.functional.inputs import input_neuron
from hxtorch.spiking.functional.projections import linear, linear_exponential_clamp, linear_sparse
from hxtorch.spiking.functional.step_code import CuBaStepCode
from hxtorch.spiking.functional.surrogate import SuperSpike, threshold
from hxtorch.spiking.functional.unterjubel import Unterjubel

__all__ = [
    "AELIFTraces",
    "CuBaStepCode",
    "EventPropLIFFunction",
    "EventPropSynapseFunction",
    "SuperSpike",
    "Unterjubel",
    "batch_dropout",
    "cuba_aelif_integration",
    "exp_cuba_li_integration",
    "exp_cuba_lif_integration",
    "input_neuron",
    "linear",
    "linear_exponential_clamp",
    "linear_sparse",
    "threshold",
    "unterjubel",
]
