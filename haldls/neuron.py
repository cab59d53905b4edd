"""Neuron circuits: analog configuration, digital back end, resets and spike counters."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

import halco
from halco.core import RangedInt
from haldls.backend import NO_TARGET, SIMULATION
from haldls.codec import inverted
from haldls.container import Container
from haldls.field import array, bits, field, flag, split
from haldls.sram import SRAMTimingConfig
from haldls.synapse import CORRELATION_RESET

# Blocks in the order top-left, top-right, bottom-left, bottom-right (quadrants) or left, right (halves).
NEURON_SRAM = (0x160000, 0x168000, 0x170000, 0x178000)
BACKEND_SRAM = (0x1A1000, 0x1A9000)
BACKEND_COMMON = (0x1A1800, 0x1A9800)
NEURON_RESET = (0x122000, 0x12A000)
POST_PULSE = (0x122400, 0x12A400)
COUNTER_READ = (0x122800, 0x12A800)
COUNTER_RESET = (0x122C00, 0x12AC00)


class NeuronConfig(
    Container,
    coordinate=halco.NeuronConfigOnDLS,
    words=6,
    differential=True,
    unreadable_on=SIMULATION,
    address=lambda e: np.take(NEURON_SRAM, e // 128) + 8 * (e % 128) + 2,
):
    """Analog settings of a neuron circuit: what is switched on, and how its parts are connected.

    One SRAM slot of eight words per neuron; words 0 and 1 of a slot are unused.
    """

    class ReadoutSource(IntEnum):
        """Selection for `NeuronConfig`."""

        membrane = 0
        exc_synin = 1
        inh_synin = 2
        adaptation = 3

    class MembraneCapacitorSize(RangedInt, max=63):
        """0..63."""

    enable_reset_degeneration = flag(0, 0, doc="source degeneration of the leak/reset OTA while in reset mode")
    enable_reset_division = flag(0, 1, doc="divide the reset conductance by 8")
    enable_reset_multiplication = flag(0, 2, doc="multiply the reset conductance by 8")
    enable_leak_degeneration = flag(0, 3, doc="source degeneration of the leak/reset OTA while in leak mode")
    enable_leak_division = flag(0, 4, doc="divide the leak conductance by 8")
    enable_leak_multiplication = flag(0, 5, doc="multiply the leak conductance by 8")
    enable_strong_fire = flag(0, 6, doc="stronger analog fire pulse")
    enable_synaptic_input_inhibitory_coba_mode = flag(
        1, 1,
        doc="inhibitory input conductance based (true) instead of current based (false)",
    )
    enable_synaptic_input_excitatory_coba_mode = flag(
        1, 2,
        doc="excitatory input conductance based (true) instead of current based (false)",
    )
    enable_unbuffered_access = flag(1, 3, doc="direct unbuffered connection to the membrane (i_stim line)")
    enable_readout_amplifier = flag(1, 4, doc="switch on the readout amplifier of this neuron")
    readout_source = field(ReadoutSource, 1, 5, 2, doc="which internal voltage is fed to the readout amplifier")
    enable_readout = flag(1, 7, doc="connect the readout amplifier to the shared readout line")
    invert_adaptation_b = flag(2, 0, doc="negate spike-triggered adaptation")
    invert_adaptation_a = flag(2, 1, doc="negate sub-threshold adaptation")
    enable_adaptation = flag(2, 2, doc="adaptation circuit on")
    enable_exponential = flag(2, 3, doc="exponential term on")
    enable_synaptic_input_inhibitory_small_capacitance = flag(
        2, 4,
        doc="detach the line capacitor of the inhibitory input, only parasitic capacitance remains",
    )
    enable_synaptic_input_excitatory_small_capacitance = flag(
        2, 5,
        doc="detach the line capacitor of the excitatory input, only parasitic capacitance remains",
    )
    enable_synaptic_input_inhibitory_high_resistance = flag(2, 6, doc="high-resistance mode of inhibitory input")
    enable_synaptic_input_excitatory_high_resistance = flag(2, 7, doc="high-resistance mode of excitatory input")
    enable_membrane_offset = flag(3, 0, doc="offset (stimulus) current onto the membrane on")
    membrane_capacitor_size = field(
        MembraneCapacitorSize, 3, 2, 6,
        doc="membrane capacitance code; full scale about 2.3 pF",
    )
    invert_membrane_offset = flag(
        4, 0,
        doc="sign of the offset current: false = source, true = sink (naming from lola ConstantCurrent.Type)",
    )
    enable_fire = flag(4, 2, doc="fire output on; also gates the bypass circuits")
    enable_threshold_comparator = flag(4, 3, doc="threshold comparator on")
    enable_synaptic_input_inhibitory = flag(4, 4, doc="inhibitory synaptic input on")
    enable_synaptic_input_excitatory = flag(4, 5, doc="excitatory synaptic input on")
    enable_bypass_inhibitory = flag(
        4, 6,
        doc="bypass circuit of the inhibitory input on (input pulses reach the fire output without the "
        "membrane; upstream names it only, unsure about details); gated by enable_fire",
    )
    enable_bypass_excitatory = flag(4, 7, doc="bypass circuit of the excitatory input on (as above)")
    connect_soma_right = flag(5, 0, doc="short this soma line with the soma line of the right neighbour")
    connect_bottom = flag(5, 1, doc="short this membrane with the neuron of the same column in the other row")
    enable_multicomp_conductance = flag(5, 2, doc="inter-compartment conductance on")
    connect_membrane_right = flag(5, 3, doc="short this membrane with the right neighbour")
    connect_soma = flag(5, 4, doc="connect the membrane to the soma line")
    enable_multiply_multicomp_conductance_bias = flag(5, 5, doc="multiply the inter-compartment bias by 4")
    enable_divide_multicomp_conductance_bias = flag(5, 6, doc="divide the inter-compartment bias by 4")
    enable_pause = flag(5, 7, doc="block synaptic inputs and exponential term during reset")


class NeuronBackendConfig(
    Container,
    coordinate=halco.NeuronBackendConfigOnDLS,
    words=4,
    differential=True,
    unreadable_on=SIMULATION,
    address=lambda e: np.take(BACKEND_SRAM, e // 256) + 4 * (e % 256),
):
    """Digital part of a neuron: event output, refractory period, connections of the fire signals.

    The refractory counter starts at 255 - `refractory_time` and counts up with the selected clock, so that
    tau_ref = refractory_time / f_clock. The reset is released 31 - 2 * `reset_holdoff` clock cycles earlier (at least
    one). `select_input_clock` 0 is the slow, 1 the fast clock. Bayesian modes (`enable_bayesian_0`,
    `enable_bayesian_1`): (0, 0) own refractory state, (1, 0) AND, (0, 1) XNOR, (1, 1) Muller C with the fire line.
    """

    AddressOut = halco.NeuronBackendAddressOut

    class ResetHoldoff(RangedInt, max=15, default=15):
        """0..15."""

    class RefractoryTime(RangedInt, max=255):
        """0..255."""

    class InputClock(RangedInt, max=1):
        """0..1."""

    address_out = split(
        AddressOut, [(0, 0, 6, 2), (1, 4, 2, 0)], codec=inverted(8),
        doc="lower 8 bit of the spike label sent by this neuron; the upper bits follow from the position",
    )
    reset_holdoff = split(
        ResetHoldoff, [(0, 6, 2, 0), (1, 6, 2, 2)],
        doc="bits 4:1 of the refractory counter value at which the reset is released",
    )
    refractory_time = split(
        RefractoryTime, [(1, 0, 4, 4), (2, 2, 4, 0)], codec=inverted(8),
        doc="refractory period in cycles of the selected backend clock",
    )
    post_overwrite = flag(2, 0, doc="use only the external (block) post pulse, suppress the neuron-generated one")
    select_input_clock = field(
        InputClock, 2, 1, 1,
        doc="refractory clock: 0 = slow clock (clock_scale_slow), 1 = fast clock (clock_scale_fast)",
    )
    enable_adaptation_pulse = flag(2, 6, doc="emit a pulse to the adaptation circuit on a spike")
    enable_bayesian_extension = flag(
        2, 7, True,
        doc="derive the post pulse from the bayesian logic; if false the neuron_fire_connect signal triggers it",
    )
    enable_neuron_slave = flag(3, 0, doc="take the fire/refractory state from the neuron_fire_connect line")
    connect_fire_bottom = flag(3, 1, doc="connect the fire line to the other hemisphere")
    connect_fire_from_right = flag(
        3, 2,
        doc="take the fire line of the right neighbour (documented upstream as broken in silicon)",
    )
    connect_fire_to_right = flag(3, 3, doc="drive the fire line of the right neighbour (one-way, overrides its state)")
    enable_spike_out = flag(3, 4, doc="emit digital spike packets; not needed for spike counter and post pulse")
    enable_neuron_master = flag(
        3, 5,
        doc="put the local fire signal on neuron_fire_connect; this or the bayesian extension is needed for "
        "post pulses",
    )
    enable_bayesian_1 = flag(3, 6, doc="bayesian operating mode, bit 1")
    enable_bayesian_0 = flag(3, 7, doc="bayesian operating mode, bit 0")


class CommonNeuronBackendConfig(
    Container,
    coordinate=halco.CommonNeuronBackendConfigOnDLS,
    words=2,
    differential=True,
    address=lambda e: np.take(BACKEND_COMMON, e),
):
    """Settings of the neuron back ends of one chip half: clocks and pulse lengths.

    A clock runs at 250 MHz / 2**(scale + 1).
    """

    class ClockScale(RangedInt, max=15):
        """0..15."""

    class WaitGlobalPostPulse(RangedInt, max=255, default=1):
        """0..255."""

    class WaitSpikeCounterReset(RangedInt, max=255, default=4):
        """0..255."""

    class WaitSpikeCounterRead(RangedInt, max=255, default=112):
        """0..255."""

    class WaitFireNeuron(RangedInt, max=255, default=4):
        """0..255."""

    enable_event_registers = flag(0, 0, True, doc="enable the event (spike) output registers")
    force_reset = flag(0, 1, doc="hold all neurons of this backend half in reset")
    enable_clocks = flag(0, 2, True, doc="enable the backend clocks")
    clock_scale_slow = field(ClockScale, 0, 4, 4, doc="divider of the slow refractory clock")
    clock_scale_fast = field(ClockScale, 0, 8, 4, doc="divider of the fast refractory clock")
    sample_positive_edge = array(
        bool, halco.NeuronEventOutputOnNeuronBackendBlock, bits(0, 12, 4), default=True,
        doc="sample the event output on the rising clock edge; on the real system reachable through the methods only",
    )
    clock_scale_adaptation_pulse = field(
        ClockScale, 0, 16, 4,
        doc="divider setting the length of the adaptation pulse",
    )
    clock_scale_post_pulse = field(ClockScale, 0, 20, 4, doc="divider setting the length of the post pulse")
    wait_global_post_pulse = field(
        WaitGlobalPostPulse, 1, 0, 8,
        doc="length of the pulse triggering the post pulse of the whole block",
    )
    wait_spike_counter_reset = field(
        WaitSpikeCounterReset, 1, 8, 8,
        doc="length of the pulse triggering a spike counter reset",
    )
    wait_spike_counter_read = field(
        WaitSpikeCounterRead, 1, 16, 8,
        doc="settling wait before a spike counter value is taken over",
    )
    wait_fire_neuron = field(
        WaitFireNeuron, 1, 24, 8,
        doc="length of the pulse that makes a neuron fire artificially (NeuronReset)",
    )

    def get_sample_positive_edge(self, coord: halco.NeuronEventOutputOnNeuronBackendBlock) -> bool:
        """Clock edge on which the events of an output are sampled."""
        return self.sample_positive_edge[coord]

    def set_sample_positive_edge(self, coord: halco.NeuronEventOutputOnNeuronBackendBlock, val: bool) -> None:
        self.sample_positive_edge[coord] = val


class NeuronReset(
    Container,
    coordinate=halco.NeuronResetOnDLS,
    words=1,
    read=0,
    address=lambda e: np.take(NEURON_RESET, e // 256) + 4 * (e % 256),
):
    """A write makes one neuron fire: its counter counts, its reset and refractory period run."""


class BlockPostPulse(
    Container,
    coordinate=halco.BlockPostPulseOnDLS,
    words=1,
    read=0,
    address=lambda e: np.take(POST_PULSE, e),
):
    """A write sends a post pulse to the neurons of one chip half that have `post_overwrite` set."""


class SpikeCounterReset(
    Container,
    coordinate=halco.SpikeCounterResetOnDLS,
    words=1,
    read=0,
    address=lambda e: np.take(COUNTER_RESET, e // 256) + 4 * (e % 256),
):
    """A write clears count and overflow of one spike counter."""


class SpikeCounterRead(
    Container,
    coordinate=halco.SpikeCounterReadOnDLS,
    words=1,
    write=0,
    address=lambda e: np.take(COUNTER_READ, e // 256) + 4 * (e % 256),
):
    """Spike counter of a neuron. It wraps at 255; `overflow` stays set until the counter is reset."""

    class Count(RangedInt, max=255):
        """0..255."""

    count = field(Count, 0, 0, 8, doc="spikes since the last reset, modulo 256")
    overflow = flag(0, 8, doc="counter has wrapped at least once since the last reset (sticky)")


class NeuronResetQuad(
    Container,
    coordinate=halco.NeuronResetQuadOnDLS,
    words=1,
    read=0,
    # The row behind the last synapse row of the correlation-reset space resets the neurons.
    address=lambda e: np.take(CORRELATION_RESET, e // 64) + 256 * 64 + e % 64,
):
    """A write resets four neurons at once, those of the columns of a synapse quad."""


class NeuronSRAMTimingConfig(
    SRAMTimingConfig,
    coordinate=halco.NeuronSRAMTimingConfigOnDLS,
    words=2,
    address=lambda e: np.take(NEURON_SRAM, e) + 0x402,
    unreadable_on=SIMULATION,
):
    """SRAM timing of the neuron configuration of a quadrant."""


class NeuronBackendSRAMTimingConfig(
    SRAMTimingConfig,
    coordinate=halco.NeuronBackendSRAMTimingConfigOnDLS,
    words=2,
    address=lambda e: np.take(BACKEND_SRAM, e) + 0x402,
    unreadable_on=NO_TARGET,
):
    """SRAM timing of the neuron back ends of a chip half."""
