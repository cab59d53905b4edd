"""Errors of the register floor."""

from __future__ import annotations


class FieldValueError(OverflowError, RuntimeError, TypeError, ValueError):
    """A value does not fit the field it was assigned to.

    The bindings of the real system answer a bad value with one of several built-in exceptions, depending on the
    way it takes through the overloads; this class is all of them, so that a script may catch the one it knows.
    """


class AccessError(RuntimeError):
    """A container was read, written or compared in a way that its registers do not support."""


class DecodeError(FieldValueError):
    """Words read back from the chip hold a bit pattern that no value of the container encodes to."""
