"""Rules for plasticity rules, checked when they are added to a network."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from grenade.common import COMPARTMENTS, ProjectionOnExecutionInstance
from grenade.network.construction import Construction, InvalidNetwork
from grenade.network.plasticity_rule import (
    ObservablePerNeuron,
    ObservablePerSynapse,
    PlasticityRule,
    PopulationHandle,
    TimedRecording,
)
from grenade.network.population import Population
from grenade.network.recording import Source

_COLUMNS_PER_BLOCK = halco.NeuronColumnOnDLS.size // halco.NeuronBackendConfigBlockOnDLS.size
_COLUMNS_PER_OUTPUT = _COLUMNS_PER_BLOCK // halco.NeuronEventOutputOnNeuronBackendBlock.size


class InvalidPlasticityRule(InvalidNetwork):
    """A plasticity rule breaks a rule of networks."""


def check_plasticity_rule(
    construction: Construction, name: str, rule: PlasticityRule
) -> dict[tuple[Any, int], Source]:
    """Check a plasticity rule.

    Returns
    -------
    dict of tuple of chip and int to Source
        Voltages that are read out.

    Raises
    ------
    UnknownDescriptor
        A projection or population that was not added.
    InvalidNetwork
        A population that is not on the chip.
    InvalidPlasticityRule
        Readout sources of another shape than the population, a projection that is not dense and in order while the
        rule relies on it, a recording that cannot be, as of synapses where there are none, or several calls without a
        period.
    """
    if rule.timer.num_periods > 1 and int(rule.timer.period) < 1:
        raise InvalidPlasticityRule(f"{name}: {rule.timer.num_periods} calls, but the period of its timer is 0")
    if rule.recording is not None:
        try:
            rule.recording.to_ppu()
        except ValueError as error:
            raise InvalidPlasticityRule(f"{name}: {error}") from error
    for descriptor in rule.projections:
        construction.projection(name, descriptor)
    places: dict[tuple[Any, int], Source] = {}
    for handle in rule.populations:
        for place, source in _readouts(construction, name, handle).items():
            if places.setdefault(place, source) != source:
                raise InvalidPlasticityRule(
                    f"{name}: {construction.name('population', handle.descriptor)} is given twice with different "
                    f"readout sources, {places[place].name} and {source.name} of {construction.circuit_name(place)}"
                )
    if isinstance(rule.recording, TimedRecording):
        _check_observables(construction, name, rule, rule.recording)
    if rule.enable_requires_one_source_per_row_in_order:
        for descriptor in rule.projections:
            _check_order(construction, name, descriptor)
    return places


def _check_observables(
    construction: Construction, name: str, rule: PlasticityRule, recording: TimedRecording
) -> None:
    """Check that there are synapses and neurons of which something is recorded."""
    synapses = sum(construction.projection(name, each).size for each in rule.projections)
    neurons = sum(construction.neurons(name, handle.descriptor).size for handle in rule.populations)
    for observable, kind in recording.observables.items():
        if isinstance(kind, ObservablePerSynapse) and not synapses:
            raise InvalidPlasticityRule(
                f"{name} records {observable!r} of each synapse, but its projections have no connections")
        if isinstance(kind, ObservablePerNeuron) and not neurons:
            raise InvalidPlasticityRule(
                f"{name} records {observable!r} of each neuron, but its populations have no neurons")


def _readouts(
    construction: Construction, name: str, handle: PopulationHandle
) -> dict[tuple[Any, int], Source]:
    population = construction.neurons(name, handle.descriptor)
    where = f"{name}: neuron_readout_sources of {construction.name('population', handle.descriptor)}"
    if len(handle.neuron_readout_sources) != population.size:
        raise InvalidPlasticityRule(
            f"{where}: expected {population.size} neurons, got {len(handle.neuron_readout_sources)}"
        )
    places: dict[tuple[Any, int], Source] = {}
    for number, (neuron, sources) in enumerate(zip(population.neurons, handle.neuron_readout_sources, strict=True)):
        placed = neuron.coordinate.placed_compartments
        if sources.keys() != placed.keys():
            expected, got = (sorted(key.value() for key in keys) for keys in (placed, sources))
            raise InvalidPlasticityRule(f"{where}, neuron {number}: expected compartments {expected}, got {got}")
        for compartment, circuits in placed.items():
            if len(sources[compartment]) != len(circuits):
                raise InvalidPlasticityRule(
                    f"{where}, neuron {number}, compartment {compartment.value()}: expected {len(circuits)} circuits, "
                    f"got {len(sources[compartment])}"
                )
            for circuit, source in zip(circuits, sources[compartment], strict=True):
                if source is not None:
                    places[population.chip_on_executor, circuit.toEnum().value()] = source
    return places


def _check_order(construction: Construction, name: str, descriptor: ProjectionOnExecutionInstance) -> None:
    """Check that a projection is all-to-all between its neurons, sorted, and its sources in order of the outputs."""
    projection = construction.projection(name, descriptor)
    where = f"{name} requires one source per row in order, but {construction.name('projection', descriptor)}"
    table = projection.table
    sender = table[:, 0] * COMPARTMENTS + table[:, 1]
    receiver = table[:, 2] * COMPARTMENTS + table[:, 3]
    senders = np.unique(sender)
    full = len(senders) * len(np.unique(receiver))
    if full != len(table):
        raise InvalidPlasticityRule(f"{where} is not dense: it has {len(table)} of {full} connections")
    step = np.diff(sender)
    disorder = (step < 0) | ((step == 0) & (np.diff(receiver) < 0))
    if disorder.any():
        first = int(disorder.argmax())
        raise InvalidPlasticityRule(f"{where} is not sorted: connection {first + 1} belongs before connection {first}")
    population = construction.population(name, projection.population_pre)
    if not isinstance(population, Population):
        return
    masters = population.spike_masters
    masters = masters[np.isin(masters[:, 0] * COMPARTMENTS + masters[:, 1], senders)]
    outputs = masters[:, 2] % _COLUMNS_PER_BLOCK // _COLUMNS_PER_OUTPUT
    wrong = np.diff(outputs) < 0
    if wrong.any():
        first = int(wrong.argmax())
        raise InvalidPlasticityRule(
            f"{where} has sources not in order of their event outputs: neuron {masters[first, 0]} of "
            f"{construction.name('population', projection.population_pre)} is on event output {outputs[first]} and "
            f"neuron {masters[first + 1, 0]} on {outputs[first + 1]} of the backend block"
        )
