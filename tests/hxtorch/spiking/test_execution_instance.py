"""Execution instances: when the chip is calibrated and for what, and what they add to networks and programs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import chipsim
import halco
import haldls
import hxtorch
import lola
from calix.common.exceptions import CalibNotSupported
from calix.nightly import PATH_VARIABLE
from calix.spiking import SpikingCalibTarget
from grenade.common import AtomicNeuronOnExecutionInstance, ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID
from grenade.network import CADCRecording, PlasticityRule
from hxtorch.spiking.calibration_params import from_target, to_target
from hxtorch.spiking.execution_instance import ExecutionInstance, ExecutionInstances
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import HXParameter
from hxtorch.spiking.utils.calib_helper import (
    calib_from_calix_native,
    chip_from_file,
    chip_from_portable_binary,
    nightly_calib_path,
    nightly_calix_native_path,
    target_from_calix_native,
)
from stadls import AbsoluteTimePlaybackProgramBuilder, PlaybackProgramBuilder, ZeroMockConnection

SEED = 3


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path / "root"))
    yield tmp_path / "root"
    hxtorch.release_hardware()


@pytest.fixture
def hardware() -> None:
    hxtorch.init_hardware(connection=chipsim.SimConnection(chipsim.Chip(SEED)))


class Population:
    """As little of a population as calibrations need."""

    chip_coordinate = (ChipOnConnection(), ConnectionOnExecutor())

    def __init__(self, instance: ExecutionInstance, size: int = 4, circuits: int = 1, **parameters: Any) -> None:
        self.parameters = {
            "leak": HXParameter(80), "threshold": HXParameter(125), "tau_mem": HXParameter(10e-6),
            "i_synin_gm": HXParameter(500), "synapse_dac_bias": HXParameter(600), "e_coba_reversal": HXParameter(None),
        }
        self.parameters |= {name: HXParameter(value) for name, value in parameters.items()}
        first = instance.id_counter
        instance.id_counter += size
        ids = list(range(first, first + size))
        instance.neuron_placement.register_id(ids, SingleCompartmentNeuron(circuits).compartments)
        self.neurons = instance.neuron_placement.id2logicalneuron(ids)
        self.changed, self.trained = True, 0
        instance.modules.append(self)

    def calib_changed_since_last_run(self) -> bool:
        return self.changed

    def reset_calib_changed_since_last_run(self) -> None:
        self.changed = False

    def calibration_from_params(self, target: SpikingCalibTarget) -> None:
        to_target(self.parameters, self.neurons, target, spiking=True)
        self.changed = False

    def params_from_calibration(self, target: SpikingCalibTarget) -> None:
        for name, value in from_target(target, self.neurons).items():
            if name in self.parameters:
                self.parameters[name].hardware_value = value

    def set_trainable_params(self, chip: lola.Chip) -> None:
        self.trained += 1


def v_leak(chip: lola.Chip) -> np.ndarray:
    return np.array(chip.neuron_block.atomic_neurons.columns.leak.v_leak)


# -- what an instance is -------------------------------------------------------------------------------------------


def test_new_instances() -> None:
    one, two = ExecutionInstance(), ExecutionInstance(input_loopback=True)
    assert isinstance(one.ID, ExecutionInstanceID) and one.ID != two.ID and one != two
    assert hash(one) == hash(one.ID) and len({one, two, one}) == 2
    assert one.chip is None and one.calib is None and one.calib_path is None and one.calib_cache_dir is None
    assert not one.input_loopback and two.input_loopback
    assert one.record_cadc_into_dram is None and one.modules == [] and one.id_counter == 0
    assert not one.has_madc_recording and one.cadc_neurons == [] and one.plasticity_rules() == []
    assert one.write_ppu_symbols == {} and one.read_ppu_symbols == set()


@pytest.mark.parametrize(("path", "error", "message"), [
    ("missing.pkl", RuntimeError, "missing.pkl cannot be opened"),
    ("missing.pbin", RuntimeError, "missing.pbin cannot be opened"),
    (__file__, ValueError, "not a recording"),
])
def test_files_that_are_no_calibrations(tmp_path: Path, path: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ExecutionInstance(tmp_path / path)
    instance = ExecutionInstance()
    with pytest.raises(error, match=message):
        instance.load_calib(tmp_path / path)
    assert instance.calib_path is None and instance.chip is None


# -- calibration ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hardware")
def test_results_tell_populations_their_parameters() -> None:
    instance = ExecutionInstance(nightly_calix_native_path("spiking2"))
    population = Population(instance, threshold=99)
    instance.calibrate()
    assert instance.calib is not None and instance.chip == instance.calib.to_chip()
    assert torch.equal(population.parameters["threshold"].hardware_value, torch.full((4,), 150.0))
    assert torch.allclose(population.parameters["tau_mem"].hardware_value, torch.tensor(6e-6))
    assert torch.equal(population.parameters["i_synin_gm"].hardware_value, torch.tensor([500, 500]))
    assert not population.changed


@pytest.mark.usefixtures("hardware")
def test_lists_do_not(caplog: pytest.LogCaptureFixture) -> None:
    instance = ExecutionInstance()
    chip = instance.load_calib(str(nightly_calib_path()))
    population = Population(instance, threshold=99)
    with caplog.at_level(logging.WARNING):
        instance.calibrate()
        instance.calibrate()
    assert instance.calib is None and instance.chip is chip
    assert population.parameters["threshold"].hardware_value == 99 and not population.changed
    assert caplog.text.count("which does not tell its targets: parameters stay as they are") == 1


@pytest.mark.usefixtures("hardware")
def test_another_file_is_read_even_if_no_parameter_has_changed() -> None:
    instance = ExecutionInstance(nightly_calix_native_path())
    population = Population(instance)
    instance.calibrate()
    assert (population.parameters["threshold"].hardware_value == 125).all()
    instance.load_calib(nightly_calix_native_path("spiking2"))
    instance.calibrate()
    assert (population.parameters["threshold"].hardware_value == 150).all()


def test_an_assigned_chip_stays_if_there_is_a_path() -> None:
    instance, chip = ExecutionInstance(), lola.Chip()
    instance.calib_path, instance.chip = "none", chip
    Population(instance)
    instance.calibrate()
    assert instance.chip is chip and instance.calib is None


@pytest.mark.usefixtures("hardware")
def test_an_assigned_path_is_read_when_it_is_needed() -> None:
    instance = ExecutionInstance()
    instance.calib_path = nightly_calix_native_path()
    Population(instance)
    instance.calibrate()
    assert instance.calib is not None and instance.chip == instance.calib.to_chip()


@pytest.mark.usefixtures("hardware")
@pytest.mark.parametrize("assigned", [True, False])
def test_without_a_path_the_chip_is_calibrated_for_its_populations(assigned: bool) -> None:
    instance = ExecutionInstance()
    instance.chip = lola.Chip() if assigned else None
    Population(instance, leak=70, tau_mem=torch.tensor([5e-6, 6e-6, 7e-6, 8e-6]))
    Population(instance, size=3, circuits=2, leak=torch.tensor([90.0, 91.0, 92.0]))
    instance.calibrate()

    target = instance.calib.target.neuron_target
    assert target.leak[:7].tolist() == [70] * 4 + [90, 91, 92] and target.leak[260:263].tolist() == [90, 91, 92]
    assert target.tau_mem[:4] == pytest.approx(np.array([5e-6, 6e-6, 7e-6, 8e-6]))
    assert target.i_synin_gm.tolist() == [500, 500] and target.synapse_dac_bias == 600
    expected = chipsim.Chip(SEED).oracle.chip(leak=np.asarray(target.leak), tau_mem=1e6 * np.asarray(target.tau_mem))
    columns, others = (chip.neuron_block.atomic_neurons.columns for chip in (instance.chip, expected))
    assert np.array_equal(columns.leak.v_leak, others.leak.v_leak)
    assert np.array_equal(columns.leak.i_bias, others.leak.i_bias)


@pytest.mark.usefixtures("hardware")
def test_the_chip_is_calibrated_again_when_a_value_has_changed() -> None:
    """And only then."""
    instance = ExecutionInstance()
    population = Population(instance)
    instance.calibrate()
    first = instance.chip
    instance.calibrate()
    assert instance.chip is first

    population.parameters["leak"].hardware_value, population.changed = 100, True
    instance.calibrate()
    assert instance.chip is not first and (v_leak(instance.chip)[:4] > v_leak(first)[:4]).all()
    assert np.array_equal(v_leak(instance.chip)[4:], v_leak(first)[4:])


@pytest.mark.usefixtures("hardware")
def test_after_a_failure_the_next_run_tries_again() -> None:
    instance = ExecutionInstance()
    population = Population(instance)
    population.parameters["e_coba_reversal"] = HXParameter(torch.tensor([[200.0], [0.0]]))
    for _ in range(2):
        with pytest.raises(CalibNotSupported, match="e_coba_reversal: 200 for the excitatory input of neuron 0"):
            instance.calibrate()
        assert instance.chip is None
    population.parameters["e_coba_reversal"] = HXParameter(None)
    instance.calibrate()
    assert instance.chip is not None


@pytest.mark.usefixtures("hardware")
def test_populations_agree_about_the_chip() -> None:
    instance = ExecutionInstance()
    Population(instance, i_synin_gm=500)
    Population(instance, i_synin_gm=400)
    with pytest.raises(AttributeError, match="i_synin_gm is .400, 400., but another population"):
        instance.calibrate()


@pytest.mark.usefixtures("hardware")
def test_refractory_times_that_suit_neurons_need_not_suit_other_circuits() -> None:
    """Two clocks do for two times; with 2 us of all other circuits there would be none for the longer ones."""
    times = [1000e-6, 5e-6]
    with pytest.raises(ValueError, match="no scale of the slow clock"):
        chipsim.Chip(SEED).oracle.neurons(refractory_time=1e6 * np.array([*times, *[2e-6] * 510]))
    instance = ExecutionInstance()
    Population(instance, size=2, refractory_time=torch.tensor(times))
    instance.calibrate()
    assert (instance.calib.target.neuron_target.refractory_time[2:] == np.float32(1000e-6)).all()


@pytest.mark.usefixtures("hardware")
def test_without_populations_there_is_the_nightly_calibration() -> None:
    instance = ExecutionInstance()
    instance.modules = [object()]
    instance.calibrate()
    assert instance.calib.target == SpikingCalibTarget()
    assert instance.chip == chip_from_file(nightly_calib_path())
    chip = instance.chip
    instance.calibrate()
    assert instance.chip is chip


def test_calibrations_need_hardware() -> None:
    instance = ExecutionInstance()
    Population(instance)
    with pytest.raises(RuntimeError, match="not initialised"):
        instance.calibrate()
    hxtorch.init_hardware(connection=ZeroMockConnection())
    with pytest.raises(RuntimeError, match="no simulated chip in this process"):
        instance.calibrate()


@pytest.mark.usefixtures("hardware")
@pytest.mark.parametrize("several", [True, False])
def test_results_are_kept_if_asked_for(tmp_path: Path, several: bool) -> None:
    folder = tmp_path / "cache"
    instance = ExecutionInstance(calib_cache_dir=[folder] if several else str(folder))
    Population(instance)
    instance.calibrate()
    assert len(list(folder.iterdir())) == 1


def test_the_chip_that_is_calibrated_is_that_of_the_modules() -> None:
    connections = {
        ConnectionOnExecutor(i): chipsim.SimConnection(chipsim.Chip(seed)) for i, seed in enumerate((1, SEED))
    }
    hxtorch.init_hardware(connection=connections)
    instance = ExecutionInstance()
    Population(instance).chip_coordinate = (ChipOnConnection(), ConnectionOnExecutor(1))
    instance.calibrate()
    assert np.array_equal(v_leak(instance.chip), v_leak(chipsim.Chip(SEED).oracle.chip()))


@pytest.mark.usefixtures("hardware")
def test_trainable_parameters_are_set_before_each_run() -> None:
    instance = ExecutionInstance()
    population = Population(instance)
    instance.set_neuron_parameters_on_chip()
    chip = instance.chip
    instance.set_neuron_parameters_on_chip()
    assert instance.calib is not None and instance.chip is chip and population.trained == 2


# -- networks and programs -----------------------------------------------------------------------------------------


class Recorded:
    """A module whose neurons the CADC records."""

    def __init__(self, circuits: int, dram: bool = False) -> None:
        self.circuits, self.enable_cadc_recording_placement_in_dram = circuits, dram

    def cadc_neurons(self) -> list[CADCRecording.Neuron]:
        return [
            CADCRecording.Neuron(AtomicNeuronOnExecutionInstance(0, number)) for number in range(self.circuits)
        ]


@pytest.mark.parametrize("dram", [True, False])
def test_recordings(dram: bool) -> None:
    instance, other = ExecutionInstance(), ExecutionInstance()
    instance.modules = [Recorded(2, dram), object(), Recorded(0, not dram), Recorded(1, dram)]
    recording = instance.cadc_recordings()
    assert len(recording.neurons) == 3 and recording.neurons == instance.cadc_neurons
    assert recording.placement_on_dram is dram and instance.record_cadc_into_dram is dram
    assert ExecutionInstances({instance, other}).cadc_recordings == {instance.ID: recording}
    with pytest.raises(AssertionError, match="nothing is recorded with the CADC"):
        other.cadc_recordings()


def test_populations_agree_about_the_memory_of_samples() -> None:
    instance = ExecutionInstance()
    instance.modules = [Recorded(2, True), Recorded(2, False)]
    with pytest.raises(RuntimeError, match="disagree about enable_cadc_recording_placement_in_dram"):
        instance.cadc_recordings()


def test_rules() -> None:
    class Projection:
        def __init__(self, rule: PlasticityRule | None) -> None:
            self.plasticity_rule = rule

    rules = [PlasticityRule(), PlasticityRule()]
    instance = ExecutionInstance()
    instance.modules = [Projection(rules[0]), Projection(None), object(), Projection(rules[1])]
    assert all(a is b for a, b in zip(instance.plasticity_rules(), rules, strict=True))
    assert len(ExecutionInstances({instance}).plasticity_rules[instance.ID]) == 2


def loopback_at(builder: Any, value: int) -> Any:
    """A builder with something in it that can be recognised."""
    config = haldls.CrossbarNode()
    config.mask = value
    builder.write(*((value,) if isinstance(builder, AbsoluteTimePlaybackProgramBuilder) else ()),
                  halco.CrossbarNodeOnDLS(), config)
    return builder


def test_additions_to_programs_are_copied() -> None:
    instance = ExecutionInstance()
    names = (
        "pre_static_config", "pre_realtime", "inside_realtime_begin", "inside_realtime_end", "post_realtime",
    )
    for number, name in enumerate(names):
        setattr(instance, f"injection_{name}", loopback_at(PlaybackProgramBuilder(), number))
    instance.injection_inside_realtime = loopback_at(AbsoluteTimePlaybackProgramBuilder(), 9)
    instance.write_ppu_symbols = {"x": {}}
    instance.read_ppu_symbols = {"y"}
    for _ in range(2):
        hooks = ExecutionInstances({instance}).playback_hooks[instance.ID].chips[ChipOnConnection()]
        for number, name in enumerate(names):
            assert str(getattr(hooks, name)) == str(loopback_at(PlaybackProgramBuilder(), number))
        assert str(hooks.inside_realtime) == str(loopback_at(AbsoluteTimePlaybackProgramBuilder(), 9))
        assert hooks.write_ppu_symbols == {"x": {}} and hooks.read_ppu_symbols == {"y"}


@pytest.mark.parametrize(("name", "value", "kind"), [
    ("pre_realtime", AbsoluteTimePlaybackProgramBuilder(), "PlaybackProgramBuilder"),
    ("inside_realtime", PlaybackProgramBuilder(), "AbsoluteTimePlaybackProgramBuilder"),
])
def test_additions_of_another_kind(name: str, value: Any, kind: str) -> None:
    instance = ExecutionInstance()
    setattr(instance, f"injection_{name}", value)
    message = rf"injection_{name} of ExecutionInstance\(\d+\) is .*, expected a {kind} or None"
    with pytest.raises(TypeError, match=message):
        instance.generate_playback_hooks()


def test_chips_that_are_none() -> None:
    with pytest.raises(TypeError, match="is a dict, expected a lola.Chip or None"):
        ExecutionInstance().chip = {}


def test_without_additions() -> None:
    hooks = ExecutionInstance().generate_playback_hooks().chips[ChipOnConnection()]
    assert hooks.pre_static_config.empty() and hooks.inside_realtime.empty() and not hooks.acts_inside


def test_several_instances() -> None:
    one, two = ExecutionInstance(), ExecutionInstance()
    one.chip = lola.Chip()
    assert ExecutionInstances({one, two}).chips == {
        one.ID: {ChipOnConnection(): one.chip}, two.ID: {ChipOnConnection(): None}
    }


# -- helpers -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hardware")
@pytest.mark.parametrize("name", ["spiking", "hagen"])
def test_nightly_calibrations(root: Path, name: str) -> None:
    path = nightly_calib_path(name)
    assert path.name == f"{name}_cocolist.pbin" and root in path.parents and f"chipsim-{SEED}" in path.parts
    native = nightly_calix_native_path(name)
    assert native.name == f"{name}_calix-native.pkl"
    result = calib_from_calix_native(native)
    assert chip_from_file(path) == chip_from_portable_binary(path.read_bytes()) == result.to_chip()
    assert target_from_calix_native(native) == result.target


def test_nightly_calibrations_need_hardware() -> None:
    for path in (nightly_calib_path, nightly_calix_native_path):
        with pytest.raises(RuntimeError, match="not initialised"):
            path()


@pytest.mark.usefixtures("hardware")
def test_calibrations_that_there_are_not() -> None:
    with pytest.raises(ValueError, match="there is no calibration 'other_cocolist.pbin'"):
        nightly_calib_path("other")
