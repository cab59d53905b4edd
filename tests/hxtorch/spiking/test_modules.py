"""Modules without a chip: calling conventions, output handles, parameters, numerics as the equations have them."""

import math
import warnings

import pytest
import torch

from halco import AtomicNeuronOnDLS, CompartmentOnLogicalNeuron, Enum, LogicalNeuronOnDLS
from hxtorch.spiking.execution_instance import ExecutionInstance
from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import Handle, LIFObservables, LIObservables, SynapseHandle, TensorHandle
from hxtorch.spiking.modules import (
    AELIF,
    LI,
    LIF,
    BatchDropout,
    EventPropLIF,
    EventPropSynapse,
    HXFunctionalModule,
    HXModule,
    HXModuleWrapper,
    InputNeuron,
    NeuronExp,
    Population,
    ReadoutNeuronExp,
    SparseSynapse,
    Synapse,
)
from hxtorch.spiking.modules.types.traces import shifted, to_model
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import HXParameter, HXTransformedModelParameter, MixedHXModelParameter, ModelParameter
from hxtorch.spiking.run import run


@pytest.fixture
def experiment():
    return Experiment(mock=True)


@pytest.fixture
def on_chip():
    return Experiment(mock=False)


def spikes(steps=10, batch=1, size=5, at=()):
    dense = torch.zeros(steps, batch, size)
    for step in at:
        dense[step] = 1
    return LIFObservables(spikes=dense)


# -- calling conventions ---------------------------------------------------------------------------------------------


class TestFunctions:
    def test_without_data_of_the_chip(self, experiment):
        class Plain(HXModule):
            def forward_func(self, input):
                return TensorHandle(tensor=input.tensor + 1)

        module = Plain(experiment)
        assert module.func((TensorHandle(tensor=1),)).tensor == 2
        assert module.func(TensorHandle(tensor=1), hw_data="data").tensor == 2

    def test_with_data_of_the_chip(self, experiment):
        class WithData(HXModule):
            def forward_func(self, *inputs, hw_data=None):
                return TensorHandle(tensor=(tuple(each.tensor for each in inputs), hw_data))

        module = WithData(experiment)
        module.descriptor = "of the module"
        output = TensorHandle()
        module.exec_forward((TensorHandle(tensor=1), TensorHandle(tensor=2)), output, {"of the module": "data"})
        assert output.tensor == ((1, 2), "data")
        module.exec_forward((TensorHandle(tensor=1),), output, {})
        assert output.tensor == ((1,), None)

    def test_default_is_the_input(self, experiment):
        handle = TensorHandle(tensor=3)
        assert HXModule(experiment).func(handle) is handle

    def test_another_handle_is_refused(self, experiment):
        class Wrong(HXModule):
            def forward_func(self, input):
                return SynapseHandle(graded_spikes=1)

        with pytest.raises(AssertionError):
            Wrong(experiment).exec_forward((TensorHandle(tensor=1),), TensorHandle(), {})

    def test_forward_registers_only(self, experiment):
        module = HXModule(experiment)
        handle = TensorHandle(tensor=1)
        output = module(handle)
        assert output is module.output_handle and output.tensor is None
        assert experiment.modules.sources(module) == [handle]

    def test_users_change_the_numerics(self, experiment):
        class Doubled(LI):
            def forward_func(self, *input, hw_data=None):
                handle = super().forward_func(*input, hw_data=hw_data)
                handle.membrane_cadc = 2 * handle.membrane_cadc
                return handle

        values = []
        for kind in (LI, Doubled):
            synapse, neurons = Synapse(5, 2, experiment), kind(2, experiment, leak=1.0)
            synapse.weight.data.fill_(1)
            output = neurons(synapse(spikes(at=[2])))
            run(experiment, None)
            values.append(output.membrane_cadc.detach().clone())
        assert torch.equal(2 * values[0], values[1])


