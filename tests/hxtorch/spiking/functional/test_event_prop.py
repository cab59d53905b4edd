"""EventProp: equations of both directions, and that the gradient is that of spike times."""

import numpy as np
import pytest
import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import AnalogObservable, Handle
from tests.hxtorch.spiking.functional import neurons

NEURON = {"leak": 0.1, "reset": 0.05, "threshold": 0.6, "tau_syn": 8e-6, "tau_mem": 6e-6}


def _apply(graded, hw_data=None, dt=1e-6, **changes):
    return F.EventPropLIFFunction.apply(graded, *{**NEURON, **changes}.values(), hw_data, dt)


def _stacked(x):
    return torch.stack([x, torch.zeros_like(x)]).requires_grad_()


def _forward(x, leak, reset, threshold, tau_syn, tau_mem, dt=1e-6):
    """Spikes, membrane and current of one neuron for its graded spikes."""
    i, v, rows = 0.0, leak, [(0.0, leak, 0.0)]
    for arriving in x[:-1]:
        i = i - i * dt / tau_syn + arriving
        v = v + (leak - v + i) * dt / tau_mem
        fires = v > threshold
        v = reset if fires else v
        rows.append((float(fires), v, i))
    return np.array(rows).T


def _backward(z, i, d_z, leak, reset, threshold, tau_syn, tau_mem, dt=1e-6):
    """Both halves of the gradient of one neuron."""
    lambda_v, lambda_i = np.zeros(len(z)), np.zeros(len(z))
    for t in range(len(z) - 1, 0, -1):
        lambda_i[t - 1] = lambda_i[t] + dt / tau_syn * (lambda_v[t] - lambda_i[t])
        lambda_v[t - 1] = lambda_v[t] * (1 - dt / tau_mem)
        if z[t]:
            before, after = leak - threshold + i[t - 1], leak - reset + i[t - 1]
            lambda_v[t - 1] = (lambda_v[t - 1] * after + d_z[t]) / before
    return tau_syn * lambda_i, lambda_v - lambda_i


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-12), (torch.float32, 1e-5)])
@pytest.mark.parametrize("shape", [(60, 3, 4), (50, 2, 700), (1, 2, 3)], ids=str)
def test_both_directions_are_those_of_the_equations(dtype, tolerance, shape):
    x = neurons.spikes(*shape, rate=0.2).to(dtype)
    input = _stacked(x)
    thresholds = torch.linspace(0.5, 0.7, shape[2], dtype=dtype)
    spikes, membrane, current = _apply(input, threshold=thresholds)
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    (spikes * weights).sum().backward()
    assert shape[0] == 1 or spikes.any()
    for b in range(shape[1]):
        for n in range(0, shape[2], 7):
            values = {**NEURON, "threshold": thresholds[n].item()}
            z, v, i = _forward(x[:, b, n].double().numpy(), **values)
            for trace, expected in ((spikes, z), (membrane, v), (current, i)):
                np.testing.assert_allclose(trace[:, b, n].detach(), expected, rtol=tolerance, atol=tolerance)
            halves = _backward(z, i, weights[:, b, n].double().numpy(), **values)
            for half, expected in zip(input.grad, halves, strict=True):
                scale = np.abs(expected).max() + 1e-30
                np.testing.assert_allclose(half[:, b, n] / scale, expected / scale, atol=100 * tolerance)


def test_the_gradient_of_a_spike_is_minus_that_of_its_time():
    """By finite differences, with steps so short that they do not matter."""
    dt, steps, arrival = 2e-9, 12000, 500
    values = {"leak": 0.0, "reset": 0.0, "threshold": 0.2, "tau_syn": 8e-6, "tau_mem": 6e-6}

    def spike_time(weight):
        x = torch.zeros(steps, 1, 1, dtype=torch.float64)
        x[arrival] = weight
        input = _stacked(x)
        spikes, membrane, _ = _apply(input, dt=dt, **values)
        step = spikes.flatten().argmax().item()
        # Finer than a step: where the line through the last two membranes crosses the threshold.
        below, change = membrane[step - 1].item(), (membrane[step - 1] - membrane[step - 2]).item()
        time = (step - 1 + (values["threshold"] - below) / change) * dt
        spikes.flatten()[step].backward()
        return time, input.grad[0, arrival].item()

    weight, change = 1.0, 0.01
    derivative = (spike_time(weight + change)[0] - spike_time(weight - change)[0]) / (2 * change)
    assert spike_time(weight)[1] == pytest.approx(-derivative, rel=2e-3)


