"""Where the bits of a field sit in a register image, and how they are read and written there.

A register image is a sequence of 32-bit words. A `Location` names the bits of one value in it, an `ArrayLocation`
the bits of many values of one kind. Both work on the image of one container (a memoryview of format "I") and on
the images of many containers at once (an array whose last axis is the image).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from haldls.codec import Codec, inverted


class Piece(NamedTuple):
    """`mask << lsb` of word `word` holds the value bits from `shift` upwards."""

    word: int
    lsb: int
    mask: int
    shift: int


def piece(word: int, lsb: int, width: int, shift: int = 0) -> Piece:
    return Piece(word, lsb, (1 << width) - 1, shift)


class Location:
    """Bits of one value.

    Parameters
    ----------
    pieces : sequence of Piece
        Runs of adjacent bits that make up the value.
    codec : Codec, optional
        Encoding of the value into the bits.
    word_codec : Codec, optional
        Encoding of each whole word that the bits sit in.
    """

    __slots__ = ("pieces", "codec", "word_codec", "_plain")

    def __init__(self, pieces: Sequence[Piece], codec: Codec | None = None, word_codec: Codec | None = None):
        self.pieces = tuple(pieces)
        self.codec = codec
        self.word_codec = word_codec
        # Most fields are adjacent bits without any encoding; they take a short way: (word, lsb, mask, other bits).
        self._plain: tuple[int, int, int, int] | None = None
        if len(self.pieces) == 1 and codec is None and word_codec is None and not self.pieces[0].shift:
            word, lsb, mask, _ = self.pieces[0]
            self._plain = (word, lsb, mask, 0xFFFFFFFF ^ mask << lsb)

    def moved(self, words: int) -> Location:
        """The same bits, `words` words further on."""
        return Location([p._replace(word=p.word + words) for p in self.pieces], self.codec, self.word_codec)

    def read(self, image: memoryview) -> int:
        if self._plain is not None:
            word, lsb, mask, _ = self._plain
            return (image[word] >> lsb) & mask
        bits = 0
        for word, lsb, mask, shift in self.pieces:
            value = image[word] if self.word_codec is None else self.word_codec.decode(image[word])
            bits |= ((value >> lsb) & mask) << shift
        return bits if self.codec is None else self.codec.decode(bits)

    def write(self, image: memoryview, value: int) -> None:
        if self._plain is not None:
            word, lsb, mask, others = self._plain
            image[word] = image[word] & others | (value & mask) << lsb
            return
        bits = value if self.codec is None else self.codec.encode(value)
        for word, lsb, mask, shift in self.pieces:
            new = ((bits >> shift) & mask) << lsb
            if self.word_codec is None:
                image[word] = image[word] & ~(mask << lsb) | new
            else:
                plain = self.word_codec.decode(image[word]) & ~(mask << lsb) | new
                image[word] = self.word_codec.encode(plain)

    def read_many(self, images: np.ndarray) -> np.ndarray:
        """Values of all images; `images` is (..., words), the result (...,) int64."""
        bits = np.zeros(images.shape[:-1], dtype=np.int64)
        for word, lsb, mask, shift in self.pieces:
            column = images[..., word].astype(np.int64)
            if self.word_codec is not None:
                column = self.word_codec.decode(column)
            bits |= ((column >> lsb) & mask) << shift
        return bits if self.codec is None else self.codec.decode(bits)

    def write_many(self, images: np.ndarray, values: np.ndarray) -> None:
        bits = values if self.codec is None else self.codec.encode(values)
        for word, lsb, mask, shift in self.pieces:
            column = images[..., word].astype(np.int64)
            if self.word_codec is not None:
                column = self.word_codec.decode(column)
            column = column & ~(mask << lsb) | (((bits >> shift) & mask) << lsb)
            images[..., word] = column if self.word_codec is None else self.word_codec.encode(column)

    def own_bits(self, masks: np.ndarray) -> None:
        """Mark the bits of this location in `masks` (words,)."""
        for word, lsb, mask, _ in self.pieces:
            masks[word] |= np.uint32(mask << lsb)


class ArrayPiece(NamedTuple):
    """As `Piece`, with word and lsb per element (int64 arrays of one shape)."""

    word: np.ndarray
    lsb: np.ndarray
    mask: int
    shift: int


class ArrayLocation:
    """Bits of an array of values, in natural (index) order."""

    __slots__ = ("pieces", "codec", "word_codec", "flipped", "_groups")

    def __init__(
        self,
        pieces: Sequence[ArrayPiece],
        codec: Codec | None = None,
        word_codec: Codec | None = None,
        flipped: np.ndarray | None = None,
    ):
        self.pieces = tuple(pieces)
        self.codec = codec
        self.word_codec = word_codec
        self.flipped = flipped  # one-bit elements that are stored inverted, bool, of the shape of the array
        self._groups: list[Any] | None = None

    @classmethod
    def of(cls, locations: Sequence[Location]) -> ArrayLocation:
        """Array of locations that differ in word and lsb only."""
        first = locations[0]
        pieces = [
            ArrayPiece(
                np.array([loc.pieces[k].word for loc in locations], dtype=np.int64),
                np.array([loc.pieces[k].lsb for loc in locations], dtype=np.int64),
                first.pieces[k].mask,
                first.pieces[k].shift,
            )
            for k in range(len(first.pieces))
        ]
        return cls(pieces, first.codec, first.word_codec)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.pieces[0].word.shape

    def moved(self, words: int) -> ArrayLocation:
        moved = [p._replace(word=p.word + words) for p in self.pieces]
        return ArrayLocation(moved, self.codec, self.word_codec, self.flipped)

    def __getitem__(self, index: Any) -> ArrayLocation | Location:
        """One element (a Location), or a sub-array of all that share the leading index."""
        if len(self.shape) == 1 and isinstance(index, int):
            pieces = [Piece(int(p.word[index]), int(p.lsb[index]), p.mask, p.shift) for p in self.pieces]
            codec = self.codec if self.flipped is None or not self.flipped[index] else inverted(1)
            return Location(pieces, codec, self.word_codec)
        parts = [p._replace(word=p.word[index], lsb=p.lsb[index]) for p in self.pieces]
        return ArrayLocation(parts, self.codec, self.word_codec, self.flipped)

    def read_many(self, images: np.ndarray) -> np.ndarray:
        """Values, int64, shape images.shape[:-1] + self.shape."""
        bits: Any = 0
        for word, lsb, mask, shift in self.pieces:
            column = np.take(images, word, axis=-1)
            if self.word_codec is not None:
                column = self.word_codec.decode(column)
            part = ((column >> lsb.astype(np.uint32)) & np.uint32(mask)).astype(np.int64)
            bits = bits | (part << shift if shift else part)
        if self.flipped is not None:
            bits = bits ^ self.flipped
        return bits if self.codec is None else self.codec.decode(bits)

    def write_many(self, images: np.ndarray, values: np.ndarray) -> None:
        bits = values if self.codec is None else self.codec.encode(values)
        if self.flipped is not None:
            bits = bits ^ self.flipped
        for k, (_, _, mask, shift) in enumerate(self.pieces):
            part = ((bits >> shift) & mask).astype(np.uint32)
            for lsb, selected, word in self._groups_of(k):
                new = part[selected] << np.uint32(lsb)
                old = images[..., word]
                if self.word_codec is not None:
                    old = self.word_codec.decode(old)
                old = old & np.uint32(~(mask << lsb) & 0xFFFFFFFF) | new
                images[..., word] = old if self.word_codec is None else self.word_codec.encode(old)

    def _groups_of(self, k: int) -> list[tuple[int, Any, np.ndarray]]:
        # Elements of equal lsb never share a word, so that each group is a plain gather, modify, scatter.
        if self._groups is None:
            self._groups = [None] * len(self.pieces)
        if self._groups[k] is None:
            p = self.pieces[k]
            groups = []
            for lsb in np.unique(p.lsb):
                selected = np.nonzero(p.lsb == lsb)
                groups.append((int(lsb), (Ellipsis, *selected), p.word[selected]))
            self._groups[k] = groups
        return self._groups[k]

    def own_bits(self, masks: np.ndarray) -> None:
        for word, lsb, mask, _ in self.pieces:
            np.bitwise_or.at(masks, word, (np.uint32(mask) << lsb.astype(np.uint32)).astype(np.uint32))
