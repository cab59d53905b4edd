"""Worked examples of the numberings on the chip, as in a data sheet."""

import pytest

import halco
from halco import (
    AtomicNeuronOnDLS,
    CapMemCellOnDLS,
    CrossbarInputOnDLS,
    CrossbarNodeOnDLS,
    CrossbarOutputOnDLS,
    DACChannelOnBoard,
    Enum,
    NeuronBackendConfigOnDLS,
    NeuronColumnOnDLS,
    NeuronConfigOnDLS,
    NeuronRowOnDLS,
    SpikeLabel,
    SynapseDriverOnDLS,
    SynapseOnSynapseRow,
    SynapseQuadColumnOnDLS,
    SynapseRowOnSynram,
    VDDOnBoard,
    X,
    Y,
    iter_all,
)


def number(coordinate):
    return coordinate.toEnum().value()


@pytest.mark.parametrize(
    ("column", "row", "atomic", "config", "capmem", "quad", "backend", "event_output"),
    [
        # column, row, enum, (block, index), (block, column), (column, entry), (block, index, enum), event output
        (0, 0, 0, (0, 0), (0, 0), (0, 0), (0, 0, 0), 0),
        (5, 0, 5, (0, 5), (0, 5), (32, 2), (0, 5, 5), 0),
        (130, 0, 130, (1, 2), (1, 2), (16, 1), (1, 2, 258), 4),
        (255, 0, 255, (1, 127), (1, 127), (63, 3), (1, 127, 383), 7),
        (5, 1, 261, (2, 5), (2, 5), (32, 2), (0, 133, 133), 0),
        (130, 1, 386, (3, 2), (3, 2), (16, 1), (1, 130, 386), 4),
        (255, 1, 511, (3, 127), (3, 127), (63, 3), (1, 255, 511), 7),
    ],
)
def test_neuron_numbers(column, row, atomic, config, capmem, quad, backend, event_output):
    neuron = AtomicNeuronOnDLS(NeuronColumnOnDLS(column), NeuronRowOnDLS(row))
    assert number(neuron) == atomic

    neuron_config = neuron.toNeuronConfigOnDLS()
    assert int(neuron_config) == atomic
    assert [number(part) for part in neuron_config.split()] == list(config)
    assert neuron_config.toAtomicNeuronOnDLS() == neuron
    assert neuron_config.toNeuronConfigBlockOnDLS().toCapMemBlockOnDLS() == capmem[0]
    assert neuron_config.toCapMemColumnOnCapMemBlock() == capmem[1]

    assert (neuron.toCapMemBlockOnDLS(), neuron.toCapMemColumnOnCapMemBlock()) == capmem
    assert neuron.toSynapseQuadColumnOnDLS() == neuron_config.toSynapseQuadColumnOnDLS() == quad[0]
    assert neuron_config.toEntryOnQuad() == quad[1]

    backend_config = neuron.toNeuronBackendConfigOnDLS()
    assert number(backend_config.toNeuronBackendConfigBlockOnDLS()) == backend[0]
    assert backend_config.toNeuronBackendConfigOnNeuronBackendConfigBlock() == backend[1]
    assert number(backend_config) == backend[2]
    assert backend_config.toAtomicNeuronOnDLS() == neuron
    for method in ("toNeuronResetOnDLS", "toSpikeCounterReadOnDLS", "toSpikeCounterResetOnDLS"):
        assert number(getattr(neuron, method)()) == number(getattr(neuron_config, method)()) == backend[2]

    assert number(NeuronColumnOnDLS(column).toNeuronEventOutputOnDLS()) == event_output


