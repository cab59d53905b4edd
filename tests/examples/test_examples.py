"""Every example runs, in an interpreter of its own, and leaves behind what it says."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

import chipsim
import stadls
from tests.grenade.ppu.compilers import needs_compiler

EXAMPLES = Path(__file__).parents[2] / "examples"
SHARED = ("experiment.py", "networks.py", "pictures.py")
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name not in SHARED)
EXPERIMENTS = (
    "adex", "background_to_neuron", "correlation", "grenade_feed_forward", "grenade_mac", "grenade_plasticity",
    "grenade_synfire_chain", "leak_over_threshold", "madc_trace", "perceptron_products", "perceptron_yin_yang",
    "ppu_rate_homeostasis", "ppu_stdp", "psps", "silent_neuron", "spiking_first_experiment", "spiking_partitioning",
    "spiking_readout_training", "stp", "two_compartments",
)  # fmt: skip
WITHOUT_PICTURE = ("ppu_stdp",)
SPECIAL = ("first_program.py", *(f"{name}.py" for name in EXPERIMENTS))


def run(script: str, directory: Path, *arguments: str) -> str:
    child = subprocess.run(
        [sys.executable, EXAMPLES / script, *arguments], cwd=directory, capture_output=True, text=True, timeout=300
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in SPECIAL])
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
    directory, _ = demo
    picture = matplotlib.image.imread(directory / "out" / "first_program.png")
    assert picture.shape[0] > 800 and picture.shape[1] > 800
    assert picture[..., :3].std() > 0.05


def test_demo_writes_nothing_elsewhere(demo):
    directory, _ = demo
    assert sorted(p.relative_to(directory).as_posix() for p in directory.rglob("*")) == [
        "out", "out/first_program.bss2", "out/first_program.png",
    ]  # fmt: skip


# -- experiments on the simulated chip: the numbers that they print ------------------------------------------------


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Runs the `main` of a script in this process, once: its numbers."""
    results = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)

        def numbers(name):
            if name not in results:
                spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
                script = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(script)
                directory = tmp_path_factory.mktemp(name)
                results[name] = script.main(directory)
                if name not in WITHOUT_PICTURE:
                    picture = matplotlib.image.imread(directory / f"{name}.png")
                    assert picture.shape[0] > 450 and picture.shape[1] > 1000 and picture[..., :3].std() > 0.05
            return results[name]

        yield numbers
        for name in ("experiment", "correlation", "networks"):  # which scripts import
            sys.modules.pop(name, None)


def test_every_experiment_is_tested():
    assert {f"{name}.py" for name in EXPERIMENTS} == {
        path.name for path in EXAMPLES.glob("*.py")
        if path.name not in SHARED and "from experiment import" in path.read_text()
    }


def test_an_experiment_as_a_script(tmp_path):
    text = run("psps.py", tmp_path, "--output", str(tmp_path / "out"))
    assert "time from event to peak / µs" in text
    assert [path.name for path in tmp_path.rglob("*.*")] == ["psps.png"]


def test_leak_over_threshold(experiment):
    n = experiment("leak_over_threshold")
    assert n["relative deviation, equal settings / %"] > 30
    assert n["relative deviation, calibrated settings / %"] < 5
    assert n["silent neurons, equal settings"] > 0 == n["silent neurons, calibrated settings"]
    # 2 us, and 10 us times ln(70 / 15); the saturating leak is slower.
    assert n["rate of the closed form / kHz"] == pytest.approx(57.46, abs=0.01)
    assert 0.85 < n["mean rate, calibrated settings / kHz"] / n["rate of the closed form / kHz"] < 1


def test_silent_neuron(experiment):
    n = experiment("silent_neuron")
    assert n["change of the membrane / mV"] < 0.01
    assert n["mean over all neurons / LSB"] == pytest.approx(80, abs=0.2)
    assert n["mean read of the neuron / LSB"] == pytest.approx(80, abs=1.5)
    # 3.5 mV and the quantisation, at 4.5 mV per LSB.
    assert n["noise of the reads / LSB"] == pytest.approx(np.hypot(3.5 / 4.5, 12**-0.5), rel=0.05)
    assert n["spread of all neurons / LSB"] < 1


