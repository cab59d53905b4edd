"""Small networks on simulated chips, run as a user does it."""

from __future__ import annotations

from typing import Any

import numpy as np

import chipsim
import halco
import lola
from grenade.common import AtomicNeuronOnExecutionInstance, ChipOnConnection, ExecutionInstanceID
from grenade.network import (
    CADCRecording,
    ExternalSourcePopulation,
    MADCRecording,
    NetworkBuilder,
    PlasticityRule,
    Projection,
    Receptor,
)
from grenade.network.extract import extract_neuron_spikes
from grenade.network.graph import NetworkGraph, build_network_graph
from grenade.network.input_generator import InputGenerator
from grenade.network.routing import PortfolioRouter
from grenade.signal_flow import InputData, InputDataSnippet, OutputDataSnippet
from tests.grenade.network.routing.networks import point_neurons, table

INSTANCE, CHIP = ExecutionInstanceID(), ChipOnConnection()
EXCITATORY = Receptor(Receptor.ID(), Receptor.Type.excitatory)
US, MS = 125, 125_000


def external(size: int, recorded: bool = False) -> ExternalSourcePopulation:
    return ExternalSourcePopulation([ExternalSourcePopulation.Neuron(recorded) for _ in range(size)])


def projection(pre: Any, post: Any, connections: np.ndarray, receptor: Receptor = EXCITATORY) -> Projection:
    result = Projection(receptor, [], pre, post)
    result.from_numpy(receptor, connections, pre, post)
    return result


class FeedForward:
    """External sources, each on one neuron.

    Parameters
    ----------
    circuits : array_like of int
        The neurons' circuits.
    weights : int or array_like of int
        Weights of the connections.
    cadc, madc : sequences of int
        Neurons that are recorded.
    rules : sequence of PlasticityRule
        They get the projection unless they name others.
    """

    def __init__(
        self, circuits: Any = 4, weights: Any = 63, *, spikes: bool = True, cadc: Any = (), madc: Any = (),
        dram: bool = False, rules: Any = (), instance: int = 0,
    ) -> None:
        circuits = np.arange(circuits) if np.ndim(circuits) == 0 else np.asarray(circuits)
        self.size = len(circuits)
        self.instance = ExecutionInstanceID(instance)
        builder = NetworkBuilder()
        self.source = builder.add(external(self.size), self.instance)
        self.population = builder.add(point_neurons(circuits, spikes), self.instance)
        numbers = np.arange(self.size)
        self.projection = builder.add(
            projection(self.source, self.population, table(numbers, numbers, weights)), self.instance
        )
        for kind, chosen in ((CADCRecording, cadc), (MADCRecording, madc)):
            if len(chosen):
                neurons = [
                    kind.Neuron(AtomicNeuronOnExecutionInstance(self.population, int(number))) for number in chosen
                ]
                recording = kind(neurons)
                if kind is CADCRecording:
                    recording.placement_on_dram = dram
                builder.add(recording, self.instance)
        self.rules = []
        for rule in rules:
            if not rule.projections:
                rule.projections = [self.projection]
            self.rules.append(builder.add(rule, self.instance))
        network = builder.done()
        self.graph: NetworkGraph = build_network_graph(network, PortfolioRouter()(network))

    def inputs(self, trains: Any = (), batch: int = 1, runtime: Any = 10_000) -> InputDataSnippet:
        """Spike trains as for `InputGenerator.add`; runtime in cycles, or None."""
        generator = InputGenerator(self.graph, batch)
        if len(trains):
            generator.add(trains, self.source)
        snippet = generator.done()
        if runtime is not None:
            snippet.runtime = [{self.instance: int(each)} for each in np.broadcast_to(runtime, batch)]
        return snippet

    def spikes(self, snippet: OutputDataSnippet, entry: int = 0) -> list[list[float]]:
        """Spike times of the neurons, FPGA cycles."""
        return [np.rint(each * MS).tolist() for each in extract_neuron_spikes(snippet, self.graph)[entry].values()]

    def counts(self, snippet: OutputDataSnippet) -> np.ndarray:
        """Numbers of spikes, (batch, neurons)."""
        return np.array([[len(t) for t in entry.values()] for entry in extract_neuron_spikes(snippet, self.graph)])

    def chips(self, chip: lola.Chip) -> dict[Any, Any]:
        return {self.instance: {CHIP: chip}}


def connection(seed: int | None = 1, **options: Any) -> chipsim.SimConnection:
    return chipsim.SimConnection(chipsim.Chip(seed, **options))


def data(*snippets: InputDataSnippet) -> InputData:
    return InputData(list(snippets))


def plasticity_rule(
    kernel: str, recording: Any = None, timer: tuple[int, int, int] = (0, 100_000, 1)
) -> PlasticityRule:
    rule = PlasticityRule(kernel=kernel, timer=PlasticityRule.Timer(*timer))
    rule.recording = recording
    return rule


HALVES = list(halco.iter_all(halco.HemisphereOnDLS))
