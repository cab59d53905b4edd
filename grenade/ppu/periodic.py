"""Periodic CADC samples: where the PPUs put them in external memory, and their bytes as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

MAX_SAMPLES = {"sram": 100, "dram": 204800}
"""Most samples per hemisphere, by memory."""

_MEMORY = {"sram": (0x40000000, 128 * 1024), "dram": (0x50000000, 256 * 1024 * 1024)}
"""First address for data, and bytes."""

_HEADER_BYTES = 128
_SAMPLE_BYTES = 384
_COLUMNS = 256


@dataclass(frozen=True)
class PeriodicCADC:
    """Memory for periodic CADC samples.

    The samples lie at the end of the external memory, those of the top hemisphere below those of the bottom one.

    Attributes
    ----------
    memory : {"sram", "dram"}
        External memory.
    num_samples : int
        Samples per hemisphere; further ones are dropped.

    Raises
    ------
    ValueError
        Not such a memory, or the number is not between 1 and 100 (SRAM) or 204800 (DRAM).
    """

    memory: Literal["sram", "dram"] = "sram"
    num_samples: int = 100

    def __post_init__(self) -> None:
        if self.memory not in MAX_SAMPLES:
            raise ValueError(f"PeriodicCADC: memory is {self.memory!r}, expected 'sram' or 'dram'")
        if not 1 <= self.num_samples <= MAX_SAMPLES[self.memory]:
            raise ValueError(
                f"PeriodicCADC: {self.num_samples} samples, expected 1 to {MAX_SAMPLES[self.memory]} in {self.memory}"
            )

    @property
    def size(self) -> int:
        """Bytes per hemisphere."""
        return _HEADER_BYTES + _SAMPLE_BYTES * self.num_samples

    @property
    def top(self) -> int:
        """Address of the samples of the top hemisphere."""
        return self.bottom - self.size

    @property
    def bottom(self) -> int:
        """Address of the samples of the bottom hemisphere."""
        base, size = _MEMORY[self.memory]
        return base + size - self.size

    @property
    def free(self) -> int:
        """Bytes of the memory below the samples, for code and data."""
        return self.top - _MEMORY[self.memory][0]


def estimated_samples(duration_us: float) -> int:
    """Number of samples in a duration, with which memory is reserved: a sample takes at least 1.7 us."""
    return int(duration_us / 1.7) + 1


def sample_bytes(num_samples: int) -> int:
    """Bytes from the beginning of the recording of a hemisphere up to the end of some samples."""
    return _HEADER_BYTES + _SAMPLE_BYTES * num_samples


def decode(data: bytes | bytearray | memoryview | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Samples of a hemisphere.

    Parameters
    ----------
    data : bytes
        Memory of the symbol `periodic_cadc_samples_top` or `_bot`, from its beginning to the last sample or beyond.

    Returns
    -------
    time : numpy.ndarray of uint64, shape (samples,)
        PPU cycles since the begin of the recording, its warm-up included.
    samples : numpy.ndarray of uint8, shape (samples, 256)
        Values of the causal channels of the columns.

    Raises
    ------
    ValueError
        There are fewer bytes than a header.
    """
    memory = np.frombuffer(data, np.uint8)
    if memory.size < _HEADER_BYTES:
        raise ValueError(f"{memory.size} bytes, expected at least the {_HEADER_BYTES} bytes with the number of samples")
    count = min(int(memory[:4].view(">u4")[0]), (memory.size - _HEADER_BYTES) // _SAMPLE_BYTES)
    samples = memory[_HEADER_BYTES:_HEADER_BYTES + count * _SAMPLE_BYTES].reshape(count, 3, 128)
    time = np.ascontiguousarray(samples[:, 0, :8]).view(">u8")[:, 0].astype(np.uint64)
    # The vector unit writes the 32 words of a vector to external memory in reversed order.
    halves = samples[:, 1:].reshape(count, 2, 32, 4)[:, :, ::-1].reshape(count, 2, 128)
    return time, np.moveaxis(halves, 1, 2).reshape(count, _COLUMNS)
