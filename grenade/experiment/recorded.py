"""What plasticity rules recorded, from the results of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from grenade.common import PlasticityRuleOnNetwork
from grenade.experiment.result import Observed, RuleRecording
from grenade.network.extract_plasticity import (
    PerPeriod,
    RawRecordingData,
    TimedRecordingData,
    extract_plasticity_rule_recording_data,
)
from grenade.network.graph import NetworkGraph
from grenade.network.translation import ExecutionInstanceTranslation
from grenade.signal_flow.output_data import OutputDataSnippet


def rule_recordings(snippet: OutputDataSnippet, graph: NetworkGraph) -> dict[PlasticityRuleOnNetwork, RuleRecording]:
    """Recordings of all rules that record."""
    result = {}
    for instance, content in graph.network.execution_instances.items():
        translation = graph.graph_translation.execution_instances[instance]
        for descriptor, rule in content.plasticity_rules.items():
            if rule.recording is None or translation.plasticity_rule_output_vertices[descriptor] not in snippet.data:
                continue
            on_network = PlasticityRuleOnNetwork(descriptor, instance)
            data = extract_plasticity_rule_recording_data(snippet, graph, on_network)
            result[on_network] = (
                RuleRecording(raw=data.data) if isinstance(data, RawRecordingData)
                else RuleRecording(observed=list(_observed(data, translation)))
            )
    return result


def _observed(data: TimedRecordingData, translation: ExecutionInstanceTranslation) -> Iterable[Observed]:
    """All observables of a rule, one for each projection or population."""
    for name, per_projection in data.data_per_synapse.items():
        for projection, entries in per_projection.items():
            offsets = translation.projections[projection].offsets
            yield _stacked(name, "synapse", int(projection), offsets, entries)
    for name, per_population in data.data_per_neuron.items():
        for population, entries in per_population.items():
            circuits = translation.populations[population]
            offsets = np.searchsorted(circuits.table[:, 0], np.arange(circuits.size + 1))
            yield _stacked(name, "neuron", int(population), offsets, entries)
    for name, entries in data.data_array.items():
        size = len(entries[0][0].data) if entries and entries[0] else 0
        yield _stacked(name, "array", 0, np.arange(size + 1), entries)


def _stacked(
    name: str, kind: Literal["synapse", "neuron", "array"], owner: int, offsets: np.ndarray, entries: PerPeriod
) -> Observed:
    """An observable in all entries of the batch and periods, which are equally many in all entries."""
    time = np.array([[each.time for each in entry] for entry in entries], np.int64)
    values = [[getattr(each.data, "values", each.data) for each in entry] for entry in entries]
    shape = (len(entries), len(entries[0]) if entries else 0, int(offsets[-1]))
    data = np.array(values) if values and values[0] else np.zeros(shape, np.int8)
    return Observed(name, kind, owner, time.reshape(shape[:2]), offsets.astype(np.int64), data.reshape(shape))
