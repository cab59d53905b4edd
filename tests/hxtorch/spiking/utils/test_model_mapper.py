"""Parameters of one model for another one."""

import pytest
import torch

from hxtorch.spiking.utils import MixinHXModelMapper


class _Model(torch.nn.Module, MixinHXModelMapper):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(3, 2, bias=False)
        self.out = torch.nn.Linear(2, 1, bias=False)


HIDDEN, OUT, OTHER = torch.full((2, 3), 1.0), torch.full((1, 2), 2.0), torch.full((2, 3), 3.0)


def test_own_names_come_first():
    model = _Model()
    before = model.hidden.weight
    model.map_from(
        {"hidden.weight": HIDDEN, "l2": OUT, "l1": OTHER}, {"hidden.weight": "l1", "out.weight": "l2"})
    assert torch.equal(model.hidden.weight, HIDDEN) and torch.equal(model.out.weight, OUT)
    assert model.hidden.weight is before and before.requires_grad


def test_parameters_that_are_not_there():
    model = _Model()
    out = model.out.weight.detach().clone()
    with pytest.raises(KeyError, match="out.weight"):
        model.map_from({"l1": OTHER}, {"hidden.weight": "l1"})
    assert not torch.equal(model.hidden.weight, OTHER)  # nothing is copied by half
    model.map_from({"l1": OTHER}, {"hidden.weight": "l1"}, map_all=False)
    assert torch.equal(model.hidden.weight, OTHER) and torch.equal(model.out.weight, out)


def test_another_shape_is_an_error():
    with pytest.raises(ValueError, match=r"hidden.weight has shape \(1, 2\), expected \(2, 3\)"):
        _Model().map_from({"hidden.weight": OUT, "out.weight": OUT}, {})
