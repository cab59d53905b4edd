"""Encoding and decoding of the digital register containers, against vectors worked out by hand."""

import copy
from typing import Any

import numpy as np
import pytest

import haldls

from .vector import D, V
from .vectors_digital import DECODE, ENCODE

NAMES: dict[str, Any] = {}
exec("from halco import *\nfrom halco.common import *\nfrom haldls import *\nfrom lola import *", NAMES)

# arrays whose index coordinate does not convert from an int
INDEX = {
    "channel_input": "TCA9554ChannelOnBoard",
    "channel_output": "TCA9554ChannelOnBoard",
    "channel_polarity": "TCA9554ChannelOnBoard",
    "channel_mode": "TCA9554ChannelOnBoard",
    "channel_status": "TCA9546ChannelOnBoard",
}
EXCEPTIONS = {"RuntimeError": RuntimeError}


def value_of(item: Any) -> Any:
    """The value that an entry of a vector stands for: strings are expressions."""
    return eval(item, NAMES) if isinstance(item, str) else item


def backend_of(vector: V) -> Any:
    return None if vector.backend is None else getattr(haldls.Backend, vector.backend)


def index_of(key: str, position: int) -> Any:
    return NAMES[INDEX[key]](position) if key in INDEX else position


def apply(target: Any, key: str, value: Any) -> None:
    """One setting: a method ``set_...``, an array element by element, or an attribute."""
    if key.startswith("set_"):
        for index, item in value:
            if isinstance(item, dict):
                struct = getattr(target, f"get_{key[4:]}")(value_of(index))
                for name, field in item.items():
                    setattr(struct, name, value_of(field))
                item = struct
            getattr(target, key)(value_of(index), value_of(item))
        return
    *path, last = key.split(".")
    for name in path:
        target = getattr(target, name)
    if isinstance(value, list):
        array = getattr(target, last)
        for position, item in enumerate(value):
            array[index_of(last, position)] = value_of(item)
    else:
        setattr(target, last, value_of(value))


def build(vector: V) -> Any:
    """The container of a vector with its settings applied."""
    settings = dict(vector.settings)
    made = value_of(vector.container)
    if isinstance(made, type):
        made = made(value_of(settings.pop("()"))) if "()" in settings else made()
    else:
        made = copy.copy(made)  # a constant of a container class
    for key, value in settings.items():
        apply(made, key, value)
    return made


def addresses_of(listed: list[int] | list[str], got: Any) -> tuple[list[Any], list[Any]]:
    """Expected and actual addresses in a form that compares: ints, or coordinates."""
    if any(isinstance(address, str) for address in listed):
        return [value_of(address) for address in listed], list(got)
    return list(listed), [int(address) for address in got]


def name_of(vector: V | D) -> str:
    return f"{vector.container} {vector.coordinate} {vector.backend or 'default'}"


def check(actual: Any, want: Any) -> None:
    """Compare a field; ints are compared by value, whatever the ranged type of the field."""
    want = value_of(want)
    if isinstance(want, int) and not isinstance(want, bool):
        assert int(actual) == want
    elif isinstance(want, list):
        assert list(actual) == want
    else:
        assert actual == want


def check_field(container: Any, key: str, want: Any) -> None:
    """Compare what ``expected`` of a decode vector says about one attribute or method."""
    if key.endswith("()"):
        check(getattr(container, key[:-2])(), want)
    elif key.startswith("get_"):
        for index, item in want:
            got = getattr(container, key)(value_of(index))
            if isinstance(item, dict):
                for name, field in item.items():
                    check(getattr(got, name), field)
            else:
                check(got, item)
    elif isinstance(want, list):
        array = getattr(container, key)
        for position, item in enumerate(want):
            check(array[index_of(key, position)], item)
    else:
        check(getattr(container, key), want)


@pytest.mark.parametrize("vector", ENCODE, ids=name_of)
def test_encode(vector: V) -> None:
    addresses, words = haldls.encode(build(vector), value_of(vector.coordinate), backend_of(vector))
    expected, actual = addresses_of(vector.write, addresses)
    assert actual == expected
    assert [f"{int(word):08x}" for word in words] == [f"{word:08x}" for word in vector.words]
    assert np.asarray(words).dtype == (np.uint64 if vector.container == "SpikePack3ToChip" else np.uint32)


@pytest.mark.parametrize("vector", ENCODE, ids=name_of)
def test_read_addresses(vector: V) -> None:
    made = value_of(vector.container)
    kind = made if isinstance(made, type) else type(made)
    expected, actual = addresses_of(vector.read, haldls.read_addresses(
        kind, value_of(vector.coordinate), backend_of(vector)))
    assert actual == expected


@pytest.mark.parametrize("vector", DECODE, ids=name_of)
def test_decode(vector: D) -> None:
    kind, coordinate = value_of(vector.container), value_of(vector.coordinate)
    words = np.array(vector.words, dtype=np.uint32)
    if "raises" in vector.expected:
        with pytest.raises(EXCEPTIONS[vector.expected["raises"]]):
            haldls.decode(kind, coordinate, words)
        return
    container = haldls.decode(kind, coordinate, words)
    for key, want in vector.expected.items():
        check_field(container, key, want)
