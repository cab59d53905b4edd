"""Command line: routing of networks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bss2.cli import app
from grenade.common import ExecutionInstanceID, PopulationOnExecutionInstance
from grenade.experiment import Experiment, Result, save
from grenade.network import ExternalSourcePopulation, Population, Projection, Receptor
from grenade.network.builder import NetworkBuilder
from tests.grenade.experiment.networks import SHAPES, neuron

run = CliRunner().invoke

EXCITATORY, INHIBITORY = (Receptor(Receptor.ID(0), type_) for type_ in Receptor.Type)
PRE, POST = PopulationOnExecutionInstance(0), PopulationOnExecutionInstance(1)


def add(builder: NetworkBuilder, weight: int, instance: int = 0) -> None:
    """20 sources that excite and inhibit each of 10 neurons of the bottom hemisphere."""
    where = ExecutionInstanceID(instance)
    builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * 20), where)
    builder.add(Population([
        neuron(256 + i, SHAPES["point"], True, [{EXCITATORY, INHIBITORY}]) for i in range(10)
    ]), where)
    table = np.zeros((200, 5), np.int64)
    table[:, 0], table[:, 2] = np.divmod(np.arange(200), 10)
    table[:, 4] = weight
    for receptor in (EXCITATORY, INHIBITORY):
        builder.add(Projection().from_numpy(receptor, table, PRE, POST), where)


def file(path: Path, weight: int = 20, instances: int = 1) -> str:
    builder = NetworkBuilder()
    for instance in range(instances):
        add(builder, weight, instance)
    save(builder.done(), path)
    return str(path)


def test_use_of_the_chip_in_total_and_by_bus(tmp_path: Path) -> None:
    result = run(app, ["route", file(tmp_path / "net.mpk")])
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[0] == "execution instance 0: 2 populations, 2 projections".split()
    assert ["neuron", "circuits", "10", "512", "2.0%"] in lines
    assert ["synapses", "400", "131,072", "0.3%"] in lines
    buses = [line for line in lines if line[:1] in (["top"], ["bottom"])]
    assert [line[:2] for line in buses] == [[name, str(bus)] for name in ("top", "bottom") for bus in range(4)]
    columns = np.array([[int(cell.replace(",", "")) for cell in (line[2], *line[5:])] for line in buses])
    assert (columns[:4] == 0).all()
    drivers, excitatory, inhibitory, synapses = columns.sum(axis=0)
    assert (drivers, synapses) == (20, 400) and excitatory == inhibitory == 20
    assert re.fullmatch(r"routed in \d+ ms", result.output.splitlines()[-1])


@pytest.mark.parametrize("router", ["greedy", "portfolio"])
def test_networks_that_do_not_fit_are_one_line(tmp_path: Path, router: str) -> None:
    result = run(app, ["route", file(tmp_path / "net.mpk", weight=63 * 7), "--router", router])
    assert result.exit_code == 1 and not result.stdout
    (line,) = result.stderr.splitlines()
    assert re.match(r"bss2: (projection|population) \d+ of execution instance 0", line)
    assert re.search(r"\(resource: [a-z -]+\)$", line) and "hemisphere" in line or "PADI bus" in line


def test_pictures(tmp_path: Path) -> None:
    picture = tmp_path / "out.png"
    assert run(app, ["route", file(tmp_path / "a"), "--plot", str(picture)]).exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_for_each_execution_instance(tmp_path: Path) -> None:
    result = run(app, ["route", file(tmp_path / "a", instances=2), "--plot", str(tmp_path / "out.pdf")])
    assert result.exit_code == 0 and result.output.count("execution instance") == 2
    assert {path.name for path in tmp_path.glob("*.pdf")} == {"out-0.pdf", "out-1.pdf"}


def test_networks_inside_of_other_files(tmp_path: Path) -> None:
    builder = NetworkBuilder()
    add(builder, 20)
    experiment = Experiment(builder.done())
    for thing in (experiment, Result(experiment)):
        save(thing, tmp_path / "x")
        assert "synapses          400" in run(app, ["route", str(tmp_path / "x")]).output


@pytest.mark.parametrize(("arguments", "text"), [
    (["{0}/nothing"], "No such file"), (["{0}/foreign"], "not an experiment file"),
    (["{0}/net", "--plot", "{0}/no/folder.png"], "No such file"), (["{0}/net", "--plot", "{0}/a.zoo"], "zoo"),
])  # fmt: skip
def test_errors_are_one_line(tmp_path: Path, arguments: list[str], text: str) -> None:
    file(tmp_path / "net")
    (tmp_path / "foreign").write_text("hello")
    result = run(app, ["route", *(each.format(tmp_path) for each in arguments)])
    assert result.exit_code == 2 and text in result.stderr and len(result.stderr.splitlines()) == 1


def test_other_routers_are_not_known(tmp_path: Path) -> None:
    result = run(app, ["route", file(tmp_path / "a"), "--router", "best"])
    assert result.exit_code == 2 and "portfolio" in result.stderr


def test_pictures_load_matplotlib_and_nothing_else_does(tmp_path: Path) -> None:
    code = (
        "import sys; from bss2.cli import app\n"
        f"try: app(['route', {file(tmp_path / 'a')!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert 'matplotlib' not in sys.modules and 'chipsim' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
