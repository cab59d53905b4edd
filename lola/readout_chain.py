"""Readout chain: from the signals on the chip to the membrane ADC, the pads and the current source."""

from __future__ import annotations

import numpy as np

import halco
from haldls import CapMemCell, CurrentDAC, MADCConfig, PadMultiplexerConfig, ReadoutSourceSelection
from haldls.capmem import ANALOG
from haldls.composite import Composite, Part, children, struct, struct_array
from haldls.container import Struct
from haldls.field import unplaced, unplaced_array

_CELL = halco.CapMemCellOnDLS


def _cells(*names: str) -> tuple[np.ndarray, tuple[str, ...]]:
    return np.array([getattr(_CELL, name).toEnum().value() for name in names]), names


def _part(name: str, *cells: str) -> Part:
    numbers, names = _cells(*cells)
    return Part(name, CapMemCell, lambda e: e[:, None] + numbers, names=names)


_MUX = ReadoutSourceSelection.buffers


class ReadoutChain(
    Composite,
    coordinate=halco.ReadoutChainOnDLS,
    parts=[
        Part("selection", ReadoutSourceSelection, lambda e: e),
        _part(
            "madc_cells",
            "readout_out_amp_i_bias_0",
            "readout_out_amp_i_bias_1",
            "readout_ac_mux_i_bias",
            "readout_pseudo_diff_v_ref",
            "readout_pseudo_diff_buffer_bias",
            "readout_sc_amp_v_ref",
            "readout_sc_amp_i_bias",
            "readout_madc_in_500na",
        ),
        Part("pads", PadMultiplexerConfig, lambda e: e[:, None] + np.arange(2), count=2),
        _part(
            "smu_cells",
            "readout_iconv_sc_amp_v_ref",
            "readout_iconv_sc_amp_i_bias",
            "readout_iconv_test_voltage",
            "readout_iconv_i_bias_buffer",
        ),
        _part("idac_cells", "readout_idac_i_bias", "readout_idac_i_bias_casc"),
        Part("idac", CurrentDAC, lambda e: e),
        Part("config", MADCConfig, lambda e: e),
    ],
):
    """All settings of the analog readout."""

    class BufferToPadT(Struct):
        """Output buffer of a source multiplexer."""

        enable = unplaced(bool, doc="buffer on")
        amp_i_bias = unplaced(ANALOG, doc="bias of the buffer")

    class DynamicMux(Struct):
        """Multiplexer between the two source multiplexers, switched sample by sample."""

        InputSelectLength = MADCConfig.ActiveMuxInputSelectLength

        enable_amplifiers = unplaced(bool, default=True, doc="amplifiers on")
        initially_selected_input = unplaced(halco.SourceMultiplexerOnReadoutSourceSelection, doc="first input")
        input_select_length = unplaced(MADCConfig.ActiveMuxInputSelectLength, doc="samples per input; 0: no switching")
        i_bias = unplaced(ANALOG, default=500, doc="bias of the amplifiers")

    class PseudoDifferentialConverter(Struct):
        """Reference for pseudo-differential sampling."""

        enable_reference = unplaced_array(bool, halco.HemisphereOnDLS, doc="reference on")
        v_ref = unplaced(ANALOG, default=400, doc="reference voltage")
        buffer_bias = unplaced(ANALOG, doc="bias of its buffer")

    class MADCInputCrossbar(Struct):
        """Connections in front of the pre-amplifier."""

        connect_source_measure_unit = unplaced(bool, doc="current converter")
        connect_dynamic_mux = unplaced(bool, default=True, doc="dynamic multiplexer")
        connect_pad_mux = unplaced(bool, doc="pads")
        connect_madc_preamp = unplaced(bool, default=True, doc="pre-amplifier")

    class MADCPreamp(Struct):
        """Pre-amplifier of the MADC."""

        GainCapacitorSize = MADCConfig.PreampGainCapacitorSize
        SamplingWindowTiming = MADCConfig.SamplingWindowTiming

        gain_cap_size = unplaced(MADCConfig.PreampGainCapacitorSize, doc="gain capacitor")
        sampling_window_start = unplaced(MADCConfig.SamplingWindowTiming, default=3, doc="start of the window")
        sampling_window_end = unplaced(MADCConfig.SamplingWindowTiming, default=8, doc="end of the window")
        v_ref = unplaced(ANALOG, default=400, doc="reference voltage")
        i_bias = unplaced(ANALOG, default=500, doc="bias")

    class MADCDebugCrossbar(Struct):
        """Connections between pre-amplifier, converter and pads."""

        connect_preamp_to_madc = unplaced(bool, default=True, doc="pre-amplifier to converter")
        connect_pads_to_madc = unplaced(bool, doc="pads to converter")
        connect_preamp_to_pads = unplaced(bool, doc="pre-amplifier to pads")

    class MADC(Struct):
        """Converter."""

        SampleDurationAdjust = MADCConfig.SampleDurationAdjust
        SARResetWait = MADCConfig.SARResetWait
        SARResetLength = MADCConfig.SARResetLength
        PowerupWaitValue = MADCConfig.PowerupWaitValue
        ConversionCyclesOffset = MADCConfig.ConversionCyclesOffset
        CalibrationWaitValue = MADCConfig.CalibrationWaitValue
        NumberOfSamples = MADCConfig.NumberOfSamples
        ClockScaleValue = MADCConfig.MADCClockScaleValue

        sample_duration_adjust = unplaced(MADCConfig.SampleDurationAdjust)
        enable_sar_reset_on_fall = unplaced(bool)
        sar_reset_wait = unplaced(MADCConfig.SARResetWait)
        sar_reset_length = unplaced(MADCConfig.SARResetLength)
        powerup_wait_value = unplaced(MADCConfig.PowerupWaitValue)
        conversion_cycles_offset = unplaced(MADCConfig.ConversionCyclesOffset)
        enable_calibration = unplaced(bool)
        calibration_wait_value = unplaced(MADCConfig.CalibrationWaitValue)
        number_of_samples = unplaced(MADCConfig.NumberOfSamples)
        sample_on_positive_edge = unplaced(bool, default=True)
        enable_dummy_data = unplaced(bool)
        enable_madc_clock_scaling = unplaced(bool)
        clock_scale_value = unplaced(MADCConfig.MADCClockScaleValue)
        in_500na = unplaced(ANALOG, default=500, doc="500 nA reference")

    class SourceMeasureUnit(Struct):
        """Current converter."""

        SamplingWindowTiming = MADCConfig.SamplingWindowTiming

        sampling_window_start = unplaced(MADCConfig.SamplingWindowTiming, default=9)
        sampling_window_end = unplaced(MADCConfig.SamplingWindowTiming, default=14)
        connect_neuron_stimulus = unplaced_array(bool, halco.HemisphereOnDLS)
        connect_synapse_debug = unplaced_array(bool, halco.SynapticInputOnNeuron)
        test_voltage = unplaced(ANALOG, default=400)
        buffer_i_bias = unplaced(ANALOG)
        amp_v_ref = unplaced(ANALOG, default=400)
        amp_i_bias = unplaced(ANALOG)

    class CurrentDAC(Struct):
        """Current source."""

        Current = CurrentDAC.Current
        Sign = CurrentDAC.Sign

        enable_current = unplaced(bool)
        current = unplaced(CurrentDAC.Current)
        sign = unplaced(CurrentDAC.Sign)
        connect_neuron_stimulus = unplaced_array(bool, halco.HemisphereOnDLS)
        connect_synapse_debug = unplaced_array(bool, halco.SynapticInputOnNeuron)
        i_bias = unplaced(ANALOG)
        i_bias_casc = unplaced(ANALOG)

    AnalogValue = CapMemCell.Value
    AnalogDisableRefresh = CapMemCell.DisableRefresh

    # The source selection is the first part, so that its places are those of the chain.
    input_mux = struct_array(
        ReadoutSourceSelection.SourceMultiplexer,
        halco.SourceMultiplexerOnReadoutSourceSelection,
        **dict(zip(_MUX.struct._names, _MUX.positions, strict=True)),
    )
    buffer_to_pad = struct_array(
        BufferToPadT,
        halco.SourceMultiplexerOnReadoutSourceSelection,
        enable="selection.enable_buffer_to_pad[{i}]",
        amp_i_bias="madc_cells[readout_out_amp_i_bias_{i}]",
    )
    dynamic_mux = struct(
        DynamicMux,
        enable_amplifiers="config.enable_active_mux_amplifiers",
        initially_selected_input="config.active_mux_initially_selected_input",
        input_select_length="config.active_mux_input_select_length",
        i_bias="madc_cells[readout_ac_mux_i_bias]",
    )
    pseudo_diff_converter = struct(
        PseudoDifferentialConverter,
        enable_reference="config.enable_pseudo_differential_reference",
        v_ref="madc_cells[readout_pseudo_diff_v_ref]",
        buffer_bias="madc_cells[readout_pseudo_diff_buffer_bias]",
    )
    madc_input_crossbar = struct(
        MADCInputCrossbar,
        connect_source_measure_unit="config.signal_selection_connect_current_meter",
        connect_dynamic_mux="config.signal_selection_connect_active_mux",
        connect_pad_mux="config.signal_selection_connect_debug",
        connect_madc_preamp="config.signal_selection_connect_preamp",
    )
    madc_preamp = struct(
        MADCPreamp,
        gain_cap_size="config.preamp_gain_capacitor_size",
        sampling_window_start="config.preamp_sampling_window_start",
        sampling_window_end="config.preamp_sampling_window_end",
        v_ref="madc_cells[readout_sc_amp_v_ref]",
        i_bias="madc_cells[readout_sc_amp_i_bias]",
    )
    madc_debug_crossbar = struct(
        MADCDebugCrossbar, **{name: f"config.{name}" for name in MADCDebugCrossbar._names}
    )
    madc = struct(
        MADC,
        **{name: f"config.{name}" for name in MADC._names if name not in ("clock_scale_value", "in_500na")},
        clock_scale_value="config.madc_clock_scale_value",
        in_500na="madc_cells[readout_madc_in_500na]",
    )
    pad_mux = children("pads", halco.PadMultiplexerConfigOnDLS, "pad multiplexers")
    source_measure_unit = struct(
        SourceMeasureUnit,
        sampling_window_start="config.iconv_sampling_window_start",
        sampling_window_end="config.iconv_sampling_window_end",
        connect_neuron_stimulus="config.connect_iconv_neuron",
        connect_synapse_debug="config.connect_iconv_synapse",
        test_voltage="smu_cells[readout_iconv_test_voltage]",
        buffer_i_bias="smu_cells[readout_iconv_i_bias_buffer]",
        amp_v_ref="smu_cells[readout_iconv_sc_amp_v_ref]",
        amp_i_bias="smu_cells[readout_iconv_sc_amp_i_bias]",
    )
    current_dac = struct(
        CurrentDAC,
        enable_current="idac.enable_current",
        current="idac.current",
        sign="idac.sign",
        connect_neuron_stimulus="idac.connect_neuron",
        connect_synapse_debug="idac.connect_synapse",
        i_bias="idac_cells[readout_idac_i_bias]",
        i_bias_casc="idac_cells[readout_idac_i_bias_casc]",
    )
