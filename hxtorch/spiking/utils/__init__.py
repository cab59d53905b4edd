"""Helpers around models."""

from hxtorch.spiking.utils.model_mapper import MixinHXModelMapper
