"""Parameters with two values: one for the numerics in PyTorch (model), one for the chip (hardware).

Hardware values are in the units of the calibration: potentials in CADC LSB, times in seconds, capacitances from 0 to
63, currents in CapMem LSB. Model values are what the equations are computed with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Value = Any
"""A number, or a tensor with one value per neuron."""

_PROPERTIES = ("model_value", "hardware_value")


class Parameter(torch.nn.Module):
    """What all parameters have in common: a model value, which may be made trainable."""

    def __init__(self, model_value: Value) -> None:
        super().__init__()
        self._model_value: Value = _checked(model_value, "model value")
        self._set_on_chip_func: Callable[[Value, Any, Any], None] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PROPERTIES:  # torch would register a torch.nn.Parameter under this name
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @property
    def model_value(self) -> Value:
        """Value for the numerics; a `torch.nn.Parameter` if trainable."""
        return self._model_value

    @property
    def hardware_value(self) -> Value:
        """Value for the chip, without gradient."""
        return _detached(self._model_value)

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        """Follows the model value, so this has no effect: a calibration writes what it reached into all parameters."""

    def _set_model_value(self, value: Value) -> None:
        value = _checked(value, "model value")
        if not self.is_trainable() or isinstance(value, torch.nn.Parameter):
            if self.is_trainable():
                del self._model_value
            self._model_value = value
            return
        trained = self._model_value
        if torch.is_tensor(value) and value.shape != trained.shape:
            raise ValueError(f"{self}: new value of shape {tuple(value.shape)}, expected {tuple(trained.shape)}")
        with torch.no_grad():  # the object stays the one that the optimiser knows
            trained.copy_(torch.as_tensor(value, dtype=trained.dtype))

    def make_trainable(self, set_on_chip_func: Callable[[Value, Any, Any], None] | None = None) -> Parameter:
        """Make the model value a `torch.nn.Parameter` (of floating point).

        Parameters
        ----------
        set_on_chip_func : callable, optional
            Called as (hardware value, chip, logical neurons) before each run; writes the value into the chip.

        Returns
        -------
        Parameter
            This one.
        """
        if not self.is_trainable():
            value = torch.as_tensor(self._model_value).detach().clone()
            if not value.is_floating_point():
                value = value.to(torch.get_default_dtype())
            del self._model_value
            self._model_value = torch.nn.Parameter(value)
        self._set_on_chip_func = set_on_chip_func
        return self

    def is_trainable(self) -> bool:
        """Whether the model value is a `torch.nn.Parameter`."""
        return isinstance(self._model_value, torch.nn.Parameter)

    def set_on_chip(self, chip: Any, coords: Any) -> None:
        """Write the hardware value into a chip.

        Raises
        ------
        ValueError
            No function for this was given to `make_trainable`.
        """
        if self._set_on_chip_func is None:
            raise ValueError(f"{self} has no function to set it on a chip, expected one in make_trainable()")
        self._set_on_chip_func(self.hardware_value, chip, coords)

    def forward(self) -> Value:
        """The model value."""
        return self._model_value

    def extra_repr(self) -> str:
        trainable = ", trainable" if self.is_trainable() else ""
        return f"model={_text(self.model_value)}, hardware={_text(self.hardware_value)}{trainable}"

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"


class HXParameter(Parameter):
    """One value for both, set through `hardware_value`."""

    def __init__(self, value: Value) -> None:
        super().__init__(value)

    @property
    def hardware_value(self) -> Value:
        return super().hardware_value

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        self._set_model_value(value)


class ModelParameter(Parameter):
    """One value for both, set through `model_value`."""

    @property
    def model_value(self) -> Value:
        return self._model_value

    @model_value.setter
    def model_value(self, value: Value) -> None:
        self._set_model_value(value)


class MixedHXModelParameter(ModelParameter):
    """Two values that have nothing to do with each other."""

    def __init__(self, model_value: Value, hardware_value: Value) -> None:
        super().__init__(model_value)
        self._hardware_value = _checked(hardware_value, "hardware value")

    @property
    def hardware_value(self) -> Value:
        return _detached(self._hardware_value)

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        self._hardware_value = _checked(value, "hardware value")


class HXTransformedModelParameter(ModelParameter):
    """The hardware value is a function of the model value."""

    def __init__(self, model_value: Value, transform_func: Callable[[Value], Value]) -> None:
        super().__init__(model_value)
        if not callable(transform_func):
            raise TypeError(f"transform_func is {transform_func!r}, expected a function of the model value")
        self.transform_func = transform_func

    @property
    def hardware_value(self) -> Value:
        return _detached(self.transform_func(_detached(self._model_value)))

    @hardware_value.setter
    def hardware_value(self, value: Value) -> None:
        """Follows the model value, so this has no effect."""


def _checked(value: Value, what: str) -> Value:
    if isinstance(value, Parameter):
        raise TypeError(f"{what} is the parameter {value}, expected a number or a tensor")
    if isinstance(value, str):
        raise TypeError(f"{what} is {value!r}, expected a number or a tensor")
    return value


def _detached(value: Value) -> Value:
    return value.detach() if torch.is_tensor(value) else value


def _text(value: Value) -> str:
    if torch.is_tensor(value) and value.numel() == 1:
        return f"{value.item():g}"
    if torch.is_tensor(value):
        return f"tensor of shape {tuple(value.shape)}"
    return f"{value:g}" if isinstance(value, (int, float)) else repr(value)
