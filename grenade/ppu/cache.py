"""Cache of compiled programs on disk: files found again by a key, with contents that are checked.

The name of a file has the key and the beginning of the digest of its contents. So one rename puts an entry in place
whole, other processes see it whole or not at all, and an entry that was damaged is noticed and made again. The folder
may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "BSS2_CACHE"


def directory() -> Path:
    """Folder of the cache, which is made if it is not there.

    The environment variable BSS2_CACHE names it; otherwise it is the user's folder for caches.

    Raises
    ------
    OSError
        The folder cannot be made.
    """
    named = os.environ.get(CACHE_VARIABLE)
    path = Path(named) if named else platformdirs.user_cache_path("bss2")
    path = path.absolute() / "ppu"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"cannot make the folder {path} for compiled programs ({error.strerror}); "
            f"name another one in the environment variable {CACHE_VARIABLE}"
        ) from error
    return path


def digest(data: bytes) -> str:
    """Digest of bytes as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def key(*parts: object) -> str:
    """Key of something that is made from `parts`, plain values as JSON has them."""
    return digest(json.dumps(parts, sort_keys=True).encode())[:40]


def digests_of_files(paths: Iterable[Path]) -> list[tuple[str, str | None]]:
    """Names and digests of files; None for one that cannot be read."""
    found: list[tuple[str, str | None]] = []
    for path in paths:
        try:
            found.append((str(path), digest(path.read_bytes())))
        except OSError:
            found.append((str(path), None))
    return found


def lookup(kind: str, key_: str, suffix: str) -> Path | None:
    """File that was stored under a key, None if there is none. Files whose contents are damaged are removed."""
    folder = directory() / kind
    for path in sorted(folder.glob(f"{key_}-*{suffix}")):
        try:
            if path.name == _name(key_, path.read_bytes(), suffix):
                return path
            path.unlink()
        except OSError:
            continue  # another process removed it
    return None


def store(kind: str, key_: str, suffix: str, data: bytes) -> Path:
    """Put a file into the cache and return its path.

    Parameters
    ----------
    kind : str
        Folder inside the cache.
    key_ : str
        What it will be found by.
    suffix : str
        End of its name.
    data : bytes
        Contents.
    """
    folder = directory() / kind
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _name(key_, data, suffix)
    _write(path, data)
    return path


def read_dependencies(key_: str) -> list[tuple[str, str | None]] | None:
    """Files, besides those in the key, that were read when something was made; with their digests of that time."""
    try:
        entries = json.loads((directory() / "dependencies" / f"{key_}.json").read_text())
        return [(str(path), None if digest_ is None else str(digest_)) for path, digest_ in entries]
    except (OSError, ValueError, TypeError):
        return None


def write_dependencies(key_: str, files: list[tuple[str, str | None]]) -> None:
    """Note the files that were read when something was made."""
    folder = directory() / "dependencies"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{key_}.json", json.dumps(files).encode())


def _name(key_: str, data: bytes, suffix: str) -> str:
    return f"{key_}-{digest(data)[:24]}{suffix}"


def _write(path: Path, data: bytes) -> None:
    """Write a file at once: readers never see a part of it."""
    temporary = path.with_name(f"{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
