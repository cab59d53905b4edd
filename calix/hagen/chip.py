"""A whole chip for products of vectors and matrices (hagen mode)."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from calix.common import cadc
from calix.common.base import Builder, CalibOptions, CalibResult, StatefulConnection, TopLevelCalibTarget
from calix.common.exceptions import CalibNotSuccessful, CalibNotSupported
from calix.common.fields import Choice, Flag
from calix.hagen import neuron
from calix.hagen.synapse_driver import SynapseDriverCalibResult


class HagenCalibTarget(TopLevelCalibTarget):
    """Targets of a chip for products.

    Attributes
    ----------
    cadc_target : calix.common.cadc.CADCCalibTarget
    neuron_target : calix.hagen.neuron.NeuronCalibTarget
    """

    cadc_target = Choice(lambda: cadc.CADCCalibTarget(dynamic_range=(150, 500)), cadc.CADCCalibTarget)
    neuron_target = Choice(neuron.NeuronCalibTarget, neuron.NeuronCalibTarget)

    def calibrate(self, connection: StatefulConnection, options: HagenCalibOptions | None = None) -> HagenCalibResult:
        """See `calix.hagen.calibrate`."""
        return calibrate(connection, self, options)


class HagenCalibOptions(CalibOptions):
    """Options for a chip for products.

    Attributes
    ----------
    cadc_options : calix.common.cadc.CADCCalibOptions
    neuron_disable_leakage : bool
        Whether the leak of all neurons is off in the end.
    """

    cadc_options = Choice(cadc.CADCCalibOptions, cadc.CADCCalibOptions)
    neuron_disable_leakage = Flag(True)


@dataclass
class HagenCalibResult(CalibResult):
    """Settings of a chip for products.

    Attributes
    ----------
    cadc_result : calix.common.cadc.CADCCalibResult
    neuron_result : calix.hagen.neuron.NeuronCalibResult
    synapse_driver_result : calix.hagen.synapse_driver.SynapseDriverCalibResult
    """

    cadc_result: cadc.CADCCalibResult
    neuron_result: neuron.NeuronCalibResult
    synapse_driver_result: SynapseDriverCalibResult

    def apply(self, builder: Builder) -> None:
        """Write column ADC, neurons and synapse drivers."""
        for result in (self.cadc_result, self.neuron_result, self.synapse_driver_result):
            result.apply(builder)


def calibrate(
    connection: StatefulConnection, target: HagenCalibTarget | None = None, options: HagenCalibOptions | None = None
) -> HagenCalibResult:
    """Settings of a chip that reach a target.

    Parameters
    ----------
    connection : StatefulConnection
        The chip. It stays as it is; `HagenCalibResult.apply` writes to it.
    target : HagenCalibTarget, optional
        What is to be reached.
    options : HagenCalibOptions, optional
        How.

    Raises
    ------
    CalibNotSupported
        The target is one that cannot be calibrated to.
    CalibNotSuccessful
        The target is out of reach.
    RuntimeError
        The chip is not a simulated one in this process.
    """
    target, options = copy.deepcopy(target or HagenCalibTarget()), options or HagenCalibOptions()
    if not options.cadc_options.calibrate_offsets:
        raise CalibNotSupported("calibrate_offsets is False, but products need a column ADC without offsets")
    target.cadc_target.warn_of_unusual()
    ranges = {name: getattr(target.cadc_target, name).to_tuple() for name in ("dynamic_range", "read_range")}
    settings = neuron.settings(target.neuron_target, options.neuron_disable_leakage)
    cadc_result = cadc.calibrate(connection, target.cadc_target, options.cadc_options)
    try:
        chip = connection.oracle.mac_chip(**settings, **ranges)
    except ValueError as error:
        raise CalibNotSuccessful(str(error)) from error
    return HagenCalibResult(
        target, options, cadc_result,
        neuron.NeuronCalibResult.of_chip(target.neuron_target, options, chip, np.full(512, True)),
        SynapseDriverCalibResult.of_chip(target, options, chip),
    )
