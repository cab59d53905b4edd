"""Array classes of array fields, under the names that the real system gives them.

`SynapseWeightQuad.values_type` is an array of weights indexed by `EntryOnQuad`; one can be made, filled and assigned
to the field. Reading a field gives a view instead, see `haldls.arrays`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import halco
from haldls.capmem import ReferenceGeneratorConfig
from haldls.correlation import CommonCorrelationConfig
from haldls.crossbar import CrossbarNode
from haldls.madc import MADCConfig
from haldls.readout import CurrentDAC, PadMultiplexerConfig, ReadoutSourceSelection
from haldls.synapse import (
    SynapseBiasSelection,
    SynapseCorrelationCalibQuad,
    SynapseLabelQuad,
    SynapseQuad,
    SynapseWeightQuad,
)

# Class, name of the array type, index, element.
TYPES: tuple[tuple[Any, str, Any, Any], ...] = (
    (SynapseWeightQuad, "values_type", halco.EntryOnQuad, SynapseWeightQuad.Value),
    (SynapseLabelQuad, "values_type", halco.EntryOnQuad, SynapseLabelQuad.Value),
    (SynapseCorrelationCalibQuad, "time_calibs_type", halco.EntryOnQuad, SynapseCorrelationCalibQuad.TimeCalib),
    (SynapseCorrelationCalibQuad, "amp_calibs_type", halco.EntryOnQuad, SynapseCorrelationCalibQuad.AmpCalib),
    (ReferenceGeneratorConfig, "_capmem_amplifier_type", halco.CapMemBlockOnDLS,
     ReferenceGeneratorConfig.CapMemAmplifier),
    (ReferenceGeneratorConfig, "_capmem_offset_type", halco.CapMemBlockOnDLS, ReferenceGeneratorConfig.CapMemOffset),
    (ReferenceGeneratorConfig, "_capmem_slope_type", halco.CapMemBlockOnDLS, ReferenceGeneratorConfig.CapMemSlope),
    (MADCConfig, "hemisphere_type", halco.HemisphereOnDLS, bool),
    (MADCConfig, "synapse_target_type", halco.SynapticInputOnNeuron, bool),
    (CurrentDAC, "HemisphereType", halco.HemisphereOnDLS, bool),
    (CurrentDAC, "SynapseTargetType", halco.SynapticInputOnNeuron, bool),
    (PadMultiplexerConfig, "capmem_quadrant_type", halco.CapMemBlockOnDLS, bool),
    (PadMultiplexerConfig, "hemisphere_type", halco.HemisphereOnDLS, bool),
    (PadMultiplexerConfig, "buffer_type", halco.SourceMultiplexerOnReadoutSourceSelection, bool),
    (ReadoutSourceSelection, "source_multiplexer_type", halco.SourceMultiplexerOnReadoutSourceSelection, bool),
    (ReadoutSourceSelection.SourceMultiplexer, "hemisphere_type", halco.HemisphereOnDLS, bool),
    (SynapseBiasSelection, "_bias_selection_type", halco.CapMemBlockOnDLS, bool),
    (CommonCorrelationConfig, "RampOffsets", halco.CapMemBlockOnHemisphere, halco.CapMemBlockOnHemisphere),
)


def _array_type(owner: Any, name: str, key: Any, element: Any) -> type[halco.TypedArray[Any]]:
    def __init__(self: Any, items: Iterable[Any] | None = None) -> None:
        values = [element() for _ in range(key.size)] if items is None else list(items)
        if len(values) != key.size:
            raise ValueError(f"{owner.__name__}.{name} has {key.size} elements, got {len(values)}")
        halco.TypedArray.__init__(self, key, values)

    doc = f"Array of {element.__qualname__} over {key.__name__}."
    return type(name, (halco.TypedArray,), {
        "__init__": __init__, "__doc__": doc, "__module__": owner.__module__,
        "__qualname__": f"{owner.__qualname__}.{name}",
    })


for _owner, _name, _key, _element in TYPES:
    setattr(_owner, _name, _array_type(_owner, _name, _key, _element))

# A raw quad shares the array types of the separate views.
SynapseQuad.weights_type = SynapseWeightQuad.values_type  # type: ignore[attr-defined]
SynapseQuad.labels_type = SynapseLabelQuad.values_type  # type: ignore[attr-defined]
SynapseQuad.time_calibs_type = SynapseCorrelationCalibQuad.time_calibs_type  # type: ignore[attr-defined]
SynapseQuad.amp_calibs_type = SynapseCorrelationCalibQuad.amp_calibs_type  # type: ignore[attr-defined]
CrossbarNode.neuron_label_type = halco.NeuronLabel  # type: ignore[attr-defined]
