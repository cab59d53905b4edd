"""Synapse drivers of a hemisphere."""

from __future__ import annotations

from typing import Any

import numpy as np

import halco
from haldls import CapMemCell, CommonPADIBusConfig, CommonSTPConfig, SynapseDriverConfig
from haldls.capmem import ANALOG
from haldls.composite import Composite, Part, child, children, value, values

# Cells of both CapMem blocks of the hemisphere, in the order in which they are written.
_STP = (
    "stp_v_charge_0", "stp_v_charge_1", "stp_v_recover_0", "stp_v_recover_1", "stp_i_bias_comparator", "stp_i_ramp",
    "stp_i_calib",
)
_CELLS = np.array([getattr(halco.CapMemCellOnCapMemBlock, name).toEnum().value() for name in _STP])
_READOUT = halco.CapMemCellOnDLS.stp_ibias_readout_top.toEnum().value()
_HAGEN = halco.CapMemCellOnDLS.hagen_ibias_dac_top.toEnum().value()


def _per_block(name: str, doc: str) -> Any:
    return values(ANALOG, halco.CapMemBlockOnHemisphere, [f"stp[{name}_{block}]" for block in range(2)], doc=doc)


class SynapseDriverBlock(
    Composite,
    coordinate=halco.SynapseDriverBlockOnDLS,
    parts=[
        Part("synapse_drivers", SynapseDriverConfig, lambda e: 128 * e[:, None] + np.arange(128), count=128),
        Part("padi_bus", CommonPADIBusConfig, lambda e: e),
        Part("stp_config", CommonSTPConfig, lambda e: e),
        Part(
            "stp",
            CapMemCell,
            lambda e: 6240 * e[:, None] + np.concatenate([_CELLS, 3120 + _CELLS]),
            names=[f"{name}_{block}" for block in range(2) for name in _STP],
        ),
        Part("readout", CapMemCell, lambda e: 6240 * e + _READOUT),
        Part("hagen", CapMemCell, lambda e: 6240 * e + _HAGEN),
    ],
):
    """Synapse drivers of a hemisphere, their buses and the parameters of short-term plasticity and MAC mode."""

    AnalogValue = CapMemCell.Value
    AnalogDisableRefresh = CapMemCell.DisableRefresh

    synapse_drivers = children("synapse_drivers", halco.SynapseDriverOnSynapseDriverBlock, "drivers")
    padi_bus = child("padi_bus", "PADI buses")
    stp = child("stp_config", "recovery clock")
    stp_v_charge_0 = _per_block("stp_v_charge_0", "charge target, selection 0")
    stp_v_charge_1 = _per_block("stp_v_charge_1", "charge target, selection 1")
    stp_v_recover_0 = _per_block("stp_v_recover_0", "recover target, selection 0")
    stp_v_recover_1 = _per_block("stp_v_recover_1", "recover target, selection 1")
    stp_i_bias_comparator = _per_block("stp_i_bias_comparator", "bias of the comparators")
    stp_i_ramp = _per_block("stp_i_ramp", "ramp current")
    stp_i_calib = _per_block("stp_i_calib", "current of the offset trim")
    stp_i_bias_readout = value(ANALOG, "readout.value", doc="bias of the readout buffer of the STP voltages")
    hagen_i_bias_dac = value(ANALOG, "hagen.value", doc="bias of the activation DACs (MAC mode)")
