"""Column ADC: samples of rows, and the whole readout chain of a hemisphere."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from haldls import CADCChannelConfig, CADCConfig, CADCSampleQuad, CapMemCell, CommonCorrelationConfig
from haldls.capmem import ANALOG
from haldls.composite import Composite, Part, struct, struct_array, values_at
from haldls.container import Struct
from haldls.field import unplaced, unplaced_array
from haldls.location import ArrayLocation
from lola.synapse_rows import QUADS, ColumnCorrelationRow, in_columns

_BARS = "·▁▂▃▄▅▆▇"
_SAMPLE = CADCSampleQuad.sample
_ALL_QUADS = np.arange(QUADS)
# Distances in linear numbers of sample quads: acausal channels, buffered access, other hemisphere.
_ACAUSAL, _BUFFERED, _SYNRAM = 16384, 32768, 65536


def _samples(offset: int) -> Any:
    return values_at(
        CADCSampleQuad.Value,
        halco.SynapseOnSynapseRow,
        lambda cls: in_columns(CADCSampleQuad, _SAMPLE.location, offset=offset),
        "samples, 0..255",
    )


def bars(samples: np.ndarray) -> str:
    """One character per sample, higher for larger values."""
    return "".join(_BARS[s // 32] for s in samples)


class CADCSampleRow(
    Composite,
    coordinate=halco.CADCSampleRowOnDLS,
    parts=[
        # The first read triggers the conversion, the others fetch its results.
        Part(
            "causal",
            CADCSampleQuad,
            lambda e: (e // 256 * _SYNRAM + e % 256 * QUADS)[:, None] + np.where(_ALL_QUADS == 0, 0, _BUFFERED)
            + _ALL_QUADS,
            count=QUADS,
        ),
        Part(
            "acausal",
            CADCSampleQuad,
            lambda e: (e // 256 * _SYNRAM + e % 256 * QUADS)[:, None] + _BUFFERED + _ACAUSAL + _ALL_QUADS,
            count=QUADS,
        ),
    ],
    backends=(CADCSampleQuad.back_ends[0],),
):
    """Samples of all columns while a synapse row is connected. Reading it starts a conversion."""

    Value = CADCSampleQuad.Value
    causal = _samples(0)
    acausal = _samples(QUADS)

    def __repr__(self) -> str:
        return (
            f"CADCSampleRow(\n\tcausal:  {bars(self.causal.to_numpy())}\n"
            f"\tacausal: {bars(self.acausal.to_numpy())}\n)"
        )


def _hemisphere(synram: int, causal: bool) -> np.ndarray:
    """Buffered quads of a hemisphere; the first causal one is the trigger read."""
    quads = synram * _SYNRAM + _BUFFERED + _ALL_QUADS
    return quads[1:] if causal else quads + _ACAUSAL


def _of_both(causal: bool) -> ArrayLocation:
    """Places of the samples of both hemispheres, (2, 256)."""
    # Words: trigger top, trigger bottom, then per hemisphere 63 causal and 64 acausal quads.
    rows = []
    for synram in range(2):
        first = 2 + synram * (2 * QUADS - 1)
        words = np.concatenate([[synram], first + np.arange(QUADS - 1)]) if causal else first + QUADS - 1 + _ALL_QUADS
        place = in_columns(CADCSampleQuad, _SAMPLE.location).pieces[0]
        rows.append(place._replace(word=words[place.word]))
    piece = rows[0]._replace(word=np.stack([r.word for r in rows]), lsb=np.stack([r.lsb for r in rows]))
    return ArrayLocation([piece])


class CADCSamples(
    Composite,
    coordinate=halco.CADCSamplesOnDLS,
    parts=[
        Part("triggers", CADCSampleQuad, lambda e: e[:, None] + np.array([0, _SYNRAM]), count=2),
        Part(
            "buffered",
            CADCSampleQuad,
            lambda e: e[:, None]
            + np.concatenate([_hemisphere(synram, causal) for synram in range(2) for causal in (True, False)]),
            count=2 * (2 * QUADS - 1),
        ),
    ],
    backends=(CADCSampleQuad.back_ends[0],),
):
    """Samples of both hemispheres, taken as simultaneously as possible (synapse row 0)."""

    Value = CADCSampleQuad.Value
    causal = values_at(
        CADCSampleQuad.Value, (halco.SynramOnDLS, halco.SynapseOnSynapseRow), lambda cls: _of_both(True),
        "samples of the causal channels, (2, 256)",
    )
    acausal = values_at(
        CADCSampleQuad.Value, (halco.SynramOnDLS, halco.SynapseOnSynapseRow), lambda cls: _of_both(False),
        "samples of the acausal channels, (2, 256)",
    )


# Cells of both CapMem blocks of the hemisphere, in the order in which they are written.
_CELLS = (
    "cadc_v_ramp_offset", "cadc_i_ramp_slope", "cadc_i_bias_comp", "cadc_i_bias_vreset_buf", "cadc_v_bias_ramp_buf",
    "syn_i_bias_ramp", "syn_i_bias_store", "syn_i_bias_corout",
)
_NUMBERS = np.array([getattr(halco.CapMemCellOnCapMemBlock, name).toEnum().value() for name in _CELLS])


def _per_block(name: str) -> list[str]:
    return [f"cells[{name}_{block}]" for block in range(2)]


def _switch(name: str) -> list[str]:
    return [f"switches.{name}[{i}]" for i in range(256)]


def _connections(kind: str) -> dict[str, ArrayLocation]:
    """Places of the switches of the causal or acausal channels, behind the 512 channel registers."""
    row = ColumnCorrelationRow.values
    places = dict(zip(row.struct._names, row.positions, strict=True))
    switches = 1 + 2 * len(_CELLS) + 512
    return {
        "enable_connect_correlation": places[f"enable_internal_{kind}"].moved(switches),
        "enable_connect_debug": places[f"enable_debug_{kind}"].moved(switches),
        "enable_connect_neuron": places[f"enable_cadc_neuron_readout_{kind}"].moved(switches),
    }


class CADCReadoutChain(
    Composite,
    coordinate=halco.CADCOnDLS,
    parts=[
        Part("config", CADCConfig, lambda e: e),
        Part(
            "cells",
            CapMemCell,
            lambda e: 6240 * e[:, None] + np.concatenate([_NUMBERS, 3120 + _NUMBERS]),
            names=[f"{name}_{block}" for block in range(2) for name in _CELLS],
        ),
        Part("channels", CADCChannelConfig, lambda e: 512 * e[:, None] + np.arange(512), count=512),
        Part("switches", ColumnCorrelationRow, lambda e: e),
        Part("correlation_config", CommonCorrelationConfig, lambda e: e),
    ],
):
    """CADC of a hemisphere: ramp, channels and what they are connected to, correlation readout."""

    class Ramp(Struct):
        """Ramp and comparators."""

        AnalogValue = CapMemCell.Value
        AnalogDisableRefresh = CapMemCell.DisableRefresh
        ResetWait = CADCConfig.ResetWait
        DeadTime = CADCConfig.DeadTime

        enable = unplaced(bool, doc="CADC on")
        reset_wait = unplaced(CADCConfig.ResetWait, doc="PPU cycles for pulling the ramp down")
        dead_time = unplaced(CADCConfig.DeadTime, doc="PPU cycles after the ramp")
        v_offset_assignment = unplaced_array(
            halco.CapMemBlockOnHemisphere, halco.CapMemBlockOnHemisphere,
            default=[halco.CapMemBlockOnHemisphere.left, halco.CapMemBlockOnHemisphere.right],
            doc="CapMem block that supplies the ramp start of the left and right half",
        )
        v_offset = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="start of the ramp")
        i_slope = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="slope of the ramp")
        i_bias_comparator = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="bias of the comparators")
        i_bias_vreset_buffer = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="bias of the reset buffer")
        v_bias_buffer = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="bias of the ramp buffer")

    class Channel(Struct):
        """A channel and its connections."""

        Offset = CADCChannelConfig.Offset

        offset = unplaced(CADCChannelConfig.Offset, doc="digital offset")
        enable_connect_correlation = unplaced(bool, doc="connect the column line")
        enable_connect_debug = unplaced(bool, doc="connect the debug line")
        enable_connect_neuron = unplaced(bool, doc="connect the neuron readout")

    class Correlation(Struct):
        """Readout and reset of the correlation sensors."""

        AnalogValue = CapMemCell.Value
        AnalogDisableRefresh = CapMemCell.DisableRefresh
        SenseDelay = CommonCorrelationConfig.SenseDelay
        ResetDuration = CommonCorrelationConfig.ResetDuration
        ResetFallTime = CommonCorrelationConfig.ResetFallTime
        ResetMode = CommonCorrelationConfig.ResetMode

        sense_delay = unplaced(CommonCorrelationConfig.SenseDelay, doc="PPU cycles before a conversion")
        reset_duration = unplaced(CommonCorrelationConfig.ResetDuration, doc="PPU cycles of a reset")
        reset_fall_time = unplaced(CommonCorrelationConfig.ResetFallTime, doc="PPU cycles after a reset")
        reset_mode = unplaced(CommonCorrelationConfig.ResetMode, doc="normal or auto-calibrating")
        i_bias_ramp = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="time constant")
        i_bias_store = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="amplitude")
        i_bias_corout = unplaced_array(ANALOG, halco.CapMemBlockOnHemisphere, doc="bias of the output buffers")

    ramp = struct(
        Ramp,
        enable="config.enable",
        reset_wait="config.reset_wait",
        dead_time="config.dead_time",
        v_offset_assignment="correlation_config.cadc_v_offset_assignment",
        v_offset=_per_block("cadc_v_ramp_offset"),
        i_slope=_per_block("cadc_i_ramp_slope"),
        i_bias_comparator=_per_block("cadc_i_bias_comp"),
        i_bias_vreset_buffer=_per_block("cadc_i_bias_vreset_buf"),
        v_bias_buffer=_per_block("cadc_v_bias_ramp_buf"),
    )
    channels_causal = struct_array(
        Channel, halco.CADCChannelColumnOnSynram, offset="channels[{i}].offset", **_connections("causal")
    )
    channels_acausal = struct_array(
        Channel,
        halco.CADCChannelColumnOnSynram,
        offset=[f"channels[{256 + i}].offset" for i in range(256)],
        **_connections("acausal"),
    )
    correlation = struct(
        Correlation,
        sense_delay="correlation_config.sense_delay",
        reset_duration="correlation_config.reset_duration",
        reset_fall_time="correlation_config.reset_fall_time",
        reset_mode="correlation_config.reset_mode",
        i_bias_ramp=_per_block("syn_i_bias_ramp"),
        i_bias_store=_per_block("syn_i_bias_store"),
        i_bias_corout=_per_block("syn_i_bias_corout"),
    )

    ChannelArray = type(channels_causal)
