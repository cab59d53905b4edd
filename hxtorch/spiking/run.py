"""Running experiments."""

from __future__ import annotations

from numbers import Integral

from hxtorch.spiking.execution_info import ExecutionInfo
from hxtorch.spiking.experiment import Experiment


def run(experiment: Experiment, runtime: int | None) -> ExecutionInfo | None:
    """Fill the handles of all modules that have been called since the last run, and forget their connections.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    runtime : int or None
        Time steps that the chip runs. Without a chip the length of the inputs counts.

    Returns
    -------
    ExecutionInfo or None
        How the chip did; None without a chip.

    Raises
    ------
    ValueError
        The runtime is no integer, and there is a chip; or modules form a cycle.
    """
    if not experiment.mock and (not isinstance(runtime, Integral) or isinstance(runtime, bool)):
        raise ValueError(f"runtime is {runtime!r}, expected a number of time steps")
    try:
        hw_map, info = experiment.get_hw_results(runtime)
        for module, sources, target in experiment.modules.done():
            module.exec_forward(sources, target, hw_map)
    finally:
        experiment.modules.clear()
    return info
