"""What a user hands over for an execution: values, runtimes, and what happens between the entries of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np

from grenade.common import ExecutionInstanceID, Time
from grenade.signal_flow.data import TimedBatch
from grenade.signal_flow.per_instance import PerInstance, Runtimes


class InputDataSnippet:
    """Input of a realtime snippet, a period in which the configuration stays.

    Parameters
    ----------
    data : dict of int to TimedBatch, optional
        Values by descriptor of `ExternalInput` vertices.
    runtime : list of dict of ExecutionInstanceID to Time, optional
        Runtimes in FPGA cycles (8 ns), for each entry of the batch; instances and times also as numbers.

    Attributes
    ----------
    data, runtime
        As above, to be read and written.
    """

    def __init__(
        self, data: Mapping[int, TimedBatch] | None = None, runtime: Iterable[Mapping[Any, Any]] = ()
    ) -> None:
        self.data: dict[int, TimedBatch] = {}
        for descriptor, values in (data or {}).items():
            if not isinstance(values, TimedBatch):
                raise TypeError(f"InputDataSnippet.data[{descriptor}]: expected a TimedBatch, got {values!r}")
            self.data[int(descriptor)] = values
        self._runtime = Runtimes(runtime)

    @property
    def runtime(self) -> Runtimes:
        return self._runtime

    @runtime.setter
    def runtime(self, entries: Iterable[Mapping[Any, Any]]) -> None:
        self._runtime = Runtimes(entries)

    def runtimes(self, instance: Any) -> np.ndarray | None:
        """(batch,) int64: runtime of an execution instance in each entry, or None if no entry says any.

        Raises
        ------
        RuntimeError
            Some entries have a runtime of the instance, others not.
        """
        key = ExecutionInstanceID.coerce(instance)
        # Keys are of the right type already; a batch has thousands of entries.
        found = [dict.get(entry, key) for entry in self._runtime]
        missing = found.count(None)
        if missing == len(found):
            return None
        if missing:
            raise RuntimeError(
                f"batch entry {found.index(None)} has no runtime for execution instance {int(key)}, but other entries "
                "have one"
            )
        return np.array([int(time) for time in found if time is not None], np.int64)

    def _sizes(self) -> set[int]:
        sizes = {values.batch_size() for values in self.data.values()}
        return sizes | {len(self._runtime)} if self._runtime else sizes

    def batch_size(self) -> int:
        """Number of entries, 0 if there is nothing.

        Raises
        ------
        RuntimeError
            Values and runtimes have different numbers of entries.
        """
        sizes = self._sizes()
        if len(sizes) > 1:
            raise RuntimeError(f"values and runtimes of a snippet have batches of different sizes: {sorted(sizes)}")
        return next(iter(sizes), 0)

    def valid(self) -> bool:
        """Whether all values and runtimes have the same number of entries."""
        return len(self._sizes()) <= 1

    def empty(self) -> bool:
        """Whether there is neither a value nor a runtime."""
        return not self.data and not self._runtime

    def clear(self) -> None:
        """Forget everything."""
        self.data.clear()
        self._runtime.clear()

    def merge(self, other: InputDataSnippet) -> None:
        """Take over all values and runtimes of another snippet, which is empty afterwards.

        Raises
        ------
        RuntimeError
            Both have values for the same descriptor, different runtimes for the same execution instance, or batches
            of different sizes. Both stay as they were.
        """
        if other is self:
            return
        self._check_merge(other)
        self.data.update(other.data)
        if self._runtime:
            for mine, theirs in zip(self._runtime, other._runtime, strict=False):
                mine.update(theirs)
        else:
            self._runtime.extend(other._runtime)
        other.clear()

    def _check_merge(self, other: InputDataSnippet) -> None:
        """Raise what `merge` raises."""
        twice = self.data.keys() & other.data.keys()
        if twice:
            raise RuntimeError(f"both snippets have values for vertex {min(twice)}")
        sizes = self._sizes() | other._sizes()
        if len(sizes) > 1:
            raise RuntimeError(f"the snippets to be merged have batches of different sizes: {sorted(sizes)}")
        for number, (mine, theirs) in enumerate(zip(self._runtime, other._runtime, strict=False)):
            for instance in mine.keys() & theirs.keys():
                if mine[instance] != theirs[instance]:
                    raise RuntimeError(
                        f"the snippets to be merged have runtimes {int(mine[instance])} and {int(theirs[instance])} "
                        f"for execution instance {int(instance)} in batch entry {number}"
                    )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, InputDataSnippet):
            return NotImplemented
        return self.data == other.data and self._runtime == other._runtime

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"InputDataSnippet(values of vertices {sorted(self.data)}, {len(self._runtime)} runtimes)"


def _switch(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"inter_batch_entry_routing_disabled: expected a bool, got {value!r}")
    return bool(value)


class InputData:
    """Input of an execution. It cannot be copied, for its values may be large.

    Parameters
    ----------
    snippets : list of InputDataSnippet, optional
        Realtime snippets, one after the other.

    Attributes
    ----------
    snippets : list of InputDataSnippet
        As above.
    inter_batch_entry_wait : dict of ExecutionInstanceID to Time
        Time between the entries of a batch, FPGA cycles (8 ns).
    inter_batch_entry_routing_disabled : dict of ExecutionInstanceID to bool
        Whether no event gets through the crossbar between entries; an instance that is missing counts as True.
    """

    def __init__(self, snippets: Iterable[InputDataSnippet] = ()) -> None:
        self.snippets: list[InputDataSnippet] = list(snippets)
        self._wait: PerInstance[Time] = PerInstance(Time.coerce)
        self._routing_disabled: PerInstance[bool] = PerInstance(_switch)

    @property
    def inter_batch_entry_wait(self) -> PerInstance[Time]:
        return self._wait

    @inter_batch_entry_wait.setter
    def inter_batch_entry_wait(self, times: Mapping[Any, Any]) -> None:
        self._wait = PerInstance(Time.coerce, times)

    @property
    def inter_batch_entry_routing_disabled(self) -> PerInstance[bool]:
        return self._routing_disabled

    @inter_batch_entry_routing_disabled.setter
    def inter_batch_entry_routing_disabled(self, switches: Mapping[Any, Any]) -> None:
        self._routing_disabled = PerInstance(_switch, switches)

    def batch_size(self) -> int:
        """Number of entries of all snippets, 0 if there is none.

        Raises
        ------
        RuntimeError
            The snippets have different numbers of entries.
        """
        sizes = {snippet.batch_size() for snippet in self.snippets}
        if len(sizes) > 1:
            raise RuntimeError(f"the snippets have batches of different sizes: {sorted(sizes)}")
        return next(iter(sizes), 0)

    def valid(self) -> bool:
        """Whether all snippets have the same number of entries, in all their values and runtimes."""
        return len({size for snippet in self.snippets for size in snippet._sizes() or {0}}) <= 1

    def empty(self) -> bool:
        """Whether no snippet holds anything."""
        return all(snippet.empty() for snippet in self.snippets)

    def clear(self) -> None:
        """Forget everything."""
        self.snippets.clear()
        self._wait.clear()
        self._routing_disabled.clear()

    def merge(self, other: InputData) -> None:
        """Take over everything of another input, snippet by snippet; the other one is empty afterwards.

        Raises
        ------
        RuntimeError
            The numbers of snippets differ (unless one of the inputs has none), snippets cannot be merged, or an
            execution instance has different settings. Both stay as they were.
        """
        if other is self:
            return
        if self.snippets and other.snippets and len(self.snippets) != len(other.snippets):
            raise RuntimeError(
                f"the inputs to be merged have different numbers of snippets: {len(self.snippets)} and "
                f"{len(other.snippets)}"
            )
        for mine, theirs, name in (
            (self._wait, other._wait, "wait"), (self._routing_disabled, other._routing_disabled, "routing_disabled")
        ):
            for instance in mine.keys() & theirs.keys():
                if mine[instance] != theirs[instance]:  # type: ignore[index]
                    raise RuntimeError(f"the inputs differ in inter_batch_entry_{name} of instance {int(instance)}")
        if self.snippets:
            pairs = [pair for pair in zip(self.snippets, other.snippets, strict=False) if pair[0] is not pair[1]]
            for into, snippet in pairs:
                into._check_merge(snippet)
            for into, snippet in pairs:
                into.merge(snippet)
        else:
            self.snippets = list(other.snippets)
        self._wait.update(other._wait)
        self._routing_disabled.update(other._routing_disabled)
        other.clear()

    def __copy__(self) -> NoReturn:
        raise TypeError("InputData cannot be copied")

    def __deepcopy__(self, memo: Any) -> NoReturn:
        raise TypeError("InputData cannot be copied")

    def __repr__(self) -> str:
        return f"InputData({len(self.snippets)} snippets)"
