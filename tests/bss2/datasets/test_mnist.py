"""MNIST from files, folders, the cache and the package."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import zoom

from bss2.datasets import mnist
from bss2.datasets.mnist_files import FILES, IDXFile
from bss2.datasets.resize import crop_and_zoom


def digits(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (n, 28, 28), dtype=np.uint8), random.integers(0, 10, n, dtype=np.uint8)


def arrays() -> dict[str, np.ndarray]:
    (x_train, y_train), (x_test, y_test) = digits(12), digits(5, 1)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def idx(values: np.ndarray) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def write_folder(folder: Path, compressed: bool) -> None:
    folder.mkdir(exist_ok=True)
    for name, values in arrays().items():
        file = folder / (FILES[name].name if compressed else FILES[name].name.removesuffix(".gz"))
        file.write_bytes(gzip.compress(idx(values), mtime=0) if compressed else idx(values))


def check(split: mnist.Split) -> None:
    for name, values in arrays().items():
        np.testing.assert_array_equal(getattr(split, name), values)
    assert split.x_train.dtype == np.uint8 and split.y_test.dtype == np.int64


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch, tmp_path):
    """Neither the variable nor the user's cache of this machine."""
    monkeypatch.delenv("BSS2_MNIST", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)


def test_npz(tmp_path, monkeypatch):
    np.savez(tmp_path / "digits.npz", **arrays())
    check(mnist.load(tmp_path / "digits.npz"))
    monkeypatch.setenv("BSS2_MNIST", str(tmp_path / "digits.npz"))
    check(mnist.load())


@pytest.mark.parametrize("compressed", [False, True])
def test_folder(tmp_path, compressed):
    write_folder(tmp_path / "folder", compressed)
    check(mnist.load(str(tmp_path / "folder")))


def test_cache(tmp_path):
    with pytest.raises(FileNotFoundError, match="embedded"):
        mnist.load(download=False)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "bss2").mkdir()
    write_folder(tmp_path / "cache" / "bss2" / "mnist", True)
    check(mnist.load(download=False))


def test_download(tmp_path, monkeypatch):
    write_folder(tmp_path / "mirror", True)
    known = {}
    for name, file in FILES.items():
        data = (tmp_path / "mirror" / file.name).read_bytes()
        known[name] = IDXFile(file.name, len(data), hashlib.md5(data).hexdigest())
    monkeypatch.setattr(mnist, "FILES", known)
    monkeypatch.setattr(mnist, "MIRRORS", ("nonsense:", f"file://{tmp_path}/mirror/"))
    check(mnist.load())
    assert len(list((tmp_path / "cache" / "bss2" / "mnist").iterdir())) == 4


def test_download_of_something_else(tmp_path, monkeypatch):
    write_folder(tmp_path / "mirror", True)
    monkeypatch.setattr(mnist, "MIRRORS", (f"file://{tmp_path}/mirror/",))
    with pytest.raises(FileNotFoundError, match=r"not the 9,912,422 expected ones.*BSS2_MNIST"):
        mnist.load()
    assert list((tmp_path / "cache" / "bss2" / "mnist").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"x_train": np.zeros((12, 27, 28), np.uint8)}, r"x_train is uint8 \(12, 27, 28\)"),
        ({"x_test": np.zeros((5, 28, 28))}, "x_test is float64"),
        ({"y_test": np.zeros(4, np.uint8)}, r"y_test is uint8 \(4,\), expected integers \(5,\)"),
        ({"y_train": np.full(12, 10, np.uint8)}, "labels 10 to 10"),
    ],
)
def test_wrong_arrays(tmp_path, change, text):
    np.savez(tmp_path / "digits.npz", **(arrays() | change))
    with pytest.raises(ValueError, match=text):
        mnist.load(tmp_path / "digits.npz")


def test_wrong_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        mnist.load(tmp_path / "nothing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ValueError, match="not an .npz file"):
        mnist.load(tmp_path / "text")
    np.savez(tmp_path / "part.npz", x_train=digits(2)[0])
    with pytest.raises(ValueError, match="y_train"):
        mnist.load(tmp_path / "part.npz")
    with pytest.raises(FileNotFoundError, match="neither train-images-idx3-ubyte.gz nor"):
        mnist.load(tmp_path)
    with pytest.raises(ValueError, match="size 20"):
        mnist.load(size=20)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("train-images-idx3-ubyte", b"hello", "68656c6c"),
        ("train-images-idx3-ubyte", idx(digits(2)[0])[:-1], "1,567 bytes"),
        ("train-images-idx3-ubyte.gz", b"hello", "damaged"),
        ("train-images-idx3-ubyte.gz", gzip.compress(idx(digits(2)[0]))[:-9], "damaged"),
    ],
)
def test_damaged_idx_files(tmp_path, name, content, text):
    write_folder(tmp_path, False)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=text):
        mnist.load(tmp_path)


def test_small_images_are_those_of_scipy():
    images = digits(20)[0]
    expected = np.stack([zoom(image[2:-2, 2:-2], 16 / 24) for image in images])
    np.testing.assert_array_equal(crop_and_zoom(images), expected)


def test_load_small(tmp_path):
    np.savez(tmp_path / "digits.npz", **arrays())
    split = mnist.load(tmp_path / "digits.npz", size=16)
    assert split.x_train.shape == (12, 16, 16) and split.x_train.dtype == np.uint8


def test_embedded():
    split = mnist.embedded()
    assert split.x_train.shape == (3000, 16, 16) and split.x_test.shape == (1000, 16, 16)
    assert (np.bincount(split.y_train) == 300).all() and (np.bincount(split.y_test) == 100).all()
    assert set(np.unique(split.x_train)) == set(range(0, 256, 17))
    assert split.y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_packing_keeps_the_grey_values():
    random = np.random.default_rng(3)
    images = random.integers(0, 256, (40, 16, 16), dtype=np.uint8)
    labels = np.repeat(np.arange(10), 4)
    packed = mnist.pack(mnist.Split(images, labels, images, labels), 20, 10)
    assert packed["x_train"].shape == (20, 128) and packed["y_test"].tolist() == list(range(10))
    restored = 17 * np.stack([packed["x_test"] >> 4, packed["x_test"] & 15], axis=-1).reshape(-1, 16, 16)
    assert np.abs(restored.astype(int) - images[::4]).max() <= 8


def test_first():
    split = mnist.embedded().first(30, 20)
    assert len(split.x_train) == len(split.y_train) == 30 and len(split.x_test) == len(split.y_test) == 20
    for arguments in ((0, 5), (3001, None), (5, 1001)):
        with pytest.raises(ValueError, match="images: there are 1 to"):
            mnist.embedded().first(*arguments)
