"""Coordinates of the BrainScaleS-2 chip (version 3), its FPGA and its boards.

A coordinate names one of many equal things: a neuron circuit, a synapse row, a register container. See
``halco.common`` for types that do not depend on the chip.
"""

from . import common as common
from . import coordinates as _coordinates
from .bulk import convert, from_enums, grid_to_enums, pair_to_enums, split_enums, to_enums
from .core import Coordinate, Enum, RangedInt, X, Y
from .errors import ArrayKeyError, ImplicitRangeError, RangeOverflowError, RangeUnderflowError
from .iteration import iter_all
from .logical_neuron import LogicalNeuronCompartments, LogicalNeuronOnDLS
from .typed_array import TypedArray, TypedArrayBase

spikeio_serial_bits = 8
"""Bits of an event label on the serial spike interface of the FPGA."""

_generated = {name: cls for name, cls in _coordinates.types.items() if "." not in name} | _coordinates.enum_types
globals().update(_generated)

__all__ = [
    "ArrayKeyError", "Coordinate", "Enum", "ImplicitRangeError", "LogicalNeuronCompartments", "LogicalNeuronOnDLS",
    "RangeOverflowError", "RangeUnderflowError", "RangedInt", "TypedArray", "TypedArrayBase", "X", "Y", "common",
    "convert", "from_enums", "grid_to_enums", "iter_all", "pair_to_enums", "spikeio_serial_bits", "split_enums",
    "to_enums", *_generated,
]  # fmt: skip
