"""Command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import halco
import haldls
import lola
import stadls
from bss2.cli import app

run = CliRunner().invoke


def save(path: Path, *values: int, wait: int = 0) -> str:
    builder = stadls.PlaybackProgramBuilder()
    for i, value in enumerate(values):
        builder.write(halco.CapMemCellOnDLS(halco.Enum(i)), haldls.CapMemCell(value))
    if wait:
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(wait))
    builder.read(halco.CapMemCellOnDLS())
    program = builder.done()
    stadls.run(stadls.ZeroMockConnection(), program)
    stadls.save(program, path)
    return str(path)


def test_dump(tmp_path: Path) -> None:
    file = save(tmp_path / "a", 1, 2)
    result = run(app, ["dump", file])
    assert result.exit_code == 0 and len(result.output.splitlines()) == 5 and "value=2" in result.output
    assert len(run(app, ["dump", file, "--limit", "2"]).output.splitlines()) == 2
    assert "omnibus data 0x00000000" in run(app, ["dump", file, "--from-fpga"]).output
    assert run(app, ["dump", file, "--raw"]).output.startswith("UTMessage(raw: ")


def test_diff(tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", 1, 2, 3), save(tmp_path / "b", 1, 7, 3)
    assert run(app, ["diff", a, a]).exit_code == 0 and run(app, ["diff", a, a]).output == ""
    result = run(app, ["diff", a, b])
    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert lines[:3] == [f"--- {a}", f"+++ {b}", "@@ 3..4 -> 3..4 @@"]
    assert lines[3].startswith("-") and "value=2" in lines[3] and lines[4].startswith("+") and "value=7" in lines[4]
    assert lines[5] == "registers:" and lines[6].endswith("value 2 -> 7")


def test_diff_of_registers_only(tmp_path: Path) -> None:
    a, b = save(tmp_path / "a", 1), save(tmp_path / "b", 1, wait=5)
    assert run(app, ["diff", a, b]).exit_code == 1
    assert run(app, ["diff", a, b, "--registers"]).exit_code == 0


def test_diff_of_large_programs(tmp_path: Path) -> None:
    paths = []
    for value in (1, 2):
        builder, chip = stadls.PlaybackProgramBuilder(), lola.Chip()
        chip.neuron_block.atomic_neurons[0].leak.v_leak = value
        chip.readout_chain.madc.in_500na = value
        builder.write(halco.ChipOnDLS(), chip)
        paths.append(str(tmp_path / str(value)))
        stadls.save(builder.done(), paths[-1])
    result = run(app, ["diff", *paths])
    assert result.exit_code == 1 and "... and" in result.output
    assert result.output.splitlines()[-2:] != [] and result.output.count("0x00000001 -> 0x00000002") == 2


@pytest.mark.parametrize("command", [["dump"], ["diff", "{0}"]])
def test_bad_files_are_one_line(tmp_path: Path, command: list[str]) -> None:
    good = save(tmp_path / "good", 1)
    foreign = tmp_path / "foreign"
    foreign.write_text("hello")
    for path, text in ((foreign, "not a program file"), (tmp_path / "nothing", "No such file")):
        result = run(app, [*(part.format(good) for part in command), str(path)])
        assert result.exit_code == 2 and text in result.stderr
        assert len(result.stderr.splitlines()) == 1 and "Traceback" not in result.output


def test_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bss2"]
    assert subprocess.run([*command, "--version"], capture_output=True, text=True).stdout.startswith("bss2 0.")
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.SynramOnDLS(), lola.SynapseMatrix())
    stadls.save(builder.done(), tmp_path / "a")
    # The reader goes away after two lines.
    process = subprocess.Popen(
        [*command, "dump", str(tmp_path / "a")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() and process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.wait()


def test_the_library_does_not_load_the_command_line() -> None:
    code = "import stadls, sys; print([m for m in ('typer', 'rich', 'bss2', 'stadls.disassembly') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    file = save(tmp_path / "a", 1)
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "bss2", "dump", file]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 2 and result.stderr == "bss2: No space left on device\n"
