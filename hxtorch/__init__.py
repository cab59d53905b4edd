"""PyTorch on BrainScaleS-2: analog vector-matrix products (`perceptron`) and spiking networks (`spiking`).

`hxtorch.ann` and `hxtorch.snn` are short names of the two. `hxtorch.logger` sets up the log.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pylogging as logger

from hxtorch import aliases, log
from hxtorch.hardware import (
    CalibrationPath,
    HWDBPath,
    get_unique_identifier,
    init_hardware,
    init_hardware_minimal,
    release_hardware,
)
from hxtorch.spike_data import dense_spikes_to_list, extract_n_spikes, weight_to_connection

log.set_up()
aliases.install()

from hxtorch import perceptron  # noqa: E402  # registers its operators, and knows itself by its short name

ann = perceptron

__all__ = [
    "CalibrationPath",
    "HWDBPath",
    "ann",
    "dense_spikes_to_list",
    "extract_n_spikes",
    "get_unique_identifier",
    "init_hardware",
    "init_hardware_minimal",
    "logger",
    "perceptron",
    "release_hardware",
    "snn",
    "spiking",
    "weight_to_connection",
]


def __getattr__(name: str) -> Any:
    """The spiking package, which is loaded when it is first asked for."""
    if name in ("spiking", "snn"):
        return import_module(f"hxtorch.{name}")
    raise AttributeError(f"module 'hxtorch' has no attribute {name!r}")
