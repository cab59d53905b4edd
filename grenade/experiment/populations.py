"""Records of populations: neurons as flat arrays."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

import halco
import haldls
from grenade.experiment.arrays import array
from grenade.experiment.record import Number, Pair, Record, chip, numbers
from grenade.network.population import (
    AnyPopulation,
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    Population,
    SpikeIOSourcePopulation,
)
from grenade.network.receptor import Receptor

_Neuron = Population.Neuron
_Compartment = _Neuron.Compartment
_SpikeMaster = _Compartment.SpikeMaster
_NO_MASTER, _NOT_DESCRIBED = -1, -2
"""In place of the circuit that emits the spikes: none does; the compartment has a place but no description."""


class NeuronsRecord(Record):
    """Neurons on the chip.

    Attributes
    ----------
    size : int
        Number of neurons.
    compartments : ndarray of int64, (c, 5)
        Neuron, compartment, number of circuits, circuit that emits the spikes (-1 for none, -2 for compartments that
        are not described), whether they are recorded; in order of the neurons.
    circuits : ndarray of int64, (m,)
        Numbers of the circuits on the chip (0..511), compartment by compartment.
    receptors : ndarray of int64, (r, 3)
        Index of the circuit in `circuits`, identifier and type of a receptor; sorted.
    chip : list of int
        Chip on connection, connection on executor.
    """

    kind: Literal["neurons"] = "neurons"
    size: Number
    compartments: array(np.int64, None, 5)  # type: ignore[valid-type]
    circuits: array(np.int64, None)  # type: ignore[valid-type]
    receptors: array(np.int64, None, 3)  # type: ignore[valid-type]
    chip: Pair

    @classmethod
    def of(cls, population: Population) -> NeuronsRecord:
        """Record of a population."""
        compartments: list[tuple[int, int, int, int, bool]] = []
        circuits: list[halco.AtomicNeuronOnDLS] = []
        receptors: list[tuple[int, int, int]] = []
        for number, neuron in enumerate(population.neurons):
            for key, placed in neuron.coordinate.get_placed_compartments().items():
                compartment = neuron.compartments.get(key)
                compartments.append((number, key.value(), len(placed), *_emits(compartment)))
                for index, of_circuit in enumerate(compartment.receptors if compartment else (), len(circuits)):
                    receptors += sorted((index, int(each.id), int(each.type)) for each in of_circuit)
                circuits += placed
        return cls(
            size=population.size,
            compartments=np.array(compartments, np.int64).reshape(-1, 5),
            circuits=np.array(halco.to_enums(circuits) if circuits else [], np.int64),
            receptors=np.array(receptors, np.int64).reshape(-1, 3),
            chip=numbers(population.chip_on_executor),
        )

    def population(self) -> Population:
        """The population.

        Raises
        ------
        ValueError
            The arrays do not fit each other, or describe circuits that cannot form neurons.
        """
        counts = self.compartments[:, 2]
        if (counts < 0).any() or counts.sum() != len(self.circuits):
            raise ValueError(f"compartments have {counts.sum()} circuits, but there are {len(self.circuits)}")
        if ((self.receptors[:, 0] < 0) | (self.receptors[:, 0] >= len(self.circuits))).any():
            raise ValueError(f"receptors name circuits beyond the {len(self.circuits)} that there are")
        if not ((self.compartments[:, 0] >= 0) & (self.compartments[:, 0] < self.size)).all():
            raise ValueError(f"compartments name neurons beyond the {self.size} that there are")
        sets: list[set[Receptor]] = [set() for _ in self.circuits]
        known: dict[tuple[int, int], Receptor] = {}
        for circuit, *receptor in self.receptors.tolist():
            id_, type_ = receptor
            if (id_, type_) not in known:
                known[id_, type_] = Receptor(Receptor.ID(id_), Receptor.Type(type_))
            sets[circuit].add(known[id_, type_])
        placed: list[dict[int, list[int]]] = [{} for _ in range(self.size)]
        compartments: list[dict[Any, _Compartment]] = [{} for _ in range(self.size)]
        first = 0
        for neuron, key, count, master, recorded in self.compartments.tolist():
            if key in placed[neuron]:
                raise ValueError(f"neuron {neuron} has compartment {key} twice")
            placed[neuron][key] = self.circuits[first : first + count].tolist()
            if master != _NOT_DESCRIBED:
                emits = None if master == _NO_MASTER else _SpikeMaster(master, bool(recorded))
                described = _Compartment(emits, sets[first : first + count])
                compartments[neuron][halco.CompartmentOnLogicalNeuron(key)] = described
            first += count
        neurons = [
            _Neuron(_coordinate(circuits), settings) for circuits, settings in zip(placed, compartments, strict=True)
        ]
        return Population(neurons, chip(self.chip))


def _emits(compartment: _Compartment | None) -> tuple[int, bool]:
    """The circuit that emits the spikes, and whether they are recorded."""
    if compartment is None:
        return _NOT_DESCRIBED, False
    master = compartment.spike_master
    return (_NO_MASTER, False) if master is None else (master.neuron_on_compartment, master.enable_record_spikes)


def _coordinate(compartments: dict[int, list[int]]) -> halco.LogicalNeuronOnDLS:
    """The neuron whose compartments have circuits with these numbers."""
    placed = np.fromiter(chain.from_iterable(compartments.values()), np.int64)
    if ((placed < 0) | (placed >= halco.AtomicNeuronOnDLS.size)).any():
        raise ValueError(f"neuron circuits have numbers from 0 to 511, got {placed.tolist()}")
    columns, rows = placed % 256, placed // 256
    left, top = (int(columns.min()), int(rows.min())) if len(placed) else (0, 0)
    if (columns - left >= halco.NeuronColumnOnLogicalNeuron.size).any():
        raise ValueError(f"neuron circuits {placed.tolist()} are too far from each other for one neuron")
    shape = {
        halco.CompartmentOnLogicalNeuron(key): [
            halco.AtomicNeuronOnLogicalNeuron(number % 256 - left, number // 256 - top) for number in circuits
        ]
        for key, circuits in compartments.items()
    }
    anchor = halco.AtomicNeuronOnDLS(left, top)
    return halco.LogicalNeuronOnDLS(halco.LogicalNeuronCompartments(shape), anchor)


class ExternalRecord(Record):
    """Sources whose spikes come from the host: which of them are recorded."""

    kind: Literal["external"] = "external"
    recorded: array(np.bool_, None)  # type: ignore[valid-type]
    chip: Pair

    @classmethod
    def of(cls, population: ExternalSourcePopulation) -> ExternalRecord:
        """Record of a population."""
        return cls(recorded=population.recorded, chip=numbers(population.chip_on_executor))

    def population(self) -> ExternalSourcePopulation:
        """The population."""
        neurons = [ExternalSourcePopulation.Neuron(recorded) for recorded in self.recorded.tolist()]
        return ExternalSourcePopulation(neurons, chip(self.chip))


class BackgroundRecord(Record):
    """Sources inside the chip's generators; `coordinate` are pairs of hemisphere and PADI bus."""

    kind: Literal["background"] = "background"
    recorded: array(np.bool_, None)  # type: ignore[valid-type]
    coordinate: list[Pair]
    period: Number
    rate: Number
    seed: Number
    enable_random: bool
    chip: Pair

    @classmethod
    def of(cls, population: BackgroundSourcePopulation) -> BackgroundRecord:
        """Record of a population."""
        config = population.config
        return cls(
            recorded=population.recorded,
            coordinate=sorted([int(key), int(bus)] for key, bus in population.coordinate.items()),
            period=int(config.period), rate=int(config.rate), seed=int(config.seed),
            enable_random=config.enable_random, chip=numbers(population.chip_on_executor),
        )

    def population(self) -> BackgroundSourcePopulation:
        """The population."""
        source = haldls.BackgroundSpikeSource
        coordinate = {halco.HemisphereOnDLS(key): halco.PADIBusOnPADIBusBlock(bus) for key, bus in self.coordinate}
        if len(coordinate) != len(self.coordinate):
            raise ValueError(f"a hemisphere is listed twice in {self.coordinate}")
        config = BackgroundSourcePopulation.Config(
            source.Period(self.period), source.Rate(self.rate), source.Seed(self.seed), self.enable_random
        )
        neurons = [BackgroundSourcePopulation.Neuron(recorded) for recorded in self.recorded.tolist()]
        return BackgroundSourcePopulation(neurons, coordinate, config, chip(self.chip))


