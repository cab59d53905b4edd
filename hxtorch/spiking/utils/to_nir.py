"""Graphs of the neuromorphic intermediate representation (NIR) from spiking networks.

References: Pedersen et al., Neuromorphic intermediate representation, Nature Communications 15 (2024).
"""

from __future__ import annotations

from os.path import commonprefix
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hxtorch.spiking.modules import AELIF, InputNeuron, Synapse
from hxtorch.spiking.utils.from_nir import MS_PER_SECOND
from hxtorch.spiking.utils.nir_package import require_nir

if TYPE_CHECKING:
    import nir


def to_nir(snn: Any, input_sample: Any) -> nir.NIRGraph:
    """Make a NIR graph of a spiking network.

    `Synapse` becomes `nir.Linear`, `AELIF` and what is made of it `nir.CubaLIF`, or `nir.CubaLI` if it does not fire;
    seconds become milliseconds. What is open at the begin and at the end of the network becomes `nir.Input` and
    `nir.Output`. Nodes have the names of the network's attributes.

    Parameters
    ----------
    snn : torch.nn.Module
        With its experiment as the attribute `exp`.
    input_sample : Any
        Argument for a call of the network, which shows how its modules are connected. On the chip it runs there.

    Raises
    ------
    ImportError
        The package `nir` is not installed.
    NotImplementedError
        Modules of other kinds, or with dynamics that NIR's nodes do not have.
    """
    nir = require_nir()
    with torch.no_grad():
        snn(input_sample)
    manager = snn.exp.modules
    edges = manager.prev_graph.edges
    modules = {}
    for number in manager.prev_graph.nodes:
        if isinstance(number, int):
            modules[number] = manager.get_module_by_id(number)
        elif str(number).startswith("w_"):
            raise NotImplementedError(f"wrapped modules are not supported: {manager.get_wrapper_by_id(number)}")
    names = _names(snn, modules)
    nodes = {names[number]: _map_hxtorch_to_nir(module) for number, module in modules.items()}
    connections = []
    for source, target in edges:
        if source in names and target in names:
            connections.append((names[source], names[target]))
        elif target in names and not isinstance(nodes[names[target]], nir.Input):
            name = _unused(f"input_{names[target]}", nodes)
            nodes[name] = nir.Input(input_type=nodes[names[target]].input_type)
            connections.append((name, names[target]))
        elif source in names:
            name = _unused(f"output_{names[source]}", nodes)
            nodes[name] = nir.Output(output_type=nodes[names[source]].output_type)
            connections.append((names[source], name))
    return nir.NIRGraph(nodes, connections)


def _names(snn: torch.nn.Module, modules: dict[int, torch.nn.Module]) -> dict[int, str]:
    """Names of the modules in the network, without the container that all are in; by class where they have none."""
    paths = {id(module): path for path, module in snn.named_modules()}
    found = {number: paths[id(module)] for number, module in modules.items() if id(module) in paths}
    container = commonprefix(list(found.values())).rpartition(".")[0]
    names = {number: path[len(container) + bool(container) :].replace("/", ".") for number, path in found.items()}
    for number, module in modules.items():
        names.setdefault(number, _unused(type(module).__name__.lower(), names.values()))
    return names


def _unused(name: str, used: Any) -> str:
    """The name, with a number if it is taken."""
    candidate, number = name, 0
    while candidate in used:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


# -- nodes ----------------------------------------------------------------------------------------------------------


def _map_hxtorch_to_nir(module: torch.nn.Module) -> nir.NIRNode:
    """Node of a module."""
    nir = require_nir()
    if isinstance(module, InputNeuron):
        return nir.Input(input_type=np.array([module.size]))
    if isinstance(module, Synapse):
        return nir.Linear(weight=module.weight.detach().cpu().numpy().copy())
    if isinstance(module, AELIF):
        return _neurons(module)
    raise NotImplementedError(f"modules of type {type(module).__name__} have no counterpart in NIR")


def _neurons(module: AELIF) -> nir.CubaLI | nir.CubaLIF:
    """Node of neurons; only what has the same equations."""
    nir = require_nir()
    unlike = [
        name for name in ("exponential", "subthreshold_adaptation", "spike_triggered_adaptation")
        if getattr(module, name)
    ]  # fmt: skip
    if not module.leaky:
        unlike.append("no leak")
    if unlike:
        raise NotImplementedError(f"{type(module).__name__} with {', '.join(unlike)} has no counterpart in NIR")
    tau_mem = _values(module, "tau_mem")
    parameters = {
        "tau_mem": tau_mem * MS_PER_SECOND,
        "tau_syn": _values(module, "tau_syn") * MS_PER_SECOND,
        "v_leak": _values(module, "leak"),
    }
    if not module.fire:
        return nir.CubaLI(r=np.ones(module.size), **parameters)
    return nir.CubaLIF(
        r=tau_mem / _values(module, "membrane_capacitance"),
        v_threshold=_values(module, "threshold"), v_reset=_values(module, "reset"), **parameters,
    )  # fmt: skip


def _values(module: AELIF, name: str) -> np.ndarray:
    """A parameter of the model for each neuron."""
    value = getattr(module, name).model_value
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    values = np.asarray(value, dtype=float)
    if values.ndim > 1:
        raise NotImplementedError(f"{type(module).__name__}: {name} of shape {values.shape} has no counterpart in NIR")
    return np.broadcast_to(values, (module.size,)).copy()
