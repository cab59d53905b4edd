"""Train a spiking network to classify the yin-yang data set, on the chip or on the host.

Coordinates become times of single spikes. A hidden layer of LIF neurons learns by surrogate gradients or by EventProp;
the largest potential of each readout neuron over time is the score of its class.

Run with ``python -m hxtorch.examples.spiking.yinyang [--mock] [--gradient-estimator eventprop] ...``.

References: Kriener et al., The Yin-Yang dataset, NICE 2022; Wunderlich and Pehle, Event-based backpropagation can
compute exact gradients for spiking neural networks, Scientific Reports 11 (2021).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

import hxtorch
from hxtorch.examples.spiking.yinyang_model import SNN, Model
from hxtorch.spiking.datasets import YinYangDataset
from hxtorch.spiking.modules import LIF, EventPropLIF, EventPropSynapse, Synapse
from hxtorch.spiking.transforms.decode import MaxOverTime
from hxtorch.spiking.transforms.encode import CoordinatesToSpikes

log = hxtorch.logger.get("hxtorch.examples.spiking.yinyang")

INPUTS, CLASSES = 5, 3
"""Two coordinates, their mirror images and a bias; yin, yang and dots."""
TRAIN_SEED, TEST_SEED = 42, 41
HARDWARE_REPETITIONS = 5
MAX_WEIGHT = 63

LAYERS = {"surrogate_gradient": (Synapse, LIF), "eventprop": (EventPropSynapse, EventPropLIF)}

Curve = list[float]


def get_parser() -> argparse.ArgumentParser:
    """Command line of the script."""
    parser = argparse.ArgumentParser(
        description="Train a spiking network on the yin-yang data set.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=42, help="seed of PyTorch")
    parser.add_argument("--mock", action="store_true", help="run on the host")
    data = parser.add_argument_group("data; times in s")
    data.add_argument("--trainset-size", type=int, default=5000)
    data.add_argument("--testset-size", type=int, default=1000)
    data.add_argument("--t-early", type=float, default=2e-6, help="spike of a coordinate 0")
    data.add_argument("--t-late", type=float, default=26e-6, help="spike of a coordinate 1")
    data.add_argument("--t-bias", type=float, default=2e-6, help="spike that is always there")
    data.add_argument("--t-sim", type=float, default=38e-6, help="duration")
    data.add_argument("--t-shift", type=float, default=0.0, help="by how much recorded membranes move to earlier times")
    network = parser.add_argument_group("network")
    network.add_argument("--dt", type=float, default=1e-6, help="time step, s")
    network.add_argument("--n-hidden", type=int, default=120)
    network.add_argument("--tau-mem", type=float, default=6e-6, help="s")
    network.add_argument("--tau-syn", type=float, default=6e-6, help="s")
    network.add_argument("--weight-init-hidden-mean", type=float, default=0.2)
    network.add_argument("--weight-init-hidden-std", type=float, default=0.2)
    network.add_argument("--weight-init-out-mean", type=float, default=0.0)
    network.add_argument("--weight-init-out-std", type=float, default=0.1)
    network.add_argument("--readout-scaling", type=float, default=10.0, help="scores for a readout potential of 1")
    training = parser.add_argument_group("training")
    training.add_argument("--gradient-estimator", choices=sorted(LAYERS), default="surrogate_gradient")
    training.add_argument("--alpha", type=float, default=150.0, help="steepness of the surrogate gradient")
    training.add_argument("--epochs", type=int, default=10)
    training.add_argument("--batch-size", type=int, default=50)
    training.add_argument("--lr", type=float, default=0.0005)
    training.add_argument("--step-size", type=int, default=50, help="epochs after which the rate of learning falls")
    training.add_argument("--gamma", type=float, default=0.5, help="by this factor")
    training.add_argument("--reg-readout", type=float, default=0.0004, help="penalty of large scores")
    training.add_argument("--reg-bursts", type=float, default=0.0, help="of many hidden spikes")
    training.add_argument("--reg-weights-hidden", type=float, default=0.0, help="of large weights to hidden neurons")
    training.add_argument("--reg-weights-output", type=float, default=0.0, help="of large weights to readout neurons")
    chip = parser.add_argument_group("chip")
    chip.add_argument("--weight-scale", type=float, default=64.0, help="weight on the chip for a model weight of 1")
    chip.add_argument("--trace-scale", type=float, default=1 / 50, help="model potential for 1 LSB of the CADC")
    parser.add_argument("--plot-path", type=Path, help="picture of losses and accuracies")
    return parser


def build_model(args: argparse.Namespace) -> Model:
    """Encoder, network and decoder as the command line says."""
    synapse_type, neuron_type = LAYERS[args.gradient_estimator]
    shift = round(args.t_shift / args.dt)
    network = SNN(
        INPUTS, args.n_hidden, CLASSES, mock=args.mock, dt=args.dt, tau_mem=args.tau_mem, tau_syn=args.tau_syn,
        alpha=args.alpha, trace_shift_hidden=shift, trace_shift_out=shift,
        weight_init_hidden=(args.weight_init_hidden_mean, args.weight_init_hidden_std),
        weight_init_output=(args.weight_init_out_mean, args.weight_init_out_std),
        weight_scale=args.weight_scale, trace_scale=args.trace_scale,
        input_repetitions=1 if args.mock else HARDWARE_REPETITIONS,
        synapse_type=synapse_type, neuron_type=neuron_type,
        hidden_cadc_recording=args.gradient_estimator == "surrogate_gradient",
    )  # fmt: skip
    steps = round(args.t_sim / args.dt)
    encoder = CoordinatesToSpikes(steps, t_early=args.t_early, t_late=args.t_late, dt=args.dt, t_bias=args.t_bias)
    return Model(encoder, network, MaxOverTime(), args.readout_scaling)


def fit_to_chip(network: SNN, weight_scale: float) -> None:
    """Bring weights into the range of synapses: hidden ones are cut off, those of the readout are scaled together."""
    limit = MAX_WEIGHT / weight_scale
    with torch.no_grad():
        network.linear_h.weight.clamp_(-limit, limit)
        largest = network.linear_o.weight.abs().max().item()
    scale = min(MAX_WEIGHT / largest, weight_scale) if largest > 0 else weight_scale
    transform: Any = network.linear_o.weight_transform
    transform.keywords["scale"] = scale


def run_epoch(
    model: Model, loader: DataLoader, args: argparse.Namespace, optimizer: torch.optim.Optimizer | None = None
) -> tuple[float, float]:
    """Train with all data once, or only test without an optimizer: mean loss, and part of right classes."""
    model.train(optimizer is not None)
    loss_of = torch.nn.CrossEntropyLoss()
    losses, right, count = [], 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for coordinates, target in loader:
            if optimizer is not None and not args.mock:
                fit_to_chip(model.network, args.weight_scale)
            scores = model(coordinates)
            penalty = model.regularize(
                args.reg_readout, args.reg_bursts, args.reg_weights_hidden, args.reg_weights_output
            )
            loss = loss_of(scores, target) + penalty
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            losses.append(loss.item())
            right += int((scores.argmax(dim=1) == target).sum())
            count += len(target)
    return sum(losses) / len(losses), right / count


def main(args: argparse.Namespace) -> tuple[Curve, Curve, Curve, Curve]:
    """Train, and test after each epoch.

    Parameters
    ----------
    args : argparse.Namespace
        Of `get_parser`.

    Returns
    -------
    tuple of list of float
        Losses and accuracies of training, losses and accuracies of tests; one value per epoch.
    """
    torch.manual_seed(args.seed)
    train_set = YinYangDataset(size=args.trainset_size, seed=TRAIN_SEED)
    test_set = YinYangDataset(size=args.testset_size, seed=TEST_SEED)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True, drop_last=True)
    test_loader = DataLoader(test_set, batch_size=args.batch_size)
    curves: tuple[Curve, Curve, Curve, Curve] = ([], [], [], [])
    if not args.mock:
        hxtorch.init_hardware()
    try:
        model = build_model(args)
        optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=args.step_size, gamma=args.gamma)
        for epoch in range(1, args.epochs + 1):
            trained = run_epoch(model, train_loader, args, optimizer)
            tested = run_epoch(model, test_loader, args)
            scheduler.step()
            for curve, value in zip(curves, (*trained, *tested), strict=True):
                curve.append(value)
            log.info(
                f"epoch {epoch}: training loss {trained[0]:.3f}, accuracy {trained[1]:.1%}; "
                f"test loss {tested[0]:.3f}, accuracy {tested[1]:.1%}"
            )
    finally:
        if not args.mock:
            hxtorch.release_hardware()
    if args.plot_path is not None:
        plot(curves, args.plot_path)
    return curves


def plot(curves: tuple[Curve, Curve, Curve, Curve], path: Path) -> None:
    """Losses and accuracies over the epochs."""
    from matplotlib.figure import Figure

    train_loss, train_accuracy, test_loss, test_accuracy = curves
    figure = Figure(figsize=(6, 6), layout="constrained")
    losses, accuracies = figure.subplots(2, sharex=True)
    epochs = range(1, len(train_loss) + 1)
    for axes, trained, tested in ((losses, train_loss, test_loss), (accuracies, train_accuracy, test_accuracy)):
        axes.plot(epochs, trained, label="training")
        axes.plot(epochs, tested, label="test")
    losses.set(ylabel="loss", yscale="log")
    accuracies.set(ylabel="accuracy", xlabel="epoch")
    losses.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main(get_parser().parse_args())
