"""Devices of the board behind the I2C and SPI masters of the FPGA."""

from __future__ import annotations

from stadls.backend import I2C, I2C_MISSING_ACKNOWLEDGE, I2C_STOP, SPI

# Registers after power-up, by device address: (register, size in bytes) -> value. Power monitors and the thermometer
# give the values of a healthy board: supplies at 1.2 V and 2.5 V, some 50 mA over 27 mOhm, 40 degrees Celsius.
_BUS_VOLTAGE = {0: 1200, 1: 2500, 2: 1200, 3: 2500, 4: 1200, 5: 1200}
_SHUNT_10_UV = 135
LONGEST_FRAME = 8
"""Bytes of an access that are kept; every device needs less."""


def _power_monitor(device: int) -> dict[int, tuple[int, int]]:
    bus = _BUS_VOLTAGE[device] // 4 << 3
    return {0: (2, 0x019F), 1: (2, _SHUNT_10_UV), 2: (2, bus), 3: (2, 0), 4: (2, 0), 5: (2, 0)}


def _power_up(serial: int) -> dict[int, dict[int, tuple[int, int]]]:
    devices = {0x40 + i: _power_monitor(i) for i in range(6)}
    devices[0x48] = {0: (2, int(40 / 0.0625) << 4)}
    devices[0x50] = {0xFC: (4, serial)}
    devices[0x38] = {0: (1, 0), 1: (1, 0), 2: (1, 0), 3: (1, 0xFF)}
    for i in range(3):
        devices[0x2C + i] = {register: (1, 0x90) for register in (1, 3, 0x21, 0x23)}
    devices[0x4C] = {0x10 + 2 * channel: (2, 0) for channel in range(4)}
    devices[0x70] = {-1: (1, 0)}  # a device with a single register
    return devices


class Devices:
    """State of all devices.

    Attributes
    ----------
    registers : dict
        Per I2C device address the values of its registers, with their size in bytes.
    shift_register : int
        24 bits of the board's shift register.
    dac : dict
        Values of the DAC channels, (dac, channel) -> 12-bit code, and (dac, "power_down") -> mask.
    """

    def __init__(self, serial: int = 1) -> None:
        self.registers = _power_up(serial)
        self.shift_register = 0
        self.dac: dict[tuple[int, object], int] = {}
        self._pointer: dict[int, int] = {}
        self._position = 0
        self._pending: list[int] = []
        self._spi: dict[int, list[int]] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> Devices:
        """Devices in the same state. Every clone of a chip has its own, so this has to be quick."""
        copied = Devices.__new__(Devices)
        vars(copied).update(vars(self))
        copied.registers = {device: dict(registers) for device, registers in self.registers.items()}
        copied.dac, copied._pointer, copied._pending = dict(self.dac), dict(self._pointer), list(self._pending)
        copied._spi = {master: list(frame) for master, frame in self._spi.items()}
        return copied

    def write(self, address: int, word: int) -> None:
        """A write to one of the masters."""
        if SPI <= address < SPI + 0x400:
            self._write_spi(address - SPI, word)
        else:
            self._write_i2c(address - I2C, word & 0xFF)

    def read(self, address: int) -> int:
        """A read from one of the masters; bit 31 says that no device acknowledged."""
        self._pending = []
        device = address - I2C & 0x7F
        if address < I2C or device not in self.registers:
            return I2C_MISSING_ACKNOWLEDGE
        registers = self.registers[device]
        register = -1 if -1 in registers else self._pointer.get(device, 0)
        if register not in registers:
            return I2C_MISSING_ACKNOWLEDGE
        size, value = registers[register]
        byte = value >> 8 * (size - 1 - self._position % size) & 0xFF
        self._position += 1
        return byte

    def _write_i2c(self, offset: int, byte: int) -> None:
        device, stop = offset & 0x7F, bool(offset & I2C_STOP)
        if device not in self.registers:
            return
        # No device takes more bytes, so what follows does not count.
        self._pending = [*self._pending, byte][:LONGEST_FRAME]
        self._position = 0
        registers = self.registers[device]
        if -1 not in registers and len(self._pending) == 1:
            self._pointer[device] = byte
        if stop:
            payload = self._pending if -1 in registers else self._pending[1:]
            register = -1 if -1 in registers else self._pending[0]
            if register in registers and len(payload) == registers[register][0]:
                registers[register] = (len(payload), int.from_bytes(bytes(payload), "big"))
            self._pending = []

    def _write_spi(self, offset: int, word: int) -> None:
        # A frame that is too long is shifted through.
        frame = self._spi[offset] = [*self._spi.get(offset, []), word & 0xFF][-LONGEST_FRAME:]
        if not word >> 31:
            return
        data = int.from_bytes(bytes(frame), "big")
        self._spi[offset] = []
        if offset == 1:
            self.shift_register = data & 0xFFFFFF
        elif not data >> 15 & 1:
            self.dac[offset - 2 >> 1, data >> 12 & 7] = data & 0xFFF
        elif data >> 13 & 3 == 2:
            self.dac[offset - 2 >> 1, "power_down"] = data & 0xFF
