"""Settings that vertices of a graph ask for: gathered as arrays, and checked for contradictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class ConfigurationConflict(RuntimeError):
    """Two vertices of an execution instance need different values of one setting of the chip."""


class Requests:
    """Values of one setting, asked for by vertices.

    Parameters
    ----------
    setting : str
        What is set, for messages; with "{}" for the number of the place.
    describe : callable
        Gives the name of a vertex, for messages, from its descriptor.
    """

    def __init__(self, setting: str, describe: Callable[[int], str]) -> None:
        self._setting, self._describe = setting, describe
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, descriptors: Any, places: Any, values: Any) -> None:
        """Ask for values.

        Parameters
        ----------
        descriptors : int or array_like of int, (n,)
            The vertices that ask.
        places : array_like of int, (n,)
            Numbers of the coordinates.
        values : int or array_like of int, (n,)
            Values there.
        """
        places = np.asarray(places, dtype=np.int64).reshape(-1)
        values = np.broadcast_to(np.asarray(values, dtype=np.int64), places.shape)
        self._parts.append((np.broadcast_to(descriptors, places.shape), places, values))

    def resolve(self) -> tuple[np.ndarray, np.ndarray]:
        """Places, (n,), and their values, (n,). A place may occur several times, always with the same value.

        Raises
        ------
        ConfigurationConflict
            Two vertices ask for different values at one place.
        """
        if not self._parts:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        descriptors, places, values = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        self._check(descriptors, places, values)
        return places, values

    def _check(self, descriptors: np.ndarray, places: np.ndarray, values: np.ndarray) -> None:
        if not len(places):
            return
        # Whoever asked last is noted at each place; the others have to agree.
        last = np.zeros(int(places.max()) + 1, np.int64)
        last[places] = np.arange(len(places))
        differing = np.flatnonzero(values[last[places]] != values)
        if len(differing):
            first = differing[0]
            second = last[places[first]]
            what = self._setting.format(places[first])
            raise ConfigurationConflict(
                f"{self._describe(descriptors[first])} and {self._describe(descriptors[second])} need different "
                f"{what}: {values[first]} and {values[second]}"
            )
