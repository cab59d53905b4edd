"""Populations: neurons on the chip, and sources of events."""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

import halco
import haldls
from grenade.coercion import DESCRIPTION, Count, coerced, duplicate
from grenade.common import FIRST_CHIP, ChipOnExecutor, CompartmentIndex, EntityOnChip
from grenade.network.receptor import Receptor

Hemisphere = Annotated[halco.HemisphereOnDLS, coerced(halco.HemisphereOnDLS)]
_PADIBus = Annotated[halco.PADIBusOnPADIBusBlock, coerced(halco.PADIBusOnPADIBusBlock)]
_Generator = haldls.BackgroundSpikeSource
_SpikeIO = haldls.SpikeIOConfig


def _list_text(items: list[Any]) -> str:
    return repr(items) if len(items) <= 4 else f"<{len(items)} neurons>"


class _Described:
    """Representation and copies of a population. A population may have thousands of neurons."""

    neurons: list[Any]

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self.neurons)

    def __repr__(self) -> str:
        names = getattr(type(self), "__dataclass_fields__", ())
        values = (_list_text(self.neurons) if name == "neurons" else repr(getattr(self, name)) for name in names)
        return f"{type(self).__name__}({', '.join(f'{n}={v}' for n, v in zip(names, values, strict=True))})"


class _Sources(_Described):
    """A population of sources, each of which may be recorded."""

    @property
    def recorded(self) -> np.ndarray:
        """Whether the spikes of each source are recorded, bool, shape (size,)."""
        return np.fromiter((neuron.enable_record_spikes for neuron in self.neurons), bool, len(self.neurons))

    def copy(self) -> Self:
        """A population of its own, with equal neurons of its own; neurons that were one object still are."""
        copies = {id(neuron): duplicate(neuron) for neuron in self.neurons}
        return duplicate(self, neurons=[copies[id(neuron)] for neuron in self.neurons])


@dataclass(config=DESCRIPTION, repr=False)
class Population(_Described, EntityOnChip):
    """Neurons on the chip.

    Attributes
    ----------
    neurons : list of Population.Neuron
        The neurons with their places.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    @dataclass(config=DESCRIPTION)
    class Neuron:
        """A neuron.

        Attributes
        ----------
        coordinate : halco.LogicalNeuronOnDLS
            Which neuron circuits form which compartment.
        compartments : dict of halco.CompartmentOnLogicalNeuron to Population.Neuron.Compartment
            What the compartments do; one that is left out neither receives nor emits spikes.
        """

        @dataclass(config=DESCRIPTION)
        class Compartment:
            """A compartment.

            Attributes
            ----------
            spike_master : Population.Neuron.Compartment.SpikeMaster or None
                The circuit that emits the spikes; without one the compartment has no spikes.
            receptors : list of set of Receptor
                Receptors of each circuit of the compartment.
            """

            @dataclass(config=DESCRIPTION)
            class SpikeMaster:
                """Circuit of a compartment that emits its spikes, and whether they are recorded."""

                neuron_on_compartment: Count = 0
                enable_record_spikes: bool = False

            spike_master: SpikeMaster | None = None
            receptors: list[set[Receptor]] = Field(default_factory=list)

            def _copy(self) -> Population.Neuron.Compartment:
                master = None if self.spike_master is None else duplicate(self.spike_master)
                return duplicate(self, spike_master=master, receptors=[set(each) for each in self.receptors])

        coordinate: halco.LogicalNeuronOnDLS = Field(default_factory=halco.LogicalNeuronOnDLS)
        compartments: dict[CompartmentIndex, Compartment] = Field(default_factory=dict)

        def _copy(self, copies: dict[int, Population.Neuron.Compartment]) -> Population.Neuron:
            """A neuron of its own; compartments with a copy already get that."""
            for each in self.compartments.values():
                if id(each) not in copies:
                    copies[id(each)] = each._copy()
            return duplicate(self, compartments={key: copies[id(each)] for key, each in self.compartments.items()})

    neurons: list[Neuron] = Field(default_factory=list)
    chip_on_executor: ChipOnExecutor = FIRST_CHIP

    @property
    def circuits(self) -> np.ndarray:
        """All circuits, in order of neuron, compartment, circuit.

        Returns
        -------
        numpy.ndarray of int64, shape (m, 4)
            Neuron, compartment, circuit on the compartment, number of the circuit on the chip (0..511).
        """
        counts: list[tuple[int, int, int]] = []
        placed: list[halco.AtomicNeuronOnDLS] = []
        for number, neuron in enumerate(self.neurons):
            for compartment, circuits in neuron.coordinate.placed_compartments.items():
                counts.append((number, compartment.value(), len(circuits)))
                placed += circuits
        table = np.empty((len(placed), 4), np.int64)
        if not placed:
            return table
        neurons, compartments, sizes = np.array(counts, np.int64).T
        table[:, 0] = np.repeat(neurons, sizes)
        table[:, 1] = np.repeat(compartments, sizes)
        table[:, 2] = np.arange(len(placed)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        table[:, 3] = halco.to_enums(placed)
        return table

    def has_receptor(self, receptor: Receptor) -> np.ndarray:
        """Which circuits have a receptor, bool, shape (m,), in the order of `circuits`."""
        found: list[bool] = []
        for neuron in self.neurons:
            for compartment, placed in neuron.coordinate.placed_compartments.items():
                described = neuron.compartments.get(compartment)
                if described is None:
                    found += [False] * len(placed)
                else:
                    found += [receptor in receptors for receptors in described.receptors]
        return np.array(found, bool)

    @property
    def spike_masters(self) -> np.ndarray:
        """Circuits that emit the spikes of compartments; compartments without one are left out.

        Returns
        -------
        numpy.ndarray of int64, shape (k, 4)
            Neuron, compartment, number of the circuit on the chip (0..511), whether the spikes are recorded.
        """
        rows: list[tuple[int, int, int, bool]] = []
        circuits: list[halco.AtomicNeuronOnDLS] = []
        for number, neuron in enumerate(self.neurons):
            for compartment, placed in neuron.coordinate.placed_compartments.items():
                described = neuron.compartments.get(compartment)
                master = None if described is None else described.spike_master
                if master is not None:
                    circuits.append(placed[master.neuron_on_compartment])
                    rows.append((number, compartment.value(), 0, master.enable_record_spikes))
        table = np.array(rows, np.int64).reshape(-1, 4)
        if circuits:
            table[:, 2] = halco.to_enums(circuits)
        return table

    def copy(self) -> Population:
        """A population of its own, with equal neurons of its own; compartments that were one object still are."""
        copies: dict[int, Population.Neuron.Compartment] = {}
        return duplicate(self, neurons=[neuron._copy(copies) for neuron in self.neurons])


@dataclass(config=DESCRIPTION, repr=False)
class ExternalSourcePopulation(_Sources, EntityOnChip):
    """Sources whose spikes come from the host.

    Attributes
    ----------
    neurons : list of ExternalSourcePopulation.Neuron
        The sources.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    @dataclass(config=DESCRIPTION)
    class Neuron:
        """A source; `enable_record_spikes` makes its spikes part of the results."""

        enable_record_spikes: bool = False

    neurons: list[Neuron] = Field(default_factory=list)
    chip_on_executor: ChipOnExecutor = FIRST_CHIP


