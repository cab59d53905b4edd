"""Execution of signal-flow graphs on chips."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import networkx as nx
import numpy as np

import lola
from grenade.common import ChipOnConnection, ConnectionOnExecutor, ExecutionInstanceID, Time
from grenade.execution import chip_run
from grenade.execution.connection_state import ConnectionState
from grenade.execution.hooks import ExecutionInstanceHooks
from grenade.execution.instance import HostPart, InstanceInput, Values, has_chip_part
from grenade.execution.realtime import BetweenEntries
from grenade.signal_flow import (
    ExecutionHealthInfo,
    ExecutionTimeInfo,
    Graph,
    InputData,
    OutputData,
    OutputDataSnippet,
    vertices,
)
from stadls import Connection, ManagedConnection, connection_from_environment

Chips = Mapping[ExecutionInstanceID, Mapping[ChipOnConnection, lola.Chip]]
"""Settings of the chip for each execution instance."""

BATCH_ORDERS = ("auto", "sequential")


class JITGraphExecutor:
    """Executes graphs on one or several connections, and keeps what it knows of their chips between runs.

    Parameters
    ----------
    connections : Connection or mapping of ConnectionOnExecutor to Connection, optional
        The connections. Default: the one that the environment asks for, see `stadls.connection_from_environment`.
    enable_differential_config : bool
        Whether a configuration is written only where it differs from the last one.
    batch_order : {"auto", "sequential"}
        "auto": where a connection can be cloned and no entry of a batch can see an earlier one, parts of a batch run
        on clones in parallel threads. "sequential": all entries run one behind the other on the chip itself. The
        results have the same statistics; those of "auto" do not depend on the number of threads.
    threads : int, optional
        Most threads for clones. Default: as many as there are processors.
    capmem_settling : Time, optional
        Time for CapMem cells to settle after a change. Default: as the connection needs it.
    progress : callable, optional
        Called during a run with the part of it that is done, 0 to 1.

    Raises
    ------
    ValueError
        No connection, an unknown order, or no thread.
    """

    def __init__(
        self, connections: Connection | Mapping[Any, Connection] | None = None,
        enable_differential_config: bool = True, *, batch_order: str = "auto", threads: int | None = None,
        capmem_settling: Time | None = None, progress: Callable[[float], object] | None = None,
    ) -> None:
        if connections is None:
            connections = connection_from_environment()
        if not isinstance(connections, Mapping):
            connections = {ConnectionOnExecutor(): connections}
        if not connections:
            raise ValueError("an executor needs at least one connection")
        if batch_order not in BATCH_ORDERS:
            raise ValueError(f"batch_order is {batch_order!r}, expected {' or '.join(map(repr, BATCH_ORDERS))}")
        if threads is not None and threads < 1:
            raise ValueError(f"threads is {threads}, expected at least 1")
        self._states = {
            ConnectionOnExecutor.coerce(key): ConnectionState(connection, enable_differential_config, capmem_settling)
            for key, connection in connections.items()
        }
        self.batch_order, self.threads, self.progress = batch_order, threads, progress

    # -- what there is ---------------------------------------------------------------------------------------------

    def contained_connections(self) -> set[ConnectionOnExecutor]:
        """Connections of the executor."""
        return set(self._states)

    def size(self) -> int:
        """Number of connections."""
        return len(self._states)

    def connection_sizes(self) -> dict[ConnectionOnExecutor, int]:
        """Number of chips of each connection."""
        return {key: len(state.connection.get_unique_identifier()) for key, state in self._states.items()}

    def get_time_info(self) -> dict[ConnectionOnExecutor, list[Any]]:
        """Time that the connections spent so far."""
        return {key: state.connection.time_info for key, state in self._states.items()}

    def get_unique_identifier(self, hwdb_path: str | None = None) -> dict[ConnectionOnExecutor, list[str]]:
        """Names of the chips."""
        return {key: state.connection.get_unique_identifier(hwdb_path) for key, state in self._states.items()}

    def get_bitfile_info(self) -> dict[ConnectionOnExecutor, list[str]]:
        """Firmware of the FPGAs."""
        return {key: state.connection.bitfile_info for key, state in self._states.items()}  # type: ignore[attr-defined]

    def get_remote_repo_state(self) -> dict[ConnectionOnExecutor, list[str]]:
        """State of the software on remote sides."""
        return {key: state.connection.repo_state for key, state in self._states.items()}  # type: ignore[attr-defined]

    def get_hwdb_entry(self) -> dict[ConnectionOnExecutor, list[Any]]:
        """Descriptions of the chips."""
        return {key: state.connection.get_hwdb_entry() for key, state in self._states.items()}

    def release_connections(self) -> dict[ConnectionOnExecutor, Connection]:
        """Hand the connections back; the executor is empty afterwards."""
        released = {key: state.connection for key, state in self._states.items()}
        self._states = {}
        return released

    # -- running ---------------------------------------------------------------------------------------------------

    def run_graph(
        self, graphs: Graph | Sequence[Graph], chips: Chips | Sequence[Chips], inputs: InputData,
        hooks: Mapping[ExecutionInstanceID, ExecutionInstanceHooks] | None = None,
    ) -> OutputData:
        """Execute graphs, one for each snippet, in all entries of a batch.

        Execution instances that do not depend on each other run at the same time on different connections.

        Parameters
        ----------
        graphs : Graph or sequence of Graph
            Graphs of the snippets. All have the same execution instances.
        chips : mapping or sequence of mapping
            Settings of the chip by execution instance and chip, for each snippet.
        inputs : InputData
            Values, runtimes and what happens between entries.
        hooks : mapping of ExecutionInstanceID to ExecutionInstanceHooks, optional
            Additions to the programs.

        Returns
        -------
        OutputData
            Values of all `DataOutput` vertices, and what is known of the execution.

        Raises
        ------
        RuntimeError
            Numbers of snippets differ, inputs do not fit, settings of a chip are missing, or the execution failed.
        """
        begin = time.perf_counter()
        output = _Run(self, graphs, chips, inputs, hooks or {}).execute()
        assert output.execution_time_info is not None
        output.execution_time_info.execution_duration = timedelta(seconds=time.perf_counter() - begin)
        return output

    def state_of(self, connection: ConnectionOnExecutor) -> ConnectionState:
        """A connection with what is known of it.

        Raises
        ------
        RuntimeError
            The executor has no such connection.
        """
        if connection not in self._states:
            raise RuntimeError(f"the executor has no {connection}, it has {sorted(self._states)}")
        return self._states[connection]

    def __repr__(self) -> str:
        return f"JITGraphExecutor({', '.join(repr(state.connection) for state in self._states.values())})"


class ManagedJITGraphExecutor:
    """Context manager of an executor: it connects on entering and disconnects on leaving.

    Parameters
    ----------
    enable_differential_config : bool
        See `JITGraphExecutor`.
    connection : ManagedConnection, optional
        Makes the connection. Default: as the environment says.
    """

    def __init__(self, enable_differential_config: bool = True, connection: ManagedConnection | None = None) -> None:
        self._differential = enable_differential_config
        self._connection = connection or ManagedConnection()

    def __enter__(self) -> JITGraphExecutor:
        return JITGraphExecutor(self._connection.__enter__(), self._differential)

    def __exit__(self, *exception: Any) -> None:
        self._connection.__exit__(*exception)


class _Run:
    """One run of an executor."""

    def __init__(
        self, executor: JITGraphExecutor, graphs: Graph | Sequence[Graph], chips: Chips | Sequence[Chips],
        inputs: InputData, hooks: Mapping[ExecutionInstanceID, ExecutionInstanceHooks],
    ) -> None:
        self._executor, self._inputs = executor, inputs
        self._hooks = {ExecutionInstanceID.coerce(instance): each for instance, each in hooks.items()}
        self._graphs = [graphs] if isinstance(graphs, Graph) else list(graphs)
        self._chips = [_keyed(each) for each in ([chips] if isinstance(chips, Mapping) else chips)]
        self._check()
        self._batch_size = inputs.batch_size()
        self._done = {
            instance: 0.0 for instance in self._graphs[0].execution_instance_graph
            if has_chip_part(self._graphs, instance)
        }
        self._values: list[Values] = [dict(snippet.data) for snippet in inputs.snippets]
        self._output = OutputData()
        self._output.snippets = [OutputDataSnippet() for _ in self._graphs]
        self._output.execution_time_info = ExecutionTimeInfo()
        self._output.execution_health_info = ExecutionHealthInfo()
        self._output.read_ppu_symbols = [{} for _ in range(self._batch_size)]

    def _check(self) -> None:
        counts = (len(self._graphs), len(self._chips), len(self._inputs.snippets))
        if len(set(counts)) != 1 or not counts[0]:
            raise RuntimeError(
                f"there are {counts[0]} graphs, {counts[1]} sets of chip settings and {counts[2]} snippets of inputs, "
                "expected the same number of each, and at least one"
            )
        if not self._inputs.valid():
            raise RuntimeError("the snippets of the inputs have batches of different sizes")
        orders = [graph.execution_instance_graph for graph in self._graphs]
        shapes = [(set(order.nodes), set(order.edges)) for order in orders]
        if any(shape != shapes[0] for shape in shapes):
            raise RuntimeError("the graphs of the snippets differ in their execution instances")

    def execute(self) -> OutputData:
        order = self._graphs[0].execution_instance_graph
        instances = list(nx.topological_sort(order))
        if self._executor.size() <= 1 or len(instances) == 1:
            for instance in instances:
                self._execute_instance(instance)
        else:
            self._execute_in_threads({instance: set(order.predecessors(instance)) for instance in instances})
        return self._output

    def _execute_in_threads(self, waiting: dict[ExecutionInstanceID, set[ExecutionInstanceID]]) -> None:
        """Execute instances, each as soon as those that it waits for are done."""
        running: dict[Future[None], ExecutionInstanceID] = {}
        with ThreadPoolExecutor(max_workers=self._executor.size()) as pool:
            while waiting or running:
                for instance in [each for each, before in waiting.items() if not before]:
                    del waiting[instance]
                    running[pool.submit(self._execute_instance, instance)] = instance
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    instance = running.pop(future)
                    future.result()
                    for before in waiting.values():
                        before.discard(instance)

    def _execute_instance(self, instance: ExecutionInstanceID) -> None:
        hosts = [HostPart(graph, instance) for graph in self._graphs]
        for host, values in zip(hosts, self._values, strict=True):
            host.evaluate(values)
        if has_chip_part(self._graphs, instance):
            self._execute_on_chip(instance)
            for host, values in zip(hosts, self._values, strict=True):
                host.evaluate(values)
        for graph, values, snippet in zip(self._graphs, self._values, self._output.snippets, strict=True):
            for descriptor, _ in graph.vertices_of(instance, vertices.DataOutput):
                if descriptor not in values:
                    raise RuntimeError(f"vertex {descriptor} of execution instance {int(instance)} has no input value")
                snippet.data[descriptor] = values[descriptor]

    def _execute_on_chip(self, instance: ExecutionInstanceID) -> None:
        chip_on_connection, connection = _place_of(self._graphs, instance)
        state = self._executor.state_of(connection)
        hooks = self._hooks.get(instance, ExecutionInstanceHooks()).chips.get(chip_on_connection)
        snippets = [self._snippet(j, instance, chip_on_connection) for j in range(len(self._graphs))]
        with state.lock:
            result = chip_run.execute(
                state, snippets, instance, chip_on_connection, hooks or ExecutionInstanceHooks.Chip(),
                self._between(instance),
                chip_run.Options(self._executor.batch_order, self._executor.threads, self._progress_of(instance)),
            )
        for j, values in enumerate(result.values):
            self._values[j].update(values)
            self._output.snippets[j].pre_execution_chips[instance] = {chip_on_connection: result.configs[j]}
        self._report(instance, chip_on_connection, connection, result)

    def _progress_of(self, instance: ExecutionInstanceID) -> Callable[[float], object] | None:
        """Takes what part of an execution instance is done, and tells the mean of all of them."""
        report = self._executor.progress
        if report is None:
            return None

        def of_instance(fraction: float) -> None:
            self._done[instance] = fraction
            report(sum(self._done.values()) / len(self._done))

        return of_instance

    def _snippet(self, j: int, instance: ExecutionInstanceID, chip: ChipOnConnection) -> InstanceInput:
        settings = self._chips[j].get(instance)
        if settings is None or chip not in settings:
            raise RuntimeError(f"there are no settings of {chip} for {instance} in snippet {j}")
        return InstanceInput(self._graphs[j], settings[chip], self._values[j], self._runtimes(j, instance))

    def _runtimes(self, j: int, instance: ExecutionInstanceID) -> np.ndarray:
        runtimes = self._inputs.snippets[j].runtimes(instance)
        return np.zeros(self._batch_size, np.int64) if runtimes is None else runtimes

    def _between(self, instance: ExecutionInstanceID) -> BetweenEntries:
        disabled = self._inputs.inter_batch_entry_routing_disabled.get(instance, True)
        return BetweenEntries(disabled, int(self._inputs.inter_batch_entry_wait.get(instance, 0)))

    def _report(
        self, instance: ExecutionInstanceID, chip: ChipOnConnection, connection: ConnectionOnExecutor,
        result: chip_run.ChipResult,
    ) -> None:
        times, health = self._output.execution_time_info, self._output.execution_health_info
        assert times is not None and health is not None
        per_chip = times.execution_duration_per_hardware.setdefault(connection, {})
        per_chip[chip] = per_chip.get(chip, timedelta()) + result.execution_duration
        times.realtime_duration_per_execution_instance.setdefault(instance, {})[chip] = result.realtime_duration
        health.execution_instances.setdefault(
            instance, ExecutionHealthInfo.ExecutionInstance()).chips[chip] = result.health
        for entry, symbols in zip(self._output.read_ppu_symbols, result.symbols, strict=True):
            if symbols:
                entry.setdefault(instance, {})[chip] = dict(symbols)


def _keyed(chips: Chips) -> dict[ExecutionInstanceID, dict[ChipOnConnection, lola.Chip]]:
    """Settings with identifiers as keys, where there may be numbers."""
    return {
        ExecutionInstanceID.coerce(instance): {ChipOnConnection.coerce(chip): config for chip, config in each.items()}
        for instance, each in chips.items()
    }


def _place_of(graphs: Sequence[Graph], instance: ExecutionInstanceID) -> tuple[ChipOnConnection, ConnectionOnExecutor]:
    """Chip of an execution instance.

    Raises
    ------
    RuntimeError
        There are several.
    """
    found = [
        vertex.chip_on_executor for graph in graphs for _, vertex in graph.vertices_of(instance, vertices.ChipVertex)
    ]
    # Most share one object, and its hash takes longer than its identity.
    places = set({id(place): place for place in found}.values())
    if len(places) > 1:
        raise RuntimeError(f"execution instance {int(instance)} is on {len(places)} chips, expected one")
    place: tuple[ChipOnConnection, ConnectionOnExecutor] = places.pop()
    return place
