"""Correlation sensors: parameters, pairs, readout."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import halco
import haldls
from chipsim.converters import CADC_LSB
from chipsim.correlation import (
    ACAUSAL,
    CAUSAL,
    POST,
    PRE,
    CorrelationParameters,
    CorrelationSensors,
    derive_correlation,
)
from tests.chipsim.words import Memory

SHAPE = (2, 2, 256, 256)
CELLS = {"syn_i_bias_store": 70, "syn_i_bias_ramp": 80, "syn_i_bias_corout": 600}
ALL = np.ones(256, dtype=bool)


def die(amplitude: Any = 1.0, tau: Any = 1.0) -> SimpleNamespace:
    full = np.ones(SHAPE, dtype=np.float32)
    return SimpleNamespace(correlation_amplitude=full * amplitude, correlation_tau=full * tau)


@cache
def usual() -> CorrelationParameters:
    """The starting point of the real calibration, on an ideal die."""
    return derive_correlation(Memory().cells(**CELLS), die())


def sensors(parameters: CorrelationParameters | None = None) -> CorrelationSensors:
    return CorrelationSensors(usual() if parameters is None else parameters)


def of_cell(values: Any, hemisphere: int = 0, row: int = 0, column: int = 0) -> float:
    return float(values[CAUSAL, hemisphere, row, column])


def test_usual_parameters() -> None:
    """Half a step of the column ADC, 5 µs, and a rest near the top of its range."""
    p = usual()

    assert p.amplitude.shape == p.rate.shape == SHAPE and p.amplitude.dtype == p.rate.dtype == np.float32
    assert np.allclose(p.amplitude, 0.5 * CADC_LSB, rtol=1e-5) and np.allclose(p.rate, 0.2, rtol=1e-5)
    assert 120 < 20 + (p.rest - 0.15) / CADC_LSB < 255 and p.rest == pytest.approx(1.05)


@pytest.mark.parametrize(("store", "amplitude"), [(70, 0.5), (35, 1.0), (140, 0.25), (1022, 0.034), (1, 35), (0, 0)])
def test_amplitude_falls_with_the_store_bias(store: int, amplitude: float) -> None:
    p = derive_correlation(Memory().cells(**(CELLS | {"syn_i_bias_store": store})), die())

    assert of_cell(p.amplitude) / CADC_LSB == pytest.approx(amplitude, rel=0.02)


@pytest.mark.parametrize(("ramp", "tau"), [(80, 5), (200, 2), (13, 30.8), (0, np.inf)])
def test_time_constant_falls_with_the_ramp_bias(ramp: int, tau: float) -> None:
    p = derive_correlation(Memory().cells(**(CELLS | {"syn_i_bias_ramp": ramp})), die())

    assert of_cell(p.rate) == pytest.approx(1 / tau, rel=0.01)


@pytest.mark.parametrize(("v_res_meas", "factor"), [(0.9, 1), (0.95, 2.3), (0.84, 1 / np.e), (0.0, 0)])
def test_voltage_of_the_board_scales_the_amplitude(v_res_meas: float, factor: float) -> None:
    p = derive_correlation(Memory().cells(**CELLS), die(), v_res_meas=v_res_meas)

    assert of_cell(p.amplitude) / (0.5 * CADC_LSB) == pytest.approx(factor, abs=1e-2)


def test_targets_of_the_real_calibration_are_in_reach() -> None:
    """0.2 to 2 steps and 2 to 30 µs; 1.5 steps at 0.95 V with a store bias of at least 50."""
    for store, v_res_meas, target in ((175, 0.9, 0.2), (50, 0.93, 1.15), (50, 0.95, 1.5)):
        p = derive_correlation(Memory().cells(**(CELLS | {"syn_i_bias_store": store})), die(), v_res_meas)
        assert of_cell(p.amplitude) / CADC_LSB >= target * 0.99


def test_biases_are_those_of_the_quadrant() -> None:
    memory = Memory().cells(**CELLS)
    block = halco.CapMemBlockOnDLS(3)
    memory.write(haldls.CapMemCell(140), halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock.syn_i_bias_store, block))
    memory.write(haldls.CapMemCell(0), halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock.syn_i_bias_corout, block))
    p = derive_correlation(memory, die())
    ratio = p.amplitude / usual().amplitude

    assert (ratio[:, 1, :, 128:] == 0.5).all() and (ratio[:, 0] == 1).all() and (ratio[:, 1, :, :128] == 1).all()
    assert np.array_equal(p.output_on, np.arange(512).reshape(2, 256) < 384)
    read = CorrelationSensors(p).read(1, 7)
    assert (read[:, 128:] == 0).all() and read[:, :128] == pytest.approx(np.full((2, 128), 1.05))


def test_calibration_bits_of_a_synapse() -> None:
    """Entry 2 of quad 40 is column 69; the row is in the lower hemisphere."""
    quad = haldls.SynapseCorrelationCalibQuad()
    quad.amp_calibs[halco.EntryOnQuad(2)], quad.time_calibs[halco.EntryOnQuad(2)] = 3, 1
    place = halco.SynapseCorrelationCalibQuadOnDLS(halco.Enum(16384 + 64 * 200 + 40))
    p = derive_correlation(Memory().cells(**CELLS).write(quad, place), die())
    changed = np.argwhere(p.amplitude != usual().amplitude)

    assert changed.tolist() == [[CAUSAL, 1, 200, 69], [ACAUSAL, 1, 200, 69]]
    assert np.array_equal(changed, np.argwhere(p.rate != usual().rate))
    assert p.amplitude[:, 1, 200, 69] / usual().amplitude[:, 1, 200, 69] == pytest.approx([1 / 1.75] * 2)
    assert p.rate[:, 1, 200, 69] / usual().rate[:, 1, 200, 69] == pytest.approx([1.25] * 2)


def test_deviations_of_the_die() -> None:
    deviation = np.random.default_rng(0).uniform(0.5, 2, SHAPE).astype(np.float32)
    p = derive_correlation(Memory().cells(**CELLS), die(deviation, deviation[:, :, ::-1]))

    assert np.allclose(p.amplitude, usual().amplitude * deviation, rtol=1e-5)
    assert np.allclose(1 / p.rate, 5 * deviation[:, :, ::-1], rtol=1e-5)


def test_pairs_add_up_in_their_branch() -> None:
    """Pre 1 µs before post is causal, post 2 µs before pre is acausal: both in the same sensor."""
    s = sensors()
    s.pre(1, 5, [9], 100.0)
    s.post(1, 9, 101.0)
    s.pre(1, 5, [9], 103.0)

    levels = s.level / (0.5 * CADC_LSB)
    assert levels[:, 1, 5, 9] == pytest.approx([np.exp(-0.2), np.exp(-0.4)], rel=1e-5)
    assert np.count_nonzero(levels) == 2


def test_only_nearest_neighbours_are_pairs() -> None:
    s = sensors()
    for time in (0.0, 1.0, 2.0):
        s.pre(0, 0, [0], time)
    s.post(0, 0, 2.5)
    once = of_cell(s.level)
    # Second pulse of no further pair.
    s.post(0, 0, 2.6)

    assert once == pytest.approx(0.5 * CADC_LSB * np.exp(-0.1), rel=1e-5)
    assert of_cell(s.level) == once and (s.level[ACAUSAL] == 0).all()


def test_pulses_of_one_kind_are_no_pairs() -> None:
    s = sensors()
    for k in range(20):
        s.pre(0, k % 2, ALL, k)
        s.post(1, np.arange(256), k)

    assert (s.level == 0).all()


def test_simultaneous_pulses_pair_in_the_order_of_arrival() -> None:
    s = sensors()
    s.pre(0, 0, [0], 4.0)
    s.post(0, 0, 4.0)

    assert of_cell(s.level) == pytest.approx(0.5 * CADC_LSB)


def test_only_matching_synapses_take_part() -> None:
    s = sensors()
    matching = np.arange(256) % 3 == 0
    s.pre(0, 17, matching, 0.0)
    s.post(0, ALL, 1.0)

    assert np.array_equal(np.argwhere(s.level[CAUSAL, 0]), [[17, c] for c in np.flatnonzero(matching)])


def test_masks_and_numbers_are_equivalent() -> None:
    columns = np.arange(256) % 5 == 2
    a, b = sensors(), sensors()
    for s, chosen in ((a, columns), (b, np.flatnonzero(columns))):
        s.pre(0, 3, chosen, 0.0)
        s.post(0, chosen, 0.5)
        s.pre(0, 3, chosen, 1.0)

    assert np.array_equal(a.level, b.level) and np.array_equal(a.last, b.last) and a.level.any()


def test_reset_keeps_the_memory_of_the_last_pulse() -> None:
    s = sensors()
    s.pre(0, 0, ALL, 0.0)
    s.post(0, ALL, 1.0)
    s.pre(0, 0, ALL, 2.0)
    s.reset(0, 0, [1, 2])
    s.reset(0, 0, [3], acausal=False)

    assert (s.level[:, 0, 0, 1:3] == 0).all()
    assert s.level[CAUSAL, 0, 0, 3] == 0 and s.level[ACAUSAL, 0, 0, 3] > 0 and (s.level[:, 0, 0, 4:] > 0).all()
    assert (s.last[0, 0] == PRE).all()
    s.post(0, 1, 2.5)
    assert s.level[CAUSAL, 0, 0, 1] > 0 and (s.last[0, :, 1] == POST).all()


def test_the_output_has_a_floor() -> None:
    s = sensors()
    s.level[CAUSAL, 0, 0, 0] = 5.0

    assert s.read(0, 0)[CAUSAL, 0] == pytest.approx(0.15) and s.read(0, 0)[CAUSAL, 1] == pytest.approx(1.05)


def measure(parameters: CorrelationParameters, delay: float, pairs: int) -> Any:
    """Steps of the column ADC that row 0 falls by, (2, 256), as the real calibration measures: a pulse of the second
    kind first, a reset, then pairs every 500 µs."""
    s = CorrelationSensors(parameters)

    def pulse(pre: bool, time: float) -> None:
        if pre:
            s.pre(0, 0, ALL, time)
        else:
            s.post(0, ALL, time)

    pulse(delay < 0, 0.0)
    s.reset(0, 0, ALL)
    baseline = s.read(0, 0)
    for k in range(pairs):
        pulse(delay > 0, 1000.0 + 500 * k)
        pulse(delay < 0, 1000.0 + 500 * k + abs(delay))
    return (baseline - s.read(0, 0)) / CADC_LSB


@settings(max_examples=15, deadline=None)
@given(st.floats(0.5, 20), st.integers(1, 200), st.booleans())
def test_exponential_law(delay: float, pairs: int, causal: bool) -> None:
    result = measure(usual(), delay if causal else -delay, pairs)
    near, far = (CAUSAL, ACAUSAL) if causal else (ACAUSAL, CAUSAL)

    assert result[near] == pytest.approx(np.full(256, 0.5 * pairs * np.exp(-delay / 5)), rel=1e-3, abs=2e-3)
    assert result[far] == pytest.approx(np.zeros(256), abs=1e-3)


def test_bounds_of_the_hardware_test() -> None:
    """30 pairs at 0.95 V: the order of branches and of delays is right for 80 % of the synapses, each."""
    rng = np.random.default_rng(1)
    factors = [np.exp(sigma * rng.standard_normal(SHAPE)) for sigma in (0.35, 0.25)]
    p = derive_correlation(Memory().cells(**CELLS), die(*factors), v_res_meas=0.95)
    near, far, before = measure(p, 1, 30), measure(p, 5, 30), measure(p, -1, 30)

    assert np.mean(near[CAUSAL] > near[ACAUSAL]) > 0.8 and np.mean(before[ACAUSAL] > before[CAUSAL]) > 0.8
    assert np.mean(near[CAUSAL] > far[CAUSAL]) > 0.8
    assert 8 < np.median(near[CAUSAL]) < 160


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 10)), max_size=30))
def test_any_train_is_the_sum_over_its_changes_of_kind(train: list[tuple[bool, float]]) -> None:
    s, expected = sensors(), np.zeros(2)
    time, previous = 0.0, None
    for pre, wait in train:
        time += wait
        if pre:
            s.pre(0, 255, [255], time)
        else:
            s.post(0, 255, time)
        if previous is not None and previous != pre:
            expected[ACAUSAL if pre else CAUSAL] += 0.5 * CADC_LSB * np.exp(-wait / 5)
        previous = pre

    assert s.level[:, 0, 255, 255] == pytest.approx(expected, rel=1e-4, abs=1e-8)
    assert np.count_nonzero(s.level) <= 2
