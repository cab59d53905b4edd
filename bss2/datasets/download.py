"""Fetching a file that is known by its size and sum."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

TIMEOUT_S = 30.0


def fetch(urls: Sequence[str], target: Path, size: int, md5: str) -> None:
    """Fetch a file from the first address that has it; the target exists completely or not at all.

    Raises
    ------
    OSError
        No address has the right file; the text has the reason for each.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for url in urls:
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
                data = response.read(size + 1)
        except (OSError, ValueError) as error:
            reasons.append(f"{url}: {error}")
            continue
        if len(data) == size and hashlib.md5(data, usedforsecurity=False).hexdigest() == md5:
            _write(target, data)
            return
        reasons.append(f"{url}: {len(data):,} bytes that are not the {size:,} expected ones")
    raise OSError("; ".join(reasons))


def _write(target: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        file.write(data)
    os.replace(file.name, target)
