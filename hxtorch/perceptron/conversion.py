"""Tensors of integer-like floats as the integers of the chip."""

from __future__ import annotations

import numpy as np
import torch

from hxtorch.perceptron import constants as c

_INT8 = c.output_activation_min, c.output_activation_max


def check_tensors(what: str, *values: object) -> None:
    """TypeError if one of the arguments is no tensor."""
    for value in values:
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"{what}: got {value!r}, expected a torch.Tensor")


def on_host(tensor: torch.Tensor, what: str) -> np.ndarray:
    """Elements of a tensor, shared with it where that is possible.

    Raises
    ------
    RuntimeError
        It is no float32 tensor in the memory of the host.
    """
    if tensor.device.type != "cpu" or tensor.dtype != torch.float32:
        raise RuntimeError(
            f"{what}: {tensor.dtype} on device {tensor.device}, expected torch.float32 on device cpu in hardware mode")
    return tensor.detach().numpy()


def activations(tensor: torch.Tensor, what: str) -> np.ndarray:
    """Activations, uint8, rounded half away from zero.

    Raises
    ------
    OverflowError
        One of them is not 0 to 31.
    RuntimeError
        As of `on_host`.
    """
    return _rounded(tensor, what, c.input_activation_min, c.input_activation_max).astype(np.uint8)


def weights(tensor: torch.Tensor, what: str) -> np.ndarray:
    """Weights, int8, -63 to 63; else as `activations`."""
    return _rounded(tensor, what, c.synaptic_weight_min, c.synaptic_weight_max).astype(np.int8)


def results(tensor: torch.Tensor, what: str) -> np.ndarray:
    """Results of a layer, int8: rounded down and limited to -128 to 127.

    Raises
    ------
    RuntimeError
        As of `on_host`.
    ValueError
        One of them is not a number.
    """
    check_numbers(tensor, what)
    return np.clip(np.floor(on_host(tensor, what)), *_INT8).astype(np.int8)


def mock_results(tensor: torch.Tensor, what: str) -> torch.Tensor:
    """The same as `results`, as a tensor of the given one's type and on its device."""
    check_numbers(tensor, what)
    return tensor.floor().clamp(*_INT8)


def check_numbers(tensor: torch.Tensor, what: str) -> None:
    """ValueError if there is something that is not a number."""
    if tensor.is_floating_point() and tensor.isnan().any():
        raise ValueError(f"{what}: there is a NaN in a tensor of shape {tuple(tensor.shape)}")


def check_range(values: torch.Tensor, what: str, low: int, high: int) -> None:
    """OverflowError if a rounded value, NaN included, is not from `low` to `high`."""
    wrong = ~((values >= low) & (values <= high))
    if wrong.any():
        place = wrong.nonzero()[0].tolist()
        raise OverflowError(
            f"{what}: {values[tuple(place)].item():g} at {place} is out of range, expected {low} to {high}")


def _rounded(tensor: torch.Tensor, what: str, low: int, high: int) -> np.ndarray:
    exact = on_host(tensor, what).astype(np.float64)
    rounded = np.copysign(np.floor(np.abs(exact) + 0.5), exact)
    if rounded.size and not (low <= rounded.min() and rounded.max() <= high):
        check_range(torch.from_numpy(rounded), what, low, high)
    return rounded
