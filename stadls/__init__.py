"""stadls: timed playback programs, their exact instruction words, and their execution."""

from __future__ import annotations

from stadls.absolute_time import (
    AbsoluteTimePlaybackProgramBuilder,
    AbsoluteTimePlaybackProgramContainerTicket,
)
from stadls.builder import PLAYBACK_MEMORY_SIZE, PlaybackProgramBuilder
from stadls.connection import (
    Connection,
    ConnectionTimeInfo,
    Exchange,
    ManagedConnection,
    ManagedZeroMockConnection,
    RecordingConnection,
    ZeroMockConnection,
    connection_from_environment,
)
from stadls.dumper import (
    DumperDone,
    PlaybackProgramBuilderDumper,
    convert_to_builder,
    convert_to_chip,
    convert_to_dumper,
    from_json,
    from_portablebinary,
    to_json,
    to_portablebinary,
)
from stadls.files import (
    CorruptFileError,
    ForeignFileError,
    FutureVersionError,
    ProgramFileError,
    TruncatedFileError,
    load,
    save,
)
from stadls.generators import (
    ASICAdapterBoardInit,
    ChipInit,
    CubeASICAdapterBoardInit,
    DigitalInit,
    ExperimentInit,
    JboaASICAdapterBoardInit,
    PlaybackGenerator,
    SystemInit,
    generate,
)
from stadls.program import ContainerTicket, EventVector, PlaybackProgram, TicketError
from stadls.reinit import ReinitStackEntry
from stadls.run import ExecutionError, RunTimeInfo, TimeoutNotificationError, UnsupportedTargetError, run
