"""Types that do not depend on the chip."""

import pytest

from halco import common
from halco.common import Direction, IPv4, Orientation, Parity, SideHorizontal, SideVertical, Unique, X, iter_all


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (SideHorizontal, ["left", "right"]),
        (SideVertical, ["top", "bottom"]),
        (Unique, ["unique"]),
        (Orientation, ["horizontal", "vertical"]),
        (Direction, ["north", "east", "south", "west"]),
    ],
)
def test_named_values(kind, names):
    assert [getattr(common, name) for name in names] == list(iter_all(kind))
    assert kind.size == len(names)
    with pytest.raises(OverflowError, match=kind.__name__):
        kind(len(names))


def test_side_is_the_horizontal_one():
    assert common.Side is SideHorizontal


@pytest.mark.parametrize(
    ("direction", "orientation"),
    [("north", "vertical"), ("east", "horizontal"), ("south", "vertical"), ("west", "horizontal")],
)
def test_orientation(direction, orientation):
    assert getattr(common, direction).toOrientation() == getattr(common, orientation)


@pytest.mark.parametrize(("number", "parity"), [(0, Parity.even), (7, Parity.odd)])
def test_parity(number, parity):
    assert Parity.from_number(number) == parity


def test_untyped_numbers_are_64_bit_wide():
    assert X(2**64 - 1).value() == 2**64 - 1
    for number in (2**64, -1):
        with pytest.raises(TypeError, match="X"):
            X(number)


@pytest.mark.parametrize(
    ("address", "text", "number"),
    [
        (IPv4(), "0.0.0.0", 0),
        (IPv4(192, 168, 0, 1), "192.168.0.1", 0xC0A80001),
        (IPv4(0xC0A80001), "192.168.0.1", 0xC0A80001),
        (IPv4.from_string("192.168.0.1"), "192.168.0.1", 0xC0A80001),
        (IPv4.any(), "0.0.0.0", 0),
        (IPv4.loopback(), "127.0.0.1", 0x7F000001),
        (IPv4.broadcast(), "255.255.255.255", 0xFFFFFFFF),
        (IPv4.netmask(IPv4(10, 0, 0, 1)), "255.0.0.0", 0xFF000000),
        (IPv4.netmask(IPv4(172, 16, 0, 1)), "255.255.0.0", 0xFFFF0000),
        (IPv4.netmask(IPv4(192, 168, 0, 1)), "255.255.255.0", 0xFFFFFF00),
        (IPv4.netmask(IPv4(224, 0, 0, 1)), "255.255.255.255", 0xFFFFFFFF),
    ],
)
def test_ipv4(address, text, number):
    assert (address.to_string(), address.to_ulong()) == (text, number)
    assert ".".join(map(str, address.to_bytes())) == text


@pytest.mark.parametrize(
    ("first_byte", "classes"),
    [(127, "a"), (128, "b"), (191, "b"), (192, "c"), (223, "c"), (224, "multicast"), (239, "multicast"), (240, "")],
)
def test_ipv4_class(first_byte, classes):
    address = IPv4(first_byte, 0, 0, 0)
    kinds = {"a": "is_class_a", "b": "is_class_b", "c": "is_class_c", "multicast": "is_multicast"}
    assert [name for name, method in kinds.items() if getattr(address, method)()] == classes.split()


@pytest.mark.parametrize("parts", [(256, 0, 0, 0), (-1,), (2**32,), (1, 2), ("1.2.3.4",), (1.0,)])
def test_ipv4_rejected(parts):
    with pytest.raises(TypeError, match="IPv4"):
        IPv4(*parts)


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3.256", "a.b.c.d", ""])
def test_ipv4_text_rejected(text):
    with pytest.raises(RuntimeError, match="IPv4"):
        IPv4.from_string(text)
