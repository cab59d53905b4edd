"""Recording of the operations of an inference on the chip, and running them again without PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

import numpy as np
import torch

from grenade.compute import MAC, Operation, Sequence
from hxtorch.hardware import perceptron_chip, require_executor
from hxtorch.perceptron import conversion, trace_file

_active: dict[int, InferenceTracer] = {}
"""All tracers that were started and not yet stopped, by `id`."""


class InferenceTracer:
    """Records the operations between `start` and `stop`, each of which has to get the result of the one before.

    Only operations on the chip are recorded, not those of mock mode. Several tracers may be active at a time.

    Parameters
    ----------
    filename : str or path-like
        File to which the operations are written.
    """

    def __init__(self, filename: str | PathLike[str]) -> None:
        self.filename = filename
        self._operations: list[Operation] = []
        self._last: torch.Tensor | None = None

    def start(self) -> None:
        """Begin to record.

        Raises
        ------
        RuntimeError
            The tracer is recording already.
        """
        if id(self) in _active:
            raise RuntimeError("InferenceTracer.start: the tracer is active already")
        self._operations, self._last = [], None
        _active[id(self)] = self

    def stop(self) -> list[str]:
        """End the recording and write the file.

        Returns
        -------
        list of str
            Names of the operations in order: "mac", "relu", "converting_relu", "add", "argmax".

        Raises
        ------
        RuntimeError
            The tracer has not been started.
        OSError
            The file cannot be written.
        """
        if _active.pop(id(self), None) is None:
            raise RuntimeError("InferenceTracer.stop: the tracer is not active")
        trace_file.save(self._operations, self.filename)
        return [trace_file.NAMES[type(operation)] for operation in self._operations]

    def _check(self, given: torch.Tensor) -> None:
        if self._last is not None and not torch.equal(given, self._last):
            raise RuntimeError(
                f"InferenceTracer: an operation got something else than the result of the one before, "
                f"{trace_file.NAMES[type(self._operations[-1])]}"
            )

    def _add(self, operation: Operation, result: torch.Tensor) -> None:
        self._operations.append(operation)
        # A copy: what was traced shall not change if the result is changed in place.
        self._last = result.detach().clone()


class Step:
    """An operation that tracers see."""

    def __init__(self, tracers: tuple[InferenceTracer, ...]) -> None:
        self._tracers = tracers

    def __bool__(self) -> bool:
        """Whether anyone sees it."""
        return bool(self._tracers)

    def end(self, operation: Callable[[], Operation], result: torch.Tensor) -> None:
        """Tell the tracers what was done, and with which result; the operation is made only if there are any."""
        for tracer in self._tracers:
            tracer._add(operation(), result)


def begin(given: torch.Tensor) -> Step:
    """Begin an operation on a tensor.

    Raises
    ------
    RuntimeError
        A tracer is active, and the tensor is not the last result that it has seen.
    """
    tracers = tuple(_active.values())
    for tracer in tracers:
        tracer._check(given)
    return Step(tracers)


def inference_trace(input: torch.Tensor, filename: str | PathLike[str]) -> torch.Tensor:
    """Run the operations of a file on the chip, without going back to PyTorch between them.

    Parameters
    ----------
    input : torch.Tensor, float32, [inputs] or [batch, inputs]
        Activations if the first operation is a product, else results of a product.
    filename : str or path-like
        File that an `InferenceTracer` has written.

    Returns
    -------
    torch.Tensor, [outputs] or [batch, outputs]
        Result of the last operation; float32, or int64 for "argmax".

    Raises
    ------
    RuntimeError
        The input has other dimensions, its size does not fit, there are no operations, or the hardware is not
        initialised.
    OverflowError
        An activation is out of range.
    stadls.checked_file.CheckedFileError
        The file is not usable.
    """
    if input.dim() not in (1, 2):
        raise RuntimeError(f"inference_trace: input of shape {tuple(input.shape)}, expected one or two dimensions")
    operations = trace_file.load(filename)
    if not operations:
        raise RuntimeError(f"inference_trace: there are no operations in {filename}")
    executor = require_executor()
    convert = conversion.activations if isinstance(operations[0], MAC) else conversion.results
    batch = np.atleast_2d(convert(input, "inference_trace: input"))
    values = Sequence(operations).run(batch, perceptron_chip(), executor)
    result = torch.from_numpy(values.astype(np.int64 if values.dtype == np.uint32 else np.float32))
    return result if input.dim() == 2 else result[0]
