"""Programs for the embedded processors (PPUs): headers, runtime and compilers."""

from __future__ import annotations

from grenade.ppu.compiler import CompilationError, Program, compile_program
from grenade.ppu.toolchain import CompilerNotFound

__all__ = ["CompilationError", "CompilerNotFound", "Program", "compile_program"]
