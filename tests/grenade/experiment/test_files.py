"""Experiment files: everything survives, and everything that is wrong is refused with a text that says what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import halco
import haldls
import lola
import stadls
from grenade.common import (
    ChipOnConnection,
    ConnectionOnExecutor,
    ExecutionInstanceID,
    PlasticityRuleOnNetwork,
    PopulationOnNetwork,
    Time,
)
from grenade.experiment import (
    INPUT_SPIKE,
    CheckedFileError,
    CorruptFileError,
    Experiment,
    ExperimentError,
    ForeignFileError,
    FutureVersionError,
    Observed,
    Result,
    RuleRecording,
    TruncatedFileError,
    files,
    load,
    load_experiment,
    load_network,
    load_result,
    save,
)
from grenade.network import Network
from grenade.network.builder import NetworkBuilder
from grenade.network.extract import CADC_SAMPLE, MADC_SAMPLE_OF_POPULATION, SPIKE
from grenade.network.population import ExternalSourcePopulation, Population
from grenade.network.projection import Projection
from grenade.network.receptor import Receptor
from grenade.signal_flow.output_data import ChipHealth, ExecutionHealthInfo, ExecutionTimeInfo, InstanceHealth
from tests.grenade.experiment.networks import SHAPES, networks, neuron

INSTANCE, CHIP = ExecutionInstanceID(), ChipOnConnection()


def external(size: int = 3) -> Network:
    builder = NetworkBuilder()
    builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron(True)] * size))
    return builder.done()


def settings_of_chip() -> lola.Chip:
    chip = lola.Chip.default_neuron_bypass
    chip.neuron_block.atomic_neurons[5].leak.v_leak = 123
    return chip


def experiment() -> Experiment:
    made = Experiment(external(), {INSTANCE: {CHIP: settings_of_chip()}}, {INSTANCE: 5000}, 2)
    made.stimulate(PopulationOnNetwork(0), [[1, 2], [], [7]])
    made.inter_batch_entry_wait = {INSTANCE: Time(50)}
    made.inter_batch_entry_routing_disabled = {INSTANCE: False}
    made.router = "greedy"
    return made


def result() -> Result:
    rng = np.random.default_rng(1)
    times, health = ExecutionTimeInfo(), ExecutionHealthInfo()
    times.execution_duration_per_hardware = {ConnectionOnExecutor(1): {ChipOnConnection(2): timedelta(seconds=3.5)}}
    times.realtime_duration_per_execution_instance[INSTANCE] = {CHIP: timedelta(microseconds=7)}
    times.execution_duration = timedelta(days=1, microseconds=1)
    chip = ChipHealth()
    chip.crossbar_input_drop_counter[halco.CrossbarInputOnDLS(3)] = haldls.CrossbarInputDropCounter(17)
    health.execution_instances[INSTANCE] = InstanceHealth({CHIP: chip})
    population = PopulationOnNetwork(0)
    values = rng.integers(0, 99, (2, 3, 4)).astype(np.uint16)
    observed = Observed("w", "synapse", 2, np.arange(6).reshape(2, 3), np.array([0, 1, 4]), values)
    return Result(
        experiment(),
        {population: np.array([(0, 1, 0, 500), (1, 2, 0, 900)], SPIKE)},
        {population: np.array([(0, 1, 0, 0, 500, -128)], CADC_SAMPLE)},
        {population: np.array([(0, 1, 0, 0, 500, 1023)], MADC_SAMPLE_OF_POPULATION)},
        {PlasticityRuleOnNetwork(0): RuleRecording(rng.integers(-9, 9, (2, 8)).astype(np.int8), [observed])},
        times, health,
    )


# -- what survives -----------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(network=networks())
def test_any_network_survives(network: Network) -> None:
    assert files.from_bytes(files.to_bytes(network)) == network


def cycles(batch_size: int) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(np.int64, st.sampled_from([1, batch_size]), elements=st.integers(0, 2**62))


@settings(max_examples=40, deadline=None)
@given(network=networks(), data=st.data())
def test_any_experiment_survives(network: Network, data: st.DataObject) -> None:
    instances = st.sampled_from(list(network.execution_instances) or [None])
    batch_size = data.draw(st.integers(1, 4))
    chosen = data.draw(st.sets(instances)) - {None}
    made = Experiment(
        network,
        {each: {CHIP: settings_of_chip()} for each in data.draw(st.sets(instances)) - {None}},
        {each: data.draw(cycles(batch_size)) for each in chosen},
        batch_size,
    )
    for each in chosen:
        size = network.execution_instances[each].populations[0].size
        spike = st.tuples(st.integers(0, batch_size - 1), st.integers(0, size - 1), st.integers(0, 2**63 - 1))
        made.spikes[PopulationOnNetwork(0, each)] = np.array(data.draw(st.lists(spike, max_size=20)), INPUT_SPIKE)
        made.inter_batch_entry_wait[each] = Time(data.draw(st.integers(0, 2**40)))
    for each in data.draw(st.sets(instances)) - {None}:
        made.inter_batch_entry_routing_disabled[each] = data.draw(st.booleans())
    assert files.from_bytes(files.to_bytes(made)) == made


def test_a_result_survives_with_its_experiment(tmp_path: Path) -> None:
    original = result()
    original.save(tmp_path / "r")
    loaded = Result.load(tmp_path / "r")
    assert loaded == original and loaded.experiment == experiment()
    assert repr(loaded.time_info) == repr(original.time_info)
    found, expected = (each.health_info.execution_instances[INSTANCE].chips[CHIP] for each in (loaded, original))
    assert found.hicann_arq_status == expected.hicann_arq_status
    for name in ("phy_status", "crossbar_input_drop_counter", "crossbar_output_event_counter"):
        assert list(getattr(found, name)) == list(getattr(expected, name))
    assert loaded.experiment.chips[INSTANCE][CHIP].neuron_block.atomic_neurons[5].leak.v_leak == 123


@pytest.mark.parametrize("change", [
    lambda r: r.spikes[PopulationOnNetwork(0)]["time"].__setitem__(0, 1),
    lambda r: r.cadc.clear(),
    lambda r: r.plasticity[PlasticityRuleOnNetwork(0)].observed[0].data.__setitem__((0, 0, 0), 100),
    lambda r: r.plasticity[PlasticityRuleOnNetwork(0)].raw.__setitem__((0, 0), 100),
    lambda r: r.experiment.stimulate(0, [5]),
    lambda r: setattr(r.experiment, "router", "portfolio"),
    lambda r: r.experiment.chips.clear(),
])  # fmt: skip
def test_comparisons_see_every_part(change: Callable[[Result], object]) -> None:
    changed = result()
    assert changed == result()
    change(changed)
    assert changed != result()


def test_the_same_thing_gives_the_same_bytes() -> None:
    assert files.to_bytes(result()) == files.to_bytes(result())


def test_large_networks_are_small_files() -> None:
    # All synapses of a chip are a table of 5 MB, and its configuration has 0.5 MB.
    builder = NetworkBuilder()
    receptor = Receptor(Receptor.ID(0), Receptor.Type.excitatory)
    pre = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 256))
    post = builder.add(Population([neuron(place, SHAPES["point"], False, [{receptor}]) for place in range(512)]))
    table = np.zeros((256 * 512, 5), np.int64)
    table[:, 0], table[:, 2] = np.divmod(np.arange(256 * 512), 512)
    table[:, 4] = np.random.default_rng(1).integers(0, 64, len(table))
    builder.add(Projection().from_numpy(receptor, table, pre, post))
    data = files.to_bytes(Experiment(builder.done(), {INSTANCE: {CHIP: settings_of_chip()}}))
    assert len(data) < 200_000
    loaded: Any = files.from_bytes(data)
    assert (loaded.network.execution_instances[INSTANCE].projections[0].table == table).all()


@pytest.mark.parametrize(("thing", "readers"), [
    (external, {load, load_network}), (experiment, {load, load_network, load_experiment, Experiment.load}),
    (result, {load, load_network, load_experiment, load_result, Experiment.load, Result.load}),
])  # fmt: skip
def test_who_reads_what(tmp_path: Path, thing: Callable[[], Any], readers: set[Any]) -> None:
    path = tmp_path / "x"
    save(thing(), path)
    for reader in (load, load_network, load_experiment, load_result, Experiment.load, Result.load):
        if reader in readers:
            reader(path)
        else:
            with pytest.raises(ForeignFileError, match=f"{path}.*holds a"):
                reader(path)


def test_parts_of_a_file() -> None:
    made = result()
    data = files.to_bytes(made)
    assert files.from_bytes(data) == made
    content = msgpack.unpackb(files.FORMAT.unpack(data))
    assert set(content) == {"kind", "content"} and content["kind"] == "result"
    assert data[:8] == b"\x89BSS2EX\n"


def test_other_things_cannot_be_saved() -> None:
    with pytest.raises(TypeError, match="got a int"):
        files.to_bytes(5)  # type: ignore[arg-type]
    wrong = experiment()
    wrong.runtimes = {ExecutionInstanceID(9): 5}
    with pytest.raises(ExperimentError, match="runtimes: the network has no"):
        files.to_bytes(wrong)


# -- what is refused ---------------------------------------------------------------------------------------------------

DATA = files.to_bytes(result())


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, len(DATA) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(position: int, bit: int) -> None:
    damaged = bytearray(DATA)
    damaged[position] ^= 1 << bit
    with pytest.raises(CheckedFileError):
        files.from_bytes(bytes(damaged))


@settings(max_examples=100, deadline=None)
@given(length=st.integers(1, len(DATA) - 1))
def test_any_truncation_is_found(length: int) -> None:
    with pytest.raises(TruncatedFileError):
        files.from_bytes(DATA[:length])


@pytest.mark.parametrize(("data", "error", "text"), [
    (b"\x7fELF" + bytes(100), ForeignFileError, "not an experiment file"),
    (b"", ForeignFileError, "experiment file"),
    (DATA[:-1], TruncatedFileError, "truncated"),
    (DATA + b"x", CorruptFileError, "follow the end"),
    (DATA[:-1] + bytes([DATA[-1] ^ 1]), CorruptFileError, "checksum"),
    (DATA[:8] + b"\x02\x00" + DATA[10:], FutureVersionError, "format version 2 is newer than 1"),
])  # fmt: skip
def test_messages_say_what_is_wrong(tmp_path: Path, data: bytes, error: type[CheckedFileError], text: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(error) as caught:
        load(path)
    assert str(path) in str(caught.value) and text in str(caught.value)


def test_program_files_and_experiment_files_are_told_apart(tmp_path: Path) -> None:
    stadls.save(stadls.PlaybackProgram(), tmp_path / "program")
    external_file = tmp_path / "network"
    save(external(), external_file)
    with pytest.raises(ForeignFileError):
        load(tmp_path / "program")
    with pytest.raises(stadls.ForeignFileError):
        stadls.load(external_file)


def test_missing_files_are_the_usual_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


Content = dict[str, Any]


def instance(content: Content) -> Content:
    found: Content = content["experiment"]["network"]["instances"][0]
    return found


def first(content: Content, name: str) -> Content:
    found: Content = content["experiment"][name][0]
    return found


CHANGES: dict[str, tuple[Callable[[Content], object], str]] = {
    "missing field": (lambda c: c.pop("spikes"), "spikes: Field required"),
    "unknown field": (lambda c: c.update(extra=1), "extra: Extra inputs are not permitted"),
    "unknown field inside": (lambda c: instance(c).update(x=1), "experiment.network.instances.0.x: Extra"),
    "text for a number": (lambda c: c["experiment"].update(batch_size="2"), "batch_size: Input"),
    "bool for a number": (lambda c: instance(c).update(id=True), "id: Input should be a valid integer"),
    "negative number": (lambda c: instance(c).update(id=-1), "greater than or equal to 0"),
    "number for a bool": (lambda c: first(c, "between").update(routing_disabled=1), "should be a valid boolean"),
    "huge identifier": (lambda c: instance(c).update(id=2**63), "make no sense"),
    "unknown router": (lambda c: c["experiment"].update(router="best"), "'portfolio' or 'greedy'"),
    "unknown population": (lambda c: instance(c)["populations"][0].update(kind="x"), "'external'"),
    "batch of 0": (lambda c: c["experiment"].update(batch_size=0), "batch_size: Input should be greater"),
    "spikes beyond the batch": (lambda c: c["experiment"].update(batch_size=1), "entry of the batch goes from 0 to 1"),
    "runtime of nobody": (lambda c: first(c, "runtimes").update(instance=4), "runtimes: the network has no"),
    "spikes of nobody": (lambda c: first(c, "spikes").update(population=[1, 0]), "spikes: the network has no"),
    "chip of nobody": (lambda c: first(c, "chips").update(instance=4), "chips: the network has no"),
    "chip twice": (lambda c: c["experiment"]["chips"].append(first(c, "chips")), "listed twice"),
    "small chip": (lambda c: first(c, "chips").update(words=SHORT), "image of 8 bytes"),
    "instance twice": (lambda c: c["experiment"]["network"]["instances"].append(instance(c)), "listed twice"),
    "no pair": (lambda c: first(c, "spikes").update(population=[0]), "at least 2 items"),
    "negative duration": (lambda c: c["times"].update(total_us=-1), "total_us: Input should be greater"),
    "counters": (lambda c: c["health"][0].update(phy_status=c["health"][0]["crossbar_input_drop_counter"]), "20 cou"),
    "offsets": (lambda c: c["plasticity"][0]["observed"][0].update(offsets=OFFSETS), "do not fit each other"),
    "wrong array": (lambda c: c["spikes"][0].update(values=SHORT), "spikes.0.values: Value error, expected"),
}  # fmt: skip
SHORT = {"dtype": "<u4", "shape": [2], "deflated": False, "data": bytes(8)}
OFFSETS = {"dtype": "<i8", "shape": [1], "deflated": False, "data": bytes(8)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_right_checksum_does_not_make_a_result(name: str) -> None:
    change, text = CHANGES[name]
    thing = msgpack.unpackb(files.FORMAT.unpack(DATA))
    change(thing["content"])
    with pytest.raises(CorruptFileError) as caught:
        files.from_bytes(files.FORMAT.pack(msgpack.packb(thing)))
    assert text in str(caught.value)


@pytest.mark.parametrize("thing", [
    5, [], {}, {"kind": "network"}, {"kind": "zoo", "content": {}}, {"kind": [], "content": {}},
    {"kind": "network", "content": 5}, {"kind": "network", "content": {}, "more": 1},
])  # fmt: skip
def test_other_contents_are_refused(thing: object) -> None:
    with pytest.raises(CorruptFileError, match="the checksum is right, but"):
        files.from_bytes(files.FORMAT.pack(msgpack.packb(thing)))


def test_networks_that_break_a_rule_are_refused() -> None:
    thing = msgpack.unpackb(files.FORMAT.unpack(files.to_bytes(external())))
    thing["content"]["instances"][0]["projections"] = [
        {"receptor": [0, 0], "connections": {"dtype": "<i8", "shape": [5, 0], "deflated": False, "data": b""},
         "pre": 0, "post": 0, "chip": [0, 0]}
    ]
    with pytest.raises(CorruptFileError, match="projection 0"):
        files.from_bytes(files.FORMAT.pack(msgpack.packb(thing)))
