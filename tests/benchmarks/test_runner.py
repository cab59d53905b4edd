"""The runner of the benchmarks. Nothing here depends on how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import REGISTRY, Benchmark, Goal, Peer, Result, measure
from benchmarks import __main__ as command_line
from benchmarks.runner import benchmark, machine, markdown, write_markdown

ROOT = Path(__file__).parents[2]


class Clock:
    """A clock that the measured function advances."""

    def __init__(self, durations):
        self.now, self.durations = 0.0, list(durations)

    def __call__(self):
        return self.now

    def work(self):
        self.now += self.durations.pop(0)


def _benchmark(unit="ms", goal=None, peer=None, prepare=lambda: lambda: None):
    return Benchmark("example", "An example", unit, prepare, goal, peer)


def _result(values, **options):
    return Result(_benchmark(**options), tuple(values))


# -- statistics -----------------------------------------------------------------------------------------------------


def test_median_min_and_max_without_the_warm_up():
    clock = Clock([100.0, 0.003, 0.001, 0.002])
    result = measure(_benchmark(prepare=lambda: clock.work), repetitions=3, clock=clock)
    assert result.values == pytest.approx((3.0, 1.0, 2.0))
    assert result.value == pytest.approx(2.0)


def test_median_of_an_even_number_of_repetitions_is_the_mean_of_the_middle_two():
    assert _result([4.0, 1.0, 3.0, 2.0]).value == 2.5


@pytest.mark.parametrize(("unit", "value"), [("s", 0.25), ("ms", 250.0), ("µs", 250_000.0)])
def test_unit(unit, value):
    clock = Clock([0.25, 0.25])
    assert measure(_benchmark(unit, prepare=lambda: clock.work), 1, clock).value == pytest.approx(value)


def test_a_measurement_may_take_its_own_time():
    clock = Clock([])
    result = measure(_benchmark("s", prepare=lambda: lambda: 0.5), 2, clock)
    assert result.values == (0.5, 0.5)


def test_setting_up_happens_once_and_does_not_count():
    clock, calls = Clock([1.0] * 4), []

    def prepare():
        calls.append("prepare")
        clock.now += 1000
        return clock.work

    assert measure(_benchmark("s", prepare=prepare), 3, clock).values == (1.0, 1.0, 1.0)
    assert calls == ["prepare"]


def test_no_repetition_is_an_error():
    with pytest.raises(ValueError, match="0 repetitions"):
        measure(_benchmark(), 0)


# -- goals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "value", "met"),
    [("at most", 4.9, True), ("at most", 5.0, True), ("at most", 5.1, False),
     ("at least", 4.9, False), ("at least", 5.0, True), ("at least", 5.1, True)],
)
def test_goal(direction, value, met):
    assert Goal(5, direction).met(value) is met
    assert _result([value], goal=Goal(5, direction)).goal_met is met


def test_the_median_counts_for_the_goal():
    assert _result([1.0, 1.0, 100.0], goal=Goal(5)).goal_met is True


def test_without_a_goal_there_is_no_verdict():
    assert _result([1.0]).goal_met is None


def test_unknown_direction():
    with pytest.raises(ValueError, match="'below', expected 'at most' or 'at least'"):
        Goal(1, "below")


def test_unknown_unit():
    with pytest.raises(ValueError, match="example: unit 'h', expected one of s, ms, µs, ×"):
        _benchmark("h")


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="'chip-copy'"):
        benchmark("chip-copy", "Another one")(lambda: lambda: None)


# -- reports --------------------------------------------------------------------------------------------------------


def test_json():
    result = _result([2.0, 1.0, 4.0], goal=Goal(3), peer=Peer(9.0, "a paper"))
    data = json.loads(json.dumps(result.to_dict()))
    assert set(data) == {
        "name", "title", "value", "unit", "min", "max", "repetitions", "goal", "goal_met", "peer", "date", "machine",
        "python",
    }  # fmt: skip
    assert (data["value"], data["min"], data["max"], data["repetitions"]) == (2.0, 1.0, 4.0, 3)
    assert data["goal"] == {"bound": 3, "direction": "at most"} and data["goal_met"] is True
    assert data["peer"] == {"value": 9.0, "source": "a paper"}


def test_json_without_goal_and_peer():
    data = _result([2.0]).to_dict()
    assert data["goal"] is data["goal_met"] is data["peer"] is None


def test_text():
    text = str(_result([2.0, 1.0, 4.0], goal=Goal(1), peer=Peer(9.0, "a paper")))
    assert text == "example: 2 ms (1 to 4, 3 repetitions), goal ≤ 1 ms: missed, peer 9 ms (a paper)"


def test_markdown(tmp_path):
    results = [_result([2.0, 1.0, 4.0], goal=Goal(3)), _result([7.0], goal=Goal(3), peer=Peer(9.0, "a paper"))]
    page = tmp_path / "benchmarks.md"
    write_markdown(results, page)
    text = page.read_text(encoding="utf-8")
    assert text == markdown(results)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `example` | An example | 2 ms (1 to 4) | ≤ 3 ms | yes | – |",
        "| `example` | An example | 7 ms (7 to 7) | ≤ 3 ms | **no** | 9 ms (a paper) |",
    ]
    assert f"Machine: {machine()}" in text


# -- command line ---------------------------------------------------------------------------------------------------


def test_goals_of_the_issue():
    goals = {b.name: (b.goal.bound, b.unit) for b in REGISTRY.values() if b.goal is not None}
    assert goals == {
        "ppu-scalar": (150, "M/s"), "ppu-vector": (20, "M/s"), "recording-overhead": (1.1, "×"),
        "chip-encode": (5, "ms"), "chip-diff": (5, "ms"), "chip-copy": (1, "ms"), "program-spikes": (0.3, "s"),
        "decode-spikes": (0.1, "s"), "container-writes": (1, "s"), "import": (0.5, "s"), "iter-synapses": (0.3, "s"),
        "network-a-10": (250, "×"), "network-a-100": (120, "×"), "adex-512": (40, "×"), "cadc-recording": (1.2, "×"),
        "tenth-network": (0.15, "×"), "full-config": (0.02, "s"), "route-spikes": (0.5, "s"),
        "clone-batch": (1.8, "×"), "chip-create": (0.2, "s"),
        "route-full-chip": (0.5, "s"), "batch-overhead": (0.2, "×"), "rerun-weights": (10, "ms"),
        "vmm": (10_000, "1/s"), "matmul": (10_000, "1/s"),
        "mock-step": (43, "ms"), "mock-step-1000": (750, "ms"),
        "inference-b": (20_000, "1/s"), "epoch-a1": (30, "s"),
    }  # fmt: skip


def test_unknown_name():
    child = subprocess.run([sys.executable, "-m", "benchmarks", "nothing"], cwd=ROOT, capture_output=True, text=True)
    assert child.returncode == 2
    assert child.stderr.startswith("unknown benchmark 'nothing', expected one of: ") and "chip-encode, " in child.stderr


@pytest.mark.parametrize("arguments", [[], ["--all", "chip-copy"], ["chip-copy", "--repetitions", "0"], ["--wrong"]])
def test_wrong_command_line(arguments):
    with pytest.raises(SystemExit) as error:
        command_line.main(arguments)
    assert error.value.code == 2


def test_list(capsys):
    assert command_line.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(REGISTRY)


def test_one_benchmark_as_json(capsys):
    assert command_line.main(["chip-copy", "--json", "--repetitions", "1"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["name"] == "chip-copy" and data["repetitions"] == 1


def test_all_writes_the_page(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(command_line, "REGISTRY", {"example": _benchmark()})
    assert command_line.main(["--all", "--json"], page=tmp_path / "page.md") == 0
    assert [data["name"] for data in json.loads(capsys.readouterr().out)] == ["example"]
    assert "| `example` |" in (tmp_path / "page.md").read_text(encoding="utf-8")
