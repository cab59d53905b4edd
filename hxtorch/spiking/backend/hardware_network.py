"""The network of an experiment on the chip: described once, then only changed where modules change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from grenade.common import ExecutionInstanceID
from grenade.network import (
    MADCRecording,
    Network,
    NetworkBuilder,
    NetworkGraph,
    RoutingRequired,
    RoutingResult,
    build_network_graph,
    mute_neurons,
    update_network_graph,
)
from hxtorch.spiking.backend.module_manager import ModuleManager
from hxtorch.spiking.modules.types import BasePopulation, Population, Projection

Router = Callable[[Network], RoutingResult]
"""Finds a place for everything in a network."""


class HardwareNetwork:
    """Network and graph of the modules.

    Attributes
    ----------
    graph : NetworkGraph or None
        The graph of the last run.
    """

    def __init__(self) -> None:
        self.graph: NetworkGraph | None = None
        self._masks: dict[Any, torch.Tensor] = {}

    def update(self, modules: ModuleManager, instances: Any, router: Router) -> NetworkGraph:
        """Make the graph that of the modules as they are now.

        Only what has changed is done: a new description if modules or connections have, routing if that needs another
        placement, else new weights and masks.

        Parameters
        ----------
        modules : ModuleManager
            The modules, with a source of spikes before each projection.
        instances : ExecutionInstances
            Their execution instances.
        router : callable
            From a network to a `RoutingResult`.

        Raises
        ------
        AssertionError
            A projection has more than one source or target.
        ValueError
            Neurons get something else than spikes of projections; or the CADC is recorded while there is a plasticity
            rule.
        """
        graph, hardware = self.graph, modules.hardware_modules()
        # Modules take note of what they put into the network; after a failure all of it is to be done again.
        self.graph = None
        if (
            graph is None or modules.topology_changed_since_last_run()
            or any(module.network_changed_since_last_run for module in hardware)
        ):
            network = self._describe(modules, instances)
        else:
            network = self._with_weights(graph.network, hardware)
        if graph is not None and network is not graph.network:
            try:
                update_network_graph(graph, network)
            except RoutingRequired:
                graph = None
        if graph is None:
            graph = build_network_graph(network, router(network))
            self._masks = {}
        self._mute(graph, [module for module in hardware if isinstance(module, Population)])
        self.graph = graph
        return graph

    def _mute(self, graph: NetworkGraph, populations: list[Population]) -> None:
        """Apply masks that differ from those of the last run; neurons of a new graph send all their events."""
        for population in populations:
            applied = self._masks.get(population.descriptor)
            if not (population.mask.all() if applied is None else torch.equal(population.mask, applied)):
                mute_neurons(graph, population.descriptor, ~population.mask.numpy())
            self._masks[population.descriptor] = population.mask

    @staticmethod
    def _with_weights(network: Network, modules: Iterable[Any]) -> Network:
        weights = {}
        for module in modules:
            if isinstance(module, Projection):
                weights.update(module.changed_network_weights())
        return network.with_weights(weights) if weights else network

    def _describe(self, modules: ModuleManager, instances: Any) -> Network:
        builder = NetworkBuilder()
        hardware = modules.hardware_modules()
        for module in hardware:
            if isinstance(module, BasePopulation):
                module.add_to_network_graph(builder)
        for module in hardware:
            if isinstance(module, Projection):
                _check_source(modules, module)
                pre, post = _ends(modules, module)
                module.add_to_network_graph(pre.descriptor, post.descriptor, builder)
            elif isinstance(module, Population):
                _check_inputs(modules, module)
        _add_recordings(builder, hardware, instances)
        return builder.done()


def _ends(modules: ModuleManager, projection: Projection) -> tuple[Any, Any]:
    """Populations that a projection is between."""
    ends = []
    for name, found in (
        ("gets spikes from", modules.source_populations(projection)),
        ("sends to", modules.target_populations(projection)),
    ):
        if len(found) != 1:
            raise AssertionError(f"{type(projection).__name__} {name} {len(found)} populations, expected 1")
        ends.append(found[0])
    pre, post = ends
    for name, size, population in (
        ("in_features", projection.in_features, pre), ("out_features", projection.out_features, post),
    ):
        if size != population.size:
            raise ValueError(f"{type(projection).__name__} has {name}={size}, but {type(population).__name__} has "
                             f"{population.size} neurons")
    return pre, post


def _check_source(modules: ModuleManager, projection: Projection) -> None:
    """On the chip a projection gets the spikes of one population; ends are checked with their names later."""
    if len(modules.sources(projection)) != 1:
        raise AssertionError(f"{type(projection).__name__} has {len(modules.sources(projection))} inputs, expected 1")


def _check_inputs(modules: ModuleManager, population: Population) -> None:
    open_inputs = {id(handle) for handle in modules.input_data()}
    if any(id(source) in open_inputs for source in modules.sources(population)):
        raise ValueError(f"{type(population).__name__} has an input that is no module; on the chip neurons get their "
                         "input from projections")


def _add_recordings(builder: NetworkBuilder, modules: list[Any], instances: Any) -> None:
    cadc, rules = instances.cadc_recordings, instances.plasticity_rules
    for instance, recording in cadc.items():
        if rules.get(instance):
            raise ValueError(f"execution instance {int(instance)} records with the CADC and has a plasticity rule, "
                             "which cannot be at the same time: set enable_cadc_recording=False for its populations")
        builder.add(recording, instance)
    madc: dict[ExecutionInstanceID, tuple[Any, list[Any]]] = {}
    for module in modules:
        neuron = module.madc_neuron() if isinstance(module, Population) else None
        if neuron is not None:
            madc.setdefault(module.execution_instance.ID, (module.chip_coordinate, []))[1].append(neuron)
    for instance, (chip, neurons) in madc.items():
        builder.add(MADCRecording(neurons, chip), instance)
    for instance, of_instance in rules.items():
        for rule in of_instance:
            builder.add(rule, instance)
