"""Runs on the chip: spikes, samples, weights, masks, and what is done anew in each run."""

from functools import partial

import numpy as np
import pytest
import torch

import hxtorch
import lola
from grenade.network.routing import PortfolioRouter
from hxtorch.spiking.execution_info import ExecutionInfo
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import (
    AELIF,
    LI,
    LIF,
    BatchDropout,
    HXModuleWrapper,
    InputNeuron,
    SparseSynapse,
    Synapse,
)
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.run import run
from hxtorch.spiking.transforms.weight_transforms import linear_saturating
from hxtorch.spiking.utils.readout_source import ReadoutSource

DIES = pytest.mark.parametrize("chip", range(1, 11), indirect=True)
IDEAL = pytest.mark.parametrize("chip", [None], indirect=True)

FULL = partial(linear_saturating, scale=63.0)
"""A weight of 1 of the model is the largest one of the chip."""


def use_bypass(experiment):
    """Neurons that fire with each event that they get."""
    instance = experiment.default_execution_instance
    instance.chip, instance.calib_path = lola.Chip.default_neuron_bypass, "as it is"
    return experiment


def diagonal(experiment, size=10, **kwargs):
    synapse = Synapse(size, size, experiment, transform=FULL, **kwargs)
    synapse.weight.data = torch.eye(size)
    return synapse


def staircase(size=10, batch=10, steps=110):
    """Source i has a spike at step 10 i + 5, in all entries."""
    dense = torch.zeros(steps, batch, size)
    dense[10 * torch.arange(size) + 5, :, torch.arange(size)] = 1
    return LIFObservables(spikes=dense)


# -- spikes ------------------------------------------------------------------------------------------------------------


@DIES
@pytest.mark.parametrize("kind", [LIF, AELIF])
def test_record_spikes(chip, kind):
    experiment = use_bypass(Experiment())
    synapse, neurons = diagonal(experiment), kind(10, experiment, enable_cadc_recording=False)
    output = neurons(synapse(staircase()))
    info = run(experiment, 110)
    assert isinstance(info, ExecutionInfo) and info.time is not None and info.health is not None
    spikes = output.spikes
    assert spikes.shape == (110, 10, 10) and spikes.sum() == 100
    step, _, neuron = spikes.nonzero().T
    assert ((step - (5 + 10 * neuron)).abs() <= 2).all()


def test_each_entry_has_its_own_spikes(chip):
    torch.manual_seed(1)
    experiment = use_bypass(Experiment())
    synapse, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    # Bypassed neurons need about 1 us between two events.
    sent = torch.zeros(100, 40, 10)
    sent[::5] = (torch.rand(20, 40, 10) < 0.2).float()
    output = neurons(synapse(LIFObservables(spikes=sent)))
    run(experiment, 100)
    # A spike arrives in its step or the next one.
    received = output.spikes[:-1] + output.spikes[1:]
    assert output.spikes.sum() == sent.sum() and torch.equal(received[::5].clamp(max=1), sent[::5])


@pytest.mark.parametrize("dt, steps", [(0.5e-6, 200), (1.7e-6, 60), (2e-6, 50)])
def test_time_steps(chip, dt, steps):
    experiment = use_bypass(Experiment(dt=dt))
    synapse, neurons = diagonal(experiment, 3), LIF(3, experiment, enable_cadc_recording=False)
    sent = torch.zeros(steps, 2, 3)
    sent[10, :, 0] = sent[20, :, 1] = sent[40, :, 2] = 1
    output = neurons(synapse(LIFObservables(spikes=sent)))
    run(experiment, steps)
    assert output.spikes.shape == (steps, 2, 3) and output.spikes.sum() == 6
    assert all(0 <= step - (10, 20, 40)[neuron] <= 1 for step, _, neuron in output.spikes.nonzero().tolist())


@pytest.mark.parametrize("steps", [90, 130])
def test_other_lengths_than_that_of_the_input(chip, steps):
    experiment = use_bypass(Experiment())
    synapse, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    output = neurons(synapse(staircase()))
    run(experiment, steps)
    assert output.spikes.shape == (110, 10, 10)
    assert output.spikes.sum() == 10 * sum(10 * i + 5 < steps for i in range(10))


