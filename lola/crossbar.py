"""Crossbar: all nodes."""

from __future__ import annotations

import numpy as np

import halco
from haldls import CrossbarNode, CrossbarOutputConfig
from haldls.backend import HARDWARE, Backend
from haldls.composite import Composite, Part, child, children


class Crossbar(
    Composite,
    coordinate=halco.CrossbarOnDLS,
    parts=[
        Part("outputs", CrossbarOutputConfig, lambda e: e),
        Part("nodes", CrossbarNode, lambda e: e[:, None] + np.arange(76), count=76),
    ],
    backends=(Backend.Omnibus,),
    unreadable_on=HARDWARE,
):
    """Outputs and nodes of the crossbar."""

    outputs = child("outputs", "settings of the outputs")
    nodes = children("nodes", halco.CrossbarNodeOnDLS, "filters of the nodes")