class SpikeIORecord(Record):
    """Sources behind the serial interface: their addresses, and which are recorded."""

    kind: Literal["spikeio"] = "spikeio"
    recorded: array(np.bool_, None)  # type: ignore[valid-type]
    labels: array(np.int64, None)  # type: ignore[valid-type]
    data_rate_scaler: Number
    enable_internal_loopback: bool
    chip: Pair

    @classmethod
    def of(cls, population: SpikeIOSourcePopulation) -> SpikeIORecord:
        """Record of a population."""
        config = population.config
        return cls(
            recorded=population.recorded,
            labels=np.array([int(neuron.label) for neuron in population.neurons], np.int64),
            data_rate_scaler=int(config.data_rate_scaler),
            enable_internal_loopback=config.enable_internal_loopback,
            chip=numbers(population.chip_on_executor),
        )

    def population(self) -> SpikeIOSourcePopulation:
        """The population."""
        if len(self.labels) != len(self.recorded):
            raise ValueError(f"{len(self.labels)} labels for {len(self.recorded)} sources")
        neurons = [
            SpikeIOSourcePopulation.Neuron(halco.SpikeIOAddress(label), recorded)
            for label, recorded in zip(self.labels.tolist(), self.recorded.tolist(), strict=True)
        ]
        config = SpikeIOSourcePopulation.Config(
            haldls.SpikeIOConfig.DataRateScaler(self.data_rate_scaler), self.enable_internal_loopback
        )
        return SpikeIOSourcePopulation(neurons, config, chip(self.chip))


AnyPopulationRecord = Annotated[
    NeuronsRecord | ExternalRecord | BackgroundRecord | SpikeIORecord, Field(discriminator="kind")
]
"""Record of a population of any kind."""

_RECORDS: dict[type, Any] = {
    Population: NeuronsRecord,
    ExternalSourcePopulation: ExternalRecord,
    BackgroundSourcePopulation: BackgroundRecord,
    SpikeIOSourcePopulation: SpikeIORecord,
}


def record_of(population: AnyPopulation) -> Any:
    """Record of a population of any kind."""
    return _RECORDS[type(population)].of(population)
