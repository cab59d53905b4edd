"""Events: spikes to the chip; spikes, MADC samples and link notifications from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import Backend
from haldls.container import Container
from haldls.errors import FieldValueError


class _SpikePack(Container):
    """Spikes that are sent to the chip in one FPGA cycle."""

    def __init__(self, labels: Any = None) -> None:
        if isinstance(labels, type(self)):
            super().__init__(labels)
            return
        super().__init__()
        if labels is not None:
            self.labels = labels

    @property
    def labels(self) -> list[halco.SpikeLabel]:
        """Labels, as a copy: assign the whole list to change them."""
        return [halco.SpikeLabel(word) for word in self._mem]

    @labels.setter
    def labels(self, labels: Sequence[halco.SpikeLabel]) -> None:
        values = list(labels)
        if len(values) != len(self._mem):
            raise FieldValueError(f"{type(self).__name__}.labels: expected {len(self._mem)} labels, got {len(values)}")
        for i, label in enumerate(values):
            if not isinstance(label, halco.SpikeLabel):
                raise TypeError(f"{type(self).__name__}.labels[{i}]: {label!r} is not accepted, expected SpikeLabel")
        for i, label in enumerate(values):
            self._mem[i] = int(label.value())

    def _encode(self, number: int) -> np.ndarray:
        word = 0
        for label in self._mem:  # the first label is the most significant one
            word = word << 16 | label
        return np.array([word], dtype=np.uint64)


class SpikePack1ToChip(
    _SpikePack, coordinate=halco.SpikePack1ToChipOnDLS, words=1, write=1, read=0, word_bits=16,
    backends=(Backend.SpikePack1ToChip,), address=lambda e: e,
):
    """One spike sent to the chip."""


class SpikePack2ToChip(
    _SpikePack, coordinate=halco.SpikePack2ToChipOnDLS, words=2, write=1, read=0, word_bits=32,
    backends=(Backend.SpikePack2ToChip,), address=lambda e: e,
):
    """Two spikes sent to the chip in one FPGA cycle."""


class SpikePack3ToChip(
    _SpikePack, coordinate=halco.SpikePack3ToChipOnDLS, words=3, write=1, read=0, word_bits=48,
    backends=(Backend.SpikePack3ToChip,), address=lambda e: e,
):
    """Three spikes sent to the chip in one FPGA cycle."""


class FPGATime(RangedInt, max=0x7FFFFFFFFFF):
    """Time of the FPGA, in cycles of 8 ns."""


class ChipTime(RangedInt, max=0x7FFFFFFFFFF):
    """Time of the chip, in FPGA cycles of 8 ns."""


SPIKE_DTYPE = np.dtype([("label", np.uint16), ("fpga_time", np.uint64), ("chip_time", np.uint64)])
MADC_SAMPLE_DTYPE = np.dtype(
    [("value", np.uint16), ("channel", np.uint8), ("fpga_time", np.uint64), ("chip_time", np.uint64)]
)


def _converter(name: str, kind: Any) -> property:
    slot = "_" + name

    def get(self: Any) -> Any:
        return getattr(self, slot)

    def put(self: Any, value: Any) -> None:
        setattr(self, slot, kind.coerce(value))

    return property(get, put)


class _Event:
    """An event with typed members, settable, comparable and printable."""

    __slots__ = ()
    _kinds: tuple[tuple[str, Any], ...] = ()

    def __init__(self, *values: Any) -> None:
        if len(values) > len(self._kinds):
            raise TypeError(f"{type(self).__name__}() takes {len(self._kinds)} values, got {len(values)}")
        for i, (name, kind) in enumerate(self._kinds):
            setattr(self, name, values[i] if i < len(values) else kind())

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name, _ in self._kinds)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._values()))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()


class SpikeFromChip(_Event):
    """A spike that the chip sent: label, time of arrival at the FPGA, time on the chip."""

    __slots__ = ("_label", "_fpga_time", "_chip_time")
    _kinds = (("label", halco.SpikeLabel), ("fpga_time", FPGATime), ("chip_time", ChipTime))
    label = _converter("label", halco.SpikeLabel)
    fpga_time = _converter("fpga_time", FPGATime)
    chip_time = _converter("chip_time", ChipTime)
    dtype = SPIKE_DTYPE


class MADCSampleFromChip(_Event):
    """A sample of the membrane ADC: value, channel, time of arrival at the FPGA, time on the chip."""

    class Value(RangedInt, max=0x3FF):
        """10-bit sample."""

    Channel = halco.SourceMultiplexerOnReadoutSourceSelection
    __slots__ = ("_value", "_channel", "_fpga_time", "_chip_time")
    _kinds = (("value", Value), ("channel", Channel), ("fpga_time", FPGATime), ("chip_time", ChipTime))
    value = _converter("value", Value)
    channel = _converter("channel", Channel)
    fpga_time = _converter("fpga_time", FPGATime)
    chip_time = _converter("chip_time", ChipTime)
    dtype = MADC_SAMPLE_DTYPE


@dataclass
class HighspeedLinkNotification:
    """Change of state of a link between FPGA and chip."""

    phy: halco.PhyStatusOnFPGA = field(default_factory=halco.PhyStatusOnFPGA)
    link_up: bool = False
    decode_error: bool = False
    crc_error: bool = False
    crc_recover: bool = False
    check_error: bool = False
    fpga_time: FPGATime = field(default_factory=FPGATime)

    @classmethod
    def from_payload(cls, payload: int, fpga_time: int) -> HighspeedLinkNotification:
        """From the byte of the response message: bits 7:5 link, 4 up, 3 decode, 2 CRC, 1 recover, 0 check."""
        flags = (bool(payload >> bit & 1) for bit in (4, 3, 2, 1, 0))
        return cls(halco.PhyStatusOnFPGA(payload >> 5 & 7), *flags, FPGATime(fpga_time))

    def __str__(self) -> str:
        state = ["link up" if self.link_up else "link down"]
        state += [
            name.replace("_", " ")
            for name in ("decode_error", "crc_error", "crc_recover", "check_error")
            if getattr(self, name)
        ]
        return f"HighspeedLinkNotification({self.phy}, {self.fpga_time}: {', '.join(state)})"
