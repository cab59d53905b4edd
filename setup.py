"""Extension modules; everything else is in pyproject.toml."""

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    ext_modules=cythonize(
        [
            Extension("stadls._wire", ["stadls/_wire.pyx"]),
            Extension("chipsim.registers", ["chipsim/registers.pyx"]),
            Extension("chipsim.responses", ["chipsim/responses.pyx"]),
            Extension("chipsim.padi", ["chipsim/padi.pyx"]),
            Extension("chipsim.network", ["chipsim/network.pyx"]),
            Extension("chipsim.board", ["chipsim/board.pyx"]),
        ],
        language_level=3,
    ),
)
