"""Vocabulary of the coordinate tables: one call declares one coordinate.

A conversion is a keyword argument ``to<Type>=rule``. The rule is a function that yields the linear number of a
``<Type>``; its parameter names say what it gets: ``e`` the linear number, ``x`` and ``y`` of a grid, ``parent`` and
``local`` of a pair, ``lo`` and ``hi`` (bounds) of an interval. Rules use integer arithmetic only, so
that they accept arrays as well. A keyword ``is<Property>=rule`` declares a method that returns a bool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

CONTAINER = 1
"""Flag: derives from ``Coordinate``, usable as the address of a container in a playback program."""
IMPLICIT = 2
"""Flag: an int is accepted in place of the coordinate."""


class Rule:
    """A conversion rule and the shape of its result."""

    __slots__ = ("function", "key", "message", "shape")

    def __init__(self, function: Callable[..., Any], shape: str = "one", key: str = "", message: str = "") -> None:
        self.function = function
        self.shape = shape
        self.key = key
        self.message = message


def optional(function: Callable[..., Any]) -> Rule:
    """Return None from the method where the rule yields None."""
    return Rule(function, "optional")


def required(function: Callable[..., Any], message: str) -> Rule:
    """Raise RuntimeError with `message` where the rule yields None."""
    return Rule(function, "required", message=message)


def listed(function: Callable[..., Any]) -> Rule:
    """Return a plain list, one element per number of the rule's list."""
    return Rule(function, "list")


def array(key: str, function: Callable[..., Any]) -> Rule:
    """Return a typed array with keys of type `key`, one element per number of the rule's list."""
    return Rule(function, "array", key=key)


SAME = Rule(lambda e: e)
_PARENT = Rule(lambda parent: parent)
_LOCAL = Rule(lambda local: local)
_X = Rule(lambda x: x)
_Y = Rule(lambda y: y)


class Spec:
    """Declaration of one coordinate, kept as plain data until the classes are built."""

    __slots__ = ("constants", "doc", "fields", "flags", "kind", "make", "name", "names", "rules")

    def __init__(self, kind: str, name: str, doc: str, flags: int, options: dict[str, Any], **fields: Any) -> None:
        self.kind = kind
        self.name = name
        self.doc = doc
        self.flags = flags
        self.fields = fields
        self.names: Mapping[str, Any] = _numbered(options.pop("names", ()))
        self.constants: Mapping[str, int] = options.pop("constants", {})
        self.make: tuple[Any, ...] | None = options.pop("make", None)
        self.rules: dict[str, Rule] = {"to" + target: SAME for target in options.pop("same", "").split()}
        for method, rule in options.items():
            if not method.startswith(("to", "is")):
                raise TypeError(f"{name}: expected an option or a rule to<Type> or is<Property>, got {method}")
            self.rules[method] = rule if isinstance(rule, Rule) else Rule(rule)


def _numbered(names: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Number the words of a string from 0; a mapping stays as it is."""
    return {word: number for number, word in enumerate(names.split())} if isinstance(names, str) else dict(names)


def ranged(name: str, low: int, high: int, flags: int, doc: str, axis: str = "", **options: Any) -> Spec:
    """Declare an integer coordinate in low..high.

    Parameters
    ----------
    axis
        ``"x"`` or ``"y"`` if the coordinate can be made from an untyped ``X`` or ``Y``.
    options
        ``names``: named values, a string of names for 0, 1, ... or a mapping name to number;
        ``constants``: plain int class attributes;
        ``same``: types to which the number is kept;
        ``make``: types of the parts and rule of a constructor from parts;
        everything else is a rule.
    """
    return Spec("ranged", name, doc, flags, options, low=low, high=high, axis=axis)


def singleton(name: str, flags: int, doc: str, **options: Any) -> Spec:
    """Declare a coordinate with the only value 0."""
    return Spec("ranged", name, "singleton: " + doc, flags, options, low=0, high=0, axis="")


def base(
    name: str,
    bits: int,
    flags: int,
    doc: str,
    bit_fields: Mapping[str, tuple[str, int, int]] | None = None,
    **options: Any,
) -> Spec:
    """Declare an integer that is limited by its width only.

    Parameters
    ----------
    bit_fields
        Properties on bit ranges: name to (type, lowest bit, width).
    """
    return Spec("base", name, doc, flags, options, bits=bits, bit_fields=bit_fields or {})


def grid(name: str, x: str, y: str, flags: int, doc: str, nodes: Any = None, **options: Any) -> Spec:
    """Declare a grid; `nodes` lists the existing (x, y) of a sparse one in linear order."""
    spec = Spec("grid", name, doc, flags, options, x=x, y=y, nodes=nodes)
    spec.rules = {"to" + x: _X, "to" + y: _Y} | spec.rules
    return spec


def pair(name: str, parent: str, local: str, arguments: str, flags: int, doc: str, **options: Any) -> Spec:
    """Declare a local coordinate in a parent.

    Parameters
    ----------
    arguments
        Names of the constructor arguments (local, parent); ``=`` behind the second one: it may be left out.
    """
    names = tuple(arguments.rstrip("=").split())
    spec = Spec("pair", name, doc, flags, options, parent=parent, local=local, arguments=names)
    spec.fields["default_parent"] = arguments.endswith("=")
    spec.rules = {"to" + local: _LOCAL} | spec.rules | {"to" + parent: _PARENT}
    return spec


def interval(name: str, bound: str, flags: int, doc: str, **options: Any) -> Spec:
    """Declare a closed interval of a ranged coordinate."""
    return Spec("interval", name, doc, flags, options, bound=bound)
