"""Networks from NIR graphs."""

import sys

import numpy as np
import pytest
import torch

import hxtorch.spiking as hxsnn
from hxtorch.spiking.nir_conversion import ConversionConfig, from_nir
from hxtorch.spiking.utils.from_nir import _map_nir_to_hxtorch

nir = pytest.importorskip("nir")

SIZE = 4


def full(value, size=SIZE):
    return np.full(size, float(value))


def lif(size=SIZE, **changed):
    values = {"tau_mem": 6e-3, "tau_syn": 5e-3, "r": 2.0, "v_leak": 0.1, "v_reset": -0.2, "v_threshold": 1.5, **changed}
    return nir.CubaLIF(**{name: full(value, size) for name, value in values.items()})


def li(size=SIZE, **changed):
    values = {"tau_mem": 10e-3, "tau_syn": 5e-3, "r": 1.0, "v_leak": 0.1, **changed}
    return nir.CubaLI(**{name: full(value, size) for name, value in values.items()})


def two_layers(rng):
    """5 inputs, 4 neurons that fire, 3 that do not."""
    return nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([5])), "hidden": nir.Linear(rng.normal(0.5, 0.5, (SIZE, 5))), "lif": lif(),
            "readout": nir.Linear(rng.normal(0.5, 0.5, (3, SIZE))), "li": li(3), "output": nir.Output(np.array([3])),
        },
        edges=[("input", "hidden"), ("hidden", "lif"), ("lif", "readout"), ("readout", "li"), ("li", "output")],
    )  # fmt: skip


@pytest.fixture
def experiment():
    return hxsnn.Experiment(mock=True)


def convert(experiment, node, **config):
    return _map_nir_to_hxtorch(experiment, node, ConversionConfig(**config))


# -- nodes ----------------------------------------------------------------------------------------------------------


def test_linear(experiment):
    weight = np.random.default_rng(0).random((3, 5)).astype(np.float32)
    synapse = convert(experiment, nir.Linear(weight), weight_scale=20.0)
    assert type(synapse) is hxsnn.Synapse and (synapse.in_features, synapse.out_features) == (5, 3)
    assert np.array_equal(synapse.weight.detach(), weight)
    assert torch.equal(synapse.weight_transform(torch.tensor([1.0, 9.0, -9.0])), torch.tensor([20.0, 63.0, -63.0]))
    weight[0, 0] += 1
    assert synapse.weight[0, 0] != weight[0, 0]


@pytest.mark.parametrize("make, kind", [(li, hxsnn.LI), (lif, hxsnn.LIF)])
def test_neurons(experiment, make, kind):
    neurons = convert(
        experiment, make(tau_mem=20.0, tau_syn=5.0), trace_scale=0.03, trace_shift=3e-6, dt=1e-6, mock=True
    )
    assert type(neurons) is kind and neurons.size == SIZE
    assert (neurons.tau_mem.model_value, neurons.tau_syn.model_value) == (20.0 / 1e3, 5.0 / 1e3)
    assert (neurons.tau_mem.hardware_value, neurons.tau_syn.hardware_value) == (20.0 / 1e3, 5.0 / 1e3)
    assert (neurons.leak.model_value, neurons.leak.hardware_value) == (0.1, 80)
    assert neurons.cadc_time_shift == 3 and neurons.shift_cadc_to_first
    assert torch.all(torch.as_tensor(neurons.scale) == 0.03)


def test_neurons_that_fire(experiment):
    neurons = convert(experiment, lif(tau_mem=6e-3, r=2.0), cadc_recording=False)
    assert (neurons.reset.model_value, neurons.reset.hardware_value) == (-0.2, 80)
    assert (neurons.threshold.model_value, neurons.threshold.hardware_value) == (1.5, 150)
    assert neurons.membrane_capacitance.model_value == pytest.approx(6e-6 / 2)
    assert neurons.membrane_capacitance.hardware_value == 63
    assert not neurons.enable_cadc_recording


def test_resistance_of_readout_is_not_used(experiment):
    with pytest.warns(UserWarning, match="resistance"):
        neurons = convert(experiment, li(r=3.0))
    assert neurons.membrane_capacitance.model_value == pytest.approx(10e-6)


def test_input(experiment):
    source = convert(experiment, nir.Input(np.array([7])))
    assert type(source) is hxsnn.InputNeuron and source.size == 7


@pytest.mark.parametrize("name", ["tau_mem", "tau_syn", "r", "v_leak", "v_reset", "v_threshold"])
def test_parameters_that_differ(experiment, name):
    node = lif()
    getattr(node, name)[1] *= 2
    with pytest.raises(ValueError, match=f"{name} differs"):
        convert(experiment, node)


@pytest.mark.parametrize("resistance", [0.0, -1.0])
def test_resistance_of_no_neuron(experiment, resistance):
    with pytest.raises(ValueError, match="resistance"):
        convert(experiment, lif(r=resistance))


@pytest.mark.parametrize(
    "node",
    [
        nir.Affine(np.ones((2, 2)), np.ones(2)), nir.LIF(full(1), full(1), full(1), full(1)), nir.I(full(1)),
        nir.Linear(np.ones((2, 3, 4))), nir.Input(np.array([2, 3])), lif(w_in=2.0), li(w_in=0.5),
    ],
)  # fmt: skip
def test_what_has_no_counterpart(experiment, node):
    with pytest.raises(NotImplementedError):
        convert(experiment, node)


# -- graphs ---------------------------------------------------------------------------------------------------------


