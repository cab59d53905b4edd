"""Timing of all SRAM controllers of the chip."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from haldls import (
    CADCOffsetSRAMTimingConfig,
    CapMemSRAMTimingConfig,
    CommonSynramConfig,
    NeuronBackendSRAMTimingConfig,
    NeuronSRAMTimingConfig,
    SynapseDriverSRAMTimingConfig,
)
from haldls.composite import Composite, Part, children


def _all(name: str, container: Any) -> Part:
    count = container.coordinate_type.size
    return Part(name, container, lambda e: e[:, None] + np.arange(count), count=count)


class MemoryTiming(
    Composite,
    coordinate=halco.MemoryTimingOnDLS,
    parts=[
        _all("capmem", CapMemSRAMTimingConfig),
        _all("cadc_offset", CADCOffsetSRAMTimingConfig),
        _all("synapse_driver", SynapseDriverSRAMTimingConfig),
        _all("neuron", NeuronSRAMTimingConfig),
        _all("neuron_backend", NeuronBackendSRAMTimingConfig),
        _all("synram", CommonSynramConfig),
    ],
):
    """Timing of all SRAM controllers."""

    capmem = children("capmem", halco.CapMemSRAMTimingConfigOnDLS)
    cadc_offset = children("cadc_offset", halco.CADCOffsetSRAMTimingConfigOnDLS)
    synapse_driver = children("synapse_driver", halco.SynapseDriverSRAMTimingConfigOnDLS)
    neuron = children("neuron", halco.NeuronSRAMTimingConfigOnDLS)
    neuron_backend = children("neuron_backend", halco.NeuronBackendSRAMTimingConfigOnDLS)
    synram = children("synram", halco.CommonSynramConfigOnDLS)
