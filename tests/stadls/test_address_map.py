"""Reverse map of the Omnibus."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import haldls
from haldls.backend import OMNIBUS_LIKE
from stadls.address_map import _SECOND_CHOICE, find_registers

KINDS = [
    kind for kind in haldls.containers
    if kind._size and not getattr(kind, "_parts", ())
    and OMNIBUS_LIKE & set(kind.backends) and kind not in _SECOND_CHOICE
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_containers_are_found_by_their_addresses(kind: type[haldls.Container], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, kind.coordinate_type.size - 1))
    backend = next(b for b in kind.backends if b in OMNIBUS_LIKE)
    addresses = kind._addresses(np.array([number]), backend)[0, : max(kind._write, kind._read)]
    found = find_registers(addresses)
    assert {found.kinds[k] for k in found.kind} == {kind}
    assert (found.number == number).all() and found.word.tolist() == list(range(len(addresses)))
    assert found.coordinate(0) == kind.coordinate_type._from_enum(number)


@settings(max_examples=100, deadline=None)
@given(addresses=st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_found_registers_have_the_address(addresses: list[int]) -> None:
    found = find_registers(addresses)
    for i, address in enumerate(addresses):
        if found.kind[i] >= 0:
            kind = found.kinds[found.kind[i]]
            backend = next(b for b in kind.backends if b in OMNIBUS_LIKE)
            assert kind._addresses(found.number[i : i + 1], backend)[0, found.word[i]] == address


def test_addresses_without_container() -> None:
    assert find_registers([0x8800000C, 0x00160000, 0xFFFFFFFF]).kind.tolist() == [-1, -1, -1]
    assert find_registers([]).kind.tolist() == []