def test_psps(experiment):
    n = experiment("psps")
    excitatory = n["height of excitatory potentials / mV"] / n["weights"]
    inhibitory = n["height of inhibitory potentials / mV"] / n["weights"]
    assert np.ptp(excitatory) < 0.03 * excitatory.mean() and np.ptp(inhibitory) < 0.03 * -inhibitory.mean()
    assert excitatory.mean() == pytest.approx(-inhibitory.mean(), rel=0.05)
    # The alpha function t exp(-t / tau) has its peak at tau.
    assert n["time from event to peak / µs"] == pytest.approx(10, abs=1)


def test_stp(experiment):
    plain, facilitating, depressing, fast = (np.array(value) for value in experiment("stp").values())
    assert np.ptp(plain) < 0.01 * plain.mean()
    # Events every 15 us; utilization 5 / 24; recovery within 100 us and, for the last driver, 25.1 us. So the distance
    # to the end of the train shrinks by the same factor with every event, and 175 us later little is left.
    for drops, sign, recovery in ((facilitating, 1, 100), (depressing, -1, 100), (fast, -1, 25.1)):
        changes = sign * np.diff(drops[:8])
        assert np.all(changes > 0)
        assert np.allclose(changes[1:4] / changes[:3], (1 - 5 / 24) * np.exp(-15 / recovery), atol=0.02)
        assert (drops[8] - drops[0]) / (drops[7] - drops[0]) == pytest.approx(np.exp(-175 / recovery), abs=0.05)


def test_adex(experiment):
    n = experiment("adex")
    tonic, adapting, initial, bursting, accelerating, delayed = (
        n[f"intervals, {name} / µs"] for name in (
            "tonic spiking", "adaptation", "initial burst", "regular bursting", "delayed accelerating",
            "delayed regular bursting",
        )
    )  # fmt: skip
    assert np.ptp(tonic) < 0.1 * tonic.mean()
    assert np.all(np.diff(adapting) > 0) and adapting[-1] > 3 * adapting[0]
    assert np.all(initial[:2] < 10) and np.all(initial[2:] > 40)
    assert np.any(bursting > 100) and np.sum(bursting < 10) >= 3
    assert np.all(np.diff(accelerating) <= 0)
    assert np.sum(delayed > 50) == 2 and np.sum(delayed < 10) == 10
    assert 1 <= n["spikes, transient spiking"] <= 3
    assert np.std(n["intervals, irregular spiking / µs"]) > 10


def test_two_compartments(experiment):
    n = experiment("two_compartments")
    for name in ("height in the soma / in the dendrite", "height in the dendrite / in the soma"):
        assert np.all(np.diff(n[name]) > 0) and n[name][0] > 0.05 and n[name][-1] < 1
    for name in ("delay of the soma / µs", "delay of the dendrite / µs"):
        assert np.all(np.diff(n[name]) < 0) and n[name][-1] > 0


def test_background_to_neuron(experiment):
    n = experiment("background_to_neuron")
    # Events are as rare as Poisson ones, so that their number scatters by its root.
    expected = n["rate by its settings / MHz"] * 2000
    assert n["events"] == pytest.approx(expected, abs=4 * expected**0.5)
    assert 3 < n["mean rate of a neuron / kHz"] < 40 and n["silent neurons"] < 64
    assert n["spikes"] == pytest.approx(n["mean rate of a neuron / kHz"] * 256 * 2, rel=1e-6)


