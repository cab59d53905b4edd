"""Conversions from and to the neuromorphic intermediate representation (NIR): networks and spikes.

The package `nir` (extra `nir`) is needed when one of them is called.
"""

from hxtorch.spiking.utils.from_nir import ConversionConfig, NIRModel, from_nir
from hxtorch.spiking.utils.from_nir_data import from_nir_data
from hxtorch.spiking.utils.to_nir import to_nir
from hxtorch.spiking.utils.to_nir_data import to_nir_data

__all__ = ["ConversionConfig", "NIRModel", "from_nir", "from_nir_data", "to_nir", "to_nir_data"]
