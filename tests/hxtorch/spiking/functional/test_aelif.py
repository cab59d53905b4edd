"""Integration of neurons: equations, gradients, measured data, errors."""

import itertools
import math

import numpy as np
import pytest
import torch

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import AnalogObservable, Handle
from tests.hxtorch.spiking.functional import neurons

TRACES = ("membrane", "current", "adaptation", "spikes")


def _custom(arguments):
    """The same arguments with a source that is not the generated one, though it does the same."""
    return {**arguments, "integration_step_code": "# changed\n" + arguments["integration_step_code"]}


def _train(*steps, length=50, value=1.0):
    x = torch.zeros(length, 1, 1)
    x[list(steps)] = value
    return x


LIF = {"leak": 0.0, "reset": 0.0, "threshold": 1.0, "tau_syn": 10e-6, "c_mem": 10e-6, "g_l": 1.0, "alpha": 50.0}


@pytest.mark.parametrize("changes, maximum, step", [
    ({}, 0.9**9, 19),
    ({"tau_syn": 6e-6, "g_l": 10 / 6}, 0.2411265, 15),
    ({"tau_syn": 6e-6, "c_mem": 6e-6}, 0.4018776, 15),
])
@pytest.mark.parametrize("fire", [True, False])
@pytest.mark.parametrize("source", [dict, _custom])
def test_response_to_one_spike(changes, maximum, step, fire, source):
    traces = F.cuba_aelif_integration(_train(10), **source(neurons.arguments(**{**LIF, "fire": fire, **changes})))
    v = traces.membrane.flatten()
    assert v.max().item() == pytest.approx(maximum, rel=1e-6)
    # Steps 19 and 20 are equal but for rounding.
    assert v.argmax().item() in ({19, 20} if step == 19 else {step})
    assert not traces.spikes.any()
    assert (v[:11] == 0).all() and v[11] > 0


@pytest.mark.parametrize("refractory, steps, at, maximum", [
    (True, [22], {21: 121.8920}, (36, 50, 123.7537)),
    (False, [22, 35], {21: 121.8920, 34: 124.1546}, (40, 50, 99.172)),
])
@pytest.mark.parametrize("source", [dict, _custom])
def test_spikes_of_the_default_neuron(refractory, steps, at, maximum, source):
    given = neurons.arguments(
        **{**LIF, "leak": 80.0, "reset": 80.0, "threshold": 125.0, "refractory_time": 1e-6, "refractory": refractory})
    traces = F.cuba_aelif_integration(_train(10, 15, 20, 30, value=50.0), **source(given))
    assert traces.spikes.nonzero()[:, 0].tolist() == steps
    for step, value in at.items():
        assert traces.membrane[step].item() == pytest.approx(value, abs=1e-3)
    first, last, value = maximum
    assert traces.membrane[first:last].max().item() == pytest.approx(value, abs=1e-3)


ALL = list(itertools.product([False, True], repeat=6))


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-9), (torch.float32, 1e-3)])
def test_all_terms_agree_with_the_equations(dtype, tolerance):
    x = neurons.spikes(60, 2, 3)
    for flags in ALL:
        terms = dict(zip(neurons.TERMS, flags, strict=True))
        given = neurons.arguments(**terms, refractory_time=torch.tensor([1e-6, 3e-6, 0.0]),
                                  threshold=torch.tensor([0.5, 0.6, 0.7], dtype=dtype))
        traces = F.cuba_aelif_integration(x.to(dtype), **given)
        values = {name: np.asarray(value) if torch.is_tensor(value) else value for name, value in given.items()}
        expected = neurons.integrate(x.double().numpy(), {**values, **terms})
        for name in TRACES:
            np.testing.assert_allclose(
                getattr(traces, name), expected[name], rtol=tolerance, atol=tolerance, err_msg=f"{name} for {terms}")
            assert getattr(traces, name).dtype == dtype
        assert not terms["fire"] or traces.spikes.any()