@pytest.mark.parametrize(
    ("quad", "columns"),
    [
        (0, [0, 2, 4, 6]),
        (1, [8, 10, 12, 14]),
        (31, [248, 250, 252, 254]),
        (32, [1, 3, 5, 7]),
        (33, [9, 11, 13, 15]),
        (63, [249, 251, 253, 255]),
    ],
)
def test_quad_columns(quad, columns):
    quad_column = SynapseQuadColumnOnDLS(quad)
    assert list(quad_column.toNeuronColumnOnDLS()) == columns
    for entry, column in enumerate(columns):
        synapse = SynapseOnSynapseRow(halco.EntryOnQuad(entry), quad_column)
        assert synapse == column
        assert (synapse.toEntryOnQuad(), synapse.toSynapseQuadColumnOnDLS()) == (entry, quad)


def test_quadrant_of_a_quad():
    quad = halco.SynapseQuadOnSynram(SynapseQuadColumnOnDLS(13), SynapseRowOnSynram(23))
    on_chip = halco.SynapseQuadOnDLS(quad, halco.SynramOnDLS.bottom)
    assert number(quad) == 64 * 23 + 13
    assert number(on_chip) == 16384 + 64 * 23 + 13
    assert on_chip.toNeuronConfigBlockOnDLS() == 2


def test_reset_quad():
    quad = halco.NeuronResetQuadOnDLS(SynapseQuadColumnOnDLS(48), halco.SynramOnDLS.bottom)
    # columns 129, 131, 133, 135 of the bottom row: right side first index 256, second half of the block
    assert [number(reset) for reset in quad.toNeuronResetOnDLS()] == [256 + 128 + 1 + 2 * i for i in range(4)]


def test_cadc_sample_quad_number():
    sample = halco.CADCSampleQuadOnDLS(
        halco.CADCSampleQuadOnSynram(
            halco.SynapseQuadOnSynram(SynapseQuadColumnOnDLS(9), SynapseRowOnSynram(7)),
            halco.CADCChannelType.acausal,
            halco.CADCReadoutType.buffered,
        ),
        halco.SynramOnDLS.bottom,
    )
    assert number(sample) == 65536 + 32768 + 16384 + 64 * 7 + 9
    assert sample.toSynapseQuadOnDLS() == halco.SynapseQuadOnDLS(Enum(16384 + 64 * 7 + 9))
    # inherited from three levels of local types
    assert sample.toCADCReadoutType() == halco.CADCReadoutType.buffered
    assert sample.toCADCChannelType() == halco.CADCChannelType.acausal
    assert (sample.x(), sample.y()) == (9, 7)


@pytest.mark.parametrize(
    ("driver", "bus", "position", "rows_top_bottom"),
    [(0, 0, 0, [1, 0]), (11, 3, 2, [23, 22]), (21, 1, 5, [43, 42]), (23, 3, 5, [47, 46]), (47, 3, 11, [95, 94])],
)
def test_synapse_driver(driver, bus, position, rows_top_bottom):
    local = halco.SynapseDriverOnSynapseDriverBlock(driver)
    assert (local.toPADIBusOnPADIBusBlock(), local.toSynapseDriverOnPADIBus()) == (bus, position)
    rows = local.toSynapseRowOnSynram()
    assert list(rows) == rows_top_bottom
    assert rows[halco.SynapseRowOnSynapseDriver.top] == rows_top_bottom[0]
    for row in rows:
        assert row.toSynapseDriverOnSynapseDriverBlock() == driver
        assert rows[row.toSynapseRowOnSynapseDriver()] == row
    assert halco.SynapseDriverOnPADIBus(position).toSynapseDriverOnSynapseDriverBlock()[bus] == driver


@pytest.mark.parametrize(
    ("row", "driver", "side"), [(23, 11, "top"), (42, 21, "bottom"), (0, 0, "bottom"), (255, 127, "top")]
)
def test_synapse_row(row, driver, side):
    assert SynapseRowOnSynram(row).toSynapseDriverOnSynapseDriverBlock() == driver
    assert SynapseRowOnSynram(row).toSynapseRowOnSynapseDriver() == getattr(halco.SynapseRowOnSynapseDriver, side)


