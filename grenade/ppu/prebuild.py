"""Programs without plasticity rules come with the package, so that these experiments need no compiler.

`python -m grenade.ppu.prebuild` makes them again after a change of their sources.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from grenade.ppu import program
from grenade.ppu.compiler import Program
from grenade.ppu.periodic import MAX_SAMPLES, PeriodicCADC

_PACKAGE = Path(__file__).parent
_INCLUDE = _PACKAGE / "include"
_RUNTIME = _PACKAGE / "runtime"
_FOLDER = _PACKAGE / "prebuilt"
_DESCRIPTION = _FOLDER / "build.json"

_INCLUDED = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def variant(memory: str) -> PeriodicCADC:
    """Storage for periodic CADC samples of a program of the package: as much as there can be."""
    if memory not in MAX_SAMPLES:
        raise ValueError(f"memory is {memory!r}, expected one of {', '.join(map(repr, MAX_SAMPLES))}")
    return PeriodicCADC(memory, MAX_SAMPLES[memory])  # type: ignore[arg-type]


@cache
def load(memory: str = "sram") -> Program:
    """A program of the package.

    Parameters
    ----------
    memory : {"sram", "dram"}
        External memory for periodic CADC samples.

    Raises
    ------
    ValueError
        Not such a memory.
    """
    variant(memory)
    path = _FOLDER / f"{memory}.elf"
    return Program(path.read_bytes(), path, _description()["compiler"])


def digest() -> str:
    """Digest of everything that the programs are made of: sources, headers, runtime and options."""
    roots = [Path(source) for source in program.sources() if not isinstance(source, tuple)]
    runtime = sorted(path for path in _RUNTIME.iterdir() if path.is_file())
    total = hashlib.sha256()
    for path in sorted({*_with_headers(roots), *runtime}):
        total.update(f"{path.relative_to(_PACKAGE).as_posix()}\0".encode())
        total.update(path.read_bytes() + b"\0")
    for memory in MAX_SAMPLES:
        total.update(repr((memory, program.defines(variant(memory)), program.MAILBOX_SIZE)).encode())
    return total.hexdigest()


def is_current() -> bool:
    """Whether the programs of the package are made of the sources of the package."""
    return _description()["digest"] == digest()


def make(compiler: str = "auto") -> None:
    """Compile the programs into the package."""
    description = {"digest": digest(), "compiler": ""}
    for memory in MAX_SAMPLES:
        built = program.build((), variant(memory), compiler=compiler)
        (_FOLDER / f"{memory}.elf").write_bytes(built.elf)
        description["compiler"] = built.compiler
    _DESCRIPTION.write_text(json.dumps(description, indent=1) + "\n")


def _description() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(_DESCRIPTION.read_text())
    return description


def _with_headers(paths: Iterable[Path]) -> Iterator[Path]:
    """Files, and those of the package's headers that they include."""
    seen: set[Path] = set()
    todo = list(paths)
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        for name in _INCLUDED.findall(path.read_text()):
            todo += [place / name for place in (path.parent, _INCLUDE) if (place / name).is_file()]


if __name__ == "__main__":
    make()
