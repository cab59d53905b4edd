"""Builder of logical neurons: which neuron circuits are connected, and how."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from halco import (
    AtomicNeuronOnLogicalNeuron,
    CompartmentOnLogicalNeuron,
    LogicalNeuronCompartments,
    NeuronColumnOnLogicalNeuron,
    NeuronRowOnLogicalNeuron,
)
from lola.atomic_neuron import AtomicNeuron
from lola.logical_neuron import CONNECTIONS, LogicalNeuron

Circuit = AtomicNeuronOnLogicalNeuron
Switches = AtomicNeuron.Multicompartment

_MEMBRANE, _LINE = 0, 1
"""The two nodes of a circuit: its membrane and its segment of the somatic line."""


class MorphologyError(RuntimeError):
    """Neuron circuits are connected in a way that gives no logical neuron."""


class Morphology:
    """Connects neuron circuits to compartments, and compartments to a logical neuron.

    Circuits sit on a grid of 2 rows and 128 columns. The membranes of a compartment are joined directly. Every circuit
    has a segment of the somatic line of its row beside it. Its membrane is connected to the segment directly or through
    a conductance, and the segment to the one on its right. Two compartments are coupled when they are on a common piece
    of the line, at least one of them through a conductance.

    Examples
    --------
    >>> morphology = Morphology()
    >>> soma = morphology.create_compartment([AtomicNeuronOnLogicalNeuron(0, 0)])
    >>> dendrite = morphology.create_compartment([AtomicNeuronOnLogicalNeuron(1, 0)])
    >>> morphology.connect_to_soma(AtomicNeuronOnLogicalNeuron(0, 0))
    >>> morphology.connect_resistor_to_soma(AtomicNeuronOnLogicalNeuron(1, 0))
    >>> morphology.connect_soma_line(0, 1, 0)
    >>> print(morphology)
            0   1
    line 0  +---+
            |   R
    row 0   N   N
    >>> compartments, neuron = morphology.done()
    """

    def __init__(self) -> None:
        self._switches: dict[Any, Any] = {}
        self._declared: list[list[Any]] = []

    # -- building ----------------------------------------------------------------------------------------------

    def create_compartment(self, coordinates: Iterable[Any]) -> CompartmentOnLogicalNeuron:
        """Join the membranes of adjacent circuits to a compartment.

        Parameters
        ----------
        coordinates : iterable of AtomicNeuronOnLogicalNeuron
            The circuits; their order is that of the circuits of the compartment in the logical neuron.

        Returns
        -------
        CompartmentOnLogicalNeuron
            Number of the compartment, 0 for the first one.

        Raises
        ------
        MorphologyError
            There is no circuit, one is in a compartment already, or they do not adjoin each other.
        """
        members = [Circuit.coerce(coordinate) for coordinate in coordinates]
        self._check_members(members)
        compartment = CompartmentOnLogicalNeuron(len(self._declared))
        for member in members:
            self._part(member)
        for member in members:
            if _right(member) in members:
                self._part(member).connect_right = True
            if _opposite(member) in members:
                self._part(member).connect_vertical = True
        self._declared.append(members)
        return compartment

    def _check_members(self, members: list[Any]) -> None:
        if not members:
            raise MorphologyError("a compartment has at least one neuron circuit, got none")
        for i, member in enumerate(members):
            if member in members[:i]:
                raise MorphologyError(f"{member!r} is listed twice")
            taken = self._declared_compartment(member)
            if taken is not None:
                raise MorphologyError(f"{member!r} is already part of {CompartmentOnLogicalNeuron(taken)!r}")
        nets = _Nets()
        for member in members:
            for neighbor in (_right(member), _opposite(member)):
                if neighbor in members:
                    nets.join(member, neighbor)
        apart = [member for member in members if not nets.joined(member, members[0])]
        if apart:
            raise MorphologyError(
                f"the neuron circuits of a compartment adjoin each other, but {_list(apart)} cannot be reached from "
                f"{members[0]!r}"
            )

    def connect_to_soma(self, coordinate: Any) -> None:
        """Connect a membrane to its segment of the somatic line directly.

        Raises
        ------
        MorphologyError
            It is connected through the conductance already.
        """
        circuit = Circuit.coerce(coordinate)
        if circuit in self._switches and self._switches[circuit].enable_conductance:
            raise MorphologyError(f"{circuit!r} is already connected to the somatic line through its conductance")
        self._part(circuit).connect_soma = True

    def connect_resistor_to_soma(self, coordinate: Any) -> None:
        """Connect a membrane to its segment of the somatic line through the conductance.

        Raises
        ------
        MorphologyError
            It is connected directly already.
        """
        circuit = Circuit.coerce(coordinate)
        if circuit in self._switches and self._switches[circuit].connect_soma:
            raise MorphologyError(f"{circuit!r} is already connected to the somatic line directly")
        self._part(circuit).enable_conductance = True

    def connect_soma_line(self, start_column: Any, end_column: Any, row: Any) -> None:
        """Join the segments of the somatic line from one column to another; all circuits there become members.

        Parameters
        ----------
        start_column, end_column : NeuronColumnOnLogicalNeuron or int
            First and last column that the line connects.
        row : NeuronRowOnLogicalNeuron or int
            Row of the line.

        Raises
        ------
        MorphologyError
            The first column is right of the last one.
        """
        start = NeuronColumnOnLogicalNeuron.coerce(start_column)
        end = NeuronColumnOnLogicalNeuron.coerce(end_column)
        y = NeuronRowOnLogicalNeuron.coerce(row)
        if start > end:
            raise MorphologyError(f"a somatic line goes from left to right, got {start!r} to {end!r}")
        for x in range(int(start), int(end)):
            self._part(Circuit(NeuronColumnOnLogicalNeuron(x), y)).connect_soma_right = True
        self._part(Circuit(end, y))

    def _part(self, circuit: Any) -> Any:
        """Switches of a circuit, which becomes part of the morphology."""
        return self._switches.setdefault(circuit, Switches())

    def __getitem__(self, coordinate: Any) -> AtomicNeuron.Multicompartment:
        """Switches of a circuit; changing them changes the morphology, `done` checks what comes of it.

        Raises
        ------
        IndexError
            The circuit is not part of the morphology.
        """
        circuit = Circuit.coerce(coordinate)
        if circuit not in self._switches:
            raise IndexError(f"{circuit!r} is not part of the morphology")
        return self._switches[circuit]

    # -- result ------------------------------------------------------------------------------------------------

    def done(self) -> tuple[LogicalNeuronCompartments, LogicalNeuron]:
        """Check the connections and make the logical neuron. The morphology stays as it is.

        Circuits outside the declared compartments make up further ones, numbered by row and column of their first
        circuit; so do circuits that only continue the somatic line, each on its own.

        Returns
        -------
        LogicalNeuronCompartments
            Shape, to be placed on the chip.
        LogicalNeuron
            Configuration of its circuits; everything but the switches at its default.

        Raises
        ------
        MorphologyError
            There are no circuits, a switch leads out of the morphology, a compartment is not what was declared, or
            compartments are not connected to the others.
        """
        if not self._switches:
            raise MorphologyError("the morphology has no neuron circuits")
        self._check_switches()
        compartments = self._compartments()
        self._check_connected(compartments)
        numbered = {CompartmentOnLogicalNeuron(i): members for i, members in enumerate(compartments)}
        return LogicalNeuronCompartments(numbered), LogicalNeuron._build(numbered, self._switches)

    def _check_switches(self) -> None:
        for circuit, switches in self._switches.items():
            for name in ("connect_right", "connect_soma_right"):
                if getattr(switches, name) and _right(circuit) not in self._switches:
                    raise MorphologyError(f"{name} of {circuit!r} leads to a neuron circuit outside the morphology")

    def _compartments(self) -> list[list[Any]]:
        """Circuits of all compartments, the declared ones first."""
        nets = self._nets(conductances=False)
        compartments = [list(members) for members in self._declared]
        for i, members in enumerate(self._declared):
            first = members[0]
            found = [c for c in sorted(self._switches) if nets.joined((c, _MEMBRANE), (first, _MEMBRANE))]
            foreign = [c for c in found if c not in members]
            if foreign:
                raise MorphologyError(
                    f"{CompartmentOnLogicalNeuron(i)!r} is connected without a conductance to "
                    f"{', '.join(map(self._described, foreign))}\n{self}"
                )
            if len(found) < len(members):
                missing = [c for c in members if c not in found]
                raise MorphologyError(f"{CompartmentOnLogicalNeuron(i)!r} has lost {_list(missing)}\n{self}")
        known = {circuit for members in self._declared for circuit in members}
        others: dict[Any, list[Any]] = {}
        for circuit in sorted(self._switches):
            if circuit not in known:
                others.setdefault(nets.root((circuit, _MEMBRANE)), []).append(circuit)
        return compartments + list(others.values())

    def _check_connected(self, compartments: list[list[Any]]) -> None:
        nets = self._nets(conductances=True)

        def node(members: list[Any]) -> tuple[Any, int]:
            # Of a circuit that only continues the line, it is the segment that has to be connected.
            return members[0], _LINE if _is_bridge(self._switches[members[0]]) else _MEMBRANE

        start = node(compartments[0])
        apart = [i for i, members in enumerate(compartments) if not nets.joined(node(members), start)]
        if apart:
            names = ", ".join(f"{CompartmentOnLogicalNeuron(i)!r} ({_list(compartments[i])})" for i in apart)
            raise MorphologyError(
                f"{names}: not connected to {CompartmentOnLogicalNeuron(0)!r} through the somatic line\n{self}"
            )

    def _nets(self, conductances: bool) -> _Nets:
        """What is connected through switches, and optionally through conductances."""
        nets = _Nets()
        for circuit, switches in self._switches.items():
            opposite = self._switches.get(_opposite(circuit))
            if switches.connect_right:
                nets.join((circuit, _MEMBRANE), (_right(circuit), _MEMBRANE))
            if switches.connect_vertical and opposite is not None and opposite.connect_vertical:
                nets.join((circuit, _MEMBRANE), (_opposite(circuit), _MEMBRANE))
            if switches.connect_soma or (conductances and switches.enable_conductance):
                nets.join((circuit, _MEMBRANE), (circuit, _LINE))
            if switches.connect_soma_right:
                nets.join((circuit, _LINE), (_right(circuit), _LINE))
        return nets

    def _declared_compartment(self, circuit: Any) -> int | None:
        return next((i for i, members in enumerate(self._declared) if circuit in members), None)

    def _described(self, circuit: Any) -> str:
        compartment = self._declared_compartment(circuit)
        where = "" if compartment is None else f" of {CompartmentOnLogicalNeuron(compartment)!r}"
        return f"{circuit!r}{where}"

    # -- looking -----------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        """Sketch: N circuit, | switch, R conductance, - connection to the right, + segment of the somatic line."""
        if not self._switches:
            return "Morphology()"
        columns = range(min(int(c.x()) for c in self._switches), max(int(c.x()) for c in self._switches) + 1)
        lines = [("", "".join(f"{x:<4}" for x in columns))]
        lines += [("line 0", self._line(columns, 0)), ("", self._soma(columns, 0))]
        lines += [("row 0", self._membranes(columns, 0)), ("", self._vertical(columns))]
        lines += [("row 1", self._membranes(columns, 1)), ("", self._soma(columns, 1))]
        lines += [("line 1", self._line(columns, 1))]
        return "\n".join(f"{name:<8}{line}".rstrip() for name, line in lines if line.strip())

    __repr__ = __str__

    def _row(self, columns: range, row: int) -> list[Any]:
        """Switches of the circuits of a row, None where there is no circuit."""
        return [self._switches.get(Circuit(NeuronColumnOnLogicalNeuron(x), NeuronRowOnLogicalNeuron(row)))
                for x in columns]

    def _line(self, columns: range, row: int) -> str:
        cells, continued = [], False
        for s in self._row(columns, row):
            used = continued or (s is not None and (s.connect_soma or s.enable_conductance or s.connect_soma_right))
            continued = s is not None and s.connect_soma_right
            cells.append(("+" if used else " ") + ("---" if continued else "   "))
        return "".join(cells)

    def _soma(self, columns: range, row: int) -> str:
        def sign(s: Any) -> str:
            return " " if s is None else "|" if s.connect_soma else "R" if s.enable_conductance else " "

        return "".join(f"{sign(s)}   " for s in self._row(columns, row))

    def _membranes(self, columns: range, row: int) -> str:
        cells = ["    " if s is None else "N---" if s.connect_right else "N   " for s in self._row(columns, row)]
        return "".join(cells)

    def _vertical(self, columns: range) -> str:
        pairs = zip(self._row(columns, 0), self._row(columns, 1), strict=True)
        return "".join("|   " if s and t and s.connect_vertical and t.connect_vertical else "    " for s, t in pairs)


class _Nets:
    """Nodes that are connected (disjoint sets)."""

    def __init__(self) -> None:
        self._parents: dict[Any, Any] = {}

    def root(self, node: Any) -> Any:
        """One node, the same for all that are connected."""
        while (parent := self._parents.get(node, node)) != node:
            self._parents[node] = self._parents.get(parent, parent)
            node = parent
        return node

    def join(self, a: Any, b: Any) -> None:
        self._parents[self.root(a)] = self.root(b)

    def joined(self, a: Any, b: Any) -> bool:
        return self.root(a) == self.root(b)


def _right(circuit: Any) -> Any:
    """Right neighbour, None in the last column."""
    if circuit.x() == NeuronColumnOnLogicalNeuron.max:
        return None
    return circuit.get_neighbor(Circuit.Direction.right)


def _opposite(circuit: Any) -> Any:
    return circuit.get_neighbor(Circuit.Direction.opposite_row)


def _is_bridge(switches: Any) -> bool:
    """Whether a circuit does nothing but continue the somatic line."""
    return [name for name in CONNECTIONS if getattr(switches, name)] == ["connect_soma_right"]


def _list(circuits: Iterable[Any]) -> str:
    return ", ".join(map(repr, circuits))