class TestWrapper:
    class Both(HXModuleWrapper):
        def forward_func(self, x, hw_data=None):
            self.seen = hw_data
            return TensorHandle(tensor=x.tensor), SynapseHandle(graded_spikes=2 * x.tensor)

    def modules(self, experiment):
        first, second = HXModule(experiment), HXModule(experiment)
        second.output_handle = SynapseHandle()
        first.descriptor, second.descriptor = "first", "second"
        return first, second

    def test_contains_and_update(self, experiment):
        first, second = self.modules(experiment)
        wrapper = self.Both(experiment, first=first)
        assert wrapper.contains(first) and not wrapper.contains(second)
        assert not wrapper.contains([first, second]) and wrapper.contains([first]) and wrapper.contains([])
        wrapper.update(second=second)
        assert wrapper.contains([first, second]) and wrapper.second is second
        assert list(wrapper.wrapped) == ["first", "second"]

    def test_only_modules(self, experiment):
        with pytest.raises(TypeError, match="linear is a Linear"):
            self.Both(experiment, linear=torch.nn.Linear(1, 1))
        with pytest.raises(ValueError, match="name 'output_handle'"):
            self.Both(experiment, output_handle=HXModule(experiment))

    def test_exec_forward(self, experiment):
        first, second = self.modules(experiment)
        wrapper = self.Both(experiment, first=first, second=second)
        outputs = first.output_handle, second.output_handle
        wrapper.exec_forward((TensorHandle(tensor=3),), outputs, {"second": 5})
        assert (outputs[0].tensor, outputs[1].graded_spikes, wrapper.seen) == (3, 6, (None, 5))

    def test_number_of_handles(self, experiment):
        first, second = self.modules(experiment)
        wrapper = self.Both(experiment, first=first)
        with pytest.raises(ValueError, match="gave 2 handles, expected 1"):
            wrapper.exec_forward((TensorHandle(tensor=3),), (first.output_handle,), {})

    def test_run(self, experiment):
        first, second = self.modules(experiment)
        wrapper = self.Both(experiment, first=first, second=second)
        output = second(first(TensorHandle(tensor=torch.ones(1, 1, 1))))
        for _ in range(2):
            wrapper()
            assert experiment.modules.wrappers == {wrapper: "w_0"}
        run(experiment, None)
        assert output.graded_spikes == 2 and experiment.modules.wrappers == {}

    def test_no_inputs(self, experiment):
        with pytest.raises(TypeError, match="without inputs"):
            self.Both(experiment)(TensorHandle())


def test_recurrence(experiment):
    """One neuron that excites itself, against a loop by hand."""

    class Recurrent(HXModuleWrapper):
        def forward_func(self, graded, hw_data=None):
            z, v, i, traces = torch.zeros(1, 1), torch.zeros(1, 1), torch.zeros(1, 1), []
            recurrent = []
            for x in graded.graded_spikes:
                recurrent.append(torch.nn.functional.linear(z, self.synapse.weight))
                v = 0.9 * v * (1 - z) + 0.1 * i
                i = 0.8 * i + x + recurrent[-1]
                z = (v > 1).float()
                traces.append((z, v, i))
            z, v, i = (torch.stack(trace) for trace in zip(*traces, strict=True))
            neurons = LIFObservables(spikes=z, membrane_cadc=v, current=i)
            return neurons, SynapseHandle(graded_spikes=torch.stack(recurrent))

    forward, recurrent, neurons = Synapse(1, 1, experiment), Synapse(1, 1, experiment), LIF(1, experiment)
    forward.weight.data.fill_(6)
    recurrent.weight.data.fill_(-3)
    wrapper = Recurrent(experiment, neurons=neurons, synapse=recurrent)
    output = neurons(forward(spikes(30, 1, 1, at=[1, 5, 20])))
    neurons(recurrent(output))
    wrapper()
    run(experiment, None)
    assert output.spikes.sum() > 0 and output.membrane_cadc.shape == (30, 1, 1)
    output.membrane_cadc.sum().backward()
    assert forward.weight.grad is not None


# -- output handles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make, kind", [
    (lambda e: AELIF(3, e), Handle("current", "membrane_cadc", "membrane_madc", "adaptation_cadc",
                                   "adaptation_madc", "spikes")),
    (lambda e: AELIF(3, e, fire=False), Handle("current", "membrane_cadc", "membrane_madc", "adaptation_cadc",
                                               "adaptation_madc")),
    (lambda e: AELIF(3, e, subthreshold_adaptation=False, spike_triggered_adaptation=False), LIFObservables()),
    (lambda e: LIF(3, e), LIFObservables()),
    (lambda e: LI(3, e), LIObservables()),
    (lambda e: Synapse(3, 2, e), SynapseHandle()),
    (lambda e: SparseSynapse(torch.eye(3), e), SynapseHandle()),
    (lambda e: BatchDropout(3, 0.5, e), LIFObservables()),
    (lambda e: InputNeuron(3, e), Handle("spikes")),
    (lambda e: EventPropLIF(3, e), LIFObservables()),
    (lambda e: EventPropSynapse(3, 2, e), SynapseHandle()),
])
def test_output_handles_are_empty_before_a_run(experiment, make, kind):
    module = make(experiment)
    assert type(module.output_handle) is type(kind) and module.output_handle == kind


