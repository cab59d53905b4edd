"""A whole chip for spiking networks."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from calix.common import cadc
from calix.common.base import Builder, CalibOptions, CalibResult, StatefulConnection, TopLevelCalibTarget
from calix.common.exceptions import CalibNotSupported
from calix.common.fields import Choice, Flag
from calix.spiking import neuron, synapse_driver


class SpikingCalibTarget(TopLevelCalibTarget):
    """Targets of a chip for spiking networks.

    Attributes
    ----------
    cadc_target : calix.common.cadc.CADCCalibTarget
    neuron_target : calix.spiking.neuron.NeuronCalibTarget
    correlation_target : None
        Correlation sensors are not calibrated.
    stp_target : calix.spiking.synapse_driver.STPCalibTarget
    """

    cadc_target = Choice(cadc.CADCCalibTarget, cadc.CADCCalibTarget)
    neuron_target = Choice(neuron.NeuronCalibTarget, neuron.NeuronCalibTarget)
    correlation_target = Choice(None, object, optional=True)
    stp_target = Choice(synapse_driver.STPCalibTarget, synapse_driver.STPCalibTarget)

    def calibrate(
        self, connection: StatefulConnection, options: SpikingCalibOptions | None = None
    ) -> SpikingCalibResult:
        """See `calix.spiking.calibrate`."""
        return calibrate(connection, self, options)


class SpikingCalibOptions(CalibOptions):
    """Options for a chip for spiking networks.

    Attributes
    ----------
    cadc_options : calix.common.cadc.CADCCalibOptions
    neuron_options : calix.spiking.neuron.NeuronCalibOptions
    stp_options : calix.spiking.synapse_driver.STPCalibOptions
    refine_potentials : bool or None
        Whether potentials are measured once more at the end. Without measurements it makes no difference.
    """

    cadc_options = Choice(cadc.CADCCalibOptions, cadc.CADCCalibOptions)
    neuron_options = Choice(neuron.NeuronCalibOptions, neuron.NeuronCalibOptions)
    stp_options = Choice(synapse_driver.STPCalibOptions, synapse_driver.STPCalibOptions)
    refine_potentials = Flag(None, optional=True)


@dataclass
class SpikingCalibResult(CalibResult):
    """Settings of a chip for spiking networks.

    Attributes
    ----------
    cadc_result : calix.common.cadc.CADCCalibResult
    neuron_result : calix.spiking.neuron.NeuronCalibResult
    stp_result : calix.spiking.synapse_driver.STPCalibResult
    correlation_result : None
    """

    cadc_result: cadc.CADCCalibResult
    neuron_result: neuron.NeuronCalibResult
    stp_result: synapse_driver.STPCalibResult
    correlation_result: Any = None

    def apply(self, builder: Builder) -> None:
        """Write column ADC, neurons and synapse drivers."""
        for result in (self.cadc_result, self.neuron_result, self.stp_result):
            result.apply(builder)


def calibrate(
    connection: StatefulConnection, target: SpikingCalibTarget | None = None,
    options: SpikingCalibOptions | None = None,
) -> SpikingCalibResult:
    """Settings of a chip that reach a target.

    Parameters
    ----------
    connection : StatefulConnection
        The chip. It stays as it is; `SpikingCalibResult.apply` writes to it.
    target : SpikingCalibTarget, optional
        What is to be reached.
    options : SpikingCalibOptions, optional
        How.

    Raises
    ------
    CalibError
        The target is one that cannot be calibrated to.
    ValueError
        No clock gives all of the refractory times.
    RuntimeError
        The chip is not a simulated one in this process.
    """
    target, options = copy.deepcopy(target or SpikingCalibTarget()), options or SpikingCalibOptions()
    if target.correlation_target is not None:
        raise CalibNotSupported(
            f"correlation_target is {target.correlation_target!r}, but correlation sensors cannot be calibrated: "
            "None leaves them as they are"
        )
    target.cadc_target.warn_of_unusual()
    return SpikingCalibResult(
        target, options,
        cadc.calibrate(connection, target.cadc_target, options.cadc_options),
        neuron.calibrate(
            connection, target.neuron_target, options.neuron_options, cadc_target=target.cadc_target,
            cadc_options=options.cadc_options,
        ),
        synapse_driver.calibrate(connection, target.stp_target, options.stp_options),
    )
