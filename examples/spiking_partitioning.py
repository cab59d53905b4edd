"""A network in two parts: layers that do not fit on the chip together run one after the other.

The chip has 256 synapse drivers, and a source with signed weights needs one: its excitatory and its inhibitory row. The
200 inputs and 250 hidden neurons of this network are too many, so hidden layer and readout have an execution instance
each. The spikes of the first one are recorded, and sent to the second one. A circuit has 128 pairs of synapses, so
neurons for more sources are made of two circuits.

Run with ``python examples/spiking_partitioning.py [--output DIRECTORY]``.
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
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

INPUTS, HIDDEN, READOUTS = 200, 250, 4
CIRCUITS = 2  # of each neuron
STEPS, BATCH, RATE = 80, 4, 0.02  # steps of 1 µs; input spikes per step
# What get_trace_scaling and get_weight_scaling of hxtorch.spiking.utils.dynamic_range measure for these neurons.
TRACE_SCALE, WEIGHT_SCALE = 1 / 43, 52.5
INPUT_BIASES = (500, 563)  # excitatory, inhibitory: equally strong
CADC_DELAY = 1  # steps by which the time stamps of the CADC are late


class Network(torch.nn.Module):
    """Inputs, hidden neurons and readout; the last two in execution instances of their own."""

    def __init__(self, mock: bool) -> None:
        super().__init__()
        self.exp = hxsnn.Experiment(mock=mock, dt=1e-6)
        first, second = (None, None) if mock else (hxsnn.ExecutionInstance(), hxsnn.ExecutionInstance())
        self.to_hidden = self._synapses(INPUTS, HIDDEN, first, mean=0.06, deviation=0.15)
        self.hidden = self._neurons(hxsnn.LIF, HIDDEN, first)
        self.to_readout = self._synapses(HIDDEN, READOUTS, second, mean=0.0, deviation=0.15)
        self.readout = self._neurons(hxsnn.LI, READOUTS, second)

    def _synapses(self, source: int, target: int, instance: Any, mean: float, deviation: float) -> hxsnn.Synapse:
        transform = partial(linear_saturating, scale=WEIGHT_SCALE)
        synapses = hxsnn.Synapse(source, target, self.exp, execution_instance=instance, transform=transform)
        torch.nn.init.normal_(synapses.weight, mean, deviation)
        return synapses

    def _neurons(self, kind: type, size: int, instance: Any) -> Any:
        potentials = {name: hxsnn.MixedHXModelParameter(model, chip) for name, model, chip in (
            ("leak", 0.0, 80), ("reset", 0.0, 80), ("threshold", 1.0, 125))}  # fmt: skip
        return kind(
            size, self.exp, execution_instance=instance, neuron_structure=SingleCompartmentNeuron(CIRCUITS),
            tau_mem=10e-6, tau_syn=5e-6, trace_scale=TRACE_SCALE, shift_cadc_to_first=True,
            cadc_time_shift=CADC_DELAY, i_synin_gm=torch.tensor(INPUT_BIASES), **potentials,
        )  # fmt: skip

    def forward(self, spikes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Spikes of hidden neurons and membranes of the readout, [time, batch, neurons]."""
        hidden = self.hidden(self.to_hidden(hxsnn.LIFObservables(spikes=spikes)))
        output = self.readout(self.to_readout(hidden))
        hxsnn.run(self.exp, STEPS)
        return hidden.spikes, output.membrane_cadc


def measure() -> tuple[Network, dict[str, torch.Tensor]]:
    """The network on the chip; its inputs, and spikes and membranes of the same network on the host and on the chip."""
    spikes = (torch.rand(STEPS, BATCH, INPUTS) < RATE).float()
    result = {"inputs": spikes}
    mock, chip = Network(mock=True), Network(mock=False)
    chip.load_state_dict(mock.state_dict())
    for name, network in (("mock", mock), ("chip", chip)):
        result[f"hidden, {name}"], result[f"readout, {name}"] = network(spikes)
    return chip, result


def draw(measured: dict[str, torch.Tensor], path: Path) -> None:
    """Spikes of one batch entry, and the readout."""
    with plt.rc_context(STYLE):
        figure, (raster, *readouts) = plt.subplots(
            1 + READOUTS, 1, figsize=(10, 9), sharex=True, height_ratios=[4, *[1] * READOUTS]
        )
        first = 0
        for name, color in (("inputs", "0.4"), ("hidden, chip", "#1f77b4")):
            step, number = np.nonzero(measured[name][:, 0].numpy())
            raster.scatter(step, first + number, s=2, color=color, label=name)
            first += measured[name].shape[2]
        raster.set_ylabel("neuron")
        raster.legend(loc="upper left", bbox_to_anchor=(1, 1), markerscale=4)
        for number, axes in enumerate(readouts):
            for name, color in (("chip", "#1f77b4"), ("mock", "#d62728")):
                axes.plot(measured[f"readout, {name}"][:, 0, number], color=color, label=name)
            axes.set_ylabel(f"readout {number}")
        readouts[0].legend(loc="upper left", bbox_to_anchor=(1, 1))
        readouts[-1].set(xlabel="time / µs", xlim=(0, STEPS))
        save(figure, path)


def correlation(first: torch.Tensor, second: torch.Tensor) -> float:
    """Pearson's coefficient of all values."""
    return torch.corrcoef(torch.stack([first.flatten(), second.flatten()]))[0, 1].item()


def main(output: Path) -> dict[str, Any]:
    torch.manual_seed(3)
    hxtorch.init_hardware()
    try:
        with torch.no_grad():
            network, measured = measure()
    finally:
        hxtorch.release_hardware()
    draw(measured, output / "spiking_partitioning.png")
    mock, chip = (measured[f"hidden, {name}"].sum(dim=0) for name in ("mock", "chip"))
    return {
        "execution instances": len(network.exp.last_run_chip_configs),
        "spikes of a hidden neuron, mock": mock.mean().item(),
        "spikes of a hidden neuron, chip": chip.mean().item(),
        "correlation of spike counts": correlation(mock, chip),
        "correlation of readouts": correlation(measured["readout, mock"], measured["readout, chip"]),
    }


if __name__ == "__main__":
    run_script(main, __doc__)