def test_run_of_many_layers(experiment):
    sizes, handle, outputs = [5, 10, 20, 1], spikes(), []
    for pre, post in zip(sizes, sizes[1:], strict=False):
        graded = Synapse(pre, post, experiment)(handle)
        handle = LIF(post, experiment, leak=0, tau_syn=ModelParameter(1.0), tau_mem=ModelParameter(1.0))(graded)
        outputs += [graded, handle]
    assert all(getattr(output, name) is None for output in outputs for name in output.__slots__)
    assert run(experiment, None) is None
    for size, graded, neurons in zip(sizes[1:], outputs[::2], outputs[1::2], strict=True):
        for tensor in (graded.graded_spikes, neurons.spikes, neurons.membrane_cadc, neurons.current):
            assert tensor.shape == (10, 1, size) and not tensor.any()


@pytest.mark.parametrize("tau_mem, tau_syn, capacitance, peak, step", [
    (10e-6, 10e-6, None, 0.3874205, 19), (6e-6, 6e-6, None, 0.2411265, 15), (6e-6, 6e-6, 6e-6, 0.4018776, 15),
])
def test_postsynaptic_potential(experiment, tau_mem, tau_syn, capacitance, peak, step):
    synapse, neurons = Synapse(1, 1, experiment), LI(
        1, experiment, leak=0, tau_mem=tau_mem, tau_syn=tau_syn, membrane_capacitance=capacitance)
    synapse.weight.data.fill_(1)
    output = neurons(synapse(spikes(50, 1, 1, at=[10])))
    run(experiment, None)
    membrane = output.membrane_cadc[:, 0, 0]
    assert membrane.max().item() == pytest.approx(peak, rel=1e-5)
    assert int((membrane > membrane.max() - 1e-6).nonzero()[0]) == step


@pytest.mark.parametrize("refractory_time, at, level", [(1e-6, [22], {21: 121.8920}),
                                                        (0, [22, 35], {21: 121.8920, 34: 124.1546})])
def test_spikes_of_default_neurons(experiment, refractory_time, at, level):
    synapse, neurons = Synapse(1, 1, experiment), LIF(1, experiment, refractory_time=refractory_time)
    synapse.weight.data.fill_(50)
    output = neurons(synapse(spikes(50, 1, 1, at=[10, 15, 20, 30])))
    run(experiment, None)
    assert output.spikes.nonzero()[:, 0].tolist() == at
    for step, membrane in level.items():
        assert output.membrane_cadc[step].item() == pytest.approx(membrane, abs=1e-3)


def test_several_projections_add_up(experiment):
    first, second, neurons = Synapse(5, 2, experiment), Synapse(5, 2, experiment), LI(2, experiment, leak=0)
    handle = spikes(20, 1, 5, at=[3])
    neurons(first(handle))
    both = neurons(second(handle))
    run(experiment, None)
    both = both.membrane_cadc.detach().clone()
    alone = []
    for synapse in (first, second):
        output = neurons(synapse(handle))
        run(experiment, None)
        alone.append(output.membrane_cadc.detach().clone())
    torch.testing.assert_close(both, alone[0] + alone[1])


def test_a_run_may_fail_and_the_next_one_is_new(experiment):
    synapse = Synapse(5, 2, experiment)
    synapse(SynapseHandle(graded_spikes=torch.zeros(1)))
    with pytest.raises(AttributeError):
        run(experiment, None)
    output = synapse(spikes())
    run(experiment, None)
    assert output.graded_spikes.shape == (10, 1, 2)


# -- projections -------------------------------------------------------------------------------------------------------


def test_weights_of_synapses(experiment):
    synapse = Synapse(44, 33, experiment)
    assert synapse.weight.shape == (33, 44) and synapse.weight.any() and synapse.weight.requires_grad
    assert synapse.weight.abs().max() <= 1 / math.sqrt(44)
    assert (synapse.in_features, synapse.out_features, synapse.descriptor) == (44, 33, None)


