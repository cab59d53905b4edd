"""The way of an event through the chip, walked by its settings: where it arrives, and why it goes no further elsewhere.

The walk follows settings, not dynamics: it does not know that an output is congested, or whether a membrane reaches its
threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import halco
import haldls
import lola
from chipsim import timing
from chipsim.analog import driver_die
from chipsim.cells import BLOCK_CELLS, read_block_cells, read_circuits, read_columns, read_halves
from chipsim.die import QUADRANT_OF_CIRCUIT, Array
from chipsim.switches import read_switches
from chipsim.synapse_driver import Mode, derive_drivers

if TYPE_CHECKING:
    from chipsim.board import Board

LABEL_BITS = 0x3FFF
HOST_INPUTS, BACKGROUND_INPUTS = 8, 12
"""First crossbar inputs of the host and of the background generators."""
HOST_OUTPUTS = 8
"""First crossbar output to the host."""
_HIGHEST_BIT = 0x20
"""What is left of a synapse label without address forwarding."""
_SIDES = ("top", "bottom")
_SIGNS = ("excitatory", "inhibitory")
_NEAR = (
    "labels of the synapses differ", "weight is 0", "switch from the column to the neuron is open",
    "the input of the neuron is off", "i_bias_gm of the input is 0", "neuron_i_bias_synin_drop is 0",
    "syn_i_bias_dac is 0",
)
"""What stops an event between a row and a neuron, in this order; a neuron with a bypass needs the first three only."""
_BYPASSED = 3

TARGET_TYPE = np.dtype([
    ("neuron", np.uint16), ("row", np.uint16), ("weight", np.uint8), ("excitatory", np.bool_), ("pulse_ns", np.float32),
])
"""A synapse that an event arrives at: numbers of neuron (`AtomicNeuronOnDLS`) and row (`SynapseRowOnDLS`), weight, sign
of the input, length of the pulse."""


@dataclass
class Hop:
    """A place on the way of an event; `passes` is False where the way ends because of what `text` says."""

    text: str
    passes: bool = True
    next: list[Hop] = field(default_factory=list)

    def lines(self, first: str = "", rest: str = "") -> Iterator[str]:
        """The hop and those behind it as a tree."""
        yield f"{first}{'' if self.passes else '✗ '}{self.text}"
        for i, hop in enumerate(self.next):
            last = i == len(self.next) - 1
            yield from hop.lines(rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))

    def stops(self) -> Iterator[str]:
        """Reasons of all ends."""
        if not self.passes:
            yield self.text
        for hop in self.next:
            yield from hop.stops()


@dataclass
class SpikePath:
    """The way of an event; `str` gives it as a tree with the reason of every end.

    Attributes
    ----------
    hop : Hop
        Where it begins.
    nodes : list of CrossbarNodeOnDLS
        Nodes that let it pass.
    outputs : list of CrossbarOutputOnDLS
        Outputs behind them.
    buses : list of PADIBusOnDLS
        Buses that take it.
    drivers : list of SynapseDriverOnDLS
        Drivers that accept it and make a pulse.
    targets : ndarray of TARGET_TYPE, (n,)
        Synapses whose charge reaches the input of a neuron.
    host_labels : list of int
        Labels (16 bits) that are recorded.
    """

    hop: Hop
    nodes: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    buses: list[Any] = field(default_factory=list)
    drivers: list[Any] = field(default_factory=list)
    targets: Array = field(default_factory=lambda: np.empty(0, dtype=TARGET_TYPE))
    host_labels: list[int] = field(default_factory=list)

    @property
    def neurons(self) -> list[Any]:
        """Neurons that the event arrives at, `AtomicNeuronOnDLS`."""
        return [halco.AtomicNeuronOnDLS(halco.Enum(n)) for n in np.unique(self.targets["neuron"]).tolist()]

    @property
    def stops(self) -> list[str]:
        """Reason of every end."""
        return list(self.hop.stops())

    def __str__(self) -> str:
        numbers = ranges(np.unique(self.targets["neuron"]).tolist()) or "none"
        labels = ", ".join(f"{label:#06x}" for label in self.host_labels) or "none"
        return "\n".join([*self.hop.lines(), f"neurons reached: {numbers}", f"labels recorded by the host: {labels}"])


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers as text, "0-3, 8"."""
    spans: list[list[int]] = []
    for n in numbers:
        if spans and spans[-1][1] == n - 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _neurons(numbers: Iterable[int]) -> str:
    listed = list(numbers)
    return f"neuron{'s' if len(listed) > 1 else ''} {ranges(listed)}"


