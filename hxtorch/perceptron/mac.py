"""Multiplication of vectors with a matrix, on the chip or in mock mode."""

from __future__ import annotations

import operator
from collections import OrderedDict
from os import PathLike, fspath
from typing import Any, NamedTuple

import numpy as np
import torch

import halco
from grenade.compute import MAC
from hxtorch.hardware import perceptron_chip, require_executor
from hxtorch.perceptron import constants as c
from hxtorch.perceptron import conversion, tracer
from hxtorch.perceptron.mock_parameter import get_mock_parameter


def mac(
    x: torch.Tensor, weights: torch.Tensor, num_sends: int = 1,
    wait_between_events: int = c.defaults.wait_between_events, mock: bool = False, madc_recording_neuron_id: int = 0,
    madc_recording_path: str | PathLike[str] = "",
) -> torch.Tensor:
    """Multiply vectors with a matrix.

    The result is about gain times `num_sends` times the product, and limited to -128 to 127. Activations and weights
    are rounded. More than 128 inputs, or 256 outputs, are computed in parts.

    Parameters
    ----------
    x : torch.Tensor, float32, [inputs] or [batch, inputs]
        Activations, 0 to 31.
    weights : torch.Tensor, float32, [inputs, outputs]
        Weights, -63 to 63.
    num_sends : int
        How often activations are sent.
    wait_between_events : int
        Distance of events, FPGA cycles of 8 ns. It has no effect in mock mode.
    mock : bool
        Whether to compute on the host, with the gain and the noise of `get_mock_parameter`.
    madc_recording_neuron_id : int
        Number of the neuron circuit that the MADC records if there is a path.
    madc_recording_path : str or path-like
        Text file to which samples of the membrane are appended: execution index, entry of the batch, time in FPGA
        cycles, value. Empty: there is no recording.

    Returns
    -------
    torch.Tensor, float32, [outputs] or [batch, outputs]
        Whole numbers. Gradients are those of the product times gain and `num_sends`, without rounding and limits.

    Raises
    ------
    RuntimeError
        Shapes do not fit, the hardware is not initialised, tensors are not float32 on the host (not in mock mode), or
        a recording is asked for in mock mode.
    OverflowError
        An activation or a weight is out of range.
    TypeError
        Something is no tensor, or no integer.
    ValueError
        `num_sends` or `wait_between_events` is out of range.
    """
    options = _Options(
        _at_least(1, num_sends, "num_sends"), _at_least(0, wait_between_events, "wait_between_events"), bool(mock),
        int(madc_recording_neuron_id), fspath(madc_recording_path),
    )
    conversion.check_tensors("mac", x, weights)
    if weights.dim() != 2 or not weights.numel():
        raise RuntimeError(f"mac: weights of shape {tuple(weights.shape)}, expected [inputs, outputs], one at least")
    if x.dim() not in (1, 2):
        raise RuntimeError(f"mac: x of shape {tuple(x.shape)}, expected [inputs] or [batch, inputs]")
    if x.shape[-1] != weights.shape[0]:
        raise RuntimeError(f"mac: x of shape {tuple(x.shape)} does not fit weights of shape {tuple(weights.shape)}")
    if options.mock and options.madc_recording_path:
        raise RuntimeError(f"mac: there is nothing to record in mock mode, but got {options.madc_recording_path!r}")
    result: torch.Tensor = _MAC.apply(x, weights, options)
    return result


class _Options(NamedTuple):
    """Arguments of `mac` but for the tensors."""

    num_sends: int
    wait_between_events: int
    mock: bool
    madc_recording_neuron_id: int
    madc_recording_path: str


def _at_least(low: int, value: Any, name: str) -> int:
    number = operator.index(value)
    if number < low:
        raise ValueError(f"mac: {name} is {number}, expected at least {low}")
    return number


class _MAC(torch.autograd.Function):
    """Forward on the chip or in mock mode, backward with the exact product."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weights: torch.Tensor, options: _Options) -> torch.Tensor:
        ctx.save_for_backward(x, weights)
        ctx.num_sends = options.num_sends
        return _mock(x, weights, options.num_sends) if options.mock else _on_chip(x, weights, options)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        x, weights = ctx.saved_tensors
        scaled = gradients[0] * (get_mock_parameter().gain * ctx.num_sends)
        of_x = scaled @ weights.to(scaled.dtype).t() if ctx.needs_input_grad[0] else None
        of_weights = None
        if ctx.needs_input_grad[1]:
            rows, columns = x.reshape(-1, x.shape[-1]), scaled.reshape(-1, scaled.shape[-1])
            of_weights = rows.to(scaled.dtype).t() @ columns
        return of_x, of_weights, None


# -- mock mode ---------------------------------------------------------------------------------------------------------


def _mock(x: torch.Tensor, weights: torch.Tensor, num_sends: int) -> torch.Tensor:
    """Products of blocks of inputs, each with its own noise and limits, and their sum within the limits."""
    parameter = get_mock_parameter()
    rounded_x, rounded_weights = x.detach().round(), weights.detach().round()
    conversion.check_range(rounded_weights, "mac: weights", c.synaptic_weight_min, c.synaptic_weight_max)
    conversion.check_range(rounded_x, "mac: x", c.input_activation_min, c.input_activation_max)
    # One factor, rounded once: with two, results differ where the product is a whole number.
    factor = float(np.float32(num_sends * parameter.gain))
    parts = zip(
        rounded_x.float().split(c.hardware_matrix_height, dim=-1),
        rounded_weights.float().split(c.hardware_matrix_height), strict=True,
    )
    result = torch.zeros((*x.shape[:-1], weights.shape[1]), device=x.device)
    for part_x, part_weights in parts:
        part = (part_x @ part_weights).mul_(factor)
        if parameter.noise_std:
            part += torch.normal(0.0, parameter.noise_std, part.shape, device=part.device)
        result += part.floor_().clamp_(c.output_activation_min, c.output_activation_max)
    return result.clamp_(c.output_activation_min, c.output_activation_max)


# -- on the chip -------------------------------------------------------------------------------------------------------

_MOST_KEPT = 32
_kept: OrderedDict[tuple[Any, ...], MAC] = OrderedDict()
"""Multiplications by shape and options; they keep what was built for them."""


def _on_chip(x: torch.Tensor, weights: torch.Tensor, options: _Options) -> torch.Tensor:
    executor, traced = require_executor(), tracer.begin(x)
    activations = conversion.activations(x, "mac: x")
    operation = _operation(conversion.weights(weights, "mac: weights"), options)
    batch = activations.reshape(-1, activations.shape[-1])
    shape = (*x.shape[:-1], operation.output_size())
    values = operation.run(batch, perceptron_chip(), executor) if len(batch) else np.zeros(shape)
    result = torch.from_numpy(np.ascontiguousarray(values, np.float32)).reshape(shape)
    traced.end(lambda: MAC(operation.weights, options.num_sends, options.wait_between_events), result)
    return result


def _operation(weights: np.ndarray, options: _Options) -> MAC:
    """Multiplication with int8 weights; the one of last time if there was one of this shape."""
    key = weights.shape, options
    operation = _kept.get(key)
    if operation is None:
        operation = _kept[key] = MAC(
            weights, options.num_sends, options.wait_between_events,
            madc_recording_neuron=halco.AtomicNeuronOnDLS(halco.Enum(options.madc_recording_neuron_id)),
            madc_recording_path=options.madc_recording_path,
        )
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    elif not np.array_equal(operation.weights, weights):
        operation.weights = weights
    _kept.move_to_end(key)
    return operation
