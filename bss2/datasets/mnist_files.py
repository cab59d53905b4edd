"""Where the files of MNIST are, and how they are told to be the right ones."""

from __future__ import annotations

from typing import NamedTuple

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/",)
"""Tried in this order."""


class IDXFile(NamedTuple):
    """One of the four files."""

    name: str
    size: int
    """Bytes, compressed."""
    md5: str
    """Of the compressed file."""


FILES = {
    "x_train": IDXFile("train-images-idx3-ubyte.gz", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    "y_train": IDXFile("train-labels-idx1-ubyte.gz", 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
    "x_test": IDXFile("t10k-images-idx3-ubyte.gz", 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
    "y_test": IDXFile("t10k-labels-idx1-ubyte.gz", 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
}
"""By the array that they hold."""

ENVIRONMENT = "BSS2_MNIST"
"""Environment variable with the file or folder."""
