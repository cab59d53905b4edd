"""Networks in parts that run one after the other, or on several chips: `ExecutionInstance`."""

from functools import partial

import pytest
import torch

import hxtorch
import lola
from chipsim import Chip, SimConnection
from grenade.common import ChipOnConnection, ConnectionOnExecutor
from hxtorch.spiking.execution_instance import ExecutionInstance
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import LI, LIF, InputNeuron, Synapse
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.run import run
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

FULL = partial(linear_saturating, scale=63.0)
DT = 1e-6


def bypass():
    instance = ExecutionInstance()
    instance.chip, instance.calib_path = lola.Chip.default_neuron_bypass, "as it is"
    return instance


def layer(experiment, weights, instance, **kwargs):
    synapse = Synapse(weights.shape[1], weights.shape[0], experiment, instance, transform=FULL, **kwargs)
    synapse.weight.data = weights.float()
    neurons = LIF(weights.shape[0], experiment, execution_instance=instance, enable_cadc_recording=False, **kwargs)
    return synapse, neurons


def one_by_one(size, batch, steps=100):
    """Source i has a spike at step 8 i + 3."""
    dense = torch.zeros(steps, batch, size)
    dense[8 * torch.arange(size) + 3, :, torch.arange(size)] = 1
    return LIFObservables(spikes=dense)


@pytest.mark.parametrize("chip", range(1, 11), indirect=True)
@pytest.mark.parametrize("batch", [1, 40])
def test_a_chain(chip, batch):
    """10 -> 5 in one instance, 5 -> 15 in the other: all spikes of the first part reach the second."""
    experiment = Experiment(dt=DT)
    first, hidden = layer(experiment, torch.eye(10)[:5], bypass())
    second, final = layer(experiment, torch.eye(5).repeat(3, 1), bypass())
    for _ in range(2):
        between = hidden(first(one_by_one(10, batch)))
        output = final(second(between))
        info = run(experiment, 100)
        assert len(info.time.realtime_duration_per_execution_instance) == 2
        assert between.spikes.sum((0, 1)).tolist() == [batch] * 5
        assert output.spikes.sum((0, 1)).tolist() == [batch] * 15
        steps, _, neurons = output.spikes.nonzero().T
        assert ((steps - 8 * (neurons % 5) - 3).abs() <= 2).all()
        assert set(experiment.last_run_chip_configs) == {hidden.execution_instance.ID, final.execution_instance.ID}


def test_branches_that_do_not_know_each_other(chip):
    experiment = Experiment(dt=DT)
    branches = [layer(experiment, torch.eye(10)[:size], bypass()) for size in (4, 7)]
    for _ in range(2):
        outputs = [neurons(synapse(one_by_one(10, 3))) for synapse, neurons in branches]
        run(experiment, 100)
        assert [output.spikes.sum().item() for output in outputs] == [12, 21]


def test_one_input_for_two_instances(chip):
    experiment = Experiment(dt=DT)
    handle = one_by_one(10, 2)
    outputs = [neurons(synapse(handle)) for synapse, neurons in (
        layer(experiment, torch.eye(10)[:4], bypass()), layer(experiment, torch.eye(10)[4:], bypass()))]
    run(experiment, 100)
    assert [output.spikes.sum().item() for output in outputs] == [8, 12]
    inputs = [module for module in experiment.modules.nodes if isinstance(module, InputNeuron)]
    assert len(inputs) == 2 and inputs[0].execution_instance is not inputs[1].execution_instance


def test_one_population_gets_spikes_of_several_instances(chip):
    """As if a layer of many inputs were split over runs of the same chip."""
    torch.manual_seed(1)
    experiment = Experiment(dt=DT)
    parts = [layer(experiment, torch.eye(4), bypass()) for _ in range(3)]
    last = bypass()
    readout = LIF(4, experiment, execution_instance=last, enable_cadc_recording=False)
    handles = []
    for part, (synapse, neurons) in enumerate(parts):
        dense = torch.zeros(100, 2, 4)
        dense[20 * part + 5, :, part] = 1
        handles.append(neurons(synapse(LIFObservables(spikes=dense))))
    for handle in handles:
        behind = Synapse(4, 4, experiment, last, transform=FULL)
        behind.weight.data = torch.eye(4)
        output = readout(behind(handle))
    run(experiment, 100)
    # 21 steps behind the first spike, as each part is up to a step late.
    assert output.spikes.sum((0, 1)).tolist() == [2, 2, 2, 0]
    assert all(abs(step - 20 * neuron - 5) <= 2 for step, _, neuron in output.spikes.nonzero().tolist())


def test_two_chips():
    """Parts of a network on different chips."""
    connections = {ConnectionOnExecutor(i): SimConnection(Chip(i + 1)) for i in range(2)}
    hxtorch.init_hardware(connection=connections)
    try:
        experiment = Experiment(dt=DT)
        places = [(ChipOnConnection(), ConnectionOnExecutor(i)) for i in range(2)]
        first, hidden = layer(experiment, torch.eye(5), bypass(), chip_coordinate=places[0])
        second, final = layer(experiment, torch.eye(5).flip(0), bypass(), chip_coordinate=places[1])
        output = final(second(hidden(first(one_by_one(5, 2)))))
        info = run(experiment, 100)
        assert output.spikes.sum((0, 1)).tolist() == [2] * 5
        assert set(info.time.execution_duration_per_hardware) == set(connections)
    finally:
        hxtorch.release_hardware()


def test_instances_are_calibrated_on_their_own(chip):
    """A part with large neurons and one that reads out, with potentials of their own."""
    experiment = Experiment(dt=DT)
    instances = ExecutionInstance(), ExecutionInstance()
    first = Synapse(10, 6, experiment, instances[0], transform=FULL)
    hidden = LIF(6, experiment, leak=80, reset=80, threshold=105, execution_instance=instances[0],
                 neuron_structure=SingleCompartmentNeuron(2))
    second = Synapse(6, 2, experiment, instances[1], transform=FULL)
    readout = LI(2, experiment, leak=100, reset=100, execution_instance=instances[1])
    first.weight.data.fill_(1)
    second.weight.data.fill_(0.5)
    sent = torch.zeros(60, 10, 10)
    sent[20] = 1
    output = hidden(first(LIFObservables(spikes=sent)))
    trace = readout(second(output))
    run(experiment, 60)
    assert instances[0].chip is not None and instances[1].chip is not instances[0].chip
    assert (output.spikes[:20].sum(), output.spikes[20:26].sum() > 0) == (0, True)
    assert trace.membrane_cadc[:18].mean().item() == pytest.approx(100 - 128, abs=3)
    assert trace.membrane_cadc[25:35].mean() > trace.membrane_cadc[:18].mean() + 5
