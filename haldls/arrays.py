"""Typed arrays: views of many values, structs or containers inside one register image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from halco.typed_array import TypedArrayBase
from haldls.container import Container, Image, Struct
from haldls.errors import FieldValueError
from haldls.field import ArrayField, NumberType
from haldls.location import ArrayLocation


class FieldArray(TypedArrayBase):
    """Values of an array field. Reading and writing an element goes straight to the register image.

    A field with two keys (a synapse matrix) gives rows, which are arrays themselves.
    """

    def __init__(self, mem: memoryview, field: ArrayField[Any], location: ArrayLocation, keys: tuple[Any, ...]):
        self._mem = mem
        self._field = field
        self._location = location
        self._keys = keys

    @property
    def key_type(self) -> Any:
        return self._keys[0]

    @property
    def shape(self) -> tuple[int, ...]:
        return self._location.shape

    def _size(self) -> int:
        return self._location.shape[0]

    def _get_item(self, i: int) -> Any:
        place = self._location[i]
        if isinstance(place, ArrayLocation):
            return FieldArray(self._mem, self._field, place, self._keys[1:])
        return self._field.type.from_raw(place.read(self._mem))

    def _set_item(self, i: int, value: Any) -> None:
        place = self._location[i]
        if isinstance(place, ArrayLocation):
            FieldArray(self._mem, self._field, place, self._keys[1:]).assign(value)
        else:
            place.write(self._mem, self._field.number(value, f"[{i}]"))

    def to_numpy(self) -> np.ndarray:
        """Copy of the values, in natural order, shape as the keys; the dtype is that of the element type."""
        values = self._location.read_many(np.asarray(self._mem))
        return values.astype(self._field.type.numpy_dtype)

    def from_numpy(self, values: Any) -> None:
        """Set all elements.

        Parameters
        ----------
        values : array_like
            Numbers of the shape of the array. Floats are taken when they are integral.

        Raises
        ------
        RuntimeError
            The shape differs.
        FieldValueError
            A value is outside the range of the element type; the text names the first one and its index.
        """
        values = np.asarray(values)
        if values.shape != self.shape:
            raise RuntimeError(f"{self._label()}: expected an array of shape {self.shape}, got {values.shape}")
        if values.dtype == object:
            values = np.array([self._field.number(v) for v in values.ravel()]).reshape(self.shape)
        if not np.issubdtype(values.dtype, np.number) and values.dtype != np.bool_:
            raise TypeError(f"{self._label()}: expected numbers, got dtype {values.dtype}")
        numbers = values.astype(np.int64)
        bad = self._field.type.check_raw(numbers) | (numbers != values)
        if bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            raise FieldValueError(self._overflow_text(values[index], index))
        self._location.write_many(np.asarray(self._mem), numbers)

    def _overflow_text(self, value: Any, index: tuple[int, ...]) -> str:
        place = f"{self._label()}[{', '.join(map(str, index))}]"
        highest = self._field.type.max if isinstance(self._field.type, NumberType) else 1
        prefix = f"range overflow: {value} > max({highest}): " if value > highest else ""
        return f"{prefix}{place}: {value} is not accepted, expected {self._field.type.expected()}"

    def _label(self) -> str:
        return f"{self._field.owner}.{self._field.name}"

    def assign(self, values: Any) -> None:
        """Set all elements from another typed array, a numpy array or a sequence of values."""
        if isinstance(values, FieldArray) and values._field.type.__class__ is self._field.type.__class__:
            self.from_numpy(values._location.read_many(np.asarray(values._mem)))
        elif isinstance(values, np.ndarray):
            self.from_numpy(values)
        else:
            items = list(values)
            if len(items) != self._size():
                raise FieldValueError(f"{self._label()}: expected {self._size()} values, got {len(items)}")
            for i, value in enumerate(items):
                self._set_item(i, value)

    def fill(self, value: Any) -> None:
        if len(self.shape) > 1:
            super().fill(value)
            return
        number = self._field.number(value)
        self._location.write_many(np.asarray(self._mem), np.full(self.shape, number))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FieldArray):
            return bool(np.array_equal(self.to_numpy(), other.to_numpy()))
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class ImageArray(TypedArrayBase):
    """Containers or structs that lie side by side in the image of their owner.

    Elements are windows: changing one changes the owner. Assigning to an element copies.
    """

    def __init__(self, mem: memoryview, element: Any, key_type: Any, count: int):
        self._mem = mem
        self._element = element
        self.key_type = key_type
        self._count = count

    def _size(self) -> int:
        return self._count

    def _get_item(self, i: int) -> Any:
        words = self._element._size
        return self._element._window(self._mem[i * words : (i + 1) * words])

    def _set_item(self, i: int, value: Any) -> None:
        if not isinstance(value, self._element):
            raise TypeError(f"element {i}: expected {self._element.__name__}, got {value!r}")
        self._get_item(i)._mem[:] = value._mem

    @property
    def columns(self) -> Columns:
        """The fields of all elements as arrays, sharing the memory of the owner."""
        images = np.asarray(self._mem)[: self._count * self._element._size]
        return Columns(self._element, images.reshape(self._count, self._element._size))

    def to_numpy(self) -> np.ndarray:
        names = self._element._names
        if len(names) != 1:
            raise RuntimeError(f"no known conversion of {self._element.__name__} to numpy")
        return getattr(self.columns, names[0])

    def from_numpy(self, values: Any) -> None:
        names = self._element._names
        if len(names) != 1:
            raise RuntimeError(f"no known conversion of numpy to {self._element.__name__}")
        values = np.asarray(values)
        if values.shape != (self._count,):
            raise RuntimeError(f"expected an array of shape {(self._count,)}, got {values.shape}")
        setattr(self.columns, names[0], values)

    def assign(self, values: Iterable[Any]) -> None:
        items = list(values)
        if len(items) != self._count:
            raise FieldValueError(f"expected {self._count} elements, got {len(items)}")
        for i, value in enumerate(items):
            self._set_item(i, value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ImageArray) and other._element is self._element:
            return bool(np.array_equal(np.asarray(self._mem), np.asarray(other._mem)))
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class StructArray(TypedArrayBase):
    """Structs whose values are scattered over the image of their owner."""

    def __init__(self, mem: memoryview, element: type[Struct], key_type: Any, positions: tuple[Any, ...]):
        self._mem = mem
        self._element = element
        self.key_type = key_type
        self._positions = positions

    def _size(self) -> int:
        return self.key_type.size

    def _get_item(self, i: int) -> Any:
        return self._element._window(self._mem, tuple(place[i] for place in self._positions))

    def _set_item(self, i: int, value: Any) -> None:
        if not isinstance(value, self._element):
            raise TypeError(f"element {i}: expected {self._element.__qualname__}, got {value!r}")
        self._get_item(i)._assign(value)

    def assign(self, values: Iterable[Any]) -> None:
        items = list(values)
        if len(items) != self._size():
            raise FieldValueError(f"expected {self._size()} elements, got {len(items)}")
        for i, value in enumerate(items):
            self._set_item(i, value)

    @property
    def columns(self) -> StructColumns:
        """The fields of all elements as arrays."""
        return StructColumns(self._element, np.asarray(self._mem), self._positions)

    def to_numpy(self) -> np.ndarray:
        raise RuntimeError(f"no known conversion of {self._element.__qualname__} to numpy")

    def from_numpy(self, values: Any) -> None:
        raise RuntimeError(f"no known conversion of numpy to {self._element.__qualname__}")


class _ColumnBase:
    """Attribute access to the fields of many registers at once: one array per field."""

    __slots__ = ("_type", "_images")
    _type: type[Image]
    _images: np.ndarray

    def _location(self, name: str) -> Any:
        raise NotImplementedError

    def _field(self, name: str) -> Any:
        field = self._type._fields.get(name)
        if field is None:
            raise AttributeError(f"{self._type.__name__} has no field {name!r}")
        return field

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("__"):
            raise AttributeError(name)
        field = self._field(name)
        return self._location(name).read_many(self._images).astype(field.type.numpy_dtype)

    def __setattr__(self, name: str, values: Any) -> None:
        field = self._field(name)
        location = self._location(name)
        shape = self._images.shape[:-1] + getattr(location, "shape", ())
        numbers = np.broadcast_to(np.asarray(values), shape)
        if numbers.dtype == object:
            numbers = np.array([field.number(v) for v in numbers.ravel()]).reshape(shape)
        whole = numbers.astype(np.int64)
        bad = field.type.check_raw(whole) | (whole != numbers)
        if bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            raise FieldValueError(
                f"{field.owner}.{name} at {index}: {numbers[index]} is not accepted, expected {field.type.expected()}"
            )
        location.write_many(self._images, whole)

    def __dir__(self) -> list[str]:
        return list(self._type._names)


class Columns(_ColumnBase):
    """Fields of many containers of one type: `columns.field` is an array with one entry per container.

    Parameters
    ----------
    container_type : type
        A container with a fixed number of words.
    images : ndarray of uint32, shape (n, words), or int
        Register images, changed in place; a number makes that many default images.
    """

    __slots__ = ()

    def __init__(self, container_type: type[Container], images: Any):
        if isinstance(images, (int, np.integer)):
            images = np.tile(np.frombuffer(container_type._default, dtype=np.uint32), (int(images), 1))
        if not isinstance(images, np.ndarray) or images.dtype != np.uint32:
            raise TypeError(f"images of {container_type.__name__} are a uint32 array, got {type(images).__name__}")
        if images.ndim != 2 or images.shape[1] != container_type._size:
            raise ValueError(
                f"images of {container_type.__name__} have the shape (n, {container_type._size}), got {images.shape}"
            )
        object.__setattr__(self, "_type", container_type)
        object.__setattr__(self, "_images", images)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, i: int) -> Any:
        """Container i, sharing the memory of the columns."""
        return self._type._window(memoryview(self._images[i]))

    @property
    def images(self) -> np.ndarray:
        """The register images, uint32 (n, words)."""
        return self._images

    def _location(self, name: str) -> Any:
        field = self._field(name)
        return field.location if field.location is not None else vars(self._type)[name]._ready().location

    def __getattr__(self, name: str) -> Any:
        structs = getattr(self._type, "_structs", {})
        if name in structs:
            part = structs[name]
            return StructColumns(part.struct, self._images, part.positions)
        return super().__getattr__(name)


class StructColumns(_ColumnBase):
    """Fields of one struct, over many containers or many elements of one container."""

    __slots__ = ("_positions",)
    _positions: tuple[Any, ...]

    def __init__(self, struct: type[Struct], images: np.ndarray, positions: tuple[Any, ...]):
        object.__setattr__(self, "_type", struct)
        object.__setattr__(self, "_images", images)
        object.__setattr__(self, "_positions", positions)

    def _location(self, name: str) -> Any:
        return self._positions[self._field(name).index]
