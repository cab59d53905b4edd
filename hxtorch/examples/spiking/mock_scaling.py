"""Match a mock experiment and the chip: measure scales of traces and weights, and compare postsynaptic potentials.

With the scales measured, one weight gives potentials of the same height on the host and on the chip.

Run with ``python -m hxtorch.examples.spiking.mock_scaling [--output FILE]``.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

import hxtorch
from hxtorch.spiking import LI, Experiment, LIFObservables, Synapse, run
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.transforms.weight_transforms import linear_saturating
from hxtorch.spiking.utils.dynamic_range.threshold import get_trace_scaling
from hxtorch.spiking.utils.dynamic_range.weight_scaling import get_weight_scaling

log = hxtorch.logger.get("hxtorch.examples.spiking.mock_scaling")

STEPS, SPIKE_AT, BATCH_SIZE, NEURONS = 60, 10, 100, 64
WEIGHTS_TO_MEASURE = 10


class Scaling(NamedTuple):
    """Scales, and mean potentials [time] for a weight of 1 with them."""

    trace_scale: float
    weight_scale: float
    mock: torch.Tensor
    chip: torch.Tensor


def parameters() -> dict[str, Any]:
    """Arguments for neurons, with potentials of model and chip."""
    return {
        "leak": MixedHXModelParameter(0.0, 80), "reset": MixedHXModelParameter(0.0, 80),
        "threshold": MixedHXModelParameter(1.0, 125), "tau_mem": 10e-6, "tau_syn": 10e-6,
    }  # fmt: skip


def main(calib_path: str | None = None) -> Scaling:
    """Measure both scales, and a potential in a mock experiment and on the chip.

    Parameters
    ----------
    calib_path : str
        Calibration. Default: the neurons are calibrated to their parameters.
    """
    trace_scale = get_trace_scaling(parameters(), calib_path)
    weight_scale = get_weight_scaling(parameters(), WEIGHTS_TO_MEASURE, calib_path)
    hxtorch.init_hardware()
    try:
        chip = _potential(False, trace_scale, weight_scale, calib_path)
    finally:
        hxtorch.release_hardware()
    mock = _potential(True, trace_scale, weight_scale)
    log.info(f"trace scale 1/{1 / trace_scale:.1f}, weight scale {weight_scale:.1f}")
    log.info(f"height of a potential: {mock.max():.3f} in the mock experiment, {chip.max():.3f} on the chip")
    return Scaling(trace_scale, weight_scale, mock, chip)


def _potential(mock: bool, trace_scale: float, weight_scale: float, calib_path: str | None = None) -> torch.Tensor:
    """Mean potential after one spike with a weight of 1, less that before: [time]."""
    experiment = Experiment(mock=mock, dt=1e-6)
    if not mock and calib_path is not None:
        experiment.default_execution_instance.load_calib(calib_path)
    synapse = Synapse(1, NEURONS, experiment, transform=partial(linear_saturating, scale=weight_scale))
    synapse.weight.data.fill_(1.0)
    neurons = LI(NEURONS, experiment, trace_scale=trace_scale, shift_cadc_to_first=True, **parameters())
    spikes = torch.zeros(STEPS, BATCH_SIZE, 1)
    spikes[SPIKE_AT] = 1
    with torch.no_grad():
        output = neurons(synapse(LIFObservables(spikes=spikes)))
        run(experiment, STEPS)
    trace = output.membrane_cadc.mean(dim=(1, 2))
    return trace - trace[:SPIKE_AT].mean()


def plot(scaling: Scaling, path: Path) -> None:
    """Both potentials over time."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(scaling.mock, label="mock")
    axes.plot(scaling.chip, label="chip, mean over neurons and runs")
    axes.set(xlabel="time / µs", ylabel="potential, model units")
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("demo-output/mock_scaling.png"), help="picture")
    plot(main(), parser.parse_args().output)
