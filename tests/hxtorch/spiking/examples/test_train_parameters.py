"""Time constants of a neuron on the chip are trained until its membrane is that of another one.

The calibrated neuron gives the target. Then the neuron starts with other time constants, which rules of thumb translate
to settings of its circuit; gradients are those of the model.
"""

from functools import partial
from types import SimpleNamespace

import pytest
import torch

import hxtorch
import hxtorch.spiking as hxsnn
from hxtorch.spiking.modules import ReadoutNeuronExp
from hxtorch.spiking.parameter import HXTransformedModelParameter, MixedHXModelParameter
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

DT = 1e-6
EPOCHS, LEARNING_RATE = 80, 0.003
LARGEST_TAU_WITHOUT_DIVISION = 20e-6
BIASES = (10, 1020)


def power_law(tau, scale_us, exponent):
    """Bias for a time constant: its inverse power, within the range of the cell."""
    return int((1e6 * float(tau) / scale_us) ** (-1 / exponent)) if tau > 0 else BIASES[1]


def circuits(chip, neurons):
    return [chip.neuron_block.atomic_neurons[neuron.get_atomic_neurons()[0]] for neuron in neurons]


def clipped(value, smallest, largest):
    return max(smallest, min(largest, value))


def set_leak(tau, chip, neurons):
    for circuit in circuits(chip, neurons):
        division = bool(tau > LARGEST_TAU_WITHOUT_DIVISION)
        bias = power_law(tau, 851, 0.59) if division else power_law(tau, 242, 0.72)
        circuit.leak.i_bias, circuit.leak.enable_division = clipped(bias, *BIASES), division


def set_capacitance(tau, chip, neurons):
    for circuit in circuits(chip, neurons):
        circuit.membrane_capacitance.capacitance = clipped(int((1e6 * float(tau) - 4.64) / 0.734), 0, 63)


def set_tau_syn(tau, chip, neurons):
    for circuit in circuits(chip, neurons):
        circuit.inhibitory_input.i_bias_tau = clipped(power_law(tau, 979, 0.968), *BIASES)
        circuit.excitatory_input.i_bias_tau = clipped(power_law(tau, 998, 0.953), *BIASES)


class ConductanceNeuron(ReadoutNeuronExp):
    """The exponential model has a leak of 1; a smaller one, for a longer time constant, makes inputs stronger."""

    def __init__(self, *args, **parameters):
        super().__init__(*args, **parameters)
        self.calibrated_tau = self.tau_mem.hardware_value.clone()

    def forward_func(self, input, hw_data=None):
        factor = -DT / torch.log(self.tau_mem.model_value) / self.calibrated_tau
        scaled = hxsnn.SynapseHandle(graded_spikes=input.graded_spikes * factor)
        return super().forward_func(scaled, hw_data=hw_data)


def time_constant(tau):
    """Its model value is the factor of a time step."""
    return HXTransformedModelParameter(torch.exp(-DT / torch.tensor([tau])), lambda factor: -DT / torch.log(factor))


CAPACITANCE = SimpleNamespace(
    neuron=ReadoutNeuronExp, set_tau_mem=set_capacitance, target=(25e-6, 10e-6), start=(8e-6, 20e-6), weight_scale=33,
    settings={"i_synin_gm": 60, "synapse_dac_bias": 1000, "membrane_capacitance": 32},
)  # fmt: skip
CONDUCTANCE = SimpleNamespace(
    neuron=ConductanceNeuron, set_tau_mem=set_leak, target=(10e-6, 10e-6), start=(20e-6, 15e-6), weight_scale=60,
    settings={"i_synin_gm": 500, "synapse_dac_bias": 600},
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("case", [CAPACITANCE, CONDUCTANCE], ids=["capacitance", "conductance"])
def test_time_constants_are_learned(monkeypatch, case, seed):
    monkeypatch.setenv("BSS2_CHIP_SEED", str(seed))
    torch.manual_seed(1)
    spikes = torch.bernoulli(torch.full((150, 150, 1), 0.04))
    hxtorch.init_hardware()
    experiment = hxsnn.Experiment(mock=False, dt=DT)
    synapse = hxsnn.Synapse(1, 1, experiment, transform=partial(linear_saturating, scale=case.weight_scale))
    synapse.weight.data.fill_(1.0)
    synapse.weight.requires_grad_(False)
    neuron = case.neuron(
        1, experiment, tau_mem=time_constant(case.target[0]), tau_syn=time_constant(case.target[1]),
        leak=MixedHXModelParameter(0.0, 80), threshold=MixedHXModelParameter(0.0, 125), cadc_time_shift=-1,
        shift_cadc_to_first=True, trace_scale=1 / 45, **case.settings,
    )  # fmt: skip

    def membrane():
        output = neuron(synapse(hxsnn.LIFObservables(spikes=spikes)))
        hxsnn.run(experiment, len(spikes))
        return output.membrane_cadc

    try:
        target = membrane().detach().clone()
        neuron.tau_mem = time_constant(case.start[0]).make_trainable(case.set_tau_mem)
        neuron.tau_syn = time_constant(case.start[1]).make_trainable(set_tau_syn)
        optimizer = torch.optim.Adam([neuron.tau_mem.model_value, neuron.tau_syn.model_value], lr=LEARNING_RATE)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=EPOCHS // 3, gamma=0.8)
        errors = []
        for _ in range(EPOCHS):
            optimizer.zero_grad()
            error = torch.nn.functional.mse_loss(membrane(), target)
            error.backward()
            optimizer.step()
            scheduler.step()
            errors.append(error.item())
    finally:
        hxtorch.release_hardware()
    # The noise of two reads and of the first samples that are subtracted makes 0.0014 of it.
    assert errors[-1] < 0.1 * errors[0] and errors[-1] < 0.03
