"""One execution instance: vertices that the host evaluates, and how those on a chip become programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import haldls
import lola
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution.configuration import configure, spike_io_configuration
from grenade.execution.hooks import ExecutionInstanceHooks
from grenade.execution.ppu_plan import plan
from grenade.execution.ppu_program import PPUProgram
from grenade.execution.realtime import BetweenEntries, RealtimeProgram, Section
from grenade.signal_flow import Graph, TimedBatch, vertices

_LONGEST = haldls.Timer.Value.max
"""Last time of the playback timer, FPGA cycles."""

Values = dict[int, TimedBatch]
"""Values by descriptor of the vertex that gives them."""


@dataclass
class InstanceInput:
    """What an execution instance gets for one snippet.

    Attributes
    ----------
    graph : Graph
        The graph.
    chip : lola.Chip
        The user's settings.
    values : dict
        Values that enter from outside or from other instances, by descriptor.
    runtimes : (batch,) int64
        FPGA cycles, 0 for none.
    """

    graph: Graph
    chip: lola.Chip
    values: Values
    runtimes: np.ndarray


class HostPart:
    """Vertices of an execution instance that are evaluated on the host."""

    def __init__(self, graph: Graph, instance: ExecutionInstanceID) -> None:
        self._graph = graph
        self._vertices = graph.vertices_of(instance, vertices.HostVertex)

    def evaluate(self, values: Values) -> None:
        """Add the values of all vertices whose inputs are known, in order of the edges."""
        pending = [(d, vertex) for d, vertex in self._vertices if d not in values]
        while pending:
            later = []
            for descriptor, vertex in pending:
                inputs = self._graph.inputs(descriptor)
                if inputs and all(each.descriptor in values for each in inputs):
                    given = [_restricted(values[each.descriptor], each.port_restriction) for each in inputs]
                    is_transformation = isinstance(vertex, vertices.Transformation)
                    values[descriptor] = vertex.apply(given) if is_transformation else given[0]
                else:
                    later.append((descriptor, vertex))
            if len(later) == len(pending):
                return
            pending = later


def _restricted(values: TimedBatch, restriction: Any) -> TimedBatch:
    if restriction is None or values.values.ndim < 2:
        return values
    return TimedBatch(values.offsets, values.times, values.values[:, restriction.slice])


@dataclass
class ChipPart:
    """What an execution instance does on a chip, in all snippets.

    Attributes
    ----------
    configs : list of lola.Chip
        Configurations of the snippets, with the programs of the PPUs.
    ppu : PPUProgram or None
        What the PPUs do.
    realtime : RealtimeProgram
        The programs.
    sections : list of Section
        What happens in the snippets.
    uses_madc : bool
        Whether the MADC has to be woken up.
    independent_entries : bool
        Whether nothing of a batch entry can be seen in the next one.
    fpga_writes : list of pairs of coordinate and container
        Settings of the FPGA, which belong to no configuration of a chip.
    """

    configs: list[lola.Chip]
    ppu: PPUProgram | None
    realtime: RealtimeProgram
    sections: list[Section]
    uses_madc: bool
    independent_entries: bool
    fpga_writes: list[tuple[Any, Any]]


def has_chip_part(graphs: Sequence[Graph], instance: ExecutionInstanceID) -> bool:
    """Whether a vertex of an execution instance is on a chip in any snippet."""
    return any(graph.vertices_of(instance, vertices.ChipVertex) for graph in graphs)


def prepare(
    snippets: Sequence[InstanceInput], instance: ExecutionInstanceID, chip_on_connection: ChipOnConnection,
    hooks: ExecutionInstanceHooks.Chip, between: BetweenEntries,
) -> ChipPart:
    """Configurations and programs of an execution instance.

    Raises
    ------
    RuntimeError
        The graph asks for something that a chip cannot do, or a hook names an unknown symbol of the PPUs.
    """
    graphs = [snippet.graph for snippet in snippets]
    configs, sections = [], []
    for snippet in snippets:
        configs.append(configure(snippet.graph, instance, snippet.chip, chip_on_connection))
        sections.append(_section(snippet, instance, configs[-1]))
    lengths = np.array([section.ends for section in sections])
    ppu = plan(graphs, instance, lengths, hooks.write_ppu_symbols, hooks.read_ppu_symbols, chip_on_connection)
    if ppu is not None:
        for config in configs:
            ppu.apply(config)
    realtime = RealtimeProgram(sections, ppu, hooks, between)
    return ChipPart(
        configs, ppu, realtime, sections,
        uses_madc=any(section.madc_sources for section in sections),
        independent_entries=_are_entries_independent(graphs, instance, sections, hooks, between),
        fpga_writes=spike_io_configuration(graphs[0], instance, chip_on_connection),
    )


def _section(snippet: InstanceInput, instance: ExecutionInstanceID, config: lola.Chip) -> Section:
    graph = snippet.graph
    found = {kind: graph.vertices_of(instance, kind) for kind in (
        vertices.CrossbarL2Input, vertices.CrossbarL2Output, vertices.MADCReadoutView,
        vertices.CADCMembraneReadoutView, vertices.PlasticityRule, vertices.NeuronView,
    )}
    modes = {vertex.mode.name for _, vertex in found[vertices.CADCMembraneReadoutView]}
    resets = [
        256 * int(view.row) + np.asarray(view.columns)[np.asarray(view.enable_reset, dtype=bool)]
        for _, view in found[vertices.NeuronView]
    ]
    section = Section(
        config=config,
        events=_events(snippet, [d for d, _ in found[vertices.CrossbarL2Input]]),
        runtimes=snippet.runtimes,
        records_spikes=bool(found[vertices.CrossbarL2Output]),
        madc_sources=sum(1 + (view.second is not None) for _, view in found[vertices.MADCReadoutView]),
        cadc=None if not modes else "hagen" if "hagen" in modes else "periodic",
        plasticity=bool(found[vertices.PlasticityRule]),
        resets=np.unique(np.concatenate(resets)) if resets else np.zeros(0, np.int64),
    )
    too_long = np.flatnonzero(section.ends > _LONGEST)
    if len(too_long):
        raise RuntimeError(
            f"execution instance {int(instance)}: batch entry {too_long[0]} lasts {section.ends[too_long[0]]} FPGA "
            f"cycles, but the timer counts to {_LONGEST}"
        )
    return section


def _events(snippet: InstanceInput, inputs: Sequence[int]) -> TimedBatch:
    """Events of all inputs of the chip together."""
    batch_size = len(snippet.runtimes)
    parts = [
        snippet.values[source.descriptor] for d in inputs for source in snippet.graph.inputs(d)
        if source.descriptor in snippet.values
    ]
    if not parts:
        return TimedBatch.empty(batch_size)
    if len(parts) == 1:
        return parts[0]
    return TimedBatch.from_events(
        np.concatenate([part.entries() for part in parts]), np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]), batch_size,
    )


def _are_entries_independent(
    graphs: Sequence[Graph], instance: ExecutionInstanceID, sections: Sequence[Section],
    hooks: ExecutionInstanceHooks.Chip, between: BetweenEntries,
) -> bool:
    """Whether no entry sees what an earlier one did, but for analog remains that each entry's reset removes."""
    carriers = (vertices.PlasticityRule, vertices.BackgroundSpikeSource, vertices.SpikeIOSourcePopulation)
    stateful = any(graph.vertices_of(instance, *carriers) for graph in graphs)
    # Neurons that send no events cannot disturb the next entry over the crossbar.
    silent = not any(graph.vertices_of(instance, vertices.NeuronEventOutputView) for graph in graphs)
    acts = hooks.acts_inside or bool(hooks.read_ppu_symbols)
    return not (stateful or acts) and (between.disable_routing or silent)
