"""Calibration of spiking chips: on every die neurons do what was asked for."""

from __future__ import annotations

import dataclasses
import logging
import pickle
from functools import cache
from typing import Any

import numpy as np
import pytest

import calix
import calix.spiking
import chipsim
import halco
import haldls
import lola
from calix.common import cadc
from calix.common.base import StatefulConnection
from calix.common.exceptions import CalibError, CalibNotSuccessful, CalibNotSupported
from calix.spiking import SpikingCalibOptions, SpikingCalibResult, SpikingCalibTarget
from calix.spiking.neuron import NeuronCalibTarget
from calix.spiking.synapse_driver import STPCalibTarget
from chipsim import circuits as c
from chipsim.die import QUADRANT_OF_CIRCUIT
from chipsim.parameters import NeuronParameters, derive
from stadls import PlaybackProgramBuilder, PlaybackProgramBuilderDumper, ZeroMockConnection
from tests.calix.chips import connection, die
from tests.chipsim.words import reader

US = 1e-6
DIES = range(1, 11)
LSB = 4.5e-3
"""V of an LSB of the column ADC, about."""


def calibrated(seed: int | None, **neurons: Any) -> SpikingCalibResult:
    target = SpikingCalibTarget(neuron_target=NeuronCalibTarget(**neurons))
    return calix.calibrate(target, connection=connection(seed))


def parameters(seed: int | None, result: SpikingCalibResult) -> NeuronParameters:
    """What the circuits are after the result was written to the chip."""
    return derive(reader(result.to_chip()), die(seed))


@cache
def default(seed: int | None) -> SpikingCalibResult:
    return calibrated(seed)


def strength(p: NeuronParameters, which: str) -> np.ndarray:
    return getattr(p, which).gm * p.i_dac[QUADRANT_OF_CIRCUIT] / p.capacitance


@pytest.mark.parametrize("seed", DIES)
def test_targets_come_true(seed: int) -> None:
    """All up to half a step of the setting, and with targets of their own for some circuits."""
    part = np.linspace(0.9, 1.1, 512)
    result = calibrated(
        seed, leak=80 * part, reset=70 * part, threshold=130 * part, tau_mem=10 * US * part,
        tau_syn=np.stack([6 * part, 12 / part]) * US, refractory_time=1 * US, synapse_dac_bias=800,
        membrane_capacitance=np.where(np.arange(512) < 100, 32, 63),
    )
    p = parameters(seed, result)
    oracle = chipsim.Chip(seed).oracle
    reads = oracle.cadc()

    assert oracle.reads(reads, p.e_leak) == pytest.approx(80 * part, abs=0.52 * 0.85 * c.CELL_LSB / LSB)
    assert oracle.reads(reads, p.e_reset) == pytest.approx(70 * part, abs=0.52 * 0.85 * c.CELL_LSB / LSB)
    assert oracle.reads(reads, p.threshold) == pytest.approx(130 * part, abs=0.52 * c.CELL_LSB / LSB)
    assert p.capacitance / p.g_leak == pytest.approx(10 * part, rel=0.02)
    assert p.exc.tau == pytest.approx(6 * part, rel=0.02) and p.inh.tau == pytest.approx(12 / part, rel=0.02)
    assert p.refractory == pytest.approx(1, rel=0.04)
    assert result.neuron_result.success_mask.all()
    assert result.to_chip().neuron_block.atomic_neurons.columns.membrane_capacitance.capacitance[[0, 100]].tolist() == [
        32, 63
    ]


@pytest.mark.parametrize("seed", DIES)
def test_inputs_are_equally_strong(seed: int) -> None:
    """Matching inputs have the strength of the excitatory one of a chip without deviations, others their own."""
    ideal = parameters(None, default(None))
    matching = parameters(seed, default(seed))
    apart = parameters(seed, calibrated(seed, i_synin_gm=[500, 400]))

    for which in ("exc", "inh"):
        assert strength(matching, which) == pytest.approx(strength(ideal, "exc"), rel=3e-3)
    assert strength(apart, "exc") == pytest.approx(strength(ideal, "exc"), rel=3e-3)
    weaker = 400 / 500 * c.SYNIN_INH_LSB / c.SYNIN_EXC_LSB
    assert strength(apart, "inh") == pytest.approx(weaker * strength(ideal, "exc"), rel=3e-3)


def test_biases_of_inputs_may_be_taken_as_they_are() -> None:
    biases = np.stack([np.arange(512) % 300 + 100, np.full(512, 333)])
    neurons = calibrated(3, i_synin_gm=biases).to_chip().neuron_block.atomic_neurons.columns
    assert np.array_equal(neurons.excitatory_input.i_bias_gm, biases[0])
    assert np.array_equal(neurons.inhibitory_input.i_bias_gm, biases[1])


