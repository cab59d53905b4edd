"""Targets and options: what may be written into them, and what they make of it."""

from __future__ import annotations

import copy
import logging
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import halco
from calix.common.cadc import CADCCalibOptions, CADCCalibTarget
from calix.common.fields import Bounds
from calix.hagen import HagenCalibOptions, HagenCalibTarget
from calix.spiking import SpikingCalibOptions, SpikingCalibTarget
from calix.spiking.neuron import (
    CalibratedCobaSynapticInput,
    CalibratedCubaSynapticInput,
    CalibratedMatchingCubaSynapticInput,
    NeuronCalibTarget,
    UncalibratedCubaSynapticInput,
)
from calix.spiking.synapse_driver import STPCalibOptions, STPCalibTarget

US = 1e-6
CIRCUIT = halco.AtomicNeuronOnDLS(halco.Enum(300))
ALL = [
    SpikingCalibTarget, SpikingCalibOptions, HagenCalibTarget, HagenCalibOptions, NeuronCalibTarget, CADCCalibTarget,
    CADCCalibOptions, STPCalibTarget, STPCalibOptions, UncalibratedCubaSynapticInput, CalibratedCubaSynapticInput,
    CalibratedMatchingCubaSynapticInput, CalibratedCobaSynapticInput,
]


class Quantity:
    """Values with a unit, as those of the package `quantities`."""

    def __init__(self, magnitude: Any, factors: dict[str, float]) -> None:
        self.magnitude, self._factors = magnitude, factors

    def rescale(self, unit: str) -> Quantity:
        return Quantity(np.asarray(self.magnitude) * self._factors[unit], {})


DEFAULTS = [
    ("leak", 80), ("reset", 70), ("threshold", 125), ("tau_mem", 10 * US), ("tau_syn", 10 * US),
    ("membrane_capacitance", 63), ("refractory_time", 2 * US), ("holdoff_time", 0),
]


@pytest.mark.parametrize(("name", "value"), DEFAULTS)
def test_defaults_of_neurons(name: str, value: float) -> None:
    for target in (NeuronCalibTarget(), NeuronCalibTarget.DenseDefault):
        assert getattr(target, name).shape[-1] == 512
        assert np.asarray(getattr(target, name)) == pytest.approx(value)


def test_defaults_of_inputs() -> None:
    target = NeuronCalibTarget()
    assert isinstance(target.cuba_synin, CalibratedMatchingCubaSynapticInput)
    assert target.i_synin_gm == 500 and target.synapse_dac_bias == 600
    assert target.e_coba_reversal is None and target.e_coba_reference is None and target.tau_icc is None


def test_dense_default_is_a_new_one_each_time() -> None:
    dense = NeuronCalibTarget.DenseDefault
    dense.leak = 90
    assert (NeuronCalibTarget.DenseDefault.leak == 80).all()
    assert dense.tau_syn.shape == (2, 512)
    assert np.array_equal(dense.i_synin_gm, [500, 500])
    assert (np.asarray(dense.e_coba_reversal)[0] == np.inf).all()
    assert (np.asarray(dense.e_coba_reversal)[1] == -np.inf).all()
    assert np.isnan(dense.e_coba_reference).all()


def test_defaults_of_other_targets() -> None:
    assert SpikingCalibTarget().cadc_target.dynamic_range == Bounds(70, 550)
    assert HagenCalibTarget().cadc_target.dynamic_range.to_tuple() == (150, 500)
    assert CADCCalibTarget().read_range.to_tuple() == (20, 220)
    stp = STPCalibTarget()
    assert [values.tolist() for values in (stp.v_charge_0, stp.v_recover_0, stp.v_charge_1, stp.v_recover_1)] == [
        [100] * 4, [400] * 4, [330] * 4, [50] * 4
    ]
    assert (STPCalibOptions().i_ramp, STPCalibOptions().v_stp) == (600, 180)
    assert SpikingCalibOptions().refine_potentials is None and HagenCalibOptions().neuron_disable_leakage is True


