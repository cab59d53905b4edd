"""Progress of a training on the terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from bss2.train.task import Task
from bss2.train.trainer import Epoch, Progress


class TerminalProgress(Progress):
    """A bar for all epochs and one for the samples of the present one, and a line for each epoch that has ended.

    Bars are on standard error, lines on standard output.
    """

    def __init__(self) -> None:
        self._bars = Bars(
            TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True,
        )
        self._epochs: TaskID | None = None
        self._samples = self._bars.add_task("training", total=None, state="", visible=False)

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, task: Task, first: int, last: int) -> None:
        self._epochs = self._bars.add_task("epochs", total=last, completed=min(first - 1, last), state="")

    def batch(self, phase: str, done: int, total: int, loss: float, accuracy: float) -> None:
        self._bars.update(
            self._samples, description=phase, completed=done, total=total, visible=True,
            state=f"loss {loss:.3f}, accuracy {accuracy:.1%}",
        )

    def epoch(self, result: Epoch) -> None:
        if self._epochs is not None:
            self._bars.advance(self._epochs)
        # The bars of a redirected standard error are not drawn, and lines of the output need no care.
        print(result, flush=True)
