"""Yin-yang with a hidden layer of 120 neurons, by surrogate gradients or by EventProp.

References
----------
Kriener et al.: The Yin-Yang dataset, 2022. Spilger et al.: hxtorch.snn, 2022. Pehle et al.: Event-based
backpropagation for analog neuromorphic hardware, 2023.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from bss2.train.neurons import ALIKE, NeuronSettings, Spread, bottom_row, clamp_to_chip, scale_to_chip, scaled_synapse
from bss2.train.task import ChipName, Settings, Task
from bss2.train.yin_yang_data import yin_yang
from hxtorch.spiking import LI, LIF, Experiment, LIFObservables, Synapse, run
from hxtorch.spiking.modules import EventPropLIF, EventPropSynapse
from hxtorch.spiking.transforms.encode import CoordinatesToSpikes

INPUTS, CLASSES = 5, 3
TRAIN_SEED, TEST_SEED = 42, 41
TEST_BATCH = 200
_LAYERS = {"surrogate": (Synapse, LIF), "eventprop": (EventPropSynapse, EventPropLIF)}


@dataclass(frozen=True)
class YinYangSettings(Settings):
    """Settings; the defaults are the published ones, but for the first hidden weights, and that weights are averaged.

    First hidden weights are published as 0.25 ± 0.25, with which each hidden neuron of the simulated chip fires nearly
    twice for every sample, and learns slowly.

    Attributes
    ----------
    gradient : "surrogate" or "eventprop"
        Who gives the gradient of the hidden layer. EventProp needs no membranes of hidden neurons.
    train_size, test_size : int
        Numbers of samples.
    hidden : int
        Neurons of the hidden layer.
    copies : int
        How often each input is there, with weights of its own: one synapse of the chip is weak.
    dt : float
        Length of a step, s.
    steps : int
        Number of steps.
    t_early, t_late, t_bias : float
        Spikes of coordinates 0 and 1, and of the bias, s.
    hidden_mean, hidden_std, output_mean, output_std : float
        First weights.
    weight_scale : float
        Synaptic weight on the chip for a weight of 1.
    readout_scale, readout : float
        Factor of the scores, and penalty of their squares.
    decalibration : float
        Relative spread of time constants and thresholds on the chip.
    decalibration_seed : int
        Of what is drawn.
    """

    batch_size: int = 50
    learning_rate: float = 2e-3
    decay: float = 0.9
    decay_epochs: int = 10
    average: float = 0.995
    gradient: Literal["surrogate", "eventprop"] = "surrogate"
    train_size: int = 5000
    test_size: int = 1000
    hidden: int = 120
    copies: int = 5
    dt: float = 1e-6
    steps: int = 38
    t_early: float = 2e-6
    t_late: float = 26e-6
    t_bias: float = 2e-6
    hidden_mean: float = 0.1
    hidden_std: float = 0.2
    output_mean: float = 0.0
    output_std: float = 0.1
    weight_scale: float = 70.0
    readout_scale: float = 10.0
    readout: float = 4e-4
    decalibration: float = 0.0
    decalibration_seed: int = 1
    neurons: NeuronSettings = field(default_factory=lambda: NeuronSettings(alpha=150.0, trace_scale=0.0147))

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("gradient", self.gradient in _LAYERS, f"one of {', '.join(_LAYERS)}")
        self._check("hidden", 1 <= self.hidden <= 256, "1 to 256, a row of neurons")
        self._check("copies", 1 <= self.copies <= 25, "1 to 25, as a neuron has 128 signed inputs")
        for name in ("train_size", "test_size"):
            self._check(name, getattr(self, name) >= 1, "at least 1")


MOCK = {"copies": 1, "hidden_mean": 0.8, "readout_scale": 1.0}
"""What the published set-up changes where the host computes everything."""

ON_CHIP: dict[str, dict[str, Any]] = {
    "surrogate": {"decay_epochs": 1},
    "eventprop": {
        "decay": 0.94, "decay_epochs": 1, "hidden_std": 0.3, "weight_scale": 49.0,
        "neurons": NeuronSettings(alpha=150.0, leak=110, reset=110, threshold=155, i_synin_gm=ALIKE),
    },
}
"""What is changed on the chip, by gradient: steps become smaller in fewer epochs, as results go up and down with the
noise of the chip. EventProp needs more neurons that fire, and a model that is close to the chip, as it sees nothing of
membranes: potentials in the middle of their range, and inputs that are equally strong."""


def changes(chip: ChipName, gradient: str = "surrogate") -> dict[str, Any]:
    """Settings that differ from the defaults of `YinYangSettings`, on a chip or on the host."""
    return MOCK if chip is None else ON_CHIP[gradient]


class YinYangNetwork(torch.nn.Module):
    """Inputs, hidden neurons, readout neurons whose membranes are recorded.

    Attributes
    ----------
    experiment : hxtorch.spiking.Experiment
        Where it runs.
    hidden_observables, readout_observables : Handle
        What the last run recorded.
    """

    def __init__(self, settings: YinYangSettings) -> None:
        super().__init__()
        self.experiment = Experiment(mock=settings.mock, dt=settings.dt)
        spread = Spread(settings.decalibration, settings.decalibration_seed)
        synapse, neuron = _LAYERS[settings.gradient]
        hidden, scale = settings.hidden, settings.weight_scale
        self.hidden_synapse = scaled_synapse(
            INPUTS * settings.copies, hidden, self.experiment, scale, settings.hidden_mean, settings.hidden_std,
            kind=synapse,
        )
        self.hidden = neuron(
            hidden, self.experiment, enable_cadc_recording=settings.gradient == "surrogate",
            **settings.neurons.spiking(hidden, settings.dt, spread),
        )
        self.readout_synapse = scaled_synapse(
            hidden, CLASSES, self.experiment, scale, settings.output_mean, settings.output_std
        )
        self.readout = LI(
            CLASSES, self.experiment, placement_constraint=bottom_row(CLASSES),
            **settings.neurons.readout(CLASSES, settings.dt, spread),
        )
        self.hidden_observables: Any = None
        self.readout_observables: Any = None

    def forward(self, spikes: Tensor) -> Tensor:
        """Membranes of the readout neurons, (steps, batch, classes), for input spikes (steps, batch, inputs)."""
        hidden = self.hidden(self.hidden_synapse(LIFObservables(spikes=spikes)))
        readout = self.readout(self.readout_synapse(hidden))
        run(self.experiment, len(spikes))
        self.hidden_observables, self.readout_observables = hidden, readout
        return readout.membrane_cadc


class YinYang(Task):
    """The task.

    Parameters
    ----------
    settings : YinYangSettings
        Settings.
    """

    name = "yin-yang"
    classes = CLASSES
    settings: YinYangSettings
    model: YinYangNetwork

    def __init__(self, settings: YinYangSettings) -> None:
        torch.manual_seed(settings.seed)
        super().__init__(
            settings, YinYangNetwork(settings), yin_yang(settings.train_size, TRAIN_SEED),
            yin_yang(settings.test_size, TEST_SEED), TEST_BATCH,
        )
        self._encode = CoordinatesToSpikes(
            settings.steps, settings.t_early, settings.t_late, settings.dt, settings.t_bias
        )
        self._fit()

    def scores(self, inputs: Tensor) -> Tensor:
        """The largest potential of each readout neuron over time, scaled."""
        spikes = self._encode(inputs).repeat(1, 1, self.settings.copies)
        return self.settings.readout_scale * self.model(spikes).amax(dim=0)

    def loss(self, scores: Tensor, labels: Tensor) -> Tensor:
        entropy = torch.nn.functional.cross_entropy(scores, labels)
        return entropy + self.settings.readout * scores.square().mean()

    def after_step(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Bring weights into the range of the chip."""
        if not self.settings.mock:
            clamp_to_chip(self.model.hidden_synapse)
            scale_to_chip(self.model.readout_synapse, self.settings.weight_scale)

    def observables(self) -> dict[str, float]:
        spikes = self.model.hidden_observables.spikes.detach()
        return {"hidden spikes": spikes.sum().item() / spikes.shape[1]}

    def load_state(self, state: dict[str, Any]) -> None:
        self._fit()
