"""Laws that hold for every coordinate type."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
from halco.coordinates import types
from halco.core import IntValue
from halco.kinds import ComposedValue, GridCoordinate, PairCoordinate

ALL = [pytest.param(cls, id=name) for name, cls in types.items()]
PAIRS = [pytest.param(cls, id=name) for name, cls in types.items() if issubclass(cls, PairCoordinate)]
GRIDS = [
    pytest.param(cls, id=name)
    for name, cls in types.items()
    if issubclass(cls, GridCoordinate) and not issubclass(cls, PairCoordinate)
]
# Classes share the conversions that keep the number; each of them is tested on one class.
_DISTINCT = {
    conversion: (cls, method) for cls in types.values() for method, conversion in cls._conversions.items()
}
CONVERSIONS = [
    pytest.param(cls, method, id=f"{cls.__name__}.{method}")
    for conversion, (cls, method) in _DISTINCT.items()
    if conversion.target is not None and conversion.rule.shape != "required"
]
few = settings(max_examples=8, deadline=None, database=None)


def numbers(cls):
    """Strategy for the linear numbers of existing values."""
    if not cls.is_interval:
        return st.integers(getattr(cls, "_lo", 0) if issubclass(cls, IntValue) else 0, cls._modulus - 1)
    bounds = st.tuples(*[st.integers(0, cls.bound_type.max)] * 2).map(sorted)
    blocks = bounds.map(lambda pair: pair[0] * cls.bound_type.size + pair[1])
    if not issubclass(cls, PairCoordinate):
        return blocks
    return st.tuples(st.integers(0, cls._parent.max), blocks).map(lambda part: part[0] * cls._local.size + part[1])


@pytest.mark.parametrize("cls", ALL)
@few
@given(data=st.data())
def test_value_survives(cls, data):
    e, f = data.draw(numbers(cls)), data.draw(numbers(cls))
    (value, other) = halco.from_enums(cls, [e, f])
    assert halco.to_enums([value, other]).tolist() == [e, f]
    assert value.toEnum().value() == e
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == cls(value) == value
    assert hash(copy.deepcopy(value)) == hash(value)
    assert (value == other) == (e == f)
    assert (value < other) == (e < f)
    assert (value <= other) == (e <= f)
    if issubclass(cls, ComposedValue) and not cls.is_interval:
        assert cls(cls.enum_type(e)) == cls(halco.Enum(e)) == value
    elif issubclass(cls, IntValue):
        assert cls(e) == value


@pytest.mark.parametrize("cls", PAIRS)
@few
@given(data=st.data())
def test_pair_is_local_in_parent(cls, data):
    parent_number, local_number = data.draw(numbers(cls._parent)), data.draw(numbers(cls._local))
    parent, local = cls._parent._from_enum(parent_number), cls._local._from_enum(local_number)
    enum = halco.Enum(parent_number * cls._local.size + local_number)
    number = halco.pair_to_enums(cls, parent_number, local_number)
    if cls is halco.CADCSampleQuadOnSynram:  # its constructor takes three parts
        pair = cls(halco.SynapseQuadOnSynram(local), local.toCADCChannelType(), parent)
    else:
        pair = cls(local, parent)
    assert int(pair) == int(enum) == number
    assert pair.split() == (parent, local)
    assert getattr(pair, "to" + cls._parent.__name__)() == parent
    assert getattr(pair, "to" + cls._local.__name__)() == local
    assert isinstance(pair, cls._local)
    # everything the local type converts to, the pair converts to as well
    for method in cls._local._conversions.keys() - cls._conversions.keys():
        assert getattr(pair, method)() == getattr(local, method)()
    assert [part.tolist() for part in halco.split_enums(cls, [int(pair)])] == [[parent_number], [local_number]]


@pytest.mark.parametrize("cls", GRIDS)
@few
@given(data=st.data())
def test_grid_is_x_and_y(cls, data):
    e = data.draw(numbers(cls))
    grid = cls(halco.Enum(e))
    x, y = grid.x(), grid.y()
    assert (type(x), type(y)) == (cls.x_type, cls.y_type)
    assert cls(x, y) == cls(y, x) == cls(halco.X(int(x)), halco.Y(int(y))) == cls(y=y, x=x) == grid
    assert halco.grid_to_enums(cls, [int(x)], [int(y)]).tolist() == [e]
    assert [part.tolist() for part in halco.split_enums(cls, [e])] == [[int(x)], [int(y)]]


@pytest.mark.parametrize(("cls", "method"), CONVERSIONS)
@few
@given(data=st.data())
def test_conversion_stays_in_range_and_bulk_agrees(cls, method, data):
    drawn = data.draw(st.lists(numbers(cls), min_size=1, max_size=4))
    target = cls._conversions[method].target
    scalar = []
    for value in halco.from_enums(cls, drawn):
        result = getattr(value, method)()
        many = not (result is None or isinstance(result, halco.core.Value))
        for part in result if many else [result]:
            assert part is None or type(part) is target
            assert part is None or getattr(target, "_lo", 0) <= part._e < target._modulus
        scalar.append([part._e for part in result] if many else -1 if result is None else result._e)
    bulk = halco.convert(cls, method, drawn)
    assert bulk.dtype == np.int64
    assert bulk.tolist() == scalar


@pytest.mark.parametrize("cls", ALL)
def test_range_is_closed(cls):
    above = cls._modulus
    with pytest.raises(OverflowError, match=cls.__name__):
        halco.from_enums(cls, np.array([above], dtype=np.uint64))
    with pytest.raises(TypeError, match="non-negative"):
        halco.from_enums(cls, [-1])
    if issubclass(cls, ComposedValue):
        with pytest.raises(OverflowError, match=r"range overflow: \d+ > max\(\d+\) for EnumRanged_"):
            cls(cls.enum_type(above))
    else:
        with pytest.raises(OverflowError, match=cls.__name__):
            cls(above)


@pytest.mark.parametrize("cls", [c for c in ALL if getattr(c.values[0], "size", 1 << 30) <= 1 << 17])
def test_iter_all_gives_every_value_in_order(cls):
    values = list(halco.iter_all(cls))
    assert len(values) == cls.size
    assert set(map(type, values)) == {cls}
    first = cls.min if issubclass(cls, halco.RangedInt) else 0
    assert np.array_equal(halco.to_enums(values), np.arange(first, first + cls.size))


def test_iter_all_of_several_types_runs_the_last_one_fastest():
    pairs = list(halco.iter_all(halco.NeuronRowOnDLS, halco.EntryOnQuad))
    assert [(int(row), int(entry)) for row, entry in pairs] == [(r, e) for r in range(2) for e in range(4)]


def test_iter_all_gives_existing_intervals_only():
    blocks = halco.iter_all(halco.PPUMemoryBlockOnPPU)
    first = [next(blocks) for _ in range(4097)]
    assert (first[0].toMin(), first[0].toMax()) == (0, 0)
    assert (first[4095].toMin(), first[4095].toMax()) == (0, 4095)
    assert (first[4096].toMin(), first[4096].toMax()) == (1, 1)
    on_chip = halco.iter_all(halco.PPUMemoryBlockOnDLS)
    assert [next(on_chip).length() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("cls", [halco.SpikeLabel, halco.OmnibusAddress, halco.LogicalNeuronOnDLS, halco.Enum])
def test_iter_all_needs_a_range(cls):
    with pytest.raises(AttributeError, match=cls.__name__):
        halco.iter_all(cls)
