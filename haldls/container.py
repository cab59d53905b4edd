"""Containers: register images with named fields.

A container *is* the words of its registers. An instance holds a memoryview of 32-bit words, its own or a window
into the image of a larger object; its fields are descriptors that read and write bits of it. A leaf declares its
words, its fields and how its addresses follow from the coordinate. A composite (see `haldls.composite`) is the
concatenation of other containers, and thereby again one image, one list of addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np

from halco import Coordinate
from haldls.backend import ADDRESS_COORDINATE, OMNIBUS_LIKE, WRITE_ONLY, Backend, Target
from haldls.errors import AccessError, DecodeError
from haldls.field import ArrayField, Field
from haldls.location import Location, Piece

C = TypeVar("C", bound="Encodable")
Addresses = Callable[[np.ndarray], np.ndarray]

OMNIBUS = (Backend.Omnibus, Backend.OmnibusChipOverJTAG)
FPGA = (Backend.Omnibus,)  # registers of the FPGA are not reached over JTAG


class ImageMeta(type):
    """Gives every class empty slots, so that a misspelt attribute is an error, and collects the fields."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> ImageMeta:
        namespace.setdefault("__slots__", ())
        return super().__new__(mcls, name, bases, namespace, **options)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> None:
        super().__init__(name, bases, namespace)


class Image(metaclass=ImageMeta):
    """Something that is a window onto register words: a container or a struct."""

    __slots__ = ("_mem", "_map")
    _mem: memoryview
    _map: Sequence[Any]
    _fields: ClassVar[dict[str, Field[Any]]] = {}
    _default: ClassVar[bytes]
    _names: ClassVar[tuple[str, ...]]

    @classmethod
    def _window(cls: type[C], image: memoryview, positions: Sequence[Any] | None = None) -> C:
        self = cls.__new__(cls)
        self._mem = image
        if positions is not None:
            self._map = positions
        return self

    @classmethod
    def _own(cls: type[C], data: bytes | bytearray) -> C:
        self = cls.__new__(cls)
        self._mem = memoryview(bytearray(data)).cast("I")
        return self

    @property
    def _words(self) -> np.ndarray:
        """The image as a writable uint32 array that shares its memory."""
        return np.asarray(self._mem)

    def _members(self) -> list[tuple[str, Any]]:
        """Names and values that make up the printed form."""
        return [(name, getattr(self, name)) for name in self._names]

    def __repr__(self) -> str:
        members = self._members()
        if len(members) == 1:
            return f"{type(self).__name__}({_plain(members[0][1])})"
        lines = [f"\t{name}: {_plain(value)}".replace("\n", "\n\t") + "\n" for name, value in members]
        return f"{type(self).__name__}(" + ("\n" + "".join(lines) if lines else "") + ")"

    __hash__ = None  # type: ignore[assignment]


def _plain(value: Any) -> str:
    number = getattr(value, "_e", None)
    if number is not None and not isinstance(value, Coordinate) and hasattr(value, "value"):
        return str(value.value())
    name = getattr(value, "name", None)
    return str(name if name is not None and isinstance(value, int) else value)