@dataclass(config=DESCRIPTION, repr=False)
class BackgroundSourcePopulation(_Sources, EntityOnChip):
    """Sources inside the chip's generators of events.

    Attributes
    ----------
    neurons : list of BackgroundSourcePopulation.Neuron
        The sources: one if the generator is regular, none or a power of two up to 256 if it is random.
    coordinate : dict of halco.HemisphereOnDLS to halco.PADIBusOnPADIBusBlock
        The generator used on each hemisphere.
    config : BackgroundSourcePopulation.Config
        Settings of the generators.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    @dataclass(config=DESCRIPTION)
    class Neuron:
        """A source; `enable_record_spikes` makes its spikes part of the results."""

        enable_record_spikes: bool = False

    @dataclass(config=DESCRIPTION)
    class Config:
        """Settings of the generators.

        Attributes
        ----------
        period : haldls.BackgroundSpikeSource.Period
            Interval (regular) or width of a bin (random), less one, in cycles of 4 ns.
        rate : haldls.BackgroundSpikeSource.Rate
            Probability of an event in a bin; random generators only.
        seed : haldls.BackgroundSpikeSource.Seed
            Start value of the random numbers.
        enable_random : bool
            Random rather than regular.
        """

        period: Annotated[_Generator.Period, coerced(_Generator.Period)] = _Generator.Period()
        rate: Annotated[_Generator.Rate, coerced(_Generator.Rate)] = _Generator.Rate()
        seed: Annotated[_Generator.Seed, coerced(_Generator.Seed)] = _Generator.Seed()
        enable_random: bool = False

    neurons: list[Neuron] = Field(default_factory=list)
    coordinate: dict[Hemisphere, _PADIBus] = Field(default_factory=dict)
    config: Config = Field(default_factory=Config)
    chip_on_executor: ChipOnExecutor = FIRST_CHIP

    def copy(self) -> BackgroundSourcePopulation:
        """A population of its own, with equal neurons and settings of its own."""
        neurons = [duplicate(neuron) for neuron in self.neurons]
        return duplicate(self, neurons=neurons, coordinate=dict(self.coordinate), config=duplicate(self.config))


@dataclass(config=DESCRIPTION, repr=False)
class SpikeIOSourcePopulation(_Sources, EntityOnChip):
    """Sources whose spikes arrive at the serial spike interface of the FPGA.

    Attributes
    ----------
    neurons : list of SpikeIOSourcePopulation.Neuron
        The sources.
    config : SpikeIOSourcePopulation.Config
        Settings of the interface, which all populations of an execution instance share.
    chip_on_executor : tuple of ChipOnConnection and ConnectionOnExecutor
        The chip.
    """

    @dataclass(config=DESCRIPTION)
    class Neuron:
        """A source with its serial address; `enable_record_spikes` makes its spikes part of the results."""

        label: Annotated[halco.SpikeIOAddress, coerced(halco.SpikeIOAddress)] = halco.SpikeIOAddress()
        enable_record_spikes: bool = False

    @dataclass(config=DESCRIPTION)
    class Config:
        """Settings of the interface.

        Attributes
        ----------
        data_rate_scaler : haldls.SpikeIOConfig.DataRateScaler
            Divider of the serial data rate.
        enable_internal_loopback : bool
            Connect the serial output to the input inside the FPGA.
        """

        data_rate_scaler: Annotated[_SpikeIO.DataRateScaler, coerced(_SpikeIO.DataRateScaler)] = (
            _SpikeIO.DataRateScaler()
        )
        enable_internal_loopback: bool = True

    neurons: list[Neuron] = Field(default_factory=list)
    config: Config = Field(default_factory=Config)
    chip_on_executor: ChipOnExecutor = FIRST_CHIP

    def copy(self) -> SpikeIOSourcePopulation:
        """A population of its own, with equal neurons and settings of its own."""
        return duplicate(self, neurons=[duplicate(neuron) for neuron in self.neurons], config=duplicate(self.config))


AnyPopulation = Population | ExternalSourcePopulation | BackgroundSourcePopulation | SpikeIOSourcePopulation
"""All kinds of populations."""
