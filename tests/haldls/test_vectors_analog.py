"""Register containers of the analog side against independently calculated addresses, words and fields."""

from collections import Counter

import numpy as np
import pytest

import haldls

from .vector import D, V
from .vectors_analog import VECTORS as VECTORS_NEURON
from .vectors_analog_array import VECTORS as VECTORS_ARRAY
from .vectors_analog_decode import DECODE

VECTORS = VECTORS_NEURON + VECTORS_ARRAY

CONTAINERS = (
    "NeuronConfig NeuronBackendConfig CommonNeuronBackendConfig NeuronReset BlockPostPulse SpikeCounterReset "
    "SpikeCounterRead NeuronResetQuad NeuronSRAMTimingConfig NeuronBackendSRAMTimingConfig "
    "CADCOffsetSRAMTimingConfig CapMemSRAMTimingConfig CapMemCell CapMemBlock CapMemBlockConfig "
    "ReferenceGeneratorConfig CADCConfig CADCChannelConfig CADCSampleQuad MADCControl MADCConfig "
    "PadMultiplexerConfig ReadoutSourceSelection CommonCorrelationConfig CurrentDAC CommonSynramConfig "
    "SynapseBiasSelection SynapseWeightQuad SynapseLabelQuad SynapseCorrelationCalibQuad SynapseQuad "
    "ColumnCorrelationQuad ColumnCurrentQuad CorrelationReset"
).split()
NOT_READABLE = {
    "NeuronReset", "BlockPostPulse", "SpikeCounterReset", "NeuronResetQuad", "MADCControl", "CorrelationReset",
}  # fmt: skip
NOT_WRITABLE = {"SpikeCounterRead", "CADCSampleQuad"}

NAMES = dict(vars(haldls))
exec("from halco import *\nfrom halco.common import *", NAMES)

# Structs behind get_/set_ methods.
STRUCTS = {
    ("ColumnCorrelationQuad", "set_switch"): "ColumnCorrelationQuad.ColumnCorrelationSwitch",
    ("ColumnCurrentQuad", "set_switch"): "ColumnCurrentQuad.ColumnCurrentSwitch",
    ("ReadoutSourceSelection", "set_buffer"): "ReadoutSourceSelection.SourceMultiplexer",
}


def value(item):
    """The meaning of a value in the notation of the vectors: strings are expressions."""
    return eval(item, NAMES) if isinstance(item, str) else item


def assign(target, name, item):
    """Set one field by its attribute path, a list element by element."""
    *path, name = name.split(".")
    for part in path:
        target = getattr(target, part)
    if isinstance(item, list):
        for index, element in enumerate(item):
            getattr(target, name)[index] = value(element)
    else:
        setattr(target, name, value(item))


def build(vector):
    """The container of a vector with its settings."""
    container = getattr(haldls, vector.container)()
    for name, item in vector.settings.items():
        if not name.startswith("set_"):
            assign(container, name, item)
            continue
        for index, element in item:
            if isinstance(element, dict):
                struct = value(STRUCTS[vector.container, name])()
                for field, setting in element.items():
                    assign(struct, field, setting)
            else:
                struct = value(element)
            getattr(container, name)(value(index), struct)
    return container


def backend(name):
    """The back end of a vector; None stands for the default one."""
    return None if name is None else getattr(haldls.Backend, name)


def check(actual, expected, where):
    """Compare a decoded field with the notation of the vectors."""
    if isinstance(expected, list):
        for index, element in enumerate(expected):
            check(actual[index], element, f"{where}[{index}]")
    elif isinstance(expected, bool):
        assert bool(actual) is expected, where
    elif isinstance(expected, int):
        assert int(actual) == expected, where
    else:
        assert actual == value(expected), where


def label(vector):
    suffix = f"-{vector.backend}" if vector.backend else ""
    return f"{vector.container}-{vector.coordinate}{suffix}"


