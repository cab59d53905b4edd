"""Plasticity processors: Power cores with a vector unit, executing real machine code."""

from chipsim.ppu.processor import Processor, Result, execute, run_elf, run_image
from chipsim.ppu.profile import FunctionTime, by_function
from chipsim.ppu.report import Fault, PPUWarning, Report
from chipsim.ppu.state import EQUAL, GREATER, LESSER, State

__all__ = [
    "EQUAL", "GREATER", "LESSER", "Fault", "FunctionTime", "PPUWarning", "Processor", "Report", "Result", "State",
    "by_function", "execute", "run_elf", "run_image",
]