@pytest.mark.parametrize("sparse", [False, True])
def test_sparse_synapses(experiment, sparse):
    torch.manual_seed(1)
    mask = (torch.rand(30, 44) < 0.54).float()
    synapse = SparseSynapse(mask.to_sparse() if sparse else mask, experiment)
    assert synapse.weight.shape == (44, 30) and (synapse.in_features, synapse.out_features) == (30, 44)
    assert torch.equal(synapse.weight != 0, mask.t() != 0)
    synapse.weight.data.fill_(1)
    output = synapse(spikes(4, 2, 30, at=[1]))
    run(experiment, None)
    assert torch.equal(output.graded_spikes[1, 0], mask.sum(0)) and torch.equal(synapse.weight, mask.t())
    pre, post = synapse.connections()
    assert len(pre) == int(mask.sum()) and (mask[pre, post] == 1).all()


def test_connections_have_two_dimensions(experiment):
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        SparseSynapse(torch.ones(3), experiment)


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0)])
def test_sizes_of_synapses(experiment, sizes):
    with pytest.raises(ValueError, match="_features of Synapse is 0"):
        Synapse(*sizes, experiment)


def test_weights_of_the_chip_are_rounded_half_away_from_zero(on_chip):
    synapse = Synapse(4, 2, on_chip, transform=lambda weight: 10 * weight)
    synapse.weight.data = torch.tensor([[0.25, -0.25, 0.05, 0.04], [7.0, -7.0, 0.0, -0.15]])
    assert synapse.hardware_weights().tolist() == [3, -3, 1, 0, 70, -70, 0, -2]
    sparse = SparseSynapse(torch.tensor([[0, 1.0], [1, 1]]), on_chip, transform=lambda weight: 10 * weight)
    sparse.weight.data = torch.tensor([[9.0, 0.25], [-0.25, 0.19]])
    assert sparse.hardware_weights().tolist() == [3, -3, 2]


@pytest.mark.parametrize("transform, text", [
    (lambda weight: weight[:1], "shape"), (lambda weight: weight / 0, "not finite"),
])
def test_wrong_transforms(on_chip, transform, text):
    with pytest.raises(ValueError, match=text):
        Synapse(2, 2, on_chip, transform=transform).hardware_weights()


def test_the_transform_does_not_change_the_weights(on_chip):
    synapse = Synapse(2, 2, on_chip, transform=lambda weight: weight.mul_(100))
    before = synapse.weight.detach().clone()
    synapse.hardware_weights()
    assert torch.equal(synapse.weight, before)


# -- dropout -----------------------------------------------------------------------------------------------------------


def test_dropout(experiment):
    torch.manual_seed(1)
    module = BatchDropout(33, 0.5, experiment)
    masks = [module.set_mask() for _ in range(2)]
    assert not torch.equal(*masks) and all(mask.shape == (33,) and mask.dtype == torch.bool for mask in masks)
    ones = LIFObservables(spikes=torch.ones(4, 2, 33))
    assert torch.equal(module.func(ones).spikes, masks[1].float().expand(4, 2, 33))
    module.eval()
    assert module.set_mask().all() and torch.equal(module.func(ones).spikes, ones.spikes)


@pytest.mark.parametrize("dropout", [-0.1, 1.1])
def test_dropout_is_a_probability(experiment, dropout):
    with pytest.raises(ValueError, match="probability"):
        BatchDropout(3, dropout, experiment)


def test_dropout_between_layers(experiment):
    torch.manual_seed(1)
    first, neurons = Synapse(5, 40, experiment), LIF(40, experiment, threshold=80.001)
    dropout, second = BatchDropout(40, 0.5, experiment), Synapse(40, 1, experiment)
    first.weight.data.fill_(10)
    second.weight.data.fill_(1)
    output = neurons(first(spikes(10, 2, 5, at=[1])))
    graded = second(dropout(output))
    run(experiment, None)
    assert output.spikes.sum() > 0
    torch.testing.assert_close(graded.graded_spikes[..., 0], (output.spikes * dropout.mask).sum(-1))


