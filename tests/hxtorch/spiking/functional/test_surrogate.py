"""Thresholds and their gradients."""

import pytest
import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.functional.unterjubel import Unterjubel


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("alpha", [1.0, 50.0])
def test_superspike(dtype, alpha):
    distance = torch.tensor([-2.0, -0.1, 0.0, 0.1, 2.0], dtype=dtype, requires_grad=True)
    spikes = F.SuperSpike.apply(distance, alpha)
    assert spikes.dtype == dtype and spikes.tolist() == [0, 0, 0, 1, 1]
    weights = torch.arange(1, 6, dtype=dtype)
    (spikes * weights).sum().backward()
    torch.testing.assert_close(distance.grad, weights / (alpha * distance.detach().abs() + 1) ** 2)


def test_threshold_is_superspike():
    distance = torch.linspace(-1, 1, 11, requires_grad=True)
    assert torch.equal(F.threshold(distance, "superspike", 3.0), F.SuperSpike.apply(distance, 3.0))


@pytest.mark.parametrize("method", ["", "SuperSpike", "sigmoid", None])
def test_unknown_methods_are_errors(method):
    with pytest.raises(ValueError, match="expected one of 'superspike'"):
        F.threshold(torch.zeros(3), method, 1.0)


def test_unterjubel_is_the_second_with_the_gradient_of_the_first():
    model, measured = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4, requires_grad=True)
    result = Unterjubel.apply(model, measured)
    assert torch.equal(result, measured)
    weights = torch.randn(3, 4)
    (result * weights).sum().backward()
    assert torch.equal(model.grad, weights) and measured.grad is None
    assert F.unterjubel.Unterjubel is F.Unterjubel


def test_unterjubel_of_other_shapes_is_an_error():
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(3, 4\)"):
        Unterjubel.apply(torch.zeros(3, 4), torch.zeros(3))