@pytest.mark.parametrize("terms", [
    {}, {"exponential": True}, {"subthreshold_adaptation": True},
    {"exponential": True, "subthreshold_adaptation": True, "leaky": False}])
def test_gradients_of_neurons_that_do_not_fire_are_those_of_finite_differences(terms):
    names = ["leak", "tau_syn", "c_mem", "g_l", "exp_slope", "exp_threshold", "subthreshold_adaptation_strength",
             "tau_adap"]
    # With times in units of a step, finite differences have a fitting size.
    scaled = {**neurons.PARAMETERS, "tau_syn": 8.0, "c_mem": 6.0, "tau_adap": 50.0}
    x = neurons.spikes(12, 1, 2).double().requires_grad_()
    values = [torch.full((2,), scaled[name], dtype=torch.float64, requires_grad=True) for name in names]

    def traces(x, *values):
        given = neurons.arguments(fire=False, **terms, **dict(zip(names, values, strict=True)))
        return F.cuba_aelif_integration(x, dt=1.0, **given)[::2][:2] + (
            F.cuba_aelif_integration(x, dt=1.0, **given).adaptation,)

    torch.autograd.gradcheck(traces, [x, *values])


def _everything(**changes):
    terms = dict.fromkeys(neurons.TERMS, True)
    generator = torch.Generator().manual_seed(1)

    def full(value):
        return (value * (0.8 + 0.4 * torch.rand(15, generator=generator))).requires_grad_()

    return {**terms, **{name: full(value) for name, value in {
        "leak": 80.0, "reset": 80.0, "threshold": 125.0, "tau_syn": 10e-6, "c_mem": 10e-6, "g_l": 1.0,
        "exp_slope": 50e-3, "exp_threshold": 110.0, "subthreshold_adaptation_strength": 10.0,
        "spike_triggered_adaptation_increment": 0.2, "tau_adap": 100e-6}.items()},
        "refractory_time": 3e-6, "alpha": 50.0, **changes}


@pytest.mark.parametrize("source", [dict, _custom])
def test_everything_at_once(source):
    x = (30 * neurons.spikes(100, 10, 15)).requires_grad_()
    given = neurons.arguments(**_everything())
    traces = F.cuba_aelif_integration(x, **source(given))
    assert all(getattr(traces, name).shape == (100, 10, 15) for name in TRACES)
    assert all(getattr(traces, name).isfinite().all() for name in TRACES)
    assert traces.membrane_madc is None and traces.adaptation_madc is None
    assert traces.spikes.any()
    (traces.membrane.sum() + traces.spikes.sum()).backward()
    for tensor in [x, *(value for value in given.values() if torch.is_tensor(value))]:
        assert tensor.grad.isfinite().all() and tensor.grad.any()


@pytest.mark.parametrize("source", [dict, _custom])
@pytest.mark.parametrize("hardware_steps", [100, 101, 90])
def test_measured_data_are_returned_as_they_are(source, hardware_steps):
    x = (30 * neurons.spikes(100, 10, 15)).requires_grad_()
    generator = torch.Generator().manual_seed(2)
    voltage, adaptation = (torch.randn(hardware_steps, 10, 15, generator=generator) for _ in range(2))
    spikes = (torch.rand(hardware_steps, 10, 15, generator=generator) < 0.1).float()
    madc = torch.randn(2, 3235, 10)
    data = Handle(
        voltage=AnalogObservable(cadc=voltage, madc=madc), adaptation=AnalogObservable(cadc=adaptation), spikes=spikes)
    measured = {"voltage_trace": True, "adaptation_trace": True, "spikes": True}
    traces = F.cuba_aelif_integration(x, hw_data=data, **source(neurons.arguments(measured, **_everything())))
    steps = min(hardware_steps, 100)
    for trace, expected in ((traces.membrane, voltage), (traces.adaptation, adaptation), (traces.spikes, spikes)):
        assert trace.shape == (100, 10, 15)
        assert torch.equal(trace[:steps], expected[:steps])
    assert traces.membrane_madc is madc and traces.adaptation_madc is None
    assert traces.current.shape == (100, 10, 15)
    assert torch.equal(traces.membrane[steps:], voltage[steps - 1].expand(100 - steps, 10, 15))
    assert not traces.spikes[steps:].any()
    (traces.membrane.sum() + traces.spikes.sum() + traces.adaptation.sum()).backward()
    assert x.grad[:steps - 2].any() and not x.grad[steps:].any()


