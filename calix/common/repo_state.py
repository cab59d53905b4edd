"""Which version of the software a calibration comes from."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PACKAGES = ("halco", "haldls", "lola", "stadls", "chipsim", "calix")


@cache
def get_repo_state() -> str:
    """Digest of the sources that calibrations depend on: chip, containers, and the calibrations themselves.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in map(Path, (spec.submodule_search_locations or ()) if spec is not None else ()):
            for source in sorted(folder.rglob("*.py")):
                digest.update(f"{package}/{source.relative_to(folder).as_posix()}".encode())
                digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
