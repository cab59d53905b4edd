"""MNIST: 28x28 grey images of handwritten digits, 60,000 for training and 10,000 for tests.

LeCun, Cortes, Burges: The MNIST database of handwritten digits, 1998.
"""

from __future__ import annotations

import os
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import platformdirs
from numpy.typing import NDArray

from bss2.datasets.download import fetch
from bss2.datasets.idx import read_idx
from bss2.datasets.mnist_files import ENVIRONMENT, FILES, MIRRORS
from bss2.datasets.resize import crop_and_zoom

SIZES = (28, 16)
_EMBEDDED = "mnist_16x16.npz"
_GREY = 17
"""Step between the 16 grey values of the embedded images."""


class Split(NamedTuple):
    """Images and labels.

    Attributes
    ----------
    x_train, x_test : ndarray of uint8, shape (n, size, size)
        Images, 0 (background) to 255.
    y_train, y_test : ndarray of int64, shape (n,)
        Digits.
    """

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]

    def first(self, train: int | None = None, test: int | None = None) -> Split:
        """The first images of each part.

        Raises
        ------
        ValueError
            There are fewer.
        """
        for name, wanted, images in (("training", train, self.x_train), ("test", test, self.x_test)):
            if wanted is not None and not 1 <= wanted <= len(images):
                raise ValueError(f"{wanted} {name} images: there are 1 to {len(images):,}")
        return Split(self.x_train[:train], self.y_train[:train], self.x_test[:test], self.y_test[:test])


def load(path: str | os.PathLike[str] | None = None, *, size: int = 28, download: bool = True) -> Split:
    """The whole data set.

    It comes from the first of these that is there: `path`, the environment variable `BSS2_MNIST`, the user's cache, the
    usual mirror.

    Parameters
    ----------
    path : path, optional
        A file (.npz with `x_train`, `y_train`, `x_test`, `y_test`), or a folder with the four IDX files, compressed
        or not.
    size : int
        28, or 16: two rows and columns on each side cut off, the rest reduced by cubic splines, as in Cramer et al.
        2022.
    download : bool
        Whether it may be fetched, and kept in the cache.

    Raises
    ------
    FileNotFoundError
        There is none, and it cannot be fetched; the text says what to do.
    ValueError
        The file or folder holds something else; `size` is not possible.
    """
    if size not in SIZES:
        raise ValueError(f"size {size}: possible are {' and '.join(map(str, SIZES))}")
    source = path if path is not None else os.environ.get(ENVIRONMENT)
    split = _read(Path(source)) if source else _cached(download)
    if size == 28:
        return split
    return split._replace(x_train=crop_and_zoom(split.x_train), x_test=crop_and_zoom(split.x_test))


def embedded() -> Split:
    """3,000 training and 1,000 test images of 16x16 pixels with 16 grey values, as many of each digit."""
    packed = np.load(BytesIO(resources.files("bss2.datasets").joinpath(_EMBEDDED).read_bytes()))

    def images(name: str) -> NDArray[np.uint8]:
        pairs: NDArray[np.uint8] = packed[name]
        pixels: NDArray[np.uint8] = np.stack([pairs // 16 * _GREY, pairs % 16 * _GREY], axis=-1)
        return pixels.reshape(-1, 16, 16)

    return Split(
        images("x_train"), packed["y_train"].astype(np.int64), images("x_test"), packed["y_test"].astype(np.int64)
    )


def pack(split: Split, train: int = 3000, test: int = 1000) -> dict[str, NDArray[np.uint8]]:
    """Arrays of the embedded file: the first images of each digit, two pixels in a byte.

    Parameters
    ----------
    split : Split
        The whole data set with 16x16 pixels.
    train, test : int
        Numbers of images, of which each digit gets a tenth.
    """

    def chosen(labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        return np.sort(np.concatenate([np.flatnonzero(labels == digit)[: count // 10] for digit in range(10)]))

    def packed(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        grey = np.rint(images.reshape(len(images), -1) / _GREY).astype(np.uint8)
        return (grey[:, ::2] << 4 | grey[:, 1::2]).astype(np.uint8)

    trained, tested = chosen(split.y_train, train), chosen(split.y_test, test)
    return {
        "x_train": packed(split.x_train[trained]), "y_train": split.y_train[trained].astype(np.uint8),
        "x_test": packed(split.x_test[tested]), "y_test": split.y_test[tested].astype(np.uint8),
    }


def _cached(download: bool) -> Split:
    folder = platformdirs.user_cache_path("bss2") / "mnist"
    missing = [file for file in FILES.values() if not (folder / file.name).exists()]
    if missing and not download:
        raise FileNotFoundError(f"MNIST is not in {folder}: {_ADVICE}")
    for file in missing:
        try:
            fetch([mirror + file.name for mirror in MIRRORS], folder / file.name, file.size, file.md5)
        except OSError as error:
            raise FileNotFoundError(f"MNIST cannot be fetched ({error}): {_ADVICE}") from error
    return _read(folder)


_ADVICE = (
    f"put the four files {', '.join(file.name for file in FILES.values())} into a folder, or their arrays into an .npz "
    f"file (x_train, y_train, x_test, y_test), and name it as path or in {ENVIRONMENT}; "
    "bss2.datasets.mnist.embedded() has 4,000 small images and needs nothing"
)


def _read(source: Path) -> Split:
    if source.is_dir():
        arrays = {name: read_idx(_idx_file(source, file.name)) for name, file in FILES.items()}
    elif source.is_file():
        arrays = _read_npz(source)
    else:
        raise FileNotFoundError(f"{source}: no such file or folder with MNIST")
    for name, images in (("train", arrays["x_train"]), ("test", arrays["x_test"])):
        _check(source, name, images, arrays[f"y_{name}"])
    return Split(
        arrays["x_train"], arrays["y_train"].astype(np.int64), arrays["x_test"], arrays["y_test"].astype(np.int64)
    )


def _read_npz(source: Path) -> dict[str, Any]:
    try:
        with np.load(source) as file:
            return {name: file[name] for name in FILES}
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{source}: not an .npz file, {error}") from None
    except KeyError as error:
        raise ValueError(f"{source}: {error.args[0]}; expected are {', '.join(FILES)}") from None


def _idx_file(folder: Path, name: str) -> Path:
    """File of a name, or its uncompressed form."""
    for candidate in (folder / name, folder / name.removesuffix(".gz")):
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"{folder}: neither {name} nor {name.removesuffix('.gz')} is there")


def _check(source: Path, name: str, images: Any, labels: Any) -> None:
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"{source}: x_{name} is {images.dtype} {images.shape}, expected uint8 (n, 28, 28)")
    if labels.shape != images.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"{source}: y_{name} is {labels.dtype} {labels.shape}, expected integers ({len(images)},)")
    if labels.size and not 0 <= labels.min() <= labels.max() <= 9:
        raise ValueError(f"{source}: y_{name} has labels {labels.min()} to {labels.max()}, expected 0 to 9")
