"""Voltages of a neuron circuit that analog-to-digital converters can see."""

from __future__ import annotations

from enum import Enum

from haldls import NeuronConfig


class ReadoutSource(Enum):
    """What is recorded of a neuron; the value is what the chip calls it."""

    VOLTAGE = NeuronConfig.ReadoutSource.membrane
    ADAPTATION = NeuronConfig.ReadoutSource.adaptation
