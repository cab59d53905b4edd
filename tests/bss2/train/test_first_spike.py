"""First spike times against integration of the differential equations, and their gradients against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import lambertw

from bss2.train.first_spike import MIN_SLOPE, first_spike_times, lambert_w, spike_time_loss


def integrated(times: np.ndarray, weights: np.ndarray, threshold: float = 1.0) -> float:
    """First crossing of the threshold by a leaky integrator with exponential currents; inf for none."""

    def crossing(t, state):
        return state[1] - threshold

    crossing.terminal, crossing.direction = True, 1
    state = np.zeros(2)
    edges = [*np.sort(times[np.isfinite(times)]), 30.0]
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        state[0] += weights[times == start].sum() if start not in edges[: edges.index(start)] else 0.0
        solved = solve_ivp(
            lambda t, s: [-s[0], s[0] - s[1]], (start, max(end, start)), state, events=crossing, rtol=1e-10, atol=1e-12
        )
        if solved.t_events[0].size:
            return float(solved.t_events[0][0])
        state = solved.y[:, -1]
    return math.inf


@pytest.mark.parametrize("seed", range(12))
def test_times_are_those_of_the_differential_equations(seed):
    random = np.random.default_rng(seed)
    times = random.uniform(0, 3, (3, 8))
    times[random.random(times.shape) < 0.2] = np.inf
    weights = random.normal(0.5, 1.2, (4, 8))
    found = first_spike_times(torch.tensor(times), torch.tensor(weights)).numpy()
    expected = np.array([[integrated(t, w) for w in weights] for t in times])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_one_input_just_reaches_the_threshold():
    times = torch.zeros(1, 1, dtype=torch.float64)
    assert first_spike_times(times, torch.tensor([[math.e + 1e-9]], dtype=torch.float64)).item() == pytest.approx(
        1, abs=1e-3
    )
    assert math.isinf(first_spike_times(times, torch.tensor([[math.e - 1e-9]], dtype=torch.float64)).item())


@settings(max_examples=50, deadline=None)
@given(st.floats(-math.exp(-1), 0))
def test_lambert(z):
    # SciPy has no value at -1/e itself.
    expected = np.nan_to_num(lambertw(z).real, nan=-1.0)
    assert lambert_w(torch.tensor([z], dtype=torch.float64)).item() == pytest.approx(max(expected, -1), abs=2e-7)


@pytest.mark.parametrize("seed", range(4))
def test_gradients(seed):
    random = torch.Generator().manual_seed(seed)
    times = (3 * torch.rand(4, 7, generator=random, dtype=torch.float64)).requires_grad_()
    weights = (1.5 * torch.randn(5, 7, generator=random, dtype=torch.float64) + 1).requires_grad_()

    def fired(times, weights):
        output = first_spike_times(times, weights)
        return output[torch.isfinite(output)]

    assert len(fired(times, weights)) > 3
    assert torch.autograd.gradcheck(fired, (times, weights), eps=1e-7, atol=1e-4)


def test_recorded_times_replace_the_model_and_keep_its_gradient():
    times = torch.tensor([[0.0, 0.5]], dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([[2.0, 2.5]], dtype=torch.float64, requires_grad=True)
    model = first_spike_times(times, weights)
    model.sum().backward()
    expected = times.grad.clone(), weights.grad.clone()
    times.grad = weights.grad = None
    same = first_spike_times(times, weights, recorded=model.detach())
    same.sum().backward()
    assert torch.equal(same, model)
    torch.testing.assert_close((times.grad, weights.grad), expected)
    assert first_spike_times(times, weights, recorded=torch.tensor([[1.25]])).item() == 1.25


def test_recorded_times_that_the_model_cannot_explain():
    times = torch.tensor([[0.5, torch.inf]], requires_grad=True)
    weights = torch.tensor([[-1.0, 3.0]], requires_grad=True)
    first_spike_times(times, weights, recorded=torch.tensor([[0.25]])).sum().backward()
    assert not times.grad.any() and not weights.grad.any()
    first_spike_times(times, weights, recorded=torch.tensor([[1.0]])).sum().backward()
    assert weights.grad[0, 0].item() == pytest.approx(-0.5 * math.exp(-0.5) / MIN_SLOPE) and weights.grad[0, 1] == 0


def test_silent_neurons_have_no_gradient():
    times = torch.full((2, 3), torch.inf, requires_grad=True)
    weights = torch.ones(4, 3, requires_grad=True)
    output = first_spike_times(times, weights)
    assert torch.isinf(output).all()
    output.sum().backward()
    assert not times.grad.any() and not weights.grad.any()


def test_loss():
    times = torch.tensor([[1.0, 2.0, torch.inf]], requires_grad=True)
    labels = torch.tensor([0])
    loss = spike_time_loss(times, labels, alpha=0.005, beta=1.0, xi=0.2)
    expected = math.log(1 + math.exp(-5) + math.exp(-10)) + 0.005 * (math.e - 1)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    loss.backward()
    assert times.grad[0, 0] > 0 > times.grad[0, 1] and times.grad[0, 2] == 0
    assert torch.isfinite(spike_time_loss(torch.full((1, 3), torch.inf), labels))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((torch.zeros(3), torch.zeros(2, 3)), "expected"),
        ((torch.zeros(1, 4), torch.zeros(2, 3)), r"\(1, 4\)"),
        ((torch.zeros(1, 3), torch.zeros(2, 3), 0.0), "threshold of 0.0"),
        ((torch.zeros(1, 3), torch.zeros(2, 3), 1.0, torch.zeros(1, 3)), r"recorded times \(1, 3\), expected \(1, 2\)"),
    ],
)
def test_wrong_arguments(arguments, text):
    with pytest.raises(ValueError, match=text):
        first_spike_times(*arguments)