def _drivers(numbers: Array) -> str:
    if len(numbers) > 8:
        return f"{'all' if len(numbers) == 32 else 'other'} {len(numbers)} drivers"
    return f"driver{'s' if len(numbers) > 1 else ''} {ranges(numbers.tolist())}"


class _Walk:
    """The settings of a chip, read when they are needed, and the path that is found."""

    def __init__(self, board: Board, begin: str) -> None:
        self.board, self.read = board, board.analog.read
        self.path = SpikePath(Hop(begin))
        self.recording = bool(read_columns(haldls.EventRecordingConfig, self.read).enable_event_recording[0])
        self.nodes = read_columns(haldls.CrossbarNode, self.read)
        self.node_of = {
            (int(node.toCrossbarInputOnDLS()), int(node.toCrossbarOutputOnDLS())): node
            for node in halco.iter_all(halco.CrossbarNodeOnDLS)
        }
        self.from_crossbar = read_columns(haldls.CommonPADIBusConfig, self.read).enable_spl1
        self.rows: list[Array] = []
        self.neurons = _Neurons(self)

    def fault(self) -> str:
        return self.board.link_fault()

    # -- crossbar --------------------------------------------------------------------------------------------------

    def passes(self, source: int, output: int, label: int) -> tuple[bool, str]:
        """Whether a node lets a label pass, and why."""
        number = int(self.node_of[source, output].toEnum().value())
        mask, target = int(self.nodes.mask[number]), int(self.nodes.target[number])
        equal = label & mask == target
        return equal, f"label {label:#06x} & mask {mask:#06x} {'=' if equal else '!='} target {target:#06x}"

    def crossbar(self, source: int, label: int) -> Hop:
        hop = Hop(f"crossbar input {source}: label {label:#06x}")
        for output in range(halco.CrossbarOutputOnDLS.size):
            if (source, output) not in self.node_of:
                continue
            equal, why = self.passes(source, output, label)
            node = Hop(f"crossbar node output {output} / input {source}: {why}", equal)
            hop.next.append(node)
            if equal:
                self.path.nodes.append(self.node_of[source, output])
                self.path.outputs.append(halco.CrossbarOutputOnDLS(output))
                node.next.append(self.to_host(output, label) if output >= HOST_OUTPUTS else
                                 self.bus(output, label >> 6 & 0x1F, label & 0x3F, True))
        return hop

    def to_host(self, output: int, label: int) -> Hop:
        l2 = output - HOST_OUTPUTS
        if not self.recording:
            return Hop(f"output {l2} to the host: event recording is off", False)
        if self.fault():
            return Hop(f"output {l2} to the host: {self.fault()}", False)
        self.path.host_labels.append(l2 << 14 | label)
        return Hop(f"output {l2} to the host: recorded with label {l2 << 14 | label:#06x}")

    # -- PADI buses and synapses -----------------------------------------------------------------------------------

    def bus(self, number: int, row_select: int, label: int, from_crossbar: bool) -> Hop:
        side, bus = divmod(number, 4)
        name = f"PADI bus {bus} {_SIDES[side]}"
        if bool(self.from_crossbar[side, bus]) != from_crossbar:
            return Hop(f"{name}: enable_spl1 is {'off' if from_crossbar else 'on'}", False)
        self.path.buses.append(halco.PADIBusOnDLS(halco.Enum(number)))
        hop = Hop(f"{name}: row select address {row_select}, synapse label {label}")
        p = self.drivers = derive_drivers(self.read, driver_die(self.board.analog.die))
        of_bus = 4 * np.arange(32) + bus
        masks = p.compare_mask[side, of_bus]
        match = (row_select & masks) == (np.arange(32) & masks)
        receives = p.receives[side, of_bus] > 0
        for driver in of_bus[receives & match].tolist():
            hop.next.append(self.driver(side, driver, label))
        for mask in np.unique(masks[receives & ~match]).tolist():
            own = of_bus[receives & ~match & (masks == mask)]
            hop.next.append(Hop(
                f"{_drivers(own)}: row select address {row_select} & mask {mask:#04x} != "
                f"{ranges(np.unique(own // 4 & mask).tolist())}", False,
            ))
        if not receives.all():
            hop.next.append(Hop(f"{_drivers(of_bus[~receives])}: enable_receiver is off", False))
        return hop

    def driver(self, side: int, driver: int, label: int) -> Hop:
        p, at = self.drivers, (side, driver)
        pulse = float(p.full[at])
        if p.mode[at] == Mode.STP:
            before = self.board.analog.modulations()[128 * side + driver]
            pulse = float(p.stp_pulse(before + p.utilization * (1 - before))[at])
        elif p.mode[at] == Mode.HAGEN:
            pulse = float(p.hagen_pulse(32 - (label & 0x1F))[at])
        if pulse <= 0:
            return Hop(f"driver {driver} {_SIDES[side]}: its pulse has no length", False)
        self.path.drivers.append(halco.SynapseDriverOnDLS(halco.Enum(128 * side + driver)))
        sent = label if p.forwards[at] else label & _HIGHEST_BIT
        only = "" if p.forwards[at] else f", only the highest bit of the label: {sent}"
        hop = Hop(f"driver {driver} {_SIDES[side]}: pulse of {pulse:.2f} ns{only}")
        for row, name in ((2 * driver, "bottom"), (2 * driver + 1, "top")):
            mode = int(p.row_modes[side, row])
            if not mode:
                hop.next.append(Hop(f"row {row} ({name}): row mode is disabled", False))
                continue
            signs = [sign for sign in range(2) if mode >> sign & 1]
            hop.next.append(Hop(f"row {row} ({name}): {' and '.join(_SIGNS[s] for s in signs)}", next=[
                end for sign in signs for end in self.row(side, row, sign, sent, pulse)
            ]))
        return hop

    def row(self, side: int, row: int, sign: int, label: int, pulse: float) -> Iterator[Hop]:
        """Neurons behind a row, those with the same fate together."""
        if not self.rows:
            matrix = read_columns(lola.SynapseMatrix, self.read)
            self.rows = [matrix.weights, matrix.labels]
        weights, labels = (values[side, row] for values in self.rows)
        causes = self.neurons.input_causes(side, sign)
        causes[1], causes[0] = weights == 0, labels != label
        reason = np.where(causes.any(axis=0), causes.argmax(axis=0), -1)
        first = 256 * side
        reached = np.flatnonzero(reason < 0)
        targets = np.empty(len(reached), dtype=TARGET_TYPE)
        targets["neuron"], targets["row"], targets["weight"] = first + reached, first + row, weights[reached]
        targets["excitatory"], targets["pulse_ns"] = sign == 0, pulse
        self.path.targets = np.concatenate([self.path.targets, targets])
        fates: dict[str, list[int]] = {}
        for column in reached.tolist():
            fate = f"{_SIGNS[sign]} weight {weights[column]}; {self.neurons.fate(first + column, sign)}"
            fates.setdefault(fate, []).append(first + column)
        for fate, members in fates.items():
            yield Hop(f"{_neurons(members)}: {fate}")
        for i, text in enumerate(_NEAR):
            stopped = np.flatnonzero(reason == i)
            if len(stopped):
                if i == 0:
                    text = f"{text} from {label}"
                yield Hop(f"{_neurons((first + stopped).tolist())}: {text}", False)


