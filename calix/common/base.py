"""What all calibrations have in common: targets, options, results, and the connection to a chip."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import lola
from calix.common.fields import Description
from stadls import Connection, DumperDone, PlaybackProgramBuilderDumper, convert_to_chip


class Builder(Protocol):
    """Where a result is written to: a builder of playback programs, or a dumper."""

    def write(self, coordinate: Any, config: Any) -> Any:
        """Write a container."""


class CalibTarget(Description):
    """What a calibration is to reach."""


class CalibOptions(Description):
    """How a calibration gets there."""


class StatefulConnection:
    """A connection to the chip that is calibrated.

    Parameters
    ----------
    connection : Connection
        The connection.
    chip_on_connection : int
        Number of the chip.

    Raises
    ------
    RuntimeError
        Something else than a connection, or it has no such chip.
    """

    def __init__(self, connection: Any, chip_on_connection: int = 0) -> None:
        if not isinstance(connection, Connection):
            raise RuntimeError(f"connection is {connection!r}, expected a connection to a chip")
        number = len(connection.get_unique_identifier())
        if not 0 <= int(chip_on_connection) < number:
            raise RuntimeError(f"chip_on_connection is {chip_on_connection}, but there are {number} chips")
        self.connection: Connection = connection
        self.chip_on_connection = int(chip_on_connection)

    def get_unique_identifier(self) -> str:
        """Name of the chip."""
        return self.connection.get_unique_identifier()[self.chip_on_connection]

    @property
    def oracle(self) -> Any:
        """What knows the deviations of a simulated chip.

        Raises
        ------
        RuntimeError
            The chip is not a simulated one in this process.
        """
        connection: Any = self.connection
        while not hasattr(connection, "chip"):
            if not hasattr(connection, "inner"):
                raise RuntimeError(
                    f"{type(self.connection).__name__} has no simulated chip in this process whose deviations are "
                    "known, and there is no calibration that measures them"
                )
            connection = connection.inner
        return connection.chip.oracle


class TopLevelCalibTarget(CalibTarget, ABC):
    """A target for a whole chip, which knows its calibration."""

    @abstractmethod
    def calibrate(self, connection: StatefulConnection, options: Any = None) -> CalibResult:
        """Find settings of the chip that reach the target."""


@dataclass
class CalibResult(ABC):
    """What a calibration found.

    Attributes
    ----------
    target : CalibTarget
        What was asked for.
    options : CalibOptions
        How.
    """

    target: Any
    options: Any

    @abstractmethod
    def apply(self, builder: Builder) -> None:
        """Write the settings.

        Parameters
        ----------
        builder : PlaybackProgramBuilder or PlaybackProgramBuilderDumper
            Where they are added.
        """

    def dump(self) -> DumperDone:
        """All that `apply` writes."""
        dumper = PlaybackProgramBuilderDumper()
        self.apply(dumper)
        return dumper.done()

    def to_chip(
        self, initial_config: PlaybackProgramBuilderDumper | None = None, chip: lola.Chip | None = None
    ) -> lola.Chip:
        """Configuration of a chip with the settings.

        Parameters
        ----------
        initial_config : PlaybackProgramBuilderDumper, optional
            What is written before the settings; stays as it is.
        chip : lola.Chip, optional
            What there was before, default a new chip; stays as it is.
        """
        dumper = PlaybackProgramBuilderDumper()
        if initial_config is not None:
            dumper.copy_back(initial_config)
        self.apply(dumper)
        return convert_to_chip(dumper.done(), chip)
