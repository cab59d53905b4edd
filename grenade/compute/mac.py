"""Analog multiplication of vectors and a matrix."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any, ClassVar

import numpy as np

import halco
import lola
from grenade.common import ChipOnConnection, ExecutionInstanceID, Time
from grenade.compute import mac_graph
from grenade.compute.integers import batch, integers
from grenade.compute.loopback import log_statistics
from grenade.compute.madc_file import append_samples
from grenade.compute.operation import Executor, Operation
from grenade.signal_flow import InputData, InputDataSnippet, OutputDataSnippet, TimedBatch, UInt5
from grenade.signal_flow.transformations.arguments import checked_size
from halco.core import RangedInt


class MAC(Operation):
    """Multiply-accumulate of vectors of activations and a matrix of weights.

    An activation is the length of a pulse, its product with a weight a charge, and the sum is what neurons collect on
    their membranes, which the CADC reads before and after. A matrix with more than 128 inputs or 256 outputs is split:
    two parts, one per hemisphere, run at a time, and partial sums are added on the host within -128..127.

    Parameters
    ----------
    weights : (inputs, outputs) array_like of int
        The matrix: `MAC.Weight` or numbers, -63 to 63.
    num_sends : int
        How often each vector is sent: results grow with it.
    wait_between_events : Time or int
        Distance of events in FPGA cycles (8 ns).
    enable_loopback : bool
        Whether events also return to the host, which logs statistics of their distances (level INFO).
    madc_recording_neuron : halco.AtomicNeuronOnDLS
        Neuron circuit whose membrane is recorded by the MADC if there is a path.
    madc_recording_path : str or path-like
        Text file to which samples are appended in each run: lines of execution instance, batch entry, time in FPGA
        cycles since the first possible event, and value, separated by tabs. Empty: there is no recording.

    Raises
    ------
    RuntimeError
        The matrix is empty or ragged.
    OverflowError
        A weight is out of range.
    ValueError
        `num_sends` is not positive.
    """

    class Weight(RangedInt, min=-63, max=63):
        """Weight of a matrix: 6 bits, and a synapse row for each sign."""

    DEFAULT_WAIT: ClassVar[Time] = Time(25)

    def __init__(
        self, weights: Any, num_sends: int = 1, wait_between_events: Time | int = DEFAULT_WAIT,
        enable_loopback: bool = False, madc_recording_neuron: halco.AtomicNeuronOnDLS | None = None,
        madc_recording_path: str | PathLike[str] = "",
    ) -> None:
        self._weights = _checked_weights(weights)
        self.num_sends = checked_size(num_sends, "MAC", "num_sends")
        self.wait_between_events = Time.coerce(wait_between_events)
        self.enable_loopback = bool(enable_loopback)
        if madc_recording_neuron is None:
            madc_recording_neuron = halco.AtomicNeuronOnDLS()
        self.madc_recording_neuron = halco.AtomicNeuronOnDLS.coerce(madc_recording_neuron)
        self.madc_recording_path = fspath(madc_recording_path)
        self._built: tuple[mac_graph.MACPlan, mac_graph.MACGraph] | None = None

    @property
    def weights(self) -> np.ndarray:
        """(inputs, outputs) int8, not to be written into; assign other weights instead."""
        return self._weights

    @weights.setter
    def weights(self, weights: Any) -> None:
        self._weights = _checked_weights(weights)
        self._built = None

    def input_size(self) -> int:
        return int(self._weights.shape[0])

    def output_size(self) -> int:
        return int(self._weights.shape[1])

    def run(self, inputs: Any, chip: lola.Chip | None = None, executor: Executor | None = None) -> np.ndarray:
        """Products of vectors and the matrix.

        Parameters
        ----------
        inputs : (batch, inputs) array_like of int
            Activations: `UInt5` or numbers, 0 to 31. An activation of 0 sends no event.
        chip : lola.Chip
            Settings of neurons, synapse drivers and CADC, as of a calibration for MAC mode.
        executor : JITGraphExecutor
            What executes.

        Returns
        -------
        (batch, outputs) int8
            What the CADC read, less its value before the events.

        Raises
        ------
        RuntimeError
            The batch is empty or ragged or of wrong size, or the execution failed.
        OverflowError
            An activation is out of range.
        TypeError
            There is no chip or no executor.
        """
        activations = batch(inputs, "MAC: inputs", self.input_size(), UInt5.min, UInt5.max, np.uint8)
        if chip is None or executor is None:
            raise TypeError(f"MAC.run: expected a chip and an executor, got {chip!r} and {executor!r}")
        built = self._graph()
        instances = built.tiling.by_instance()
        chips = {instance: {ChipOnConnection(): chip} for instance in instances}
        data = {built.external_input: TimedBatch.from_array(activations)}
        given = InputData([InputDataSnippet(data, _runtimes(built, activations))])
        # Nothing on the chip sends events, so that the crossbar may stay as it is between two vectors.
        given.inter_batch_entry_routing_disabled = dict.fromkeys(instances, False)
        output = executor.run_graph(built.graph, chips, given).snippets[0]
        self._report(built, output)
        result: np.ndarray = output.data[built.result].values
        expected = len(activations), self.output_size()
        if result.shape != expected:
            raise RuntimeError(f"MAC: the execution gave results of shape {result.shape}, expected {expected}")
        return result

    def _graph(self) -> mac_graph.MACGraph:
        """The graph, made anew only if something has changed."""
        plan = mac_graph.MACPlan(
            self.input_size(), self.output_size(), self.num_sends, self.wait_between_events, self.enable_loopback,
            self.madc_recording_neuron if self.madc_recording_path else None,
        )
        if self._built is None or self._built[0] != plan:
            self._built = plan, mac_graph.build(plan, self._weights)
        return self._built[1]

    def _report(self, built: mac_graph.MACGraph, output: OutputDataSnippet) -> None:
        """Hand samples and events that came back over to file and log."""
        if built.samples:
            append_samples(
                self.madc_recording_path, {instance: output.data[d] for instance, d in built.samples.items()})
        for instance, descriptor in built.loopback.items():
            log_statistics(instance, output.data[descriptor])

    def __getstate__(self) -> dict[str, Any]:
        # The graph can be made again.
        return vars(self) | {"_built": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._weights.setflags(write=False)

    def __repr__(self) -> str:
        inputs, outputs = self._weights.shape
        return (f"MAC({inputs}x{outputs}, num_sends={self.num_sends}, "
                f"wait_between_events={int(self.wait_between_events)})")


def _checked_weights(weights: Any) -> np.ndarray:
    checked = integers(weights, "MAC: weights", 2, MAC.Weight.min, MAC.Weight.max, np.int8)
    checked.setflags(write=False)
    return checked


def _runtimes(built: mac_graph.MACGraph, activations: np.ndarray) -> list[dict[ExecutionInstanceID, int]]:
    """Runtimes of execution instances without an event in any entry: else they would not even be read out."""
    used: np.ndarray = np.any(activations, axis=0)
    silent = {
        instance: 1 for instance, tiles in built.tiling.by_instance().items()
        if not any(used[tile.inputs.slice].any() for tile in tiles)
    }
    return [silent] * len(activations) if silent else []