class _Neurons:
    """What lies between a synapse column and the crossbar input of a neuron."""

    def __init__(self, walk: _Walk) -> None:
        self.walk = walk
        self.settings, self.halves = read_circuits(walk.read), read_halves(walk.read)
        self.blocks = {
            name: codes[QUADRANT_OF_CIRCUIT] for name, codes in read_block_cells(BLOCK_CELLS, walk.read).items()
        }
        self.switches = read_switches(walk.read).current
        self.state = walk.board.analog.core.state()

    def input_causes(self, side: int, sign: int) -> Array:
        """Whether the reasons of `_NEAR` apply to the neurons of a row, (reasons, 256); the first two are left open."""
        own = slice(256 * side, 256 * side + 256)
        n = self.settings
        settings = (n.excitatory_input, n.inhibitory_input)[sign]
        routing = n.event_routing
        bypass = (routing.enable_bypass_excitatory, routing.enable_bypass_inhibitory)[sign][own]
        open_ = np.zeros(256, dtype=bool)
        causes = np.stack([
            open_, open_, ~self.switches[side, sign], ~settings.enable[own], settings.i_bias_gm[own] == 0,
            self.blocks["neuron_i_bias_synin_drop"][own] == 0, self.blocks["syn_i_bias_dac"][own] == 0,
        ])
        causes[_BYPASSED:] &= ~bypass
        return causes

    def obstacles(self, neuron: int) -> list[str]:
        """Why a neuron does not fire by its membrane."""
        n, half = self.settings, neuron % 256 // 128
        checks = (
            (self.halves.force_reset[half], "the back end holds it in reset (force_reset)"),
            (not self.halves.enable_clocks[half], "the clocks of its back end are off"),
            (not n.threshold.enable[neuron], "its threshold comparator is off"),
            (not n.event_routing.analog_output[neuron], "its analog output is off"),
            (self.blocks["neuron_i_bias_spike_comparator"][neuron] == 0, "neuron_i_bias_spike_comparator is 0"),
        )
        return [text for applies, text in checks if applies]

    def bypass(self, neuron: int, sign: int) -> bool:
        """Whether events of a sign go round the membrane."""
        routing = self.settings.event_routing
        return bool((routing.enable_bypass_excitatory, routing.enable_bypass_inhibitory)[sign][neuron])

    def source(self, neuron: int) -> tuple[int, int]:
        """Crossbar input and label of the spikes of a neuron."""
        coordinate = halco.AtomicNeuronOnDLS(halco.Enum(neuron))
        source = int(coordinate.toNeuronColumnOnDLS().toNeuronEventOutputOnDLS().toCrossbarInputOnDLS())
        return source, source << 8 | int(self.settings.event_routing.address[neuron])

    def fate(self, neuron: int, sign: int) -> str:
        """What becomes of a spike of a neuron, as far as it is the same for many."""
        if self.bypass(neuron, sign):
            begin = f"bypass, fires at once if both rows bring {timing.BYPASS_CHARGE}"
        elif obstacles := self.obstacles(neuron):
            return f"does not fire, {obstacles[0]}"
        else:
            begin = "refractory now" if self.state["refractory"][neuron] else "may fire"
        if not self.settings.event_routing.enable_digital[neuron]:
            return f"{begin}, sends nothing (enable_spike_out is off)"
        source, label = self.source(neuron)
        outputs = [o for (i, o) in self.walk.node_of if i == source and self.walk.passes(source, o, label)[0]]
        return f"{begin}, sends to crossbar outputs {ranges(sorted(outputs)) or 'none'}"


