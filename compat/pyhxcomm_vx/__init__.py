"""Names of the real system: connections.

Connections to laboratory hardware do not exist here; asking for one raises RuntimeError.
"""

import socket

from stadls.connection import (
    BaseConnection as ConnectionHandle,
)
from stadls.connection import (
    ConnectionTimeInfo,
    ManagedConnection,
    ZeroMockConnection,
)
from stadls.connection import (
    ManagedZeroMockConnection as ManagedMultiZeroMockConnection,
)
from stadls.hwdb import SimulationEntry, ZeroMockEntry

MultiZeroMockConnectionHandle = ZeroMockConnection


def get_unused_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def get_repo_state() -> str:
    """State of the software; empty without a remote side."""
    return ""
