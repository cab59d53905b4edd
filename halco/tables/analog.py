"""Analog parameters and readout: CapMem, CADC, MADC, readout multiplexers, switch rows."""

from __future__ import annotations

from ..declare import CONTAINER, IMPLICIT, grid, pair, ranged, singleton
from .hemisphere import HALVES, HEMISPHERE

# Cells without function, as (block, rows, column) in the order of UnusedCapMemCellOnDLS.
_UNUSED = [
    (1, [23], 128), (3, [23], 128), (2, range(21, 24), 128), (0, range(8), 129), (0, range(15, 23), 129),
    (1, range(23), 129), (2, range(23), 129), (3, range(23), 129),
]
UNUSED_CELLS = [3120 * block + 130 * row + column for block, rows, column in _UNUSED for row in rows]

TABLE = [
    # CapMem
    ranged("CapMemColumnOnCapMemBlock", 0, 129, IMPLICIT,
           "CapMem column; 0..127 belong to neurons, 128 and 129 hold shared cells", axis="x",
           isShared=lambda e: e > 127),
    ranged("CapMemBlockOnHemisphere", 0, 1, IMPLICIT, "left or right CapMem block of a hemisphere",
           names="left right"),
    ranged("CapMemBlockOnDLS", 0, 3, CONTAINER | IMPLICIT,
           "CapMem block (quadrant): 0 top-left, 1 top-right, 2 bottom-left, 3 bottom-right",
           make=("CapMemBlockOnHemisphere", "HemisphereOnDLS", lambda x, y: x + 2*y),
           toCapMemBlockOnHemisphere=lambda e: e % 2, toHemisphereOnDLS=lambda e: e // 2),
    ranged("CapMemBlockConfigOnDLS", 0, 3, CONTAINER | IMPLICIT, "controller config of a CapMem block",
           toCapMemBlockOnHemisphere=lambda e: e % 2, toHemisphereOnDLS=lambda e: e // 2),
    singleton("ReferenceGeneratorConfigOnDLS", CONTAINER, "reference current generator"),
    singleton("CapMemOnDLS", CONTAINER, "all CapMem cells of the chip"),
    ranged("CapMemSRAMTimingConfigOnDLS", 0, 3, CONTAINER | IMPLICIT, "SRAM timing of a CapMem block",
           toCapMemBlockOnHemisphere=lambda e: e % 2, toHemisphereOnDLS=lambda e: e // 2),
    ranged("CapMemRowOnCapMemBlock", 0, 23, IMPLICIT,
           "CapMem row = neuron parameter; rows 0..7 voltages, 8..23 currents", axis="y",
           names=(
               "v_leak v_reset v_threshold e_synin_exc_rev e_synin_inh_rev v_adapt_leak v_exp v_adapt_ref "
               "i_bias_leak i_bias_reset i_bias_synin_exc_tau i_bias_synin_exc_coba i_bias_synin_exc_shift "
               "i_bias_synin_exc_gm i_bias_synin_inh_tau i_bias_synin_inh_coba i_bias_synin_inh_shift "
               "i_bias_synin_inh_gm i_bias_adapt_tau i_bias_adapt_a i_bias_adapt_b i_bias_exp i_mem_offset "
               "i_bias_nmda"
           )),
    grid("CapMemCellOnCapMemBlock", "CapMemColumnOnCapMemBlock", "CapMemRowOnCapMemBlock", 0,
         "one CapMem cell in a block",
         names={
             "stp_v_charge_0": (128, 0), "stp_v_charge_1": (128, 1), "stp_v_recover_0": (128, 2),
             "stp_v_recover_1": (128, 3), "cadc_v_ramp_offset": (128, 4), "cadc_v_bias_ramp_buf": (128, 5),
             "neuron_v_bias_casc_n": (128, 7), "syn_i_bias_dac": (128, 8), "syn_i_bias_ramp": (128, 9),
             "syn_i_bias_store": (128, 10), "syn_i_bias_corout": (128, 11), "stp_i_bias_comparator": (128, 12),
             "stp_i_ramp": (128, 13), "stp_i_calib": (128, 14), "cadc_i_ramp_slope": (128, 15),
             "cadc_i_bias_comp": (128, 16), "cadc_i_bias_vreset_buf": (128, 17),
             "neuron_i_bias_readout_amp": (128, 18), "neuron_i_bias_leak_source_follower": (128, 19),
             "neuron_i_bias_spike_comparator": (128, 20), "neuron_i_bias_synin_drop": (129, 23),
         },
         isShared=lambda x: x > 127),
    pair("CapMemCellOnDLS", "CapMemBlockOnDLS", "CapMemCellOnCapMemBlock", "cell block=", CONTAINER,
         "one CapMem cell on the chip",
         names={
             "readout_sc_amp_v_ref": (0, (128, 6)), "readout_out_amp_i_bias_1": (0, (129, 8)),
             "readout_idac_i_bias": (0, (129, 9)), "readout_idac_i_bias_casc": (0, (129, 10)),
             "readout_iconv_i_bias_buffer": (0, (129, 11)), "readout_ac_mux_i_bias": (0, (129, 12)),
             "readout_madc_in_500na": (0, (129, 13)), "readout_sc_amp_i_bias": (0, (129, 14)),
             "readout_iconv_sc_amp_i_bias": (0, (128, 21)), "readout_pseudo_diff_buffer_bias": (0, (128, 22)),
             "readout_out_amp_i_bias_0": (0, (128, 23)), "readout_pseudo_diff_v_ref": (1, (128, 6)),
             "stp_ibias_readout_top": (1, (128, 21)), "hagen_ibias_dac_top": (1, (128, 22)),
             "readout_iconv_test_voltage": (2, (128, 6)), "readout_iconv_sc_amp_v_ref": (3, (128, 6)),
             "stp_ibias_readout_bottom": (3, (128, 21)), "hagen_ibias_dac_bottom": (3, (128, 22)),
         }),
    ranged("UnusedCapMemCellOnDLS", 0, 89, IMPLICIT, "index into the list of cells without function",
           toCapMemCellOnDLS=lambda e: UNUSED_CELLS[e]),
    # CADC
    ranged("CADCOnDLS", 0, 1, CONTAINER, "CADC of one hemisphere as a whole", names=HALVES, same=HEMISPHERE),
    ranged("CADCConfigOnDLS", 0, 1, CONTAINER, "digital CADC configuration of one hemisphere", names=HALVES,
           same=HEMISPHERE),
    ranged("CADCChannelType", 0, 1, 0, "which of the two CADC channels of a column", names="causal acausal"),
    ranged("CADCReadoutType", 0, 1, 0, "trigger a new conversion on read, or read the last buffered values",
           names="trigger_read buffered"),
    ranged("CADCChannelColumnOnSynram", 0, 255, 0,
           "CADC column inside a hemisphere, same index as the synapse column"),
    pair("CADCSampleRowOnDLS", "SynramOnDLS", "SynapseRowOnSynram", "block synram=", CONTAINER,
         "row-wise CADC readout, addressed like a synapse row",
         same="SynapseRowOnDLS SynapseWeightRowOnDLS SynapseLabelRowOnDLS SynapseCorrelationCalibRowOnDLS"),
    ranged("CADCOffsetSRAMTimingConfigOnDLS", 0, 3, CONTAINER | IMPLICIT,
           "SRAM timing of the CADC offset memory, one per quadrant"),
    singleton("CADCSamplesOnDLS", CONTAINER, "both CADC sample rows of both hemispheres"),
    pair("CADCSampleQuadOnDLS", "SynramOnDLS", "CADCSampleQuadOnSynram", "block synram", CONTAINER,
         "4 neighbouring CADC samples on the chip",
         toSynapseQuadOnDLS=lambda parent, local: parent*16384 + local % 16384,
         toSynapseWeightQuadOnDLS=lambda parent, local: parent*16384 + local % 16384,
         toSynapseLabelQuadOnDLS=lambda parent, local: parent*16384 + local % 16384,
         toSynapseCorrelationCalibQuadOnDLS=lambda parent, local: parent*16384 + local % 16384),
    pair("CADCChannelConfigOnSynram", "CADCChannelType", "CADCChannelColumnOnSynram", "quad cadc_channel_type", 0,
         "config (offset etc.) of one CADC channel in a hemisphere", toSynapseOnSynapseRow=lambda local: local),
    pair("CADCChannelConfigOnDLS", "SynramOnDLS", "CADCChannelConfigOnSynram", "block synram=", CONTAINER,
         "config of one CADC channel on the chip",
         toNeuronConfigBlockOnDLS=lambda parent, local: 2*parent + (local % 256)//128),
    pair("CADCSampleQuadUnspecifiedReadoutOnSynram", "CADCChannelType", "SynapseQuadOnSynram",
         "quad cadc_channel_type", 0, "quad of CADC samples with channel type, readout type open"),
    pair("CADCSampleQuadOnSynram", "CADCReadoutType", "CADCSampleQuadUnspecifiedReadoutOnSynram",
         "quad cadc_channel_type", 0, "quad of CADC samples in a hemisphere with channel and readout type",
         make=("SynapseQuadOnSynram", "CADCChannelType", "CADCReadoutType",
               lambda quad, cadc_channel_type, cadc_readout_type=0:
               32768*cadc_readout_type + 16384*cadc_channel_type + quad)),
    # MADC
    singleton("MADCControlOnDLS", CONTAINER, "MADC state machine control"),
    singleton("MADCConfigOnDLS", CONTAINER, "MADC configuration"),
    # Readout pads and multiplexers
    ranged("PadMultiplexerConfigOnDLS", 0, 1, CONTAINER | IMPLICIT, "multiplexer in front of an analog pad"),
    ranged("PadOnDLS", 0, 1, CONTAINER | IMPLICIT, "analog readout pad"),
    singleton("ReadoutSourceSelectionOnDLS", CONTAINER, "source selection of the MADC/readout"),
    ranged("SourceMultiplexerOnReadoutSourceSelection", 0, 1, IMPLICIT, "one of the two readout source multiplexers"),
    singleton("ReadoutChainOnDLS", CONTAINER, "complete analog readout chain"),
    # On-chip current DAC
    singleton("CurrentDACOnDLS", CONTAINER, "on-chip current DAC of the readout"),
    # Correlation and current switch rows
    ranged("ColumnCorrelationQuadOnSynram", 0, 63, IMPLICIT, "quad of correlation switches in a hemisphere", axis="x",
           same="SynapseQuadColumnOnDLS"),
    ranged("ColumnCurrentQuadOnSynram", 0, 63, IMPLICIT, "quad of column current switches in a hemisphere", axis="x",
           same="SynapseQuadColumnOnDLS"),
    pair("ColumnCorrelationQuadOnDLS", "SynramOnDLS", "ColumnCorrelationQuadOnSynram", "block synram=", CONTAINER,
         "quad of correlation switches on the chip"),
    pair("ColumnCurrentQuadOnDLS", "SynramOnDLS", "ColumnCurrentQuadOnSynram", "block synram=", CONTAINER,
         "quad of column current switches on the chip"),
    # Correlation sensors
    ranged("CommonCorrelationConfigOnDLS", 0, 1, CONTAINER | IMPLICIT, "correlation sensor timing of a hemisphere",
           names=HALVES, same=HEMISPHERE),
]
