"""Running network graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grenade.common import ExecutionInstanceID
from grenade.execution import ExecutionInstanceHooks, JITGraphExecutor
from grenade.execution.executor import Chips
from grenade.network.graph import NetworkGraph
from grenade.signal_flow import InputData, InputDataSnippet, OutputData
from stadls import Connection


def run(
    connection: Connection | JITGraphExecutor,
    network_graphs: NetworkGraph | Sequence[NetworkGraph],
    configs: Chips | Sequence[Chips],
    inputs: InputData | InputDataSnippet,
    hooks: Mapping[ExecutionInstanceID, ExecutionInstanceHooks] | None = None,
) -> OutputData:
    """Execute networks, one for each snippet.

    Parameters
    ----------
    connection : Connection or JITGraphExecutor
        Where. An executor keeps the state of the chip between runs; with a plain connection all of it is written anew.
    network_graphs : NetworkGraph or sequence of NetworkGraph
        Graphs of the snippets.
    configs : mapping or sequence of mapping
        For each snippet a dict `ExecutionInstanceID` -> dict `ChipOnConnection` -> `lola.Chip`.
    inputs : InputData or InputDataSnippet
        Input spikes and runtimes.
    hooks : mapping of ExecutionInstanceID to ExecutionInstanceHooks, optional
        Additions to the programs; their builders are empty afterwards.

    Returns
    -------
    OutputData
        Results; see `extract_neuron_spikes` and its relatives.

    Raises
    ------
    RuntimeError
        Numbers of snippets differ, or the execution failed.
    """
    graphs = [network_graphs] if isinstance(network_graphs, NetworkGraph) else list(network_graphs)
    if isinstance(inputs, InputDataSnippet):
        inputs = InputData([inputs])
    executor: Any = connection if isinstance(connection, JITGraphExecutor) else JITGraphExecutor(connection, False)
    return executor.run_graph([graph.graph for graph in graphs], configs, inputs, hooks)
