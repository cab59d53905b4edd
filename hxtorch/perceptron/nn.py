"""Layers for `torch.nn` models whose products run on the chip."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch

from hxtorch.perceptron import constants as c
from hxtorch.perceptron.conv import conv1d, conv2d, expanded_conv1d
from hxtorch.perceptron.host_operations import add, converting_relu, relu
from hxtorch.perceptron.matmul import matmul
from hxtorch.perceptron.mock_parameter import get_mock_parameter

Transform = Callable[[torch.Tensor], torch.Tensor]
_Size1: TypeAlias = int | tuple[int]
_Size2: TypeAlias = int | tuple[int, int]
_PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


def scale_input(x: torch.Tensor) -> torch.Tensor:
    """Scale activations such that the largest one is 31; they stay as they are if none is above 0.

    The factor has no gradient.
    """
    return _scaled(x, x.detach().max(), c.input_activation_max)


def scale_weight(w: torch.Tensor) -> torch.Tensor:
    """Scale weights such that the largest absolute value is 63; they stay as they are if all are 0.

    The factor has no gradient.
    """
    return _scaled(w, w.detach().abs().max(), c.synaptic_weight_max)


def clamp_weight_(w: torch.Tensor) -> torch.Tensor:
    """Limit weights to -63 to 63, in place, and give them back."""
    # Weights that did not change can still be used by an earlier forward pass whose backward pass is to come.
    if (w.detach().abs() > c.synaptic_weight_max).any():
        with torch.no_grad():
            w.clamp_(c.synaptic_weight_min, c.synaptic_weight_max)
    return w


def _scaled(x: torch.Tensor, largest: torch.Tensor, wanted: float) -> torch.Tensor:
    return x * (wanted / largest) if largest > 0 else x


class Layer:
    """What all layers have in common.

    Parameters
    ----------
    mock : bool
        Whether to compute without a chip.
    """

    def __init__(self, mock: bool = False) -> None:
        self.mock = mock

    def __repr__(self) -> str:
        shown = []
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if name == "self":
                continue
            value, default = getattr(self, name), parameter.default
            # Equal numbers and texts need not be the same object, as after unpickling.
            if value is default or (type(value) is type(default) and isinstance(value, int | str) and value == default):
                continue
            shown.append(f"{name}={len(value) > 0 if isinstance(value, torch.Tensor) else value}")
        return f"{type(self).__name__}({', '.join(shown)})"


class MACLayer(Layer):
    """A layer with weights.

    Parameters
    ----------
    num_sends : int, optional
        How often activations are sent: gain and signal-to-noise ratio grow with it. Default: as many as it takes for
        the initial weights.
    wait_between_events : int
        Distance of events, FPGA cycles of 8 ns. With a larger one, inputs of neurons saturate less.
    mock : bool
        Whether to compute without a chip.
    input_transform, weight_transform : callable, optional
        Applied to input and weights in each forward pass. By default, weights are limited in place.
    """

    num_sends: int | None

    def __init__(
        self, num_sends: int | None = None, wait_between_events: int = c.defaults.wait_between_events,
        mock: bool = False, *, input_transform: Transform | None = None,
        weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        super().__init__(mock)
        self.num_sends = num_sends
        self.wait_between_events = wait_between_events
        self.input_transform = input_transform
        self.weight_transform = weight_transform

    def reset_parameters(self: Any, weight_mean: float = 0.0, relu_shift: int = 1) -> None:
        """Draw weights and bias for which results have about the same spread as inputs.

        Parameters
        ----------
        weight_mean : float
            Mean of the normal distribution of weights.
        relu_shift : int
            Shift of the `ConvertingReLU` that follows.
        """
        total_gain = 2**relu_shift * math.sqrt(2) / get_mock_parameter().gain
        fan_in = self.weight[0].numel()
        std = total_gain / math.sqrt(fan_in)
        if self.num_sends is None:
            self.num_sends = math.ceil(std / (c.synaptic_weight_max / 3))
        torch.nn.init.trunc_normal_(
            self.weight, weight_mean, std / self.num_sends, c.synaptic_weight_min, c.synaptic_weight_max)
        if self.bias is not None:
            bound = std / (c.input_activation_max / math.sqrt(3))
            torch.nn.init.uniform_(self.bias, -bound, bound)

    def _options(self) -> dict[str, Any]:
        """Keyword arguments of products."""
        return {"num_sends": self.num_sends, "wait_between_events": self.wait_between_events, "mock": self.mock}

    def _transformed(self: Any, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Input and weights."""
        weight = self.weight if self.weight_transform is None else self.weight_transform(self.weight)
        return input if self.input_transform is None else self.input_transform(input), weight


class Linear(MACLayer, torch.nn.Linear):
    """Linear layer: `matmul`, and `add` for the bias.

    Parameters
    ----------
    in_features, out_features : int
        Sizes.
    bias : bool
        Whether there is a bias.
    avg : int
        Number of outputs of the chip whose average is an output of the layer.
    num_sends, wait_between_events, mock, input_transform, weight_transform
        As for `MACLayer`.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, num_sends: int | None = None,
        wait_between_events: int = c.defaults.wait_between_events, mock: bool = False, *, avg: int = 1,
        input_transform: Transform | None = None, weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        if avg < 1:
            raise ValueError(f"Linear: avg is {avg}, expected at least 1")
        self.num_sends = num_sends  # drawing weights, which happens in here, sets it if it is None
        torch.nn.Linear.__init__(self, in_features, out_features, bias)
        MACLayer.__init__(
            self, self.num_sends, wait_between_events, mock, input_transform=input_transform,
            weight_transform=weight_transform,
        )
        self.avg = avg
        self._matmul = matmul

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Results, [..., out_features], for activations [..., in_features]."""
        input, weight = self._transformed(input)
        columns = weight.t() if self.avg == 1 else weight.t().repeat_interleave(self.avg, 1)
        output = self._matmul(input, columns, **self._options())
        if self.avg > 1:
            output = output.unflatten(-1, (-1, self.avg)).mean(-1)
        return output if self.bias is None else add(output, self.bias, mock=self.mock)


