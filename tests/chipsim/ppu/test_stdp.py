"""Spike-timing dependent plasticity: a processor reads correlation sensors and changes weights while spikes arrive.

An additive rule in integers, per synapse and period: causal and acausal measures are how far the samples have fallen
since the last reset of the sensors, in units of two steps of the ADC; ``w += floor(ETA / 128 * (causal - acausal))``,
limited to 0..63.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import halco
import haldls
import stadls
from tests.chipsim.ppu.ppu_experiment import BOTTOM, TOP, PPUExperiment, by_columns, program
from tests.chipsim.readout_experiment import experiment
from tests.chipsim.test_correlation_program import power

LABELS = {5: 15, 6: 16, 7: 17}
"""Drivers and the labels of their synapses: pre before post, post before pre, no events."""
ROWS = [2 * driver for driver in LABELS]
QUADS = (0, 37)
POST = np.sort([8 * (quad % 32) + quad // 32 + 2 * entry for quad in QUADS for entry in range(4)])
"""Columns of the neurons that fire."""
OTHERS = np.delete(np.arange(256), POST)

US = 125
PERIODS, PERIOD_US = 6, 400
PAIRS, APART_US, DELAY_US = 14, 25, 1.5
ETA = 96
"""Learning rate times 128."""
RECORDED = 6
"""Vectors of a row and period: causal, acausal samples, new weights, of even and odd columns each."""


def source() -> str:
    """The program: all work of a period is written out for every row."""
    parts = [f"""
        li r4,0; LOAD r20,EXTERNAL_IO; LOAD r25,{250 * PERIOD_US}; li r26,{PERIODS}
        li r3,63; fxvsplatb 20,r3; li r3,0; fxvsplatb 21,r3; li r3,{ETA}; fxvsplatb 22,r3; li r3,3; fxvsplatb 23,r3
    """]
    for i, row in enumerate(ROWS):
        parts += [reset(row), sample(row)]
        parts += [f"li r6,DATA+{512 * i + 128 * k}; fxvstax {1 + k},r4,r6\n" for k in range(4)]
        parts += [record(1, 2, 3, 4, 21, 21)]
    parts.append("period: mfspr r3,TBL; subf. r3,r25,r3; blt period\n")
    for i, row in enumerate(ROWS):
        parts += [sample(row), update(i, row, 0), update(i, row, 1), record(1, 2, 3, 4, 11, 12), reset(row)]
    parts.append(f"LOAD r3,{250 * PERIOD_US}; add r25,r25,r3; addi r26,r26,-1; cmpwi r26,0; bne period\nsync 0; wait")
    return "".join(parts)


def reset(row: int) -> str:
    """Both sensors of all synapses."""
    return f"LOAD r5,CAUSAL+{2 * row}; fxvoutx 23,r4,r5; addi r5,r5,1; fxvoutx 23,r4,r5\n"


def sample(row: int) -> str:
    """One conversion into the vectors 1 to 4."""
    places = ("CAUSAL", "CAUSAL+BUFFERED+1", "ACAUSAL+BUFFERED", "ACAUSAL+BUFFERED+1")
    return "".join(f"LOAD r5,{place}+{2 * row}; fxvinx {1 + k},r4,r5\n" for k, place in enumerate(places))


def record(*vectors: int) -> str:
    return "".join(f"fxvoutx {vector},r4,r20; addi r20,r20,8\n" for vector in vectors)


def update(i: int, row: int, parity: int) -> str:
    """New weights of one parity into vector 11 or 12, and to the synapses."""
    weight = 11 + parity
    return f"""
        li r6,DATA+{512 * i + 128 * parity}; fxvlax 5,r4,r6; li r6,DATA+{512 * i + 256 + 128 * parity}; fxvlax 6,r4,r6
        fxvshb 5,5,-1; fxvshb 7,{1 + parity},-1; fxvsubbfs 5,5,7
        fxvshb 6,6,-1; fxvshb 8,{3 + parity},-1; fxvsubbfs 6,6,8
        fxvsubbfs 5,5,6; fxvmulbfs 5,5,22
        LOAD r5,WEIGHTS+{2 * row + parity}; fxvinx {weight},r4,r5; fxvaddbfs {weight},{weight},5
        fxvcmpb {weight}; fxvsel {weight},{weight},21,2
        fxvsubbfs 10,{weight},20; fxvcmpb 10; fxvsel {weight},{weight},20,1
        fxvoutx {weight},r4,r5
    """


@dataclass
class Learning:
    """What was learned.

    Attributes
    ----------
    samples : ndarray of int, (PERIODS + 1, rows, 2, 256)
        Causal and acausal samples; the first ones are those right after a reset.
    weights : ndarray of int, (PERIODS + 1, rows, 256)
        Weights as the processor recorded them; the first ones are those of the host.
    read : ndarray of int, (rows, 256)
        Weights that the host reads at the end.
    """

    samples: np.ndarray
    weights: np.ndarray
    read: np.ndarray


def learn(hemisphere: int, seed: int | None, noise: bool, initial: np.ndarray) -> Learning:
    """Let a processor learn while pairs of spikes arrive; `initial` are weights (rows, 256)."""
    e = experiment(seed, noise, leak=80, threshold=None)
    for (driver, label), weights in zip(LABELS.items(), initial, strict=True):
        e.input_row(hemisphere, driver, "excitatory", weights, label=label)
    for chain in e.config.cadc_readout_chains:
        chain.correlation.i_bias_store, chain.correlation.i_bias_ramp = [35] * 2, [80] * 2
        chain.correlation.i_bias_corout = [600] * 2
        chain.ramp.v_offset, chain.ramp.i_slope = [100] * 2, [350] * 2
        chain.channels_causal.columns.offset = chain.channels_acausal.columns.offset = np.zeros(256, dtype=int)
    e.configure()
    power(e)
    lab = PPUExperiment(chip=e.chip)
    lab.load(hemisphere, program(source()))
    lab.play(lambda builder: stimulate(builder, hemisphere))
    lab.finish(hemisphere)
    assert not lab.chip.ppus[hemisphere].reports
    stored = lab.external(0, (PERIODS + 1) * len(ROWS) * RECORDED * 128)
    # The words of a vector are in reverse order in external memory.
    vectors = stored.reshape(PERIODS + 1, len(ROWS), 3, 2, 32, 4)[..., ::-1, :].reshape(-1, 2, 128).astype(int)
    rows = np.array([by_columns(*pair) for pair in vectors]).reshape(PERIODS + 1, len(ROWS), 3, 256)
    read = np.array([lab.weights(hemisphere, row) for row in ROWS])
    return Learning(rows[:, :, :2], np.concatenate([initial[None], rows[1:, :, 2]]), read)


def stimulate(builder: stadls.PlaybackProgramBuilder, hemisphere: int) -> None:
    """Start the processor, then send events for the first row, spikes, events for the second row, again and again."""
    control = haldls.PPUControlRegister()
    control.inhibit_reset = True
    builder.write(halco.PPUOnDLS(hemisphere).toPPUControlRegisterOnDLS(), control)
    builder.write(halco.TimerOnDLS(), haldls.Timer())
    before, after, _ = LABELS.values()

    def event(label: int) -> None:
        spike = haldls.SpikePack1ToChip([halco.SpikeLabel(1 << 6 | label)])  # row select 1: drivers 4 to 7
        builder.write(halco.SpikePack1ToChipOnDLS(), spike)

    def at(time_us: float) -> None:
        builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(round(time_us * US)))

    for period in range(PERIODS):
        for pair in range(PAIRS):
            time_us = period * PERIOD_US + 40 + pair * APART_US
            at(time_us)
            event(before)
            at(time_us + DELAY_US)
            for quad in QUADS:
                place = halco.NeuronResetQuadOnDLS(halco.SynapseQuadColumnOnDLS(quad), halco.SynramOnDLS(hemisphere))
                builder.write(place, haldls.NeuronResetQuad())
            at(time_us + 2 * DELAY_US)
            event(after)


def reference(samples: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Weights after every period, by the rule, from the samples that the processor has seen."""
    weights = [initial]
    for now in samples[1:]:
        fallen = samples[0] // 2 - now // 2
        difference = np.clip(fallen[:, 0] - fallen[:, 1], -128, 127)
        weights.append(np.clip(weights[-1] + np.floor_divide(ETA * difference, 128), 0, 63))
    return np.array(weights)


