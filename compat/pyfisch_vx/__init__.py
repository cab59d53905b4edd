"""Names of the real system: events and times of the FPGA."""

from haldls import ChipTime, FPGATime, HighspeedLinkNotification, MADCSampleFromChip, SpikeFromChip
from haldls.constants import FPGA_CLOCK_CYCLES_PER_US
from stadls import PlaybackProgram

fpga_clock_cycles_per_us = FPGA_CLOCK_CYCLES_PER_US
fpga_clock_cycles_per_ms = 1000 * FPGA_CLOCK_CYCLES_PER_US
fpga_clock_cycles_per_s = 1000_000 * FPGA_CLOCK_CYCLES_PER_US
