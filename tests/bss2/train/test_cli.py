"""`bss2 train`, `bss2 demo`, `bss2 calibration-files`."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from bss2.cli import app

run = CliRunner().invoke
MNIST = ["--embedded", "--train-images", "40", "--test-images", "20", "--batch-size", "20", "--mock", "--epochs", "1"]
YIN_YANG = ["--train-samples", "60", "--test-samples", "30", "--batch-size", "30", "--mock"]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("yin-yang", [*YIN_YANG, "--epochs", "1"]),
        ("yin-yang-eventprop", [*YIN_YANG, "--epochs", "1"]),
        ("fast-and-deep", ["--task", "mnist", *MNIST]),
        ("mnist", [*MNIST, "--dropout", "0.2", "--rotation", "15", "--sparse", "0.01", "--readout", "0"]),
        ("mnist-partitioned", MNIST),
        ("mnist-mac", [*MNIST, "--rotation", "8", "--shift", "1"]),
    ],
)
def test_training_leaves_its_files(command: str, options: list[str], tmp_path: Path) -> None:
    result = run(app, ["train", command, *options, "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert re.match(r"epoch 1: loss \d+\.\d+, accuracy", result.output)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "history.json", "index.html"]
    page = (tmp_path / "index.html").read_text()
    assert page.count("data:image/png;base64,") == 2 and "http" not in page
    settings = json.loads((tmp_path / "history.json").read_text())["settings"]
    assert settings["batch_size"] in (20, 30) and settings["chip"] is None


def test_going_on(tmp_path: Path) -> None:
    command = ["train", "yin-yang", *YIN_YANG, "--output", str(tmp_path)]
    assert run(app, [*command, "--epochs", "1"]).exit_code == 0
    again = run(app, [*command, "--epochs", "2"])
    assert again.exit_code == 2 and "--resume" in again.output
    resumed = run(app, [*command, "--epochs", "2", "--resume"])
    assert resumed.exit_code == 0 and "epoch 2" in resumed.output and "epoch 1" not in resumed.output
    other = run(app, [*command, "--epochs", "3", "--resume", "--seed", "5"])
    assert other.exit_code == 2 and "seed was 0 and is 5" in other.output


@pytest.mark.parametrize("name", ["mnist", "mnist-mac"])
def test_starting_from_other_weights(name: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(app, ["train", name, *MNIST, "--output", str(first)]).exit_code == 0
    command = ["train", name, *MNIST, "--output", str(second), "--start"]
    assert run(app, [*command, str(first), "--learning-rate", "1e-9"]).exit_code == 0
    mean = torch.load(first / "checkpoint.pt")["average"]["mean"]
    weights = list(torch.load(second / "checkpoint.pt")["model"].values())
    assert len(mean) == len(weights) and all(map(partial(torch.allclose, atol=1e-6), mean, weights))
    nothing = run(app, [*command[:-3], "--start", str(tmp_path / "nothing")])
    assert nothing.exit_code == 2 and "there is no checkpoint" in nothing.output


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["train", "yin-yang", "--resume"], "--output says where"),
        (["train", "yin-yang", "--chip-seed", "best"], "--chip-seed best: expected a number or 'ideal'"),
        (["train", "yin-yang", "--train-samples", "60", "--mock", "--learning-rate", "-1"], "learning_rate is -1"),
        (["train", "yin-yang", "--train-samples", "60", "--mock", "--learning-rate", "0"], "learning_rate is 0"),
        (["train", "mnist", "--embedded", "--data", "file"], "exclude each other"),
        (["train", "mnist", "--data", "nothing"], "nothing: no such file"),
        (["train", "mnist", "--embedded", "--train-images", "5000"], "there are 1 to 3,000"),
        (["train", "robustness", "-o", "out", "--embedded", "--spreads", "0,60"], "expected 0 to 50"),
        (["train", "robustness", "-o", "out", "--embedded", "--spreads", "a"], "expected numbers with commas"),
    ],
)
def test_errors_are_one_line(command: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(app, command)
    assert result.exit_code == 2, result.output
    assert text in result.output and len(result.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", [["--decalibration", "51"], ["--epochs", "-1"], ["--dropout", "1"]])
def test_numbers_out_of_range(option: list[str]) -> None:
    assert run(app, ["train", "mnist", "--embedded", *option]).exit_code == 2


def test_the_learning_rate_falls_after_each_epoch(tmp_path: Path) -> None:
    command = ["train", "yin-yang", *YIN_YANG, "--learning-rate", "1e-3", "--decay", "0.5", "--epochs", "3"]
    assert run(app, [*command, "--output", str(tmp_path)]).exit_code == 0
    settings = json.loads((tmp_path / "history.json").read_text())["settings"]
    assert (settings["learning_rate"], settings["decay"], settings["decay_epochs"]) == (1e-3, 0.5, 1)


def test_calibration_files(tmp_path: Path) -> None:
    result = run(app, ["calibration-files", str(tmp_path / "files"), "--chip-seed", "3"])
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "files").iterdir()}
    assert {"hagen_cocolist.pbin", "spiking_cocolist.pbin", "spiking_calix-native.pkl"} <= names
    assert len(result.output.splitlines()) == len(names)


def test_demo(tmp_path: Path) -> None:
    options = ["--epochs", "1", "--train-images", "50", "--test-images", "20", "--output", str(tmp_path / "demo")]
    result = run(app, ["demo", *options])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "demo" / "index.html").read_text()
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["index.html"]
    assert page.count("data:image/png;base64,") == 5 and "http" not in page
    energy = float(re.search(r"energy for an image</td><td>([\d.]+) µJ", page).group(1))  # type: ignore[union-attr]
    assert np.isfinite(energy) and 1 < energy < 100
