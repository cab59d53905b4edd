"""Composed kinds of coordinates: grids (x, y), pairs (parent, local) and intervals (min, max)."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from . import errors
from .core import Enum, IntValue, RangedInt, Value, X, Y


class ComposedValue(Value):
    """A value made of two parts."""

    size: ClassVar[int]
    enum_type: ClassVar[type[Enum]]

    @classmethod
    def _from_linear(cls, enum: Enum) -> Self:
        """Make an instance from an untyped linear number, range-checked."""
        return cls._from_enum(cls._check_linear(enum))

    @classmethod
    def _check_linear(cls, enum: Enum) -> int:
        if enum._e >= cls.size:
            raise errors.ImplicitRangeError(
                f"{cls.__name__}: expected an Enum in range 0..{cls.size - 1}, got {enum._e}"
            )
        return enum._e

    @classmethod
    def _from_one(cls, value: Any, expected: str) -> Self:
        """Construct from a single argument that is not specific to the kind: a linear number or a copy."""
        if isinstance(value, Enum):
            return cls._from_linear(value)
        if isinstance(value, cls):
            return cls.coerce(value)
        raise errors.wrong_type(cls, expected, value)

    def toEnum(self) -> Enum:
        """Return the linear number."""
        return self.enum_type._from_enum(self._e)


class GridCoordinate(ComposedValue):
    """A column x and a row y, numbered row by row."""

    x_type: ClassVar[type[RangedInt]]
    y_type: ClassVar[type[RangedInt]]
    _cells: ClassVar[int]
    """Number of cells; a pair on a grid inherits it, unlike ``size``."""

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        if not args and not keywords:
            return cls._from_enum(0)
        expected = f"(x, y) as ({cls.x_type.__name__}, {cls.y_type.__name__}), an Enum or a {cls.__name__}"
        if len(args) + len(keywords) == 1:
            return cls._from_one(args[0] if args else keywords.get("e"), expected)
        x, y = cls._sort_axes(args, keywords, expected)
        return cls._from_enum(cls._from_xy(cls._axis(cls.x_type, X, x), cls._axis(cls.y_type, Y, y)))

    @classmethod
    def _sort_axes(cls, args: Sequence[Any], keywords: dict[str, Any], expected: str) -> tuple[Any, Any]:
        """Bring the two arguments into the order (x, y)."""
        if len(args) + len(keywords) != 2 or not keywords.keys() <= {"x", "y"}:
            raise TypeError(f"{cls.__name__}: expected {expected}, got {args} and keywords {sorted(keywords)}")
        if len(args) == 2:
            first, second = args
            swapped = isinstance(first, (cls.y_type, Y)) or isinstance(second, (cls.x_type, X))
            return (second, first) if swapped else (first, second)
        if args:
            return (args[0], keywords["y"]) if "y" in keywords else (keywords["x"], args[0])
        return keywords["x"], keywords["y"]

    @classmethod
    def _axis(cls, part: type[RangedInt], axis: type[X] | type[Y], value: Any) -> int:
        """Return the number on one axis; an untyped ``X`` or ``Y`` is an explicit form of the part."""
        if isinstance(value, axis):
            return part(value)._e
        other = (cls.y_type, Y) if axis is X else (cls.x_type, X)
        if isinstance(value, other) and not isinstance(value, part):
            raise errors.wrong_type(cls, f"a {part.__name__} for {axis.__name__.lower()}", value)
        return part.coerce(value)._e

    @classmethod
    def _to_xy(cls, e: Any) -> tuple[Any, Any]:
        """Split linear numbers (int or array) of this grid into x and y."""
        columns = cls.x_type.size
        return e % columns, e // columns

    @classmethod
    def _from_xy(cls, x: Any, y: Any) -> Any:
        """Join x and y (ints or arrays) to linear numbers."""
        return y * cls.x_type.size + x

    def x(self) -> RangedInt:
        """Return the column."""
        return self.x_type._from_enum(self._to_xy(self._e % self._cells)[0])

    def y(self) -> RangedInt:
        """Return the row."""
        return self.y_type._from_enum(self._to_xy(self._e % self._cells)[1])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.x()!r}, {self.y()!r}; {self.toEnum()!r})"


class SparseGridCoordinate(GridCoordinate):
    """A grid of which only some nodes exist; the existing ones are numbered row by row."""

    _nodes: ClassVar[Sequence[tuple[int, int]]]
    _number_of_node: ClassVar[dict[tuple[int, int], int]]

    @classmethod
    def _to_xy(cls, e: Any) -> tuple[Any, Any]:
        if isinstance(e, int):
            return cls._nodes[e]
        import numpy as np

        nodes = np.asarray(cls._nodes, dtype=np.int64)[e]
        return nodes[..., 0], nodes[..., 1]

    @classmethod
    def _from_xy(cls, x: Any, y: Any) -> Any:
        if isinstance(x, int):
            number = cls._number_of_node.get((x, y))
            if number is None:
                raise ValueError(f"{cls.__name__}: no node exists at x = {x}, y = {y}")
            return number
        import numpy as np

        numbers = np.full((cls.x_type.size, cls.y_type.size), -1, dtype=np.int64)
        xs, ys = np.asarray(cls._nodes, dtype=np.int64).T
        numbers[xs, ys] = np.arange(len(xs))
        e = numbers[x, y]
        if (e < 0).any():
            missing = np.argwhere(np.atleast_1d(e) < 0)[0][0]
            cls._from_xy(int(np.ravel(x)[missing]), int(np.ravel(y)[missing]))
        return e


class PairCoordinate(ComposedValue):
    """A local coordinate in a parent; every concrete pair is also a subclass of its local type."""

    min: ClassVar[int]
    max: ClassVar[int]
    int_implicit: ClassVar[bool] = False
    _composed: ClassVar[bool] = True
    _parent: ClassVar[type[RangedInt]]
    _local: ClassVar[type[Value]]
    _arguments: ClassVar[tuple[str, str]] = ("local", "parent")
    _default_parent: ClassVar[bool] = False

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        if not args and not keywords:
            return cls._from_enum(0)
        if keywords:
            args = tuple(cls._positional(args, keywords))
        if len(args) == 1:
            return cls._from_part(args[0])
        if len(args) != 2:
            raise TypeError(f"{cls.__name__}: expected {cls._expected()}, got {len(args)} arguments")
        return cls._from_enum(cls._from_parts(cls._parent.coerce(args[1])._e, cls._local.coerce(args[0])._e))

    @classmethod
    def _expected(cls) -> str:
        local, parent = cls._local.__name__, cls._parent.__name__
        return f"({local}, {parent}{' = 0' if cls._default_parent else ''}), an Enum or a {cls.__name__}"

    @classmethod
    def _positional(cls, args: Sequence[Any], keywords: dict[str, Any]) -> Sequence[Any]:
        """Bring keyword arguments into the order (local, parent)."""
        if not args and list(keywords) == ["e"]:
            return [keywords["e"]]
        names = cls._arguments[len(args) :]
        if not keywords.keys() <= set(names) or (not args and names[0] not in keywords):
            raise TypeError(f"{cls.__name__}: expected keywords {cls._arguments}, got {sorted(keywords)}")
        return [*args, *(keywords[name] for name in names if name in keywords)]

    @classmethod
    def _from_part(cls, value: Any) -> Self:
        """Construct from one argument: a linear number, a copy, or the local part in parent 0."""
        foreign_pair = isinstance(value, PairCoordinate) and not isinstance(value, cls)
        if foreign_pair and type(value) is not cls._local:
            # A pair is a subclass of its local type; taking only its local part would drop the parent unnoticed.
            raise errors.wrong_type(cls, cls._expected(), value)
        if isinstance(value, (Enum, cls)) or not cls._default_parent:
            return cls._from_one(value, cls._expected())
        return cls._from_enum(cls._local.coerce(value)._e)

    @classmethod
    def _from_linear(cls, enum: Enum) -> Self:
        number = cls._check_linear(enum)
        if not cls.is_interval:
            return cls._from_enum(number)
        # The linear order of an interval is not that of its numbers.
        parent, local = cls._to_parts(number)
        return cls._from_enum(cls._from_parts(parent, cls._local._from_linear(Enum(local))._e))  # type: ignore[attr-defined]

    @classmethod
    def _to_parts(cls, e: Any) -> tuple[Any, Any]:
        """Split linear numbers (int or array) into parent and local."""
        return e // cls._local._modulus, e % cls._local._modulus

    @classmethod
    def _from_parts(cls, parent: Any, local: Any) -> Any:
        """Join parent and local (ints or arrays) to linear numbers."""
        return parent * cls._local._modulus + local

    def split(self) -> tuple[Value, Value]:
        """Return (parent, local)."""
        parent, local = self._to_parts(self._e)
        return self._parent._from_enum(parent), self._local._from_enum(local)

    def __int__(self) -> int:
        return self._e

    def __repr__(self) -> str:
        parent, local = self.split()
        return f"{type(self).__name__}({local!r}, {parent!r})"

    def _number_of(self, other: Any) -> Any:
        return other._e if type(other) is type(self) else NotImplemented


def _on_local(operation: Any) -> Any:
    def method(self: IntPairCoordinate, other: Any) -> Any:
        return operation(self._leaf._from_enum(self._e % self._leaf._modulus), other)

    return method


class IntPairCoordinate(PairCoordinate):
    """A pair on a ranged local type: number and arithmetic are those of the local part."""

    _leaf: ClassVar[type[IntValue]]

    def value(self) -> int:
        """Return the number of the local part as a plain int."""
        return self._e % self._leaf._modulus

    def __index__(self) -> int:
        return self._e % self._leaf._modulus

    def __bool__(self) -> bool:
        return self._e % self._leaf._modulus != 0

    __add__ = _on_local(operator.add)
    __sub__ = _on_local(operator.sub)
    __mul__ = _on_local(operator.mul)
    __truediv__ = _on_local(operator.truediv)
    __floordiv__ = _on_local(operator.floordiv)
    __mod__ = _on_local(operator.mod)


class IntervalCoordinate(ComposedValue):
    """A closed interval of a ranged coordinate; its number is ``min * N + max`` for N bound values."""

    is_interval: ClassVar[bool] = True
    bound_type: ClassVar[type[RangedInt]]
    _blocks: ClassVar[int]
    """Number of (min, max) combinations; a pair on an interval inherits it, unlike ``size``."""

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        if not args and not keywords:
            return cls._from_enum(0)
        bound = cls.bound_type.__name__
        expected = f"(min, max) as ({bound}, {bound}), an Enum or a {cls.__name__}"
        if len(args) + len(keywords) == 1:
            return cls._from_one(args[0] if args else keywords.get("e"), expected)
        values = dict(zip(("min", "max"), args, strict=False)) | keywords
        if len(args) + len(keywords) != 2 or values.keys() != {"min", "max"}:
            raise TypeError(f"{cls.__name__}: expected {expected}, got {args} and keywords {sorted(keywords)}")
        lo, hi = cls.bound_type.coerce(values["min"])._e, cls.bound_type.coerce(values["max"])._e
        return cls._from_enum(cls._from_bounds(lo, hi))

    @classmethod
    def _from_linear(cls, enum: Enum) -> Self:
        # The linear order counts lengths, not upper bounds: e = min * N + (length - 1).
        lo, extent = divmod(cls._check_linear(enum), cls.bound_type.size)
        return cls._from_enum(cls._from_bounds(lo, cls.bound_type(lo + extent)._e))

    @classmethod
    def _to_bounds(cls, e: Any) -> tuple[Any, Any]:
        """Split linear numbers (int or array) into min and max."""
        return e // cls.bound_type.size, e % cls.bound_type.size

    @classmethod
    def _from_bounds(cls, lo: int, hi: int) -> int:
        """Join min and max to the linear number."""
        if lo > hi:
            raise RuntimeError(f"{cls.__name__}: expected min <= max, got {lo} > {hi}")
        return lo * cls.bound_type.size + hi

    def _bounds(self) -> tuple[int, int]:
        return divmod(self._e % self._blocks, self.bound_type.size)

    def toMin(self) -> RangedInt:
        """Return the lower bound."""
        return self.bound_type._from_enum(self._bounds()[0])

    def toMax(self) -> RangedInt:
        """Return the upper bound, which is included."""
        return self.bound_type._from_enum(self._bounds()[1])

    def length(self) -> int:
        """Return the number of values in the interval."""
        lo, hi = self._bounds()
        return hi - lo + 1

    def contains(self, value: Any) -> bool:
        """Return whether `value` is between the bounds, bounds included."""
        lo, hi = self._bounds()
        return lo <= self.bound_type.coerce(value)._e <= hi

    def __getitem__(self, i: int) -> RangedInt:
        number = operator.index(i)
        if not 0 <= number < self.length():
            raise IndexError(f"{type(self).__name__}: expected an index in 0..{self.length() - 1}, got {number}")
        return self.bound_type._from_enum(self._bounds()[0] + number)

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{self.toMin()!r}, {self.toMax()!r}])"
