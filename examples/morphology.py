"""A neuron with dendrites: several neuron circuits, wired up to one neuron with three compartments, and placed."""

from __future__ import annotations

import halco
import haldls
import lola
import stadls

Circuit = halco.AtomicNeuronOnLogicalNeuron

# Two circuits make up the soma; a dendrite on either side of it is coupled to it through a conductance.
morphology = lola.Morphology()
dendrite = morphology.create_compartment([Circuit(0, 0)])
soma = morphology.create_compartment([Circuit(1, 0), Circuit(1, 1)])
branch = morphology.create_compartment([Circuit(2, 0)])
morphology.connect_soma_line(0, 2, 0)
morphology.connect_resistor_to_soma(Circuit(0, 0))
morphology.connect_to_soma(Circuit(1, 0))
morphology.connect_resistor_to_soma(Circuit(2, 0))
print(morphology)

# The result is a shape, to be placed on the chip, and the configuration of its circuits.
compartments, neuron = morphology.done()
for circuit in neuron.morphology[soma]:
    circuit.leak.v_leak = 600
neuron.at(soma, 0).threshold.enable = True
neuron.at(soma, 0).threshold.v_threshold = 500
neuron.at(dendrite, 0).multicompartment.i_bias_nmda = 300
neuron.at(branch, 0).multicompartment.i_bias_nmda = 200

# Placed with its top left corner at column 10 of the upper row, it is written like any other container.
anchor = halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(10), halco.NeuronRowOnDLS.top)
placed = halco.LogicalNeuronOnDLS(compartments, anchor)
for compartment, circuits in placed.get_placed_compartments().items():
    where = ", ".join(f"column {int(c.x())} row {int(c.y())}" for c in circuits)
    print(f"compartment {int(compartment)}: {where}")
addresses, _ = haldls.encode(neuron, placed)
print(f"{len(addresses)} registers")

builder = stadls.PlaybackProgramBuilder()
builder.write(placed, neuron)
builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
with stadls.ManagedZeroMockConnection() as connection:
    stadls.run(connection, builder.done())
