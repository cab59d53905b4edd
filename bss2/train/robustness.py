"""How much a wrong calibration costs, with and without the chip in the loop.

Time constants and distances of the threshold are drawn around their targets. Networks are trained with each of these
calibrations, and the weights that were found with the right one are tested with all of them.

References
----------
Cramer et al.: Surrogate gradients for analog neuromorphic computing, 2022.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bss2.datasets.mnist import Split
from bss2.train import checkpoint
from bss2.train.task import ChipName, Task
from bss2.train.trainer import Progress, Trainer

NUMBERS_FILE, PICTURE_FILE = "robustness.json", "robustness.png"


@dataclass(frozen=True)
class Point:
    """Accuracies with one calibration.

    Attributes
    ----------
    spread : float
        Relative standard deviation of the targets.
    in_the_loop : float
        Test accuracy after training with this calibration.
    transferred : float
        Test accuracy of the weights that were trained with the first calibration.
    """

    spread: float
    in_the_loop: float
    transferred: float

    def __str__(self) -> str:
        return (
            f"spread {self.spread:.0%}: test accuracy {self.in_the_loop:.1%} in the loop, {self.transferred:.1%} with "
            "transferred weights"
        )


class Study:
    """Training with several calibrations.

    Parameters
    ----------
    make_task : Callable
        Makes the task for a spread of the targets, the keyword argument `decalibration`.
    spreads : sequence of float
        Relative spreads; weights are transferred from the first one.
    epochs : int
        Epochs of each training.
    folder : Path
        Where checkpoints, numbers and the picture are kept; each calibration has a folder of its own there.
    """

    def __init__(self, make_task: Callable[..., Task], spreads: Sequence[float], epochs: int, folder: Path) -> None:
        self._make_task = make_task
        self.spreads = list(spreads)
        self.epochs = epochs
        self.folder = folder

    def run(self, progress: Progress | None = None, *, resume: bool = False) -> list[Point]:
        """Train and test with all calibrations.

        Raises
        ------
        checkpoint.CheckpointError
            There are checkpoints of other settings, or any of them, and `resume` is not set.
        """
        points: list[Point] = []
        weights: dict[str, Any] = {}
        for spread in self.spreads:
            trainer = Trainer(self._make_task(decalibration=spread), self.folder / f"{spread:.2f}", progress)
            file = trainer.checkpoint_file
            if file is not None and file.exists():
                if not resume:
                    raise checkpoint.CheckpointError(f"{file} exists: resume, or choose another folder")
                trainer.resume()
            trainer.run(self.epochs)
            in_the_loop = trainer.test().accuracy
            if not points:
                with trainer.task.averaged():
                    weights = {name: values.clone() for name, values in trainer.task.model.state_dict().items()}
            trainer.task.set_weights(weights)
            points.append(Point(spread, in_the_loop, trainer.test().accuracy))
            self._keep(points)
        return points

    def _keep(self, points: list[Point]) -> None:
        text = json.dumps([asdict(point) for point in points], indent=1)
        checkpoint.write(self.folder / NUMBERS_FILE, lambda file: file.write(text.encode()))

    def draw(self, points: Sequence[Point]) -> Path:
        """Picture of the test errors; gives its file."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.5, 4), layout="constrained")
        axes = figure.subplots()
        spreads = [100 * point.spread for point in points]
        axes.plot(spreads, [100 * (1 - point.in_the_loop) for point in points], "o-", label="trained in the loop")
        axes.plot(spreads, [100 * (1 - point.transferred) for point in points], "s--", label="weights transferred")
        axes.set(xlabel="spread of time constants and thresholds / %", ylabel="test error / %")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        path = self.folder / PICTURE_FILE
        figure.savefig(path, dpi=150)
        return path


def spreads_of(text: str) -> list[float]:
    """Relative spreads of a list in per cent, such as "0,10,50".

    Raises
    ------
    ValueError
        A number is missing, or out of range.
    """
    try:
        spreads = [float(each) / 100 for each in text.split(",")]
    except ValueError:
        raise ValueError(f"spreads are {text!r}, expected numbers with commas, such as 0,10,50") from None
    if not all(0 <= spread <= 0.5 for spread in spreads):
        raise ValueError(f"spreads are {text!r}, expected 0 to 50")
    return spreads


def mnist_task(split: Split, *, seed: int, chip: ChipName, decalibration: float) -> Task:
    """MNIST as published, without dropout."""
    from bss2.train.mnist import Mnist, MnistSettings

    return Mnist(MnistSettings(seed=seed, chip=chip, decalibration=decalibration), split)


def yin_yang_task(*, seed: int, chip: ChipName, decalibration: float) -> Task:
    """Yin-yang by surrogate gradients."""
    from bss2.train.yin_yang import YinYang, YinYangSettings, changes

    return YinYang(YinYangSettings(**changes(chip), seed=seed, chip=chip, decalibration=decalibration))
