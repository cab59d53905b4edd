"""The executor and the settings for products."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import chipsim
import hxtorch
import lola
import stadls
from grenade.common import ConnectionOnExecutor
from hxtorch import hardware


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    chip = hardware.perceptron_chip()
    hxtorch.release_hardware()
    yield
    hxtorch.init_hardware_minimal(connection=stadls.ZeroMockConnection(), chip=chip)
    hxtorch.release_hardware()


def connection(seed: int = 3) -> chipsim.SimConnection:
    return chipsim.SimConnection(chipsim.Chip(seed))


@pytest.fixture
def calibrations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Calibration files without files: what they are asked for, and a chip of its own for each path."""
    asked: list[Any] = []
    nightly, files = ModuleType("calix.nightly"), ModuleType("calix.files")

    def calibration_path(connection: Any, name: str, version: str = "stable/latest") -> Path:
        asked.append((connection.get_unique_identifier(), name, version))
        return Path(version, name)

    def chip_from_file(path: Any) -> lola.Chip:
        if "missing" in str(path):
            raise RuntimeError(f"{path} cannot be opened")
        asked.append(path)
        return asked_chip

    nightly.calibration_path, files.chip_from_file = calibration_path, chip_from_file  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "calix.nightly", nightly)
    monkeypatch.setitem(sys.modules, "calix.files", files)
    return asked


asked_chip = lola.Chip()


def test_without_hardware_there_is_nothing() -> None:
    assert not hardware.has_executor()
    for function in (hardware.require_executor, hardware.require_connection, hxtorch.get_unique_identifier):
        with pytest.raises(RuntimeError, match="not initialised"):
            function()
    hxtorch.release_hardware()


def test_the_environment_chooses_the_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BSS2_CHIP_SEED", "17")
    hxtorch.init_hardware()
    assert hxtorch.get_unique_identifier() == ["chipsim-17"]
    made = hardware.require_connection()
    hxtorch.release_hardware()
    with pytest.raises(RuntimeError, match="not allocated"):
        made.get_unique_identifier()


def test_a_connection_that_was_given_stays_open() -> None:
    given = connection()
    hxtorch.init_hardware(connection=given)
    assert hxtorch.get_unique_identifier(hxtorch.HWDBPath("there")) == ["chipsim-3"]
    assert hardware.require_connection() is given
    hxtorch.release_hardware()
    assert not hardware.has_executor()
    hxtorch.init_hardware(connection={ConnectionOnExecutor(1): connection(5), ConnectionOnExecutor(0): given})
    assert hardware.require_connection() is given
    assert hxtorch.get_unique_identifier() == ["chipsim-3"]


def test_another_call_replaces_the_executor() -> None:
    hxtorch.init_hardware(connection=connection(1))
    first = hardware.require_executor()
    hxtorch.init_hardware(connection=connection(2))
    assert hardware.require_executor() is not first
    assert hxtorch.get_unique_identifier() == ["chipsim-2"]


def test_settings_stay_until_others_are_loaded() -> None:
    chip = lola.Chip()
    hxtorch.init_hardware_minimal(connection=connection(), chip=chip)
    hxtorch.init_hardware(connection=connection())
    hxtorch.release_hardware()
    assert hardware.perceptron_chip() is chip
    hxtorch.init_hardware_minimal(connection=connection())
    assert hardware.perceptron_chip() is not chip
    assert hardware.perceptron_chip() == lola.Chip()


@pytest.mark.parametrize("version", [None, "unstable/2020"])
def test_settings_of_the_connected_chip(calibrations: list[Any], version: str | None) -> None:
    path = None if version is None else hxtorch.HWDBPath(version=version)
    hxtorch.init_hardware(path, ann=True, connection=connection())
    wanted = version or "stable/latest"
    assert calibrations == [(["chipsim-3"], "hagen_cocolist.pbin", wanted), Path(wanted, "hagen_cocolist.pbin")]
    assert hardware.perceptron_chip() is asked_chip


@pytest.mark.parametrize("by_name", [False, True])
def test_settings_of_a_file(calibrations: list[Any], by_name: bool) -> None:
    path = hxtorch.CalibrationPath("some.pbin")
    if by_name:
        hxtorch.init_hardware(calibration_path=path, connection=connection())
    else:
        hxtorch.init_hardware(path, connection=connection())
    assert calibrations == ["some.pbin"]
    assert hardware.perceptron_chip() is asked_chip
    assert hardware.has_executor()


def test_a_file_that_cannot_be_opened_changes_nothing(calibrations: list[Any]) -> None:
    chip = hardware.perceptron_chip()
    hxtorch.init_hardware(connection=connection())
    executor = hardware.require_executor()
    with pytest.raises(RuntimeError, match="missing.pbin cannot be opened"):
        hxtorch.init_hardware(hxtorch.CalibrationPath("missing.pbin"), connection=connection())
    assert hardware.perceptron_chip() is chip
    assert hardware.require_executor() is executor
    with pytest.raises(RuntimeError, match="cannot be opened"):
        hxtorch.init_hardware(hxtorch.HWDBPath(version="missing"), ann=True, connection=connection())
    assert hardware.perceptron_chip() is chip
    assert not hardware.has_executor()


def test_a_damaged_file_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "hagen_cocolist.pbin"
    path.write_bytes(b"nothing of the kind")
    chip = hardware.perceptron_chip()
    with pytest.raises(ValueError, match=path.name), caplog.at_level("ERROR", "hxtorch.hardware"):
        hxtorch.init_hardware(hxtorch.CalibrationPath(str(path)), connection=connection())
    assert path.name in caplog.text
    assert hardware.perceptron_chip() is chip
    with pytest.raises(RuntimeError, match="missing"):
        hxtorch.init_hardware(hxtorch.CalibrationPath(str(tmp_path / "missing")))


@pytest.mark.parametrize(("arguments", "options", "message"), [
    (["a path"], {}, "hwdb_path is 'a path'"),
    ([], {"calibration_path": "a path"}, "calibration_path is 'a path'"),
    ([hxtorch.CalibrationPath("a")], {"ann": True}, "neither"),
    ([hxtorch.CalibrationPath("a")], {"calibration_path": hxtorch.CalibrationPath("b")}, "two calibration paths"),
    ([hxtorch.HWDBPath()], {"calibration_path": hxtorch.CalibrationPath("b")}, "neither"),
])
def test_arguments_that_do_not_fit(arguments: list[Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        hxtorch.init_hardware(*arguments, **options)
    assert not hardware.has_executor()


def test_a_chip_that_is_none() -> None:
    with pytest.raises(TypeError, match="expected a lola.Chip"):
        hxtorch.init_hardware_minimal(connection=connection(), chip=5)  # type: ignore[arg-type]


def test_members_have_defaults() -> None:
    assert hxtorch.HWDBPath() == hxtorch.HWDBPath(None, "stable/latest")
    assert hxtorch.CalibrationPath("a") == hxtorch.CalibrationPath(value="a")
