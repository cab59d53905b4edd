"""Times of the model, in FPGA cycles of 8 ns. What is not published is chosen here, see docs/model-decisions.md."""

from __future__ import annotations

LINK_LATENCY = 20
"""From the FPGA to the chip, and from the chip to the FPGA, for register accesses and events alike."""

FPGA_ACCESS = 2
"""Access to a register of the FPGA."""

SYSTIME_SYNC = 4 * LINK_LATENCY
"""Handshake that synchronises the system times."""

JTAG_OVERHEAD_BITS = 6
"""Bits that a JTAG instruction shifts besides its data."""

BYPASS_DELAY = 25
"""From an event at a synapse driver to the spike of a neuron in bypass mode, in chip cycles of 4 ns."""

BYPASS_CHARGE = 32
"""Sum of weights, over the rows of a driver, that makes a neuron in bypass mode fire."""

OUTPUT_QUEUE = 128
"""Events that wait at an output of the crossbar before further ones are dropped."""

SPIKE_DELAY = 64
"""From the threshold crossing of a neuron to the crossbar, in chip cycles."""

CADC_CYCLES = 256
"""Counts of the ramp of the column ADC, in chip cycles; `reset_wait` and `dead_time` come on top."""

SERIAL_FRAME_BITS = 10
"""Bits of a serial spike address with its frame; a bit takes `data_rate_scaler` FPGA cycles."""

SERIAL_QUEUE = 128
"""Events that wait for the serial output before further ones are lost."""

PLL_REFERENCE_CYCLES = 2.5
"""FPGA cycles of 8 ns in a cycle of the reference clock, 50 MHz."""
