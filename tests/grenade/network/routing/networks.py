"""Networks for tests of routing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import halco
from grenade.network import (
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    Network,
    NetworkBuilder,
    Population,
    Projection,
    Receptor,
)

EXCITATORY = Receptor(0, Receptor.Type.excitatory)
INHIBITORY = Receptor(0, Receptor.Type.inhibitory)
BOTH = {EXCITATORY, INHIBITORY}

_ZERO = halco.CompartmentOnLogicalNeuron(0)
_Compartment = Population.Neuron.Compartment


def point_neurons(circuits: Iterable[int], recorded: Any = True, receptors: set[Receptor] | None = None) -> Population:
    """One neuron per circuit (0..511)."""
    circuits = list(circuits)
    shape = halco.LogicalNeuronCompartments({_ZERO: [halco.AtomicNeuronOnLogicalNeuron(halco.Enum(0))]})
    flags = np.broadcast_to(np.asarray(recorded, dtype=bool), len(circuits))
    receptors = BOTH if receptors is None else receptors
    return Population([
        Population.Neuron(
            halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(circuit))),
            {_ZERO: _Compartment(_Compartment.SpikeMaster(0, bool(flag)), [set(receptors)])},
        )
        for circuit, flag in zip(circuits, flags, strict=True)
    ])


def wide_neurons(
    anchors: Iterable[int], layout: Sequence[Sequence[set[Receptor]]], recorded: bool = True
) -> Population:
    """Neurons of several compartments in one row; `layout` has the receptors of each circuit of each compartment.

    The last circuit of each compartment emits its spikes.
    """
    columns = iter(range(256))
    places = [[halco.AtomicNeuronOnLogicalNeuron(halco.Enum(next(columns))) for _ in each] for each in layout]
    names = [halco.CompartmentOnLogicalNeuron(number) for number in range(len(layout))]
    shape = halco.LogicalNeuronCompartments(dict(zip(names, places, strict=True)))
    return Population([
        Population.Neuron(
            halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(anchor))),
            {
                name: _Compartment(_Compartment.SpikeMaster(len(each) - 1, recorded), [set(r) for r in each])
                for name, each in zip(names, layout, strict=True)
            },
        )
        for anchor in anchors
    ])


def external(size: int, recorded: Any = False) -> ExternalSourcePopulation:
    """Sources of the host."""
    Neuron = ExternalSourcePopulation.Neuron
    return ExternalSourcePopulation([Neuron(bool(each)) for each in np.broadcast_to(np.asarray(recorded), size)])


def background(size: int, coordinate: dict[int, int], recorded: Any = False) -> BackgroundSourcePopulation:
    """Random generators; `coordinate` has the PADI bus by hemisphere."""
    Neuron = BackgroundSourcePopulation.Neuron
    flags = np.broadcast_to(np.asarray(recorded), size)
    return BackgroundSourcePopulation(
        [Neuron(bool(each)) for each in flags],
        {halco.HemisphereOnDLS(side): halco.PADIBusOnPADIBusBlock(bus) for side, bus in coordinate.items()},
        BackgroundSourcePopulation.Config(enable_random=True),
    )


def table(pre: Any, post: Any, weight: Any = 63) -> np.ndarray:
    """Connections between compartments 0, shape (n, 5)."""
    pre, post, weight = np.broadcast_arrays(pre, post, weight)
    columns = np.zeros((pre.size, 5), dtype=np.int64)
    columns[:, 0], columns[:, 2], columns[:, 4] = pre.reshape(-1), post.reshape(-1), weight.reshape(-1)
    return columns


def all_to_all(num_pre: int, num_post: int, weight: int = 63) -> np.ndarray:
    """Every source to every target, shape (num_pre * num_post, 5)."""
    return table(np.repeat(np.arange(num_pre), num_post), np.tile(np.arange(num_post), num_pre), weight)


def one_to_one(size: int, weight: int = 63) -> np.ndarray:
    """Source i to target i, shape (size, 5)."""
    return table(np.arange(size), np.arange(size), weight)


def network(populations: Sequence[Any], projections: Sequence[tuple[Any, np.ndarray, int, int]] = ()) -> Network:
    """A network of one execution instance; projections are (receptor, connections, pre, post)."""
    builder = NetworkBuilder()
    descriptors = [builder.add(population) for population in populations]
    for receptor, connections, pre, post in projections:
        builder.add(Projection(receptor, connections, descriptors[pre], descriptors[post]))
    return builder.done()


def random_network(seed: int, max_external: int = 300, density: float = 0.3) -> Network:
    """Neurons of one to three circuits, sources of all kinds, and random projections among them."""
    rng = np.random.default_rng(seed)
    populations: list[Any] = []
    free = rng.permutation(512).tolist()
    for _ in range(rng.integers(1, 4)):
        size = min(int(rng.integers(1, 65)), len(free))
        chosen, free = free[:size], free[size:]
        receptors = [EXCITATORY, INHIBITORY] if rng.random() < 0.7 else [EXCITATORY]
        populations.append(point_neurons(chosen, rng.random(size) < rng.random(), set(receptors)))
    used = {int(c) for p in populations for c in p.circuits[:, 3]}
    anchors = [a for a in range(0, 512, 4) if (a % 128) < 124 and not used & set(range(a, a + 4))]
    if anchors and rng.random() < 0.5:
        layout = [[{EXCITATORY}, {EXCITATORY, INHIBITORY}], [{INHIBITORY}, {EXCITATORY}]]
        populations.append(wide_neurons(anchors[: rng.integers(1, 9)], layout, bool(rng.random() < 0.5)))
    num_internal = len(populations)
    for _ in range(rng.integers(0, 3)):
        size = int(rng.integers(1, max_external + 1))
        populations.append(external(size, rng.random(size) < rng.random()))
    buses = [rng.permutation(4).tolist(), rng.permutation(4).tolist()]
    for number in range(rng.integers(0, 4)):
        size = int(2 ** rng.integers(0, 9))
        sides = [(0,), (1,), (0, 1)][rng.integers(3)]
        generators = {side: buses[side][number] for side in sides}
        populations.append(background(size, generators, rng.random(size) < rng.random()))
    return network(populations, list(_random_projections(rng, populations, num_internal, density)))


def _random_projections(rng: np.random.Generator, populations: list[Any], num_internal: int, density: float) -> Any:
    for _ in range(rng.integers(0, 6)):
        pre, post = int(rng.integers(len(populations))), int(rng.integers(num_internal))
        receptor = [EXCITATORY, INHIBITORY][rng.integers(2)]
        target = populations[post]
        circuits = target.circuits[target.has_receptor(receptor)]
        if isinstance(populations[pre], BackgroundSourcePopulation):
            circuits = circuits[np.isin(circuits[:, 3] // 256, [int(side) for side in populations[pre].coordinate])]
        targets = np.unique(circuits[:, :2], axis=0)
        sources = np.unique(populations[pre].circuits[:, :2], axis=0) if pre < num_internal else np.column_stack(
            [np.arange(populations[pre].size), np.zeros(populations[pre].size, np.int64)])
        if not len(targets):
            continue
        pairs = rng.permutation(len(sources) * len(targets))
        pairs = pairs[: rng.integers(0, max(1, int(density * len(pairs))) + 1)]
        weight = rng.integers(0, 200 if rng.random() < 0.1 else 64, len(pairs))
        connections = np.column_stack([sources[pairs // len(targets)], targets[pairs % len(targets)], weight])
        yield receptor, connections.reshape(-1, 5), pre, post
