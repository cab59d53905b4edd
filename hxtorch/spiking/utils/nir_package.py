"""The package `nir`, which only conversions need."""

from __future__ import annotations

from types import ModuleType


def require_nir() -> ModuleType:
    """The package `nir`.

    Raises
    ------
    ImportError
        It is not installed.
    """
    try:
        import nir
    except ImportError as error:
        raise ImportError("conversions from and to NIR need the package 'nir': pip install 'bss2[nir]'") from error
    return nir
