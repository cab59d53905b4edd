"""Rules for recordings, checked when they are added to a network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import halco
from grenade.network.construction import Construction, InvalidNetwork
from grenade.network.recording import CADCRecording, MADCRecording, NeuronRecording, PadRecording, Source

_MAX_MADC_NEURONS = 2
"""The readout chain of the fast converter has one input for even and one for odd columns."""


class InvalidRecording(InvalidNetwork):
    """A recording breaks a rule."""


def _places(
    construction: Construction, who: str, neurons: Iterable[NeuronRecording.Neuron]
) -> dict[tuple[Any, int], Source]:
    """Circuits of a recording with the voltages that are read, each circuit once."""
    places: dict[tuple[Any, int], Source] = {}
    for neuron in neurons:
        place = construction.place(who, neuron.coordinate)
        if place in places:
            coordinate = neuron.coordinate
            raise InvalidRecording(
                f"{who}: circuit {coordinate.atomic_neuron_on_compartment} of compartment "
                f"{coordinate.compartment_on_neuron.value()} of neuron {coordinate.neuron_on_population} of "
                f"{construction.name('population', coordinate.population)} is recorded twice"
            )
        places[place] = neuron.source
    return places


def _column(place: tuple[Any, int]) -> int:
    return place[1] % halco.NeuronColumnOnDLS.size


def _hemisphere(place: tuple[Any, int]) -> int:
    return place[1] // halco.NeuronColumnOnDLS.size


def check_madc(construction: Construction, who: str, recording: MADCRecording) -> dict[tuple[Any, int], Source]:
    """Check a fast recording.

    Returns
    -------
    dict of tuple of chip and int to Source
        Voltages that are read out.

    Raises
    ------
    InvalidRecording
        Not one or two circuits, one twice, or two in even or two in odd columns.
    """
    count = len(recording.neurons)
    if not 1 <= count <= _MAX_MADC_NEURONS:
        raise InvalidRecording(f"{who}: expected 1 or {_MAX_MADC_NEURONS} neurons, got {count}")
    places = _places(construction, who, recording.neurons)
    columns = [_column(place) for place in places]
    if count == _MAX_MADC_NEURONS and columns[0] % 2 == columns[1] % 2:
        parity = "odd" if columns[0] % 2 else "even"
        raise InvalidRecording(
            f"{who}: expected one circuit in an even and one in an odd column, got columns {columns[0]} and "
            f"{columns[1]}, both {parity}"
        )
    return places


def check_cadc(construction: Construction, who: str, recording: CADCRecording) -> dict[tuple[Any, int], Source]:
    """Check a slow recording.

    Returns
    -------
    dict of tuple of chip and int to Source
        Voltages that are read out.

    Raises
    ------
    InvalidRecording
        A circuit is recorded twice.
    """
    return _places(construction, who, recording.neurons)


def check_pad(construction: Construction, who: str, recording: PadRecording) -> dict[tuple[Any, int], Source]:
    """Check voltages on pads.

    Returns
    -------
    dict of tuple of chip and int to Source
        Voltages that are read out.

    Raises
    ------
    InvalidRecording
        Two circuits need the same line: an unbuffered one per hemisphere, a buffered one per hemisphere and parity of
        the column.
    InvalidNetwork
        Two pads show different voltages of a circuit.
    """
    lines: dict[tuple[Any, ...], halco.PadOnDLS] = {}
    places: dict[tuple[Any, int], Source] = {}
    for pad, source in recording.recordings.items():
        neuron = source.neuron
        place = construction.place(who, neuron.coordinate)
        hemisphere, parity = _hemisphere(place), _column(place) % 2
        line: tuple[Any, ...] = (place[0], hemisphere, parity) if source.enable_buffered else (place[0], hemisphere)
        if line in lines:
            kind = "buffered" if source.enable_buffered else "unbuffered"
            columns = f" and {'odd' if parity else 'even'} columns" if source.enable_buffered else ""
            raise InvalidRecording(
                f"{who}: pads {lines[line].value()} and {pad.value()} both need the {kind} line of hemisphere "
                f"{hemisphere}{columns}"
            )
        lines[line] = pad
        if places.setdefault(place, neuron.source) != neuron.source:
            raise InvalidRecording(
                f"{who}: pad {pad.value()} shows {neuron.source.name} of {construction.circuit_name(place)}, of which "
                f"another pad shows {places[place].name}"
            )
    return places
