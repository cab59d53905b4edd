"""Experiments: what they know of their modules, and what modules have to do with calibrations and settings."""

import numpy as np
import pytest
import torch

import halco
import lola
from calix.spiking import SpikingCalibTarget
from calix.spiking.neuron import NeuronCalibTarget
from hxtorch.spiking.execution_instance import ExecutionInstance
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import AELIF, LIF, InputNeuron, Population, Synapse
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import HXParameter, MixedHXModelParameter
from hxtorch.spiking.run import run


def chain(experiment, pairs, size=10):
    return [(Synapse(size, size, experiment), LIF(size, experiment)) for _ in range(pairs)]


def connect(layers, handle):
    for synapse, neurons in layers:
        handle = neurons(synapse(handle))
    return handle


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_without_a_chip_there_are_no_results(pairs):
    torch.manual_seed(1)
    experiment = Experiment(mock=True)
    connect(chain(experiment, pairs), LIFObservables(spikes=torch.randn(10, 10, 10)))
    assert experiment.get_hw_results(10) == ({}, None)
    assert len(experiment.modules.nodes) == 2 * pairs
    assert experiment._populations == experiment._projections == []


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_results_of_all_populations(chip, pairs):
    torch.manual_seed(1)
    experiment = Experiment(mock=False)
    layers = chain(experiment, pairs)
    for steps in (10, 20):
        connect(layers, LIFObservables(spikes=torch.randn(steps, 10, 10)))
        results, info = experiment.get_hw_results(steps)
        assert len(experiment.modules.nodes) == 2 * pairs + 1 and info is not None
        [inputs] = [module for module in experiment._populations if isinstance(module, InputNeuron)]
        neurons = [neurons for _, neurons in layers]
        assert set(experiment._populations) == {inputs, *neurons}
        assert experiment._projections == [synapse for synapse, _ in layers]
        assert set(results) == {each.descriptor for each in neurons} and inputs.descriptor not in results
        for data in results.values():
            assert data.spikes.shape == data.voltage.cadc.shape and data.spikes.shape[1:] == (10, 10)
        experiment.modules.clear()


def test_default_instance():
    experiment = Experiment()
    first = experiment.default_execution_instance
    assert isinstance(first, ExecutionInstance) and experiment.default_execution_instance is first
    own = ExecutionInstance()
    experiment.default_execution_instance = own
    assert LIF(3, experiment).execution_instance is own


def test_clear():
    experiment = Experiment(mock=True)
    connect(chain(experiment, 1), LIFObservables(spikes=torch.zeros(2, 1, 10)))
    experiment.clear()
    assert not experiment.modules.nodes and experiment.ppu_symbols_read == {}


@pytest.mark.parametrize("dt", [0, -1e-6, float("nan")])
def test_time_steps_are_positive(dt):
    with pytest.raises(ValueError, match="expected more than 0"):
        Experiment(dt=dt)


# -- calibrations ------------------------------------------------------------------------------------------------------


def registered(population, first=0):
    """Give a population its places, behind other neurons of one circuit."""
    instance = population.execution_instance
    if first:
        instance.neuron_placement.register_id(
            [-1 - i for i in range(first)], SingleCompartmentNeuron(1).compartments)
    population.register_hw_entity()
    return population


def new_target():
    target = SpikingCalibTarget(neuron_target=NeuronCalibTarget.DenseDefault)
    target.neuron_target.synapse_dac_bias = None
    target.neuron_target.i_synin_gm = [None, None]
    return target


@pytest.mark.parametrize("wrap", [float, torch.tensor, lambda value: torch.full((25,), float(value))])
def test_targets_from_parameters(wrap):
    population = registered(Population(
        25, Experiment(), leak=wrap(70.0), reset=wrap(60.0), threshold=wrap(130.0), tau_mem=wrap(12e-6),
        tau_syn=wrap(8e-6), i_synin_gm=400, synapse_dac_bias=700, membrane_capacitance=50,
        refractory_time=wrap(3e-6)), 23)
    target = population.calibration_from_params(new_target()).neuron_target
    own = slice(23, 48)
    found = {name: getattr(target, name)[..., own] for name in ("leak", "reset", "threshold", "tau_mem", "tau_syn")}
    expected = {"leak": 70, "reset": 60, "threshold": 130, "tau_mem": 12e-6, "tau_syn": 8e-6}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, err_msg=name)
    np.testing.assert_array_equal(np.unique(target.i_synin_gm), 400)
    assert target.synapse_dac_bias == 700


def test_populations_agree():
    experiment = Experiment()
    target = new_target()
    registered(Population(3, experiment, i_synin_gm=400)).calibration_from_params(target)
    with pytest.raises(AttributeError):
        registered(Population(3, experiment, i_synin_gm=500)).calibration_from_params(target)


@pytest.mark.parametrize("circuits", [1, 2])
def test_parameters_from_targets(circuits):
    population = registered(
        Population(25, Experiment(), threshold=MixedHXModelParameter(1.0, 99),
                   neuron_structure=SingleCompartmentNeuron(circuits)), 23)
    target = SpikingCalibTarget()
    target.neuron_target.leak = 77
    population.params_from_calibration(target)
    assert torch.equal(population.leak.hardware_value, torch.full((25,), 77.0))
    assert population.threshold.model_value == 1 and population.threshold.hardware_value.shape == (25,)
    assert population.i_synin_gm.hardware_value.tolist() == [500, 500]
    assert not population.calib_changed_since_last_run()


