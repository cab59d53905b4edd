"""Events: labels, background sources, crossbar, routing tables of the FPGA."""

from __future__ import annotations

from ..declare import CONTAINER, IMPLICIT, base, grid, optional, ranged, singleton


def _node_exists(x: int, y: int) -> bool:
    """Neuron outputs reach three outputs each, layer-2 inputs nine, background sources two."""
    if y < 8:
        return x % 4 == y % 4
    if y < 12:
        return x < 8 or x == y
    return x == y - 12 or x == 8 + (y - 12) % 4


CROSSBAR_NODES = [(x, y) for y in range(20) for x in range(12) if _node_exists(x, y)]

TABLE = [
    # Event packs and labels
    singleton("SpikePack1ToChipOnDLS", CONTAINER, "packet with one event to the chip"),
    singleton("SpikePack2ToChipOnDLS", CONTAINER, "packet with two events to the chip"),
    singleton("SpikePack3ToChipOnDLS", CONTAINER, "packet with three events to the chip"),
    ranged("SpikePackFromFPGAOnDLS", 1, 3, IMPLICIT, "number of events in a response packet"),
    ranged("MADCSamplePackFromFPGAOnDLS", 1, 3, IMPLICIT, "number of MADC samples in a response packet"),
    ranged("NeuronLabel", 0, 16383, IMPLICIT, "14-bit event address seen by the crossbar"),
    ranged("SPL1Address", 0, 3, IMPLICIT, "2-bit on-chip layer-2 channel", same="CrossbarL2OutputOnDLS",
           toCrossbarInputOnDLS=lambda e: e + 8),
    ranged("SpikeLabel.PADILabel", 0, 1023, IMPLICIT, "label part seen by a PADI bus (nested in SpikeLabel)"),
    base("SpikeLabel", 16, 0, "16-bit event label with bit-field properties", same="SpikeIOOutputRouteOnFPGA",
         bit_fields={
             "spl1_address": ("SPL1Address", 14, 2),
             "neuron_label": ("NeuronLabel", 0, 14),
             "padi_label": ("SpikeLabel.PADILabel", 0, 10),
             "neuron_event_output": ("NeuronEventOutputOnDLS", 8, 3),
             "neuron_backend_address_out": ("NeuronBackendAddressOut", 0, 8),
             "row_select_address": ("PADIRowSelectAddress", 6, 5),
             "synapse_label": ("SynapseLabel", 0, 6),
         }),
    # Background sources
    ranged("BackgroundSpikeSourceOnDLS", 0, 7, CONTAINER | IMPLICIT,
           "background event generator; number = PADI bus it feeds", same="PADIBusOnDLS",
           toCrossbarInputOnDLS=lambda e: e + 12, toCrossbarL2OutputOnDLS=lambda e: e % 4),
    # Crossbar
    singleton("CrossbarOnDLS", CONTAINER, "all crossbar nodes"),
    singleton("CrossbarOutputConfigOnDLS", CONTAINER, "enables of all crossbar outputs"),
    ranged("CrossbarOutputOnDLS", 0, 11, CONTAINER | IMPLICIT,
           "crossbar output; 0..7 PADI buses, 8..11 towards layer 2", axis="x",
           toPADIBusOnDLS=optional(lambda e: e if e < 8 else None),
           toCrossbarL2OutputOnDLS=optional(lambda e: e - 8 if e >= 8 else None)),
    ranged("CrossbarL2OutputOnDLS", 0, 3, IMPLICIT, "crossbar output towards layer 2 (FPGA)",
           toCrossbarOutputOnDLS=lambda e: e + 8),
    ranged("CrossbarInputOnDLS", 0, 19, CONTAINER | IMPLICIT,
           "crossbar input; 0..7 neurons, 8..11 layer 2, 12..19 background sources", axis="y",
           toSPL1Address=optional(lambda e: e - 8 if 8 <= e < 12 else None),
           toNeuronEventOutputOnDLS=optional(lambda e: e if e < 8 else None)),
    grid("CrossbarNodeOnDLS", "CrossbarOutputOnDLS", "CrossbarInputOnDLS", CONTAINER,
         "existing crossing of an output column and an input row", nodes=CROSSBAR_NODES),
    # Routing tables of the FPGA
    singleton("OutputRoutingTableOnFPGA", CONTAINER | IMPLICIT,
              "table for events leaving the chip in a multi-chip set-up"),
    singleton("InputRoutingTableOnFPGA", CONTAINER | IMPLICIT,
              "table for events entering the chip in a multi-chip set-up"),
    # Entries of the routing tables
    ranged("OutputRoutingTableEntryOnFPGA", 0, 65535, CONTAINER | IMPLICIT, "table entry per 16-bit label",
           same="SpikeLabel"),
    ranged("InputRoutingTableEntryOnFPGA", 0, 32767, CONTAINER | IMPLICIT, "table entry per 15-bit link label"),
]
