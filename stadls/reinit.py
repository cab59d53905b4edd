"""Reinitialisation of an executor that several users share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stadls.program import PlaybackProgram
from stadls.run import run


class ReinitStackEntry:
    """Entry of the stack of programs that restore the state of the hardware before it is used again.

    A connection that no one else uses needs no restoring: with `enforce` the request is executed at once, without
    it nothing happens.

    Parameters
    ----------
    connection : Connection
        Executor.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._popped = False

    def set(
        self,
        pbmem_request: Sequence[PlaybackProgram],
        pbmem_snapshot: Sequence[PlaybackProgram] | None = None,
        enforce: bool = True,
    ) -> None:
        """Fill the entry.

        Parameters
        ----------
        pbmem_request : sequence of PlaybackProgram
            One write-only program per FPGA.
        pbmem_snapshot : sequence of PlaybackProgram, optional
            Reads that replace the request when the hardware is released.
        enforce : bool
            Whether the request is executed before the next use in any case.

        Raises
        ------
        RuntimeError
            The entry was removed, or a request contains reads.
        """
        if self._popped:
            raise RuntimeError("the entry has been removed from the stack")
        requests = list(pbmem_request)
        for i, program in enumerate(requests):
            if program.size_from_fpga():
                raise RuntimeError(f"request {i} contains reads; requests are write-only")
        if enforce:
            run(self._connection, requests)

    def pop(self) -> None:
        """Remove the entry."""
        self._popped = True
