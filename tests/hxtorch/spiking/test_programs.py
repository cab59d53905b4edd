"""What users add to runs: rules and variables of the plasticity processors, instructions, placements of their own."""

from functools import partial

import pytest
import torch

import haldls
import lola
import stadls
from bss2.train.routing import SharedDriverRouter
from grenade.common import ChipOnConnection
from grenade.network import PlasticityRule
from grenade.network.routing import (
    GreedyRouter,
    PlacedConnection,
    RoutingResult,
)
from halco import AtomicNeuronOnDLS, Enum, HemisphereOnDLS, iter_all
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import LI, LIF, Synapse
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import HXParameter, ModelParameter
from hxtorch.spiking.run import run
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

FULL = partial(linear_saturating, scale=63.0)
US = 125

KERNEL = """
#include <cstdint>
volatile uint32_t test_symbol;
void PLASTICITY_RULE_KERNEL(auto&, auto&)
{
	test_symbol = 123;
}
"""


def bypassed(size=10, rule=None, **kwargs):
    """An experiment with neurons that fire with each event that they get."""
    experiment = Experiment(**{name: kwargs.pop(name) for name in ("hw_routing_func",) if name in kwargs})
    instance = experiment.default_execution_instance
    instance.chip, instance.calib_path = lola.Chip.default_neuron_bypass, "as it is"
    synapse = Synapse(size, size, experiment, transform=FULL, plasticity_rule=rule)
    synapse.weight.data = torch.eye(size)
    neurons = LIF(size, experiment, **{"enable_cadc_recording": False, **kwargs})
    return experiment, synapse, neurons


def spikes(size=10, batch=2, steps=100, at=10):
    dense = torch.zeros(steps, batch, size)
    dense[at] = 1
    return LIFObservables(spikes=dense)


def rule():
    plasticity = PlasticityRule()
    plasticity.kernel = KERNEL
    plasticity.timer = PlasticityRule.Timer(start=1000, period=10000, num_periods=1)
    return plasticity


class TestPlasticity:
    @pytest.mark.parametrize("chip", range(1, 11), indirect=True)
    def test_variables(self, chip):
        experiment, synapse, neurons = bypassed(rule=rule(), enable_madc_recording=True, record_neuron_id=1)
        instance = experiment.default_execution_instance
        initial = haldls.PPUMemoryBlock(1)
        instance.write_ppu_symbols = {"test_symbol": dict.fromkeys(iter_all(HemisphereOnDLS), initial)}
        instance.read_ppu_symbols = {"test_symbol"}
        for _ in range(2):
            neurons(synapse(spikes()))
            run(experiment, 100)
            assert len(experiment.ppu_symbols_read) == 2
            value = experiment.ppu_symbols_read[0][instance.ID][ChipOnConnection()]["test_symbol"][HemisphereOnDLS(0)]
            assert int(value._words[0]) == 123
        assert synapse.plasticity_rule.projections == [
            descriptor.toProjectionOnExecutionInstance() for descriptor in synapse.descriptor]

    def test_no_cadc_at_the_same_time(self, chip):
        experiment, synapse, neurons = bypassed(rule=rule(), enable_cadc_recording=True)
        neurons(synapse(spikes()))
        with pytest.raises(ValueError, match="has a plasticity rule"):
            run(experiment, 100)

    @pytest.mark.parametrize("read", [set(), {"test_symbol"}])
    def test_no_variables_without_a_program(self, chip, read, caplog):
        experiment, synapse, neurons = bypassed()
        experiment.default_execution_instance.read_ppu_symbols = read
        neurons(synapse(spikes()))
        run(experiment, 100)
        assert experiment.ppu_symbols_read == {}
        assert ("test_symbol" in caplog.text) == bool(read)


class TestInstructions:
    def test_inside_the_section(self, chip):
        """Neurons fire when they are reset by instructions; the builder is copied in each run."""
        experiment, synapse, neurons = bypassed()
        kick = stadls.AbsoluteTimePlaybackProgramBuilder()
        kick.write(50 * US, AtomicNeuronOnDLS(Enum(7)).toNeuronResetOnDLS(), haldls.NeuronReset())
        experiment.default_execution_instance.injection_inside_realtime = kick
        for _ in range(2):
            output = neurons(synapse(spikes(at=10)))
            run(experiment, 100)
            found = output.spikes[:, 0].nonzero().tolist()
            assert len(found) == 11 and any(neuron == 7 and 49 <= step <= 52 for step, neuron in found)