@pytest.mark.parametrize("kwargs", [{}, {"neuron_structure": SingleCompartmentNeuron(2)}])
def test_weights_of_the_model_have_signs_on_the_chip(chip, kwargs):
    """Excitation makes neurons fire, inhibition does not; new weights take effect in the next run."""
    experiment = Experiment()
    synapse = diagonal(experiment, 4)
    neurons = LIF(4, experiment, threshold=110, **kwargs)
    sent = torch.zeros(60, 3, 4)
    sent[10:14] = 1
    counts = []
    for weights in (torch.eye(4), -torch.eye(4), torch.diag(torch.tensor([1.0, 0, -1, 1]))):
        synapse.weight.data = weights
        output = neurons(synapse(LIFObservables(spikes=sent)))
        run(experiment, 60)
        counts.append((output.spikes.sum(0) > 0).tolist())
        final = output.membrane_cadc.detach().clone()
    assert counts[0] == [[True] * 4] * 3 and counts[1] == [[False] * 4] * 3
    assert counts[2] == [[True, False, False, True]] * 3
    # The inhibited one goes down by more than the noise.
    assert (final[16:20, :, 2].mean() < final[:8, :, 2].mean() - 10).all()


def test_weights_above_63(chip):
    """They take several synapses, for which the network is routed again."""
    experiment = Experiment()
    synapse, neurons = Synapse(1, 1, experiment, transform=lambda w: w), LI(1, experiment)
    heights = []
    for weight in (40.0, 126.0, 40.0):
        synapse.weight.data.fill_(weight)
        sent = torch.zeros(60, 10, 1)
        sent[10] = 1
        output = neurons(synapse(LIFObservables(spikes=sent)))
        run(experiment, 60)
        heights.append((output.membrane_cadc[17:22].mean() - output.membrane_cadc[:10].mean()).item())
    assert heights[1] == pytest.approx(126 / 40 * heights[0], rel=0.25) and heights[2] < heights[1] / 2


# -- samples -----------------------------------------------------------------------------------------------------------


@DIES
@pytest.mark.parametrize("kind, fields", [
    (LIF, {"spikes"}), (LI, set()), (AELIF, {"spikes", "adaptation_cadc"}),
])
@pytest.mark.parametrize("in_dram", [False, True])
def test_record_cadc(chip, kind, fields, in_dram):
    experiment = Experiment()
    synapse = diagonal(experiment)
    neurons = kind(10, experiment, enable_cadc_recording_placement_in_dram=in_dram)
    for source in (ReadoutSource.VOLTAGE, ReadoutSource.ADAPTATION)[:2 if kind is AELIF else 1]:
        neurons.cadc_readout_source = source
        output = neurons(synapse(staircase()))
        run(experiment, 110)
        for name in {"current", "membrane_cadc", *fields}:
            assert getattr(output, name).shape == (110, 10, 10), name
        assert output.membrane_madc is None


@DIES
@pytest.mark.parametrize("kind", [LIF, LI, AELIF])
def test_record_madc(chip, kind):
    experiment = Experiment()
    synapse = diagonal(experiment)
    # A neuron has one readout, so that the converters cannot record different voltages of one.
    neurons = kind(10, experiment, enable_madc_recording=True, record_neuron_id=1,
                   enable_cadc_recording=kind is not AELIF)
    output = neurons(synapse(staircase()))
    run(experiment, 110)
    assert output.membrane_madc.shape == (2, 3235, 10)
    times, values = output.membrane_madc
    assert (times[1:] > times[:-1]).all() and times[-1].max() < 110 * 125
    assert (0 <= values).all() and values.max() < 1024
    # Only the neuron that is recorded gets a spike, at 15 us.
    before, after = values[times < 15 * 125].mean(), values[(times > 20 * 125) & (times < 30 * 125)].mean()
    assert after > before + 20
    if kind is AELIF:
        neurons.madc_readout_source = ReadoutSource.ADAPTATION
        output = neurons(synapse(staircase()))
        run(experiment, 110)
        assert output.adaptation_madc.shape == (2, 3235, 10) and output.membrane_madc is None


def test_one_madc(chip):
    experiment = Experiment()
    for _ in range(2):
        LI(3, experiment, enable_madc_recording=True, record_neuron_id=0)(
            Synapse(2, 3, experiment)(LIFObservables(spikes=torch.zeros(5, 1, 2))))
    with pytest.raises(RuntimeError, match="MADC recording already"):
        run(experiment, 5)


