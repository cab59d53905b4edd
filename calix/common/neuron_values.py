"""Values of all neuron circuits, or of both inputs of all of them, checked when they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

import halco

SIZE = halco.AtomicNeuronOnDLS.size
INPUTS = 2


class Rule(Protocol):
    """What values have to be."""

    unit: str

    def check(self, values: Any) -> np.ndarray:
        """The values as numbers; ValueError for those that are not allowed."""


class NeuronValues(np.lib.mixins.NDArrayOperatorsMixin):
    """Values of the 512 neuron circuits in the order of `AtomicNeuronOnDLS`: an array that knows what it may hold.

    Indices are those of an array, or an `AtomicNeuronOnDLS`. Operators and functions of numpy give plain arrays.

    Parameters
    ----------
    rule : Rule
        What the values have to be.
    values : array_like
        A number, or (512,). Of inputs also a pair, (2, 512) or (512, 2): excitatory, inhibitory.
    inputs : bool
        Whether the values are those of the two synaptic inputs.

    Attributes
    ----------
    shape : tuple of int
        (512,), or (2, 512) if the values of the two inputs were given one by one.

    Raises
    ------
    ValueError
        The shape is another one, or values are not allowed.
    """

    def __init__(self, rule: Rule, values: Any, inputs: bool = False) -> None:
        self._rule, self._inputs = rule, inputs
        self._values = self._spread(rule.check(values))

    def _spread(self, values: np.ndarray) -> np.ndarray:
        shapes: tuple[tuple[int, ...], ...] = ((), (SIZE,))
        if self._inputs:
            shapes += ((INPUTS,), (INPUTS, 1), (INPUTS, SIZE), (SIZE, INPUTS))
        if values.shape not in shapes:
            raise ValueError(
                f"{self._rule}: got values of shape {values.shape}, expected one of {', '.join(map(str, shapes))}"
            )
        if values.shape in ((), (SIZE,)):
            return np.broadcast_to(values, SIZE).copy()
        if values.shape == (SIZE, INPUTS):
            return values.T.copy()
        return np.broadcast_to(values.reshape(INPUTS, -1), (INPUTS, SIZE)).copy()

    # -- as an array -----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self._values.shape

    @property
    def size(self) -> int:
        """Number of circuits."""
        return SIZE

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values.tolist() if self._values.ndim == 1 else self._values.copy())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, halco.AtomicNeuronOnDLS):
            chosen = self.to_numpy()[int(index.toEnum())]
        else:
            chosen = self._values[index]
        if isinstance(chosen, np.ndarray):
            chosen = chosen.copy()
            chosen.flags.writeable = False  # writing into what is only a copy would be lost
        return chosen

    def __setitem__(self, index: Any, values: Any) -> None:
        values = self._rule.check(values)
        if isinstance(index, halco.AtomicNeuronOnDLS):
            index = (..., int(index.toEnum()))
            if values.ndim:
                self._separate()
        try:
            self._values[index] = values
        except ValueError as error:
            raise ValueError(f"{self._rule}: {error}") from error

    def _separate(self) -> None:
        """Give each input values of its own."""
        if self._inputs and self._values.ndim == 1:
            self._values = np.stack([self._values] * INPUTS)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._values, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = (each._values if isinstance(each, NeuronValues) else each for each in inputs)
        return getattr(ufunc, method)(*plain, **options)

    # -- as the typed arrays of the real system --------------------------------------------------------------------

    def fill(self, value: Any) -> None:
        """Give all circuits one value, a number, or a pair for the two inputs."""
        self._values = self._spread(self._rule.check(value))

    def from_numpy(self, values: Any) -> None:
        """Take new values, (512,), of inputs also (512, 2) or (2, 512)."""
        self._values = self._spread(self._rule.check(values))

    def to_numpy(self) -> np.ndarray:
        """Copy of the values, (512,), of inputs (512, 2)."""
        if not self._inputs:
            return self._values.copy()
        return np.broadcast_to(self._values, (INPUTS, SIZE)).T.copy()

    def as_quantity(self) -> Any:
        """The same with its unit, for the package `quantities`.

        Raises
        ------
        ImportError
            The package is not installed.
        """
        import quantities

        return quantities.Quantity(self.to_numpy(), self._rule.unit)

    def __repr__(self) -> str:
        if self._values.ndim == 1 and (self._values == self._values[0]).all():
            return f"{self._values[0]:g} for all"
        return f"{self.shape}, {np.fmin.reduce(self._values, None):g} to {np.fmax.reduce(self._values, None):g}"

    def __copy__(self) -> NeuronValues:
        return NeuronValues(self._rule, self._values, self._inputs)
