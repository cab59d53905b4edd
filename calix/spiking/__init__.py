"""calix.spiking: calibration of chips for spiking networks."""

from __future__ import annotations

from calix.spiking.chip import SpikingCalibOptions, SpikingCalibResult, SpikingCalibTarget, calibrate
