"""Spiking networks from graphs of the neuromorphic intermediate representation (NIR).

References: Pedersen et al., Neuromorphic intermediate representation, Nature Communications 15 (2024).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import networkx
import numpy as np
import torch

from hxtorch.spiking.experiment import Experiment
from hxtorch.spiking.handle import LIFObservables
from hxtorch.spiking.modules import LI, LIF, InputNeuron, Synapse
from hxtorch.spiking.parameter import MixedHXModelParameter
from hxtorch.spiking.run import run
from hxtorch.spiking.transforms.weight_transforms import linear_saturating
from hxtorch.spiking.utils.nir_package import require_nir

if TYPE_CHECKING:
    import nir

MS_PER_SECOND = 1e3

# What the chip gets, whatever the model's potentials are: CADC LSB, and the largest capacitance.
HARDWARE_LEAK = HARDWARE_RESET = 80
HARDWARE_THRESHOLD = 150
HARDWARE_CAPACITANCE = 63


@dataclass
class ConversionConfig:
    """What a NIR graph does not say about an experiment.

    Attributes
    ----------
    dt : float
        Time step, s.
    calib_path : str or None
        Calibration of the chip; None: the neurons are calibrated to the parameters of the graph.
    weight_scale : float
        Weight on the chip for a model weight of 1.
    trace_scale : float
        Model potential for 1 LSB of the CADC.
    trace_shift : float
        By how much CADC samples move to earlier times, s.
    cadc_recording : bool
        Record the membranes of neurons that fire. Surrogate gradients need them.
    mock : bool
        Run on the host.
    input_loopback : bool
        Take for gradients the input spikes that the chip saw.
    device : torch.device
    """

    dt: float = 1e-6
    calib_path: str | None = None
    weight_scale: float = 64.0
    trace_scale: float = 1 / 50
    trace_shift: float = 0e-6
    cadc_recording: bool = True
    mock: bool = True
    input_loopback: bool = True
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))


class NIRModel(torch.nn.Module):
    """Network of a NIR graph.

    Attributes
    ----------
    exp : Experiment
    hxnodes : torch.nn.ModuleDict
        Module of each node except outputs; dots in names are slashes here.
    output : dict
        Handle of each of these nodes after a call, by name: membranes, currents, spikes.
    """

    def __init__(self, graph: nir.NIRGraph, cfg: ConversionConfig) -> None:
        super().__init__()
        self.exp = Experiment(mock=cfg.mock, dt=cfg.dt)
        if not cfg.mock:
            if cfg.calib_path is not None:
                self.exp.default_execution_instance.load_calib(cfg.calib_path)
            self.exp.default_execution_instance.input_loopback = cfg.input_loopback
        self.device = cfg.device
        self._sources = _sources(graph)
        self._inputs = [name for name in self._sources if isinstance(graph.nodes[name], require_nir().Input)]
        self.hxnodes = torch.nn.ModuleDict()
        for name in self._sources:
            if _key(name) in self.hxnodes:
                raise ValueError(f"two nodes are called {name!r}, up to dots and slashes")
            self.hxnodes[_key(name)] = _map_nir_to_hxtorch(self.exp, graph.nodes[name], cfg)
        self.output: dict[str, Any] = {}
        self.to(self.device)

    def forward(self, spikes_dict: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Run the network.

        Parameters
        ----------
        spikes_dict : dict
            Spikes of each input node: [time, batch, neurons].

        Returns
        -------
        dict
            Spikes of all nodes that have some, by name; on the chip with its time steps.

        Raises
        ------
        ValueError
            Other names than those of the input nodes, or times or batches that differ.
        """
        if set(spikes_dict) != set(self._inputs):
            raise ValueError(f"spikes for {sorted(spikes_dict)}, but the input nodes are {sorted(self._inputs)}")
        shapes = {name: tuple(spikes.shape[:2]) for name, spikes in spikes_dict.items()}
        if len(set(shapes.values())) != 1:
            raise ValueError(f"inputs have different numbers of time steps and batch entries: {shapes}")
        for name, sources in self._sources.items():
            handles = [self.output[source] for source in sources]
            if name in spikes_dict:
                handles = [LIFObservables(spikes=spikes_dict[name].to(self.device))]
            self.output[name] = self.hxnodes[_key(name)](*handles)
        steps, _ = next(iter(shapes.values()))
        run(self.exp, steps)
        return {name: handle.spikes for name, handle in self.output.items() if hasattr(handle, "spikes")}


