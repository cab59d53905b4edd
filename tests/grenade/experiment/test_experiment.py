"""Experiments: what is checked where, and what a run on the simulated chip brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import chipsim
import lola
from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    ChipOnConnection,
    ExecutionInstanceID,
    PlasticityRuleOnNetwork,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    Time,
)
from grenade.execution import JITGraphExecutor
from grenade.experiment import Experiment, ExperimentError, Result, files
from grenade.network import (
    CADCRecording,
    ExternalSourcePopulation,
    InterExecutionInstanceProjection,
    MADCRecording,
    Network,
    PlasticityRule,
    Population,
    Projection,
    Receptor,
)
from grenade.network.builder import NetworkBuilder
from grenade.network.routing import UnsuccessfulRouting
from tests.grenade.experiment.networks import SHAPES, SOMA, neuron

EXCITATORY = Receptor(Receptor.ID(0), Receptor.Type.excitatory)
INSTANCE, CHIP = ExecutionInstanceID(), ChipOnConnection()
SOURCES, NEURONS = PopulationOnNetwork(0), PopulationOnNetwork(1)
COUNT = 5


def one_to_one(record: bool = False, builder: NetworkBuilder | None = None, instance: int = 0) -> NetworkBuilder:
    """Every source drives the neuron with its number by a synapse of weight 63."""
    builder = builder or NetworkBuilder()
    builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron(record)] * COUNT), instance)
    neurons = [neuron(3 * place, SHAPES["point"], True, [{EXCITATORY}]) for place in range(COUNT)]
    builder.add(Population(neurons), instance)
    table = np.zeros((COUNT, 5), np.int64)
    table[:, 0] = table[:, 2] = np.arange(COUNT)
    table[:, 4] = 63
    pre, post = PopulationOnExecutionInstance(0), PopulationOnExecutionInstance(1)
    builder.add(Projection().from_numpy(EXCITATORY, table, pre, post), instance)
    return builder


def circuit(index: int) -> AtomicNeuronOnExecutionInstance:
    return AtomicNeuronOnExecutionInstance(PopulationOnExecutionInstance(1), index, SOMA, 0)


def bypass(network: Network, **settings: Any) -> Experiment:
    """Neurons that fire once for every input spike."""
    chips = {instance: {CHIP: lola.Chip.default_neuron_bypass} for instance in network.execution_instances}
    return Experiment(network, chips, **settings)


@pytest.fixture(scope="module")
def connection() -> Any:
    return chipsim.SimConnection(chipsim.Chip.ideal())


# -- what is checked ---------------------------------------------------------------------------------------------------

NETWORK = one_to_one().done()


@pytest.mark.parametrize(("settings", "text"), [
    ({"network": 5}, "network"), ({"chips": {0: {0: 5}}}, "chips"), ({"chips": {"x": {}}}, "chips"),
    ({"batch_size": 0}, "batch_size"), ({"batch_size": "two"}, "batch_size"), ({"runtimes": {0: -1}}, "runtimes"),
    ({"runtimes": {0: 1.5}}, "runtimes"), ({"runtimes": {0: [[1]]}}, "runtimes"), ({"runtimes": {0: []}}, "runtimes"),
    ({"runtimes": {0: 2**63}}, "runtimes"),
    ({"spikes": {0: np.zeros(3)}}, "spikes"), ({"spikes": {0: []}}, "spikes"), ({"router": "best"}, "router"),
    ({"inter_batch_entry_wait": {0: -1}}, "inter_batch_entry_wait"), ({"runtime": {}}, "runtime"),
])  # fmt: skip
def test_wrong_values_raise_where_they_are_written(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        Experiment(**{"network": NETWORK, **settings})
    made = Experiment(NETWORK)
    for name, value in settings.items():
        with pytest.raises(ValidationError):
            setattr(made, name, value)


def test_numbers_stand_for_descriptors_and_times() -> None:
    made = Experiment(NETWORK, {0: {0: lola.Chip()}}, {0: Time(7)}, 2, inter_batch_entry_wait={0: 9})
    assert made.chips == {INSTANCE: {CHIP: lola.Chip()}}
    assert made.runtimes[INSTANCE].tolist() == [7] and made.inter_batch_entry_wait == {INSTANCE: Time(9)}


@pytest.mark.parametrize(("settings", "text"), [
    ({"chips": {3: {}}}, r"chips: the network has no ExecutionInstanceID\(3\)"),
    ({"runtimes": {3: 1}}, "runtimes: the network has no"),
    ({"runtimes": {0: [1, 2, 3]}}, "3 numbers for a batch of 2"),
    ({"inter_batch_entry_wait": {3: 1}}, "inter_batch_entry_wait"),
    ({"inter_batch_entry_routing_disabled": {3: True}}, "inter_batch_entry_routing_disabled"),
])  # fmt: skip
def test_parts_that_do_not_fit_each_other(settings: dict[str, Any], text: str) -> None:
    made = Experiment(NETWORK, batch_size=2, **settings)
    for action in (made.check, made.run, lambda: files.to_bytes(made)):
        with pytest.raises(ExperimentError, match=text):
            action()


def test_what_is_put_into_dicts_counts_as_if_it_were_assigned() -> None:
    made = Experiment(NETWORK)
    made.chips[0], made.runtimes[0] = {0: lola.Chip()}, 5  # type: ignore[index,assignment]
    made.check()
    assert made.chips == {INSTANCE: {CHIP: lola.Chip()}} and made.runtimes[INSTANCE].tolist() == [5]
    made.chips[0] = {0: lola.Chip.default_neuron_bypass}  # type: ignore[index]
    with pytest.raises(ExperimentError, match="chips: a key is there twice"):
        made.check()
    made.chips = {}
    made.spikes[SOURCES] = np.zeros(3)
    with pytest.raises(ValidationError, match="spikes"):
        made.check()


# -- input -------------------------------------------------------------------------------------------------------------


def events(made: Experiment) -> list[tuple[int, int, int]]:
    return sorted(made.spikes[SOURCES].tolist())


def test_one_train_is_for_all_sources_and_entries() -> None:
    made = Experiment(NETWORK, batch_size=2)
    made.stimulate(SOURCES, [3, 1])
    assert events(made) == [(entry, source, time) for entry in range(2) for source in range(COUNT) for time in (1, 3)]


def test_two_levels_are_a_train_for_each_source() -> None:
    made = Experiment(NETWORK, batch_size=2)
    made.stimulate(SOURCES, [[5], [], [1, 2], [], []])
    assert events(made) == [(entry, *event) for entry in range(2) for event in ((0, 5), (2, 1), (2, 2))]


def test_three_levels_are_a_train_for_each_entry_and_source() -> None:
    made = Experiment(NETWORK, batch_size=2)
    made.stimulate(SOURCES, [[[5], [], [], [], []], [[], [], [1], [], [2, 3]]])
    assert events(made) == [(0, 0, 5), (1, 2, 1), (1, 4, 2), (1, 4, 3)]


def test_floats_are_milliseconds_and_trains_add_up() -> None:
    made = Experiment(NETWORK)
    made.stimulate(SOURCES, [[0.001]] + [[]] * 4)
    made.stimulate(0, [[7]] + [[]] * 4)
    assert events(made) == [(0, 0, 7), (0, 0, 125)]


@pytest.mark.parametrize(("population", "times", "text"), [
    (5, [1], "the network has no PopulationOnNetwork"), (PopulationOnNetwork(0, 4), [1], "the network has no"),
    (NEURONS, [1], "is a Population, expected external sources"), (SOURCES, [[1]], "has 5 sources"),
    (SOURCES, [[[1]] * COUNT], "1 entries of spike trains, expected 2"),
])  # fmt: skip
def test_trains_that_fit_nobody(population: Any, times: Any, text: str) -> None:
    made = Experiment(NETWORK, batch_size=2)
    with pytest.raises(ExperimentError, match=text):
        made.stimulate(population, times)
    assert not made.spikes


# -- running -----------------------------------------------------------------------------------------------------------


def test_every_source_makes_its_neuron_fire_in_its_entry(connection: Any) -> None:
    made = bypass(one_to_one(record=True).done(), batch_size=COUNT, runtimes={0: 100_000})
    trains = [[list(range(1000, 90_000, 9000)) if i == entry else [] for i in range(COUNT)] for entry in range(COUNT)]
    made.stimulate(SOURCES, trains)
    result = made.run(connection)
    assert set(result.spikes) == {SOURCES, NEURONS} and not result.cadc and not result.madc
    for spikes in result.spikes.values():
        count = np.zeros((COUNT, COUNT), int)
        np.add.at(count, (spikes["batch"], spikes["neuron"]), 1)
        assert (count == np.diag([10] * COUNT)).all()
        sent = 1000 + 9000 * (np.arange(len(spikes)) % 10)
        assert (spikes["time"] > sent - 1).all() and (spikes["time"] < sent + 250).all()
    assert result.experiment is made
    assert result.time_info.execution_duration.total_seconds() > 0
    assert result.health_info.execution_instances[INSTANCE].chips.keys() == {CHIP}


def test_a_loaded_experiment_gives_the_same_result() -> None:
    made = bypass(one_to_one().done(), batch_size=2, runtimes={0: [20_000, 30_000]})
    made.stimulate(SOURCES, [[100 * (i + 1), 10_000] for i in range(COUNT)])
    loaded: Any = files.from_bytes(files.to_bytes(made))
    first, second = (each.run(chipsim.SimConnection(chipsim.Chip(7))) for each in (made, loaded))
    assert sum(map(len, first.spikes.values())) == 2 * 2 * COUNT
    assert first == second
    assert files.from_bytes(files.to_bytes(first)) == first


def test_voltages_are_results(connection: Any) -> None:
    builder = one_to_one()
    builder.add(CADCRecording([CADCRecording.Neuron(circuit(i)) for i in (1, 4)]))
    builder.add(MADCRecording([MADCRecording.Neuron(circuit(2))]))
    result = bypass(builder.done(), batch_size=2, runtimes={0: 12_500}).run(connection)
    cadc, madc = result.cadc[NEURONS], result.madc[NEURONS]
    assert set(cadc["neuron"]) == {1, 4} and set(madc["neuron"]) == {2}
    for samples, least in ((cadc, 2 * 100 / 2.5), (madc, 1000)):
        for entry in range(2):
            assert np.count_nonzero(samples["batch"] == entry) >= least
        assert samples["time"].min() >= 0 and samples["time"].max() < 12_500
    assert files.from_bytes(files.to_bytes(result)) == result


KERNEL = """
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"

