"""The compiled integration is the generic one: values bit by bit, gradients but for rounding."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import hxtorch.spiking.functional as F
from hxtorch.spiking.functional import aelif_fused, aelif_generic
from hxtorch.spiking.handle import AnalogObservable, Handle
from tests.hxtorch.spiking.functional import neurons

TRACES = ("membrane", "current", "adaptation", "spikes")
SHAPED = ("leak", "reset", "threshold", "tau_syn", "c_mem", "g_l", "exp_slope", "exp_threshold",
          "subthreshold_adaptation_strength", "spike_triggered_adaptation_increment", "tau_adap")
EXACT = torch.finfo(torch.float32).eps


def _generic(arguments):
    return {**arguments, "integration_step_code": "# generic\n" + arguments["integration_step_code"]}


@st.composite
def cases(draw):
    """Input, arguments, measured data, and how the results enter a loss."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 5), st.integers(1, 20)))
    flags = {name: draw(st.booleans()) for name in neurons.TERMS}
    measured = {name: draw(st.booleans()) for name in ("voltage_trace", "adaptation_trace", "spikes")}

    def value(name):
        kind = draw(st.sampled_from([None, (), (1,), shape[2:]]))
        number = neurons.PARAMETERS[name]
        if kind is None:
            return number
        return (number * (0.9 + 0.2 * torch.rand(kind, generator=generator))).requires_grad_()

    def data(name, scale):
        length = max(1, shape[0] + draw(st.integers(-2, 1)))
        return scale(torch.rand(length, *shape[1:], generator=generator)) if measured[name] else None

    given = neurons.arguments(
        measured, **flags, **{name: value(name) for name in SHAPED},
        refractory_time=draw(st.sampled_from([0.0, 3e-6, 1.5e-6])))
    handle = Handle(
        voltage=AnalogObservable(cadc=data("voltage_trace", lambda r: r)),
        adaptation=AnalogObservable(cadc=data("adaptation_trace", lambda r: r)),
        spikes=data("spikes", lambda r: (r < 0.2).float()))
    x = ((torch.rand(shape, generator=generator) < 0.15) * torch.rand(shape, generator=generator) * 1.5)
    weights = {
        name: torch.randn(shape, generator=generator) for name in TRACES if draw(st.booleans())
    } or {"membrane": torch.ones(shape)}
    return x.requires_grad_(draw(st.booleans())), given, handle, weights


def _results(x, arguments, handle, weights):
    """Traces, and gradients of a weighted sum of them by name."""
    traces = F.cuba_aelif_integration(x, hw_data=handle, **arguments)
    loss = sum((getattr(traces, name) * weight).sum() for name, weight in weights.items())
    leaves = {"input": x, **{name: value for name, value in arguments.items() if torch.is_tensor(value)}}
    leaves = {name: value for name, value in leaves.items() if value.requires_grad}
    gradients = [None] * len(leaves)
    if loss.requires_grad:
        gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return traces, {
        name: torch.zeros_like(leaf) if gradient is None else gradient
        for (name, leaf), gradient in zip(leaves.items(), gradients, strict=True)}


@given(cases())
@settings(max_examples=150, deadline=None)
def test_fused_is_generic(case):
    x, arguments, handle, weights = case
    fused, fused_gradients = _results(x, arguments, handle, weights)
    generic, generic_gradients = _results(x, _generic(arguments), handle, weights)
    for name in TRACES:
        # The exponential function is another one, and its differences grow.
        tolerance = 1e-3 if arguments["exponential"] else 0.0
        torch.testing.assert_close(
            getattr(fused, name), getattr(generic, name), rtol=tolerance, atol=tolerance,
            msg=lambda m, n=name: f"{n}: {m}")
    total = sum(weight.abs().sum().item() for weight in weights.values())
    for name, expected in generic_gradients.items():
        tolerance = 1e-2 if arguments["exponential"] else 1e-4
        # What a change by the value itself would make, of sums whose terms may cancel each other.
        unit = neurons.PARAMETERS.get(name, 1.0)
        atol = tolerance * unit * expected.abs().max().item() + 10 * EXACT * total
        torch.testing.assert_close(
            unit * fused_gradients[name], unit * expected, rtol=tolerance, atol=atol,
            msg=lambda m, n=name: f"{n}: {m}")


HOT = [
    {"fire": False}, {}, {"refractory": True}, {"subthreshold_adaptation": True, "spike_triggered_adaptation": True},
    {"refractory": True, "exponential": True, "exp_threshold": 0.9}]


