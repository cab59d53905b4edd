"""Names of the real system: networks and their execution, ``import pygrenade_vx as grenade``."""

import sys

from grenade import common, execution, network, signal_flow
from grenade.network import routing

__all__ = ["common", "execution", "network", "signal_flow"]

# ``import pygrenade_vx.network`` and ``from pygrenade_vx.network.routing import PortfolioRouter`` work, too.
for _name in __all__:
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]
sys.modules[f"{__name__}.network.routing"] = routing