def test_synapse_driver_on_chip():
    driver = SynapseDriverOnDLS(halco.SynapseDriverOnSynapseDriverBlock(3), halco.SynapseDriverBlockOnDLS.bottom)
    assert number(driver) == 131
    rows = driver.toSynapseRowOnDLS()
    assert type(rows) is list
    assert [number(row) for row in rows] == [262, 263]
    # odd drivers get their bias from the right CapMem block
    assert driver.toCapMemBlockOnDLS() == 3
    assert driver.toPADIBusOnPADIBusBlock() == 3


def test_crossbar_has_76_nodes_in_row_order():
    nodes = [(int(node.y()), int(node.x())) for node in iter_all(CrossbarNodeOnDLS)]
    assert len(nodes) == CrossbarNodeOnDLS.size == 76
    assert nodes == sorted(nodes)
    assert [sum(y == row for y, _ in nodes) for row in range(20)] == [3] * 8 + [9] * 4 + [2] * 8


@pytest.mark.parametrize(
    ("enum", "x", "y"),
    [(0, 0, 0), (1, 4, 0), (24, 0, 8), (32, 8, 8), (33, 0, 9), (60, 0, 12), (61, 8, 12), (63, 9, 13), (75, 11, 19)],
)
def test_crossbar_node(enum, x, y):
    node = CrossbarNodeOnDLS(X(x), Y(y))
    assert node == CrossbarNodeOnDLS(Enum(enum)) == CrossbarNodeOnDLS(CrossbarInputOnDLS(y), CrossbarOutputOnDLS(x))
    assert (node.toCrossbarOutputOnDLS(), node.toCrossbarInputOnDLS()) == (x, y)


@pytest.mark.parametrize(("output", "padi_bus", "l2"), [(0, 0, None), (7, 7, None), (8, None, 0), (11, None, 3)])
def test_crossbar_output(output, padi_bus, l2):
    crossbar_output = CrossbarOutputOnDLS(output)
    assert crossbar_output.toPADIBusOnDLS() == (None if padi_bus is None else halco.PADIBusOnDLS(Enum(padi_bus)))
    assert crossbar_output.toCrossbarL2OutputOnDLS() == l2


@pytest.mark.parametrize(
    ("crossbar_input", "event_output", "spl1"),
    [(0, 0, None), (7, 7, None), (8, None, 0), (11, None, 3), (12, None, None)],
)
def test_crossbar_input(crossbar_input, event_output, spl1):
    source = CrossbarInputOnDLS(crossbar_input)
    expected = None if event_output is None else halco.NeuronEventOutputOnDLS(Enum(event_output))
    assert source.toNeuronEventOutputOnDLS() == expected
    assert source.toSPL1Address() == spl1


@pytest.mark.parametrize("source", range(8))
def test_background_source(source):
    background = halco.BackgroundSpikeSourceOnDLS(source)
    assert background.toCrossbarInputOnDLS() == 12 + source
    assert number(background.toPADIBusOnDLS()) == source
    assert background.toCrossbarL2OutputOnDLS() == source % 4


LABEL_FIELDS = {
    "spl1_address": 0xC000,
    "neuron_label": 0x3FFF,
    "padi_label": 0x3FF,
    "row_select_address": 0x7C0,
    "synapse_label": 0x3F,
    "neuron_event_output": 0x700,
    "neuron_backend_address_out": 0xFF,
}


