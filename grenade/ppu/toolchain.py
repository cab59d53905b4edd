"""Compilers that make code for the PPU: clang as part of zig, and GCC for 32-bit Power.

Both know only processors with more instructions than the PPU. The options here keep them to what it has; what still
gets through, for example `__builtin_bswap32`, is found in the linked program by `grenade.ppu.binary`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

COMPILER_VARIABLE = "BSS2_PPU_COMPILER"

DEFAULT_GCC = "powerpc-linux-gnu-g++"

# Options for both. What functions do: no exceptions, no run-time types, no locks around local static objects, because
# nothing of this has a runtime here. How they are laid out: every function and variable in a section of its own, so
# that the linker drops what is not used.
_OPTIONS = (
    "-O2",
    "-g0",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-common",
    "-fno-strict-aliasing",
    "-fno-pic",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fomit-frame-pointer",
    # As double: the software for the wider formats is large, and the two compilers mean different ones.
    "-mlong-double-64",
)
_CXX_OPTIONS = ("-std=gnu++20", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")

_ZIG_OPTIONS = (
    "-target", "powerpc-linux-musleabi",  # the `eabi` of the target is software floating point
    "-mcpu=ppc",
    "-ffreestanding",
    "-fno-sanitize=all",
    # The processor faults on words at addresses that are no multiple of four.
    "-mllvm", "-disable-ppc-unaligned",
)  # fmt: skip
_GCC_OPTIONS = (
    "-mcpu=powerpc",
    "-msoft-float",
    "-mstrict-align",
    "-G0",
    "-msdata=none",
    # Freestanding but for the macro that says so, at which the C++ library drops its containers.
    "-fno-builtin",
    # These passes make byte-reversed loads and stores of patterns in the source.
    "-fno-store-merging",
    "-fdisable-tree-bswap",
    "-mstack-protector-guard=global",
    "-U_FORTIFY_SOURCE",
    "-Wa,-mregnames",
)

# GCC says this of -fdisable-tree-bswap for every source.
_GCC_NOTE = re.compile(r"^cc1\w*: note: disable pass tree-bswap .*\n", re.MULTILINE)

_LANGUAGES = {
    ".c": "c",
    ".cc": "c++",
    ".cpp": "c++",
    ".cxx": "c++",
    ".s": "assembler-with-cpp",
    ".S": "assembler-with-cpp",
}


class CompilerNotFound(RuntimeError):
    """There is no compiler for the PPU, or not the one that was asked for."""


def language(name: str) -> str:
    """Language of a source by the end of its name.

    Raises
    ------
    ValueError
        The name ends in none of those that say a language.
    """
    suffix = Path(name).suffix
    if suffix not in _LANGUAGES:
        raise ValueError(f"source {name!r}: expected a name that ends in one of {', '.join(_LANGUAGES)}")
    return _LANGUAGES[suffix]


@dataclass(frozen=True)
class Toolchain:
    """Programs that make code for the PPU.

    Attributes
    ----------
    name : str
        `zig`, or name or path of a GCC.
    version : str
        What tells one version of it from others.
    c, cxx, linker, archiver : tuple of str
        Beginnings of command lines.
    library_sources : tuple of Path
        Sources of the C++ library that its headers need and that have to be compiled for the PPU.
    library_options : tuple of str
        Options for these.
    """

    name: str
    version: str
    c: tuple[str, ...]
    cxx: tuple[str, ...]
    linker: tuple[str, ...]
    archiver: tuple[str, ...]
    library_sources: tuple[Path, ...] = ()
    library_options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)

    def compile_command(self, language_: str) -> list[str]:
        """Command with the options for a language, to be followed by user options, source and output."""
        program = self.cxx if language_ == "c++" else self.c
        options = _CXX_OPTIONS if language_ == "c++" else ("-std=gnu17",) if language_ == "c" else ()
        return [*program, *_OPTIONS, *options, "-x", language_]

    def run(self, command: Sequence[str], scratch: Path) -> tuple[bool, str]:
        """Run a command; whether it succeeded, and its messages.

        Parameters
        ----------
        command : sequence of str
            Program and arguments.
        scratch : Path
            Folder for files that the program leaves behind.
        """
        # zig keeps caches of its own; without these variables one of them would be in the current folder.
        environment = {
            **os.environ,
            "LC_ALL": "C",
            "ZIG_LOCAL_CACHE_DIR": str(scratch / "zig"),
            "ZIG_GLOBAL_CACHE_DIR": str(scratch / "zig"),
        }
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment)
        return result.returncode == 0, _GCC_NOTE.sub("", result.stdout + result.stderr)


def find(compiler: str = "auto") -> Toolchain:
    """A tool chain.

    Parameters
    ----------
    compiler : str
        `zig`, `gcc`, name or path of a C++ compiler of a GCC for 32-bit big-endian Power, or `auto`: what the
        environment variable BSS2_PPU_COMPILER says, otherwise zig if it is installed, otherwise GCC.

    Raises
    ------
    CompilerNotFound
        It is not installed.
    """
    if compiler == "auto":
        compiler = os.environ.get(COMPILER_VARIABLE) or "auto"
    if compiler in ("auto", "zig"):
        zig = _zig()
        if zig is not None:
            return zig
        if compiler == "zig":
            raise CompilerNotFound("zig is not installed; get it with `pip install 'bss2[ppu]'`")
    program = DEFAULT_GCC if compiler in ("auto", "gcc") else compiler
    path = shutil.which(program)
    if path is not None:
        return _gcc(program, path)
    if compiler == "auto":
        raise CompilerNotFound(
            "no compiler for the PPU: get one with `pip install 'bss2[ppu]'` (zig) or as the Debian package "
            "g++-powerpc-linux-gnu"
        )
    if compiler == "gcc":
        raise CompilerNotFound(f"{DEFAULT_GCC} is not installed; it is in the Debian package g++-powerpc-linux-gnu")
    raise CompilerNotFound(
        f"compiler {compiler!r} was not found: expected 'auto', 'zig', 'gcc', or name or path of a GCC for 32-bit Power"
    )


def _zig() -> Toolchain | None:
    try:
        spec = importlib.util.find_spec("ziglang")
        version = importlib.metadata.version("ziglang")
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    program = str(folder / "zig")
    return Toolchain(
        name="zig",
        version=f"zig {version}",
        c=(program, "cc", *_ZIG_OPTIONS),
        cxx=(program, "c++", *_ZIG_OPTIONS),
        linker=(program, "ld.lld"),
        archiver=(program, "ar"),
        # std::sort of numbers is not in the headers.
        library_sources=(folder / "lib" / "libcxx" / "src" / "algorithm.cpp",),
        library_options=("-D_LIBCPP_BUILDING_LIBRARY", "-I", str(folder / "lib" / "libcxx" / "src")),
    )


@lru_cache
def _gcc(name: str, path: str) -> Toolchain:
    def output(*arguments: str) -> str:
        return subprocess.run([path, *arguments], capture_output=True, text=True).stdout.strip()

    target = output("-dumpmachine")
    if not target.startswith("powerpc-"):
        raise CompilerNotFound(f"compiler {name!r} makes code for {target or 'nothing'}, expected powerpc-...")
    return Toolchain(
        name=name,
        version=output("--version").partition("\n")[0],
        c=(path, *_GCC_OPTIONS),
        cxx=(path, *_GCC_OPTIONS),
        # Calls between internal and external memory are too far for a branch: --relax adds longer ones.
        linker=(output("-print-prog-name=ld"), "--relax", "-z", "max-page-size=16"),
        archiver=(output("-print-prog-name=ar"),),
    )
