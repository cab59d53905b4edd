"""The forms in which a coordinate can be written down."""

import numpy as np
import pytest

import halco
from halco import (
    AtomicNeuronOnDLS,
    CADCChannelType,
    CADCReadoutType,
    CADCSampleQuadOnSynram,
    CapMemBlockOnDLS,
    CapMemBlockOnHemisphere,
    CrossbarInputOnDLS,
    CrossbarNodeOnDLS,
    CrossbarOutputOnDLS,
    EntryOnQuad,
    Enum,
    HemisphereOnDLS,
    NeuronColumnOnDLS,
    NeuronConfigBlockOnDLS,
    NeuronConfigOnDLS,
    NeuronConfigOnNeuronConfigBlock,
    NeuronRowOnDLS,
    PPUMemoryBlockOnDLS,
    PPUMemoryBlockOnPPU,
    PPUMemoryBlockSize,
    PPUMemoryWordOnPPU,
    PPUOnDLS,
    SpikeLabel,
    SynapseDriverOnDLS,
    SynapseOnDLS,
    SynapseOnSynapseRow,
    SynapseOnSynram,
    SynapseQuadColumnOnDLS,
    SynapseQuadOnSynram,
    SynapseRowOnDLS,
    SynapseRowOnSynram,
    SynapseWeightRowOnDLS,
    SynramOnDLS,
    X,
    Y,
)


