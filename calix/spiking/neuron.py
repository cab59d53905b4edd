"""Neurons of spiking networks."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import numpy as np

from calix.common import cadc
from calix.common.base import CalibOptions, StatefulConnection
from calix.common.exceptions import CalibError, CalibNotSupported
from calix.common.neuron_result import NeuronCalibResult
from calix.spiking.neuron_target import (
    CalibratedCobaSynapticInput,
    CalibratedCubaSynapticInput,
    CalibratedMatchingCubaSynapticInput,
    NeuronCalibTarget,
    UncalibratedCubaSynapticInput,
)

__all__ = [
    "CalibratedCobaSynapticInput", "CalibratedCubaSynapticInput", "CalibratedMatchingCubaSynapticInput",
    "NeuronCalibOptions", "NeuronCalibResult", "NeuronCalibTarget", "UncalibratedCubaSynapticInput", "calibrate",
    "check_target",
]

_log = logging.getLogger("calix.spiking.neuron.calibrate")
_US_PER_S = 1e6
_PLAIN = ("leak", "reset", "threshold", "membrane_capacitance", "synapse_dac_bias")
_TIMES = ("tau_mem", "tau_syn", "refractory_time", "holdoff_time")
_INPUTS = ("excitatory", "inhibitory")


class NeuronCalibOptions(CalibOptions):
    """Options of the calibration of neurons; there are none."""


def check_target(target: NeuronCalibTarget) -> None:
    """Check that a target is complete and possible.

    Raises
    ------
    CalibNotSupported
        Conductance-based inputs or conductances between compartments.
    CalibError
        A value has not been chosen.
    """
    target.warn_of_unusual()
    reversal = target.e_coba_reversal
    if reversal is not None and np.isfinite(reversal).any():
        circuit, which = np.argwhere(np.isfinite(reversal.to_numpy()))[0].tolist()
        raise CalibNotSupported(
            f"e_coba_reversal: {reversal.to_numpy()[circuit, which]:g} for the {_INPUTS[which]} input of neuron "
            f"{circuit}, but only current-based inputs can be calibrated: None, inf and -inf mean them"
        )
    if target.tau_icc is not None:
        raise CalibNotSupported(
            f"tau_icc: {target.tau_icc[0]:g} s for neuron 0, but conductances between compartments cannot be "
            "calibrated: None leaves them as they are"
        )
    for name in ("synapse_dac_bias", "i_synin_gm"):
        if None in np.ravel(getattr(target, name)).tolist():
            raise CalibError(f"{name} is {getattr(target, name)}, expected a value that has been chosen")


def calibrate(
    connection: StatefulConnection, target: NeuronCalibTarget | None = None,
    options: NeuronCalibOptions | None = None, *, cadc_target: cadc.CADCCalibTarget | None = None,
    cadc_options: cadc.CADCCalibOptions | None = None,
) -> NeuronCalibResult:
    """Settings that reach a target.

    Circuits that cannot reach it get the nearest that they can have; a warning tells how many.

    Parameters
    ----------
    connection : StatefulConnection
        The chip.
    target : NeuronCalibTarget, optional
        What is to be reached.
    options : NeuronCalibOptions, optional
        How.
    cadc_target, cadc_options : optional
        Of the column ADC that potentials refer to.

    Raises
    ------
    CalibError
        The target is one that cannot be calibrated to, see `check_target`.
    ValueError
        No clock gives all of the refractory times.
    RuntimeError
        The chip is not a simulated one in this process.
    """
    target, options = target or NeuronCalibTarget(), options or NeuronCalibOptions()
    check_target(target)
    reads = cadc.settings(
        connection, cadc_target or cadc.CADCCalibTarget(), cadc_options or cadc.CADCCalibOptions()
    )
    plain = {name: np.asarray(getattr(target, name), dtype=float) for name in _PLAIN}
    times = {name: _US_PER_S * np.asarray(getattr(target, name)).T for name in _TIMES}
    oracle = connection.oracle
    found = oracle.neurons(cadc=reads, clip=True, **plain, **times, **_strength(target))
    if isinstance(target.cuba_synin, UncalibratedCubaSynapticInput):
        exc, inh = target.i_synin_gm.to_numpy().T
        found = dataclasses.replace(found, i_bias_gm_exc=exc, i_bias_gm_inh=inh)
    failed = int(np.count_nonzero(~found.reached))
    if failed:
        _log.warning("%d of 512 neuron circuits cannot reach their targets and got the nearest that they can", failed)
    chip = oracle.configured(reads, found)
    return NeuronCalibResult.of_chip(target, options, chip, found.reached)


def _strength(target: NeuronCalibTarget) -> dict[str, Any]:
    """Strength of the inputs as the oracle takes it."""
    if isinstance(target.cuba_synin, UncalibratedCubaSynapticInput):
        return {"i_synin_gm": 0}
    if isinstance(target.cuba_synin, CalibratedMatchingCubaSynapticInput):
        return {"i_synin_gm": target.i_synin_gm}
    return {"i_synin_gm": np.broadcast_to(target.i_synin_gm, (512, 2)).astype(float), "matching": False}
