"""An execution instance while things are added to it: what there is, and which parts of the chip are taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    ExecutionInstanceID,
    PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance,
)
from grenade.network.network import Network
from grenade.network.population import AnyPopulation, Population
from grenade.network.projection import Projection
from grenade.network.recording import Source


class InvalidNetwork(RuntimeError):
    """Something that was to be added breaks a rule of networks."""


class UnknownDescriptor(InvalidNetwork, IndexError):
    """Something that was to be added refers to what was not added before."""


class Construction:
    """An execution instance while things are added to it.

    Parameters
    ----------
    id : ExecutionInstanceID
        Its number, for messages.

    Attributes
    ----------
    instance : Network.ExecutionInstance
        What was added so far.
    circuits_taken : dict
        Population and neuron of each circuit in use, by chip and number of the circuit.
    generators_taken : dict
        Population of each background generator in use, by chip, hemisphere and PADI bus.
    sources : dict
        Voltage that is read out at each circuit, and who reads it, by chip and number of the circuit.
    """

    def __init__(self, id: ExecutionInstanceID) -> None:
        self.id = id
        self.instance = Network.ExecutionInstance()
        self.circuits_taken: dict[tuple[Any, int], tuple[PopulationOnExecutionInstance, int]] = {}
        self.generators_taken: dict[tuple[Any, Any, Any], PopulationOnExecutionInstance] = {}
        self.sources: dict[tuple[Any, int], tuple[Source, str]] = {}
        self._circuits: dict[PopulationOnExecutionInstance, np.ndarray] = {}

    def name(self, kind: str, descriptor: Any) -> str:
        """Name of a population, projection or rule, for messages."""
        return f"{kind} {descriptor.__index__()} of execution instance {int(self.id)}"

    def population(self, who: str, descriptor: PopulationOnExecutionInstance) -> AnyPopulation:
        """A population that was added before.

        Parameters
        ----------
        who : str
            What refers to it, for the message.

        Raises
        ------
        UnknownDescriptor
            It was not added.
        """
        if descriptor not in self.instance.populations:
            raise UnknownDescriptor(f"{who}: {self.name('population', descriptor)} is unknown")
        return self.instance.populations[descriptor]

    def neurons(self, who: str, descriptor: PopulationOnExecutionInstance) -> Population:
        """A population on the chip that was added before.

        Raises
        ------
        UnknownDescriptor
            It was not added.
        InvalidNetwork
            It is a population of sources.
        """
        population = self.population(who, descriptor)
        if not isinstance(population, Population):
            kind = type(population).__name__
            raise InvalidNetwork(
                f"{who}: {self.name('population', descriptor)} is no population on the chip, but a {kind}"
            )
        return population

    def projection(self, who: str, descriptor: ProjectionOnExecutionInstance) -> Projection:
        """A projection that was added before.

        Raises
        ------
        UnknownDescriptor
            It was not added.
        """
        if descriptor not in self.instance.projections:
            raise UnknownDescriptor(f"{who}: {self.name('projection', descriptor)} is unknown")
        return self.instance.projections[descriptor]

    def circuits(self, descriptor: PopulationOnExecutionInstance) -> np.ndarray:
        """Circuits of a population on the chip, see `Population.circuits`."""
        if descriptor not in self._circuits:
            population = self.instance.populations[descriptor]
            assert isinstance(population, Population)
            self._circuits[descriptor] = population.circuits
        return self._circuits[descriptor]

    def place(self, who: str, coordinate: AtomicNeuronOnExecutionInstance) -> tuple[Any, int]:
        """Chip and number (0..511) of a circuit of a population.

        Raises
        ------
        UnknownDescriptor
            The population was not added.
        InvalidNetwork
            The population is not on the chip, or it has no such neuron, compartment or circuit.
        """
        population = self.neurons(who, coordinate.population)
        name = self.name("population", coordinate.population)
        number, compartment = coordinate.neuron_on_population, coordinate.compartment_on_neuron
        if number >= population.size:
            raise InvalidNetwork(f"{who}: neuron {number} is out of range of {name} of size {population.size}")
        placed = population.neurons[number].coordinate.placed_compartments
        if compartment not in placed:
            raise InvalidNetwork(f"{who}: neuron {number} of {name} has no compartment {compartment.value()}")
        circuit = coordinate.atomic_neuron_on_compartment
        if circuit >= len(placed[compartment]):
            raise InvalidNetwork(
                f"{who}: circuit {circuit} is out of range of compartment {compartment.value()} of neuron {number} "
                f"of {name}, which is made of {len(placed[compartment])}"
            )
        return population.chip_on_executor, placed[compartment][circuit].toEnum().value()

    def claim_sources(self, who: str, wanted: dict[tuple[Any, int], Source]) -> None:
        """Take note of the voltages that a recording or a rule reads.

        Raises
        ------
        InvalidNetwork
            Something else reads another voltage of the same circuit. Then none is noted.
        """
        for place, source in wanted.items():
            other, reader = self.sources.get(place, (source, who))
            if other != source:
                raise InvalidNetwork(
                    f"{who} reads {source.name} of {self.circuit_name(place)}, of which {reader} reads {other.name}"
                )
        for place, source in wanted.items():
            self.sources.setdefault(place, (source, who))

    def circuit_name(self, place: tuple[Any, int]) -> str:
        """Name of a circuit in use, for messages; `place` is its chip and number."""
        descriptor, neuron = self.circuits_taken[place]
        return f"neuron {neuron} of {self.name('population', descriptor)} (circuit {place[1]})"
