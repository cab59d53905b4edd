"""The kernels of this folder, with views as a mapped network would have them."""

from __future__ import annotations

from pathlib import Path

from grenade.ppu.plasticity import Handles, NeuronView, PlasticityRule, SynapseView, Timer
from grenade.ppu.recording import (
    ObservableArray,
    ObservablePerNeuron,
    ObservablePerSynapse,
    RawRecording,
    TimedRecording,
)

FOLDER = Path(__file__).parent / "kernels"

US = 250
"""PPU cycles per us."""


def _rule(name: str, handles: Handles, recording: RawRecording | TimedRecording | None = None) -> PlasticityRule:
    return PlasticityRule((FOLDER / f"{name}.cpp").read_text(), (handles,), recording, name=f"{name}.cpp")


def constant_weights() -> PlasticityRule:
    views = (SynapseView(0, tuple(range(16)), tuple(range(0, 32, 2))), SynapseView(1, (200, 100, 7), (250, 3)))
    return _rule("constant_weights", Handles(views, (), (Timer(0, 100 * US, 1),)))


def homeostasis() -> PlasticityRule:
    synapses = (SynapseView(0, (0, 1, 2, 3), (10, 11)), SynapseView(1, (4, 130), (20,)))
    neurons = (NeuronView(0, (0, 1, 2, 3)), NeuronView(1, (4, 130)))
    recording = TimedRecording({
        "rates": ObservablePerNeuron("uint8", "packed_active_columns"),
        "weights": ObservablePerSynapse("int8", "packed_active_columns"),
    })
    return _rule("homeostasis", Handles(synapses, neurons, (Timer(50 * US, 200 * US, 3),)), recording)


def reward_stdp() -> PlasticityRule:
    views = (SynapseView(0, (0, 1, 2, 3), (0, 1, 2, 3)),)
    recording = TimedRecording({"counts": ObservableArray("uint16", 4), "winner": ObservableArray("uint8", 1)})
    return _rule("reward_stdp", Handles(views, (), (Timer(100 * US, 1000 * US, 2),)), recording)


def scripting() -> PlasticityRule:
    return _rule("scripting", Handles((SynapseView(0, (5, 9), (77,)),), (), (Timer(0, 50 * US, 4),)))


def recorded_rows(placement_in_dram: bool = False) -> PlasticityRule:
    synapses = (SynapseView(0, (1, 0, 200), (30, 31)), SynapseView(1, (255,), (0, 255, 128)))
    neurons = (NeuronView(0, (17, 18)), NeuronView(1, (0,)))
    recording = TimedRecording({
        "array": ObservableArray("int16", 4),
        "neuron_packed_u8": ObservablePerNeuron("uint8", "packed_active_columns"),
        "neuron_row_u8": ObservablePerNeuron("uint8", "complete_row"),
        "synapse_packed_i8": ObservablePerSynapse("int8", "packed_active_columns"),
        "synapse_packed_u16": ObservablePerSynapse("uint16", "packed_active_columns"),
        "synapse_rows_i16": ObservablePerSynapse("int16", "complete_rows"),
        "synapse_rows_u8": ObservablePerSynapse("uint8", "complete_rows"),
    }, placement_in_dram)
    return _rule("recorded_rows", Handles(synapses, neurons, (Timer(20 * US, 300 * US, 2),)), recording)


def signed_rows() -> PlasticityRule:
    views = (SynapseView(1, (6, 3), (100, 101)), SynapseView(1, (7, 9), (102, 103)))
    return _rule("signed_rows", Handles(views, (), (Timer(10 * US, 100 * US, 1),)), RawRecording(16))


def readouts() -> PlasticityRule:
    rows = ObservablePerSynapse("uint8", "complete_rows")
    recording = TimedRecording({
        "acausal": rows, "both_acausal": rows, "both_causal": rows, "causal": rows,
        "neurons": ObservablePerNeuron("uint8", "complete_row"),
    })
    views = (SynapseView(0, tuple(range(256)), (10, 9)), SynapseView(1, (3,), (250,)))
    neurons = (NeuronView(0, (0, 5)), NeuronView(1, (255,)))
    return _rule("readouts", Handles(views, neurons, (Timer(0, 400 * US, 2),)), recording)


ALL = {
    make.__name__: make
    for make in (constant_weights, homeostasis, reward_stdp, scripting, recorded_rows, signed_rows, readouts)
}
