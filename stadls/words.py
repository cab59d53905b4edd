"""Instruction words of the FPGA link: the two dictionaries, bulk construction and text form.

A message to or from the FPGA is an 8-bit header (the index of the instruction in the dictionary of its direction,
left-aligned) and a payload (right-aligned); the bits between are 0. Every message to the FPGA is exactly one 64-bit
word, so host programs are plain ``uint64`` arrays. Messages from the FPGA are 64 or 80 bit and are packed without gaps
(`stadls._wire` splits and joins that stream).

All builders return one-dimensional ``uint64`` arrays; a scalar argument gives an array of length 1, and arguments of
one call are broadcast against each other. Times count FPGA cycles of 8 ns.
"""

from __future__ import annotations

import operator
from enum import IntEnum, StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Words = np.ndarray
"""One-dimensional array of uint64 instruction or response words."""

PHY_WORD_BITS = 64
HEADER_BITS = 8
HEADER_LSB = PHY_WORD_BITS - HEADER_BITS
NAME_PREFIX = "hxcomm::vx::instruction::"
ALL_BYTES = 0xF
"""Byte enables of a full 32-bit omnibus access."""
JTAG_BITS_MIN, JTAG_BITS_MAX = 3, 33
"""Number of bits one JTAG data instruction can shift."""


class WordError(ValueError):
    """A word or a part of one does not exist on the link."""


class FieldError(WordError):
    """A field value is not an integer or is out of its range."""


class UnknownInstructionError(WordError):
    """A header is not in the dictionary of its direction."""


class PaddingError(WordError):
    """A bit that carries nothing is set."""


class Direction(StrEnum):
    """Direction of travel of a message; each has its own dictionary."""

    TO_FPGA = "to_fpga"
    FROM_FPGA = "from_fpga"


class Field(NamedTuple):
    """Named part of a structured payload; `style` is how text shows it: ``bits``, ``number`` or ``flag``."""

    name: str
    lsb: int
    bits: int
    style: str


class Instruction(NamedTuple):
    """One line of a dictionary.

    `kind` says what the payload is: ``empty``, ``bits`` (shown binary), ``number`` (shown decimal), ``struct`` (see
    `fields`), ``labels`` (16-bit elements), ``spikes`` or ``samples`` (24-bit elements with an 8-bit timestamp on top).
    In the last three the first element is the most significant.
    """

    code: int
    name: str
    payload_bits: int
    kind: str
    fields: tuple[Field, ...] = ()

    @property
    def payload_mask(self) -> int:
        """Payload bits that may be set; the rest of the message below the header is padding."""
        if self.kind == "struct":
            return sum(((1 << field.bits) - 1) << field.lsb for field in self.fields)
        if self.kind == "samples":
            # The value field of a MADC sample is 14 bit wide, bits 14 and 15 are always 0.
            return sum(0xFF3FFF << lsb for lsb in range(0, self.payload_bits, 24))
        return (1 << self.payload_bits) - 1


