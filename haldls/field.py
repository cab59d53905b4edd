"""Descriptors: the fields of a container.

A field knows the type of its value and, for a container, the place of its bits. Structs (groups of fields that
appear in several containers) keep the places apart from the fields, in the map of the instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np

from halco.errors import ImplicitRangeError, RangeOverflowError, RangeUnderflowError
from haldls.codec import Codec
from haldls.errors import FieldValueError
from haldls.location import ArrayLocation, Location, Piece, piece

if TYPE_CHECKING:
    from haldls.container import Image

T = TypeVar("T")


class ValueType(Generic[T]):
    """Conversion between the number in a register and the Python value of a field."""

    numpy_dtype: Any = np.uint64

    def from_raw(self, raw: int) -> T:
        raise NotImplementedError

    def to_raw(self, value: Any) -> int:
        """Number of a value; TypeError or OverflowError when it is none of this type."""
        raise NotImplementedError

    def check_raw(self, raw: np.ndarray) -> np.ndarray:
        """Mask of the numbers that no value has."""
        raise NotImplementedError

    def expected(self) -> str:
        raise NotImplementedError


class BoolType(ValueType[bool]):
    numpy_dtype = np.bool_

    def from_raw(self, raw: int) -> bool:
        return raw != 0

    def to_raw(self, value: Any) -> int:
        if isinstance(value, (bool, np.bool_)) or (isinstance(value, (int, np.integer)) and value in (0, 1)):
            return int(value)
        raise TypeError(value)

    def check_raw(self, raw: np.ndarray) -> np.ndarray:
        return (raw < 0) | (raw > 1)

    def expected(self) -> str:
        return "a bool"


class NumberType(ValueType[Any]):
    """A ranged number or coordinate; ints are taken where the type allows implicit conversion."""

    def __init__(self, cls: Any):
        self.cls = cls
        self.min, self.max = cls._lo, cls._hi
        self.implicit = cls.int_implicit
        self.numpy_dtype = np.uint8 if self.max <= 0xFF and self.min >= 0 else np.uint64
        if self.min < 0:
            self.numpy_dtype = np.int64

    def from_raw(self, raw: int) -> Any:
        return self.cls._from_enum(raw) if self.min <= raw <= self.max else raw

    def to_raw(self, value: Any) -> int:
        kind = type(value)
        if kind is self.cls:
            return value._e
        if kind is int and self.implicit and self.min <= value <= self.max:
            return value
        return self.cls.coerce(value)._e

    def check_raw(self, raw: np.ndarray) -> np.ndarray:
        return (raw < self.min) | (raw > self.max)

    def expected(self) -> str:
        return f"{self.cls.__qualname__} (range {self.min}..{self.max})"


class EnumType(ValueType[Any]):
    def __init__(self, cls: type[IntEnum]):
        self.cls = cls
        self.members = {int(m): m for m in cls}
        self._has_gaps = sorted(self.members) != list(range(len(self.members)))

    def from_raw(self, raw: int) -> Any:
        # A read-back of a bit pattern without a name is shown as it is.
        return self.members.get(raw, raw)

    def to_raw(self, value: Any) -> int:
        if not isinstance(value, self.cls):
            raise TypeError(value)
        return int(value)

    def check_raw(self, raw: np.ndarray) -> np.ndarray:
        if self._has_gaps:
            return ~np.isin(raw, list(self.members))
        return (raw < 0) | (raw >= len(self.members))

    def expected(self) -> str:
        return f"{self.cls.__qualname__} (one of {', '.join(self.cls.__members__)})"


def value_type(kind: Any) -> ValueType[Any]:
    """The ValueType for `bool`, an enum, a ranged number, or a ValueType itself."""
    if isinstance(kind, ValueType):
        return kind
    if kind is bool:
        return BoolType()
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return EnumType(kind)
    return NumberType(kind)


class Field(Generic[T]):
    """One value of a container.

    Attributes
    ----------
    name : str
        Attribute name, `owner` the class that declares it.
    location : Location
        Bits in the image of the owner; None in a Struct until it is part of a container.
    default : int
        Number of the default value.
    """

    read_only = False

    def __init__(self, kind: Any, location: Location | None, default: Any, doc: str):
        self.kind = kind
        self.type = value_type(kind)
        self.location = location
        self.default_value = default
        self.__doc__ = doc
        self.name = self.owner = ""
        self.index: int | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.owner = name, owner.__qualname__

    @property
    def default(self) -> int:
        value = self.default_value
        if value is None:
            return self.type.cls._default if isinstance(self.type, NumberType) else 0
        return self.type.to_raw(value)

    def located(self, obj: Image) -> Location:
        return self.location if self.index is None else obj._map[self.index]  # type: ignore[return-value]

    @overload
    def __get__(self, obj: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, obj: Image, owner: type) -> T: ...
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        location = self.location if self.index is None else obj._map[self.index]
        return self.type.from_raw(location.read(obj._mem))

    def __set__(self, obj: Image, value: Any) -> None:
        if self.read_only:
            raise AttributeError(f"{self.owner}.{self.name} is read-only")
        location = self.location if self.index is None else obj._map[self.index]
        location.write(obj._mem, self.number(value, owner=type(obj)))

    def number(self, value: Any, where: str = "", owner: type | None = None) -> int:
        """Number of `value`, or an error that names container, field, value and range."""
        try:
            return self.type.to_raw(value)
        except (TypeError, OverflowError, RangeUnderflowError) as error:
            raise self.refusal(value, error, where, owner) from None

    def refusal(self, value: Any, error: Exception, where: str, owner: type | None) -> Exception:
        place = f"{owner.__qualname__ if owner else self.owner}.{self.name}{where}"
        text = f"{place}: {value!r} is not accepted, expected {self.type.expected()}"
        ranged = isinstance(error, (RangeOverflowError, RangeUnderflowError, ImplicitRangeError, OverflowError))
        number = isinstance(value, (int, np.integer)) and not isinstance(value, IntEnum)
        return FieldValueError(text) if ranged or number else TypeError(text)


class ArrayField(Field[T]):
    """An array of values, indexed by one or two coordinates."""

    def __init__(self, kind: Any, keys: Sequence[Any], location: ArrayLocation | None, default: Any, doc: str):
        super().__init__(kind, None, default, doc)
        self.keys = tuple(keys)
        self.location = location  # type: ignore[assignment]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(key.size for key in self.keys)

    @property
    def default(self) -> Any:  # type: ignore[override]
        value = self.default_value
        if isinstance(value, (list, tuple)):
            return np.array([self.type.to_raw(v) for v in value]).reshape(self.shape)
        return np.full(self.shape, Field.default.fget(self))  # type: ignore[attr-defined]

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        from haldls.arrays import FieldArray

        if obj is None:
            return self
        location = self.location if self.index is None else obj._map[self.index]
        return FieldArray(obj._mem, self, location, self.keys)

    def __set__(self, obj: Any, value: Any) -> None:
        self.__get__(obj).assign(value)


def flag(word: int, bit: int, default: bool = False, doc: str = "", codec: Codec | None = None) -> Field[bool]:
    """A single bit."""
    return Field(bool, Location([piece(word, bit, 1)], codec), default, doc)


def field(
    kind: type[T],
    word: int,
    lsb: int,
    width: int,
    default: Any = None,
    doc: str = "",
    codec: Codec | None = None,
    word_codec: Codec | None = None,
) -> Field[T]:
    """A value in adjacent bits. `default` None is the default of the type."""
    return Field(kind, Location([piece(word, lsb, width)], codec, word_codec), default, doc)


def split(
    kind: type[T], pieces: Iterable[tuple[int, int, int, int]], default: Any = None, doc: str = "",
    codec: Codec | None = None,
) -> Field[T]:
    """A value spread over several pieces (word, lsb, width, lowest value bit of the piece)."""
    return Field(kind, Location([piece(*p) for p in pieces], codec), default, doc)


def array(
    kind: type[T],
    key: Any,
    at: Sequence[tuple[int, int]],
    width: int = 1,
    default: Any = None,
    doc: str = "",
    codec: Codec | None = None,
    flipped: Sequence[bool] | None = None,
) -> ArrayField[T]:
    """An array of values; element i sits at (word, lsb) = at[i]. `flipped` elements are stored inverted."""
    location = ArrayLocation.of([Location([piece(word, lsb, width)], codec) for word, lsb in at])
    location.flipped = None if flipped is None else np.array(flipped)
    return ArrayField(kind, (key,), location, default, doc)


def bits(word: int, first: int, count: int, stride: int = 1) -> list[tuple[int, int]]:
    """Places of `count` elements in one word, `stride` bits apart."""
    return [(word, first + stride * i) for i in range(count)]


@overload
def unplaced(kind: type[T], default: Any = None, doc: str = "", codec: Codec | None = None) -> Field[T]: ...
@overload
def unplaced(kind: ValueType[T], default: Any = None, doc: str = "", codec: Codec | None = None) -> Field[T]: ...
def unplaced(kind: Any, default: Any = None, doc: str = "", codec: Codec | None = None) -> Any:
    """A value of a Struct; the container that holds the struct places it."""
    field_ = Field[Any](kind, None, default, doc)
    field_.location = Location([Piece(0, 0, 0xFFFFFFFF, 0)], codec)
    return field_


def unplaced_array(kind: Any, key: Any, default: Any = None, doc: str = "") -> ArrayField[Any]:
    """An array of values of a Struct."""
    return ArrayField(kind, (key,), None, default, doc)