class Encodable(Image):
    """Base of everything that is made of register words: containers and conditions to wait for.

    Class keywords
    --------------
    coordinate : type
        Coordinate type that addresses the container.
    words : int
        Words of the image.
    address : callable or mapping of Backend to callable
        Gives the first address, int64 array (k,), or all addresses (k, words) of the coordinates with the linear
        numbers (k,) it is called with. For back ends that are addressed by coordinates it gives their numbers.
    offsets : sequence of int, optional
        Distances of the words from the first address, default 0, 1, 2, ...
    write, read : int, optional
        Number of words written and read, default `words`.
    fixed : mapping of int to int, optional
        Bits that are always set, per word.
    undriven : mapping of int to int, optional
        Bits of the image that hold state of the container and do not leave it, per word.
    differential : bool
        Whether a differential write is supported.
    unreadable_on : frozenset of Target
        Executors on which the registers cannot be read back.
    init : tuple of str
        Fields that the constructor takes by position.
    """

    coordinate_type: ClassVar[Any] = None
    back_ends: ClassVar[tuple[Backend, ...]] = OMNIBUS
    supports_differential_write: ClassVar[bool] = False
    unsupported_read_targets: ClassVar[frozenset[Target]] = frozenset()
    unsupported_write_targets: ClassVar[frozenset[Target]] = frozenset()
    _size: ClassVar[int] = 0
    _write: ClassVar[int] = 0
    _read: ClassVar[int] = 0
    _word_bits: ClassVar[int] = 32
    _init: ClassVar[tuple[str, ...]] = ()
    _address: ClassVar[Mapping[Backend, Addresses]] = {}
    _offsets: ClassVar[np.ndarray]
    _legal: ClassVar[np.ndarray]
    _driven: ClassVar[np.ndarray | None] = None
    _fixed: ClassVar[dict[int, Any]] = {}
    _structs: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(
        cls,
        coordinate: Any = None,
        words: int | None = None,
        address: Addresses | Mapping[Backend, Addresses] | None = None,
        offsets: Sequence[int] | None = None,
        backends: tuple[Backend, ...] | None = None,
        write: int | None = None,
        read: int | None = None,
        word_bits: int = 32,
        fixed: Mapping[int, int] | None = None,
        undriven: Mapping[int, int] | None = None,
        differential: bool = False,
        unreadable_on: frozenset[Target] = frozenset(),
        init: tuple[str, ...] = (),
    ) -> None:
        if words is None:
            return
        cls._size, cls._word_bits, cls._init = words, word_bits, init
        cls._write = words if write is None else write
        cls._read = words if read is None else read
        if isinstance(address, Mapping):
            cls.back_ends, cls._address = tuple(address), address
        elif address is not None:
            cls.back_ends = backends or OMNIBUS
            cls._address = dict.fromkeys(cls.back_ends, address)
        cls._offsets = np.arange(max(words, cls._write)) if offsets is None else np.array(offsets)
        cls.supports_differential_write = differential
        cls.unsupported_read_targets = unreadable_on
        cls.coordinate_type = coordinate
        cls._finish(fixed or {}, undriven or {})
        if coordinate is not None:
            register(cls)

    @classmethod
    def _finish(cls, fixed: Mapping[int, int], undriven: Mapping[int, int]) -> None:
        own = cls._fields_in_order()
        image = np.zeros(cls._size, dtype=np.uint32)
        legal = np.zeros(cls._size, dtype=np.uint32)
        for word, mask in fixed.items():
            image[word] = mask
        # Structs inside a leaf (see haldls.composite.StructView) take part with the bits that they cover.
        structs = {key: value for key, value in vars(cls).items() if hasattr(value, "set_default")}
        for placed in structs.values():
            placed.place(cls)
            placed.own_bits(legal)
        for f in own.values():
            f.location.own_bits(legal)
        if any(f.location.word_codec is not None for f in own.values()):
            legal[:] = 0xFFFFFFFF  # the word codec mixes the bits of a word
        mem = memoryview(image)
        for f in own.values():
            if isinstance(f, ArrayField):
                f.location.write_many(image, f.default)
            else:
                f.location.write(mem, f.default)
        for placed in structs.values():
            placed.set_default(image)
        if undriven:
            cls._driven = np.full(cls._size, 0xFFFFFFFF, dtype=np.uint32)
            for word, mask in undriven.items():
                cls._driven[word] ^= np.uint32(mask)
                legal[word] &= ~np.uint32(mask)
        cls._default = image.tobytes()
        cls._fixed = {word: np.uint32(mask) for word, mask in fixed.items()}
        cls._legal = legal if own or structs else np.full(cls._size, 0xFFFFFFFF, dtype=np.uint32)
        cls._fields = own
        cls._structs = structs
        shown = [*structs, *(
            key
            for base in reversed(cls.__mro__[: cls.__mro__.index(Encodable)])
            for key, value in vars(base).items()
            if isinstance(value, property)
        )]
        cls._names = tuple(key for key in [*own, *shown] if not key.startswith("_"))

    @classmethod
    def _fields_in_order(cls) -> dict[str, Field[Any]]:
        """Own and inherited fields; a field that a subclass declares again keeps its place."""
        fields: dict[str, Field[Any]] = {}
        for base in reversed(cls.__mro__):
            fields.update((key, value) for key, value in vars(base).items() if isinstance(value, Field))
        return fields

    # -- value semantics ---------------------------------------------------------------------------------------

    def __init__(self, *args: Any) -> None:
        self._mem = memoryview(bytearray(self._default)).cast("I")
        if len(args) == 1 and type(args[0]) is type(self):
            self._mem[:] = args[0]._mem
        elif args:
            if len(args) > len(self._init):
                taken = ", ".join(self._init) or "no values"
                raise TypeError(f"{type(self).__name__}() takes {taken}, got {len(args)} values")
            for name, value in zip(self._init, args, strict=False):
                setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False if isinstance(other, Encodable) else NotImplemented
        return len(self._mem) == len(other._mem) and bool(np.array_equal(self._words, other._words))

    def __copy__(self: C) -> C:
        return self._own(self._mem.tobytes())

    def __deepcopy__(self: C, memo: Any) -> C:
        return self._own(self._mem.tobytes())

    def copy(self: C) -> C:
        """An independent copy."""
        return self._own(self._mem.tobytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._mem.tobytes())

    def _to_bytes(self) -> bytes:
        """The state as bytes, the words in little-endian order."""
        return self._words.astype("<u4").tobytes()

    def _from_bytes(self, data: bytes) -> None:
        """Load the bytes of `_to_bytes`; ValueError if they do not fit."""
        words = np.frombuffer(data, dtype="<u4").astype(np.uint32) if len(data) % 4 == 0 else None
        variable = self._size == 0
        if words is None or (len(words) != len(self._mem) and not variable):
            raise ValueError(f"{type(self).__name__}: image of {len(data)} bytes, expected {4 * len(self._mem)}")
        if variable:
            self._mem = memoryview(bytearray(words.tobytes())).cast("I")
        else:
            self._mem[:] = memoryview(words)

    # -- registers ---------------------------------------------------------------------------------------------

    @classmethod
    def _backend(cls, backend: Backend | None, reading: bool = False) -> Backend:
        """The back end to use; one that the type does not support falls back to its first, as on the real system."""
        chosen = backend if backend in cls.back_ends else cls.back_ends[0]
        if reading and chosen in WRITE_ONLY:
            raise AccessError(f"{cls.__name__}: registers of back end {chosen.name} are not readable")
        return chosen

    @classmethod
    def _addresses(cls, numbers: np.ndarray, backend: Backend) -> np.ndarray:
        """Addresses (k, words) of the coordinates with linear `numbers` (k,), int64."""
        first = np.asarray(cls._address[backend](numbers))
        return first if first.ndim == 2 else first[:, None] + cls._offsets

    @classmethod
    def _write_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        if not cls._write:
            return np.empty(0, dtype=np.int64)
        return cls._addresses(np.array([number]), backend)[0, : cls._write]

    @classmethod
    def _read_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        if not cls._read:
            return np.empty(0, dtype=np.int64)
        return cls._addresses(np.array([number]), backend)[0, : cls._read]

    @classmethod
    def _read_count(cls, number: int) -> int:
        """Number of words that a read answers with."""
        return cls._read

    def _encode(self, number: int) -> np.ndarray:
        """Words to write, in the order of the addresses."""
        words = np.array(self._mem[: self._write], dtype=np.uint32)
        return words if self._driven is None else words & self._driven[: self._write]

    def _byte_enables(self, number: int) -> np.ndarray | None:
        """Omnibus byte enables (words,) uint8, bit k for byte k; None when all are set."""
        return None

    @classmethod
    def _decode(cls: type[C], number: int, words: np.ndarray) -> C:
        image = np.frombuffer(cls._default, dtype=np.uint32).copy()
        image[: len(words)] = words
        cls._clean(image[None])
        cls._check(image[None])
        return cls._own(image.tobytes())

    @classmethod
    def _clean(cls, images: np.ndarray) -> None:
        """Bring decoded images (k, words) into the form that encoding gives; unused bits are dropped."""
        images &= cls._legal
        for word, mask in cls._fixed.items():
            images[:, word] |= mask

    @classmethod
    def _check(cls, images: np.ndarray) -> None:
        """Raise for bits in images (k, words) that no value encodes to."""
        for name, f in cls._checked():
            raw = f.location.read_many(images)
            bad = f.type.check_raw(raw)
            if bad.any():
                raise DecodeError(f"{cls.__name__}.{name}: read back {int(raw[bad][0])}, expected {f.type.expected()}")

    @classmethod
    def _checked(cls) -> list[tuple[str, Field[Any]]]:
        """Fields with bit patterns outside the range of their type; enums are shown as they are."""
        known = cls.__dict__.get("_checked_fields")
        if known is not None:
            return known
        cls._checked_fields = [
            (name, f)
            for name, f in cls._fields.items()
            if name in cls._names and hasattr(f.type, "min") and _may_exceed(f)
        ]
        return cls._checked_fields


