"""Plasticity rules that only record, from the generator to the memory of a chip."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from grenade.network import OnlyRecordingPlasticityRuleGenerator, PlasticityRule
from grenade.ppu import program
from grenade.ppu.plasticity import Handles, SynapseView, Timer, recording_symbol
from grenade.ppu.plasticity import PlasticityRule as Compiled
from tests.chipsim.test_correlation_program import COLUMNS, ROW, host_rows_off, pairs, prepared, read_row
from tests.grenade.ppu.chip_program import ChipProgram
from tests.grenade.ppu.compilers import COMPILERS, needs_compiler
from tests.grenade.ppu.test_kernels import Chip

Observable = OnlyRecordingPlasticityRuleGenerator.Observable
SUBSETS = [set(chosen) for n in range(4) for chosen in itertools.combinations(Observable, n)]
PERIOD = 37_500
"""PPU cycles."""


def compiled(observables: set[Any], *views: SynapseView) -> Compiled:
    rule = OnlyRecordingPlasticityRuleGenerator(observables).generate()
    assert rule.recording is not None
    return Compiled(rule.kernel, (Handles(views, (), (Timer(0, PERIOD, 2),)),), rule.recording.to_ppu())


@pytest.mark.parametrize("observables", SUBSETS, ids=lambda chosen: "+".join(sorted(o.name for o in chosen)) or "none")
def test_rules_have_kernel_and_recording_only(observables: set[Any]) -> None:
    rule = OnlyRecordingPlasticityRuleGenerator(observables).generate()
    each = PlasticityRule.TimedRecording.ObservablePerSynapse
    packed = each(each.Type.int8, each.LayoutPerRow.packed_active_columns)
    assert rule.recording == PlasticityRule.TimedRecording({chosen.name: packed for chosen in observables})
    assert rule == PlasticityRule(kernel=rule.kernel, recording=rule.recording)


@pytest.mark.parametrize("bad", [{"unknown"}, {3}, [None]])
def test_other_observables_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError):
        OnlyRecordingPlasticityRuleGenerator(bad)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("observables", [set(), set(Observable)], ids=["none", "all"])
def test_kernels_compile(observables: set[Any], compiler: str) -> None:
    rule = compiled(observables, SynapseView(0, (1, 2), (3,)), SynapseView(1, (4,), (5, 6)))
    assert recording_symbol(rule) in program.build([rule], compiler=compiler).file.read_symbols()


@needs_compiler
def test_weights_of_all_views_in_all_periods() -> None:
    views = (SynapseView(0, (5, 200, 6), (0, 255)), SynapseView(1, (5,), (9, 3)), SynapseView(0, (7,), (0,)))
    rule = compiled({Observable.weights}, *views)
    chip = Chip(rule, program.build([rule]))
    chip.run(1000)
    recorded = chip.recorded()["weights"]
    for view, values in zip(views, recorded.data, strict=True):
        configured = chip.before[view.hemisphere][np.ix_(view.rows, view.columns)]
        np.testing.assert_array_equal(values, [configured] * 2)
    np.testing.assert_array_equal(chip.after, chip.before)
    np.testing.assert_array_equal(recorded.time // PERIOD, [0, 1])


CORRELATION = [Observable.correlation_causal, Observable.correlation_acausal]


@needs_compiler
@pytest.mark.parametrize("observables", [{CORRELATION[0]}, {CORRELATION[1]}, set(Observable)],
                         ids=["causal", "acausal", "all"])
def test_correlation_is_that_of_the_cadc_and_is_reset(observables: set[Any]) -> None:
    e = prepared()
    view = SynapseView(0, (0, 1, 2, 3, 4, 5, 6, 7), (ROW,))
    rule = compiled(observables, view)
    chip = ChipProgram(e.connection, program.build([rule]))
    host_rows_off(e)
    chip.start()
    without = read_row(e)[:, view.columns]
    pairs(e, 2, 20)
    pairs(e, -2, 20)
    with_pairs = read_row(e)[:, view.columns]
    assert np.all(np.abs(with_pairs - without)[:, COLUMNS] > 3)
    chip.schedule(1000)
    chip.stop()
    assert chip.exit_codes() == [0, 0] and rule.layout is not None
    data = rule.layout.decode(chip.read(recording_symbol(rule)))
    for channel, observable in enumerate(CORRELATION):
        if observable in observables:
            first, second = data[observable.name].data[0][:, 0].astype(np.uint8).astype(int)
            assert np.abs(first - with_pairs[channel]).max() <= 1
            assert np.abs(second - without[channel]).max() <= 1
