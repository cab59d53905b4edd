"""Arrays in files."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import BaseModel, ConfigDict, ValidationError

from grenade.experiment.arrays import any_array, array

STRUCT = np.dtype([("time", np.int64), ("value", np.int8)])


class Content(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    table: array(np.int64, None, 3) = np.zeros((0, 3), np.int64)  # type: ignore[valid-type]
    flags: array(np.bool_, None) = np.zeros(0, bool)  # type: ignore[valid-type]
    samples: array(STRUCT, None) = np.zeros(0, STRUCT)  # type: ignore[valid-type]
    narrow: any_array((np.int8, np.uint16), 2) = np.zeros(2, np.int8)  # type: ignore[valid-type]


def through_a_file(content: Content) -> Content:
    return Content.model_validate(msgpack.unpackb(msgpack.packb(content.model_dump())))


SHAPES = {"table": (5, 3), "flags": (7,), "samples": (4,), "narrow": (2,)}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("table", np.int64), ("flags", np.bool_), ("samples", STRUCT), ("narrow", np.int8), ("narrow", np.uint16)],
)
@settings(deadline=None)
@given(data=st.data())
def test_arrays_survive(name: str, dtype: Any, data: st.DataObject) -> None:
    shape = SHAPES[name] if name == "narrow" else (data.draw(st.integers(0, 50)), *SHAPES[name][1:])
    values = data.draw(arrays.arrays(np.dtype(dtype), shape))
    back = getattr(through_a_file(Content(**{name: values})), name)
    assert back.dtype == values.dtype and back.shape == values.shape and (back == values).all()
    assert back.flags.writeable


def test_order_of_bytes_and_strides_do_not_matter() -> None:
    values = np.arange(30).reshape(3, 10).T
    back = through_a_file(Content(table=np.asfortranarray(values)))
    assert (back.table == values).all()
    assert Content(table=values).model_dump()["table"]["dtype"] == "<i8"


def test_arrays_that_shrink_are_deflated() -> None:
    zeros = Content(table=np.zeros((1000, 3), np.int64)).model_dump()["table"]
    noise = Content(narrow=np.array([3, -7], np.int8)).model_dump()["narrow"]
    assert zeros["deflated"] and len(zeros["data"]) < 200
    assert not noise["deflated"] and noise["data"] == b"\x03\xf9"


GOOD = Content(table=np.arange(6).reshape(2, 3)).model_dump()["table"]
BOMB = Content(table=np.zeros((100_000, 3), np.int64)).model_dump()["table"]


@pytest.mark.parametrize(("change", "text"), [
    ({"dtype": "<i4"}, "expected an array of <i8, got '<i4'"),
    ({"dtype": [["a", "<i8"]]}, "expected an array of <i8"),
    ({"shape": [2, 4]}, "expected 64 bytes"),
    ({"shape": [-2, -3]}, "expected the shape"),
    ({"shape": [2.0, 3]}, "expected the shape"),
    ({"shape": [6]}, "expected an array of shape (any, 3), got (6,)"),
    ({"data": GOOD["data"][:-1]}, "inflate" if GOOD["deflated"] else "expected 48 bytes"),
    ({"data": "text"}, "expected bytes"),
    ({"deflated": 1}, "expected bytes"),
    ({"deflated": True, "data": b"nonsense"}, "cannot be inflated"),
    ({"deflated": True, "data": BOMB["data"]}, "do not inflate to 48 bytes"),
    ({"more": 1}, "expected an array with"),
])  # fmt: skip
def test_bad_arrays_are_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Content.model_validate({"table": {**GOOD, **change}})
    assert text in str(caught.value)


@pytest.mark.parametrize("value", [np.zeros((2, 3)), np.zeros((2, 3), np.int32), [[1, 2, 3]], np.zeros(3, int), None])
def test_only_arrays_of_the_type_are_taken(value: Any) -> None:
    with pytest.raises(ValidationError):
        Content(table=value)
