"""The tables as a whole: completeness, the vocabulary of declarations, the stub file."""

import subprocess
import sys
from collections import Counter

import pytest

import halco
from halco import _stubgen, declare
from halco.coordinates import enum_types, specs, types
from halco.tables import all_specs


def test_number_of_types():
    inferred = [name for name in specs if "VectorGenerator" in name]
    assert len(inferred) == 8
    kinds = Counter(spec.kind for name, spec in specs.items() if name not in inferred)
    assert kinds == {"ranged": 189, "base": 3, "grid": 6, "pair": 45, "interval": 3}
    assert sum(map(len, (module.TABLE for module in halco.tables.MODULES))) == len(specs)


def test_everything_is_exported():
    assert set(halco.__all__) >= {name for name in types if "." not in name} | set(enum_types)
    assert all(hasattr(halco, name) for name in halco.__all__)
    assert halco.SpikeLabel.PADILabel is types["SpikeLabel.PADILabel"]


@pytest.mark.parametrize(
    "size",
    [1, 3, 4, 6, 8, 12, 16, 24, 76, 128, 256, 510, 512, 1024, 3120, 8192, 12480, 16384, 32768, 65536, 131072, 2**24]
    + [2**25, 2**34, 2**56],
)
def test_enum_type_exists_for_every_size(size):
    assert getattr(halco, f"EnumRanged_{size}_").size == size


def test_every_coordinate_is_documented():
    assert [spec.name for spec in all_specs() if len(spec.doc) < 5] == []


def test_stub_is_current():
    assert _stubgen.STUB.read_text() == _stubgen.render(), "run `python -m halco._stubgen`"


def test_declaration_rejects_unknown_options():
    with pytest.raises(TypeError, match="Wrong: expected an option or a rule .* got nmaes"):
        declare.ranged("Wrong", 0, 1, 0, "two values", nmaes="top bottom")


def test_only_numpy_is_imported():
    code = (
        "import sys, numpy; before = set(sys.modules); import halco;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names) - {'halco'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
