"""Program files: what is kept, what is refused and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import stadls
from stadls import files


def program(executed: bool = True) -> stadls.PlaybackProgram:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    builder.write_spikes(np.arange(100), np.arange(100) % 7)
    builder.read(halco.NeuronConfigOnDLS())
    built = builder.done()
    if executed:
        stadls.run(stadls.ZeroMockConnection(), built)
    return built


@pytest.mark.parametrize("executed", [False, True])
def test_a_program_survives_with_its_results(tmp_path: Path, executed: bool) -> None:
    original = program(executed)
    stadls.save(original, tmp_path / "a.bss2")
    loaded = stadls.load(tmp_path / "a.bss2")
    assert loaded == original and loaded.unsupported_targets == original.unsupported_targets
    assert loaded.tickets_valid() == executed


def test_empty_program(tmp_path: Path) -> None:
    stadls.save(stadls.PlaybackProgram(), tmp_path / "a.bss2")
    assert stadls.load(tmp_path / "a.bss2") == stadls.PlaybackProgram()


DATA = files.to_bytes(program())


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, len(DATA) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(position: int, bit: int) -> None:
    damaged = bytearray(DATA)
    damaged[position] ^= 1 << bit
    with pytest.raises(stadls.ProgramFileError):
        files.from_bytes(bytes(damaged))


@settings(max_examples=200, deadline=None)
@given(length=st.integers(0, len(DATA) - 1))
def test_any_truncation_is_found(length: int) -> None:
    with pytest.raises(stadls.TruncatedFileError if length else stadls.ForeignFileError):
        files.from_bytes(DATA[:length])


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_foreign_data_is_refused(data: bytes) -> None:
    with pytest.raises(stadls.ProgramFileError):
        files.from_bytes(data)


def test_messages_say_what_is_wrong(tmp_path: Path) -> None:
    def text(data: bytes) -> str:
        path = tmp_path / "x"
        path.write_bytes(data)
        with pytest.raises(stadls.ProgramFileError) as caught:
            stadls.load(path)
        assert str(path) in str(caught.value)
        return str(caught.value)

    assert "not a program file" in text(b"\x7fELF" + bytes(100))
    assert "truncated" in text(DATA[:-1])
    assert "follow the end" in text(DATA + b"x")
    assert "checksum" in text(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    assert "format version 2 is newer than 1" in text(DATA[:8] + b"\x02\x00" + DATA[10:])


def test_a_right_checksum_does_not_make_a_program() -> None:
    import msgpack

    def packed(content: object) -> bytes:
        return files.FORMAT.pack(msgpack.packb(content))

    good = {"to_fpga": b"", "from_fpga": b"", "expected": [0, 0, 0], "unsupported_targets": []}
    assert files.from_bytes(packed(good)) == stadls.PlaybackProgram()
    bad = [
        {}, [], 5, {**good, "to_fpga": b"123"}, {**good, "to_fpga": b"\xff" * 8}, {**good, "expected": [1]},
        {**good, "expected": [-1, 0, 0]}, {**good, "from_fpga": (0x55 << 56).to_bytes(8, "little")},
    ]
    for content in bad:
        with pytest.raises(stadls.CorruptFileError):
            files.from_bytes(packed(content))


def test_missing_files_are_the_usual_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        stadls.load(tmp_path / "nothing")
