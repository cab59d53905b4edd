"""What the distribution contains."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
FLOORS = ("halco", "haldls", "lola", "stadls", "grenade", "calix", "hxtorch", "chipsim", "pynn_brainscales", "bss2")


def test_every_package_is_listed() -> None:
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for floor in FLOORS
        for path in (ROOT / floor).rglob("__init__.py")
    }
    found |= {
        ".".join(path.parent.relative_to(ROOT / "compat").parts) for path in (ROOT / "compat").rglob("__init__.py")
    }
    assert found == set(SETTINGS["tool"]["setuptools"]["packages"])


def test_compat_packages_have_their_place() -> None:
    places = SETTINGS["tool"]["setuptools"]["package-dir"]
    names = [path.parent.name for path in (ROOT / "compat").glob("*/__init__.py")]
    assert places == {name: f"compat/{name}" for name in names}


def test_pinned_versions_cover_the_dependencies() -> None:
    pins = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().split() if "==" in line}
    project = SETTINGS["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in (r for group in groups for r in group):
        name = requirement.split(">=")[0].split("[")[0].strip().lower()
        assert name in pins or name == "bss2", f"{name} is not pinned in constraints.txt"
