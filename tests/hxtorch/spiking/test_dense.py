"""Events and samples on a grid of time steps: against slow loops, and against the grid lengths of the real system."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grenade.network.extract import CADCRows
from hxtorch.spiking.backend.dense import dense_samples, grid_length, positions
from hxtorch.spiking.backend.rounding import round_half_away
from hxtorch.spiking.observables import CADCHandle, MADCHandle, SpikeHandle

US = 125


@pytest.mark.parametrize("runtime, dt, length", [(110e-6, 1e-6, 111), (60e-6, 2e-6, 31), (38e-6, 0.5e-6, 77)])
def test_grid_length(runtime, dt, length):
    assert grid_length(runtime, dt) == length


def test_grid_is_a_step_longer_where_the_quotient_of_32_bits_is_above():
    lengths = {n: grid_length(int(n * 1e-6 * 1e6 * US) / 125e6, 1e-6) for n in range(1, 200)}
    assert {n for n, length in lengths.items() if length == n + 2} == {59, 118, 125, 127}
    assert all(length == n + 1 for n, length in lengths.items() if n not in (59, 118, 125, 127))


@pytest.mark.parametrize("runtime, dt", [(-1e-6, 1e-6), (1e-6, 0.0), (math.nan, 1e-6), (1e-6, math.inf)])
def test_no_grid_for_impossible_times(runtime, dt):
    with pytest.raises(ValueError, match="steps"):
        grid_length(runtime, dt)


@pytest.mark.parametrize("value, rounded", [
    (0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.49999999999999994, 0), (2.4, 2), (-2.6, -3), (0.0, 0),
])
def test_halves_are_rounded_away_from_zero(value, rounded):
    assert round_half_away([value]).tolist() == [rounded]


# -- spikes ------------------------------------------------------------------------------------------------------------


def test_spikes_on_the_grid():
    spikes = [(0, 0, 0), (125, 1, 2), (130, 1, 2), (187, 0, 1), (188, 0, 1), (10 * US, 0, 0)]
    dense = SpikeHandle(spikes, 2, 3).to_dense(5e-6, 1e-6)
    assert dense.dtype == torch.uint8 and dense.shape == (6, 2, 3)
    # 187 cycles are 1.496 us, 188 are 1.504 us; two spikes of one step count once, and 10 us is after the end.
    assert dense.nonzero().tolist() == [[0, 0, 0], [1, 0, 1], [1, 1, 2], [2, 0, 1]]


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 2), st.integers(0, 3)), max_size=40),
    st.sampled_from([0.5e-6, 1e-6, 1.7e-6, 2e-6]),
)
@settings(deadline=None)
def test_spikes_as_one_by_one(spikes, dt):
    dense = SpikeHandle(spikes, 3, 4).to_dense(30e-6, dt)
    expected = torch.zeros_like(dense)
    for time, batch, neuron in spikes:
        exact = float(np.float32(time) / np.float32(125)) / 1e6 / float(np.float32(dt))
        step = math.floor(exact) + (exact - math.floor(exact) >= 0.5)
        if step < len(dense):
            expected[step, batch, neuron] = 1
    assert torch.equal(dense, expected)


def test_a_tie_is_decided_by_the_time_step_of_32_bits():
    # 1.5 us: the number of 32 bits next to 1e-6 is below it, the one next to 3e-6 above.
    assert SpikeHandle([(3 * US, 0, 0)], 1, 1).to_dense(20e-6, 2e-6).nonzero()[0, 0] == (
        2 if float(np.float32(2e-6)) < 2e-6 else 1)


def test_rows_of_spikes():
    handle = SpikeHandle([(1, 0, 2), (5, 1, 0)], 2, 3)
    assert handle.get_data() == [(1, 0, 2), (5, 1, 0)]
    assert (handle.batch_size, handle.population_size, len(handle)) == (2, 3, 2)
    handle.set_data([], 1, 1)
    assert handle.get_data() == [] and handle.to_dense(1e-6, 1e-6).sum() == 0


@pytest.mark.parametrize("rows, error, text", [
    ([(0, 2, 0)], IndexError, "batch is 2 to 2, expected 0 to 1"),
    ([(0, 0, -1)], IndexError, "neuron is -1"),
    ([(0, 0)], ValueError, "rows of 2 numbers"),
])
def test_wrong_rows(rows, error, text):
    with pytest.raises(error, match=text):
        SpikeHandle(rows, 2, 3)


# -- CADC --------------------------------------------------------------------------------------------------------------


def slow_dense(rows, batch_size, size, runtime, dt, mode):
    """Samples on the grid, one step of one neuron after the other."""
    steps = int(np.ceil(np.float32(runtime) / np.float32(dt))) + 1
    width = float(np.float32(dt))
    dense = np.zeros((steps, batch_size, size))
    for batch in range(batch_size):
        for neuron in range(size):
            train = sorted((time, value) for value, time, b, n in rows if (b, n) == (batch, neuron))
            samples = [(float(np.float32(t) / np.float32(125)) / 1e6, v) for t, v in train]
            for step in range(steps):
                dense[step, batch, neuron] = value_at(samples, step, width, mode)
    return dense


def value_at(samples, step, width, mode):
    before, after = (-1.0, 0), None
    for time, value in samples:
        if math.ceil(time / width) <= step:
            before = (time, value)
        else:
            after = (time, value)
            break
    if after is None:
        return before[1]
    now = step * width
    if mode == "nn":
        return before[1] if before[0] >= 0 and now - before[0] < after[0] - now else after[1]
    return before[1] + (now - before[0]) / (after[0] - before[0]) * (after[1] - before[1])


ROWS = st.lists(
    st.tuples(st.integers(-128, 127), st.integers(0, 4000), st.integers(0, 1), st.integers(0, 2)), max_size=30,
    unique_by=lambda row: row[1:],
)


@given(ROWS, st.sampled_from([0.5e-6, 1e-6, 1.7e-6]), st.sampled_from(["linear", "nn"]))
@settings(deadline=None)
def test_cadc_as_one_by_one(rows, dt, mode):
    dense = CADCHandle(rows, 2, 3).to_dense(30e-6, dt, mode)
    assert dense.dtype == torch.float32
    np.testing.assert_allclose(dense.numpy(), slow_dense(rows, 2, 3, 30e-6, dt, mode), rtol=1e-5, atol=2e-4)


def blocks(seed, batch_size=3, circuits=(4, 2)):
    """Two blocks of circuits, and the same samples as rows."""
    random = np.random.default_rng(seed)
    neurons = random.permutation(sum(circuits))
    parts, rows = [], []
    for count in circuits:
        numbers, neurons = neurons[:count], neurons[count:]
        counts = random.integers(1, 20, batch_size)
        offsets = np.concatenate(([0], np.cumsum(counts)))
        times = np.concatenate([np.sort(random.choice(5000, n, replace=False)) for n in counts])
        values = random.integers(-128, 128, (len(times), count)).astype(np.int8)
        parts.append(CADCRows(offsets, times, values, numbers, 0 * numbers, 0 * numbers))
        entry = np.repeat(np.arange(batch_size), counts)
        rows += [
            (int(values[i, j]), int(times[i]), int(entry[i]), int(numbers[j]))
            for i in range(len(times)) for j in range(count)
        ]
    return parts, rows


@pytest.mark.parametrize("mode", ["linear", "nn"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("circuits", [(4, 2), (5,)])
def test_circuits_that_are_sampled_together(seed, mode, circuits):
    parts, rows = blocks(seed, circuits=circuits)
    together = CADCHandle.of(parts, 3, sum(circuits))
    apart = CADCHandle(rows, 3, sum(circuits))
    assert sorted(together.get_data()) == sorted(apart.get_data()) and len(together) == len(apart) == len(rows)
    assert torch.equal(together.to_dense(35e-6, 1e-6, mode), apart.to_dense(35e-6, 1e-6, mode))
    for one, other in zip(together.to_raw(), apart.to_raw(), strict=True):
        assert torch.equal(one, other)


def test_a_constant_stays_one_up_to_the_first_sample_and_after_the_last():
    dense = CADCHandle([(50, 40 * US, 0, 0), (50, 60 * US, 0, 0)], 1, 1).to_dense(100e-6, 1e-6)
    assert (dense[40:] == 50).all()
    np.testing.assert_allclose(dense[:40], 50, rtol=1e-4)
    assert (dense[:40] < 50).all()


def test_a_neuron_without_samples_is_zero():
    assert not CADCHandle([(50, 100, 0, 0)], 2, 2).to_dense(5e-6, 1e-6)[:, 1].any()
    assert not dense_samples(np.zeros(0, int), np.zeros(3, int), np.zeros((0, 4), np.int8), 5, 1e-6).any()


def test_the_distance_of_samples_is_the_step_if_there_is_none():
    rows = [(v, 250 * (k + 1), b, n) for k, v in enumerate((1, 2, 3, 4, 5)) for b in range(2) for n in range(3)]
    dense, dt = CADCHandle(rows, 2, 3).to_dense(10e-6)
    assert dt == pytest.approx(10e-6 * 6 / 24)
    nearest, _ = CADCHandle(rows, 2, 3).to_dense(10e-6, "nn")
    assert torch.equal(nearest, CADCHandle(rows, 2, 3).to_dense(10e-6, dt, "nn")) and dense.shape == nearest.shape
    with pytest.raises(ValueError, match="samples of 2 neurons"):
        CADCHandle([(1, 1, 0, 0), (1, 1, 0, 1)], 1, 2).to_dense(10e-6)


def test_unknown_interpolation():
    with pytest.raises(RuntimeError, match="'cubic'"):
        CADCHandle([(1, 1, 0, 0)], 1, 1).to_dense(1e-6, 1e-6, "cubic")


def test_raw_samples_are_as_many_as_all_have():
    rows = [(10 * n + k, 100 * k, 0, n) for n, count in enumerate((3, 2)) for k in range(count)]
    samples, times = CADCHandle(rows, 1, 2).to_raw()
    assert samples[:, 0].tolist() == [[0, 10], [1, 11]] and times[:, 0].tolist() == [[0, 0], [100, 100]]
    assert times.dtype == torch.int32 and samples.dtype == torch.float32
    assert CADCHandle(rows, 1, 3).to_raw()[0].shape == (0, 1, 3)


def test_positions_have_the_precision_of_32_bits():
    time = np.array([123456789])
    assert positions(time, 1e-6)[0] == float(np.float32(123456789) / np.float32(125)) / 1e6 / float(np.float32(1e-6))


# -- MADC --------------------------------------------------------------------------------------------------------------


def test_madc_samples():
    rows = [(100 * b + k, 4 * k, b, 1) for b, count in enumerate((3, 4)) for k in range(count)]
    raw = MADCHandle(rows, 2, 5).to_raw()
    assert raw.shape == (2, 3, 2)
    assert raw[0].tolist() == [[0, 0], [4, 4], [8, 8]] and raw[1].tolist() == [[0, 100], [1, 101], [2, 102]]


def test_an_entry_with_too_few_madc_samples_ends_with_nan():
    rows = [(k, k, b, 0) for b, count in enumerate((1, 3)) for k in range(count)]
    raw = MADCHandle(rows, 2, 1).to_raw()
    assert raw.shape == (2, 2, 2) and raw[:, 1, 0].isnan().all() and not raw[:, :, 1].isnan().any()
