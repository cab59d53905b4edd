"""Instruction and response words as text, one line per message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

import haldls
from haldls.container import Container
from stadls import words as ut
from stadls._wire import StreamError, decode_columns
from stadls.address_map import Registers, field_difference, field_text, find_registers
from stadls.backend import I2C, I2C_STOP, SPI, TIMER_READOUT
from stadls.program import PlaybackProgram
from stadls.words import Direction, JTAGInstruction, Words

_TO = {code: name for name, code in ut.TO_FPGA_CODES.items()}
_FROM = {code: name for name, code in ut.FROM_FPGA_CODES.items()}
_PAYLOAD = np.uint64((1 << ut.HEADER_LSB) - 1)
_ADDRESS = ut.TO_FPGA_CODES["omnibus_to_fpga::Address"]
_DATA = ut.TO_FPGA_CODES["omnibus_to_fpga::Data"]
_JTAG_INIT = ut.TO_FPGA_CODES["to_fpga_jtag::Init"]
_JTAG_INS = ut.TO_FPGA_CODES["to_fpga_jtag::Ins"]
_JTAG_DATA = ut.TO_FPGA_CODES["to_fpga_jtag::Data"]
_BARRIERS = ("omnibus", "jtag", "systime", "multi_fpga", "systime_correction")
_CYCLES_PER_US = 125
_TIME_MASK = 0x7FFFFFFFFFF
_WORD = 0xFFFFFFFF

# The JTAG registers of the PLLs are those at this Omnibus address, in the same order; four bits select one.
_PLL = 0x80000
_PLL_TARGETS = 16

# First address on the I2C bus, number of devices, name.
_I2C_DEVICES = (
    (0x2C, 4, "AD5252"), (0x38, 8, "TCA9554"), (0x40, 8, "INA219"), (0x48, 1, "TMP112"), (0x4C, 4, "DAC6573"),
    (0x50, 1, "EEPROM"), (0x70, 1, "TCA9546"),
)
_I2C_NAMES = {
    first + i: name if count == 1 else f"{name} {i}" for first, count, name in _I2C_DEVICES for i in range(count)
}
_I2C_PRESCALER = I2C + 0x200
_SPI_DACS = 2

Program = PlaybackProgram | Words


def lines(program: Program, direction: Direction | str = Direction.TO_FPGA) -> Iterator[str]:
    """Text of every message.

    A line has the index of the message, the time, and what it is. The time of an instruction is the earliest one, in
    FPGA cycles and microseconds since the last timer reset: one cycle per instruction, and waits as long as asked
    for; barriers count as one cycle. Before the first reset there is none. The time of a response is its FPGA time.
    Words that are no messages are shown as such.

    Parameters
    ----------
    program : PlaybackProgram or ndarray of uint64
        Program, or words of the given direction.
    direction : Direction or str
        Instructions (`to_fpga`) or responses (`from_fpga`).
    """
    if Direction(direction) is Direction.TO_FPGA:
        return _Instructions(_to_fpga(program)).lines()
    words = program.from_fpga if isinstance(program, PlaybackProgram) else np.asarray(program, dtype=np.uint64)
    return _response_lines(words)


def _to_fpga(program: Program) -> Words:
    return program.to_fpga if isinstance(program, PlaybackProgram) else np.asarray(program, dtype=np.uint64)


def _line(index: int, time: int | None, text: str) -> str:
    when = "" if time is None else f"{time} ({time / _CYCLES_PER_US:.3f} us)"
    return f"{index:>8}  {when:>24}  {text}"


# -- instructions ----------------------------------------------------------------------------------------------


class _Instructions:
    """The walk over instruction words; addresses are looked up in bulk before."""

    def __init__(self, words: Words) -> None:
        self.codes = (words >> np.uint64(ut.HEADER_LSB)).astype(np.uint8)
        self.payloads = words & _PAYLOAD
        self.words = words
        # A JTAG access names its Omnibus address in the payload of a data instruction.
        named = (self.codes == _ADDRESS) | (self.codes == _JTAG_DATA)
        self.registers = find_registers(self.payloads[named] & np.uint64(_WORD))
        self.place = np.cumsum(named) - 1
        self.time: int | None = None
        self.omnibus: int | None = None  # index of the address that waits for data
        self.jtag = _JTAGState(self)

    def lines(self) -> Iterator[str]:
        for index, (code, payload) in enumerate(zip(self.codes.tolist(), self.payloads.tolist(), strict=True)):
            name = _TO.get(code)
            if name == "timing::Setup":
                self.time = 0
            elif name == "timing::WaitUntil" and self.time is not None:
                self.time = max(self.time, payload & _WORD)
            text = self._text(index, name, payload)
            yield _line(index, self.time, text)
            if self.time is not None and name != "timing::Setup":
                self.time += 1

    def _text(self, index: int, name: str | None, payload: int) -> str:
        if name == "omnibus_to_fpga::Address":
            return self._address(index, payload)
        if name == "omnibus_to_fpga::Data":
            return self._data(payload)
        self.omnibus = None
        if name is None:
            return f"unknown instruction {int(self.words[index]):#018x}"
        if name.startswith("to_fpga_jtag"):
            return self.jtag.text(index, name, payload)
        return _simple(name, payload)

    def _address(self, index: int, payload: int) -> str:
        address, enables = payload & _WORD, payload >> 32 & 0xF
        if payload >> 36 & 1:
            self.omnibus = None
            return f"read  {register_text(self.registers, self.place[index], address)}"
        self.omnibus = index
        only = "" if enables == ut.ALL_BYTES else f" bytes {enables:04b}"
        return f"write {register_text(self.registers, self.place[index], address)}{only}"

    def _data(self, payload: int) -> str:
        word = payload & _WORD
        if self.omnibus is None:
            return f"data  {word:#010x} without address"
        place = self.place[self.omnibus]
        self.omnibus = None
        return f"data  {word:#010x}{fields_text(self.registers, place, word)}"


class _JTAGState:
    """What the JTAG instructions so far have selected."""

    def __init__(self, walk: _Instructions) -> None:
        self.registers, self.places = walk.registers, walk.place
        self.plls = find_registers(_PLL + np.arange(_PLL_TARGETS))
        self._reset()

    def _reset(self) -> None:
        self.instruction: int = JTAGInstruction.IDCODE
        self.place: Any = None
        self.reads = False
        self.pll: int | None = None

    def text(self, index: int, name: str, payload: int) -> str:
        if name == "to_fpga_jtag::Init":
            self._reset()
            return "jtag  reset of the state machine"
        if name == "to_fpga_jtag::Scaler":
            return f"jtag  clock scaler {payload & 0xFF}"
        if name == "to_fpga_jtag::Ins":
            self.instruction = payload & 0x7F
            return f"jtag  select {self._name()}"
        data, bits = payload & 0x1FFFFFFFF, payload >> 40 & 0xFF
        keeps = bool(payload >> 48 & 1)
        return f"jtag  {self._name()} {data:#x} ({bits} bit{', keep' if keeps else ''}){self._data(index, data, keeps)}"

    def _data(self, index: int, data: int, keeps: bool) -> str:
        """What data means for the selected instruction."""
        kind, word = self.instruction, data & _WORD
        if kind == JTAGInstruction.OMNIBUS_ADDRESS:
            self.place, self.reads = self.places[index], bool(data >> 32)
            return f": {self._access()} {register_text(self.registers, self.place, word)}"
        if kind == JTAGInstruction.OMNIBUS_REQUEST and self.place is not None:
            return f": {self._access()}"
        if kind == JTAGInstruction.OMNIBUS_DATA and self.place is not None and not keeps:
            return fields_text(self.registers, self.place, word)
        if kind == JTAGInstruction.PLL_TARGET_REG:
            self.pll = data % _PLL_TARGETS
            return f": {register_text(self.plls, self.pll, None)}"
        if kind == JTAGInstruction.SHIFT_PLL and self.pll is not None:
            return fields_text(self.plls, self.pll, word)
        if self._is_phy():
            fields = field_text(haldls.PhyConfigChip, 0, word)
            return f": {_coordinate(haldls.PhyConfigChip, 7 - (kind >> 3 & 7))}  {fields}"
        return ""

    def _access(self) -> str:
        return "read" if self.reads else "write"

    def _is_phy(self) -> bool:
        return self.instruction & 0x47 == 0x44

    def _name(self) -> str:
        if self._is_phy():
            return f"PHY register {self.instruction >> 3 & 7}"
        try:
            return JTAGInstruction(self.instruction).name
        except ValueError:
            return f"instruction {self.instruction:#x}"


def _simple(name: str, payload: int) -> str:
    if name == "timing::Setup":
        return "timer reset"
    if name == "timing::WaitUntil":
        return f"wait  until {payload & _WORD} ({(payload & _WORD) / _CYCLES_PER_US:.3f} us)"
    if name == "timing::SystimeInit":
        return "systime synchronisation" if payload & 1 else "systime request"
    if name == "timing::Barrier":
        flags = [flag for bit, flag in enumerate(_BARRIERS) if payload >> bit & 1]
        return f"wait  barrier {' '.join(flags) or 'of nothing'}"
    if name == "timing::PollingOmnibusBlock":
        return f"wait  poll until {'equal' if payload & 1 else 'not equal'}"
    if name == "system::Reset":
        return f"chip  reset {'on' if payload & 1 else 'off'}"
    if name == "system::Loopback":
        return "loopback tick" if payload & 1 else "halt"
    count = int(name[-2])  # event_to_fpga::SpikePack<n>
    labels = [payload >> 16 * (count - 1 - i) & 0xFFFF for i in range(count)]
    return f"spike {'; '.join(map(label_text, labels))}"


@lru_cache(maxsize=1 << 16)
def label_text(label: int) -> str:
    """A spike label with its views: SPL1 address, neuron label, row select address, synapse label."""
    return (
        f"{label:#06x} (spl1 {label >> 14}, neuron {label & 0x3FFF:#06x}, row select {label >> 6 & 0x1F}, "
        f"synapse {label & 0x3F})"
    )


# -- registers -------------------------------------------------------------------------------------------------


def register_text(registers: Registers, place: Any, address: int | None) -> str:
    """Container, coordinate and word of an entry, with its Omnibus address if it has one."""
    where = "" if address is None else f"{address:#010x} "
    if registers.kind[place] < 0:
        return f"{where}{_unmapped(address)}"
    kind = registers.kinds[registers.kind[place]]
    return f"{where}{_coordinate(kind, int(registers.number[place]))} word {registers.word[place]}"


def _unmapped(address: int | None) -> str:
    """Name of a register that is no container: what stands behind it follows from what is sent there."""
    if address is None:
        return "(no container)"
    if address == TIMER_READOUT:
        return "playback timer"
    if SPI + 1 <= address < SPI + 2 + 2 * _SPI_DACS:
        return "SPI master, shift register" if address == SPI + 1 else f"SPI master, DAC {(address - SPI - 2) // 2}"
    if address == _I2C_PRESCALER:
        return "I2C master, prescaler"
    if I2C <= address < _I2C_PRESCALER:
        device = address & 0x7F
        name = _I2C_NAMES.get(device, "unknown device")
        return f"I2C master, {name} at {device:#04x}{', stop' if address & I2C_STOP else ''}"
    return "(no container)"


@lru_cache(maxsize=1 << 16)
def _coordinate(kind: type[Container], number: int) -> str:
    return f"{kind.__name__} at {kind.coordinate_type._from_enum(number)!r}"


def fields_text(registers: Registers, place: Any, word: int) -> str:
    """Fields in a word of an entry that differ from their defaults, behind two spaces; empty for other registers."""
    if registers.kind[place] < 0:
        return ""
    text = field_text(registers.kinds[registers.kind[place]], int(registers.word[place]), word)
    return f"  {text}" if text else ""


# -- responses -------------------------------------------------------------------------------------------------


def _response_lines(words: Words) -> Iterator[str]:
    time = 0
    for index, (code, payload) in enumerate(_responses(np.ascontiguousarray(words))):
        if code is None:
            yield _line(index, time, f"unknown response in word {payload:#018x}")
            continue
        name = _FROM[code]
        time = (time + 1) & _TIME_MASK
        if name == "timing_from_fpga::Systime":
            time = payload & _TIME_MASK
        elif name == "timing_from_fpga::Sysdelta":
            time = (time + payload) & _TIME_MASK
        yield _line(index, time, _response(name, payload, time))


def _responses(words: Words) -> Iterator[tuple[int | None, int]]:
    """Codes and payloads; a word with an unknown header comes without code, and the next one starts a new message."""
    start = 0
    while start < len(words):
        rest = words[start:]
        try:
            codes, low, high = decode_columns(rest, Direction.FROM_FPGA)
            stop = len(rest)
        except StreamError as error:
            stop = error.word_index
            codes, low, high = decode_columns(rest[:stop], Direction.FROM_FPGA)
        for code, lo, hi in zip(codes.tolist(), low.tolist(), high.tolist(), strict=True):
            yield code, hi << 64 | lo
        if stop < len(rest):
            yield None, int(rest[stop])
        start += stop + 1


def _response(name: str, payload: int, time: int) -> str:
    if name in ("jtag_from_hicann::Data", "omnibus_from_fpga::Data"):
        return f"{name.split('_')[0]} data {payload:#010x}"
    if name == "from_fpga_system::Loopback":
        return "loopback tick" if payload & 1 else "halt"
    if name == "from_fpga_system::HighspeedLinkNotification":
        return str(haldls.HighspeedLinkNotification.from_payload(payload & 0xFF, time))
    if name == "from_fpga_system::TimeoutNotification":
        return (
            f"time-out of instruction {payload & _WORD} (trace stalls {payload >> 32 & 0x7F}, "
            f"Omnibus reads in flight {payload >> 39 & 0x3F})"
        )
    if name.startswith("timing_from_fpga"):
        return f"{name.split('::')[1].lower()} {payload}"
    count = int(name[-2])
    events = [payload >> 24 * (count - 1 - i) & 0xFFFFFF for i in range(count)]
    if "Spike" in name:
        return "spike " + "; ".join(f"{label_text(e & 0xFFFF)} {_chip_time(e, time)}" for e in events)
    return "sample " + "; ".join(f"{e & 0x3FF} channel {e >> 10 & 1} {_chip_time(e, time)}" for e in events)


def _chip_time(event: int, time: int) -> str:
    """Time of an event on the chip: its stamp, in half cycles, is the end of a time that is not in the future."""
    chip_time = time & ~0x7F | event >> 17
    return f"chip time {chip_time if chip_time <= time else (chip_time - 128) & _TIME_MASK}"


# -- register state --------------------------------------------------------------------------------------------


def register_state(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """What the writes of a program, over the Omnibus or over JTAG, leave in the registers.

    Returns
    -------
    addresses : ndarray of uint32, (n,), ascending
    words : ndarray of uint32, (n,)
        Last written value; bytes that were never written are 0.
    """
    accesses, enables, data = _writes(_to_fpga(program))
    addresses = np.unique(accesses)
    state = np.zeros(len(addresses), dtype=np.uint64)
    for byte in range(4):
        on = np.flatnonzero(enables >> np.uint64(byte) & np.uint64(1))
        # Reversed, the first occurrence of an address is its last write.
        written, last = np.unique(accesses[on][::-1], return_index=True)
        value = data[on][::-1][last] & np.uint64(0xFF << 8 * byte)
        state[np.searchsorted(addresses, written)] |= value
    return addresses.astype(np.uint32), state.astype(np.uint32)


def _writes(words: Words) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Addresses, byte enables and data of all writes, in order."""
    codes = (words >> np.uint64(ut.HEADER_LSB)).astype(np.uint8)
    payloads = words & _PAYLOAD
    first = np.flatnonzero((codes[:-1] == _ADDRESS) & (codes[1:] == _DATA) & (payloads[:-1] >> np.uint64(36) & 1 == 0))
    requests, targets, values = _jtag_writes(codes, payloads)
    order = np.argsort(np.concatenate([first, requests]), kind="stable")
    heads = np.concatenate([payloads[first], targets | np.uint64(ut.ALL_BYTES << 32)])[order]
    data = np.concatenate([payloads[first + 1], values])[order]
    return (heads & np.uint64(_WORD)).astype(np.int64), heads >> np.uint64(32) & np.uint64(0xF), data & np.uint64(_WORD)


