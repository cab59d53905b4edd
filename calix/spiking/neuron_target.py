"""What neurons of spiking networks are calibrated to."""

from __future__ import annotations

from typing import Any

import numpy as np

from calix.common.base import CalibTarget
from calix.common.fields import Choice, Field, PerInput, PerNeuron, Reversal, Undecided

_US = 1e-6


class UncalibratedCubaSynapticInput(CalibTarget):
    """Current-based inputs whose biases are taken as they are.

    Attributes
    ----------
    i_synin_gm : NeuronValues
        Bias, CapMem LSB, by circuit and input.
    """

    i_synin_gm = PerInput(500, 0, 1022, usual=(30, 800), integer=True)


class CalibratedCubaSynapticInput(CalibTarget):
    """Current-based inputs, equally strong in all circuits; excitatory and inhibitory ones on their own.

    Attributes
    ----------
    i_synin_gm : numpy.ndarray
        (2,), excitatory and inhibitory: as strong as with this bias on average, CapMem LSB. None: not chosen yet.
    """

    i_synin_gm = Undecided(500, 2, 0, 1022, usual=(30, 800), integer=True)


class CalibratedMatchingCubaSynapticInput(CalibTarget):
    """Current-based inputs, all equally strong.

    Attributes
    ----------
    i_synin_gm : int
        As strong as excitatory ones with this bias on average, CapMem LSB.
    """

    i_synin_gm = Field(500, 0, 1022, usual=(30, 800), integer=True)


class CalibratedCobaSynapticInput(CalibTarget):
    """Conductance-based inputs.

    Attributes
    ----------
    e_coba_reversal : NeuronValues or None
        Reversal potentials, CADC LSB, by circuit and input. None, infinite ones and nan: the input is current-based.
    e_coba_reference : NeuronValues or None
        Potentials at which an input is as strong as a current-based one, CADC LSB. None and nan: the mean of leak and
        threshold.
    """

    e_coba_reversal = Reversal(None, optional=True)
    e_coba_reference = Reversal(None, 60, 165, usual=(60, 160), optional=True)


class NeuronCalibTarget(CalibTarget):
    """Targets of all neuron circuits.

    Fields take a number for all circuits, an array, or a quantity of the package `quantities`; they are `NeuronValues`
    (512,) where a circuit has one of its own. Potentials are in CADC LSB, times in s, biases in CapMem LSB.

    Attributes
    ----------
    leak, reset, threshold : NeuronValues
        Potentials, 0..255.
    tau_mem : NeuronValues
        Time constant of the membrane, 0.1 µs to 2 ms.
    tau_syn : NeuronValues
        Time constants of the synaptic inputs, 0.1 to 100 µs: (512,), or (2, 512) for excitatory and inhibitory ones.
    cuba_synin : UncalibratedCubaSynapticInput, CalibratedCubaSynapticInput or CalibratedMatchingCubaSynapticInput
        Strength of current-based inputs; `i_synin_gm` is a short name of what is in it.
    coba_synin : CalibratedCobaSynapticInput
        Conductance-based inputs; `e_coba_reversal` and `e_coba_reference` are short names.
    membrane_capacitance : NeuronValues
        0..63, where 63 is about 2.2 pF.
    refractory_time, holdoff_time : NeuronValues
        Refractory time, and how much of it is left when the reset of the membrane ends.
    synapse_dac_bias : int or None
        Bias of the synapses; None: not chosen yet.
    tau_icc : NeuronValues or None
        Time constant of the conductance between compartments; None: not calibrated.
    """

    leak = PerNeuron(80, 0, 255, usual=(50, 160))
    reset = PerNeuron(70, 0, 255, usual=(50, 160))
    threshold = PerNeuron(125, 0, 255, usual=(50, 220))
    tau_mem = PerNeuron(10 * _US, 0.1 * _US, 2000 * _US, usual=(0.5 * _US, 60 * _US), unit="s")
    tau_syn = PerInput(10 * _US, 0.1 * _US, 100 * _US, usual=(0.3 * _US, 30 * _US), unit="s")
    cuba_synin = Choice(
        CalibratedMatchingCubaSynapticInput, CalibratedMatchingCubaSynapticInput, CalibratedCubaSynapticInput,
        UncalibratedCubaSynapticInput,
    )
    coba_synin = Choice(CalibratedCobaSynapticInput, CalibratedCobaSynapticInput)
    membrane_capacitance = PerNeuron(63, 0, 63, integer=True)
    refractory_time = PerNeuron(2 * _US, 0, usual=(0.04 * _US, 32 * _US), unit="s")
    holdoff_time = PerNeuron(0, 0, usual=(0, 4 * _US), unit="s")
    synapse_dac_bias = Field(600, 0, 1022, usual=(30, 1022), integer=True, optional=True)
    tau_icc = PerNeuron(None, 0, usual=(0.1 * _US, 30 * _US), unit="s", optional=True)

    @property
    def i_synin_gm(self) -> Any:
        """Strength of the inputs: what `cuba_synin` has.

        Setting it chooses the kind of calibration: a number makes all inputs equally strong, a pair excitatory and
        inhibitory ones on their own, and values by circuit are taken as they are. None: not chosen yet.
        """
        return self.cuba_synin.i_synin_gm

    @i_synin_gm.setter
    def i_synin_gm(self, value: Any) -> None:
        shape = np.shape(getattr(value, "magnitude", value))
        if shape == (2,) or value is None:
            self.cuba_synin = CalibratedCubaSynapticInput(i_synin_gm=[None, None] if value is None else value)
        elif shape == ():
            self.cuba_synin = CalibratedMatchingCubaSynapticInput(i_synin_gm=value)
        else:
            self.cuba_synin = UncalibratedCubaSynapticInput(i_synin_gm=value)

    @property
    def e_coba_reversal(self) -> Any:
        """Reversal potentials of `coba_synin`."""
        return self.coba_synin.e_coba_reversal

    @e_coba_reversal.setter
    def e_coba_reversal(self, value: Any) -> None:
        self.coba_synin.e_coba_reversal = value

    @property
    def e_coba_reference(self) -> Any:
        """Reference potentials of `coba_synin`."""
        return self.coba_synin.e_coba_reference

    @e_coba_reference.setter
    def e_coba_reference(self, value: Any) -> None:
        self.coba_synin.e_coba_reference = value

    class _DenseDefault:
        """A new target whenever the class is asked for it."""

        def __get__(self, instance: Any, owner: type[NeuronCalibTarget]) -> NeuronCalibTarget:
            return owner(
                tau_syn=np.full((2, 512), 10 * _US), i_synin_gm=[500, 500],
                e_coba_reversal=[np.inf, -np.inf], e_coba_reference=[np.nan, np.nan],
            )

    DenseDefault = _DenseDefault()
    """A new target with default values in arrays of full size: one for each circuit, and for each of its inputs."""
