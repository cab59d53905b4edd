"""Record of a result."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

import halco
import haldls
from grenade.common import (
    ChipOnConnection,
    ConnectionOnExecutor,
    ExecutionInstanceID,
    PlasticityRuleOnNetwork,
    PopulationOnNetwork,
)
from grenade.experiment.arrays import any_array, array
from grenade.experiment.experiment_record import ExperimentRecord
from grenade.experiment.record import Number, Pair, Record, on_network
from grenade.experiment.result import SAMPLE_TYPES, Observed, Result, RuleRecording
from grenade.network.extract import CADC_SAMPLE, MADC_SAMPLE_OF_POPULATION, SPIKE
from grenade.signal_flow.output_data import ChipHealth, ExecutionHealthInfo, ExecutionTimeInfo, InstanceHealth


class SpikesOfRecord(Record):
    """Spikes of a population, which is given by its number and execution instance."""

    population: Pair
    values: array(SPIKE, None)  # type: ignore[valid-type]


class CADCOfRecord(Record):
    """CADC samples of a population."""

    population: Pair
    values: array(CADC_SAMPLE, None)  # type: ignore[valid-type]


class MADCOfRecord(Record):
    """MADC samples of a population."""

    population: Pair
    values: array(MADC_SAMPLE_OF_POPULATION, None)  # type: ignore[valid-type]


_OF: dict[str, Any] = {"spikes": SpikesOfRecord, "cadc": CADCOfRecord, "madc": MADCOfRecord}


class ObservedRecord(Record):
    """A value that a plasticity rule recorded."""

    name: str
    kind: Literal["synapse", "neuron", "array"]
    owner: Number
    time: array(np.int64, None, None)  # type: ignore[valid-type]
    offsets: array(np.int64, None)  # type: ignore[valid-type]
    data: any_array((np.int8, np.uint8, np.int16, np.uint16), None, None, None)  # type: ignore[valid-type]

    def observed(self) -> Observed:
        """The value; ValueError if the arrays do not fit each other."""
        offsets = self.offsets
        ascending = len(offsets) > 0 and offsets[0] == 0 and (np.diff(offsets) >= 0).all()
        if not ascending or offsets[-1] != self.data.shape[2] or self.time.shape != self.data.shape[:2]:
            raise ValueError(f"observable {self.name!r}: times, offsets and data do not fit each other")
        return Observed(self.name, self.kind, self.owner, self.time, offsets, self.data)


class RuleRecordingRecord(Record):
    """What a plasticity rule, given by its number and execution instance, recorded."""

    rule: Pair
    raw: array(np.int8, None, None)  # type: ignore[valid-type]
    observed: list[ObservedRecord]


Duration = Annotated[int, Field(ge=0)]
"""Microseconds."""


class DurationRecord(Record):
    """Time of a chip of a connection, or of an execution instance."""

    of: Number
    chip: Number
    us: Duration


class TimesRecord(Record):
    """How long things took."""

    hardware: list[DurationRecord]
    realtime: list[DurationRecord]
    total_us: Duration

    @classmethod
    def of(cls, info: ExecutionTimeInfo) -> TimesRecord:
        """Record of the times."""
        return cls(
            hardware=_durations(info.execution_duration_per_hardware),
            realtime=_durations(info.realtime_duration_per_execution_instance),
            total_us=_microseconds(info.execution_duration),
        )

    def info(self) -> ExecutionTimeInfo:
        """The times."""
        info = ExecutionTimeInfo()
        for each in self.hardware:
            chips = info.execution_duration_per_hardware.setdefault(ConnectionOnExecutor(each.of), {})
            chips[ChipOnConnection(each.chip)] = timedelta(microseconds=each.us)
        for each in self.realtime:
            chips = info.realtime_duration_per_execution_instance.setdefault(ExecutionInstanceID(each.of), {})
            chips[ChipOnConnection(each.chip)] = timedelta(microseconds=each.us)
        info.execution_duration = timedelta(microseconds=self.total_us)
        return info


def _microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


def _durations(durations: Any) -> list[DurationRecord]:
    return [
        DurationRecord(of=int(key), chip=int(chip), us=_microseconds(duration))
        for key, chips in durations.items() for chip, duration in chips.items()
    ]


_HEALTH: dict[str, tuple[Any, Any]] = {
    "phy_status": (halco.PhyStatusOnFPGA, haldls.PhyStatus),
    "crossbar_input_drop_counter": (halco.CrossbarInputOnDLS, haldls.CrossbarInputDropCounter),
    "crossbar_output_event_counter": (halco.CrossbarOutputOnDLS, haldls.CrossbarOutputEventCounter),
}
"""Counters of which there are several: their coordinate and container."""


class HealthRecord(Record):
    """How well a chip did: register words of its counters, a row for each."""

    instance: Number
    chip: Number
    hicann_arq_status: array(np.uint32, None)  # type: ignore[valid-type]
    phy_status: array(np.uint32, None, None)  # type: ignore[valid-type]
    crossbar_input_drop_counter: array(np.uint32, None, None)  # type: ignore[valid-type]
    crossbar_output_event_counter: array(np.uint32, None, None)  # type: ignore[valid-type]

    @classmethod
    def of(cls, instance: ExecutionInstanceID, chip: ChipOnConnection, health: ChipHealth) -> HealthRecord:
        """Record of the counters of a chip."""
        rows = {name: np.array([_words(each) for each in getattr(health, name)]) for name in _HEALTH}
        return cls(instance=int(instance), chip=int(chip), hicann_arq_status=_words(health.hicann_arq_status), **rows)

    def health(self) -> ChipHealth:
        """The counters; ValueError if there are not as many as a chip has."""
        health = ChipHealth(_container(haldls.HicannARQStatus, self.hicann_arq_status))
        for name, (coordinate, container) in _HEALTH.items():
            rows = getattr(self, name)
            if len(rows) != coordinate.size:
                raise ValueError(f"{name}: {len(rows)} counters, expected {coordinate.size}")
            setattr(health, name, halco.TypedArray(coordinate, [_container(container, row) for row in rows]))
        return health


def _words(container: Any) -> np.ndarray:
    return np.frombuffer(container._to_bytes(), "<u4").astype(np.uint32)


def _container(kind: Any, words: np.ndarray) -> Any:
    container = kind()
    container._from_bytes(words.astype("<u4").tobytes())
    return container


class ResultRecord(Record):
    """A result with its experiment."""

    experiment: ExperimentRecord
    spikes: list[SpikesOfRecord]
    cadc: list[CADCOfRecord]
    madc: list[MADCOfRecord]
    plasticity: list[RuleRecordingRecord]
    times: TimesRecord
    health: list[HealthRecord]

    @classmethod
    def of(cls, result: Result) -> ResultRecord:
        """Record of a result."""
        arrays = {
            name: [
                _OF[name](population=on_network(population), values=values)
                for population, values in getattr(result, name).items()
            ]
            for name in SAMPLE_TYPES
        }
        plasticity = [
            RuleRecordingRecord(
                rule=on_network(rule), raw=recording.raw,
                observed=[ObservedRecord(**vars(each)) for each in recording.observed],
            )
            for rule, recording in result.plasticity.items()
        ]
        health = [
            HealthRecord.of(instance, chip, each)
            for instance, chips in result.health_info.execution_instances.items() for chip, each in chips.chips.items()
        ]
        return cls(
            experiment=ExperimentRecord.of(result.experiment), plasticity=plasticity,
            times=TimesRecord.of(result.time_info), health=health, **arrays,
        )

    def result(self) -> Result:
        """The result.

        Raises
        ------
        ValueError, RuntimeError
            Its parts do not fit each other, or those of the experiment.
        """
        populations: dict[str, Any] = {
            name: {PopulationOnNetwork(*each.population): each.values for each in getattr(self, name)}
            for name in SAMPLE_TYPES
        }
        health = ExecutionHealthInfo()
        for each in self.health:
            chips = health.execution_instances.setdefault(ExecutionInstanceID(each.instance), InstanceHealth()).chips
            chips[ChipOnConnection(each.chip)] = each.health()
        plasticity = {
            PlasticityRuleOnNetwork(*each.rule): RuleRecording(each.raw, [value.observed() for value in each.observed])
            for each in self.plasticity
        }
        return Result(
            self.experiment.experiment(), plasticity=plasticity, time_info=self.times.info(), health_info=health,
            **populations,
        )
