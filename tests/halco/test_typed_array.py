"""Arrays indexed by coordinates."""

import numpy as np
import pytest

import halco
from halco import CADCChannelType, EntryOnQuad, NeuronColumnOnDLS, PPUMemoryBlockSize, TypedArray, TypedArrayBase
from halco.core import RangedInt


class Weight(RangedInt, max=63):
    """Stands for a value of a register container."""


class Registers(TypedArrayBase):
    """An array that is a view, as the register containers have them."""

    key_type = CADCChannelType

    def __init__(self):
        self.image = [10, 20]

    def _get_item(self, i):
        return Weight(self.image[i])

    def _set_item(self, i, value):
        self.image[i] = int(Weight.coerce(value))

    def _size(self):
        return 2


@pytest.fixture
def columns():
    return halco.SynapseQuadColumnOnDLS(33).toNeuronColumnOnDLS()


@pytest.mark.parametrize("key", [2, np.int64(2), EntryOnQuad(2), halco.Enum(2)])
def test_key(columns, key):
    assert columns[key] == columns.at(key) == 13
    columns[key] = NeuronColumnOnDLS(7)
    assert list(columns) == [9, 11, 7, 15]


def test_key_of_a_pair_is_its_local_part():
    rows = TypedArray(halco.NeuronConfigOnNeuronConfigBlock, range(128))
    assert rows[halco.NeuronConfigOnDLS(5, 2)] == 5


def test_key_of_a_type_without_implicit_int():
    view = Registers()
    assert (view[1], view[CADCChannelType.acausal]) == (20, 20)
    view[0] = 63
    assert view.image == [63, 20]


def test_key_type_that_starts_at_one():
    array = TypedArray(PPUMemoryBlockSize, range(4096))
    assert (array[1], array[PPUMemoryBlockSize(4096)]) == (0, 4095)
    with pytest.raises(IndexError):
        array[0]


@pytest.mark.parametrize("key", [4, -1, "1", 1.0, None, halco.HemisphereOnDLS(1), halco.Enum(4)])
def test_wrong_key(columns, key):
    for error in (IndexError, TypeError):
        with pytest.raises(error, match="EntryOnQuad"):
            columns[key]


def test_as_a_sequence(columns):
    assert (columns.size, columns.max_size, len(columns), columns.empty) == (4, 4, 4, False)
    assert (columns.front(), columns.back()) == (9, 15)
    assert repr(columns) == f"[{', '.join(f'NeuronColumnOnDLS({c})' for c in (9, 11, 13, 15))}]"
    columns.fill(NeuronColumnOnDLS(1))
    assert list(columns) == [1] * 4


def test_equality(columns):
    assert columns == halco.SynapseQuadColumnOnDLS(33).toNeuronColumnOnDLS()
    assert columns != halco.SynapseQuadColumnOnDLS(32).toNeuronColumnOnDLS()
    assert columns != list(columns)
    with pytest.raises(TypeError, match="unhashable"):
        hash(columns)


def test_element_is_range_checked(columns):
    with pytest.raises(halco.ImplicitRangeError, match="NeuronColumnOnDLS"):
        columns[0] = 256


def test_wrong_number_of_elements():
    with pytest.raises(RuntimeError, match="4 elements"):
        TypedArray(EntryOnQuad, [1, 2, 3])


@pytest.mark.parametrize(
    ("items", "dtype"),
    [
        ([Weight(1), Weight(2), Weight(3), Weight(4)], np.int64),
        ([True, False, True, False], np.bool_),
        ([0.5, 1.0, 2.0, 4.0], np.float64),
    ],
)
def test_numpy_there_and_back(items, dtype):
    array = TypedArray(EntryOnQuad, items)
    plain = array.to_numpy()
    assert plain.dtype == dtype
    array.from_numpy(plain[::-1])
    assert list(array) == items[::-1]
    assert type(array[0]) is type(items[0])


def test_numpy_of_nested_arrays():
    array = TypedArray(CADCChannelType, [TypedArray(EntryOnQuad, map(Weight, range(4))) for _ in range(2)])
    assert array.to_numpy().tolist() == [[0, 1, 2, 3]] * 2
    array.from_numpy(np.arange(8).reshape(2, 4))
    assert array[1][3] == 7
    with pytest.raises(OverflowError):
        array.from_numpy(np.array([[1, 1, 1, 1], [1, 1, 1, 64]]))
    assert array.to_numpy().tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]  # nothing changed


def test_numpy_of_a_view():
    view = Registers()
    view.from_numpy([1, 2])
    assert view.image == [1, 2]


@pytest.mark.parametrize("values", [[[1, 2, 3, 4]], [1, 2, 3], 5])
def test_from_numpy_of_another_shape(columns, values):
    with pytest.raises(RuntimeError, match=r"shape \(4,\)"):
        columns.from_numpy(np.array(values))


def test_from_numpy_out_of_range(columns):
    with pytest.raises(OverflowError, match=r"256 > max\(255\)"):
        columns.from_numpy(np.array([0, 1, 2, 256]))
    assert list(columns) == [9, 11, 13, 15]


def test_to_numpy_needs_numbers():
    with pytest.raises(RuntimeError, match="AtomicNeuronOnDLS"):
        TypedArray(EntryOnQuad, [halco.AtomicNeuronOnDLS()] * 4).to_numpy()