template <size_t N, size_t M>
void PLASTICITY_RULE_KERNEL(
    std::array<grenade::vx::ppu::SynapseArrayViewHandle, N>&, std::array<grenade::vx::ppu::NeuronViewHandle, M>&,
    Recording& recording)
{
    for (size_t i = 0; i < 4; ++i) {
        recording.memory[i] = 7 + i;
    }
}
"""


def test_raw_recordings_are_results(connection: Any) -> None:
    builder = one_to_one()
    rule = PlasticityRule(
        projections=[0], kernel=KERNEL, timer=PlasticityRule.Timer(1000, 10_000, 1),
        recording=PlasticityRule.RawRecording(4, True),
    )
    descriptor = builder.add(rule)
    result = bypass(builder.done(), batch_size=2, runtimes={0: 125_000}).run(connection)
    assert result.plasticity.keys() == {PlasticityRuleOnNetwork(0)} == {descriptor}
    assert result.plasticity[descriptor].raw.tolist() == [[7, 8, 9, 10]] * 2
    assert files.from_bytes(files.to_bytes(result)) == result


def test_observed_weights_are_results(connection: Any) -> None:
    from grenade.network import OnlyRecordingPlasticityRuleGenerator

    builder = one_to_one()
    generator = OnlyRecordingPlasticityRuleGenerator({OnlyRecordingPlasticityRuleGenerator.Observable.weights})
    rule = generator.generate()
    rule.projections, rule.timer = [0], PlasticityRule.Timer(1000, 37_500, 2)
    descriptor = builder.add(rule)
    result = bypass(builder.done(), batch_size=2, runtimes={0: 125_000}).run(connection)
    (observed,) = result.plasticity[descriptor].observed
    assert (observed.kind, observed.owner) == ("synapse", 0)
    assert observed.offsets.tolist() == list(range(COUNT + 1))
    assert observed.data.shape == (2, 2, COUNT) and (observed.data == 63).all()
    assert observed.time.shape == (2, 2) and (np.diff(observed.time, axis=1) > 0).all()
    assert files.from_bytes(files.to_bytes(result)) == result


def test_spikes_travel_between_execution_instances(connection: Any) -> None:
    builder, later, delay = one_to_one(), ExecutionInstanceID(1), 5000
    sources = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron(True)] * COUNT), later)
    table = np.zeros((COUNT, 5), np.int64)
    table[:, 0], table[:, 2], table[:, 4] = np.arange(COUNT), np.arange(COUNT)[::-1], delay
    builder.add(InterExecutionInstanceProjection().from_numpy(table, NEURONS, sources))
    made = bypass(builder.done(), runtimes={0: 20_000, 1: 20_000})
    made.stimulate(SOURCES, [[1000 * (i + 1)] for i in range(COUNT)])
    result = made.run(connection)
    first, second = result.spikes[NEURONS], result.spikes[sources]
    assert first["neuron"].tolist() == list(range(COUNT))
    assert second["neuron"].tolist() == list(range(COUNT))[::-1]
    assert (np.abs(second["time"] - first["time"] - delay) < 250).all()


def test_instances_without_settings_run_with_a_new_chip(connection: Any) -> None:
    made = Experiment(one_to_one().done(), runtimes={0: 1000})
    made.stimulate(SOURCES, [100])
    assert len(made.run(connection).spikes[NEURONS]) == 0


def test_executors_are_taken_as_well_and_keep_their_progress() -> None:
    told: list[float] = []
    executor = JITGraphExecutor(chipsim.SimConnection(chipsim.Chip.ideal()), progress=told.append)
    made = bypass(one_to_one().done(), runtimes={0: 1000})
    made.stimulate(SOURCES, [100])
    assert len(made.run(executor).spikes[NEURONS]) == COUNT
    assert executor.progress == told.append and not told


@pytest.mark.parametrize("instances", [1, 3])
def test_progress_grows_from_routing_to_the_results(connection: Any, instances: int) -> None:
    told: list[tuple[str, float]] = []
    builder = one_to_one()
    for instance in range(1, instances):
        one_to_one(builder=builder, instance=instance)
    made = bypass(builder.done(), runtimes={i: 1000 for i in range(instances)}, batch_size=3)
    made.run(connection, lambda stage, done: told.append((stage, done)))
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages == [
        "routing", "building the graph", "preparing the input", "running", "sorting the results", "done"
    ]
    parts = [done for _, done in told]
    assert parts == sorted(parts) and parts[0] == 0 and parts[-1] == 1
    running = [done for stage, done in told if stage == "running"]
    assert len(set(running)) > 1
    # The run ends where the next stage begins.
    assert running[-1] == pytest.approx(next(done for stage, done in told if stage == "sorting the results"))


@pytest.mark.parametrize("router", ["greedy", "portfolio"])
def test_networks_that_do_not_fit(router: Any) -> None:
    builder = one_to_one()
    table = np.array([[0, 0, 0, 0, 63 * 300]])
    builder.add(Projection().from_numpy(
        EXCITATORY, table, PopulationOnExecutionInstance(0), PopulationOnExecutionInstance(1)
    ))
    with pytest.raises(UnsuccessfulRouting, match="projection 1"):
        Experiment(builder.done(), router=router).run(chipsim.SimConnection(chipsim.Chip.ideal()))


def test_results_print_what_they_hold(connection: Any) -> None:
    made = bypass(one_to_one().done(), runtimes={0: 1000})
    made.stimulate(SOURCES, [100])
    assert repr(made) == "Experiment(1 execution instances, batch of 1, 5 input spikes)"
    assert repr(made.run(connection)) == (
        "Result(5 spikes, 0 CADC samples, 0 MADC samples, recordings of 0 plasticity rules)"
    )


def test_results_take_only_their_types() -> None:
    with pytest.raises(ValueError, match="spikes of PopulationOnNetwork"):
        Result(Experiment(NETWORK), {SOURCES: np.zeros(3)})
