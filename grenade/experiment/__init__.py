"""Experiments and their results as data: to run, to save, and to load."""

from __future__ import annotations

from grenade.experiment.experiment import INPUT_SPIKE, Experiment, ExperimentError
from grenade.experiment.files import load, load_experiment, load_network, load_result, save
from grenade.experiment.result import Observed, Result, RuleRecording
from stadls.checked_file import (
    CheckedFileError,
    CorruptFileError,
    ForeignFileError,
    FutureVersionError,
    TruncatedFileError,
)

__all__ = [
    "INPUT_SPIKE", "CheckedFileError", "CorruptFileError", "Experiment", "ExperimentError", "ForeignFileError",
    "FutureVersionError", "Observed", "Result", "RuleRecording", "TruncatedFileError", "load", "load_experiment",
    "load_network", "load_result", "save",
]
