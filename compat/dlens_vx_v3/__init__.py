"""Names of the real system: ``from dlens_vx_v3 import hal, halco, lola, sta, hxcomm, logger``."""

import sys

import pyhxcomm_vx as hxcomm
import pylogging as logger
import pystadls_vx_v3 as sta

import halco
import haldls as hal
import lola

__all__ = ["hal", "halco", "hxcomm", "logger", "lola", "sta"]

# ``import dlens_vx_v3.hal`` and ``from dlens_vx_v3.halco import iter_all`` work, too.
for _name in __all__:
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]
