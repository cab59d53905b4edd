"""Value types: the base of every coordinate and of the ranged numbers in register containers.

A value is an immutable object with one slot, ``_e``, its linear number. All derived quantities are computed from that
number, so that an object costs one small allocation and ``_from_enum`` can make it without checks.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, SupportsIndex, TypeVar
from zlib import crc32

from . import errors

_MISSING: Any = object()
_new = object.__new__
_index = operator.index


class ValueType(type):
    """Metaclass that keeps instances free of a ``__dict__`` without a ``__slots__`` line in each class."""

    _seed: int

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> ValueType:
        namespace.setdefault("__slots__", ())
        cls = super().__new__(mcs, name, bases, namespace, **options)
        # Seeded by name, not by id, so that sets of coordinates iterate in the same order in every run.
        cls._seed = crc32(cls.__qualname__.encode())
        return cls


class Value(metaclass=ValueType):
    """An immutable value that is identified by its type and its linear number."""

    __slots__ = ("_e",)
    _e: int

    _seed: ClassVar[int]
    int_implicit: ClassVar[bool] = False
    """Whether a plain int is accepted in place of this type in arguments, comparisons and array keys."""
    is_interval: ClassVar[bool] = False
    _modulus: ClassVar[int]
    """Numbers of a subclass (a pair) modulo this give the number of the part of this type."""
    _composed: ClassVar[bool] = False
    """True for pairs, whose ``__index__`` is a part of the value only."""

    @classmethod
    def _from_enum(cls, e: int) -> Self:
        """Make an instance from its linear number without any check."""
        self = _new(cls)
        _set_e(self, e)
        return self

    @classmethod
    def coerce(cls, value: Any) -> Self:
        """Return `value` as an instance of this type where that is allowed without an explicit constructor.

        Parameters
        ----------
        value
            An instance of this type, of a pair built on it (the local part is taken), or, if ``int_implicit`` is
            true, an int or an object with ``__index__``.

        Raises
        ------
        TypeError
            If `value` does not denote a value of this type.
        ImplicitRangeError
            If `value` is an int outside the range.
        """
        if type(value) is cls:
            return value
        if isinstance(value, cls):
            return cls._from_enum(value._e % cls._modulus if value._composed else value._e)
        return cls._coerce_other(value)

    @classmethod
    def _coerce_other(cls, value: Any) -> Self:
        raise errors.wrong_type(cls, f"a {cls.__name__}", value)

    def _number_of(self, other: Any) -> Any:
        """Return the linear number of `other` if it can be compared with this value, else ``NotImplemented``."""
        return other._e if type(other) is type(self) else NotImplemented

    def __eq__(self, other: object) -> bool:
        if type(other) is type(self):
            return self._e == other._e
        number = self._number_of(other)
        return number if number is NotImplemented else self._e == number

    def __lt__(self, other: Any) -> bool:
        number = self._number_of(other)
        return number if number is NotImplemented else self._e < number

    def __le__(self, other: Any) -> bool:
        number = self._number_of(other)
        return number if number is NotImplemented else self._e <= number

    def __gt__(self, other: Any) -> bool:
        number = self._number_of(other)
        return number if number is NotImplemented else self._e > number

    def __ge__(self, other: Any) -> bool:
        number = self._number_of(other)
        return number if number is NotImplemented else self._e >= number

    def __hash__(self) -> int:
        return hash((self._seed, self._e))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable, cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable, cannot delete {name!r}")

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _restore, (type(self), self._e)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


_set_e: Callable[[Value, int], None] = Value.__dict__["_e"].__set__
_ValueT = TypeVar("_ValueT", bound=Value)


def _restore(cls: type[_ValueT], e: int) -> _ValueT:
    """Rebuild a pickled value."""
    return cls._from_enum(e)


def _arithmetic(operation: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    """Make a binary operator that stays in the type and in its range."""

    def method(self: IntValue, other: Any) -> Any:
        cls = type(self)
        if type(other) is not cls:
            try:
                other = cls.coerce(other)
            except errors.ImplicitRangeError:
                raise
            except TypeError:
                return NotImplemented
        number = operation(self._e, other._e)
        if cls._lo <= number <= cls._hi:
            return cls._from_enum(number)
        if number < 0 <= cls._lo:
            # The C++ types are unsigned: below zero they wrap around to a number above the range.
            raise errors.RangeOverflowError(
                f"range overflow: {number} is below zero for {cls.__name__} ({errors.range_text(cls)})"
            )
        raise cls._range_error(number)

    return method


class IntValue(Value):
    """A value that is an integer between ``_lo`` and ``_hi``; base of :class:`RangedInt` and :class:`BaseInt`."""

    int_implicit: ClassVar[bool] = True
    _lo: ClassVar[int] = 0
    _hi: ClassVar[int] = 0
    _default: ClassVar[int] = 0
    _keywords: ClassVar[tuple[str, ...]] = ("val", "value")

    def __new__(cls, val: SupportsIndex = _MISSING, **keyword: SupportsIndex) -> Self:
        if keyword:
            val = cls._only_keyword(val, keyword)
        if val is _MISSING:
            return cls._from_enum(cls._default)
        try:
            number = _index(val)
        except TypeError:
            raise errors.wrong_type(cls, f"an integer in {errors.range_text(cls)}", val) from None
        if cls._lo <= number <= cls._hi:
            return cls._from_enum(number)
        raise cls._range_error(number)

    @classmethod
    def _only_keyword(cls, val: Any, keyword: dict[str, Any]) -> Any:
        name, value = next(iter(keyword.items()))
        if val is not _MISSING or len(keyword) > 1 or name not in cls._keywords:
            raise TypeError(f"{cls.__name__}: expected one of the keywords {cls._keywords}, got {sorted(keyword)}")
        return value

    @classmethod
    def _range_error(cls, number: int) -> Exception:
        if number > cls._hi:
            return errors.overflow(cls, number)
        if number < 0 <= cls._lo:
            return errors.wrong_type(cls, f"a non-negative integer in {errors.range_text(cls)}", number)
        return errors.underflow(cls, number)

    @classmethod
    def _coerce_other(cls, value: Any) -> Self:
        if cls.int_implicit and not getattr(type(value), "_composed", False):
            try:
                number = _index(value)
            except TypeError:
                raise errors.wrong_type(cls, f"a {cls.__name__} or an int", value) from None
            if cls._lo <= number <= cls._hi:
                return cls._from_enum(number)
            raise errors.implicit(cls, number)
        raise errors.wrong_type(cls, f"a {cls.__name__}", value)

    def _number_of(self, other: Any) -> Any:
        if type(other) is type(self):
            return other._e
        if self.int_implicit and not isinstance(other, Value):
            try:
                return _index(other)
            except TypeError:
                pass
        return NotImplemented

    def value(self) -> int:
        """Return the number as a plain int."""
        return self._e

    def toEnum(self) -> Enum:
        """Return the linear number, which is the value itself."""
        return Enum._from_enum(self._e)

    def __int__(self) -> int:
        return self._e

    def __index__(self) -> int:
        return self._e

    def __bool__(self) -> bool:
        return self._e != 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._e})"

    if TYPE_CHECKING:

        def __add__(self, other: Self | int) -> Self: ...
        def __sub__(self, other: Self | int) -> Self: ...
        def __mul__(self, other: Self | int) -> Self: ...
        def __truediv__(self, other: Self | int) -> Self: ...
        def __floordiv__(self, other: Self | int) -> Self: ...
        def __mod__(self, other: Self | int) -> Self: ...

    else:
        __add__ = _arithmetic(operator.add)
        __sub__ = _arithmetic(operator.sub)
        __mul__ = _arithmetic(operator.mul)
        __truediv__ = _arithmetic(operator.floordiv)  # integers in, integers out, as in C++
        __floordiv__ = _arithmetic(operator.floordiv)
        __mod__ = _arithmetic(operator.mod)


class RangedInt(IntValue):
    """An integer with limits, declared by class arguments.

    Examples
    --------
    >>> class Offset(RangedInt, min=-128, max=127, default=0): ...
    >>> Offset(5) + 2
    Offset(7)
    """

    min: ClassVar[int]
    max: ClassVar[int]
    size: ClassVar[int]
    begin: ClassVar[int]
    end: ClassVar[int]
    lowest: ClassVar[int]

    def __init_subclass__(
        cls, *, min: int = 0, max: int | None = None, default: int | None = None, int_implicit: bool = True
    ) -> None:
        """Set the limits of the subclass.

        Parameters
        ----------
        min, max
            Smallest and largest value. Without `max` the subclass keeps the limits of its base.
        default
            Value of ``T()``; if None, `min` where that is positive, otherwise 0.
        int_implicit
            Whether an int is accepted in place of the type.
        """
        super().__init_subclass__()
        if max is None:
            return
        if default is None:
            default = min if min > 0 else 0
        if not min <= default <= max:
            raise ValueError(f"{cls.__name__}: expected min <= default <= max, got {min}, {default}, {max}")
        cls.min = cls.begin = cls.lowest = cls._lo = min
        cls.max = cls._hi = max
        cls.end = cls._modulus = max + 1
        cls.size = max - min + 1
        cls._default = default
        cls.int_implicit = int_implicit


class BaseInt(IntValue):
    """An integer limited by its width only; it has no ``size`` and cannot be iterated over."""

    def __init_subclass__(cls, *, bits: int | None = None, int_implicit: bool = True) -> None:
        super().__init_subclass__()
        if bits is not None:
            cls._hi = (1 << bits) - 1
            cls._modulus = 1 << bits
            cls.int_implicit = int_implicit

    @classmethod
    def _range_error(cls, number: int) -> Exception:
        return errors.implicit(cls, number)


class X(BaseInt, bits=64):
    """Untyped column number."""


class Y(BaseInt, bits=64):
    """Untyped row number."""


class Enum(BaseInt, bits=64):
    """Untyped linear number.

    The types ``EnumRanged_<N>_`` are subclasses with a range; all of them compare by number.
    """

    def _number_of(self, other: Any) -> Any:
        return other._e if isinstance(other, Enum) else super()._number_of(other)

    def __eq__(self, other: object) -> bool:
        number = self._number_of(other)
        return number if number is NotImplemented else self._e == number

    def __hash__(self) -> int:
        return hash((Enum._seed, self._e))

    def __repr__(self) -> str:
        return f"Enum({self._e})"


class RangedEnum(Enum):
    """A linear number with a range; base of the types ``EnumRanged_<N>_``."""

    min: ClassVar[int] = 0
    max: ClassVar[int]
    size: ClassVar[int]
    begin: ClassVar[int] = 0
    end: ClassVar[int]
    lowest: ClassVar[int] = 0

    def __init_subclass__(cls, *, size: int) -> None:
        super().__init_subclass__()
        cls.max = cls._hi = size - 1
        cls.size = cls.end = cls._modulus = size

    @classmethod
    def _range_error(cls, number: int) -> Exception:
        return super(BaseInt, cls)._range_error(number)


class PackedInt(BaseInt):
    """A word with bit fields: each field is a property that leaves all other bits unchanged when it is set.

    Unlike all other values it can be changed in place, so a key of a dict should not be changed afterwards.
    """

    __setattr__ = object.__setattr__  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self._from_enum(self._e)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._from_enum(self._e)


def bit_field(field_type: type[Value], lsb: int, width: int) -> property:
    """Make a property on bits ``lsb .. lsb + width - 1`` of a :class:`PackedInt` with values of `field_type`."""
    mask = (1 << width) - 1

    def get(self: PackedInt) -> Value:
        return field_type._from_enum(self._e >> lsb & mask)

    def set_(self: PackedInt, value: Any) -> None:
        _set_e(self, self._e & ~(mask << lsb) | field_type.coerce(value)._e << lsb)

    return property(get, set_, doc=f"{field_type.__name__} in bits {lsb + width - 1}..{lsb}.")


class Coordinate:
    """Abstract base of all coordinates that address a container in a playback program."""

    __slots__ = ()

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        if cls is Coordinate:
            raise TypeError("Coordinate is abstract, use one of the coordinate types")
        return _new(cls)
