"""Calibration of chips for products."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

import numpy as np
import pytest

import calix
import calix.hagen
import chipsim
import halco
import lola
from calix.common.cadc import CADCCalibOptions, CADCCalibTarget
from calix.common.exceptions import CalibNotSuccessful, CalibNotSupported
from calix.hagen import HagenCalibOptions, HagenCalibResult, HagenCalibTarget
from calix.hagen.neuron import NeuronCalibTarget
from grenade.compute import MAC
from grenade.execution import JITGraphExecutor
from tests.calix.chips import connection

US = 1e-6


def calibrated(seed: int | None, options: HagenCalibOptions | None = None, **neurons: Any) -> HagenCalibResult:
    target = HagenCalibTarget(neuron_target=NeuronCalibTarget(**neurons))
    return calix.calibrate(target, options, connection=connection(seed))


@cache
def default(seed: int | None) -> HagenCalibResult:
    return calibrated(seed)


@pytest.mark.parametrize("seed", range(1, 11))
def test_result_has_all_that_products_need(seed: int) -> None:
    chip, expected = default(seed).to_chip(), chipsim.Chip(seed).oracle.mac_chip()
    assert chip.neuron_block == expected.neuron_block
    assert chip.cadc_readout_chains == expected.cadc_readout_chains
    assert chip.synapse_blocks == expected.synapse_blocks
    for block, other in zip(chip.synapse_driver_blocks, expected.synapse_driver_blocks, strict=True):
        assert block.synapse_drivers == other.synapse_drivers
        for name in ("stp_i_ramp", "stp_i_calib", "stp_i_bias_comparator", "hagen_i_bias_dac"):
            assert np.array_equal(getattr(block, name), getattr(other, name))


def test_products_have_the_usual_gain() -> None:
    """0.002 LSB for an activation of 1 and a weight of 1, within the spread of real chips."""
    inputs, weights = np.full((20, 128), 12), np.full((128, 256), 15)
    mac = MAC(weights, wait_between_events=5)
    chip = chipsim.Chip(1)
    result = mac.run(inputs, default(1).to_chip(), JITGraphExecutor(chipsim.SimConnection(chip)))
    assert np.median(result) / (128 * 12 * 15) == pytest.approx(0.002, rel=0.1)
    assert result.mean(axis=0).std() < 3


def test_parts() -> None:
    result = default(1)
    driver = halco.SynapseDriverOnDLS(halco.Enum(200))
    assert len(result.synapse_driver_result.synapse_driver_configs) == 256
    assert result.synapse_driver_result.synapse_driver_configs[driver].enable_hagen_modulation
    assert result.synapse_driver_result.success[driver] and result.neuron_result.success_mask.all()
    assert isinstance(result.neuron_result.neurons[halco.AtomicNeuronOnDLS()], lola.AtomicNeuron)
    assert pickle.loads(pickle.dumps(result)).to_chip() == result.to_chip()


def test_leak_is_off_unless_it_is_to_stay() -> None:
    def bias(result: HagenCalibResult) -> np.ndarray:
        return result.to_chip().neuron_block.atomic_neurons.columns.leak.i_bias

    assert (bias(default(1)) == 0).all()
    assert (bias(calibrated(1, HagenCalibOptions(neuron_disable_leakage=False))) > 0).all()


@pytest.mark.parametrize(("neurons", "gm", "dac"), [
    ({"i_synin_gm": 225}, 0.5, 1.0), ({"synapse_dac_bias": 511}, 1.0, 0.5),
])
def test_strength_is_relative_to_the_default(neurons: dict[str, int], gm: float, dac: float) -> None:
    def strengths(result: HagenCalibResult) -> tuple[float, float]:
        chip = result.to_chip()
        biases = chip.neuron_block.atomic_neurons.columns.excitatory_input.i_bias_gm
        return float(biases.mean()), float(np.mean([block.i_bias_dac.to_numpy() for block in chip.synapse_blocks]))

    found, usual = strengths(calibrated(1, **neurons)), strengths(default(1))
    assert found[0] == pytest.approx(gm * usual[0], rel=0.01) and found[1] == pytest.approx(dac * usual[1], rel=0.01)


def test_range_of_the_adc() -> None:
    target = HagenCalibTarget(cadc_target=CADCCalibTarget(dynamic_range=(150, 340)))
    result = calix.calibrate(target, connection=connection(1))
    chip = result.to_chip()
    expected = chipsim.Chip(1).oracle.mac_chip(dynamic_range=(150, 340))
    assert chip.neuron_block == expected.neuron_block
    assert chip.cadc_readout_chains == expected.cadc_readout_chains


@pytest.mark.parametrize(("neurons", "message"), [
    ({"tau_syn": [1 * US, 2 * US]}, "tau_syn: 1e-06 s and 2e-06 s for the inputs of neuron 0"),
    ({"target_noise": 1.2}, "target_noise is 1.2"),
])
def test_what_cannot_be_calibrated(neurons: dict[str, Any], message: str) -> None:
    with pytest.raises(CalibNotSupported, match=message):
        calibrated(1, **neurons)


def test_products_need_an_adc_without_offsets() -> None:
    options = HagenCalibOptions(cadc_options=CADCCalibOptions(calibrate_offsets=False))
    with pytest.raises(CalibNotSupported, match="calibrate_offsets is False"):
        calibrated(1, options)


def test_leak_out_of_reach() -> None:
    with pytest.raises(CalibNotSuccessful, match="leak: 250 is out of reach of neuron 1"):
        calibrated(1, leak=250)
