"""Weighted sums of spikes, with all weights, some, or saturating ones."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import hxtorch.spiking.functional as F
from hxtorch.spiking.functional import products


def _spikes(*shape, rate=0.05, graded=False, seed=0):
    generator = torch.Generator().manual_seed(seed)
    spikes = (torch.rand(shape, generator=generator) < rate).float()
    return spikes * torch.randn(shape, generator=generator) if graded else spikes


def _gradients(function, *leaves):
    leaves = [leaf.clone().requires_grad_() for leaf in leaves]
    result = function(*leaves)
    weights = torch.randn(result.shape, generator=torch.Generator().manual_seed(1)).to(result)
    return [result.detach(), *torch.autograd.grad((result * weights).sum(), leaves)]


@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 5)), n_in=st.integers(1, 70), n_out=st.integers(1, 40),
    rate=st.sampled_from([0.0, 0.05, 0.5, 1.0]), bias=st.booleans(), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=100)
def test_products_of_spikes_are_products_of_matrices(shape, n_in, n_out, rate, bias, seed):
    generator = torch.Generator().manual_seed(seed)
    x = _spikes(*shape, n_in, rate=rate, graded=True, seed=seed)
    leaves = [x, torch.randn(n_out, n_in, generator=generator)] + [torch.randn(n_out, generator=generator)] * bias
    sparse = _gradients(lambda x, w, b=None: products.SpikeProduct.apply(x, w, b), *leaves)
    dense = _gradients(torch.nn.functional.linear, *(leaf.double() for leaf in leaves))
    for one, other in zip(sparse, dense, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rate", [0.02, 0.4])
@pytest.mark.parametrize("n_out", [10, 246, 600])
def test_linear_is_that_of_torch_for_many_and_few_spikes(rate, n_out):
    x, weight, bias = _spikes(64, 40, 256, rate=rate), torch.randn(n_out, 256), torch.randn(n_out)
    assert products.suits(x, weight, bias) is (rate < 0.15)
    leaves = (x, weight, bias)
    results = zip(_gradients(F.linear, *leaves), _gradients(torch.nn.functional.linear, *leaves), strict=True)
    for ours, theirs in results:
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("x, weight", [
    (torch.zeros(64, 40, 256).double(), torch.zeros(246, 256).double()),
    (torch.zeros(64, 40, 256).double(), torch.zeros(246, 256)),
    (torch.zeros(64, 40, 256), torch.zeros(246, 255)),
    (torch.zeros(2, 4, 25), torch.zeros(24, 25)),
    (torch.zeros(2, 4, 20000), torch.zeros(246, 20000)),
], ids=lambda t: str(tuple(t.shape)))
def test_what_is_left_to_torch(x, weight):
    assert not products.suits(x, weight)


def test_wrong_shapes_are_errors():
    with pytest.raises(RuntimeError):
        F.linear(torch.zeros(64, 40, 256), torch.zeros(246, 255))


def test_second_derivatives_of_products_of_spikes():
    x, weight = _spikes(6, 2, 5, rate=0.3), torch.randn(4, 5)
    x, weight = x.double().requires_grad_(), weight.double().requires_grad_()
    results = []
    for function in (lambda x, w: products.SpikeProduct.apply(x.float(), w.float(), None), torch.nn.functional.linear):
        first = torch.autograd.grad((function(x, weight) ** 2).sum(), [x, weight], create_graph=True)
        results.append(torch.autograd.grad(sum((g**2).sum() for g in first), [x, weight]))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_linear_sparse_has_the_weights_of_its_connections_only():
    weight = torch.nn.Parameter(torch.randn(4, 5))
    mask = torch.rand(4, 5, generator=torch.Generator().manual_seed(0)) < 0.5
    expected = weight.detach() * mask
    x = torch.randn(3, 2, 5)
    result = F.linear_sparse(x, weight, mask)
    assert torch.equal(weight.detach(), expected)
    torch.testing.assert_close(result, x @ expected.t())
    result.sum().backward()
    torch.testing.assert_close(weight.grad, x.sum((0, 1)).expand(4, 5))  # not masked
    assert torch.equal(F.linear_sparse(x, weight.detach(), bias=torch.ones(4)), F.linear(x, weight, torch.ones(4)))


def test_connections_of_another_shape_are_an_error():
    with pytest.raises(ValueError, match=r"\(5, 4\), expected \(4, 5\)"):
        F.linear_sparse(torch.zeros(3, 2, 5), torch.zeros(4, 5), torch.ones(5, 4))


@pytest.mark.parametrize("start, weights, expected", [
    (61, [0.5, 0.97, 1.0, 1.2], [0.5, 0.969953, 0.988321, 0.999979]),
    (0, [0.5, 1.0, -2.0], [0.393469, 0.632121, -0.864665]),
])
def test_saturating_weights(start, weights, expected):
    result = F.linear_exponential_clamp(torch.eye(1), torch.tensor(weights)[:, None], cap=1.0, start_weight=start)
    np.testing.assert_allclose(result.flatten(), expected, atol=1e-6)


@given(cap=st.floats(0.1, 10), start=st.floats(0, 62.5), seed=st.integers(0, 100))
@settings(deadline=None)
def test_saturating_weights_are_odd_monotonic_and_smooth(cap, start, seed):
    weight = torch.linspace(-4 * cap, 4 * cap, 401, dtype=torch.float64).unsqueeze(1).requires_grad_()
    result = F.linear_exponential_clamp(torch.eye(1).double(), weight, cap=cap, start_weight=start)[0]
    torch.testing.assert_close(result, -result.flip(0))
    assert (result.diff() >= 0).all() and (result.abs() <= cap).all()
    slope, = torch.autograd.grad(result.sum(), weight)
    s = start / 63
    u = weight.detach().abs() / cap
    expected = torch.where(u > s, torch.exp(-(u - s) / (1 - s)), 1.0)
    # At zero, the magnitude has no derivative.
    torch.testing.assert_close(slope[u > 1e-9], expected[u > 1e-9])


def test_quantised_weights_have_the_gradient_of_the_identity():
    weight = torch.linspace(-1.4, 1.4, 23).unsqueeze(1).requires_grad_()
    result = F.linear_exponential_clamp(torch.eye(1), weight, quantize=True, cap=1.5, start_weight=61)
    steps = result * 63 / 1.5
    torch.testing.assert_close(steps, steps.round(), atol=1e-4, rtol=0)
    result.sum().backward()
    assert torch.equal(weight.grad, torch.ones_like(weight))


@pytest.mark.parametrize("changes", [{"start_weight": 63.0}, {"start_weight": -1.0}, {"cap": 0.0}])
def test_wrong_saturation_is_an_error(changes):
    with pytest.raises(ValueError, match="expected"):
        F.linear_exponential_clamp(torch.zeros(1, 2), torch.zeros(3, 2), **changes)


def test_dropout_leaves_out_neurons():
    spikes, mask = torch.ones(3, 2, 4), torch.tensor([True, False, True, True])
    assert torch.equal(F.batch_dropout(spikes, mask), mask.float().expand(3, 2, 4))
    with pytest.raises(ValueError, match=r"\(3,\), expected \(4,\)"):
        F.batch_dropout(spikes, mask[:3])


@pytest.mark.parametrize("length", [3, 5, 7])
@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: type("Data", (), {"spikes": s})()])
def test_input_neurons_take_recorded_spikes(length, wrap):
    input = _spikes(5, 2, 3, rate=0.3).requires_grad_()
    recorded = _spikes(length, 2, 3, rate=0.3, seed=2).to(torch.uint8)
    result = F.input_neuron(input, wrap(recorded))
    assert result.shape == input.shape and result.dtype == input.dtype
    steps = min(5, length)
    assert torch.equal(result[:steps], recorded[:steps].float()) and not result[steps:].any()
    result.sum().backward()
    assert torch.equal(input.grad, torch.ones_like(input))
    assert F.input_neuron(input) is input


def test_recorded_spikes_of_other_neurons_are_an_error():
    with pytest.raises(ValueError, match="recorded spikes"):
        F.input_neuron(torch.zeros(5, 2, 3), torch.zeros(5, 2, 4))
