"""Extension modules; everything else is in pyproject.toml."""

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    ext_modules=cythonize(
        [Extension("stadls._wire", ["stadls/_wire.pyx"])],
        language_level=3,
    ),
)
