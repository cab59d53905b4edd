"""Matrix products in PyTorch on the chip: how linear they are, how alike the neurons, and how much noise there is.

All results of the first two pictures come from one synapse row: an activation of 12, sent 100 times, is multiplied with
weights. The third one shows how gain and saturation depend on the distance of events, where all 128 rows are in use.

Run with ``python examples/perceptron_products.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from experiment import STYLE, run_script, save

import chipsim
import hxtorch
from hxtorch.perceptron import MockParameter, mac, measure_mock_parameter

SEED = 1
ACTIVATION, WEIGHT, SENDS, RUNS = 12.0, 21.0, 100, 20
WAITS = (1, 2, 3, 5, 10)


def one_row() -> tuple[torch.Tensor, torch.Tensor]:
    """Results [runs, weights] for weights of -63 to 63, and [runs, 512] of all neurons for one weight."""
    x = torch.full((RUNS, 1), ACTIVATION)
    weights = torch.arange(-63.0, 64.0)[None]
    return mac(x, weights, num_sends=SENDS), mac(x, torch.full((1, 512), WEIGHT), num_sends=SENDS)


def all_rows() -> dict[int, torch.Tensor]:
    """Mean results for equal weights of 1 to 63 in all rows, by distance of the events."""
    x, weights = torch.full((4, 128), ACTIVATION), torch.arange(1.0, 64.0).expand(128, 63)
    return {wait: mac(x, weights, wait_between_events=wait).mean(0) for wait in WAITS}


def draw(row: torch.Tensor, neurons: torch.Tensor, waits: dict[int, torch.Tensor], measured: MockParameter,
         path: Path) -> None:
    with plt.rc_context(STYLE):
        figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 4.6))
        weights = np.arange(-63, 64)
        left.plot(weights, row.T, ".", markersize=1.5, color="#1f77b4")
        exact = weights * ACTIVATION * SENDS * measured.gain
        left.plot(weights, np.clip(exact, -128, 127), color="k", linewidth=0.8)
        left.set(title="one row", xlabel="weight", ylabel="result / LSB")
        middle.hist(neurons.mean(0), bins=30, color="#1f77b4")
        middle.set(title=f"weight {WEIGHT:g}: mean of each neuron", xlabel="result / LSB", ylabel="neurons")
        for wait, result in waits.items():
            right.plot(np.arange(1, 64), result, label=f"{8 * wait} ns")
        right.set(title="128 rows, by distance of events", xlabel="weight", ylabel="result / LSB")
        right.legend()
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    hxtorch.init_hardware(ann=True, connection=chipsim.SimConnection(chipsim.Chip(SEED)))
    try:
        torch.manual_seed(SEED)
        measured = measure_mock_parameter()
        (row, neurons), waits = one_row(), all_rows()
    finally:
        hxtorch.release_hardware()
    draw(row, neurons, waits, measured, output / "perceptron_products.png")
    weights = torch.arange(-63.0, 64.0)
    linear = weights.abs() <= 30
    slope = ((weights * row.mean(0))[linear].sum() / (weights**2)[linear].sum()).item()
    return {
        "gain, measured": measured.gain,
        "noise, measured / LSB": measured.noise_std,
        "results per weight / LSB": slope,
        "largest deviation from the line within 80 / LSB": (
            (row.mean(0) - slope * weights)[(slope * weights).abs() <= 80].abs().max().item()),
        "mean over neurons / LSB": neurons.mean().item(),
        "deviation of neurons / LSB": neurons.mean(0).std().item(),
        "noise of one result / LSB": neurons.std(0).mean().item(),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