# -- placements --------------------------------------------------------------------------------------------------------


class TestRouting:
    def test_by_hand(self, chip):
        """All that the greedy router finds, put together again as a user would."""

        def by_hand(network):
            routed = GreedyRouter()(network)
            result = RoutingResult()
            for number, instance in routed.execution_instances.items():
                own = result.execution_instances[number] = RoutingResult.ExecutionInstance()
                own.connections = {
                    descriptor: [
                        [PlacedConnection(int(each.weight), int(each.label), each.synapse_row, each.synapse_on_row)
                         for each in connection]
                        for connection in placed
                    ]
                    for descriptor, placed in instance.connections.items()
                }
                for name in (
                    "synapse_row_modes", "crossbar_nodes", "synapse_driver_compare_masks", "internal_neuron_labels",
                    "external_spike_labels", "connection_routing_result",
                ):
                    setattr(own, name, getattr(instance, name))
            return result

        experiment, synapse, neurons = bypassed(hw_routing_func=by_hand)
        for _ in range(2):
            output = neurons(synapse(spikes()))
            run(experiment, 100)
            assert output.spikes.sum() == 20
            synapse.weight.data *= 0.9

    @pytest.mark.parametrize("kinds", [(LIF, LI)])
    def test_networks_that_take_all_synapses(self, chip, kinds):
        """256 signed inputs to 246 neurons of two circuits, and 10 readouts."""
        torch.manual_seed(1)
        experiment = Experiment(hw_routing_func=SharedDriverRouter())
        two = SingleCompartmentNeuron(2)
        first = Synapse(256, 246, experiment, transform=FULL)
        hidden = LIF(246, experiment, neuron_structure=two)
        second = Synapse(246, 10, experiment, transform=FULL)
        readout = LI(10, experiment, neuron_structure=two)
        for synapse in (first, second):
            synapse.weight.data = torch.randint(-63, 64, synapse.weight.shape) / 63.0
        sent = (torch.rand(10, 2, 256) < 0.5).float()
        output = readout(second(hidden(first(LIFObservables(spikes=sent)))))
        run(experiment, 10)
        assert output.membrane_cadc.shape == (10, 2, 10)


# -- training on the chip ----------------------------------------------------------------------------------------------


class TestTrainableParameters:
    def test_they_are_set_before_each_run(self, chip):
        seen = []

        def set_on_chip(value, settings, neurons):
            seen.append((float(value), len(neurons)))
            for neuron in neurons:
                for circuit in neuron.get_atomic_neurons():
                    settings.neuron_block.atomic_neurons[circuit].membrane_capacitance.capacitance = int(value)

        experiment = Experiment()
        capacitance = ModelParameter(60.0).make_trainable(set_on_chip)
        synapse = Synapse(5, 4, experiment, transform=FULL)
        synapse.weight.data.fill_(0.3)
        neurons = LI(4, experiment, membrane_capacitance=capacitance)
        heights, chips = [], []
        for value in (60.0, 60.0, 20.0):
            capacitance.model_value = value
            output = neurons(synapse(spikes(5, batch=10)))
            run(experiment, 100)
            trace = output.membrane_cadc.detach().mean((1, 2))
            heights.append((trace.max() - trace[:8].mean()).item())
            chips.append(experiment.default_execution_instance.chip)
        assert seen == [(60.0, 4), (60.0, 4), (20.0, 4)] and chips[0] is chips[1] is chips[2]
        assert heights[2] > 1.5 * heights[0]

    def test_without_a_function(self, chip):
        experiment, synapse, neurons = bypassed()
        neurons.tau_mem.make_trainable()
        neurons(synapse(spikes()))
        with pytest.raises(ValueError, match="no function to set it on a chip"):
            run(experiment, 100)


def test_other_hardware_values_calibrate_again(chip):
    """Also if only the value of the same parameter has changed."""
    experiment = Experiment()
    synapse, neurons = Synapse(1, 8, experiment), LI(8, experiment, leak=HXParameter(80), reset=HXParameter(80))
    levels, chips = [], []
    for leak in (80, 80, 100):
        neurons.leak.hardware_value = neurons.reset.hardware_value = leak
        output = neurons(synapse(LIFObservables(spikes=torch.zeros(60, 4, 1))))
        run(experiment, 60)
        levels.append(output.membrane_cadc.mean().item() + 128)
        chips.append(experiment.default_execution_instance.chip)
    assert levels == pytest.approx([80, 80, 100], abs=2)
    assert chips[0] is chips[1] and chips[2] is not chips[1]
