"""Building networks: everything is checked at the moment it is added."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from time import perf_counter
from typing import Any, overload

import networkx

from grenade.coercion import duplicate
from grenade.common import (
    ExecutionInstanceID,
    PlasticityRuleOnNetwork,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
)
from grenade.network.construction import Construction, UnknownDescriptor
from grenade.network.network import Descriptors, Network
from grenade.network.plasticity_rule import PlasticityRule
from grenade.network.plasticity_rules import check_plasticity_rule
from grenade.network.population import (
    AnyPopulation,
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    Population,
    SpikeIOSourcePopulation,
)
from grenade.network.projection import InterExecutionInstanceProjection, Projection
from grenade.network.recording import CADCRecording, MADCRecording, PadRecording
from grenade.network.recording_rules import InvalidRecording, check_cadc, check_madc, check_pad
from grenade.network.rules import (
    InvalidProjection,
    check_background,
    check_not_negative,
    check_population,
    check_projection,
    check_spikeio,
    endpoints,
)

AnyRecording = MADCRecording | CADCRecording | PadRecording

_FIRST_INSTANCE = ExecutionInstanceID()

_RECORDINGS: dict[type, tuple[str, Callable[..., Any]]] = {
    MADCRecording: ("madc_recording", check_madc),
    CADCRecording: ("cadc_recording", check_cadc),
    PadRecording: ("pad_recording", check_pad),
}


class NetworkBuilder:
    """Collects populations, projections, recordings and plasticity rules of a network.

    What is added is copied. An addition that breaks a rule raises and leaves the builder as it was.
    """

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._instances: dict[ExecutionInstanceID, Construction] = {}
        self._inter: list[InterExecutionInstanceProjection] = []
        self._order = networkx.DiGraph()
        self._seconds = 0.0

    @overload
    def add(
        self, added: AnyPopulation, execution_instance: ExecutionInstanceID | int = ...
    ) -> PopulationOnNetwork: ...
    @overload
    def add(self, added: Projection, execution_instance: ExecutionInstanceID | int = ...) -> ProjectionOnNetwork: ...
    @overload
    def add(
        self, added: PlasticityRule, execution_instance: ExecutionInstanceID | int = ...
    ) -> PlasticityRuleOnNetwork: ...
    @overload
    def add(self, added: AnyRecording, execution_instance: ExecutionInstanceID | int = ...) -> None: ...
    @overload
    def add(self, added: InterExecutionInstanceProjection) -> None: ...
    def add(self, added: Any, execution_instance: Any = _FIRST_INSTANCE) -> Any:
        """Add something.

        Parameters
        ----------
        added : population, Projection, InterExecutionInstanceProjection, recording or PlasticityRule
            What to add. What it refers to has been added before.
        execution_instance : ExecutionInstanceID or int
            Where it belongs; a projection between execution instances belongs to none.

        Returns
        -------
        PopulationOnNetwork, ProjectionOnNetwork, PlasticityRuleOnNetwork or None
            Its descriptor. Recordings and projections between execution instances have none. Descriptors count from
            0 in each execution instance, all kinds of populations together.

        Raises
        ------
        InvalidNetwork
            It breaks a rule of networks; a RuntimeError.
        UnknownDescriptor
            It refers to what was not added; a RuntimeError that is an IndexError as well.
        TypeError
            It is nothing that can be added.
        """
        begin = perf_counter()
        try:
            if isinstance(added, InterExecutionInstanceProjection):
                return self._add_inter(added)
            instance = ExecutionInstanceID.coerce(execution_instance)
            if isinstance(added, AnyPopulation):
                return self._add_population(added, instance)
            if isinstance(added, Projection):
                return self._add_projection(added, instance)
            if isinstance(added, PlasticityRule):
                return self._add_plasticity_rule(added, instance)
            if type(added) in _RECORDINGS:
                return self._add_recording(added, instance)
        finally:
            self._seconds += perf_counter() - begin
        raise TypeError(f"expected a population, projection, recording or plasticity rule, got {added!r}")

    def done(self) -> Network:
        """The network of all that was added. The builder is empty afterwards."""
        begin = perf_counter()
        instances = {id: construction.instance for id, construction in self._instances.items()}
        network = Network(
            Descriptors(ExecutionInstanceID, instances),
            self._inter,
            list(networkx.lexicographical_topological_sort(self._order, key=int)),
            timedelta(seconds=self._seconds + perf_counter() - begin),
        )
        self._clear()
        return network

    def _existing(self, who: str, id: ExecutionInstanceID) -> Construction:
        if id not in self._instances:
            raise UnknownDescriptor(f"{who}: execution instance {int(id)} is unknown, it has no population")
        return self._instances[id]

    def _add_population(self, population: AnyPopulation, id: ExecutionInstanceID) -> PopulationOnNetwork:
        construction = self._instances.get(id) or Construction(id)
        descriptor = PopulationOnExecutionInstance(len(construction.instance.populations))
        name = construction.name("population", descriptor)
        if isinstance(population, Population):
            owners = check_population(construction, name, population)
            construction.circuits_taken.update((place, (descriptor, neuron)) for place, neuron in owners.items())
        elif isinstance(population, BackgroundSourcePopulation):
            check_background(construction, name, population)
            for hemisphere, bus in population.coordinate.items():
                construction.generators_taken[population.chip_on_executor, hemisphere, bus] = descriptor
        elif isinstance(population, SpikeIOSourcePopulation):
            check_spikeio(construction, name, population)
        construction.instance.populations[descriptor] = population.copy()
        self._instances[id] = construction
        self._order.add_node(id)
        return PopulationOnNetwork(descriptor, id)

    def _add_projection(self, projection: Projection, id: ExecutionInstanceID) -> ProjectionOnNetwork:
        construction = self._existing("projection", id)
        descriptor = ProjectionOnExecutionInstance(len(construction.instance.projections))
        check_projection(construction, construction.name("projection", descriptor), projection)
        construction.instance.projections[descriptor] = projection.copy()
        return ProjectionOnNetwork(descriptor, id)

    def _add_recording(self, recording: AnyRecording, id: ExecutionInstanceID) -> None:
        field, check = _RECORDINGS[type(recording)]
        kind = type(recording).__name__
        construction = self._existing(kind, id)
        who = f"{kind} of execution instance {int(id)}"
        if getattr(construction.instance, field) is not None:
            raise InvalidRecording(f"{who}: there is one already")
        construction.claim_sources(who, check(construction, who, recording))
        setattr(construction.instance, field, _copy(recording))

    def _add_plasticity_rule(self, rule: PlasticityRule, id: ExecutionInstanceID) -> PlasticityRuleOnNetwork:
        construction = self._existing("plasticity rule", id)
        descriptor = PlasticityRuleOnNetwork(len(construction.instance.plasticity_rules), id)
        name = construction.name("plasticity rule", descriptor)
        construction.claim_sources(name, check_plasticity_rule(construction, name, rule))
        key = descriptor.toPlasticityRuleOnExecutionInstance()
        construction.instance.plasticity_rules[key] = deepcopy(rule)
        return descriptor

    def _add_inter(self, projection: InterExecutionInstanceProjection) -> None:
        who = f"projection from {projection.population_pre!r} to {projection.population_post!r}"
        ids = [side.toExecutionInstanceID() for side in (projection.population_pre, projection.population_post)]
        if ids[0] == ids[1]:
            raise InvalidProjection(f"{who}: both populations are on execution instance {int(ids[0])}")
        constructions = [self._existing(who, id) for id in ids]
        descriptors = [
            side.toPopulationOnExecutionInstance() for side in (projection.population_pre, projection.population_post)
        ]
        pre, post = (each.population(who, d) for each, d in zip(constructions, descriptors, strict=True))
        if not isinstance(post, ExternalSourcePopulation):
            raise InvalidProjection(
                f"{who}: expected an ExternalSourcePopulation to receive, got a {type(post).__name__}"
            )
        endpoints(constructions[0], who, "pre", descriptors[0], pre, projection.table[:, 0:2])
        endpoints(constructions[1], who, "post", descriptors[1], post, projection.table[:, 2:4])
        check_not_negative(who, projection)
        if networkx.has_path(self._order, ids[1], ids[0]):
            raise InvalidProjection(
                f"{who}: execution instance {int(ids[0])} already needs spikes of execution instance {int(ids[1])}, "
                "the two would wait for each other"
            )
        self._order.add_edge(*ids)
        self._inter.append(projection.copy())


def _copy(recording: AnyRecording) -> AnyRecording:
    """Copy of a recording with circuits of its own."""
    if isinstance(recording, PadRecording):
        return deepcopy(recording)
    neurons = [duplicate(neuron, coordinate=duplicate(neuron.coordinate)) for neuron in recording.neurons]
    return duplicate(recording, neurons=neurons)
