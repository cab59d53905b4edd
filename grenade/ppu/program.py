"""The program of the PPUs for experiments: commands of the host, CADC samples and plasticity rules."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from grenade.ppu.compiler import CompilationError, Program, compile_program
from grenade.ppu.periodic import PeriodicCADC
from grenade.ppu.plasticity import PlasticityRule, Source, rule_source, scheduling_source

FOLDER = Path(__file__).parent / "program"
"""Sources of the program."""

MAILBOX_SIZE = 4096
"""Bytes of internal memory for messages to the host."""

_COMMON_SOURCES = ("start.cpp", "neurons.cpp", "periodic_read.cpp")
_WITHOUT_RULES = "no_rules.cpp"


def sources(rules: Sequence[PlasticityRule] = ()) -> list[str | PathLike[str] | Source]:
    """Sources of the program, for `grenade.ppu.compile_program`."""
    common: list[str | PathLike[str] | Source] = [FOLDER / name for name in _COMMON_SOURCES]
    if not rules:
        return [*common, FOLDER / _WITHOUT_RULES]
    return [*common, *(rule_source(rule) for rule in rules), scheduling_source(rules)]


def defines(cadc: PeriodicCADC) -> dict[str, object]:
    """Macros that place the periodic CADC samples."""
    return {
        "GRENADE_PERIODIC_CADC_SAMPLES": cadc.num_samples,
        "GRENADE_PERIODIC_CADC_TOP": f"0x{cadc.top:08x}",
        "GRENADE_PERIODIC_CADC_BOT": f"0x{cadc.bottom:08x}",
    }


def build(
    rules: Sequence[PlasticityRule] = (), cadc: PeriodicCADC | None = None, *, compiler: str = "auto"
) -> Program:
    """Compile the program.

    Both PPUs get the same program; the host writes the number of the hemisphere to the variable `ppu` of each image.

    Parameters
    ----------
    rules : sequence of PlasticityRule
        Rules that the scheduler executes.
    cadc : PeriodicCADC, optional
        Memory for periodic CADC samples. Default: 100 samples per hemisphere in external SRAM without rules, one
        sample in external DRAM with rules, which leaves the SRAM to them.
    compiler : str
        Compiler, see `grenade.ppu.compile_program`.

    Raises
    ------
    CompilationError
        A kernel is no valid C++, or the program does not fit the memories.
    CompilerNotFound
        There is no compiler. Without rules, `grenade.ppu.prebuild.load` needs none.
    ValueError
        Two rules have the same number.
    """
    if cadc is None:
        cadc = PeriodicCADC("dram", 1) if rules else PeriodicCADC()
    program = compile_program(
        sources(rules), defines=defines(cadc), compiler=compiler, mailbox_size=MAILBOX_SIZE
    )
    _check_space(program, cadc)
    return program


def _check_space(program: Program, cadc: PeriodicCADC) -> None:
    """Raise CompilationError if code or data reach into the samples, which the linker does not know."""
    memory = program.file.read_program()
    image = memory.external if cadc.memory == "sram" else memory.external_dram
    used = 0 if image is None else len(image)
    if used > cadc.free:
        raise CompilationError(
            f"code and data need {used} bytes of external {cadc.memory.upper()}, "
            f"periodic CADC samples leave {cadc.free}"
        )
