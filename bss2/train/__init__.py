"""Training of networks as published for BrainScaleS-2, on the simulated chip or on the host.

Each set-up is a module with its settings, whose defaults are the published values, its model and its task; `trainer`
runs any of them, and `cli` is the command `bss2 train`.
"""
