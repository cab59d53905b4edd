"""calix.hagen: calibration of chips for products of vectors and matrices."""

from __future__ import annotations

from calix.hagen.chip import HagenCalibOptions, HagenCalibResult, HagenCalibTarget, calibrate
