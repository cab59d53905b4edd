"""Logical neurons: neuron circuits that are wired up to one neuron with one or many compartments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from halco import AtomicNeuronOnDLS, AtomicNeuronOnLogicalNeuron, CompartmentOnLogicalNeuron, LogicalNeuronOnDLS
from haldls.backend import Backend
from haldls.capmem import ANALOG
from haldls.composite import struct
from haldls.container import Container, Struct
from haldls.errors import AccessError
from haldls.field import unplaced
from lola.atomic_neuron import AtomicNeuron

CONNECTIONS = ("connect_soma", "connect_soma_right", "connect_right", "connect_vertical", "enable_conductance")
"""Switches of a neuron circuit that make up the morphology."""

_RIGHT = ("connect_right", "connect_soma_right")
"""Switches that a circuit has towards its right neighbour only."""

_COLUMNS = 128
_CIRCUITS = AtomicNeuronOnLogicalNeuron.size

# A record of the image: one word for the place, compartment * 256 + circuit, and the words of the circuit.
_RECORD = 1 + AtomicNeuron._size


class MCSafeAtomicNeuron(AtomicNeuron):
    """A neuron circuit of a logical neuron: the switches that make up the morphology are out of reach.

    They are there, though: two circuits that differ in them are not equal.

    Parameters
    ----------
    neuron : AtomicNeuron, optional
        Circuit to copy, with all its switches.
    """

    class Multicompartment(Struct):
        """Strength of the conductance between membrane and somatic line."""

        enable_conductance_division = unplaced(bool, doc="conductance / 4")
        enable_conductance_multiplication = unplaced(bool, doc="conductance * 4")
        i_bias_nmda = unplaced(ANALOG)

    multicompartment = struct(
        Multicompartment,
        enable_conductance_division="config.enable_divide_multicomp_conductance_bias",
        enable_conductance_multiplication="config.enable_multiply_multicomp_conductance_bias",
        i_bias_nmda="cells[i_bias_nmda]",
    )
    _structs = {**AtomicNeuron._structs, "multicompartment": multicompartment}

    def __init__(self, neuron: AtomicNeuron | None = None) -> None:
        super().__init__()
        if isinstance(neuron, AtomicNeuron):
            self._mem[:] = neuron._mem
        elif neuron is not None:
            raise TypeError(f"MCSafeAtomicNeuron() takes an AtomicNeuron, got {neuron!r}")

    @property
    def _switches(self) -> Any:
        """The multicompartment settings with all switches."""
        return AtomicNeuron._window(self._mem).multicompartment

    def asAtomicNeuron(self) -> AtomicNeuron:
        """The circuit as one of its own, with all its switches."""
        return AtomicNeuron._own(self._mem.tobytes())

    def set_from(self, config: Any) -> None:
        """Take over an analog or digital configuration, but for the switches of the morphology."""
        neuron = self.asAtomicNeuron()
        neuron.set_from(config)
        self._assign(neuron)

    def _assign(self, neuron: AtomicNeuron) -> None:
        """Copy everything but the switches of the morphology."""
        new = MCSafeAtomicNeuron(neuron)
        for name in CONNECTIONS:
            setattr(new._switches, name, getattr(self._switches, name))
        self._mem[:] = new._mem


MCSafeAtomicNeuron.multicompartment.place(MCSafeAtomicNeuron)


class LogicalNeuron(Container, coordinate=LogicalNeuronOnDLS, words=0, address=lambda e: e):
    """Neuron circuits and how they are connected. `lola.Morphology` makes them.

    Its registers are those of the circuits, 34 words each, compartment by compartment, in the order in which the
    compartment lists its circuits. It fits every placement of its shape, also a mirrored one: a switch between two
    neighbours is then written to the circuit that has become the left one. The registers do not tell whether they
    are mirrored, so a neuron that is read back has the shape that it has on the chip.

    Where in the relative grid the shape lies does not matter; neurons that differ in nothing else are equal.
    """

    def __init__(self, neuron: LogicalNeuron | None = None) -> None:
        if neuron is not None and not isinstance(neuron, LogicalNeuron):
            raise TypeError(f"LogicalNeuron() takes a LogicalNeuron, got {neuron!r}; see lola.Morphology")
        self._mem = memoryview(bytearray(b"" if neuron is None else neuron._mem.tobytes())).cast("I")

    @classmethod
    def _build(
        cls, compartments: Mapping[Any, Sequence[Any]], switches: Mapping[Any, AtomicNeuron.Multicompartment]
    ) -> LogicalNeuron:
        """Neuron with the given circuits (relative coordinates) and switches, everything else at its default."""
        circuits = [(int(key), circuit) for key in sorted(compartments) for circuit in compartments[key]]
        neurons = [AtomicNeuron() for _ in circuits]
        for neuron, (_, circuit) in zip(neurons, circuits, strict=True):
            neuron.multicompartment = switches[circuit]
        places = np.array(
            [(compartment, int(circuit.x()), int(circuit.y())) for compartment, circuit in circuits], dtype=np.int64
        )
        return cls._join(places.reshape(-1, 3), np.array([neuron._words for neuron in neurons], dtype=np.uint32))

    @classmethod
    def _join(cls, places: np.ndarray, images: np.ndarray) -> LogicalNeuron:
        """Neuron from (compartment, column, row) of each circuit, (n, 3), and the circuits' words, (n, 34)."""
        records = np.zeros((len(places), _RECORD), dtype=np.uint32)
        compartment, x, y = _to_origin(places).T
        records[:, 0] = compartment * _CIRCUITS + y * _COLUMNS + x
        records[:, 1:] = images.reshape(len(places), AtomicNeuron._size)
        return cls._own(records.tobytes())

    # -- circuits ----------------------------------------------------------------------------------------------

    def _records(self) -> np.ndarray:
        """The image, sharing its memory: (n, 35), the place first."""
        return self._words.reshape(-1, _RECORD)

    def _places(self) -> np.ndarray:
        """Compartment, column and row of each circuit, int64 (n, 3); the top left corner is (0, 0)."""
        place = self._records()[:, 0].astype(np.int64)
        return np.stack([place // _CIRCUITS, place % _COLUMNS, place % _CIRCUITS // _COLUMNS], axis=1)

    def _circuit(self, i: int) -> MCSafeAtomicNeuron:
        return MCSafeAtomicNeuron._window(self._mem[_RECORD * i + 1 : _RECORD * (i + 1)])

    def _by_compartment(self) -> Iterator[tuple[CompartmentOnLogicalNeuron, np.ndarray]]:
        numbers = self._places()[:, 0]
        for number in np.unique(numbers):
            yield CompartmentOnLogicalNeuron(int(number)), np.flatnonzero(numbers == number)

    @property
    def morphology(self) -> dict[CompartmentOnLogicalNeuron, list[MCSafeAtomicNeuron]]:
        """All circuits, by compartment; changing one changes the neuron."""
        return {key: [self._circuit(i) for i in members] for key, members in self._by_compartment()}

    def collapse_neuron(self) -> dict[CompartmentOnLogicalNeuron, list[AtomicNeuron]]:
        """Copies of all circuits, by compartment, as circuits of their own."""
        return {key: [self._circuit(i).asAtomicNeuron() for i in members] for key, members in self._by_compartment()}

    def placed(self, coordinate: LogicalNeuronOnDLS) -> dict[AtomicNeuronOnDLS, AtomicNeuron]:
        """Copies of all circuits as they are at a place on the chip, compartment by compartment.

        Raises
        ------
        AccessError
            The place has another shape.
        """
        images = self._encode(coordinate).reshape(-1, AtomicNeuron._size)
        circuits = coordinate.get_atomic_neurons()
        return {circuit: AtomicNeuron._own(image.tobytes()) for circuit, image in zip(circuits, images, strict=True)}

    def at(self, compartment: Any, index: int) -> MCSafeAtomicNeuron:
        """A circuit; changing it changes the neuron.

        Parameters
        ----------
        compartment : CompartmentOnLogicalNeuron or int
            Compartment of the circuit.
        index : int
            Position in the list of circuits of the compartment.

        Raises
        ------
        IndexError
            There is no such compartment, or it has no such circuit.
        """
        key = CompartmentOnLogicalNeuron.coerce(compartment)
        members = np.flatnonzero(self._places()[:, 0] == int(key))
        if not len(members):
            raise IndexError(f"LogicalNeuron has no {key!r}")
        if not 0 <= index < len(members):
            raise IndexError(f"LogicalNeuron: {key!r} has {len(members)} neuron circuits, got index {index}")
        return self._circuit(int(members[index]))

    def __getitem__(self, key: tuple[Any, int]) -> MCSafeAtomicNeuron:
        return self.at(*key)

    def __setitem__(self, key: tuple[Any, int], neuron: AtomicNeuron) -> None:
        if not isinstance(neuron, AtomicNeuron):
            raise TypeError(f"LogicalNeuron: a circuit is set to an MCSafeAtomicNeuron, got {neuron!r}")
        self.at(*key)._assign(neuron)

    def _members(self) -> list[tuple[str, Any]]:
        return [
            (f"{key!r}[{i}]", neuron) for key, neurons in self.morphology.items() for i, neuron in enumerate(neurons)
        ]

    def __repr__(self) -> str:
        lines = [f"\t{name}: {neuron!r}".replace("\n", "\n\t") + "\n" for name, neuron in self._members()]
        return "LogicalNeuron(" + ("\n" + "".join(lines) if lines else "") + ")"

    # -- registers ---------------------------------------------------------------------------------------------
    # The coordinate has no linear number: the hooks get the coordinate itself.

    @classmethod
    def _read_count(cls, number: Any) -> int:
        return AtomicNeuron._size * len(number.get_atomic_neurons())

    @classmethod
    def _write_addresses(cls, number: Any, backend: Backend) -> np.ndarray:
        circuits = np.array([circuit._e for circuit in number.get_atomic_neurons()], dtype=np.int64)
        return AtomicNeuron._addresses(circuits, backend).ravel()

    _read_addresses = _write_addresses

    def _encode(self, number: Any) -> np.ndarray:
        if self._flip(number):
            return self._mirrored()._records()[:, 1:].ravel()
        return self._records()[:, 1:].ravel()

    @classmethod
    def _decode(cls, number: Any, words: np.ndarray) -> LogicalNeuron:
        images = words.astype(np.uint32).reshape(-1, AtomicNeuron._size)
        AtomicNeuron._clean(images)
        AtomicNeuron._check(images)
        return cls._join(_placed(number), images)

    def _flip(self, coordinate: LogicalNeuronOnDLS) -> bool:
        """Whether a placement mirrors the shape left to right; AccessError if it is of another shape."""
        shape, placed = self._places(), _to_origin(_placed(coordinate))
        highest = shape.max(axis=0, initial=0)
        for flip_x, flip_y in product((False, True), repeat=2):
            expected = shape.copy()
            if flip_x:
                expected[:, 1] = highest[1] - expected[:, 1]
            if flip_y:
                expected[:, 2] = highest[2] - expected[:, 2]
            if np.array_equal(expected, placed):
                return flip_x
        raise AccessError(
            f"LogicalNeuron of the shape {_text(shape)} does not fit a LogicalNeuronOnDLS of the shape {_text(placed)}"
        )

    def _mirrored(self) -> LogicalNeuron:
        """Copy whose switches towards the right are those of the left neighbours, as if left and right were swapped.

        Rows and vertical connections need no care: both circuits of a column have the switch.
        """
        mirrored = self.copy()
        index = {(x, y): i for i, (_, x, y) in enumerate(self._places().tolist())}
        for (x, y), i in index.items():
            left = index.get((x - 1, y))
            for name in _RIGHT:
                connected = left is not None and getattr(self._circuit(left)._switches, name)
                setattr(mirrored._circuit(i)._switches, name, connected)
        return mirrored


def _placed(coordinate: LogicalNeuronOnDLS) -> np.ndarray:
    """Compartment, column and row of each circuit on the chip, int64 (n, 3)."""
    circuits = [
        (int(compartment), int(circuit.x()), int(circuit.y()))
        for compartment, members in coordinate.get_placed_compartments().items()
        for circuit in members
    ]
    return np.array(circuits, dtype=np.int64).reshape(-1, 3)


def _to_origin(places: np.ndarray) -> np.ndarray:
    """The shape with its top left corner at column 0, row 0."""
    if not len(places):
        return places
    return places - [0, *places[:, 1:].min(axis=0)]


def _text(shape: np.ndarray) -> str:
    """Shape as compartments with (column, row) of their circuits."""
    compartments: dict[int, list[tuple[int, int]]] = {}
    for compartment, x, y in shape.tolist():
        compartments.setdefault(compartment, []).append((x, y))
    return str(compartments)
