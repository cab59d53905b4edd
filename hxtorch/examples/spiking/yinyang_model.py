"""Networks for the yin-yang data set: a hidden layer of LIF neurons, and readout neurons whose membranes are scores.

References: Kriener et al., The Yin-Yang dataset, NICE 2022.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

import halco
from hxtorch.spiking import LI, LIF, Experiment, LIFObservables, LIObservables, Synapse, run
from hxtorch.spiking.morphology import SingleCompartmentNeuron
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

# Potentials of the model, and on the chip in CADC LSB.
LEAK, RESET, THRESHOLD = (0.0, 80), (0.0, 80), (1.0, 150)
SYNAPTIC_INPUT = {"i_synin_gm": 500, "synapse_dac_bias": 1000}
CAPACITANCE = 63


class SNN(torch.nn.Module):
    """Spikes of coordinates, hidden neurons, readout neurons.

    Parameters
    ----------
    n_in, n_hidden, n_out : int
        Numbers of inputs, hidden neurons and readout neurons.
    mock : bool
        Run on the host.
    dt : float
        Time step, s.
    tau_mem, tau_syn : float
        Time constants, s.
    alpha : float
        Steepness of the surrogate gradient.
    trace_shift_hidden, trace_shift_out : int
        By how many steps CADC samples move to earlier times.
    weight_init_hidden, weight_init_output : (float, float)
        Mean and standard deviation of the first weights.
    weight_scale : float
        Weight on the chip for a model weight of 1.
    trace_scale : float
        Model potential for 1 LSB of the CADC.
    input_repetitions : int
        How often each input is there: synapses are too weak for a spike to matter alone.
    synapse_type, neuron_type : type
        Modules of the hidden layer: `Synapse` and `LIF`, or `EventPropSynapse` and `EventPropLIF`.
    hidden_cadc_recording : bool
        Record the membranes of hidden neurons, which surrogate gradients need.
    device : torch.device

    Attributes
    ----------
    exp : Experiment
    linear_h, lif_h, linear_o, li_readout : torch.nn.Module
        Its layers.
    s_h, y_o : Handle
        Observables of hidden and readout neurons in the last run.
    """

    def __init__(
        self, n_in: int, n_hidden: int, n_out: int, mock: bool = False, dt: float = 1e-6, tau_mem: float = 6e-6,
        tau_syn: float = 6e-6, alpha: float = 50.0, trace_shift_hidden: int = 0, trace_shift_out: int = 0,
        weight_init_hidden: tuple[float, float] | None = None, weight_init_output: tuple[float, float] | None = None,
        weight_scale: float = 1.0, trace_scale: float = 1.0, input_repetitions: int = 1,
        synapse_type: type = Synapse, neuron_type: type = LIF, hidden_cadc_recording: bool = True,
        device: torch.device | str = "cpu",
    ) -> None:  # fmt: skip
        super().__init__()
        self.exp = Experiment(mock=mock, dt=dt)
        self.input_repetitions, self.device = input_repetitions, torch.device(device)
        transform = partial(linear_saturating, scale=weight_scale)

        def neurons(kind: type, size: int, **more: Any) -> torch.nn.Module:
            return kind(
                size, self.exp, tau_mem=tau_mem, tau_syn=tau_syn, leak=MixedHXModelParameter(*LEAK),
                membrane_capacitance=MixedHXModelParameter(tau_mem, CAPACITANCE), trace_scale=trace_scale,
                shift_cadc_to_first=True, **SYNAPTIC_INPUT, **more,
            )  # fmt: skip

        self.linear_h = synapse_type(n_in * input_repetitions, n_hidden, self.exp, transform=transform)
        self.lif_h = neurons(
            neuron_type, n_hidden, reset=MixedHXModelParameter(*RESET), threshold=MixedHXModelParameter(*THRESHOLD),
            alpha=alpha, cadc_time_shift=trace_shift_hidden, enable_cadc_recording=hidden_cadc_recording,
        )  # fmt: skip
        self.linear_o = Synapse(n_hidden, n_out, self.exp, transform=partial(linear_saturating, scale=weight_scale))
        self.li_readout = neurons(
            LI, n_out, cadc_time_shift=trace_shift_out, placement_constraint=_bottom_row(n_out)
        )  # fmt: skip
        for layer, moments in ((self.linear_h, weight_init_hidden), (self.linear_o, weight_init_output)):
            if moments is not None:
                torch.nn.init.normal_(layer.weight, *moments)
        self.s_h: Any = None
        self.y_o: LIObservables | None = None
        self.to(self.device)

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Membranes of the readout neurons: [time, batch, n_out].

        Spikes are [time, batch, n_in]; without time, or without time and batch, these are one.
        """
        spikes = spikes[(None,) * (3 - spikes.dim())]
        spikes = torch.cat([spikes.to(self.device)] * self.input_repetitions, dim=-1)
        self.s_h = self.lif_h(self.linear_h(LIFObservables(spikes=spikes)))
        self.y_o = self.li_readout(self.linear_o(self.s_h))
        run(self.exp, spikes.shape[0])
        return self.y_o.membrane_cadc


class Model(torch.nn.Module):
    """From coordinates to scores.

    Parameters
    ----------
    encoder : Callable
        From coordinates [batch, features] to spikes [time, batch, inputs].
    network : SNN
    decoder : Callable
        From membranes [time, batch, classes] to scores [batch, classes].
    readout_scale : float
        Factor of the scores.
    """

    def __init__(
        self,
        encoder: Callable[[torch.Tensor], torch.Tensor],
        network: SNN,
        decoder: Callable[[torch.Tensor], torch.Tensor],
        readout_scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.encoder, self.network, self.decoder = encoder, network, decoder
        self.readout_scale = readout_scale
        self.scores: torch.Tensor | None = None

    def forward(self, coordinates: torch.Tensor) -> torch.Tensor:
        """Scores [batch, classes]."""
        self.scores = self.readout_scale * self.decoder(self.network(self.encoder(coordinates)))
        return self.scores

    def regularize(
        self, reg_readout: float, reg_bursts: float, reg_weights_hidden: float, reg_weights_output: float
    ) -> torch.Tensor:
        """Penalty for large scores, many spikes of hidden neurons, and large weights, of the last batch.

        The factors are those of the mean squared score, of the mean squared number of spikes of a hidden neuron, and of
        the mean squared weights of both projections.
        """
        if self.scores is None:
            raise RuntimeError("there are no scores to regularise before the first batch")
        spikes = self.network.s_h.spikes
        return (
            reg_readout * self.scores.square().mean()
            + reg_bursts * spikes.sum(dim=0).square().mean()
            + reg_weights_hidden * self.network.linear_h.weight.square().mean()
            + reg_weights_output * self.network.linear_o.weight.square().mean()
        )


def _bottom_row(count: int) -> list[halco.LogicalNeuronOnDLS]:
    """Places of readout neurons: the first columns of the bottom row, away from hidden neurons."""
    shape = SingleCompartmentNeuron(1).compartments
    columns = [halco.NeuronColumnOnDLS(column) for column in range(count)]
    anchors = [halco.AtomicNeuronOnDLS(column, halco.NeuronRowOnDLS.bottom) for column in columns]
    return [halco.LogicalNeuronOnDLS(shape, anchor) for anchor in anchors]
