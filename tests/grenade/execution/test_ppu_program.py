"""Programs of the PPUs in an execution instance: which one it is, its images, commands, and results of the CADC."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
import haldls
import lola
import stadls
from chipsim.ppu import PPUWarning
from grenade.common import ChipOnConnection
from grenade.execution.ppu_image import FILLER
from grenade.execution.ppu_plan import plan
from grenade.execution.ppu_program import COMMAND_RESPONSES, PPUProgram, Status
from grenade.execution.ppu_results import SampleMemory
from grenade.ppu import periodic, prebuild
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import CADCMembraneReadoutView, NeuronView, PlasticityRule
from tests.grenade.execution.ppu_experiment import INSTANCE, US, Setup, Timeline, planned, reading

MODES = ["hagen", "periodic", "periodic_on_dram"]


def with_rule(graph: Graph) -> Graph:
    view = NeuronView(0, [3], [-1], [False])
    rule = PlasticityRule(
        "void PLASTICITY_RULE_KERNEL(auto&, auto&) {}", PlasticityRule.Timer(0, 1, 1), (),
        (PlasticityRule.NeuronViewShape.of(view),),
    )
    graph.add(rule, INSTANCE, [graph.add(view, INSTANCE)])
    return graph


# -- plan ----------------------------------------------------------------------------------------------------------


def test_no_program_without_cadc_and_rule() -> None:
    graph = Graph()
    graph.add(NeuronView(0, [3], [-1], [True]), INSTANCE)
    assert plan([graph], INSTANCE, [1000]) is None
    assert plan([reading("hagen")], INSTANCE, [1000], chip_on_connection=ChipOnConnection(1)) is None


@pytest.mark.parametrize(("mode", "memory"), list(zip(MODES, ["sram", "sram", "dram"], strict=True)))
def test_programs_of_the_package(mode: str, memory: str) -> None:
    assert planned(reading(mode)).program == prebuild.load(memory)


@pytest.mark.parametrize(("graphs", "options", "message"), [
    ([reading("hagen"), reading("periodic")], {}, "several modes: hagen, periodic"),
    ([with_rule(reading("periodic"))], {}, "periodically and has a plasticity rule"),
    ([reading("periodic"), with_rule(Graph())], {}, "periodically and has a plasticity rule"),
    ([Graph()], {"read_symbols": ["status"]}, "no program of the PPUs, .* 'status'"),
    ([Graph()], {"write_symbols": {"x": None}}, "no program of the PPUs, .* 'x'"),
    ([reading("hagen")], {"read_symbols": ["no_such"]}, "no symbol 'no_such'"),
    ([reading("hagen")], {"write_symbols": {"no_such": None}}, "no symbol 'no_such'"),
    ([reading("hagen")], {"write_symbols": {"runtime": haldls.PPUMemoryBlock(2)}}, "'runtime' is in internal memory"),
    ([reading("hagen")], {"write_symbols": {"runtime": {halco.HemisphereOnDLS(0): haldls.PPUMemoryBlock(1)}}},
     "'runtime': expected a PPUMemoryBlock of length 2, got 1"),
    ([reading("periodic")], {"write_symbols": {"periodic_cadc_samples_top": lola.ExternalPPUMemoryBlock(4)}},
     "'periodic_cadc_samples_top': expected a ExternalPPUMemoryBlock of length 38528, got 4"),
    ([reading("periodic_on_dram")], {"write_symbols": {"periodic_cadc_samples_top": lola.ExternalPPUMemoryBlock(4)}},
     "expected a ExternalPPUDRAMMemoryBlock, got ExternalPPUMemoryBlock"),
])
def test_what_the_ppus_cannot_do(graphs: list[Graph], options: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        planned(graphs, 1000, **options)


@pytest.mark.parametrize(("mode", "runtimes", "samples"), [
    ("hagen", [[1000]], 0),
    ("periodic", [[0]], 875 // 212 + 1),
    ("periodic", [[60 * US]], (60 * US + 875) // 212 + 1),
    ("periodic", [[0, 60 * US, 10]], (60 * US + 875) // 212 + 1),  # the longest entry
    ("periodic", [[5000], [6000]], (11000 + 875) // 212 + 1),  # both snippets
    ("periodic_on_dram", [[1000 * US]], (1000 * US + 875) // 212 + 1),
])
def test_samples_that_memory_is_read_for(mode: str, runtimes: Any, samples: int) -> None:
    program = plan([reading(mode)] * len(runtimes), INSTANCE, runtimes)
    assert program is not None and program.num_samples == samples


@pytest.mark.parametrize(("mode", "most"), [("periodic", 100), ("periodic_on_dram", 204800)])
def test_more_samples_than_there_is_memory_for(mode: str, most: int, caplog: pytest.LogCaptureFixture) -> None:
    assert planned(reading(mode), most * 212 - 875 - 1).num_samples == most
    assert not caplog.records
    assert planned(reading(mode), most * 212).num_samples == most
    assert f"there is memory for {most}" in caplog.text


# -- images --------------------------------------------------------------------------------------------------------


def variable(program: PPUProgram, chip: lola.Chip, name: str) -> np.ndarray:
    """Words of a variable in the images of both PPUs."""
    place = program.program.file.read_symbols()[name].coordinate
    return np.stack([memory._words[int(place.toMin()):int(place.toMax()) + 1] for memory in chip.ppu_memory])


def test_images() -> None:
    program, chip = planned(reading("hagen", False)), lola.Chip()
    chip.external_ppu_memory._words[:] = 7
    program.apply(chip)
    internal, external, _ = program.program.file.read_images()
    for i, memory in enumerate(chip.ppu_memory):
        words = np.zeros(4096, np.uint32)
        words[:len(internal) // 4] = np.frombuffer(internal, ">u4")
        words[int(program.program.file.read_symbols()["ppu"].coordinate.toMin())] = i
        words[len(internal) // 4:3068] = FILLER
        np.testing.assert_array_equal(memory._words, words)
    assert chip.external_ppu_memory._words.astype(">u4").tobytes() == external.ljust(1 << 17, b"\0")
    assert program.dram_writes() == []


def test_values_of_symbols() -> None:
    block = haldls.PPUMemoryBlock(2)
    block._words[:] = 0x12345678, 9
    program = planned(reading("hagen"), write_symbols={"runtime": {halco.HemisphereOnDLS.bottom: block}})
    chip = lola.Chip()
    program.apply(chip)
    assert variable(program, chip, "runtime").tolist() == [[0, 0], [0x12345678, 9]]


def test_values_of_symbols_in_external_memory() -> None:
    program = planned(reading("periodic"), write_symbols={
        "periodic_cadc_samples_top": lola.ExternalPPUMemoryBlock.from_bytes(b"\1\2\3\4" * 9632),
    })
    chip = lola.Chip()
    program.apply(chip)
    words = chip.external_ppu_memory._words
    assert np.flatnonzero(words == 0x01020304).tolist() == list(range(54016 // 4, 92544 // 4))
    size = periodic.sample_bytes(204800)
    block = lola.ExternalPPUDRAMMemoryBlock(size)
    dram = planned(reading("periodic_on_dram"), write_symbols={"periodic_cadc_samples_bot": block})
    assert dram.dram_writes() == [(dram.program.file.read_symbols()["periodic_cadc_samples_bot"].coordinate, block)]


@given(st.sets(st.tuples(st.integers(0, 1), st.integers(0, 255))))
def test_mask_of_neurons_that_are_reset(chosen: set[tuple[int, int]]) -> None:
    """Even columns first, then odd ones; the four neurons of a word in reversed order."""
    reset = np.zeros((2, 256), bool)
    for place in chosen:
        reset[place] = True
    program, chip = planned(reading("hagen", reset)), lola.Chip()
    program.apply(chip)
    words = variable(program, chip, "neuron_reset_mask")
    wanted = np.zeros((2, 64), int)
    for hemisphere, column in chosen:
        wanted[hemisphere, column % 2 * 32 + column // 8] |= 1 << 8 * (column // 2 % 4)
    np.testing.assert_array_equal(words, wanted)


# -- commands ------------------------------------------------------------------------------------------------------


def test_a_command_takes_six_cycles() -> None:
    builder = stadls.PlaybackProgramBuilder()
    planned(reading("hagen")).command(builder, Status.READ)
    assert builder.size_to_fpga() == 6
    assert builder.size_from_fpga() == COMMAND_RESPONSES


def test_runtime_takes_four_cycles_per_ppu() -> None:
    builder = stadls.PlaybackProgramBuilder()
    planned(reading("hagen")).write_runtime(builder, 1 << 40)
    assert builder.size_to_fpga() == 8
    assert builder.is_write_only()


@pytest.mark.parametrize(("mode", "read", "responses"), [
    ("hagen", "read_cadc_result", 128),
    ("periodic", "read_periodic", 2 * (1 + 28 * (2 + 64))),
    ("periodic_on_dram", "read_periodic", 2 * (1 + 28 * (2 + 64))),
    ("hagen", "read_status", 2 * (2 + 1024)),
    ("hagen", "read_recordings", 0),
    ("hagen", "read_symbols", 2 * 2),
])
def test_number_of_responses(mode: str, read: str, responses: int) -> None:
    builder = stadls.PlaybackProgramBuilder()
    getattr(planned(reading(mode), 5000, read_symbols=["runtime"]), read)(builder)
    assert builder.size_from_fpga() == responses


def test_start_and_stop() -> None:
    graph = reading("hagen")
    setup = Setup(graph, planned(graph, read_symbols=["status", "stopped"]))

    def state() -> list[list[int]]:
        builder = stadls.PlaybackProgramBuilder()
        setup.program.read_symbols(builder)
        (values,) = setup.program.decode_symbols(setup.run(builder))
        return [[int(values[name][h][0].value) for h in halco.iter_all(halco.HemisphereOnDLS)]
                for name in ("status", "stopped")]

    assert state() == [[0, 0], [0, 0]]
    setup.start()
    assert state() == [[Status.IDLE, Status.IDLE], [0, 0]]
    setup.stop()
    assert state() == [[Status.IDLE, Status.IDLE], [1, 1]]
    setup.restore()
    setup.start()
    assert state() == [[Status.IDLE, Status.IDLE], [0, 0]]


def test_instruction_timeout_is_the_default_again() -> None:
    graph = reading("hagen")
    setup = Setup(graph, planned(graph))
    builder = stadls.PlaybackProgramBuilder()
    setup.program.start(builder)
    setup.program.wait_idle(builder)
    ticket = builder.read(halco.InstructionTimeoutConfigOnFPGA())
    setup.run(builder)
    assert ticket.get() == haldls.InstructionTimeoutConfig()


def test_a_ppu_that_never_finishes() -> None:
    graph = reading("hagen")
    setup = Setup(graph, planned(graph))
    setup.start()
    builder = stadls.PlaybackProgramBuilder()
    setup.program.command(builder, Status.PERIODIC_READ)
    setup.program.wait_idle(builder, timeout_us=50)
    with pytest.warns(PPUWarning, match="still running"), pytest.raises(stadls.TimeoutNotificationError):
        setup.run(builder)


# -- results of the CADC -------------------------------------------------------------------------------------------


def test_hagen_mode(caplog: pytest.LogCaptureFixture) -> None:
    """The membranes go back from their reset to their rest, which is what is measured."""
    graph = reading("hagen")
    setup = Setup(graph, planned(graph))
    setup.start()
    line = Timeline(setup)
    for i in range(2):
        setup.program.command(line.wait(200 * i).builder, Status.BASELINE_READ)
        setup.program.command(line.wait(200 * i + 150).builder, Status.READ)
        setup.program.read_cadc_result(line.wait(200 * i + 160).builder)
    answers = line.run().reshape(2, 132)
    setup.program.check_command(answers[:, :2])
    setup.program.check_command(answers[:, 2:4])
    assert not caplog.records
    results = setup.program.decode_cadc_result(answers[:, 4:])
    assert results.dtype == np.int8 and results.shape == (2, 2, 256)
    np.testing.assert_array_equal(results[0], results[1])
    builder = stadls.PlaybackProgramBuilder()
    setup.program.read_symbols(builder, ["cadc_baseline"])
    (values,) = setup.program.decode_symbols(setup.run(builder), ["cadc_baseline"])
    rest = setup.experiment.cadc().astype(int) - 128
    for hemisphere, block in enumerate(values["cadc_baseline"].values()):
        # Vectors of even and odd columns, in which four bytes are a word.
        before = block._words.astype(">u4").view(np.int8).reshape(2, 128).T.ravel().astype(int)
        assert before.max() < rest[hemisphere].min(), "5 us after their reset the neurons are still on their way"
        np.testing.assert_array_equal(results[0, hemisphere], rest[hemisphere] - before)


def test_commands_to_a_busy_ppu_are_noticed(caplog: pytest.LogCaptureFixture) -> None:
    program = planned(reading("hagen"))
    program.check_command(np.array([[5, 5], [5, 5]]), Status.PERIODIC_READ)
    assert not caplog.records
    program.check_command(np.array([[1, 1], [1, 4], [1, 4]]))
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.WARNING, "PPU 1 got a command while it was not idle in 2 of 3 batch entries, first in entry 1"),
    ]


def periodic_words(setup: Setup, duration_us: float) -> np.ndarray:
    """What is read after periodic samples were taken, whose program has been started: (1, responses)."""
    line = Timeline(setup)
    setup.program.command(line.builder, Status.PERIODIC_READ)
    setup.program.command(line.wait(duration_us).builder, Status.STOP_PERIODIC_READ)
    setup.program.wait_idle(line.builder)
    setup.program.read_periodic(line.builder)
    return line.run()[:, 2 * COMMAND_RESPONSES:]


@pytest.mark.parametrize("mode", ["periodic", "periodic_on_dram"])
def test_periodic_mode(mode: str) -> None:
    graph = reading(mode)
    setup = Setup(graph, planned(graph, 40 * US))
    setup.start()
    entries = [periodic_words(setup, 15 + duration) for duration in (40, 30)]
    still = setup.experiment.cadc()
    for hemisphere, samples in enumerate(setup.program.decode_periodic(np.concatenate(entries))):
        assert samples.offsets.tolist()[0] == 0 and samples.offsets[-1] == len(samples.times) == len(samples.values)
        assert samples.values.dtype == np.uint8
        np.testing.assert_array_equal(samples.values, np.broadcast_to(still[hemisphere], samples.values.shape))
        for entry, duration in enumerate((40, 30)):
            times = samples.times[samples.offsets[entry]:samples.offsets[entry + 1]]
            # The first sample follows 5 us before time 0.
            assert -5 * US <= times[0] < -4.5 * US
            assert np.all((np.diff(times) >= US) & (np.diff(times) <= 2.5 * US))
            assert abs(times[-1] - duration * US) < 3 * US


def test_periodic_samples_beyond_the_memory_that_is_read(caplog: pytest.LogCaptureFixture) -> None:
    graph = reading("periodic")
    setup = Setup(graph, planned(graph, 0))
    assert setup.program.num_samples == 5
    setup.start()
    top, bottom = setup.program.decode_periodic(periodic_words(setup, 40))
    assert top.counts().tolist() == bottom.counts().tolist() == [5]
    assert "samples in batch entry 0, but memory for 5; the last ones are lost" in caplog.text


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4), st.sets(st.integers(0, 255)), st.integers(0, 2**32 - 1)
)
def test_decoding_all_entries_at_once(counts: list[int], columns: set[int], seed: int) -> None:
    """The same as entry by entry with the decoder of whole recordings."""
    rng, most = np.random.default_rng(seed), 5
    memory = rng.integers(256, size=(len(counts), periodic.sample_bytes(most)), dtype=np.uint8)
    memory[:, :4] = np.array(counts, ">u4")[:, None].view(np.uint8)
    memory[:, 128:].reshape(len(counts), -1, 384)[..., :4] = 0  # high word of times
    wanted = SampleMemory(sorted(columns), most, "top")
    samples = wanted.decode(memory.view(">u4").astype(np.uint32)[:, wanted.words])
    if not columns:
        assert not len(wanted.words) and not samples.counts().any()
        return
    assert samples.counts().tolist() == counts
    for entry in range(len(counts)):
        times, values = periodic.decode(memory[entry])
        part = slice(samples.offsets[entry], samples.offsets[entry + 1])
        np.testing.assert_array_equal(samples.values[part], values[:, sorted(columns)])
        np.testing.assert_array_equal(samples.times[part], times.astype(int) // 2 - 15 * US)


@pytest.mark.parametrize(("columns", "words"), [([], 0), ([0], 3), ([0, 2, 4, 6], 3), ([0, 1, 8], 5)])
def test_few_columns_need_few_words(columns: list[int], words: int) -> None:
    """Two words are the time of a sample, and four columns, all even or all odd, share one."""
    assert len(SampleMemory(columns, 7, "top").words) == (1 + 7 * words if columns else 0)


@pytest.mark.parametrize("mode", ["periodic", "periodic_on_dram"])
def test_samples_of_some_columns(mode: str) -> None:
    graph = Graph()
    view = graph.add(NeuronView(1, [200, 3], [-1, -1], [True, True]), INSTANCE)
    graph.add(CADCMembraneReadoutView([[200, 3]], 1, mode), INSTANCE, [view])
    setup = Setup(graph, planned(graph, 20 * US))
    setup.start()
    top, bottom = setup.program.decode_periodic(periodic_words(setup, 35))
    assert top.counts().tolist() == [0] and bottom.columns.tolist() == [3, 200]
    still = setup.experiment.cadc()[1, [3, 200]]
    assert len(bottom.values) > 10
    np.testing.assert_array_equal(bottom.values, np.broadcast_to(still, bottom.values.shape))


# -- what a program leaves behind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_running_programs_change_volatile_words_only(mode: str) -> None:
    graph = reading(mode)
    setup = Setup(graph, planned(graph, 60 * US))
    internal, external = setup.memories()
    np.testing.assert_array_equal(internal, [memory._words for memory in setup.config.ppu_memory])
    np.testing.assert_array_equal(external, setup.config.external_ppu_memory._words)
    setup.start()
    line = Timeline(setup)
    first, last = (Status.BASELINE_READ, Status.READ) if mode == "hagen" else (
        Status.PERIODIC_READ, Status.STOP_PERIODIC_READ)
    setup.program.write_runtime(line.builder, 12345)
    setup.program.command(line.builder, first)
    setup.program.command(line.wait(60).builder, last)
    setup.program.wait_idle(line.builder)
    line.run()
    setup.stop()

    internal_after, external_after = setup.memories()
    words, (begin, end) = setup.program.volatile_words()
    assert begin == end, "programs without rules have no variables in external memory"
    scratch = internal[0] == FILLER
    for before, after in zip(internal, internal_after, strict=True):
        changed = np.flatnonzero((before != after) & ~scratch)
        assert set(changed) <= set(words.tolist())
        assert len(changed) > 5
    assert (internal_after[:, scratch] != FILLER).any(), "the stack was used"
    changed = np.flatnonzero(external != external_after)
    assert (external[changed] == FILLER).all()
    assert bool(len(changed)) == (mode == "periodic"), "only then something is kept in external SRAM"

    written = setup.restore()
    assert written == 2 * len(words) < 600
    restored, external_restored = setup.memories()
    np.testing.assert_array_equal(restored[:, ~scratch], internal[:, ~scratch])
    np.testing.assert_array_equal(external_restored[external != FILLER], external[external != FILLER])


def test_a_program_after_another_one() -> None:
    """What one leaves behind where the other one has variables is written; where both have their stack it is not."""
    graph = reading("periodic")
    setup = Setup(graph, planned(graph, 60 * US))
    setup.start()
    setup.stop()
    left = setup.config.copy()
    setup.program.spoil(left)
    other, wanted = planned(reading("periodic_on_dram"), 60 * US), setup.config.copy()
    other.apply(wanted)
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.ChipOnDLS(), wanted, left)
    setup.run(builder)
    for memory, words in zip(wanted.ppu_memory, setup.memories()[0], strict=True):
        kept = memory._words != FILLER
        np.testing.assert_array_equal(words[kept], memory._words[kept])
    np.testing.assert_array_equal(setup.memories()[1], wanted.external_ppu_memory._words)
