"""Parameters: which value follows which, and training."""

import copy

import pytest
import torch

from hxtorch.spiking.parameter import (
    HXParameter,
    HXTransformedModelParameter,
    MixedHXModelParameter,
    ModelParameter,
    Parameter,
)


def _all() -> list[Parameter]:
    return [
        HXParameter(3.),
        ModelParameter(3.),
        MixedHXModelParameter(3., 80.),
        HXTransformedModelParameter(3., lambda value: 80 * value),
    ]


def test_one_value_set_through_the_hardware():
    parameter = HXParameter(80.)
    assert (parameter.model_value, parameter.hardware_value) == (80., 80.)
    parameter.hardware_value = 10.
    assert (parameter.model_value, parameter.hardware_value) == (10., 10.)
    with pytest.raises(AttributeError, match="model_value"):
        parameter.model_value = 3.


def test_one_value_set_through_the_model():
    parameter = ModelParameter(1.)
    parameter.model_value = 2.
    assert (parameter.model_value, parameter.hardware_value) == (2., 2.)
    parameter.hardware_value = 5.
    assert parameter.model_value == 2.


def test_two_values():
    parameter = MixedHXModelParameter(1., 80.)
    parameter.model_value = 2.
    assert (parameter.model_value, parameter.hardware_value) == (2., 80.)
    parameter.hardware_value = 90.
    assert (parameter.model_value, parameter.hardware_value) == (2., 90.)


def test_hardware_value_as_a_function_of_the_model_value():
    parameter = HXTransformedModelParameter(1., lambda value: 80 * value)
    assert parameter.hardware_value == 80.
    parameter.model_value = 2.
    assert parameter.hardware_value == 160.
    parameter.hardware_value = 5.
    assert (parameter.model_value, parameter.hardware_value) == (2., 160.)


@pytest.mark.parametrize("parameter", _all(), ids=lambda p: type(p).__name__)
def test_trainable_parameters_are_seen_by_optimisers_and_keep_their_identity(parameter):
    assert not parameter.is_trainable()
    assert list(parameter.parameters()) == []
    assert parameter.make_trainable() is parameter
    assert parameter.is_trainable()
    value, = parameter.parameters()
    assert parameter.model_value is value and parameter() is value
    assert not torch.as_tensor(parameter.hardware_value).requires_grad
    if isinstance(parameter, HXParameter):
        parameter.hardware_value = 4.
    else:
        parameter.model_value = 4.
    assert parameter.model_value is value and value.item() == 4.
    parameter.make_trainable()
    assert parameter.model_value is value


def test_training_moves_both_values_of_one_value():
    parameter = HXParameter(80.).make_trainable()
    (2 * parameter.model_value).backward()
    torch.optim.SGD(parameter.parameters(), lr=1.).step()
    assert parameter.model_value.item() == 78. and parameter.hardware_value.item() == 78.


@pytest.mark.parametrize("value, dtype", [
    (3, torch.float32), (torch.arange(3), torch.float32), (torch.ones(3, dtype=torch.float64), torch.float64)], ids=str)
def test_trained_values_are_of_floating_point(value, dtype):
    assert MixedHXModelParameter(value, 1).make_trainable().model_value.dtype == dtype


def test_a_trainable_parameter_may_be_replaced_by_another():
    parameter = ModelParameter(torch.ones(3)).make_trainable()
    new = torch.nn.Parameter(torch.zeros(2))
    parameter.model_value = new
    assert [id(p) for p in parameter.parameters()] == [id(new)]
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(2,\)"):
        parameter.model_value = torch.ones(3)


def test_tensors_that_are_parameters_already_are_trainable():
    value = torch.nn.Parameter(torch.ones(3))
    assert ModelParameter(value).is_trainable()
    assert next(ModelParameter(value).parameters()) is value


@pytest.mark.parametrize("parameter", _all(), ids=lambda p: type(p).__name__)
def test_setting_on_a_chip(parameter):
    with pytest.raises(ValueError, match="make_trainable"):
        parameter.set_on_chip(None, None)
    calls = []
    parameter.make_trainable(lambda *arguments: calls.append(arguments))
    parameter.set_on_chip("chip", "neurons")
    assert calls == [(parameter.hardware_value, "chip", "neurons")]


@pytest.mark.parametrize("parameter", _all(), ids=lambda p: type(p).__name__)
def test_copies_are_independent(parameter):
    parameter.make_trainable()
    other = copy.deepcopy(parameter)
    with torch.no_grad():
        other.model_value.add_(1)
    assert parameter.model_value.item() == 3.


def test_text():
    assert str(MixedHXModelParameter(1., 80)) == "MixedHXModelParameter(model=1, hardware=80)"
    assert "trainable" in str(ModelParameter(torch.ones(3)).make_trainable())
    assert "shape (3,)" in str(ModelParameter(torch.ones(3)))


@pytest.mark.parametrize("make", [
    lambda: HXParameter(HXParameter(1.)), lambda: ModelParameter("1"), lambda: MixedHXModelParameter(1., "80"),
    lambda: HXTransformedModelParameter(1., 80.)])
def test_wrong_values_are_errors(make):
    with pytest.raises(TypeError, match="expected"):
        make()
