"""Command line: training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bss2.experiment_files import fail

if TYPE_CHECKING:
    from bss2.datasets.mnist import Split
    from bss2.train.task import Task

app = typer.Typer(no_args_is_help=True, help="Train networks on a simulated chip, or without one (needs PyTorch).")

Epochs = Annotated[int, typer.Option(min=0, help="Train until there are so many epochs.")]
Seed = Annotated[int, typer.Option(help="Seed of weights, order of the data, augmentation, dropout.")]
ChipSeed = Annotated[str, typer.Option(help="Seed of the chip, or 'ideal'.")]
Mock = Annotated[bool, typer.Option("--mock", help="Run the model on the host instead of the chip.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Folder for checkpoint, history and page.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in the folder.")]
Data = Annotated[
    Path | None,
    typer.Option(help="MNIST: an .npz file or a folder. Default: BSS2_MNIST, the user's cache, the usual mirror."),
]
Embedded = Annotated[bool, typer.Option("--embedded", help="The 4,000 small images that come with the package.")]
TrainImages = Annotated[int | None, typer.Option(min=1, help="Use the first so many training images only.")]
TestImages = Annotated[int | None, typer.Option(min=1, help="Use the first so many test images only.")]
BatchSize = Annotated[int | None, typer.Option(min=1, help="Samples of a step. Default: the published number.")]
LearningRate = Annotated[float | None, typer.Option(help="Learning rate. Default: the published one.")]
Decay = Annotated[
    float | None,
    typer.Option(min=0.01, max=1, help="Factor of the learning rate after each epoch. Default: the published one."),
]
Rotation = Annotated[float, typer.Option(min=0, max=180, help="Images are turned by up to so many degrees.")]
Start = Annotated[
    Path | None, typer.Option(help="Folder of a training, with --mock say, whose weights are the first ones.")
]
Decalibration = Annotated[
    float, typer.Option(min=0, max=50, help="Relative spread of time constants and thresholds on the chip, %.")
]


class DataSet(StrEnum):
    """Data sets of set-ups that have several."""

    yin_yang = "yin-yang"
    mnist = "mnist"


@app.command("yin-yang")
def yin_yang(
    epochs: Epochs = 5, seed: Seed = 0, chip_seed: ChipSeed = "1", mock: Mock = False, output: Output = None,
    resume: Resume = False, train_samples: Annotated[int, typer.Option(min=1)] = 5000,
    test_samples: Annotated[int, typer.Option(min=1)] = 1000, batch_size: BatchSize = None,
    learning_rate: LearningRate = None, decay: Decay = None, decalibration: Decalibration = 0.0,
) -> None:
    """Yin-yang by surrogate gradients: 120 hidden neurons, membranes and spikes recorded."""
    _yin_yang("surrogate", **locals())


@app.command("yin-yang-eventprop")
def yin_yang_eventprop(
    epochs: Epochs = 10, seed: Seed = 0, chip_seed: ChipSeed = "1", mock: Mock = False, output: Output = None,
    resume: Resume = False, train_samples: Annotated[int, typer.Option(min=1)] = 5000,
    test_samples: Annotated[int, typer.Option(min=1)] = 1000, batch_size: BatchSize = None,
    learning_rate: LearningRate = None, decay: Decay = None, decalibration: Decalibration = 0.0,
) -> None:
    """Yin-yang by EventProp: only spikes of hidden neurons are recorded."""
    _yin_yang("eventprop", **locals())


def _yin_yang(gradient: str, *, train_samples: int, test_samples: int, **options: Any) -> None:
    def build(**common: Any) -> Task:
        from bss2.train.yin_yang import YinYang, YinYangSettings, changes

        return YinYang(YinYangSettings(
            **changes(common["chip"], gradient) | common, gradient=gradient,  # type: ignore[arg-type]
            train_size=train_samples, test_size=test_samples,
        ))

    _train(build, **options)


@app.command("fast-and-deep")
def fast_and_deep(
    data: Annotated[DataSet, typer.Option("--task", help="Data set.")] = DataSet.yin_yang,
    epochs: Epochs = 20, seed: Seed = 0, chip_seed: ChipSeed = "1", mock: Mock = False, output: Output = None,
    resume: Resume = False, path: Annotated[Path | None, typer.Option("--data", help="MNIST, see 'mnist'.")] = None,
    embedded: Embedded = False, train_images: TrainImages = None, test_images: TestImages = None,
    batch_size: BatchSize = None, learning_rate: LearningRate = None, decay: Decay = None,
    decalibration: Decalibration = 0.0,
) -> None:
    """First spike times: exact gradients of spike times; on the chip only spikes are recorded."""
    split = None if data is DataSet.yin_yang else _mnist(path, embedded, 16, train_images, test_images)

    def build(**common: Any) -> Task:
        from bss2.train.fast_and_deep import FastAndDeep, FirstSpikeSettings, published

        return FastAndDeep(FirstSpikeSettings(**published(data.value, common["chip"] is None) | common), split)

    _train(build, epochs, seed, chip_seed, mock, output, resume, batch_size, learning_rate, decay, decalibration)


@app.command("mnist")
def mnist(
    epochs: Epochs = 50, seed: Seed = 0, chip_seed: ChipSeed = "1", mock: Mock = False, output: Output = None,
    resume: Resume = False, data: Data = None, embedded: Embedded = False, train_images: TrainImages = None,
    test_images: TestImages = None, batch_size: BatchSize = None, learning_rate: LearningRate = None,
    decay: Decay = None, decalibration: Decalibration = 0.0,
    dropout: Annotated[float, typer.Option(min=0, max=0.99, help="Part of hidden neurons left out.")] = 0.0,
    rotation: Rotation = 0.0,
    sparse: Annotated[
        float, typer.Option(min=0, help="Penalty of more than 20 hidden spikes for an image; 0.01 is enough.")
    ] = 0.0,
    readout: Annotated[
        float | None, typer.Option(min=0, help="Penalty of large scores, by default small; with dropout 0 is better.")
    ] = None,
    start: Start = None,
) -> None:
    """MNIST of 16x16 pixels, 256-246-10, by surrogate gradients: the whole chip, in the loop."""
    split = _mnist(data, embedded, 16, train_images, test_images)

    def build(**common: Any) -> Task:
        from bss2.train.mnist import TRANSFER, Mnist, MnistSettings

        settings = common | ({} if start is None else TRANSFER) | ({} if readout is None else {"readout": readout})
        task = Mnist(MnistSettings(**settings, dropout=dropout, rotation=rotation, sparse=sparse), split)
        return _started(task, start)

    _train(build, epochs, seed, chip_seed, mock, output, resume, batch_size, learning_rate, decay, decalibration)


@app.command("mnist-partitioned")
def mnist_partitioned(
    epochs: Epochs = 100, seed: Seed = 0, chip_seed: ChipSeed = "1", mock: Mock = False, output: Output = None,
    resume: Resume = False, data: Data = None, embedded: Embedded = False, train_images: TrainImages = None,
    test_images: TestImages = None, batch_size: BatchSize = None, learning_rate: LearningRate = None,
    decay: Decay = None,
) -> None:
    """MNIST of 28x28 pixels, 784-256-10: parts of the network run one after the other on the chip."""
    split = _mnist(data, embedded, 28, train_images, test_images)

    def build(**common: Any) -> Task:
        from bss2.train.partitioned import Partitioned, PartitionedSettings

        return Partitioned(PartitionedSettings(**common), split)

    _train(build, epochs, seed, chip_seed, mock, output, resume, batch_size, learning_rate, decay)


@app.command("mnist-mac")
def mnist_mac(
    epochs: Epochs = 20, seed: Seed = 0, chip_seed: ChipSeed = "1", mock: Mock = False, output: Output = None,
    resume: Resume = False, data: Data = None, embedded: Embedded = False, train_images: TrainImages = None,
    test_images: TestImages = None, batch_size: BatchSize = None, learning_rate: LearningRate = None,
    decay: Decay = None, rotation: Rotation = 0.0,
    shift: Annotated[int, typer.Option(min=0, help="Images are moved by up to so many pixels.")] = 0,
    start: Start = None,
) -> None:
    """MNIST with analog vector-matrix products: a convolution and two linear layers."""
    split = _mnist(data, embedded, 28, train_images, test_images)

    def build(**common: Any) -> Task:
        from bss2.train.mac import Mac, MacSettings, measured

        # First weights and gradients depend on the gain of the chip.
        settings = common if common["chip"] is None else common | measured(common["seed"])
        return _started(Mac(MacSettings(**settings, rotation=rotation, shift=shift), split), start)

    _train(build, epochs, seed, chip_seed, mock, output, resume, batch_size, learning_rate, decay, products=True)


def _started(task: Task, start: Path | None) -> Task:
    """The task with the weights of another training, if there is one."""
    from bss2.train.checkpoint import FILE, start_from

    if start is not None:
        start_from(start / FILE, task)
    return task


def _train(
    build: Callable[..., Task], epochs: int, seed: int, chip_seed: str, mock: bool, output: Path | None, resume: bool,
    batch_size: int | None = None, learning_rate: float | None = None, decay: float | None = None,
    decalibration: float = 0.0, *, products: bool = False,
) -> None:
    """Train what `build` makes of the common settings."""
    if resume and output is None:
        fail("--resume: --output says where the checkpoint is")
    with _errors():
        from bss2.train.checkpoint import FILE
        from bss2.train.chip import hardware
        from bss2.train.progress import TerminalProgress
        from bss2.train.report import write_report
        from bss2.train.trainer import Trainer

        if output is not None and not resume and (output / FILE).exists():
            fail(f"{output / FILE} exists: go on from it with --resume, or choose another folder")
        given = {
            "batch_size": batch_size, "learning_rate": learning_rate, "decay": decay,
            "decay_epochs": None if decay is None else 1, "decalibration": decalibration / 100 or None,
        }
        common = {name: value for name, value in given.items() if value is not None}
        chip = None if mock else _chip(chip_seed)
        with hardware(chip, products=products):
            trainer = Trainer(build(seed=seed, chip=chip, **common), output)
            if resume:
                trainer.resume()
            with TerminalProgress() as trainer.progress:
                trainer.run(epochs)
        if output is not None:
            print(write_report(trainer, output))


@app.command("robustness")
def robustness(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for checkpoints, numbers and picture.")],
    task: Annotated[DataSet, typer.Option("--task", help="What is trained.")] = DataSet.mnist,
    spreads: Annotated[str, typer.Option(help="Relative spreads of the targets, %, with commas.")] = "0,10,20,30,40,50",
    epochs: Epochs = 5, seed: Seed = 0, chip_seed: ChipSeed = "1", resume: Resume = False, data: Data = None,
    embedded: Embedded = False, train_images: TrainImages = None, test_images: TestImages = None,
) -> None:
    """Accuracy over wrong calibrations: trained in the loop, and with the weights of the right calibration.

    Time constants and distances to the threshold are drawn around their targets. A study that was stopped goes on with
    --resume.
    """
    split = _mnist(data, embedded, 16, train_images, test_images) if task is DataSet.mnist else None
    with _errors():
        from bss2.train.chip import hardware
        from bss2.train.progress import TerminalProgress
        from bss2.train.robustness import Study, mnist_task, spreads_of, yin_yang_task

        make = yin_yang_task if split is None else partial(mnist_task, split)
        chip = _chip(chip_seed)
        study = Study(partial(make, seed=seed, chip=chip), spreads_of(spreads), epochs, output)
        with hardware(chip), TerminalProgress() as progress:
            points = study.run(progress, resume=resume)
        for point in points:
            print(point)
        print(study.draw(points))


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the page.")] = Path("demo-output"),
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 8,
    seed: Seed = 0, chip_seed: ChipSeed = "1",
    train_images: Annotated[int, typer.Option(min=1, max=3000, help="Number of training images.")] = 3000,
    test_images: Annotated[int, typer.Option(min=1, max=1000, help="Number of test images.")] = 1000,
) -> None:
    """Train a spiking network on the simulated chip to read digits, and make a page about it."""
    with _errors():
        from bss2.train.demo import run_demo
        from bss2.train.progress import TerminalProgress

        with TerminalProgress() as progress:
            page = run_demo(
                output, progress, epochs=epochs, seed=seed, chip=_chip(chip_seed), train_images=train_images,
                test_images=test_images,
            )
        print(page)


def calibration_files(
    directory: Annotated[Path, typer.Argument(help="Folder for the files; made if it is not there.")],
    chip_seed: ChipSeed = "1",
) -> None:
    """Write the calibration files that the tutorials of the real system load, for a simulated chip."""
    with _errors():
        from bss2.train.chip import connection
        from calix.nightly import write_all

        with connection(_chip(chip_seed)) as chip:
            for path in write_all(directory, chip):
                print(path)


def _chip(seed: str) -> int | Literal["ideal"]:
    if seed == "ideal":
        return "ideal"
    try:
        return int(seed, 0)
    except ValueError:
        fail(f"--chip-seed {seed}: expected a number or 'ideal'")


def _mnist(path: Path | None, embedded: bool, size: int, train: int | None, test: int | None) -> Split:
    """Images as the command line asks for them."""
    from bss2.datasets import mnist

    if embedded and path is not None:
        fail("--embedded and --data exclude each other")
    try:
        return (mnist.embedded() if embedded else mnist.load(path, size=size)).first(train, test)
    except (OSError, ValueError) as error:
        fail(error)


@contextmanager
def _errors() -> Iterator[None]:
    """What goes wrong becomes one line on standard error."""
    try:
        yield
    except typer.Exit:  # which is a RuntimeError
        raise
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "scipy"):
            raise
        fail(f"training needs {error.name}: pip install 'bss2[torch]'")
    except KeyboardInterrupt:
        fail("stopped; --resume goes on from the last checkpoint, if there is one", 130)
    except (RuntimeError, ValueError, OSError) as error:
        fail(error)
