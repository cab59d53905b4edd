"""Registers: one container from its fields to its words, addresses and back, and many of them as arrays."""

from __future__ import annotations

import numpy as np

import halco
import haldls
from haldls import NeuronConfig, SynapseDriverConfig

# A container is the image of its registers; its attributes are the fields.
config = SynapseDriverConfig()
config.enable_receiver = True
config.row_mode_top = SynapseDriverConfig.RowMode.excitatory
config.row_address_compare_mask = 7
print(config)

# A value outside the range of its field is refused where it is written.
try:
    config.row_address_compare_mask = 32
except haldls.FieldValueError as error:
    print(f"refused: {error}\n")

# What a write sends: addresses and words.
driver = halco.SynapseDriverOnDLS(halco.SynapseDriverOnSynapseDriverBlock(23), halco.SynapseDriverBlockOnDLS.bottom)
addresses, words = haldls.encode(config, driver)
for address, word in zip(addresses, words, strict=True):
    print(f"0x{address:08x}  {word:032b}")
assert haldls.decode(SynapseDriverConfig, driver, words) == config

# The layout, as it is declared.
print()
print(haldls.describe(haldls.CrossbarNode))

# All neurons at once: one array per field, one entry per container.
neurons = haldls.Columns(NeuronConfig, halco.NeuronConfigOnDLS.size)
neurons.membrane_capacitor_size = np.linspace(0, 63, len(neurons)).astype(int)
neurons.enable_fire = True
addresses, words = haldls.encode(neurons, np.arange(len(neurons)))
print(f"\n{len(neurons)} neurons: addresses {addresses.shape}, words {words.shape}")
print(f"neuron 511: {neurons[511].membrane_capacitor_size=}, {neurons[511].enable_fire=}")
