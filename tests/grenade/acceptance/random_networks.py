"""Random networks whose connections can be told from the times of spikes.

With neurons that answer every event with a spike, spikes come in waves, one for each connection passed. A wave lasts as
long as it takes all its spikes to leave the chip, so targets are few where a second wave has to be told from the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from grenade.network import BackgroundSourcePopulation, Network, Receptor
from tests.grenade.network.routing.networks import (
    EXCITATORY,
    INHIBITORY,
    background,
    external,
    network,
    one_to_one,
    point_neurons,
    table,
)

RECEPTORS = (EXCITATORY, INHIBITORY)

Cell = tuple[int, int]
"""Population and neuron."""

Connections = dict[tuple[Cell, int], set[Cell]]
"""Targets by source and sign (0 excitatory, 1 inhibitory); connections without weight are not among them."""

STYLES = ("dense", "layered", "recurrent")
"""Many targets, but none of them sends spikes further; few targets, in layers; few targets, with circles."""


@dataclass
class RandomNetwork:
    """A network, and what its description says about who reaches whom.

    Attributes
    ----------
    network : Network
        The network. All sources and neurons are recorded.
    style : str
        One of `STYLES`.
    neurons : list of int
        Populations on the chip.
    outside : list of int
        External populations, all of whose sources the host has to drive.
    probes : dict of int to int
        External population that drives each neuron of a population on the chip, by either sign.
    generators : list of int
        Background populations.
    sizes : list of int
        Number of neurons of each population.
    targets : Connections
        Who is reached.
    """

    network: Network
    style: str
    neurons: list[int]
    outside: list[int]
    probes: dict[int, int]
    generators: list[int]
    sizes: list[int]
    targets: Connections = field(repr=False)

    def reachable(self, starts: set[Cell], sign: int) -> set[Cell]:
        """Neurons that fire sooner or later if some sources do."""
        found: set[Cell] = set()
        waiting = list(starts)
        while waiting:
            new = self.targets.get((waiting.pop(), sign), set()) - found
            found |= new
            waiting += new
        return found


class _Description:
    """Populations and projections of a network that is being drawn."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.style = STYLES[seed % len(STYLES)]
        self.populations: list = []
        self.projections: list[tuple[Receptor, np.ndarray, int, int]] = []
        self.free = self.rng.permutation(512)
        self.taken: set[tuple[int, int, int, int, int]] = set()

    def add(self, population) -> int:
        self.populations.append(population)
        return len(self.populations) - 1

    def size(self, low: int, high: int) -> int:
        """A number between two others, of any order of magnitude."""
        return int(np.exp(self.rng.triangular(np.log(low), np.log(high + 1), np.log(high + 1))))

    def neurons(self, most: int) -> int:
        size = min(self.size(1, most), len(self.free))
        chosen, self.free = self.free[:size], self.free[size:]
        return self.add(point_neurons(chosen))

    def connect(self, pre: int, post: int, most_targets: int) -> None:
        """A projection with up to some targets for each source, now and then with double or without weight.

        Few targets may get several synapses of a source, which make several spikes. With many, these would be more at
        once than fit through the crossbar.
        """
        rng, sign = self.rng, int(self.rng.integers(2))
        size_pre, size_post = self.populations[pre].size, self.populations[post].size
        which = np.flatnonzero(rng.random(size_pre) < rng.choice([0.2, 1.0]))
        count = rng.integers(0, min(most_targets, size_post) + 1, len(which))
        if rng.random() < 0.3:
            count[:] = min(most_targets, size_post)
        targets = [rng.choice(size_post, each, replace=False) for each in count]
        post_neurons = np.concatenate([np.empty(0, np.int64), *targets])
        weight = rng.choice([63, 0, 126], len(post_neurons), p=[0.85, 0.1, 0.05])
        connections = table(np.repeat(which, count), post_neurons, weight)
        if self.style == "dense":
            new = [(sign, pre, source, post, target) for source, target in connections[:, [0, 2]].tolist()]
            connections = connections[[each not in self.taken for each in new]]
            self.taken.update(new)
        self.projections.append((RECEPTORS[sign], connections, pre, post))

    def targets(self) -> Connections:
        found: Connections = {}
        for receptor, connections, pre, post in self.projections:
            for source, target in connections[connections[:, 4] > 0][:, [0, 2]].tolist():
                found.setdefault(((pre, source), int(receptor.type)), set()).add((post, target))
        return found


def random_network(seed: int, rate: int = 0) -> RandomNetwork:
    """A network of a kind that the seed chooses; `rate` is that of its background generators, of which 0 is silence."""
    drawn = _Description(seed)
    rng, dense = drawn.rng, drawn.style == "dense"
    most_neurons, most_sources = {"dense": (300, 400), "layered": (100, 60), "recurrent": (60, 30)}[drawn.style]
    neurons = [drawn.neurons(most_neurons) for _ in range(rng.integers(1, 4))]
    outside = [drawn.add(external(drawn.size(1, most_sources), True)) for _ in range(rng.integers(1, 3))]
    generators = _add_generators(drawn, rate)
    for _ in range(rng.integers(1, 9 if dense else 5)):
        drawn.connect(int(rng.choice(outside)), int(rng.choice(neurons)), 300 if dense else 5)
    for pre in generators:
        for _ in range(rng.integers(1, 3)):
            drawn.connect(pre, int(rng.choice(neurons)), 50 if dense else 5)
    probes = {}
    if not dense:
        for pre, post in _internal_pairs(drawn, neurons):
            drawn.connect(pre, post, 3)
        for pre in sorted({pre for _, _, pre, _ in drawn.projections} & set(neurons)):
            probes[pre] = drawn.add(external(drawn.populations[pre].size, True))
            for receptor in RECEPTORS:
                drawn.projections.append((receptor, one_to_one(drawn.populations[pre].size), probes[pre], pre))
    made = network(drawn.populations, drawn.projections)
    sizes = [each.size for each in drawn.populations]
    return RandomNetwork(made, drawn.style, neurons, outside, probes, generators, sizes, drawn.targets())


def _internal_pairs(drawn: _Description, neurons: list[int]) -> list[tuple[int, int]]:
    """Populations on the chip that are to be connected."""
    pairs = [(pre, post) for pre in neurons for post in neurons if drawn.style == "recurrent" or pre < post]
    chosen = drawn.rng.permutation(len(pairs))[:4]
    return [pairs[i] for i in chosen.tolist()]


def _add_generators(drawn: _Description, rate: int) -> list[int]:
    """Random generators, each of which has generators on both hemispheres, since neurons are anywhere."""
    rng, added = drawn.rng, []
    buses = [rng.permutation(4).tolist(), rng.permutation(4).tolist()]
    for number in range(rng.integers(0, 3)):
        population = background(int(2 ** rng.integers(0, 5)), {0: buses[0][number], 1: buses[1][number]}, True)
        population.config = BackgroundSourcePopulation.Config(
            4000 + 1000 * number, rate, int(rng.integers(1, 1 << 32)), True
        )
        added.append(drawn.add(population))
    return added
