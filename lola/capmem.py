"""CapMem: what is not a parameter of another part of the chip."""

from __future__ import annotations

import numpy as np

import halco
from haldls import CapMemBlockConfig, CapMemCell, ReferenceGeneratorConfig, SynapseBiasSelection
from haldls.composite import Composite, Part, child, children

_UNUSED = halco.convert(halco.UnusedCapMemCellOnDLS, "toCapMemCellOnDLS", np.arange(90))


class CapMem(
    Composite,
    coordinate=halco.CapMemOnDLS,
    parts=[
        Part("blocks", CapMemBlockConfig, lambda e: e[:, None] + np.arange(4), count=4),
        Part("synapse_bias_selection", SynapseBiasSelection, lambda e: e),
        Part("reference_generator", ReferenceGeneratorConfig, lambda e: e),
        Part("unused_cells", CapMemCell, lambda e: e[:, None] + _UNUSED, count=90),
    ],
):
    """Block settings, references, and the cells that have no function."""

    blocks = children("blocks", halco.CapMemBlockConfigOnDLS, "settings of the blocks")
    synapse_bias_selection = child("synapse_bias_selection", "source of the synapse biases")
    reference_generator = child("reference_generator", "reference currents")
