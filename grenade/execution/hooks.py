"""What a user adds to the programs of an execution instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grenade.common import ChipOnConnection
from stadls import AbsoluteTimePlaybackProgramBuilder, PlaybackProgramBuilder


class ExecutionInstanceHooks:
    """Builders and PPU symbols that are worked into the programs of an execution instance.

    Parameters
    ----------
    chip_on_connection : ChipOnConnection, optional
        Chip that `chip` is for.
    chip : ExecutionInstanceHooks.Chip, optional
        The hooks. Without them nothing is added.

    Attributes
    ----------
    chips : dict of ChipOnConnection to ExecutionInstanceHooks.Chip
        Hooks by chip.
    """

    class Chip:
        """Hooks for one chip. The builders are taken over: they are empty afterwards.

        Parameters
        ----------
        pre_static_config : PlaybackProgramBuilder
            Before the static configuration, with which it is executed; enforces that all of it is written.
        pre_realtime : PlaybackProgramBuilder
            Once, before the first batch entry.
        inside_realtime_begin : PlaybackProgramBuilder
            In every batch entry, before its real-time section.
        inside_realtime : AbsoluteTimePlaybackProgramBuilder
            In every batch entry; times are those of the events of the last snippet.
        inside_realtime_end : PlaybackProgramBuilder
            In every batch entry, after its real-time section.
        post_realtime : PlaybackProgramBuilder
            Once, after the last batch entry.
        write_ppu_symbols : mapping of str to block
            Values of symbols of the PPU program: for those in internal memory a dict from `HemisphereOnDLS` to
            `PPUMemoryBlock`, else an `ExternalPPUMemoryBlock` or `ExternalPPUDRAMMemoryBlock`.
        read_ppu_symbols : iterable of str
            Symbols that are read after every batch entry.

        Raises
        ------
        TypeError
            Something else than such a builder, or a single name of a symbol.
        """

        def __init__(
            self,
            pre_static_config: PlaybackProgramBuilder | None = None,
            pre_realtime: PlaybackProgramBuilder | None = None,
            inside_realtime_begin: PlaybackProgramBuilder | None = None,
            inside_realtime: AbsoluteTimePlaybackProgramBuilder | None = None,
            inside_realtime_end: PlaybackProgramBuilder | None = None,
            post_realtime: PlaybackProgramBuilder | None = None,
            write_ppu_symbols: Mapping[str, Any] | None = None,
            read_ppu_symbols: Iterable[str] = (),
        ) -> None:
            self.pre_static_config = _taken("pre_static_config", pre_static_config)
            self.pre_realtime = _taken("pre_realtime", pre_realtime)
            self.inside_realtime_begin = _taken("inside_realtime_begin", inside_realtime_begin)
            self.inside_realtime = AbsoluteTimePlaybackProgramBuilder()
            if inside_realtime is not None:
                if not isinstance(inside_realtime, AbsoluteTimePlaybackProgramBuilder):
                    raise TypeError(
                        f"inside_realtime is {inside_realtime!r}, expected an AbsoluteTimePlaybackProgramBuilder"
                    )
                self.inside_realtime.merge(inside_realtime)
            self.inside_realtime_end = _taken("inside_realtime_end", inside_realtime_end)
            self.post_realtime = _taken("post_realtime", post_realtime)
            self.write_ppu_symbols = dict(write_ppu_symbols or {})
            if isinstance(read_ppu_symbols, str):
                raise TypeError(f"read_ppu_symbols is {read_ppu_symbols!r}, expected several names, e.g. in a set")
            self.read_ppu_symbols = set(read_ppu_symbols)

        @property
        def acts_inside(self) -> bool:
            """Whether something happens in every batch entry that may change the chip."""
            builders = (self.inside_realtime_begin, self.inside_realtime, self.inside_realtime_end)
            return not all(builder.empty() for builder in builders)

        def __repr__(self) -> str:
            names = [name for name, value in vars(self).items() if _is_used(value)]
            return f"ExecutionInstanceHooks.Chip({', '.join(names)})"

    def __init__(self, chip_on_connection: Any = None, chip: Chip | None = None) -> None:
        self.chips: dict[ChipOnConnection, ExecutionInstanceHooks.Chip] = {}
        if chip is not None:
            if not isinstance(chip, ExecutionInstanceHooks.Chip):
                raise TypeError(f"chip is {chip!r}, expected an ExecutionInstanceHooks.Chip")
            self.chips[ChipOnConnection.coerce(chip_on_connection or ChipOnConnection())] = chip

    def __repr__(self) -> str:
        return f"ExecutionInstanceHooks({self.chips})"


def _taken(name: str, builder: PlaybackProgramBuilder | None) -> PlaybackProgramBuilder:
    own = PlaybackProgramBuilder()
    if builder is None:
        return own
    if not isinstance(builder, PlaybackProgramBuilder):
        raise TypeError(f"{name} is {builder!r}, expected a PlaybackProgramBuilder")
    own.merge_back(builder)
    return own


def _is_used(value: Any) -> bool:
    return not value.empty() if hasattr(value, "empty") else bool(value)