def test_result_is_the_oracle_s_chip() -> None:
    """Nothing that a chip needs is missing: the result gives the same neurons, ADC and synapses."""
    chip, expected = default(2).to_chip(), chipsim.Chip(2).oracle.chip()
    assert chip.neuron_block == expected.neuron_block
    assert chip.cadc_readout_chains == expected.cadc_readout_chains
    assert chip.synapse_blocks == expected.synapse_blocks


def test_result_has_all_parts() -> None:
    result = default(1)
    assert result.target == SpikingCalibTarget() and result.options == SpikingCalibOptions()
    assert result.correlation_result is None
    assert result.cadc_result.v_ramp_offset.shape == result.cadc_result.i_ramp_slope.shape == (4,)
    assert result.cadc_result.channel_offset.shape == result.cadc_result.success.shape == (1024,)
    assert result.stp_result.offsets.shape == (256,)
    circuit = halco.AtomicNeuronOnDLS(halco.Enum(17))
    assert isinstance(result.neuron_result.neurons[circuit], lola.AtomicNeuron)
    assert result.neuron_result.success[circuit] is True and len(result.neuron_result.success) == 512


def test_channels_are_in_the_order_of_their_coordinates() -> None:
    result = default(4).cadc_result
    chains = result.to_chip().cadc_readout_chains
    for number in (0, 300, 700, 1023):
        hemisphere, kind, column = number // 512, number // 256 % 2, number % 256
        chain = chains[halco.CADCOnDLS(hemisphere)]
        channels = (chain.channels_causal, chain.channels_acausal)[kind].columns
        assert channels.offset[column] == result.channel_offset[number]


def test_synapse_drivers() -> None:
    voltages = [10, 20, 30, 40]
    target = SpikingCalibTarget(stp_target=STPCalibTarget(v_charge_0=voltages))
    result = calix.calibrate(target, connection=connection(5))
    trim = chipsim.Chip(5).oracle.stp()
    for hemisphere, block in enumerate(result.to_chip().synapse_driver_blocks):
        assert block.stp_v_charge_0.to_numpy().tolist() == voltages[2 * hemisphere : 2 * hemisphere + 2]
        assert block.stp_i_ramp.to_numpy().tolist() == [600, 600]
        drivers = block.synapse_drivers.columns
        assert np.array_equal(drivers.offset, trim.offset[hemisphere])
        assert not drivers.enable_stp.any() and not drivers.enable_receiver.any()


def test_range_of_the_adc_is_that_of_the_potentials() -> None:
    """80 LSB of a smaller range are another voltage, which neurons follow."""
    target = SpikingCalibTarget(cadc_target=cadc.CADCCalibTarget(dynamic_range=(150, 500)))
    p = parameters(1, calix.calibrate(target, connection=connection(1)))
    oracle = chipsim.Chip(1).oracle
    assert oracle.reads(oracle.cadc((150, 500)), p.e_leak) == pytest.approx(np.full(512, 80), abs=0.3)


def test_without_offsets_of_channels() -> None:
    options = SpikingCalibOptions(cadc_options=cadc.CADCCalibOptions(calibrate_offsets=False))
    result = calix.calibrate(SpikingCalibTarget(), options, connection=connection(1))
    oracle = chipsim.Chip(1).oracle
    reads = dataclasses.replace(oracle.cadc(), channel_offset=np.zeros((2, 2, 256)))
    assert (result.cadc_result.channel_offset == 0).all()
    assert oracle.reads(reads, parameters(1, result).e_leak) == pytest.approx(np.full(512, 80), abs=0.3)


def test_initial_configuration_is_kept_unless_the_result_has_it() -> None:
    dumper = PlaybackProgramBuilderDumper()
    dumper.write(halco.CommonPADIBusConfigOnDLS(), haldls.CommonPADIBusConfig())
    ramp = haldls.CADCConfig()
    ramp.dead_time = 7
    dumper.write(halco.CADCConfigOnDLS(), ramp)
    before = lola.Chip()
    before.crossbar.nodes[halco.CrossbarNodeOnDLS()].mask = 5
    chip = default(1).to_chip(dumper, before)

    assert chip.crossbar == before.crossbar and before.crossbar != lola.Chip().crossbar
    assert chip.cadc_readout_chains[halco.CADCOnDLS(0)].ramp.dead_time == 20
    assert not dumper.empty()


