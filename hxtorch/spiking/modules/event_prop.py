"""Neurons and synapses whose gradients are those of spike times (EventProp).

References
----------
T. Wunderlich and C. Pehle, Event-based backpropagation can compute exact gradients for spiking neural networks,
Scientific Reports 11 (2021).
"""

from __future__ import annotations

from typing import Any

import hxtorch.spiking.functional as F
from hxtorch.spiking.handle import LIFObservables, SynapseHandle
from hxtorch.spiking.modules.lif import LIF
from hxtorch.spiking.modules.synapse import Synapse


class EventPropSynapse(Synapse):
    """As `Synapse`, in front of an `EventPropLIF`."""

    def forward_func(self, input: Any) -> Any:  # type: ignore[override]
        """Weighted sums of spikes, and room for a second gradient: `graded_spikes` is (2, time, batch, neurons)."""
        return SynapseHandle(graded_spikes=F.EventPropSynapseFunction.apply(input.spikes, self.weight))


class EventPropLIF(LIF):
    """As `LIF`, behind one `EventPropSynapse`; without adaptation and refractory time in the model."""

    def forward_func(self, input: Any, hw_data: Any = None) -> Any:  # type: ignore[override]
        """Membranes, currents and spikes (time, batch, size), see `AELIF.forward_func`."""
        spikes, membrane, current = F.EventPropLIFFunction.apply(
            input.graded_spikes, self.leak.model_value, self.reset.model_value, self.threshold.model_value,
            self.tau_syn.model_value, self.tau_mem.model_value, hw_data, self.experiment.dt)
        madc = None if hw_data is None else hw_data.voltage.madc
        return LIFObservables(spikes=spikes, membrane_cadc=membrane, current=current, membrane_madc=madc)
