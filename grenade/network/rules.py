"""Rules for populations and projections, checked when they are added to a network."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from grenade.common import COMPARTMENTS, PopulationOnExecutionInstance
from grenade.network.construction import Construction, InvalidNetwork
from grenade.network.population import (
    AnyPopulation,
    BackgroundSourcePopulation,
    Population,
    SpikeIOSourcePopulation,
)
from grenade.network.projection import InterExecutionInstanceProjection, Projection

_MAX_RANDOM_SOURCES = 256
"""A random generator sets eight bits of the label at random."""


class InvalidPopulation(InvalidNetwork):
    """A population breaks a rule."""


class InvalidProjection(InvalidNetwork):
    """A projection breaks a rule."""


def check_population(construction: Construction, name: str, population: Population) -> dict[tuple[Any, int], int]:
    """Check neurons on the chip.

    Returns
    -------
    dict of tuple of chip and int to int
        Neuron of each circuit, by chip and number of the circuit.

    Raises
    ------
    InvalidPopulation
        A compartment that is not in the coordinate, a wrong spike master, a wrong number of sets of receptors, or a
        circuit that is used twice.
    """
    for number, neuron in enumerate(population.neurons):
        placed = neuron.coordinate.placed_compartments
        for compartment, described in neuron.compartments.items():
            where = f"{name}, neuron {number}, compartment {compartment.value()}"
            if compartment not in placed:
                raise InvalidPopulation(f"{where}: its coordinate has no such compartment")
            size = len(placed[compartment])
            if len(described.receptors) != size:
                raise InvalidPopulation(
                    f"{where}: expected one set of receptors for each circuit, {size} in all, got "
                    f"{len(described.receptors)}"
                )
            master = described.spike_master
            if master is not None and master.neuron_on_compartment >= size:
                raise InvalidPopulation(
                    f"{where}: spike master is circuit {master.neuron_on_compartment}, expected 0 to {size - 1}"
                )
    return _check_circuits(construction, name, population)


def _check_circuits(construction: Construction, name: str, population: Population) -> dict[tuple[Any, int], int]:
    own: dict[tuple[Any, int], int] = {}
    for neuron, circuit in population.circuits[:, [0, 3]].tolist():
        place = population.chip_on_executor, circuit
        if place in own:
            raise InvalidPopulation(f"{name}: neurons {own[place]} and {neuron} both use circuit {circuit}")
        if place in construction.circuits_taken:
            other, other_neuron = construction.circuits_taken[place]
            raise InvalidPopulation(
                f"{name}: neuron {neuron} uses circuit {circuit}, which neuron {other_neuron} of "
                f"{construction.name('population', other)} uses already"
            )
        own[place] = neuron
    return own


def check_background(construction: Construction, name: str, population: BackgroundSourcePopulation) -> None:
    """Check sources inside the chip's generators.

    Raises
    ------
    InvalidPopulation
        A wrong number of sources, or a generator that another population uses.
    """
    size = population.size
    if not population.config.enable_random and size != 1:
        raise InvalidPopulation(f"{name}: a regular background generator has 1 source, got {size}")
    if population.config.enable_random and (size & (size - 1) or size > _MAX_RANDOM_SOURCES):
        raise InvalidPopulation(
            f"{name}: a random background generator has no source or a power of two up to {_MAX_RANDOM_SOURCES}, "
            f"got {size}"
        )
    for hemisphere, bus in population.coordinate.items():
        other = construction.generators_taken.get((population.chip_on_executor, hemisphere, bus))
        if other is not None:
            raise InvalidPopulation(
                f"{name}: the background generator of PADI bus {bus.value()} on hemisphere {hemisphere.value()} is "
                f"used by {construction.name('population', other)} already"
            )


def check_spikeio(construction: Construction, name: str, population: SpikeIOSourcePopulation) -> None:
    """Check sources at the serial spike interface.

    Raises
    ------
    InvalidPopulation
        Another data rate than that of the populations before.
    """
    for other, before in construction.instance.populations.items():
        if not isinstance(before, SpikeIOSourcePopulation):
            continue
        rate, expected = population.config.data_rate_scaler, before.config.data_rate_scaler
        if rate != expected:
            raise InvalidPopulation(
                f"{name}: data_rate_scaler is {rate.value()}, but {expected.value()} in "
                f"{construction.name('population', other)}"
            )


def check_projection(construction: Construction, name: str, projection: Projection) -> None:
    """Check connections between two populations.

    Raises
    ------
    UnknownDescriptor
        A population that was not added.
    InvalidNetwork
        The receiving population is not on the chip.
    InvalidProjection
        An endpoint that does not exist, a negative weight, a receiving compartment without the receptor, a connection
        given twice, or a background source without generator on the hemisphere of the receiving circuits.
    """
    pre = construction.population(name, projection.population_pre)
    post = construction.neurons(name, projection.population_post)
    sender = endpoints(construction, name, "pre", projection.population_pre, pre, projection.table[:, 0:2])
    receiver = endpoints(construction, name, "post", projection.population_post, post, projection.table[:, 2:4])
    check_not_negative(name, projection)
    _check_circuits_reached(construction, name, projection, pre, post, receiver)
    _check_duplicates(name, projection, sender, receiver)


def endpoints(
    construction: Construction, name: str, side: str, descriptor: PopulationOnExecutionInstance,
    population: AnyPopulation, indices: np.ndarray,
) -> np.ndarray:
    """Check one side of all connections.

    Parameters
    ----------
    name, side : str
        Projection and side (pre or post), for the message.
    indices : numpy.ndarray of int64, shape (n, 2)
        Neuron and compartment of each connection.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Neuron and compartment as one number.

    Raises
    ------
    InvalidProjection
        The population has no such neuron, or the neuron no such compartment.
    """
    neurons, compartments = indices[:, 0], indices[:, 1]
    where = construction.name("population", descriptor)
    wrong = (neurons < 0) | (neurons >= population.size)
    if wrong.any():
        first = int(wrong.argmax())
        raise InvalidProjection(
            f"{name}, connection {first}: {side} neuron {neurons[first]} is out of range of {where} of size "
            f"{population.size}"
        )
    wrong = (compartments < 0) | (compartments >= COMPARTMENTS)
    numbers = neurons * COMPARTMENTS + np.where(wrong, 0, compartments)
    if isinstance(population, Population):
        exists = np.zeros(population.size * COMPARTMENTS, bool)
        circuits = construction.circuits(descriptor)
        exists[circuits[:, 0] * COMPARTMENTS + circuits[:, 1]] = True
        wrong |= ~exists[numbers]
    else:
        wrong |= compartments != 0
    if wrong.any():
        first = int(wrong.argmax())
        raise InvalidProjection(
            f"{name}, connection {first}: {side} neuron {neurons[first]} of {where} has no compartment "
            f"{compartments[first]}"
        )
    return numbers


def check_not_negative(name: str, projection: Projection | InterExecutionInstanceProjection) -> None:
    """Check weights or delays; elements check theirs, but nobody sees what is written to the table.

    Raises
    ------
    InvalidProjection
        A weight or delay below zero.
    """
    wrong = projection.table[:, 4] < 0
    if wrong.any():
        first = int(wrong.argmax())
        raise InvalidProjection(
            f"{name}, connection {first}: {projection.Connection._last} is {projection.table[first, 4]}, expected 0 or "
            "more"
        )


def _first_unreached(post: Population, circuits: np.ndarray, receiver: np.ndarray) -> int | None:
    """First connection to a compartment without any of the circuits; None if there is none."""
    reached = np.zeros(post.size * COMPARTMENTS, bool)
    reached[circuits[:, 0] * COMPARTMENTS + circuits[:, 1]] = True
    wrong = ~reached[receiver]
    return int(wrong.argmax()) if wrong.any() else None


def _check_circuits_reached(
    construction: Construction, name: str, projection: Projection, pre: AnyPopulation, post: Population,
    receiver: np.ndarray,
) -> None:
    circuits = construction.circuits(projection.population_post)
    circuits = circuits[post.has_receptor(projection.receptor)]
    first = _first_unreached(post, circuits, receiver)
    where = construction.name("population", projection.population_post)
    if first is not None:
        neuron, compartment = projection.table[first, 2:4]
        raise InvalidProjection(
            f"{name}, connection {first}: compartment {compartment} of neuron {neuron} of {where} has no circuit with "
            f"{projection.receptor}"
        )
    if not isinstance(pre, BackgroundSourcePopulation):
        return
    served = [hemisphere.value() for hemisphere in pre.coordinate]
    circuits = circuits[np.isin(circuits[:, 3] // halco.NeuronColumnOnDLS.size, served)]
    first = _first_unreached(post, circuits, receiver)
    if first is not None:
        neuron, compartment = projection.table[first, 2:4]
        raise InvalidProjection(
            f"{name}, connection {first}: {construction.name('population', projection.population_pre)} has no "
            f"background generator on a hemisphere where compartment {compartment} of neuron {neuron} of {where} has "
            f"a circuit with {projection.receptor}"
        )


def _check_duplicates(name: str, projection: Projection, sender: np.ndarray, receiver: np.ndarray) -> None:
    pairs = sender * (int(receiver.max(initial=0)) + 1) + receiver
    # Networks are mostly given in order, where comparing neighbours is enough.
    steps = np.diff(pairs)
    if (steps > 0).all():
        return
    order = np.argsort(pairs, kind="stable")
    again = np.diff(pairs[order]) == 0
    if again.any():
        first, second = sorted(order[again.argmax():][:2].tolist())
        raise InvalidProjection(
            f"{name}: connections {first} and {second} are both from neuron {projection.table[first, 0]}, compartment "
            f"{projection.table[first, 1]} to neuron {projection.table[first, 2]}, compartment "
            f"{projection.table[first, 3]}"
        )