def test_one_memory_for_all_samples(chip):
    experiment = Experiment()
    for in_dram in (False, True):
        LI(3, experiment, enable_cadc_recording_placement_in_dram=in_dram)(
            Synapse(2, 3, experiment)(LIFObservables(spikes=torch.zeros(5, 1, 2))))
    with pytest.raises(RuntimeError, match="placement_in_dram"):
        run(experiment, 5)


@DIES
def test_membranes_rest_at_the_leak(chip):
    """A leak of 80 reads 80 - 128, whatever the die."""
    experiment = Experiment()
    synapse, neurons = Synapse(1, 40, experiment), LI(40, experiment)
    output = neurons(synapse(LIFObservables(spikes=torch.zeros(60, 4, 1))))
    run(experiment, 60)
    assert output.membrane_cadc.shape == (60, 4, 40)
    assert output.membrane_cadc.mean().item() == pytest.approx(-48, abs=2)
    assert output.membrane_cadc.mean((0, 1)).std() < 4


def test_scaling_of_traces(chip):
    """Offset, scale and shift only change what comes out; the chip measures the same."""
    experiment = Experiment()
    synapse, neurons = diagonal(experiment, 3), LI(3, experiment)
    handle = staircase(3, 2, 60)
    raw = neurons(synapse(handle))
    run(experiment, 60)
    raw = raw.membrane_cadc.detach().clone()
    neurons.offset, neurons.scale = torch.full((3,), -48.0), 1 / 45
    scaled = neurons(synapse(handle))
    run(experiment, 60)
    torch.testing.assert_close(scaled.membrane_cadc.detach(), (raw + 48) / 45, atol=5 / 45, rtol=0)
    neurons.shift_cadc_to_first, neurons.cadc_time_shift = True, 2
    shifted = neurons(synapse(handle))
    run(experiment, 60)
    assert not shifted.membrane_cadc[0].any() and torch.equal(shifted.membrane_cadc[-1], shifted.membrane_cadc[-3])


def test_only_what_is_recorded_comes_back(chip):
    experiment = Experiment()
    synapse = diagonal(experiment)
    neurons = LIF(10, experiment, enable_cadc_recording=False, enable_spike_recording=False)
    neurons(synapse(staircase()))
    results, _ = experiment.get_hw_results(110)
    data = results[neurons.descriptor]
    assert data.spikes is None and data.voltage == (None, None) and data.adaptation == (None, None)
    experiment.modules.clear()
    neurons.enable_spike_recording = True
    neurons(synapse(staircase()))
    results, _ = experiment.get_hw_results(110)
    assert results[neurons.descriptor].spikes.shape == (111, 10, 10)


def test_silent_neurons_cannot_record_spikes(chip):
    experiment = Experiment()
    AELIF(3, experiment, fire=False, refractory_time=0)(
        Synapse(2, 3, experiment)(LIFObservables(spikes=torch.zeros(5, 1, 2))))
    with pytest.raises(AssertionError, match="enable_spike_recording=False"):
        run(experiment, 5)


# -- as the model ------------------------------------------------------------------------------------------------------


@IDEAL
def test_the_ideal_chip_is_the_model(chip):
    """Postsynaptic potentials of the chip have the shape of the model's, as far as its conductances are linear."""
    traces = []
    sent = torch.zeros(120, 10, 3)
    sent[10, :, 0] = sent[40, :, 1] = sent[70, :, 2] = sent[90, :, 0] = 1
    for mock in (True, False):
        experiment = Experiment(mock=mock)
        synapse = Synapse(3, 2, experiment, transform=partial(linear_saturating, scale=50.0))
        synapse.weight.data = torch.tensor([[1.0, 0.5, 0.8], [0.7, 0.0, 1.0]])
        neurons = LI(2, experiment, leak=MixedHXModelParameter(0.0, 80), tau_mem=20e-6, tau_syn=20e-6,
                     shift_cadc_to_first=True, cadc_time_shift=1)
        output = neurons(synapse(LIFObservables(spikes=sent)))
        run(experiment, 120)
        traces.append(output.membrane_cadc.detach().mean(1))
    model, chip_trace = traces
    factor = (model * chip_trace).sum() / (chip_trace * chip_trace).sum()
    assert (chip_trace * factor - model).abs().max() < 0.18 * model.abs().max()
    assert factor.item() == pytest.approx(1 / 45, rel=0.15)


