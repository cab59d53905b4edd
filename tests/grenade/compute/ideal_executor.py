"""An executor without a chip: it follows events through a graph and computes what an ideal chip would."""

from __future__ import annotations

from typing import Any

import numpy as np

from grenade.signal_flow import MADC_SAMPLE, Graph, InputData, OutputData, OutputDataSnippet, TimedBatch, vertices
from haldls import SynapseDriverConfig

_SIGN = {SynapseDriverConfig.RowMode.excitatory: 1, SynapseDriverConfig.RowMode.inhibitory: -1}


class IdealExecutor:
    """Executes graphs of multiplications.

    Parameters
    ----------
    divisor : int
        The CADC reads the sum of activation times weight, divided by this and rounded down.

    Attributes
    ----------
    graphs, chips, inputs : list
        What has been executed.
    """

    def __init__(self, divisor: int = 1) -> None:
        self.divisor = divisor
        self.graphs: list[Graph] = []
        self.chips: list[Any] = []
        self.inputs: list[InputData] = []

    def run_graph(self, graphs: Graph, chips: Any, inputs: InputData) -> OutputData:
        self.graphs.append(graphs)
        self.chips.append(chips)
        self.inputs.append(inputs)
        values = dict(inputs.snippets[0].data)
        for instance in graphs.execution_instances:
            for descriptor, vertex in graphs.vertices_of(instance):
                if descriptor not in values and not isinstance(vertex, vertices.ChipVertex):
                    values[descriptor] = self._host(graphs, descriptor, vertex, values)
                elif isinstance(vertex, vertices.CADCMembraneReadoutView):
                    assert instance in chips
                    values[descriptor] = self._read(graphs, descriptor, values)
                elif isinstance(vertex, vertices.MADCReadoutView):
                    values[descriptor] = _madc_samples(inputs.batch_size())
                elif isinstance(vertex, vertices.CrossbarL2Output):
                    values[descriptor] = _returned(graphs, descriptor, values)
        output = OutputData()
        output.snippets = [OutputDataSnippet({
            d: values[d] for d in graphs if isinstance(graphs.vertex(d), vertices.DataOutput)
        })]
        return output

    @staticmethod
    def _host(graph: Graph, descriptor: int, vertex: Any, values: dict[int, TimedBatch]) -> TimedBatch:
        given = []
        for each in graph.inputs(descriptor):
            batch = values[each.descriptor]
            if each.port_restriction is not None:
                batch = TimedBatch(batch.offsets, batch.times, batch.values[:, each.port_restriction.slice])
            given.append(batch)
        return vertex.apply(given) if isinstance(vertex, vertices.Transformation) else given[0]

    def _read(self, graph: Graph, readout: int, values: dict[int, TimedBatch]) -> TimedBatch:
        total: Any = 0
        for neurons in graph.inputs(readout):
            for synapses in graph.inputs(neurons.descriptor):
                total = total + _collected(graph, synapses.descriptor, values)
        return TimedBatch.from_array(np.clip(total // self.divisor, -128, 127).astype(np.int8))


def _collected(graph: Graph, synapses: int, values: dict[int, TimedBatch]) -> np.ndarray:
    """Charge on the neurons, (batch, columns)."""
    view: Any = graph.vertex(synapses)
    total: Any = 0
    for each in graph.inputs(synapses):
        driver: Any = graph.vertex(each.descriptor)
        number = int(driver.coordinate.toEnum()) % 128
        lengths = _pulse_lengths(graph, each.descriptor, values)
        for row, mode in ((2 * number, driver.row_mode_bottom), (2 * number + 1, driver.row_mode_top)):
            weights = view.weights[view.rows == row].astype(int)
            assert not view.labels[view.rows == row].any()
            total = total + _SIGN[mode] * lengths[:, None] * weights
    return np.asarray(total)


def _pulse_lengths(graph: Graph, driver_descriptor: int, values: dict[int, TimedBatch]) -> np.ndarray:
    """Sum of the activations that arrive at a driver, (batch,)."""
    driver: Any = graph.vertex(driver_descriptor)
    assert not driver.enable_address_out
    position, mask = int(driver.coordinate.toEnum()) % 128 // 4, driver.row_address_compare_mask
    total: Any = 0
    for bus in graph.inputs(driver_descriptor):
        for node in graph.inputs(bus.descriptor):
            events, passed = _passing(graph, node.descriptor, values)
            labels = events.values.astype(int)
            passed &= (labels >> 6 & 0x1F & mask) == (position & mask)
            passed &= (labels & 0x20) == 0  # this bit always reaches the synapses, whose labels are 0
            activations = np.where(passed, 32 - (labels & 0x1F), 0)
            total = total + np.bincount(events.entries(), activations, events.batch_size()).astype(int)
    return np.asarray(total)


def _passing(graph: Graph, node_descriptor: int, values: dict[int, TimedBatch]) -> tuple[TimedBatch, np.ndarray]:
    """Events from the host, and which of them pass a crossbar node."""
    node: Any = graph.vertex(node_descriptor)
    (l2_input,) = graph.inputs(node_descriptor)
    (source,) = graph.inputs(l2_input.descriptor)
    events = values[source.descriptor]
    labels = events.values.astype(int)
    at_input = 8 + (labels >> 14) == int(node.coordinate.toCrossbarInputOnDLS())
    return events, at_input & ((labels & int(node.config.mask)) == int(node.config.target))


def _returned(graph: Graph, l2_output: int, values: dict[int, TimedBatch]) -> TimedBatch:
    chosen: Any = False
    for node in graph.inputs(l2_output):
        events, passed = _passing(graph, node.descriptor, values)
        chosen = chosen | passed
    return TimedBatch.from_events(
        events.entries()[chosen], events.times[chosen], events.values[chosen], events.batch_size())


def _madc_samples(batch_size: int) -> TimedBatch:
    """Three samples per entry: values 100, 101, ... at times 0, 4, 8."""
    values = np.zeros(3 * batch_size, MADC_SAMPLE)
    values["value"] = 100 + np.arange(3 * batch_size)
    return TimedBatch(3 * np.arange(batch_size + 1), np.tile([0, 4, 8], batch_size), values)