@pytest.mark.parametrize("field", LABEL_FIELDS)
@pytest.mark.parametrize("before", [0x0000, 0xFFFF, 0xA5A5])
def test_label_field_keeps_other_bits(field, before):
    mask = LABEL_FIELDS[field]
    kind = type(getattr(SpikeLabel(), field))
    ones, zeros = SpikeLabel(before), SpikeLabel(before)
    setattr(ones, field, kind._from_enum(mask // (mask & -mask)))
    setattr(zeros, field, kind._from_enum(0))
    assert (int(ones), int(zeros)) == (before | mask, before & ~mask)


def test_label_examples():
    label = SpikeLabel()
    label.spl1_address, label.row_select_address, label.synapse_label = 2, 5, 3
    assert label.value() == 33091
    assert (label.row_select_address, label.padi_label) == (5, SpikeLabel.PADILabel(5 * 64 + 3))

    # event of the neuron in column 130 with address 7
    event = SpikeLabel()
    event.neuron_event_output = NeuronColumnOnDLS(130).toNeuronEventOutputOnDLS()
    event.neuron_backend_address_out = 7
    assert event.neuron_label == 1031
    assert event.neuron_event_output.toCrossbarInputOnDLS() == 4


@pytest.mark.parametrize(("field", "value"), [("neuron_event_output", 4), ("synapse_label", 64), ("spl1_address", 1.5)])
def test_label_field_rejects(field, value):
    with pytest.raises(TypeError):
        setattr(SpikeLabel(), field, value)


@pytest.mark.parametrize(
    ("name", "row"),
    [("v_leak", 0), ("v_reset", 1), ("v_threshold", 2), ("v_adapt_ref", 7), ("i_bias_leak", 8), ("i_bias_nmda", 23)],
)
def test_capmem_rows(name, row):
    assert getattr(halco.CapMemRowOnCapMemBlock, name) == row


@pytest.mark.parametrize(
    ("cell", "block", "column", "row"),
    [
        ("readout_sc_amp_v_ref", 0, 128, 6),
        ("readout_out_amp_i_bias_1", 0, 129, 8),
        ("readout_out_amp_i_bias_0", 0, 128, 23),
        ("readout_pseudo_diff_v_ref", 1, 128, 6),
        ("hagen_ibias_dac_top", 1, 128, 22),
        ("readout_iconv_test_voltage", 2, 128, 6),
        ("readout_iconv_sc_amp_v_ref", 3, 128, 6),
        ("stp_ibias_readout_bottom", 3, 128, 21),
    ],
)
def test_single_shared_capmem_cell(cell, block, column, row):
    coordinate = getattr(CapMemCellOnDLS, cell)
    assert number(coordinate) == 3120 * block + 130 * row + column
    assert coordinate.toCapMemBlockOnDLS() == block
    assert (coordinate.x(), coordinate.y()) == (column, row)


def test_every_shared_capmem_cell_has_one_meaning():
    """192 shared cells: 21 per block, 18 single ones and 90 unused ones."""
    per_block = [v for v in vars(halco.CapMemCellOnCapMemBlock).values() if type(v) is halco.CapMemCellOnCapMemBlock]
    single = [v for v in vars(CapMemCellOnDLS).values() if type(v) is CapMemCellOnDLS]
    unused = [u.toCapMemCellOnDLS() for u in iter_all(halco.UnusedCapMemCellOnDLS)]
    assert (len(per_block), len(single), len(unused)) == (21, 18, 90)
    used = [CapMemCellOnDLS(cell, block) for cell in per_block for block in iter_all(halco.CapMemBlockOnDLS)]
    shared = {cell for cell in iter_all(CapMemCellOnDLS) if cell.isShared()}
    assert len(used + single + unused) == len(shared) == 192
    assert {*used, *single, *unused} == shared


@pytest.mark.parametrize(
    ("index", "block", "row", "column"),
    [
        (0, 1, 23, 128),
        (1, 3, 23, 128),
        (2, 2, 21, 128),
        (5, 0, 0, 129),
        (13, 0, 15, 129),
        (21, 1, 0, 129),
        (89, 3, 22, 129),
    ],
)
def test_unused_capmem_cell(index, block, row, column):
    cell = halco.UnusedCapMemCellOnDLS(index).toCapMemCellOnDLS()
    assert number(cell) == 3120 * block + 130 * row + column


def test_dac_channel_and_rail():
    assert VDDOnBoard.vdd12_madc.toDACChannelOnBoard() == DACChannelOnBoard.vdd12_madc == DACChannelOnBoard(Enum(12))
    assert DACChannelOnBoard.vdd12_madc.toVDDOnBoard() == VDDOnBoard(4)


@pytest.mark.parametrize("channel", [0, 7, 14, 15])
def test_dac_channel_without_rail(channel):
    with pytest.raises(RuntimeError, match="no supply rail"):
        DACChannelOnBoard(Enum(channel)).toVDDOnBoard()


@pytest.mark.parametrize(
    ("start", "method", "result"),
    [
        (halco.PhyConfigChipOnDLS(3), "toJTAGPhyRegisterOnDLS", 4),
        (halco.NeuronConfigBlockOnDLS(3), "toNeuronResetBlockOnDLS", 1),
        (halco.NeuronBackendConfigOnNeuronBackendConfigBlock(47), "toNeuronEventOutputOnNeuronBackendBlock", 1),
        (halco.NeuronBackendConfigOnNeuronBackendConfigBlock(193), "toNeuronEventOutputOnNeuronBackendBlock", 2),
        (NeuronBackendConfigOnDLS(Enum(386)), "toNeuronRowOnDLS", 1),
        (NeuronConfigOnDLS(Enum(386)), "toNeuronBackendConfigBlockOnDLS", 1),
        (halco.CADCChannelConfigOnDLS(Enum(512 + 256 + 200)), "toNeuronConfigBlockOnDLS", 3),
        (halco.PPUMemoryBlockOnPPU.mailbox, "toPPUMemoryBlockSize", 1024),
        (halco.AD5252ChannelConfigOnBoard.vdd_12madc, "toAD5252ChannelOnBoard", 3),
        (halco.VectorGeneratorLUTEntryOnFPGA(Enum(300)), "toVectorGeneratorOnFPGA", 1),
    ],
)
def test_irregular_conversion(start, method, result):
    assert number(getattr(start, method)()) == result


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (halco.LEDOnBoard.led_7, 4),
        (halco.INA219OnBoard.vdd12_digital, 0),
        (VDDOnBoard.vdd25_digital, 0),
        (halco.DACChannelOnBoard.general_purpose_1, 15),
        (halco.CapMemBlockOnHemisphere.right, 1),
        (halco.PPUMemoryWordOnPPU.return_code, 3071),
        (halco.PPUMemoryBlockOnPPU.mailbox, 3072 * 4096 + 4095),
    ],
)
def test_named_value(named, expected):
    assert number(named) == expected


