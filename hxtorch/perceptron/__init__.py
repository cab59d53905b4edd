"""Analog vector-matrix products on the chip: functions, layers (`nn`), and a mock mode without a chip.

Activations are 0 to 31, weights -63 to 63, and results -128 to 127; all of them are float32 tensors.
"""

from __future__ import annotations

from hxtorch.perceptron import constants, nn, operators
from hxtorch.perceptron.conv import conv1d, conv2d, expanded_conv1d
from hxtorch.perceptron.host_operations import add, argmax, converting_relu, relu
from hxtorch.perceptron.mac import mac
from hxtorch.perceptron.matmul import matmul
from hxtorch.perceptron.measure import measure_mock_parameter
from hxtorch.perceptron.mock_parameter import MockParameter, get_mock_parameter, set_mock_parameter
from hxtorch.perceptron.tracer import InferenceTracer, inference_trace

__all__ = [
    "InferenceTracer",
    "MockParameter",
    "add",
    "argmax",
    "constants",
    "conv1d",
    "conv2d",
    "converting_relu",
    "expanded_conv1d",
    "get_mock_parameter",
    "inference_trace",
    "mac",
    "matmul",
    "measure_mock_parameter",
    "nn",
    "relu",
    "set_mock_parameter",
]
