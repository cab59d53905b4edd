"""From data to spikes, from weights to those of the chip, from traces to scores."""

from hxtorch.spiking.transforms import decode, encode, weight_transforms
