"""Neurons that integrate products."""

from __future__ import annotations

from typing import Any

import numpy as np

from calix.common.base import CalibTarget
from calix.common.exceptions import CalibNotSupported
from calix.common.fields import Field, PerInput, PerNeuron
from calix.common.neuron_result import NeuronCalibResult

__all__ = ["NeuronCalibResult", "NeuronCalibTarget", "settings"]

_US = 1e-6
_US_PER_S = 1e6


class NeuronCalibTarget(CalibTarget):
    """Targets of all neuron circuits, in the units of `calix.spiking.neuron.NeuronCalibTarget`.

    Attributes
    ----------
    leak : NeuronValues
        Potential from which neurons integrate.
    tau_mem : NeuronValues
        Time constant of the membrane, as long as the leak is on.
    tau_syn : NeuronValues
        Time constant of the synaptic inputs, the same for both of a circuit. Circuits that cannot have it get the
        shortest that they can, and the same strength.
    i_synin_gm, synapse_dac_bias : int
        Strength of synaptic inputs and of synapses. The defaults give products the usual gain of 0.002 LSB for an
        activation and a weight of 1, which is proportional to both.
    target_noise : None
        Noise is not a target.
    """

    leak = PerNeuron(120, 0, 255, usual=(100, 140))
    tau_mem = PerNeuron(60 * _US, 0.1 * _US, 2000 * _US, usual=(20 * _US, 100 * _US), unit="s")
    tau_syn = PerInput(0.32 * _US, 0.1 * _US, 100 * _US, usual=(0.3 * _US, 20 * _US), unit="s")
    i_synin_gm = Field(450, 0, 1022, usual=(30, 600), integer=True)
    synapse_dac_bias = Field(1022, 0, 1022, usual=(30, 1022), integer=True)
    target_noise = Field(None, 0, optional=True)


def settings(target: NeuronCalibTarget, disable_leakage: bool) -> dict[str, Any]:
    """What the oracle of a simulated chip takes.

    Raises
    ------
    CalibNotSupported
        Inputs of a circuit with different time constants, or a target for the noise.
    """
    target.warn_of_unusual()
    exc, inh = target.tau_syn.to_numpy().T
    if not np.array_equal(exc, inh):
        circuit = int(np.argmax(exc != inh))
        raise CalibNotSupported(
            f"tau_syn: {exc[circuit]:g} s and {inh[circuit]:g} s for the inputs of neuron {circuit}, expected the same"
        )
    if target.target_noise is not None:
        raise CalibNotSupported(
            f"target_noise is {target.target_noise:g}, but noise cannot be calibrated: expected None"
        )
    kind = type(target)
    return {
        "leak": np.asarray(target.leak),
        "tau_mem": np.inf if disable_leakage else _US_PER_S * np.asarray(target.tau_mem),
        "tau_syn": _US_PER_S * exc,
        "strength": target.i_synin_gm / kind.i_synin_gm.default,
        "dac_strength": target.synapse_dac_bias / kind.synapse_dac_bias.default,
    }
