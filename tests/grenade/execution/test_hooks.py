"""What users add to the programs of an execution instance: where it is executed, and how often."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halco
import haldls
import lola
import stadls
from grenade.execution import ExecutionInstanceHooks, JITGraphExecutor
from grenade.network import run
from tests.grenade.bypass import bypass_chip
from tests.grenade.execution.instruction_stream import accesses, addresses
from tests.grenade.execution.small_networks import CHIP, INSTANCE, FeedForward, connection

PLACES = {
    name: halco.ExternalPPUDRAMMemoryByteOnFPGA(100 + 4 * i)
    for i, name in enumerate((
        "pre_static_config", "pre_realtime", "inside_realtime_begin", "inside_realtime", "inside_realtime_end",
        "post_realtime",
    ))
}


@pytest.fixture(scope="module")
def chip() -> lola.Chip:
    return bypass_chip()


@pytest.fixture(scope="module")
def network() -> FeedForward:
    return FeedForward(3)


def value(number: int) -> haldls.ExternalPPUDRAMMemoryByte:
    return haldls.ExternalPPUDRAMMemoryByte(haldls.ExternalPPUDRAMMemoryByte.Value(number))


def marks(*names: str) -> dict[str, Any]:
    builders: dict[str, Any] = {}
    for name in names:
        if name == "inside_realtime":
            builders[name] = stadls.AbsoluteTimePlaybackProgramBuilder()
            builders[name].write(haldls.Timer.Value(500), PLACES[name], value(1))
        else:
            builders[name] = stadls.PlaybackProgramBuilder()
            builders[name].write(PLACES[name], value(1))
    return builders


def hooks(**builders: Any) -> dict[Any, ExecutionInstanceHooks]:
    return {INSTANCE: ExecutionInstanceHooks(CHIP, ExecutionInstanceHooks.Chip(**builders))}


_PLACE_OF = {addresses(place, value(0)).pop(): name for name, place in PLACES.items()}


def order_of(exchanges: list[Any]) -> list[str]:
    """Marks, configuration, tickets of sections and the MADC's commands in order of their execution."""
    config = addresses(halco.SynapseQuadOnDLS(), haldls.SynapseQuad())
    madc = addresses(halco.MADCControlOnDLS(), haldls.MADCControl())
    found = []
    for exchange in exchanges:
        # Every program ends with a loopback.
        *instructions, end = (each for each in accesses(exchange.to_fpga))
        assert end.kind in ("Loopback", "Barrier", "halt"), end
        for each in instructions:
            if each.kind == "Loopback":
                found.append("ticket")
            elif each.kind == "write" and each.address in _PLACE_OF:
                found.append(_PLACE_OF[each.address])
            elif each.kind == "write" and each.address in config and found[-1:] != ["config"]:
                found.append("config")
            elif each.kind == "write" and each.address in madc:
                found.append("madc")
    return found


def test_where_and_how_often(chip: lola.Chip) -> None:
    network = FeedForward(3, madc=[0])
    recording = stadls.RecordingConnection(connection())
    executor = JITGraphExecutor(recording)
    run(executor, network.graph, network.chips(chip), network.inputs(batch=2), hooks(**marks(*PLACES)))
    entry = ["inside_realtime_begin", "madc", "ticket", "inside_realtime", "ticket", "madc", "inside_realtime_end"]
    # The MADC is woken up before the hook.
    assert order_of(recording.exchanges[1:]) == [
        "pre_static_config", "config", "madc", "pre_realtime", *entry, *entry, "post_realtime"
    ]


def test_the_static_configuration_is_in_the_program_of_its_hook(chip: lola.Chip, network: FeedForward) -> None:
    recording = stadls.RecordingConnection(connection())
    executor = JITGraphExecutor(recording)
    run(executor, network.graph, network.chips(chip), network.inputs(), hooks(**marks("pre_static_config")))
    programs = [order_of([each]) for each in recording.exchanges[1:]]
    assert [each for each in programs if "pre_static_config" in each] == [["pre_static_config", "config"]]


def test_a_hook_before_the_configuration_enforces_all_of_it(chip: lola.Chip, network: FeedForward) -> None:
    recording = stadls.RecordingConnection(connection())
    executor = JITGraphExecutor(recording)
    sizes = []
    for names in ((), (), ("pre_static_config",), ()):
        recording.exchanges.clear()
        run(executor, network.graph, network.chips(chip), network.inputs(), hooks(**marks(*names)))
        sizes.append(sum(len(each.to_fpga) for each in recording.exchanges))
    assert sizes[0] > sizes[2] > 100_000
    assert sizes[1] == sizes[3] < 2000


@pytest.mark.parametrize("name", ["pre_static_config", "pre_realtime", "post_realtime"])
def test_reads_before_and_after(name: str, chip: lola.Chip, network: FeedForward) -> None:
    builder = marks(name)[name]
    ticket = builder.read(PLACES[name])
    identification = builder.read(halco.JTAGIdCodeOnDLS())
    run(connection(), network.graph, network.chips(chip), network.inputs(batch=3), hooks(**{name: builder}))
    assert builder.empty()
    assert ticket.valid() and ticket.get() == value(1)
    assert int(identification.get().version) == 3


