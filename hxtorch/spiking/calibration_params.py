"""Parameters of populations and targets of a calibration: from one to the other.

Targets have values for all 512 neuron circuits, parameters for the neurons of a population. Both have the same units:
potentials in CADC LSB, times in seconds, capacitances 0..63, biases in CapMem LSB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from calix.spiking import SpikingCalibTarget
from halco import LogicalNeuronOnDLS

_PER_NEURON = ("leak", "reset", "threshold", "tau_mem", "membrane_capacitance", "holdoff_time")
_PER_CHIP = ("i_synin_gm", "synapse_dac_bias")
_CODES = ("membrane_capacitance", *_PER_CHIP)
_REVERSALS = ("e_coba_reversal", "e_coba_reference")
_CURRENT_BASED = {"e_coba_reversal": ((np.inf,), (-np.inf,)), "e_coba_reference": ((np.nan,), (np.nan,))}
"""What None means, for the excitatory and the inhibitory input."""


def to_target(
    parameters: Mapping[str, Any], neurons: Sequence[LogicalNeuronOnDLS], target: SpikingCalibTarget, *, spiking: bool
) -> None:
    """Write the parameters of a population into a target, for all circuits of its neurons.

    Parameters
    ----------
    parameters : mapping of str to parameter
        What has a `hardware_value` by name, or plain values: `leak`, `reset`, `threshold`, `tau_mem`,
        `membrane_capacitance`, `holdoff_time`, `refractory_time` (a number, or one per neuron), `tau_syn` (a number,
        one per neuron, or (2, neurons): excitatory, inhibitory), `i_synin_gm` (a number, or excitatory and
        inhibitory), `synapse_dac_bias` (a number), `e_coba_reversal` and `e_coba_reference` (None, or as `tau_syn`).
        Those that are missing stay as they are; names that are not listed here are ignored.
    neurons : sequence of LogicalNeuronOnDLS
        Neurons of the population, in order.
    target : SpikingCalibTarget
        The target, changed in place.
    spiking : bool
        Whether the neurons fire; if not, `refractory_time` is not used.

    Raises
    ------
    AttributeError
        `i_synin_gm` or `synapse_dac_bias` were set to something else by another population: the chip has one.
    ValueError
        A value has the wrong shape, or is out of range.
    """
    values = {name: _rounded(name, _plain(value)) for name, value in parameters.items()}
    circuits, number = _circuits(neurons)
    of = target.neuron_target
    for name in (*_PER_NEURON, *(("refractory_time",) if spiking else ())):
        if name in values:
            getattr(of, name)[circuits] = _per_neuron(name, values[name], len(neurons))[number]
    for name in ("tau_syn", *_REVERSALS):
        if name in values:
            _write_inputs(of, name, values[name], circuits, number, len(neurons))
    for name in _PER_CHIP:
        if name in values:
            _agree(of, name, values[name])


def from_target(target: SpikingCalibTarget, neurons: Sequence[LogicalNeuronOnDLS]) -> dict[str, Any]:
    """Parameters of the neurons of a population as a target has them.

    Parameters
    ----------
    target : SpikingCalibTarget
        The target.
    neurons : sequence of LogicalNeuronOnDLS
        Neurons of the population, in order.

    Returns
    -------
    dict of str to torch.Tensor
        All that `to_target` takes, float32: one value per neuron; `tau_syn` (neurons,) where the target has one for
        both inputs, else (2, neurons), as `e_coba_reversal` and `e_coba_reference` (None where the target has none).
        `i_synin_gm` is an int tensor of two, `synapse_dac_bias` an int tensor without dimensions.

    Raises
    ------
    AssertionError
        The circuits of a neuron have different targets, or the neurons have different `i_synin_gm`.
    """
    of = target.neuron_target
    circuits, number = _circuits(neurons)
    first = np.unique(number, return_index=True)[1]
    values: dict[str, Any] = {}
    for name in (*_PER_NEURON, "refractory_time", "tau_syn", *_REVERSALS):
        stored = getattr(of, name)
        if stored is None:
            values[name] = None
            continue
        chosen = np.asarray(stored)[..., circuits]
        alike = np.array_equal(chosen, chosen[..., first][..., number], equal_nan=True)
        assert alike, f"{name}: the circuits of a neuron have different targets, expected the same for all of them"
        values[name] = torch.tensor(chosen[..., first], dtype=torch.float32)
    strength = np.asarray(of.i_synin_gm)
    if strength.shape[-1:] == (512,):  # taken as they are, by circuit
        chosen = strength[..., circuits]
        strength = chosen[..., 0]
        alike = np.array_equal(chosen, np.broadcast_to(strength[..., None], chosen.shape))
        assert alike, "i_synin_gm: the neurons have different targets, expected the same for all of them"
    values["i_synin_gm"] = torch.tensor(np.broadcast_to(strength, 2).astype(np.int64))
    values["synapse_dac_bias"] = torch.tensor(of.synapse_dac_bias)
    return values


def _plain(parameter: Any) -> Any:
    """Hardware value of a parameter, or a plain value, as numpy takes it."""
    value = getattr(parameter, "hardware_value", parameter)
    return value.detach().cpu().numpy() if torch.is_tensor(value) else value


def _rounded(name: str, value: Any) -> Any:
    """Next whole number of what the chip has as a code: values of float32 and trained ones are close to it at best."""
    return value if value is None or name not in _CODES else np.rint(np.asarray(value, dtype=float))


def _circuits(neurons: Sequence[LogicalNeuronOnDLS]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of all circuits of the neurons, and for each circuit the place of its neuron in the population."""
    members = [neuron.get_atomic_neurons() for neuron in neurons]
    circuits = [int(circuit.toEnum()) for each in members for circuit in each]
    return np.array(circuits, dtype=np.int64), np.repeat(np.arange(len(members)), [len(each) for each in members])


