"""Neurons with factors per time step."""

import numpy as np
import pytest
import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import AnalogObservable, Handle
from tests.hxtorch.spiking.functional import neurons

pytestmark = pytest.mark.filterwarnings("ignore:exp_cuba")

LIF = {"leak": 0.1, "reset": 0.05, "threshold": 0.6, "tau_syn_exp": 0.88, "tau_mem_exp": 0.84, "method": "superspike",
       "alpha": 5.0}
LI = {name: LIF[name] for name in ("leak", "tau_syn_exp", "tau_mem_exp")}


def _expected(x, fire):
    """Spikes, membrane and current."""
    s, m, leak = LIF["tau_syn_exp"], LIF["tau_mem_exp"], LIF["leak"]
    v, i, rows = np.full(x.shape[1:], leak), np.zeros(x.shape[1:]), []
    for arriving in x:
        v = m * (v - leak) + leak + (1 - m) * i
        i = s * i + arriving
        z = (v > LIF["threshold"]) & fire
        v = np.where(z, LIF["reset"], v)
        rows.append((z, v, i))
    return [np.array(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_equations(dtype, tolerance):
    x = neurons.spikes(100, 5, 15)
    spikes, membrane, current, madc = F.exp_cuba_lif_integration(x.to(dtype), **LIF)
    assert madc is None and spikes.any()
    for trace, expected in zip((spikes, membrane, current), _expected(x.double().numpy(), True), strict=True):
        np.testing.assert_allclose(trace, expected, rtol=tolerance, atol=tolerance)
    membrane, current, madc = F.exp_cuba_li_integration(x.to(dtype), **LI)
    assert madc is None
    for trace, expected in zip((membrane, current), _expected(x.double().numpy(), False)[1:], strict=True):
        np.testing.assert_allclose(trace, expected, rtol=tolerance, atol=tolerance)


def _data():
    generator = torch.Generator().manual_seed(0)
    spikes = (torch.rand(100, 5, 15, generator=generator) < 0.1).float()
    analog = AnalogObservable(cadc=torch.randn(100, 5, 15, generator=generator), madc=torch.randn(2, 300, 5))
    return spikes, analog, Handle(spikes=spikes, voltage=analog, adaptation=AnalogObservable())


def test_measured_data():
    spikes, analog, data = _data()
    x = neurons.spikes(100, 5, 15).requires_grad_()
    results = F.exp_cuba_lif_integration(x, hw_data=data, **LIF)
    assert torch.equal(results[0], spikes) and torch.equal(results[1], analog.cadc) and results[3] is analog.madc
    (results[0].sum() + results[1].sum()).backward()
    assert x.grad.any()
    data.spikes = None
    results = F.exp_cuba_li_integration(x, hw_data=data, **LI)
    assert torch.equal(results[0], analog.cadc) and results[2] is analog.madc


def test_gradients_of_the_factors_are_those_of_finite_differences():
    x = neurons.spikes(15, 1, 2).double().requires_grad_()
    values = [torch.full((2,), LI[name], dtype=torch.float64, requires_grad=True) for name in LI]
    torch.autograd.gradcheck(
        lambda x, *values: F.exp_cuba_li_integration(x, **dict(zip(LI, values, strict=True)))[:2], [x, *values])


def test_they_are_deprecated():
    with pytest.warns(DeprecationWarning, match="exp_cuba_lif_integration is deprecated"):
        F.exp_cuba_lif_integration(torch.zeros(5, 2, 3), **LIF)
    with pytest.warns(DeprecationWarning, match="exp_cuba_li_integration is deprecated"):
        F.exp_cuba_li_integration(torch.zeros(5, 2, 3), **LI)


@pytest.mark.parametrize("changes", [{"tau_mem_exp": 1.0}, {"tau_syn_exp": -0.1}, {"tau_mem_exp": 10e-6 / 1e-6}])
def test_wrong_factors_are_errors(changes):
    with pytest.raises(ValueError, match=f"{next(iter(changes))} is .* less than 1"):
        F.exp_cuba_li_integration(torch.zeros(5, 2, 3), **{**LI, **changes})
