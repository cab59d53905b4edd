"""Execution instances: what runs at the same time on one chip, its settings, and its additions to the programs."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

import calix
import lola
from calix.common.base import CalibResult, StatefulConnection
from calix.files import PathLike, chip_from_file, load_native
from calix.spiking import SpikingCalibOptions, SpikingCalibTarget
from calix.spiking.neuron import NeuronCalibTarget
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID
from grenade.execution import ExecutionInstanceHooks
from grenade.network import CADCRecording, PlasticityRule
from hxtorch.hardware import require_executor
from hxtorch.spiking.neuron_placement import NeuronPlacement
from hxtorch.spiking.utils.calib_helper import nightly_calix_native_path
from stadls import AbsoluteTimePlaybackProgramBuilder, PlaybackProgramBuilder

_log = logging.getLogger("hxtorch.spiking.execution_instance")
_ids = count()
_BUILDERS = (
    "pre_static_config", "pre_realtime", "inside_realtime_begin", "inside_realtime_end", "post_realtime",
)


@runtime_checkable
class CalibratedPopulation(Protocol):
    """A module whose neurons are calibrated."""

    def calib_changed_since_last_run(self) -> bool:
        """Whether its parameters are not those of the last calibration."""

    def reset_calib_changed_since_last_run(self) -> None:
        """Take the parameters as they are."""

    def calibration_from_params(self, target: SpikingCalibTarget) -> Any:
        """Write the parameters into a target."""

    def params_from_calibration(self, target: SpikingCalibTarget) -> None:
        """Take the parameters from a target."""

    def set_trainable_params(self, chip: lola.Chip) -> None:
        """Write trainable parameters into the settings of a chip."""


class ExecutionInstance:
    """What runs at the same time on one chip.

    Parameters
    ----------
    calib_path : path-like, optional
        File of a calibration, see `load_calib`.
    calib_cache_dir : path-like or sequence of path-like, optional
        Folders that keep results of calibrations; default none.
    input_loopback : bool
        Record input spikes on the chip, and use them in place of those that were sent.

    Attributes
    ----------
    ID : ExecutionInstanceID
        Number in the network; no two instances have the same.
    chip : lola.Chip or None
        Settings of the chip; may be assigned. Without `calib_path`, populations are calibrated for nevertheless.
    calib_path : path-like or None
        Where the settings come from. As long as there is one, nothing is calibrated.
    calib : CalibResult or None
        Result of the calibration that the settings come from.
    calib_cache_dir : path-like, sequence of path-like, or None
        As the parameter.
    input_loopback : bool
        As the parameter.
    neuron_placement : NeuronPlacement
        Places of all neurons.
    id_counter : int
        Number for the next neuron.
    has_madc_recording : bool
        Whether a population records with the MADC.
    modules : list
        Modules that run here.
    injection_pre_static_config, injection_pre_realtime, injection_inside_realtime_begin : PlaybackProgramBuilder
        Additions to the programs, or None, see `grenade.execution.ExecutionInstanceHooks.Chip`. They are copied for
        each run.
    injection_inside_realtime : AbsoluteTimePlaybackProgramBuilder
        As before, with absolute times.
    injection_inside_realtime_end, injection_post_realtime : PlaybackProgramBuilder
        As before.
    write_ppu_symbols : dict of str to dict
        Values of symbols of the PPU programs, by hemisphere.
    read_ppu_symbols : set of str
        Symbols that are read after each entry of a batch.

    Raises
    ------
    RuntimeError, ValueError
        The file is no calibration.
    """

    def __init__(
        self, calib_path: PathLike | None = None, calib_cache_dir: PathLike | Sequence[PathLike] | None = None,
        input_loopback: bool = False,
    ) -> None:
        self.ID = ExecutionInstanceID(next(_ids))
        self._chip: lola.Chip | None = None
        self.calib_path: PathLike | None = None
        self.calib: CalibResult | None = None
        self.calib_cache_dir = calib_cache_dir
        self.input_loopback = input_loopback
        self.neuron_placement = NeuronPlacement()
        self.id_counter = 0
        self.has_madc_recording = False
        self.modules: list[Any] = []
        self.injection_pre_static_config: PlaybackProgramBuilder | None = None
        self.injection_pre_realtime: PlaybackProgramBuilder | None = None
        self.injection_inside_realtime_begin: PlaybackProgramBuilder | None = None
        self.injection_inside_realtime: AbsoluteTimePlaybackProgramBuilder | None = None
        self.injection_inside_realtime_end: PlaybackProgramBuilder | None = None
        self.injection_post_realtime: PlaybackProgramBuilder | None = None
        self.write_ppu_symbols: dict[str, Any] = {}
        self.read_ppu_symbols: set[str] = set()
        self._is_read_back = False
        if calib_path is not None:
            self.load_calib(calib_path)

    @property
    def chip(self) -> lola.Chip | None:
        """Settings of the chip; shared, not a copy."""
        return self._chip

    @chip.setter
    def chip(self, chip: lola.Chip | None) -> None:
        if chip is not None and not isinstance(chip, lola.Chip):
            raise TypeError(f"chip of {self!r} is a {type(chip).__name__}, expected a lola.Chip or None")
        self._chip = chip

    def __hash__(self) -> int:
        return hash(self.ID)

    def __repr__(self) -> str:
        return f"ExecutionInstance({int(self.ID)})"

    @property
    def chip_coordinate(self) -> tuple[ChipOnConnection, ConnectionOnExecutor]:
        """Chip that the modules run on: its number on a connection, and the number of the connection."""
        for module in self.modules:
            coordinate = getattr(module, "chip_coordinate", None)
            if coordinate is not None:
                return coordinate[0], coordinate[1]
        return ChipOnConnection(), ConnectionOnExecutor()

    # -- calibration -----------------------------------------------------------------------------------------------

    def load_calib(self, calib_path: PathLike) -> lola.Chip:
        """Take the settings of the chip from a file.

        Parameters
        ----------
        calib_path : path-like
            ``*.pkl``: result of a calibration, from which populations also take their parameters; such a file can run
            any code. Anything else: list of coordinates and containers.

        Returns
        -------
        lola.Chip
            The settings.

        Raises
        ------
        RuntimeError
            The file cannot be opened.
        ValueError
            It is something else.
        """
        calib, chip = _load(calib_path)
        self.calib_path, self.calib, self.chip, self._is_read_back = calib_path, calib, chip, False
        return chip

    def calibrate(self) -> None:
        """Bring settings of the chip and parameters of populations together, where one of them is new.

        With a file, populations take their parameters from it, if it knows them. Without one, the chip is calibrated
        for the parameters; an instance without populations gets the nightly calibration.

        Raises
        ------
        RuntimeError
            A calibration is needed, but the hardware is not initialised, or is no simulated chip in this process.
        CalibError
            The parameters are none that the chip can be calibrated to.
        AttributeError
            Populations disagree in what the whole chip has in common.
        """
        populations = [module for module in self.modules if isinstance(module, CalibratedPopulation)]
        changed = any(each.calib_changed_since_last_run() for each in populations)
        if self.calib_path is not None:
            if self.chip is None:
                self.load_calib(self.calib_path)
            if changed or not self._is_read_back:
                self._read_back(populations)
        elif not populations:
            if self.chip is None:
                self.calib, self.chip = _load(nightly_calix_native_path())
        elif changed or self.chip is None:
            self._calibrate_for(populations)

    def _read_back(self, populations: Sequence[CalibratedPopulation]) -> None:
        """Let populations take their parameters from the file."""
        if self.calib is None and populations:
            _log.warning(
                "%r has the calibration %s, which does not tell its targets: parameters stay as they are", self,
                os.fspath(self.calib_path or ""),
            )
        for population in populations:
            if self.calib is not None:
                population.params_from_calibration(self.calib.target)
            population.reset_calib_changed_since_last_run()
        self._is_read_back = True

    def _calibrate_for(self, populations: Sequence[CalibratedPopulation]) -> None:
        """Calibrate the chip for the parameters of populations."""
        # Should it fail, the next run has to try again: populations take note of what they write into a target.
        self.chip = self.calib = None
        target = SpikingCalibTarget(neuron_target=NeuronCalibTarget.DenseDefault)
        target.neuron_target.synapse_dac_bias = None
        target.neuron_target.i_synin_gm = [None, None]
        for population in populations:
            population.calibration_from_params(target)
        _calm_others(target.neuron_target, self.neuron_placement.occupied())
        calib = calix.calibrate(target, SpikingCalibOptions(), self._cache_paths(), connection=self._connection())
        self.calib, self.chip = calib, calib.to_chip()

    def _cache_paths(self) -> list[PathLike]:
        if self.calib_cache_dir is None:
            return []
        if isinstance(self.calib_cache_dir, (str, os.PathLike)):
            return [self.calib_cache_dir]
        return list(self.calib_cache_dir)

    def _connection(self) -> StatefulConnection:
        chip, connection = self.chip_coordinate
        return StatefulConnection(require_executor().state_of(connection).connection, int(chip))

    def set_neuron_parameters_on_chip(self) -> None:
        """Write trainable parameters into the settings of the chip, which is calibrated before if that is needed."""
        if self.chip is None:
            self.calibrate()
        assert self.chip is not None
        for module in self.modules:
            if isinstance(module, CalibratedPopulation):
                module.set_trainable_params(self.chip)

    # -- network ---------------------------------------------------------------------------------------------------

    @property
    def cadc_neurons(self) -> list[CADCRecording.Neuron]:
        """Circuits that the CADC records."""
        return [neuron for _, neurons in self._recorded() for neuron in neurons]

    @property
    def record_cadc_into_dram(self) -> bool | None:
        """Whether samples of the CADC are kept in the large external memory; None if there are none.

        Raises
        ------
        RuntimeError
            Populations want different things.
        """
        wanted = {bool(module.enable_cadc_recording_placement_in_dram) for module, _ in self._recorded()}
        if len(wanted) > 1:
            raise RuntimeError(
                f"populations of {self!r} disagree about enable_cadc_recording_placement_in_dram, expected the same "
                "for all that record with the CADC"
            )
        return next(iter(wanted), None)

    def _recorded(self) -> list[tuple[Any, list[CADCRecording.Neuron]]]:
        """Modules that record with the CADC, and their circuits."""
        found = [(module, module.cadc_neurons()) for module in self.modules if hasattr(module, "cadc_neurons")]
        return [(module, neurons) for module, neurons in found if neurons]

    def cadc_recordings(self) -> CADCRecording:
        """What the CADC records, for a network.

        Raises
        ------
        AssertionError
            It records nothing.
        """
        neurons = self.cadc_neurons
        assert neurons, f"nothing is recorded with the CADC in {self!r}"
        return CADCRecording(neurons, bool(self.record_cadc_into_dram), chip_on_executor=self.chip_coordinate)

    def plasticity_rules(self) -> list[PlasticityRule]:
        """Rules of the projections, for a network."""
        rules = (getattr(module, "plasticity_rule", None) for module in self.modules)
        return [rule for rule in rules if rule is not None]

    def generate_playback_hooks(self) -> ExecutionInstanceHooks:
        """Additions to the programs, copied."""
        builders: dict[str, Any] = {}
        for name in _BUILDERS:
            given = self._injection(name, PlaybackProgramBuilder)
            if given is not None:
                builders[name] = PlaybackProgramBuilder()
                builders[name].copy_back(given)
        given = self._injection("inside_realtime", AbsoluteTimePlaybackProgramBuilder)
        if given is not None:
            builders["inside_realtime"] = AbsoluteTimePlaybackProgramBuilder()
            builders["inside_realtime"].copy(given)
        hooks = ExecutionInstanceHooks.Chip(
            **builders, write_ppu_symbols=self.write_ppu_symbols, read_ppu_symbols=self.read_ppu_symbols
        )
        return ExecutionInstanceHooks(self.chip_coordinate[0], hooks)

    def _injection(self, name: str, kind: type) -> Any:
        given = getattr(self, f"injection_{name}")
        if given is not None and not isinstance(given, kind):
            raise TypeError(f"injection_{name} of {self!r} is {given!r}, expected a {kind.__name__} or None")
        return given


class ExecutionInstances(set[ExecutionInstance]):
    """Several execution instances; the properties are dicts by `ExecutionInstance.ID`."""

    @property
    def chips(self) -> dict[ExecutionInstanceID, dict[ChipOnConnection, Any]]:
        """Settings of the chips, a `lola.Chip`, or None for those that have none yet."""
        return {instance.ID: {instance.chip_coordinate[0]: instance.chip} for instance in self}

    @property
    def cadc_recordings(self) -> dict[ExecutionInstanceID, CADCRecording]:
        """What the CADC records, of instances where it does."""
        return {instance.ID: instance.cadc_recordings() for instance in self if instance.cadc_neurons}

    @property
    def plasticity_rules(self) -> dict[ExecutionInstanceID, list[PlasticityRule]]:
        """Rules of all projections."""
        return {instance.ID: instance.plasticity_rules() for instance in self}

    @property
    def playback_hooks(self) -> dict[ExecutionInstanceID, ExecutionInstanceHooks]:
        """Additions to the programs."""
        return {instance.ID: instance.generate_playback_hooks() for instance in self}


def _load(path: PathLike) -> tuple[CalibResult | None, lola.Chip]:
    """Result and settings from a file of a calibration."""
    if Path(path).suffix == ".pkl":
        result = load_native(path)
        return result, result.to_chip()
    return None, chip_from_file(path)


def _calm_others(target: NeuronCalibTarget, used: np.ndarray) -> None:
    """Give circuits that belong to no neuron the refractory time of one that does: all share two clocks."""
    if used.size:
        for values in (target.refractory_time, target.holdoff_time):
            others = np.setdiff1d(np.arange(len(values)), used)
            values[others] = values[used[0]]
