"""Names of the real system: all logical objects."""

from lola import *  # noqa: F403
from lola import containers
