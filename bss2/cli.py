"""Command line: look at program files and compare them, route networks, run experiments, train."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bss2 import ppu, route, run
from bss2.train import cli as train

if TYPE_CHECKING:
    from stadls import PlaybackProgram

EQUAL, DIFFERENT, FAILED = 0, 1, 2

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The BrainScaleS-2 software stack.")

app.add_typer(ppu.app, name="ppu")
app.add_typer(train.app, name="train")
app.command()(train.demo)
app.command("calibration-files")(train.calibration_files)
app.command()(route.route)
app.command()(run.run)
app.command()(run.show)


def _print_version(wanted: bool) -> None:
    if wanted:
        from bss2 import __version__

        print(f"bss2 {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def _load(path: Path) -> PlaybackProgram:
    """Program of a file; what is wrong with it goes to standard error, and the command ends."""
    import stadls

    try:
        return stadls.load(path)
    except stadls.ProgramFileError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{path}: {error.strerror}")


def _fail(text: str) -> NoReturn:
    print(f"bss2: {text}", file=sys.stderr)
    raise typer.Exit(FAILED)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


@app.command()
def dump(
    file: Annotated[Path, typer.Argument(help="Program file.")],
    from_fpga: Annotated[bool, typer.Option("--from-fpga", help="Show the responses instead of the program.")] = False,
    limit: Annotated[int | None, typer.Option(min=0, help="Show this many messages only.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Show messages instead of containers and fields.")] = False,
) -> None:
    """Print a program: a line per instruction with its time, register and field values."""
    program = _load(file)
    from stadls.disassembly import lines
    from stadls.program import message_lines

    direction = "from_fpga" if from_fpga else "to_fpga"
    shown = message_lines(program, direction) if raw else lines(program, direction)
    _print(islice(shown, limit))


@app.command()
def diff(
    first: Annotated[Path, typer.Argument(help="Program file.")],
    second: Annotated[Path, typer.Argument(help="Program file.")],
    registers: Annotated[
        bool, typer.Option("--registers", help="Only compare what the programs leave in the registers.")
    ] = False,
) -> None:
    """Compare two programs: their instructions, and what they leave in the registers.

    Ends with 0 if they are equal, 1 if not, 2 on errors.
    """
    a, b = _load(first), _load(second)
    from bss2.difference import instruction_difference
    from stadls.disassembly import register_difference

    changed = register_difference(a, b)
    different = bool(changed)
    if not registers:
        instructions = instruction_difference(a, b)
        different = different or bool(instructions)
        if instructions:
            _print([f"--- {first}", f"+++ {second}", *instructions])
    if changed:
        _print(["registers:", *(f"  {line}" for line in changed)])
    raise typer.Exit(DIFFERENT if different else EQUAL)


def main() -> None:
    """Entry point; the reader of the output may go away before its end."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer cannot be written either, and the interpreter would say so at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"bss2: {error.strerror}", file=sys.stderr)
        sys.exit(FAILED)
