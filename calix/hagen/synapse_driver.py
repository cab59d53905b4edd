"""Synapse drivers whose pulses are as long as the activation says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import halco
import haldls
import lola
from calix.common.base import Builder, CalibResult
from calix.common.helpers import CAPMEM_LEVEL_OFF_US, capmem_set_quadrant_cells, wait_us
from stadls import PlaybackProgramBuilderDumper

_CELLS = halco.CapMemCellOnCapMemBlock
_DAC_BIASES = (halco.CapMemCellOnDLS.hagen_ibias_dac_top, halco.CapMemCellOnDLS.hagen_ibias_dac_bottom)


@dataclass
class SynapseDriverCalibResult(CalibResult):
    """Settings of all synapse drivers.

    Attributes
    ----------
    capmem_cells : dict of halco.CapMemCellOnDLS to haldls.CapMemCell
        Ramps, comparators and DACs.
    synapse_driver_configs : dict of halco.SynapseDriverOnDLS to haldls.SynapseDriverConfig
        The drivers.
    success : dict of halco.SynapseDriverOnDLS to bool
        Whether a driver agrees with the others.
    """

    capmem_cells: dict[Any, haldls.CapMemCell]
    synapse_driver_configs: dict[Any, haldls.SynapseDriverConfig]
    success: dict[Any, bool]

    def apply(self, builder: Builder) -> None:
        """Write all of it."""
        for contents in (self.capmem_cells, self.synapse_driver_configs):
            for coordinate, container in contents.items():
                builder.write(coordinate, container)
        wait_us(builder, CAPMEM_LEVEL_OFF_US)

    @classmethod
    def of_chip(cls, target: Any, options: Any, chip: lola.Chip) -> SynapseDriverCalibResult:
        """What a chip has."""
        dumper = PlaybackProgramBuilderDumper()
        blocks = list(chip.synapse_driver_blocks)
        for name in ("stp_i_ramp", "stp_i_calib", "stp_i_bias_comparator"):
            codes = [int(code) for block in blocks for code in getattr(block, name)]
            capmem_set_quadrant_cells(dumper, {getattr(_CELLS, name): codes})
        for cell, block in zip(_DAC_BIASES, blocks, strict=True):
            dumper.write(cell, haldls.CapMemCell(int(block.hagen_i_bias_dac)))
        drivers = {
            driver: blocks[int(driver.toSynapseDriverBlockOnDLS())]
            .synapse_drivers[driver.toSynapseDriverOnSynapseDriverBlock()].copy()
            for driver in halco.iter_all(halco.SynapseDriverOnDLS)
        }
        return cls(target, options, dict(dumper.done().values), drivers, dict.fromkeys(drivers, True))