def from_nir(graph: nir.NIRGraph, cfg: ConversionConfig | None = None) -> NIRModel:
    """Make a spiking network of a NIR graph.

    `nir.Linear` becomes `Synapse`, `nir.CubaLI` `LI`, `nir.CubaLIF` `LIF`, and `nir.Input` `InputNeuron`; milliseconds
    become seconds. Neurons get their input from linear nodes, and a linear node connects one node that has spikes to
    one of neurons, as projections of the chip do.

    Parameters
    ----------
    graph : nir.NIRGraph
    cfg : ConversionConfig
        Default: that of `ConversionConfig()`, a mock experiment.

    Raises
    ------
    ImportError
        The package `nir` is not installed.
    NotImplementedError
        Another kind of node, recurrence, or other connections.
    ValueError
        Parameters that differ among neurons of a node.
    """
    return NIRModel(graph, cfg if cfg is not None else ConversionConfig())


def _key(name: str) -> str:
    """Name of a node in a `ModuleDict`, which takes no dots."""
    return name.replace(".", "/")


# -- connections ----------------------------------------------------------------------------------------------------


def _sources(graph: nir.NIRGraph) -> dict[str, list[str]]:
    """Where each node but outputs gets its input from, in the order of the edges; sources before targets."""
    nir = require_nir()
    edges = networkx.DiGraph()
    edges.add_nodes_from(graph.nodes)
    edges.add_edges_from(graph.edges)
    if not networkx.is_directed_acyclic_graph(edges):
        cycle = [source for source, _ in networkx.find_cycle(edges)]
        raise NotImplementedError(f"recurrent connections are not supported: {' -> '.join([*cycle, cycle[0]])}")
    order = list(networkx.lexicographical_topological_sort(edges, key=list(graph.nodes).index))
    sources = {name: [source for source, target in graph.edges if target == name] for name in order}
    for name in order:
        _check_connections(name, graph, sources[name], list(edges.successors(name)))
    return {name: sources[name] for name in order if not isinstance(graph.nodes[name], nir.Output)}


def _check_connections(name: str, graph: nir.NIRGraph, sources: list[str], targets: list[str]) -> None:
    """Refuse what is not sources of spikes, projections and populations in turn."""
    nir = require_nir()
    possible = {
        nir.Input: (), nir.Linear: (nir.Input, nir.CubaLIF), nir.CubaLI: (nir.Linear,), nir.CubaLIF: (nir.Linear,),
        nir.Output: (nir.Input, nir.CubaLI, nir.CubaLIF),
    }  # fmt: skip
    node = graph.nodes[name]
    if type(node) not in possible:
        supported = ", ".join(kind.__name__ for kind in possible)
        raise NotImplementedError(f"node {name!r} is of type {type(node).__name__}; supported are {supported}")
    for source in sources:
        if not isinstance(graph.nodes[source], possible[type(node)]):
            raise NotImplementedError(
                f"{type(node).__name__} node {name!r} with input from {type(graph.nodes[source]).__name__} {source!r}"
            )
    if isinstance(node, (nir.CubaLI, nir.CubaLIF)) and not sources:
        raise NotImplementedError(f"{type(node).__name__} node {name!r} has no input")
    if isinstance(node, nir.Linear) and (len(sources) != 1 or len(targets) != 1):
        raise NotImplementedError(f"linear node {name!r} connects {sources} to {targets}, not one node to one node")


# -- nodes ----------------------------------------------------------------------------------------------------------


