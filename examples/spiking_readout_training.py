"""Train a readout on the chip: weights learn to turn a fixed pattern of spikes into three sine waves.

Each run is on the chip. The membranes that its ADC recorded are put in place of those of the model, and PyTorch
propagates the error back through the equations of the neurons; so weights learn to make up for what is peculiar to the
chip. For comparison, the weights that a mock experiment learned are tried on the chip as they are.

Run with ``python examples/spiking_readout_training.py [--output DIRECTORY]``.

References: Cramer et al., Surrogate gradients for analog neuromorphic computing, PNAS 119 (2022).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from experiment import STYLE, run_script, save

import hxtorch
import hxtorch.spiking as hxsnn
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

INPUTS, OUTPUTS, STEPS, RATE = 128, 3, 100, 0.03  # steps of 1 µs; spikes per step
EPOCHS, LEARNING_RATE = 120, 4e-3
TRACE_SCALE, WEIGHT_SCALE = 1 / 43, 52


class Readout(torch.nn.Module):
    """Synapses from all inputs to neurons that do not fire."""

    def __init__(self, mock: bool) -> None:
        super().__init__()
        self.exp = hxsnn.Experiment(mock=mock, dt=1e-6)
        transform = partial(linear_saturating, scale=WEIGHT_SCALE)
        self.synapse = hxsnn.Synapse(INPUTS, OUTPUTS, self.exp, transform=transform)
        torch.nn.init.normal_(self.synapse.weight, 0.0, 0.1)
        self.neurons = hxsnn.LI(
            OUTPUTS, self.exp, leak=hxsnn.MixedHXModelParameter(0.0, 80), tau_mem=10e-6, tau_syn=10e-6,
            trace_scale=TRACE_SCALE, shift_cadc_to_first=True, cadc_time_shift=1,
        )  # fmt: skip

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Membranes: [time, batch, outputs]."""
        output = self.neurons(self.synapse(hxsnn.LIFObservables(spikes=spikes)))
        hxsnn.run(self.exp, spikes.shape[0])
        return output.membrane_cadc


def targets() -> torch.Tensor:
    """Three sine waves, which begin at 0: [time, 1, outputs]."""
    time = torch.linspace(0, 2 * torch.pi, STEPS)
    return 0.5 * torch.stack([torch.sin(k * time) for k in (1, 2, 3)], dim=1)[:, None]


def train(readout: Readout, spikes: torch.Tensor) -> np.ndarray:
    """Mean squared error of each epoch."""
    optimizer = torch.optim.Adam(readout.parameters(), lr=LEARNING_RATE)
    errors = []
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        error = torch.nn.functional.mse_loss(readout(spikes), targets())
        error.backward()
        optimizer.step()
        errors.append(error.item())
    return np.array(errors)


def measure() -> dict[str, Any]:
    """Errors of training on the host and on the chip, and what the chip does with both sets of weights."""
    spikes = (torch.rand(STEPS, 1, INPUTS) < RATE).float()
    result: dict[str, Any] = {}
    mock, chip = Readout(mock=True), Readout(mock=False)
    chip.load_state_dict(mock.state_dict())
    for name, readout in (("mock", mock), ("chip", chip)):
        result[f"errors, {name}"] = train(readout, spikes)
    with torch.no_grad():
        result["trained on the chip"] = chip(spikes)[:, 0].clone()
        chip.load_state_dict(mock.state_dict())
        result["trained in the mock experiment"] = chip(spikes)[:, 0].clone()
    return result


def draw(measured: dict[str, Any], path: Path) -> None:
    """Errors over epochs, and membranes of the chip with both sets of weights."""
    with plt.rc_context(STYLE):
        figure, (errors, *waves) = plt.subplots(1 + OUTPUTS, 1, figsize=(10, 9), height_ratios=[2, *[1] * OUTPUTS])
        for name, color in (("chip", "#1f77b4"), ("mock", "#d62728")):
            errors.semilogy(measured[f"errors, {name}"], color=color, label=f"training, {name}")
        errors.set(xlabel="epoch", ylabel="mean squared error", xlim=(0, EPOCHS))
        errors.legend()
        for number, axes in enumerate(waves):
            axes.plot(targets()[:, 0, number], color="0.6", linestyle="--", label="target")
            for name, color in (("trained on the chip", "#1f77b4"), ("trained in the mock experiment", "#d62728")):
                axes.plot(measured[name][:, number], color=color, label=f"chip, {name}")
            axes.set(ylabel=f"output {number}", xlim=(0, STEPS))
        waves[0].legend(ncols=3, loc="upper right")
        waves[-1].set_xlabel("time / µs")
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    torch.manual_seed(2)
    hxtorch.init_hardware()
    try:
        measured = measure()
    finally:
        hxtorch.release_hardware()
    draw(measured, output / "spiking_readout_training.png")
    wanted = targets()[:, 0]
    numbers = {}
    for name in ("chip", "mock"):
        numbers[f"first error, {name}"] = measured[f"errors, {name}"][0]
        numbers[f"last error, {name}"] = measured[f"errors, {name}"][-1]
    for name in ("trained on the chip", "trained in the mock experiment"):
        numbers[f"error of the chip, {name}"] = (measured[name] - wanted).square().mean().item()
    return numbers


if __name__ == "__main__":
    run_script(main, __doc__)
