"""What an execution returns: values, times, and how well the chip did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import halco
import haldls
from grenade.common import ChipOnConnection, ConnectionOnExecutor
from grenade.signal_flow.data import TimedBatch
from grenade.signal_flow.per_instance import PerInstance
from lola import Chip


def _chips(chips: Any) -> dict[ChipOnConnection, Chip]:
    if not isinstance(chips, Mapping):
        # Not all of what was given: a chip has hundreds of thousands of lines.
        raise TypeError(f"expected a dict from ChipOnConnection to lola.Chip, got a {type(chips).__name__}")
    for chip in chips.values():
        if not isinstance(chip, Chip):
            raise TypeError(f"expected a lola.Chip, got a {type(chip).__name__}")
    return {ChipOnConnection.coerce(key): chip for key, chip in chips.items()}


def _durations(durations: Any) -> dict[ChipOnConnection, timedelta]:
    if not isinstance(durations, Mapping):
        raise TypeError(f"expected a dict from ChipOnConnection to timedelta, got {durations!r}")
    # A dict of its own, into which the caller may put further chips.
    return {ChipOnConnection.coerce(key): value for key, value in durations.items()}


class OutputDataSnippet:
    """Results of a realtime snippet.

    Attributes
    ----------
    data : dict of int to TimedBatch
        Values by descriptor of `DataOutput` vertices.
    pre_execution_chips : dict of ExecutionInstanceID to dict of ChipOnConnection to lola.Chip
        Settings of the chips, exactly as they were written.
    """

    def __init__(
        self, data: Mapping[int, TimedBatch] | None = None, pre_execution_chips: Mapping[Any, Any] | None = None
    ) -> None:
        self.data: dict[int, TimedBatch] = dict(data or {})
        self._chips: PerInstance[dict[ChipOnConnection, Chip]] = PerInstance(_chips, pre_execution_chips)

    @property
    def pre_execution_chips(self) -> PerInstance[dict[ChipOnConnection, Chip]]:
        return self._chips

    @pre_execution_chips.setter
    def pre_execution_chips(self, chips: Mapping[Any, Any]) -> None:
        self._chips = PerInstance(_chips, chips)

    def batch_size(self) -> int:
        """Number of entries, 0 if nothing was recorded.

        Raises
        ------
        RuntimeError
            Values have different numbers of entries.
        """
        sizes = {values.batch_size() for values in self.data.values()}
        if len(sizes) > 1:
            raise RuntimeError(f"results of a snippet have batches of different sizes: {sorted(sizes)}")
        return next(iter(sizes), 0)

    def merge(self, other: OutputDataSnippet) -> None:
        """Add the results of other execution instances.

        Raises
        ------
        RuntimeError
            Both have values for the same descriptor or chips of the same execution instance.
        """
        twice = self.data.keys() & other.data.keys()
        if twice:
            raise RuntimeError(f"both snippets have values for vertex {min(twice)}")
        common = self._chips.keys() & other._chips.keys()
        if common:
            raise RuntimeError(f"both snippets have chips of execution instance {int(min(common))}")
        self.data.update(other.data)
        self._chips.update(other._chips)

    def __repr__(self) -> str:
        return f"OutputDataSnippet(values of vertices {sorted(self.data)})"


class ExecutionTimeInfo:
    """How long things took.

    Attributes
    ----------
    execution_duration_per_hardware : dict of ConnectionOnExecutor to dict of ChipOnConnection to timedelta
        Time in which programs were sent and answers received.
    realtime_duration_per_execution_instance : dict of ExecutionInstanceID to dict of ChipOnConnection to timedelta
        Time of the chip in realtime sections, summed over the batch.
    execution_duration : timedelta
        Time of the whole run on the clock on the wall.
    """

    def __init__(self) -> None:
        self.execution_duration_per_hardware: dict[ConnectionOnExecutor, dict[ChipOnConnection, timedelta]] = {}
        self.realtime_duration_per_execution_instance: PerInstance[dict[ChipOnConnection, timedelta]] = (
            PerInstance(_durations)
        )
        self.execution_duration = timedelta()

    def merge(self, other: ExecutionTimeInfo) -> None:
        """Add the durations of another execution to these."""
        pairs: tuple[tuple[Any, Any], ...] = (
            (self.execution_duration_per_hardware, other.execution_duration_per_hardware),
            (self.realtime_duration_per_execution_instance, other.realtime_duration_per_execution_instance),
        )
        for mine, theirs in pairs:
            for key, durations in theirs.items():
                into = mine.setdefault(key, {})
                for chip, duration in durations.items():
                    into[chip] = into.get(chip, timedelta()) + duration
        self.execution_duration += other.execution_duration

    def __repr__(self) -> str:
        def listed(durations: Mapping[Any, Mapping[ChipOnConnection, timedelta]]) -> str:
            return ", ".join(
                f"{int(key)}/{int(chip)}: {duration}" for key, chips in durations.items()
                for chip, duration in chips.items()
            ) or "none"

        return (
            f"ExecutionTimeInfo(execution {self.execution_duration}; "
            f"by connection/chip {listed(self.execution_duration_per_hardware)}; "
            f"realtime by execution instance/chip {listed(self.realtime_duration_per_execution_instance)})"
        )


def _array_of(coordinate: Any, container: Any) -> Any:
    return field(default_factory=lambda: halco.TypedArray(coordinate, [container() for _ in range(coordinate.size)]))


@dataclass
class ChipHealth:
    """What counters of a chip and its link counted during an execution, summed over its programs.

    Attributes
    ----------
    hicann_arq_status : haldls.HicannARQStatus
        Packets of the link.
    phy_status : typed array of halco.PhyStatusOnFPGA to haldls.PhyStatus
        Packets and errors of the 8 serial lines.
    crossbar_input_drop_counter : typed array of halco.CrossbarInputOnDLS to haldls.CrossbarInputDropCounter
        Events lost at the 20 inputs of the crossbar.
    crossbar_output_event_counter : typed array of halco.CrossbarOutputOnDLS to haldls.CrossbarOutputEventCounter
        Events at its 12 outputs.
    """

    hicann_arq_status: haldls.HicannARQStatus = field(default_factory=haldls.HicannARQStatus)
    phy_status: Any = _array_of(halco.PhyStatusOnFPGA, haldls.PhyStatus)
    crossbar_input_drop_counter: Any = _array_of(halco.CrossbarInputOnDLS, haldls.CrossbarInputDropCounter)
    crossbar_output_event_counter: Any = _array_of(halco.CrossbarOutputOnDLS, haldls.CrossbarOutputEventCounter)


class InstanceHealth:
    """Health of the chips of an execution instance.

    Attributes
    ----------
    chips : dict of ChipOnConnection to ExecutionHealthInfo.ExecutionInstance.Chip
        Health by chip.
    """

    Chip = ChipHealth

    def __init__(self, chips: Mapping[ChipOnConnection, ChipHealth] | None = None) -> None:
        self.chips: dict[ChipOnConnection, ChipHealth] = dict(chips or {})

    def __repr__(self) -> str:
        return f"ExecutionInstance({self.chips!r})"


def _instance_health(value: Any) -> InstanceHealth:
    if not isinstance(value, InstanceHealth):
        raise TypeError(f"expected an ExecutionHealthInfo.ExecutionInstance, got a {type(value).__name__}")
    return value


class ExecutionHealthInfo:
    """How well chips and links did.

    Attributes
    ----------
    execution_instances : dict of ExecutionInstanceID to ExecutionHealthInfo.ExecutionInstance
        Health by execution instance.
    """

    ExecutionInstance = InstanceHealth

    def __init__(self) -> None:
        self.execution_instances: PerInstance[InstanceHealth] = PerInstance(_instance_health)

    def merge(self, other: ExecutionHealthInfo) -> None:
        """Add the execution instances of another execution.

        Raises
        ------
        RuntimeError
            Both know the same chip of an execution instance.
        """
        for instance, health in other.execution_instances.items():
            into = self.execution_instances.setdefault(instance, InstanceHealth())
            twice = into.chips.keys() & health.chips.keys()
            if twice:
                raise RuntimeError(f"both know chip {int(min(twice))} of execution instance {int(instance)}")
            into.chips.update(health.chips)

    def __repr__(self) -> str:
        chips = [
            f"{int(instance)}/{int(chip)}" for instance, health in self.execution_instances.items()
            for chip in health.chips
        ]
        return f"ExecutionHealthInfo(execution instance/chip {', '.join(chips) or 'none'})"


class OutputData:
    """Results of an execution.

    Attributes
    ----------
    snippets : list of OutputDataSnippet
        Results of the realtime snippets.
    execution_time_info : ExecutionTimeInfo or None
        How long things took.
    execution_health_info : ExecutionHealthInfo or None
        How well chips and links did.
    read_ppu_symbols : list of dict of ExecutionInstanceID to dict of ChipOnConnection to dict of str to value
        For each entry of the batch the symbols of the embedded processors that were asked for.
    """

    def __init__(self) -> None:
        self.snippets: list[OutputDataSnippet] = []
        self.execution_time_info: ExecutionTimeInfo | None = None
        self.execution_health_info: ExecutionHealthInfo | None = None
        self.read_ppu_symbols: list[dict[Any, Any]] = []

    def batch_size(self) -> int:
        """Number of entries, 0 if nothing was recorded.

        Raises
        ------
        RuntimeError
            The snippets that recorded something have different numbers of entries.
        """
        sizes = {snippet.batch_size() for snippet in self.snippets if snippet.data}
        sizes |= {len(self.read_ppu_symbols)} if any(self.read_ppu_symbols) else set()
        if len(sizes) > 1:
            raise RuntimeError(f"results have batches of different sizes: {sorted(sizes)}")
        return next(iter(sizes), 0)

    def empty(self) -> bool:
        """Whether no values were recorded."""
        return not any(snippet.data for snippet in self.snippets)

    def __repr__(self) -> str:
        return f"OutputData({len(self.snippets)} snippets, {self.execution_time_info!r})"
