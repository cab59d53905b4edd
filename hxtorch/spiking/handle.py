"""Handles: what flows from module to module. Empty when modules are connected, filled by `run`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import torch


class _HandleMeta(type):
    """`Handle(...)` makes an instance of the class for these fields; that class itself is called as usual."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if dataclasses.is_dataclass(cls):
            return super().__call__(*args, **kwargs)
        if kwargs and args and set(args) != set(kwargs):
            raise TypeError(f"fields {args} and values for {tuple(kwargs)}, expected the same names")
        return handle_class(*(args or kwargs))(**kwargs)


class Handle(metaclass=_HandleMeta):
    """A few named fields, None until they are filled.

    `Handle("spikes", "current")` is an empty handle with these two fields, `Handle(spikes=tensor)` one that is filled.
    Equal names, in any order, give the same type, a dataclass with its fields in alphabetical order.

    Raises
    ------
    TypeError
        Names and values are given, and the names differ; a name twice, or one that is not an identifier.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(self, *names: Any, **values: Any) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

    def holds(self, name: str) -> bool:
        """Whether there is a field of this name and it is filled."""
        return name in _names(self) and getattr(self, name) is not None

    def clone(self, other: Handle) -> None:
        """Take the values of all fields from another handle, the tensors themselves and not copies.

        Raises
        ------
        AssertionError
            The other handle has other fields.
        """
        if _names(self) != _names(other):
            raise AssertionError(f"handle with fields {_names(other)}, expected {_names(self)}")
        for name in _names(self):
            setattr(self, name, getattr(other, name))

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in _names(self))

    # Graphs tell handles apart by identity, as they do with tensors, which compare by value as well.
    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return _filled, ({name: getattr(self, name) for name in _names(self)},)


class AnalogObservable(NamedTuple):
    """What both converters recorded of one quantity: CADC on the grid of time steps, MADC as it came."""

    cadc: torch.Tensor | None = None
    madc: torch.Tensor | None = None


_CLASSES: dict[tuple[str, ...], type] = {}


def handle_class(*names: str) -> type:
    """The type of handles with these fields; the same object for the same names."""
    key = tuple(sorted(names))
    if len(set(key)) < len(key):
        raise TypeError(f"fields {names}, expected each name once")
    if key not in _CLASSES:
        _CLASSES[key] = dataclasses.make_dataclass(
            "Handle", [(name, Any, None) for name in key], bases=(Handle,), namespace={"__module__": __name__},
            eq=False, slots=True)
    return _CLASSES[key]


if TYPE_CHECKING:  # a type checker does not follow classes that are made at run time
    TensorHandle = Handle
    SynapseHandle = Handle
    LIFObservables = Handle
    LIObservables = Handle
else:
    TensorHandle = handle_class("tensor")
    """Any one tensor."""

    SynapseHandle = handle_class("graded_spikes")
    """Output of a projection."""

    LIFObservables = handle_class("current", "membrane_cadc", "membrane_madc", "spikes")
    """Output of neurons that fire."""

    LIObservables = handle_class("current", "membrane_cadc", "membrane_madc")
    """Output of neurons that do not fire."""


def _names(handle: Any) -> tuple[str, ...]:
    if not isinstance(handle, Handle) or not dataclasses.is_dataclass(handle):
        return ()
    return tuple(field.name for field in dataclasses.fields(handle))


def _filled(values: dict[str, Any]) -> Any:
    return handle_class(*values)(**values)


def _same(one: Any, other: Any) -> bool:
    if torch.is_tensor(one) and torch.is_tensor(other):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)
