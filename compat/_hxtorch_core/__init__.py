"""Names of the real system: what `hxtorch` has of its own, without its sub-packages."""

from hxtorch.hardware import (
    CalibrationPath,
    HWDBPath,
    get_unique_identifier,
    init_hardware,
    init_hardware_minimal,
    release_hardware,
)
from hxtorch.spike_data import dense_spikes_to_list, extract_n_spikes, weight_to_connection
