"""Every example runs, in an interpreter of its own, and leaves behind what it says."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import stadls

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name != "pictures.py")


def run(script: str, directory: Path, *arguments: str) -> str:
    child = subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments], cwd=directory, capture_output=True, text=True, timeout=300
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name != "first_program.py"])
def test_runs_and_leaves_nothing_behind(script, tmp_path):
    assert run(script, tmp_path).strip()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_says_what_it_is(script):
    assert ast.get_docstring(ast.parse((EXAMPLES / script).read_text()))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    directory = tmp_path_factory.mktemp("demo")
    return directory, run("first_program.py", directory, "--output", str(directory / "out"))


def test_demo_prints_its_phases(demo):
    _, text = demo
    phases = {line.rsplit(maxsplit=3)[0]: line.rsplit(maxsplit=3)[1:] for line in text.splitlines()[1:6]}
    assert list(phases) == ["SystemInit", "write Chip", "new weights", "spike train", "total"]
    assert phases["write Chip"][1] == "126,842"
    assert phases["spike train"][2] == phases["total"][2] == "6,000"


def test_demo_program_file(demo):
    directory, _ = demo
    program = stadls.load(directory / "out" / "first_program.bss2")
    assert program.size_to_fpga() > 2 * 126_842 and program.tickets_valid()


def test_demo_picture(demo):
    import matplotlib.image

    directory, _ = demo
    picture = matplotlib.image.imread(directory / "out" / "first_program.png")
    assert picture.shape[0] > 800 and picture.shape[1] > 800
    assert picture[..., :3].std() > 0.05


def test_demo_writes_nothing_elsewhere(demo):
    directory, _ = demo
    assert sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*")) == [
        "out", "out/first_program.bss2", "out/first_program.png",
    ]  # fmt: skip
