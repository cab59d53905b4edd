"""The log: set up when `hxtorch` is imported, unless somebody did so before."""

from __future__ import annotations

import logging

import pylogging


def set_up() -> None:
    """Log warnings of all, and what `hxtorch` has to say, to the console, if there is no output yet."""
    if not logging.getLogger().handlers:
        pylogging.reset()
        pylogging.default_config(level=pylogging.LogLevel.WARN)
        pylogging.set_loglevel(pylogging.get("hxtorch"), pylogging.LogLevel.INFO)
