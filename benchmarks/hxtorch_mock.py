"""Benchmarks of training without a chip: a step of a network of spiking neurons in the mock numerics.

`python -c "from benchmarks.hxtorch_mock import compare; compare()"` runs the same network in Norse as well, where that
is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.runner import Goal, Measurement, Peer, benchmark

_STEPS, _INPUTS, _HIDDEN, _OUTPUTS = 64, 256, 246, 10
_RATE = 0.05
"""Probability of an input spike in a time step."""

_ALPHA = 50.0
_TAU_IN_STEPS = 10

_SOURCE = "Norse 1.1.0, same network and torch; the least that its processor time allows with two threads"
"""From `compare`: 131 ms at batch 100, where PyTorch uses one thread, and 4.5 s at batch 1000, halved."""


def _task(batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Input spikes, labels, weights of both layers."""
    generator = torch.Generator().manual_seed(0)
    spikes = (torch.rand(_STEPS, batch, _INPUTS, generator=generator) < _RATE).float()
    hidden = 0.15 * torch.randn(_HIDDEN, _INPUTS, generator=generator) + 0.01
    out = 0.1 * torch.randn(_OUTPUTS, _HIDDEN, generator=generator)
    return spikes, torch.randint(_OUTPUTS, (batch,), generator=generator), hidden, out


def _step(
    network: Callable[[torch.Tensor], torch.Tensor], weights: list[torch.Tensor], spikes: torch.Tensor,
    labels: torch.Tensor,
) -> Callable[[], float]:
    """Forward, loss of the largest membrane over time, gradient of both weights."""

    def step() -> float:
        scores = network(spikes).amax(0)
        loss = torch.nn.functional.cross_entropy(scores, labels)
        torch.autograd.grad(loss, weights)
        return loss.item()

    return step


def mock_step(batch: int) -> Callable[[], float]:
    """A training step of hxtorch; returns the loss."""
    import hxtorch.spiking as snn

    spikes, labels, hidden, out = _task(batch)
    experiment = snn.Experiment(mock=True)
    tau = snn.ModelParameter(_TAU_IN_STEPS * experiment.dt)
    rest, one = snn.ModelParameter(0.0), snn.ModelParameter(1.0)
    first = snn.Synapse(_INPUTS, _HIDDEN, experiment)
    second = snn.Synapse(_HIDDEN, _OUTPUTS, experiment)
    first.weight.data, second.weight.data = hidden, out
    neurons: dict[str, Any] = {"leak": rest, "tau_mem": tau, "tau_syn": tau}
    lif = snn.LIF(
        _HIDDEN, experiment, reset=rest, threshold=one, refractory_time=0.0, alpha=_ALPHA, **neurons)
    li = snn.LI(_OUTPUTS, experiment, **neurons)

    def network(input: torch.Tensor) -> torch.Tensor:
        readout = li(second(lif(first(snn.LIFObservables(spikes=input)))))
        snn.run(experiment, None)
        return readout.membrane_cadc

    return _step(network, [first.weight, second.weight], spikes, labels)


def norse_step(batch: int) -> Callable[[], float]:
    """The same in Norse, but that there an input acts in its own time step, and that the reset has a gradient."""
    import norse.torch as norse

    spikes, labels, *given = _task(batch)
    layers = [torch.nn.Linear(_INPUTS, _HIDDEN, bias=False), torch.nn.Linear(_HIDDEN, _OUTPUTS, bias=False)]
    for layer, weight in zip(layers, given, strict=True):
        layer.weight.data = weight
    dt = 1e-3
    rate = torch.tensor(1 / (_TAU_IN_STEPS * dt))
    lif = norse.LIF(norse.LIFParameters(
        tau_syn_inv=rate, tau_mem_inv=rate, v_leak=torch.tensor(0.0), v_th=torch.tensor(1.0),
        v_reset=torch.tensor(0.0), method="super", alpha=torch.tensor(_ALPHA)), dt=dt)
    li = norse.LI(norse.LIParameters(tau_syn_inv=rate, tau_mem_inv=rate, v_leak=torch.tensor(0.0)), dt=dt)

    def network(input: torch.Tensor) -> torch.Tensor:
        return li(layers[1](lif(layers[0](input))[0]))[0]

    return _step(network, [layer.weight for layer in layers], spikes, labels)


def _two_threads(step: Callable[[], float]) -> Measurement:
    def once() -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(2)
        try:
            step()
        finally:
            torch.set_num_threads(before)

    return once


@benchmark("mock-step", "training step of a 256-246-10 network without a chip, 64 time steps, batch 100",
           goal=Goal(43), peer=Peer(65, _SOURCE))
def _mock_step() -> Measurement:
    return _two_threads(mock_step(100))


@benchmark("mock-step-1000", "training step of a 256-246-10 network without a chip, 64 time steps, batch 1000",
           goal=Goal(750), peer=Peer(1510, _SOURCE))
def _mock_step_1000() -> Measurement:
    return _two_threads(mock_step(1000))


def compare(repetitions: int = 7) -> None:
    """Print the least wall-clock and processor time of hxtorch and Norse, which take turns on the same machine."""
    for batch in (100, 1000):
        steps = {"hxtorch": _two_threads(mock_step(batch)), "Norse": _two_threads(norse_step(batch))}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
        for repetition in range(repetitions + 1):
            for name, step in steps.items():
                wall, processor = time.perf_counter(), time.process_time()
                step()
                if repetition:
                    times[name].append((time.perf_counter() - wall, time.process_time() - processor))
        for name, pairs in times.items():
            wall, processor = (1e3 * min(column) for column in zip(*pairs, strict=True))
            print(f"batch {batch}, {name}: {wall:.1f} ms, processor time {processor:.1f} ms")