ACCEPTED = [
    ("leak", 90, 90), ("leak", np.arange(512) / 4, np.arange(512) / 4),
    ("leak", Quantity(90, {"dimensionless": 1}), 90),
    ("tau_mem", Quantity(20, {"s": US}), 20 * US), ("tau_mem", np.full(512, 5 * US), 5 * US),
    ("tau_syn", [5 * US, 6 * US], [[5 * US], [6 * US]]), ("tau_syn", np.full((2, 512), 3 * US), 3 * US),
    ("tau_syn", np.array([[4 * US, 8 * US]] * 512), [[4 * US], [8 * US]]),
    ("tau_syn", Quantity([[5], [6]], {"s": US}), [[5 * US], [6 * US]]),
    ("membrane_capacitance", np.full(512, 32.0), 32), ("synapse_dac_bias", np.int64(1000), 1000),
    ("synapse_dac_bias", None, None),
]


@pytest.mark.parametrize(("name", "value", "expected"), ACCEPTED)
def test_what_neurons_accept(name: str, value: Any, expected: Any) -> None:
    target = NeuronCalibTarget(**{name: value})
    if expected is None:
        assert getattr(target, name) is None
    else:
        found = np.asarray(getattr(target, name))
        assert found == pytest.approx(np.broadcast_to(expected, found.shape))


REFUSED = [
    ("leak", 256, ValueError, "NeuronCalibTarget.leak: got 256, expected numbers from 0 to 255"),
    ("leak", np.nan, ValueError, "leak: got nan"),
    ("leak", None, ValueError, "leak is None, expected"),
    ("leak", "high", ValueError, "leak: got 'high'"),
    ("leak", [1, 2, 3], ValueError, r"leak: got values of shape \(3,\), expected one of \(\), \(512,\)"),
    ("leak", np.full((2, 512), 80), ValueError, r"leak: got values of shape \(2, 512\)"),
    ("tau_mem", 10, ValueError, "tau_mem: got 10, expected numbers from 1e-07 to 0.002 s"),
    ("tau_mem", 0.09 * US, ValueError, "tau_mem: got 9e-08"),
    ("tau_syn", 101 * US, ValueError, "tau_syn: got 0.000101"),
    ("tau_syn", [1 * US, 2 * US, 3 * US], ValueError, r"tau_syn: got values of shape \(3,\)"),
    ("membrane_capacitance", 64, ValueError, "membrane_capacitance: got 64, expected whole numbers from 0 to 63"),
    ("membrane_capacitance", 3.5, ValueError, "membrane_capacitance: got 3.5"),
    ("refractory_time", -US, ValueError, "refractory_time: got -1e-06"),
    ("synapse_dac_bias", 1023, ValueError, "synapse_dac_bias: got 1023"),
    ("synapse_dac_bias", [600, 600], ValueError, r"synapse_dac_bias: got \[600, 600\], expected one number"),
    ("i_synin_gm", 1023, ValueError, "CalibratedMatchingCubaSynapticInput.i_synin_gm: got 1023"),
    ("i_synin_gm", [None, 500], ValueError, "i_synin_gm is .None, 500., expected 2 whole numbers"),
    ("i_synin_gm", [1, 2, 3], ValueError, r"i_synin_gm: got values of shape \(3,\)"),
    ("cuba_synin", 500, TypeError, "cuba_synin is 500, expected CalibratedMatchingCubaSynapticInput or"),
    ("e_coba_reference", 200, ValueError, "e_coba_reference: got 200, expected numbers from 60 to 165"),
    ("lead", 80, TypeError, "NeuronCalibTarget has no 'lead', expected one of leak, reset, threshold"),
]