def _per_neuron(name: str, value: Any, size: int) -> np.ndarray:
    values = np.asarray(value, dtype=float)
    if values.shape not in ((), (1,), (size,)):
        raise ValueError(
            f"{name}: got values of shape {values.shape}, expected a number, or one for each of {size} neurons"
        )
    return np.broadcast_to(values, size)


def _write_inputs(of: Any, name: str, value: Any, circuits: np.ndarray, number: np.ndarray, size: int) -> None:
    """Write values of the two inputs of each neuron."""
    if value is None:
        value = _CURRENT_BASED[name]
    values = np.asarray(value, dtype=float)
    if values.shape not in ((), (1,), (size,), (2, 1), (2, size)):
        raise ValueError(
            f"{name}: got values of shape {values.shape}, expected a number, one for each of {size} neurons, or "
            f"(2, {size}) for their excitatory and inhibitory inputs"
        )
    stored = getattr(of, name)
    both = np.broadcast_to(np.nan if stored is None else np.asarray(stored), (2, 512)).copy()
    both[:, circuits] = np.broadcast_to(values, (2, size))[:, number]
    setattr(of, name, both)


def _agree(of: Any, name: str, value: Any) -> None:
    """Write a value that the whole chip has, unless there is another one already."""
    shape = (2,) if name == "i_synin_gm" else ()
    values = np.asarray(value, dtype=float)
    if values.shape not in ((), (1,), shape):
        raise ValueError(f"{name}: got values of shape {values.shape}, expected a number{' or two' if shape else ''}")
    wanted = np.broadcast_to(values.reshape(()) if values.size == 1 else values, shape).astype(np.int64)
    stored = getattr(of, name)
    if None not in np.ravel(stored).tolist():
        if not np.array_equal(np.broadcast_to(stored, shape), wanted):
            raise AttributeError(
                f"{name} is {wanted.tolist()}, but another population of the execution instance has "
                f"{np.asarray(stored).tolist()}, and the chip has only one"
            )
        return
    setattr(of, name, wanted if shape else wanted.item())
