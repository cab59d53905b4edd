"""Command line: running experiments, and looking into files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import lola
from bss2.cli import app
from chipsim import Chip
from grenade.common import (
    ChipOnConnection,
    ConnectionOnExecutor,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
)
from grenade.experiment import Experiment, Result, save
from grenade.network import (
    CADCRecording,
    ExternalSourcePopulation,
    Network,
    Population,
    Projection,
    Receptor,
)
from grenade.network.builder import NetworkBuilder
from tests.grenade.experiment.networks import SHAPES, neuron
from tests.grenade.experiment.test_experiment import circuit

run = CliRunner().invoke

RECEPTOR = Receptor(Receptor.ID(0), Receptor.Type.excitatory)
NEURONS = PopulationOnNetwork(1)


def network(weight: int = 63) -> Network:
    """Three sources, each of which drives a neuron."""
    builder = NetworkBuilder()
    builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 3))
    builder.add(Population([neuron(i, SHAPES["point"], True, [{RECEPTOR}]) for i in range(3)]))
    table = np.array([[i, 0, i, 0, weight] for i in range(3)])
    pre, post = PopulationOnExecutionInstance(0), PopulationOnExecutionInstance(1)
    builder.add(Projection().from_numpy(RECEPTOR, table, pre, post))
    builder.add(CADCRecording([CADCRecording.Neuron(circuit(0))]))
    return builder.done()


def experiment(weight: int = 63) -> Experiment:
    made = Experiment(network(weight), {0: {0: lola.Chip.default_neuron_bypass}}, {0: 20_000}, 2)
    made.stimulate(0, [[1000], [2000], [3000]])
    return made


@pytest.fixture
def file(tmp_path: Path) -> str:
    experiment().save(tmp_path / "experiment.mpk")
    return str(tmp_path / "experiment.mpk")


def test_an_experiment_becomes_a_result(tmp_path: Path, file: str) -> None:
    output, picture = tmp_path / "result.mpk", tmp_path / "result.png"
    result = run(app, ["run", file, "-o", str(output), "--seed", "ideal", "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Result(6 spikes, ")
    loaded = Result.load(output)
    assert loaded.experiment == experiment()
    spikes = loaded.spikes[NEURONS]
    assert spikes["batch"].tolist() == [0, 0, 0, 1, 1, 1] and spikes["neuron"].tolist() == [0, 1, 2] * 2
    assert len(loaded.cadc[NEURONS])
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_bar_ends_full_and_goes_to_standard_error(tmp_path: Path, file: str) -> None:
    result = run(app, ["run", file, "-o", str(tmp_path / "r"), "--seed", "ideal"])
    assert "done" in result.stderr and "100%" in result.stderr and "%" not in result.stdout


def test_seed_and_noise(tmp_path: Path) -> None:
    made = experiment()
    made.chips = {0: {0: Chip.ideal().oracle.chip(leak=80, reset=70, threshold=125, tau_mem=10, tau_syn=5)}}
    made.save(tmp_path / "x")

    def voltages(*options: str) -> list[int]:
        result = run(app, ["run", str(tmp_path / "x"), "-o", str(tmp_path / "r"), *options])
        assert result.exit_code == 0, result.output
        found: list[int] = Result.load(tmp_path / "r").cadc[NEURONS]["value"].tolist()
        return found

    quiet = voltages("--seed", "5", "--no-noise")
    assert voltages("--seed", "0x5", "--no-noise") == quiet
    assert voltages("--seed", "6", "--no-noise") != quiet
    noisy = voltages("--seed", "5", "--noise")
    assert noisy != quiet and voltages("--seed", "5", "--noise") == noisy
    assert voltages("--seed", "ideal", "--noise") != voltages("--seed", "ideal")


def test_results_are_experiments_too(tmp_path: Path, file: str) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    assert run(app, ["run", file, "-o", str(first), "--seed", "ideal"]).exit_code == 0
    assert run(app, ["run", str(first), "-o", str(second), "--seed", "ideal"]).exit_code == 0
    assert Result.load(first) == Result.load(second)


def test_the_environment_chooses_the_connection(
    tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BSS2_CHIP_SEED", "5")
    monkeypatch.setenv("BSS2_CHIP_NOISE", "0")
    assert run(app, ["run", file, "-o", str(tmp_path / "a")]).exit_code == 0
    assert run(app, ["run", file, "-o", str(tmp_path / "b"), "--seed", "5"]).exit_code == 0
    assert Result.load(tmp_path / "a") == Result.load(tmp_path / "b")


def test_networks_that_do_not_fit_are_one_line(tmp_path: Path) -> None:
    experiment(63 * 300).save(tmp_path / "x")
    result = run(app, ["run", str(tmp_path / "x"), "-o", str(tmp_path / "r"), "--seed", "ideal"])
    assert result.exit_code == 1 and not (tmp_path / "r").exists()
    assert "projection 0 of execution instance 0" in result.stderr.splitlines()[-1]
    assert "(resource: " in result.stderr.splitlines()[-1] and "Traceback" not in result.output


@pytest.mark.parametrize(("arguments", "text"), [
    (["{0}/nothing", "-o", "{0}/r"], "No such file"), (["{0}/foreign", "-o", "{0}/r"], "not an experiment file"),
    (["{0}/network", "-o", "{0}/r"], "holds a network, expected an experiment"),
    (["{0}/experiment.mpk", "-o", "{0}/no/r"], "No such folder"),
    (["{0}/experiment.mpk", "-o", "{0}"], "cannot be written"),
    (["{0}/experiment.mpk", "-o", "{0}/r", "--seed", "x"], "expected a number or 'ideal'"),
])  # fmt: skip
def test_errors_are_one_line(tmp_path: Path, file: str, arguments: list[str], text: str) -> None:
    save(network(), tmp_path / "network")
    (tmp_path / "foreign").write_text("hello")
    result = run(app, ["run", *(each.format(tmp_path) for each in arguments)])
    assert result.exit_code == 2 and text in result.stderr and len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "r").exists()


def test_errors_of_the_run_are_one_line(tmp_path: Path) -> None:
    builder = NetworkBuilder()
    chip = (ChipOnConnection(0), ConnectionOnExecutor(3))
    builder.add(Population([neuron(0, SHAPES["point"], True, [{RECEPTOR}])], chip))
    Experiment(builder.done()).save(tmp_path / "x")
    result = run(app, ["run", str(tmp_path / "x"), "-o", str(tmp_path / "r"), "--seed", "ideal"])
    assert result.exit_code == 2 and not (tmp_path / "r").exists() and "Traceback" not in result.output
    assert result.stderr.splitlines()[-1].startswith("bss2: the executor has no ")


def test_an_output_is_necessary(file: str) -> None:
    result = run(app, ["run", file])
    assert result.exit_code == 2 and "--output" in result.stderr


# -- show --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "lines"), [
    ("network", ["population 0: ExternalSourcePopulation, 3 neurons", "projection 0: population 0 to 1, excitatory"]),
    ("experiment", ["Experiment(1 execution instances, batch of 2, 6 input spikes)"]),
    ("result", ["Result(6 spikes, ", "0 events dropped at crossbar inputs", "ExecutionTimeInfo"]),
])  # fmt: skip
def test_what_is_in_a_file(tmp_path: Path, kind: str, lines: list[str]) -> None:
    thing = {"network": network, "experiment": experiment}.get(kind, experiment)()
    save(thing, tmp_path / "x")
    if kind == "result":
        assert run(app, ["run", str(tmp_path / "x"), "-o", str(tmp_path / "x"), "--seed", "ideal"]).exit_code == 0
    result = run(app, ["show", str(tmp_path / "x"), "--plot", str(tmp_path / "x.png")])
    assert result.exit_code == 0 and result.output.startswith("execution instance 0\n")
    assert all(line in result.output for line in lines)
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_entries_that_are_not_there(tmp_path: Path) -> None:
    save(Result(experiment()), tmp_path / "r")
    for entry, code in (("1", 0), ("2", 2)):
        result = run(app, ["show", str(tmp_path / "r"), "--plot", str(tmp_path / "x.png"), "--entry", entry])
        assert result.exit_code == code
    assert "the batch has 2 entries" in result.stderr


def test_as_a_program(tmp_path: Path, file: str) -> None:
    command = [sys.executable, "-m", "bss2", "run", file, "-o", str(tmp_path / "r"), "--seed", "ideal"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("Result(6 spikes")
