"""A neuron circuit: everything that belongs to one of the 512."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

import numpy as np

import halco
from haldls import CapMemCell, NeuronBackendConfig, NeuronConfig
from haldls.capmem import ANALOG
from haldls.codec import lookup
from haldls.composite import Composite, Part, struct
from haldls.container import Struct
from haldls.field import unplaced

# Order in which the cells of a neuron are written.
CELLS = (
    "i_bias_synin_exc_tau", "i_bias_synin_exc_coba", "i_bias_synin_exc_shift", "i_bias_synin_exc_gm",
    "e_synin_exc_rev", "i_bias_synin_inh_tau", "i_bias_synin_inh_coba", "i_bias_synin_inh_shift",
    "i_bias_synin_inh_gm", "e_synin_inh_rev", "v_leak", "i_bias_leak", "v_reset", "i_bias_reset", "v_threshold",
    "i_mem_offset", "v_adapt_leak", "i_bias_adapt_tau", "i_bias_adapt_a", "i_bias_adapt_b", "v_adapt_ref", "v_exp",
    "i_bias_exp", "i_bias_nmda",
)
_ROWS = np.array([getattr(halco.CapMemRowOnCapMemBlock, name).value() for name in CELLS])

# Bits (fire, strong fire); without fire the output is off, whatever the strength.
ANALOG_OUTPUT = lookup({0: 0b00, 1: 0b01, 2: 0b11}, 2, decode={0b10: 0})


def _cells(e: np.ndarray) -> np.ndarray:
    """Linear numbers of the cells: the block is the quadrant, the column that of the neuron in it."""
    return (3120 * (e // 128) + e % 128)[:, None] + 130 * _ROWS


class AtomicNeuron(
    Composite,
    coordinate=halco.AtomicNeuronOnDLS,
    parts=[
        Part("config", NeuronConfig, lambda e: e),
        Part("cells", CapMemCell, _cells, names=CELLS),
        Part("backend", NeuronBackendConfig, lambda e: e % 256 // 128 * 256 + e // 256 * 128 + e % 128),
    ],
):
    """A neuron circuit: analog and digital configuration and its cells of the CapMem."""

    AnalogValue = CapMemCell.Value
    AnalogDisableRefresh = CapMemCell.DisableRefresh

    class SynapticInput(Struct):
        """One of the two synaptic inputs."""

        enable = unplaced(bool)
        i_bias_tau = unplaced(ANALOG)
        i_bias_coba = unplaced(ANALOG)
        i_shift_reference = unplaced(ANALOG)
        i_bias_gm = unplaced(ANALOG)
        v_rev_coba = unplaced(ANALOG)
        enable_small_capacitance = unplaced(bool, default=True)
        enable_high_resistance = unplaced(bool)
        enable_coba_mode = unplaced(bool)

    class Leak(Struct):
        """Leak conductance."""

        v_leak = unplaced(ANALOG)
        i_bias = unplaced(ANALOG)
        enable_degeneration = unplaced(bool)
        enable_division = unplaced(bool, doc="conductance / 8")
        enable_multiplication = unplaced(bool, doc="conductance * 8")

    class Reset(Struct):
        """Reset conductance."""

        v_reset = unplaced(ANALOG)
        i_bias = unplaced(ANALOG)
        enable_degeneration = unplaced(bool)
        enable_division = unplaced(bool, doc="conductance / 8")
        enable_multiplication = unplaced(bool, doc="conductance * 8")

    class Threshold(Struct):
        """Spike threshold."""

        enable = unplaced(bool)
        v_threshold = unplaced(ANALOG)

    class Multicompartment(Struct):
        """Connections to neighbouring circuits and to the somatic line."""

        connect_soma = unplaced(bool)
        connect_soma_right = unplaced(bool)
        connect_right = unplaced(bool)
        connect_vertical = unplaced(bool)
        enable_conductance = unplaced(bool)
        enable_conductance_division = unplaced(bool, doc="conductance / 4")
        enable_conductance_multiplication = unplaced(bool, doc="conductance * 4")
        i_bias_nmda = unplaced(ANALOG)

    class ConstantCurrent(Struct):
        """Constant current onto the membrane."""

        class Type(IntEnum):
            """Direction of the current."""

            source = 0
            sink = 1

        enable = unplaced(bool)
        i_offset = unplaced(ANALOG)
        type = unplaced(Type)

    class MembraneCapacitance(Struct):
        """Membrane capacitance; 63 is about 2.3 pF, linear below."""

        CapacitorSize = NeuronConfig.MembraneCapacitorSize

        capacitance = unplaced(NeuronConfig.MembraneCapacitorSize)

    class Adaptation(Struct):
        """Adaptation current."""

        enable = unplaced(bool)
        enable_pulse = unplaced(bool)
        invert_a = unplaced(bool)
        invert_b = unplaced(bool)
        v_ref = unplaced(ANALOG)
        i_bias_tau = unplaced(ANALOG)
        i_bias_a = unplaced(ANALOG)
        i_bias_b = unplaced(ANALOG)
        v_leak = unplaced(ANALOG)

    class Exponential(Struct):
        """Exponential current."""

        enable = unplaced(bool)
        v_exp = unplaced(ANALOG)
        i_bias = unplaced(ANALOG)

    class EventRouting(Struct):
        """Spikes: their way out, and the way past the membrane."""

        class AnalogOutputMode(IntEnum):
            """Fire signal of the circuit, the one that resets the membrane."""

            off = 0
            normal = 1
            strong = 2

        Address = NeuronBackendConfig.AddressOut
        disabled: ClassVar[AtomicNeuron.EventRouting]
        enabled: ClassVar[AtomicNeuron.EventRouting]
        bypass_exc: ClassVar[AtomicNeuron.EventRouting]
        bypass_inh: ClassVar[AtomicNeuron.EventRouting]

        analog_output = unplaced(AnalogOutputMode, codec=ANALOG_OUTPUT)
        enable_digital = unplaced(bool)
        enable_bypass_excitatory = unplaced(bool)
        enable_bypass_inhibitory = unplaced(bool)
        address = unplaced(NeuronBackendConfig.AddressOut)
        enable_post_overwrite = unplaced(bool)

    class Readout(Struct):
        """Analog readout."""

        class Source(IntEnum):
            """Voltage that is read out."""

            membrane = 0
            exc_synin = 1
            inh_synin = 2
            adaptation = 3

        enable_buffered_access = unplaced(bool)
        enable_amplifier = unplaced(bool)
        enable_unbuffered_access = unplaced(bool)
        source = unplaced(Source)

    class RefractoryPeriod(Struct):
        """Refractory period."""

        InputClock = NeuronBackendConfig.InputClock
        ResetHoldoff = NeuronBackendConfig.ResetHoldoff
        RefractoryTime = NeuronBackendConfig.RefractoryTime

        input_clock = unplaced(NeuronBackendConfig.InputClock)
        reset_holdoff = unplaced(NeuronBackendConfig.ResetHoldoff)
        refractory_time = unplaced(NeuronBackendConfig.RefractoryTime)
        enable_pause = unplaced(bool)

    class Bayesian(Struct):
        """Combination of the fire signals of neighbouring neurons."""

        class Operation(IntEnum):
            """How the own refractory state and that of the neighbours make up the state of the neuron."""

            local = 0
            AND = 1
            XNOR = 2
            MULLER_C = 3

        to_post_pulse = unplaced(bool, default=True)
        operation = unplaced(Operation)
        connect_fire_vertical = unplaced(bool)
        connect_fire_to_right = unplaced(bool)
        connect_fire_from_right = unplaced(bool)
        enable_master = unplaced(bool)
        enable_slave = unplaced(bool)

    excitatory_input = struct(
        SynapticInput,
        enable="config.enable_synaptic_input_excitatory",
        i_bias_tau="cells[i_bias_synin_exc_tau]",
        i_bias_coba="cells[i_bias_synin_exc_coba]",
        i_shift_reference="cells[i_bias_synin_exc_shift]",
        i_bias_gm="cells[i_bias_synin_exc_gm]",
        v_rev_coba="cells[e_synin_exc_rev]",
        enable_small_capacitance="config.enable_synaptic_input_excitatory_small_capacitance",
        enable_high_resistance="config.enable_synaptic_input_excitatory_high_resistance",
        enable_coba_mode="config.enable_synaptic_input_excitatory_coba_mode",
    )
    inhibitory_input = struct(
        SynapticInput,
        enable="config.enable_synaptic_input_inhibitory",
        i_bias_tau="cells[i_bias_synin_inh_tau]",
        i_bias_coba="cells[i_bias_synin_inh_coba]",
        i_shift_reference="cells[i_bias_synin_inh_shift]",
        i_bias_gm="cells[i_bias_synin_inh_gm]",
        v_rev_coba="cells[e_synin_inh_rev]",
        enable_small_capacitance="config.enable_synaptic_input_inhibitory_small_capacitance",
        enable_high_resistance="config.enable_synaptic_input_inhibitory_high_resistance",
        enable_coba_mode="config.enable_synaptic_input_inhibitory_coba_mode",
    )
    leak = struct(
        Leak,
        v_leak="cells[v_leak]",
        i_bias="cells[i_bias_leak]",
        enable_degeneration="config.enable_leak_degeneration",
        enable_division="config.enable_leak_division",
        enable_multiplication="config.enable_leak_multiplication",
    )
    reset = struct(
        Reset,
        v_reset="cells[v_reset]",
        i_bias="cells[i_bias_reset]",
        enable_degeneration="config.enable_reset_degeneration",
        enable_division="config.enable_reset_division",
        enable_multiplication="config.enable_reset_multiplication",
    )
    threshold = struct(
        Threshold,
        enable="config.enable_threshold_comparator",
        v_threshold="cells[v_threshold]",
    )
    multicompartment = struct(
        Multicompartment,
        connect_soma="config.connect_soma",
        connect_soma_right="config.connect_soma_right",
        connect_right="config.connect_membrane_right",
        connect_vertical="config.connect_bottom",
        enable_conductance="config.enable_multicomp_conductance",
        enable_conductance_division="config.enable_divide_multicomp_conductance_bias",
        enable_conductance_multiplication="config.enable_multiply_multicomp_conductance_bias",
        i_bias_nmda="cells[i_bias_nmda]",
    )
    constant_current = struct(
        ConstantCurrent,
        enable="config.enable_membrane_offset",
        i_offset="cells[i_mem_offset]",
        type="config.invert_membrane_offset",
    )
    membrane_capacitance = struct(
        MembraneCapacitance,
        capacitance="config.membrane_capacitor_size",
    )
    adaptation = struct(
        Adaptation,
        enable="config.enable_adaptation",
        enable_pulse="backend.enable_adaptation_pulse",
        invert_a="config.invert_adaptation_a",
        invert_b="config.invert_adaptation_b",
        v_ref="cells[v_adapt_ref]",
        i_bias_tau="cells[i_bias_adapt_tau]",
        i_bias_a="cells[i_bias_adapt_a]",
        i_bias_b="cells[i_bias_adapt_b]",
        v_leak="cells[v_adapt_leak]",
    )
    exponential = struct(
        Exponential,
        enable="config.enable_exponential",
        v_exp="cells[v_exp]",
        i_bias="cells[i_bias_exp]",
    )
    event_routing = struct(
        EventRouting,
        analog_output=("config.enable_fire", "config.enable_strong_fire"),
        enable_digital="backend.enable_spike_out",
        enable_bypass_excitatory="config.enable_bypass_excitatory",
        enable_bypass_inhibitory="config.enable_bypass_inhibitory",
        address="backend.address_out",
        enable_post_overwrite="backend.post_overwrite",
    )
    readout = struct(
        Readout,
        enable_buffered_access="config.enable_readout",
        enable_amplifier="config.enable_readout_amplifier",
        enable_unbuffered_access="config.enable_unbuffered_access",
        source="config.readout_source",
    )
    refractory_period = struct(
        RefractoryPeriod,
        input_clock="backend.select_input_clock",
        reset_holdoff="backend.reset_holdoff",
        refractory_time="backend.refractory_time",
        enable_pause="config.enable_pause",
    )
    bayesian = struct(
        Bayesian,
        to_post_pulse="backend.enable_bayesian_extension",
        operation=("backend.enable_bayesian_0", "backend.enable_bayesian_1"),
        connect_fire_vertical="backend.connect_fire_bottom",
        connect_fire_to_right="backend.connect_fire_to_right",
        connect_fire_from_right="backend.connect_fire_from_right",
        enable_master="backend.enable_neuron_master",
        enable_slave="backend.enable_neuron_slave",
    )

    def asNeuronConfig(self) -> NeuronConfig:
        """The analog configuration as a container of its own."""
        return self._element(self._part("config"), 0).copy()

    def asNeuronBackendConfig(self) -> NeuronBackendConfig:
        """The digital configuration as a container of its own."""
        return self._element(self._part("backend"), 0).copy()

    def set_from(self, config: NeuronConfig | NeuronBackendConfig) -> None:
        """Take over all fields of an analog or digital configuration."""
        if isinstance(config, NeuronConfig):
            part = self._part("config")
        elif isinstance(config, NeuronBackendConfig):
            part = self._part("backend")
        else:
            raise TypeError(f"AtomicNeuron.set_from takes NeuronConfig or NeuronBackendConfig, got {config!r}")
        self._element(part, 0)._mem[:] = config._mem
        self._clean(self._words[None])

    @classmethod
    def _clean(cls, images: np.ndarray) -> None:
        super()._clean(images)
        fire = NeuronConfig.enable_fire.location.read_many(images)
        strong = NeuronConfig.enable_strong_fire.location
        strong.write_many(images, strong.read_many(images) & fire)


_Routing = AtomicNeuron.EventRouting
_Mode = _Routing.AnalogOutputMode
_Routing.disabled = _Routing()
_Routing.enabled = _Routing(_Mode.normal, True, False, False, 0, False)
_Routing.bypass_exc = _Routing(_Mode.off, False, True, False, 0, False)
_Routing.bypass_inh = _Routing(_Mode.off, False, False, True, 0, False)