def test_a_membrane_that_only_just_reaches_the_threshold_has_no_gradient():
    """The current equals the distance from leak to threshold: the membrane does not move."""
    data = Handle(
        voltage=AnalogObservable(), adaptation=None, spikes=torch.tensor([0.0, 1.0, 0.0]).reshape(3, 1, 1))
    for dtype in (torch.float32, torch.float64):
        input = _stacked(torch.zeros(3, 1, 1, dtype=dtype))
        spikes, _, _ = _apply(input, hw_data=data, leak=0.5, threshold=0.5)
        spikes.sum().backward()
        assert input.grad.isfinite().all() and not input.grad.any()


@pytest.mark.parametrize("length", [40, 41, 38])
def test_measured_data_are_returned_and_have_the_gradient_of_the_model(length):
    x = neurons.spikes(40, 2, 3)
    free_input, bound_input = _stacked(x), _stacked(x)
    free, membrane, _ = _apply(free_input)
    recorded = torch.cat([free.detach(), torch.zeros(5, 2, 3)])[:length]
    voltage = torch.cat([membrane, torch.ones(5, 2, 3)])[:length]
    data = Handle(voltage=AnalogObservable(cadc=voltage), adaptation=None, spikes=recorded)
    spikes, trace, current = _apply(bound_input, hw_data=data)
    steps = min(40, length)
    assert current is None and spikes.shape == trace.shape == x.shape
    assert torch.equal(spikes[:steps], recorded[:steps]) and torch.equal(trace[:steps], voltage[:steps])
    (free[:steps].sum()).backward()
    spikes.sum().backward()
    torch.testing.assert_close(bound_input.grad, free_input.grad)


@pytest.mark.parametrize("shape, rate", [((20, 3, 5), 0.2), ((64, 40, 256), 0.05), ((64, 40, 256), 0.5)], ids=str)
def test_synapses(shape, rate):
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(shape, generator=generator) < rate).float().requires_grad_()
    weight = torch.randn(30, shape[2], generator=generator, requires_grad=True)
    graded = F.EventPropSynapseFunction.apply(x, weight, None)
    assert graded.shape == (2, *shape[:2], 30) and not graded[1].any()
    torch.testing.assert_close(graded[0], x @ weight.t(), rtol=1e-4, atol=1e-4)
    gradients = torch.randn(graded.shape, generator=generator)
    graded.backward(gradients)
    torch.testing.assert_close(x.grad, gradients[1] @ weight, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        weight.grad, torch.einsum("tbo,tbi->oi", gradients[0], x.detach()), rtol=1e-3, atol=1e-3)


def test_potentials_get_no_gradient():
    threshold = torch.full((3,), 0.6, requires_grad=True)
    spikes, membrane, current = _apply(_stacked(neurons.spikes(20, 2, 3)), threshold=threshold)
    spikes.sum().backward()
    assert threshold.grad is None
    assert not membrane.requires_grad and not current.requires_grad


@pytest.mark.parametrize("input, changes, text", [
    (torch.zeros(5, 2, 3), {}, r"\(5, 2, 3\), expected \(2, time, batch, neurons\)"),
    (torch.zeros(2, 5, 2, 3), {"tau_syn": 0.0}, "tau_syn is 0.0"),
    (torch.zeros(2, 5, 2, 3), {"leak": torch.zeros(4)}, "leak has shape"),
])
def test_wrong_arguments_are_errors(input, changes, text):
    with pytest.raises(ValueError, match=text):
        _apply(input, **changes)
