"""Fixed-pattern deviations: reproducible, independent of each other, bounded."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim import die as module
from chipsim.die import FACTORS, OFFSETS, STREAMS, Die, Stream

SENSORS = [f"correlation_{kind}_{branch}" for kind in ("amplitude", "tau") for branch in ("causal", "acausal")]
SHAPES = {
    **{name: (512,) for name in (*OFFSETS, *FACTORS)},
    **{name: (4,) for name in ("cadc_start", "cadc_slope", "synapse_dac", "stp_block")},
    **{name: (2, 2, 256) for name in ("cadc_offset", "cadc_gain")},
    **{name: (2, 128) for name in ("stp_ramp", "stp_offset", "hagen_offset")},
    "madc_offset": (), "madc_gain": (),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    values = getattr(Die(1), name)

    assert values.shape == SHAPES[name] and values.dtype == np.float64
    assert np.isfinite(values).all() and ((values > 0).all() or name in OFFSETS)


@pytest.mark.parametrize("name", SENSORS)
def test_sensors_are_drawn_when_asked_for(name: str) -> None:
    die = Die(1)
    assert name not in vars(die)

    values = getattr(die, name)

    assert values.shape == (2, 256, 256) and values.dtype == np.float32
    assert values is getattr(die, name)
    assert np.median(values) == pytest.approx(1, rel=0.01)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers())
def test_equal_seeds_give_equal_dies(seed: int) -> None:
    a, b = Die(seed), Die(seed)

    assert a == b and hash(a) == hash(b)
    assert all(np.array_equal(getattr(a, name), getattr(b, name)) for name in SHAPES)


def test_other_seeds_give_other_dies() -> None:
    a, b = Die(1), Die(2)

    assert a != b and a != Die.ideal() and a != 1
    assert not any(np.array_equal(getattr(a, name), getattr(b, name)) for name in SHAPES)


def test_another_process_gives_the_same_die() -> None:
    code = "from chipsim.die import Die; d = Die(7); print(d.leak.sum().hex(), d.cadc_offset.sum().hex())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert out.split() == [Die(7).leak.sum().hex(), Die(7).cadc_offset.sum().hex()]


def test_known_values() -> None:
    """Dies stay what they are from version to version, else calibrations that were stored would be lost."""
    assert Die(0).comparator_offset[:3] == pytest.approx(KNOWN, abs=1e-12)


KNOWN = [-0.010118447568984602, 0.04078063094176901, 0.02144649751469058]


def test_streams_are_independent(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Die(3)
    monkeypatch.setitem(STREAMS, "new", Stream((512,), 1.0))
    monkeypatch.setitem(FACTORS, "new", ("new",))
    monkeypatch.setitem(STREAMS, "leak", Stream((512,), 0.5))
    after = Die(3)

    changed = {name for name in SHAPES if not np.array_equal(getattr(before, name), getattr(after, name))}
    assert changed == {"leak"}


def test_streams_are_uncorrelated() -> None:
    drawn = np.array([module._draw(5, name) for name, s in STREAMS.items() if s.shape == (512,)])

    correlation = np.corrcoef(drawn) - np.eye(len(drawn))
    # 1/sqrt(512) is 0.044; several hundred pairs.
    assert np.abs(correlation).max() < 0.2


@pytest.mark.parametrize("terms", [1, 2, 4])
def test_spread_and_bound(terms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STREAMS, "x", Stream((100_000,), 2.0, terms, mean=10.0))

    x = module._draw(1, "x")

    assert x.mean() == pytest.approx(10, abs=0.03)
    assert x.std() == pytest.approx(2, rel=0.01)
    assert np.abs(x - 10).max() <= 2 * np.sqrt(3 * terms)


def test_ideal_die_does_not_deviate() -> None:
    die = Die.ideal()

    assert all((getattr(die, name) == 0).all() for name in OFFSETS)
    assert all((getattr(die, name) == 1).all() for name in (*FACTORS, *SENSORS))
    assert die == Die.ideal()


def test_dies_can_be_pickled() -> None:
    die = Die(11)
    _ = die.correlation_tau_causal
    data = pickle.dumps(die)

    assert pickle.loads(data) == die and len(data) < 200
    assert repr(die) == "Die(11)" and repr(pickle.loads(pickle.dumps(Die.ideal()))) == "Die.ideal()"


def test_arrays_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Die(1).leak[0] = 2
