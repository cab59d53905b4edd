"""Names of the real system: recorded data, and the way between tensors and networks."""

from hxtorch.spiking.backend.extraction import (
    extract_cadc,
    extract_madc,
    extract_spikes,
    run,
    tensor_to_spike_times,
)
from hxtorch.spiking.observables import CADCHandle, MADCHandle, SpikeHandle

__all__ = [
    "CADCHandle", "MADCHandle", "SpikeHandle", "extract_cadc", "extract_madc", "extract_spikes", "run",
    "tensor_to_spike_times",
]  # fmt: skip
