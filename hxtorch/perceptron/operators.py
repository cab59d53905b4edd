"""Operators for TorchScript: `torch.ops.hxtorch_perceptron.mac` and so on."""

from __future__ import annotations

import torch

from hxtorch.perceptron.constants import defaults
from hxtorch.perceptron.host_operations import add, argmax, converting_relu, relu
from hxtorch.perceptron.mac import mac
from hxtorch.perceptron.matmul import matmul

NAMESPACE = "hxtorch_perceptron"

_PRODUCT = (
    f"int num_sends=1, int wait_between_events={defaults.wait_between_events}, bool mock=False, "
    'int madc_recording_neuron_id=0, str madc_recording_path=""'
)
_OPERATORS = {
    f"mac(Tensor x, Tensor weights, {_PRODUCT}) -> Tensor": mac,
    f"matmul(Tensor input, Tensor other, {_PRODUCT}) -> Tensor": matmul,
    "relu(Tensor input, bool mock=False) -> Tensor": relu,
    "converting_relu(Tensor input, int shift=2, bool mock=False) -> Tensor": converting_relu,
    "add(Tensor input, Tensor other, int alpha=1, bool mock=False) -> Tensor": add,
    "argmax(Tensor input, int? dim=None, bool keepdim=False, bool mock=False) -> Tensor": argmax,
}

library = torch.library.Library(NAMESPACE, "DEF")
for _schema, _function in _OPERATORS.items():
    # Composed of others: autograd sees what the function does, in mock mode on any device.
    library.impl(library.define(_schema), _function, "CompositeImplicitAutograd")
