"""Command line: reading experiment files, and errors as one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from grenade.experiment import Experiment, Result
    from grenade.network import Network

DOES_NOT_FIT, FAILED = 1, 2

Picture = Annotated[Path | None, typer.Option("--plot", help="Draw a picture into this file (PNG, PDF, SVG).")]


def fail(text: object, status: int = FAILED) -> NoReturn:
    """End with one line on standard error."""
    print(f"bss2: {' '.join(str(text).split())}", file=sys.stderr)
    raise typer.Exit(status)


def load(path: Path) -> Network | Experiment | Result:
    """What is in a file; what is wrong with it goes to standard error, and the command ends."""
    from grenade import experiment

    try:
        return experiment.load(path)
    except experiment.CheckedFileError as error:
        fail(error)
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def save_picture(figure: object, path: Path) -> None:
    """Write a picture."""
    try:
        figure.savefig(path)  # type: ignore[attr-defined]
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except ValueError as error:  # a file name with an unknown ending
        fail(f"{path}: {error}")
