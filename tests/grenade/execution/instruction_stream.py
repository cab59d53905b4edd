"""Instruction words of an execution instance as named steps with the times that they wait for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import halco
import haldls
import stadls
from grenade.execution.ppu_program import PPUProgram, Status
from stadls import words as ut

_CODES = ut.TO_FPGA_CODES
_WORD = 0xFFFFFFFF


class Access(NamedTuple):
    """An instruction, or both of a write.

    `time` is the time that the last wait before waited for, None before a timer reset; `late` by how much the
    instruction comes later than that, one cycle per instruction and what waits before it were late.
    """

    time: int | None
    late: int
    kind: str
    address: int = 0
    value: int = 0


def accesses(words: np.ndarray) -> list[Access]:
    """Decoded instructions; waits are only in the times."""
    codes, payloads = ut.disassemble(words)
    names = {code: name.split("::")[1] for name, code in _CODES.items()}
    found: list[Access] = []
    target: int | None = None
    now = 0
    address = 0
    for code, payload in zip(codes.tolist(), payloads.tolist(), strict=True):
        name = names[code]
        if name == "Setup":
            target, now = 0, 0
            found.append(Access(None, 0, "timer reset"))
            continue
        if name == "WaitUntil":
            target = payload
            now = max(now, payload) + 1
            continue
        late = now - (target or 0)
        now += 1
        if name == "Address":
            address = payload & _WORD
            if payload >> 36 & 1:
                found.append(Access(target, late, "read", address))
        elif code == _CODES["omnibus_to_fpga::Data"]:
            found.append(Access(target, late, "write", address, payload & _WORD))
        elif name.startswith("SpikePack"):
            found.append(Access(target, late, "spikes", 0, int(name[-2])))
        else:
            found.append(Access(target, late, name, 0, payload))
    return found


def written(coordinate: Any, config: Any) -> list[tuple[int, int]]:
    """Addresses and words that writing a container takes."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write(coordinate, config)
    return [(each.address, each.value) for each in accesses(builder.done().to_fpga)]


def addresses(coordinate: Any, config: Any) -> set[int]:
    """Addresses of a container."""
    return {address for address, _ in written(coordinate, config)}


def _all_addresses(kind: Any, config: Any) -> set[int]:
    return set().union(*(addresses(coordinate, config) for coordinate in halco.iter_all(kind)))


RECORDING = addresses(halco.EventRecordingConfigOnFPGA(), haldls.EventRecordingConfig())
MADC = addresses(halco.MADCControlOnDLS(), haldls.MADCControl())
BACKENDS = _all_addresses(halco.CommonNeuronBackendConfigOnDLS, haldls.CommonNeuronBackendConfig())
NODES = _all_addresses(halco.CrossbarNodeOnDLS, haldls.CrossbarNode())
RESETS = _all_addresses(halco.NeuronResetOnDLS, haldls.NeuronReset())
DROP = written(halco.CrossbarNodeOnDLS(), haldls.CrossbarNode.drop_all)[0][1]


def _bit(name: str) -> int:
    control, other = haldls.MADCControl(), haldls.MADCControl()
    setattr(control, name, not getattr(control, name))
    return written(halco.MADCControlOnDLS(), control)[0][1] ^ written(halco.MADCControlOnDLS(), other)[0][1]


_MADC_BITS = {name: _bit(name) for name in ("wake_up", "start_recording", "stop_recording")}


def _reset_bit() -> int:
    forced, free = haldls.CommonNeuronBackendConfig(), haldls.CommonNeuronBackendConfig()
    forced.force_reset, free.force_reset = True, False
    place = halco.CommonNeuronBackendConfigOnDLS()
    return next(
        one ^ other for (_, one), (_, other) in zip(written(place, forced), written(place, free), strict=True)
        if one != other
    )


_FORCED = _reset_bit()
_FIRST_OF_BACKEND = {
    min(addresses(place, haldls.CommonNeuronBackendConfig()))
    for place in halco.iter_all(halco.CommonNeuronBackendConfigOnDLS)
}


_SYMBOLS = ("status", "runtime", "cadc_result", "periodic_cadc_readout_memory_offset", "scheduler_event_drop_count")
_POLLING = addresses(halco.PollingOmnibusBlockConfigOnFPGA(), haldls.PollingOmnibusBlockConfig()) | addresses(
    halco.InstructionTimeoutConfigOnFPGA(), haldls.InstructionTimeoutConfig()
)
_EXTERNAL_MEMORY = {
    addresses(place, config).pop() >> 24
    for place, config in (
        (halco.ExternalPPUMemoryByteOnFPGA(), haldls.ExternalPPUMemoryByte()),
        (halco.ExternalPPUDRAMMemoryByteOnFPGA(), haldls.ExternalPPUDRAMMemoryByte()),
    )
}


class Names:
    """Names of the registers that a section touches."""

    def __init__(self, ppu: PPUProgram | None = None) -> None:
        self._symbols: dict[int, str] = {}
        if ppu is None:
            return
        places = {name: ppu._image.place(name) for name in _SYMBOLS} | {"mailbox": halco.PPUMemoryBlockOnPPU.mailbox}
        for name, place in places.items():
            for half in halco.iter_all(halco.PPUOnDLS):
                block = halco.PPUMemoryBlockOnDLS(place, half)
                for address in addresses(block, haldls.PPUMemoryBlock(place.toPPUMemoryBlockSize())):
                    self._symbols[address] = name

    def of(self, access: Access) -> str | None:
        """What an instruction does, None for what goes along with another one."""
        kind, address, value = access.kind, access.address, access.value
        if kind == "spikes":
            return f"spikes {value}"
        if kind not in ("read", "write"):
            return {"Loopback": "ticket", "Barrier": "barrier", "PollingOmnibusBlock": "poll"}.get(kind, kind)
        if address in self._symbols:
            name = self._symbols[address]
            if name == "status" and kind == "write":
                return f"command {Status(value).name}"
            return f"{kind} {name}"
        if address in RECORDING:
            return "record on" if value else "record off"
        if address in MADC:
            return " ".join(["madc", *(name for name, bit in _MADC_BITS.items() if value & bit)])
        if address in BACKENDS:
            if address not in _FIRST_OF_BACKEND:
                return None
            return "force reset on" if value & _FORCED else "force reset off"
        if address in RESETS:
            return "neuron reset"
        if address in NODES:
            return "nodes drop" if value == DROP else "nodes"
        if address in _POLLING:
            return None
        if address >> 24 in _EXTERNAL_MEMORY:
            return f"{kind} external memory"
        return f"{kind} {address:#x}"


def steps(words: np.ndarray, ppu: PPUProgram | None = None) -> list[tuple[int | None, str]]:
    """What instructions do, and the times that they wait for; equal ones that follow each other are one step."""
    names = Names(ppu)
    result: list[tuple[int | None, str]] = []
    for access in accesses(words):
        name = names.of(access)
        if name is None:
            continue
        step = (access.time, name)
        if name.startswith("command") and result[-1] == (access.time, "read status"):
            result.pop()
        if name == "timer reset" or not result or result[-1] != step:
            result.append(step)
    return result
