"""Membrane ADC: one fast 10-bit converter."""

from __future__ import annotations

import logging

import numpy as np

import halco
from halco.core import RangedInt
from haldls.constants import MINIMAL_MADC_CLOCK_CYCLES_PER_SAMPLE
from haldls.container import Container
from haldls.field import array, field, flag

_log = logging.getLogger(__name__)


class MADCControl(
    Container,
    coordinate=halco.MADCControlOnDLS,
    words=1,
    read=0,
    address=lambda e: 0xC0000 + 0 * e,
):
    """State control of the membrane ADC. The bits are levels: with `start_recording` set, recordings follow on."""

    wake_up = flag(0, 0, doc="wake the MADC up")
    start_recording = flag(0, 1, doc="start a recording")
    stop_recording = flag(0, 2, doc="stop a running recording")
    enable_power_down_after_sampling = flag(0, 3, doc="power down after the recording ends")
    enable_continuous_sampling = flag(0, 4, doc="sample until stopped, ignoring number_of_samples")
    enable_pre_amplifier = flag(0, 5, doc="switched-capacitor pre-amplifier for voltages on")
    enable_iconv_amplifier = flag(0, 6, doc="switched-capacitor amplifier for currents on")


class MADCConfig(Container, coordinate=halco.MADCConfigOnDLS, words=10, address=lambda e: 0xC0001 + 0 * e):
    """Settings of the membrane ADC and of the signal path in front of it."""

    class ActiveMuxInputSelectLength(RangedInt, max=15):
        """0..15."""

    class SampleDurationAdjust(RangedInt, max=7, default=5):
        """0..7."""

    class SARResetWait(RangedInt, max=3, default=3):
        """0..3."""

    class SARResetLength(RangedInt, max=3):
        """0..3."""

    class PowerupWaitValue(RangedInt, max=1023, default=96):
        """0..1023."""

    class ConversionCyclesOffset(RangedInt, max=15, default=12):
        """0..15."""

    class CalibrationWaitValue(RangedInt, max=1023):
        """0..1023."""

    class NumberOfSamples(RangedInt, max=65535):
        """0..65535."""

    class SamplingWindowTiming(RangedInt, max=31):
        """0..31."""

    class PreampGainCapacitorSize(RangedInt, max=31, default=31):
        """0..31."""

    class MADCClockScaleValue(RangedInt, max=4095):
        """0..4095."""

    active_mux_initially_selected_input = field(
        halco.SourceMultiplexerOnReadoutSourceSelection, 0, 3, 1,
        doc="source multiplexer sampled first",
    )
    active_mux_input_select_length = field(
        ActiveMuxInputSelectLength, 0, 4, 4,
        doc="number of successive samples per multiplexer input before switching to the other; 0 (default) "
        "stays on the initial input (inferred, unsure)",
    )
    sample_duration_adjust = field(SampleDurationAdjust, 0, 8, 3, doc="extra MADC clock cycles per sample")
    enable_sar_reset_on_fall = flag(0, 11, doc="SAR reset on the falling edge")
    sar_reset_wait = field(SARResetWait, 0, 12, 2, doc="SAR reset delay")
    sar_reset_length = field(SARResetLength, 0, 14, 2, doc="SAR reset length")
    powerup_wait_value = field(
        PowerupWaitValue, 1, 0, 10,
        doc="MADC clock cycles spent in wake-up before the ready state",
    )
    conversion_cycles_offset = field(
        ConversionCyclesOffset, 1, 12, 4,
        doc="extra conversion cycles, added to sample_duration_adjust in hardware",
    )
    calibration_wait_value = field(CalibrationWaitValue, 2, 0, 10, doc="wait of the built-in self calibration")
    enable_calibration = flag(2, 15, doc="built-in self calibration on")
    number_of_samples = field(NumberOfSamples, 3, 0, 16, doc="samples per recording unless continuous sampling")
    preamp_sampling_window_start = field(
        SamplingWindowTiming, 4, 0, 5, default=3,
        doc="pre-amplifier sampling window, rising edge",
    )
    preamp_sampling_window_end = field(
        SamplingWindowTiming, 4, 5, 5, default=8,
        doc="pre-amplifier sampling window, falling edge",
    )
    iconv_sampling_window_start = field(
        SamplingWindowTiming, 5, 0, 5, default=9,
        doc="current converter sampling window, rising edge",
    )
    iconv_sampling_window_end = field(
        SamplingWindowTiming, 5, 5, 5, default=14,
        doc="current converter sampling window, falling edge",
    )
    sample_on_positive_edge = flag(6, 0, True, doc="sample on the rising clock edge")
    enable_dummy_data = flag(6, 1, doc="send the 10 LSBs of the sample counter instead of data")
    connect_preamp_to_madc = flag(7, 0, True, doc="pre-amplifier output to MADC input")
    connect_pads_to_madc = flag(7, 1, doc="analog pads to MADC input")
    connect_preamp_to_pads = flag(7, 2, doc="pre-amplifier output to analog pads")
    preamp_gain_capacitor_size = field(
        PreampGainCapacitorSize, 7, 3, 5,
        doc="gain-setting capacitor code of the pre-amplifier",
    )
    enable_madc_clock_scaling = flag(8, 0, doc="divide the MADC clock")
    madc_clock_scale_value = field(MADCClockScaleValue, 8, 1, 12, doc="divider: 2*(value + 1)")
    enable_active_mux_amplifiers = flag(9, 0, True, doc="amplifiers of the active multiplexer on")
    enable_pseudo_differential_reference = array(
        bool, halco.HemisphereOnDLS, [(9, 1), (9, 2)],
        doc="pseudo-differential reference line per hemisphere",
    )
    signal_selection_connect_current_meter = flag(9, 3, doc="current converter onto the pre-amplifier multiplexer")
    signal_selection_connect_active_mux = flag(9, 4, True, doc="active multiplexer onto the pre-amplifier multiplexer")
    signal_selection_connect_debug = flag(9, 5, doc="debug lines (pads) onto the pre-amplifier multiplexer")
    signal_selection_connect_preamp = flag(9, 6, True, doc="pre-amplifier input onto the pre-amplifier multiplexer")
    enable_iconv_amplifier = flag(9, 7, doc="amplifier of the current converter on")
    connect_iconv_neuron = array(
        bool, halco.HemisphereOnDLS, [(9, 8), (9, 9)],
        doc="direct neuron access line of the hemisphere to the current converter",
    )
    connect_iconv_synapse = array(
        bool, halco.SynapticInputOnNeuron, [(9, 11), (9, 10)],
        doc="synaptic debug line to the current converter",
    )

    def calculate_sample_rate(self, madc_base_frequency: float) -> float:
        """Sample rate, in the unit of the base frequency (the MADC clock of the PLL)."""
        rate = madc_base_frequency / (MINIMAL_MADC_CLOCK_CYCLES_PER_SAMPLE + int(self.sample_duration_adjust))
        if self.enable_madc_clock_scaling:
            rate /= 2 * (int(self.madc_clock_scale_value) + 1)
        return rate

    def _encode(self, number: int) -> np.ndarray:
        if int(self.active_mux_input_select_length) > 1:
            _log.warning(
                "MADCConfig.active_mux_input_select_length is %d: samples are attributed to the other channel"
                " when the multiplexer switches",
                int(self.active_mux_input_select_length),
            )
        return super()._encode(number)
