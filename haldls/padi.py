"""PADI buses: the events on their way to the synapse drivers."""

from __future__ import annotations

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import HARDWARE, NO_TARGET
from haldls.container import Container
from haldls.field import array, bits, field, flag

PADI = (0x110000, 0x118000)


class PADIEvent(Container, coordinate=halco.PADIEventOnDLS, words=1, read=0, address=lambda e: np.take(PADI, e)):
    """A write sends one event at once on all selected buses that do not listen to the crossbar.

    `hagen_address` and `hagen_activation` are views of `event_address`.
    """

    class HagenAddress(RangedInt, max=1):
        """0..1."""

    class HagenActivation(RangedInt, max=31):
        """0..31."""

    EventAddress = halco.SynapseLabel
    RowSelectAddress = halco.PADIRowSelectAddress

    fire_bus = array(
        bool, halco.PADIBusOnPADIBusBlock, bits(0, 0, 4),
        doc="buses of the half on which the event is sent",
    )
    event_address = field(halco.SynapseLabel, 0, 16, 6, doc="6-bit synapse label of the event")
    row_select_address = field(
        halco.PADIRowSelectAddress, 0, 22, 5,
        doc="row select address compared in the synapse drivers",
    )
    hagen_address = field(
        HagenAddress, 0, 21, 1,
        doc="synapse label MSB in hagen mode; setting keeps the other event_address bits",
    )
    hagen_activation = field(HagenActivation, 0, 16, 5, doc="5-bit activation in hagen mode; setting keeps bit 5")


class CommonPADIBusConfig(
    Container,
    coordinate=halco.CommonPADIBusConfigOnDLS,
    words=1,
    differential=True,
    unreadable_on=HARDWARE,
    address=lambda e: np.take(PADI, e) + 1,
):
    """Event source and pulse timing of the four PADI buses of a hemisphere."""

    class DacenPulseExtension(RangedInt, max=15):
        """0..15."""

    enable_spl1 = array(
        bool, halco.PADIBusOnPADIBusBlock, bits(0, 0, 4),
        doc="true: bus takes events from the crossbar; false: from the PADIEvent trigger register (exclusive)",
    )
    enable_extended_timing = array(
        bool, halco.PADIBusOnPADIBusBlock, bits(0, 4, 4),
        doc="slower bus timing so that STP can deplete fully; back-to-back events are then impossible",
    )
    dacen_pulse_extension = array(
        DacenPulseExtension, halco.PADIBusOnPADIBusBlock, bits(0, 16, 4, 4), width=4,
        doc="lengthens the synapse pulse (more charge per event); intended for neuron bypass mode",
    )


class CommonSTPConfig(
    Container,
    coordinate=halco.CommonSTPConfigOnDLS,
    words=1,
    differential=True,
    unreadable_on=NO_TARGET,
    address=lambda e: np.take(PADI, e) + 2,
):
    """Recovery clock of the short-term plasticity circuits of a hemisphere."""

    class RecoveryClockSpeed(RangedInt, max=15):
        """0..15."""

    recovery_clock_speed = field(
        RecoveryClockSpeed, 0, 0, 4,
        doc="divider setting of the STP recovery clock of the half (direction and formula not stated upstream)",
    )
    enable_recovery_clock = flag(0, 4, doc="run the STP recovery clock")
