"""External memories of the PPUs as blocks of bytes."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

import numpy as np

import halco
from halco.typed_array import TypedArrayBase
from haldls.backend import Backend
from haldls.container import FPGA, Container
from haldls.errors import AccessError
from haldls.external_memory import (
    BYTE_OF_WORD,
    EXTERNAL_DRAM,
    EXTERNAL_MEMORY,
    ByteValue,
    ExternalPPUDRAMMemoryByte,
    ExternalPPUMemoryByte,
)
from haldls.ppu import printable

B = TypeVar("B", bound="_ByteBlock")


class _ByteArray(TypedArrayBase):
    """Bytes of words, most significant first; elements are windows onto the words."""

    def __init__(self, mem: memoryview, element: Any, key_type: Any, count: int):
        self._mem, self._element, self.key_type, self._count = mem, element, key_type, count

    def _size(self) -> int:
        return self._count

    def _get_item(self, i: int) -> Any:
        return self._element._window(self._mem[i // 4 : i // 4 + 1], BYTE_OF_WORD[i % 4])

    def _set_item(self, i: int, value: Any) -> None:
        self._get_item(i).value = value.value if isinstance(value, self._element) else value

    def to_numpy(self) -> np.ndarray:
        """Copy of the bytes, uint8."""
        return np.frombuffer(np.asarray(self._mem).astype(">u4").tobytes(), dtype=np.uint8)[: self._count].copy()

    def from_numpy(self, values: Any) -> None:
        """Set all bytes from a uint8 array."""
        values = np.asarray(values)
        if values.shape != (self._count,):
            raise RuntimeError(f"expected an array of shape {(self._count,)}, got {values.shape}")
        if values.size and (values.min() < 0 or values.max() > 255):
            raise OverflowError("range overflow: bytes are 0..255")
        padded = np.zeros(4 * len(self._mem), dtype=np.uint8)
        padded[: self._count] = values
        np.asarray(self._mem)[:] = padded.view(">u4")

    def assign(self, values: Iterable[Any]) -> None:
        items = list(values)
        if len(items) != self._count:
            raise ValueError(f"expected {self._count} bytes, got {len(items)}")
        for i, value in enumerate(items):
            self._set_item(i, value)


class _ByteBlock(Container):
    """Adjacent bytes of an external memory. Its length has to be that of the coordinate."""

    _base: ClassVar[int]
    _byte: ClassVar[Any]
    _interval: ClassVar[Any]
    _size_type: ClassVar[Any]
    __slots__ = ("_bytes",)

    def __init__(self, size: Any = None) -> None:
        if isinstance(size, type(self)):
            self._load(bytes(size._bytes))
            return
        count = self._default_size() if size is None else self._size_type.coerce(size).value()
        self._load(bytes(count))

    @classmethod
    def _default_size(cls) -> int:
        return 1

    def _load(self, data: bytes) -> None:
        # A block may begin anywhere in a word, so that the image is the bytes rather than the words.
        self._bytes = bytearray(data)
        self._mem = memoryview(bytearray(0)).cast("I")

    @classmethod
    def for_coordinate(cls: type[B], coordinate: Any) -> B:
        """Block of zeros that fits the coordinate."""
        return cls(coordinate.length())

    @classmethod
    def from_bytes(cls: type[B], data: bytes) -> B:
        """Block with the given contents."""
        block = cls(len(data))
        block._bytes[:] = data
        return block

    def __bytes__(self) -> bytes:
        return bytes(self._bytes)

    _to_bytes = __bytes__

    def _from_bytes(self, data: bytes) -> None:
        self._bytes = bytearray(data)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False if isinstance(other, Container) else NotImplemented
        return self._bytes == other._bytes

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self: B) -> B:
        return type(self)(self)

    copy = __copy__

    def __deepcopy__(self: B, memo: Any) -> B:
        return type(self)(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_bytes, (bytes(self._bytes),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({bytes(self._bytes[:32])!r}{'...' if len(self._bytes) > 32 else ''})"

    @property
    def bytes(self) -> list[Any]:
        """All bytes, as a copy: assign the whole list, or single elements of the block."""
        return [self._byte(ByteValue(b)) for b in self._bytes]

    @bytes.setter
    def bytes(self, values: Iterable[Any]) -> None:
        items = list(values)
        if len(items) != len(self._bytes):
            raise ValueError(f"{type(self).__name__}.bytes: expected {len(self._bytes)} bytes, got {len(items)}")
        self._bytes[:] = [int(item.value) if isinstance(item, self._byte) else int(item) & 0xFF for item in items]

    def _index(self, i: int) -> int:
        i = operator.index(i)
        if not 0 <= i < len(self._bytes):
            raise IndexError(f"{type(self).__name__} of {len(self._bytes)} bytes has no byte {i}")
        return i

    def at(self, i: int) -> Any:
        return self[i]

    def __getitem__(self, i: int) -> Any:
        return self._byte(ByteValue(self._bytes[self._index(i)]))

    def __setitem__(self, i: int, value: Any) -> None:
        value = value.value if isinstance(value, self._byte) else value
        self._bytes[self._index(i)] = int(value) & 0xFF

    def __len__(self) -> int:
        return len(self._bytes)

    def size(self) -> Any:
        return self._size_type(len(self._bytes))

    def get_subblock(self: B, begin: int, length: Any) -> B:
        count = int(length)
        if begin < 0 or begin + count > len(self._bytes):
            raise IndexError(f"bytes {begin}..{begin + count - 1} do not fit a block of {len(self._bytes)}")
        return type(self).from_bytes(bytes(self._bytes[begin : begin + count]))

    def set_subblock(self, begin: int, subblock: Any) -> None:
        if begin < 0 or begin + len(subblock) > len(self._bytes):
            raise IndexError(f"{len(subblock)} bytes at {begin} do not fit a block of {len(self._bytes)}")
        self._bytes[begin : begin + len(subblock)] = subblock._bytes

    def to_string(self) -> str:
        """The bytes as text, up to the first zero byte."""
        return printable(bytes(self._bytes))

    # -- registers ---------------------------------------------------------------------------------------------

    @classmethod
    def _bounds(cls, number: int) -> tuple[int, int]:
        return divmod(number, cls._interval.bound_type.size)

    @classmethod
    def _read_count(cls, number: int) -> int:
        first, last = cls._bounds(number)
        return last // 4 - first // 4 + 1

    @classmethod
    def _write_addresses(cls, number: int, backend: Backend) -> np.ndarray:
        first, last = cls._bounds(number)
        return cls._base + np.arange(first // 4, last // 4 + 1)

    _read_addresses = _write_addresses

    def _padded(self, number: int, fill: bytearray) -> np.ndarray:
        first, last = self._bounds(number)
        if last - first + 1 != len(fill):
            raise AccessError(
                f"{type(self).__name__} of {len(fill)} bytes written to a coordinate of {last - first + 1}"
            )
        padded = np.zeros(4 * self._read_count(number), dtype=np.uint8)
        padded[first % 4 : first % 4 + len(fill)] = np.frombuffer(fill, dtype=np.uint8)
        return padded

    def _encode(self, number: int) -> np.ndarray:
        return self._padded(number, self._bytes).view(">u4").astype(np.uint32)

    def _byte_enables(self, number: int) -> np.ndarray | None:
        covered = self._padded(number, bytearray(b"\x01" * len(self._bytes))).reshape(-1, 4)
        # The lowest byte address is byte enable 3.
        return (covered @ np.array([8, 4, 2, 1])).astype(np.uint8)

    @classmethod
    def _decode(cls, number: int, words: np.ndarray) -> Any:
        first, last = cls._bounds(number)
        data = words.astype(">u4").tobytes()
        return cls.from_bytes(data[first % 4 : first % 4 + last - first + 1])


class ExternalPPUMemoryBlock(
    _ByteBlock, coordinate=halco.ExternalPPUMemoryBlockOnFPGA, words=0, backends=FPGA, address=lambda e: e
):
    """Adjacent bytes of the external SRAM; by default the whole memory."""

    _base, _byte, _interval = EXTERNAL_MEMORY, ExternalPPUMemoryByte, halco.ExternalPPUMemoryBlockOnFPGA
    _size_type = size_type = halco.ExternalPPUMemoryBlockSize

    @classmethod
    def _default_size(cls) -> int:
        return cls._size_type.max


class ExternalPPUDRAMMemoryBlock(
    _ByteBlock, coordinate=halco.ExternalPPUDRAMMemoryBlockOnFPGA, words=0, backends=FPGA, address=lambda e: e
):
    """Adjacent bytes of the external DRAM; by default one byte."""

    _base, _byte, _interval = EXTERNAL_DRAM, ExternalPPUDRAMMemoryByte, halco.ExternalPPUDRAMMemoryBlockOnFPGA
    _size_type = size_type = halco.ExternalPPUDRAMMemoryBlockSize


class ExternalPPUMemory(
    Container,
    coordinate=halco.ExternalPPUMemoryOnFPGA,
    words=halco.ExternalPPUMemoryQuadOnFPGA.size,
    backends=FPGA,
    address=lambda e: EXTERNAL_MEMORY + 0 * e,
):
    """The whole external SRAM."""

    @property
    def bytes(self) -> _ByteArray:
        """All bytes; changing an element changes the memory."""
        return _ByteArray(
            self._mem, ExternalPPUMemoryByte, halco.ExternalPPUMemoryByteOnFPGA, halco.ExternalPPUMemoryByteOnFPGA.size
        )

    @bytes.setter
    def bytes(self, values: Any) -> None:
        if isinstance(values, np.ndarray):
            self.bytes.from_numpy(values)
        else:
            self.bytes.assign(values)

    @classmethod
    def _clean(cls, images: np.ndarray) -> None:
        """All bits are memory."""

    def get_subblock(self, begin: int, length: Any) -> ExternalPPUMemoryBlock:
        data = self._words.astype(">u4").tobytes()
        return ExternalPPUMemoryBlock.from_bytes(data).get_subblock(begin, length)

    def set_subblock(self, begin: int, block: ExternalPPUMemoryBlock) -> None:
        whole = ExternalPPUMemoryBlock.from_bytes(self._words.astype(">u4").tobytes())
        whole.set_subblock(begin, block)
        self._words[:] = np.frombuffer(bytes(whole), dtype=">u4")

    def to_string(self) -> str:
        """The bytes as text, up to the first zero byte."""
        return printable(self._words.astype(">u4").tobytes())

    def __repr__(self) -> str:
        used = int(np.count_nonzero(self._words))
        return f"ExternalPPUMemory({used} of {len(self._mem)} words are not zero)"
