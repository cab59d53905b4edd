"""Membrane ADC: states, instants, channels, codes."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import halco
import haldls
from chipsim.die import Die
from chipsim.madc import LSB, MADC, NOISE, OFFSET, MADCSettings, State, convert, derive_settings, normal
from tests.chipsim.words import Memory

IDEAL = Die.ideal()
TEN = MADCSettings(number_of_samples=10)


def control(*bits: str) -> int:
    """Word of the control register."""
    config = haldls.MADCControl()
    for bit in bits:
        setattr(config, bit, True)
    return int(haldls.encode(config, halco.MADCControlOnDLS())[1][0])


# The sequences of the real software; times are FPGA cycles.
WAKE = control("wake_up", "enable_pre_amplifier")
START = control("start_recording", "enable_pre_amplifier")
IDLE = control("enable_pre_amplifier")
START_CONTINUOUS = control("start_recording", "enable_pre_amplifier", "enable_continuous_sampling")
STOP = control("stop_recording", "enable_continuous_sampling")
STOP_DOWN = control("stop_recording", "enable_continuous_sampling", "enable_power_down_after_sampling")


def awake(settings: MADCSettings = TEN) -> MADC:
    """Ready since long before FPGA cycle 1000."""
    madc = MADC(settings)
    madc.write(WAKE, 0)
    madc.write(IDLE, 900)
    return madc


def derived(**fields: Any) -> MADCSettings:
    config = haldls.MADCConfig()
    for name, value in fields.items():
        setattr(config, name, value)
    return derive_settings(Memory().write(config, halco.MADCConfigOnDLS()))


def test_default_settings() -> None:
    assert derived() == MADCSettings(17, 96, 0, 0, 0, False)


@pytest.mark.parametrize(("fields", "period"), [
    ({"sample_duration_adjust": 0}, 12),
    ({"sample_duration_adjust": 7}, 19),
    ({"madc_clock_scale_value": 4}, 17),
    ({"enable_madc_clock_scaling": True}, 34),
    ({"enable_madc_clock_scaling": True, "madc_clock_scale_value": 4095}, 17 * 8192),
])
def test_period_is_that_of_the_sample_rate(fields: dict[str, Any], period: int) -> None:
    config = haldls.MADCConfig()
    for name, value in fields.items():
        setattr(config, name, value)

    assert derived(**fields).period == period
    assert config.calculate_sample_rate(500e6) == pytest.approx(500e6 / period)


def test_ready_after_the_wake_up() -> None:
    """96 clock cycles of 2 ns are 24 FPGA cycles."""
    madc = MADC(TEN)
    madc.write(WAKE, 100)
    assert madc.state is State.WAKING
    madc.advance(123.75)
    assert madc.state is State.WAKING
    madc.advance(124)
    assert madc.state is State.READY


def test_start_while_off_does_nothing() -> None:
    madc = MADC(TEN)
    madc.write(START, 10)

    assert madc.state is State.OFF and len(madc.samples(0, 1000)) == 0


def test_start_while_waking_waits_for_ready() -> None:
    madc = MADC(TEN)
    madc.write(WAKE, 0)
    madc.write(START, 10)

    assert madc.samples(0, 30).clock[0] == 96


def test_finite_recording() -> None:
    """10 samples every 34 ns, the first at the start: 4000 clock cycles are FPGA cycle 1000, 8 µs."""
    madc = awake()
    madc.write(START, 1000)
    madc.write(IDLE, 1001)
    s = madc.samples(0, 2000)

    assert s.clock.tolist() == [4000 + 17 * k for k in range(10)]
    assert s.time_us == pytest.approx(8 + 0.034 * np.arange(10))
    assert s.age.tolist() == s.index.tolist() == list(range(10))
    assert madc.state is State.READY


def test_recordings_follow_on_while_the_start_bit_is_set() -> None:
    madc = awake()
    madc.write(START, 1000)
    s = madc.samples(1000, 1100)

    assert s.clock.tolist() == list(range(4000, 4400, 17))
    assert s.age.tolist() == [k % 10 for k in range(24)] and s.index.tolist() == list(range(24))
    assert len(madc.recordings) == 3


def test_power_down_ends_recordings() -> None:
    madc = awake()
    madc.write(START | control("enable_power_down_after_sampling"), 1000)

    assert len(madc.samples(1000, 5000)) == 10
    assert madc.state is State.OFF


def test_continuous_recording() -> None:
    madc = awake(MADCSettings(number_of_samples=3))
    madc.write(START_CONTINUOUS, 1000)
    madc.advance(101_000)
    madc.write(STOP, 101_000)
    s = madc.samples(0, 200_000)

    assert len(s) == -(-400_000 // 17) and s.clock[-1] < 404_000
    assert madc.state is State.READY


def test_power_down_with_the_stop() -> None:
    madc = awake()
    madc.write(START_CONTINUOUS, 1000)
    madc.write(STOP_DOWN, 1100)
    madc.write(START_CONTINUOUS, 1200)

    assert madc.state is State.OFF and madc.samples(0, 5000).clock.max() < 4400


def test_stop_ends_finite_recordings_and_beats_start() -> None:
    madc = awake(MADCSettings(number_of_samples=1000))
    madc.write(START, 1000)
    madc.write(START | control("stop_recording"), 1017)

    assert len(madc.samples(0, 9000)) == 4
    assert madc.state is State.READY


def test_a_recording_of_no_samples_is_none() -> None:
    madc = awake(MADCSettings())
    madc.write(START, 1000)

    assert len(madc.samples(0, 3000)) == 0 and madc.state is State.READY


def test_longest_recording() -> None:
    madc = awake(MADCSettings(number_of_samples=65535))
    madc.write(START, 1000)
    madc.write(IDLE, 1001)
    s = madc.samples(0, 1_000_000)

    assert len(s) == 65535
    assert s.time_us[-1] - s.time_us[0] == pytest.approx(2228.2, abs=0.1)


def test_settings_take_effect_with_the_next_recording() -> None:
    madc = awake()
    madc.write(START, 1000)
    madc.configure(MADCSettings(period=100, number_of_samples=2), 1010)
    s = madc.samples(0, 1090)

    assert s.clock.tolist() == [*range(4000, 4170, 17), 4170, 4270]


def test_time_does_not_go_back() -> None:
    madc = awake()

    with pytest.raises(ValueError, match="FPGA cycle 899 is before 900"):
        madc.write(START, 899)


def test_late_times_are_exact() -> None:
    madc = MADC(TEN)
    late = 2**43 - 1
    madc.write(WAKE, late - 100)
    madc.write(START, late)

    assert madc.samples(late, late + 1).clock.tolist() == [4 * late]


def test_old_recordings_can_be_forgotten() -> None:
    madc = awake()
    madc.write(START, 1000)
    madc.advance(2000)
    madc.forget(1500)

    assert len(madc.recordings) < 15 and madc.samples(1600, 1610).index[0] == 142


@given(st.lists(st.integers(950, 3000), min_size=1, max_size=8), st.integers(0, 400), st.booleans())
def test_samples_do_not_depend_on_the_intervals(cuts: list[int], length: int, continuous: bool) -> None:
    def recorded() -> MADC:
        madc = awake(MADCSettings(number_of_samples=length, select_length=1))
        madc.write(START_CONTINUOUS if continuous else START, 1000)
        return madc

    whole, parts = recorded().samples(1000, 3001), recorded()
    edges = sorted({1000, 3001, *(c for c in cuts if c > 1000)})
    pieces = [parts.samples(a, b) for a, b in zip(edges, edges[1:], strict=False)]

    for name in ("clock", "index", "channel", "multiplexer", "age"):
        assert np.array_equal(np.concatenate([getattr(p, name) for p in pieces]), getattr(whole, name))


def test_copies_are_independent() -> None:
    madc = awake()
    twin = copy.deepcopy(madc)
    madc.write(START, 1000)

    assert len(madc.samples(0, 2000)) and not len(twin.samples(0, 2000))


@pytest.mark.parametrize(("initial", "length", "multiplexer", "channel"), [
    (0, 0, [0] * 6, [0] * 6),
    (1, 0, [1] * 6, [1] * 6),
    (0, 1, [0, 1, 0, 1, 0, 1], [1, 0, 1, 0, 1, 0]),
    (1, 1, [1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]),
    (0, 2, [0, 0, 1, 1, 0, 0], [1, 0, 0, 1, 1, 0]),
])
def test_channels(initial: int, length: int, multiplexer: list[int], channel: list[int]) -> None:
    """The channel is that of the sample before: with period 1, both come exchanged."""
    settings = derived(
        active_mux_initially_selected_input=halco.SourceMultiplexerOnReadoutSourceSelection(initial),
        active_mux_input_select_length=length, number_of_samples=6,
    )
    madc = awake(settings)
    madc.write(START, 1000)
    madc.write(IDLE, 1001)
    s = madc.samples(0, 2000)

    assert s.multiplexer.tolist() == multiplexer and s.channel.tolist() == channel


def codes(volts: Any, die: Any = IDEAL, seed: int | None = None, **others: Any) -> np.ndarray:
    volts = np.atleast_1d(volts)
    return convert(volts, np.zeros(len(volts), int), np.arange(len(volts)), die, seed, **others)


# (V + 0.095) / 0.00189, rounded down.
@pytest.mark.parametrize(("volts", "code"), [
    (0.0, 50), (0.4725, 300), (0.95, 552), (-0.2, 0), (1.8379, 1022), (5.0, 1023), (np.inf, 1023), (np.nan, 0),
])
def test_codes(volts: float, code: int) -> None:
    assert codes(volts).tolist() == [code] and codes(volts).dtype == np.uint16


def test_deviations_of_the_die() -> None:
    die = SimpleNamespace(madc_offset=np.array(0.0189), madc_gain=np.array(1.1))
    per_channel = SimpleNamespace(madc_offset=np.array([0.0, 0.0189]), madc_gain=np.array([1.0, 1.1]))

    assert codes(0.4725 + 1e-6, die).tolist() == [341]  # (300.26 + 10) * 1.1
    assert convert([0.4725] * 2, [0, 1], [0, 1], per_channel, None).tolist() == [300, 341]


def test_noise() -> None:
    noisy = codes(np.full(100_000, 0.5), seed=3).astype(float)

    assert noisy.std() == pytest.approx(NOISE, rel=0.03)
    assert noisy.mean() == pytest.approx((0.5 + OFFSET) / LSB - 0.5, abs=0.03)
    assert abs(np.corrcoef(noisy[1:], noisy[:-1])[0, 1]) < 0.02


def test_noise_is_a_function_of_seed_and_number() -> None:
    index = np.arange(1000)
    shuffled = np.random.default_rng(0).permutation(index)

    assert np.array_equal(normal(7, index)[shuffled], normal(7, shuffled))
    assert not np.array_equal(normal(7, index), normal(8, index))
    assert abs(np.corrcoef(normal(7, index), normal(8, index))[0, 1]) < 0.1
    assert np.isfinite(normal(-1, np.array([0, 2**64 - 1], dtype=np.uint64))).all()
    # These numbers shall not change from version to version.
    assert normal(0, np.arange(3)) == pytest.approx([-0.2920317057478688, 0.5431351854242158, 0.5844467953914236])


def test_first_samples_are_not_valid() -> None:
    """The input comes from 0 V: 120 samples later there is less than a code left, after 8 µs nothing."""
    madc = awake(MADCSettings(number_of_samples=1000))
    madc.write(START, 1000)
    madc.write(IDLE, 1001)
    s = madc.samples(0, 9000)
    trace = convert(np.full(len(s), 0.8), s.multiplexer, s.index, IDEAL, None, s.settling)

    assert trace[0] == 50 and trace[10] < 300
    assert 473 - trace[120] <= 1 and (trace[236:] == 473).all()
    assert (np.diff(trace.astype(int)) >= 0).all()


def test_without_pre_amplifier_there_is_no_input() -> None:
    madc = awake()
    madc.write(control("start_recording"), 1000)
    s = madc.samples(0, 1030)

    assert len(s) and (s.settling == 0).all()


def test_dummy_data() -> None:
    settings = derived(enable_dummy_data=True, number_of_samples=2000)
    madc = awake(settings)
    madc.write(START, 1000)
    madc.write(IDLE, 1001)
    s = madc.samples(0, 20_000)

    assert s.dummy.all()
    numbers = convert(np.zeros(len(s)), s.multiplexer, s.index, IDEAL, 1, s.settling, s.dummy)
    assert np.array_equal(numbers, np.arange(2000) % 1024)