def test_results_are_written_with_builders_of_programs() -> None:
    builder = PlaybackProgramBuilder()
    default(1).apply(builder)
    assert not builder.empty()


def test_results_survive_pickling() -> None:
    other = pickle.loads(pickle.dumps(default(1)))
    assert other.target == default(1).target and other.to_chip() == default(1).to_chip()


def test_results_keep_the_target_as_it_was() -> None:
    target = SpikingCalibTarget()
    result = calix.calibrate(target, connection=connection(1))
    target.neuron_target.leak = 100
    assert (result.target.neuron_target.leak == 80).all()


def test_circuits_out_of_reach_do_not_spoil_the_others(caplog: pytest.LogCaptureFixture) -> None:
    leak = np.full(512, 80)
    leak[[3, 99]] = 250
    with caplog.at_level(logging.WARNING):
        result = calibrated(1, leak=leak)
    assert np.flatnonzero(~result.neuron_result.success_mask).tolist() == [3, 99]
    assert "2 of 512 neuron circuits cannot reach their targets" in caplog.text
    neurons = result.to_chip().neuron_block.atomic_neurons.columns
    others = default(1).to_chip().neuron_block.atomic_neurons.columns
    kept = np.delete(np.arange(512), [3, 99])
    assert (neurons.leak.v_leak[[3, 99]] == 1022).all()
    assert np.array_equal(neurons.leak.v_leak[kept], others.leak.v_leak[kept])


UNSUPPORTED = [
    ({"e_coba_reversal": np.where(np.arange(512) == 5, 200, [[np.inf], [-np.inf]])},
     "e_coba_reversal: 200 for the excitatory input of neuron 5, but only current-based"),
    ({"e_coba_reversal": [np.inf, 20]}, "e_coba_reversal: 20 for the inhibitory input of neuron 0"),
    ({"tau_icc": 2 * US}, "tau_icc: 2e-06 s for neuron 0, but conductances between compartments"),
]


@pytest.mark.parametrize(("neurons", "message"), UNSUPPORTED)
def test_what_cannot_be_calibrated(neurons: dict[str, Any], message: str) -> None:
    with pytest.raises(CalibNotSupported, match=message):
        calibrated(1, **neurons)


@pytest.mark.parametrize("off", [None, [np.inf, -np.inf], [np.nan, np.nan]])
def test_reversal_potentials_may_say_that_there_are_none(off: Any) -> None:
    assert calibrated(1, e_coba_reversal=off).to_chip() == default(1).to_chip()


def test_correlation_sensors_cannot_be_calibrated() -> None:
    with pytest.raises(CalibNotSupported, match="correlation_target is 'yes'"):
        calix.calibrate(SpikingCalibTarget(correlation_target="yes"), connection=connection(1))


@pytest.mark.parametrize("undecided", [{"synapse_dac_bias": None}, {"i_synin_gm": None}])
def test_what_nobody_chose(undecided: dict[str, Any]) -> None:
    with pytest.raises(CalibError, match=f"{next(iter(undecided))} is .*None.*, expected a value that has been chosen"):
        calibrated(1, **undecided)


def test_range_of_the_adc_out_of_reach() -> None:
    target = SpikingCalibTarget(cadc_target=cadc.CADCCalibTarget(dynamic_range=(300, 310)))
    with pytest.raises(CalibNotSuccessful, match=r"cannot read Range\(20, 220\) of Range\(300, 310\): channel_offset"):
        calix.calibrate(target, connection=connection(1))


def test_refractory_times_that_no_clock_has() -> None:
    with pytest.raises(ValueError, match="refractory_time: no scale of the fast clock fits"):
        calibrated(1, refractory_time=10)


def test_chips_that_are_not_simulated_here() -> None:
    with pytest.raises(RuntimeError, match="ZeroMockConnection has no simulated chip in this process"):
        calix.calibrate(SpikingCalibTarget(), connection=ZeroMockConnection())


@pytest.mark.parametrize("wrong", [3, "chip"])
def test_connections_that_are_none(wrong: Any) -> None:
    with pytest.raises(RuntimeError, match="expected a connection to a chip"):
        calix.calibrate(SpikingCalibTarget(), connection=wrong)
    with pytest.raises(RuntimeError, match="chip_on_connection is 1, but there are 1 chips"):
        StatefulConnection(ZeroMockConnection(), 1)


def test_targets_that_are_none() -> None:
    with pytest.raises(TypeError, match="expected a SpikingCalibTarget or a HagenCalibTarget"):
        calix.calibrate(NeuronCalibTarget(), connection=connection(1))  # type: ignore[arg-type]
