"""Results of experiments as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Literal

import numpy as np

from grenade.common import PlasticityRuleOnNetwork, PopulationOnNetwork
from grenade.experiment.experiment import Experiment
from grenade.network.extract import CADC_SAMPLE, MADC_SAMPLE_OF_POPULATION, SPIKE
from grenade.signal_flow.output_data import ExecutionHealthInfo, ExecutionTimeInfo

SAMPLE_TYPES = {"spikes": SPIKE, "cadc": CADC_SAMPLE, "madc": MADC_SAMPLE_OF_POPULATION}
"""Element types of what is recorded of populations."""

Arrays = dict[PopulationOnNetwork, np.ndarray]


@dataclass(eq=False)
class Observed:
    """A value that a plasticity rule recorded each time it ran.

    Attributes
    ----------
    name : str
        Name of the observable.
    kind : str
        "synapse", "neuron" or "array".
    owner : int
        Projection or population of the execution instance; 0 for arrays.
    time : ndarray of int64, (batch, periods)
        FPGA cycles since the begin of the realtime section.
    offsets : ndarray of int64, (n + 1,)
        Connection (neuron, element) i has the values from `offsets[i]` to `offsets[i + 1]`, one for each of its
        synapses (circuits).
    data : ndarray of int8, uint8, int16 or uint16, (batch, periods, values)
        The values.
    """

    name: str
    kind: Literal["synapse", "neuron", "array"]
    owner: int
    time: np.ndarray
    offsets: np.ndarray
    data: np.ndarray

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Observed):
            return NotImplemented
        return (self.name, self.kind, self.owner) == (other.name, other.kind, other.owner) and all(
            _same(getattr(self, name), getattr(other, name)) for name in ("time", "offsets", "data")
        )


@dataclass(eq=False)
class RuleRecording:
    """What a plasticity rule recorded.

    Attributes
    ----------
    raw : ndarray of int8, (batch, bytes)
        Memory of a rule with a raw recording; otherwise there are no bytes.
    observed : list of Observed
        Values of a rule with a timed recording.
    """

    raw: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.int8))
    observed: list[Observed] = field(default_factory=list)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RuleRecording):
            return NotImplemented
        return _same(self.raw, other.raw) and self.observed == other.observed


@dataclass(eq=False, repr=False)
class Result:
    """What an experiment recorded. Times are FPGA cycles (8 ns) since the begin of the realtime section.

    Attributes
    ----------
    experiment : Experiment
        The experiment it belongs to.
    spikes : dict of PopulationOnNetwork to ndarray
        Recorded spikes, `grenade.network.extract.SPIKE`: entry of the batch, neuron, compartment, time.
    cadc, madc : dict of PopulationOnNetwork to ndarray
        Samples, `CADC_SAMPLE` (value is signed, 8 bit) and `MADC_SAMPLE_OF_POPULATION` (value has 10 bits): entry of
        the batch, neuron, compartment, circuit on the compartment, time, value.
    plasticity : dict of PlasticityRuleOnNetwork to RuleRecording
        What plasticity rules recorded.
    time_info : ExecutionTimeInfo
        How long things took.
    health_info : ExecutionHealthInfo
        How well chips and links did.
    """

    experiment: Experiment
    spikes: Arrays = field(default_factory=dict)
    cadc: Arrays = field(default_factory=dict)
    madc: Arrays = field(default_factory=dict)
    plasticity: dict[PlasticityRuleOnNetwork, RuleRecording] = field(default_factory=dict)
    time_info: ExecutionTimeInfo = field(default_factory=ExecutionTimeInfo)
    health_info: ExecutionHealthInfo = field(default_factory=ExecutionHealthInfo)

    def __post_init__(self) -> None:
        for name, dtype in SAMPLE_TYPES.items():
            for population, values in getattr(self, name).items():
                if values.dtype != dtype or values.ndim != 1:
                    raise ValueError(
                        f"{name} of {population!r}: expected a flat array of {dtype}, got one of {values.dtype} with "
                        f"shape {values.shape}"
                    )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the result and its experiment to a file; an existing one is replaced."""
        from grenade.experiment.files import save

        save(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Result:
        """Read a result from a file.

        Raises
        ------
        CheckedFileError
            Foreign, truncated, damaged or newer files, or files with something else; the text says which.
        OSError
            The file cannot be read.
        """
        from grenade.experiment.files import load_result

        return load_result(path)

    def __eq__(self, other: object) -> bool:
        """Whether experiment and recorded data are equal; how long it took does not matter."""
        if not isinstance(other, Result):
            return NotImplemented
        arrays = all(
            mine.keys() == others.keys() and all(_same(mine[key], others[key]) for key in mine)
            for mine, others in ((getattr(self, name), getattr(other, name)) for name in SAMPLE_TYPES)
        )
        return arrays and self.plasticity == other.plasticity and self.experiment == other.experiment

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        counts = {name: sum(map(len, getattr(self, name).values())) for name in SAMPLE_TYPES}
        return (
            f"Result({counts['spikes']:,} spikes, {counts['cadc']:,} CADC samples, {counts['madc']:,} MADC samples, "
            f"recordings of {len(self.plasticity)} plasticity rules)"
        )


def _same(a: Any, b: Any) -> bool:
    return a.dtype == b.dtype and np.array_equal(a, b)
