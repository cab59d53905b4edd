"""What goes wrong in calibrations."""

from __future__ import annotations


class CalibError(Exception):
    """A calibration is not possible."""


class CalibNotSuccessful(CalibError):
    """No setting of the chip gives what is asked for."""


class CalibNotSupported(CalibError):
    """The target is one that cannot be calibrated to."""
