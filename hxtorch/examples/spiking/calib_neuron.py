"""Calibrate neurons to parameters of their own, and let them fire.

Four neurons have the same time constants, leak and reset, and a threshold each. No calibration is loaded, so the first
run calibrates the chip to the parameters of the neurons: the lower the threshold, the more often a neuron fires after
two strong inputs. Then the leak is raised above all thresholds. The next run calibrates again, and all fire without any
input.

Run with ``python -m hxtorch.examples.spiking.calib_neuron``.
"""

from __future__ import annotations

from functools import partial

import torch

import hxtorch
from hxtorch.spiking import LIF, Experiment, LIFObservables, Synapse, run
from hxtorch.spiking.transforms.weight_transforms import linear_saturating

log = hxtorch.logger.get("hxtorch.examples.spiking.calib_neuron")

INPUTS, WEIGHT, SPIKE_AT = 2, 63, 5
STEPS, BATCH_SIZE = 100, 10
THRESHOLDS = (80.0, 90.0, 100.0, 120.0)
RAISED_LEAK = 160.0


def main() -> tuple[torch.Tensor, torch.Tensor]:
    """Run twice, the second time with a leak above the thresholds.

    Returns
    -------
    tuple of torch.Tensor
        Spikes [time, batch, 4] with inputs, and without inputs but with the raised leak.
    """
    hxtorch.init_hardware()
    try:
        experiment = Experiment(mock=False, dt=1e-6)
        synapse = Synapse(INPUTS, len(THRESHOLDS), experiment, transform=partial(linear_saturating, scale=1.0))
        synapse.weight.data.fill_(WEIGHT)
        neurons = LIF(
            len(THRESHOLDS), experiment, tau_syn=6e-6, tau_mem=20e-6, refractory_time=1e-6, leak=80.0, reset=80.0,
            threshold=torch.tensor(THRESHOLDS),
        )  # fmt: skip

        def spikes_for(inputs: torch.Tensor) -> torch.Tensor:
            output = neurons(synapse(LIFObservables(spikes=inputs)))
            run(experiment, STEPS)
            return output.spikes.detach().clone()

        silence = torch.zeros(STEPS, BATCH_SIZE, INPUTS)
        pulse = silence.clone()
        pulse[SPIKE_AT] = 1
        driven = spikes_for(pulse)
        neurons.leak.hardware_value = RAISED_LEAK
        spontaneous = spikes_for(silence)
    finally:
        hxtorch.release_hardware()
    for name, spikes in (("with inputs", driven), (f"without inputs, leak {RAISED_LEAK:g}", spontaneous)):
        counts = zip(spikes.sum(dim=0).mean(dim=0).tolist(), THRESHOLDS, strict=True)
        text = ", ".join(f"{count:.1f} (threshold {threshold:g})" for count, threshold in counts)
        log.info(f"spikes {name}: {text}")
    return driven, spontaneous


if __name__ == "__main__":
    main()
