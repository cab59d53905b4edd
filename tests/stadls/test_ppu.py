"""Programs of the PPUs from the host's side: load and start, wait, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import halco
import stadls.ppu
from chipsim.ppu.assembler import assemble
from lola import PPUElfError, PPUElfFile
from stadls.ppu import PPUTimeoutError, load_and_start_program, stop_program, wait_until_ppu_finished
from tests.chipsim.ppu.ppu_experiment import PPUExperiment, elf, program

TOP, BOTTOM = halco.PPUOnDLS(0), halco.PPUOnDLS(1)
PPUS = pytest.mark.parametrize("ppu", [TOP, BOTTOM], ids=["top", "bottom"])

RETURN = "LOAD r4,0x2ffc; stw r3,0(r4); wait"
HELLO = """
    li r4,0x3000; LOAD r3,0x48690900; stw r3,0(r4)    # "Hi", a tabulator and the end
"""


def file(folder: Path, source: str, **external: Any) -> Path:
    """An ELF file of a program in internal memory; `external` are further sections."""
    path = folder / "program.elf"
    path.write_bytes(elf({"int.text": (0, program(source)), **external}))
    return path


@PPUS
@pytest.mark.parametrize("code", [0, 1, 12, -1, -559038737], ids=str)
def test_return_code(tmp_path: Path, ppu: Any, code: int) -> None:
    e = PPUExperiment()
    load_and_start_program(e.connection, file(tmp_path, f"LOAD r3,{code}; {RETURN}"), ppu)
    wait_until_ppu_finished(e.connection, 100_000, ppu)
    assert stop_program(e.connection, False, ppu) == code
    assert not e.read(ppu.toPPUControlRegisterOnDLS()).inhibit_reset


def test_the_top_ppu_is_the_usual_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    e = PPUExperiment()
    load_and_start_program(e.connection, str(file(tmp_path, f"{HELLO} li r3,3; {RETURN}")))
    wait_until_ppu_finished(e.connection)
    assert e.chip.ppus[0].asleep and not e.chip.ppus[1].running
    assert stop_program(e.connection) == 3
    assert capsys.readouterr().out == "Hi\t\n"
    stop_program(e.connection, print_mailbox=False)
    assert capsys.readouterr().out == ""


def test_both_ppus_with_one_program(tmp_path: Path) -> None:
    """The program returns which PPU it runs on: its own memory has the word that the host has written."""
    e = PPUExperiment()
    loaded = PPUElfFile(file(tmp_path, f"LOAD r4,0x2000; lwz r3,0(r4); {RETURN}"))
    for ppu in (TOP, BOTTOM):
        e.write_memory(int(ppu), 0x2000, [int(ppu) + 40])
        load_and_start_program(e.connection, loaded, ppu)
    for ppu in (TOP, BOTTOM):
        wait_until_ppu_finished(e.connection, 100_000, ppu)
    assert [stop_program(e.connection, False, ppu) for ppu in (TOP, BOTTOM)] == [40, 41]


def test_all_memories_are_loaded(tmp_path: Path) -> None:
    e = PPUExperiment()
    add = "lwz r7,0(r6); add r3,r3,r7; blr"
    path = file(
        tmp_path,
        "li r3,1; LOAD r5,0x80000000; LOAD r6,0x40000100; mtctr r5; bctrl; "
        f"LOAD r5,0x90000000; LOAD r6,0x50000080; mtctr r5; bctrl; {RETURN}",
        **{"ext.text": (0x80000000, assemble(add)), "ext.data": (0x40000100, [20]),
           "ext_dram.text": (0x90000000, assemble(add)), "ext_dram.data": (0x50000080, [300])},
    )
    load_and_start_program(e.connection, path)
    wait_until_ppu_finished(e.connection, 100_000)
    assert stop_program(e.connection, False) == 321


def test_a_running_program_is_replaced(tmp_path: Path) -> None:
    e = PPUExperiment()
    load_and_start_program(e.connection, file(tmp_path, "b ."))
    load_and_start_program(e.connection, file(tmp_path, f"li r3,6; {RETURN}"))
    wait_until_ppu_finished(e.connection, 100_000)
    assert stop_program(e.connection, False) == 6


@pytest.mark.parametrize(("timeout", "polls"), [(999, 1), (1000, 1), (5999, 5)])
def test_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, timeout: int, polls: int) -> None:
    """A look every 1000 FPGA cycles, and one at least."""
    e = PPUExperiment()
    load_and_start_program(e.connection, file(tmp_path, "b ."), BOTTOM)
    looks = []
    run = stadls.ppu.run
    monkeypatch.setattr(stadls.ppu, "run", lambda connection, program: looks.append(run(connection, program)))
    before = e.chip.board.now
    with pytest.raises(PPUTimeoutError, match=f"1.* still awake after {timeout} "):
        wait_until_ppu_finished(e.connection, timeout, BOTTOM)
    assert len(looks) == polls
    assert 1000 * polls <= e.chip.board.now - before <= 1300 * polls
    assert issubclass(PPUTimeoutError, RuntimeError)


def test_without_a_timeout_a_long_program_is_waited_for(tmp_path: Path) -> None:
    e = PPUExperiment()
    source = f"li r5,30; again: LOAD r3,30000; mtctr r3; bdnz .; addi r5,r5,-1; cmpwi r5,0; bne again; {RETURN}"
    load_and_start_program(e.connection, file(tmp_path, source))
    before = e.chip.board.now
    wait_until_ppu_finished(e.connection)
    assert e.chip.board.now - before > 400_000  # 900000 rounds, a cycle each at least


def test_bad_files(tmp_path: Path) -> None:
    e = PPUExperiment()
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"hello")
    for path in (foreign, tmp_path / "nothing"):
        with pytest.raises(PPUElfError):
            load_and_start_program(e.connection, path)
    large = tmp_path / "large"
    large.write_bytes(elf({"int.text": (0, np.zeros(4097, dtype=np.uint32))}))
    with pytest.raises(PPUElfError, match="beyond the internal memory"):
        load_and_start_program(e.connection, large)


def test_names_of_the_real_system() -> None:
    from dlens_vx_v3.tools import run_ppu_program as tool

    for name in ("load_and_start_program", "wait_until_ppu_finished", "stop_program", "PPUTimeoutError"):
        assert getattr(tool, name) is getattr(stadls.ppu, name)
