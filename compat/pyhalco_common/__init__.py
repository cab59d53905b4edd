"""Names of the real system: `halco.common`."""

from halco.common import *  # noqa: F403