def test_parameters_may_stay():
    population = registered(Population(3, Experiment(), leak=71))
    population.read_params_from_calibration = False
    population.params_from_calibration(SpikingCalibTarget())
    assert population.leak.hardware_value == 71


def test_changes_of_hardware_values():
    population = registered(Population(3, Experiment(), leak=HXParameter(torch.full((3,), 80.0))))
    assert population.calib_changed_since_last_run()
    population.calibration_from_params(new_target())
    assert not population.calib_changed_since_last_run()
    population.leak.hardware_value[1] = 90
    assert population.calib_changed_since_last_run()
    population.reset_calib_changed_since_last_run()
    assert not population.calib_changed_since_last_run()
    # What is trained is written into the settings before each run, without a calibration.
    population.tau_mem.make_trainable()
    with torch.no_grad():
        population.tau_mem.model_value.fill_(5e-6)
    assert not population.calib_changed_since_last_run()


# -- settings of neurons -----------------------------------------------------------------------------------------------


def test_terms_of_the_equations_on_the_chip(chip):
    """What has no calibration is set as it is; a sign is a switch."""
    experiment = Experiment()
    neurons = AELIF(
        3, experiment, exponential_slope=300, exponential_threshold=torch.tensor([400.0, 500.0, 600.0]),
        subthreshold_adaptation_strength=-150, spike_triggered_adaptation_increment=MixedHXModelParameter(0.1, 250),
        tau_adap=700, leak_adaptation=450, clock_scale_adaptation_pulse=(3, 4))
    neurons(Synapse(2, 3, experiment)(LIFObservables(spikes=torch.zeros(20, 1, 2))))
    run(experiment, 20)
    [settings] = experiment.last_run_chip_configs[experiment.default_execution_instance.ID].values()
    columns = settings.neuron_block.atomic_neurons.columns
    assert columns.exponential.enable[:3].all() and columns.exponential.i_bias[:3].tolist() == [300] * 3
    assert columns.exponential.v_exp[:3].tolist() == [400, 500, 600]
    adaptation = columns.adaptation
    assert adaptation.enable[:3].all() and adaptation.enable_pulse[:3].all()
    assert adaptation.i_bias_a[:3].tolist() == [150] * 3 and adaptation.invert_a[:3].all()
    assert adaptation.i_bias_b[:3].tolist() == [250] * 3 and not adaptation.invert_b[:3].any()
    assert adaptation.i_bias_tau[:3].tolist() == [700] * 3 and adaptation.v_leak[:3].tolist() == [450] * 3
    assert [int(backend.clock_scale_adaptation_pulse) for backend in settings.neuron_block.backends] == [3, 4]


@pytest.mark.parametrize("name, value", [("exponential_threshold", 2000), ("tau_adap", -5)])
def test_what_the_chip_cannot_have_is_clipped(chip, name, value):
    experiment = Experiment()
    neurons = AELIF(1, experiment, **{name: MixedHXModelParameter(100e-6, value)})
    neurons(Synapse(2, 1, experiment)(LIFObservables(spikes=torch.zeros(20, 1, 2))))
    with pytest.warns(UserWarning, match=f"{name} is {value}, clipped"):
        run(experiment, 20)


@pytest.mark.parametrize("leaky, fire", [(True, True), (False, True), (True, False)])
def test_switches_of_neurons(chip, leaky, fire):
    experiment = Experiment()
    neurons = LIF(2, experiment, leaky=leaky, fire=fire, enable_spike_recording=fire, refractory_time=1e-6 * fire)
    neurons(Synapse(2, 2, experiment)(LIFObservables(spikes=torch.zeros(20, 1, 2))))
    run(experiment, 20)
    [settings] = experiment.last_run_chip_configs[experiment.default_execution_instance.ID].values()
    columns = settings.neuron_block.atomic_neurons.columns
    assert (columns.leak.i_bias[:2] > 0).tolist() == [leaky] * 2
    assert columns.threshold.enable[:2].tolist() == [fire] * 2


def test_own_settings_of_neurons(chip):
    class Driven(LIF):
        def configure_hw_entity(self, neuron_id, neuron_block, coord):
            neuron_block = super().configure_hw_entity(neuron_id, neuron_block, coord)
            current = neuron_block.atomic_neurons[coord.get_atomic_neurons()[0]].constant_current
            current.enable, current.i_offset = neuron_id == 1, 1000
            return neuron_block

    experiment = Experiment()
    neurons = Driven(3, experiment)
    output = neurons(Synapse(2, 3, experiment)(LIFObservables(spikes=torch.zeros(100, 4, 2))))
    run(experiment, 100)
    counts = output.spikes.sum((0, 1))
    assert counts[1] > 10 and counts[0] == counts[2] == 0


def test_places_of_neurons(chip):
    shape = SingleCompartmentNeuron(1).compartments
    places = [
        halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(x), halco.NeuronRowOnDLS(1)))
        for x in (7, 3, 200)
    ]
    experiment = Experiment()
    instance = experiment.default_execution_instance
    instance.chip, instance.calib_path = lola.Chip.default_neuron_bypass, "as it is"
    synapse = Synapse(3, 3, experiment)
    synapse.weight.data = 63 * torch.eye(3)
    neurons = LIF(3, experiment, placement_constraint=places, enable_cadc_recording=False)
    sent = torch.zeros(50, 1, 3)
    sent[10, 0, 1] = 1
    output = neurons(synapse(LIFObservables(spikes=sent)))
    run(experiment, 50)
    assert neurons.logical_neurons() == places
    assert output.spikes.sum((0, 1)).tolist() == [0, 1, 0]
