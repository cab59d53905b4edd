"""Vector IO on a whole chip: synapse memory, column ADC and resets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halco
import haldls
import lola
from tests.chipsim.ppu.ppu_experiment import BOTTOM, DATA, TOP, PPUExperiment, by_columns, bytes_of, words_of
from tests.chipsim.readout_experiment import experiment
from tests.chipsim.test_correlation_program import COLUMNS, ROW, host_rows_off, pairs, prepared, read_row

PPUS = pytest.mark.parametrize("ppu", [TOP, BOTTOM], ids=["top", "bottom"])
WINDOWS = (0x02C00000, 0x03C00000)
"""Omnibus addresses of synapse memory and column ADC."""
K = np.arange(128)
ROWS = [0, 1, 77, 255]


def inputs(*addresses: str) -> str:
    """Program that reads vectors and stores them from DATA on."""
    reads = "".join(
        f"LOAD r5,{address}; fxvinx {i},r4,r5; LOAD r6,DATA+{128 * i}; fxvstax {i},r4,r6\n"
        for i, address in enumerate(addresses))
    return f"li r4,0\n{reads}sync 0; wait"


def outputs(*addresses: str) -> str:
    """Program that loads vectors from DATA on and writes them."""
    writes = "".join(
        f"LOAD r6,DATA+{128 * i}; fxvlax {i},r4,r6; LOAD r5,{address}; fxvoutx {i},r4,r5\n"
        for i, address in enumerate(addresses))
    return f"li r4,0\n{writes}sync 0; wait"


def read_vectors(e: PPUExperiment, ppu: int, *addresses: str) -> np.ndarray:
    """What a processor reads by vector IO, (addresses, 128)."""
    e.run(ppu, inputs(*addresses))
    return e.vectors(ppu, DATA, len(addresses)).astype(int)


def write_vectors(e: PPUExperiment, ppu: int, values: dict[str, Any]) -> None:
    """Let a processor write vectors by vector IO."""
    vectors = [np.broadcast_to(v, 128).astype(np.uint8) for v in values.values()]
    e.write_memory(ppu, DATA, words_of(np.concatenate(vectors)))
    e.run(ppu, outputs(*values))


def read_row_by(e: PPUExperiment, ppu: int, base: str, row: int) -> np.ndarray:
    """Row of a region in the order of the columns, (256,)."""
    return by_columns(*read_vectors(e, ppu, f"{base}+{2 * row}", f"{base}+{2 * row + 1}"))


def write_row_by(e: PPUExperiment, ppu: int, base: str, row: int, values: Any) -> None:
    """Write a row of a region in the order of the columns."""
    values = np.broadcast_to(values, 256)
    write_vectors(e, ppu, {f"{base}+{2 * row}": values[::2], f"{base}+{2 * row + 1}": values[1::2]})


def window(e: PPUExperiment, hemisphere: int, base: int, row: int) -> np.ndarray:
    """Row of a region on the Omnibus in the order of the columns: 32 words of even columns, then 32 of odd ones."""
    words = [e.peek(WINDOWS[hemisphere] + base + 64 * row + w) for w in range(64)]
    return by_columns(*bytes_of(words).reshape(2, 128)).astype(int)


def permuted(weights: Any) -> np.ndarray:
    """Weights as the Omnibus carries them: bit 5 stays, bits 4 to 0 are reversed."""
    weights = np.asarray(weights)
    return weights & 0x20 | sum((weights >> bit & 1) << 4 - bit for bit in range(5))


# -- synapse memory --------------------------------------------------------------------------------------------------


@PPUS
def test_a_processor_finds_out_which_one_it_is(ppu: int) -> None:
    """The value 32, whose bits the Omnibus carries in their places, appears in the window of its own hemisphere."""
    e = PPUExperiment()
    before = e.weights(ppu, 0)
    e.run(ppu, """
        li r0,0; li r4,0; fxvinx 1,r4,r4
        LOAD r8,0x8b000000; LOAD r9,0x8f000000; li r3,0; li r11,DATA
        fxvsplatb 2,r3; fxvoutx 2,r4,r4; sync 0
        lbz r5,0(r8); lbz r6,0(r9); stb r5,0(r11); stb r6,1(r11)
        li r3,32; fxvsplatb 2,r3; fxvoutx 2,r4,r4; sync 0
        lbz r5,0(r8); lbz r6,0(r9); stb r5,2(r11); stb r6,3(r11)
        fxvoutx 1,r4,r4; sync 0; wait
    """)
    seen = bytes_of(e.memory(ppu, DATA, 1)).reshape(2, 2)
    assert seen[:, ppu].tolist() == [0, 32] and seen[:, 1 - ppu].tolist() == [0, 0]
    assert np.array_equal(e.weights(ppu, 0), before)


@PPUS
@pytest.mark.parametrize("row", ROWS)
def test_weights_are_natural_for_a_processor_and_permuted_on_the_omnibus(ppu: int, row: int) -> None:
    e = PPUExperiment()
    weights = np.random.default_rng(row).permutation(np.arange(256) % 64)
    write_row_by(e, ppu, "WEIGHTS", row, weights)
    assert np.array_equal(e.weights(ppu, row), weights)
    assert np.array_equal(window(e, ppu, 0, row), permuted(weights))
    assert np.array_equal(read_row_by(e, ppu, "WEIGHTS", row), weights)
    assert not e.weights(1 - ppu, row).any() and not e.weights(ppu, (row + 1) % 256).any()


@PPUS
def test_a_processor_reads_what_the_host_wrote(ppu: int) -> None:
    e = PPUExperiment()
    rng = np.random.default_rng(ppu)
    place = (halco.SynapseRowOnSynram(100), halco.SynramOnDLS(ppu))
    weights, labels = lola.SynapseWeightRow(), lola.SynapseLabelRow()
    calib = lola.SynapseCorrelationCalibRow()
    weights.values, labels.values = rng.integers(0, 64, (2, 256))
    calib.time_calibs, calib.amp_calibs = rng.integers(0, 4, (2, 256))
    e.write((halco.SynapseWeightRowOnDLS(*place), weights), (halco.SynapseLabelRowOnDLS(*place), labels),
            (halco.SynapseCorrelationCalibRowOnDLS(*place), calib))
    expected = {"WEIGHTS": weights.values, "LABELS": labels.values, "TIME_CALIB": calib.time_calibs,
                "AMP_CALIB": calib.amp_calibs}
    for base, values in expected.items():
        assert np.array_equal(read_row_by(e, ppu, base, 100), np.asarray(values, dtype=int)), base
    # Raw rows are bytes as the Omnibus carries them: weight byte, label byte.
    time, amp = np.asarray(calib.time_calibs, dtype=int), np.asarray(calib.amp_calibs, dtype=int)
    w, d = np.asarray(weights.values, dtype=int), np.asarray(labels.values, dtype=int)
    assert np.array_equal(read_row_by(e, ppu, "RAW", 200), time << 6 | permuted(w))
    assert np.array_equal(read_row_by(e, ppu, "RAW", 201), amp << 6 | d)


@PPUS
def test_the_four_parts_of_a_synapse_do_not_disturb_each_other(ppu: int) -> None:
    e = PPUExperiment()
    rng = np.random.default_rng(5)
    values = {"WEIGHTS": rng.integers(0, 64, 256), "TIME_CALIB": rng.integers(0, 4, 256),
              "LABELS": rng.integers(0, 64, 256), "AMP_CALIB": rng.integers(0, 4, 256)}
    for base in (*values, *values):
        if base == "WEIGHTS":
            values[base] = rng.permutation(values[base])
        write_row_by(e, ppu, base, 31, values[base])
    place = (halco.SynapseRowOnSynram(31), halco.SynramOnDLS(ppu))
    calib = e.read(halco.SynapseCorrelationCalibRowOnDLS(*place))
    labels = e.read(halco.SynapseLabelRowOnDLS(*place))
    assert np.array_equal(e.weights(ppu, 31), values["WEIGHTS"])
    assert np.array_equal(np.asarray(labels.values, dtype=int), values["LABELS"])
    assert np.array_equal(np.asarray(calib.time_calibs, dtype=int), values["TIME_CALIB"])
    assert np.array_equal(np.asarray(calib.amp_calibs, dtype=int), values["AMP_CALIB"])
    # The label bits are in their places on the Omnibus.
    assert np.array_equal(window(e, ppu, 0x40000, 31) & 0x3F, values["LABELS"])


def test_raw_rows_can_be_written() -> None:
    e = PPUExperiment()
    raw = np.random.default_rng(1).permutation(256)
    write_row_by(e, TOP, "RAW", 2 * 40, raw)
    write_row_by(e, TOP, "RAW", 2 * 40 + 1, raw[::-1])
    assert np.array_equal(e.weights(TOP, 40), permuted(raw & 0x3F))
    assert np.array_equal(read_row_by(e, TOP, "TIME_CALIB", 40), raw >> 6)
    assert np.array_equal(read_row_by(e, TOP, "LABELS", 40), raw[::-1] & 0x3F)
    assert np.array_equal(read_row_by(e, TOP, "AMP_CALIB", 40), raw[::-1] >> 6)


def test_only_enabled_bytes_are_written() -> None:
    """The condition of a comparison with zero chooses them."""
    e = PPUExperiment()
    signs = np.where(K % 3 == 0, 1, np.where(K % 3 == 1, 0xFF, 0))
    e.write_memory(TOP, DATA, words_of(signs))
    e.run(TOP, """
        li r4,0; li r5,DATA; fxvlax 1,r4,r5; fxvcmpb 1
        li r3,10; fxvsplatb 2,r3; fxvoutx 2,r4,r4,1
        li r3,20; fxvsplatb 3,r3; fxvoutx 3,r4,r4,2
        li r3,30; fxvsplatb 5,r3; li r6,1; fxvoutx 5,r4,r6,3
        sync 0; wait
    """)
    weights = e.weights(TOP, 0)
    assert np.array_equal(weights[::2], np.choose(K % 3, [10, 20, 0]))
    assert np.array_equal(weights[1::2], np.choose(K % 3, [0, 0, 30]))


@PPUS
def test_switch_rows(ppu: int) -> None:
    """Behind the last row of synapses are the switches of the columns."""
    e = PPUExperiment()
    rng = np.random.default_rng(9)
    causal, acausal = rng.integers(0, 2, (2, 256))
    current = rng.integers(0, 4, 256)
    write_row_by(e, ppu, "WEIGHTS", 256, 0x20 * causal)
    write_row_by(e, ppu, "LABELS", 256, 0x20 * acausal)
    write_row_by(e, ppu, "TIME_CALIB", 256, current)
    for number in range(0, 64, 7):
        quad = halco.SynapseQuadColumnOnDLS(number)
        place = halco.Enum(64 * ppu + number)
        correlation = e.read(halco.ColumnCorrelationQuadOnDLS(place))
        currents = e.read(halco.ColumnCurrentQuadOnDLS(place))
        for entry in halco.iter_all(halco.EntryOnQuad):
            column = 8 * (int(quad) % 32) + int(quad) // 32 + 2 * int(entry)
            switch = correlation.get_switch(entry)
            assert switch.enable_cadc_neuron_readout_causal == causal[column]
            assert switch.enable_cadc_neuron_readout_acausal == acausal[column]
            switch = currents.get_switch(entry)
            assert switch.enable_synaptic_current_excitatory == current[column] & 1
            assert switch.enable_synaptic_current_inhibitory == current[column] >> 1
    assert np.array_equal(read_row_by(e, ppu, "WEIGHTS", 256) & 0x20, 0x20 * causal)
    assert np.array_equal(read_row_by(e, ppu, "LABELS", 256) & 0x20, 0x20 * acausal)
    assert np.array_equal(read_row_by(e, ppu, "TIME_CALIB", 256), current)


# -- column ADC ------------------------------------------------------------------------------------------------------


def read_out(seed: int | None = None, noise: bool = False) -> PPUExperiment:
    """A chip with settled neurons, connected to both channels of the column ADC."""
    e = experiment(seed, noise, leak=80, threshold=None)
    leaks = 70 + np.arange(512) % 41
    for circuit in halco.iter_all(halco.AtomicNeuronOnDLS):
        neuron = e.config.neuron_block.atomic_neurons[circuit]
        neuron.leak.v_leak = int(leaks[int(circuit.toEnum())]) * 5
    e.configure()
    e.run(200)
    lab = PPUExperiment(chip=e.chip)
    for ppu in (TOP, BOTTOM):
        write_row_by(lab, ppu, "WEIGHTS", 256, 0x20)
        write_row_by(lab, ppu, "LABELS", 256, 0x20)
    return lab


SAMPLES = ("CAUSAL", "CAUSAL+BUFFERED+1", "ACAUSAL+BUFFERED", "ACAUSAL+BUFFERED+1")
"""One conversion: the trigger, and the rest of its results."""


def convert(e: PPUExperiment, ppu: int, *addresses: str) -> np.ndarray:
    """Samples of a row, (2, 256): causal and acausal."""
    vectors = read_vectors(e, ppu, *(addresses or SAMPLES))
    return np.stack([by_columns(*vectors[:2]), by_columns(*vectors[2:4])])


def host_samples(e: PPUExperiment, hemisphere: int, row: int = 0) -> np.ndarray:
    place = halco.CADCSampleRowOnDLS(halco.SynapseRowOnSynram(row), halco.SynramOnDLS(hemisphere))
    sample = e.read(place)
    return np.stack([np.asarray(sample.causal), np.asarray(sample.acausal)]).astype(int)


@PPUS
@pytest.mark.parametrize(("seed", "noise", "tolerance"), [(None, False, 0), (3, True, 6)], ids=["ideal", "noisy"])
def test_samples_are_those_of_the_host(ppu: int, seed: int | None, noise: bool, tolerance: int) -> None:
    e = read_out(seed, noise)
    host, mine = host_samples(e, ppu), convert(e, ppu)
    assert np.abs(mine - host).max() <= tolerance
    assert np.ptp(mine[0]) > 20 and np.abs(mine - host_samples(e, 1 - ppu)).max() > 20
    assert np.abs(np.mean(mine - host)) < 0.5


def test_a_conversion_is_kept_until_the_next_one() -> None:
    """Two conversions differ by noise, all readings of one do not."""
    e = read_out(3, True)
    vectors = read_vectors(
        e, TOP, "CAUSAL", "CAUSAL+BUFFERED", "CAUSAL+BUFFERED+1", "CAUSAL+BUFFERED+1", "ACAUSAL+BUFFERED", "ACAUSAL",
        "ACAUSAL+BUFFERED", "CAUSAL+BUFFERED")
    assert np.array_equal(vectors[0], vectors[1]) and np.array_equal(vectors[2], vectors[3])
    assert np.array_equal(vectors[5], vectors[6])
    assert not np.array_equal(vectors[4], vectors[5]) and not np.array_equal(vectors[1], vectors[7])
    assert np.abs(vectors[4] - vectors[5]).max() < 10


def test_a_conversion_of_one_processor_leaves_the_results_of_the_other_alone() -> None:
    e = read_out(3, True)
    first = convert(e, TOP)
    convert(e, BOTTOM)
    buffered = ("CAUSAL+BUFFERED", *SAMPLES[1:])
    assert np.array_equal(convert(e, TOP, *buffered), first)


@PPUS
def test_samples_over_the_omnibus(ppu: int) -> None:
    """The window of the column ADC: a trigger with its first word, and buffered words of both channels."""
    e = read_out(3, True)
    e.run(ppu, f"""
        LOAD r4,0x80000000+4*({WINDOWS[ppu]}+0x80000); LOAD r5,0x80000000+4*({WINDOWS[ppu]}+0x280000)
        LOAD r6,0x80000000+4*({WINDOWS[ppu]}+0x2c0000); li r7,DATA
        lwz r8,0(r4); stw r8,0(r7); lwz r8,0(r5); stw r8,4(r7); lwz r8,4*32(r5); stw r8,8(r7)
        lwz r8,4*31(r6); stw r8,12(r7); lwz r8,4*63(r6); stw r8,16(r7)
        li r4,0; LOAD r6,CAUSAL+BUFFERED; fxvinx 1,r4,r6; addi r6,r6,1; fxvinx 2,r4,r6
        LOAD r6,ACAUSAL+BUFFERED; fxvinx 3,r4,r6; addi r6,r6,1; fxvinx 4,r4,r6
        li r7,DATA+128; fxvstax 1,r4,r7; li r7,DATA+256; fxvstax 2,r4,r7
        li r7,DATA+384; fxvstax 3,r4,r7; li r7,DATA+512; fxvstax 4,r4,r7; sync 0; wait
    """)
    triggered, first, odd, *acausal = e.memory(ppu, DATA, 5).tolist()
    causal_even, causal_odd, acausal_even, acausal_odd = words_of(e.vectors(ppu, DATA + 128, 4)).reshape(4, 32).tolist()
    assert triggered == first == causal_even[0] and odd == causal_odd[0]
    assert acausal == [acausal_even[31], acausal_odd[31]]


def test_the_switch_row_connects_neurons_and_sensors() -> None:
    e = read_out()
    neurons = convert(e, TOP)
    write_row_by(e, TOP, "WEIGHTS", 256, 0)
    parted = convert(e, TOP)
    assert np.abs(parted[0] - neurons[0]).min() > 5 and np.array_equal(parted[1], neurons[1])
    write_row_by(e, TOP, "WEIGHTS", 256, 0x20 * (np.arange(256) < 100))
    mixed = convert(e, TOP)[0]
    assert np.array_equal(mixed[:100], neurons[0, :100]) and np.array_equal(mixed[100:], parted[0, 100:])
    assert np.array_equal(convert(e, BOTTOM)[0], host_samples(e, BOTTOM)[0])


def test_rows_have_their_own_sensors() -> None:
    """The row with pairs of spikes has fallen, as the host sees it; the first row has not."""
    e = prepared(2)
    host_rows_off(e)
    pairs(e, 1.0, 60)
    lab = PPUExperiment(chip=e.chip)
    row = [f"{address}+{2 * ROW}" for address in SAMPLES]
    mine, other = convert(lab, TOP, *row), convert(lab, TOP)
    assert np.array_equal(mine, read_row(e)) and np.array_equal(other, read_row(e, 0))
    assert np.all(other[0, COLUMNS] - mine[0, COLUMNS] > 5)


# -- resets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("payload", "channels"), [(3, (0, 1)), (1, (0,)), (2, (1,)), (0, ())])
def test_correlation_reset(payload: int, channels: tuple[int, ...]) -> None:
    e = prepared()
    host_rows_off(e)
    lab = PPUExperiment(chip=e.chip)
    fresh = read_row(e)
    pairs(e, 1.0, 60)
    pairs(e, -1.0, 60)
    fallen = read_row(e)
    assert np.all(fresh[:, COLUMNS] - fallen[:, COLUMNS] > 10)
    write_vectors(lab, TOP, {f"CAUSAL+{2 * ROW}": np.where(K < 2, payload, 0)})  # columns 0 and 2
    expected = fallen.copy()
    for channel in channels:
        expected[channel, COLUMNS[:2]] = fresh[channel, COLUMNS[:2]]
    assert np.array_equal(read_row(e), expected)


def test_correlation_reset_of_enabled_bytes_only() -> None:
    e = prepared()
    host_rows_off(e)
    lab = PPUExperiment(chip=e.chip)
    fresh = read_row(e)
    pairs(e, 1.0, 60)
    fallen = read_row(e)
    lab.write_memory(TOP, DATA, words_of(K % 2))  # columns 2 and 6
    lab.run(TOP, f"""
        li r4,0; li r5,DATA; fxvlax 1,r4,r5; fxvcmpb 1; li r3,3; fxvsplatb 2,r3
        LOAD r6,CAUSAL+{2 * ROW}; fxvoutx 2,r4,r6,1; LOAD r6,CAUSAL+{2 * ROW + 1}; fxvoutx 2,r4,r6; sync 0; wait
    """)
    after = read_row(e)
    assert np.array_equal(after[:, COLUMNS[1::2]], fresh[:, COLUMNS[1::2]])
    assert np.array_equal(after[:, COLUMNS[::2]], fallen[:, COLUMNS[::2]])


def test_correlation_reset_over_the_omnibus() -> None:
    """A write to the place of a quad, whatever the data."""
    e = prepared()
    host_rows_off(e)
    lab = PPUExperiment(chip=e.chip)
    fresh = read_row(e)
    for number in (0, 1):
        pairs(e, 1.0, 60, number=number)
    fallen = read_row(e)
    lab.run(TOP, f"LOAD r4,0x80000000+4*({WINDOWS[TOP]}+0x90000+{64 * ROW}+1); stw r4,0(r4); wait")
    after, second = read_row(e), [8, 10, 12, 14]
    assert np.array_equal(after[:, second], fresh[:, second]) and np.all(fallen[0, second] < fresh[0, second] - 10)
    assert np.array_equal(np.delete(after, second, axis=1), np.delete(fallen, second, axis=1))


def counters(e: PPUExperiment, hemisphere: int) -> np.ndarray:
    """Spike counters of the neurons of a row, as the host reads them."""
    x = np.arange(256)
    addresses = 0x00122800 + 0x8000 * (x // 128) + 4 * (x % 128 + 128 * hemisphere)
    return np.array([e.peek(int(address)) for address in addresses])


def spiking() -> PPUExperiment:
    """A chip whose neurons count their spikes but do not fire by themselves."""
    e = experiment(None, False, leak=80, threshold=None)
    e.configure()
    e.run(50)
    return PPUExperiment(chip=e.chip)


@PPUS
@pytest.mark.parametrize("way", ["payload", "enable"])
def test_neuron_resets_count_as_spikes(ppu: int, way: str) -> None:
    e = spiking()
    chosen = K % 5 == 2
    e.write_memory(ppu, DATA, words_of(2 * chosen))
    if way == "payload":
        resets = "LOAD r6,CAUSAL+512; fxvoutx 1,r4,r6; fxvsplatb 2,r3; LOAD r6,CAUSAL+513; fxvoutx 2,r4,r6"
    else:
        resets = "fxvcmpb 1; LOAD r6,NEURON_RESET; fxvoutx 1,r4,r6,1; LOAD r6,NEURON_RESET+1; fxvoutx 9,r4,r6"
    e.run(ppu, f"li r4,0; li r3,2; li r5,DATA; fxvlax 1,r4,r5; {resets}; sync 0; wait")
    e.wait(20)
    assert np.array_equal(counters(e, ppu), by_columns(chosen, np.ones(128)))
    assert not counters(e, 1 - ppu).any()


@PPUS
def test_single_neurons_and_counters_over_the_omnibus(ppu: int) -> None:
    """Reset neurons 3 and 200 of the own row two and one times, read their counters, reset one of them."""
    e = spiking()
    places = [0x00122000 + 0x8000 * (x // 128) + 4 * (x % 128 + 128 * ppu) for x in (3, 200)]
    e.run(ppu, f"""
        LOAD r4,0x80000000+4*{places[0]}; LOAD r5,0x80000000+4*{places[1]}; li r11,DATA
        stw r4,0(r4); stw r4,0(r5)
        li r3,5000; mtctr r3; bdnz .
        stw r4,0(r4); li r3,5000; mtctr r3; bdnz .
        lwz r6,0x2000(r4); lwz r7,0x2000(r5); stw r6,0(r11); stw r7,4(r11)
        stw r4,0x3000(r4); lwz r6,0x2000(r4); stw r6,8(r11); wait
    """)
    assert e.memory(ppu, DATA, 3).tolist() == [2, 1, 0]
    assert np.flatnonzero(counters(e, ppu)).tolist() == [200] and not counters(e, 1 - ppu).any()


# -- time ------------------------------------------------------------------------------------------------------------

MEASURED = [  # operation, mean and tolerance of the real system in cycles
    pytest.param("fxvoutx 1,r4,r5", "EXTERNAL_IO", 38, 4, id="external"),
    pytest.param("fxvstax 1,r4,r5", "DATA+0x400", 47, 5, id="store"),
    pytest.param("fxvlax 1,r4,r5", "DATA+0x400", 49, 5, id="load"),
    pytest.param("fxvoutx 1,r4,r5", "WEIGHTS", 20, 2, id="write-weights"),
    pytest.param("fxvinx 1,r4,r5", "WEIGHTS", 20, 2, id="read-weights"),
    pytest.param("fxvoutx 1,r4,r5", "NEURON_RESET", 20, 2, id="neuron-reset"),
    pytest.param("fxvinx 1,r4,r5; fxvinx 2,r4,r6", "CAUSAL", 410, 41, id="conversion"),
]


@PPUS
@pytest.mark.parametrize(("operation", "address", "cycles", "tolerance"), MEASURED)
def test_durations(operation: str, address: str, cycles: int, tolerance: int, ppu: int) -> None:
    """As upstream measures them: the second time, and one cycle less than the difference of the time bases."""
    e = PPUExperiment()
    e.write((halco.CADCConfigOnDLS(ppu), haldls.CADCConfig()))
    e.run(ppu, f"""
        li r4,0; LOAD r5,{address}; LOAD r6,{address}+BUFFERED; li r7,2; mtctr r7
    again: sync 0; mfspr r8,TBL; {operation}; sync 0; mfspr r9,TBL; bdnz again
        subf r9,r8,r9; addi r9,r9,-1; li r7,DATA; stw r9,0(r7); wait
    """)
    assert abs(int(e.memory(ppu, DATA, 1)[0]) - cycles) <= tolerance
