"""Running network descriptions on simulated chips whose neurons answer each synaptic event with a spike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import chipsim
import lola
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution import JITGraphExecutor
from grenade.network import InputGenerator, Network, NetworkGraph, build_network_graph, extract_spike_arrays, run
from grenade.network.routing import PortfolioRouter
from tests.grenade.bypass import bypass_chip, bypass_neuron_default

CHIPS: dict[str, Callable[[], lola.Chip]] = {"all switched on": bypass_chip, "library default": bypass_neuron_default}
"""Both kinds of chips with bypassed neurons; what grenade needs it switches on itself in the second."""

DIES = range(1, 11)

Events = tuple[Any, Any, Any]
"""Entry of the batch, source and time in FPGA cycles of input spikes; scalars stand for all of them."""


@dataclass(frozen=True)
class Recorded:
    """Recorded spikes of all populations.

    Attributes
    ----------
    spikes : dict of int to numpy.ndarray
        Structured array of `grenade.network.extract.SPIKE` by the linear number of the population.
    batch_size : int
        Number of entries.
    dropped : int
        Events that did not fit through the crossbar, as its counters say.
    """

    spikes: dict[int, np.ndarray]
    batch_size: int
    dropped: int = 0

    def counts(self, population: Any, size: int) -> np.ndarray:
        """Number of spikes of each neuron in each entry, (batch_size, size) int64."""
        spikes = self.spikes[int(population)]
        flat = spikes["batch"].astype(np.int64) * size + spikes["neuron"]
        return np.bincount(flat, minlength=self.batch_size * size).reshape(self.batch_size, size)

    def times(self, population: Any, neuron: int = 0, entry: int = 0) -> np.ndarray:
        """Times of a neuron in an entry, FPGA cycles, ascending."""
        spikes = self.spikes[int(population)]
        return spikes["time"][(spikes["neuron"] == neuron) & (spikes["batch"] == entry)]


def graph_of(network: Network, router: Callable[[Network], Any] | None = None) -> NetworkGraph:
    """Network, routed and checked."""
    return build_network_graph(network, (router or PortfolioRouter())(network))


def executor(seed: int | None = None) -> JITGraphExecutor:
    """Executor on a chip of its own: a die, or without a seed an ideal chip."""
    return JITGraphExecutor(chipsim.SimConnection(chipsim.Chip(seed)))


def dies() -> Iterator[tuple[int, JITGraphExecutor, lola.Chip]]:
    """Number and executor of each die, with either kind of chip settings in turn."""
    made = [make() for make in CHIPS.values()]
    for seed in DIES:
        yield seed, executor(seed), made[seed % len(made)]


def settings(graph: NetworkGraph, chip: lola.Chip) -> dict[ExecutionInstanceID, dict[ChipOnConnection, lola.Chip]]:
    """The same settings of the chip for all execution instances."""
    return {instance: {ChipOnConnection(): chip} for instance in graph.network.execution_instances}


def record(
    graph: NetworkGraph, chip: lola.Chip, runtime: int, inputs: Mapping[Any, Events] | None = None,
    batch_size: int = 1, on: JITGraphExecutor | None = None,
) -> Recorded:
    """Run a graph and collect what it recorded.

    Parameters
    ----------
    chip : lola.Chip
        Settings of the chip.
    runtime : int
        FPGA cycles, the same for all entries and execution instances.
    inputs : mapping of population to Events, optional
        Input spikes.
    batch_size : int
        Number of entries.
    on : JITGraphExecutor, optional
        Where to run; default is an ideal chip.
    """
    generator = InputGenerator(graph, batch_size)
    for population, events in (inputs or {}).items():
        generator.add_events(*np.broadcast_arrays(*map(np.atleast_1d, events)), population)
    snippet = generator.done()
    snippet.runtime = [dict.fromkeys(graph.network.execution_instances, runtime)] * batch_size
    output = run(on or executor(), graph, settings(graph, chip), snippet)
    arrays = extract_spike_arrays(output.snippets[0], graph)
    dropped = sum(
        int(counter.value) for instance in output.execution_health_info.execution_instances.values()
        for chip_health in instance.chips.values() for counter in chip_health.crossbar_input_drop_counter
    )
    return Recorded({int(population): spikes for population, spikes in arrays.items()}, batch_size, dropped)


def one_source_per_entry(sources: Any, times: Any) -> Events:
    """Entry b has the spikes of source `sources[b]`, at the same times in each entry."""
    sources, times = np.asarray(sources), np.asarray(times)
    return (
        np.repeat(np.arange(len(sources)), len(times)), np.repeat(sources, len(times)), np.tile(times, len(sources))
    )


def assert_counts(counts: np.ndarray, expected: np.ndarray, exact: bool = True) -> None:
    """Every channel that should have n spikes has n of them, or 0.8 n to 1.2 n if not exact; all others have none."""
    assert (counts[expected == 0] == 0).all(), "spikes where there should be none"
    tolerance = 0 if exact else 0.2
    assert (np.abs(counts - expected) <= tolerance * expected).all(), np.unique(counts[expected > 0])
