"""A simulated chip that is configured by graphs, and programs of its PPUs driven as an executor does it."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
import haldls
import lola
import stadls
from grenade.common import ExecutionInstanceID
from grenade.execution.configuration import configure
from grenade.execution.ppu_plan import plan
from grenade.execution.ppu_program import PPUProgram
from grenade.signal_flow.graph import Graph
from grenade.signal_flow.vertices import CADCMembraneReadoutView, NeuronView
from tests.chipsim.test_chip import experiment

US = 125
"""FPGA cycles per us."""

INSTANCE = ExecutionInstanceID()


def reading(mode: str, reset: Any = True) -> Graph:
    """The CADC reads all neurons, of which those in `reset`, (2, 256), are reset."""
    graph = Graph()
    resets = np.broadcast_to(reset, (2, 256))
    for row in range(2):
        view = NeuronView(row, np.arange(256), np.full(256, -1), resets[row])
        source = graph.add(view, INSTANCE)
        graph.add(CADCMembraneReadoutView([np.arange(256)], row, mode), INSTANCE, [source])
    return graph


def planned(graphs: Graph | list[Graph], runtimes: Any = 0, **options: Any) -> PPUProgram:
    graphs = [graphs] if isinstance(graphs, Graph) else graphs
    program = plan(graphs, INSTANCE, np.broadcast_to(runtimes, len(graphs)), **options)
    assert program is not None
    return program


class Setup:
    """A chip without noise on which neurons rest at 90 to 170 and are reset to 50, in CADC codes."""

    def __init__(self, graph: Graph, program: PPUProgram) -> None:
        self.program = program
        self.experiment = experiment(
            None, noise=False, leak=np.linspace(90, 170, 512).round(), threshold=None, reset=50, tau_mem=10.0
        )
        self.config = configure(graph, INSTANCE, self.experiment.config)
        program.apply(self.config)
        builder, _ = stadls.SystemInit().generate()
        builder.write(halco.ChipOnDLS(), self.config)
        for coordinate, contents in program.dram_writes():
            builder.write(coordinate, contents)
        self.run(builder)
        self.experiment.run(200)  # the membranes come to rest

    def run(self, builder: stadls.PlaybackProgramBuilder) -> np.ndarray:
        """Execute; gives the answers to Omnibus reads as those of a batch with one entry."""
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        program = builder.done()
        stadls.run(self.experiment.connection, program)
        return program.omnibus_answers["data"][None]

    def start(self) -> None:
        builder = stadls.PlaybackProgramBuilder()
        self.program.start(builder)
        self.run(builder)

    def stop(self) -> None:
        builder = stadls.PlaybackProgramBuilder()
        self.program.stop(builder)
        self.run(builder)

    def memories(self) -> tuple[np.ndarray, np.ndarray]:
        """Words of both internal memories, (2, 4096), and of the external SRAM, (32768,)."""
        builder = stadls.PlaybackProgramBuilder()
        internal = [builder.read(place) for place in halco.iter_all(halco.PPUMemoryOnDLS)]
        external = builder.read(halco.ExternalPPUMemoryOnFPGA())
        self.run(builder)
        return np.stack([ticket.get()._words for ticket in internal]), external.get()._words.copy()

    def weights(self) -> np.ndarray:
        """Weights of all synapses, (2, 256, 256)."""
        builder = stadls.PlaybackProgramBuilder()
        tickets = [builder.read(synram.toSynapseWeightMatrixOnDLS()) for synram in halco.iter_all(halco.SynramOnDLS)]
        self.run(builder)
        return np.stack([ticket.get().values.to_numpy() for ticket in tickets])

    def restore(self) -> int:
        """Write the configuration again as far as the program may have changed it; gives the number of words."""
        left: lola.Chip = self.config.copy()
        self.program.spoil(left)
        builder = stadls.PlaybackProgramBuilder()
        builder.write(halco.ChipOnDLS(), self.config, left)
        words = builder.size_to_fpga() // 2
        self.run(builder)
        return words


class Timeline:
    """A program with commands at given times."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.program = setup, setup.program
        self.builder = stadls.PlaybackProgramBuilder()
        self.builder.write(halco.TimerOnDLS(), haldls.Timer())

    def wait(self, time_us: float) -> Timeline:
        self.builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(time_us * US)))
        return self

    def run(self) -> np.ndarray:
        return self.setup.run(self.builder)
