"""Handles: types by field names, filling, copying, comparing."""

import copy
import pickle

import pytest
import torch

from hxtorch.spiking.handle import (
    AnalogObservable,
    Handle,
    LIFObservables,
    LIObservables,
    SynapseHandle,
    TensorHandle,
    handle_class,
)

ALIASES = [
    (TensorHandle, ("tensor",)),
    (SynapseHandle, ("graded_spikes",)),
    (LIFObservables, ("spikes", "membrane_madc", "current", "membrane_cadc")),
    (LIObservables, ("membrane_madc", "current", "membrane_cadc")),
]


@pytest.mark.parametrize("alias, names", ALIASES, ids=lambda value: "")
def test_aliases_are_the_types_of_their_names_in_any_order(alias, names):
    assert type(Handle(*names)) is alias
    assert type(Handle(*reversed(names))) is alias
    assert type(Handle(**dict.fromkeys(names, 1))) is alias
    assert handle_class(*names) is alias
    assert issubclass(alias, Handle)


def test_fields_are_in_alphabetical_order():
    handle = LIFObservables(1, 2, 3, 4)
    assert (handle.current, handle.membrane_cadc, handle.membrane_madc, handle.spikes) == (1, 2, 3, 4)


def test_fields_by_name_are_empty_and_by_value_filled():
    assert Handle("b", "a").a is None
    handle = Handle(a=torch.ones(2), b=None)
    assert handle.holds("a")
    assert not handle.holds("b")
    assert not handle.holds("c")
    assert Handle("a", a=3).a == 3


def test_clone_takes_the_very_tensors():
    source, target = Handle(a=torch.ones(2), b=3), Handle("a", "b")
    assert source != target
    target.clone(source)
    assert target == source
    assert target.a is source.a


@pytest.mark.parametrize("other", [Handle("a"), Handle("a", "c"), 3])
def test_clone_of_other_fields_is_an_error(other):
    with pytest.raises(AssertionError, match="expected"):
        Handle("a", "b").clone(other)


@pytest.mark.parametrize("value, other, same", [
    (torch.ones(3), torch.ones(3), True),
    (torch.ones(3), torch.zeros(3), False),
    (torch.ones(3), torch.ones(4), False),
    (torch.ones(3), torch.ones(3, dtype=torch.int32), False),
    (torch.ones(3), None, False),
    (AnalogObservable(cadc=torch.ones(3)), AnalogObservable(cadc=torch.ones(3)), True),
    (AnalogObservable(cadc=torch.ones(3)), AnalogObservable(madc=torch.ones(3)), False),
    ("text", "text", True),
], ids=str)
def test_equality_is_by_value(value, other, same):
    assert (Handle(a=value) == Handle(a=other)) is same


def test_other_fields_are_never_equal():
    assert Handle(a=None) != Handle(b=None)


@pytest.mark.parametrize("make, text", [
    (lambda: Handle("a", b=1), "expected the same names"),
    (lambda: Handle("a", "a"), "each name once"),
    (lambda: Handle("1a"), "valid identifiers"),
    (lambda: LIObservables(spikes=1), "spikes"),
])
def test_wrong_fields_are_errors(make, text):
    with pytest.raises(TypeError, match=text):
        make()


def test_unknown_fields_cannot_be_set():
    with pytest.raises(AttributeError, match="membrane"):
        LIFObservables().membrane = 1


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))])
def test_copies_are_equal_and_of_the_same_type(again):
    handle = LIFObservables(spikes=torch.ones(2), membrane_cadc=torch.zeros(2))
    assert again(handle) == handle
    assert type(again(handle)) is LIFObservables
