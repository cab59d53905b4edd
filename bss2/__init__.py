"""bss2: the command line of the stack."""

from importlib.metadata import version

__version__ = version("bss2")
