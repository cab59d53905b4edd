"""What an introduction to the real system shows: a neuron with five input spikes, on the host and on the chip."""

from functools import partial

import pytest
import torch

import hxtorch
import hxtorch.spiking as hxsnn
from hxtorch.spiking.transforms.weight_transforms import linear_saturating
from hxtorch.spiking.utils.calib_helper import nightly_calix_native_path

VOLLEY = [10, 15, 20, 30, 50]
STEPS = 60


def observe(exp, weight, times, batch_size=1, neuron_type=hxsnn.LIF, **parameters):
    synapse = hxsnn.Synapse(1, 1, exp, transform=partial(linear_saturating, scale=1.0))
    synapse.weight.data.fill_(weight)
    neuron = neuron_type(1, exp, **parameters)
    spikes = torch.zeros(STEPS, batch_size, 1)
    spikes[times, : max(batch_size // 2, 1)] = 1  # the other half of the batch has no input
    with torch.no_grad():
        output = neuron(synapse(hxsnn.LIFObservables(spikes=spikes)))
        hxsnn.run(exp, STEPS)
    return output


@pytest.mark.parametrize(
    "parameters, spikes, before, largest_later",
    [({}, [22], {21: 121.8920}, (40, 60, None)), ({"refractory_time": 0.0}, [22, 35], {21: 121.8920, 34: 124.1546},
                                                  (40, 50, 99.172))],
)  # fmt: skip
def test_mock(parameters, spikes, before, largest_later):
    output = observe(hxsnn.Experiment(mock=True), 50, VOLLEY[:4], **parameters)
    assert output.spikes.nonzero()[:, 0].tolist() == spikes
    for step, value in before.items():
        assert output.membrane_cadc[step].item() == pytest.approx(value, abs=1e-3)
    begin, end, largest = largest_later
    if largest is not None:
        assert output.membrane_cadc[begin:end].max().item() == pytest.approx(largest, abs=1e-3)


@pytest.fixture
def chip(request, monkeypatch):
    """Simulated chip of a seed, calibrated as every night."""
    monkeypatch.setenv("BSS2_CHIP_SEED", str(request.param))
    hxtorch.init_hardware()
    exp = hxsnn.Experiment(mock=False)
    exp.default_execution_instance.load_calib(nightly_calix_native_path())
    yield exp
    hxtorch.release_hardware()


@pytest.mark.parametrize("chip", range(1, 11), indirect=True)
def test_chip(chip):
    output = observe(chip, 63, VOLLEY, batch_size=10, enable_madc_recording=True, record_neuron_id=0)
    assert output.spikes[:, 5:].sum() == 0
    assert output.membrane_cadc[30:, 5:].mean().item() == pytest.approx(-48.5, abs=2)
    cadc, spikes = output.membrane_cadc[:, :5, 0], output.spikes[:, :5, 0]
    # Three or four of the inputs reach the threshold, 45 LSB above.
    counts = spikes.sum(dim=0)
    assert torch.all((counts >= 1) & (counts <= 3))
    assert torch.all(spikes[:20].sum(dim=0) == 0)
    assert -10 < cadc.max() < 5
    time, voltage = output.membrane_madc
    assert voltage.shape[0] == pytest.approx(29.4 * STEPS, abs=10)
    assert time.min() >= 0 and time.max() < STEPS * 125
    # Both converters see the same membrane: 2.5 to 2.9 LSB of one are 1 LSB of the other.
    rest, top = voltage[time < 9 * 125].mean(), voltage.max()
    assert rest.item() == pytest.approx(280, abs=40)
    assert 100 < (top - rest).item() < 145


@pytest.mark.parametrize("chip", range(1, 11), indirect=True)
def test_potential_of_the_chip(chip):
    output = observe(
        chip, 55, [10], batch_size=10, neuron_type=hxsnn.LI, trace_scale=1 / 45, shift_cadc_to_first=True,
        cadc_time_shift=1,
    )  # fmt: skip
    assert output.membrane_cadc.shape == (STEPS, 10, 1)
    # Membranes begin at the reset, below the leak.
    trace = output.membrane_cadc[:, :5, 0] - output.membrane_cadc[:, 5:].mean(dim=1)
    mean = trace.mean(dim=1)
    assert mean.max().item() == pytest.approx(0.41, abs=0.06)
    assert mean.argmax().item() == pytest.approx(20, abs=2)
    assert torch.all((trace.amax(dim=0) > 0.3) & (trace.amax(dim=0) < 0.52))


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("chip", [1], indirect=True)
def test_readout_has_no_refractory_time_from_a_calibration(chip):
    output = observe(chip, 55, [10], batch_size=2, neuron_type=hxsnn.LI)
    assert output.membrane_cadc[20, 0, 0] > output.membrane_cadc[20, 1, 0]
