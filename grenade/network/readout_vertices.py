"""Vertices of recordings of voltages, and of plasticity rules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from grenade.common import ExecutionInstanceID
from grenade.network.network import ExecutionInstance
from grenade.network.plasticity_rule import PlasticityRule, PopulationHandle
from grenade.network.recording import CADCRecording, MADCRecording, NeuronRecording, PadRecording
from grenade.network.translation import CircuitSources, ExecutionInstanceTranslation
from grenade.signal_flow.graph import Graph, Input
from grenade.signal_flow.types import ConnectionType, PortRestriction
from grenade.signal_flow.vertices import (
    CADCMembraneReadoutView,
    DataOutput,
    MADCReadoutView,
    NeuronView,
    PadReadoutView,
    SynapseArrayViewSparse,
)
from grenade.signal_flow.vertices import PlasticityRule as PlasticityRuleVertex
from halco import AtomicNeuronOnDLS, Enum, HemisphereOnDLS, SynramOnDLS


class _Place(NamedTuple):
    """A recorded circuit in its neuron view."""

    vertex: int
    position: int
    circuit: int
    neuron: NeuronRecording.Neuron


def add_readouts(
    graph: Graph, instance_id: ExecutionInstanceID, instance: ExecutionInstance, chip: Any,
    translation: ExecutionInstanceTranslation,
) -> None:
    """Add what reads the neurons of an execution instance, and its plasticity rules."""

    def add(vertex: Any, inputs: list[Input]) -> int:
        return graph.add(vertex, instance_id, inputs)

    if instance.cadc_recording is not None:
        for view, inputs, neurons in cadc_views(instance.cadc_recording, translation, chip):
            vertex = add(view, inputs)
            output = DataOutput(ConnectionType.Int8, len(neurons))
            translation.cadc_readout_vertices.append(vertex)
            translation.cadc_sample_output_vertex.append(add(output, [Input(vertex)]))
            translation.cadc_sources.append(CircuitSources.of(neurons))
    if instance.madc_recording is not None and instance.madc_recording.neurons:
        madc, inputs = madc_view(instance.madc_recording, translation, chip)
        vertex = translation.madc_readout_vertex = add(madc, inputs)
        output = DataOutput(ConnectionType.TimedMADCSampleFromChipSequence)
        translation.madc_sample_output_vertex = add(output, [Input(vertex)])
        translation.madc_sources = CircuitSources.of(instance.madc_recording.neurons)
    if instance.pad_recording is not None:
        for pad, source in sorted(instance.pad_recording.recordings.items()):
            translation.pad_readout_vertices[pad] = add(*pad_view(pad, source, translation, chip))
    for descriptor, rule in instance.plasticity_rules.items():
        rule_vertex, inputs = plasticity_rule_vertex(rule, graph, translation, chip)
        vertex = translation.plasticity_rule_vertices[descriptor] = add(rule_vertex, inputs)
        if rule_vertex.recorded_bytes():
            output = DataOutput(ConnectionType.Int8, rule_vertex.recorded_bytes())
            translation.plasticity_rule_output_vertices[descriptor] = add(output, [Input(vertex)])


def cadc_views(
    recording: CADCRecording, translation: ExecutionInstanceTranslation, chip: Any
) -> list[tuple[CADCMembraneReadoutView, list[Input], list[NeuronRecording.Neuron]]]:
    """A view of each hemisphere with recorded circuits, its inputs, and the circuits in order of its values.

    Neighbours in a neuron view are one input, so that whole populations do not fall into hundreds of them.
    """
    mode = CADCMembraneReadoutView.Mode.periodic_on_dram if recording.placement_on_dram else (
        CADCMembraneReadoutView.Mode.periodic
    )
    places = [_place(neuron, translation) for neuron in recording.neurons]
    views = []
    for hemisphere in range(2):
        chosen = sorted(place for place in places if place.circuit // 256 == hemisphere)
        if not chosen:
            continue
        borders = [0, *(i for i, (a, b) in enumerate(pairwise(chosen), 1) if (a.vertex, a.position + 1) != b[:2]), None]
        runs = [chosen[slice(*border)] for border in pairwise(borders)]
        view = CADCMembraneReadoutView(
            tuple(np.array([place.circuit % 256 for place in run]) for run in runs), SynramOnDLS(hemisphere), mode,
            tuple(tuple(place.neuron.source for place in run) for run in runs), chip_on_executor=chip,
        )
        inputs = [Input(run[0].vertex, PortRestriction(run[0].position, run[-1].position)) for run in runs]
        views.append((view, inputs, [place.neuron for place in chosen]))
    return views


def madc_view(
    recording: MADCRecording, translation: ExecutionInstanceTranslation, chip: Any
) -> tuple[MADCReadoutView, list[Input]]:
    """View of the one or two circuits; two are sampled in turn."""
    places = [_place(neuron, translation) for neuron in recording.neurons]
    sources = [MADCReadoutView.Source(_coordinate(place), place.neuron.source) for place in places]
    first, second = sources if len(sources) > 1 else (sources[0], None)
    view = MADCReadoutView(first, second, period=len(sources) - 1, chip_on_executor=chip)
    return view, [_one(place) for place in places]


def pad_view(
    pad: Any, source: PadRecording.Source, translation: ExecutionInstanceTranslation, chip: Any
) -> tuple[PadReadoutView, list[Input]]:
    """View of a circuit at a pad."""
    place = _place(source.neuron, translation)
    seen = PadReadoutView.Source(_coordinate(place), source.neuron.source, source.enable_buffered)
    return PadReadoutView(seen, pad, chip_on_executor=chip), [_one(place)]


def plasticity_rule_vertex(
    rule: PlasticityRule, graph: Graph, translation: ExecutionInstanceTranslation, chip: Any
) -> tuple[PlasticityRuleVertex, list[Input]]:
    """A rule with its views: those of its projections, then those of its populations, top before bottom each."""
    inputs, synapse_views, neuron_views = [], [], []
    for projection in rule.projections:
        for _, vertex in sorted(translation.synapse_vertices[projection].items()):
            view = graph.vertex(vertex)
            assert isinstance(view, SynapseArrayViewSparse)
            synapse_views.append(PlasticityRuleVertex.SynapseViewShape.of(view))
            inputs.append(Input(vertex))
    for handle in rule.populations:
        circuits = translation.populations[handle.descriptor]
        sources = _readout_sources(handle)
        for hemisphere, vertex in sorted(translation.neuron_vertices[handle.descriptor].items()):
            view = graph.vertex(vertex)
            assert isinstance(view, NeuronView)
            own = circuits.table[circuits.hemisphere == int(hemisphere), :3].tolist()
            neuron_views.append(PlasticityRuleVertex.NeuronViewShape.of(view, [sources.get(tuple(i)) for i in own]))
            inputs.append(Input(vertex))
    timer = PlasticityRuleVertex.Timer(int(rule.timer.start), int(rule.timer.period), rule.timer.num_periods)
    recording = None if rule.recording is None else rule.recording.to_ppu()
    rule_vertex = PlasticityRuleVertex(
        rule.kernel, timer, tuple(synapse_views), tuple(neuron_views), recording, int(rule.id), chip_on_executor=chip
    )
    return rule_vertex, inputs


def _readout_sources(handle: PopulationHandle) -> dict[tuple[int, int, int], Any]:
    """Requested source by neuron, compartment and circuit."""
    return {
        (neuron, int(compartment), circuit): source
        for neuron, compartments in enumerate(handle.neuron_readout_sources)
        for compartment, sources in compartments.items()
        for circuit, source in enumerate(sources)
    }


def _place(neuron: NeuronRecording.Neuron, translation: ExecutionInstanceTranslation) -> _Place:
    where = neuron.coordinate
    circuits = translation.populations[where.population]
    number = circuits.find(
        where.neuron_on_population, int(where.compartment_on_neuron), where.atomic_neuron_on_compartment
    )
    hemisphere = HemisphereOnDLS(int(circuits.hemisphere[number]))
    vertex = translation.neuron_vertices[where.population][hemisphere]
    return _Place(vertex, int(circuits.index[number]), int(circuits.table[number, 3]), neuron)


def _coordinate(place: _Place) -> AtomicNeuronOnDLS:
    return AtomicNeuronOnDLS(Enum(place.circuit))


def _one(place: _Place) -> Input:
    return Input(place.vertex, PortRestriction(place.position, place.position))
