"""Command line: programs of the plasticity processors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bss2.cli import app
from chipsim.ppu.assembler import assemble
from tests.chipsim.ppu.ppu_experiment import elf, program

SOURCE = """
    LOAD r4,0x3000; LOAD r3,TEXT; stw r3,0(r4)
    bl 0x100
    li r5,CODE; LOAD r4,0x2ffc; stw r5,0(r4); wait
.org 0x100
    li r3,ROUNDS; mtctr r3; bdnz .; blr
"""
FUNCTIONS = {"start": (0x40, 0xC0), "spin": (0x100, 0x10)}
OK = 0x6F6B0A00
"""The text "ok" and the end of the line."""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ppu", *arguments])


def file(folder: Path, code: int = 0, rounds: int = 500, text: int = OK, source: str = SOURCE) -> str:
    path = folder / "program.elf"
    words = program(source, CODE=code, ROUNDS=rounds, TEXT=text)
    path.write_bytes(elf({"int.text": (0, words)}, FUNCTIONS))
    return str(path)


def test_run(tmp_path: Path) -> None:
    result = run("run", file(tmp_path))
    assert result.exit_code == 0 and result.stdout == "ok\n\n" and result.stderr == "returned 0\n"


@pytest.mark.parametrize(("code", "shown"), [(7, 7), (-1, 255), (-2, 254), (300, 44)])
def test_the_exit_code_is_that_of_the_program(tmp_path: Path, code: int, shown: int) -> None:
    result = run("run", file(tmp_path, code))
    assert result.exit_code == shown and result.stderr == f"returned {code}\n"


@pytest.mark.parametrize("seed", ["ideal", "5", "0x10"])
@pytest.mark.parametrize("ppu", ["top", "bottom", "both"])
def test_processors_and_chips(tmp_path: Path, ppu: str, seed: str) -> None:
    result = run("run", file(tmp_path, 4), "--ppu", ppu, "--seed", seed)
    times = 2 if ppu == "both" else 1
    assert result.exit_code == 4 and result.stdout == "ok\n\n" * times
    assert result.stderr.splitlines()[-1] == "returned " + ", ".join(["4"] * times)
    if ppu == "both":
        assert result.stderr.splitlines()[:2] == ["top PPU", "bottom PPU"]


def test_profile(tmp_path: Path) -> None:
    result = run("run", file(tmp_path), "--profile")
    lines = [line.split() for line in result.stderr.splitlines()]
    assert lines[0] == ["instructions", "cycles", "share", "stalls", "function"]
    assert lines[1][0] == "503" and lines[1][-1] == "spin" and int(lines[1][1]) >= 503
    assert [line[-1] for line in lines[2:-1]] == ["start", "?"] or lines[2][-1] == "start"


def test_trace(tmp_path: Path) -> None:
    """The last instructions with their functions."""
    result = run("run", file(tmp_path), "--trace", "7")
    lines = [line.split() for line in result.stderr.splitlines()][:-1]
    assert [line[-1].split("+")[0] for line in lines] == ["spin"] * 2 + ["start"] * 5
    assert [line[2] for line in lines] == ["bdnz", "blr", "li", "lis", "addi", "stw", "wait"]
    assert [int(line[1], 16) for line in lines[:2]] == [0x108, 0x10C]


def test_registers(tmp_path: Path) -> None:
    result = run("run", file(tmp_path, 0x77), "--registers")
    assert "r5  00000077" in result.stderr and "ctr 00000000" in result.stderr


def test_a_program_that_does_not_end(tmp_path: Path) -> None:
    result = run("run", file(tmp_path, source="b .\n.org 0x100\nnop"), "--timeout-ms", "0.5")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-2:] == ["pc 0x00000040 start", "bss2: not finished after 0.5 ms"]


def test_faults_are_told_with_the_function(tmp_path: Path) -> None:
    source = "nop; LOAD r4,0x20000000; lwz r3,0(r4)\n.org 0x100\nnop"
    result = run("run", file(tmp_path, source=source), "--timeout-ms", "0.2")
    assert result.exit_code == 2
    first = result.stderr.splitlines()[0]
    assert first.startswith("top PPU: nothing answers at the address 0x20000000 at pc 0x0000004c (start+0xc), ")


@pytest.mark.parametrize(("options", "text"), [
    (["--ppu", "left"], "expected top, bottom or both"), (["--seed", "x"], "expected a number or 'ideal'"),
])
def test_wrong_options_are_one_line(tmp_path: Path, options: list[str], text: str) -> None:
    result = run("run", file(tmp_path), *options)
    assert result.exit_code == 2 and text in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "disasm"])
def test_bad_files_are_one_line(tmp_path: Path, command: str) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("hello")
    for path in (foreign, tmp_path / "nothing"):
        result = run(command, str(path))
        assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("bss2: ") and str(path) in result.stderr


def test_disassembly(tmp_path: Path) -> None:
    result = run("disasm", file(tmp_path))
    lines = [line.split(None, 2) for line in result.stdout.splitlines()]
    assert result.exit_code == 0 and lines[0] == ["section", "int.text"]
    assert ["00000040", "<start>:"] in lines and ["54:", "480000ad", "bl spin"] in lines
    assert lines[-5:] == [["00000100", "<spin>:"], ["100:", "386001f4", "li r3,500"], ["104:", "7c6903a6", "mtctr r3"],
                          ["108:", "42000000", "bdnz 0x108"], ["10c:", "4e800020", "blr"]]


def test_disassembly_of_one_function(tmp_path: Path) -> None:
    result = run("disasm", file(tmp_path), "--symbol", "spin")
    assert result.exit_code == 0
    assert [line.split()[2] for line in result.stdout.splitlines()[1:]] == ["li", "mtctr", "bdnz", "blr"]
    result = run("disasm", file(tmp_path), "--symbol", "nothing")
    assert result.exit_code == 2 and "no symbol nothing" in result.stderr


def test_disassembly_of_external_sections(tmp_path: Path) -> None:
    path = tmp_path / "program.elf"
    path.write_bytes(elf({"int.text": (0, program("wait")), "ext.text": (0x80000100, assemble("fxvaddbm 1,2,3; blr"))},
                         {"start": (0x40, 4), "far": (0x80000100, 8)}))
    lines = run("disasm", str(path)).stdout.splitlines()
    assert "section ext.text" in lines and any("80000100" in line and "fxvaddbm" in line for line in lines)
    only = run("disasm", str(path), "--symbol", "far").stdout
    assert "fxvaddbm" in only and "wait" not in only


def test_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bss2", "ppu", "run", file(tmp_path, 9)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (9, "ok\n\n", "returned 9\n")