def test_madc_trace(experiment):
    n = experiment("madc_trace")
    # 290 us of samples, one per 34 ns.
    assert n["samples"] == pytest.approx(290 / 0.034, abs=10)
    # 1.89 mV and 2 % per standard deviation of the gain; noise of 1.5 steps, and the quantisation.
    assert n["step of the membrane ADC / mV"] == pytest.approx(1.89, rel=0.06)
    noise = n["step of the membrane ADC / mV"] * np.hypot(1.5, 12**-0.5)
    assert n["noise / mV"] == pytest.approx(noise, rel=0.15)
    assert n["spikes"] == 2
    # From the reset at 70 to the threshold at 125, 4.5 mV per LSB.
    swing = n["highest voltage by the probe / V"] - n["lowest voltage by the probe / V"]
    assert swing == pytest.approx(55 * 4.5e-3, rel=0.05)


def test_correlation(experiment):
    n = experiment("correlation")
    die = chipsim.Chip(1).die
    columns = [0, 2, 4, 6]
    for branch in ("causal", "acausal"):
        tau = 5 * getattr(die, f"correlation_tau_{branch}")[0, 0, columns]
        amplitude = 0.5 * getattr(die, f"correlation_amplitude_{branch}")[0, 0, columns]
        assert n[f"{branch} time constants / µs"] == pytest.approx(tau, rel=0.2)
        # The step of the column ADC differs between channels by some percent.
        assert n[f"{branch} amplitudes / LSB per pair"] == pytest.approx(amplitude, rel=0.15)
    assert n["largest fall of the other branch / LSB"] <= 4


# -- programs of the plasticity processors ---------------------------------------------------------------------------


def test_ppu_hello(tmp_path):
    text = run("ppu_hello.py", tmp_path)
    assert "its mailbox: hello, world\n" in text and "fxvaddbfs 3,0,1" in text
    assert "modulo 256: 100 127 128 227" in text and "saturated:  100 127 127 127" in text
    assert "r3 = 142857" in text


@needs_compiler
def test_ppu_rate_homeostasis(experiment):
    n = experiment("ppu_rate_homeostasis")
    assert n["calls of the kernel"] == 100
    # Before, weights of 0 to 62 and inputs whose strength differs by a factor of two; after, steps of one in weight.
    assert n["rates in the first 10 ms / kHz, deviation"] > 20
    assert n["rates in the last 10 ms / kHz, mean"] == pytest.approx(20, abs=2)
    assert n["rates in the last 10 ms / kHz, deviation"] < 1.5
    # Where the input is weak by its bias, the processor has found a large weight.
    assert n["correlation of weights and biases"] > 0.97


@needs_compiler
def test_ppu_stdp(experiment):
    n = experiment("ppu_stdp")
    for column in range(0, 8, 2):
        up, down = (np.concatenate([[31], n[f"weights of synapse {column}, delay {d} µs"]]) for d in (2, -2))
        # In every update, until they are at an end.
        assert np.all((np.diff(up) > 0) | (up[1:] == 63)) and np.all((np.diff(down) < 0) | (down[1:] == 0))
        assert up[-1] >= 45 and down[-1] <= 16
    for delay in (2, -2):
        assert n[f"mean of the others, delay {delay} µs"] == pytest.approx(np.full(8, 31), abs=1.5)


# -- networks --------------------------------------------------------------------------------------------------------


def test_grenade_feed_forward(experiment):
    n = experiment("grenade_feed_forward")
    # Half of all 64 x 128 connections, with a standard deviation of 45.
    assert n["synapses"] == pytest.approx(4096, abs=4 * 45)
    assert n["rate in the second half / kHz"] > 2 * n["rate in the first half / kHz"] > 0.5
    assert n["silent neurons"] == 0
    # One conversion of both hemispheres, and what the processor does with it.
    assert n["distance of CADC samples / µs"] == pytest.approx(2, abs=0.2)
    assert n["CADC samples of a neuron in a trial"] == pytest.approx(1000 / n["distance of CADC samples / µs"], abs=5)
    assert n["MADC samples of a trial"] == pytest.approx(1000 / 0.034, abs=50)


