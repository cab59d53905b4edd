"""The log of hxtorch."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import hxtorch
from hxtorch.log import set_up


def test_names_of_the_logger() -> None:
    log = hxtorch.logger.get("hxtorch.test")
    for level in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
        assert isinstance(hxtorch.logger.LogLevel[level], int)
        assert callable(getattr(log, level)) and callable(getattr(log, level.lower()))


def test_several_arguments_are_joined(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "hxtorch"):
        hxtorch.logger.get("hxtorch.test").INFO("Accuracy: ", 0.5)
        hxtorch.logger.get("hxtorch.test").info("loss")
    assert caplog.messages == ["Accuracy: 0.5", "loss"]


@contextmanager
def fresh() -> Iterator[logging.Logger]:
    """The root of all loggers, without outputs, and with the level that it has at the start of Python."""
    root, own = logging.getLogger(), logging.getLogger("hxtorch")
    before = root.level, own.level, root.handlers
    root.handlers = []
    root.setLevel(logging.WARNING)
    own.setLevel(logging.NOTSET)
    try:
        yield root
    finally:
        root.setLevel(before[0])
        own.setLevel(before[1])
        root.handlers = before[2]


def test_without_any_output_the_log_is_set_up() -> None:
    with fresh() as root:
        root.setLevel(logging.DEBUG)
        set_up()
        assert root.level == logging.WARNING and len(root.handlers) == 1
        assert logging.getLogger("hxtorch").level == logging.INFO


def test_what_somebody_set_up_stays() -> None:
    with fresh() as root:
        output = logging.NullHandler()
        root.addHandler(output)
        root.setLevel(logging.ERROR)
        set_up()
        assert root.level == logging.ERROR and root.handlers == [output]
        assert logging.getLogger("hxtorch").level == logging.NOTSET


def test_the_root_has_a_level() -> None:
    with fresh() as root:
        hxtorch.logger.set_loglevel(hxtorch.logger.get_root(), hxtorch.logger.LogLevel.ERROR)
        assert root.level == logging.ERROR