class Dictionary(NamedTuple):
    """Instructions of one direction; `subword_bits` is the granularity of message sizes."""

    subword_bits: int
    instructions: tuple[Instruction, ...]

    def message_bits(self, code: int) -> int:
        """Size of a message: a whole number of subwords and at least one 64-bit word."""
        needed = HEADER_BITS + self.instructions[code].payload_bits
        return max(PHY_WORD_BITS, -(-needed // self.subword_bits) * self.subword_bits)


_JTAG_DATA = (
    Field("keep_response", 48, 1, "flag"),
    Field("num_bits", 40, 8, "number"),
    Field("payload", 0, 33, "bits"),
)
_OMNIBUS_ADDRESS = (
    Field("is_read", 36, 1, "flag"),
    Field("byte_enables", 32, 4, "bits"),
    Field("address", 0, 32, "number"),
)

DICTIONARIES = {
    Direction.TO_FPGA: Dictionary(
        64,
        (
            Instruction(0x00, "to_fpga_jtag::Init", 0, "empty"),
            Instruction(0x01, "to_fpga_jtag::Scaler", 8, "number"),
            Instruction(0x02, "to_fpga_jtag::Ins", 7, "bits"),
            Instruction(0x03, "to_fpga_jtag::Data", 56, "struct", _JTAG_DATA),
            Instruction(0x04, "timing::Setup", 0, "empty"),
            Instruction(0x05, "timing::WaitUntil", 32, "number"),
            Instruction(0x06, "timing::SystimeInit", 1, "bits"),
            Instruction(0x07, "timing::Barrier", 5, "bits"),
            Instruction(0x08, "timing::PollingOmnibusBlock", 1, "bits"),
            Instruction(0x09, "system::Reset", 1, "bits"),
            Instruction(0x0A, "system::Loopback", 1, "bits"),
            Instruction(0x0B, "omnibus_to_fpga::Address", 37, "struct", _OMNIBUS_ADDRESS),
            Instruction(0x0C, "omnibus_to_fpga::Data", 32, "number"),
            Instruction(0x0D, "event_to_fpga::SpikePack<1>", 16, "labels"),
            Instruction(0x0E, "event_to_fpga::SpikePack<2>", 32, "labels"),
            Instruction(0x0F, "event_to_fpga::SpikePack<3>", 48, "labels"),
        ),
    ),
    Direction.FROM_FPGA: Dictionary(
        8,
        (
            Instruction(0x00, "jtag_from_hicann::Data", 33, "bits"),
            Instruction(0x01, "omnibus_from_fpga::Data", 32, "number"),
            Instruction(0x02, "from_fpga_system::Loopback", 1, "bits"),
            Instruction(0x03, "from_fpga_system::HighspeedLinkNotification", 8, "bits"),
            Instruction(0x04, "from_fpga_system::TimeoutNotification", 45, "bits"),
            Instruction(0x05, "timing_from_fpga::Systime", 43, "bits"),
            Instruction(0x06, "timing_from_fpga::Sysdelta", 8, "bits"),
            Instruction(0x07, "event_from_fpga::MADCSamplePack<1>", 24, "samples"),
            Instruction(0x08, "event_from_fpga::MADCSamplePack<2>", 48, "samples"),
            Instruction(0x09, "event_from_fpga::MADCSamplePack<3>", 72, "samples"),
            Instruction(0x0A, "event_from_fpga::SpikePack<1>", 24, "spikes"),
            Instruction(0x0B, "event_from_fpga::SpikePack<2>", 48, "spikes"),
            Instruction(0x0C, "event_from_fpga::SpikePack<3>", 72, "spikes"),
        ),
    ),
}

_CODES = {
    direction: {instruction.name: instruction.code for instruction in dictionary.instructions}
    for direction, dictionary in DICTIONARIES.items()
}
TO_FPGA_CODES: dict[str, int] = _CODES[Direction.TO_FPGA]
"""Header of each instruction to the FPGA by its ``namespace::name``."""
FROM_FPGA_CODES: dict[str, int] = _CODES[Direction.FROM_FPGA]
"""Header of each instruction from the FPGA by its ``namespace::name``."""


class JTAGInstruction(IntEnum):
    """Values of the chip's JTAG instruction register; the PHY registers are in `jtag_phy_instruction`."""

    EXTEST = 0
    IDCODE = 1
    SAMPLE_PRELOAD = 2
    PLL_TARGET_REG = 3
    SHIFT_PLL = 4
    OMNIBUS_ADDRESS = 5
    OMNIBUS_DATA = 6
    OMNIBUS_REQUEST = 7
    BYPASS = 127


def jtag_phy_instruction(phy: int) -> int:
    """JTAG instruction that selects the configuration register of chip PHY `phy` (0..7)."""
    if not 0 <= phy <= 7:
        raise FieldError(f"PHY index is {phy!r}, must be in 0..7")
    return 0x40 | (phy << 3) | 4


def setup() -> Words:
    """Reset the playback timer to 0."""
    return _build("timing::Setup", 0)


def wait_until(times: ArrayLike) -> Words:
    """Block until the playback timer is at least `times` (32 bit, FPGA cycles of 8 ns)."""
    return _build("timing::WaitUntil", as_field(times, 32, "wait time"))


def systime_init(sync: ArrayLike) -> Words:
    """Synchronise chip and FPGA systime (1), or only ask for one Systime response (0)."""
    return _build("timing::SystimeInit", as_field(sync, 1, "systime sync"))


def barrier(flags: ArrayLike) -> Words:
    """Wait for the units in `flags`: omnibus 1, jtag 2, systime 4, multi_fpga 8, systime_correction 16."""
    return _build("timing::Barrier", as_field(flags, 5, "barrier flags"))


def polling_block(expects_equality: ArrayLike) -> Words:
    """Block until ``(value & mask) == target`` (1) or ``!=`` (0) at the configured omnibus address."""
    return _build("timing::PollingOmnibusBlock", as_field(expects_equality, 1, "polling equality"))


def reset(asserted: ArrayLike) -> Words:
    """Set the chip reset pin (1 = in reset)."""
    return _build("system::Reset", as_field(asserted, 1, "reset"))


def loopback(tick: ArrayLike) -> Words:
    """Ask for a Loopback response with the same payload: tick (1) or halt (0)."""
    return _build("system::Loopback", as_field(tick, 1, "loopback"))


def jtag_init() -> Words:
    """Reset the JTAG test access port; IDCODE is selected afterwards."""
    return _build("to_fpga_jtag::Init", 0)


def jtag_scaler(factors: ArrayLike) -> Words:
    """Set the slow-down factor of the JTAG clock (8 bit)."""
    return _build("to_fpga_jtag::Scaler", as_field(factors, 8, "JTAG clock scaler"))


def jtag_ins(instructions: ArrayLike) -> Words:
    """Shift into the JTAG instruction register (7 bit, see `JTAGInstruction`)."""
    return _build("to_fpga_jtag::Ins", as_field(instructions, 7, "JTAG instruction"))


def jtag_data(data: ArrayLike, bits: ArrayLike = JTAG_BITS_MAX, keep: ArrayLike = False) -> Words:
    """Shift through the selected JTAG data register.

    Parameters
    ----------
    data : shifted-in value, 33 bit
    bits : number of bits to shift, 3..33
    keep : send the shifted-out bits back as a JTAG response
    """
    num_bits = as_field(bits, 8, "number of JTAG bits")
    _check(num_bits, (num_bits >= JTAG_BITS_MIN) & (num_bits <= JTAG_BITS_MAX), "number of JTAG bits", "in 3..33")
    values, kept = as_field(data, 33, "JTAG data"), as_field(keep, 1, "JTAG keep response")
    values, num_bits, kept = _broadcast(values, num_bits, kept)
    return _build("to_fpga_jtag::Data", values | (num_bits << 40) | (kept << 48))


def omnibus_address(addresses: ArrayLike, is_read: ArrayLike, byte_enables: ArrayLike = ALL_BYTES) -> Words:
    """Start omnibus accesses: a read is complete with this word, a write needs `omnibus_data` next.

    Parameters
    ----------
    addresses : 32-bit omnibus word addresses
    is_read : 1 for read, 0 for write
    byte_enables : 4-bit mask, bit i enables data bits ``8 * i + 7 .. 8 * i``
    """
    targets, enables, reads = _broadcast(
        as_field(addresses, 32, "omnibus address"),
        as_field(byte_enables, 4, "byte enables"),
        as_field(is_read, 1, "omnibus is_read"),
    )
    return _build("omnibus_to_fpga::Address", targets | (enables << 32) | (reads << 36))


def omnibus_data(data: ArrayLike) -> Words:
    """Write data (32 bit) of the omnibus write whose address precedes it."""
    return _build("omnibus_to_fpga::Data", as_field(data, 32, "omnibus data"))


def omnibus_write(addresses: ArrayLike, data: ArrayLike, byte_enables: ArrayLike | None = None) -> Words:
    """Write 32-bit words over the omnibus.

    Parameters
    ----------
    addresses, data : (n,) 32-bit values
    byte_enables : (n,) 4-bit masks, default all bytes

    Returns
    -------
    (2 n,) uint64, address and data words alternate
    """
    heads = omnibus_address(addresses, 0, ALL_BYTES if byte_enables is None else byte_enables)
    pairs = _broadcast(heads, omnibus_data(data))
    return np.stack(pairs, axis=1).reshape(-1)


def omnibus_read(addresses: ArrayLike) -> Words:
    """Read 32-bit words over the omnibus; each address gives one response."""
    return omnibus_address(addresses, 1)


def spike_pack(labels: ArrayLike) -> Words:
    """Send spikes to the chip, up to three in the same FPGA cycle.

    Parameters
    ----------
    labels : (n, 1), (n, 2) or (n, 3) 16-bit labels, one pack per row; one row may be given as (1..3,)
    """
    rows = np.asarray(labels)
    shape = rows.shape
    rows = rows[np.newaxis] if rows.ndim == 1 else rows
    if rows.ndim != 2 or not 1 <= rows.shape[1] <= 3:
        raise FieldError(f"spike labels have shape {shape}, expected (n, 1), (n, 2) or (n, 3)")
    flat = as_field(rows.reshape(-1), 16, "spike label").reshape(rows.shape)
    payload = np.zeros(rows.shape[0], dtype=np.uint64)
    for column in flat.T:  # the first label of a pack is the most significant
        payload = (payload << 16) | column
    return _build(f"event_to_fpga::SpikePack<{rows.shape[1]}>", payload)


def assemble(codes: ArrayLike, payloads: ArrayLike) -> Words:
    """Join headers and payloads to words to the FPGA; inverse of `disassemble`, with the same checks."""
    headers, payload = _broadcast(as_field(codes, 8, "instruction code"), as_field(payloads, 56, "payload"))
    words = (headers << HEADER_LSB) | payload
    disassemble(words)
    return words


def disassemble(words: ArrayLike) -> tuple[np.ndarray, Words]:
    """Split words to the FPGA into headers and payloads.

    Parameters
    ----------
    words : (n,) uint64

    Returns
    -------
    codes : (n,) uint8
    payloads : (n,) uint64

    Raises
    ------
    UnknownInstructionError
        A header is not in the dictionary (this includes comma words).
    PaddingError
        A bit outside of the payload fields is set.
    FieldError
        A JTAG data word shifts a number of bits outside of 3..33.
    """
    words = as_field(words, 64, "word")
    dictionary = DICTIONARIES[Direction.TO_FPGA].instructions
    codes = words >> HEADER_LSB
    payloads = words & np.uint64((1 << HEADER_LSB) - 1)
    for index in np.flatnonzero(codes >= len(dictionary))[:1]:
        raise UnknownInstructionError(f"word {index} (0x{words[index]:016x}): unknown header 0x{codes[index]:02x}")
    codes = codes.astype(np.uint8)
    masks = np.array([instruction.payload_mask for instruction in dictionary], dtype=np.uint64)
    for index in np.flatnonzero(payloads & ~masks[codes])[:1]:
        name = dictionary[codes[index]].name
        raise PaddingError(f"word {index} (0x{words[index]:016x}): padding bits of {name} are set")
    num_bits = (payloads >> 40) & 0xFF
    is_jtag = codes == TO_FPGA_CODES["to_fpga_jtag::Data"]
    in_range = (num_bits >= JTAG_BITS_MIN) & (num_bits <= JTAG_BITS_MAX)
    _check(num_bits, in_range | ~is_jtag, "number of JTAG bits", "in 3..33")
    return codes, payloads


def message_string(message: int, direction: Direction | str = Direction.TO_FPGA) -> str:
    """Text form of one message.

    Parameters
    ----------
    message : whole message as an integer, 64 bit, or 80 bit for the triple packs from the FPGA
    direction : direction of travel

    Returns
    -------
    ``UTMessage(raw: <hex digits>, hxcomm::vx::instruction::<name>(<payload>))``

    Raises
    ------
    WordError
        The message does not exist: too long, unknown header or padding bits set.
    """
    message = operator.index(message)
    dictionary = DICTIONARIES[Direction(direction)]
    size = PHY_WORD_BITS if 0 <= message < 1 << PHY_WORD_BITS else 80
    # A 64-bit value with the header of a triple pack, or the reverse, is caught by the size comparison below.
    code = message >> (size - HEADER_BITS)
    if not 0 <= code < len(dictionary.instructions):
        raise UnknownInstructionError(f"message 0x{message:016x}: unknown header 0x{code:02x}")
    if dictionary.message_bits(code) != size:
        expected = dictionary.message_bits(code)
        raise UnknownInstructionError(f"message 0x{message:016x} has {size} bit, its instruction {expected} bit")
    instruction = dictionary.instructions[code]
    payload = message & ((1 << (size - HEADER_BITS)) - 1)
    if payload & ~instruction.payload_mask:
        raise PaddingError(f"message 0x{message:0{size // 4}x}: padding bits of {instruction.name} are set")
    name = instruction.name.replace(">", "ul>")
    return f"UTMessage(raw: {message:0{size // 4}x}, {NAME_PREFIX}{name}({_payload_text(instruction, payload)}))"


def _payload_text(instruction: Instruction, payload: int) -> str:
    """Payload as text, in the form its kind asks for."""
    match instruction.kind:
        case "empty":
            return ""
        case "number":
            return str(payload)
        case "bits":
            return f"{payload:0{instruction.payload_bits}b}"
        case "struct":
            return ", ".join(f"{field.name}: {_field_text(field, payload)}" for field in instruction.fields)
        case "labels":
            return ", ".join(f"{element:016b}" for element in _elements(payload, instruction.payload_bits, 16))
    name, value_bits = ("Spike", 16) if instruction.kind == "spikes" else ("MADCSample", 14)
    return ", ".join(
        f"{name}({element & 0xFFFF:0{value_bits}b}, {element >> 16:08b})"
        for element in _elements(payload, instruction.payload_bits, 24)
    )


def _elements(payload: int, payload_bits: int, element_bits: int) -> list[int]:
    """Elements of a pack, first one first."""
    mask = (1 << element_bits) - 1
    return [(payload >> lsb) & mask for lsb in range(payload_bits - element_bits, -1, -element_bits)]


def _field_text(field: Field, payload: int) -> str:
    value = (payload >> field.lsb) & ((1 << field.bits) - 1)
    match field.style:
        case "flag":
            return "true" if value else "false"
        case "number":
            return str(value)
    return f"{value:0{field.bits}b}"


def as_field(values: ArrayLike, bits: int, name: str) -> Words:
    """Check that `values` are integers in ``0 .. 2**bits - 1``.

    Parameters
    ----------
    values : integer, bool, or one-dimensional array of those
    bits : width of the field
    name : what the values are, for the error text

    Returns
    -------
    (n,) uint64, n = 1 for a scalar

    Raises
    ------
    FieldError
        Names the first bad index and its value.
    """
    if not isinstance(values, np.ndarray) and hasattr(values, "__index__"):
        values = operator.index(values)  # type: ignore[arg-type]
    array = np.atleast_1d(np.asarray(values))
    if array.ndim != 1:
        raise FieldError(f"{name}: expected a scalar or a one-dimensional array, got shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, dtype=np.uint64)
    if array.dtype.kind not in "biu":
        raise FieldError(f"{name}: expected integers of at most {bits} bit, got {values!r}")
    limit = (1 << bits) - 1
    _check(array, (array >= 0) & (array <= limit), name, f"in 0..{limit}")
    return array.astype(np.uint64)


def _check(values: NDArray, good: NDArray[np.bool_], name: str, expected: str) -> None:
    """Raise for the first of `values` that is not `good`."""
    if not good.all():
        index = int(np.argmin(good))
        raise FieldError(f"{name} at index {index} is {values[index]}, must be {expected}")


def _broadcast(*columns: Words) -> tuple[Words, ...]:
    try:
        return np.broadcast_arrays(*columns)
    except ValueError:
        raise FieldError(f"arguments have different lengths: {[column.size for column in columns]}") from None


def _build(name: str, payload: int | Words) -> Words:
    """Words of one instruction from checked payloads."""
    return np.atleast_1d(np.asarray(payload, dtype=np.uint64)) | np.uint64(TO_FPGA_CODES[name] << HEADER_LSB)
