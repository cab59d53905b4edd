"""Short names of the sub-packages: `hxtorch.ann` is `hxtorch.perceptron`, and `hxtorch.snn` is `hxtorch.spiking`.

A module is the same object by both names, whichever it is imported by first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

ALIASES = {"hxtorch.ann": "hxtorch.perceptron", "hxtorch.snn": "hxtorch.spiking"}


def real_name(name: str) -> str | None:
    """Name of the module that an alias stands for; None for anything else."""
    for alias, package in ALIASES.items():
        if name == alias or name.startswith(f"{alias}."):
            return package + name[len(alias):]
    return None


class AliasFinder(MetaPathFinder, Loader):
    """Finds modules by their short names and gives the ones of the real name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        real = real_name(fullname)
        if real is None:
            return None
        module = import_module(real)
        # That may have imported the module by its short name, too. What is there by now would be executed once more.
        sys.modules.pop(fullname, None)
        return ModuleSpec(fullname, self, is_package=hasattr(module, "__path__"), loader_state=module.__spec__)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        real = real_name(spec.name)
        assert real is not None
        return import_module(real)

    def exec_module(self, module: ModuleType) -> None:
        # The module has run already; the import system has just given it the specification of the short name.
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Make the import system know the short names."""
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        # Before all others: the path of a package would find a second copy of its modules by the short name.
        sys.meta_path.insert(0, AliasFinder())