def test_measured_voltage_brings_the_gradient_of_the_model():
    """With the values of the model itself as measurement, everything is as without."""
    x = neurons.spikes(30, 2, 3)
    given = neurons.arguments(fire=False)
    free = F.cuba_aelif_integration(x.requires_grad_(), **given)
    gradient, = torch.autograd.grad((free.membrane**2).sum(), x)
    data = Handle(voltage=AnalogObservable(cadc=free.membrane.detach()), adaptation=None, spikes=None)
    bound = F.cuba_aelif_integration(x, hw_data=data, **neurons.arguments({"voltage_trace": True}, fire=False))
    torch.testing.assert_close(torch.autograd.grad((bound.membrane**2).sum(), x)[0], gradient)


def test_several_inputs_are_summed():
    one, other = neurons.spikes(20, 2, 3, seed=1), neurons.spikes(20, 2, 3, seed=2)
    both = F.cuba_aelif_integration((one, other), **neurons.arguments())
    assert torch.equal(both.membrane, F.cuba_aelif_integration(one + other, **neurons.arguments()).membrane)


def test_no_leak_conductance_counts_as_one():
    x = neurons.spikes(20, 2, 3)
    assert torch.equal(
        F.cuba_aelif_integration(x, **neurons.arguments(g_l=None)).membrane,
        F.cuba_aelif_integration(x, **neurons.arguments(g_l=1.0)).membrane)


def test_time_constants_of_both_inputs_are_averaged():
    x = neurons.spikes(20, 2, 3)
    rows = torch.tensor([[6e-6] * 3, [10e-6] * 3])
    torch.testing.assert_close(
        F.cuba_aelif_integration(x, **neurons.arguments(tau_syn=rows)).current,
        F.cuba_aelif_integration(x, **neurons.arguments(tau_syn=8e-6)).current)


@pytest.mark.parametrize("steps", range(1, 20))
@pytest.mark.parametrize("dt", [1e-6, 0.5e-6, 2e-6, 3e-7])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_refractory_times_are_whole_steps_in_spite_of_rounding(steps, dt, as_tensor):
    """A neuron that always is above its threshold fires once in each refractory time and a step."""
    time = steps * dt
    given = neurons.arguments(
        refractory=True, refractory_time=torch.tensor([time]) if as_tensor else time, threshold=-1.0)
    spikes = F.cuba_aelif_integration(torch.zeros(60, 1, 1), dt=dt, **given).spikes
    assert spikes.nonzero()[:, 0].tolist() == list(range(0, 60, steps + 1))


def test_a_refractory_time_without_spikes_is_ignored():
    with pytest.warns(UserWarning, match="ignored"):
        code = F.CuBaStepCode(fire=False, refractory=True).generate()
    given = {**neurons.arguments(fire=False, refractory=True), "integration_step_code": code}
    x = neurons.spikes(20, 2, 3)
    assert torch.equal(
        F.cuba_aelif_integration(x, **given).membrane,
        F.cuba_aelif_integration(x, **neurons.arguments(fire=False)).membrane)


def test_far_beyond_the_exponential_threshold_everything_stays_finite():
    given = neurons.arguments(exponential=True, refractory=True, exp_slope=1e-3, exp_threshold=0.3)
    for source in (dict, _custom):
        x = (10 * neurons.spikes(40, 2, 3)).requires_grad_()
        traces = F.cuba_aelif_integration(x, **source(given))
        traces.spikes.sum().backward()
        assert traces.spikes.any()
        assert all(t.isfinite().all() for t in (traces.membrane, traces.current, traces.spikes, x.grad))


