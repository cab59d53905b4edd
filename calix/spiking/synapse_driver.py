"""Synapse drivers with short-term plasticity: all of a CapMem block make the same pulses."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

import halco
import haldls
from calix.common.base import Builder, CalibOptions, CalibResult, CalibTarget, StatefulConnection
from calix.common.fields import Field, Several
from calix.common.helpers import CAPMEM_LEVEL_OFF_US, capmem_set_quadrant_cells, wait_us

_log = logging.getLogger("calix.spiking.synapse_driver.calibrate")
_CELLS = halco.CapMemCellOnCapMemBlock


class STPCalibTarget(CalibTarget):
    """Voltages of short-term plasticity, CapMem LSB, (4,), by CapMem block. Set 0 facilitates, set 1 depresses.

    Attributes
    ----------
    v_charge_0, v_charge_1 : numpy.ndarray
        Voltage of a fully modulated driver.
    v_recover_0, v_recover_1 : numpy.ndarray
        Voltage of a driver at rest.
    """

    v_charge_0 = Several(100, 4, 0, 1022, integer=True)
    v_recover_0 = Several(400, 4, 0, 1022, integer=True)
    v_charge_1 = Several(330, 4, 0, 1022, integer=True)
    v_recover_1 = Several(50, 4, 0, 1022, integer=True)


class STPCalibOptions(CalibOptions):
    """Options.

    Attributes
    ----------
    i_ramp : int
        Ramp current, CapMem LSB.
    v_stp : int
        Voltage at which pulses are alike, CapMem LSB.
    """

    i_ramp = Field(600, 1, 1022, integer=True)
    v_stp = Field(180, 0, 1022, integer=True)


@dataclass
class STPCalibResult(CalibResult):
    """Trim of all synapse drivers.

    Attributes
    ----------
    offsets : numpy.ndarray
        int, (256,), in the order of `SynapseDriverOnDLS`.
    """

    offsets: np.ndarray

    def apply(self, builder: Builder) -> None:
        """Write voltages and trim; drivers are off, and have no short-term plasticity."""
        target, ramp = self.target, self.options.i_ramp
        capmem_set_quadrant_cells(builder, {
            _CELLS.stp_i_ramp: ramp, _CELLS.stp_i_calib: ramp, _CELLS.stp_i_bias_comparator: 1022,
            _CELLS.stp_v_charge_0: target.v_charge_0, _CELLS.stp_v_recover_0: target.v_recover_0,
            _CELLS.stp_v_charge_1: target.v_charge_1, _CELLS.stp_v_recover_1: target.v_recover_1,
        })
        wait_us(builder, CAPMEM_LEVEL_OFF_US)
        for driver, offset in zip(halco.iter_all(halco.SynapseDriverOnDLS), self.offsets.tolist(), strict=True):
            config = haldls.SynapseDriverConfig()
            config.offset = offset
            builder.write(driver, config)


def calibrate(
    connection: StatefulConnection, target: STPCalibTarget | None = None, options: STPCalibOptions | None = None
) -> STPCalibResult:
    """Settings that make the pulses of all drivers of a CapMem block alike.

    Raises
    ------
    RuntimeError
        The chip is not a simulated one in this process.
    """
    target, options = target or STPCalibTarget(), options or STPCalibOptions()
    found = connection.oracle.stp(options.v_stp, options.i_ramp)
    failed = int(np.count_nonzero(~found.reached))
    if failed:
        _log.info("%d of 256 synapse drivers differ from the others of their CapMem block", failed)
    return STPCalibResult(target, options, found.offset.ravel())
