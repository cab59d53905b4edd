"""Spikes from outside the chip."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import hxtorch.spiking.functional as F
from grenade.common import PopulationOnNetwork
from grenade.network import ExternalSourcePopulation, InputGenerator, NetworkBuilder
from grenade.network.spike_trains import milliseconds_to_cycles
from hxtorch.spiking.handle import handle_class
from hxtorch.spiking.modules.types.base_population import InputPopulation
from hxtorch.spiking.observables import HardwareObservables

_Spikes: Any = handle_class("spikes")


class InputNeuron(InputPopulation):
    """Sources of spikes outside the chip; in the model they pass spikes on.

    On the chip one is put before each projection whose input is no module. If the execution instance has
    `input_loopback`, the spikes that the chip saw take the place of those that were sent; the gradient passes.

    Parameters
    ----------
    size : int
        Number of sources.
    experiment, execution_instance, chip_coordinate
        As for `HXModule`.
    """

    output_type = _Spikes
    _loopback: bool | None = None

    def forward_func(self, input: Any, hw_data: Any = None) -> Any:  # type: ignore[override]
        """The spikes (time, batch, size) as they are, or as the chip saw them."""
        return _Spikes(spikes=F.input_neuron(input.spikes, hw_data))

    @property
    def changed_since_last_run(self) -> bool:
        instance = self.execution_instance
        return self._changed_since_last_run or (instance is not None and instance.input_loopback != self._loopback)

    def add_to_network_graph(self, builder: NetworkBuilder) -> PopulationOnNetwork:
        """Add the sources to a network, and remember their descriptor."""
        instance = self._require_instance()
        self._loopback = instance.input_loopback
        sources = [ExternalSourcePopulation.Neuron(self._loopback) for _ in range(self.size)]
        self.descriptor = builder.add(ExternalSourcePopulation(sources, self._require_chip()), instance.ID)
        return self.descriptor

    def batch_size(self, input: Any) -> int:
        """Number of entries of a batch of spikes.

        Raises
        ------
        ValueError
            The handle has no spikes, or they have the wrong shape.
        """
        spikes = getattr(input, "spikes", None)
        if spikes is None or spikes.ndim != 3 or spikes.shape[2] != self.size:
            shape = None if spikes is None else tuple(spikes.shape)
            raise ValueError(f"spikes of shape {shape} as input of {self.size} sources, expected "
                             f"(time, batch, {self.size})")
        return int(spikes.shape[1])

    def add_to_input_generator(self, input: Any, builder: InputGenerator) -> None:
        """Add the spikes that the sources send.

        Parameters
        ----------
        input : Handle
            `spikes` (time, batch, size); what is not 0 is a spike.
        builder : InputGenerator
            Collects them.

        Raises
        ------
        ValueError
            The spikes have another shape.
        """
        self.batch_size(input)
        dense = input.spikes.detach().cpu().contiguous().numpy()
        # Places of bits are found several times faster than those of numbers.
        step, place = np.divmod(np.flatnonzero(dense != 0), dense[0].size or 1)
        entry, neuron = np.divmod(place, self.size)
        times = milliseconds_to_cycles(np.arange(len(dense)) * (self.experiment.dt / 1e-3)).astype(np.int64)
        builder.add_events(entry, neuron, times[step], self.descriptor)

    def post_process(self, hw_data: HardwareObservables, runtime: float) -> Any:
        """Spikes that the chip saw, (time, batch, size); None if they are not recorded."""
        if not self._loopback or hw_data.spikes is None:
            return None
        return _Spikes(spikes=hw_data.spikes.to_dense(runtime, self.experiment.dt, dtype=torch.float32))
