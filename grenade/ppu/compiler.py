"""Compiles programs for the PPU."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from grenade.ppu import binary, cache
from grenade.ppu.toolchain import Toolchain, find, language

Source = str | PathLike[str] | tuple[str, str]

_FOLDER = Path(__file__).parent
_INCLUDE = _FOLDER / "include"
_RUNTIME = _FOLDER / "runtime"

# What upstream's compiler and build define.
_DEFINES = {
    "__ppu__": "1",
    "SYSTEM_HICANN_DLS_MINI": "",
    "LIBNUX_TIME_RESOLUTION_SHIFT": "0",
    "LIBNUX_TIME64": "1",
}

# The stack begins below the mailbox and needs some room above the red zone.
_LARGEST_MAILBOX = 0x3F00

# Constructors and destructors of global objects: tables of addresses.
_TABLES = """\
{kind}.init_array {start} :
  {{
    __init_array_start = .;
    KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
    KEEP(*(.init_array))
    __init_array_end = .;
  }} > {region}
  {kind}.fini_array {next} :
  {{
    __fini_array_start = .;
    KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*)))
    KEEP(*(.fini_array))
    __fini_array_end = .;
  }} > {region}"""

# What linkers say of other sections is hard to understand.
_SECTIONS = (
    "sections that a program can name: int.text, ext.text, ext.data, ext_dram.text, ext_dram.data "
    "and these with .keep behind for data that the linker shall not drop"
)

_LOGGER = logging.getLogger("grenade.ppu")


class CompilationError(RuntimeError):
    """A program was not accepted by the compiler or the linker, or has instructions that the PPU does not have."""


@dataclass(frozen=True)
class Program:
    """A compiled program.

    Attributes
    ----------
    elf : bytes
        The ELF file.
    path : Path
        Where it is in the cache. Load it into a chip with `lola.PPUElfFile(program.path)`.
    compiler : str
        Compiler and version that made it.
    """

    elf: bytes = field(repr=False)
    path: Path
    compiler: str

    @property
    def file(self) -> Any:
        """The program as a lola.PPUElfFile."""
        from lola import PPUElfFile

        return PPUElfFile(self.path)


@dataclass(frozen=True)
class _Unit:
    """One source: the name that messages show, its text if it is not in a file, and its language."""

    name: str
    text: str | None
    language: str

    def content(self) -> bytes:
        return Path(self.name).read_bytes() if self.text is None else self.text.encode()


@dataclass(frozen=True)
class _Build:
    """What objects are made with."""

    toolchain: Toolchain
    arguments: tuple[str, ...]
    folder: Path

    def compile(self, unit: _Unit, number: int) -> tuple[Path, str, list[Path]]:
        """Object file, messages, and files read, of one source."""
        place = self.folder / str(number)
        place.mkdir()
        path = Path(unit.name)
        if unit.text is not None:
            # Messages show the name without the folder that is made here.
            path = place / (path.name if path.is_absolute() or ".." in path.parts else path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(unit.text, encoding="utf-8")
        output, dependencies = place / f"{Path(unit.name).name}.o", place / "dependencies"
        command = self.toolchain.compile_command(unit.language)
        command += [*self.arguments, "-MMD", "-MF", str(dependencies), f"-ffile-prefix-map={place}{os.sep}="]
        command += ["-c", str(path), "-o", str(output)]
        success, messages = self.toolchain.run(command, place)
        messages = self.clean(messages)
        if not success:
            raise CompilationError(f"{self.toolchain.version} does not accept {unit.name}:\n{messages}")
        read = [p for p in _parse_dependencies(dependencies) if not p.is_relative_to(self.folder)]
        return output, messages, read

    def clean(self, messages: str) -> str:
        """Messages with the names of sources that the user gave."""
        return re.sub(re.escape(str(self.folder) + os.sep) + r"(?:\d+/)?", "", messages).strip()

    def compile_all(self, units: Sequence[_Unit]) -> list[tuple[Path, str, list[Path]]]:
        """Objects of all sources, several at a time; they are in the order of the sources."""
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return list(pool.map(self.compile, units, range(len(units))))


def compile_program(
    sources: Iterable[Source],
    *,
    include_directories: Iterable[str | PathLike[str]] = (),
    options: Iterable[str] = (),
    defines: Mapping[str, object] | None = None,
    compiler: str = "auto",
    mailbox_size: int = 4096,
    internal_text: bool = False,
) -> Program:
    """Compile and link a program for the PPU.

    The program begins in its function `int start()` or `void start()`. What `start` returns is the exit code, which
    the host reads from the word below the mailbox. Functions are placed in external SRAM unless their section is
    `int.text`; variables are placed in internal memory unless their section is `ext.data` or `ext_dram.data`.

    Compiled programs are kept in the cache (see `grenade.ppu.cache`): the same sources are not compiled again.

    Parameters
    ----------
    sources : iterable of str, path or tuple (name, text)
        Files, or texts with names for messages. The end of a name says the language: `.c`, `.cpp` (`.cc`, `.cxx`), or
        `.S` (`.s`) for assembly. C++ is gnu++20.
    include_directories : iterable of str or path
        Folders in which headers are searched before those of the PPU.
    options : iterable of str
        Further options of the compiler.
    defines : mapping of str to object
        Macros and their values; None defines a macro without a value.
    compiler : str
        `auto`, `zig`, `gcc`, or name or path of a GCC; see `grenade.ppu.toolchain.find`.
    mailbox_size : int
        Bytes at the end of the internal memory that the program and the host exchange messages in, a multiple of 16.
    internal_text : bool
        Place all code in internal memory, for small programs that shall not use external memory.

    Raises
    ------
    CompilerNotFound
        There is no compiler.
    CompilationError
        The program was not accepted; the text has the messages of the compiler or linker.
    OSError
        A source cannot be read.
    ValueError
        A parameter is not what it has to be.
    """
    units = [_unit(source) for source in sources]
    if not units:
        raise ValueError("a program needs at least one source")
    if not 0 <= mailbox_size <= _LARGEST_MAILBOX or mailbox_size % 16:
        raise ValueError(f"mailbox_size {mailbox_size!r}: expected a multiple of 16 from 0 to {_LARGEST_MAILBOX}")
    toolchain = find(compiler)
    options = tuple(options)
    macros = {**_DEFINES, **({} if defines is None else defines)}
    arguments = (
        *(f"-D{name}" if value is None else f"-D{name}={value}" for name, value in macros.items()),
        *options,
        *(f"-I{Path(folder).absolute()}" for folder in include_directories),
        f"-isystem{_INCLUDE}",
    )
    key = cache.key(
        toolchain.version, toolchain.compile_command("c++"), toolchain.compile_command("c"), arguments,
        [(unit.name, unit.language, cache.digest(unit.content())) for unit in units],
        _own_files(), mailbox_size, internal_text,
        # What names in sources and options mean may depend on where we are.
        os.getcwd() if options or any(unit.text is None for unit in units) else None,
    )  # fmt: skip
    path = _lookup(key)
    if path is None:
        path = _make(units, toolchain, arguments, key, mailbox_size, internal_text)
    return Program(path.read_bytes(), path, toolchain.version)


def _unit(source: Source) -> _Unit:
    if isinstance(source, tuple):
        name, text = source
        return _Unit(name, text, language(name))
    name = fspath(source)
    return _Unit(name, None, language(name))


def _own_files() -> list[tuple[str, str | None]]:
    """Digests of everything of ours that goes into programs."""
    folders = (_INCLUDE, _RUNTIME)
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    code = [_FOLDER / name for name in ("compiler.py", "toolchain.py", "binary.py")]
    return cache.digests_of_files([*files, *code])


def _lookup(key: str) -> Path | None:
    """A program in the cache for which the headers that it was made from are still the same."""
    dependencies = cache.read_dependencies(key)
    if dependencies is None or cache.digests_of_files(Path(name) for name, _ in dependencies) != dependencies:
        return None
    return cache.lookup("programs", cache.key(key, dependencies), ".elf")


def _make(
    units: Sequence[_Unit],
    toolchain: Toolchain,
    arguments: tuple[str, ...],
    key: str,
    mailbox_size: int,
    internal_text: bool,
) -> Path:
    runtime = _runtime(toolchain)
    with tempfile.TemporaryDirectory(prefix="bss2-ppu-") as name:
        build = _Build(toolchain, arguments, Path(name).resolve())
        results = build.compile_all(units)
        for _, messages, _ in results:
            if messages:
                _LOGGER.warning("%s", messages)
        stack_limit = any(argument.startswith("-fstack-limit") for argument in arguments)
        script = _linker_script(mailbox_size, internal_text, stack_limit)
        elf = _link(build, [path for path, _, _ in results], runtime, script)
    dependencies = cache.digests_of_files(sorted({path for _, _, files in results for path in files}))
    path = cache.store("programs", cache.key(key, dependencies), ".elf", elf)
    cache.write_dependencies(key, dependencies)
    return path


def _link(build: _Build, objects: Sequence[Path], runtime: Path, script: str) -> bytes:
    script_path, output = build.folder / "ppu.ld", build.folder / "program.elf"
    script_path.write_text(script)
    command = [*build.toolchain.linker, "-T", str(script_path), "--gc-sections", "--omagic", "-static"]
    command += ["--build-id=none", "--orphan-handling=error", "-z", "noexecstack"]
    command += [*map(str, objects), str(runtime), "-o", str(output)]
    success, messages = build.toolchain.run(command, build.folder)
    if not success:
        messages = build.clean(messages).replace(str(runtime), "runtime")
        messages = re.sub(rf"^{re.escape(build.toolchain.linker[0])}: ?", "", messages, flags=re.MULTILINE)
        # Some linkers repeat what an assertion in the script says.
        lines = [line for line, _ in groupby(messages.splitlines()) if "RWX permissions" not in line]
        if any("orphan section" in line or "is being placed in" in line for line in lines):
            lines.append(_SECTIONS)
        raise CompilationError("\n".join(["the program cannot be linked:", *lines]))
    elf = output.read_bytes()
    unknown = binary.unknown_instructions(elf)
    if unknown:
        raise CompilationError("the program has instructions that the PPU does not have:\n" + "\n".join(unknown))
    return binary.without_zeros(elf)


def _linker_script(mailbox_size: int, internal_text: bool, stack_limit: bool) -> str:
    words = {
        "mailbox_size": str(mailbox_size),
        # The runtime has a handler for the traps of checks of the stack.
        "trap_handler": "__stack_limit_trap" if stack_limit else "0",
        "trap_extern": "EXTERN(__stack_limit_trap)" if stack_limit else "",
        "internal_code": "",
        "internal_tables": "",
        "external_tables": "",
        "external_data": "_ext_data_begin",
    }
    if internal_text:
        words["internal_code"] = "*(.text .text.* ext.text ext.text.*)"
        words["internal_tables"] = _TABLES.format(kind="int", region="int_mem", start="", next="")
    else:
        words["external_tables"] = _TABLES.format(
            kind="ext", region="ext_mem_data", start="_ext_data_begin", next="__init_array_end"
        )
        words["external_data"] = "__fini_array_end"
    return re.sub(r"@(\w+)@", lambda match: words[match[1]], (_RUNTIME / "ppu.ld").read_text())


def _runtime(toolchain: Toolchain) -> Path:
    """Archive of the runtime for a tool chain."""
    sources = sorted(path for path in _RUNTIME.iterdir() if path.suffix in (".c", ".cpp", ".S"))
    key = cache.key(
        toolchain.version, toolchain.compile_command("c++"), toolchain.compile_command("c"),
        cache.digests_of_files(sorted(path for path in _RUNTIME.iterdir() if path.suffix != ".ld")),
    )  # fmt: skip
    path = cache.lookup("runtime", key, ".a")
    if path is not None:
        return path
    with tempfile.TemporaryDirectory(prefix="bss2-ppu-") as name:
        folder = Path(name).resolve()
        # The loops of memcpy are not to become calls of memcpy.
        build = _Build(toolchain, ("-fno-builtin", f"-I{_RUNTIME}"), folder)
        results = build.compile_all([_unit(path) for path in sources])
        library = folder / "library"
        library.mkdir()
        build = _Build(toolchain, toolchain.library_options, library)
        results += build.compile_all([_unit(path) for path in toolchain.library_sources])
        archive = folder / "runtime.a"
        command = [*toolchain.archiver, "rcs", str(archive), *(str(path) for path, _, _ in results)]
        success, messages = toolchain.run(command, folder)
        if not success:
            raise CompilationError(f"the runtime cannot be archived:\n{messages}")
        return cache.store("runtime", key, ".a", archive.read_bytes())


def _parse_dependencies(path: Path) -> list[Path]:
    """Files in a rule of make: `target: file file \\`, with spaces in names escaped by backslashes."""
    text = path.read_text(errors="replace").replace("\\\n", " ").partition(": ")[2]
    names = re.findall(r"(?:\\.|[^\s\\])+", text)
    return [Path(re.sub(r"\\(.)", r"\1", name)).absolute() for name in names]
