"""Benchmarks of spiking networks in PyTorch: inference and training in the loop with the chip, network 256-246-10."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch

import hxtorch
import hxtorch.spiking as snn
from benchmarks.runner import Goal, Measurement, Peer, benchmark
from bss2.train.routing import SharedDriverRouter
from chipsim import Chip, SimConnection
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

INPUTS, HIDDEN, OUTPUTS = 256, 246, 10
WEIGHT_SCALE = 240.0
IMAGES = 60_000


class _Network(torch.nn.Module):
    """The network of Cramer et al. 2022 on a chip with mismatch and noise.

    Parameters
    ----------
    dt : float
        Length of a time step, s.
    record_hidden : bool
        Whether membranes of the hidden layer are recorded, which gradients need.
    """

    def __init__(self, dt: float, record_hidden: bool) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.experiment = snn.Experiment(dt=dt, hw_routing_func=SharedDriverRouter())
        neurons = {
            "tau_mem": 6e-6, "tau_syn": 6e-6, "leak": MixedHXModelParameter(0.0, 80),
            "reset": MixedHXModelParameter(0.0, 80), "threshold": MixedHXModelParameter(1.0, 150),
            "i_synin_gm": 500, "synapse_dac_bias": 1000, "trace_scale": 1 / 70, "shift_cadc_to_first": True,
            "neuron_structure": SingleCompartmentNeuron(2),
        }
        scale = partial(linear_saturating, scale=WEIGHT_SCALE)
        self.first = snn.Synapse(INPUTS, HIDDEN, self.experiment, transform=scale)
        self.hidden = snn.LIF(HIDDEN, self.experiment, enable_cadc_recording=record_hidden, **neurons)
        self.second = snn.Synapse(HIDDEN, OUTPUTS, self.experiment, transform=scale)
        self.readout = snn.LI(OUTPUTS, self.experiment, **neurons)
        # As after some training: a few dozen hidden spikes for an image.
        torch.nn.init.normal_(self.first.weight, 7e-3, 45e-3)
        torch.nn.init.normal_(self.second.weight, 0.0, 45e-3)

    def forward(self, spikes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (batch, 10) and hidden spikes for input spikes (time, batch, 256)."""
        hidden = self.hidden(self.first(snn.LIFObservables(spikes=spikes)))
        readout = self.readout(self.second(hidden))
        snn.run(self.experiment, len(spikes))
        return 10 * readout.membrane_cadc.amax(0), hidden.spikes


def _images(steps: int, count: int) -> torch.Tensor:
    """Spikes (time, image, pixel): a quarter of the pixels have one, most of them early."""
    generator = torch.Generator().manual_seed(1)
    step = torch.empty(count, INPUTS).exponential_(4 / steps, generator=generator).long()
    used = (torch.rand(count, INPUTS, generator=generator) < 0.25) & (step < steps)
    image, pixel = used.nonzero().T
    spikes = torch.zeros(steps, count, INPUTS)
    spikes[step[image, pixel], image, pixel] = 1
    return spikes


@contextmanager
def _chip() -> Iterator[None]:
    hxtorch.init_hardware(connection=SimConnection(Chip(1)))
    try:
        yield
    finally:
        hxtorch.release_hardware()


@benchmark(
    "inference-b", "Images per second, spiking network 256-246-10 on the chip: batch of 1000, 64 µs each; spikes and "
    "readout recorded", "1/s", Goal(20_000, "at least"),
    Peer(14_200, "PyTorch, dense time grid of 64 steps, 2 threads"),
)
def inference_b() -> Measurement:
    network, spikes = _Network(1e-6, record_hidden=False), _images(64, 1000)

    @torch.no_grad()
    def once() -> float:
        with _chip():
            network(spikes)
            begin = time.perf_counter()
            network(spikes)
            return spikes.shape[1] / (time.perf_counter() - begin)

    return once


@benchmark(
    "epoch-a1", "An epoch of training in the loop, network 256-246-10, 60,000 images in batches of 100, 20 steps of "
    "1.7 µs; from ten batches", "s", Goal(30),
)
def epoch_a1() -> Measurement:
    batches, size = 10, 100
    network, images = _Network(1.7e-6, record_hidden=True), _images(20, batches * size)
    labels = torch.randint(OUTPUTS, (batches * size,))
    optimiser = torch.optim.Adam(network.parameters(), 1.5e-3)

    def step(begin: int) -> None:
        scores, hidden = network(images[:, begin:begin + size])
        loss = torch.nn.functional.cross_entropy(scores, labels[begin:begin + size])
        loss = loss + 5e-4 * hidden.sum(0).pow(2).mean() + 0.1 * network.first.weight.pow(2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            network.first.weight.clamp_(-63 / WEIGHT_SCALE, 63 / WEIGHT_SCALE)

    def once() -> float:
        with _chip():
            step(0)
            begin = time.perf_counter()
            for batch in range(batches):
                step(batch * size)
            return (time.perf_counter() - begin) * IMAGES / (batches * size)

    return once
