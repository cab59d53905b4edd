"""The program of the PPUs: commands of the host and periodic CADC samples, prebuilt and compiled."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import halco
import haldls
import stadls
from grenade.ppu import CompilationError, Program, periodic, prebuild, program
from grenade.ppu.periodic import PeriodicCADC
from grenade.ppu.plasticity import Handles, PlasticityRule, SynapseView, Timer
from grenade.ppu.recording import RawRecording
from tests.chipsim.experiment import Experiment
from tests.chipsim.test_chip import experiment
from tests.grenade.ppu.chip_program import (
    BASELINE_READ,
    IDLE,
    PERIODIC_READ,
    READ,
    RESET_NEURONS,
    SCHEDULER,
    STOP_PERIODIC_READ,
    ChipProgram,
)
from tests.grenade.ppu.compilers import COMPILERS, needs_compiler

PROGRAMS = [pytest.param("prebuilt"), *COMPILERS]

SYMBOLS = {
    "status": 4, "stopped": 4, "ppu": 4, "neuron_reset_mask": 256, "cadc_result": 256, "runtime": 8,
    "scheduler_event_drop_count": 4, "periodic_cadc_readout_memory_offset": 4,
}
"""Variables in internal memory that the host knows by name, and their bytes."""


def get(which: str, memory: str = "sram") -> Program:
    if which == "prebuilt":
        return prebuild.load(memory)
    return program.build((), prebuild.variant(memory), compiler=which)


def neurons() -> Experiment:
    """Neurons that rest at 90 to 170 and are reset to 50, CADC codes; no noise."""
    e = experiment(None, noise=False, leak=np.linspace(90, 170, 512).round(), threshold=None, reset=50, tau_mem=10.0)
    e.configure()
    e.run(200)
    return e


def columns(data: bytes) -> np.ndarray:
    """Signed values of the columns from a pair of vectors for even and odd ones."""
    return np.frombuffer(data, np.int8).reshape(2, 128).T.reshape(256).astype(int)


def samples(chip: ChipProgram) -> list[tuple[np.ndarray, np.ndarray]]:
    return [periodic.decode(chip.read(f"periodic_cadc_samples_{name}")) for name in ("top", "bot")]


# -- compiling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", PROGRAMS)
@pytest.mark.parametrize("memory", ["sram", "dram"])
def test_symbols(which: str, memory: str) -> None:
    symbols = get(which, memory).file.read_symbols()
    for name, size in SYMBOLS.items():
        place = symbols[name].coordinate
        assert isinstance(place, halco.PPUMemoryBlockOnPPU) and 4 * place.length() == size, name
    for name in ("neuron_reset_mask", "cadc_result"):
        assert 4 * int(symbols[name].coordinate.toMin()) % 128 == 0, "vectors are aligned"
    expected = prebuild.variant(memory)
    interval = {"sram": halco.ExternalPPUMemoryBlockOnFPGA, "dram": halco.ExternalPPUDRAMMemoryBlockOnFPGA}[memory]
    for name, address in (("top", expected.top), ("bot", expected.bottom)):
        place = symbols[f"periodic_cadc_samples_{name}"].coordinate
        assert isinstance(place, interval)
        assert place.length() == expected.size and int(place.toMin()) == address & 0xFFFFFFF


@pytest.mark.parametrize("memory", ["sram", "dram"])
def test_images_are_small(memory: str) -> None:
    """The host loads them before every experiment; the memory for samples is no part of them."""
    image = prebuild.load(memory).file.read_program()
    assert 4 * len(image.internal) < 4096
    assert image.external is not None and len(image.external) < 4096
    assert image.external_dram is None


def test_programs_of_the_package_are_those_of_its_sources() -> None:
    assert prebuild.is_current(), "run `python -m grenade.ppu.prebuild`"


def test_a_change_of_a_header_is_a_change(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(path.name for path in prebuild._with_headers([program.FOLDER / "start.cpp"]))
    assert {"start.cpp", "program.h", "status.h", "mailbox.h", "s2pp_instructions.h"} <= set(files)
    before = prebuild.digest()
    changed = tmp_path / "start.cpp"
    changed.write_text("// changed\n")
    monkeypatch.setattr(prebuild, "_PACKAGE", tmp_path)
    monkeypatch.setattr(prebuild, "_RUNTIME", tmp_path)
    monkeypatch.setattr(program, "sources", lambda: [changed])
    assert prebuild.digest() != before


def test_no_such_prebuilt_program() -> None:
    with pytest.raises(ValueError, match="expected one of 'sram', 'dram'"):
        prebuild.load("flash")


def raw_rule(size: int, kernel: str = "void PLASTICITY_RULE_KERNEL(auto&, auto&, auto&) {}") -> PlasticityRule:
    handles = Handles((SynapseView(0, (0,), (0,)),), (), (Timer(0, 1000, 1),))
    return PlasticityRule(kernel, (handles,), RawRecording(size), name="my_rule.cpp")


@needs_compiler
def test_recordings_that_reach_into_the_samples() -> None:
    with pytest.raises(CompilationError, match=r"bytes of external SRAM, periodic CADC samples leave 54016"):
        program.build([raw_rule(60000)], PeriodicCADC("sram", 100))


@needs_compiler
def test_recordings_that_are_too_large_for_the_memory() -> None:
    with pytest.raises(CompilationError, match="ext_mem_data"):
        program.build([raw_rule(140000)])


@pytest.mark.parametrize("compiler", COMPILERS)
def test_messages_have_the_lines_of_the_user(compiler: str) -> None:
    kernel = "#include <array>\n\nvoid PLASTICITY_RULE_KERNEL(auto&, auto&, auto&)\n{\n\tthere_is_no_such_name;\n}\n"
    with pytest.raises(CompilationError, match=r"my_rule\.cpp:5.*there_is_no_such_name"):
        program.build([raw_rule(4, kernel)], compiler=compiler)


# -- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", PROGRAMS)
def test_start_and_stop(which: str) -> None:
    e = experiment(None)
    e.configure()
    chip = ChipProgram(e.connection, get(which))
    chip.start()
    assert chip.mailboxes() == ["PPU 0 ready\n", "PPU 1 ready\n"]
    assert chip.read_words("stopped") == [0, 0]
    chip.stop()
    assert chip.read_words("status") == [IDLE, IDLE]
    assert chip.read_words("stopped") == [1, 1]
    assert chip.exit_codes() == [0, 0]


def test_unknown_commands_are_ignored() -> None:
    e = experiment(None)
    e.configure()
    chip = ChipProgram(e.connection, get("prebuilt"))
    chip.start()
    chip.command((17, 10), wait=False)
    assert chip.read_words("status") == [17, 17]
    chip.command((RESET_NEURONS, 4))
    chip.stop()


@pytest.mark.parametrize("which", PROGRAMS)
def test_neurons_of_the_mask_are_reset(which: str) -> None:
    e = neurons()
    mask = np.zeros((2, 2, 128), np.uint8)
    mask[0, 0, 3] = mask[0, 1, 100] = mask[1, 1, 127] = 1
    chip = ChipProgram(e.connection, get(which), neuron_reset_mask=[half.tobytes() for half in mask])
    chip.start()
    builder = stadls.PlaybackProgramBuilder()
    for neuron in halco.iter_all(halco.AtomicNeuronOnDLS):
        builder.write(neuron.toSpikeCounterResetOnDLS(), haldls.SpikeCounterReset())
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())
    chip.command((RESET_NEURONS, 4), (RESET_NEURONS, 4))
    builder = stadls.PlaybackProgramBuilder()
    tickets = [builder.read(n.toSpikeCounterReadOnDLS()) for n in halco.iter_all(halco.AtomicNeuronOnDLS)]
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())
    counts = np.array([int(ticket.get().count) for ticket in tickets])
    assert {int(i): int(counts[i]) for i in np.flatnonzero(counts)} == {6: 2, 201: 2, 256 + 255: 2}


@pytest.mark.parametrize("which", PROGRAMS)
def test_difference_to_the_baseline(which: str) -> None:
    e = neurons()
    chip = ChipProgram(e.connection, get(which), neuron_reset_mask=b"\1" * 256)
    chip.start()
    chip.command((BASELINE_READ, 20))
    baseline = np.array([columns(value) for value in chip.read("cadc_baseline")])
    # 5 us after the reset to 50 the membranes have gone back less than half of their way to 90 and more.
    assert baseline.min() > 50 - 128 and baseline.max() < 90 - 128
    e.run(200)
    now = e.cadc().astype(int)
    chip.command((READ, 10), wait=False)
    assert chip.read_words("status") == [IDLE, IDLE], "done within 10 us"
    result = np.array([columns(value) for value in chip.read("cadc_result")])
    np.testing.assert_array_equal(result, now - 128 - baseline)
    assert result.min() > 20


def test_difference_to_the_baseline_saturates() -> None:
    e = neurons()
    chip = ChipProgram(e.connection, get("prebuilt"), cadc_baseline=np.full(256, -128, np.int8).tobytes())
    chip.start()
    chip.command((READ, 10))
    result = np.array([columns(value) for value in chip.read("cadc_result")])
    np.testing.assert_array_equal(result, np.minimum(e.cadc(), 127))
    assert (result == 127).any() and (result < 127).any()


@pytest.mark.parametrize("which", PROGRAMS)
def test_scheduler_without_rules_waits(which: str) -> None:
    e = experiment(None)
    e.configure()
    chip = ChipProgram(e.connection, get(which))
    chip.start()
    chip.write("runtime", (100 * 250).to_bytes(8, "big"))
    chip.command((SCHEDULER, 95), wait=False)
    assert chip.read_words("status") == [SCHEDULER, SCHEDULER]
    chip.command((SCHEDULER, 0))
    chip.schedule(10)
    assert chip.read_words("status") == [IDLE, IDLE]


# -- periodic samples ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("memory", ["sram", "dram"])
@pytest.mark.parametrize("which", PROGRAMS)
def test_periodic_samples(which: str, memory: str) -> None:
    e = neurons()
    still = e.cadc()
    chip = ChipProgram(e.connection, get(which, memory), neuron_reset_mask=b"\1" * 256)
    chip.start()
    chip.command((PERIODIC_READ, 60), (STOP_PERIODIC_READ, 5))
    counts = chip.read_words("periodic_cadc_readout_memory_offset")
    size = periodic.sample_bytes(max(counts))
    data = [periodic.decode(chip.read(f"periodic_cadc_samples_{name}", size)) for name in ("top", "bot")]
    for hemisphere, (times, values) in enumerate(data):
        assert len(times) == counts[hemisphere] == len(values)
        times = times.astype(int)
        # The first sample follows 10 us after the command, the others 1 to 2.5 us after each other.
        assert 2500 <= times[0] < 2600
        assert np.all((np.diff(times) >= 250) & (np.diff(times) <= 625))
        assert np.ptp(np.diff(times)) < 30
        assert abs(times[-1] - 60 * 250) < 1000
        np.testing.assert_array_equal(values, np.broadcast_to(still[hemisphere], values.shape))


def test_membranes_in_periodic_samples() -> None:
    """After a reset they approach their rest with their time constant of 10 us."""
    e = neurons()
    rest = e.cadc().astype(float)
    chip = ChipProgram(e.connection, get("prebuilt"), neuron_reset_mask=b"\1" * 256)
    chip.start()
    chip.command((RESET_NEURONS, 4), (PERIODIC_READ, 60), (STOP_PERIODIC_READ, 5))
    for hemisphere, (times, values) in enumerate(samples(chip)):
        distance = rest[hemisphere] - values
        assert np.all(distance[0] > 5) and np.all(np.diff(distance, axis=0) <= 1)
        passed = float(times[10] - times[0]) / 250
        ratio = distance[10][distance[0] > 20] / distance[0][distance[0] > 20]
        np.testing.assert_allclose(ratio.mean(), np.exp(-passed / 10), atol=0.05)


def test_samples_beyond_the_memory_are_dropped_but_counted() -> None:
    e = neurons()
    chip = ChipProgram(e.connection, get("prebuilt"))
    chip.start()
    chip.command((PERIODIC_READ, 300), (STOP_PERIODIC_READ, 5))
    counts = chip.read_words("periodic_cadc_readout_memory_offset")
    assert min(counts) > 110
    for (times, values), name, count in zip(samples(chip), ("top", "bot"), counts, strict=True):
        assert len(values) == 100 and np.all(np.diff(times.astype(int)) > 0)
        assert int.from_bytes(chip.read(f"periodic_cadc_samples_{name}", 4), "big") == count
    # Samples of the next recording would follow; after the host has reset the number they begin anew.
    chip.write("periodic_cadc_readout_memory_offset", bytes(4))
    chip.command((PERIODIC_READ, 30), (STOP_PERIODIC_READ, 5))
    for times, values in samples(chip):
        assert 2500 <= times[0] < 2600 and 5 < len(values) < 30


def test_recordings_continue_until_the_host_resets_their_number() -> None:
    e = neurons()
    chip = ChipProgram(e.connection, get("prebuilt"))
    chip.start()
    chip.command((PERIODIC_READ, 30), (STOP_PERIODIC_READ, 5))
    first = [times for times, _ in samples(chip)]
    chip.command((PERIODIC_READ, 30), (STOP_PERIODIC_READ, 5))
    for before, (times, _) in zip(first, samples(chip), strict=True):
        np.testing.assert_array_equal(times[:len(before)], before)
        assert len(times) == 2 * len(before) and 2500 <= times[len(before)] < 2600


@needs_compiler
def test_fewer_samples_leave_more_memory() -> None:
    e = neurons()
    cadc = PeriodicCADC("sram", 3)
    chip = ChipProgram(e.connection, program.build((), cadc))
    chip.start()
    chip.command((PERIODIC_READ, 30), (STOP_PERIODIC_READ, 5))
    assert all(len(values) == 3 for _, values in samples(chip))
    assert dataclasses.replace(cadc, num_samples=100).free < cadc.free
