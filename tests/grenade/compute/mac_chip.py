"""Settings of a chip for MAC mode, as a calibration would find them."""

from __future__ import annotations

import chipsim
import halco
import lola

_CELLS = {
    "stp_i_ramp": 600, "stp_i_calib": 600, "stp_i_bias_comparator": 1022, "stp_v_charge_0": 100,
    "stp_v_recover_0": 400, "stp_v_charge_1": 330, "stp_v_recover_1": 50,
}


def mac_chip(chip: chipsim.Chip) -> lola.Chip:
    """Neurons that integrate for long, and drivers whose pulses grow with the activation."""
    config = chip.oracle.chip(
        (150, 500), leak=120, reset=120, threshold=None, tau_mem=60, tau_syn=1.0, i_synin_gm=450,
        synapse_dac_bias=1000, small_capacitance=True,
    )
    for hemisphere in halco.iter_all(halco.SynapseDriverBlockOnDLS):
        block = config.synapse_driver_blocks[hemisphere]
        for name, code in _CELLS.items():
            getattr(block, name).fill(code)
        block.hagen_i_bias_dac = 820
        drivers = block.synapse_drivers.columns
        drivers.enable_stp = drivers.enable_hagen_dac = drivers.enable_hagen_modulation = True
        drivers.hagen_dac_offset, drivers.offset = 31, 7
    return config
