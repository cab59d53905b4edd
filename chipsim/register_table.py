"""Registers of board and chip: which addresses exist, which of their bits, and what an access does.

The table comes from the layouts of `haldls`; nothing is written down again here. Addresses are found by page: the upper
20 bits select a page of 4096 words.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np

import haldls
from haldls.backend import OMNIBUS_LIKE
from haldls.external_memory import EXTERNAL_DRAM, EXTERNAL_MEMORY
from haldls.ppu import PPU_MEMORY
from haldls.synapse import SYNAPSES
from stadls.backend import I2C, SPI, TIMER_READOUT

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS


class Access(IntEnum):
    """What happens on an access to a word."""

    NONE = 0  # no register: the access is never answered
    MEMORY = 1  # reads give what was written
    STATUS = 2  # the board or chip writes, the host reads
    SYNAPSE_VIEW = 3  # some bits of another word, see `view_of`
    TIMER = 4
    BACKGROUND_CONTROL = 5
    NEURON_RESET = 6
    COUNTER_RESET = 7
    PADI_EVENT = 8
    DEVICE = 9  # I2C and SPI masters
    TRIGGER = 10  # a write does something; it cannot be read
    SYSTIME = 11
    CADC = 12  # samples of the column ADC; reads of one part start a conversion
    NEURON_RESET_QUAD = 13
    MONITOR = 14  # status that is worked out when it is read
    SWITCH = 15  # memory; a change starts or stops something that a monitor shows
    DRAM = 16


_READ_ONLY = (
    haldls.SpikeCounterRead, haldls.CrossbarInputDropCounter, haldls.CrossbarOutputEventCounter,
    haldls.FPGADeviceDNA, haldls.PPUStatusRegister, haldls.FPGASystimeSyncLastRTT,
    haldls.FPGASystimeSyncLastAsicSystime, haldls.FPGASystimeSyncActiveState,
)
_MONITORED = (haldls.PhyStatus, haldls.HicannARQStatus, haldls.PerfTestStatus, haldls.PLLSelfTestStatus)
_SWITCHES = (haldls.PLLSelfTest, haldls.PerfTest, haldls.CommonPhyConfigChip, haldls.CommonPhyConfigFPGA)
_ACCESS_OF: dict[Any, Access] = {
    **dict.fromkeys(_READ_ONLY, Access.STATUS),
    **dict.fromkeys(_MONITORED, Access.MONITOR),
    **dict.fromkeys(_SWITCHES, Access.SWITCH),
    haldls.NeuronReset: Access.NEURON_RESET,
    haldls.SpikeCounterReset: Access.COUNTER_RESET,
    haldls.PADIEvent: Access.PADI_EVENT,
    haldls.BlockPostPulse: Access.TRIGGER,
    haldls.NeuronResetQuad: Access.NEURON_RESET_QUAD,
    haldls.CADCSampleQuad: Access.CADC,
    haldls.CorrelationReset: Access.TRIGGER,
    haldls.MADCControl: Access.TRIGGER,
}
# The external memories are whole pages of memory. The vector generators are at addresses of the DRAM: an FPGA has one
# or the other.
_LEFT_OUT = (
    haldls.ExternalPPUMemoryByte, haldls.ExternalPPUDRAMMemoryByte, haldls.ExternalPPUMemoryQuad,
    haldls.ExternalPPUDRAMMemoryQuad, haldls.VectorGeneratorControl, haldls.VectorGeneratorLUTEntry,
    haldls.VectorGeneratorNotificationAddress, haldls.VectorGeneratorTrigger, haldls.VectorGeneratorFIFOWord,
    haldls.PPUMemoryWord, haldls.SynapseQuad, haldls.SynapseWeightQuad,
    haldls.SynapseLabelQuad, haldls.SynapseCorrelationCalibQuad, haldls.ColumnCorrelationQuad,
    haldls.ColumnCurrentQuad,
)

_SYNAPSE_ROWS = 257  # the row behind the last one holds switches
_RAW = 0xF0000
# Narrow views of the synapse memory: offset, lowest bit in each byte of the raw word, mask, raw row in the pair.
VIEWS = ((0x00000, 0, 0x3F3F3F3F, 0), (0x10000, 6, 0x03030303, 0), (0x20000, 6, 0x03030303, 1),
         (0x40000, 0, 0x3F3F3F3F, 1))


class RegisterTable:
    """Words of all registers.

    Attributes
    ----------
    page_of : ndarray of int32, (2**20,)
        Page of an address without its lower 12 bits, -1 where there are no registers.
    masks : ndarray of uint32, (pages, 4096)
        Bits that exist.
    access : ndarray of uint8, (pages, 4096)
        `Access` of every word.
    """

    def __init__(self) -> None:
        self.page_of = np.full(1 << (32 - PAGE_BITS), -1, dtype=np.int32)
        self._masks: list[np.ndarray] = []
        self._access: list[np.ndarray] = []
        for kind in haldls.containers:
            if OMNIBUS_LIKE & set(kind.back_ends) and kind._size and kind not in _LEFT_OUT and not _is_composite(kind):
                self._add(kind)
        for base in PPU_MEMORY:
            self._memory(base, PAGE)
        self._memory(EXTERNAL_MEMORY, haldls.ExternalPPUMemoryQuad.coordinate_type.size)
        self._dram(haldls.ExternalPPUDRAMMemoryQuad.coordinate_type.size)
        for base in SYNAPSES:
            self._synapses(base)
        self._single(TIMER_READOUT, Access.TIMER)
        for base in (SPI, I2C):
            self._fill(base + np.arange(0x400), 0xFFFFFFFF, Access.DEVICE)
        self.masks, self.access = np.array(self._masks), np.array(self._access)

    def _page(self, page: int) -> int:
        if self.page_of[page] < 0:
            self.page_of[page] = len(self._masks)
            self._masks.append(np.zeros(PAGE, dtype=np.uint32))
            self._access.append(np.zeros(PAGE, dtype=np.uint8))
        return int(self.page_of[page])

    def _fill(self, addresses: np.ndarray, masks: Any, access: Any) -> None:
        addresses = np.asarray(addresses, dtype=np.int64)
        masks = np.broadcast_to(masks, addresses.shape)
        access = np.broadcast_to(access, addresses.shape)
        for page in np.unique(addresses >> PAGE_BITS):
            here = addresses >> PAGE_BITS == page
            index, place = self._page(int(page)), addresses[here] & (PAGE - 1)
            self._masks[index][place] = masks[here]
            self._access[index][place] = access[here]

    def _single(self, address: int, access: Access) -> None:
        self._fill(np.array([address]), 0xFFFFFFFF, access)

    def _add(self, kind: Any) -> None:
        backend = next(b for b in kind.back_ends if b in OMNIBUS_LIKE)
        count = max(kind._write, kind._read)
        addresses = kind._addresses(np.arange(kind.coordinate_type.size), backend)[:, :count]
        access = np.full(addresses.shape, _ACCESS_OF.get(kind, Access.MEMORY))
        masks = np.broadcast_to(kind._legal[:count], addresses.shape)
        if kind is haldls.BackgroundSpikeSource:
            access[:, 2] = Access.BACKGROUND_CONTROL
        if kind is haldls.FPGASystimeSyncLastAsicSystime:
            access[:] = Access.SYSTIME
        self._fill(addresses.ravel(), masks.ravel(), access.ravel())

    def _memory(self, base: int, words: int) -> None:
        self._fill(base + np.arange(words), 0xFFFFFFFF, Access.MEMORY)

    def _dram(self, words: int) -> None:
        # All of its pages are alike, and the words are elsewhere.
        first = EXTERNAL_DRAM >> PAGE_BITS
        self._fill(EXTERNAL_DRAM + np.arange(PAGE), 0xFFFFFFFF, Access.DRAM)
        self.page_of[first : first + (words >> PAGE_BITS)] = self.page_of[first]

    def _synapses(self, base: int) -> None:
        self._fill(base + _RAW + np.arange(2 * 64 * _SYNAPSE_ROWS + 2 * 64), 0xFFFFFFFF, Access.MEMORY)
        for offset, _, mask, _ in VIEWS:
            self._fill(base + offset + np.arange(64 * _SYNAPSE_ROWS), mask, Access.SYNAPSE_VIEW)


def _is_composite(kind: Any) -> bool:
    return bool(getattr(kind, "_parts", ()))


@cache
def register_table() -> RegisterTable:
    """The table, which is the same for all boards."""
    return RegisterTable()