def _jtag_writes(codes: np.ndarray, payloads: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of the requests that write over JTAG, and the payloads of their addresses and their data."""
    def last(where: np.ndarray) -> np.ndarray:
        """Position of the latest instruction so far that is one of `where`, -1 before the first."""
        return np.maximum.accumulate(np.where(where, np.arange(len(codes)), -1))

    is_data, reset = codes == _JTAG_DATA, last(codes == _JTAG_INIT)
    selection = last(codes == _JTAG_INS)
    selected = np.where(selection > reset, payloads[selection] & np.uint64(0x7F), JTAGInstruction.IDCODE)
    address = last(is_data & (selected == JTAGInstruction.OMNIBUS_ADDRESS))
    data = last(is_data & (selected == JTAGInstruction.OMNIBUS_DATA))
    request = is_data & (selected == JTAGInstruction.OMNIBUS_REQUEST) & (address > reset) & (data > reset)
    writes = np.flatnonzero(request & (payloads[address] >> np.uint64(32) & np.uint64(1) == 0))
    return writes, payloads[address[writes]] & np.uint64(_WORD), payloads[data[writes]]


def register_difference(first: Program, second: Program) -> list[str]:
    """Lines that say which registers two programs leave in different states, with field values old -> new."""
    a_addresses, a_words = register_state(first)
    b_addresses, b_words = register_state(second)
    addresses = np.union1d(a_addresses, b_addresses)
    a, b = _spread(addresses, a_addresses, a_words), _spread(addresses, b_addresses, b_words)
    changed = np.flatnonzero(a != b)
    registers = find_registers(addresses[changed])
    return [
        f"{register_text(registers, place, int(addresses[i]))}: {_change_text(registers, place, int(a[i]), int(b[i]))}"
        for place, i in enumerate(changed.tolist())
    ]


def _spread(addresses: np.ndarray, own: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Words at `addresses`, -1 where nothing is written."""
    spread = np.full(len(addresses), -1, dtype=np.int64)
    spread[np.searchsorted(addresses, own)] = words
    return spread


def _change_text(registers: Registers, place: int, old: int, new: int) -> str:
    if old < 0 or new < 0 or registers.kind[place] < 0:
        return f"{_state_text(registers, place, old)} -> {_state_text(registers, place, new)}"
    kind, word = registers.kinds[registers.kind[place]], int(registers.word[place])
    return f"{old:#010x} -> {new:#010x}  {field_difference(kind, word, old, new)}"


def _state_text(registers: Registers, place: int, word: int) -> str:
    if word < 0:
        return "not written"
    fields = fields_text(registers, place, word).strip()
    return f"{word:#010x}{f' ({fields})' if fields else ''}"
