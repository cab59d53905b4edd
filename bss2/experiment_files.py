"""Command line: reading experiment files, and errors as one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

DOES_NOT_FIT, FAILED = 1, 2

Picture = Annotated[Path | None, typer.Option("--plot", help="Draw a picture into this file (PNG, PDF, SVG).")]


def fail(text: object, status: int = FAILED) -> NoReturn:
    """End with one line on standard error."""
    print(f"bss2: {' '.join(str(text).split())}", file=sys.stderr)
    raise typer.Exit(status)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What is wrong with a file that is read meanwhile goes to standard error, and the command ends."""
    from grenade.experiment import CheckedFileError

    try:
        yield
    except CheckedFileError as error:
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
