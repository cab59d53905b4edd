"""`hxtorch.ann` and `hxtorch.snn` are other names of the same modules."""

import importlib
import sys
from pathlib import Path

import pytest

import hxtorch
from hxtorch.aliases import ALIASES, real_name

PAIRS = [
    ("hxtorch.ann", "hxtorch.perceptron"),
    ("hxtorch.ann.nn", "hxtorch.perceptron.nn"),
    ("hxtorch.ann.constants", "hxtorch.perceptron.constants"),
    ("hxtorch.snn", "hxtorch.spiking"),
    ("hxtorch.snn.functional", "hxtorch.spiking.functional"),
    ("hxtorch.snn.transforms", "hxtorch.spiking.transforms"),
    ("hxtorch.snn.modules", "hxtorch.spiking.modules"),
    ("hxtorch.snn.utils.dynamic_range", "hxtorch.spiking.utils.dynamic_range"),
]


@pytest.mark.parametrize(("alias", "real"), PAIRS)
def test_a_module_is_the_same_by_both_names(alias: str, real: str) -> None:
    by_alias, by_name = importlib.import_module(alias), importlib.import_module(real)
    assert by_alias is by_name is sys.modules[alias] is sys.modules[real]
    assert by_alias.__name__ == by_alias.__spec__.name == real


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that nobody has imported yet, with a module that imports its neighbour by the short name."""
    name = f"package_{tmp_path.name}"
    root = tmp_path / name
    (root / "inner").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "inner" / "__init__.py").write_text("from short.inner import module\n")
    (root / "inner" / "module.py").write_text("import short.inner as parent\nclass Thing: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(ALIASES, "short", name)
    return name


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_of_imports_does_not_matter(package: str, reverse: bool) -> None:
    names = ["short.inner.module", f"{package}.inner.module"]
    try:
        first, second = (importlib.import_module(name) for name in names[::-1 if reverse else 1])
        assert first is second
        assert first.Thing.__module__ == names[1]
        assert first.parent is sys.modules[f"{package}.inner"] is sys.modules["short.inner"]
        assert first.parent.module is first
        assert importlib.reload(first).Thing.__module__ == names[1]
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] in ("short", package)]:
            del sys.modules[name]


def test_both_names_are_attributes() -> None:
    assert hxtorch.ann is hxtorch.perceptron
    assert hxtorch.snn is hxtorch.spiking
    from hxtorch import snn
    assert snn is hxtorch.spiking


@pytest.mark.parametrize("name", ["hxtorch.annual", "hxtorch.spiking", "ann", "hxtorch.perceptron.ann"])
def test_other_names_are_left_alone(name: str) -> None:
    assert real_name(name) is None


def test_what_is_not_there_is_told_by_its_real_name() -> None:
    with pytest.raises(ModuleNotFoundError, match="hxtorch.perceptron.nothing"):
        importlib.import_module("hxtorch.ann.nothing")
    with pytest.raises(AttributeError, match="'hxtorch' has no attribute 'nothing'"):
        hxtorch.nothing  # noqa: B018


def test_extension_modules_have_names_of_their_own() -> None:
    core, perceptron = importlib.import_module("_hxtorch_core"), importlib.import_module("_hxtorch_perceptron")
    assert core.init_hardware is hxtorch.init_hardware
    assert perceptron.mac is hxtorch.perceptron.mac
