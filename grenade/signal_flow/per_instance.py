"""Dicts over execution instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Generic, Self, TypeVar

from grenade.common import ExecutionInstanceID, Time

V = TypeVar("V")


class PerInstance(dict[ExecutionInstanceID, V], Generic[V]):
    """A dict from execution instances to values of one type.

    Keys are `ExecutionInstanceID` or their numbers. Values are checked, and converted where their type accepts them.

    Parameters
    ----------
    convert : callable
        Makes a value, or raises `TypeError` or `ValueError`.
    items : mapping, optional
        First content.
    """

    def __init__(self, convert: Callable[[Any], V], items: Mapping[Any, Any] | None = None) -> None:
        super().__init__()
        self._convert = convert
        self.update(items or {})

    def __setitem__(self, instance: Any, value: Any) -> None:
        super().__setitem__(ExecutionInstanceID.coerce(instance), self._convert(value))

    def __getitem__(self, instance: Any) -> V:
        return super().__getitem__(ExecutionInstanceID.coerce(instance))

    def __delitem__(self, instance: Any) -> None:
        super().__delitem__(ExecutionInstanceID.coerce(instance))

    def __contains__(self, instance: Any) -> bool:
        return super().__contains__(ExecutionInstanceID.coerce(instance))

    def get(self, instance: Any, default: Any = None) -> Any:
        """Value of an instance, or the default."""
        return super().get(ExecutionInstanceID.coerce(instance), default)

    def setdefault(self, instance: Any, default: Any = None) -> V:
        """Value of an instance, which is the default from now on if there was none."""
        if instance not in self:
            self[instance] = default
        return self[instance]

    def pop(self, instance: Any, *default: Any) -> Any:
        """Take the value of an instance out."""
        return super().pop(ExecutionInstanceID.coerce(instance), *default)

    def update(self, items: Any = (), /) -> None:  # type: ignore[override]
        """Set several values."""
        for instance, value in items.items() if isinstance(items, Mapping) else items:
            self[instance] = value

    def __ior__(self, items: Any) -> Self:  # type: ignore[override, misc]
        self.update(items)
        return self

    def copy(self) -> Self:
        """A copy with the same values."""
        # Keys and values have been converted already; a batch has thousands of entries.
        copied = type(self).__new__(type(self))
        copied._convert = self._convert
        dict.update(copied, self)
        return copied

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self._convert, {instance: deepcopy(value, memo) for instance, value in self.items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._convert, dict(self))


class Runtimes(list[PerInstance[Time]]):
    """Runtime of each entry of a batch: for each a dict from execution instances to FPGA cycles.

    Entries are converted when they come in, so that instances and times can be given as numbers.

    Raises
    ------
    TypeError
        An entry is no dict.
    """

    def __init__(self, entries: Iterable[Mapping[Any, Any]] = ()) -> None:
        super().__init__()
        self.extend(entries)

    def extend(self, entries: Iterable[Mapping[Any, Any]]) -> None:
        """Append several entries."""
        super().extend(self._converted(entries))

    def append(self, entry: Mapping[Any, Any]) -> None:
        """Append an entry."""
        self.extend([entry])

    def insert(self, index: Any, entry: Mapping[Any, Any]) -> None:
        """Insert an entry."""
        super().insert(index, *self._converted([entry]))

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            super().__setitem__(index, list(self._converted(value)))
        else:
            super().__setitem__(index, *self._converted([value]))

    def __iadd__(self, entries: Iterable[Mapping[Any, Any]]) -> Self:  # type: ignore[override, misc]
        self.extend(entries)
        return self

    @staticmethod
    def _converted(entries: Iterable[Mapping[Any, Any]]) -> Iterator[PerInstance[Time]]:
        seen: dict[int, PerInstance[Time]] = {}
        for number, entry in enumerate(list(entries)):
            if not isinstance(entry, Mapping):
                raise TypeError(f"runtime of entry {number}: expected a dict from instances to times, got {entry!r}")
            # `[runtimes] * batch_size` has many times the same dict, which is converted once, and copied then: each
            # entry is a dict of its own.
            if id(entry) in seen:
                yield seen[id(entry)].copy()
            else:
                seen[id(entry)] = PerInstance(Time.coerce, entry)
                yield seen[id(entry)]
