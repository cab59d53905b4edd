"""Currents of the current DAC, and pads that hold synaptic lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
import haldls
import lola
from chipsim import circuits as c
from chipsim.stimulus import dac_current, derive_stimuli
from tests.chipsim.experiment import Experiment
from tests.chipsim.readout_experiment import experiment, neuron
from tests.chipsim.test_readout_program import dac, write
from tests.chipsim.words import Memory

EXC, INH = halco.SynapticInputOnNeuron.excitatory, halco.SynapticInputOnNeuron.inhibitory
TOP, BOTTOM = halco.HemisphereOnDLS.top, halco.HemisphereOnDLS.bottom
BIASES = {"readout_idac_i_bias": 500, "readout_idac_i_bias_casc": 500}
NO_PADS = (None, None)
UNSEEN = np.zeros((512, 2), dtype=bool)


def source(current: int, sink: bool = False, neurons: Any = (), synapses: Any = ()) -> haldls.CurrentDAC:
    """A source that is on and connected to hemispheres and to debug lines."""
    config = haldls.CurrentDAC()
    config.enable_current, config.current = True, current
    config.sign = haldls.CurrentDAC.Sign.sink if sink else haldls.CurrentDAC.Sign.source
    connect_neuron, connect_synapse = config.connect_neuron, config.connect_synapse
    for hemisphere in neurons:
        connect_neuron[hemisphere] = True
    for synapse in synapses:
        connect_synapse[synapse] = True
    config.connect_neuron, config.connect_synapse = connect_neuron, connect_synapse
    return config


def memory(dac: haldls.CurrentDAC, bare: Any = (), debug: Any = (), **cells: int) -> Memory:
    """A chip with a source, bare circuits, and (circuit, 0 or 1) of lines on their debug lines."""
    chip = Memory().cells(**{**BIASES, **cells}).write(dac, halco.CurrentDACOnDLS())
    if len(bare):
        columns = haldls.Columns(haldls.NeuronConfig, 512)
        columns.enable_unbuffered_access = np.isin(np.arange(512), bare)
        chip.write(columns, np.arange(512))
    for at, quad in to_debug(debug) if len(debug) else []:
        chip.write(quad, at)
    return chip


def to_debug(lines: Any) -> list[tuple[Any, Any]]:
    """Switches of (circuit, 0 or 1) lines to their debug lines, all others open, synapses connected to neurons."""
    wanted = set(lines)
    quads = []
    for at in halco.iter_all(halco.ColumnCurrentQuadOnDLS):
        quad = haldls.ColumnCurrentQuad()
        h, q = divmod(at.toEnum().value(), 64)
        for entry in halco.iter_all(halco.EntryOnQuad):
            circuit = 256 * h + ((q % 32) * 4 + entry.value()) * 2 + q // 32
            switch = haldls.ColumnCurrentQuad.ColumnCurrentSwitch()
            switch.enable_synaptic_current_excitatory = switch.enable_synaptic_current_inhibitory = True
            switch.enable_debug_excitatory = (circuit, 0) in wanted
            switch.enable_debug_inhibitory = (circuit, 1) in wanted
            quad.set_switch(entry, switch)
        quads.append((at, quad))
    return quads


ALL_LINES = [(circuit, k) for circuit in range(512) for k in range(2)]


# -- what the registers say ----------------------------------------------------------------------------------------


@given(st.integers(0, 255), st.integers(0, 1022), st.booleans())
def test_the_current_is_proportional_to_code_and_bias(code: int, bias: int, sink: bool) -> None:
    chip = memory(source(code, sink), readout_idac_i_bias=bias)
    assert dac_current(chip) == pytest.approx((-1 if sink else 1) * code / 255 * bias / 1022)


def test_what_the_source_needs() -> None:
    off = source(255)
    off.enable_current = False
    assert dac_current(memory(off)) == 0
    assert dac_current(memory(source(255), readout_idac_i_bias_casc=0)) == 0


def test_membranes_of_a_hemisphere_share_the_current() -> None:
    stimuli = derive_stimuli(memory(source(100, neurons=[TOP]), bare=[3, 8, 300]), NO_PADS, UNSEEN)
    each = dac_current(memory(source(100))) / 2
    assert np.flatnonzero(stimuli.membrane).tolist() == [3, 8]
    assert stimuli.membrane[[3, 8]] == pytest.approx(each) and not stimuli.line.any()
    assert np.isnan(stimuli.held).all()


@pytest.mark.parametrize(("switch", "line"), [(EXC, 1), (INH, 0)])
def test_the_names_of_the_synapse_switches_are_exchanged(switch: Any, line: int) -> None:
    chip = memory(source(10, synapses=[switch]), debug=[(5, 0), (5, 1), (400, line)])
    stimuli = derive_stimuli(chip, NO_PADS, UNSEEN)
    assert np.argwhere(stimuli.line).tolist() == [[5, line], [400, line]]
    assert not stimuli.membrane.any()


@pytest.mark.parametrize(("config", "bare"), [
    (source(0, neurons=[TOP]), [3]), (source(100, neurons=[BOTTOM]), [3]), (source(100, neurons=[TOP]), []),
    (source(100), [3]),
])
def test_nothing_reaches_a_circuit(config: haldls.CurrentDAC, bare: list[int]) -> None:
    assert derive_stimuli(memory(config, bare), (1.0, 1.0), UNSEEN) is None


def test_a_pad_that_is_driven_takes_the_current() -> None:
    chip = memory(source(100, neurons=[TOP]), bare=[3])
    pads = haldls.PadMultiplexerConfig()
    stimulus = pads.neuron_i_stim_mux
    stimulus[TOP] = True
    pads.neuron_i_stim_mux, pads.neuron_i_stim_mux_to_pad = stimulus, True
    chip.write(pads, halco.PadMultiplexerConfigOnDLS(1))
    assert derive_stimuli(chip, (0.5, None), UNSEEN).membrane[3] > 0
    assert derive_stimuli(chip, (None, 0.5), UNSEEN) is None


def test_lines_that_are_and_that_have_been_on_a_pad() -> None:
    chip = memory(haldls.CurrentDAC(), debug=[(7, 0), (7, 1)]).write(synin_to_pad(), halco.PadMultiplexerConfigOnDLS(0))
    seen = UNSEEN.copy()
    seen[9, 1] = True
    stimuli = derive_stimuli(chip, (0.8, None), seen)
    assert np.argwhere(stimuli.held == 0.8).tolist() == [[7, 0], [7, 1]]
    assert np.argwhere(stimuli.charged == 0.8).tolist() == [[7, 0], [7, 1], [9, 1]]
    assert derive_stimuli(chip, (None, 0.8), seen) is None


# -- circuits ------------------------------------------------------------------------------------------------------


def synin_to_pad(exc: bool = True, inh: bool = True) -> haldls.PadMultiplexerConfig:
    pads = haldls.PadMultiplexerConfig()
    pads.synin_debug_excitatory_to_synapse_intermediate_mux = exc
    pads.synin_debug_inhibitory_to_synapse_intermediate_mux = inh
    pads.synapse_intermediate_mux_to_pad = True
    return pads


def bare(e: Experiment, *circuits: int) -> list[tuple[Any, Any]]:
    """Connect circuits to the stimulus lines."""
    writes = []
    for circuit in circuits:
        config = neuron(e, circuit).asNeuronConfig()
        config.enable_unbuffered_access = True
        writes.append((halco.AtomicNeuronOnDLS(halco.Enum(circuit)).toNeuronConfigOnDLS(), config))
    return writes


def biases(code: int = 500) -> list[tuple[Any, Any]]:
    cells = halco.CapMemCellOnDLS
    values = {cells.readout_idac_i_bias: code, cells.readout_idac_i_bias_casc: 500}
    return [(cell, haldls.CapMemCell(value)) for cell, value in values.items()]


def quiet(seed: int | None = None, **targets: Any) -> Experiment:
    e = experiment(seed, leak=110, threshold=None, **targets)
    e.configure()
    e.run(100)
    return e


def value(e: Experiment, circuit: int, signal: str) -> float:
    """A signal now."""
    probe = e.chip.probe(circuit, signal, 0.1)
    e.run(1)
    return float(probe.values[0])


def at_rest(e: Experiment, circuit: int, current: float) -> float:
    """Membrane at which the leak of a circuit, g L s((V - E) / L), takes a current: the root of a cubic."""
    p = e.chip.board.analog.parameters
    g, span = p.g_leak[circuit], p.range_leak[circuit]
    inputs = sum(sign * x.gm[circuit] * x.range[circuit] * saturated(x.offset[circuit] / x.range[circuit])
                 for sign, x in ((1, p.exc), (-1, p.inh)))
    part = (current + p.i_offset[circuit] + inputs) / (g * span)
    roots = np.roots([-c.SATURATION, 0, 1, -part])
    real = roots[np.abs(roots.imag) < 1e-9].real
    return float(p.e_leak[circuit] + span * real[np.argmin(np.abs(real))])


def saturated(y: float) -> float:
    y = min(max(y, -c.SATURATED), c.SATURATED)
    return y * (1 - c.SATURATION * y * y)


@pytest.mark.parametrize("sink", [False, True])
@pytest.mark.parametrize("seed", [None, 1, 5])
def test_a_current_into_membranes_with_leak(seed: int | None, sink: bool) -> None:
    """I / g, with the saturation of the leak; two circuits share the current."""
    e = quiet(seed)
    alone = [value(e, circuit, "membrane") for circuit in (4, 9, 12)]
    write(e, *biases(), *bare(e, 4, 9), (halco.CurrentDACOnDLS(), source(4, sink, neurons=[TOP])))
    e.run(300)
    current = (-1 if sink else 1) * 4 / 255 * 500 / 1022 / 2
    for circuit, before in zip((4, 9), alone, strict=False):
        assert before == pytest.approx(at_rest(e, circuit, 0), abs=1e-5)
        after = value(e, circuit, "membrane")
        assert after == pytest.approx(at_rest(e, circuit, current), abs=1e-5)
        assert abs(after - before) > 0.01 and (after < before) == sink
    assert value(e, 12, "membrane") == pytest.approx(alone[2], abs=1e-5)
    # Without the source everything is as before.
    write(e, (halco.CurrentDACOnDLS(), haldls.CurrentDAC()))
    e.run(300)
    assert [value(e, circuit, "membrane") for circuit in (4, 9, 12)] == pytest.approx(alone, abs=3e-5)


def test_a_current_fires_a_neuron_at_its_rate() -> None:
    """Without leak and with a threshold: the membrane rises by I / C."""
    e = experiment(leak=80, threshold=125, reset=70, refractory_time=2)
    neuron(e, 4).leak.i_bias = 0
    e.configure()
    write(e, *biases(), *bare(e, 4), (halco.CurrentDACOnDLS(), source(2, neurons=[TOP])))
    spikes = e.run(2000).spikes.to_numpy()
    p = e.chip.board.analog.parameters
    own = spikes["chip_time"][spikes["label"] & 0x3FFF == 4].astype(float) / 125
    rise = (p.threshold[4] - p.e_reset[4]) * p.capacitance[4] / (2 / 255 * 500 / 1022)
    assert len(own) > 10
    assert np.diff(own[1:]).mean() == pytest.approx(p.reset_time[4] + rise, rel=0.02)


@pytest.mark.parametrize(("switch", "signal"), [(INH, "exc_synin"), (EXC, "inh_synin")])
def test_a_current_into_a_synaptic_line(switch: Any, signal: str) -> None:
    """A sink pulls the line down by I tau / C; a source cannot raise it above its rest."""
    e = quiet(tau_syn=5)
    line = int(signal == "inh_synin")
    write(e, *biases(100), *to_debug([(6, line)]), (halco.CurrentDACOnDLS(), source(8, True, synapses=[switch])))
    p = e.chip.board.analog.parameters
    synin = (p.exc, p.inh)[line]
    full = 8 / 255 * 100 / 1022 * 1000 * synin.step[6] * synin.tau[6]
    assert 0.02 < full < 1
    probe = e.chip.probe(6, signal, 0.5)
    e.run(60)
    x = probe.values
    assert x[-1] == pytest.approx(full, rel=1e-4)
    assert x[1:] == pytest.approx(full + (x[:-1] - full) * np.exp(-0.5 / synin.tau[6]), rel=1e-3)
    write(e, (halco.CurrentDACOnDLS(), source(255, False, synapses=[switch])))
    e.run(60)
    assert value(e, 6, signal) == 0


@pytest.mark.parametrize("kind", ["simple", "full", "coupled"])
def test_a_current_acts_on_circuits_of_any_kind(kind: str) -> None:
    """Adaptation, or a connected neighbour, changes how circuits are computed."""
    e = experiment(leak=110, threshold=None)
    for circuit in (4, 5):
        neuron(e, circuit).excitatory_input.enable = False  # the line is there all the same
        if kind == "full":
            adaptation = neuron(e, circuit).adaptation
            adaptation.enable, adaptation.i_bias_a, adaptation.i_bias_tau = True, 0, 100
            adaptation.enable_pulse, adaptation.i_bias_b = True, 10
    neuron(e, 4).multicompartment.connect_right = kind == "coupled"
    e.configure()
    write(e, *biases(), *bare(e, 4, 5), *to_debug([(4, 0), (5, 0)]),
          (halco.CurrentDACOnDLS(), source(4, True, neurons=[TOP], synapses=[INH])))
    e.run(300)
    p, each = e.chip.board.analog.parameters, 500 / 1022 * 4 / 255 / 4
    for circuit in (4, 5):
        assert value(e, circuit, "exc_synin") == pytest.approx(
            min(each * 1000 * p.exc.step[circuit] * p.exc.tau[circuit], 1.2), rel=1e-3)
        assert value(e, circuit, "membrane") == pytest.approx(at_rest(e, circuit, -each), abs=1e-4)


def integrating(seed: int | None) -> Experiment:
    """Lines that keep their charge and are read, as real software sets them up for products."""
    e = experiment(seed, threshold=None)
    n = e.config.neuron_block.atomic_neurons.columns
    for synin in (n.excitatory_input, n.inhibitory_input):
        synin.enable, synin.i_bias_tau = False, 0
        synin.enable_high_resistance, synin.enable_small_capacitance = True, False
    n.readout.source = lola.AtomicNeuron.Readout.Source.exc_synin
    e.input_row(0, 0, "excitatory", 63)
    e.configure()
    return e


def test_a_current_into_a_line_that_keeps_its_charge() -> None:
    """It falls by I / C until it is at 0 V."""
    e = integrating(None)
    write(e, *biases(), *to_debug([(6, 0)]))
    assert value(e, 6, "exc_synin") == 0
    write(e, (halco.CurrentDACOnDLS(), source(1, True, synapses=[INH])))
    probe = e.chip.probe(6, "exc_synin", 0.5)
    e.run(200)
    slope = 500 / 1022 / 255 * 1000 * e.chip.board.analog.parameters.exc.step[6]
    exact = np.minimum(slope * 0.5 * np.arange(len(probe.values)), c.LINE_SUPPLY)
    assert probe.values == pytest.approx(exact, abs=1e-3) and probe.values[-1] == np.float32(c.LINE_SUPPLY)


@pytest.mark.parametrize("wait_us", [0, 2])
@pytest.mark.parametrize("seed", [None, 3])
def test_lines_are_charged_by_the_pad(seed: int | None, wait_us: float) -> None:
    """The reset of products: DAC at 1.2 V, all lines on the debug lines and off again, with or without a wait."""
    e = integrating(seed)
    write(e, *dac(1.2), (halco.PadMultiplexerConfigOnDLS(0), synin_to_pad()))
    rest = e.samples().astype(int)
    for times in ([5, 6, 7, 8, 9, 10], [5, 6, 7, 9, 10]):
        e.run(20, times, [0] * len(times))
        pulled = e.samples().astype(int)
        assert np.all(rest[0] - pulled[0] > 10) and np.abs(pulled[1] - rest[1]).max() <= 1
        if wait_us:
            write(e, *to_debug(ALL_LINES))
            e.run(wait_us)
            write(e, *to_debug([]))
        else:
            write(e, *to_debug(ALL_LINES), *to_debug([]))
        # The DAC is half a step of 0.6 mV away from 1.2 V.
        assert np.abs(e.samples().astype(int) - rest).max() <= 1
    # They integrate again.
    e.run(20, [5, 6, 7, 8, 9], [0] * 5)
    assert np.all(rest[0] - e.samples()[0] > 10)


def test_a_line_is_held_while_it_is_connected() -> None:
    e = quiet(tau_syn=5)
    e.input_row(0, 0, "excitatory", 63)
    e.configure()
    write(e, (halco.PadMultiplexerConfigOnDLS(0), synin_to_pad(inh=False)))
    write(e, *to_debug([(6, 0), (6, 1)]))
    e.chip.drive_pad(0, 0.9)
    probes = [e.chip.probe(*what, 0.5) for what in ((6, "exc_synin"), (6, "inh_synin"), (8, "exc_synin"))]
    e.run(30, [10], [0])
    held, other, free = (probe.values for probe in probes)
    assert held == pytest.approx(np.full(len(held), 0.3)) and np.all(other == 0) and free.max() > 0.01
    assert e.chip.pad_voltage(0) == 0.9
    # Another voltage, then no longer connected: it returns with its time constant.
    e.chip.drive_pad(0, 1.1)
    assert value(e, 6, "exc_synin") == pytest.approx(0.1)
    write(e, *to_debug([]))
    probe = e.chip.probe(6, "exc_synin", 0.5)
    e.run(20)
    tau = e.chip.board.analog.parameters.exc.tau[6]
    assert probe.values == pytest.approx(0.1 * np.exp(-0.5 * np.arange(len(probe.values)) / tau), rel=0.02)


def test_a_line_does_not_rise_above_its_rest() -> None:
    e = quiet()
    write(e, (halco.PadMultiplexerConfigOnDLS(0), synin_to_pad()), *to_debug(ALL_LINES))
    e.chip.drive_pad(0, 1.6)
    assert value(e, 6, "exc_synin") == 0


def test_the_voltage_of_a_line_on_a_pad_that_is_not_driven() -> None:
    e = integrating(None)
    write(e, (halco.PadMultiplexerConfigOnDLS(0), synin_to_pad()), *to_debug([(6, 0)]))
    assert e.chip.pad_voltage(0) == pytest.approx(1.2)
    e.run(20, [5, 6], [0, 0])
    assert e.chip.pad_voltage(0) < 1.19
    assert e.chip.pad_voltage(0) == pytest.approx(1.2 - value(e, 6, "exc_synin"))


def test_nothing_changes_while_switches_are_open() -> None:
    """A source that is on and a pad that is driven, neither connected: the same samples and spikes."""
    responses = []
    for stimulated in (False, True):
        e = experiment(2, noise=True, leak=110, threshold=100)
        e.input_row(0, 0, "excitatory", 30)
        e.configure()
        write(e, *biases(), *to_debug([]), (halco.CurrentDACOnDLS(), source(200 * stimulated, True)))
        e.chip.drive_pad(0, 0.3 if stimulated else None)
        spikes = e.run(100, [10, 20], [0, 0]).spikes.to_numpy()
        responses.append((spikes["label"].tolist(), e.samples().tolist()))
        assert e.chip.board.analog.stimuli is None
    assert responses[0] == responses[1]


def test_clones_have_the_stimuli_of_the_original() -> None:
    e = quiet(4)
    write(e, *biases(), *bare(e, 4), *to_debug([(6, 0)]),
          (halco.CurrentDACOnDLS(), source(3, neurons=[TOP], synapses=[INH])))
    e.run(5)
    clone = Experiment(e.chip.clone(), e.config)
    states = []
    for each in (e, clone):
        each.run(40)
        states.append([value(each, 4, "membrane"), value(each, 6, "exc_synin")])
    assert states[0] == states[1]


def test_reset_takes_the_stimuli_away() -> None:
    e = quiet()
    write(e, *biases(), *bare(e, 4), (halco.CurrentDACOnDLS(), source(8, neurons=[TOP])))
    e.run(100)
    assert e.chip.board.analog.stimuli is not None
    e.configure()
    e.run(300)
    assert e.chip.board.analog.stimuli is None
    assert value(e, 4, "membrane") == pytest.approx(value(e, 8, "membrane"), abs=1e-5)
