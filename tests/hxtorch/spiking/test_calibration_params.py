"""Parameters of populations, and targets of calibrations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import halco
from calix.spiking import SpikingCalibTarget
from calix.spiking.neuron import NeuronCalibTarget
from halco import AtomicNeuronOnDLS, LogicalNeuronOnDLS
from hxtorch.spiking.calibration_params import from_target, to_target
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import HXParameter, HXTransformedModelParameter, MixedHXModelParameter

N = 25
US = 1e-6


def neurons(first: int, size: int = 1) -> list[LogicalNeuronOnDLS]:
    shape = SingleCompartmentNeuron(size).compartments
    return [LogicalNeuronOnDLS(shape, AtomicNeuronOnDLS(halco.Enum(each))) for each in range(first, first + N)]


SINGLE, PAIRS = neurons(23), neurons(100, 2)
SINGLE_CIRCUITS, PAIR_CIRCUITS = np.arange(23, 48), np.concatenate([np.arange(100, 125), np.arange(356, 381)])


def empty() -> SpikingCalibTarget:
    """Target as an execution instance begins with it."""
    target = SpikingCalibTarget(neuron_target=NeuronCalibTarget.DenseDefault)
    target.neuron_target.synapse_dac_bias, target.neuron_target.i_synin_gm = None, [None, None]
    return target


SCALARS = {
    "leak": 90, "reset": torch.tensor(60), "threshold": HXParameter(110.0), "tau_mem": torch.tensor(7e-6),
    "holdoff_time": 1e-6, "refractory_time": HXParameter(torch.tensor(3e-6)), "tau_syn": 5e-6,
    "membrane_capacitance": HXTransformedModelParameter(5e-6, lambda m: m / 10e-6 * 63 + 0.5),
}
EXPECTED = {
    "leak": 90, "reset": 60, "threshold": 110, "tau_mem": 7e-6, "holdoff_time": 1e-6, "refractory_time": 3e-6,
    "tau_syn": 5e-6, "membrane_capacitance": 32,
}


@pytest.mark.parametrize(("places", "circuits"), [(SINGLE, SINGLE_CIRCUITS), (PAIRS, PAIR_CIRCUITS)])
@pytest.mark.parametrize("name", SCALARS)
def test_numbers_are_for_all_circuits_of_the_neurons(places: Any, circuits: np.ndarray, name: str) -> None:
    target, default = empty(), empty()
    to_target({name: SCALARS[name]}, places, target, spiking=True)
    values, others = (np.asarray(getattr(each.neuron_target, name)) for each in (target, default))
    unused = np.setdiff1d(np.arange(512), circuits)
    assert values[..., circuits] == pytest.approx(EXPECTED[name])
    assert np.array_equal(values[..., unused], others[..., unused])


@pytest.mark.parametrize("name", ["leak", "reset", "threshold"])
def test_one_value_for_each_neuron(name: str) -> None:
    target, values = empty(), torch.arange(60.0, 60 + N)
    for places in (SINGLE, PAIRS):
        to_target({name: HXParameter(values)}, places, target, spiking=True)
    stored = np.asarray(getattr(target.neuron_target, name))
    assert np.array_equal(stored[SINGLE_CIRCUITS], values)
    assert np.array_equal(stored[PAIR_CIRCUITS], values.repeat(2))


@pytest.mark.parametrize(("value", "exc", "inh"), [
    (torch.linspace(1e-6, 2e-6, N), torch.linspace(1e-6, 2e-6, N), torch.linspace(1e-6, 2e-6, N)),
    (torch.tensor([[1e-6] * N, [2e-6] * N]), torch.full((N,), 1e-6), torch.full((N,), 2e-6)),
    (torch.tensor([[1e-6], [2e-6]]), torch.full((N,), 1e-6), torch.full((N,), 2e-6)),
])
def test_time_constants_of_inputs(value: torch.Tensor, exc: torch.Tensor, inh: torch.Tensor) -> None:
    target = empty()
    to_target({"tau_syn": MixedHXModelParameter(1.0, value)}, SINGLE, target, spiking=True)
    assert target.neuron_target.tau_syn.shape == (2, 512)
    assert np.array_equal(np.asarray(target.neuron_target.tau_syn)[0, SINGLE_CIRCUITS], exc.double())
    assert np.array_equal(np.asarray(target.neuron_target.tau_syn)[1, SINGLE_CIRCUITS], inh.double())


@pytest.mark.parametrize("value", [400, 400.0, torch.tensor(400), torch.tensor([400.0, 400.0]), HXParameter(400)])
def test_what_the_chip_has_only_once(value: Any) -> None:
    target = empty()
    to_target({"i_synin_gm": value, "synapse_dac_bias": 800}, SINGLE, target, spiking=True)
    to_target({"i_synin_gm": 400, "synapse_dac_bias": torch.tensor(800.0)}, PAIRS, target, spiking=True)
    assert target.neuron_target.i_synin_gm.tolist() == [400, 400]
    assert target.neuron_target.synapse_dac_bias == 800


@pytest.mark.parametrize(("first", "second"), [
    ({"i_synin_gm": 400}, {"i_synin_gm": 401}), ({"i_synin_gm": 400}, {"i_synin_gm": torch.tensor([400, 300])}),
    ({"synapse_dac_bias": 600}, {"synapse_dac_bias": 601}),
])
def test_populations_agree_on_what_the_chip_has_only_once(first: Any, second: Any) -> None:
    target = empty()
    to_target(first, SINGLE, target, spiking=True)
    with pytest.raises(AttributeError, match=f"{next(iter(first))} is .*, but another population"):
        to_target(second, PAIRS, target, spiking=True)


def test_current_based_inputs() -> None:
    target = SpikingCalibTarget()
    to_target({"e_coba_reversal": None, "e_coba_reference": None}, SINGLE, target, spiking=True)
    reversal = np.asarray(target.neuron_target.e_coba_reversal)
    assert (reversal[0, SINGLE_CIRCUITS] == np.inf).all() and (reversal[1, SINGLE_CIRCUITS] == -np.inf).all()
    assert np.isnan(target.neuron_target.e_coba_reference).all()


def test_reversal_potentials() -> None:
    target = empty()
    to_target({"e_coba_reversal": torch.tensor([[200.0], [20.0]])}, SINGLE, target, spiking=True)
    reversal = np.asarray(target.neuron_target.e_coba_reversal)
    assert (reversal[0, SINGLE_CIRCUITS] == 200).all() and (reversal[1, SINGLE_CIRCUITS] == 20).all()


def test_refractory_time_is_for_neurons_that_fire() -> None:
    target = empty()
    to_target({"refractory_time": 5e-6}, SINGLE, target, spiking=False)
    assert target == empty()


def test_other_parameters_are_ignored() -> None:
    target = empty()
    to_target({"alpha": 50.0}, SINGLE, target, spiking=True)
    assert target == empty()


@pytest.mark.parametrize(("parameters", "message"), [
    ({"leak": torch.ones(3)}, r"leak: got values of shape \(3,\), expected a number, or one for each of 25 neurons"),
    ({"leak": 300}, "NeuronCalibTarget.leak: got 300, expected numbers from 0 to 255"),
    ({"tau_mem": 10.0}, "NeuronCalibTarget.tau_mem: got 10, expected numbers from 1e-07 to 0.002 s"),
    ({"tau_syn": torch.ones(3, N)}, r"tau_syn: got values of shape \(3, 25\)"),
    ({"membrane_capacitance": 64}, "membrane_capacitance: got 64"),
    ({"i_synin_gm": torch.ones(3)}, r"i_synin_gm: got values of shape \(3,\), expected a number or two"),
    ({"synapse_dac_bias": 2000}, "synapse_dac_bias: got 2000"),
])
def test_what_is_refused(parameters: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_target(parameters, SINGLE, empty(), spiking=True)


# -- from a target -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("places", [SINGLE, PAIRS])
def test_parameters_of_the_default_target(places: Any) -> None:
    values = from_target(SpikingCalibTarget(), places)
    for name, expected in (
        ("leak", 80), ("reset", 70), ("threshold", 125), ("tau_mem", 10 * US), ("tau_syn", 10 * US),
        ("membrane_capacitance", 63), ("refractory_time", 2 * US), ("holdoff_time", 0),
    ):
        assert values[name].shape == (N,) and values[name].dtype == torch.float32
        assert torch.allclose(values[name], torch.tensor(float(expected)))
    assert values["e_coba_reversal"] is None and values["e_coba_reference"] is None
    assert torch.equal(values["i_synin_gm"], torch.tensor([500, 500]))
    assert torch.equal(values["synapse_dac_bias"], torch.tensor(600))


def test_parameters_of_a_dense_target() -> None:
    target = SpikingCalibTarget(neuron_target=NeuronCalibTarget.DenseDefault)
    target.neuron_target.tau_syn = np.stack([np.arange(512) * 1e-8 + 1e-6, np.full(512, 9e-6)])
    target.neuron_target.leak = np.arange(512) % 200
    values = from_target(target, SINGLE)
    assert values["tau_syn"].shape == values["e_coba_reversal"].shape == (2, N)
    assert values["tau_syn"][0].numpy() == pytest.approx(SINGLE_CIRCUITS * 1e-8 + 1e-6)
    assert torch.allclose(values["tau_syn"][1], torch.tensor(9e-6))
    assert np.array_equal(values["leak"], SINGLE_CIRCUITS)


def test_circuits_of_a_neuron_have_one_target() -> None:
    target = SpikingCalibTarget()
    target.neuron_target.leak[356] = 81
    with pytest.raises(AssertionError, match="leak: the circuits of a neuron have different targets"):
        from_target(target, PAIRS)
    from_target(target, SINGLE)


def test_biases_of_inputs_that_are_taken_as_they_are() -> None:
    target = SpikingCalibTarget()
    target.neuron_target.i_synin_gm = np.full((2, 512), [[300], [400]])
    assert from_target(target, SINGLE)["i_synin_gm"].tolist() == [300, 400]
    target.neuron_target.i_synin_gm = np.arange(512)
    with pytest.raises(AssertionError, match="i_synin_gm: the neurons have different targets"):
        from_target(target, SINGLE)


@pytest.mark.parametrize("places", [SINGLE, PAIRS])
def test_round_trip(places: Any) -> None:
    generator = torch.Generator().manual_seed(1)
    parameters: dict[str, Any] = {
        name: torch.rand(N, generator=generator) * (high - low) + low
        for name, low, high in (
            ("leak", 50, 160), ("reset", 50, 160), ("threshold", 50, 220), ("tau_mem", 1e-6, 2e-5),
            ("refractory_time", 0, 1e-5), ("holdoff_time", 0, 1e-6),
        )
    }
    parameters["tau_syn"] = torch.rand(2, N, generator=generator) * 1e-5 + 1e-6
    parameters["membrane_capacitance"] = torch.randint(0, 64, (N,), generator=generator).float()
    parameters["i_synin_gm"], parameters["synapse_dac_bias"] = torch.tensor([300, 400]), torch.tensor(700)
    target = empty()
    to_target(parameters, places, target, spiking=True)
    found = from_target(target, places)
    for name, value in parameters.items():
        assert torch.equal(found[name], value), name
