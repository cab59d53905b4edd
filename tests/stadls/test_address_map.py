"""Reverse map of the Omnibus."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import haldls
from haldls.backend import OMNIBUS_LIKE, Backend
from haldls.location import Location
from stadls.address_map import field_difference, field_text, find_registers

ON_OMNIBUS = [kind for kind in haldls.containers if OMNIBUS_LIKE & set(kind.back_ends)]

# Views, the containers that show the same registers, and how many of the view share one of those.
VIEWS = {
    haldls.ExternalPPUMemoryByte: (haldls.ExternalPPUMemoryQuad, 4),
    haldls.ExternalPPUDRAMMemoryByte: (haldls.ExternalPPUDRAMMemoryQuad, 4),
    haldls.VectorGeneratorControl: (haldls.ExternalPPUDRAMMemoryQuad, None),
    haldls.VectorGeneratorLUTEntry: (haldls.ExternalPPUDRAMMemoryQuad, None),
    haldls.VectorGeneratorNotificationAddress: (haldls.ExternalPPUDRAMMemoryQuad, None),
    haldls.VectorGeneratorTrigger: (haldls.ExternalPPUDRAMMemoryQuad, None),
    haldls.VectorGeneratorFIFOWord: (haldls.ExternalPPUDRAMMemoryQuad, None),
}
# Composites, and what they consist of.
COMPOSITES = {
    haldls.CapMemBlock: haldls.CapMemCell,
    haldls.PPUMemory: haldls.PPUMemoryWord,
    haldls.PPUMemoryBlock: haldls.PPUMemoryWord,
}
LEAVES = [kind for kind in ON_OMNIBUS if kind not in VIEWS and kind not in COMPOSITES]

# Containers that are not on the Omnibus, but have fields that are shown.
WITH_FIELDS = [*LEAVES, haldls.PhyConfigChip]


def backend_of(kind: type[haldls.Container]) -> Backend:
    return next(backend for backend in kind.back_ends if backend in OMNIBUS_LIKE)


def addresses_of(kind: type[haldls.Container], number: int) -> np.ndarray:
    """Addresses that are written or read, the longer list of the two."""
    written, read = kind._write_addresses(number, backend_of(kind)), kind._read_addresses(number, backend_of(kind))
    return written if len(written) > len(read) else read


def numbers_of(kind: type[haldls.Container]) -> st.SearchStrategy[int]:
    return st.integers(0, kind.coordinate_type.size - 1)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda k: k.__name__)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_containers_are_found_by_their_addresses(kind: type[haldls.Container], data: st.DataObject) -> None:
    number = data.draw(numbers_of(kind))
    addresses = addresses_of(kind, number)
    found = find_registers(addresses)
    assert {found.kinds[k] for k in found.kind} == {kind}
    assert (found.number == number).all() and found.word.tolist() == list(range(len(addresses)))
    assert found.coordinate(0) == kind.coordinate_type._from_enum(number)


@pytest.mark.parametrize("kind", VIEWS, ids=lambda k: k.__name__)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_whole_words_are_preferred_to_views(kind: type[haldls.Container], data: st.DataObject) -> None:
    number = data.draw(numbers_of(kind))
    found = find_registers(addresses_of(kind, number))
    preferred, shared = VIEWS[kind]
    assert {found.kinds[k] for k in found.kind} == {preferred}
    if shared is not None:
        assert found.number.tolist() == [number // shared]


@pytest.mark.parametrize("kind", COMPOSITES, ids=lambda k: k.__name__)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_composites_are_found_by_their_parts(kind: type[haldls.Container], data: st.DataObject) -> None:
    addresses = addresses_of(kind, data.draw(numbers_of(kind)))
    assume(len(addresses))  # among the numbers of memory blocks are those of blocks that end before they begin
    found = find_registers(addresses)
    assert COMPOSITES[kind] in {found.kinds[k] for k in found.kind} and (found.kind >= 0).all()


def test_every_container_on_the_omnibus_is_tested() -> None:
    assert {*LEAVES, *VIEWS, *COMPOSITES} == set(ON_OMNIBUS)
    assert {haldls.CADCSampleQuad, haldls.SpikeCounterRead, haldls.NeuronReset, haldls.ADPLL} <= set(LEAVES)


@settings(max_examples=100, deadline=None)
@given(addresses=st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_found_registers_have_the_address(addresses: list[int]) -> None:
    found = find_registers(addresses)
    for i, address in enumerate(addresses):
        if found.kind[i] >= 0:
            kind = found.kinds[found.kind[i]]
            assert kind._addresses(found.number[i : i + 1], backend_of(kind))[0, found.word[i]] == address


def test_addresses_without_container() -> None:
    assert find_registers([0x8800000C, 0x00160000, 0xFFFFFFFF]).kind.tolist() == [-1, -1, -1]
    assert find_registers([]).kind.tolist() == []


# -- fields ----------------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    if isinstance(value, IntEnum):
        return value.name
    return str(value.value() if hasattr(value, "value") else value)


@pytest.mark.parametrize("kind", WITH_FIELDS, ids=lambda k: k.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_fields_have_the_values_that_the_container_gives(kind: type[haldls.Container], data: st.DataObject) -> None:
    words = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=kind._size, max_size=kind._size))
    container, usual = kind._own(np.array(words, dtype=np.uint32).tobytes()), kind()
    texts = [field_text(kind, i, word) for i, word in enumerate(words)]
    for name, field in kind._fields.items():
        if not isinstance(field.location, Location) or len({p.word for p in field.location.pieces}) > 1:
            continue
        if name.startswith("_"):
            continue  # state of the container that does not leave it
        value = getattr(container, name)
        if value != getattr(usual, name) and type(value) is not int:
            assert f"{name}={shown(value)}" in texts[field.location.pieces[0].word].split(", ")


@pytest.mark.parametrize("kind", WITH_FIELDS, ids=lambda k: k.__name__)
def test_the_default_has_no_difference(kind: type[haldls.Container]) -> None:
    for i, word in enumerate(kind()._encode(0).tolist()):
        assert field_text(kind, i, word) == "defaults"
        assert field_difference(kind, i, word, word) == ""
        assert field_difference(kind, i, word, word ^ 1) != ""


@pytest.mark.parametrize("kind, word, value, text", [
    (haldls.SynapseQuad, 0, 0x10081804, "weights=[1 2 3 4]"),
    (haldls.ColumnCurrentQuad, 0, 1 << 24, "switches.enable_synaptic_current_excitatory=[True False False False]"),
    (haldls.NeuronConfig, 1, 1 << 5, "readout_source=exc_synin"),
    (haldls.NeuronConfig, 99, 5, ""),
    (haldls.CapMemCell, 0, 0x80000005, "value=5, other bits 0x80000000"),
    (haldls.NeuronBackendConfig, 0, 0xD6, "address_out[7:2]=0x16 (encoded)"),
    (haldls.ReadoutSourceSelection, 1, 0x5, "buffers.debug_plus[1]=True, buffers.current_dac[1]=True"),
])
def test_field_texts(kind: type[haldls.Container], word: int, value: int, text: str) -> None:
    assert field_text(kind, word, value) == text


def test_field_difference() -> None:
    assert field_difference(haldls.SynapseQuad, 0, 0x10081804, 0x10081814) == "weights [1 2 3 4] -> [1 2 3 5]"
    assert field_difference(haldls.CapMemCell, 0, 5, 0x80000007) == "value 5 -> 7, other bits 0x0 -> 0x80000000"
