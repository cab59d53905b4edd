"""Ranges and scales of calibrated chips: the bounds that the real ones keep."""

import pytest

import hxtorch
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.utils.calib_helper import nightly_calix_native_path
from hxtorch.spiking.utils.dynamic_range import measurement
from hxtorch.spiking.utils.dynamic_range.boundary import get_dynamic_range
from hxtorch.spiking.utils.dynamic_range.threshold import get_trace_scaling
from hxtorch.spiking.utils.dynamic_range.weight_scaling import get_weight_scaling

TIMES = {"tau_mem": 10e-6, "tau_syn": 10e-6}


def potentials():
    return {
        "leak": MixedHXModelParameter(0.0, 80), "reset": MixedHXModelParameter(0.0, 80),
        "threshold": MixedHXModelParameter(1.0, 125), **TIMES,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def die(request, monkeypatch):
    """Simulated chip of the seed that a test asks for, or 1; all but slow tests have smaller batches."""
    monkeypatch.setenv("BSS2_CHIP_SEED", str(getattr(request, "param", 1)))
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(measurement, "BATCH_SIZE", 8)


@pytest.fixture
def nightly(die):
    hxtorch.init_hardware()
    path = nightly_calix_native_path()
    hxtorch.release_hardware()
    return path


dies = pytest.mark.parametrize("die", range(1, 11), indirect=True)


def in_range(baseline, upper, lower):
    return abs(baseline + 45) < 9 and abs(upper - 100) < 20 and abs(lower + 103) < 20.4


@dies
def test_dynamic_range(die):
    measured = get_dynamic_range(params=TIMES)
    assert in_range(*measured), measured


def test_dynamic_range_of_the_nightly_calibration(nightly):
    measured = get_dynamic_range()
    assert in_range(*measured), measured
    assert get_dynamic_range(calib_path=nightly) == pytest.approx(measured, abs=1)


def test_dynamic_range_of_larger_neurons():
    baseline, upper, lower = get_dynamic_range(SingleCompartmentNeuron(2), params=TIMES)
    assert abs(baseline + 45) < 9 and lower < baseline - 20 and upper > baseline + 20


@dies
def test_trace_scaling(die):
    # Only the threshold has a value for the model: the leak's is 0.
    params = {"threshold": MixedHXModelParameter(1.0, 125), **TIMES}
    assert get_trace_scaling(params) == pytest.approx(1 / 45, abs=0.007)


def test_trace_scaling_with_a_calibration(nightly):
    assert get_trace_scaling(potentials(), calib_path=nightly) == pytest.approx(1 / 45, abs=0.007)


@pytest.mark.parametrize(
    "leak, threshold, distance",
    [(0.0, 1.0, 1), (0.5, 1.0, 0.5), (-1.0, 1.0, 2), (None, None, 45)],
)
def test_trace_scaling_is_in_units_of_the_model(leak, threshold, distance):
    params = dict(TIMES)
    if leak is not None:
        params |= {"leak": MixedHXModelParameter(leak, 80), "threshold": MixedHXModelParameter(threshold, 125)}
    assert get_trace_scaling(params) == pytest.approx(distance / 45, rel=0.1)


@dies
def test_weight_scaling(die):
    assert get_weight_scaling(potentials(), weight_step=4) == pytest.approx(50, abs=10)


@pytest.mark.slow
def test_weight_scaling_of_many_weights():
    assert get_weight_scaling(potentials(), weight_step=10) == pytest.approx(50, abs=10)


def test_weight_scaling_with_a_calibration(nightly):
    assert get_weight_scaling(potentials(), weight_step=4, calib_path=nightly) == pytest.approx(50, abs=10)
