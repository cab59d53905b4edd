"""Vertices of the event path: sources of events, crossbar nodes, PADI buses, and the way out of the chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from grenade.coercion import coerced
from grenade.signal_flow.types import ConnectionType, Port, PortRestriction
from grenade.signal_flow.vertices.data import DataInput
from grenade.signal_flow.vertices.neurons import NeuronEventOutputView
from grenade.signal_flow.vertices.transformation import Transformation
from grenade.signal_flow.vertices.vertex import VERTEX, ChipVertex, Vertex
from halco import (
    BackgroundSpikeSourceOnDLS,
    CrossbarNodeOnDLS,
    PADIBusOnDLS,
    SpikeIOInputRouteOnFPGA,
    SpikeIOOutputRouteOnFPGA,
)
from haldls import BackgroundSpikeSource as BackgroundSpikeSourceConfig
from haldls import CrossbarNode as CrossbarNodeConfig
from haldls import SpikeIOConfig, SpikeIOInputRoute, SpikeIOOutputRoute

_L2_INPUTS = range(8, 12)
_L2_OUTPUTS = range(8, 12)

_OWN = AfterValidator(copy)
"""Containers can be changed, vertices cannot: a vertex keeps a copy."""


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class CrossbarL2Input(ChipVertex):
    """Events from the FPGA at the crossbar inputs 8 to 11; two label bits choose among them."""

    variadic_input = True
    accepted = ("DataInput", "Transformation", "SpikeIOSourcePopulation")

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.TimedSpikeToChipSequence),)

    def output(self) -> Port:
        return Port(1, ConnectionType.CrossbarInputLabel)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        if isinstance(source, DataInput | Transformation | SpikeIOSourcePopulation):
            return None
        return f"a {type(source).__name__} is none"


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class BackgroundSpikeSource(ChipVertex):
    """A generator of events on the chip.

    Attributes
    ----------
    coordinate : halco.BackgroundSpikeSourceOnDLS
        Which one; crossbar input 12 and following.
    config : haldls.BackgroundSpikeSource
        Its settings.
    """

    coordinate: Annotated[BackgroundSpikeSourceOnDLS, coerced(BackgroundSpikeSourceOnDLS)]
    config: Annotated[BackgroundSpikeSourceConfig, _OWN] = Field(default_factory=BackgroundSpikeSourceConfig)

    def inputs(self) -> tuple[Port, ...]:
        return ()

    def output(self) -> Port:
        return Port(1, ConnectionType.CrossbarInputLabel)

    def has_ports_of(self, other: Vertex) -> bool:
        return isinstance(other, BackgroundSpikeSource) and (
            (other.coordinate, other.chip_on_executor) == (self.coordinate, self.chip_on_executor)
        )


def _table(coordinate: Any, container: Any) -> BeforeValidator:
    def convert(table: Any) -> Any:
        if not isinstance(table, Mapping):
            raise ValueError(f"expected a dict from {coordinate.__name__} to {container.__name__}, got {table!r}")
        try:
            return {coordinate.coerce(key): copy(value) for key, value in table.items()}
        except TypeError as error:
            raise ValueError(str(error)) from error

    return BeforeValidator(convert)


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class SpikeIOSourcePopulation(ChipVertex):
    """Events of the serial interface of the FPGA.

    Attributes
    ----------
    config : haldls.SpikeIOConfig
        Settings of the interface.
    input_routes : dict of halco.SpikeIOInputRouteOnFPGA to haldls.SpikeIOInputRoute
        Label of the chip for each serial address that comes in.
    output_routes : dict of halco.SpikeIOOutputRouteOnFPGA to haldls.SpikeIOOutputRoute
        Serial address for each label that leaves the chip.
    """

    config: Annotated[SpikeIOConfig, _OWN] = Field(default_factory=SpikeIOConfig)
    input_routes: Annotated[
        dict[SpikeIOInputRouteOnFPGA, SpikeIOInputRoute], _table(SpikeIOInputRouteOnFPGA, SpikeIOInputRoute)
    ] = Field(default_factory=dict)
    output_routes: Annotated[
        dict[SpikeIOOutputRouteOnFPGA, SpikeIOOutputRoute], _table(SpikeIOOutputRouteOnFPGA, SpikeIOOutputRoute)
    ] = Field(default_factory=dict)

    def inputs(self) -> tuple[Port, ...]:
        return ()

    def output(self) -> Port:
        return Port(1, ConnectionType.TimedSpikeToChipSequence)


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class CrossbarNode(ChipVertex):
    """A crossing of a crossbar input and an output, which lets events pass by their label.

    Attributes
    ----------
    coordinate : halco.CrossbarNodeOnDLS
        The crossing.
    config : haldls.CrossbarNode
        Mask and target of labels.
    """

    accepted = ("CrossbarL2Input", "BackgroundSpikeSource", "NeuronEventOutputView")

    coordinate: Annotated[CrossbarNodeOnDLS, coerced(CrossbarNodeOnDLS)]
    config: Annotated[CrossbarNodeConfig, _OWN] = Field(default_factory=CrossbarNodeConfig)

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.CrossbarInputLabel),)

    def output(self) -> Port:
        return Port(1, ConnectionType.CrossbarOutputLabel)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        wanted = int(self.coordinate.toCrossbarInputOnDLS())
        given: Sequence[int]
        if isinstance(source, CrossbarL2Input):
            given = _L2_INPUTS
        elif isinstance(source, BackgroundSpikeSource):
            given = [int(source.coordinate.toCrossbarInputOnDLS())]
        elif isinstance(source, NeuronEventOutputView):
            # Event output e of the neurons is crossbar input e.
            outputs = source.event_outputs()
            given = outputs if restriction is None else outputs[restriction.slice]
        else:
            return f"a {type(source).__name__} is none"
        if wanted in given:
            return None
        where = str(given[0]) if len(given) == 1 else f"{given[0]} to {given[-1]}"
        return f"the node is at crossbar input {wanted}, but the source is at input {where}"

    def has_ports_of(self, other: Vertex) -> bool:
        return isinstance(other, CrossbarNode) and (
            (other.coordinate, other.chip_on_executor) == (self.coordinate, self.chip_on_executor)
        )


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class PADIBus(ChipVertex):
    """A bus from the crossbar to 32 synapse drivers.

    Attributes
    ----------
    coordinate : halco.PADIBusOnDLS
        The bus.
    """

    variadic_input = True
    accepted = ("CrossbarNode",)

    coordinate: Annotated[PADIBusOnDLS, coerced(PADIBusOnDLS)]

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.CrossbarOutputLabel),)

    def output(self) -> Port:
        return Port(1, ConnectionType.SynapseDriverInputLabel)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        if not isinstance(source, CrossbarNode):
            return f"a {type(source).__name__} is none"
        wanted = int(self.coordinate.toCrossbarOutputOnDLS())
        output = int(source.coordinate.toCrossbarOutputOnDLS())
        return None if output == wanted else f"the bus is crossbar output {wanted}, but the node has output {output}"


@dataclass(config=VERTEX, frozen=True, eq=False, repr=False)
class CrossbarL2Output(ChipVertex):
    """Events that leave the chip through the crossbar outputs 8 to 11."""

    variadic_input = True
    accepted = ("CrossbarNode",)

    def inputs(self) -> tuple[Port, ...]:
        return (Port(1, ConnectionType.CrossbarOutputLabel),)

    def output(self) -> Port:
        return Port(1, ConnectionType.TimedSpikeFromChipSequence)

    def refuses(self, source: Vertex, restriction: PortRestriction | None, index: int) -> str | None:
        if not isinstance(source, CrossbarNode):
            return f"a {type(source).__name__} is none"
        output = int(source.coordinate.toCrossbarOutputOnDLS())
        return None if output in _L2_OUTPUTS else f"outputs to the FPGA are 8 to 11, but the node has output {output}"
