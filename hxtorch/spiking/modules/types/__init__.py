"""Kinds of modules by what they are on the chip: sources of spikes, neurons, synapses."""

from hxtorch.spiking.modules.types.base_population import BasePopulation, InputPopulation
from hxtorch.spiking.modules.types.population import Population
from hxtorch.spiking.modules.types.projection import Projection

__all__ = ["BasePopulation", "InputPopulation", "Population", "Projection"]
