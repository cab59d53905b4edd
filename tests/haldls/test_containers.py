"""What every register container has in common."""

from __future__ import annotations

import copy
import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
from haldls.backend import OMNIBUS_LIKE, Backend
from haldls.field import ArrayField

from .values import LEAVES, contents, some_coordinates

READABLE = [kind for kind in LEAVES if kind._read and kind._write and kind is not haldls.Timer]
FIELDS = [
    (kind, name)
    for kind in LEAVES
    for name, field in kind._fields.items()
    if not name.startswith("_") and hasattr(field.type, "min") and not isinstance(field, ArrayField)
    and int(getattr(field.type, "max", 0)) < 0xFFFFFFFF
]


def names(value: object) -> str | None:
    return value.__name__ if isinstance(value, type) else None


@pytest.mark.parametrize("kind", READABLE, ids=names)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_decode_inverts_encode(kind: type[haldls.Container], data: st.DataObject) -> None:
    container = data.draw(contents(kind))
    coordinate = data.draw(st.sampled_from(some_coordinates(kind)))
    addresses, words = haldls.encode(container, coordinate)
    if container._byte_enables(coordinate._e) is not None:
        # Byte enables do not come back.
        words = haldls.decode(kind, coordinate, words)._encode(coordinate._e)
        assert np.array_equal(words, container._encode(coordinate._e))
        return
    assert len(addresses) == len(words) == kind._write
    assert haldls.decode(kind, coordinate, words) == container


@pytest.mark.parametrize("kind", READABLE, ids=names)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_words_decode_to_something_stable_or_are_refused(kind: type[haldls.Container], data: st.DataObject) -> None:
    words = np.array(
        data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=kind._read, max_size=kind._read)), dtype=np.uint32
    )
    coordinate = some_coordinates(kind)[0]
    try:
        container = haldls.decode(kind, coordinate, words)
    except haldls.DecodeError as error:
        assert kind.__name__ in str(error)
        return
    again = haldls.decode(kind, coordinate, container._encode(coordinate._e).astype(np.uint32))
    assert again == container


@pytest.mark.parametrize("kind", LEAVES, ids=names)
def test_default_equals_default_and_copies_are_independent(kind: type[haldls.Container]) -> None:
    container = kind()
    assert container == kind()
    assert kind(container) == container
    for duplicate in (copy.copy(container), copy.deepcopy(container), pickle.loads(pickle.dumps(container))):
        assert duplicate == container and duplicate is not container
        assert not np.shares_memory(duplicate._words, container._words)


@pytest.mark.parametrize("kind", LEAVES, ids=names)
def test_text_names_the_type(kind: type[haldls.Container]) -> None:
    assert repr(kind()).startswith(f"{kind.__name__}(")
    assert str(kind()) == repr(kind())


@pytest.mark.parametrize("kind", LEAVES, ids=names)
def test_misspelt_fields_are_errors(kind: type[haldls.Container]) -> None:
    with pytest.raises(AttributeError):
        kind().enabel_something = True


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=names)
def test_values_outside_the_range_are_refused_by_name(kind: type[haldls.Container], name: str) -> None:
    field = kind._fields[name]
    container = kind()
    before = container._mem.tobytes()
    for value in (field.type.max + 1, field.type.min - 1):
        if kind in (haldls.CapMemCell,) and value > 0 or issubclass(kind, haldls.ExternalPPUMemoryByte):
            continue
        with pytest.raises((OverflowError, TypeError, RuntimeError)) as caught:
            setattr(container, name, value)
        text = str(caught.value)
        assert f"{kind.__name__}.{name}" in text and str(value) in text
    with pytest.raises(TypeError, match=f"{kind.__name__}.{name}"):
        setattr(container, name, "a string")
    with pytest.raises(TypeError, match=f"{kind.__name__}.{name}"):
        setattr(container, name, 1.5)
    assert container._mem.tobytes() == before


def test_error_text_names_container_field_value_and_range() -> None:
    config = haldls.NeuronConfig()
    with pytest.raises(OverflowError, match=r"NeuronConfig.membrane_capacitor_size: 64 .* \(range 0..63\)"):
        config.membrane_capacitor_size = 64
    with pytest.raises(TypeError, match=r"NeuronConfig.readout_source: 1 .*membrane, exc_synin, inh_synin, adaptation"):
        config.readout_source = 1
    with pytest.raises(TypeError, match=r"NeuronConfig.enable_fire: 2 .* expected a bool"):
        config.enable_fire = 2
    event = haldls.PADIEvent()
    with pytest.raises(IndexError):
        event.fire_bus[4] = True
    mux = haldls.CommonPADIBusConfig()
    with pytest.raises(OverflowError, match=r"CommonPADIBusConfig.dacen_pulse_extension\[2\]: 16"):
        mux.dacen_pulse_extension[2] = 16


