"""Column ADC: all channels read the same of the same voltage."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

import halco
import haldls
from calix.common.base import Builder, CalibOptions, CalibResult, CalibTarget, StatefulConnection
from calix.common.exceptions import CalibNotSuccessful
from calix.common.fields import Flag, Range
from calix.common.helpers import capmem_set_quadrant_cells

_CELLS = halco.CapMemCellOnCapMemBlock


class CADCCalibTarget(CalibTarget):
    """Range of the ADC.

    Attributes
    ----------
    dynamic_range : Range
        Codes of CapMem voltage cells; 70..550 is about 0.15 to 1.05 V.
    read_range : Range
        What is read of them, LSB.
    """

    dynamic_range = Range((70, 550), 0, 1022, usual=(70, 550))
    read_range = Range((20, 220), 0, 255, usual=(20, 220))


class CADCCalibOptions(CalibOptions):
    """Options.

    Attributes
    ----------
    calibrate_offsets : bool
        Whether the offset of each channel is removed.
    """

    calibrate_offsets = Flag(True)


@dataclass
class CADCCalibResult(CalibResult):
    """Settings of the ADC.

    Attributes
    ----------
    v_ramp_offset, i_ramp_slope : numpy.ndarray
        int, (4,), by quadrant.
    channel_offset : numpy.ndarray
        int, (1024,), by channel in the order of `CADCChannelConfigOnDLS`.
    success : numpy.ndarray
        bool, (1024,).
    """

    v_ramp_offset: np.ndarray
    i_ramp_slope: np.ndarray
    channel_offset: np.ndarray
    success: np.ndarray

    def apply(self, builder: Builder) -> None:
        """Write ramps and channels, and switch the ADC on."""
        for cadc in halco.iter_all(halco.CADCConfigOnDLS):
            ramp = haldls.CADCConfig()
            ramp.enable = True
            builder.write(cadc, ramp)
        capmem_set_quadrant_cells(builder, {
            _CELLS.cadc_v_bias_ramp_buf: 400, _CELLS.cadc_i_bias_comp: 1022, _CELLS.cadc_i_bias_vreset_buf: 1022,
            _CELLS.cadc_v_ramp_offset: self.v_ramp_offset, _CELLS.cadc_i_ramp_slope: self.i_ramp_slope,
        })
        channels = halco.iter_all(halco.CADCChannelConfigOnDLS)
        for channel, offset in zip(channels, self.channel_offset.tolist(), strict=True):
            config = haldls.CADCChannelConfig()
            config.offset = offset
            builder.write(channel, config)


def calibrate(
    connection: StatefulConnection, target: CADCCalibTarget | None = None, options: CADCCalibOptions | None = None
) -> CADCCalibResult:
    """Settings that reach a target.

    Raises
    ------
    CalibNotSuccessful
        A ramp or a channel cannot have such a range.
    RuntimeError
        The chip is not a simulated one in this process.
    """
    target, options = target or CADCCalibTarget(), options or CADCCalibOptions()
    found = settings(connection, target, options)
    offsets = found.channel_offset.ravel()
    return CADCCalibResult(
        target, options, found.v_ramp_offset, found.i_ramp_slope, offsets, np.full(len(offsets), True)
    )


def settings(connection: StatefulConnection, target: CADCCalibTarget, options: CADCCalibOptions) -> Any:
    """The same as the oracle of a simulated chip gives it, which the potentials of neurons refer to."""
    try:
        found = connection.oracle.cadc(target.dynamic_range.to_tuple(), target.read_range.to_tuple())
    except ValueError as error:
        raise CalibNotSuccessful(
            f"the column ADC cannot read {target.read_range} of {target.dynamic_range}: {error}"
        ) from error
    if not options.calibrate_offsets:
        found = dataclasses.replace(found, channel_offset=np.zeros_like(found.channel_offset))
    return found
