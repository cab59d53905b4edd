"""Command line: programs of the plasticity processors."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import numpy as np
import typer

if TYPE_CHECKING:
    from chipsim import Chip
    from chipsim.ppu import Processor
    from lola import PPUElfFile

FAILED = 2
_EXTERNAL, _DRAM = 0x80000000, 0x90000000

app = typer.Typer(no_args_is_help=True, help="Run and look at programs of the plasticity processors.")

File = Annotated[Path, typer.Argument(help="ELF file of a program.")]


@app.command()
def run(
    file: File,
    ppu: Annotated[str, typer.Option(help="Processor: top, bottom or both.")] = "top",
    seed: Annotated[str, typer.Option(help="Seed of the chip, or 'ideal'.")] = "ideal",
    timeout_ms: Annotated[float, typer.Option(min=0.001, help="Chip time after which to give up.")] = 100.0,
    profile: Annotated[bool, typer.Option("--profile", help="Show where the time went, by function.")] = False,
    trace: Annotated[int, typer.Option(min=0, help="Show the last instructions, this many.")] = 0,
    registers: Annotated[bool, typer.Option("--registers", help="Show the registers at the end.")] = False,
) -> None:
    """Run a program on a simulated chip until it sleeps; ends with the code that the program returned, modulo 256.

    Ends with 2, too, if the program did not finish, or the file cannot be used.
    """
    import halco
    import stadls
    from chipsim import SimConnection
    from stadls.ppu import PPUTimeoutError, load_and_start_program, stop_program, wait_until_ppu_finished

    program, chip = _load(file), _chip(seed)
    chosen = {"top": (0,), "bottom": (1,), "both": (0, 1)}.get(ppu)
    if chosen is None:
        _fail(f"--ppu {ppu}: expected top, bottom or both")
    for number in chosen:
        processor = chip.ppus[number]
        processor.name_addresses(program.read_addresses())
        if profile:
            processor.profile()
        if trace:
            processor.trace(trace)
    finished, codes = True, []
    connection = SimConnection(chip)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stadls.run(connection, stadls.SystemInit().generate()[0].done())
        for number in chosen:
            load_and_start_program(connection, program, halco.PPUOnDLS(number))
        for number in chosen:
            try:
                wait_until_ppu_finished(connection, round(timeout_ms * 125_000), halco.PPUOnDLS(number))
            except PPUTimeoutError:
                finished = False
        for number in chosen:
            _show(chip.ppus[number], program, profile, trace, registers, len(chosen) > 1)
        for number in chosen:
            codes.append(stop_program(connection, True, halco.PPUOnDLS(number)))
    if not finished:
        _fail(f"not finished after {timeout_ms} ms")
    print("returned " + ", ".join(map(str, codes)), file=sys.stderr)
    code = max(codes, key=abs)
    raise typer.Exit(code & 0xFF or int(code != 0))


@app.command()
def disasm(
    file: File,
    symbol: Annotated[str | None, typer.Option(help="Only this function.")] = None,
) -> None:
    """Print the instructions of a program, scalar and vector ones."""
    from chipsim.ppu.disassembler import listing

    program = _load(file)
    addresses = program.read_addresses()
    sizes = program.read_sizes()
    if symbol is not None and symbol not in addresses:
        _fail(f"{file}: no symbol {symbol}")
    for name, address, data in program.read_code():
        words = np.frombuffer(data[: len(data) // 4 * 4], dtype=">u4")
        if symbol is not None:
            first = addresses[symbol] - address
            if not 0 <= first < len(data):
                continue
            words, address = words[first // 4 : (first + sizes[symbol]) // 4], addresses[symbol]
        else:
            print(f"section {name}")
        for line in listing(words, address, addresses):
            print(line)


def _show(ppu: Processor, program: PPUElfFile, profile: bool, trace: int, registers: bool, several: bool) -> None:
    """Print what was asked for of one processor, on standard error."""
    from chipsim.ppu.disassembler import disassemble
    from chipsim.ppu.profile import by_function, table
    from chipsim.ppu.report import Names

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    if several:
        say(f"{('top', 'bottom')[ppu.number]} PPU")
    for report in ppu.reports:
        say(str(report))
    symbols = program.read_addresses()
    names = Names(symbols)
    if not ppu.asleep:
        say(f"pc 0x{ppu.pc:08x} {names.place(ppu.pc)}")
    if trace:
        for tick, pc, word in ppu.traced().tolist():
            say(f"{tick:>12}  {pc:08x}  {disassemble(word, pc):<32} {names.place(pc)}")
    if registers:
        say(str(ppu.state()))
    if profile:
        say(table(by_function(ppu.profiled(), symbols)))


def _chip(seed: str) -> Chip:
    from chipsim import Chip

    if seed == "ideal":
        return Chip.ideal()
    try:
        return Chip(int(seed, 0))
    except ValueError:
        _fail(f"--seed {seed}: expected a number or 'ideal'")


def _load(path: Path) -> Any:
    """The program of a file; what is wrong with it goes to standard error, and the command ends."""
    from lola import PPUElfFile
    from lola.ppu_elf import PPUElfError

    try:
        return PPUElfFile(path)
    except PPUElfError as error:
        _fail(str(error))


def _fail(text: str) -> NoReturn:
    print(f"bss2: {text}", file=sys.stderr)
    raise typer.Exit(FAILED)