def test_hemisphere_family_converts_to_all_members():
    from halco.tables.hemisphere import HEMISPHERE

    family = HEMISPHERE.split()
    assert len(family) == 23
    for start in [*family, "CADCOnDLS"]:
        for target in family:
            bottom = getattr(getattr(halco, start)(1), "to" + target)()
            assert type(bottom) is getattr(halco, target)
            assert number(bottom) == 1
    assert not hasattr(halco.HemisphereOnDLS, "toCADCOnDLS")


@pytest.mark.parametrize("name", ["PPUMemoryOnDLS", "PPUControlRegisterOnDLS", "PPUStatusRegisterOnDLS"])
def test_ppu_parts_have_no_named_halves(name):
    assert not hasattr(getattr(halco, name), "top")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("AtomicNeuronOnDLS", 512), ("SynapseOnDLS", 131072), ("SynapseRowOnDLS", 512), ("SynapseDriverOnDLS", 256),
        ("CapMemCellOnDLS", 12480), ("CADCChannelConfigOnDLS", 1024), ("PADIBusOnDLS", 8), ("HemisphereGlobal", 510),
        ("CrossbarInputOnDLS", 20), ("CrossbarOutputOnDLS", 12), ("BackgroundSpikeSourceOnDLS", 8), ("DLSGlobal", 255),
        ("CADCSampleQuadOnDLS", 131072), ("ExternalPPUDRAMMemoryBlockOnFPGA", 2**56), ("PPUMemoryBlockOnDLS", 2**25),
    ],
)  # fmt: skip
def test_size(name, size):
    assert getattr(halco, name).size == size
