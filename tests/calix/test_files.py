"""Files of calibrations, and those that are simply there."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import calix
import calix.spiking
import chipsim
import halco
import haldls
import lola
from calix import nightly
from calix.files import chip_from_file, chip_from_portable_binary, load_native, save_coco_list, save_native
from calix.nightly import FILES, PATH_VARIABLE, calibration_path, main, spiking2_target, write_all
from calix.spiking import SpikingCalibResult, SpikingCalibTarget
from stadls import DumperDone, ZeroMockConnection
from tests.calix.chips import connection

NAMES = ["hagen_cocolist.pbin", "spiking_cocolist.pbin", "spiking_calix-native.pkl", "spiking2_calix-native.pkl"]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path / "root"))
    return tmp_path / "root"


@pytest.fixture(scope="module")
def result() -> SpikingCalibResult:
    return calix.calibrate(SpikingCalibTarget(), connection=connection(1))


def test_lists_of_results(tmp_path: Path, result: SpikingCalibResult) -> None:
    save_coco_list(result, tmp_path / "list.pbin")
    assert chip_from_file(tmp_path / "list.pbin") == result.to_chip()
    assert chip_from_file(str(tmp_path / "list.pbin")) == result.to_chip()
    assert chip_from_portable_binary((tmp_path / "list.pbin").read_bytes()) == result.to_chip()


def test_lists_of_chips(tmp_path: Path) -> None:
    chip = chipsim.Chip(3).oracle.mac_chip()
    save_coco_list(chip, tmp_path / "list.pbin")
    assert chip_from_file(tmp_path / "list.pbin") == chip


def test_lists(tmp_path: Path) -> None:
    mask = haldls.CrossbarNode()
    mask.mask = 7
    save_coco_list(DumperDone([(halco.CrossbarNodeOnDLS(halco.Enum(9)), mask)]), tmp_path / "list.pbin")
    expected = lola.Chip()
    expected.crossbar.nodes[halco.CrossbarNodeOnDLS(halco.Enum(9))].mask = 7
    assert chip_from_file(tmp_path / "list.pbin") == expected


def test_results(tmp_path: Path, result: SpikingCalibResult) -> None:
    save_native(result, tmp_path / "result.pkl")
    other = load_native(tmp_path / "result.pkl")
    assert isinstance(other, SpikingCalibResult)
    assert other.target == result.target and other.to_chip() == result.to_chip()


@pytest.mark.parametrize("read", [chip_from_file, load_native])
def test_files_that_are_not_there(tmp_path: Path, read: Any) -> None:
    with pytest.raises(RuntimeError, match="missing.* cannot be opened: No such file"):
        read(tmp_path / "missing")


@pytest.mark.parametrize(("content", "message"), [
    (b"", "does not begin with the magic number"),
    (pickle.dumps(3), "does not begin with the magic number"),
    (b"BSS2DMP1" + pickle.dumps(os.getcwd), "names posix.getcwd|names os.getcwd"),
    (b"BSS2DMP1rubbish", "damaged recording"),
    (b"BSS2DMP1" + pickle.dumps([(1, 2)]), "entries are pairs"),
])
def test_files_that_are_no_lists(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "list.pbin").write_bytes(content)
    with pytest.raises(ValueError, match=rf"list.pbin: .*({message})"):
        chip_from_file(tmp_path / "list.pbin")


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is no pickled result"), (b"BSS2DMP1rubbish", "is no pickled result"),
    (pickle.dumps({"leak": 80}), "holds dict, expected a result"),
])
def test_files_that_are_no_results(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "result.pkl").write_bytes(content)
    with pytest.raises(ValueError, match=f"result.pkl {message}"):
        load_native(tmp_path / "result.pkl")


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="expected a result of a calibration, a lola.Chip or a DumperDone"):
        save_coco_list(SpikingCalibTarget(), tmp_path / "list.pbin")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a result of a calibration"):
        save_native(lola.Chip(), tmp_path / "result.pkl")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


# -- calibrations that are simply there ----------------------------------------------------------------------------


def test_the_usual_files_are_there() -> None:
    assert set(NAMES) < set(FILES)


@pytest.mark.parametrize("seed", [1, None])
@pytest.mark.parametrize("name", NAMES)
def test_files_are_made_when_asked_for(root: Path, seed: int | None, name: str) -> None:
    path = calibration_path(connection(seed), name)
    assert root in path.parents and path.name == name
    assert path.parts[-4:-1] == (connection(seed).get_unique_identifier(), "stable", "latest")
    content = path.read_bytes()
    assert calibration_path(connection(seed), name) == path and path.read_bytes() == content
    path.write_bytes(b"mine")
    assert calibration_path(connection(seed), name).read_bytes() == b"mine"


def test_files_of_a_chip_agree() -> None:
    def path(name: str) -> Path:
        return calibration_path(connection(1), name)

    native = load_native(path("spiking_calix-native.pkl"))
    assert native.target == SpikingCalibTarget()
    assert chip_from_file(path("spiking_cocolist.pbin")) == native.to_chip()
    assert load_native(path("spiking2_calix-native.pkl")).target == spiking2_target()
    mac = chip_from_file(path("hagen_cocolist.pbin"))
    assert mac.neuron_block == chipsim.Chip(1).oracle.mac_chip().neuron_block


def test_fast_neurons() -> None:
    neurons = spiking2_target().neuron_target
    for name, value in (("leak", 80), ("reset", 80), ("threshold", 150), ("tau_mem", 6e-6), ("tau_syn", 6e-6)):
        assert (getattr(neurons, name) == value).all()
    assert (neurons.i_synin_gm, neurons.synapse_dac_bias) == (500, 1000)


def test_chips_and_versions_have_files_of_their_own(root: Path) -> None:
    name = "spiking_cocolist.pbin"
    paths = {
        calibration_path(connection(1), name), calibration_path(connection(2), name),
        calibration_path(connection(1), name, "stable/other"),
    }
    assert len(paths) == 3


def test_other_software_has_files_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "spiking_cocolist.pbin"
    path = calibration_path(connection(1), name)
    monkeypatch.setattr(nightly, "get_repo_state", lambda: "other")
    assert calibration_path(connection(1), name) != path


def test_without_a_variable_files_are_in_the_cache_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PATH_VARIABLE)
    monkeypatch.setattr(nightly.platformdirs, "user_cache_path", lambda *a, **k: tmp_path / "cache")
    assert tmp_path / "cache" / "calibration" in calibration_path(connection(1), "spiking_cocolist.pbin").parents


@pytest.mark.parametrize(("name", "version", "message"), [
    ("other_cocolist.pbin", "stable/latest", "there is no calibration 'other_cocolist.pbin', expected one of hagen_"),
    ("spiking_cocolist.pbin", "../elsewhere", "version is '../elsewhere', expected a relative path"),
    ("spiking_cocolist.pbin", "/elsewhere", "version is '/elsewhere'"),
])
def test_files_that_cannot_be(name: str, version: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calibration_path(connection(1), name, version)


def test_chips_that_are_not_simulated_here() -> None:
    with pytest.raises(RuntimeError, match="no simulated chip in this process"):
        calibration_path(ZeroMockConnection(), "spiking_cocolist.pbin")


def test_all_files_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_all(tmp_path / "folder", connection(2))
    assert sorted(path.name for path in written) == sorted(FILES)
    monkeypatch.setenv("BSS2_CHIP_SEED", "2")
    assert [path.read_bytes() for path in main(tmp_path / "other")] == [path.read_bytes() for path in written]