# -- populations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments, text", [
    ({"size": 0}, "size of LIF is 0"),
    ({"placement_constraint": []}, "0 places for 3 neurons"),
    ({"interpolation_mode": "cubic"}, "'cubic'"),
    ({"enable_madc_recording": True}, "record_neuron_id"),
    ({"enable_madc_recording": True, "record_neuron_id": 3}, "3, expected 0 to 2"),
    ({"trace_offset": torch.zeros(2)}, "trace_offset"),
    ({"trace_scale": torch.zeros(2)}, "trace_scale"),
])
def test_wrong_populations(experiment, arguments, text):
    with pytest.raises(ValueError, match=text):
        LIF(**{"size": 3, **arguments}, experiment=experiment)


def test_neurons_have_one_compartment(experiment):
    import halco
    import lola

    class Two(SingleCompartmentNeuron):
        def __init__(self):
            circuit = halco.AtomicNeuronOnLogicalNeuron
            morphology = lola.Morphology()
            for x in range(2):
                morphology.create_compartment([circuit(x, 0)])
            morphology.connect_to_soma(circuit(0, 0))
            morphology.connect_resistor_to_soma(circuit(1, 0))
            morphology.connect_soma_line(0, 1, 0)
            self._compartments, self._logical_neuron = morphology.done()

    with pytest.raises(ValueError, match="2 compartments"):
        LIF(3, experiment, neuron_structure=Two())


@pytest.mark.parametrize("kind, defaults", [
    (Population, {"refractory_time": 2e-6, "membrane_capacitance": 63, "leak": 80, "threshold": 125}),
    (AELIF, {"refractory_time": 1e-6, "membrane_capacitance": 10e-6, "exponential_slope": 50e-3,
             "exponential_threshold": 110, "tau_adap": 100e-6, "holdoff_time": 0}),
    (LIF, {"refractory_time": 1e-6, "tau_mem": 10e-6, "tau_syn": 10e-6, "i_synin_gm": 500, "synapse_dac_bias": 600}),
    (LI, {"refractory_time": 0, "leak": 80, "membrane_capacitance": 10e-6}),
])
def test_defaults(experiment, kind, defaults):
    module = kind(3, experiment)
    assert {name: getattr(module, name).model_value for name in defaults} == pytest.approx(defaults)
    assert module.mask.all() and module.mask.shape == (3,)


def test_full_capacitance_of_the_chip(experiment):
    first, second = LIF(3, experiment), LIF(3, experiment)
    assert first.membrane_capacitance.hardware_value == pytest.approx(63)
    first.membrane_capacitance.model_value = 5e-6
    assert first.membrane_capacitance.hardware_value == pytest.approx(31.5)
    assert second.membrane_capacitance.model_value == 10e-6


def test_terms_of_the_equations(experiment):
    def terms(module):
        return (module.leaky, module.fire, module.exponential, module.subthreshold_adaptation,
                module.spike_triggered_adaptation)

    assert terms(AELIF(1, experiment)) == (True,) * 5
    assert terms(LIF(1, experiment)) == (True, True, False, False, False)
    assert terms(LI(1, experiment)) == (True, False, False, False, False)
    assert not LI(1, experiment).enable_spike_recording and LI(1, experiment, reset=3, unknown=1).reset


def test_parameters_are_wrapped(experiment):
    given = MixedHXModelParameter(1.0, 150)
    module = LIF(3, experiment, threshold=given, leak=70)
    assert module.threshold is given and isinstance(module.leak, HXParameter)
    assert set(module.params_dict()) == {
        "leak", "reset", "threshold", "tau_mem", "tau_syn", "i_synin_gm", "membrane_capacitance", "refractory_time",
        "synapse_dac_bias", "holdoff_time", "e_coba_reversal", "e_coba_reference",
    }
    assert not module.has_trainable_params() and not list(module.parameters())
    module.tau_mem.make_trainable()
    assert module.has_trainable_params()


def test_trainable_parameters_get_gradients(experiment):
    tau = ModelParameter(8e-6).make_trainable()
    synapse, neurons = Synapse(1, 1, experiment), LI(1, experiment, leak=0, tau_mem=tau)
    synapse.weight.data.fill_(1)
    output = neurons(synapse(spikes(50, 1, 1, at=[10])))
    run(experiment, None)
    output.membrane_cadc.sum().backward()
    assert tau.model_value.grad is not None and tau.model_value.grad != 0
    assert [each is tau.model_value for each in neurons.parameters()] == [True]