def trace_spike(board: Board, label: Any) -> SpikePath:
    """The way of a spike from the host, see `Chip.trace_spike`."""
    label = int(label)
    if not 0 <= label < 1 << 16:
        raise ValueError(f"the label of a spike is {label:#x}, expected 16 bits")
    spl1, neuron_label = label >> 14, label & LABEL_BITS
    walk = _Walk(board, f"spike {label:#06x} of the host: spl1 address {spl1}, neuron label {neuron_label:#06x}")
    walk.path.hop.next.append(
        Hop(f"link: {walk.fault()}", False) if walk.fault() else walk.crossbar(HOST_INPUTS + spl1, neuron_label)
    )
    return walk.path


def trace_neuron(board: Board, neuron: Any) -> SpikePath:
    """The way of a spike of a neuron, see `Chip.trace_neuron`."""
    number = neuron if isinstance(neuron, int) else int(neuron.toEnum().value())
    halco.AtomicNeuronOnDLS(halco.Enum(number))  # raises for numbers that no neuron has
    walk = _Walk(board, f"spike of neuron {number} (column {number % 256}, row {number // 256})")
    neurons, hop = walk.neurons, walk.path.hop
    if board.in_reset:
        hop.next.append(Hop(f"neuron: {walk.fault()}", False))
        return walk.path
    hop.next += [Hop(f"firing by the membrane: {text}", False) for text in neurons.obstacles(number)]
    if neurons.state["refractory"][number]:
        end = neurons.state["refractory_end"][number] - board.analog.core.now
        hop.next.append(Hop(f"firing by the membrane: refractory for another {0.004 * max(end, 0):.3f} us", False))
    for sign in range(2):
        if neurons.bypass(number, sign):
            hop.next.append(Hop(f"firing by {_SIGNS[sign]} events: bypass is on"))
    if not neurons.settings.event_routing.enable_digital[number]:
        hop.next.append(Hop("back end: enable_spike_out is off", False))
        return walk.path
    source, label = neurons.source(number)
    text = f"back end: event output {source}, address {label & 0xFF:#04x}"
    hop.next.append(Hop(text, next=[walk.crossbar(source, label)]))
    return walk.path