def _map_nir_to_hxtorch(exp: Experiment, node: nir.NIRNode, cfg: ConversionConfig) -> torch.nn.Module:
    """Module of a node."""
    nir = require_nir()
    makers: dict[type, Callable[..., torch.nn.Module]] = {
        nir.Linear: _synapse, nir.CubaLI: _li, nir.CubaLIF: _lif, nir.Input: _input_neuron,
    }  # fmt: skip
    if type(node) not in makers:
        raise NotImplementedError(f"nodes of type {type(node).__name__} have no counterpart among the modules")
    return makers[type(node)](exp, node, cfg)


def _synapse(exp: Experiment, node: nir.Linear, cfg: ConversionConfig) -> Synapse:
    weight = torch.as_tensor(np.asarray(node.weight), dtype=torch.float32)
    if weight.dim() != 2:
        raise NotImplementedError(f"weights of {weight.dim()} dimensions are not supported, only [outputs, inputs]")
    outputs, inputs = weight.shape
    synapse = Synapse(inputs, outputs, exp, transform=partial(linear_saturating, scale=cfg.weight_scale))
    synapse.weight.data = weight.clone()
    return synapse


def _li(exp: Experiment, node: nir.CubaLI, cfg: ConversionConfig) -> LI:
    value = _values(node, ("tau_mem", "tau_syn", "v_leak"))
    if np.any(np.asarray(node.r) != 1):
        warnings.warn(f"the resistance {np.asarray(node.r)} of a CubaLI node is not used", UserWarning, stacklevel=4)
    return LI(
        _size(node), exp,
        leak=MixedHXModelParameter(value["v_leak"], HARDWARE_LEAK),
        tau_mem=value["tau_mem"], tau_syn=value["tau_syn"],
        **_recording(cfg),
    )  # fmt: skip


def _lif(exp: Experiment, node: nir.CubaLIF, cfg: ConversionConfig) -> LIF:
    value = _values(node, ("tau_mem", "tau_syn", "r", "v_leak", "v_reset", "v_threshold"))
    if value["r"] <= 0:
        raise ValueError(f"resistance of a CubaLIF node: {value['r']} is not positive")
    return LIF(
        _size(node), exp,
        leak=MixedHXModelParameter(value["v_leak"], HARDWARE_LEAK),
        reset=MixedHXModelParameter(value["v_reset"], HARDWARE_RESET),
        threshold=MixedHXModelParameter(value["v_threshold"], HARDWARE_THRESHOLD),
        tau_mem=value["tau_mem"], tau_syn=value["tau_syn"],
        membrane_capacitance=MixedHXModelParameter(value["tau_mem"] / value["r"], HARDWARE_CAPACITANCE),
        enable_cadc_recording=cfg.cadc_recording,
        **_recording(cfg),
    )  # fmt: skip


def _input_neuron(exp: Experiment, node: nir.Input, cfg: ConversionConfig) -> InputNeuron:
    return InputNeuron(_size(node), exp)


def _recording(cfg: ConversionConfig) -> dict[str, Any]:
    """How CADC samples become model potentials."""
    return {
        "trace_scale": cfg.trace_scale,
        "cadc_time_shift": round(cfg.trace_shift / cfg.dt),
        "shift_cadc_to_first": True,
    }


def _size(node: nir.NIRNode) -> int:
    """Number of neurons."""
    shape = np.asarray(node.input_type["input"]).reshape(-1)
    if len(shape) != 1:
        raise NotImplementedError(f"{type(node).__name__} of shape {shape}: only one dimension is supported")
    return int(shape[0])


def _values(node: nir.NIRNode, names: Iterable[str]) -> dict[str, float]:
    """The parameters of all neurons of a node; times in s."""
    _check_input_weight(node)
    values = {}
    for name in names:
        array = np.asarray(getattr(node, name), dtype=float)
        if not np.all(array == array.flat[0]):
            raise ValueError(f"{type(node).__name__}: {name} differs among the neurons: {array}")
        values[name] = float(array.flat[0])
        if name.startswith("tau"):
            values[name] /= MS_PER_SECOND
    return values


def _check_input_weight(node: nir.NIRNode) -> None:
    if np.any(np.asarray(node.w_in) != 1):
        raise NotImplementedError(
            f"{type(node).__name__} with w_in {np.asarray(node.w_in)}: scale the weights of its linear nodes instead"
        )
