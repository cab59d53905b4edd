"""The threshold as it shows in recorded membranes."""

from __future__ import annotations

import copy
from typing import Any

import torch

from hxtorch.spiking.modules import LIF
from hxtorch.spiking.morphology import Morphology, SingleCompartmentNeuron
from hxtorch.spiking.parameter import HXParameter
from hxtorch.spiking.utils.dynamic_range.measurement import (
    ConstantCurrent,
    Current,
    Recording,
    hardware_experiment,
    neuron_count,
)


class CurrentLIF(LIF, Current):
    """Neurons that a constant current lets fire."""


def get_trace_scaling(
    params: dict[str, Any], calib_path: str | None = None, neuron_structure: Morphology | None = None
) -> float:
    """Measure the factor from CADC reads to potentials of the model, for `trace_scale` of neurons.

    It is the distance of threshold and leak in the model, over the one on the chip: how far membranes that a constant
    current drives get above rest before they fire. Uses the chip by itself, and releases it.

    Parameters
    ----------
    params : dict
        Arguments for `LIF`.
    calib_path : str
        Calibration. Default: the neurons are calibrated to `params`, and without them the nightly calibration is used.
    neuron_structure : Morphology
        Default: neurons of one circuit.

    Returns
    -------
    float
        Model potential for 1 LSB of the CADC.
    """
    structure, params = neuron_structure or SingleCompartmentNeuron(1), copy.deepcopy(params)
    with hardware_experiment(calib_path, params) as experiment:
        neurons = CurrentLIF(neuron_count(structure), experiment, neuron_structure=structure, **params)
        recording = Recording(neurons, experiment)
        baseline = recording.run().mean(dim=(0, 1))
        neurons.current = ConstantCurrent.Type.source
        threshold = (recording.run() - baseline).amax(dim=0).mean().item()
        return _model_threshold(neurons) / threshold


def _model_threshold(neurons: LIF) -> float:
    """Distance of threshold and leak in the model.

    Where the threshold has a value of its own for the model and the leak has not, the leak is in units of the chip; the
    model's is 0 then.
    """
    threshold, leak = neurons.threshold, neurons.leak
    of_the_chip = isinstance(leak, HXParameter) and not isinstance(threshold, HXParameter)
    distance = torch.as_tensor(threshold.model_value) - (0.0 if of_the_chip else torch.as_tensor(leak.model_value))
    return distance.double().mean().item()
