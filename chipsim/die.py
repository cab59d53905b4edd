"""Fixed-pattern deviations of one chip. What deviates, and by how much, is the two tables at the top.

The magnitudes are those of the settings that two real chips needed to behave alike (see docs/model-decisions.md).
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

CIRCUITS, QUADRANTS, CHANNELS, DRIVERS, SENSORS = (512,), (4,), (2, 2, 256), (2, 128), (2, 256, 256)
CELLS = (4, 130, 24)
CHIP: tuple[int, ...] = ()
QUADRANT_OF_CIRCUIT = np.arange(512) // 128
"""Quadrant (CapMem block) of a circuit in the order of `AtomicNeuronOnDLS`: 0 and 1 are the top row."""
QUADRANT_OF_CHANNEL = 2 * np.arange(2)[:, None, None] + np.arange(256) // 128 + np.zeros((2, 2, 1), dtype=np.int64)
"""Quadrant of a CADC channel, (2, 2, 256)."""


class Stream(NamedTuple):
    """Random numbers of one origin: the sum of `terms` uniform ones, with standard deviation `sigma` around `mean`.

    Such a sum is bounded, so that every die can be calibrated: by 1.73 sigma with one term (flat), 2.45 with two, 3.46
    with four (nearly normal).
    """

    shape: tuple[int, ...]
    sigma: float
    terms: int = 4
    mean: float = 0.0


STREAMS = {
    # Potentials, V. A source follower has a part that leak and reset share, as they follow each other on real chips.
    "follower quadrant": Stream(QUADRANTS, 34e-3, 1),
    "follower shared": Stream(CIRCUITS, 37e-3),
    "follower leak": Stream(CIRCUITS, 31e-3),
    "follower reset": Stream(CIRCUITS, 31e-3),
    "follower exponential": Stream(CIRCUITS, 31e-3),
    "follower adaptation": Stream(CIRCUITS, 31e-3),
    "follower adaptation reference": Stream(CIRCUITS, 31e-3),
    "follower reversal exc": Stream(CIRCUITS, 31e-3),
    "follower reversal inh": Stream(CIRCUITS, 31e-3),
    "comparator quadrant": Stream(QUADRANTS, 13e-3, 1),
    "comparator": Stream(CIRCUITS, 15e-3),
    "readout quadrant": Stream(QUADRANTS, 17e-3, 1),
    "readout": Stream(CIRCUITS, 22.7e-3),
    # The balanced shifts leave 305 and 275 codes of 0.1 mV below them.
    "input offset exc": Stream(CIRCUITS, 12.3e-3, 2),
    "input offset inh": Stream(CIRCUITS, 11.1e-3, 2),
    # Logarithms of factors.
    "capacitance": Stream(CIRCUITS, 0.02),
    "intrinsic capacitance": Stream(CIRCUITS, 0.1),
    "leak quadrant": Stream(QUADRANTS, 0.06, 1),
    "leak": Stream(CIRCUITS, 0.12),
    "reset": Stream(CIRCUITS, 0.12),
    "line quadrant": Stream(QUADRANTS, 0.15, 1),
    "line exc": Stream(CIRCUITS, 0.2),
    "line inh": Stream(CIRCUITS, 0.2),
    "gm shared": Stream(CIRCUITS, 0.045),
    "gm exc": Stream(CIRCUITS, 0.03),
    "gm inh": Stream(CIRCUITS, 0.03),
    "coba exc": Stream(CIRCUITS, 0.1),
    "coba inh": Stream(CIRCUITS, 0.1),
    "offset current": Stream(CIRCUITS, 0.1),
    "exponential slope": Stream(CIRCUITS, 0.1),
    "adaptation tau": Stream(CIRCUITS, 0.15),
    "adaptation a": Stream(CIRCUITS, 0.1),
    "adaptation b": Stream(CIRCUITS, 0.1),
    "conductance": Stream(CIRCUITS, 0.15),
    "synapse DAC": Stream(QUADRANTS, 0.2, 1),
    # Column and membrane ADC. The ramp starts below its cell.
    "CADC start": Stream(QUADRANTS, 25e-3, 1, mean=-47e-3),
    "CADC slope": Stream(QUADRANTS, 0.07, 1),
    "CADC offset": Stream(CHANNELS, 45e-3),
    "CADC gain": Stream(CHANNELS, 5e-3),
    "MADC offset": Stream(CHIP, 10e-3),
    "MADC gain": Stream(CHIP, 0.02),
    # Synapse drivers.
    "STP block": Stream(QUADRANTS, 0.15, 1),
    "STP ramp": Stream(DRIVERS, 0.08),
    "STP offset": Stream(DRIVERS, 15e-3),
    "hagen offset": Stream(DRIVERS, 50e-3),
    # Correlation sensors.
    "correlation amplitude causal": Stream(SENSORS, 0.35),
    "correlation amplitude acausal": Stream(SENSORS, 0.35),
    "correlation tau causal": Stream(SENSORS, 0.25),
    "correlation tau acausal": Stream(SENSORS, 0.25),
    # CapMem.
    "crosstalk": Stream(CELLS, 0.25),
}

OFFSETS = {
    "follower_leak": ("follower quadrant", "follower shared", "follower leak"),
    "follower_reset": ("follower quadrant", "follower shared", "follower reset"),
    "follower_exp": ("follower quadrant", "follower shared", "follower exponential"),
    "follower_adapt": ("follower quadrant", "follower shared", "follower adaptation"),
    "follower_adapt_ref": ("follower quadrant", "follower shared", "follower adaptation reference"),
    "follower_rev_exc": ("follower quadrant", "follower shared", "follower reversal exc"),
    "follower_rev_inh": ("follower quadrant", "follower shared", "follower reversal inh"),
    "comparator_offset": ("comparator quadrant", "comparator"),
    "readout_offset": ("readout quadrant", "readout"),
    "input_offset_exc": ("input offset exc",),
    "input_offset_inh": ("input offset inh",),
    "cadc_start": ("CADC start",),
    "cadc_offset": ("CADC offset",),
    "madc_offset": ("MADC offset",),
    "stp_offset": ("STP offset",),
    "hagen_offset": ("hagen offset",),
}
"""Attributes that are sums of streams."""

FACTORS = {
    "capacitance": ("capacitance",),
    "intrinsic_capacitance": ("intrinsic capacitance",),
    "leak": ("leak quadrant", "leak"),
    "reset": ("leak quadrant", "reset"),
    "line_exc": ("line quadrant", "line exc"),
    "line_inh": ("line quadrant", "line inh"),
    "gm_exc": ("gm shared", "gm exc"),
    "gm_inh": ("gm shared", "gm inh"),
    "coba_exc": ("coba exc",),
    "coba_inh": ("coba inh",),
    "offset_current": ("offset current",),
    "exp_slope": ("exponential slope",),
    "adapt_tau": ("adaptation tau",),
    "adapt_a": ("adaptation a",),
    "adapt_b": ("adaptation b",),
    "conductance": ("conductance",),
    "synapse_dac": ("synapse DAC",),
    "cadc_slope": ("CADC slope",),
    "cadc_gain": ("CADC gain",),
    "madc_gain": ("MADC gain",),
    "stp_block": ("STP block",),
    "stp_ramp": ("STP ramp",),
}
"""Attributes that are exponentials of sums of streams."""


def _draw(seed: int, name: str) -> Array:
    """Deviations of a stream, float64 of its shape.

    Made of raw bits by exact arithmetic, as numpy keeps those, but not its distributions, from version to version.
    """
    stream = STREAMS[name]
    key = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=16).digest()
    raw = np.random.Philox(key=int.from_bytes(key, "little")).random_raw(int(np.prod(stream.shape, dtype=int)))
    total = np.zeros(stream.shape)
    for k in range(stream.terms):
        total += (raw >> np.uint64(16 * k) & np.uint64(0xFFFF)).reshape(stream.shape)
    uniform_sigma = 65536 / np.sqrt(12)
    return stream.mean + stream.sigma * (total - 32767.5 * stream.terms) / (uniform_sigma * np.sqrt(stream.terms))


class Die:
    """A chip among others of its design: offsets and factors that it keeps for life.

    Every origin of deviations draws from a stream of its own, so that a new one does not move the others. Dies of equal
    seed are equal, also in other processes and on other machines. Arrays are read-only.

    Parameters
    ----------
    seed : int or None
        Any integer; None is a die without deviations, see `ideal`.

    Attributes
    ----------
    follower_leak, follower_reset, follower_exp, follower_adapt, follower_adapt_ref, follower_rev_exc, follower_rev_inh
        (512,), V: added behind the source followers.
    comparator_offset : (512,), V
        Added to the voltage of the threshold cell.
    readout_offset : (512,), V
        Added to what the readout amplifier of a circuit gives.
    input_offset_exc, input_offset_inh : (512,), V
        Input offsets of the OTAs of the synaptic inputs.
    capacitance, intrinsic_capacitance : (512,)
        Factors of switched and intrinsic membrane capacitance.
    leak, reset : (512,)
        Factors of the transconductances.
    line_exc, line_inh : (512,)
        Factors of the conductances that restore the synaptic lines.
    gm_exc, gm_inh : (512,)
        Factors of the transconductances of the synaptic inputs.
    coba_exc, coba_inh : (512,)
        Factors of their modulation by the membrane.
    offset_current, exp_slope, adapt_tau, adapt_a, adapt_b, conductance : (512,)
        Factors of offset current, slope of the exponential term, adaptation, inter-compartment conductance.
    synapse_dac : (4,)
        Factor of the current of the synapses of a quadrant.
    cadc_start : (4,), V
        Start of the ramp of a quadrant above its cell. It has a mean of its own.
    cadc_slope : (4,)
        Factor of the slope of the ramp.
    cadc_offset : (2, 2, 256), V
        Comparator offset of the channels by hemisphere, causal/acausal, and column: added to their input.
    cadc_gain : (2, 2, 256)
        Gain factor of the channels.
    madc_offset : (), V
        Added to the input.
    madc_gain : ()
        Gain factor.
    stp_block : (4,)
        Factor of the ramp current of the synapse drivers that get it from a CapMem block.
    stp_ramp : (2, 128)
        Factor of the ramp current of a driver, by hemisphere.
    stp_offset, hagen_offset : (2, 128), V
        Offset of comparator and activation DAC of a driver.
    correlation_amplitude_causal, correlation_amplitude_acausal, correlation_tau_causal, correlation_tau_acausal
        (2, 256, 256), float32: factors of amplitude and time constant of the correlation sensors, by hemisphere, row,
        and column; drawn when they are first asked for.
    capmem_crosstalk : (4, 130, 24)
        Factor of the crosstalk of a CapMem cell, by block, column, and row; drawn when it is first asked for.
    """

    def __init__(self, seed: int | None):
        self.seed = None if seed is None else int(seed)
        drawn: dict[str, Array] = {}
        for table, kind in ((OFFSETS, np.positive), (FACTORS, np.exp)):
            for name, streams in table.items():
                setattr(self, name, _frozen(kind(self._sum(streams, drawn))))

    if TYPE_CHECKING:  # the attributes come from the tables

        def __getattr__(self, name: str) -> Array: ...

    @classmethod
    def ideal(cls) -> Die:
        """A die that is as the constants of `chipsim.circuits` say."""
        return cls(None)

    def _sum(self, streams: tuple[str, ...], drawn: dict[str, Array]) -> Array:
        if self.seed is None:
            return np.zeros(STREAMS[streams[-1]].shape)
        for name in streams:
            if name not in drawn:
                drawn[name] = _draw(self.seed, name)
        shape = STREAMS[streams[-1]].shape
        parts = (drawn[name] for name in streams)
        return np.sum([p[QUADRANT_OF_CIRCUIT] if p.shape != shape else p for p in parts], axis=0)

    @cached_property
    def correlation_amplitude_causal(self) -> Array:
        return self._sensors("correlation amplitude causal")

    @cached_property
    def correlation_amplitude_acausal(self) -> Array:
        return self._sensors("correlation amplitude acausal")

    @cached_property
    def correlation_tau_causal(self) -> Array:
        return self._sensors("correlation tau causal")

    @cached_property
    def correlation_tau_acausal(self) -> Array:
        return self._sensors("correlation tau acausal")

    @cached_property
    def capmem_crosstalk(self) -> Array:
        return _frozen(np.exp(self._sum(("crosstalk",), {})))

    def _sensors(self, stream: str) -> Array:
        return _frozen(np.exp(self._sum((stream,), {}), dtype=np.float32, casting="same_kind"))

    def __eq__(self, other: object) -> bool:
        return self.seed == other.seed if isinstance(other, Die) else NotImplemented

    def __hash__(self) -> int:
        return hash((Die, self.seed))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.seed,)

    def __repr__(self) -> str:
        return "Die.ideal()" if self.seed is None else f"Die({self.seed})"


def _frozen(values: Any) -> Array:
    values = np.asarray(values)
    values.flags.writeable = False
    return values