@pytest.mark.parametrize(("name", "value", "error", "message"), REFUSED)
def test_what_neurons_refuse(name: str, value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        NeuronCalibTarget(**{name: value})
    target = NeuronCalibTarget()
    with pytest.raises((error, AttributeError), match=message):
        setattr(target, name, value)
    assert target == NeuronCalibTarget()


@pytest.mark.parametrize(("cls", "name", "value", "message"), [
    (CADCCalibTarget, "dynamic_range", (550, 70), "wrong way round"),
    (CADCCalibTarget, "dynamic_range", (70, 1023), "got 1023"),
    (CADCCalibTarget, "read_range", (20, 20), "two different"),
    (CADCCalibTarget, "read_range", 20, "two different"),
    (CADCCalibOptions, "calibrate_offsets", 1, "True or False"),
    (STPCalibTarget, "v_charge_0", [1, 2], r"shape \(2,\), expected 4"),
    (STPCalibOptions, "i_ramp", 0, "got 0, expected whole numbers from 1 to 1022"),
])
def test_what_others_refuse(cls: Any, name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls(**{name: value})


@pytest.mark.parametrize(("value", "kind"), [
    (400, CalibratedMatchingCubaSynapticInput), ([400, 500], CalibratedCubaSynapticInput),
    (None, CalibratedCubaSynapticInput), ([None, None], CalibratedCubaSynapticInput),
    (np.full((2, 512), 300), UncalibratedCubaSynapticInput), (np.full(512, 300), UncalibratedCubaSynapticInput),
])
def test_strength_of_inputs_chooses_how_it_is_reached(value: Any, kind: type) -> None:
    target = NeuronCalibTarget(i_synin_gm=value)
    assert type(target.cuba_synin) is kind
    found = np.ravel(target.i_synin_gm).tolist()
    assert found == ([None, None] if kind is CalibratedCubaSynapticInput and None in np.ravel(value) else found)
    if value is not None and None not in np.ravel(value):
        assert np.array_equal(target.i_synin_gm, value)


def test_single_circuits() -> None:
    target = NeuronCalibTarget()
    target.leak[CIRCUIT] = 100
    target.leak[:3] = [1, 2, 3]
    assert target.leak[CIRCUIT] == 100 and target.leak[:4].tolist() == [1, 2, 3, 80]
    with pytest.raises(ValueError, match="leak: got 300"):
        target.leak[5] = 300
    with pytest.raises(ValueError, match="leak"):
        target.leak[:3] = [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        target.leak[:3][0] = 4


def test_single_inputs() -> None:
    target = NeuronCalibTarget()
    assert target.tau_syn.shape == (512,) and target.tau_syn[CIRCUIT].tolist() == [10 * US] * 2
    target.tau_syn[CIRCUIT] = [5 * US, 6 * US]
    assert target.tau_syn.shape == (2, 512)
    assert target.tau_syn[CIRCUIT].tolist() == [5 * US, 6 * US]
    assert target.tau_syn.to_numpy()[300].tolist() == [5 * US, 6 * US]
    assert target.tau_syn[:, 299].tolist() == [10 * US] * 2


@pytest.mark.parametrize(("target", "name"), [
    (STPCalibTarget(), "v_charge_0"), (NeuronCalibTarget.DenseDefault, "i_synin_gm"),
])
def test_few_values_are_written_all_at_once(target: Any, name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(target, name)[0] = 5000


def test_typed_arrays() -> None:
    target = NeuronCalibTarget()
    target.tau_mem.fill(5 * US)
    assert (target.tau_mem == 5 * US).all() and target.tau_mem.size == 512 and len(list(target.tau_mem)) == 512
    target.leak.from_numpy(np.arange(512) % 200)
    assert np.array_equal(target.leak.to_numpy(), np.arange(512) % 200)
    with pytest.raises(ValueError, match="tau_mem"):
        target.tau_mem.fill(5)
    with pytest.raises(ValueError, match="leak"):
        target.leak.from_numpy(np.arange(511))
    target.tau_syn.from_numpy(np.full((512, 2), 2 * US))
    assert target.tau_syn.to_numpy().shape == (512, 2)


@given(arrays(float, 512, elements=st.floats(0, 255)))
def test_arrays_come_back(values: np.ndarray) -> None:
    target = NeuronCalibTarget(leak=values)
    assert np.array_equal(target.leak, values) and np.array_equal(target.leak + 1, values + 1)
    values[:] = 0  # what was written is a copy
    assert target == pickle.loads(pickle.dumps(target))


@pytest.mark.parametrize("cls", ALL)
def test_copies_are_equal_and_independent(cls: Any) -> None:
    one = cls()
    for other in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
        assert other == one and repr(other) == repr(one)
    if cls is NeuronCalibTarget:
        other.leak[3] = 90
        assert other != one and one.leak[3] == 80
        with pytest.raises(ValueError, match="NeuronCalibTarget.leak: got 300"):
            other.leak = 300


def test_usual_ranges_are_recommended(caplog: pytest.LogCaptureFixture) -> None:
    target = NeuronCalibTarget(leak=np.where(np.arange(512) < 3, 200, 80), i_synin_gm=900)
    with caplog.at_level(logging.WARNING):
        NeuronCalibTarget.DenseDefault.warn_of_unusual()
        assert not caplog.records
        target.warn_of_unusual()
    assert [record.message for record in caplog.records] == [
        "NeuronCalibTarget.leak: 3 of the values are outside of 50 to 160, the range that is known to work",
        "CalibratedMatchingCubaSynapticInput.i_synin_gm: 1 of the values are outside of 30 to 800, "
        "the range that is known to work",
    ]