@pytest.mark.parametrize(
    ("built", "number"),
    [
        # ranged: any object with __index__
        (lambda: NeuronColumnOnDLS(), 0),
        (lambda: PPUMemoryBlockSize(), 1),
        (lambda: NeuronColumnOnDLS(17), 17),
        (lambda: NeuronColumnOnDLS(np.int64(17)), 17),
        (lambda: NeuronColumnOnDLS(True), 1),
        (lambda: NeuronColumnOnDLS(Enum(17)), 17),
        (lambda: NeuronColumnOnDLS(X(17)), 17),
        (lambda: NeuronColumnOnDLS(x=X(17)), 17),
        (lambda: NeuronColumnOnDLS(val=17), 17),
        (lambda: SpikeLabel(value=17), 17),
        (lambda: PPUOnDLS(HemisphereOnDLS(1)), 1),
        (lambda: NeuronColumnOnDLS(NeuronColumnOnDLS(17)), 17),
        # grid: both orders, typed, untyped or plain; plain ints are (x, y)
        (lambda: AtomicNeuronOnDLS(), 0),
        (lambda: AtomicNeuronOnDLS(NeuronColumnOnDLS(3), NeuronRowOnDLS(1)), 259),
        (lambda: AtomicNeuronOnDLS(NeuronRowOnDLS(1), NeuronColumnOnDLS(3)), 259),
        (lambda: AtomicNeuronOnDLS(X(3), Y(1)), 259),
        (lambda: AtomicNeuronOnDLS(Y(1), X(3)), 259),
        (lambda: AtomicNeuronOnDLS(Y(1), NeuronColumnOnDLS(3)), 259),
        (lambda: AtomicNeuronOnDLS(3, 1), 259),
        (lambda: AtomicNeuronOnDLS(NeuronRowOnDLS(1), 3), 259),
        (lambda: AtomicNeuronOnDLS(x=3, y=1), 259),
        (lambda: AtomicNeuronOnDLS(y=NeuronRowOnDLS(1), x=NeuronColumnOnDLS(3)), 259),
        (lambda: AtomicNeuronOnDLS(3, y=1), 259),
        (lambda: AtomicNeuronOnDLS(1, x=3), 259),
        (lambda: AtomicNeuronOnDLS(Enum(259)), 259),
        (lambda: AtomicNeuronOnDLS(e=Enum(259)), 259),
        (lambda: AtomicNeuronOnDLS(AtomicNeuronOnDLS.enum_type(259)), 259),
        (lambda: AtomicNeuronOnDLS(AtomicNeuronOnDLS(3, 1)), 259),
        (lambda: CrossbarNodeOnDLS(y=CrossbarInputOnDLS(13), x=CrossbarOutputOnDLS(9)), 63),
        # pair: local first, parent second
        (lambda: NeuronConfigOnDLS(), 0),
        (lambda: NeuronConfigOnDLS(NeuronConfigOnNeuronConfigBlock(2), NeuronConfigBlockOnDLS(3)), 386),
        (lambda: NeuronConfigOnDLS(NeuronConfigOnNeuronConfigBlock(2), block=NeuronConfigBlockOnDLS(3)), 386),
        (lambda: NeuronConfigOnDLS(block=NeuronConfigBlockOnDLS(3), neuron=2), 386),
        (lambda: NeuronConfigOnDLS(2, 3), 386),
        (lambda: NeuronConfigOnDLS(NeuronConfigOnNeuronConfigBlock(3)), 3),
        (lambda: NeuronConfigOnDLS(3), 3),
        (lambda: NeuronConfigOnDLS(Enum(386)), 386),
        (lambda: NeuronConfigOnDLS(halco.EnumRanged_512_(386)), 386),
        (lambda: NeuronConfigOnDLS(AtomicNeuronOnDLS(130, 1).toEnum()), 386),
        (lambda: SynapseDriverOnDLS(17), 17),
        (lambda: SynapseRowOnDLS(block=SynapseRowOnSynram(5), synram=SynramOnDLS.bottom), 261),
        (lambda: SynapseOnDLS(SynapseOnSynram(X(7), Y(2)), SynramOnDLS(1)), 65536 + 2 * 256 + 7),
        # a pair stands for its local part where that is asked for
        (lambda: NeuronConfigOnNeuronConfigBlock(NeuronConfigOnDLS(2, 3)), 2),
        (lambda: SynapseOnSynram(SynapseOnDLS(Enum(65536 + 9))), 9),
        (lambda: NeuronConfigOnDLS(NeuronConfigOnDLS(2, 3), 1), 130),
        # interval: bounds included
        (lambda: PPUMemoryBlockOnPPU(), 0),
        (lambda: PPUMemoryBlockOnPPU(PPUMemoryWordOnPPU(2), PPUMemoryWordOnPPU(5)), 2 * 4096 + 5),
        (lambda: PPUMemoryBlockOnPPU(max=PPUMemoryWordOnPPU(5), min=PPUMemoryWordOnPPU(2)), 2 * 4096 + 5),
        # the linear order counts lengths: minimum 2, length 4
        (lambda: PPUMemoryBlockOnPPU(Enum(2 * 4096 + 3)), 2 * 4096 + 5),
        (lambda: PPUMemoryBlockOnDLS(Enum(4096**2 + 2 * 4096 + 3)), 4096**2 + 2 * 4096 + 5),
        # from parts
        (lambda: CapMemBlockOnDLS(CapMemBlockOnHemisphere.right, HemisphereOnDLS.bottom), 3),
        (lambda: CapMemBlockOnDLS(y=HemisphereOnDLS.bottom, x=CapMemBlockOnHemisphere.left), 2),
        (lambda: SynapseOnSynapseRow(EntryOnQuad(1), SynapseQuadColumnOnDLS(33)), 11),
        (lambda: CADCSampleQuadOnSynram(SynapseQuadOnSynram(Enum(5)), CADCChannelType.acausal), 16384 + 5),
        (
            lambda: CADCSampleQuadOnSynram(
                SynapseQuadOnSynram(Enum(5)), CADCChannelType.causal, cadc_readout_type=CADCReadoutType.buffered
            ),
            32768 + 5,
        ),
    ],
)
def test_form(built, number):
    assert halco.to_enums([built()])[0] == number


