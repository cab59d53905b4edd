"""Random legal contents of containers, for property-based tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import haldls
from haldls.composite import StructView
from haldls.field import ArrayField, EnumType

LEAVES = [kind for kind in haldls.containers if kind._size and not getattr(kind, "_parts", ())]


def _numbers(field: Any) -> st.SearchStrategy[int]:
    """Numbers of legal values; corners are drawn often."""
    if isinstance(field.type, EnumType):
        return st.sampled_from(list(field.type.members))
    low, high = getattr(field.type, "min", 0), getattr(field.type, "max", 1)
    return st.one_of(st.sampled_from(sorted({low, high})), st.integers(low, high))


def _values(field: Any) -> st.SearchStrategy[Any]:
    return _numbers(field).map(field.type.from_raw)


def _elements(array: Any, element: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(element, min_size=array, max_size=array)


def fill(draw: Any, image: Any) -> None:
    """Give all fields of a container or struct drawn values, by assignment."""
    for name in image._names:
        field = image._fields.get(name)
        view = vars(type(image)).get(name)
        if isinstance(field, ArrayField):
            array = getattr(image, name)
            for i, value in enumerate(draw(_elements(array.size, _values(field)))):
                array._set_item(i, value)
        elif field is not None:
            setattr(image, name, draw(_values(field)))
        elif isinstance(view, StructView):
            for element in getattr(image, name):
                fill(draw, element)


@st.composite
def contents(draw: Any, kind: type[haldls.Container]) -> haldls.Container:
    """A container of a type with drawn values in all fields."""
    container = kind()
    fill(draw, container)
    return container


def some_coordinates(kind: type[haldls.Container], count: int = 5) -> list[Any]:
    """First, last and some other coordinates of a container type."""
    size = kind.coordinate_type.size
    numbers = np.unique(np.linspace(0, size - 1, count).astype(int))
    return [kind.coordinate_type._from_enum(int(e)) for e in numbers]
