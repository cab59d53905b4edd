"""Points of the yin-yang symbol.

References
----------
L. Kriener, J. Göltz and M. A. Petrovici, The Yin-Yang dataset, Neuro-Inspired Computational Elements Conference (2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

_WORDS_PER_PAIR = 4
"""Words of 32 bit of the random generator for two coordinates."""


class YinYangDataset(torch.utils.data.Dataset):
    """Points in three classes: yin (0), yang (1), and the two dots (2); as many of each, but for chance.

    A sample is (x, y, 1 - x, 1 - y), float64, and its class, int. Equal seeds give equal points, whatever the size.

    Parameters
    ----------
    r_small, r_big : float
        Radius of the dots and of the symbol, which lies in the square from 0 to 2 `r_big`.
    size : int
        Number of samples.
    seed : int
        Of numpy's RandomState.
    transform : callable, optional
        Applied to a sample when it is taken.

    Raises
    ------
    ValueError
        The dots are larger than the halves of the symbol.
    """

    def __init__(
        self,
        r_small: float = 0.1,
        r_big: float = 0.5,
        size: int = 1000,
        seed: int = 42,
        transform: Callable[[np.ndarray], Any] | None = None,
    ) -> None:
        if 2 * r_small >= r_big:
            raise ValueError(f"r_small is {r_small}, expected less than half of r_big, {r_big}")
        if size < 0:
            raise ValueError(f"size is {size}, expected 0 or more")
        self.r_small, self.r_big, self.transform = r_small, r_big, transform
        self.class_names = ["yin", "yang", "dot"]
        self.rng = np.random.RandomState(seed)
        points, self._targets = self._draw(size)
        self._samples = np.concatenate([points, 1 - points], axis=1)

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        sample = self._samples[index].copy()
        return (self.transform(sample) if self.transform else sample), int(self._targets[index])

    def get_sample(self, goal: int | None = None) -> tuple[float, float, int]:
        """Draw another point.

        Parameters
        ----------
        goal : int, optional
            Its class; any, if it is not given.

        Returns
        -------
        x, y, class
        """
        if goal is None:
            goal = self.rng.randint(3)
        if goal not in (0, 1, 2):
            raise ValueError(f"class is {goal}, expected 0, 1 or 2")
        while True:
            x, y = self.rng.rand(2) * 2 * self.r_big
            if self._is_inside(x, y) and self.which_class(x, y) == goal:
                return float(x), float(y), int(goal)

    def which_class(self, x: Any, y: Any) -> Any:
        """Class of a point of the symbol, or of arrays of points."""
        right, left = self.dist_to_right_dot(x, y), self.dist_to_left_dot(x, y)
        yang = (right <= self.r_small) | ((self.r_small < left) & (left <= 0.5 * self.r_big)) | (
            (y > self.r_big) & (right > 0.5 * self.r_big))
        dot = (right < self.r_small) | (left < self.r_small)
        classes = np.where(dot, 2, np.where(yang, 1, 0))
        return classes if classes.ndim else int(classes)

    def dist_to_right_dot(self, x: Any, y: Any) -> Any:
        """Distance of a point from the centre of the right dot."""
        return np.sqrt((x - 1.5 * self.r_big) ** 2 + (y - self.r_big) ** 2)

    def dist_to_left_dot(self, x: Any, y: Any) -> Any:
        """Distance of a point from the centre of the left dot."""
        return np.sqrt((x - 0.5 * self.r_big) ** 2 + (y - self.r_big) ** 2)

    def _is_inside(self, x: Any, y: Any) -> Any:
        return np.sqrt((x - self.r_big) ** 2 + (y - self.r_big) ** 2) <= self.r_big

    def _draw(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Points (size, 2) and classes, those that `get_sample` would give one by one.

        The words of the generator are drawn in bulk. At each word could begin the draw of a class (its lowest two bits,
        again if they are 3) or of a point (four words), so both are computed for all words, and the samples are found
        by going from word to word.
        """
        points, targets = np.empty((size, 2)), np.empty(size, np.int64)
        begin = self.rng.get_state()
        count = 20 * size + 1024  # a sample takes 17 on average
        done = word = 0
        while done < size:
            self.rng.set_state(begin)
            words = self.rng.randint(0, 2**32, count, dtype=np.uint32)
            x, y = self._coordinates(words)
            classes = np.where(self._is_inside(x, y), self.which_class(x, y), -1)
            done, word = _walk(words, classes, targets, points, x, y)
            count *= 2
        self.rng.set_state(begin)
        self.rng.randint(0, 2**32, word, dtype=np.uint32)
        return points, targets

    def _coordinates(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points that begin at each word."""
        high, low = (words >> 5).astype(np.float64), (words >> 6).astype(np.float64)
        uniform = (high[:-1] * 67108864.0 + low[1:]) / 9007199254740992.0
        scaled = uniform * 2 * self.r_big
        return scaled[:-2], scaled[2:]


def _walk(
    words: np.ndarray, classes: np.ndarray, targets: np.ndarray, points: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[int, int]:
    """Fill targets and points; returns how many there are and the first word that was not used."""
    starts = _next_where(words & 3 != 3, 1)
    hits = [_next_where(classes == goal, _WORDS_PER_PAIR) for goal in range(3)]
    goals = (words & 3).tolist()
    word, found = 0, []
    for k in range(len(targets)):
        start = starts[word]
        if start < 0 or start + 1 >= len(classes) or hits[goals[start]][start + 1] < 0:
            break
        targets[k] = goals[start]
        found.append(hits[goals[start]][start + 1])
        word = found[-1] + _WORDS_PER_PAIR
        if word >= len(words):
            break
    points[:len(found), 0], points[:len(found), 1] = x[found], y[found]
    return len(found), word


def _next_where(condition: np.ndarray, stride: int) -> list[int]:
    """For each index i the first of i, i + stride, i + 2 stride, ... where the condition holds, -1 if there is none."""
    padded = np.concatenate([condition, np.zeros(-len(condition) % stride, bool)])
    none = len(padded)
    indices = np.where(padded, np.arange(none), none).reshape(-1, stride)
    following = np.minimum.accumulate(indices[::-1], axis=0)[::-1].reshape(-1)[:len(condition)]
    return np.where(following < none, following, -1).tolist()