def test_network():
    graph = two_layers(np.random.default_rng(1))
    model = from_nir(graph)
    assert model.exp.mock and model.exp.dt == 1e-6
    spikes = (torch.rand(30, 2, 5, generator=torch.Generator().manual_seed(1)) < 0.3).float()
    result = model({"input": spikes})
    assert set(result) == {"input", "lif"} and torch.equal(result["input"], spikes)
    membrane, fired = reference(graph, spikes.double().numpy())
    assert np.array_equal(result["lif"].detach(), fired) and fired.any()
    np.testing.assert_allclose(model.output["li"].membrane_cadc.detach(), membrane, rtol=1e-4, atol=1e-5)


def reference(graph, spikes, dt=1e-6):
    """Membranes of the last and spikes of the first layer by the equations of NIR, in Euler steps.

    A neuron stays at its reset for 1 us; the readout has the resistance of 10 us over its membrane time constant.
    """
    neurons, readout, fired, membranes = graph.nodes["lif"], graph.nodes["li"], [], []
    batch = spikes.shape[1]
    i, v, refractory = np.zeros((batch, SIZE)), np.full((batch, SIZE), 0.1), np.zeros((batch, SIZE), bool)
    i_out, v_out = np.zeros((batch, 3)), np.full((batch, 3), 0.1)
    step_mem, step_syn = (dt / (tau[0] * 1e-3) for tau in (neurons.tau_mem, neurons.tau_syn))
    out_mem, out_syn = (dt / (tau[0] * 1e-3) for tau in (readout.tau_mem, readout.tau_syn))
    for x in spikes:
        v = v + step_mem * (neurons.v_leak - v + neurons.r * i)
        i = i * (1 - step_syn) + x @ graph.nodes["hidden"].weight.T
        z = (v > neurons.v_threshold) & ~refractory
        v = np.where(z | refractory, neurons.v_reset, v)
        refractory = z
        v_out = v_out + out_mem * (readout.v_leak - v_out + i_out)
        i_out = i_out * (1 - out_syn) + z @ graph.nodes["readout"].weight.T
        fired.append(z)
        membranes.append(v_out)
    return np.array(membranes), np.array(fired)


def test_gradients_reach_the_first_weights():
    model = from_nir(two_layers(np.random.default_rng(1)))
    model({"input": torch.ones(20, 2, 5)})
    model.output["li"].membrane_cadc.sum().backward()
    assert model.hxnodes["hidden"].weight.grad.abs().sum() > 0


def test_two_inputs_and_two_outputs():
    graph = nir.NIRGraph(
        nodes={
            "a": nir.Input(np.array([2])), "b": nir.Input(np.array([3])),
            "from.a": nir.Linear(np.ones((SIZE, 2))), "from.b": nir.Linear(np.full((SIZE, 3), 2.0)),
            "neurons": li(), "out": nir.Output(np.array([SIZE])), "again": nir.Output(np.array([SIZE])),
        },
        edges=[
            ("a", "from.a"), ("b", "from.b"), ("from.a", "neurons"), ("from.b", "neurons"),
            ("neurons", "out"), ("neurons", "again"),
        ],
    )  # fmt: skip
    model = from_nir(graph)
    a, b = torch.zeros(10, 1, 2), torch.zeros(10, 1, 3)
    a[2], b[2] = 1, 1
    model({"a": a, "b": b})
    assert torch.allclose(model.output["neurons"].current[2], torch.tensor(2 * 1.0 + 3 * 2.0))
    with pytest.raises(ValueError, match="input nodes"):
        model({"a": a})
    with pytest.raises(ValueError, match="different numbers"):
        model({"a": a, "b": b[:5]})


def chain(*names, extra=(), **nodes):
    return nir.NIRGraph(nodes, [*zip(names, names[1:], strict=False), *extra], type_check=False)


@pytest.mark.parametrize(
    "graph, text",
    [
        (chain("i", "w", "o", i=nir.Input(np.array([4])), w=nir.Linear(np.ones((4, 4))), o=nir.Output(np.array([4]))),
         "'w'"),
        (chain("i", "n", "o", i=nir.Input(np.array([4])), n=lif(), o=nir.Output(np.array([4]))), "'n'"),
        (chain("i", "w", "n", "v", "w", i=nir.Input(np.array([4])), w=nir.Linear(np.ones((4, 4))), n=lif(),
               v=nir.Linear(np.ones((4, 4)))), "recurrent"),
        (chain("i", "w", "n", "v", "m", i=nir.Input(np.array([4])), w=nir.Linear(np.ones((4, 4))), n=li(),
               v=nir.Linear(np.ones((4, 4))), m=li()), "'v'"),
        (chain("i", "w", "n", extra=[("w", "m")], i=nir.Input(np.array([4])), w=nir.Linear(np.ones((4, 4))), n=li(),
               m=li()), "one node to one node"),
        (chain("n", "o", n=li(), o=nir.Output(np.array([4]))), "no input"),
        (chain("i", "t", "n", i=nir.Input(np.array([4])), t=nir.Threshold(full(1)), n=li()), "Threshold"),
    ],
    ids=["output of a projection", "no projection", "recurrence", "projection of a readout", "two targets", "no input",
         "other node"],
)  # fmt: skip
def test_connections_that_the_chip_has_not(graph, text):
    with pytest.raises(NotImplementedError, match=text):
        from_nir(graph)


def test_names_that_collide():
    inputs = {"a.b": nir.Input(np.array([2])), "a/b": nir.Input(np.array([2]))}
    with pytest.raises(ValueError, match="a/b"):
        from_nir(nir.NIRGraph(inputs, [], type_check=False))


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(ImportError, match="'nir'"):
        from_nir(None)
    assert ConversionConfig().weight_scale == 64


def test_names_of_the_package():
    for name in ("from_nir", "ConversionConfig", "to_nir", "from_nir_data", "to_nir_data"):
        assert callable(getattr(hxsnn, name))
