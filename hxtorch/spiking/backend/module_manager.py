"""The graph of the modules of an experiment: who gets what from whom, and in which order they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import networkx as nx

from hxtorch.spiking.handle import Handle
from hxtorch.spiking.modules.batch_dropout import BatchDropout
from hxtorch.spiking.modules.hx_module import HXModule
from hxtorch.spiking.modules.hx_module_wrapper import HXModuleWrapper
from hxtorch.spiking.modules.input_neuron import InputNeuron
from hxtorch.spiking.modules.types import InputPopulation, Population, Projection

if TYPE_CHECKING:
    from hxtorch.spiking.experiment import Experiment

Step = tuple[Any, tuple[Handle, ...], Any]
"""A module or wrapper, the handles that it gets, and the handle (of a wrapper: the handles) that it fills."""


@dataclass
class _Node:
    """A module in the graph, with its input handles in order and its output handle."""

    module: Any
    target: Any
    sources: list[Any] = field(default_factory=list)


class ModuleManager:
    """Modules of an experiment and their connections since the last `clear`.

    A module keeps its number for ever. In the graph a module is its number, an input that no module fills is
    `s_<number>_<i>`, an output that no module takes is `t_<number>`, and a wrapper, which takes the place of its
    modules when the order is found, is `w_<n>`. Edges carry the handle (attribute `handle`); handles are told apart by
    identity.

    Attributes
    ----------
    nodes : dict of module to int
        Numbers of all modules that were ever added.
    wrappers : dict of HXModuleWrapper to str
        Wrappers in the graph.
    prev_graph : networkx.DiGraph or None
        Graph, with wrappers in place of their modules, before the last `clear`.
    """

    def __init__(self) -> None:
        self.nodes: dict[Any, int] = {}
        self.wrappers: dict[HXModuleWrapper, str] = {}
        self.prev_graph: nx.DiGraph | None = None
        self._prev_wrappers: dict[HXModuleWrapper, str] = {}
        self._in_graph: dict[int, _Node] = {}
        self._implicit_inputs: dict[tuple[int, ...], InputNeuron] = {}
        self._topology_of_last_run: Any = None

    # -- building --------------------------------------------------------------------------------------------------

    def add_node(self, module: Any, sources: tuple[Handle, ...], target: Any) -> int:
        """Add a module, or further inputs of one that is there.

        Parameters
        ----------
        module : HXBaseExperimentModule
            The module.
        sources : tuple of Handle
            What it gets; what it already gets stays, and counts once.
        target : Handle
            What it fills.

        Returns
        -------
        int
            Number of the module.

        Raises
        ------
        ValueError
            The module fills another handle already.
        """
        number = self.nodes.setdefault(module, len(self.nodes))
        node = self._in_graph.setdefault(number, _Node(module, target))
        if node.target is not target:
            raise ValueError(f"{_name(module)} (module {number}) has another output handle already")
        for source in sources:
            if not any(known is source for known in node.sources):
                node.sources.append(source)
        return number

    def add_wrapper(self, wrapper: HXModuleWrapper) -> str:
        """Add a wrapper, once.

        Returns
        -------
        str
            Its identifier.

        Raises
        ------
        AssertionError
            The wrapper has a module twice.
        ValueError
            A module of it is in another wrapper, or has not been called.
        """
        if wrapper in self.wrappers:
            return self.wrappers[wrapper]
        modules = list(wrapper.wrapped.values())
        if len({id(module) for module in modules}) != len(modules):
            raise AssertionError(f"{_name(wrapper)} has a module twice")
        for module in modules:
            if self.nodes.get(module) not in self._in_graph:
                raise ValueError(f"{_name(module)} is in {_name(wrapper)}, but has not been called before it")
            for other, identifier in self.wrappers.items():
                if other.contains(module):
                    raise ValueError(f"{_name(module)} of {_name(wrapper)} is in the wrapper {identifier} already")
        self.wrappers[wrapper] = f"w_{len(self.wrappers)}"
        return self.wrappers[wrapper]

    def clear(self) -> None:
        """Forget all connections and wrappers, but not the numbers of modules and the implicit inputs."""
        self.prev_graph, self._prev_wrappers = self.wrapped_graph, self.wrappers
        self._in_graph = {}
        self.wrappers = {}

    # -- the graph -------------------------------------------------------------------------------------------------

    @property
    def graph(self) -> nx.DiGraph:
        """The modules without regard to wrappers; a new graph each time."""
        graph = nx.DiGraph()
        producers = self._producers()
        taken = set()
        for number, node in self._in_graph.items():
            graph.add_node(number)
            for i, source in enumerate(node.sources):
                producer = producers.get(id(source))
                taken.add(producer)
                graph.add_edge(f"s_{number}_{i}" if producer is None else producer, number, handle=source)
        for number, node in self._in_graph.items():
            if number not in taken:
                graph.add_edge(number, f"t_{number}", handle=node.target)
        return graph

    @property
    def wrapped_graph(self) -> nx.DiGraph:
        """The graph with each wrapper in place of its modules; outputs of these that nobody takes are left out.

        A node of a wrapper has the attributes `sources`, the handles from outside module by module, and `targets`, the
        output handles of its modules.
        """
        graph = self.graph
        for wrapper, identifier in self.wrappers.items():
            numbers = [self.nodes[module] for module in wrapper.wrapped.values()]
            graph.add_node(identifier, sources=self._sources_of_wrapper(wrapper),
                           targets=[self._in_graph[number].target for number in numbers])
            for number in numbers:
                for before, _, handle in list(graph.in_edges(number, data="handle")):
                    if before not in numbers:
                        graph.add_edge(before, identifier, handle=handle)
                for _, after, handle in list(graph.out_edges(number, data="handle")):
                    if after not in numbers and after != f"t_{number}":
                        graph.add_edge(identifier, after, handle=handle)
            graph.remove_nodes_from([*numbers, *(f"t_{number}" for number in numbers)])
        return graph

    def done(self) -> list[Step]:
        """Modules and wrappers in an order in which each comes after those whose handles it gets.

        What does not depend on each other stays in the order in which it was added.

        Raises
        ------
        ValueError
            There is a cycle which is not inside a wrapper.
        """
        wrapper_of = {
            self.nodes[module]: identifier for wrapper, identifier in self.wrappers.items()
            for module in wrapper.wrapped.values()
        }
        members: dict[Any, list[int]] = {}
        for number in self._in_graph:
            members.setdefault(wrapper_of.get(number, number), []).append(number)
        producers = self._producers()
        waits_for = {
            identifier: {
                wrapper_of.get(producers[id(source)], producers[id(source)])
                for number in numbers for source in self._in_graph[number].sources if id(source) in producers
            } - {identifier if identifier in wrapper_of.values() else None}
            for identifier, numbers in members.items()
        }
        steps: list[Step] = []
        while waits_for:
            ready = next((each for each, before in waits_for.items() if not before & waits_for.keys()), None)
            if ready is None:
                raise ValueError(f"modules form the cycle {self._cycle()}, expected it inside an HXModuleWrapper")
            del waits_for[ready]
            steps.append(self._step(ready))
        return steps

    def _step(self, identifier: Any) -> Step:
        if isinstance(identifier, int):
            node = self._in_graph[identifier]
            return node.module, tuple(node.sources), node.target
        wrapper = self.get_wrapper_by_id(identifier)
        targets = (self._in_graph[self.nodes[module]].target for module in wrapper.wrapped.values())
        return wrapper, tuple(self._sources_of_wrapper(wrapper)), tuple(targets)

    def _cycle(self) -> str:
        nodes = [before for before, _ in nx.find_cycle(self.wrapped_graph)]
        return " -> ".join(self._text_of(node) for node in [*nodes, nodes[0]])

    def _producers(self) -> dict[int, int]:
        """Number of the module that fills a handle, by the handle's identity."""
        return {id(node.target): number for number, node in self._in_graph.items()}

    def _sources_of_wrapper(self, wrapper: HXModuleWrapper) -> list[Any]:
        nodes = [self._in_graph[self.nodes[module]] for module in wrapper.wrapped.values()]
        inside = {id(node.target) for node in nodes}
        return [source for node in nodes for source in node.sources if id(source) not in inside]

    # -- questions -------------------------------------------------------------------------------------------------

    def has_module(self, module: Any) -> bool:
        """Whether a module was ever added, or a wrapper is in the graph."""
        return module in self.nodes or module in self.wrappers

    def modules(self) -> list[Any]:
        """Modules in the graph, in the order in which they were added."""
        return [node.module for node in self._in_graph.values()]

    def hardware_modules(self) -> list[HXModule]:
        """Those of them that have a counterpart on the chip."""
        return [module for module in self.modules() if isinstance(module, HXModule)]

    def get_id_by_module(self, module: Any) -> int:
        """Number of a module; KeyError if it was never added."""
        return self.nodes[module]

    def get_module_by_id(self, number: int) -> Any:
        """Module of a number; KeyError if there is none."""
        return _inverse(self.nodes, number)

    def get_id_by_wrapper(self, wrapper: HXModuleWrapper) -> str:
        """Identifier of a wrapper; KeyError if it is not in the graph."""
        return self.wrappers[wrapper]

    def get_wrapper_by_id(self, identifier: str) -> HXModuleWrapper:
        """Wrapper of an identifier, or the one that had it before the last `clear`; KeyError if there is none."""
        found: HXModuleWrapper = _inverse(self.wrappers or self._prev_wrappers, identifier)
        return found

    def find_edges(self, handle: Handle) -> list[tuple[Any, Any]]:
        """Edges that carry a handle."""
        return [(before, after) for before, after, carried in self.graph.edges(data="handle") if carried is handle]

    def sources(self, module: Any) -> list[Any]:
        """Handles that a module in the graph gets, in order."""
        return list(self._in_graph[self.nodes[module]].sources)

    def input_data(self) -> list[Any]:
        """Handles that no module fills, each once."""
        producers = self._producers()
        found: dict[int, Any] = {}
        for node in self._in_graph.values():
            found.update({id(source): source for source in node.sources if id(source) not in producers})
        return list(found.values())

    def source_populations(self, module: Any) -> list[Any]:
        """Populations whose spikes reach a module, through modules that are none."""
        producers = self._producers()

        def before(node: _Node) -> Iterator[int]:
            return (producers[id(source)] for source in node.sources if id(source) in producers)

        return self._populations(module, before)

    def target_populations(self, module: Any) -> list[Any]:
        """Populations that the output of a module reaches, through modules that are none."""

        def after(node: _Node) -> Iterator[int]:
            return (
                number for number, other in self._in_graph.items()
                if any(source is node.target for source in other.sources)
            )

        return self._populations(module, after)

    def _populations(self, module: Any, neighbours: Any) -> list[Any]:
        found, seen = [], {self.nodes[module]}
        pending = list(neighbours(self._in_graph[self.nodes[module]]))
        while pending:
            number = pending.pop(0)
            if number in seen:
                continue
            seen.add(number)
            node = self._in_graph[number]
            if isinstance(node.module, (Population, InputPopulation)):
                found.append(node.module)
            else:
                pending += neighbours(node)
        return found

    # -- before and after a run ------------------------------------------------------------------------------------

    def pre_process(self, experiment: Experiment) -> None:
        """Draw the masks of dropouts and, on the chip, put a source of spikes before each projection without one.

        Raises
        ------
        TypeError
            A dropout follows something else than one population of neurons.
        """
        for module in self.modules():
            if isinstance(module, BatchDropout):
                self._mask(module)
        if not experiment.mock:
            self._add_implicit_inputs(experiment)

    def _mask(self, dropout: BatchDropout) -> None:
        producers = self._producers()
        before = [producers.get(id(source)) for source in self.sources(dropout)]
        modules = [None if number is None else self._in_graph[number].module for number in before]
        if len(modules) != 1 or not isinstance(modules[0], Population):
            names = ", ".join("an open input" if module is None else _name(module) for module in modules) or "nothing"
            raise TypeError(f"{_name(dropout)} follows {names}, expected one population of neurons")
        modules[0].mask = dropout.set_mask()

    def _add_implicit_inputs(self, experiment: Experiment) -> None:
        producers = self._producers()
        takers: dict[tuple[int, Any, Any], tuple[Any, list[int]]] = {}
        for number, node in self._in_graph.items():
            if isinstance(node.module, Projection):
                for source in node.sources:
                    if id(source) not in producers:
                        place = (id(source), node.module.execution_instance, node.module.chip_coordinate)
                        takers.setdefault(place, (source, []))[1].append(number)
        for (_, instance, chip), (handle, numbers) in takers.items():
            sizes = {self._in_graph[number].module.in_features for number in numbers}
            for size in sizes:
                self._add_implicit_input(experiment, handle, [
                    number for number in numbers if self._in_graph[number].module.in_features == size
                ], (size, instance, chip))

    def _add_implicit_input(
        self, experiment: Experiment, handle: Any, numbers: list[int], kind: tuple[int, Any, Any]
    ) -> None:
        size, instance, chip = kind
        key = tuple(numbers)
        if key not in self._implicit_inputs:
            self._implicit_inputs[key] = InputNeuron(size, experiment, instance, chip)
        neurons = self._implicit_inputs[key]
        experiment.connect(neurons, (handle,), neurons.output_handle)
        for number in numbers:
            node = self._in_graph[number]
            node.sources = [neurons.output_handle if source is handle else source for source in node.sources]

    def topology(self) -> Any:
        """What two graphs have in common if the same modules are connected in the same way."""
        producers = self._producers()
        return [
            (number, [producers.get(id(source)) for source in node.sources]) for number, node in self._in_graph.items()
        ]

    def topology_changed_since_last_run(self) -> bool:
        """Whether modules or their connections differ from those of the last run."""
        return bool(self.topology() != self._topology_of_last_run)

    def changed_since_last_run(self) -> bool:
        """Whether the graph, or what a module is on the chip, differs from the last run."""
        return self.topology_changed_since_last_run() or any(
            module.changed_since_last_run for module in self.hardware_modules()
        )

    def reset_changed_since_last_run(self) -> None:
        """Take the present state as that of the last run."""
        self._topology_of_last_run = self.topology()
        for module in self.hardware_modules():
            module.reset_changed_since_last_run()

    # -- text ------------------------------------------------------------------------------------------------------

    def _text_of(self, identifier: Any) -> str:
        if isinstance(identifier, int):
            return f"{_name(self._in_graph[identifier].module)} ({identifier})"
        return str(identifier)

    def __str__(self) -> str:
        producers = self._producers()
        lines = []
        for number, node in self._in_graph.items():
            found = [producers.get(id(source)) for source in node.sources]
            names = [f"s_{number}_{i}" if each is None else str(each) for i, each in enumerate(found)]
            lines.append(f"{number} {_name(node.module)} <- {', '.join(names) or 'nothing'}")
        for wrapper, identifier in self.wrappers.items():
            numbers = ", ".join(str(self.nodes[module]) for module in wrapper.wrapped.values())
            lines.append(f"{identifier} {_name(wrapper)}: {numbers}")
        return "\n".join(lines)


def _name(module: Any) -> str:
    return type(module).__name__


def _inverse(numbers: dict[Any, Any], wanted: Any) -> Any:
    for module, number in numbers.items():
        if number == wanted:
            return module
    raise KeyError(wanted)


