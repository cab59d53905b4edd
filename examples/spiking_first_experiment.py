"""A first spiking experiment: the same modules on the host and on the chip.

In a mock experiment PyTorch computes the equations of the neurons. On the chip membranes and spikes are recorded, and
brought to the units of the model by two scales: one for potentials, one for weights. A single input spike shows that a
weight of 1 then means the same to both. Five input spikes let a neuron fire; its membrane is recorded by both ADCs.

The first run calibrates the chip to the parameters of the neurons.

Run with ``python examples/spiking_first_experiment.py [--output DIRECTORY]``.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from experiment import CYCLES_PER_US, STYLE, run_script, save

import hxtorch
import hxtorch.spiking as hxsnn
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

STEPS, RUNS = 60, 10  # steps of 1 µs
# What get_trace_scaling and get_weight_scaling of hxtorch.spiking.utils.dynamic_range measure for these neurons.
TRACE_SCALE, WEIGHT_SCALE = 1 / 43, 52
CADC_DELAY = 1  # steps by which the time stamps of the CADC are late
SINGLE = [10]
VOLLEY = [10, 15, 20, 30, 50]


def experiment(mock: bool, weight: float, neuron_type: type, **recording: Any) -> Any:
    """A source, a synapse and a neuron, as a function from the times of input spikes to the neuron's observables."""
    exp = hxsnn.Experiment(mock=mock, dt=1e-6)
    synapse = hxsnn.Synapse(1, 1, exp, transform=partial(linear_saturating, scale=WEIGHT_SCALE))
    synapse.weight.data.fill_(weight)
    potentials = {name: hxsnn.MixedHXModelParameter(model, chip) for name, model, chip in (
        ("leak", 0.0, 80), ("reset", 0.0, 80), ("threshold", 1.0, 125))}  # fmt: skip
    neuron = neuron_type(
        1, exp, tau_mem=10e-6, tau_syn=10e-6, trace_scale=TRACE_SCALE, shift_cadc_to_first=True,
        cadc_time_shift=CADC_DELAY, **potentials, **recording,
    )  # fmt: skip

    def observe(times: list[int]) -> Any:
        spikes = torch.zeros(STEPS, RUNS, 1)
        spikes[times] = 1
        output = neuron(synapse(hxsnn.LIFObservables(spikes=spikes)))
        hxsnn.run(exp, STEPS)
        return output

    return observe


def measure() -> dict[str, np.ndarray]:
    """Potentials after one spike [step, run], and what a neuron does with five; each on the host and on the chip."""
    result = {}
    for name, mock in (("mock", True), ("chip", False)):
        result[f"potential, {name}"] = experiment(mock, 1.0, hxsnn.LI)(SINGLE).membrane_cadc[..., 0]
        recording = {} if mock else {"enable_madc_recording": True, "record_neuron_id": 0}
        neuron = experiment(mock, 63 / WEIGHT_SCALE, hxsnn.LIF, **recording)(VOLLEY)
        result[f"membrane, {name}"] = neuron.membrane_cadc[..., 0]
        result[f"spikes, {name}"] = neuron.spikes[..., 0]
    result["madc"] = neuron.membrane_madc
    return {name: value.detach().clone().numpy() for name, value in result.items()}


def draw(measured: dict[str, np.ndarray], path: Path) -> None:
    """Potentials after one spike; membrane and spikes after five, and the fast recording of one run."""
    with plt.rc_context(STYLE):
        figure, (single, volley, fast) = plt.subplots(3, 1, figsize=(10, 8), sharex=True)
        for axes, kind in ((single, "potential"), (volley, "membrane")):
            axes.plot(measured[f"{kind}, chip"], color="#1f77b4", alpha=0.25, linewidth=0.7)
            axes.plot(measured[f"{kind}, chip"].mean(axis=1), color="#1f77b4", label=f"chip, mean of {RUNS} runs")
            axes.plot(measured[f"{kind}, mock"][:, 0], color="#d62728", label="mock")
            axes.set_ylabel("membrane, model units")
            axes.legend()
        for times, axes in ((SINGLE, single), (VOLLEY, volley)):
            axes.vlines(times, -0.25, -0.15, color="0.4")
        for name, color in (("mock", "#d62728"), ("chip", "#1f77b4")):
            volley.vlines(np.flatnonzero(measured[f"spikes, {name}"][:, 0]), 1.05, 1.15, color=color)
        single.set_title("one input spike", loc="left")
        volley.set_title("five input spikes; spikes of the neuron on top", loc="left")
        time, value = measured["madc"][..., 0]
        fast.plot(time / CYCLES_PER_US, value, color="#1f77b4", linewidth=0.8)
        fast.set_title("the same membrane, fast recording of one run", loc="left")
        fast.set(xlabel="time / µs", ylabel="MADC / LSB", xlim=(0, STEPS))
        save(figure, path)


def main(output: Path) -> dict[str, Any]:
    torch.manual_seed(0)
    hxtorch.init_hardware()
    try:
        with torch.no_grad():
            measured = measure()
    finally:
        hxtorch.release_hardware()
    draw(measured, output / "spiking_first_experiment.png")
    mock, chip = measured["potential, mock"][:, 0], measured["potential, chip"]
    return {
        "height of the potential, mock": mock.max(),
        "height of the potential, chip": chip.mean(axis=1).max(),
        "step of the peak, mock": mock.argmax(),
        "step of the peak, chip": chip.mean(axis=1).argmax(),
        "deviation of single runs": chip.std(axis=1).mean(),
        "spikes, mock / µs": np.flatnonzero(measured["spikes, mock"][:, 0]),
        "spikes, chip, first run / µs": np.flatnonzero(measured["spikes, chip"][:, 0]),
        "output spikes per run, chip": measured["spikes, chip"].sum(axis=0).mean(),
        "MADC samples of a run": measured["madc"].shape[1],
    }


if __name__ == "__main__":
    run_script(main, __doc__)
