"""Connections of the analog readout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
from chipsim.readout import Channel, Kind, Source, derive_readout, line_voltage
from tests.chipsim.words import Memory

TOP, BOTTOM = halco.HemisphereOnDLS.top, halco.HemisphereOnDLS.bottom
MADC_CELLS = {"readout_ac_mux_i_bias": 500, "readout_madc_in_500na": 500, "readout_sc_amp_i_bias": 500}
ALL_CELLS = MADC_CELLS | {
    "neuron_i_bias_readout_amp": 110, "stp_ibias_readout_top": 100, "stp_ibias_readout_bottom": 100,
    "readout_out_amp_i_bias_0": 500, "readout_out_amp_i_bias_1": 500,
}


def chip(neurons: dict[str, Any] | None = None, config: haldls.MADCConfig | None = None, **multiplexers: Any) -> Memory:
    """A chip with all biases. `neurons` has lists of circuits by switch; mux_0 and mux_1 change a multiplexer."""
    memory = Memory().cells(**ALL_CELLS).write(config or haldls.MADCConfig(), halco.MADCConfigOnDLS())
    columns = haldls.Columns(haldls.NeuronConfig, 512)
    for switch, circuits in (neurons or {}).items():
        setattr(columns, switch, np.isin(np.arange(512), circuits))
    memory.write(columns, np.arange(512))
    selection = haldls.ReadoutSourceSelection()
    for m in range(2):
        multiplexers.get(f"mux_{m}", lambda mux: None)(selection.buffers[_mux(m)])
    selection.enable_buffer_to_pad = [True, True]
    return memory.write(selection, halco.ReadoutSourceSelectionOnDLS())


def _mux(m: int) -> Any:
    return halco.SourceMultiplexerOnReadoutSourceSelection(m)


def select(field: str, hemisphere: Any = None) -> Any:
    def change(mux: Any) -> None:
        if hemisphere is None:
            setattr(mux, field, True)
        else:
            getattr(mux, field)[hemisphere] = True
    return change


def readable(*circuits: int) -> dict[str, Any]:
    return {"enable_readout": list(circuits), "enable_readout_amplifier": list(circuits)}


def neurons(*circuits: int) -> tuple[Source, ...]:
    return (Source(Kind.NEURON, circuits),)


def test_nothing_is_connected_after_power_up() -> None:
    s = derive_readout(Memory())

    assert s.madc == ((), ()) and s.cadc_debug == ((), ()) and s.synin_debug == ((), ())
    assert s.neuron_lines == (((), ()), ((), ()))
    assert s.pads == ((Source(Kind.PAD, (0,)),), (Source(Kind.PAD, (1,)),))
    assert s.cadc.shape == (2, 2, 256) and (s.cadc == Channel.NOTHING).all() and not s.synapse_lines.any()


@pytest.mark.parametrize(("field", "hemisphere", "expected"), [
    ("neuron_even", TOP, 4), ("neuron_odd", TOP, 255), ("neuron_even", BOTTOM, 256 + 128), ("neuron_odd", BOTTOM, 257),
])
def test_neuron_lines(field: str, hemisphere: Any, expected: int) -> None:
    memory = chip(readable(4, 255, 256 + 128, 257), mux_1=select(field, hemisphere))

    assert derive_readout(memory).madc == ((), neurons(expected))


def test_all_circuits_on_a_line_are_shorted() -> None:
    s = derive_readout(chip(readable(0, 2, 200, 3), mux_0=select("neuron_even", TOP)))

    assert s.madc[0] == neurons(0, 2, 200)
    assert s.neuron_lines[0] == (neurons(0, 2, 200), neurons(3))
    assert line_voltage(s.madc[0], lambda kind, i: {0: 0.3, 2: 0.6, 200: 0.9}[i]) == pytest.approx(0.6)


def test_a_multiplexer_may_select_two_lines() -> None:
    def both(mux: Any) -> None:
        mux.neuron_even[TOP] = mux.neuron_odd[BOTTOM] = True

    assert derive_readout(chip(readable(8, 256 + 9), mux_0=both)).madc[0] == neurons(8, 256 + 9)


@pytest.mark.parametrize("switch", ["enable_readout", "enable_readout_amplifier"])
def test_neurons_need_amplifier_and_switch(switch: str) -> None:
    memory = chip(readable(4) | {switch: []}, mux_0=select("neuron_even", TOP))

    assert derive_readout(memory).madc[0] == ()


@pytest.mark.parametrize("cell", [*MADC_CELLS, "neuron_i_bias_readout_amp"])
def test_biases_that_the_path_needs(cell: str) -> None:
    memory = chip(readable(4), mux_0=select("neuron_even", TOP))
    assert derive_readout(memory).madc[0] == neurons(4)

    assert derive_readout(memory.cells(**{cell: 0})).madc[0] == ()


@pytest.mark.parametrize("switch", [
    "signal_selection_connect_active_mux", "signal_selection_connect_preamp", "connect_preamp_to_madc",
    "enable_active_mux_amplifiers",
])
def test_switches_that_the_path_needs(switch: str) -> None:
    config = haldls.MADCConfig()
    setattr(config, switch, False)

    assert derive_readout(chip(readable(4), config, mux_0=select("neuron_even", TOP))).madc[0] == ()


@pytest.mark.parametrize(("hemisphere", "driver"), [(0, 5), (1, 127)])
def test_synapse_drivers(hemisphere: int, driver: int) -> None:
    line = (TOP, BOTTOM)[hemisphere]
    memory = chip(mux_0=select("synapse_driver_debug", line))
    config = haldls.SynapseDriverConfig()
    config.enable_readout = True
    memory.write(config, halco.SynapseDriverOnDLS(halco.Enum(128 * hemisphere + driver)))

    assert derive_readout(memory).madc[0] == (Source(Kind.DRIVER, (128 * hemisphere + driver,)),)
    memory.cells(**{("stp_ibias_readout_top", "stp_ibias_readout_bottom")[hemisphere]: 0})
    assert derive_readout(memory).madc[0] == ()


def test_current_source() -> None:
    memory = chip(mux_0=select("current_dac"))
    assert derive_readout(memory).madc[0] == ()
    dac = haldls.CurrentDAC()
    dac.enable_current = True

    s = derive_readout(memory.write(dac, halco.CurrentDACOnDLS()))

    assert s.madc[0] == (Source(Kind.CURRENT_DAC, (0,)),)
    assert line_voltage(s.madc[0], lambda kind, i: None) is None


def pad(memory: Memory, number: int = 0, **switches: Any) -> Memory:
    config = haldls.PadMultiplexerConfig()
    for name, value in switches.items():
        setattr(config, name, value)
    return memory.write(config, halco.PadMultiplexerConfigOnDLS(number))


def debug_cell(memory: Memory, block: int, column: int, row: int, enable: bool = True) -> Memory:
    config = haldls.CapMemBlockConfig()
    config.debug_capmem_coord = halco.CapMemCellOnCapMemBlock(halco.X(column), halco.Y(row))
    config.debug_readout_enable = enable
    return memory.write(config, halco.CapMemBlockConfigOnDLS(block))


CADC_CALIBRATION = {
    "capmem_v_out_mux": [True, False, False, False], "capmem_v_out_mux_to_capmem_intermediate_mux": True,
    "capmem_intermediate_mux_to_pad": True, "cadc_debug_causal_to_synapse_intermediate_mux": True,
    "cadc_debug_acausal_to_synapse_intermediate_mux": True, "synapse_intermediate_mux_to_pad": True,
}
"""As the calibration of the column ADC has it: a cell is shorted through pad 0 to both debug lines."""


def test_cell_on_the_debug_lines_of_the_column_adc() -> None:
    s = derive_readout(pad(debug_cell(chip(), 0, 128, 0), **CADC_CALIBRATION))
    stp_v_charge_0 = 128

    for wire in s.cadc_debug:
        assert wire == (Source(Kind.CAPMEM, (stp_v_charge_0,)), Source(Kind.PAD, (0,)))
    # The pad of the board is open; driven, it wins.
    assert line_voltage(s.cadc_debug[0], lambda kind, i: 0.4 if kind is Kind.CAPMEM else None) == 0.4
    assert line_voltage(s.cadc_debug[0], lambda kind, i: 0.4 if kind is Kind.CAPMEM else 0.7) == 0.7


@pytest.mark.parametrize("missing", [
    "capmem_v_out_mux_to_capmem_intermediate_mux", "capmem_intermediate_mux_to_pad", "synapse_intermediate_mux_to_pad",
])
def test_an_open_switch_breaks_the_way(missing: str) -> None:
    s = derive_readout(pad(debug_cell(chip(), 0, 128, 0), **(CADC_CALIBRATION | {missing: False})))

    assert all(source.kind is Kind.PAD for wire in s.cadc_debug for source in wire)


@pytest.mark.parametrize(("row", "enable"), [(8, True), (0, False)])
def test_only_voltage_cells_that_are_read_out(row: int, enable: bool) -> None:
    s = derive_readout(pad(debug_cell(chip(), 0, 128, row, enable), **CADC_CALIBRATION))

    assert s.cadc_debug[0] == (Source(Kind.PAD, (0,)),)


def test_cells_of_two_blocks_have_their_mean() -> None:
    memory = debug_cell(debug_cell(chip(), 1, 7, 2), 3, 0, 0)
    s = derive_readout(pad(memory, **(CADC_CALIBRATION | {"capmem_v_out_mux": [False, True, False, True]})))

    cells = (3120 + 2 * 130 + 7, 3 * 3120)
    assert s.cadc_debug[0][0] == Source(Kind.CAPMEM, cells)
    volts = {cells[0]: 0.2, cells[1]: 0.4}
    mean = line_voltage(s.cadc_debug[0], lambda kind, i: volts[i] if kind is Kind.CAPMEM else None)
    assert mean == pytest.approx(0.3)


def test_a_column_that_does_not_exist_is_no_cell() -> None:
    memory = pad(debug_cell(chip(), 0, 128, 0), **CADC_CALIBRATION)
    addresses = haldls.read_addresses(haldls.CapMemBlockConfig, halco.CapMemBlockConfigOnDLS(0))
    memory.words[int(addresses[1])] = 200

    assert derive_readout(memory).cadc_debug[0] == (Source(Kind.PAD, (0,)),)


@pytest.mark.parametrize(("field", "number"), [("debug_plus", 0), ("debug_minus", 1)])
def test_pads_reach_the_membrane_adc(field: str, number: int) -> None:
    memory = pad(chip(mux_0=select(field)), number, debug_to_pad=True)
    assert derive_readout(memory).madc[0] == (Source(Kind.PAD, (number,)),)

    assert derive_readout(pad(memory, number)).madc[0] == ()


def test_pads_without_multiplexer() -> None:
    config = haldls.MADCConfig()
    config.connect_preamp_to_madc, config.connect_pads_to_madc = False, True

    s = derive_readout(pad(debug_cell(chip(config=config), 0, 3, 1), **CADC_CALIBRATION))

    assert s.madc[0] == s.madc[1] == (Source(Kind.CAPMEM, (130 + 3,)), Source(Kind.PAD, (0, 1)))


def test_buffer_drives_a_pad_and_through_it_the_debug_line() -> None:
    memory = chip(readable(6), mux_1=select("neuron_even", TOP))
    s = derive_readout(pad(memory, 0, buffer_to_pad=[False, True], synapse_intermediate_mux_to_pad=True,
                           cadc_debug_acausal_to_synapse_intermediate_mux=True))

    assert s.pads[0] == (*neurons(6), Source(Kind.PAD, (0,))) == s.cadc_debug[1]
    assert s.cadc_debug[0] == ()


def test_feedback_over_a_pad_ends() -> None:
    memory = pad(chip(mux_0=select("debug_plus")), 0, buffer_to_pad=[True, False], debug_to_pad=True)

    assert derive_readout(memory).madc[0] == (Source(Kind.PAD, (0,)),)


def test_unbuffered_membranes_at_a_pad() -> None:
    memory = chip({"enable_unbuffered_access": [3, 300]})
    s = derive_readout(pad(memory, 1, neuron_i_stim_mux=[False, True], neuron_i_stim_mux_to_pad=True))

    assert s.pads[1] == (Source(Kind.PAD, (1,)), Source(Kind.MEMBRANE, (300,)))


def switch_column(memory: Memory, hemisphere: int, column: int, **switches: bool) -> Memory:
    quad, entry = column % 2 * 32 + column // 8, column // 2 % 4
    config = haldls.ColumnCorrelationQuad()
    for name, value in switches.items():
        setattr(config.switches[halco.EntryOnQuad(entry)], name, value)
    return memory.write(config, halco.ColumnCorrelationQuadOnDLS(halco.Enum(64 * hemisphere + quad)))


CHANNELS = [
    (dict(internal=False, neuron=False, debug=False), Channel.NOTHING),
    (dict(internal=False, neuron=True, debug=False), Channel.NOTHING),
    (dict(internal=True, neuron=False, debug=False), Channel.CORRELATION),
    (dict(internal=True, neuron=True, debug=False), Channel.NEURON),
    (dict(internal=False, neuron=False, debug=True), Channel.DEBUG),
    (dict(internal=True, neuron=True, debug=True), Channel.DEBUG),
]


@pytest.mark.parametrize(("closed", "expected"), CHANNELS)
@pytest.mark.parametrize(("hemisphere", "column"), [(0, 0), (1, 201)])
@pytest.mark.parametrize("branch", ["causal", "acausal"])
def test_channels(closed: dict[str, bool], expected: Channel, hemisphere: int, column: int, branch: str) -> None:
    memory = switch_column(
        Memory(), hemisphere, column, **{
            f"enable_internal_{branch}": closed["internal"], f"enable_debug_{branch}": closed["debug"],
            f"enable_cadc_neuron_readout_{branch}": closed["neuron"],
        },
    )
    wanted = np.zeros((2, 2, 256), dtype=np.uint8)
    wanted[hemisphere, int(branch == "acausal"), column] = expected

    assert np.array_equal(derive_readout(memory).cadc, wanted)


def test_neurons_reach_the_debug_line_over_their_column() -> None:
    memory = chip({"enable_readout_amplifier": [256 + 17]}, mux_0=select("cadc_debug_causal"))
    switch_column(memory, 1, 17, enable_internal_causal=True, enable_debug_causal=True,
                  enable_cadc_neuron_readout_causal=True)

    assert derive_readout(memory).madc[0] == neurons(256 + 17)


def test_synaptic_lines_on_their_debug_lines() -> None:
    """As before every run in MAC mode: a voltage at the pad charges the lines."""
    memory = pad(chip(mux_1=select("synin_debug_excitatory")), 0, synapse_intermediate_mux_to_pad=True,
                 synin_debug_excitatory_to_synapse_intermediate_mux=True)
    config = haldls.ColumnCurrentQuad()
    config.switches[halco.EntryOnQuad(1)].enable_debug_excitatory = True
    config.switches[halco.EntryOnQuad(2)].enable_debug_inhibitory = True
    s = derive_readout(memory.write(config, halco.ColumnCurrentQuadOnDLS(halco.Enum(33))))

    assert s.synin_debug == ((Source(Kind.PAD, (0,)), Source(Kind.LINE_EXC, (11,))), (Source(Kind.LINE_INH, (13,)),))
    assert s.madc[1] == s.synin_debug[0]
    assert np.argwhere(s.synapse_lines).tolist() == [[0, 0, 11], [0, 1, 13]]


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(list(Kind)), st.lists(st.floats(0, 1.2), min_size=1, max_size=5)))
def test_a_wire_has_a_voltage_between_those_of_its_signals(signals: dict[Kind, list[float]]) -> None:
    wire = tuple(Source(kind, tuple(range(len(values)))) for kind, values in signals.items())
    result = line_voltage(wire, lambda kind, i: signals[kind][i])

    if not signals:
        assert result is None
    else:
        values = [v for part in signals.values() for v in part]
        assert min(values) - 1e-9 <= result <= max(values) + 1e-9