def test_the_step_may_be_changed():
    given = neurons.arguments()
    code = given["integration_step_code"].replace("v = v + dv", "v = v + 2 * dv")
    x = neurons.spikes(20, 2, 3)
    changed = F.cuba_aelif_integration(x, **{**given, "integration_step_code": code}).membrane
    torch.testing.assert_close(changed, F.cuba_aelif_integration(x, **neurons.arguments(
        c_mem=neurons.PARAMETERS["c_mem"] / 2)).membrane)


@pytest.mark.parametrize("line, number, text", [
    ("raise ValueError('too much')", 6, r'"raise ValueError\(\'too much\'\)": too much'),
    ("v = v + missing", 6, "missing"),
    ("v = (", 6, r'"v = \("'),
    ("def f():\n    return 1 / 0\nv = f()", 7, '"return 1 / 0": division by zero'),
])
def test_errors_in_the_step_name_the_line(line, number, text):
    given = neurons.arguments()
    assert given["integration_step_code"].count("\n") == 5
    with pytest.raises(RuntimeError, match=f"line {number} .*{text}"):
        F.cuba_aelif_integration(
            neurons.spikes(3, 1, 1), **{**given, "integration_step_code": given["integration_step_code"] + line})


@pytest.mark.parametrize("changes, text", [
    ({"tau_syn": 0.0}, "tau_syn is 0.0, expected a positive"),
    ({"tau_syn": torch.tensor([1e-6, -1e-6, 1e-6])}, "tau_syn is .* expected a positive"),
    ({"c_mem": -1.0}, "c_mem is -1.0"),
    ({"leak": torch.zeros(4)}, r"leak has shape \(4,\), expected a number or \(3,\)"),
    ({"leak": torch.zeros(2, 3)}, r"leak has shape \(2, 3\)"),
    ({"threshold": "high"}, "threshold is 'high'"),
    ({"method": "sigmoid"}, "method is 'sigmoid', expected one of 'superspike'"),
    ({"dt": 0.0}, "dt is 0.0"),
])
def test_wrong_parameters_are_errors(changes, text):
    with pytest.raises(ValueError, match=text):
        F.cuba_aelif_integration(neurons.spikes(5, 2, 3), **{**neurons.arguments(), **changes})


@pytest.mark.parametrize("input", [
    torch.zeros(5, 3), torch.zeros(0, 2, 3), (torch.zeros(5, 2, 3), torch.zeros(5, 2, 4)), ()], ids=str)
def test_wrong_inputs_are_errors(input):
    with pytest.raises(ValueError, match="time, batch, neurons"):
        F.cuba_aelif_integration(input, **neurons.arguments())


def test_measured_data_of_another_shape_are_an_error():
    data = Handle(voltage=None, adaptation=None, spikes=torch.zeros(5, 2, 4))
    with pytest.raises(ValueError, match=r"spikes from the hardware has shape \(5, 2, 4\)"):
        F.cuba_aelif_integration(torch.zeros(5, 2, 3), hw_data=data, **neurons.arguments({"spikes": True}))


def test_membranes_are_exact_for_a_constant_current_of_infinite_synapses():
    """v = i (1 - (1 - dt / tau)^n) for a current that does not decay."""
    x = torch.zeros(40, 1, 1, dtype=torch.float64)
    x[0] = 0.5
    given = neurons.arguments(fire=False, leak=0.0, tau_syn=math.inf, g_l=1.0, c_mem=8e-6)
    traces = F.cuba_aelif_integration(x, **given)
    steps = torch.arange(40, dtype=torch.float64)
    torch.testing.assert_close(traces.membrane.flatten(), 0.5 * (1 - (1 - 1 / 8) ** steps))
