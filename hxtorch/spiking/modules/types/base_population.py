"""Populations of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hxtorch.spiking.modules.hx_module import ChipCoordinate, HXModule

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment


class BasePopulation(HXModule):
    """A population.

    Parameters
    ----------
    size : int
        Number of neurons or sources.
    experiment, execution_instance, chip_coordinate
        As for `HXModule`.

    Raises
    ------
    ValueError
        The size is not positive.
    """

    def __init__(
        self, size: int, experiment: Experiment, execution_instance: ExecutionInstance | None = None,
        chip_coordinate: ChipCoordinate | None = None,
    ) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        if size < 1:
            raise ValueError(f"size of {type(self).__name__} is {size}, expected 1 or more")
        self.size = size

    def add_to_network_graph(self, builder: Any) -> Any:
        """Add the population to a network, and remember its descriptor.

        Parameters
        ----------
        builder : grenade.network.NetworkBuilder
            The network.

        Returns
        -------
        PopulationOnNetwork
            The descriptor.
        """
        raise NotImplementedError(f"{type(self).__name__} has no counterpart on the chip")

    def register_hw_entity(self) -> None:
        """Tell the experiment of the population."""
        self.experiment.register_population(self)

    def extra_repr(self) -> str:
        return f"size={self.size}"


class InputPopulation(BasePopulation):
    """A source of spikes outside the chip."""

    def batch_size(self, input: Any) -> int:
        """Number of entries of a batch of inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no inputs")
