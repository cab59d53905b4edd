"""Instruction streams of batch entries: every step of a section at its time, several sections, what users add."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
import haldls
import lola
import stadls
from grenade.execution.hooks import ExecutionInstanceHooks
from grenade.execution.ppu_program import PPUProgram
from grenade.execution.realtime import BetweenEntries, RealtimeProgram, Section
from grenade.signal_flow import TimedBatch
from tests.grenade.execution.instruction_stream import BACKENDS, accesses, addresses, steps, written
from tests.grenade.execution.ppu_experiment import planned, reading

US = 125
FORCED = 5 * US
CHIP = lola.Chip()
PPUS: dict[str, PPUProgram] = {}
Step = tuple[int | None, str]


def ppu_of(cadc: str | None) -> PPUProgram:
    """Programs that come with the package; the one for periodic reads without a CADC in use."""
    mode = cadc or "hagen"
    if mode not in PPUS:
        PPUS[mode] = planned(reading(mode), 1000)
    return PPUS[mode]


def events(*times: int) -> TimedBatch:
    return TimedBatch.from_lists([(list(times), np.arange(len(times)))])


def section(times: tuple[int, ...] = (), runtime: int = 1000, config: lola.Chip = CHIP, **options: Any) -> Section:
    return Section(config, events(*times), np.array([runtime]), **options)


def program(
    *sections: Section, ppu: PPUProgram | None = None, between: BetweenEntries | None = None,
    **hooks: Any,
) -> np.ndarray:
    """Instructions of the first entry."""
    realtime = RealtimeProgram(
        list(sections), ppu, ExecutionInstanceHooks.Chip(**hooks), between or BetweenEntries(False)
    )
    return realtime.template.assemble(range(1))


# -- one section ---------------------------------------------------------------------------------------------------

FIRST, LAST = (0, 3, 3, 7), (0, 3, 3, 2000)
OPTIONS = [
    {"records_spikes": spikes, "madc_sources": madc, "cadc": cadc, "plasticity": plasticity, "resets": resets}
    for spikes, madc, cadc, plasticity, resets in itertools.product(
        (False, True), (0, 1, 2), (None, "hagen", "periodic"), (False, True),
        (np.zeros(0, int), np.array([3]), np.array([0, 128, 300, 511])),
    )
]


def expected(own: Section, has_ppu: bool) -> list[Step]:
    """The sequence of a single section. Durations are those of the reference: cycles, and us where it says so."""
    time = FORCED
    found: list[Step] = []

    def step(what: str, duration: int) -> None:
        nonlocal time
        found.append((time, what))
        time += duration

    if own.records_spikes or own.madc_sources:
        step("record on", 2)
    if own.plasticity:
        step("write runtime", 4 + 4)
    if own.madc_sources:
        step("madc start_recording", 2 + 10 * US)
    if own.cadc == "hagen":
        step("command BASELINE_READ", 6 + 20 * US)
    if len(own.resets) and has_ppu:
        step("command RESET_NEURONS", 6 + 4 * US)
    elif len(own.resets):
        step("neuron reset", 2 * len(own.resets))
    if own.cadc == "periodic":
        step("command PERIODIC_READ", 6 + 15 * US)
    if found:
        time += US
    before = time - FORCED
    found += [(before, "force reset on"), (before + US, "force reset off")]
    found.sort(key=lambda each: each[0] or 0)
    zero = begin = time
    if own.records_spikes or own.madc_sources:
        found.append((zero, "ticket"))
        begin += 1
    if own.plasticity:
        found.append((zero, "command SCHEDULER"))
        begin += 6
    when, count = np.unique(own.events.times, return_counts=True)
    found += [(begin + t, f"spikes {n}") for t, n in zip(when.tolist(), count.tolist(), strict=True)]
    end = begin + int(max(own.events.times.max(initial=-1) + 1, own.runtimes[0]))
    if own.records_spikes or own.madc_sources:
        found.append((end, "ticket"))
    end += 1 + US
    if own.cadc == "hagen":
        # Rules may last longer, and the processors see the next command only then.
        idle = [(end, "barrier"), (end, "poll")] * 2 if own.plasticity else []
        found += [*idle, (end, "command READ"), *idle, (end + 6 + 10 * US, "read cadc_result")]
        end += 6 + 10 * US
    if own.cadc == "periodic":
        found.append((end, "command STOP_PERIODIC_READ"))
    if own.madc_sources:
        found.append((end, "madc stop_recording"))
    if own.records_spikes or own.madc_sources:
        found.append((end, "record off"))
    return found


@pytest.mark.parametrize("runtime", [0, 1, 1000])
@pytest.mark.parametrize("times", [FIRST, LAST, ()])
@pytest.mark.parametrize("with_ppu", [False, True])
def test_every_step_comes_at_its_time(times: tuple[int, ...], runtime: int, with_ppu: bool) -> None:
    if not times and not runtime:
        pytest.skip("nothing to do, see below")
    for options in OPTIONS:
        if not with_ppu and (options["cadc"] or options["plasticity"]):
            continue
        ppu = ppu_of(options["cadc"]) if with_ppu else None  # type: ignore[arg-type]
        own = section(times, runtime, **options)
        found = steps(program(own, ppu=ppu), ppu)
        assert found[0] == (None, "timer reset")
        wanted = expected(own, with_ppu)
        assert found[1:1 + len(wanted)] == wanted, options
        assert found[1 + len(wanted)][1] == "barrier"


def test_steps_are_not_later_than_their_instructions_take() -> None:
    """What is planned for a step is enough for its instructions, up to the cycle that a wait itself takes."""
    for options in OPTIONS:
        own = section(FIRST, 1000, **options)
        for access in accesses(program(own, ppu=ppu_of(own.cadc))):
            if access.kind == "spikes":
                break
            # The longest are the writes to the back ends; a few cycles later than planned, with those of the waits.
            assert access.late <= 2 * len(BACKENDS) + 5


def test_a_command_is_six_cycles_long_and_reads_the_state_before() -> None:
    ppu = ppu_of("hagen")
    words = accesses(program(section(cadc="hagen"), ppu=ppu))
    status = [addresses(place, haldls.PPUMemoryWord()).pop() for place in (
        halco.PPUMemoryWordOnDLS(halco.PPUMemoryWordOnPPU(ppu._image.word("status")), half)
        for half in halco.iter_all(halco.PPUOnDLS)
    )]
    first = next(i for i, each in enumerate(words) if each.address == status[0])
    assert [(each.kind, each.address, each.value) for each in words[first:first + 4]] == [
        ("read", status[0], 0), ("write", status[0], 3), ("read", status[1], 0), ("write", status[1], 3)
    ]
    # A write takes two instructions.
    assert [each.late - words[first].late for each in words[first:first + 4]] == [0, 2, 3, 5]


def test_the_forced_reset_changes_nothing_else() -> None:
    config = CHIP.copy()
    for backend in config.neuron_block.backends:
        backend.clock_scale_fast, backend.clock_scale_slow = 3, 5
    wanted = []
    for forced in (True, False):
        for place in halco.iter_all(halco.CommonNeuronBackendConfigOnDLS):
            backend = config.neuron_block.backends[place].copy()
            backend.force_reset = forced
            wanted += written(place, backend)
    found = accesses(program(section(config=config)))
    assert [(each.address, each.value) for each in found if each.address in BACKENDS] == wanted


def test_a_user_who_forces_the_reset_keeps_it() -> None:
    config = CHIP.copy()
    for backend in config.neuron_block.backends:
        backend.force_reset = True
    assert "force reset off" not in [name for _, name in steps(program(section(config=config)))]


@given(st.lists(st.integers(0, 100_000), max_size=30), st.integers(0, 100_000))
def test_events_come_one_cycle_after_the_ticket(times: list[int], runtime: int) -> None:
    """Also at any other time, and the section ends behind the last one."""
    own = section(tuple(times), runtime, records_spikes=True)
    if own.empty:
        return
    found = accesses(program(own))
    tickets = [each.time for each in found if each.kind == "Loopback"]
    zero = FORCED + 2 + US
    assert tickets == [zero, zero + 1 + max([runtime, *(time + 1 for time in times)])]
    came = [each.time - zero - 1 for each in found if each.kind == "spikes" for _ in range(each.value)]  # type: ignore
    assert came == sorted(times)


def test_neurons_are_reset_one_by_one_where_there_is_no_processor() -> None:
    circuits = np.array([0, 127, 128, 255, 256, 383, 384, 511])
    found = {each.address for each in accesses(program(section(resets=circuits))) if each.kind == "write"}
    for circuit in range(512):
        place = halco.AtomicNeuronOnDLS(halco.Enum(circuit)).toNeuronResetOnDLS()
        assert (addresses(place, haldls.NeuronReset()) <= found) == (circuit in circuits)


@pytest.mark.parametrize("records", [False, True])
def test_nothing_to_do(records: bool) -> None:
    """Neither events nor a runtime: no section, no recording."""
    own = section((), 0, records_spikes=records, madc_sources=1)
    assert [name for _, name in steps(program(own))] == ["barrier"]


def test_entries_with_runtimes_of_their_own() -> None:
    own = Section(
        CHIP, TimedBatch.from_lists([([5], [1]), ([], []), ([700], [2])]), np.array([100, 900, 300]),
        records_spikes=True,
    )
    realtime = RealtimeProgram([own], None, ExecutionInstanceHooks.Chip(), BetweenEntries(False))
    zero = FORCED + 2 + US
    for entry, end in enumerate((100, 900, 701)):
        found = accesses(realtime.template.assemble(range(entry, entry + 1)))
        assert [each.time for each in found if each.kind == "Loopback"] == [zero, zero + 1 + end]
        stopped = next(each for each in found[::-1] if each.kind == "write")
        assert stopped.time == zero + 1 + end + 1 + US
    together = realtime.template.assemble(range(3))
    each = [realtime.template.assemble(range(entry, entry + 1)) for entry in range(3)]
    np.testing.assert_array_equal(together, np.concatenate(each))


# -- between entries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", [0, 20_000])
@pytest.mark.parametrize("disable", [False, True])
def test_between_entries(disable: bool, wait: int) -> None:
    """The wait counts from the first cycle in which an event may come."""
    found = steps(program(section(), between=BetweenEntries(disable, wait)))
    end = FORCED + 1000 + 1 + US
    last = FORCED + wait if wait else end
    before = [(end, "barrier"), (end, "nodes drop"), (end, "barrier")] if disable else [(end, "barrier")]
    after = [(last, "nodes"), (last, "barrier")] if disable else [(last, "barrier")]
    assert found[3:] == [step for step, _ in itertools.groupby(before + after)]


def test_nodes_are_restored_as_they_are_configured() -> None:
    config = CHIP.copy()
    node = haldls.CrossbarNode()
    node.mask, node.target = 5, 1
    place = halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(2), halco.CrossbarInputOnDLS(10))
    config.crossbar.nodes[place] = node
    found = accesses(program(section(config=config), between=BetweenEntries(True)))
    (address, word), = written(place, node)
    drop = written(place, haldls.CrossbarNode.drop_all)[0][1]
    assert [each.value for each in found if each.address == address] == [drop, word]


# -- several sections ----------------------------------------------------------------------------------------------


def other_config(weight: int) -> lola.Chip:
    config = CHIP.copy()
    weights = np.zeros((256, 256), int)
    weights[:4] = weight
    config.synapse_blocks[halco.SynapseBlockOnDLS.top].matrix.weights.from_numpy(weights)
    return config


def difference(config: lola.Chip, reference: lola.Chip) -> list[tuple[int, int]]:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(halco.ChipOnDLS(), config, reference)
    return [(each.address, each.value) for each in accesses(builder.done().to_fpga)]


WEIGHTS = {address for address, _ in difference(other_config(63), other_config(0))}


def weight_words(words: np.ndarray) -> list[tuple[int, int]]:
    """Words with weights that are written."""
    found = accesses(words)
    return [(each.address, each.value) for each in found if each.kind == "write" and each.address in WEIGHTS]


def test_the_configuration_changes_between_sections_and_comes_back() -> None:
    chips = [other_config(i) for i in range(3)]
    sections = [section(runtime=1000 * (i + 1), config=chip, records_spikes=True) for i, chip in enumerate(chips)]
    words = program(*sections)
    assert weight_words(words) == [
        word for config, before in ((1, 0), (2, 1), (0, 2)) for word in difference(chips[config], chips[before])
    ]
    # Every section has a timer of its own.
    found = accesses(words)
    assert [each.kind for each in found].count("timer reset") == 3
    zero = FORCED + 2 + US
    assert [each.time for each in found if each.kind == "Loopback"] == [zero, zero + 1001, 0, 2001, 0, 3001]


def test_a_long_change_of_the_configuration_makes_nothing_late() -> None:
    sections = [section(), section((0, 100), 1000, config=other_config(63), records_spikes=True)]
    found = accesses(program(*sections))
    assert len(WEIGHTS) > 200
    assert max(each.late for each in found if each.kind in ("Loopback", "spikes")) <= 3


SWITCHES = [
    ("records_spikes", True, ("record on", "record off")),
    ("madc_sources", 1, ("madc start_recording", "madc stop_recording")),
    ("cadc", "periodic", ("command PERIODIC_READ", "command STOP_PERIODIC_READ")),
]


@pytest.mark.parametrize(("name", "value", "commands"), SWITCHES)
@pytest.mark.parametrize(("uses", "wanted"), [
    ([1, 1, 1], [(0, 2)]), ([0, 1, 1], [(1, 2)]), ([1, 1, 0], [(0, 1)]), ([1, 0, 1], [(0, 0), (2, 2)]),
])
def test_recorders_run_on_over_sections(
    name: str, value: Any, commands: tuple[str, str], uses: list[int], wanted: list[tuple[int, int]]
) -> None:
    """Events and MADC stop where a section does not need them; periodic reads go on from the first to the last one."""
    sections = [section(**{name: value} if used else {}) for used in uses]
    ppu = ppu_of("periodic") if name == "cadc" else None
    found = [step for _, step in steps(program(*sections, ppu=ppu), ppu)]
    number = np.cumsum([step == "timer reset" for step in found]) - 1
    spans = zip(*([number[i] for i, step in enumerate(found) if step == command] for command in commands), strict=True)
    if name == "cadc":
        wanted = [(wanted[0][0], wanted[-1][1])]
    assert list(spans) == wanted


@pytest.mark.parametrize("order", ["010", "011", "01", "0101", "001", "0110"])
@pytest.mark.parametrize("at_rest", [0b0010, 0b0100, 0b0110, 0b1000, 0b1010])
def test_a_section_without_anything_to_do_still_sets_its_configuration(order: str, at_rest: int) -> None:
    """So each difference is one to what is on the chip."""
    chips = [other_config(7 * int(each)) for each in order]
    sections = [section((), 0 if at_rest >> j & 1 else 1000, config=chip) for j, chip in enumerate(chips)]
    wanted = [word for j in range(1, len(chips)) for word in difference(chips[j], chips[j - 1])]
    assert weight_words(program(*sections)) == wanted + difference(chips[0], chips[-1])


# -- what users add ------------------------------------------------------------------------------------------------

MARK = halco.ExternalPPUMemoryByteOnFPGA()


def marker(value: int) -> haldls.ExternalPPUMemoryByte:
    return haldls.ExternalPPUMemoryByte(haldls.ExternalPPUMemoryByte.Value(value))


def marking(value: int) -> stadls.PlaybackProgramBuilder:
    builder = stadls.PlaybackProgramBuilder()
    builder.write(MARK, marker(value))
    return builder


def marking_at(*times: int) -> stadls.AbsoluteTimePlaybackProgramBuilder:
    builder = stadls.AbsoluteTimePlaybackProgramBuilder()
    for time in times:
        builder.write(haldls.Timer.Value(time), MARK, marker(1))
    return builder


def mark_times(words: np.ndarray) -> list[int]:
    """Times at which a mark is written: an instruction is one cycle later than the wait before it."""
    (address,) = addresses(MARK, marker(0))
    return [(each.time or 0) + each.late - 1 for each in accesses(words) if each.address == address]


@pytest.mark.parametrize("records", [False, True])
def test_commands_at_times_of_events(records: bool) -> None:
    """Time 0 is that of the events; a command takes effect at its time, an event one cycle after it."""
    own = section((0, 50, 400), 1000, records_spikes=records)
    found = mark_times(program(own, inside_realtime=marking_at(300, 20, 999)))
    begin = FORCED + (2 + US + 1 if records else 0)
    assert found == [begin + 20, begin + 300, begin + 999]
    spikes = [(each.time or 0) - begin for each in accesses(program(own, inside_realtime=marking_at(20, 30, 999)))
              if each.kind == "spikes"]
    assert spikes == [0, 50, 400]


@pytest.mark.parametrize("count", [1, 2])
def test_a_command_at_time_zero(count: int) -> None:
    sections = [section((5,), 1000) for _ in range(count)]
    (when,) = mark_times(program(*sections, inside_realtime=marking_at(0)))
    assert when - (FORCED if count == 1 else 0) in (0, 1)


def test_commands_belong_to_the_last_section() -> None:
    sections = [section((), 1000, records_spikes=True), section((), 2000, records_spikes=True)]
    words = program(*sections, inside_realtime=marking_at(1500))
    (when,) = mark_times(words)
    assert when == 1 + 1500
    kinds = [each.kind for each in accesses(words)]
    (address,) = addresses(MARK, marker(0))
    marked = next(i for i, each in enumerate(accesses(words)) if each.address == address)
    assert kinds[:marked].count("timer reset") == 2


@pytest.mark.parametrize("count", [1, 2])
def test_commands_without_a_section(count: int) -> None:
    """There is no time that they could be executed at."""
    sections = [section((5,), 1000), section((), 0)][2 - count:]
    with pytest.raises(RuntimeError, match="inside_realtime .* neither events nor a runtime"):
        program(*sections, inside_realtime=marking_at(0))


def test_commands_before_and_after_a_section() -> None:
    names = [name for _, name in steps(program(
        section(records_spikes=True), inside_realtime_begin=marking(1), inside_realtime_end=marking(2)
    ))]
    where = [i for i, name in enumerate(names) if name.startswith("write 0x") or "external" in name]
    assert where == [0, len(names) - 2]
    assert names[1] == "timer reset" and names[-3:] == ["record off", names[-2], "barrier"]


@pytest.mark.parametrize("hook", ["inside_realtime_begin", "inside_realtime_end", "inside_realtime"])
def test_reads_inside_are_refused(hook: str) -> None:
    """They would be executed once per entry, and a ticket can only have one answer."""
    builder: Any
    if hook == "inside_realtime":
        builder = stadls.AbsoluteTimePlaybackProgramBuilder()
        builder.read(haldls.Timer.Value(3), MARK)
    else:
        builder = stadls.PlaybackProgramBuilder()
        builder.read(MARK)
    with pytest.raises(RuntimeError, match="reads"):
        program(section(), **{hook: builder})