class Container(Encodable):
    """Something that can be written to or read from the system."""


class BlockUntil(Encodable):
    """A condition for `block_until`."""


def _may_exceed(f: Field[Any]) -> bool:
    location = f.location
    if location.codec is not None:
        return True
    highest = 0
    for p in location.pieces:
        highest |= p.mask << p.shift
    return highest > f.type.max or f.type.min > 0


def _restore(cls: type[Encodable], data: bytes) -> Encodable:
    return cls._own(data)


_by_coordinate: dict[Any, type[Encodable]] = {}


def register(cls: type[Encodable]) -> None:
    """Make `cls` the container that a read of its coordinate gives."""
    _by_coordinate.setdefault(cls.coordinate_type, cls)


def container_type(coordinate: Any) -> type[Encodable]:
    """The container type that `coordinate` addresses; RuntimeError if there is none."""
    try:
        return _by_coordinate[type(coordinate)]
    except KeyError:
        raise AccessError(f"no container is addressed by {coordinate!r}") from None


def linear_number(cls: type[Encodable], coordinate: Any) -> Any:
    """Linear number of a coordinate, checked to be of the type that addresses `cls`.

    A placed logical neuron has no number: its container gets the coordinate itself.
    """
    if type(coordinate) is not cls.coordinate_type:
        raise AccessError(
            f"{cls.__name__} is addressed by {cls.coordinate_type.__name__}, not by {coordinate!r}"
        )
    return getattr(coordinate, "_e", coordinate)