def trace_background(board: Board, source: Any, label: int | None = None) -> SpikePath:
    """The way of an event of a background generator, see `Chip.trace_background`."""
    number = int(source)
    coordinate = halco.BackgroundSpikeSourceOnDLS(number)
    walk = _Walk(board, f"event of background generator {number}")
    hop = walk.path.hop
    settings = read_columns(haldls.BackgroundSpikeSource, walk.read)
    if board.in_reset or not settings.enable[number]:
        hop.next.append(Hop(f"generator: {walk.fault() if board.in_reset else 'enable is off'}", False))
        return walk.path
    own, mask = int(settings.neuron_label[number]), int(settings.mask[number])
    random = bool(settings.enable_random[number])
    if random and not settings.rate[number]:
        hop.next.append(Hop("generator: rate is 0", False))
        return walk.path
    label = own if label is None else label
    if (label ^ own) & ~(mask if random else 0):
        raise ValueError(f"generator {number} sends label {own:#06x} with random bits {mask if random else 0:#04x}, "
                         f"never {label:#06x}")
    text = f"generator: label {own:#06x}" + (f", random bits {mask:#04x}; here {label:#06x}" if random else "")
    hop.next.append(Hop(text, next=[walk.crossbar(int(coordinate.toCrossbarInputOnDLS()), label)]))
    return walk.path


def trace_padi(board: Board, bus: Any, row_select: int, label: int) -> SpikePath:
    """The way of an event that is written to a PADI bus, see `Chip.trace_padi`."""
    row_select, label = int(row_select), int(label)
    if not (0 <= row_select < 32 and 0 <= label < 64):
        raise ValueError(f"row select address {row_select} and synapse label {label}, expected 5 and 6 bits")
    number = bus if isinstance(bus, int) else int(bus.toEnum().value())
    walk = _Walk(board, f"event for PADI bus {number % 4} {_SIDES[number // 4]}")
    walk.path.hop.next.append(
        Hop(f"link: {walk.fault()}", False) if walk.fault() else walk.bus(number, row_select, label, False)
    )
    return walk.path
