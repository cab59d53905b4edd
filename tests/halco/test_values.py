"""What a coordinate can do as a Python value: compare, hash, print, compute, travel."""

import copy
import operator
import pickle

import numpy as np
import pytest

import halco
from halco import (
    AtomicNeuronOnDLS,
    CADCChannelType,
    Coordinate,
    Enum,
    NeuronColumnOnDLS,
    NeuronConfigOnDLS,
    NeuronConfigOnNeuronConfigBlock,
    NeuronRowOnDLS,
    PPUMemoryBlockOnDLS,
    PPUMemoryBlockOnPPU,
    PPUMemoryBlockSize,
    PPUMemoryWordOnPPU,
    SpikeLabel,
    SynapseRowOnSynram,
    X,
    Y,
    common,
)
from halco.core import RangedInt


class Register:
    """Stands for a register container with a nested value type."""

    class Offset(RangedInt, min=-128, max=127):
        """Signed offset."""

    class Delay(RangedInt, min=2, max=9, default=5, int_implicit=False):
        """Delay with a default of its own."""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NeuronRowOnDLS(1), "NeuronRowOnDLS(1)"),
        (SpikeLabel(65535), "SpikeLabel(65535)"),
        (SpikeLabel.PADILabel(3), "PADILabel(3)"),
        (X(3), "X(3)"),
        (Y(0), "Y(0)"),
        (halco.EnumRanged_512_(7), "Enum(7)"),
        (NeuronRowOnDLS(1).toEnum(), "Enum(1)"),
        (AtomicNeuronOnDLS(5, 1), "AtomicNeuronOnDLS(NeuronColumnOnDLS(5), NeuronRowOnDLS(1); Enum(261))"),
        (
            NeuronConfigOnDLS(2, 1),
            "NeuronConfigOnDLS(NeuronConfigOnNeuronConfigBlock(2), NeuronConfigBlockOnDLS(1))",
        ),
        (
            halco.CADCChannelConfigOnDLS(Enum(512 + 256 + 4)),
            "CADCChannelConfigOnDLS(CADCChannelConfigOnSynram(CADCChannelColumnOnSynram(4), CADCChannelType(1)), "
            "SynramOnDLS(1))",
        ),
        (PPUMemoryBlockOnPPU.mailbox, "PPUMemoryBlockOnPPU([PPUMemoryWordOnPPU(3072), PPUMemoryWordOnPPU(4095)])"),
        (Register.Offset(-5), "Offset(-5)"),
        (common.left, "left"),
        (common.bottom, "bottom"),
        (common.west, "west"),
        (common.vertical, "vertical"),
        (common.Parity.odd, "odd"),
        (common.unique, "unique"),
        (common.IPv4(1, 2, 3, 4), "IPv4(1.2.3.4)"),
    ],
)
def test_text(value, text):
    assert (repr(value), str(value), f"{value}") == (text, text, text)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (NeuronRowOnDLS(1), NeuronRowOnDLS(1), True),
        (NeuronRowOnDLS(1), NeuronRowOnDLS(0), False),
        (NeuronRowOnDLS(1), 1, True),
        (NeuronRowOnDLS(1), np.int64(1), True),
        (1, NeuronRowOnDLS(1), True),
        (NeuronRowOnDLS(1), 7, False),
        (NeuronRowOnDLS(1), "1", False),
        (CADCChannelType(1), 1, False),
        (NeuronRowOnDLS(1), halco.HemisphereOnDLS(1), False),
        (NeuronConfigOnDLS(3), NeuronConfigOnNeuronConfigBlock(3), False),
        (NeuronConfigOnDLS(3), 3, False),
        (AtomicNeuronOnDLS(3, 0), 3, False),
        (Enum(3), halco.EnumRanged_512_(3), True),
        (AtomicNeuronOnDLS(3, 0).toEnum(), 3, True),
        (SpikeLabel(3), 3, False),
    ],
)
def test_equality(left, right, equal):
    assert (left == right) is equal
    assert (left != right) is not equal


def test_equality_is_elementwise_with_an_object_array():
    rows = np.array([NeuronRowOnDLS(0), NeuronRowOnDLS(1)], dtype=object)
    assert (rows == NeuronRowOnDLS(1)).tolist() == [False, True]


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (NeuronColumnOnDLS(3), NeuronColumnOnDLS(4)),
        (NeuronColumnOnDLS(3), 4),
        (AtomicNeuronOnDLS(200, 0), AtomicNeuronOnDLS(3, 1)),
        (NeuronConfigOnDLS(100, 0), NeuronConfigOnDLS(3, 1)),
        (PPUMemoryBlockOnPPU(1, 9), PPUMemoryBlockOnPPU(2, 3)),
        (PPUMemoryBlockOnPPU(1, 2), PPUMemoryBlockOnPPU(1, 3)),
        (Register.Offset(-5), Register.Offset(3)),
    ],
)
def test_order(small, large):
    assert small < large and small <= large and large > small and large >= small
    assert not (large < small or large <= small or small > large or small >= large)


