"""NIR graphs from networks."""

import numpy as np
import pytest
import torch

import hxtorch.spiking as hxsnn
from hxtorch.spiking.nir_conversion import from_nir, to_nir
from hxtorch.spiking.utils.to_nir import _map_hxtorch_to_nir

nir = pytest.importorskip("nir")

LEAK, RESET, THRESHOLD = (hxsnn.MixedHXModelParameter(value, 80) for value in (0.1, 0.5, 1.0))


class Network(torch.nn.Module):
    """5 inputs, 6 neurons that fire, 3 that do not."""

    def __init__(self, mock=True):
        super().__init__()
        self.exp = hxsnn.Experiment(mock=mock)
        self.hidden = hxsnn.Synapse(5, 6, self.exp)
        self.lif = hxsnn.LIF(6, self.exp, leak=LEAK, reset=RESET, threshold=THRESHOLD, tau_mem=6e-6, tau_syn=5e-6)
        self.readout = hxsnn.Synapse(6, 3, self.exp)
        self.li = hxsnn.LI(3, self.exp, leak=LEAK, tau_mem=8e-6)

    def forward(self, spikes):
        hidden = self.lif(self.hidden(hxsnn.LIFObservables(spikes=spikes)))
        output = self.li(self.readout(hidden))
        hxsnn.run(self.exp, spikes.shape[0])
        return output


@pytest.fixture
def experiment():
    return hxsnn.Experiment(mock=True)


def test_synapse(experiment):
    synapse = hxsnn.Synapse(10, 5, experiment)
    node = _map_hxtorch_to_nir(synapse)
    assert type(node) is nir.Linear and np.array_equal(node.weight, synapse.weight.detach())
    node.weight[0, 0] += 1
    assert synapse.weight[0, 0] != node.weight[0, 0]


def test_neurons_that_fire(experiment):
    node = _map_hxtorch_to_nir(
        hxsnn.LIF(10, experiment, leak=LEAK, reset=RESET, threshold=THRESHOLD, tau_mem=0.02, tau_syn=0.005)
    )
    assert type(node) is nir.CubaLIF and node.tau_mem.shape == (10,)
    expected = {"tau_mem": 20, "tau_syn": 5, "v_leak": 0.1, "v_reset": 0.5, "v_threshold": 1, "r": 0.02 / 10e-6}
    for name, value in expected.items():
        assert getattr(node, name) == pytest.approx(np.full(10, value)), name


def test_neurons_that_do_not_fire(experiment):
    node = _map_hxtorch_to_nir(hxsnn.LI(10, experiment, leak=LEAK, tau_mem=0.02, tau_syn=torch.tensor(0.005)))
    assert type(node) is nir.CubaLI
    for name, value in {"tau_mem": 20, "tau_syn": 5, "v_leak": 0.1, "r": 1}.items():
        assert getattr(node, name) == pytest.approx(np.full(10, value)), name


def test_one_value_per_neuron(experiment):
    tau = torch.tensor([1e-6, 2e-6, 3e-6])
    node = _map_hxtorch_to_nir(hxsnn.LI(3, experiment, tau_mem=tau))
    assert node.tau_mem == pytest.approx([1e-3, 2e-3, 3e-3])


def test_trainable_value(experiment):
    parameter = hxsnn.ModelParameter(torch.tensor(4e-6)).make_trainable()
    assert _map_hxtorch_to_nir(hxsnn.LI(2, experiment, tau_mem=parameter)).tau_mem == pytest.approx([4e-3, 4e-3])


@pytest.mark.parametrize(
    "switched_on",
    [{"exponential": True}, {"subthreshold_adaptation": True}, {"spike_triggered_adaptation": True}, {"leaky": False}],
)
def test_other_dynamics(experiment, switched_on):
    plain = {"exponential": False, "subthreshold_adaptation": False, "spike_triggered_adaptation": False}
    with pytest.raises(NotImplementedError, match="no counterpart"):
        _map_hxtorch_to_nir(hxsnn.AELIF(3, experiment, **{**plain, **switched_on}))


def test_other_modules(experiment):
    for module in (hxsnn.BatchDropout(3, 0.5, experiment), torch.nn.Linear(2, 2)):
        with pytest.raises(NotImplementedError, match=type(module).__name__):
            _map_hxtorch_to_nir(module)


def test_network():
    graph = to_nir(Network(), torch.zeros(4, 1, 5))
    assert {name: type(node) for name, node in graph.nodes.items()} == {
        "hidden": nir.Linear, "lif": nir.CubaLIF, "readout": nir.Linear, "li": nir.CubaLI, "input_hidden": nir.Input,
        "output_li": nir.Output,
    }  # fmt: skip
    assert set(graph.edges) == {
        ("input_hidden", "hidden"), ("hidden", "lif"), ("lif", "readout"), ("readout", "li"), ("li", "output_li"),
    }  # fmt: skip
    assert graph.check_types()


def test_network_through_a_file(tmp_path):
    network = Network()
    torch.nn.init.uniform_(network.hidden.weight, 0, 2)
    spikes = (torch.rand(30, 2, 5, generator=torch.Generator().manual_seed(1)) < 0.3).float()
    expected = network(spikes).membrane_cadc.detach().clone()
    nir.write(tmp_path / "network.nir", to_nir(network, spikes))
    model = from_nir(nir.read(tmp_path / "network.nir"))
    assert model({"input_hidden": spikes})["lif"].any()
    torch.testing.assert_close(model.output["li"].membrane_cadc, expected, rtol=1e-4, atol=1e-6)


def test_there_and_back_keeps_names():
    first = to_nir(Network(), torch.zeros(4, 1, 5))
    model = from_nir(first)
    second = to_nir(model, {"input_hidden": torch.zeros(4, 1, 5)})
    assert {name: type(node) for name, node in second.nodes.items()} == {
        ("output_li" if isinstance(node, nir.Output) else name): type(node) for name, node in first.nodes.items()
    }
    for name in ("hidden", "readout"):
        assert np.array_equal(first.nodes[name].weight, second.nodes[name].weight)
    for name in ("tau_mem", "tau_syn", "r", "v_leak", "v_reset", "v_threshold"):
        assert getattr(second.nodes["lif"], name) == pytest.approx(getattr(first.nodes["lif"], name)), name


def test_modules_without_a_name():
    class Anonymous(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.exp = hxsnn.Experiment(mock=True)
            self.layers = (hxsnn.Synapse(2, 3, self.exp), hxsnn.LI(3, self.exp))

        def forward(self, spikes):
            synapse, neurons = self.layers
            neurons(synapse(hxsnn.LIFObservables(spikes=spikes)))
            hxsnn.run(self.exp, None)

    assert set(to_nir(Anonymous(), torch.zeros(3, 1, 2)).nodes) == {"synapse", "li", "input_synapse", "output_li"}