def address_list(addresses: np.ndarray, backend: Backend) -> Any:
    """Addresses as they are shown: uint32 array for Omnibus, list of coordinates for the others."""
    if backend in OMNIBUS_LIKE:
        return addresses.astype(np.uint32)
    kind = ADDRESS_COORDINATE[backend]
    return [kind._from_enum(int(a)) for a in addresses]


class Struct(Image):
    """A group of fields that containers have in common; alone it holds one word per value."""

    def __init_subclass__(cls) -> None:
        own = {key: value for key, value in vars(cls).items() if isinstance(value, Field)}
        cls._fields = own
        positions: list[Any] = []
        words = 0
        for index, f in enumerate(own.values()):
            f.index = index
            if isinstance(f, ArrayField):
                size = f.keys[0].size
                positions.append(_array_of_words(words, size))
                words += size
            else:
                positions.append(Location([Piece(words, 0, 0xFFFFFFFF, 0)], f.location.codec))
                words += 1
        cls._names = tuple(own)
        cls._default_map = tuple(positions)
        image = np.zeros(words, dtype=np.uint32)
        for f, location in zip(own.values(), positions, strict=True):
            location.write_many(image, np.asarray(f.default))
        cls._default = image.tobytes()

    def __init__(self, *args: Any) -> None:
        self._mem = memoryview(bytearray(self._default)).cast("I")
        self._map = self._default_map
        if len(args) == 1 and isinstance(args[0], type(self)):
            self._assign(args[0])
        elif args:
            if len(args) != len(self._names):
                raise TypeError(f"{type(self).__qualname__}() takes 0 or {len(self._names)} values, got {len(args)}")
            for name, value in zip(self._names, args, strict=True):
                setattr(self, name, value)

    def _numbers(self) -> list[Any]:
        image = self._words
        return [np.asarray(location.read_many(image)).tolist() for location in self._map]

    def _assign(self, other: Struct) -> None:
        image, source = self._words, other._words
        values = [location.read_many(source) for location in other._map]
        for location, value in zip(self._map, values, strict=True):
            location.write_many(image, np.asarray(value))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._numbers() == other._numbers()

    def copy(self) -> Any:
        return type(self)(self)

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> Any:
        return type(self)(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore_struct, (type(self), type(self)(self)._mem.tobytes())


def _restore_struct(cls: type[Struct], data: bytes) -> Struct:
    self = cls()
    self._mem[:] = memoryview(bytearray(data)).cast("I")
    return self


def _array_of_words(first: int, size: int) -> Any:
    from haldls.location import ArrayLocation, ArrayPiece

    words = np.arange(first, first + size)
    return ArrayLocation([ArrayPiece(words, np.zeros(size, dtype=np.int64), 0xFFFFFFFF, 0)])