@pytest.mark.parametrize("mask", [torch.ones(2, dtype=torch.bool), torch.ones(3)])
def test_wrong_masks(experiment, mask):
    with pytest.raises(ValueError, match="mask of LIF"):
        LIF(3, experiment).mask = mask


class TestChanges:
    def test_all_new(self, on_chip):
        for module in (LIF(3, on_chip), Synapse(2, 3, on_chip), InputNeuron(2, on_chip)):
            assert module.changed_since_last_run and module.network_changed_since_last_run

    def test_masks_do_not_change_the_network(self, on_chip):
        module = LIF(3, on_chip)
        module.reset_changed_since_last_run()
        module.mask = torch.ones(3, dtype=torch.bool)
        assert not module.changed_since_last_run
        module.mask = torch.tensor([True, False, True])
        assert module.changed_since_last_run and not module.network_changed_since_last_run
        module.reset_changed_since_last_run()
        assert not module.changed_since_last_run

    @pytest.mark.parametrize("name, value", [
        ("enable_cadc_recording", False), ("enable_spike_recording", False), ("fire", False), ("leaky", False),
    ])
    def test_what_is_recorded_and_computed_does(self, on_chip, name, value):
        module = LIF(3, on_chip)
        module.reset_changed_since_last_run()
        setattr(module, name, value)
        assert module.network_changed_since_last_run

    def test_what_happens_behind_the_chip_does_not(self, on_chip):
        module = LIF(3, on_chip)
        module.reset_changed_since_last_run()
        module.scale, module.offset, module.cadc_time_shift = 2.0, 1.0, 1
        assert not module.changed_since_last_run

    def test_loopback(self):
        experiment = Experiment(mock=False)
        module = InputNeuron(3, experiment)
        module._loopback = False
        module.reset_changed_since_last_run()
        assert not module.changed_since_last_run
        experiment.default_execution_instance.input_loopback = True
        assert module.changed_since_last_run


def test_places(on_chip):
    assert LIF(3, on_chip).execution_instance is on_chip.default_execution_instance
    instance = ExecutionInstance()
    module = LI(3, on_chip, execution_instance=instance, chip_coordinate=None)
    assert module.execution_instance is instance and module.chip_coordinate is not None
    mocked = LIF(3, Experiment(mock=True))
    assert mocked.execution_instance is None and mocked.chip_coordinate is None


# -- registration ------------------------------------------------------------------------------------------------------


def neuron_places(count):
    shape = SingleCompartmentNeuron(1).compartments
    return [LogicalNeuronOnDLS(shape, AtomicNeuronOnDLS(Enum(i))) for i in range(count)]


class TestRegistration:
    @pytest.mark.parametrize("name", ["trace_offset", "trace_scale"])
    def test_by_place(self, on_chip, name):
        values = torch.rand(10)
        by_place = dict(zip(neuron_places(12), [*values.tolist(), 5.0, 6.0], strict=True))
        for given in (values, by_place):
            experiment = Experiment(mock=False)
            module = LIF(10, experiment, **{name: given})
            module.register_hw_entity()
            assert experiment.default_execution_instance.id_counter == 10
            assert module.unit_ids.tolist() == list(range(10))
            assert torch.equal(getattr(module, name.removeprefix("trace_")), values)

    def test_a_place_is_missing(self, on_chip):
        module = LIF(3, on_chip, trace_scale=dict.fromkeys(neuron_places(2), 1.0))
        with pytest.raises(ValueError, match="trace_scale of LIF has nothing for"):
            module.register_hw_entity()

    def test_numbers_go_on(self, on_chip):
        modules = [LIF(3, on_chip), LI(2, on_chip)]
        for module in modules:
            module.register_hw_entity()
        assert modules[1].unit_ids.tolist() == [3, 4] and on_chip._populations == modules
        circuits = [place.get_atomic_neurons()[0] for module in modules for place in module.logical_neurons()]
        assert [int(circuit.toEnum()) for circuit in circuits] == list(range(5))

    def test_one_madc(self, on_chip):
        first, second = (LI(3, on_chip, enable_madc_recording=True, record_neuron_id=1) for _ in range(2))
        first.register_hw_entity()
        with pytest.raises(RuntimeError, match="MADC recording already"):
            second.register_hw_entity()

    def test_places_before(self, on_chip):
        with pytest.raises(RuntimeError, match="no places before"):
            LIF(3, on_chip).logical_neurons()

    def test_structure(self, on_chip):
        module = LIF(3, on_chip, neuron_structure=SingleCompartmentNeuron(2))
        module.register_hw_entity()
        circuits = module.logical_neurons()[2].get_placed_compartments()[CompartmentOnLogicalNeuron()]
        assert [int(circuit.toEnum()) for circuit in circuits] == [2, 258]


