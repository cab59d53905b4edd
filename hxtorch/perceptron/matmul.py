"""Matrix multiplication of tensors of any dimensions, as of `torch.matmul`."""

from __future__ import annotations

from os import PathLike

import torch

from hxtorch.perceptron import constants as c
from hxtorch.perceptron import conversion
from hxtorch.perceptron.mac import mac


def matmul(
    input: torch.Tensor, other: torch.Tensor, num_sends: int = 1,
    wait_between_events: int = c.defaults.wait_between_events, mock: bool = False, madc_recording_neuron_id: int = 0,
    madc_recording_path: str | PathLike[str] = "",
) -> torch.Tensor:
    """Multiply activations with weights; shapes are those of `torch.matmul`.

    Parameters
    ----------
    input : torch.Tensor, float32, [..., inputs]
        Activations, 0 to 31.
    other : torch.Tensor, float32, [inputs] or [inputs, outputs]
        Weights, -63 to 63.
    num_sends, wait_between_events, mock, madc_recording_neuron_id, madc_recording_path
        As for `mac`.

    Returns
    -------
    torch.Tensor, float32, [...] or [..., outputs]
        Results and gradients as of `mac`; contiguous.

    Raises
    ------
    RuntimeError
        A tensor has no dimension, weights have more than two, sizes do not fit, and as for `mac`.
    OverflowError, TypeError, ValueError
        As for `mac`.
    """
    conversion.check_tensors("matmul", input, other)
    if not input.dim() or other.dim() not in (1, 2):
        raise RuntimeError(
            f"matmul: input of shape {tuple(input.shape)} and other of shape {tuple(other.shape)}, "
            "expected [..., inputs] and [inputs] or [inputs, outputs]"
        )
    if input.shape[-1] != other.shape[0]:
        raise RuntimeError(
            f"matmul: input of shape {tuple(input.shape)} does not fit other of shape {tuple(other.shape)}")
    vectors = input if input.dim() <= 2 else input.reshape(-1, input.shape[-1])
    weights = other if other.dim() == 2 else other.unsqueeze(1)
    result = mac(
        vectors, weights, num_sends, wait_between_events, mock, madc_recording_neuron_id, madc_recording_path)
    return result.reshape(input.shape[:-1] + other.shape[1:])