@IDEAL
def test_spikes_of_the_ideal_chip_are_those_of_the_model(chip):
    """Neurons with inputs of different strength fire as often as the model says, up to one spike."""
    torch.manual_seed(3)
    sent = (torch.rand(100, 8, 20) < 0.05).float()
    weights = torch.rand(12, 20) * torch.linspace(0.1, 0.5, 12)[:, None]
    counts = []
    # A weight of 1 makes 0.387 of the distance from leak to threshold in the model.
    for mock in (True, False):
        experiment = Experiment(mock=mock)
        synapse = Synapse(20, 12, experiment, transform=partial(linear_saturating, scale=50.0))
        synapse.weight.data = weights.clone()
        neurons = LIF(
            12, experiment, leak=MixedHXModelParameter(0.0, 80), reset=MixedHXModelParameter(0.0, 80),
            threshold=MixedHXModelParameter(1.0, 125), refractory_time=2e-6)
        output = neurons(synapse(LIFObservables(spikes=sent)))
        run(experiment, 100)
        counts.append(output.spikes.sum(0))
    model, on_chip = counts
    assert model.sum() > 100
    assert (on_chip.sum() - model.sum()).abs() < 0.15 * model.sum()
    assert np.corrcoef(model.detach().flatten(), on_chip.detach().flatten())[0, 1] > 0.95


def test_gradients_are_those_of_the_model_with_values_of_the_chip(chip):
    experiment = Experiment()
    first, hidden = Synapse(5, 6, experiment, transform=FULL), LIF(6, experiment, threshold=100)
    second, readout = Synapse(6, 2, experiment, transform=FULL), LI(2, experiment)
    first.weight.data.fill_(0.8)
    sent = torch.zeros(60, 4, 5)
    sent[10] = 1
    output = hidden(first(LIFObservables(spikes=sent)))
    trace = readout(second(output))
    run(experiment, 60)
    assert output.spikes.sum() > 0
    trace.membrane_cadc.sum().backward()
    assert first.weight.grad.abs().sum() > 0 and second.weight.grad.abs().sum() > 0


# -- masks, loops ------------------------------------------------------------------------------------------------------


def test_masked_neurons_send_nothing(chip):
    experiment = use_bypass(Experiment())
    first, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    second, behind = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    for mask in (torch.arange(10) % 2 == 0, torch.arange(10) < 3, torch.ones(10, dtype=torch.bool)):
        neurons.mask = mask
        output = neurons(first(staircase()))
        final = behind(second(output))
        run(experiment, 110)
        for spikes in (output.spikes, final.spikes):
            assert torch.equal(spikes.sum((0, 1)), 10.0 * mask)


def test_dropout(chip):
    torch.manual_seed(1)
    experiment = use_bypass(Experiment())
    first, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    dropout, second = BatchDropout(10, 0.5, experiment), diagonal(experiment)
    behind = LIF(10, experiment, enable_cadc_recording=False)
    seen = []
    for training in (True, True, False):
        dropout.train(training)
        dropped = dropout(neurons(first(staircase())))
        final = behind(second(dropped))
        run(experiment, 110)
        assert torch.equal(final.spikes.sum((0, 1)), 10.0 * dropout.mask)
        assert torch.equal(dropped.spikes.sum((0, 1)), 10.0 * dropout.mask)
        seen.append(dropout.mask)
    assert not torch.equal(seen[0], seen[1]) and seen[2].all()


def test_loopback_of_inputs(chip):
    """The chip sees spikes some cycles late, and that is what the model gets; the gradient passes."""
    experiment = use_bypass(Experiment(dt=0.1e-6))
    experiment.default_execution_instance.input_loopback = True
    inputs, synapse = InputNeuron(3, experiment), diagonal(experiment, 3)
    neurons = LIF(3, experiment, enable_cadc_recording=False)
    sent = torch.zeros(300, 2, 3)
    sent[50, :, 0] = sent[100, :, 2] = 1
    sent.requires_grad = True
    seen = inputs(LIFObservables(spikes=sent))
    neurons(synapse(seen))
    run(experiment, 300)
    steps = seen.spikes.nonzero()
    assert len(steps) == 4 and set((steps[:, 0] - torch.where(steps[:, 2] == 0, 50, 100)).tolist()) <= {1, 2, 3}
    seen.spikes.sum().backward()
    assert (sent.grad == 1).all()


