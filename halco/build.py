"""Builds the coordinate classes from the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .core import (
    BaseInt,
    Coordinate,
    Enum,
    PackedInt,
    RangedEnum,
    RangedInt,
    Value,
    ValueType,
    _new,
    _set_e,
    bit_field,
)
from .declare import CONTAINER, IMPLICIT, SAME, Rule, Spec
from .kinds import (
    GridCoordinate,
    IntervalCoordinate,
    IntPairCoordinate,
    PairCoordinate,
    SparseGridCoordinate,
)
from .typed_array import TypedArray

_MODULE = "halco"


class Conversion:
    """A rule bound to the class that declares it and to the class it returns."""

    __slots__ = ("key", "method", "modulus", "name", "number", "rule", "target")

    def __init__(self, name: str, rule: Rule, owner: type[Value], target: Any, key: Any) -> None:
        self.name = name
        self.rule = rule
        self.modulus = owner._modulus
        """Numbers of a pair modulo this give the number of the declaring class."""
        self.target = target
        self.key = key
        self.number = _on_number(rule.function, owner)
        """The rule as a function of the linear number of the declaring class (an int or an array)."""
        self.method = _method(self)


def _on_number(rule: Callable[..., Any], owner: Any) -> Callable[[Any], Any]:
    """Turn a rule on parts into a function of the linear number."""
    names = _parameters(rule)
    if names == ("e",):
        return rule
    if issubclass(owner, PairCoordinate):
        parts, split = ("parent", "local"), owner._to_parts
    elif issubclass(owner, GridCoordinate):
        parts, split = ("x", "y"), owner._to_xy
    else:
        parts, split = ("lo", "hi"), owner._to_bounds
    if names == parts:
        return lambda e: rule(*split(e))
    if len(names) == 1:
        position = parts.index(names[0])
        return lambda e: rule(split(e)[position])
    raise TypeError(f"expected a rule of e or of {parts}, got parameters {names} on {owner.__name__}")


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


def _method(conversion: Conversion) -> Callable[[Any], Any]:
    """Make the method of a conversion; the shape of the result is decided here, not at every call."""
    number, target, key = conversion.number, conversion.target, conversion.key
    modulus, shape = conversion.modulus, conversion.rule.shape
    if target is None:
        def method(self: Any) -> Any:
            return bool(number(self._e % modulus))
    elif shape == "one":
        def method(self: Any) -> Any:
            value: Any = _new(target)
            _set_e(value, number(self._e % modulus))
            return value
    elif shape == "optional":
        def method(self: Any) -> Any:
            e = number(self._e % modulus)
            return None if e is None else target._from_enum(e)
    elif shape == "required":
        def method(self: Any) -> Any:
            e = number(self._e % modulus)
            if e is None:
                raise RuntimeError(f"{self!r}.{conversion.name}: {conversion.rule.message}")
            return target._from_enum(e)
    elif shape == "list":
        def method(self: Any) -> Any:
            return [target._from_enum(e) for e in number(self._e % modulus)]
    else:
        def method(self: Any) -> Any:
            return TypedArray(key, map(target._from_enum, number(self._e % modulus)))
    method.__name__ = method.__qualname__ = conversion.name
    return method


def _maker(cls: type[Value], types: dict[str, Any], make: tuple[Any, ...]) -> Callable[..., Any]:
    """Make a ``__new__`` that also accepts the parts listed in `make`."""
    rule = make[-1]
    names = _parameters(rule)
    parts = [types[name] for name in make[:-1]]
    required = len(names) - len(rule.__defaults__ or ())
    owner, plain = cls, cls.__new__

    def __new__(cls: type[Value], *args: Any, **keywords: Any) -> Any:
        if cls is not owner or len(args) + len(keywords) < 2:
            return plain(cls, *args, **keywords)  # a pair on this type is made from its own two parts
        given = dict(zip(names, args, strict=False))
        missing = set(names[:required]) - given.keys() - keywords.keys()
        if len(args) > len(names) or missing or given.keys() & keywords.keys() or not keywords.keys() <= set(names):
            raise TypeError(f"{cls.__name__}: expected the parts {names}, got {args} and keywords {sorted(keywords)}")
        given |= keywords
        numbers = {name: part.coerce(given[name])._e for name, part in zip(names, parts, strict=True) if name in given}
        return cls._from_enum(rule(**numbers))

    return __new__


class Builder:
    """Creates all classes first and adds conversions afterwards, because these refer to each other."""

    def __init__(self, specs: Iterable[Spec]) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self.types: dict[str, Any] = {}
        self.enums: dict[int, Any] = {}
        self.conversions: dict[tuple[Any, ...], Conversion] = {}
        for spec in self.specs.values():
            self._class(spec.name)
        for spec in self.specs.values():
            self._complete(self.types[spec.name], spec)

    def _class(self, name: str) -> Any:
        """Return the class `name`, building it and the classes it rests on where needed."""
        if name not in self.types:
            spec = self.specs[name]
            self.types[name] = getattr(self, "_build_" + spec.kind)(spec, **spec.fields)
        return self.types[name]

    def _create(self, spec: Spec, bases: tuple[type, ...], attributes: dict[str, Any], **options: Any) -> Any:
        if spec.flags & CONTAINER and not issubclass(bases[-1], Coordinate):
            bases = (*bases, Coordinate)
        namespace = {"__module__": _MODULE, "__qualname__": spec.name, "__doc__": spec.doc} | attributes
        return ValueType(spec.name.rpartition(".")[2], bases, namespace, **options)

    def enum_type(self, size: int) -> type[Enum]:
        """Return ``EnumRanged_<size>_``, the linear number of composed types with `size` values."""
        if size not in self.enums:
            name = f"EnumRanged_{size}_"
            namespace = {"__module__": _MODULE, "__qualname__": name, "__doc__": f"linear number below {size}"}
            self.enums[size] = ValueType(name, (RangedEnum,), namespace, size=size)
        return self.enums[size]

    def _build_ranged(self, spec: Spec, low: int, high: int, axis: str) -> Any:
        keywords = ("val", "value", axis) if axis else ("val", "value")
        implicit = bool(spec.flags & IMPLICIT)
        return self._create(spec, (RangedInt,), {"_keywords": keywords}, min=low, max=high, int_implicit=implicit)

    def _build_base(self, spec: Spec, bits: int, bit_fields: dict[str, tuple[str, int, int]]) -> Any:
        fields = {name: bit_field(self._class(part), lsb, width) for name, (part, lsb, width) in bit_fields.items()}
        plain = PackedInt if fields else BaseInt
        return self._create(spec, (plain,), fields, bits=bits, int_implicit=bool(spec.flags & IMPLICIT))

    def _build_grid(self, spec: Spec, x: str, y: str, nodes: Any) -> Any:
        x_type, y_type = self._class(x), self._class(y)
        size = x_type.size * y_type.size if nodes is None else len(nodes)
        attributes = {"x_type": x_type, "y_type": y_type, "_cells": size} | self._sized(size)
        if nodes is None:
            return self._create(spec, (GridCoordinate,), attributes)
        attributes |= {"_nodes": tuple(nodes), "_number_of_node": {node: e for e, node in enumerate(nodes)}}
        return self._create(spec, (SparseGridCoordinate,), attributes)

    def _build_pair(
        self, spec: Spec, parent: str, local: str, arguments: tuple[str, str], default_parent: bool
    ) -> Any:
        parent_type, local_type = self._class(parent), self._class(local)
        size = parent_type.size * local_type.size
        attributes = {"_parent": parent_type, "_local": local_type, "_arguments": arguments} | self._sized(size)
        attributes |= {"_default_parent": default_parent, "min": 0, "max": size - 1, "int_implicit": False}
        if issubclass(local_type, PairCoordinate):
            return self._create(spec, (local_type,), attributes)
        if issubclass(local_type, RangedInt):
            return self._create(spec, (IntPairCoordinate, local_type), attributes | {"_leaf": local_type})
        return self._create(spec, (PairCoordinate, local_type), attributes)

    def _build_interval(self, spec: Spec, bound: str) -> Any:
        bound_type = self._class(bound)
        size = bound_type.size**2
        return self._create(
            spec, (IntervalCoordinate,), {"bound_type": bound_type, "_blocks": size} | self._sized(size)
        )

    def _sized(self, size: int) -> dict[str, Any]:
        return {"size": size, "_modulus": size, "enum_type": self.enum_type(size)}

    def _complete(self, cls: Any, spec: Spec) -> None:
        """Add the constructor from parts, named values, constants and conversions."""
        if spec.make:
            cls.__new__ = staticmethod(_maker(cls, self.types, spec.make))
        for name, value in spec.names.items():
            setattr(cls, name, _named(cls, value))
        outer, _, inner = spec.name.rpartition(".")
        if outer:
            setattr(self.types[outer], inner, cls)
        for name, constant in spec.constants.items():
            setattr(cls, name, constant)
        cls._conversions = {}
        for name, rule in spec.rules.items():
            # The number-preserving conversions are most of all; one per target and modulus serves every class.
            shared = (name, cls._modulus) if rule is SAME else (name, cls)
            if shared not in self.conversions:
                target = self.types[name[2:]] if name.startswith("to") else None
                key = self.types[rule.key] if rule.key else None
                self.conversions[shared] = Conversion(name, rule, cls, target, key)
            cls._conversions[name] = self.conversions[shared]
            setattr(cls, name, cls._conversions[name].method)


def _named(cls: Any, value: Any) -> Any:
    """Make a named value from its number or from its parts, outermost part first."""
    if isinstance(value, int):
        return cls._from_enum(value)
    if issubclass(cls, PairCoordinate):
        parent, local = value
        return cls._from_enum(cls._from_parts(parent, _named(cls._local, local)._e))
    if issubclass(cls, GridCoordinate):
        return cls._from_enum(cls._from_xy(*value))
    return cls._from_enum(cls._from_bounds(*value))
