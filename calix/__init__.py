"""calix: settings of chips that make up for the deviations of their circuits."""

from __future__ import annotations

from calix.calib_cache import calibrate
