"""Ranges of values on the chip, and defaults."""

from __future__ import annotations

synaptic_weight_min = -63
synaptic_weight_max = 63
input_activation_min = 0
input_activation_max = 31
output_activation_min = -128
output_activation_max = 127

hardware_matrix_height = 128
"""Inputs that are multiplied at a time: a signed weight takes two of 256 synapse rows."""
hardware_matrix_width = 256


class defaults:
    """Defaults of functions and layers."""

    wait_between_events = 5
    """Distance of events, FPGA cycles of 8 ns."""
    gain = 0.002
    """Result for an activation of 1, a weight of 1, and one send."""
    noise_std = 2.0
    """Standard deviation of the noise of results."""
