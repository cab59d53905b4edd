"""Logical objects: word counts, write order, fields and defaults."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
import lola
from halco import Enum
from haldls.backend import Backend

WORDS = [
    (lola.AtomicNeuron, 34), (lola.NeuronBlock, 17688), (lola.SynapseDriverBlock, 402), (lola.SynapseBlock, 32770),
    (lola.SynapseMatrix, 32768), (lola.SynapseRow, 128), (lola.SynapseWeightMatrix, 16384),
    (lola.SynapseLabelMatrix, 16384), (lola.SynapseCorrelationCalibMatrix, 32768), (lola.SynapseWeightRow, 64),
    (lola.SynapseLabelRow, 64), (lola.SynapseCorrelationCalibRow, 128), (lola.ColumnCorrelationRow, 256),
    (lola.ColumnCurrentRow, 128), (lola.CADCReadoutChain, 789), (lola.ReadoutChain, 31), (lola.Crossbar, 77),
    (lola.CapMem, 140), (lola.MemoryTiming, 38), (lola.ExternalPPUMemory, 32768), (lola.OutputRoutingTable, 65536),
    (lola.InputRoutingTable, 32768), (lola.MultichipJboaLeafFPGA, 98304), (lola.SinglechipFPGA, 65793),
    (lola.Chip, 126842), (lola.ChipAndSinglechipFPGA, 126842 + 65793),
]
DIFFERENTIAL = {
    lola.Chip, lola.ColumnCorrelationRow, lola.ColumnCurrentRow, lola.SynapseWeightRow, lola.SynapseLabelRow,
    lola.SynapseCorrelationCalibRow, lola.SynapseRow, lola.SynapseWeightMatrix, lola.SynapseLabelMatrix,
    lola.SynapseCorrelationCalibMatrix, lola.SynapseMatrix,
}


def last(kind: Any) -> Any:
    return kind.coordinate_type._from_enum(kind.coordinate_type.size - 1)


@pytest.mark.parametrize(("kind", "words"), WORDS, ids=lambda v: getattr(v, "__name__", None))
def test_number_of_words_and_round_trip(kind: Any, words: int) -> None:
    container = kind()
    for coordinate in (kind.coordinate_type(), last(kind)):
        addresses, encoded = haldls.encode(container, coordinate)
        assert len(addresses) == len(encoded) == words
        assert len(np.unique(addresses)) == words
        assert np.array_equal(haldls.read_addresses(kind, coordinate), addresses)
        assert haldls.decode(kind, coordinate, encoded) == container


def test_serial_forms_of_memory_blocks() -> None:
    for block in (lola.ExternalPPUMemoryBlock.from_bytes(b"12345"), lola.ExternalPPUDRAMMemoryBlock.from_bytes(b"1"),
                  haldls.PPUMemoryBlock(3)):
        for save, load in ((lola.to_json, lola.from_json), (lola.to_portablebinary, lola.from_portablebinary)):
            loaded = type(block)(7)
            load(loaded, save(block))
            assert loaded == block


@pytest.mark.parametrize("kind", [k for k in lola.containers if k._size], ids=lambda v: v.__name__)
def test_copies_pickles_and_serial_forms(kind: Any) -> None:
    container = kind()
    container._words[::7] ^= 1
    for other in (copy.copy(container), copy.deepcopy(container), pickle.loads(pickle.dumps(container))):
        assert other == container and not np.shares_memory(other._words, container._words)
    loaded = kind()
    assert loaded != container
    lola.from_portablebinary(loaded, lola.to_portablebinary(container))
    assert loaded == container


def test_differential_write_is_supported_by_the_types_of_the_real_system() -> None:
    composed = {kind for kind in lola.containers if getattr(kind, "_parts", ()) and kind is not haldls.PPUMemory}
    assert {kind for kind in composed if kind.supports_differential_write} == DIFFERENTIAL


def test_every_capmem_cell_is_written_once_by_a_chip() -> None:
    addresses, _ = haldls.encode(lola.Chip(), halco.ChipOnDLS())
    cells = haldls.CapMemCell._addresses(np.arange(12480), Backend.Omnibus).ravel()
    assert np.isin(cells, addresses).all() and len(np.unique(addresses)) == len(addresses)


def test_chip_fields_are_written_in_order() -> None:
    chip, position = lola.Chip(), 0
    addresses, _ = haldls.encode(chip, halco.ChipOnDLS())
    order: list[tuple[Any, list[Any]]] = [
        (lola.Crossbar, [halco.CrossbarOnDLS()]),
        (haldls.BackgroundSpikeSource, list(halco.iter_all(halco.BackgroundSpikeSourceOnDLS))),
        (lola.CapMem, [halco.CapMemOnDLS()]),
        (lola.SynapseDriverBlock, list(halco.iter_all(halco.SynapseDriverBlockOnDLS))),
        (lola.SynapseBlock, list(halco.iter_all(halco.SynapseBlockOnDLS))),
        (lola.NeuronBlock, [halco.NeuronBlockOnDLS()]),
        (lola.CADCReadoutChain, list(halco.iter_all(halco.CADCOnDLS))),
        (lola.ReadoutChain, [halco.ReadoutChainOnDLS()]),
        (haldls.PPUMemory, list(halco.iter_all(halco.PPUMemoryOnDLS))),
        (lola.ExternalPPUMemory, [halco.ExternalPPUMemoryOnFPGA()]),
    ]
    for kind, coordinates in order:
        for coordinate in coordinates:
            own = haldls.read_addresses(kind, coordinate)
            assert np.array_equal(addresses[position : position + len(own)], own)
            position += len(own)
    assert position == len(addresses)


@settings(max_examples=30, deadline=None)
@given(x=st.integers(0, 255), y=st.integers(0, 1))
def test_atomic_neuron_is_config_cells_and_backend(x: int, y: int) -> None:
    neuron = halco.AtomicNeuronOnDLS(halco.NeuronColumnOnDLS(x), halco.NeuronRowOnDLS(y))
    addresses, _ = haldls.encode(lola.AtomicNeuron(), neuron)
    config = haldls.read_addresses(haldls.NeuronConfig, halco.NeuronConfigOnDLS(Enum(x + 256 * y)))
    backend = haldls.read_addresses(
        haldls.NeuronBackendConfig,
        halco.NeuronBackendConfigOnDLS(
            halco.NeuronBackendConfigOnNeuronBackendConfigBlock(x % 128 + 128 * y),
            halco.NeuronBackendConfigBlockOnDLS(x // 128),
        ),
    )
    rows = [10, 11, 12, 13, 3, 14, 15, 16, 17, 4, 0, 8, 1, 9, 2, 22, 5, 18, 19, 20, 7, 6, 21, 23]
    base = (0x140000, 0x148000, 0x150000, 0x158000)[2 * y + (x >= 128)]
    cells = [base + 32 * (x % 128) + row for row in rows]
    assert addresses.tolist() == [*config.tolist(), *cells, *backend.tolist()]


# Field, value, container that holds it, field there; from the tables of the real system.
TARGETS = [
    ("excitatory_input.enable", True, "NeuronConfig", "enable_synaptic_input_excitatory"),
    ("excitatory_input.enable_small_capacitance", True, "NeuronConfig",
     "enable_synaptic_input_excitatory_small_capacitance"),
    ("inhibitory_input.enable_coba_mode", True, "NeuronConfig", "enable_synaptic_input_inhibitory_coba_mode"),
    ("leak.enable_division", True, "NeuronConfig", "enable_leak_division"),
    ("reset.enable_multiplication", True, "NeuronConfig", "enable_reset_multiplication"),
    ("threshold.enable", True, "NeuronConfig", "enable_threshold_comparator"),
    ("multicompartment.connect_right", True, "NeuronConfig", "connect_membrane_right"),
    ("multicompartment.connect_vertical", True, "NeuronConfig", "connect_bottom"),
    ("multicompartment.enable_conductance_division", True, "NeuronConfig", "enable_divide_multicomp_conductance_bias"),
    ("constant_current.enable", True, "NeuronConfig", "enable_membrane_offset"),
    ("membrane_capacitance.capacitance", 41, "NeuronConfig", "membrane_capacitor_size"),
    ("adaptation.invert_b", True, "NeuronConfig", "invert_adaptation_b"),
    ("adaptation.enable_pulse", True, "NeuronBackendConfig", "enable_adaptation_pulse"),
    ("exponential.enable", True, "NeuronConfig", "enable_exponential"),
    ("event_routing.enable_digital", True, "NeuronBackendConfig", "enable_spike_out"),
    ("event_routing.address", 0xA5, "NeuronBackendConfig", "address_out"),
    ("event_routing.enable_post_overwrite", True, "NeuronBackendConfig", "post_overwrite"),
    ("readout.enable_buffered_access", True, "NeuronConfig", "enable_readout"),
    ("readout.enable_amplifier", True, "NeuronConfig", "enable_readout_amplifier"),
    ("refractory_period.refractory_time", 77, "NeuronBackendConfig", "refractory_time"),
    ("refractory_period.reset_holdoff", 3, "NeuronBackendConfig", "reset_holdoff"),
    ("refractory_period.enable_pause", True, "NeuronConfig", "enable_pause"),
    ("bayesian.to_post_pulse", False, "NeuronBackendConfig", "enable_bayesian_extension"),
    ("bayesian.connect_fire_vertical", True, "NeuronBackendConfig", "connect_fire_bottom"),
    ("bayesian.enable_master", True, "NeuronBackendConfig", "enable_neuron_master"),
]


@pytest.mark.parametrize(("path", "value", "kind", "field"), TARGETS)
def test_atomic_neuron_fields_are_those_of_its_containers(path: str, value: Any, kind: str, field: str) -> None:
    neuron = lola.AtomicNeuron()
    struct, name = path.split(".")
    setattr(getattr(neuron, struct), name, value)
    container = neuron.asNeuronConfig() if kind == "NeuronConfig" else neuron.asNeuronBackendConfig()
    assert getattr(container, field) == value
    back = lola.AtomicNeuron()
    back.set_from(container)
    assert getattr(getattr(back, struct), name) == value


Mode = lola.AtomicNeuron.EventRouting.AnalogOutputMode
Operation = lola.AtomicNeuron.Bayesian.Operation


@pytest.mark.parametrize(("mode", "fire", "strong"), [(Mode.off, 0, 0), (Mode.normal, 1, 0), (Mode.strong, 1, 1)])
def test_analog_output(mode: Any, fire: int, strong: int) -> None:
    neuron = lola.AtomicNeuron()
    neuron.event_routing.analog_output = mode
    config = neuron.asNeuronConfig()
    assert (config.enable_fire, config.enable_strong_fire) == (bool(fire), bool(strong))
    assert neuron.event_routing.analog_output is mode


def test_strong_fire_without_fire_reads_back_as_off() -> None:
    config = haldls.NeuronConfig()
    config.enable_strong_fire = True
    neuron = lola.AtomicNeuron()
    neuron.set_from(config)
    assert neuron.event_routing.analog_output is Mode.off
    assert not neuron.asNeuronConfig().enable_strong_fire


@pytest.mark.parametrize(
    ("operation", "bits"),
    [(Operation.local, (0, 0)), (Operation.AND, (1, 0)), (Operation.XNOR, (0, 1)), (Operation.MULLER_C, (1, 1))],
)
def test_bayesian_operation(operation: Any, bits: tuple[int, int]) -> None:
    neuron = lola.AtomicNeuron()
    neuron.bayesian.operation = operation
    backend = neuron.asNeuronBackendConfig()
    assert (backend.enable_bayesian_0, backend.enable_bayesian_1) == bits


def test_atomic_neuron_defaults() -> None:
    neuron = lola.AtomicNeuron()
    assert neuron.excitatory_input.enable_small_capacitance and neuron.inhibitory_input.enable_small_capacitance
    assert neuron.refractory_period.reset_holdoff == 15
    assert neuron.bayesian.to_post_pulse
    assert neuron.membrane_capacitance.capacitance == 0
    assert neuron.leak.v_leak == haldls.CapMemCell.Value(0)
    Routing = lola.AtomicNeuron.EventRouting
    assert Routing.enabled == Routing(Mode.normal, True, False, False, 0, False)
    assert Routing.bypass_exc.enable_bypass_excitatory and not Routing.bypass_exc.enable_bypass_inhibitory


def test_structs_are_references_and_assignment_copies() -> None:
    chip = lola.Chip()
    chip.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS(Enum(300))].leak.v_leak = 300
    leak = lola.AtomicNeuron.Leak()
    leak.i_bias = 5
    chip.neuron_block.atomic_neurons[7].leak = leak
    leak.i_bias = 6
    assert chip.neuron_block.atomic_neurons[300].leak.v_leak == 300
    assert chip.neuron_block.atomic_neurons[7].leak.i_bias == 5
    assert chip.neuron_block.atomic_neurons.columns.leak.v_leak.tolist().count(300) == 1


def test_analog_values_and_disabled_refresh() -> None:
    neuron = lola.AtomicNeuron()
    neuron.leak.v_leak = lola.AtomicNeuron.AnalogDisableRefresh()
    assert isinstance(neuron.leak.v_leak, haldls.CapMemCell.DisableRefresh)
    with pytest.raises(OverflowError, match=r"Leak.v_leak: 1023"):
        neuron.leak.v_leak = 1023
    with pytest.raises(TypeError, match=r"Leak.v_leak"):
        neuron.leak.v_leak = 0.5


@settings(max_examples=20, deadline=None)
@given(row=st.integers(0, 255), column=st.integers(0, 255), weight=st.integers(0, 63), label=st.integers(0, 63))
def test_synapses_are_in_natural_order(row: int, column: int, weight: int, label: int) -> None:
    matrix = lola.SynapseMatrix()
    matrix.weights[row][column] = weight
    matrix.labels[halco.SynapseRowOnSynram(row)][halco.SynapseOnSynapseRow(column)] = label
    quad = halco.SynapseQuadOnDLS(
        halco.SynapseQuadOnSynram(halco.X(column % 2 * 32 + column // 8), halco.Y(row)), halco.SynramOnDLS.bottom
    )
    addresses, words = haldls.encode(matrix, halco.SynramOnDLS.bottom)
    places = np.searchsorted(addresses, haldls.read_addresses(haldls.SynapseQuad, quad), sorter=np.argsort(addresses))
    decoded = haldls.decode(haldls.SynapseQuad, quad, words[np.argsort(addresses)[places]])
    assert decoded.weights[column // 2 % 4] == weight and decoded.labels[column // 2 % 4] == label
    expected = np.zeros((256, 256))
    expected[row, column] = weight
    assert np.array_equal(matrix.weights.to_numpy(), expected)


def test_matrices_take_and_give_numpy() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 64, (256, 256))
    matrix, weights = lola.SynapseMatrix(), lola.SynapseWeightMatrix()
    matrix.weights.from_numpy(values)
    weights.values = values
    assert matrix.weights.to_numpy().dtype == np.uint8
    assert np.array_equal(matrix.weights.to_numpy(), values) and np.array_equal(weights.values.to_numpy(), values)
    assert not matrix.labels.to_numpy().any()
    assert matrix.weights[3].to_numpy().tolist() == values[3].tolist()
    with pytest.raises(RuntimeError, match=r"SynapseMatrix.weights: expected an array of shape \(256, 256\)"):
        matrix.weights.from_numpy(values[:, :255])
    values[4, 5] = 64
    with pytest.raises(OverflowError, match=r"range overflow: 64 > max\(63\): SynapseMatrix.weights\[4, 5\]"):
        matrix.weights.from_numpy(values)
    assert matrix.weights[4][5] != 64
    with pytest.raises(OverflowError):
        matrix.weights.from_numpy(values - 200)
    matrix.weights.from_numpy(np.full((256, 256), 3.0))
    with pytest.raises(OverflowError):
        matrix.weights.from_numpy(np.full((256, 256), 3.5))


def test_cadc_samples_are_read_in_natural_order() -> None:
    rng = np.random.default_rng(2)
    causal, acausal = rng.integers(0, 256, (2, 2, 256))
    read = haldls.read_addresses(lola.CADCSamples, halco.CADCSamplesOnDLS())
    # Trigger reads first: top, then bottom; everything else comes from the buffer.
    assert [hex(a) for a in read[:3]] == ["0x2c80000", "0x3c80000", "0x2e80001"]
    assert (read[2:] & 0x200000 != 0).all()
    words = [_sample_word(int(address), causal, acausal) for address in read]
    samples = haldls.decode(lola.CADCSamples, halco.CADCSamplesOnDLS(), np.array(words, dtype=np.uint32))
    assert np.array_equal(samples.causal.to_numpy(), causal)
    assert np.array_equal(samples.acausal.to_numpy(), acausal)
    assert samples.causal[halco.SynramOnDLS.bottom][17] == causal[1, 17]


def _sample_word(address: int, causal: np.ndarray, acausal: np.ndarray) -> int:
    """What the chip answers: the samples of a quad, entry 0 most significant."""
    synram, quad = address >> 24 & 1, address & 0x3F
    samples = (acausal if address & 0x40000 else causal)[synram]
    columns = [(quad % 32 * 4 + entry) * 2 + quad // 32 for entry in range(4)]
    return int.from_bytes(bytes(int(samples[c]) for c in columns), "big")


def test_cadc_sample_row_triggers_with_its_first_read() -> None:
    read = haldls.read_addresses(lola.CADCSampleRow, halco.CADCSampleRowOnDLS(3, halco.SynramOnDLS(1)))
    assert read[0] == 0x03C80000 + 3 * 64 and (read[1:] & 0x200000 != 0).all()
    assert read[64] == 0x03EC0000 + 3 * 64
    row = haldls.decode(
        lola.CADCSampleRow, halco.CADCSampleRowOnDLS(), np.full(128, 0xFF00FF00, dtype=np.uint32)
    )
    assert row.causal[0] == 255 and row.causal[2] == 0 and "▇" in repr(row)


def test_cadc_readout_chain_connections() -> None:
    chain = lola.CADCReadoutChain()
    chain.channels_acausal[200].enable_connect_neuron = True
    chain.channels_causal[3].offset = -5
    chain.ramp.i_slope[1] = 99
    chain.ramp.v_offset_assignment[1] = halco.CapMemBlockOnHemisphere.left
    addresses, words = haldls.encode(chain, halco.CADCOnDLS.bottom)
    changed = words != haldls.encode(lola.CADCReadoutChain(), halco.CADCOnDLS.bottom)[1]
    got = dict(zip(addresses[changed].tolist(), words[changed].tolist(), strict=True))
    assert got == {
        0x03C00000 + 0x44000 + 25: 1 << 29,  # column 200: quad column 25, entry 0, acausal neuron readout
        0x03400800 + 2 * 3: 123,
        0x158000 + 32 * 128 + 15: 99,
        0x03200003: 0b010,
    }


def test_readout_chain_defaults() -> None:
    chain = lola.ReadoutChain()
    assert int(chain.dynamic_mux.i_bias) == 500 and int(chain.madc.in_500na) == 500
    assert int(chain.pseudo_diff_converter.v_ref) == 400 and int(chain.madc_preamp.v_ref) == 400
    assert int(chain.source_measure_unit.test_voltage) == 400 and int(chain.current_dac.i_bias) == 0
    assert chain.madc_input_crossbar.connect_dynamic_mux and not chain.madc_input_crossbar.connect_pad_mux
    chain.input_mux[1].neuron_even[halco.HemisphereOnDLS.bottom] = True
    assert haldls.encode(chain, halco.ReadoutChainOnDLS())[1][:2].tolist() == [0, 1 << 12]


def test_neuron_block_defaults() -> None:
    block = lola.NeuronBlock()
    shared = {
        "v_bias_casc_n": 250, "i_bias_readout_amp": 110, "i_bias_leak_source_follower": 100,
        "i_bias_threshold_comparator": 200, "i_bias_synin_drop": 300,
    }
    for name, value in shared.items():
        assert [int(v) for v in getattr(block, name)] == [value] * 4
    assert [int(v) for v in lola.SynapseBlock().i_bias_dac] == [1022, 1022]


def test_dac_blocks() -> None:
    block = lola.DACChannelBlock.default_ldo_2
    assert int(block.value[halco.DACChannelOnBoard.vdd12_digital]) == 2090
    own = lola.DACChannelBlock()
    own.set_voltage(halco.DACChannelOnBoard.v_reset, 0.6)
    assert int(own.value[0]) == 2047 and abs(own.get_voltage(halco.DACChannelOnBoard.v_reset) - 0.6) < 1e-3
    with pytest.raises(ValueError, match="no voltage scale"):
        own.set_voltage(halco.DACChannelOnBoard.vdd12_pll, 1.0)
    control = lola.DACControlBlock()
    assert all(control.enable)
    control.enable[9] = False
    addresses, words = haldls.encode(control, halco.DACControlBlockOnBoard())
    assert words.tolist() == [0b001100, 0, 0b001100, 2] and len(addresses) == 4


def test_default_neuron_bypass() -> None:
    chip = lola.Chip.default_neuron_bypass
    routing = chip.neuron_block.atomic_neurons.columns.event_routing
    assert routing.enable_bypass_excitatory.all() and routing.enable_bypass_inhibitory.all()
    assert not routing.enable_digital.any() and not routing.analog_output.any()
    for block in chip.synapse_driver_blocks:
        assert [int(v) for v in block.padi_bus.dacen_pulse_extension] == [15] * 4
    chip.crossbar.nodes[0] = haldls.CrossbarNode.drop_all
    assert lola.Chip.default_neuron_bypass.crossbar.nodes[0] == haldls.CrossbarNode()


def test_external_memory_bytes() -> None:
    memory = lola.ExternalPPUMemory()
    memory.bytes[halco.ExternalPPUMemoryByteOnFPGA(5)].value = memory.bytes[0].Value(0xAB)
    assert haldls.encode(memory, halco.ExternalPPUMemoryOnFPGA())[1][1] == 0x00AB0000
    memory.set_subblock(0, lola.ExternalPPUMemoryBlock.from_bytes(b"hello\0"))
    assert memory.to_string() == "hello"
    assert bytes(memory.get_subblock(1, 3)) == b"ell"
    with pytest.raises(IndexError):
        memory.set_subblock(131070, lola.ExternalPPUMemoryBlock.from_bytes(b"12345"))
    block = lola.ExternalPPUMemoryBlock(3)
    with pytest.raises(ValueError, match="expected 3 bytes, got 2"):
        block.bytes = [1, 2]
    with pytest.raises(RuntimeError, match="3 bytes written to a coordinate of 4"):
        haldls.encode(block, halco.ExternalPPUMemoryBlockOnFPGA(0, 3))
