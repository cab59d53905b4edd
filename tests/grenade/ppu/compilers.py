"""The compilers that programs are tested with."""

from __future__ import annotations

import pytest

from grenade.ppu import CompilerNotFound
from grenade.ppu.toolchain import find


def _reason(name: str) -> str | None:
    """Why a compiler cannot be used, None if it can."""
    try:
        find(name)
    except CompilerNotFound as error:
        return str(error)
    return None


REASONS = {name: _reason(name) for name in ("zig", "gcc")}

INSTALLED = [name for name, reason in REASONS.items() if reason is None]

COMPILERS = [
    pytest.param(name, marks=pytest.mark.skipif(reason is not None, reason=str(reason)))
    for name, reason in REASONS.items()
]

needs_compiler = pytest.mark.skipif(not INSTALLED, reason="; ".join(str(reason) for reason in REASONS.values()))
