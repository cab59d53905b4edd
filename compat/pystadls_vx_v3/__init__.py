"""Names of the real system: playback programs."""

from stadls import *  # noqa: F403
from stadls import from_json, from_portablebinary, generate, run, to_json, to_portablebinary
