"""Range of the membranes: at rest, and as far as a constant current takes them."""

from __future__ import annotations

import copy
from typing import Any

from hxtorch.spiking.modules import LI
from hxtorch.spiking.morphology import Morphology, SingleCompartmentNeuron
from hxtorch.spiking.utils.dynamic_range.measurement import (
    STEPS,
    ConstantCurrent,
    Current,
    Recording,
    hardware_experiment,
    neuron_count,
)

SETTLED = 0.2
"""Part of a trace, at its end, where the membrane has reached its limit."""


class CurrentLI(LI, Current):
    """Readout neurons with a constant current."""


def get_dynamic_range(
    neuron_structure: Morphology | None = None, calib_path: str | None = None, params: dict[str, Any] | None = None
) -> tuple[float, float, float]:
    """Measure the range of the membranes of all neurons of the chip.

    Uses the chip by itself, and releases it.

    Parameters
    ----------
    neuron_structure : Morphology
        Default: neurons of one circuit.
    calib_path : str
        Calibration. Default: the neurons are calibrated to `params`, and without them the nightly calibration is used.
    params : dict
        Arguments for `LI`.

    Returns
    -------
    tuple of float
        Mean CADC reads, LSB from -128 to 127: at rest; with a constant current upwards; with one downwards.
    """
    structure, params = neuron_structure or SingleCompartmentNeuron(1), copy.deepcopy(params or {})
    with hardware_experiment(calib_path, params) as experiment:
        neurons = CurrentLI(neuron_count(structure), experiment, neuron_structure=structure, **params)
        recording = Recording(neurons, experiment)
        baseline = recording.run().mean().item()
        limits = []
        for direction in (ConstantCurrent.Type.source, ConstantCurrent.Type.sink):
            neurons.current = direction
            limits.append(recording.run()[-round(SETTLED * STEPS) :].mean().item())
    return baseline, limits[0], limits[1]