def test_grenade_mac(experiment):
    n = experiment("grenade_mac")
    assert n["outputs of the first layer"] == 16 * 15
    assert n["the same with exact products / %"] > n["images of the right class / %"] > 75
    assert n["correlation with exact products"] > 0.85
    assert 30 < n["largest result / LSB"] < 127


def test_perceptron_products(experiment):
    n = experiment("perceptron_products")
    assert n["gain, measured"] == pytest.approx(0.002, rel=0.1)
    assert n["results per weight / LSB"] == pytest.approx(2.4, rel=0.1)
    assert n["largest deviation from the line within 80 / LSB"] < 5
    assert n["mean over neurons / LSB"] == pytest.approx(51, abs=4)
    assert 0.5 < n["deviation of neurons / LSB"] < 3
    assert 1 < n["noise of one result / LSB"] < 2 * n["noise, measured / LSB"]


def test_perceptron_yin_yang(experiment):
    n = experiment("perceptron_yin_yang")
    assert n["mock mode: right / %"] > 80
    assert n["the same weights on the chip: right / %"] > 70
    assert n["after training with the chip: right / %"] > 85


@needs_compiler
def test_grenade_plasticity(experiment):
    n = experiment("grenade_plasticity")
    assert n["calls of the kernel"] == 80
    # Before, weights of 1 to 26; after, steps of one in weight.
    assert n["deviation in the first 5 ms / kHz"] > 8
    assert n["mean rate in 2 ms after the change / kHz"] > 50
    for part in ("5 ms before the change", "the last 5 ms"):
        assert n[f"mean rate in {part} / kHz"] == pytest.approx(20, abs=3)
        assert n[f"deviation in {part} / kHz"] < 3
    # Half of the weight does for twice the input.
    before, after = (n[f"mean weight in {part}"] for part in ("5 ms before the change", "the last 5 ms"))
    assert after == pytest.approx(before / 2, rel=0.1)


def test_grenade_synfire_chain(experiment):
    n = experiment("grenade_synfire_chain")
    assert n["volleys that arrive"] + n["volleys that do not"] == 80
    assert 10 <= n["volleys that arrive"] <= 40
    assert 10 <= n["smallest volley without spread that arrives"] <= 18
    assert np.all(np.diff(n["largest volley: times of the groups / µs"]) > 1)
    # Whatever came in, at the end all neurons of a group fire together.
    assert np.all(n["largest volley: spread within a group / µs"] < 0.1)
    # The delay of 5 µs, and the time that every group needs.
    assert n["from one chip to the other / µs"] == pytest.approx(5 + 2, abs=1)


# -- spiking networks in PyTorch -------------------------------------------------------------------------------------


def test_spiking_first_experiment(experiment):
    n = experiment("spiking_first_experiment")
    # Euler steps of two time constants of 10 us: the potential is k 0.9^(k - 1) / 10 after k steps.
    assert n["height of the potential, mock"] == pytest.approx(0.9**9)
    assert n["height of the potential, chip"] == pytest.approx(0.9**9, rel=0.1)
    assert n["step of the peak, mock"] == 19 and n["step of the peak, chip"] == pytest.approx(20, abs=2)
    assert 0.005 < n["deviation of single runs"] < 0.04
    assert np.all(np.abs(n["spikes, mock / µs"] - n["spikes, chip, first run / µs"]) <= 2)
    assert n["MADC samples of a run"] == pytest.approx(60 * 29.4, abs=10)


def test_spiking_partitioning(experiment):
    n = experiment("spiking_partitioning")
    assert n["execution instances"] == 2
    assert n["spikes of a hidden neuron, chip"] == pytest.approx(n["spikes of a hidden neuron, mock"], rel=0.25)
    assert n["correlation of spike counts"] > 0.9
    assert n["correlation of readouts"] > 0.75


def test_spiking_readout_training(experiment):
    n = experiment("spiking_readout_training")
    assert n["first error, chip"] > 0.2 and n["last error, chip"] < 0.01
    assert n["error of the chip, trained on the chip"] < 0.5 * n["error of the chip, trained in the mock experiment"]
