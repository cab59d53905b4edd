"""Arguments for the integrations, and the equations as loops in double precision."""

from typing import Any

import numpy as np
import torch

from hxtorch.spiking.functional import CuBaStepCode

TERMS = (
    "leaky", "fire", "refractory", "exponential", "subthreshold_adaptation", "spike_triggered_adaptation")

PARAMETERS: dict[str, Any] = {
    "leak": 0.1,
    "reset": 0.05,
    "threshold": 0.6,
    "tau_syn": 8e-6,
    "c_mem": 6e-6,
    "g_l": 0.9,
    "refractory_time": 3e-6,
    "method": "superspike",
    "alpha": 5.0,
    "exp_slope": 0.3,
    "exp_threshold": 1.5,
    "subthreshold_adaptation_strength": 0.5,
    "spike_triggered_adaptation_increment": 0.2,
    "tau_adap": 50e-6,
}


def arguments(measured: dict[str, bool] | None = None, **changes: Any) -> dict[str, Any]:
    """Arguments of `cuba_aelif_integration` with the source of the step that belongs to them."""
    given = {**PARAMETERS, **dict.fromkeys(TERMS, False), "leaky": True, "fire": True, **changes}
    code = CuBaStepCode(
        **{name: given[name] for name in TERMS},
        **{f"hw_{name}_available": on for name, on in (measured or {}).items()})
    return {**given, "integration_step_code": code.source()}


def integrate(x: np.ndarray, p: dict[str, Any], dt: float = 1e-6) -> dict[str, np.ndarray]:
    """The equations of the model, neuron by neuron, for graded spikes (time, batch, neurons)."""
    names = ("membrane", "current", "adaptation", "spikes")
    traces = {name: np.zeros(x.shape) for name in names}
    for b in range(x.shape[1]):
        for n in range(x.shape[2]):
            q = {name: float(np.broadcast_to(value, x.shape[2:])[n]) for name, value in p.items()
                 if not isinstance(value, str)}
            for t, state in enumerate(_neuron(x[:, b, n], q, dt)):
                for name, value in zip(names, state, strict=True):
                    traces[name][t, b, n] = value
    return traces


def _neuron(x: np.ndarray, p: dict[str, Any], dt: float):
    i = w = left = 0.0
    v = p["leak"] if p["leaky"] or p["subthreshold_adaptation"] else 0.0
    adapts = p["subthreshold_adaptation"] or p["spike_triggered_adaptation"]
    for arriving in x:
        into = i
        if p["leaky"]:
            into += p["g_l"] * (p["leak"] - v)
        if p["exponential"]:
            into += p["g_l"] * p["exp_slope"] * np.exp(min((v - p["exp_threshold"]) / p["exp_slope"], 30.0))
        if adapts:
            into -= w
        i += -i * dt / p["tau_syn"] + arriving
        v += into * dt / p["c_mem"]
        fires = bool(p["fire"]) and v > p["threshold"]
        w -= w * dt / p["tau_adap"]
        if p["subthreshold_adaptation"]:
            w += dt / p["tau_adap"] * p["subthreshold_adaptation_strength"] * (v - p["leak"])
        if p["spike_triggered_adaptation"] and fires:
            w += p["spike_triggered_adaptation_increment"]
        if fires:
            v = p["reset"]
        if p["fire"] and p["refractory"]:
            if left > 0:
                v, fires, left = p["reset"], False, left - 1
            if fires:
                left = round(p["refractory_time"] / dt)
        yield v, i, w if adapts else 0.0, float(fires)


def spikes(*shape: int, rate: float = 0.15, seed: int = 0) -> torch.Tensor:
    """Graded spikes: random values at random places."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=generator) < rate) * torch.rand(shape, generator=generator) * 1.5
