"""Whole arrays of linear numbers. That bulk and scalar results agree is a law, see test_laws.py."""

import numpy as np
import pytest

import halco
from halco import (
    AtomicNeuronOnDLS,
    CrossbarInputOnDLS,
    CrossbarNodeOnDLS,
    DACChannelOnBoard,
    NeuronConfigOnDLS,
    PPUMemoryBlockOnPPU,
    PPUMemoryBlockSize,
    SynapseDriverOnDLS,
    SynapseOnDLS,
    SynapseQuadColumnOnDLS,
)


def test_conversion_keeps_the_shape():
    result = halco.convert(NeuronConfigOnDLS, "toNeuronBackendConfigOnDLS", np.array([[0, 130], [261, 511]]))
    assert result.tolist() == [[0, 258], [133, 511]]


def test_conversion_to_several_adds_an_axis():
    assert halco.convert(SynapseQuadColumnOnDLS, "toNeuronColumnOnDLS", [[0], [63]]).tolist() == [
        [[0, 2, 4, 6]],
        [[249, 251, 253, 255]],
    ]
    assert halco.convert(SynapseDriverOnDLS, "toSynapseRowOnDLS", [131]).tolist() == [[262, 263]]


def test_conversion_to_nothing_gives_minus_one():
    assert halco.convert(CrossbarInputOnDLS, "toSPL1Address", [0, 8, 11, 12]).tolist() == [-1, 0, 3, -1]


def test_property_gives_bool():
    shared = halco.convert(halco.CapMemCellOnDLS, "isShared", np.arange(halco.CapMemCellOnDLS.size))
    assert shared.dtype == np.bool_
    assert shared.sum() == 192


def test_impossible_conversion():
    assert halco.convert(DACChannelOnBoard, "toVDDOnBoard", [8, 13]).tolist() == [0, 5]
    with pytest.raises(RuntimeError, match="number 7: .*no supply rail"):
        halco.convert(DACChannelOnBoard, "toVDDOnBoard", [8, 7])


@pytest.mark.parametrize("enums", [[], 5, np.uint8(5), np.array([5], dtype=np.int16)])
def test_any_integer_array(enums):
    result = halco.convert(AtomicNeuronOnDLS, "toCapMemColumnOnCapMemBlock", enums)
    assert result.dtype == np.int64
    assert result.shape == np.shape(enums)


def test_the_input_is_not_changed_or_shared():
    enums = np.arange(4)
    result = halco.convert(NeuronConfigOnDLS, "toAtomicNeuronOnDLS", enums)
    result[:] = 99
    assert enums.tolist() == [0, 1, 2, 3]


def test_grid_broadcasts():
    assert halco.grid_to_enums(AtomicNeuronOnDLS, np.arange(3), [[0], [1]]).tolist() == [[0, 1, 2], [256, 257, 258]]


def test_pair_broadcasts():
    assert halco.pair_to_enums(SynapseOnDLS, [[0], [1]], [5, 6]).tolist() == [[5, 6], [65541, 65542]]


def test_crossbar_nodes():
    assert halco.grid_to_enums(CrossbarNodeOnDLS, [0, 9, 11], [8, 13, 19]).tolist() == [24, 63, 75]
    x, y = halco.split_enums(CrossbarNodeOnDLS, [24, 63, 75])
    assert (x.tolist(), y.tolist()) == ([0, 9, 11], [8, 13, 19])


def test_intervals():
    lo, hi = halco.split_enums(PPUMemoryBlockOnPPU, halco.to_enums([PPUMemoryBlockOnPPU.mailbox]))
    assert (lo.tolist(), hi.tolist()) == ([3072], [4095])


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda: halco.from_enums(AtomicNeuronOnDLS, [0, 512]), halco.RangeOverflowError, "512 > max.511. for AtomicN"),
        (lambda: halco.from_enums(PPUMemoryBlockSize, [0]), halco.RangeUnderflowError, "0 < min.1. for PPUMemoryB"),
        (lambda: halco.from_enums(AtomicNeuronOnDLS, [0, -1]), TypeError, "non-negative"),
        (lambda: halco.from_enums(AtomicNeuronOnDLS, [0.0]), TypeError, "float64"),
        (lambda: halco.from_enums(PPUMemoryBlockOnPPU, [5 * 4096 + 4]), RuntimeError, "5 > 4"),
        (lambda: halco.to_enums([AtomicNeuronOnDLS(), NeuronConfigOnDLS()]), TypeError, "one type"),
        (lambda: halco.to_enums([1, 2]), TypeError, "int"),
        (lambda: halco.convert(AtomicNeuronOnDLS, "toSynapseOnDLS", [0]), AttributeError, "no conversion"),
        (lambda: halco.convert(AtomicNeuronOnDLS, "toSynramOnDLS", [512]), OverflowError, "AtomicNeuronOnDLS"),
        (lambda: halco.grid_to_enums(AtomicNeuronOnDLS, [256], [0]), OverflowError, "NeuronColumnOnDLS"),
        (lambda: halco.grid_to_enums(CrossbarNodeOnDLS, [0, 9], [0, 2]), ValueError, "x = 9, y = 2"),
        (lambda: halco.grid_to_enums(NeuronConfigOnDLS, [0], [0]), TypeError, "grid"),
        (lambda: halco.pair_to_enums(NeuronConfigOnDLS, [4], [0]), OverflowError, "NeuronConfigBlockOnDLS"),
        (lambda: halco.pair_to_enums(AtomicNeuronOnDLS, [0], [0]), TypeError, "pair"),
        (lambda: halco.split_enums(SynapseQuadColumnOnDLS, [0]), TypeError, "SynapseQuadColumnOnDLS"),
    ],
)
def test_rejected(attempt, error, text):
    with pytest.raises(error, match=text):
        attempt()
