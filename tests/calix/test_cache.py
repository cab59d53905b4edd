"""Results that are kept in files."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path
from typing import Any

import pytest

import calix
import calix.spiking
import chipsim
from calix import calib_cache
from calix.spiking import SpikingCalibOptions, SpikingCalibTarget
from calix.spiking.neuron import NeuronCalibTarget
from calix.spiking.synapse_driver import STPCalibOptions
from tests.calix.chips import connection


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Targets that were calibrated for, and not taken from a cache."""
    done: list[Any] = []
    own = SpikingCalibTarget.calibrate

    def calibrate(self: Any, *arguments: Any) -> Any:
        done.append(self)
        return own(self, *arguments)

    monkeypatch.setattr(SpikingCalibTarget, "calibrate", calibrate)
    return done


def test_results_are_found_again(tmp_path: Path, counted: list[Any]) -> None:
    target = SpikingCalibTarget()
    one = calix.calibrate(target, None, [tmp_path / "new" / "folder"], connection=connection(1))
    two = calix.calibrate(target, None, [tmp_path / "new" / "folder"], connection=connection(1))
    assert len(counted) == 1 and two.to_chip() == one.to_chip()
    assert len(list((tmp_path / "new" / "folder").iterdir())) == 1


@pytest.mark.parametrize(("target", "options", "seed"), [
    (SpikingCalibTarget(neuron_target=NeuronCalibTarget(leak=81)), None, 1),
    (SpikingCalibTarget(neuron_target=NeuronCalibTarget(i_synin_gm=[500, 500])), None, 1),
    (SpikingCalibTarget(), SpikingCalibOptions(stp_options=STPCalibOptions(v_stp=200)), 1),
    (SpikingCalibTarget(), None, 2),
    (SpikingCalibTarget(), None, 12),
])
def test_everything_else_is_another_result(
    tmp_path: Path, counted: list[Any], target: SpikingCalibTarget, options: Any, seed: int
) -> None:
    """Also chips whose identifiers begin alike."""
    calix.calibrate(SpikingCalibTarget(), None, [tmp_path], connection=connection(1))
    calix.calibrate(target, options, [tmp_path], connection=connection(seed))
    assert len(counted) == 2 and len(list(tmp_path.iterdir())) == 2


def test_other_software_is_another_result(
    tmp_path: Path, counted: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for state in ("old", "new"):
        monkeypatch.setattr(calib_cache, "get_repo_state", lambda state=state: state)
        calix.calibrate(SpikingCalibTarget(), None, [tmp_path], connection=connection(1))
    assert len(counted) == 2


def test_all_paths_are_looked_through(tmp_path: Path, counted: list[Any]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    calix.calibrate(SpikingCalibTarget(), None, [second], connection=connection(1))
    calix.calibrate(SpikingCalibTarget(), None, [first, second], connection=connection(1))
    assert len(counted) == 1 and not first.exists()


def test_read_only(tmp_path: Path) -> None:
    calix.calibrate(SpikingCalibTarget(), None, [tmp_path], cache_read_only=True, connection=connection(1))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_paths_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    own = calib_cache.write_atomically

    def write(path: Path, data: bytes) -> None:
        if "locked" in path.parts:
            raise OSError(code, "no", str(path))
        own(path, data)

    monkeypatch.setattr(calib_cache, "write_atomically", write)
    locked, other = tmp_path / "locked", tmp_path / "other"
    calix.calibrate(SpikingCalibTarget(), None, [locked, other], connection=connection(1))
    assert len(list(other.iterdir())) == 1
    with pytest.raises(RuntimeError, match="no path of the cache can be written to: .*locked"):
        calix.calibrate(SpikingCalibTarget(), None, [locked], connection=connection(1))


def test_other_trouble_with_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        calix.calibrate(SpikingCalibTarget(), None, [tmp_path / "file"], connection=connection(1))


@pytest.mark.parametrize(("content", "message"), [(b"rubbish", "is damaged"), (pickle.dumps(3), "holds int")])
def test_damaged_files(tmp_path: Path, content: bytes, message: str) -> None:
    calix.calibrate(SpikingCalibTarget(), None, [tmp_path], connection=connection(1))
    next(tmp_path.iterdir()).write_bytes(content)
    with pytest.raises(RuntimeError, match=message):
        calix.calibrate(SpikingCalibTarget(), None, [tmp_path], connection=connection(1))


def test_one_path_is_not_several() -> None:
    with pytest.raises(TypeError, match="expected several paths"):
        calix.calibrate(SpikingCalibTarget(), None, "folder", connection=connection(1))  # type: ignore[arg-type]


def test_chip_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BSS2_CHIP_SEED", "7")
    assert calix.calibrate(SpikingCalibTarget()).to_chip().neuron_block == chipsim.Chip(7).oracle.chip().neuron_block
