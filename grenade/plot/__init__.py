"""Pictures of every stage of an experiment: network, routing, configuration, program, results.

Every function returns a `matplotlib.figure.Figure`, which needs no screen; ``figure.savefig(path)`` writes it.
matplotlib is loaded when the first picture is drawn.
"""

from __future__ import annotations

from grenade.plot.chip import plot_chip, plot_occupancy, plot_routing
from grenade.plot.network import plot_network
from grenade.plot.occupancy import Occupancy
from grenade.plot.program import Timeline, plot_program
from grenade.plot.result import plot_result

__all__ = [
    "Occupancy", "Timeline", "plot_chip", "plot_network", "plot_occupancy", "plot_program", "plot_result",
    "plot_routing",
]
