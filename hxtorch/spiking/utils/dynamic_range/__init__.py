"""What the chip does with potentials and weights, to match models to it."""
