"""Descriptions of executors, as the hardware data base of the real system has them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ZeroMockEntry:
    """An executor that answers with zeros."""


@dataclass
class SimulationEntry:
    """A simulated chip."""


@dataclass
class ChipEntry:
    """A chip on a board; the SRAM settings of its synapse arrays where they were measured.

    `synram_timing_pcconf` and `synram_timing_wconf` are (west, east) of the top and of the bottom synapse array.
    """

    chip_serial: int = 0
    synram_timing_pcconf: tuple[tuple[int, int], tuple[int, int]] | None = None
    synram_timing_wconf: tuple[tuple[int, int], tuple[int, int]] | None = None


@dataclass
class HXCubeSetupEntry:
    """A cube set-up, restricted to one FPGA."""

    hxcube_id: int = 0
    fpga_id: int = 0
    ip: str = ""
    chip: ChipEntry = field(default_factory=ChipEntry)


@dataclass
class JboaSetupEntry:
    """A Jboa set-up, restricted to one FPGA."""

    jboa_id: int = 0
    fpga_id: int = 0
    ip: str = ""
    chip: ChipEntry = field(default_factory=ChipEntry)
