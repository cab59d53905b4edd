"""Functions of values that the host applies, to whole batches at once."""

from __future__ import annotations

from grenade.signal_flow.transformations.arithmetic import (
    Addition,
    ArgMax,
    Concatenation,
    ConvertingReLU,
    ReLU,
    Subtraction,
)
from grenade.signal_flow.transformations.mac_spike_train import MACSpikeTrainGenerator, activation_labels
from grenade.signal_flow.transformations.spikes import ExternalSourceMerger, SpikePacking

__all__ = [
    "Addition",
    "ArgMax",
    "Concatenation",
    "ConvertingReLU",
    "ExternalSourceMerger",
    "MACSpikeTrainGenerator",
    "ReLU",
    "SpikePacking",
    "Subtraction",
    "activation_labels",
]
