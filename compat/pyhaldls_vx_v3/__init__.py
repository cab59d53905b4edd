"""Names of the real system: all register containers."""

from haldls import *  # noqa: F403
from haldls import containers