def test_recurrence(chip):
    """Neuron i excites neuron i + 1: one spike goes round."""

    class Ring(HXModuleWrapper):
        def forward_func(self, graded, hw_data=None):
            neurons, synapse = hw_data
            assert synapse is None
            spikes = neurons.spikes[:len(graded.graded_spikes)]
            return (
                LIFObservables(spikes=spikes),
                type(self.synapse.output_handle)(graded_spikes=spikes @ self.synapse.weight.T),
            )

    experiment = use_bypass(Experiment())
    first, neurons = diagonal(experiment, 5), LIF(5, experiment, enable_cadc_recording=False)
    ring = Synapse(5, 5, experiment, transform=FULL)
    ring.weight.data = torch.eye(5).roll(1, 0)
    wrapper = Ring(experiment, neurons=neurons, synapse=ring)
    sent = torch.zeros(50, 1, 5)
    sent[5, 0, 0] = 1
    output = neurons(first(LIFObservables(spikes=sent)))
    neurons(ring(output))
    wrapper()
    run(experiment, 50)
    order = [neuron for _, _, neuron in output.spikes.nonzero().tolist()]
    assert output.spikes.sum() > 20 and set(order) == set(range(5))


# -- sparse ------------------------------------------------------------------------------------------------------------


@DIES
def test_sparse_synapses(chip):
    torch.manual_seed(1)
    experiment = use_bypass(Experiment())
    connections = torch.rand(30, 44) < 0.54
    synapse = SparseSynapse(connections, experiment, transform=FULL)
    synapse.weight.data = torch.ones(44, 30) * synapse.mask
    neurons = LIF(44, experiment, enable_cadc_recording=False)
    sent = torch.zeros(50, 3, 30)
    for entry in range(3):
        sent[10, entry, entry] = 1
    output = neurons(synapse(LIFObservables(spikes=sent)))
    run(experiment, 110)
    assert torch.equal(output.spikes.sum(0) > 0, connections[:3])
    projection = experiment._network.graph.network.execution_instances[synapse.descriptor[0].toExecutionInstanceID()]
    assert projection.projections[synapse.descriptor[0]].size == int(connections.sum())


# -- only what has changed ---------------------------------------------------------------------------------------------


class Counting:
    """A router that counts."""

    def __init__(self):
        self.calls, self.router = 0, PortfolioRouter()

    def __call__(self, network):
        self.calls += 1
        return self.router(network)


def test_routing_only_where_needed(chip):
    router = Counting()
    experiment = use_bypass(Experiment(hw_routing_func=router))
    synapse, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)

    def once():
        output = neurons(synapse(staircase(batch=2)))
        run(experiment, 110)
        return router.calls, output.spikes.sum((0, 1)).tolist()

    assert once() == (1, [2.0] * 10)
    assert once() == (1, [2.0] * 10)
    synapse.weight.data[0, 0] = 0
    assert once() == (1, [0.0] + [2.0] * 9)
    neurons.mask = torch.arange(10) != 9
    assert once() == (1, [0.0] + [2.0] * 8 + [0.0])
    neurons.enable_cadc_recording = True
    assert once()[0] == 2
    other = LIF(10, experiment, enable_cadc_recording=False)
    other(diagonal(experiment)(neurons.output_handle))
    assert once()[0] == 3


def test_a_router_that_fails_is_asked_again(chip):
    calls = []

    def router(network):
        calls.append(network)
        if len(calls) == 1:
            raise RuntimeError("no place")
        return PortfolioRouter()(network)

    experiment = use_bypass(Experiment(hw_routing_func=router))
    synapse, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    neurons(synapse(staircase()))
    with pytest.raises(RuntimeError, match="no place"):
        run(experiment, 110)
    output = neurons(synapse(staircase()))
    run(experiment, 110)
    assert len(calls) == 2 and output.spikes.sum() == 100


def test_neurons_are_configured_only_when_they_change(chip):
    class Counted(LIF):
        count = 0

        def configure_hw_entity(self, neuron_id, neuron_block, coord):
            type(self).count += 1
            return super().configure_hw_entity(neuron_id, neuron_block, coord)

    experiment = use_bypass(Experiment())
    synapse, neurons = diagonal(experiment), Counted(10, experiment, enable_cadc_recording=False)
    counts = []
    for _ in range(3):
        neurons(synapse(staircase()))
        run(experiment, 110)
        counts.append(Counted.count)
        synapse.weight.data *= 0.5
    assert counts == [10, 10, 10]
    experiment.default_execution_instance.chip = lola.Chip.default_neuron_bypass
    neurons(synapse(staircase()))
    run(experiment, 110)
    assert Counted.count == 20