CASES = [(TOP, None, False), (BOTTOM, None, False), (TOP, 2, True), (BOTTOM, 3, True)]


@pytest.mark.parametrize(("hemisphere", "seed", "noise"), CASES, ids=["ideal-top", "ideal-bottom", "real-top",
                                                                      "real-bottom"])
def test_weights_follow_the_rule_and_the_order_of_spikes(hemisphere: int, seed: int | None, noise: bool) -> None:
    initial = np.random.default_rng(hemisphere).integers(0, 64, (3, 256))
    learning = learn(hemisphere, seed, noise, initial)
    expected = reference(learning.samples, initial)
    assert np.array_equal(learning.weights, expected)
    assert np.array_equal(learning.read, expected[-1])
    # Pre before post: up in every period, or at the upper end; post before pre: down.
    steps = np.diff(expected[:, :2, POST], axis=0)
    ends = np.array([63, 0])[:, None]
    signs = np.array([1, -1])[:, None]
    assert np.all((signs * steps > 0) | (expected[1:, :2, POST] == ends))
    assert np.all(np.abs(steps[0]).max(axis=1) >= 3)
    # Without spikes or without events there is nothing but the noise of the samples, which adds up over the periods.
    change = np.abs(expected[-1] - initial)
    for idle in (change[:, OTHERS], change[2]):
        assert idle.mean() <= (4 if noise else 0) and idle.max() <= (20 if noise else 0)


def test_weights_saturate() -> None:
    initial = np.stack([np.full(256, 60), np.full(256, 3), np.full(256, 31)])
    learning = learn(TOP, None, False, initial)
    assert np.array_equal(learning.weights, reference(learning.samples, initial))
    assert np.all(learning.read[0, POST] == 63) and np.all(learning.read[1, POST] == 0)
    assert np.all(learning.read[2] == 31)


def test_the_reference_sees_pairs_as_the_sensors_do() -> None:
    """Samples fall in the channel of the order of spikes only, by about one step per pair."""
    learning = learn(TOP, None, False, np.full((3, 256), 31))
    fallen = (learning.samples[0] - learning.samples[1:])[..., POST]
    # (periods, rows, channels, columns); the other order is seen over the distance to the next pair.
    expected = PAIRS * np.exp(-DELAY_US / 5)
    for row, channel in ((0, 0), (1, 1)):
        assert np.abs(fallen[:, row, channel] - expected).max() < 0.3 * expected
        assert fallen[:, row, 1 - channel].max() <= 2
    assert fallen[:, 2].max() <= 1
    assert np.ptp(fallen, axis=0).max() <= 2  # every period is like the first one