def test_execution_instances_may_be_numbers(chip: lola.Chip, network: FeedForward) -> None:
    after = stadls.PlaybackProgramBuilder()
    ticket = after.read(PLACES["pre_realtime"])
    by_number: dict[Any, ExecutionInstanceHooks] = {
        int(instance): each for instance, each in hooks(**marks("pre_realtime"), post_realtime=after).items()
    }
    run(connection(), network.graph, network.chips(chip), network.inputs(), by_number)
    assert ticket.get() == value(1)


def test_reads_afterwards_see_what_was_written_inside(chip: lola.Chip, network: FeedForward) -> None:
    after = stadls.PlaybackProgramBuilder()
    names = ["inside_realtime_begin", "inside_realtime", "inside_realtime_end"]
    tickets = [after.read(PLACES[name]) for name in names]
    run(connection(), network.graph, network.chips(chip), network.inputs(), hooks(**marks(*names), post_realtime=after))
    assert [ticket.get() for ticket in tickets] == [value(1)] * 3


@pytest.mark.parametrize("name", ["inside_realtime_begin", "inside_realtime", "inside_realtime_end"])
def test_reads_inside_are_refused_before_anything_runs(name: str, chip: lola.Chip, network: FeedForward) -> None:
    builder = marks(name)[name]
    if name == "inside_realtime":
        builder.read(haldls.Timer.Value(1), PLACES[name])
    else:
        builder.read(PLACES[name])
    recording = stadls.RecordingConnection(connection())
    with pytest.raises(RuntimeError, match="reads"):
        run(recording, network.graph, network.chips(chip), network.inputs(), hooks(**{name: builder}))
    assert not recording.exchanges


def test_builders_are_taken_over() -> None:
    builders = marks(*PLACES)
    chip = ExecutionInstanceHooks.Chip(**builders)
    assert all(builder.empty() for builder in builders.values())
    assert not any(getattr(chip, name).empty() for name in PLACES)
    assert chip.acts_inside
    assert not ExecutionInstanceHooks.Chip(**marks("pre_static_config", "pre_realtime", "post_realtime")).acts_inside


@pytest.mark.parametrize("name", list(PLACES))
def test_other_things_than_builders(name: str) -> None:
    other = marks("inside_realtime" if name != "inside_realtime" else "pre_realtime").popitem()[1]
    with pytest.raises(TypeError, match=f"{name} is"):
        ExecutionInstanceHooks.Chip(**{name: other})
    with pytest.raises(TypeError, match="chip is 3"):
        ExecutionInstanceHooks(CHIP, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="read_ppu_symbols is 'status'"):
        ExecutionInstanceHooks.Chip(read_ppu_symbols="status")


def test_a_spike_by_hand(chip: lola.Chip, network: FeedForward) -> None:
    """Events that a user adds at times of the section come together with the input."""
    (events,) = network.inputs([[10], [], []]).data.values()
    pack = haldls.SpikePack1ToChip([halco.SpikeLabel(int(events.values[0]))])
    builder = stadls.AbsoluteTimePlaybackProgramBuilder()
    builder.write(haldls.Timer.Value(3000), halco.SpikePack1ToChipOnDLS(), pack)
    inputs = network.inputs([[1000, 5000], [2000], []])
    output = run(connection(), network.graph, network.chips(chip), inputs, hooks(inside_realtime=builder))
    first, second, third = network.spikes(output.snippets[0])
    assert len(first) == 3 and len(second) == 1 and not third
    assert np.all(np.abs(np.array(first) - [1000, 3000, 5000]) < 125)


def test_symbols_without_a_program(chip: lola.Chip, network: FeedForward) -> None:
    for options in ({"read_ppu_symbols": {"xyz"}}, {"write_ppu_symbols": {"xyz": {}}}):
        with pytest.raises(RuntimeError, match="xyz"):
            run(connection(), network.graph, network.chips(chip), network.inputs(), hooks(**options))


@pytest.mark.parametrize("options", [{"read_ppu_symbols": {"xyz"}}, {"write_ppu_symbols": {"xyz": {}}}])
def test_unknown_symbols(options: Any, chip: lola.Chip) -> None:
    network = FeedForward(2, cadc=[0])
    with pytest.raises(RuntimeError, match="no symbol 'xyz'"):
        run(connection(), network.graph, network.chips(chip), network.inputs(), hooks(**options))


def test_symbols_of_the_program_of_the_package(chip: lola.Chip) -> None:
    """Read after every entry: the processors are idle then."""
    network = FeedForward(2, cadc=[0])
    output = run(
        connection(), network.graph, network.chips(chip), network.inputs(batch=3), hooks(read_ppu_symbols={"status"})
    )
    assert len(output.read_ppu_symbols) == 3
    for entry in output.read_ppu_symbols:
        blocks = entry[INSTANCE][CHIP]["status"]
        assert [int(block._words[0]) for block in blocks.values()] == [1, 1]