@pytest.mark.parametrize("kind", [k for k in LEAVES if k.coordinate_type.size <= 1 << 17], ids=names)
def test_addresses_of_all_coordinates_are_distinct(kind: type[haldls.Container]) -> None:
    numbers = np.arange(kind.coordinate_type.size)
    for backend in kind.back_ends:
        addresses = kind._addresses(numbers, backend)[:, : max(kind._write, kind._read)]
        if kind is haldls.ExternalPPUMemoryByte:
            assert np.array_equal(addresses.ravel(), 0x80000000 + numbers // 4)
            continue
        assert len(np.unique(addresses)) == addresses.size


# Views of the same memory, on purpose: bytes and words of the external memory, DRAM and vector generators.
ALIASES = {
    haldls.ExternalPPUMemoryByte, haldls.ExternalPPUDRAMMemoryByte, haldls.VectorGeneratorControl,
    haldls.VectorGeneratorLUTEntry, haldls.VectorGeneratorNotificationAddress, haldls.VectorGeneratorTrigger,
    haldls.VectorGeneratorFIFOWord,
}


def test_addresses_of_different_containers_are_distinct() -> None:
    owner: dict[int, str] = {}
    for kind in LEAVES:
        if not OMNIBUS_LIKE & set(kind.back_ends) or kind in ALIASES or kind.coordinate_type.size > 1 << 20:
            continue
        backend = next(b for b in kind.back_ends if b in OMNIBUS_LIKE)
        addresses = kind._addresses(np.arange(kind.coordinate_type.size), backend)[:, : max(kind._write, kind._read)]
        for address in addresses.ravel().tolist():
            assert owner.setdefault(address, kind.__name__) == kind.__name__, hex(address)
    assert len(owner) > 500_000


@pytest.mark.parametrize("kind", [k for k in READABLE if Backend.Omnibus in k.back_ends], ids=names)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_columns_are_the_fields_of_many_containers(kind: type[haldls.Container], data: st.DataObject) -> None:
    if issubclass(kind, haldls.ExternalPPUMemoryByte | haldls.ExternalPPUDRAMMemoryByte):
        pytest.skip("a byte has no place of its own: it depends on the coordinate")
    containers = data.draw(st.lists(contents(kind), min_size=2, max_size=4))
    columns = haldls.columns(kind, np.stack([c._words for c in containers]))
    for name, field in kind._fields.items():
        expected = [np.asarray(field.location.read_many(c._words)) for c in containers]
        assert np.array_equal(getattr(columns, name).astype(np.int64), np.stack(expected))
        fresh = haldls.columns(kind, len(containers))
        setattr(fresh, name, getattr(columns, name))
        assert np.array_equal(getattr(fresh, name), getattr(columns, name))
    coordinates = list(itertools.islice(itertools.cycle(some_coordinates(kind)), len(containers)))
    addresses, words = haldls.encode(columns, coordinates)
    for i, container in enumerate(containers):
        one_addresses, one_words = haldls.encode(container, coordinates[i])
        assert np.array_equal(addresses[i], one_addresses) and np.array_equal(words[i], one_words)


def test_columns_refuse_bad_values_with_their_index() -> None:
    columns = haldls.columns(haldls.NeuronConfig, 4)
    with pytest.raises(haldls.FieldValueError, match=r"NeuronConfig.membrane_capacitor_size at \(2,\): 64"):
        columns.membrane_capacitor_size = [0, 63, 64, 1]
    assert not columns.membrane_capacitor_size.any()
    with pytest.raises(AttributeError, match="no field 'nothing'"):
        columns.nothing = 1
    with pytest.raises(ValueError, match=r"shape \(n, 6\)"):
        haldls.columns(haldls.NeuronConfig, np.zeros((4, 5), dtype=np.uint32))


def test_wrong_coordinates_and_word_counts_are_refused() -> None:
    with pytest.raises(RuntimeError, match="NeuronConfig is addressed by NeuronConfigOnDLS, not by AtomicNeuronOnDLS"):
        haldls.encode(haldls.NeuronConfig(), halco.AtomicNeuronOnDLS())
    with pytest.raises(RuntimeError, match="decoded from 6 words, got 5"):
        haldls.decode(haldls.NeuronConfig, halco.NeuronConfigOnDLS(), np.zeros(5, dtype=np.uint32))
    with pytest.raises(ValueError, match="unknown back end 'Telepathy'"):
        haldls.encode(haldls.NeuronConfig(), halco.NeuronConfigOnDLS(), "Telepathy")


def test_an_unsupported_back_end_falls_back_to_the_default() -> None:
    config, coordinate = haldls.NeuronConfig(), halco.NeuronConfigOnDLS()
    fallen_back = haldls.encode(config, coordinate, Backend.SPIShiftRegister)[0]
    assert np.array_equal(fallen_back, haldls.encode(config, coordinate)[0])


def test_access_of_array_elements_changes_the_container() -> None:
    config = haldls.CapMemBlockConfig()
    config.debug_capmem_coord = halco.CapMemCellOnCapMemBlock(halco.X(129), halco.Y(23))
    assert config.debug_readout_enable is False
    assert haldls.encode(config, halco.CapMemBlockConfigOnDLS())[1][:2].tolist() == [0, 0]
    config.debug_readout_enable = True
    assert haldls.encode(config, halco.CapMemBlockConfigOnDLS())[1][:2].tolist() == [1, 129]
    config.debug_readout_enable = False
    assert config.debug_capmem_coord == halco.CapMemCellOnCapMemBlock(halco.X(129), halco.Y(23))


def test_struct_accessors_copy() -> None:
    quad = haldls.ColumnCurrentQuad()
    switch = quad.get_switch(1)
    switch.enable_debug_excitatory = True
    assert quad == haldls.ColumnCurrentQuad()
    quad.set_switch(1, switch)
    assert quad.get_switch(halco.EntryOnQuad(1)) == switch
    assert haldls.encode(quad, halco.ColumnCurrentQuadOnDLS())[1].tolist() == [0, 1 << 16]
    with pytest.raises(TypeError):
        quad.set_switch(1, True)


@pytest.mark.parametrize("kind", LEAVES, ids=names)
def test_serial_forms_round_trip(kind: type[haldls.Container]) -> None:
    if issubclass(kind, haldls.ExternalPPUMemoryByte | haldls.ExternalPPUDRAMMemoryByte):
        container = kind(kind.Value(77))
    else:
        container = kind()
        container._words[:] = np.arange(1, len(container._mem) + 1)
    for save, load in ((haldls.to_json, haldls.from_json), (haldls.to_portablebinary, haldls.from_portablebinary)):
        loaded = kind()
        load(loaded, save(container))
        assert loaded == container


def test_serial_forms_refuse_other_data() -> None:
    data = haldls.to_portablebinary(haldls.NeuronConfig())
    for bad, text in ((b"", "magic"), (b"x" * 40, "magic"), (data[:-1], "bytes announced"), (data + b"0", "announced")):
        with pytest.raises(ValueError, match=text):
            haldls.from_portablebinary(haldls.NeuronConfig(), bad)
    with pytest.raises(ValueError, match="holds a NeuronConfig, not a CapMemCell"):
        haldls.from_portablebinary(haldls.CapMemCell(), data)
    for text in ("", "[]", '{"type": "NeuronConfig", "image": "AA=="}', '{"type": "X", "image": ""}'):
        with pytest.raises(ValueError):
            haldls.from_json(haldls.NeuronConfig(), text)


@pytest.mark.parametrize("kind", LEAVES, ids=names)
def test_every_field_is_described(kind: type[haldls.Container]) -> None:
    text = haldls.describe(kind)
    assert all(name in text for name in kind._names)


def test_array_types_have_the_names_of_the_real_system() -> None:
    weights = haldls.SynapseQuad.weights_type([1, 2, 3, 4])
    quad = haldls.SynapseQuad()
    quad.weights = weights
    assert [int(w) for w in quad.weights] == [1, 2, 3, 4]
    assert list(haldls.MADCConfig.hemisphere_type()) == [False, False]
    with pytest.raises(ValueError, match="has 4 elements, got 3"):
        haldls.SynapseWeightQuad.values_type([1, 2, 3])
