"""Pads, debug lines and the column ADC driven by programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim.converters import cadc_read
from chipsim.madc import LSB, OFFSET
from tests.chipsim.experiment import Experiment
from tests.chipsim.readout_experiment import experiment, neuron, record, synchronise

SETTLED = 250
ALL = halco.iter_all


def write(e: Experiment, *writes: tuple[Any, Any]) -> None:
    builder = stadls.PlaybackProgramBuilder()
    for coordinate, container in writes:
        builder.write(coordinate, container)
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())


def columns(**switches: bool) -> list[tuple[Any, Any]]:
    """The same switches for all columns."""
    switch = haldls.ColumnCorrelationQuad.ColumnCorrelationSwitch()
    for name, value in switches.items():
        setattr(switch, name, value)
    quad = haldls.ColumnCorrelationQuad()
    for entry in ALL(halco.EntryOnQuad):
        quad.set_switch(entry, switch)
    return [(quad_at, quad) for quad_at in ALL(halco.ColumnCorrelationQuadOnDLS)]


DEBUG = {"enable_debug_causal": True, "enable_debug_acausal": True}


def dac(voltage: float, pad: int = 0) -> list[tuple[Any, Any]]:
    """Let the DAC of the board drive a pad, as the characterisation of the ADCs does it."""
    block = lola.DACChannelBlock()
    block.set_voltage(halco.DACChannelOnBoard.mux_dac_25, voltage)
    register = haldls.ShiftRegister()
    first, second = haldls.ShiftRegister.AnalogReadoutMux1Input, haldls.ShiftRegister.AnalogReadoutMux2Input
    register.select_analog_readout_mux_1_input = (first.readout_chain_0, first.readout_chain_1)[pad]
    register.select_analog_readout_mux_2_input = second.mux_dac_25
    return [(halco.DACChannelBlockOnBoard(), block), (halco.ShiftRegisterOnBoard(), register)]


def pad_to_debug(pad: int = 0) -> tuple[Any, Any]:
    multiplexer = haldls.PadMultiplexerConfig()
    multiplexer.cadc_debug_causal_to_synapse_intermediate_mux = True
    multiplexer.cadc_debug_acausal_to_synapse_intermediate_mux = True
    multiplexer.synapse_intermediate_mux_to_pad = True
    return halco.PadMultiplexerConfigOnDLS(pad), multiplexer


def expected(e: Experiment, volts: Any) -> np.ndarray:
    chains = list(e.config.cadc_readout_chains)
    start = np.concatenate([c.ramp.v_offset.to_numpy() for c in chains])
    slope = np.concatenate([c.ramp.i_slope.to_numpy() for c in chains])
    offset = np.stack([[np.asarray(c.channels_causal.columns.offset), np.asarray(c.channels_acausal.columns.offset)]
                       for c in chains])
    return cadc_read(volts, start, slope, offset, e.chip.die)


def bare(seed: int | None) -> Experiment:
    e = experiment(seed, noise=False, leak=80, threshold=None)
    e.configure()
    return e


# -- pads and debug lines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 1, 7])
@pytest.mark.parametrize("voltage", [0.3, 0.6, 0.9])
def test_board_dac_through_pad_and_debug_line(seed: int | None, voltage: float) -> None:
    e = bare(seed)
    write(e, *columns(**DEBUG), pad_to_debug(), *dac(voltage))
    exact = int(voltage / 2.5 * 4095) / 4095 * 2.5
    assert e.chip.pad_voltage(0) == pytest.approx(exact) and e.chip.pad_voltage(1) is None
    # Two thirds of a step in which single and double precision may differ.
    assert np.abs(e.samples() - expected(e, exact)).max() <= 1
    assert np.mean(e.samples() != expected(e, exact)) < 0.01


@pytest.mark.parametrize("pad", [0, 1])
@pytest.mark.parametrize("seed", [None, 5])
def test_board_dac_through_pad_to_the_membrane_adc(pad: int, seed: int | None) -> None:
    e = experiment(seed, noise=False, leak=80, threshold=None)
    mux = e.config.readout_chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(0)]
    setattr(mux, ("debug_plus", "debug_minus")[pad], True)
    e.configure()
    multiplexer = haldls.PadMultiplexerConfig()
    multiplexer.debug_to_pad = True
    write(e, (halco.PadMultiplexerConfigOnDLS(pad), multiplexer), *dac(0.7, pad))
    values = record(e, 20).madc_samples.to_numpy()["value"][SETTLED:]
    exact = int(0.7 / 2.5 * 4095) / 4095 * 2.5
    code = np.floor((exact + float(e.chip.die.madc_offset) + OFFSET) / LSB * float(e.chip.die.madc_gain))
    assert set(values.tolist()) == {code}


def test_membrane_adc_of_a_pad_that_changes() -> None:
    e = experiment(leak=80, threshold=None)
    e.config.readout_chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(0)].debug_plus = True
    e.configure()
    multiplexer = haldls.PadMultiplexerConfig()
    multiplexer.debug_to_pad = True
    write(e, (halco.PadMultiplexerConfigOnDLS(0), multiplexer))
    for voltage in (0.2, 0.8):
        e.chip.drive_pad(0, voltage)
        assert e.chip.pad_voltage(0) == voltage
        values = record(e, 20).madc_samples.to_numpy()["value"][SETTLED:]
        assert set(values.tolist()) == {int((voltage + OFFSET) / LSB)}
    e.chip.drive_pad(0, None)
    assert e.chip.pad_voltage(0) is None
    assert set(record(e, 20).madc_samples.to_numpy()["value"].tolist()) == {int(OFFSET / LSB)}


def test_capmem_voltage_on_the_debug_lines() -> None:
    """The calibration of the column ADC: a cell through the pad to all channels."""
    e = bare(2)
    block = haldls.CapMemBlockConfig()
    block.debug_readout_enable = True
    block.debug_capmem_coord = halco.CapMemCellOnCapMemBlock.stp_v_charge_0
    _, multiplexer = pad_to_debug()
    multiplexer.capmem_v_out_mux[halco.CapMemBlockOnDLS(0)] = True
    multiplexer.capmem_v_out_mux_to_capmem_intermediate_mux = multiplexer.capmem_intermediate_mux_to_pad = True
    write(e, *columns(**DEBUG), (halco.CapMemBlockConfigOnDLS(), block))
    write(e, (halco.PadMultiplexerConfigOnDLS(), multiplexer))
    for code in (150, 300, 450):
        cell = halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock.stp_v_charge_0, halco.CapMemBlockOnDLS(0))
        write(e, (cell, haldls.CapMemCell(code)))
        volts = 0.01875 + 0.001875 * code
        assert e.chip.pad_voltage(0) == pytest.approx(volts)
        assert np.mean(e.samples() != expected(e, volts)) < 0.01


def test_channels_without_connection_read_the_lowest_code() -> None:
    e = bare(None)
    write(e, *columns())
    assert np.all(e.samples() == 0)
    write(e, *columns(**DEBUG))
    assert np.all(e.samples() == 0)


def test_neurons_on_a_readout_line_are_shorted() -> None:
    e = experiment(leak=80, threshold=None)
    neuron(e, 8).leak.v_leak = neuron(e, 8).leak.v_leak + 80
    e.configure()
    e.run(100)
    alone = e.samples()[0, 0]
    assert alone[8] - alone[4] > 20
    for circuit in (4, 8):
        neuron(e, circuit).readout.enable_buffered_access = True
    e.configure()
    e.run(100)
    both = e.samples()[0, 0]
    assert both[4] == both[8] and abs(both[4] - (int(alone[4]) + int(alone[8])) / 2) <= 1
    assert np.array_equal(np.delete(both, [4, 8]), np.delete(alone, [4, 8]))


def test_ramp_start_of_the_other_block() -> None:
    e = experiment(leak=80, threshold=None)
    left = next(iter(e.config.cadc_readout_chains))
    left.ramp.v_offset = [left.ramp.v_offset[0] + 60, left.ramp.v_offset[1]]
    e.configure()
    e.run(50)
    before = e.samples()[0, 0].astype(int)
    assert before[0] < before[255] - 10
    config = haldls.CommonCorrelationConfig()
    block = halco.CapMemBlockOnHemisphere
    config.cadc_v_offset_assignment = [block.right, block.left]
    write(e, (halco.CommonCorrelationConfigOnDLS(), config))
    after = e.samples()[0, 0].astype(int)
    assert after[0] - before[255] <= 1 and after[255] - before[0] <= 1


def test_driver_voltage_on_the_membrane_adc() -> None:
    """The STP voltage of a driver jumps with an event and recovers."""
    e = experiment(leak=80, threshold=None)
    e.input_row(0, 3, "excitatory", 0)
    mux = e.config.readout_chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(0)]
    mux.synapse_driver_debug[halco.HemisphereOnDLS.top] = True
    driver = e.config.synapse_driver_blocks[halco.SynapseDriverBlockOnDLS(0)].synapse_drivers[
        halco.SynapseDriverOnSynapseDriverBlock(3)]
    driver.enable_stp = driver.enable_readout = True
    driver.utilization, driver.recovery = 11, 5
    e.configure()
    write(e, (halco.CapMemCellOnDLS.stp_ibias_readout_top, haldls.CapMemCell(200)))
    # Odd drivers belong to the right block.
    for name, value in (("stp_v_charge_0", 100), ("stp_v_recover_0", 400), ("stp_i_ramp", 600)):
        cell = halco.CapMemCellOnDLS(getattr(halco.CapMemCellOnCapMemBlock, name), halco.CapMemBlockOnDLS(1))
        write(e, (cell, haldls.CapMemCell(value)))
    e.run(100)
    program = record(e, 60, [30.0], [0])
    values = program.madc_samples.to_numpy()["value"].astype(int)
    before, after = values[SETTLED:850], values[900:]
    state = e.chip.board.analog
    jump = (state.driver_voltage(3, 0.5) - state.driver_voltage(3, 0.0)) / LSB
    assert abs(jump) > 20 and np.ptp(before) == 0
    peak = after[np.argmax(np.abs(after - before[0]))] - before[0]
    # Utilization 11 is (11 + 1)/24.
    assert peak == pytest.approx(jump, rel=0.2)
    assert np.all(np.sign(jump) * np.diff(after) <= 1)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 1.0), st.integers(0, 255))
def test_clones_have_the_pads_of_the_original(voltage: float, column: int) -> None:
    e = _EXPERIMENT
    write(e, *dac(voltage))
    clone = Experiment(e.chip.clone(), e.config)
    exact = int(voltage / 2.5 * 4095) / 4095 * 2.5
    write(e, *dac(0.1))
    assert clone.chip.pad_voltage(0) == pytest.approx(exact)
    assert abs(int(clone.samples()[0, 0, column]) - int(expected(e, exact)[0, 0, column])) <= 1


_EXPERIMENT = bare(4)
write(_EXPERIMENT, *columns(**DEBUG), pad_to_debug())


@pytest.mark.parametrize("pad", [-1, 2])
def test_pads_that_do_not_exist(pad: int) -> None:
    chip = chipsim.Chip.ideal()
    with pytest.raises(ValueError, match=f"pad {pad}"):
        chip.pad_voltage(pad)
    with pytest.raises(ValueError, match=f"pad {pad}"):
        chip.drive_pad(pad, 0.5)
    with pytest.raises(ValueError, match="nan"):
        chip.drive_pad(0, float("nan"))


def test_reset_opens_all_switches() -> None:
    e = bare(None)
    write(e, *columns(**DEBUG), pad_to_debug(), *dac(0.6))
    assert e.samples().min() > 0
    e.configure()
    write(e, *columns(**DEBUG))
    assert e.samples().max() == 0


def test_pad_and_looped_back_spikes_without_any_circuit() -> None:
    """A chip on which no neuron is switched on; samples and spikes still come in order of time."""
    chip = chipsim.Chip.ideal()
    config = lola.Chip()
    mux = config.readout_chain.input_mux[halco.SourceMultiplexerOnReadoutSourceSelection(0)]
    mux.debug_plus = True
    for neuron_config in config.neuron_block.atomic_neurons:
        neuron_config.threshold.enable = neuron_config.readout.enable_amplifier = False
    e = Experiment(chip, config)
    config.crossbar.nodes[halco.CrossbarNodeOnDLS(halco.CrossbarOutputOnDLS(8), halco.CrossbarInputOnDLS(8))] = (
        haldls.CrossbarNode())
    e.configure()
    synchronise(e)
    assert chip.board.analog.core.count == 0
    multiplexer = haldls.PadMultiplexerConfig()
    multiplexer.debug_to_pad = True
    write(e, (halco.PadMultiplexerConfigOnDLS(0), multiplexer))
    chip.drive_pad(0, 0.5)
    program = record(e, 100, np.arange(5, 95, 3.3), np.arange(28))
    s, spikes = program.madc_samples.to_numpy(), program.spikes.to_numpy()
    assert len(s) == pytest.approx(100 / 0.034, abs=2)
    assert set(s["value"][SETTLED:].tolist()) == {int((0.5 + OFFSET) / LSB)}
    assert spikes["label"].tolist() == list(range(28))
    for events in (s, spikes):
        late = events["fpga_time"].astype(int) - events["chip_time"].astype(int)
        assert np.all((late > 0) & (late < 128))


def test_a_probe_that_does_not_exist() -> None:
    core = chipsim.Chip.ideal().board.analog.core
    with pytest.raises(IndexError, match="no probe 3"):
        core.aim_probe(3, 0, 0, 0.0, 1.0)
