"""Names of the real system: loggers with its levels and set-up calls, on top of the standard library."""

import logging
from enum import IntEnum
from typing import Any


class LogLevel(IntEnum):
    """Levels; TRACE is finer than DEBUG."""

    TRACE = 5
    DEBUG = logging.DEBUG
    INFO = logging.INFO
    WARN = logging.WARNING
    ERROR = logging.ERROR
    FATAL = logging.CRITICAL


logging.addLevelName(LogLevel.TRACE, "TRACE")

_FORMAT = "%(levelname)-5s %(asctime)s %(name)s %(message)s"


class Logger:
    """A logger with the method names of the real system."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)
        self.name = name

    def TRACE(self, *parts: Any) -> None:
        self._log(LogLevel.TRACE, parts)

    def DEBUG(self, *parts: Any) -> None:
        self._log(LogLevel.DEBUG, parts)

    def INFO(self, *parts: Any) -> None:
        self._log(LogLevel.INFO, parts)

    def WARN(self, *parts: Any) -> None:
        self._log(LogLevel.WARN, parts)

    def ERROR(self, *parts: Any) -> None:
        self._log(LogLevel.ERROR, parts)

    def FATAL(self, *parts: Any) -> None:
        self._log(LogLevel.FATAL, parts)

    trace, debug, info, warn, warning, error, fatal = TRACE, DEBUG, INFO, WARN, WARN, ERROR, FATAL

    def _log(self, level: LogLevel, parts: tuple[Any, ...]) -> None:
        self._logger.log(level, "%s", "".join(map(str, parts)))


def get(name: str) -> Logger:
    """Logger of a name."""
    return Logger(name)


def get_root() -> Logger:
    """The logger above all others."""
    return Logger("")


def set_loglevel(logger: Logger, level: LogLevel) -> None:
    """Lowest level that a logger lets through."""
    logger._logger.setLevel(int(level))


def reset() -> None:
    """Remove all outputs."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)


def default_config(
    level: LogLevel = LogLevel.WARN, fname: str = "", dual: bool = False, print_location: bool = False,
    color: bool = True, date_format: str = "",
) -> None:
    """Log to the console, or to a file; with `dual` to both."""
    root = logging.getLogger()
    root.setLevel(int(level))
    formatter = logging.Formatter(
        _FORMAT + (" (%(pathname)s:%(lineno)d)" if print_location else ""), date_format or None
    )
    handlers: list[logging.Handler] = [logging.FileHandler(fname)] if fname else []
    if not fname or dual:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)


def log_to_cout(level: LogLevel = LogLevel.INFO, *options: Any) -> None:
    """Log to the console."""
    default_config(level)


def log_to_file(fname: str, level: LogLevel = LogLevel.INFO, *options: Any) -> None:
    """Log to a file."""
    default_config(level, fname)
