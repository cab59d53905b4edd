"""Names of the real system: all coordinates, and `common`."""

from halco import *  # noqa: F403
from halco import common