@pytest.mark.parametrize("changes", HOT, ids=str)
@pytest.mark.parametrize("shape", [(70, 30, 246), (64, 100, 10), (40, 3, 2000), (20, 1, 1)], ids=str)
def test_large_tensors_and_threads(changes, shape):
    """More columns than a block, several periods, and several threads."""
    x = neurons.spikes(*shape).requires_grad_()
    size = torch.full(shape[2:], 0.6).requires_grad_()
    given = neurons.arguments(**changes, threshold=size)
    weights = {"membrane": torch.randn(shape, generator=torch.Generator().manual_seed(3))}
    fused, generic = _results(x, given, None, weights), _results(x, _generic(given), None, weights)
    value, gradient = (1e-4, 1e-3) if given["exponential"] else (0.0, 1e-4)
    torch.testing.assert_close(fused[0].membrane, generic[0].membrane, rtol=0, atol=value)
    for name, expected in generic[1].items():
        scale = expected.abs().max().item()
        torch.testing.assert_close(fused[1][name], expected, rtol=gradient, atol=gradient / 10 * scale)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_do_not_depend_on_the_number_of_threads(threads):
    before = torch.get_num_threads()
    x = neurons.spikes(64, 40, 100).requires_grad_()
    threshold = torch.tensor(0.6, requires_grad=True)

    def results():
        return _results(x, neurons.arguments(threshold=threshold), None, {"spikes": torch.ones(64, 40, 100)})

    try:
        torch.set_num_threads(1)
        one = results()
        torch.set_num_threads(threads)
        many = results()
    finally:
        torch.set_num_threads(before)
    assert torch.equal(one[0].spikes, many[0].spikes)
    assert torch.equal(one[1]["input"], many[1]["input"])
    torch.testing.assert_close(one[1]["threshold"], many[1]["threshold"])


def _is_fused(monkeypatch, x, arguments, handle=None):
    monkeypatch.setattr(aelif_generic, "integrate", lambda *_: pytest.fail("generic"))
    try:
        F.cuba_aelif_integration(x, hw_data=handle, **arguments)
    except pytest.fail.Exception:
        return False
    return True


@pytest.mark.parametrize("x, changes, fused", [
    (torch.zeros(5, 2, 3), {}, True),
    (torch.zeros(3, 2, 5).transpose(0, 2), {}, True),
    (torch.zeros(5, 2, 3), {"threshold": torch.tensor(0.5, dtype=torch.float64)}, True),
    (torch.zeros(5, 2, 3), {"threshold": torch.full((3,), 0.5, dtype=torch.float64)}, False),
    (torch.zeros(5, 2, 3).double(), {}, False),
    (torch.zeros(5, 0, 3), {}, False),
], ids=str)
def test_which_tensors_are_fused(monkeypatch, x, changes, fused):
    assert _is_fused(monkeypatch, x, neurons.arguments(**changes)) is fused


def test_changed_code_is_not_fused(monkeypatch):
    assert not _is_fused(monkeypatch, torch.zeros(5, 2, 3), _generic(neurons.arguments()))


def test_tensors_that_are_not_contiguous():
    x = neurons.spikes(7, 20, 6).transpose(0, 1)
    given = neurons.arguments(refractory=True)
    fused = F.cuba_aelif_integration(x, **given)
    assert torch.equal(fused.membrane, F.cuba_aelif_integration(x.contiguous(), **given).membrane)
    gradients = []
    for source in (dict, _generic):
        leaf = neurons.spikes(7, 20, 6).requires_grad_()
        traces = F.cuba_aelif_integration(leaf.transpose(0, 1), **source(given))
        traces.membrane.transpose(1, 2).sum(2).sum().backward()
        gradients.append(leaf.grad)
    torch.testing.assert_close(*gradients)


def test_second_derivatives():
    """The gradient's derivative, by way of the generic integration."""
    results = []
    for source in (dict, _generic):
        x = neurons.spikes(12, 2, 3).requires_grad_()
        tau = torch.full((3,), 8e-6, requires_grad=True)
        traces = F.cuba_aelif_integration(x, **source(neurons.arguments(tau_syn=tau, refractory=True)))
        loss = (traces.membrane**2).sum() + traces.spikes.sum()
        first = torch.autograd.grad(loss, [x, tau], create_graph=True)
        results.append([*first, *torch.autograd.grad((first[0]**2).sum() + 1e-6 * first[1].sum(), [x, tau])])
    for fused, generic in zip(*results, strict=True):
        assert generic.any()
        torch.testing.assert_close(fused, generic, rtol=1e-4, atol=1e-5 * generic.abs().max().item())


def test_backward_twice_with_a_kept_graph():
    x = neurons.spikes(12, 2, 3).requires_grad_()
    loss = F.cuba_aelif_integration(x, **neurons.arguments()).membrane.sum()
    first, = torch.autograd.grad(loss, x, retain_graph=True)
    assert torch.equal(first, torch.autograd.grad(loss, x)[0])


def test_results_that_were_overwritten_are_noticed():
    x = neurons.spikes(12, 2, 3).requires_grad_()
    traces = F.cuba_aelif_integration(x, **neurons.arguments())
    loss = traces.membrane.sum()
    with torch.no_grad():
        traces.membrane.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_nothing_is_kept_without_gradient():
    traces = F.cuba_aelif_integration(neurons.spikes(12, 2, 3), **neurons.arguments())
    assert not traces.membrane.requires_grad and traces.membrane.grad_fn is None


def test_coefficients_are_repeated_for_few_neurons_only():
    assert aelif_fused.periodic(torch.zeros(14, 10), 1000).shape == (14, 1020)
    assert aelif_fused.periodic(torch.zeros(14, 10), 3).shape == (14, 30)
    assert aelif_fused.periodic(torch.zeros(14, 2000), 3).shape == (14, 2000)