@pytest.mark.parametrize("other", [halco.HemisphereOnDLS(1), "1", None])
def test_order_needs_one_type(other):
    with pytest.raises(TypeError, match="not supported"):
        operator.lt(NeuronRowOnDLS(0), other)


def test_hash_depends_on_type_and_value():
    keys = [NeuronRowOnDLS(1), halco.HemisphereOnDLS(1), NeuronRowOnDLS(0), AtomicNeuronOnDLS(1, 0), SpikeLabel(1)]
    table = {key: i for i, key in enumerate(keys)}
    assert [table[copy.copy(key)] for key in keys] == list(range(5))
    assert hash(NeuronRowOnDLS(1)) == hash(NeuronRowOnDLS(1))
    assert hash(NeuronRowOnDLS(1)) != hash(halco.HemisphereOnDLS(1))
    assert hash(NeuronRowOnDLS(1)) != hash(1)
    assert hash(Enum(3)) == hash(halco.EnumRanged_512_(3))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value",
    [
        NeuronRowOnDLS(1),
        SpikeLabel.PADILabel(5),
        AtomicNeuronOnDLS(5, 1),
        NeuronConfigOnDLS(3, 2),
        PPUMemoryBlockOnPPU.mailbox,
        halco.EnumRanged_512_(5),
        Enum(3),
        common.top,
        common.IPv4.loopback(),
    ],
)
def test_pickle(value, protocol):
    loaded = pickle.loads(pickle.dumps(value, protocol))
    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize("value", [NeuronRowOnDLS(1), AtomicNeuronOnDLS(5, 1), NeuronConfigOnDLS(3)])
def test_coordinates_are_immutable(value):
    for attempt in (lambda: setattr(value, "_e", 0), lambda: delattr(value, "_e"), lambda: setattr(value, "name", 1)):
        with pytest.raises(AttributeError, match="immutable"):
            attempt()
    assert not hasattr(value, "__dict__")


def test_copy_of_a_label_is_independent():
    label = SpikeLabel(1)
    for other in (copy.copy(label), copy.deepcopy(label), SpikeLabel(label)):
        other.synapse_label = 5
        assert (label, other) == (SpikeLabel(1), SpikeLabel(5))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (lambda: SynapseRowOnSynram(5) + 3, SynapseRowOnSynram(8)),
        (lambda: SynapseRowOnSynram(5) + SynapseRowOnSynram(3), SynapseRowOnSynram(8)),
        (lambda: SynapseRowOnSynram(5) - 3, SynapseRowOnSynram(2)),
        (lambda: SynapseRowOnSynram(5) * 3, SynapseRowOnSynram(15)),
        (lambda: SynapseRowOnSynram(7) / 2, SynapseRowOnSynram(3)),
        (lambda: SynapseRowOnSynram(7) // 2, SynapseRowOnSynram(3)),
        (lambda: SynapseRowOnSynram(7) % 4, SynapseRowOnSynram(3)),
        (lambda: CADCChannelType(0) + CADCChannelType(1), CADCChannelType(1)),
        (lambda: Register.Offset(-100) - 28, Register.Offset(-128)),
        # a pair computes with its local part
        (lambda: NeuronConfigOnDLS(3, 2) + 1, NeuronConfigOnNeuronConfigBlock(4)),
    ],
)
def test_arithmetic(result, expected):
    assert result() == expected
    assert type(result()) is type(expected)


def test_arithmetic_in_place():
    row = first = SynapseRowOnSynram(5)
    row += 2
    assert (first, row) == (5, 7)


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (lambda: NeuronRowOnDLS(1) + 1, OverflowError),
        (lambda: NeuronRowOnDLS(0) - 1, OverflowError),
        (lambda: PPUMemoryBlockSize(1) - 1, RuntimeError),
        (lambda: Register.Offset(-100) - 100, halco.RangeUnderflowError),
        (lambda: SynapseRowOnSynram(5) + 300, halco.ImplicitRangeError),
        (lambda: 1 + NeuronRowOnDLS(0), TypeError),
        (lambda: CADCChannelType(0) + 1, TypeError),
        (lambda: NeuronRowOnDLS(0) + 1.0, TypeError),
        (lambda: AtomicNeuronOnDLS() + 1, TypeError),
        (lambda: SynapseRowOnSynram(5) / 0, ZeroDivisionError),
    ],
)
def test_arithmetic_rejected(attempt, error):
    with pytest.raises(error):
        attempt()


@pytest.mark.parametrize(
    ("value", "as_int", "as_index", "truth"),
    [
        (SynapseRowOnSynram(5), 5, 5, True),
        (SynapseRowOnSynram(0), 0, 0, False),
        (NeuronConfigOnDLS(3, 2), 259, 3, True),
        (NeuronConfigOnDLS(0, 2), 256, 0, False),
        (halco.CADCChannelConfigOnDLS(Enum(512 + 256 + 4)), 772, 4, True),
        (Register.Offset(-3), -3, -3, True),
    ],
)
def test_numbers(value, as_int, as_index, truth):
    assert (int(value), operator.index(value), value.value(), bool(value)) == (as_int, as_index, as_index, truth)
    assert hex(value) == hex(as_index)


