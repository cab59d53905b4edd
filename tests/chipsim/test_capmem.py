"""CapMem cells that settle and disturb each other."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chipsim
import halco
import haldls
import lola
import stadls
from chipsim import circuits as c
from chipsim.capmem import CYCLE_TICKS, CapMem, crosstalk
from chipsim.converters import CADC_LSB, CADC_SLOPE
from chipsim.die import Die
from chipsim.madc import LSB, OFFSET
from tests.chipsim.experiment import US, Experiment
from tests.chipsim.readout_experiment import connect, neuron, record

SHAPE = (4, 130, 24)
CYCLE_US = CYCLE_TICKS * 0.004
TAU_US = 2500.0
WAIT_US = 20_000
"""What real software waits after it has changed cells."""


def written(code: int, old: int, passed_us: Any) -> Any:
    """Code that circuits see some time after a cell has been written, without crosstalk: an exponential in steps."""
    return np.rint(code + (old - code) * np.exp(-passed_us / TAU_US)).astype(int)


def resting(code: Any) -> Any:
    """Membrane that follows a leak cell, V."""
    return c.FOLLOWER_GAIN * (c.CELL_OFFSET + c.CELL_LSB * code) - c.FOLLOWER_DROP


def experiment(seed: int | None = None, capmem: str = "real", scatter: bool = True) -> Experiment:
    """Neurons without inputs and threshold, so that membranes follow their leak cells within some us."""
    chip = chipsim.Chip(seed, noise=False, capmem=capmem)
    config = chip.oracle.chip(leak=80, threshold=None, tau_mem=5)
    for circuit, atomic in enumerate(config.neuron_block.atomic_neurons):
        atomic.excitatory_input.enable = atomic.inhibitory_input.enable = False
        atomic.leak.v_leak = 600 + (circuit % 128 - 64 if scatter else 0)
    return Experiment(chip, config)


def v_leak(circuit: int) -> halco.CapMemCellOnDLS:
    block = halco.CapMemBlockOnDLS(circuit % 256 // 128 + 2 * (circuit // 256))
    row = halco.CapMemRowOnCapMemBlock.v_leak
    return halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock(halco.X(circuit % 128), halco.Y(row.value())), block)


def write(e: Experiment, cell: halco.CapMemCellOnDLS, value: Any) -> float:
    """Write a cell; gives the chip time in us."""
    builder = stadls.PlaybackProgramBuilder()
    builder.write(cell, haldls.CapMemCell(value))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())
    return e.chip.board.now * 0.008


def membranes(e: Experiment, circuits: Any) -> np.ndarray:
    e.run(1)
    return np.array([e.chip.board.analog.value(n, 0) for n in circuits])


# -- cells ---------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), levels=st.integers(2, 900))
def test_crosstalk_counts_equal_cells_of_a_block_and_kind(seed: int, levels: int) -> None:
    random = np.random.default_rng(seed)
    codes = random.choice(np.append(0, random.choice(1024, levels)), SHAPE)
    factor = random.uniform(0.5, 2, SHAPE)

    loss = crosstalk(codes, factor)

    for b in range(4):
        for rows in (slice(0, 8), slice(8, 24)):
            count = Counter(codes[b, :, rows].ravel().tolist())
            for column, row in random.integers((0, rows.start), (130, rows.stop), (20, 2)):
                code = int(codes[b, column, row])
                law = min(5 * ((count[code] - 1) / 127) ** 2, 20) * factor[b, column, row]
                assert loss[b, column, row] == pytest.approx(0 if code in (0, 1023) else law)


def test_the_scatter_of_real_software_removes_crosstalk() -> None:
    """Random offsets of -5 to 5 on a row."""
    for seed in range(20):
        codes = np.zeros(SHAPE, dtype=int)
        codes[:, :128, 3] = 400 + np.random.default_rng(seed).integers(-5, 6, (4, 128))
        assert crosstalk(codes).max() < 0.5
    codes[:, :128, 3] = 400
    assert np.allclose(crosstalk(codes)[:, :128, 3], 5)


@settings(max_examples=30, deadline=None)
@given(old=st.integers(0, 1022), new=st.integers(0, 1022), at=st.integers(0, 10**9), passed=st.integers(0, 60))
def test_a_cell_approaches_its_code(old: int, new: int, at: int, passed: int) -> None:
    cells, codes = CapMem(Die(1)), np.zeros(SHAPE, dtype=int)
    codes[2, 5, 7] = old
    cells.write(codes, np.zeros(SHAPE, dtype=np.int64))
    start = cells.settled_at + at
    codes[2, 5, 7] = new
    cells.write(codes, np.full(SHAPE, start))

    seen = cells.codes(start + passed)

    assert seen[2, 5, 7] == written(new, old, passed * CYCLE_US)
    assert np.count_nonzero(seen) == (seen[2, 5, 7] > 0)
    assert cells.codes(cells.settled_at)[2, 5, 7] == new
    # An access just behind a cycle has one cycle less in a wait.
    assert cells.settled_at < start + WAIT_US / CYCLE_US or old == new


def test_factors_of_a_die() -> None:
    die = Die(4)
    assert "capmem_crosstalk" not in vars(die)  # drawn when it is asked for
    factor = die.capmem_crosstalk
    assert factor.shape == SHAPE and not factor.flags.writeable
    assert np.array_equal(factor, Die(4).capmem_crosstalk) and not np.array_equal(factor, Die(5).capmem_crosstalk)
    assert np.log(factor).std() == pytest.approx(0.25, rel=0.05) and (Die.ideal().capmem_crosstalk == 1).all()


def test_a_cell_that_is_not_refreshed_keeps_what_it_has() -> None:
    cells, codes = CapMem(Die.ideal()), np.zeros(SHAPE, dtype=int)
    codes[0, 0, 0] = 1000
    cells.write(codes, np.zeros(SHAPE, dtype=np.int64))
    codes[0, 0, 0] = 1023
    cells.write(codes, np.full(SHAPE, 3))
    assert [cells.codes(k)[0, 0, 0] for k in (3, 4, 100)] == 3 * [written(1000, 0, 3 * CYCLE_US)]
    assert cells.settled_at <= 3


# -- chip ----------------------------------------------------------------------------------------------------------


def test_a_membrane_follows_its_cell() -> None:
    e = experiment()
    e.configure()
    e.run(2 * WAIT_US)
    assert membranes(e, [7])[0] == pytest.approx(resting(543), abs=1e-4)
    probe = e.chip.probe(7, interval_us=50)
    at = write(e, v_leak(7), 750)
    e.run(25_000)

    cycles = probe.times_us // CYCLE_US - at // CYCLE_US
    law = resting(written(750, 543, np.maximum(cycles, 0) * CYCLE_US))
    # The membrane takes some of its time constants behind each cycle.
    settled = probe.times_us % CYCLE_US > 100
    assert np.abs(probe.values - law)[settled].max() < 1e-3
    smooth = resting(750 + (543 - 750) * np.exp(-np.maximum(probe.times_us - at, 0) / TAU_US))
    assert np.abs(probe.values - smooth).max() < (resting(750) - resting(543)) * (1 - np.exp(-CYCLE_US / TAU_US)) + 2e-3


def test_samples_are_wrong_behind_a_change_and_right_after_the_usual_wait() -> None:
    read = {}
    for kind in ("ideal", "real"):
        e = experiment(3, kind)
        e.configure()
        e.run(100)
        early = e.cadc()
        e.run(WAIT_US)
        read[kind] = early, e.cadc()
    assert np.abs(read["ideal"][0].astype(int) - read["ideal"][1]).max() <= 1
    assert np.array_equal(read["real"][1], read["ideal"][1])
    assert np.median(np.abs(read["real"][0].astype(int) - read["real"][1])) > 20


def test_settled_cells_without_crosstalk_give_the_spikes_of_ideal_ones() -> None:
    programs = []
    for kind in ("ideal", "real"):
        e = Experiment(chip := chipsim.Chip(2, capmem=kind), chip.oracle.chip(leak=120, reset=60, threshold=110))
        e.configure()
        e.run(2 * WAIT_US)
        programs.append(e.run(50))
    counts = [np.bincount(p.spikes.to_numpy()["label"], minlength=1 << 16) for p in programs]
    assert counts[0].sum() > 1000
    assert np.abs(counts[0] - counts[1]).max() <= 2


def test_nothing_is_renewed_when_cells_are_ideal_or_settled() -> None:
    for kind in ("ideal", "real"):
        e = experiment(3, kind)
        never = e.chip.board.analog.renew_at
        e.configure()
        e.run(1)
        assert (e.chip.board.analog.renew_at == never) == (kind == "ideal")
        e.run(WAIT_US)
        assert e.chip.board.analog.renew_at == never


@pytest.mark.parametrize("seed", [None, 4])
def test_equal_cells_disturb_each_other(seed: int | None) -> None:
    circuits = range(128, 256, 9)
    rest = {}
    for kind in ("ideal", "real"):
        for scatter in (False, True):
            e = experiment(seed, kind, scatter)
            e.configure()
            e.run(WAIT_US)
            rest[kind, scatter] = membranes(e, circuits)
    assert np.allclose(rest["real", True], rest["ideal", True], atol=1e-4)
    loss = np.rint(5 * e.chip.die.capmem_crosstalk[1, np.array(circuits) - 128, 0])
    assert 3 < loss.mean() < 8
    assert np.allclose(rest["ideal", False] - rest["real", False], c.FOLLOWER_GAIN * c.CELL_LSB * loss, atol=3e-4)


def test_cells_settle_without_any_circuit() -> None:
    """A cell on a pad of a chip whose neurons are off."""
    e = Experiment(chipsim.Chip.ideal(capmem="real"), lola.Chip())
    block, multiplexer = haldls.CapMemBlockConfig(), haldls.PadMultiplexerConfig()
    block.debug_readout_enable = True
    block.debug_capmem_coord = halco.CapMemCellOnCapMemBlock.stp_v_charge_0
    multiplexer.capmem_v_out_mux[halco.CapMemBlockOnDLS(0)] = True
    multiplexer.capmem_v_out_mux_to_capmem_intermediate_mux = multiplexer.capmem_intermediate_mux_to_pad = True
    builder, _ = stadls.SystemInit().generate()
    builder.write(halco.CapMemBlockConfigOnDLS(), block)
    builder.write(halco.PadMultiplexerConfigOnDLS(), multiplexer)
    stadls.run(e.connection, builder.done())
    cell = halco.CapMemCellOnDLS(halco.CapMemCellOnCapMemBlock.stp_v_charge_0, halco.CapMemBlockOnDLS(0))
    at = write(e, cell, 900)
    for wait in (100, 500, 2000, 5000, 20_000):
        e.run(wait)
        cycles = e.chip.board.now * 0.008 // CYCLE_US - at // CYCLE_US
        code = written(900, 0, cycles * CYCLE_US)
        assert e.chip.pad_voltage(0) == pytest.approx(c.CELL_OFFSET + c.CELL_LSB * code)


def test_cells_of_synapse_drivers_and_column_adc_settle() -> None:
    e = experiment()
    e.usual_stp_cells(0)
    e.configure()
    e.run(WAIT_US)
    cell, block = halco.CapMemCellOnCapMemBlock, halco.CapMemBlockOnDLS(0)
    before = e.cadc()[0, :128].astype(int)
    within = (before > 40) & (before < 220)
    recover = write(e, halco.CapMemCellOnDLS(cell.stp_v_recover_0, block), 850)
    ramp = next(iter(e.config.cadc_readout_chains)).ramp
    ramp_start, lsb = int(ramp.v_offset.to_numpy()[0]), CADC_LSB * int(ramp.i_slope.to_numpy()[0]) / CADC_SLOPE
    start = write(e, halco.CapMemCellOnDLS(cell.cadc_v_ramp_offset, block), ramp_start + 60)
    for wait in (300, 1000, 3000, WAIT_US):
        e.run(wait)
        cycle = e.chip.board.now * 0.008 // CYCLE_US
        code = written(850, 400, (cycle - recover // CYCLE_US) * CYCLE_US)
        assert e.chip.board.analog.driver_voltage(0, 0) == pytest.approx(c.CELL_OFFSET + c.CELL_LSB * code)
        moved = written(ramp_start + 60, ramp_start, (cycle - start // CYCLE_US) * CYCLE_US) - ramp_start
        assert within.sum() > 50
        assert np.abs(before - e.cadc()[0, :128] - moved * c.CELL_LSB / lsb)[within].max() <= 1.01


def test_the_register_has_the_code_at_once() -> None:
    e = experiment()
    e.configure()
    write(e, v_leak(3), 321)
    builder = stadls.PlaybackProgramBuilder()
    ticket = builder.read(v_leak(3))
    builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
    stadls.run(e.connection, builder.done())
    assert int(ticket.get().value) == 321


def test_a_chip_reset_empties_the_cells() -> None:
    e = experiment()
    e.configure()
    e.run(WAIT_US)
    before = membranes(e, [9])
    e.configure()
    e.run(100)
    assert membranes(e, [9])[0] == pytest.approx(c.MEMBRANE_MIN) and before[0] > c.MEMBRANE_MIN + 0.05
    e.run(WAIT_US)
    assert np.allclose(membranes(e, [9]), before, atol=1e-4)


def test_the_membrane_adc_sees_cells_settle() -> None:
    e = experiment()
    connect(e, 8)
    e.configure()
    e.run(WAIT_US)
    write(e, v_leak(8), 800)
    probe = e.chip.probe(8, interval_us=1)
    samples = record(e, 2000).madc_samples.to_numpy()["value"].astype(float)[250:]
    assert len(samples) == pytest.approx(2000 / 0.034, rel=0.01)
    volts = samples * LSB - OFFSET
    assert volts[-1] - volts[0] > 0.1
    # Four cycles: plateaus of both are the same.
    assert volts.min() == pytest.approx(probe.values[20:-5].min(), abs=2 * LSB)
    assert volts.max() == pytest.approx(probe.values.max(), abs=2 * LSB)


def test_it_does_not_matter_how_time_is_divided() -> None:
    read = []
    for waits in ([4000], [1, 499, 500, 700, 1300, 1000]):
        e = experiment(6)
        e.configure()
        start = e.chip.board.now
        for wait in waits:
            e.run(wait)
        e.run(4100 - (e.chip.board.now - start) * 0.008)
        read.append(e.cadc())
    assert np.ptp(read[0]) > 5 and np.array_equal(*read)


def test_clones_and_threads() -> None:
    e = experiment(5)
    e.config.neuron_block.atomic_neurons[halco.AtomicNeuronOnDLS()].leak.v_leak = 700
    neuron(e, 1).leak.v_leak = 800
    e.configure()
    e.run(1700)
    clones = [e.chip.clone() for _ in range(3)]
    assert {clone.capmem for clone in clones} == {"real"}

    def go(chip: chipsim.Chip) -> np.ndarray:
        builder = stadls.PlaybackProgramBuilder()
        for k in range(5):
            builder.write(halco.TimerOnDLS(), haldls.Timer())
            builder.write(v_leak(k), haldls.CapMemCell(300 + 100 * k))
            builder.block_until(halco.TimerOnDLS(), haldls.Timer.Value(1100 * US))
            builder.read(halco.CADCSamplesOnDLS())
        builder.block_until(halco.BarrierOnFPGA(), haldls.Barrier.omnibus)
        program = builder.done()
        stadls.run(chipsim.SimConnection(chip), program)
        return program.from_fpga

    with ThreadPoolExecutor(2) as pool:
        responses = list(pool.map(go, clones))
    responses.append(go(e.chip))
    assert all(np.array_equal(r, responses[0]) for r in responses)


# -- option --------------------------------------------------------------------------------------------------------


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BSS2_CHIP_CAPMEM", raising=False)
    assert chipsim.Chip(1).capmem == "ideal"
    monkeypatch.setenv("BSS2_CHIP_CAPMEM", "real")
    assert chipsim.Chip(1).capmem == "real" and chipsim.Chip(1, capmem="ideal").capmem == "ideal"
    assert chipsim.Chip.ideal().capmem == "ideal"


def test_wrong_value() -> None:
    with pytest.raises(ValueError, match="capmem is 'fast', expected 'ideal' or 'real'"):
        chipsim.Chip(1, capmem="fast")