class ConvNd(MACLayer):
    """What convolutions have in common."""

    _conv: Callable[..., torch.Tensor]

    def _convolution_options(self) -> dict[str, Any]:
        """Keyword arguments of the convolution."""
        return self._options()

    def forward(self: Any, input: torch.Tensor) -> torch.Tensor:
        """Results of a convolution, [batch, out_channels, ...], for activations [batch, in_channels, ...].

        Raises
        ------
        ValueError
            There is dilation, or there are groups of channels.
        """
        if any(each > 1 for each in self.dilation) or self.groups > 1:
            raise ValueError(
                f"{type(self).__name__}: dilation {self.dilation} and groups {self.groups}, expected neither")
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        padded = torch.nn.functional.pad(input, self._reversed_padding_repeated_twice, mode)
        padded, weight = self._transformed(padded)
        result: torch.Tensor = self._conv(padded, weight, self.bias, self.stride, **self._convolution_options())
        return result


class Conv1d(ConvNd, torch.nn.Conv1d):
    """Convolution in one dimension.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode
        As for `torch.nn.Conv1d`; no dilation, and one group.
    num_sends, wait_between_events, mock, input_transform, weight_transform
        As for `MACLayer`.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: _Size1, stride: _Size1 = 1,
        padding: str | _Size1 = 0, dilation: _Size1 = 1, groups: int = 1, bias: bool = True,
        padding_mode: _PaddingMode = "zeros", num_sends: int | None = None,
        wait_between_events: int = c.defaults.wait_between_events, mock: bool = False, *,
        input_transform: Transform | None = None, weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        self.num_sends = num_sends  # drawing weights, which happens in here, sets it if it is None
        torch.nn.Conv1d.__init__(
            self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        MACLayer.__init__(
            self, self.num_sends, wait_between_events, mock, input_transform=input_transform,
            weight_transform=weight_transform,
        )
        self._conv = conv1d


class ExpandedConv1d(Conv1d):
    """Convolution in one dimension that computes several positions of the kernel at a time, see `expanded_conv1d`.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode
        As for `torch.nn.Conv1d`; no dilation, and one group.
    num_sends, wait_between_events, mock, input_transform, weight_transform
        As for `MACLayer`.
    num_expansions : int, optional
        Number of positions. Default: as many as fit into the chip, one at least.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: _Size1, stride: _Size1 = 1,
        padding: str | _Size1 = 0, dilation: _Size1 = 1, groups: int = 1, bias: bool = True,
        padding_mode: _PaddingMode = "zeros", num_sends: int | None = None,
        wait_between_events: int = c.defaults.wait_between_events, mock: bool = False, *,
        num_expansions: int | None = None, input_transform: Transform | None = None,
        weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, num_sends,
            wait_between_events, mock, input_transform=input_transform, weight_transform=weight_transform,
        )
        if num_expansions is None:
            rows = c.hardware_matrix_height - self.kernel_size[0]
            num_expansions = max(min(c.hardware_matrix_width // out_channels, rows // self.stride[0] + 1), 1)
        self.num_expansions = num_expansions
        self._conv = expanded_conv1d

    def _convolution_options(self) -> dict[str, Any]:
        return self._options() | {"num_expansions": self.num_expansions}

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, num_expansions={self.num_expansions}"


class Conv2d(ConvNd, torch.nn.Conv2d):
    """Convolution in two dimensions.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode
        As for `torch.nn.Conv2d`; no dilation, and one group.
    num_sends, wait_between_events, mock, input_transform, weight_transform
        As for `MACLayer`.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: _Size2, stride: _Size2 = 1,
        padding: str | _Size2 = 0, dilation: _Size2 = 1, groups: int = 1, bias: bool = True,
        padding_mode: _PaddingMode = "zeros", num_sends: int | None = None,
        wait_between_events: int = c.defaults.wait_between_events, mock: bool = False, *,
        input_transform: Transform | None = None, weight_transform: Transform | None = clamp_weight_,
    ) -> None:
        self.num_sends = num_sends  # drawing weights, which happens in here, sets it if it is None
        torch.nn.Conv2d.__init__(
            self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        MACLayer.__init__(
            self, self.num_sends, wait_between_events, mock, input_transform=input_transform,
            weight_transform=weight_transform,
        )
        self._conv = conv2d


class ReLU(Layer, torch.nn.Module):
    """Sets negative values to 0, see `relu`.

    Parameters
    ----------
    mock : bool
        Whether to do without a chip.
    """

    def __init__(self, mock: bool = False) -> None:
        torch.nn.Module.__init__(self)
        Layer.__init__(self, mock)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Values of at least 0, of the shape of the input."""
        return relu(input, mock=self.mock)


class ConvertingReLU(ReLU):
    """Makes activations of results, see `converting_relu`.

    Parameters
    ----------
    shift : int
        Bits to drop.
    mock : bool
        Whether to do without a chip.
    """

    def __init__(self, shift: int = 2, mock: bool = False) -> None:
        super().__init__(mock)
        self.shift = shift

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Activations, 0 to 31, of the shape of the input."""
        return converting_relu(input, self.shift, mock=self.mock)
