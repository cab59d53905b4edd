"""Recording of containers, and what can be made of it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import halco
import haldls
import lola
import stadls

CELL = halco.CapMemCellOnDLS()


def recorded() -> stadls.DumperDone:
    dumper = stadls.PlaybackProgramBuilderDumper()
    dumper.write(CELL, haldls.CapMemCell(123))
    dumper.write(CELL, haldls.CapMemCell(456))
    dumper.block_until(halco.TimerOnDLS(), haldls.Timer.Value(1234))
    dumper.write(halco.DACChannelOnBoard.v_reset, haldls.DACChannel())
    dumper.write(CELL, haldls.CapMemCell(678))
    return dumper.done()


def test_squash_keeps_the_latest_of_each_coordinate() -> None:
    done = recorded()
    assert len(done) == 5
    done.squash()
    assert done.tolist() == [
        (halco.TimerOnDLS(), haldls.Timer.Value(1234)), (halco.DACChannelOnBoard.v_reset, haldls.DACChannel()),
        (CELL, haldls.CapMemCell(678)),
    ]


def test_remove_block_until() -> None:
    done = recorded()
    done.remove_block_until()
    assert len(done) == 4


def test_values_are_copies() -> None:
    done = recorded()
    done.values[0][1].value = 5
    assert done.values[0][1] == haldls.CapMemCell(123)
    done.values = [(CELL, haldls.CapMemCell(1))]
    assert len(done) == 1
    with pytest.raises(TypeError):
        done.values = [(CELL, 5)]


def test_dumper_takes_the_calls_of_a_builder() -> None:
    dumper = stadls.PlaybackProgramBuilderDumper()
    assert dumper.empty() and dumper.is_write_only()
    dumper.write(CELL, haldls.CapMemCell(1), haldls.CapMemCell(1))
    dumper.write(CELL, haldls.CapMemCell(2), haldls.Backend.OmnibusChipOverJTAG)
    other = stadls.PlaybackProgramBuilderDumper()
    other.copy_back(dumper)
    other.merge_back(dumper)
    assert dumper.empty() and len(other.done()) == 4
    for refused in (lambda: dumper.read(CELL), dumper.size_to_fpga, dumper.size_from_fpga,
                    lambda: dumper.merge_back(dumper), lambda: dumper.write(halco.TimerOnDLS(), haldls.CapMemCell())):
        with pytest.raises(RuntimeError):
            refused()
    assert repr(dumper) == "PlaybackProgramBuilderDumper()"


def test_convert_to_builder_replays() -> None:
    builder = stadls.convert_to_builder(recorded())
    direct = stadls.PlaybackProgramBuilder()
    direct.write(CELL, haldls.CapMemCell(123))
    direct.write(CELL, haldls.CapMemCell(456))
    direct.block_until(halco.TimerOnDLS(), haldls.Timer.Value(1234))
    direct.write(halco.DACChannelOnBoard.v_reset, haldls.DACChannel())
    direct.write(CELL, haldls.CapMemCell(678))
    assert np.array_equal(builder.done().to_fpga, direct.done().to_fpga)
    dumper = stadls.convert_to_dumper(recorded())
    stadls.convert_to_builder(dumper)
    assert dumper.empty()


def test_convert_to_chip_round_trip(caplog: pytest.LogCaptureFixture) -> None:
    chip = lola.Chip()
    chip.synapse_blocks[0].matrix.weights[1][2] = 3
    chip.neuron_block.atomic_neurons[9].leak.v_leak = 400
    dumper = stadls.PlaybackProgramBuilderDumper()
    dumper.write(halco.ChipOnDLS(), chip)
    assert stadls.convert_to_chip(dumper.done()) == chip
    assert not caplog.text


def test_convert_to_chip_applies_in_order_and_starts_from_a_chip(caplog: pytest.LogCaptureFixture) -> None:
    previous = lola.Chip()
    previous.neuron_block.atomic_neurons[1].leak.v_leak = 11
    done = stadls.DumperDone([
        (halco.CapMemCellOnDLS(halco.Enum(0)), haldls.CapMemCell(1)),
        (halco.CapMemCellOnDLS(halco.Enum(0)), haldls.CapMemCell(2)),
        (halco.TimerOnDLS(), haldls.Timer.Value(5)),
        (halco.DACChannelOnBoard.v_reset, haldls.DACChannel(7)),
        (halco.ExternalPPUMemoryByteOnFPGA(5), haldls.ExternalPPUMemoryByte(haldls.ExternalPPUMemoryByte.Value(9))),
        (halco.ExternalPPUMemoryByteOnFPGA(6), haldls.ExternalPPUMemoryByte(haldls.ExternalPPUMemoryByte.Value(8))),
        (halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig()),
    ])
    chip = stadls.convert_to_chip(done, previous)
    assert chip.neuron_block.atomic_neurons[0].leak.v_leak == 2
    assert chip.neuron_block.atomic_neurons[1].leak.v_leak == 11
    assert haldls.encode(chip.external_ppu_memory, halco.ExternalPPUMemoryOnFPGA())[1][1] == 0x00090800
    assert "1 words were written to registers that are not part of a Chip" in caplog.text
    assert previous.neuron_block.atomic_neurons[0].leak.v_leak == 0


def test_serial_forms() -> None:
    done = recorded()
    assert pickle.loads(pickle.dumps(done)) == done
    for save, load in ((stadls.to_json, stadls.from_json), (stadls.to_portablebinary, stadls.from_portablebinary)):
        loaded = stadls.DumperDone()
        load(loaded, save(done))
        assert loaded == done
    dumper = stadls.convert_to_dumper(done)
    assert pickle.loads(pickle.dumps(dumper)) == dumper


class Trap:
    def __reduce__(self) -> object:
        return print, ("this must not run",)


def test_serial_forms_refuse_other_data(capsys: pytest.CaptureFixture[str]) -> None:
    good = stadls.to_portablebinary(recorded())
    for bad in (b"", b"x" * 50, good[:-3], good[:8] + pickle.dumps([(CELL, Trap())])):
        with pytest.raises((ValueError, TypeError)):
            stadls.from_portablebinary(stadls.DumperDone(), bad)
    for text in ("", "{}", '{"data": "AA=="}'):
        with pytest.raises(ValueError):
            stadls.from_json(stadls.DumperDone(), text)
    assert "must not run" not in capsys.readouterr().out
