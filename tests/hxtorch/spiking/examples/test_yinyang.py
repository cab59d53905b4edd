"""Yin-yang example: parts, a short training in this process, and the accuracies of whole ones."""

import pytest
import torch

from hxtorch.examples.spiking import yinyang
from hxtorch.examples.spiking.yinyang_model import SNN
from hxtorch.spiking.nir_conversion import to_nir

LONG = (
    "--alpha=150 --batch-size=50 --dt=1.0e-06 --epochs=5 --gamma=0.9 --lr=0.002 --n-hidden=120 --readout-scaling=10. "
    "--reg-readout=0.0004 --seed=0 --step-size=10 --tau-mem=6.0e-06 --tau-syn=6.0e-06 --testset-size=1000 "
    "--trainset-size=5000 --t-bias=2.0e-06 --t-early=2.0e-06 --t-late=2.6e-05 --t-sim=3.8e-05 --t-shift=0.0e-06 "
    "--trace-scale=0.0147 --weight-scale=70.00 --weight-init-hidden-std=0.25 --weight-init-out-mean=0.0 "
    "--weight-init-out-std=0.1"
).split()  # fmt: skip
MOCK = ["--mock", "--readout-scaling=1.", "--weight-init-hidden-mean=0.8"]
CHIP = ["--weight-init-hidden-mean=0.25"]
SHORT = ["--epochs=2", "--trainset-size=300", "--testset-size=50", "--lr=0.01"]


def arguments(*more):
    return yinyang.get_parser().parse_args([*LONG, *more])


def test_defaults():
    args = yinyang.get_parser().parse_args([])
    expected = {
        "seed": 42, "mock": False, "n_hidden": 120, "tau_mem": 6e-6, "tau_syn": 6e-6, "epochs": 10, "batch_size": 50,
        "gamma": 0.5, "step_size": 50, "lr": 0.0005, "readout_scaling": 10, "weight_scale": 64, "trace_scale": 1 / 50,
        "weight_init_hidden_mean": 0.2, "weight_init_hidden_std": 0.2, "weight_init_out_mean": 0,
        "weight_init_out_std": 0.1, "alpha": 150, "gradient_estimator": "surrogate_gradient",
    }  # fmt: skip
    assert {name: getattr(args, name) for name in expected} == expected


def test_unknown_gradient_estimator():
    with pytest.raises(SystemExit):
        arguments("--gradient-estimator=guess")


@pytest.mark.parametrize("estimator", sorted(yinyang.LAYERS))
def test_shapes(estimator):
    model = yinyang.build_model(arguments(*MOCK, f"--gradient-estimator={estimator}"))
    scores = model(torch.rand(7, 4, dtype=torch.float64))
    assert scores.shape == (7, 3)
    assert model.network.s_h.spikes.shape == (38, 7, 120) and model.network.y_o.membrane_cadc.shape == (38, 7, 3)
    scores.sum().backward()
    assert model.network.linear_h.weight.grad.abs().sum() > 0


def test_inputs_are_repeated():
    network = SNN(2, 4, 3, mock=True, input_repetitions=3)
    assert network.linear_h.weight.shape == (4, 6)
    assert network(torch.zeros(5, 2, 2)).shape == (5, 2, 3)


@pytest.mark.parametrize("shape", [(2,), (7, 2), (5, 7, 2)])
def test_missing_dimensions_are_one(shape):
    membranes = SNN(2, 4, 3, mock=True)(torch.zeros(shape))
    assert membranes.shape == (*(1,) * (3 - len(shape)), *shape[:-1], 3)


def test_penalty():
    model = yinyang.build_model(arguments(*MOCK))
    with pytest.raises(RuntimeError, match="first batch"):
        model.regularize(1, 1, 1, 1)
    scores = model(torch.rand(7, 4))
    network = model.network
    spikes = network.s_h.spikes.sum(dim=0)
    expected = (scores**2).mean() + 2 * (spikes**2).mean()
    expected += 3 * (network.linear_h.weight**2).mean() + 4 * (network.linear_o.weight**2).mean()
    torch.testing.assert_close(model.regularize(1, 2, 3, 4), expected)


@pytest.mark.parametrize("largest, scale", [(0.5, 70), (0.9, 70), (1.8, 35), (0, 70)])
def test_weights_fit_to_the_chip(largest, scale):
    network = SNN(2, 4, 3, mock=True, weight_scale=70)
    with torch.no_grad():
        network.linear_h.weight.copy_(torch.linspace(-2, 2, 8).reshape(4, 2))
        network.linear_o.weight.zero_()[1, 2] = -largest
    yinyang.fit_to_chip(network, 70)
    assert network.linear_h.weight.abs().max().item() == pytest.approx(0.9)
    assert network.linear_o.weight_transform.keywords["scale"] == pytest.approx(scale)


@pytest.mark.parametrize("estimator", sorted(yinyang.LAYERS))
def test_short_training(estimator, tmp_path):
    picture = tmp_path / "curves.png"
    args = arguments(*MOCK, *SHORT, f"--gradient-estimator={estimator}", f"--plot-path={picture}")
    train_loss, train_accuracy, test_loss, test_accuracy = yinyang.main(args)
    assert len(train_loss) == len(train_accuracy) == len(test_loss) == len(test_accuracy) == 2
    assert train_loss[1] < train_loss[0] and test_accuracy[-1] > 0.33
    assert picture.stat().st_size > 5000


def test_seed_makes_the_result():
    args = arguments(*MOCK, *SHORT, "--epochs=1", "--trainset-size=100")
    assert yinyang.main(args) == yinyang.main(args)


def test_network_to_nir():
    graph = to_nir(SNN(n_in=5, n_hidden=120, n_out=3, mock=True), torch.randn(5))
    assert {"linear_h", "lif_h", "linear_o", "li_readout"} < set(graph.nodes)
    assert graph.nodes["lif_h"].r == pytest.approx([1] * 120)


def test_short_training_on_the_chip(monkeypatch):
    monkeypatch.setenv("BSS2_CHIP_SEED", "1")
    loss, _, _, accuracy = yinyang.main(arguments(*CHIP, *SHORT, "--trainset-size=100"))
    assert loss[1] < loss[0] and accuracy[-1] > 0.33


@pytest.mark.slow
@pytest.mark.parametrize("estimator", sorted(yinyang.LAYERS))
def test_accuracy_of_the_mock(estimator):
    assert yinyang.main(arguments(*MOCK, f"--gradient-estimator={estimator}"))[3][-1] > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("estimator, epochs, accuracy", [("surrogate_gradient", 5, 0.85), ("eventprop", 10, 0.60)])
def test_accuracy_of_the_chip(monkeypatch, estimator, epochs, accuracy):
    monkeypatch.setenv("BSS2_CHIP_SEED", "1")
    args = arguments(*CHIP, f"--gradient-estimator={estimator}", f"--epochs={epochs}")
    assert yinyang.main(args)[3][-1] > accuracy
