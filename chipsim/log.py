"""What all logs of the chip have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self


class Log:
    """Records in order of time, made while programs run, until `stop` or the end of a `with` block.

    When it is full, the oldest records are lost.

    Parameters
    ----------
    tap : chipsim.recorder.Tap
        Where the records come from.
    limit : int
        Most records that are kept.
    *wanted
        What is recorded, for the recorder of the tap.

    Raises
    ------
    ValueError
        A limit below 1.
    """

    noun, items = "log", "records"

    def __init__(self, tap: Any, limit: int, *wanted: Any) -> None:
        if limit < 1:
            raise ValueError(f"the limit of a {self.noun} is {limit} {self.items}, expected at least 1")
        self.limit = limit
        self._tap = tap
        self._recorder = tap.recorder_type(*wanted, limit)
        tap.attach(self._recorder)

    def stop(self) -> None:
        """Record no more; what has been recorded stays."""
        self._tap.detach(self._recorder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def dropped(self) -> int:
        """Number of records that were lost because of the limit."""
        return max(self._recorder.count - self.limit, 0)

    def __len__(self) -> int:
        return self._recorder.count - self.dropped

    def lines(self) -> Iterator[str]:
        """A line of text per record."""
        if self.dropped:
            yield f"({self.dropped} earlier {self.items} are lost)"
        yield from self._lines()

    def _lines(self) -> Iterator[str]:
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} {self.items}, {self.dropped} dropped>"