NOT_A_NUMBER = [-1, 1.0, "1", None, [1]]


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda: NeuronRowOnDLS(2), OverflowError, r"range overflow: 2 > max\(1\) for NeuronRowOnDLS \(range 0\.\.1\)"),
        (lambda: NeuronRowOnDLS(2), RuntimeError, "range overflow"),
        (lambda: NeuronRowOnDLS(Enum(2)), OverflowError, "NeuronRowOnDLS"),
        (lambda: PPUMemoryBlockSize(0), RuntimeError, r"range underflow: 0 < min\(1\) for PPUMemoryBlockSize"),
        (lambda: PPUMemoryBlockSize(4097), OverflowError, r"range overflow: 4097 > max\(4096\)"),
        *((lambda v=v: NeuronRowOnDLS(v), TypeError, "NeuronRowOnDLS: expected a") for v in NOT_A_NUMBER),
        *((lambda v=v: SpikeLabel(v), TypeError, "SpikeLabel") for v in (*NOT_A_NUMBER, 65536)),
        (lambda: NeuronRowOnDLS(1, 2), TypeError, "argument"),
        (lambda: NeuronRowOnDLS(x=1), TypeError, "keyword"),
        (lambda: AtomicNeuronOnDLS(Enum(512)), TypeError, "range 0..511"),
        (lambda: AtomicNeuronOnDLS(Enum(512)), OverflowError, "AtomicNeuronOnDLS"),
        (lambda: AtomicNeuronOnDLS.enum_type(512), OverflowError, r"512 > max\(511\)"),
        (lambda: AtomicNeuronOnDLS(5), TypeError, "expected .*Enum"),
        (lambda: AtomicNeuronOnDLS(256, 0), TypeError, "NeuronColumnOnDLS"),
        (lambda: AtomicNeuronOnDLS(X(256), Y(0)), OverflowError, "NeuronColumnOnDLS"),
        (lambda: AtomicNeuronOnDLS(NeuronRowOnDLS(1), NeuronRowOnDLS(1)), TypeError, "NeuronColumnOnDLS"),
        (lambda: AtomicNeuronOnDLS(X(1), X(1)), TypeError, "NeuronRowOnDLS"),
        (lambda: AtomicNeuronOnDLS(x=1), TypeError, "AtomicNeuronOnDLS"),
        (lambda: AtomicNeuronOnDLS(1, 1, 1), TypeError, "expected"),
        (lambda: AtomicNeuronOnDLS(1, z=1), TypeError, "expected"),
        (lambda: halco.CapMemCellOnDLS(5), TypeError, "CapMemCellOnCapMemBlock"),
        (lambda: NeuronConfigOnDLS(128), TypeError, r"NeuronConfigOnNeuronConfigBlock or an int \(range 0\.\.127\)"),
        (lambda: NeuronConfigOnDLS(128), OverflowError, "128"),
        (lambda: NeuronConfigOnDLS(-1), TypeError, "-1"),
        (lambda: NeuronConfigOnDLS(Enum(512)), TypeError, "range 0..511"),
        (lambda: NeuronConfigOnDLS(0, 0, 0), TypeError, "3 arguments"),
        (lambda: NeuronConfigOnDLS(block=NeuronConfigBlockOnDLS(1)), TypeError, "keywords"),
        (lambda: NeuronConfigOnDLS(0, synram=1), TypeError, "keywords"),
        # no default parent
        (lambda: halco.HemisphereGlobal(HemisphereOnDLS(1)), TypeError, "DLSGlobal"),
        # another pair on the same local type would lose its parent
        (lambda: SynapseWeightRowOnDLS(SynapseRowOnDLS(Enum(300))), TypeError, "SynapseWeightRowOnDLS"),
        (lambda: SynapseRowOnSynram.coerce(NeuronConfigOnDLS(3)), TypeError, "SynapseRowOnSynram"),
        (lambda: CrossbarNodeOnDLS(X(9), Y(2)), ValueError, "x = 9, y = 2"),
        (lambda: PPUMemoryBlockOnPPU(PPUMemoryWordOnPPU(3), PPUMemoryWordOnPPU(2)), RuntimeError, "3 > 2"),
        (lambda: PPUMemoryBlockOnPPU(Enum(4095 * 4096 + 1)), OverflowError, "PPUMemoryWordOnPPU"),
        (lambda: SynapseOnSynapseRow(4, 0), TypeError, "EntryOnQuad"),
        (lambda: CADCSampleQuadOnSynram(SynapseQuadOnSynram(), 1), TypeError, "CADCChannelType"),
        (lambda: halco.Coordinate(), TypeError, "abstract"),
    ],
)
def test_rejected(attempt, error, text):
    with pytest.raises(error, match=text):
        attempt()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (NeuronRowOnDLS, 1, NeuronRowOnDLS(1)),
        (NeuronRowOnDLS, np.uint8(1), NeuronRowOnDLS(1)),
        (CADCChannelType, CADCChannelType(1), CADCChannelType(1)),
        (SynapseRowOnSynram, SynapseRowOnDLS(Enum(261)), SynapseRowOnSynram(5)),
    ],
)
def test_coerce(kind, value, expected):
    assert kind.coerce(value) == expected


@pytest.mark.parametrize(
    ("kind", "value"), [(NeuronRowOnDLS, 1.0), (CADCChannelType, 1), (AtomicNeuronOnDLS, 1), (NeuronConfigOnDLS, 1)]
)
def test_coerce_needs_the_type_or_an_implicit_int(kind, value):
    with pytest.raises(TypeError, match=kind.__name__):
        kind.coerce(value)


def test_coerce_rejects_an_int_out_of_range():
    with pytest.raises(halco.ImplicitRangeError, match="NeuronRowOnDLS"):
        NeuronRowOnDLS.coerce(2)
