"""Weights of the chip for weights of a model."""

from __future__ import annotations

import copy
from typing import Any

import torch

from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.modules import LI
from hxtorch.spiking.morphology import Morphology, SingleCompartmentNeuron
from hxtorch.spiking.utils.dynamic_range.measurement import DT, Recording, hardware_experiment, neuron_count
from hxtorch.spiking.utils.dynamic_range.threshold import get_trace_scaling

SPIKE_AT = 10
HARDWARE_WEIGHT = 63
MODEL_WEIGHTS = torch.linspace(-1, 1, 21)


def get_weight_scaling(
    params: dict[str, Any] | None = None, weight_step: int = 1, calib_path: str | None = None,
    neuron_structure: Morphology | None = None,
) -> float:  # fmt: skip
    """Measure the factor from weights of the model to those of the chip, for the weight transforms of projections.

    Postsynaptic potentials then have the same height in a mock experiment and on the chip, whose potentials are scaled
    as `get_trace_scaling` says. Uses the chip by itself, and releases it.

    Parameters
    ----------
    params : dict
        Arguments for `LIF`.
    weight_step : int
        Number of weights on the chip to measure with, from -63 to 63.
    calib_path : str
        Calibration. Default: the neurons are calibrated to `params`, and without them the nightly calibration is used.
    neuron_structure : Morphology
        Default: neurons of one circuit.

    Raises
    ------
    ValueError
        `weight_step` is not positive.
    """  # fmt: skip
    if weight_step < 1:
        raise ValueError(f"number of weights, weight_step: expected at least 1, got {weight_step}")
    structure, params = neuron_structure or SingleCompartmentNeuron(1), copy.deepcopy(params or {})
    with hardware_experiment(calib_path, params) as experiment:
        neurons = LI(
            neuron_count(structure), experiment, neuron_structure=structure,
            **{**params, "trace_scale": 1.0, "shift_cadc_to_first": True, "enable_cadc_recording": True},
        )  # fmt: skip
        weights = torch.linspace(-HARDWARE_WEIGHT, HARDWARE_WEIGHT, weight_step).round()
        on_chip = _potential_per_weight(Recording(neurons, experiment), weights)
    experiment = Experiment(mock=True, dt=DT)
    in_model = _potential_per_weight(Recording(LI(1, experiment, **params), experiment), MODEL_WEIGHTS, batch_size=1)
    return (in_model / on_chip).mean().item() / get_trace_scaling(params, calib_path, structure)


def _potential_per_weight(recording: Recording, weights: torch.Tensor, **options: int) -> torch.Tensor:
    """Height of postsynaptic potentials for a weight of 1, by least squares: [neurons]."""
    heights = []
    for weight in weights.tolist():
        # The mean over the batch first: an extremum of single traces would be one of their noise.
        trace = recording.run(weight, SPIKE_AT, **options).mean(dim=1)
        trace = trace - trace[0]
        heights.append(trace.amax(dim=0) if weight >= 0 else trace.amin(dim=0))
    return (weights[:, None] * torch.stack(heights)).sum(dim=0) / weights.square().sum()
