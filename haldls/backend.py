"""Back ends: the ways by which a word reaches a register."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import halco


class Backend(IntEnum):
    """Back end of a container; the numbers are those of the real system."""

    PollingOmnibusBlock = 0
    Barrier = 1
    WaitUntil = 2
    SystimeSync = 3
    SpikePack1ToChip = 4
    SpikePack2ToChip = 5
    SpikePack3ToChip = 6
    OmnibusChipOverJTAG = 7
    Omnibus = 8
    JTAGClockScaler = 9
    JTAGIdCode = 10
    JTAGPLLRegister = 11
    JTAGPhyRegister = 12
    ResetJTAGTap = 13
    ResetChip = 14
    Timer = 15
    SPIDACDataRegister = 16
    SPIDACControlRegister = 17
    SPIShiftRegister = 18
    NullPayloadReadable = 19
    I2CIdRegister = 20
    I2CTempRegister = 21
    I2CINA219RoRegister = 22
    I2CINA219RwRegister = 23
    I2CTCA9554RoRegister = 24
    I2CTCA9554RwRegister = 25
    I2CAD5252RwRegister = 26
    I2CDAC6573RwRegister = 27
    I2CTCA9546Register = 28


OMNIBUS_LIKE = frozenset({Backend.Omnibus, Backend.OmnibusChipOverJTAG})

# Coordinate that addresses a register of the back end; the Omnibus ones have plain 32-bit addresses instead.
ADDRESS_COORDINATE: dict[Backend, Any] = {
    Backend.PollingOmnibusBlock: halco.PollingOmnibusBlockOnFPGA,
    Backend.Barrier: halco.BarrierOnFPGA,
    Backend.WaitUntil: halco.WaitUntilOnFPGA,
    Backend.SystimeSync: halco.SystimeSyncOnFPGA,
    Backend.SpikePack1ToChip: halco.SpikePack1ToChipOnDLS,
    Backend.SpikePack2ToChip: halco.SpikePack2ToChipOnDLS,
    Backend.SpikePack3ToChip: halco.SpikePack3ToChipOnDLS,
    Backend.JTAGClockScaler: halco.JTAGClockScalerOnDLS,
    Backend.JTAGIdCode: halco.JTAGIdCodeOnDLS,
    Backend.JTAGPLLRegister: halco.JTAGPLLRegisterOnDLS,
    Backend.JTAGPhyRegister: halco.JTAGPhyRegisterOnDLS,
    Backend.ResetJTAGTap: halco.ResetJTAGTapOnDLS,
    Backend.ResetChip: halco.ResetChipOnDLS,
    Backend.Timer: halco.TimerOnDLS,
    Backend.SPIDACDataRegister: halco.SPIDACDataRegisterOnBoard,
    Backend.SPIDACControlRegister: halco.SPIDACControlRegisterOnBoard,
    Backend.SPIShiftRegister: halco.SPIShiftRegisterOnBoard,
    Backend.NullPayloadReadable: halco.NullPayloadReadableOnFPGA,
    Backend.I2CIdRegister: halco.I2CIdRegisterOnBoard,
    Backend.I2CTempRegister: halco.I2CTempRegisterOnBoard,
    Backend.I2CINA219RoRegister: halco.I2CINA219RoRegisterOnBoard,
    Backend.I2CINA219RwRegister: halco.I2CINA219RwRegisterOnBoard,
    Backend.I2CTCA9554RoRegister: halco.I2CTCA9554RoRegisterOnBoard,
    Backend.I2CTCA9554RwRegister: halco.I2CTCA9554RwRegisterOnBoard,
    Backend.I2CAD5252RwRegister: halco.I2CAD5252RwRegisterOnBoard,
    Backend.I2CDAC6573RwRegister: halco.I2CDAC6573RwRegisterOnBoard,
    Backend.I2CTCA9546Register: halco.I2CTCA9546RegisterOnBoard,
}

# Registers of these back ends cannot be read.
WRITE_ONLY = frozenset({
    Backend.JTAGPLLRegister, Backend.JTAGPhyRegister, Backend.JTAGClockScaler, Backend.ResetJTAGTap,
    Backend.ResetChip, Backend.SPIShiftRegister, Backend.SPIDACDataRegister, Backend.SPIDACControlRegister,
})


class Target(str):
    """Kind of executor: `hardware` (and whatever behaves like it) or `simulation` (the RTL simulation)."""

    hardware: Target
    simulation: Target


Target.hardware = Target("hardware")
Target.simulation = Target("simulation")

HARDWARE = frozenset({Target.hardware})
SIMULATION = frozenset({Target.simulation})
NO_TARGET = HARDWARE | SIMULATION
