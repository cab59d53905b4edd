"""From back-end words to instruction words, and from responses back to words.

A container hands over addresses and words of one back end. Here each back end has the sequence of instructions that
carries them, and the number and kind of the responses that a read brings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from haldls.backend import Backend
from haldls.errors import AccessError
from stadls import words as ut
from stadls.words import JTAGInstruction, Words

# Registers of the FPGA that the back ends go through.
TIMER_READOUT = 0x8800000C
SPI = 0x88007000
I2C = 0x88007800

# Flags in the address of an I2C access, and the flag of a byte that was not acknowledged.
I2C_STOP = 0x80
I2C_MISSING_ACKNOWLEDGE = 1 << 31

# Flag of the last byte of an SPI frame.
SPI_LAST = 0x80000000

OMNIBUS_QUEUE, JTAG_QUEUE, LOOPBACK_QUEUE = 0, 1, 2


class Reads(NamedTuple):
    """Instructions of a read and the responses that it brings: `answers` in `queue`."""

    instructions: Words
    queue: int
    answers: int


class I2CRegister(NamedTuple):
    """A register behind the I2C master."""

    base: int
    register: int
    size: int


def _i2c_register(backend: Backend, number: int) -> I2CRegister:
    """Device, register and size in bytes of the register with linear `number`."""
    if backend is Backend.I2CIdRegister:
        return I2CRegister(I2C + 0x50, 0xFC, 4)
    if backend is Backend.I2CTempRegister:
        return I2CRegister(I2C + 0x48, 0, 2)
    if backend is Backend.I2CINA219RoRegister:
        return I2CRegister(I2C + 0x40 + number // 4, 1 + number % 4, 2)
    if backend is Backend.I2CINA219RwRegister:
        return I2CRegister(I2C + 0x40 + number // 2, (0, 5)[number % 2], 2)
    if backend is Backend.I2CTCA9554RoRegister:
        return I2CRegister(I2C + 0x38 + number, 0, 1)
    if backend is Backend.I2CTCA9554RwRegister:
        return I2CRegister(I2C + 0x38 + number // 3, 1 + number % 3, 1)
    if backend is Backend.I2CAD5252RwRegister:
        channel, register = divmod(number, 2)
        device, channel = divmod(channel, 2)
        return I2CRegister(I2C + 0x2C + device, (0x00, 0x20)[register] + (1, 3)[channel], 1)
    if backend is Backend.I2CDAC6573RwRegister:
        return I2CRegister(I2C + 0x4C + number // 4, 0x10 + (number % 4 << 1), 2)
    return I2CRegister(I2C + 0x70, 0, 1)  # TCA9546: a device with a single register


def _bytes(value: int, size: int) -> list[int]:
    return list(int(value).to_bytes(size, "big"))


def _write_i2c(backend: Backend, addresses: np.ndarray, values: np.ndarray) -> Words:
    parts = []
    for number, value in zip(addresses.tolist(), values.tolist(), strict=True):
        base, register, size = _i2c_register(backend, number)
        if backend is Backend.I2CTCA9546Register:
            parts.append(ut.omnibus_write([base | I2C_STOP], [value]))
            continue
        if backend is Backend.I2CDAC6573RwRegister:
            value <<= 6  # ten bits, left-aligned in the 16-bit register
        targets = [base] * size + [base | I2C_STOP]
        parts.append(ut.omnibus_write(targets, [register, *_bytes(value, size)]))
    return np.concatenate(parts)


def _read_i2c(backend: Backend, addresses: np.ndarray) -> Reads:
    parts, count = [], 0
    for number in addresses.tolist():
        base, register, size = _i2c_register(backend, number)
        parts.append(ut.omnibus_write([base], [register]))
        parts.append(ut.omnibus_read([base] * (size - 1) + [base | I2C_STOP]))
        count += size
    return Reads(np.concatenate(parts), OMNIBUS_QUEUE, count)


def _words_from_i2c(backend: Backend, addresses: np.ndarray, answers: np.ndarray) -> np.ndarray:
    result, position = [], 0
    for number in addresses.tolist():
        size = _i2c_register(backend, number).size
        value = 0
        for answer in answers[position : position + size].tolist():
            if answer & I2C_MISSING_ACKNOWLEDGE:
                raise AccessError(f"{backend.name}: the I2C device did not acknowledge register {number}")
            value = value << 8 | answer & 0xFF
        result.append(value >> 6 if backend is Backend.I2CDAC6573RwRegister else value)
        position += size
    return np.array(result, dtype=np.uint64)


def _write_spi_control(number: int, value: int) -> Words:
    dac, register = divmod(number, 4)
    return ut.omnibus_write([SPI + 2 + 2 * dac] * 2, [0x80 | register << 5, SPI_LAST | value])


def _write_spi_data(number: int, value: int) -> Words:
    dac, channel = divmod(number, 8)
    high, low = _bytes(channel << 12 | value, 2)
    frame = ut.omnibus_write([SPI + 2 + 2 * dac] * 2, [high, SPI_LAST | low])
    # The new value takes effect with a single update of all outputs of the DAC: register ldac (1), value 2.
    return np.concatenate([frame, _write_spi_control(4 * dac + 1, 2)])


def _write_shift_register(number: int, value: int) -> Words:
    high, middle, low = _bytes(value, 3)
    return ut.omnibus_write([SPI + 1] * 3, [high, middle, SPI_LAST | low])


def _write_omnibus_over_jtag(address: int, value: int) -> Words:
    return np.concatenate([
        ut.jtag_ins(JTAGInstruction.OMNIBUS_ADDRESS), ut.jtag_data(address, 33),
        ut.jtag_ins(JTAGInstruction.OMNIBUS_DATA), ut.jtag_data(value, 32),
        ut.jtag_ins(JTAGInstruction.OMNIBUS_REQUEST), ut.jtag_data(0, 3),
    ])


def _read_omnibus_over_jtag(address: int) -> Words:
    return np.concatenate([
        ut.jtag_ins(JTAGInstruction.OMNIBUS_ADDRESS), ut.jtag_data(address | 1 << 32, 33),
        ut.jtag_ins(JTAGInstruction.OMNIBUS_REQUEST), ut.jtag_data(0, 3),
        ut.jtag_ins(JTAGInstruction.OMNIBUS_DATA), ut.jtag_data(0, 32, keep=True),
    ])


def _write_many_over_jtag(template: Words, columns: tuple[tuple[int, np.ndarray], ...]) -> Words:
    """The same instructions for many words: `columns` are positions in the template and what is added there."""
    many = np.tile(template, (len(columns[0][1]), 1))
    for position, values in columns:
        many[:, position] |= values.astype(np.uint64)
    return many.ravel()


def _write_pll_register(number: int, value: int) -> Words:
    return np.concatenate([
        ut.jtag_ins(JTAGInstruction.PLL_TARGET_REG), ut.jtag_data(number, 4),
        ut.jtag_ins(JTAGInstruction.SHIFT_PLL), ut.jtag_data(value, 32),
    ])


def _write_phy_register(number: int, value: int) -> Words:
    return np.concatenate([ut.jtag_ins(ut.jtag_phy_instruction(number)), ut.jtag_data(value, 22)])


def _spike_pack(labels: int) -> Callable[[int, int], Words]:
    def write(number: int, value: int) -> Words:
        shifts = 16 * np.arange(labels)[::-1]  # the first label is the most significant one
        return ut.spike_pack((np.uint64(value) >> shifts.astype(np.uint64)) & np.uint64(0xFFFF))

    return write


# Instructions of one word, by linear number of the register and value.
_WRITES: dict[Backend, Callable[[int, int], Words]] = {
    Backend.PollingOmnibusBlock: lambda number, value: ut.polling_block(value),
    Backend.Barrier: lambda number, value: ut.barrier(value),
    Backend.WaitUntil: lambda number, value: ut.wait_until(value),
    Backend.SystimeSync: lambda number, value: ut.systime_init(value),
    Backend.SpikePack1ToChip: _spike_pack(1),
    Backend.SpikePack2ToChip: _spike_pack(2),
    Backend.SpikePack3ToChip: _spike_pack(3),
    Backend.JTAGClockScaler: lambda number, value: ut.jtag_scaler(value),
    Backend.JTAGPLLRegister: _write_pll_register,
    Backend.JTAGPhyRegister: _write_phy_register,
    Backend.ResetJTAGTap: lambda number, value: ut.jtag_init(),
    Backend.ResetChip: lambda number, value: ut.reset(value),
    Backend.Timer: lambda number, value: ut.setup(),
    Backend.SPIDACDataRegister: _write_spi_data,
    Backend.SPIDACControlRegister: _write_spi_control,
    Backend.SPIShiftRegister: _write_shift_register,
}


def write_instructions(
    backend: Backend, addresses: np.ndarray, values: np.ndarray, byte_enables: np.ndarray | None = None
) -> Words:
    """Instruction words that write registers.

    Parameters
    ----------
    backend : Backend
        Back end of all words.
    addresses : ndarray of int, (n,)
        Omnibus addresses, or linear numbers of the register coordinates.
    values : ndarray of uint, (n,)
        Words.
    byte_enables : ndarray of uint8, (n,), optional
        Omnibus byte enables, default all.
    """
    if backend is Backend.Omnibus:
        return ut.omnibus_write(addresses, values, byte_enables)
    if backend is Backend.OmnibusChipOverJTAG:
        return _write_many_over_jtag(_write_omnibus_over_jtag(0, 0), ((1, addresses), (3, values)))
    if backend in _WRITES:
        write = _WRITES[backend]
        return np.concatenate(
            [write(number, value) for number, value in zip(addresses.tolist(), values.tolist(), strict=True)]
        )
    if backend.name.startswith("I2C"):
        return _write_i2c(backend, addresses, values)
    raise AccessError(f"registers of back end {backend.name} are not writable")


def read_instructions(backend: Backend, addresses: np.ndarray) -> Reads:
    """Instruction words that read registers."""
    if backend is Backend.Omnibus:
        return Reads(ut.omnibus_read(addresses), OMNIBUS_QUEUE, len(addresses))
    if backend is Backend.OmnibusChipOverJTAG:
        template = _read_omnibus_over_jtag(0)
        return Reads(_write_many_over_jtag(template, ((1, addresses),)), JTAG_QUEUE, len(addresses))
    if backend is Backend.Timer:
        return Reads(ut.omnibus_read(TIMER_READOUT), OMNIBUS_QUEUE, 1)
    if backend is Backend.JTAGIdCode:
        identify = np.concatenate([ut.jtag_ins(JTAGInstruction.IDCODE), ut.jtag_data(0, 32, keep=True)])
        return Reads(identify, JTAG_QUEUE, 1)
    if backend is Backend.NullPayloadReadable:
        return Reads(ut.loopback(True), LOOPBACK_QUEUE, 1)
    if backend.name.startswith("I2C"):
        return _read_i2c(backend, addresses)
    raise AccessError(f"registers of back end {backend.name} are not readable")


def words_from_responses(backend: Backend, addresses: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Back-end words (n,) from the data of the responses to a read."""
    if backend is Backend.NullPayloadReadable:
        return np.zeros(1, dtype=np.uint32)
    if backend.name.startswith("I2C"):
        return _words_from_i2c(backend, addresses, answers)
    return answers & np.uint64(0xFFFFFFFF)  # of the 33 JTAG bits the low 32 are the word
