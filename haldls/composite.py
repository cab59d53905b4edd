"""Containers made of containers: one image that is the concatenation of the images of its parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, overload

import numpy as np

from haldls.arrays import ImageArray, StructArray
from haldls.backend import Backend
from haldls.codec import Codec
from haldls.container import Container, Struct, register
from haldls.field import ArrayField, Field
from haldls.location import ArrayLocation, Location

T = TypeVar("T")
S = TypeVar("S", bound=Struct)
Numbers = Callable[[np.ndarray], Any]


class Part:
    """Containers of one type inside a composite.

    Parameters
    ----------
    name : str
        Name for paths.
    container : type
        Type of the elements.
    numbers : callable
        Gives the linear numbers of the coordinates of the elements, (k,) or (k, count), from those of the
        coordinates of the composite, (k,).
    names : sequence of str, optional
        Names of the elements, for paths.
    count : int
        Number of elements.
    """

    def __init__(
        self,
        name: str,
        container: type[Container],
        numbers: Numbers,
        count: int = 1,
        names: Sequence[str] | None = None,
    ):
        self.name, self.container, self.numbers = name, container, numbers
        self.names = tuple(names) if names is not None else ()
        self.count = len(self.names) if names is not None else count
        self.offset = 0

    @property
    def size(self) -> int:
        return self.count * self.container._size


_STEP = re.compile(r"(\w+)(?:\[(\w+)\])?(?:\.(.+))?$")


class Composite(Container):
    """A container without words of its own.

    Class keywords
    --------------
    coordinate : type
        Coordinate type.
    parts : sequence of Part
        In the order in which they are written.
    differential : bool
        Whether a differential write is supported.
    unreadable_on : frozenset of Target
        Executors that cannot read it. The parts' own restrictions do not count.
    backends : tuple of Backend, optional
        Default those of the first part.
    """

    _parts: ClassVar[tuple[Part, ...]] = ()
    _structs: ClassVar[dict[str, Any]] = {}
    _cached_addresses: ClassVar[dict[tuple[int, Backend], np.ndarray]]

    def __init_subclass__(
        cls, coordinate: Any = None, parts: Sequence[Part] | None = None, differential: bool = False,
        backends: tuple[Backend, ...] | None = None, unreadable_on: Any = frozenset(),
    ) -> None:
        if parts is None:
            return
        cls._parts = tuple(parts)
        offset = 0
        for part in cls._parts:
            part.offset = offset
            offset += part.size
        cls._size = offset
        kinds = [part.container for part in cls._parts]
        cls._write = offset if all(k._write for k in kinds) else 0
        cls._read = offset if all(k._read for k in kinds) else 0
        cls.back_ends = backends or kinds[0].back_ends
        cls.supports_differential_write = differential
        cls.unsupported_read_targets = unreadable_on
        cls.coordinate_type = coordinate
        cls._init = ()
        cls._cached_addresses = {}
        cls._legal = np.concatenate([np.tile(p.container._legal, p.count) for p in cls._parts])
        cls._driven = cls._join_driven()
        own = [value for value in vars(cls).values() if isinstance(value, _Placed)]
        for placed in own:
            placed.place(cls)
        cls._structs = {p.name: p for p in own if isinstance(p, StructView)}
        cls._fields = {p.name: p.field for p in own if isinstance(p, Alias)}
        cls._names = tuple(p.name for p in own if not p.hidden)
        image = np.concatenate(
            [np.tile(np.frombuffer(p.container._default, dtype=np.uint32), p.count) for p in cls._parts]
        )
        for placed in own:
            placed.set_default(image)
        cls._default = image.tobytes()
        if coordinate is not None:
            register(cls)

    @classmethod
    def _join_driven(cls) -> np.ndarray | None:
        if all(part.container._driven is None for part in cls._parts):
            return None
        full = np.full(cls._size, 0xFFFFFFFF, dtype=np.uint32)
        for part in cls._parts:
            if part.container._driven is not None:
                full[part.offset : part.offset + part.size] = np.tile(part.container._driven, part.count)
        return full

    @classmethod
    def _addresses(cls, numbers: np.ndarray, backend: Backend) -> np.ndarray:
        columns = []
        for part in cls._parts:
            inner = np.asarray(part.numbers(numbers)).reshape(len(numbers), part.count)
            chosen = part.container._backend(backend)
            columns.append(part.container._addresses(inner.ravel(), chosen).reshape(len(numbers), part.size))
        return np.concatenate(columns, axis=1)

    @classmethod
    def _write_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        if not cls._write:
            return np.empty(0, dtype=np.int64)
        key = (number, backend)
        if key not in cls._cached_addresses:
            addresses = cls._addresses(np.array([number]), backend)[0]
            addresses.flags.writeable = False
            cls._cached_addresses[key] = addresses
        return cls._cached_addresses[key]

    @classmethod
    def _read_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        if not cls._read:
            return np.empty(0, dtype=np.int64)
        return cls._addresses(np.array([number]), backend)[0]

    @classmethod
    def _clean(cls, images: np.ndarray) -> None:
        for part in cls._parts:
            inner = images[:, part.offset : part.offset + part.size].reshape(-1, part.container._size)
            part.container._clean(inner)
            images[:, part.offset : part.offset + part.size] = inner.reshape(len(images), part.size)

    @classmethod
    def _check(cls, images: np.ndarray) -> None:
        for part in cls._parts:
            part.container._check(images[:, part.offset : part.offset + part.size].reshape(-1, part.container._size))

    def _element(self, part: Part, i: int) -> Any:
        size = part.container._size
        start = part.offset + i * size
        return part.container._window(self._mem[start : start + size])

    # -- paths -------------------------------------------------------------------------------------------------

    @classmethod
    def _part(cls, name: str) -> Part:
        for part in cls._parts:
            if part.name == name:
                return part
        raise KeyError(f"{cls.__name__} has no part {name!r}")


def locate(cls: type[Container], path: str) -> Location | ArrayLocation:
    """Bits behind a path such as "config.enable_fire", "cells[v_leak]" or "source.buffer_to_pad[1]".

    An index names an element of a part, by number or name, or of an array field. The field of an element with a
    single field may be left out.
    """
    match = _STEP.match(path)
    if match is None:
        raise KeyError(path)
    name, index, rest = match.groups()
    if not issubclass(cls, Composite) or name in cls._fields:
        location = cls._fields[name].location
        return location if index is None else location[int(index)]  # type: ignore[return-value,index]
    part = cls._part(name)
    i = 0 if index is None else int(index) if index.isdigit() else part.names.index(index)
    inner = rest if rest is not None else next(iter(part.container._fields))
    return locate(part.container, inner).moved(part.offset + i * part.container._size)


class _Placed:
    """An attribute of a composite that is a view of some of its words."""

    hidden = False
    name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def place(self, owner: type[Composite]) -> None:
        """Find the words, once the parts of the owner are known."""

    def set_default(self, image: np.ndarray) -> None:
        """Write the default values that differ from those of the parts."""


class PartView(_Placed, Generic[T]):
    """A part, or the array of its elements, as an attribute."""

    def __init__(self, part: str, key: Any = None, doc: str = ""):
        self.part_name, self.key = part, key
        self.__doc__ = doc

    def place(self, owner: type[Composite]) -> None:
        self.part = owner._part(self.part_name)

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        part = self.part
        window = obj._mem[part.offset : part.offset + part.size]
        if self.key is None:
            return part.container._window(window)
        return ImageArray(window, part.container, self.key, part.count)

    def __set__(self, obj: Any, value: Any) -> None:
        if self.key is not None:
            self.__get__(obj).assign(value)
        elif type(value) is not self.part.container:
            raise TypeError(f"{self.name}: expected {self.part.container.__name__}, got {value!r}")
        else:
            self.__get__(obj)._mem[:] = value._mem


def child(part: str, doc: str = "") -> PartView[Any]:
    """A single part as an attribute."""
    return PartView(part, None, doc)


def children(part: str, key: Any, doc: str = "") -> PartView[Any]:
    """A part with many elements as an attribute, an array indexed by `key`."""
    return PartView(part, key, doc)


def _merged(locations: Sequence[Location | ArrayLocation], codec: Codec | None) -> Any:
    """Several one-bit locations as the bits of one number, the first lowest."""
    if len(locations) == 1 and codec is None:
        return locations[0]
    pieces = []
    for k, location in enumerate(locations):
        pieces += [p._replace(shift=p.shift + k) for p in location.pieces] if len(locations) > 1 else location.pieces
    return Location(pieces, codec or locations[0].codec)


class Alias(_Placed):
    """A value, or an array of values, of the parts as an attribute of the composite."""

    def __init__(
        self, kind: Any, path: str | Sequence[str] | None, key: Any = None, default: Any = None, doc: str = "",
        locations: Callable[[type[Composite]], ArrayLocation] | None = None,
    ):
        self.path, self.locations, self.override = path, locations, default
        keys = key if isinstance(key, tuple) else (key,)
        self.field: Any = Field(kind, None, default, doc) if key is None else ArrayField(kind, keys, None, default, doc)
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.field.__set_name__(owner, name)

    def place(self, owner: type[Composite]) -> None:
        self.owner = owner
        if self.locations is None:
            if isinstance(self.path, str):
                self.field.location = locate(owner, self.path)
            else:
                self.field.location = ArrayLocation.of([locate(owner, p) for p in self.path])  # type: ignore

    def _ready(self) -> Any:
        # The places of 65,536 synapses are worked out when they are first used, not on import.
        if self.field.location is None:
            self.field.location = self.locations(self.owner)  # type: ignore[misc]
        return self.field

    def set_default(self, image: np.ndarray) -> None:
        if self.override is not None:
            self._ready().location.write_many(image, np.asarray(self.field.default))

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        return self._ready().__get__(obj)

    def __set__(self, obj: Any, value: Any) -> None:
        self._ready().__set__(obj, value)


class StructView(_Placed, Generic[S]):
    """A struct, or an array of structs, whose values are values of the parts.

    Parameters
    ----------
    struct : type
        The struct.
    key : type, optional
        Index of an array of structs.
    paths : mapping
        Path of every field of the struct; several paths are the bits of an enum, lowest first. For an array of
        structs a path holds "{i}", which runs over the elements, or is a sequence with one path per element; for a
        struct with array fields it may be a sequence of paths. Places can be given as an ArrayLocation, too.
    defaults : mapping, optional
        Numbers of default values that differ from those of the struct; arrays over the elements.
    """

    def __init__(
        self, struct: type[S], key: Any, doc: str, paths: Mapping[str, Any],
        defaults: Mapping[str, Any] | None = None,
    ):
        if set(paths) != set(struct._names):
            raise KeyError(f"{struct.__qualname__}: paths for {sorted(paths)}, fields {sorted(struct._names)}")
        self.struct, self.key, self.paths = struct, key, paths
        self.__doc__ = doc
        self.defaults = defaults or {}

    def place(self, owner: type[Composite]) -> None:
        self.positions = tuple(self._place(owner, name) for name in self.struct._names)

    def _place(self, owner: type[Composite], name: str) -> Any:
        path, field = self.paths[name], self.struct._fields[name]
        codec = field.location.codec if field.location is not None and not isinstance(field, ArrayField) else None
        if self.key is not None:
            if isinstance(path, ArrayLocation):
                return path
            paths = [path.format(i=i) for i in range(self.key.size)] if isinstance(path, str) else path
            return ArrayLocation.of([locate(owner, p) for p in paths])  # type: ignore[misc]
        if isinstance(path, str):
            return _merged([locate(owner, path)], codec)
        if isinstance(field, ArrayField):
            return ArrayLocation.of([locate(owner, p) for p in path])  # type: ignore[misc]
        return _merged([locate(owner, p) for p in path], codec)

    def set_default(self, image: np.ndarray) -> None:
        for name, location in zip(self.struct._names, self.positions, strict=True):
            default = np.asarray(self.defaults.get(name, self.struct._fields[name].default))
            if self.key is not None:
                default = np.broadcast_to(default, location.shape)
            location.write_many(image, default)

    def own_bits(self, masks: np.ndarray) -> None:
        for location in self.positions:
            location.own_bits(masks)

    @overload
    def __get__(self, obj: None, owner: type) -> StructView[S]: ...
    @overload
    def __get__(self, obj: Container, owner: type) -> S: ...
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            return self
        if self.key is not None:
            return StructArray(obj._mem, self.struct, self.key, self.positions)
        return self.struct._window(obj._mem, self.positions)

    def __set__(self, obj: Any, value: Any) -> None:
        if self.key is not None:
            self.__get__(obj).assign(value)
        elif not isinstance(value, self.struct):
            raise TypeError(f"{self.name}: expected {self.struct.__qualname__}, got {value!r}")
        else:
            self.__get__(obj)._assign(value)


def struct(kind: type[S], doc: str = "", **paths: Any) -> StructView[S]:
    """A struct as an attribute of a composite."""
    return StructView(kind, None, doc, paths)


def struct_array(
    kind: type[Struct], key: Any, doc: str = "", defaults: Mapping[str, Any] | None = None, **paths: Any
) -> Any:
    """An array of structs as an attribute of a container."""
    return StructView(kind, key, doc, paths, defaults)


def value(kind: Any, path: str, default: Any = None, doc: str = "") -> Any:
    """A value of a part as an attribute of a composite."""
    return Alias(kind, path, None, default, doc)


def values(kind: Any, key: Any, paths: Sequence[str], default: Any = None, doc: str = "") -> Any:
    """Values of parts as an array attribute of a composite."""
    return Alias(kind, paths, key, default, doc)


def values_at(kind: Any, key: Any, locations: Callable[[type[Composite]], ArrayLocation], doc: str = "") -> Any:
    """An array attribute with computed places; `key` may be a pair of types."""
    return Alias(kind, None, key, None, doc, locations)
