"""Grenade's headers for the PPU, and those of the layers below that kernels use."""

from __future__ import annotations

from pathlib import Path

import pytest

import chipsim
import stadls
from grenade.ppu import Program, compile_program
from tests.grenade.ppu.chip_program import ChipProgram
from tests.grenade.ppu.compilers import COMPILERS, INSTALLED, needs_compiler

PROGRAMS = Path(__file__).parent / "programs"

INCLUDE = Path(__file__).parents[3] / "grenade" / "ppu" / "include"

HEADERS = sorted(
    str(path.relative_to(INCLUDE))
    for folder in ("grenade", "halco", "haldls", "hate", "stadls") for path in (INCLUDE / folder).rglob("*.h")
)

PROLOGUE = """\
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle_range.h"
#include "grenade/vx/ppu/translate_columns.h"
using namespace grenade::vx::ppu;
using namespace halco::hicann_dls::vx::v3;
volatile libnux::vx::PPUOnDLS ppu;
SynapseArrayViewHandle synapses(libnux::vx::PPUOnDLS hemisphere, size_t num_rows = 2)
{
	SynapseArrayViewHandle handle;
	handle.hemisphere = hemisphere;
	handle.columns = {1, 2};
	handle.rows.resize(num_rows, 7);
	return handle;
}
NeuronViewHandle neurons(libnux::vx::PPUOnDLS hemisphere)
{
	NeuronViewHandle handle;
	handle.hemisphere = hemisphere;
	handle.columns = {3};
	return handle;
}
auto const top = libnux::vx::PPUOnDLS::top;
auto const bottom = libnux::vx::PPUOnDLS::bottom;
"""


def exit_codes(program: Program) -> list[int]:
    connection = chipsim.SimConnection(chipsim.Chip.ideal())
    builder, _ = stadls.SystemInit().generate()
    stadls.run(connection, builder.done())
    chip = ChipProgram(connection, program)
    chip.run_until_sleep()
    return chip.exit_codes()


def test_there_are_headers() -> None:
    assert len(HEADERS) > 25


@needs_compiler
def test_headers_stand_alone() -> None:
    """Included twice and first, without a message of the compiler."""
    sources = [(f"header_{i}.cpp", f'#include "{name}"\n' * 2) for i, name in enumerate(HEADERS)]
    compile_program([*sources, ("start.cpp", "int start() { return 0; }\n")], compiler=INSTALLED[-1],
                    options=("-Wall", "-Wextra", "-Werror"))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_program(compiler: str) -> None:
    """The exit code is the number of the first check that fails."""
    assert exit_codes(compile_program([PROGRAMS / "headers.cpp"], compiler=compiler)) == [0, 0]


@needs_compiler
@pytest.mark.parametrize(("statement", "expected"), [
    ("synapses(top).get_weights(1);", [0, 1]),
    ("synapses(top).get_weights(2);", [1, 1]),
    ("synapses(bottom).set_weights(0, 0);", [1, 0]),
    ("synapses(bottom).get_causal_correlation(0);", [1, 0]),
    ("synapses(bottom).get_acausal_correlation(0);", [1, 0]),
    ("synapses(bottom).get_correlation(0, true);", [1, 0]),
    ("synapses(top).reset_correlation(0);", [0, 1]),
    ("neurons(top).get_rate_counter(0, true);", [0, 0]),
    ("neurons(top).get_rate_counter(1, true);", [1, 1]),
    ("neurons(bottom).get_analog_readouts();", [1, 0]),
    ("SynapseRowViewHandleSignedRange(synapses(top, 1), synapses(top, 2));", [1, 1]),
    ("translate_columns(libnux::vx::VectorRowMod8(), synapses(top), neurons(top));", [1, 1]),
    ("NeuronColumnOnDLS(256);", [1, 1]),
    ("NeuronColumnOnDLS(255);", [0, 0]),
])
def test_errors_end_the_program_with_code_1(statement: str, expected: list[int]) -> None:
    text = f"{PROLOGUE}int start()\n{{\n\t{statement}\n\treturn 0;\n}}\n"
    assert exit_codes(compile_program([("errors.cpp", text)], compiler=INSTALLED[-1])) == expected
