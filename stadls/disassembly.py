"""Instruction and response words as text, one line per message."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np

from haldls.container import Container
from haldls.location import Location
from stadls import words as ut
from stadls._wire import decode_columns
from stadls.address_map import Registers, find_registers
from stadls.backend import I2C, SPI, TIMER_READOUT
from stadls.program import PlaybackProgram
from stadls.words import Direction, JTAGInstruction, Words

_TO = {code: name for name, code in ut.TO_FPGA_CODES.items()}
_FROM = {code: name for name, code in ut.FROM_FPGA_CODES.items()}
_PAYLOAD = np.uint64((1 << ut.HEADER_LSB) - 1)
_ADDRESS = ut.TO_FPGA_CODES["omnibus_to_fpga::Address"]
_DATA = ut.TO_FPGA_CODES["omnibus_to_fpga::Data"]
_JTAG_DATA = ut.TO_FPGA_CODES["to_fpga_jtag::Data"]
_BARRIERS = ("omnibus", "jtag", "systime", "multi_fpga", "systime_correction")
_CYCLES_PER_US = 125

Program = PlaybackProgram | Words


def lines(program: Program, direction: Direction | str = Direction.TO_FPGA) -> Iterator[str]:
    """Text of every message.

    A line has the index of the message, the time, and what it is. The time of an instruction is the earliest one, in
    FPGA cycles and microseconds since the last timer reset: one cycle per instruction, and waits as long as asked
    for; barriers count as one cycle. Before the first reset there is none. The time of a response is its FPGA time.

    Parameters
    ----------
    program : PlaybackProgram or ndarray of uint64
        Program, or words of the given direction.
    direction : Direction or str
        Instructions (`to_fpga`) or responses (`from_fpga`).
    """
    if Direction(direction) is Direction.TO_FPGA:
        words = program.to_fpga if isinstance(program, PlaybackProgram) else np.asarray(program, dtype=np.uint64)
        return _Instructions(words).lines()
    words = program.from_fpga if isinstance(program, PlaybackProgram) else np.asarray(program, dtype=np.uint64)
    return _response_lines(words)


def _line(index: int, time: int | None, text: str) -> str:
    when = "" if time is None else f"{time} ({time / _CYCLES_PER_US:.3f} us)"
    return f"{index:>8}  {when:>24}  {text}"


class _Instructions:
    """The walk over instruction words; addresses are looked up in bulk before."""

    def __init__(self, words: Words) -> None:
        self.codes = (words >> np.uint64(ut.HEADER_LSB)).astype(np.uint8)
        self.payloads = words & _PAYLOAD
        self.words = words
        is_address = self.codes == _ADDRESS
        # A JTAG access names its Omnibus address in the payload of a data instruction.
        self.looked_up = np.flatnonzero(is_address | (self.codes == _JTAG_DATA))
        self.registers = find_registers(self.payloads[self.looked_up] & np.uint64(0xFFFFFFFF))
        self.place = np.cumsum(is_address | (self.codes == _JTAG_DATA)) - 1
        self.time: int | None = None
        self.omnibus: tuple[int, int] | None = None  # index of the last address, byte enables
        self.jtag = _JTAGState()

    def lines(self) -> Iterator[str]:
        for index, (code, payload) in enumerate(zip(self.codes.tolist(), self.payloads.tolist(), strict=True)):
            name = _TO.get(code)
            if name == "timing::Setup":
                self.time = 0
            elif name == "timing::WaitUntil" and self.time is not None:
                self.time = max(self.time, payload)
            text = self._text(index, name, payload)
            yield _line(index, self.time, text)
            if self.time is not None and name != "timing::Setup":
                self.time += 1

    def _text(self, index: int, name: str | None, payload: int) -> str:
        if name is None:
            return f"unknown instruction {int(self.words[index]):#018x}"
        if name == "omnibus_to_fpga::Address":
            return self._address(index, payload)
        if name == "omnibus_to_fpga::Data":
            return self._data(payload)
        self.omnibus = None
        if name.startswith("to_fpga_jtag"):
            return self.jtag.text(self, index, name, payload)
        return _simple(name, payload)

    def _address(self, index: int, payload: int) -> str:
        address, enables = payload & 0xFFFFFFFF, payload >> 32 & 0xF
        if payload >> 36 & 1:
            self.omnibus = None
            return f"read  {_register(self.registers, self.place[index], address)}"
        self.omnibus = (index, enables)
        only = "" if enables == ut.ALL_BYTES else f" bytes {enables:04b}"
        return f"write {_register(self.registers, self.place[index], address)}{only}"

    def _data(self, payload: int) -> str:
        word = payload & 0xFFFFFFFF
        if self.omnibus is None:
            return f"data  {word:#010x} without address"
        place = self.place[self.omnibus[0]]
        self.omnibus = None
        return f"data  {word:#010x}{_fields(self.registers, place, word)}"


class _JTAGState:
    """What the JTAG instructions so far have selected."""

    def __init__(self) -> None:
        self.instruction: int = JTAGInstruction.IDCODE
        self.place: Any = None

    def text(self, walk: _Instructions, index: int, name: str, payload: int) -> str:
        if name == "to_fpga_jtag::Init":
            self.instruction, self.place = JTAGInstruction.IDCODE, None
            return "jtag  reset of the state machine"
        if name == "to_fpga_jtag::Scaler":
            return f"jtag  clock scaler {payload}"
        if name == "to_fpga_jtag::Ins":
            self.instruction = payload
            return f"jtag  select {self._name()}"
        data, bits = payload & 0x1FFFFFFFF, payload >> 40 & 0xFF
        keep = ", keep" if payload >> 48 & 1 else ""
        text = f"jtag  {self._name()} {data:#x} ({bits} bit{keep})"
        if self.instruction == JTAGInstruction.OMNIBUS_ADDRESS:
            self.place = walk.place[index]
            kind = "read" if data >> 32 else "write"
            return f"{text}: {kind} {_register(walk.registers, self.place, data & 0xFFFFFFFF)}"
        if self.instruction == JTAGInstruction.OMNIBUS_DATA and self.place is not None and not keep:
            return text + _fields(walk.registers, self.place, data & 0xFFFFFFFF)
        return text

    def _name(self) -> str:
        try:
            return JTAGInstruction(self.instruction).name
        except ValueError:
            is_phy = self.instruction & 0x47 == 0x44
            return f"PHY register {self.instruction >> 3 & 7}" if is_phy else f"instruction {self.instruction:#x}"


def _simple(name: str, payload: int) -> str:
    if name == "timing::Setup":
        return "timer reset"
    if name == "timing::WaitUntil":
        return f"wait  until {payload & 0xFFFFFFFF} ({(payload & 0xFFFFFFFF) / _CYCLES_PER_US:.3f} us)"
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


def _register(registers: Registers, place: Any, address: int) -> str:
    if registers.kind[place] < 0:
        return f"{address:#010x} {_unmapped(address)}"
    kind = registers.kinds[registers.kind[place]]
    return f"{address:#010x} {_coordinate(kind, int(registers.number[place]))} word {registers.word[place]}"


def _unmapped(address: int) -> str:
    if address == TIMER_READOUT:
        return "playback timer"
    if SPI <= address < SPI + 0x800:
        return "SPI master"
    if I2C <= address < I2C + 0x400:
        return f"I2C master, device {address & 0x7F:#04x}{', stop' if address & 0x80 else ''}"
    return "(no container)"


@lru_cache(maxsize=1 << 16)
def _coordinate(kind: type[Container], number: int) -> str:
    return f"{kind.__name__} at {kind.coordinate_type._from_enum(number)!r}"


def _fields(registers: Registers, place: Any, word: int) -> str:
    if registers.kind[place] < 0:
        return ""
    text = field_text(registers.kinds[registers.kind[place]], int(registers.word[place]), word)
    return f"  {text}" if text else ""


@lru_cache(maxsize=1 << 16)
def field_text(kind: type[Container], word: int, value: int) -> str:
    """Fields that word number `word` of a container holds, where they differ from the default; of a field that
    continues in other words the bits that are here."""
    image = np.zeros(kind._size, dtype=np.uint32)
    default = np.frombuffer(kind._default, dtype=np.uint32)
    if word >= len(image):
        return ""
    image[word] = value
    parts = []
    for name, field in {**kind._fields, **_struct_fields(kind)}.items():
        text = _value_text(name, field, image, default, word)
        if text:
            parts.append(text)
    return ", ".join(parts) if parts else "defaults"


def _struct_fields(kind: Any) -> dict[str, Any]:
    """Values inside the structs of a leaf, under dotted names."""
    result = {}
    for name, view in kind._structs.items():
        for inner, location in zip(view.struct._names, view.positions, strict=True):
            result[f"{name}.{inner}"] = (view.struct._fields[inner].type, location)
    return result


def _value_text(name: str, field: Any, image: np.ndarray, default: np.ndarray, word: int) -> str:
    value_type, location = field if isinstance(field, tuple) else (field.type, field.location)
    if location is None:
        return ""
    if isinstance(location, Location):
        here = [p for p in location.pieces if p.word == word]
        if not here:
            return ""
        if len(here) == len(location.pieces):
            new, old = int(location.read_many(image)), int(location.read_many(default))
            return "" if new == old else f"{name}={_plain(value_type.from_raw(new))}"
        return _partial_text(name, here, image[word], default[word])
    here_mask = location.pieces[0].word == word
    if not here_mask.any():
        return ""
    new, old = location.read_many(image)[here_mask], location.read_many(default)[here_mask]
    if np.array_equal(new, old):
        return ""
    shown = " ".join(str(_plain(value_type.from_raw(int(v)))) for v in new)
    return f"{name}=[{shown}]"


def _partial_text(name: str, pieces: list[Any], word: Any, default: Any) -> str:
    texts = []
    for p in pieces:
        bits, usual = int(word) >> p.lsb & p.mask, int(default) >> p.lsb & p.mask
        if bits != usual:
            high = p.shift + p.mask.bit_length() - 1
            texts.append(f"{name}[{high}:{p.shift}] stored {bits:#x}")
    return ", ".join(texts)


def _plain(value: Any) -> Any:
    if isinstance(value, IntEnum):
        return value.name
    return value.value() if hasattr(value, "_e") and hasattr(value, "value") else value


# -- responses -------------------------------------------------------------------------------------------------


def _response_lines(words: Words) -> Iterator[str]:
    codes, low, high = decode_columns(np.ascontiguousarray(words), Direction.FROM_FPGA)
    time = 0
    for index, (code, lo, hi) in enumerate(zip(codes.tolist(), low.tolist(), high.tolist(), strict=True)):
        payload = hi << 64 | lo
        name = _FROM[code]
        time = (time + 1) & 0x7FFFFFFFFFF
        if name == "timing_from_fpga::Systime":
            time = payload
        elif name == "timing_from_fpga::Sysdelta":
            time = (time + payload) & 0x7FFFFFFFFFF
        yield _line(index, time, _response(name, payload, time))


def _response(name: str, payload: int, time: int) -> str:
    if name in ("jtag_from_hicann::Data", "omnibus_from_fpga::Data"):
        return f"{name.split('_')[0]} data {payload:#010x}"
    if name == "from_fpga_system::Loopback":
        return "loopback tick" if payload else "halt"
    if name == "from_fpga_system::HighspeedLinkNotification":
        from haldls.event import HighspeedLinkNotification

        return str(HighspeedLinkNotification.from_payload(payload, time))
    if name == "from_fpga_system::TimeoutNotification":
        return f"time-out of instruction {payload & 0xFFFFFFFF}"
    if name.startswith("timing_from_fpga"):
        return f"{name.split('::')[1].lower()} {payload}"
    count = int(name[-2])
    events = [payload >> 24 * (count - 1 - i) & 0xFFFFFF for i in range(count)]
    if "Spike" in name:
        return "spike " + "; ".join(f"{label_text(e & 0xFFFF)} stamp {e >> 16}" for e in events)
    return "sample " + "; ".join(f"{e & 0x3FF} channel {e >> 10 & 1} stamp {e >> 16}" for e in events)


# -- register state --------------------------------------------------------------------------------------------


def register_state(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """What the Omnibus writes of a program leave in the registers.

    Returns
    -------
    addresses : ndarray of uint32, (n,), ascending
    words : ndarray of uint32, (n,)
        Last written value; bytes that were never written are 0.
    """
    words = program.to_fpga if isinstance(program, PlaybackProgram) else np.asarray(program, dtype=np.uint64)
    codes = (words >> np.uint64(ut.HEADER_LSB)).astype(np.uint8)
    payloads = words & _PAYLOAD
    first = np.flatnonzero((codes[:-1] == _ADDRESS) & (codes[1:] == _DATA) & (payloads[:-1] >> np.uint64(36) & 1 == 0))
    accesses = (payloads[first] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    enables, data = payloads[first] >> np.uint64(32) & np.uint64(0xF), payloads[first + 1]
    addresses = np.unique(accesses)
    state = np.zeros(len(addresses), dtype=np.uint64)
    for byte in range(4):
        on = np.flatnonzero(enables >> np.uint64(byte) & np.uint64(1))
        # Reversed, the first occurrence of an address is its last write.
        written, last = np.unique(accesses[on][::-1], return_index=True)
        value = data[on][::-1][last] & np.uint64(0xFF << 8 * byte)
        state[np.searchsorted(addresses, written)] |= value
    return addresses.astype(np.uint32), state.astype(np.uint32)


def register_difference(first: Program, second: Program) -> list[str]:
    """Lines that say which registers two programs leave in different states, with field values old -> new."""
    a_addresses, a_words = register_state(first)
    b_addresses, b_words = register_state(second)
    addresses = np.union1d(a_addresses, b_addresses)
    a, b = _spread(addresses, a_addresses, a_words), _spread(addresses, b_addresses, b_words)
    changed = np.flatnonzero(a != b)
    registers = find_registers(addresses[changed])
    result = []
    for place, i in enumerate(changed.tolist()):
        where = _register(registers, place, int(addresses[i]))
        result.append(f"{where}: {_state_text(registers, place, a[i])} -> {_state_text(registers, place, b[i])}")
    return result


def _spread(addresses: np.ndarray, own: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Words at `addresses`, -1 where nothing is written."""
    spread = np.full(len(addresses), -1, dtype=np.int64)
    spread[np.searchsorted(addresses, own)] = words
    return spread


def _state_text(registers: Registers, place: int, word: Any) -> str:
    if word < 0:
        return "not written"
    fields = _fields(registers, place, int(word)).strip()
    return f"{int(word):#010x}{f' ({fields})' if fields else ''}"

