"""Choice of the PPUs' program for an execution instance."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.execution.plasticity import rules_of
from grenade.execution.ppu_program import US, PPUProgram
from grenade.ppu import Program, prebuild, program
from grenade.ppu.periodic import MAX_SAMPLES
from grenade.ppu.plasticity import PlasticityRule
from grenade.signal_flow import vertices
from grenade.signal_flow.vertices.readout import CADCMode as Mode

if TYPE_CHECKING:
    from grenade.signal_flow.graph import Graph

# Sampling begins 10 us after the command, 15 us before time 0, and goes on for 2 us after the end. A sample takes at
# least 1.7 us.
_SAMPLED_BESIDES, _SAMPLE = (2 + 15 - 10) * US, 212

_COLUMNS = 256
_FIRST_CHIP = ChipOnConnection()
_LOGGER = logging.getLogger("grenade.execution")

_SAMPLE_MEMORY = {Mode.periodic: "sram", Mode.periodic_on_dram: "dram"}


def plan(
    graphs: Sequence[Graph],
    instance: ExecutionInstanceID,
    runtimes: Any,
    write_symbols: Mapping[str, Any] | None = None,
    read_symbols: Iterable[str] = (),
    chip_on_connection: ChipOnConnection = _FIRST_CHIP,
) -> PPUProgram | None:
    """What the PPUs do in an execution instance.

    Without plasticity rules it is a program that comes with the package, otherwise one is compiled with the rules.

    Parameters
    ----------
    graphs : sequence of Graph
        One for each realtime snippet.
    instance : ExecutionInstanceID
        Execution instance.
    runtimes : array_like of int, (snippets,) or (snippets, batch)
        Lengths of the snippets in FPGA cycles, for which memory for periodic CADC samples is read.
    write_symbols : mapping of str to block, optional
        Values of variables of the program, see `ExecutionInstanceHooks`.
    read_symbols : iterable of str
        Variables that are read.
    chip_on_connection : ChipOnConnection
        Chip.

    Returns
    -------
    PPUProgram or None
        None if neither the CADC is read nor there is a plasticity rule.

    Raises
    ------
    RuntimeError
        The CADC is read in several modes, or periodically while there is a plasticity rule; the snippets' rules
        contradict each other; there is no such symbol, its value does not fit, or there is no program at all.
    CompilationError
        A kernel is no valid C++, or the program does not fit the memories.
    """
    mode = _cadc_mode(graphs, instance, chip_on_connection)
    rules = rules_of(graphs, instance, chip_on_connection)
    write_symbols, read_symbols = dict(write_symbols or {}), sorted(read_symbols)
    if mode is None and not rules.rules:
        names = sorted({*write_symbols, *read_symbols})
        if names:
            raise RuntimeError(
                f"execution instance {int(instance)} has no program of the PPUs, which could have the symbols "
                f"{', '.join(map(repr, names))}"
            )
        return None
    if mode in _SAMPLE_MEMORY and rules.rules:
        raise RuntimeError(
            f"execution instance {int(instance)} reads the CADC periodically and has a plasticity rule: the PPUs "
            "cannot do both at a time"
        )
    mask = _neuron_reset_mask(graphs, instance, chip_on_connection)
    columns = _recorded_columns(graphs, instance, chip_on_connection)
    ppu_program = PPUProgram(_program(mode, rules.rules), mode, rules, mask, _num_samples(mode, runtimes), columns)
    ppu_program.use_symbols(write_symbols, read_symbols)
    return ppu_program


def _on_chip(graphs: Sequence[Graph], instance: ExecutionInstanceID, chip: ChipOnConnection, kind: Any) -> list[Any]:
    found = [vertex for graph in graphs for _, vertex in graph.vertices_of(instance, kind)]
    return [vertex for vertex in found if vertex.chip_on_executor[0] == chip]


def _cadc_mode(graphs: Sequence[Graph], instance: ExecutionInstanceID, chip: ChipOnConnection) -> Mode | None:
    modes = {view.mode for view in _on_chip(graphs, instance, chip, vertices.CADCMembraneReadoutView)}
    if len(modes) > 1:
        raise RuntimeError(
            f"execution instance {int(instance)} reads the CADC in several modes: "
            f"{', '.join(sorted(mode.name for mode in modes))}"
        )
    return modes.pop() if modes else None


def _neuron_reset_mask(graphs: Sequence[Graph], instance: ExecutionInstanceID, chip: ChipOnConnection) -> np.ndarray:
    mask = np.zeros((2, _COLUMNS), bool)
    for view in _on_chip(graphs, instance, chip, vertices.NeuronView):
        mask[int(view.row), view.columns] |= view.enable_reset
    return mask


def _recorded_columns(
    graphs: Sequence[Graph], instance: ExecutionInstanceID, chip: ChipOnConnection
) -> tuple[np.ndarray, np.ndarray]:
    recorded = np.zeros((2, _COLUMNS), bool)
    for view in _on_chip(graphs, instance, chip, vertices.CADCMembraneReadoutView):
        recorded[int(view.synram), np.concatenate(view.columns)] = True
    return np.flatnonzero(recorded[0]), np.flatnonzero(recorded[1])


def _num_samples(mode: Mode | None, runtimes: Any) -> int:
    if mode not in _SAMPLE_MEMORY:
        return 0
    duration = np.asarray(runtimes, dtype=np.int64).sum(axis=0).max(initial=0)
    wanted = int(duration + _SAMPLED_BESIDES) // _SAMPLE + 1
    largest = MAX_SAMPLES[_SAMPLE_MEMORY[mode]]
    if wanted > largest:
        _LOGGER.warning(
            "about %d CADC samples are expected in %g ms, but there is memory for %d", wanted,
            duration / (1000 * US), largest,
        )
    return min(wanted, largest)


_compiled: dict[Any, Program] = {}
_MOST_COMPILED = 64


def _program(mode: Mode | None, rules: tuple[PlasticityRule, ...]) -> Program:
    if not rules:
        return prebuild.load(_SAMPLE_MEMORY.get(mode, "sram"))  # type: ignore[arg-type]
    # What was compiled in this process is found without a look at the files of headers and compilers.
    key = tuple(source for source in program.sources(rules) if isinstance(source, tuple))
    if key not in _compiled:
        if len(_compiled) >= _MOST_COMPILED:
            _compiled.clear()
        _compiled[key] = program.build(rules)
    return _compiled[key]
