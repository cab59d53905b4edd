"""Constants of the analog circuits, without mismatch. Units: V, µs, pF, µS, µA, fC, ns; the equations are in
docs/chip-model.md, the facts behind the numbers in docs/model-decisions.md."""

from __future__ import annotations

CELL_OFFSET = 0.01875
CELL_LSB = 0.001875
"""V: voltage of a CapMem cell = CELL_OFFSET + CELL_LSB * code."""

FOLLOWER_GAIN = 0.85
FOLLOWER_DROP = 0.63
"""Source follower between the cells of leak, reset, exponential, adaptation and reversals and their circuits, V."""

CAPACITANCE_LSB = 2.2 / 63
CAPACITANCE_INTRINSIC = 0.15
"""Membrane, pF."""

LEAK_LSB = 2.5e-3
"""Transconductance of the leak (and reset) OTA, µS per bias LSB."""
LEAK_RANGE = 0.25
"""Linear range of that OTA, V."""
LEAK_FACTOR = 8.0
"""Multiplication and division of leak and reset."""
DEGENERATION = 2.0
"""Source degeneration divides the transconductance and multiplies the linear range by this."""

LINE_CAPACITANCE = 0.2
LINE_CAPACITANCE_SMALL = 0.09
"""Synaptic line, pF."""
LINE_LSB = 0.18e-3
LINE_KNEE = 900.0
"""Conductance that restores the line, µS: LINE_LSB b (1 + (b / LINE_KNEE)**2) with the bias b in LSB."""
HIGH_RESISTANCE = 10.0

SYNIN_EXC_LSB = 10.2e-3
SYNIN_INH_LSB = 9.05e-3
"""Transconductance of the synaptic input OTAs, µS per bias LSB. The inhibitory one needs 12 % more bias."""
SYNIN_RANGE = 0.067
"""Linear range of these, V."""
SHIFT_LSB = 0.1e-3
"""V per LSB of the reference shift."""
SHIFT_EXC_BALANCED = 305.0
SHIFT_INH_BALANCED = 275.0
"""Codes of the shift at which the input has no offset. A larger excitatory one lowers the membrane, a larger inhibitory
one raises it."""
COBA_FACTOR = 4.0
"""Change of the bias of an input in LSB per V and LSB of its `coba` bias."""

OFFSET_LSB = 1e-4
"""Membrane offset current, µA per LSB."""

EXP_CURRENT = 1e-3
"""Exponential term at its onset, µA."""
EXP_SLOPE = 3.0
"""Slope factor of the exponential term, V times bias LSB."""
EXP_LIMIT = 1.0
"""Its largest current, µA."""

ADAPT_TAU = 1e4
"""Time constant of the adaptation, µs times bias LSB."""
ADAPT_A_LSB = 1e-3
"""Subthreshold adaptation, µS per LSB."""
ADAPT_B_LSB = 2e-4
"""Spike-triggered adaptation, µA per LSB and µs of the adaptation pulse."""
ADAPT_READOUT = 0.1
"""Adaptation as it is read: V above the reference = current / this, µS."""

ICC_LSB = 3e-3
"""Inter-compartment conductance, µS per LSB."""
ICC_FACTOR = 4.0

MEMBRANE_MIN, MEMBRANE_MAX = 0.17, 1.10
"""Range of the membrane, V: beyond it all current sources give out."""

SYNAPSE_DAC_LSB = 1e-3
"""Current of a synapse with weight 63, µA per LSB of its bias."""
PULSE = 4.0
"""Length of a full pulse, ns."""
PULSE_EXTENSION = 0.25
"""Longer by this per step, ns."""

SATURATION = 4.0 / 27.0
SATURATED = 1.5
"""Saturation of an OTA: s(y) = y (1 - SATURATION y**2), constant beyond SATURATED."""

LINE_SUPPLY = 1.2
"""Resting voltage of a synaptic line, V."""
LINE_REST = 0.6
"""The same as the readout amplifier of a circuit gives it, V."""
CURRENT_DAC_LSB = 1.0 / 1022 / 255
"""Current of the current DAC, µA per step and LSB of its bias."""
READOUT_NOISE = 3.5e-3
"""Noise of a reading of the column ADC, standard deviation, V."""
THRESHOLD_NOISE = 1.5e-3
"""Noise of the threshold from spike to spike, standard deviation, V."""
