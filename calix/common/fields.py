"""Fields of targets and options: what they hold, what is checked when they are written, what is usual."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from calix.common.neuron_values import NeuronValues

_log = logging.getLogger("calix")


class Field:
    """A value of a description.

    Parameters
    ----------
    default : object
        Its value unless another one is given.
    low, high : float
        Limits of what may be written.
    usual : (float, float), optional
        Range that is known to work; `Description.warn_of_unusual` tells of others.
    unit : str
        Unit; quantities of the package `quantities` are converted to it.
    optional : bool
        Whether it may be None.
    integer : bool
        Whether it is a whole number.
    """

    def __init__(
        self, default: Any, low: float = -np.inf, high: float = np.inf, *, usual: tuple[float, float] | None = None,
        unit: str = "", optional: bool = False, integer: bool = False,
    ) -> None:
        self.default, self.low, self.high, self.usual = default, low, high, usual
        self.unit, self.optional, self.integer = unit, optional, integer

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner, name

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else vars(instance)[self.name]

    def __set__(self, instance: Any, value: Any) -> None:
        if value is None and not self.optional:
            raise ValueError(f"{self} is None, expected {self._expected()}")
        vars(instance)[self.name] = None if value is None else self.convert(value)

    def convert(self, value: Any) -> Any:
        """What is stored for a value."""
        number = self.check(value)
        if number.ndim:
            raise ValueError(f"{self}: got {value!r}, expected one number")
        return number.item()

    def check(self, values: Any) -> np.ndarray:
        """Numbers, converted to the unit.

        Raises
        ------
        ValueError
            They are no numbers, or not all of them are in the range.
        """
        if hasattr(values, "rescale"):
            values = values.rescale(self.unit or "dimensionless").magnitude
        try:
            numbers = np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            raise ValueError(f"{self}: got {values!r}, expected {self._expected()}") from None
        wrong = ~((numbers >= self.low) & (numbers <= self.high))
        if self.integer:
            wrong |= numbers % 1 != 0
        if wrong.any():
            raise ValueError(f"{self}: got {numbers[wrong].flat[0]:g}, expected {self._expected()}")
        return numbers.astype(np.int64) if self.integer else numbers

    def unusual(self, value: Any) -> int:
        """How many of the numbers are outside of the usual range."""
        if self.usual is None or value is None:
            return 0
        numbers = np.asarray(value, dtype=float)
        return int(np.count_nonzero((numbers < self.usual[0]) | (numbers > self.usual[1])))

    def _expected(self) -> str:
        kind = "whole numbers" if self.integer else "numbers"
        unit = f" {self.unit}" if self.unit else ""
        return f"{kind} from {self.low:g} to {self.high:g}{unit}" + (" or None" if self.optional else "")

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self.owner, self.name)


class Flag(Field):
    """True or False."""

    def convert(self, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{self} is {value!r}, expected {self._expected()}")
        return bool(value)

    def _expected(self) -> str:
        return "True or False" + (", or None" if self.optional else "")


class Several(Field):
    """A fixed number of values, written all at once; a single one is for all of them."""

    def __init__(self, default: Any, count: int, low: float, high: float, **options: Any) -> None:
        super().__init__(default, low, high, **options)
        self.count = count

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        values = vars(instance)[self.name].view()
        values.flags.writeable = False  # single values would not be checked
        return values

    def convert(self, value: Any) -> np.ndarray:
        numbers = self.check(value)
        if numbers.shape not in ((), (self.count,)):
            raise ValueError(f"{self}: got values of shape {numbers.shape}, expected {self.count}")
        return np.broadcast_to(numbers, self.count).copy()


class Bounds:
    """Smallest and largest value of a range.

    Raises
    ------
    ValueError
        The smallest is larger than the largest.
    """

    __slots__ = ("lower", "upper")

    def __init__(self, lower: int = 0, upper: int = 0) -> None:
        if lower > upper:
            raise ValueError(f"a range from {lower} to {upper} has its ends the wrong way round")
        self.lower, self.upper = lower, upper

    def to_tuple(self) -> tuple[int, int]:
        """Both ends."""
        return self.lower, self.upper

    def __eq__(self, other: object) -> bool:
        return self.to_tuple() == other.to_tuple() if isinstance(other, Bounds) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Range({self.lower}, {self.upper})"


class Range(Field):
    """`Bounds`, or a pair that makes one, of whole numbers."""

    def convert(self, value: Any) -> Bounds:
        ends = value.to_tuple() if isinstance(value, Bounds) else value
        numbers = self.check(ends)
        if numbers.shape != (2,) or numbers[0] == numbers[1]:
            raise ValueError(f"{self} is {value!r}, expected two different {self._expected()}")
        return Bounds(*numbers.astype(int).tolist())

    def unusual(self, value: Bounds) -> int:
        return super().unusual(value.to_tuple())


class Undecided(Several):
    """Values that may be None one by one, for as long as nobody has chosen them."""

    def convert(self, value: Any) -> np.ndarray:
        chosen = np.asarray(value.rescale("dimensionless").magnitude if hasattr(value, "rescale") else value)
        missing = [each is None for each in chosen.ravel().tolist()]
        if any(missing):
            if not all(missing) or chosen.shape not in ((), (self.count,)):
                raise ValueError(f"{self} is {value!r}, expected {self.count} {self._expected()}, or all of them None")
            return np.full(self.count, None)
        return super().convert(value)


class PerNeuron(Field):
    """One value for each neuron circuit, see `NeuronValues`."""

    inputs = False

    def convert(self, value: Any) -> NeuronValues:
        return NeuronValues(self, value, self.inputs)


class PerInput(PerNeuron):
    """Values for the excitatory and the inhibitory input of each neuron circuit, see `NeuronValues`."""

    inputs = True


class Reversal(PerInput):
    """As `PerInput`; what is not a finite number means that there is none."""

    def check(self, values: Any) -> np.ndarray:
        if hasattr(values, "rescale"):
            values = values.rescale("dimensionless").magnitude
        numbers = np.asarray(values, dtype=float)
        super().check(numbers[np.isfinite(numbers)])
        return numbers


class Choice(Field):
    """An object of one of some classes."""

    def __init__(self, make: Callable[[], Any] | None, *classes: type, optional: bool = False) -> None:
        super().__init__(None, optional=optional)
        self.make, self.classes = make, classes

    def convert(self, value: Any) -> Any:
        if not isinstance(value, self.classes):
            raise TypeError(f"{self} is {value!r}, expected {self._expected()}")
        return value

    def unusual(self, value: Any) -> int:
        if isinstance(value, Description):
            value.warn_of_unusual()
        return 0

    def _expected(self) -> str:
        return " or ".join(each.__name__ for each in self.classes) + (", or None" if self.optional else "")


class Description:
    """A target or options: fields, which are checked whenever they are written.

    Parameters
    ----------
    **values
        Values of fields that are not to have their defaults.

    Raises
    ------
    TypeError
        There is no field of that name, or a field takes something else.
    ValueError
        A value is out of range or has the wrong shape.
    """

    def __init__(self, **values: Any) -> None:
        for name, field in self.fields():
            if name not in values:
                made = field.make() if isinstance(field, Choice) and field.make is not None else field.default
                setattr(self, name, made)
        for name, value in values.items():
            if not self._has(name):
                raise TypeError(self._unknown(name))
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if not self._has(name):
            raise AttributeError(self._unknown(name))
        super().__setattr__(name, value)

    def _has(self, name: str) -> bool:
        return isinstance(getattr(type(self), name, None), (Field, property))

    def _unknown(self, name: str) -> str:
        return f"{type(self).__name__} has no {name!r}, expected one of {', '.join(n for n, _ in self.fields())}"

    @classmethod
    def fields(cls) -> Iterator[tuple[str, Field]]:
        """Names and fields, in the order of their definition."""
        for each in reversed(cls.__mro__):
            yield from ((name, value) for name, value in vars(each).items() if isinstance(value, Field))

    def warn_of_unusual(self) -> None:
        """Log a warning for each field with values outside of the range that is known to work."""
        for name, field in self.fields():
            count = field.unusual(getattr(self, name))
            if count and field.usual is not None:
                low, high = field.usual
                unit = f" {field.unit}" if field.unit else ""
                _log.warning(
                    "%s: %d of the values are outside of %g to %g%s, the range that is known to work", field, count,
                    low, high, unit,
                )

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_equal(getattr(self, name), getattr(other, name)) for name, _ in self.fields())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name, _ in self.fields())})"


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, (np.ndarray, NeuronValues)) and isinstance(b, (np.ndarray, NeuronValues)):
        x, y = np.asarray(a), np.asarray(b)
        return x.shape == y.shape and bool(np.all((x == y) | ((x != x) & (y != y))))
    return type(a) is type(b) and bool(a == b)