def numbers(array):
    """The plain numbers of an array of addresses or words."""
    assert len(array) == 0 or np.asarray(array).dtype == np.uint32
    return [int(number) for number in array]


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_encode(vector: V):
    addresses, words = haldls.encode(build(vector), value(vector.coordinate), backend(vector.backend))
    assert numbers(addresses) == vector.write
    assert numbers(words) == vector.words


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_read_addresses(vector: V):
    addresses = haldls.read_addresses(
        getattr(haldls, vector.container), value(vector.coordinate), backend(vector.backend)
    )
    assert numbers(addresses) == vector.read


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name != "CADCSampleQuad"])
def test_same_words_over_jtag(name):
    jtag = haldls.Backend.OmnibusChipOverJTAG
    for vector in VECTORS:
        if vector.container != name:
            continue
        addresses, words = haldls.encode(build(vector), value(vector.coordinate), jtag)
        assert (numbers(addresses), numbers(words)) == (vector.write, vector.words), label(vector)
        addresses = haldls.read_addresses(getattr(haldls, name), value(vector.coordinate), jtag)
        assert numbers(addresses) == vector.read, label(vector)


@pytest.mark.parametrize("vector", DECODE, ids=label)
def test_decode(vector: D):
    words = np.array(vector.words, dtype=np.uint32)
    container = haldls.decode(getattr(haldls, vector.container), value(vector.coordinate), words)
    assert type(container) is getattr(haldls, vector.container)
    for name, expected in vector.expected.items():
        if not name.startswith("get_"):
            check(getattr(container, name), expected, name)
            continue
        for index, element in expected:
            actual = getattr(container, name)(value(index))
            if isinstance(element, dict):
                for field, item in element.items():
                    check(getattr(actual, field), item, f"{name}({index}).{field}")
            else:
                check(actual, element, f"{name}({index})")


READ_BACK = [vector for vector in VECTORS if vector.container not in NOT_READABLE | NOT_WRITABLE]


@pytest.mark.parametrize("vector", READ_BACK, ids=label)
def test_read_back(vector: V):
    """What is written is what is read, but for the debug cell of the CapMem while its readout is off."""
    container = build(vector)
    words = np.array(vector.words, dtype=np.uint32)
    decoded = haldls.decode(type(container), value(vector.coordinate), words)
    if vector.container == "CapMemBlockConfig" and not container.debug_readout_enable:
        container.debug_capmem_coord = value("CapMemCellOnCapMemBlock()")
    assert decoded == container


@pytest.mark.parametrize(
    "position, word",
    [(1, 130), (6, 0x07310010), (6, 0x03710010), (6, 0x0f310010), (6, 0x03f10010)],
)
def test_capmem_config_out_of_range(position, word):
    """Columns above 129 and prescalers above 6 do not exist; the rest of the words is the default."""
    words = np.array([0x1, 0x0, 0x0, 0x7337, 0x8, 0x0, 0x03310010, 0x00040007, 0x0, 0x1fa0], dtype=np.uint32)
    coordinate = value("CapMemBlockConfigOnDLS(2)")
    assert int(haldls.decode(haldls.CapMemBlockConfig, coordinate, words).pause_counter) == 8096
    words[position] = word
    with pytest.raises((OverflowError, RuntimeError, ValueError)):
        haldls.decode(haldls.CapMemBlockConfig, coordinate, words)


def test_every_container_has_vectors():
    encoded = Counter(vector.container for vector in VECTORS)
    decoded = Counter(vector.container for vector in DECODE)
    assert len(CONTAINERS) == 34
    assert set(encoded) == set(CONTAINERS)
    assert set(decoded) == set(CONTAINERS) - NOT_READABLE
    for name in CONTAINERS:
        vectors = [vector for vector in VECTORS if vector.container == name]
        cases = {(vector.coordinate, repr(vector.settings), vector.backend) for vector in vectors}
        assert len(cases) == len(vectors) >= 3, name
        assert all(bool(vector.read) is (name not in NOT_READABLE) for vector in vectors), name
        assert all(bool(vector.words) is (name not in NOT_WRITABLE) for vector in vectors), name
        assert all(len(vector.words) == len(vector.write) for vector in vectors), name