@pytest.mark.parametrize("value", [AtomicNeuronOnDLS(), PPUMemoryBlockOnPPU()])
def test_no_number(value):
    assert bool(value)
    assert not hasattr(value, "value")
    for function in (int, operator.index):
        with pytest.raises(TypeError):
            function(value)


def test_enum_is_a_list_index():
    assert list(range(512))[AtomicNeuronOnDLS(5, 1).toEnum()] == 261


def test_arrays_of_coordinates_are_object_arrays():
    for kind in (NeuronRowOnDLS, NeuronConfigOnDLS, AtomicNeuronOnDLS, PPUMemoryBlockOnPPU, SpikeLabel):
        assert np.array([kind(), kind()]).dtype == object
    columns = np.array(list(halco.iter_all(NeuronColumnOnDLS))).reshape(2, -1).ravel("F")
    assert columns[:3].tolist() == [0, 128, 1]


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        (PPUMemoryBlockSize, {"min": 1, "max": 4096, "size": 4096, "begin": 1, "end": 4097, "lowest": 1}),
        (SynapseRowOnSynram, {"min": 0, "max": 255, "size": 256, "begin": 0, "end": 256, "lowest": 0}),
        (Register.Offset, {"min": -128, "max": 127, "size": 256, "begin": -128, "end": 128, "lowest": -128}),
        # own limits of the pair, begin and end of the local type
        (NeuronConfigOnDLS, {"min": 0, "max": 511, "size": 512, "begin": 0, "end": 128, "is_interval": False}),
        (AtomicNeuronOnDLS, {"size": 512, "x_type": NeuronColumnOnDLS, "y_type": NeuronRowOnDLS}),
        (AtomicNeuronOnDLS, {"enum_type": halco.EnumRanged_512_, "is_interval": False}),
        (halco.SynapseOnDLS, {"x_type": halco.SynapseOnSynapseRow, "enum_type": halco.EnumRanged_131072_}),
        (PPUMemoryBlockOnPPU, {"size": 4096**2, "bound_type": PPUMemoryWordOnPPU, "is_interval": True}),
        (PPUMemoryBlockOnDLS, {"size": 2 * 4096**2, "bound_type": PPUMemoryWordOnPPU, "is_interval": True}),
        (halco.I2CDAC6573RwRegisterOnBoard, {"register_base_addr": 16}),
        (halco.EnumRanged_512_, {"min": 0, "max": 511, "size": 512, "begin": 0, "end": 512}),
        (halco, {"spikeio_serial_bits": 8}),
    ],
)
def test_class_attributes(kind, attributes):
    assert {name: getattr(kind, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (AtomicNeuronOnDLS, ["min", "max", "begin", "value"]),
        (SynapseRowOnSynram, ["enum_type", "x_type"]),
        (SpikeLabel, ["size", "begin", "min", "max"]),
        (PPUMemoryBlockOnPPU, ["min", "x"]),
        (halco.CapMemCellOnDLS, ["value", "begin"]),
    ],
)
def test_absent_attributes(kind, missing):
    assert not [name for name in missing if hasattr(kind, name)]


def test_container_coordinates():
    assert isinstance(NeuronConfigOnDLS(), Coordinate)
    assert issubclass(halco.LogicalNeuronOnDLS, Coordinate)
    assert not isinstance(NeuronConfigOnNeuronConfigBlock(), Coordinate)
    assert Coordinate is common.Coordinate


def test_interval():
    block = PPUMemoryBlockOnPPU(PPUMemoryWordOnPPU(10), PPUMemoryWordOnPPU(12))
    assert (block.toMin(), block.toMax(), block.length(), block.toPPUMemoryBlockSize()) == (10, 12, 3, 3)
    assert [block.contains(PPUMemoryWordOnPPU(i)) for i in (9, 10, 12, 13)] == [False, True, True, False]
    assert [block[0], block[2]] == [10, 12]
    assert list(block) == [10, 11, 12]
    for i in (3, -1):
        with pytest.raises(IndexError, match="0..2"):
            block[i]


def test_interval_on_chip_inherits():
    block = PPUMemoryBlockOnDLS(PPUMemoryBlockOnPPU.mailbox, halco.PPUOnDLS.bottom)
    assert (block.toMin(), block.toMax(), block.length()) == (3072, 4095, 1024)
    assert block.split() == (halco.PPUOnDLS.bottom, PPUMemoryBlockOnPPU.mailbox)


@pytest.mark.parametrize("value", [-129, 128])
def test_signed_range(value):
    error = halco.RangeUnderflowError if value < 0 else halco.RangeOverflowError
    with pytest.raises(error, match=r"for Offset \(range -128\.\.127\)"):
        Register.Offset(value)


def test_nested_value_type():
    assert (Register.Offset(), Register.Delay()) == (Register.Offset(0), Register.Delay(5))
    assert Register.Offset(3) == 3
    assert Register.Delay(5) != 5
    assert Register.Offset.__qualname__ == "Register.Offset"
    with pytest.raises(ValueError, match="default"):
        type(RangedInt)("Broken", (RangedInt,), {}, min=2, max=4, default=9)
