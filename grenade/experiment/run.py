"""Running experiments: network to routing to graph to programs, and the recorded data by populations."""

from __future__ import annotations

from typing import Any

import lola
from grenade.common import ChipOnConnection
from grenade.execution import JITGraphExecutor
from grenade.experiment.experiment import Experiment, Progress
from grenade.experiment.recorded import rule_recordings
from grenade.experiment.result import Result
from grenade.experiment.routing import route
from grenade.network.extract import extract_cadc_arrays, extract_madc_arrays, extract_spike_arrays
from grenade.network.graph import NetworkGraph, build_network_graph
from grenade.network.input_generator import InputGenerator
from grenade.network.run import run as run_network
from grenade.signal_flow import InputData
from stadls import connection_from_environment

_GRAPH, _INPUT, _RUN, _RESULT = 0.03, 0.06, 0.08, 0.95
"""Part of the whole that is behind when a stage begins; the stage that can take long has most of it."""


def run(experiment: Experiment, connection: Any = None, progress: Progress | None = None) -> Result:
    """Run an experiment; see `Experiment.run`."""
    tell: Progress = progress or (lambda stage, done: None)
    experiment.check()
    tell("routing", 0.0)
    routing = route(experiment.network, experiment.router)
    tell("building the graph", _GRAPH)
    graph = build_network_graph(experiment.network, routing)
    tell("preparing the input", _INPUT)
    inputs = input_data(experiment, graph)
    tell("running", _RUN)
    used = connection_from_environment() if connection is None else connection
    try:
        output = _execute(used, experiment, graph, inputs, tell)
    finally:
        if connection is None:
            used.disconnect()
    tell("sorting the results", _RESULT)
    snippet = output.snippets[0]
    result = Result(
        experiment, extract_spike_arrays(snippet, graph), extract_cadc_arrays(snippet, graph),
        extract_madc_arrays(snippet, graph), rule_recordings(snippet, graph),
    )
    result.time_info = output.execution_time_info or result.time_info
    result.health_info = output.execution_health_info or result.health_info
    tell("done", 1.0)
    return result


def input_data(experiment: Experiment, graph: NetworkGraph) -> InputData:
    """Spikes, runtimes and what happens between the entries of the batch, for the graph of the network."""
    generator = InputGenerator(graph, experiment.batch_size)
    for population, spikes in experiment.spikes.items():
        generator.add_events(spikes["batch"], spikes["neuron"], spikes["time"], population)
    snippet = generator.done()
    snippet.runtime = [
        {instance: int(cycles[entry % len(cycles)]) for instance, cycles in experiment.runtimes.items()}
        for entry in range(experiment.batch_size)
    ]
    inputs = InputData([snippet])
    inputs.inter_batch_entry_wait = dict(experiment.inter_batch_entry_wait)
    inputs.inter_batch_entry_routing_disabled = dict(experiment.inter_batch_entry_routing_disabled)
    return inputs


def _execute(connection: Any, experiment: Experiment, graph: NetworkGraph, inputs: InputData, tell: Progress) -> Any:
    executor = connection if isinstance(connection, JITGraphExecutor) else JITGraphExecutor(connection, False)
    before = executor.progress
    executor.progress = _Overall(tell)
    try:
        return run_network(executor, graph, _chips(experiment), inputs)
    finally:
        executor.progress = before


class _Overall:
    """Progress of the executor's run as a part of the whole."""

    def __init__(self, tell: Progress) -> None:
        self._tell, self._told = tell, 0.0

    def __call__(self, done: float) -> None:
        # Parts of a batch run in threads, so that reports may overtake each other.
        self._told = max(self._told, done)
        self._tell("running", _RUN + (_RESULT - _RUN) * self._told)


def _chips(experiment: Experiment) -> dict[Any, dict[ChipOnConnection, lola.Chip]]:
    """Settings of all chips; those that the experiment says nothing about are new ones."""
    chips = {}
    for instance, content in experiment.network.execution_instances.items():
        used = {population.chip_on_executor[0] for population in content.populations.values()}
        given = experiment.chips.get(instance, {})
        chips[instance] = {**{chip: lola.Chip() for chip in used if chip not in given}, **given}
    return chips