# -- what the user gets to know ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chip", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 11))], indirect=True
)
def test_simulated_time_between_entries(chip):
    experiment = use_bypass(Experiment())
    experiment.inter_batch_entry_wait = 250_000_000
    synapse, neurons = diagonal(experiment), LIF(10, experiment, enable_cadc_recording=False)
    neurons(synapse(staircase()))
    info = run(experiment, 110)
    [per_chip] = info.time.execution_duration_per_hardware.values()
    [duration] = per_chip.values()
    assert duration.total_seconds() * 1e6 > 2e6


def test_settings_of_the_last_run(chip):
    experiment = use_bypass(Experiment())
    assert experiment.last_run_chip_configs is None
    diagonal(experiment)
    neurons = LIF(10, experiment, enable_cadc_recording=False)
    neurons(diagonal(experiment)(staircase()))
    run(experiment, 110)
    [settings] = experiment.last_run_chip_configs[experiment.default_execution_instance.ID].values()
    assert isinstance(settings, lola.Chip)
    weights = sum(block.matrix.weights.to_numpy().astype(int).sum() for block in settings.synapse_blocks)
    assert weights == 10 * 63


@pytest.mark.parametrize("runtime", [None, 1.0, "110", True])
def test_runtimes_are_integers(chip, runtime):
    experiment = use_bypass(Experiment())
    with pytest.raises(ValueError, match="runtime"):
        run(experiment, runtime)


@pytest.mark.parametrize("runtime", [0, -3, 2**32])
def test_impossible_runtimes(chip, runtime):
    experiment = use_bypass(Experiment())
    LIF(10, experiment)(diagonal(experiment)(staircase()))
    with pytest.raises(ValueError, match="FPGA cycles, expected 1 to"):
        run(experiment, runtime)


def test_runtime_in_cycles():
    experiment = Experiment(dt=1e-6)
    assert [experiment._cycles(n) for n in (1, 110, 1000)] == [125, 13749, 125000]


def test_a_chip_is_needed():
    hxtorch.release_hardware()
    experiment = use_bypass(Experiment())
    LIF(10, experiment)(diagonal(experiment)(staircase()))
    with pytest.raises(RuntimeError, match="init_hardware"):
        run(experiment, 110)


def test_neurons_get_input_from_projections(chip):
    experiment = use_bypass(Experiment())
    LIF(10, experiment)(staircase())
    with pytest.raises(ValueError, match="LIF has an input that is no module"):
        run(experiment, 110)


@pytest.mark.parametrize("behind", [0, 2])
def test_a_projection_has_one_target(chip, behind):
    experiment = use_bypass(Experiment())
    graded = diagonal(experiment)(staircase())
    for _ in range(behind):
        LIF(10, experiment, enable_cadc_recording=False)(graded)
    with pytest.raises(AssertionError, match=f"sends to {behind} populations"):
        run(experiment, 110)


def test_a_projection_has_one_source(chip):
    experiment = use_bypass(Experiment())
    synapse = diagonal(experiment)
    LIF(10, experiment)(synapse(staircase(), staircase()))
    with pytest.raises(AssertionError, match="2 inputs"):
        run(experiment, 110)


def test_sizes_have_to_fit(chip):
    experiment = use_bypass(Experiment())
    LIF(9, experiment)(diagonal(experiment)(staircase()))
    with pytest.raises(ValueError, match="out_features=10, but LIF has 9"):
        run(experiment, 110)


@pytest.mark.parametrize("spikes", [torch.zeros(10, 10), torch.zeros(10, 1, 9), None])
def test_shapes_of_inputs(chip, spikes):
    experiment = use_bypass(Experiment())
    LIF(10, experiment)(diagonal(experiment)(LIFObservables(spikes=spikes)))
    with pytest.raises(ValueError, match="spikes of shape"):
        run(experiment, 110)


def test_all_inputs_have_the_same_batch(chip):
    experiment = use_bypass(Experiment())
    neurons = LIF(10, experiment)
    neurons(diagonal(experiment)(staircase(batch=2)))
    neurons(diagonal(experiment)(staircase(batch=3)))
    with pytest.raises(ValueError, match=r"batches of \[2, 3\]"):
        run(experiment, 110)