# -- traces ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps, expected", [
    (0, [0, 1, 2, 3]), (1, [1, 2, 3, 3]), (3, [3, 3, 3, 3]), (9, [3, 3, 3, 3]), (-1, [0, 0, 1, 2]),
    (-4, [0, 0, 0, 0]),
])
def test_shift(steps, expected):
    assert shifted(torch.arange(4.0)[:, None, None], steps)[:, 0, 0].tolist() == expected


def test_shift_comes_first_then_offset_then_scale():
    trace = torch.tensor([1.0, 3.0, 7.0])[:, None, None].expand(3, 2, 2).clone()
    kwargs = {"shift": 1, "offset": torch.tensor([1.0, 2.0]), "scale": torch.tensor([10.0, 20.0])}
    assert to_model(trace.clone(), from_first=True, **kwargs)[:, 0].tolist() == [[0, 0], [40, 80], [40, 80]]
    assert to_model(trace.clone(), from_first=False, **kwargs)[:, 0].tolist() == [[20, 20], [60, 100], [60, 100]]
    plain = to_model(trace.clone(), shift=0, from_first=False, offset=0.0, scale=1.0)
    assert torch.equal(plain, trace)


# -- deprecated and event-based ----------------------------------------------------------------------------------------


def factor(tau, dt=1e-6):
    return HXTransformedModelParameter(math.exp(-dt / tau), lambda value: -dt / math.log(value))


def test_exponential_euler_neurons(experiment):
    with pytest.warns(DeprecationWarning, match="use LIF"):
        neurons = NeuronExp(2, experiment, leak=0, reset=0, threshold=1, tau_mem=factor(10e-6), tau_syn=factor(10e-6))
    with pytest.warns(DeprecationWarning, match="use LI"):
        readout = ReadoutNeuronExp(1, experiment, leak=0, tau_mem=factor(10e-6), tau_syn=factor(10e-6))
    first, second = Synapse(1, 2, experiment), Synapse(2, 1, experiment)
    first.weight.data = torch.tensor([[50.0], [1.0]])
    second.weight.data.fill_(1)
    hidden = neurons(first(spikes(20, 1, 1, at=[3])))
    output = readout(second(hidden))
    run(experiment, None)
    assert set(hidden.spikes.unique().tolist()) == {0, 1} and not hidden.spikes[:, :, 1].any()
    # The synaptic current: weight times the factor for each step.
    assert hidden.current[5, 0, 1].item() == pytest.approx(math.exp(-0.2), rel=1e-5)
    assert hidden.membrane_madc is None and hidden.membrane_cadc.max() < 50
    assert output.membrane_cadc.max() > 0 and output.current.max() >= 1 and output.membrane_madc is None
    assert neurons.tau_mem.hardware_value == pytest.approx(10e-6)


def test_event_prop(experiment):
    torch.manual_seed(1)
    times = {"tau_mem": 6e-6, "tau_syn": 6e-6}
    synapse, neurons = EventPropSynapse(5, 3, experiment), EventPropLIF(3, experiment, leak=0, reset=0, threshold=1,
                                                                        **times)
    synapse.weight.data.fill_(1)
    output = neurons(synapse(spikes(20, 2, 5, at=[2])))
    run(experiment, None)
    assert output.spikes.shape == (20, 2, 3) and output.spikes.sum() > 0
    (output.spikes * torch.arange(20.0)[:, None, None]).sum().backward()
    assert synapse.weight.grad.abs().sum() > 0


def test_no_warning_for_what_is_not_deprecated(experiment):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        synapse, neurons = Synapse(5, 2, experiment), LIF(2, experiment)
        neurons(synapse(spikes()))
        run(experiment, None)


def test_functional_modules_have_no_counterpart(on_chip):
    module = HXFunctionalModule(on_chip)
    module(TensorHandle())
    assert on_chip.modules.hardware_modules() == []
