"""Projections: weights between two populations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from grenade.common import PopulationOnNetwork, ProjectionOnNetwork
from grenade.network import (
    ExternalSourcePopulation,
    InterExecutionInstanceProjection,
    NetworkBuilder,
    PlasticityRule,
    Receptor,
)
from grenade.network import Projection as NetworkProjection
from hxtorch.spiking.backend.rounding import round_half_away
from hxtorch.spiking.handle import SynapseHandle
from hxtorch.spiking.modules.hx_module import ChipCoordinate, HXModule

if TYPE_CHECKING:
    from hxtorch.spiking.execution_instance import ExecutionInstance
    from hxtorch.spiking.experiment import Experiment

EXCITATORY = Receptor(Receptor.ID(), Receptor.Type.excitatory)
INHIBITORY = Receptor(Receptor.ID(), Receptor.Type.inhibitory)


class Projection(HXModule):
    """Weights between two populations. On the chip these are two projections, for positive and negative weights.

    Parameters
    ----------
    in_features, out_features : int
        Sizes of the populations that send and receive.
    experiment, execution_instance, chip_coordinate
        As for `HXModule`.
    device, dtype
        Of the weights.
    transform : callable
        From model weights to those of the chip, which are rounded to integers.
    plasticity_rule : grenade.network.PlasticityRule, optional
        Rule for the synapses, without projections of its own.

    Attributes
    ----------
    weight : torch.nn.Parameter of shape (out_features, in_features)
        Model weights.
    weight_transform : callable
        The transform.
    descriptor : tuple of ProjectionOnNetwork or None
        Excitatory and inhibitory projection on the chip.
    """

    output_type = SynapseHandle
    hardware_attributes = frozenset({"plasticity_rule"})

    def __init__(
        self, in_features: int, out_features: int, experiment: Experiment,
        execution_instance: ExecutionInstance | None = None, chip_coordinate: ChipCoordinate | None = None,
        device: Any = None, dtype: Any = None, transform: Callable[[torch.Tensor], torch.Tensor] = torch.clone,
        plasticity_rule: PlasticityRule | None = None,
    ) -> None:
        super().__init__(experiment, execution_instance, chip_coordinate)
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if size < 1:
                raise ValueError(f"{name} of {type(self).__name__} is {size}, expected 1 or more")
        self.in_features, self.out_features = in_features, out_features
        self.weight = torch.nn.Parameter(torch.empty((out_features, in_features), device=device, dtype=dtype))
        self.weight_transform = transform
        self.plasticity_rule = plasticity_rule
        self._hw_weights: np.ndarray | None = None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights, uniformly with a bound of 1 / sqrt(in_features)."""
        torch.nn.init.kaiming_uniform_(self.weight, a=5 ** 0.5)

    # -- on the chip -----------------------------------------------------------------------------------------------

    def connections(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the sending and of the receiving neuron of each connection, int64, in a fixed order."""
        post, pre = np.divmod(np.arange(self.out_features * self.in_features), self.in_features)
        return pre, post

    def hardware_weights(self) -> np.ndarray:
        """Weights of the chip for each connection, int64, as the model's weights are now.

        Raises
        ------
        ValueError
            A weight is not finite, or the transform changes the shape.
        """
        with torch.no_grad():
            transformed = self.weight_transform(self.weight.detach().clone())
            if transformed.shape != self.weight.shape:
                raise ValueError(f"weight_transform of {type(self).__name__} gives the shape "
                                 f"{tuple(transformed.shape)}, expected {tuple(self.weight.shape)}")
            values = transformed.cpu().numpy()
        if not np.isfinite(values).all():
            raise ValueError(f"weights of {type(self).__name__} are not finite after weight_transform")
        return round_half_away(self._of_connections(values))

    def _of_connections(self, weights: np.ndarray) -> np.ndarray:
        """Entries of a matrix (out_features, in_features) for each connection."""
        return weights.reshape(-1)

    def changed_network_weights(self) -> dict[ProjectionOnNetwork, np.ndarray]:
        """Weights of both projections on the chip, if they differ from those of the last run; they are these now."""
        weights = self.hardware_weights()
        if self._hw_weights is not None and np.array_equal(self._hw_weights, weights):
            return {}
        self._hw_weights = weights
        excitatory, inhibitory = self.descriptor
        return {excitatory: np.maximum(weights, 0), inhibitory: np.maximum(-weights, 0)}

    @property
    def network_changed_since_last_run(self) -> bool:
        return self._changed_since_last_run

    @property
    def changed_since_last_run(self) -> bool:
        return (
            self._changed_since_last_run or self._hw_weights is None
            or not np.array_equal(self._hw_weights, self.hardware_weights())
        )

    def register_hw_entity(self) -> None:
        """Tell the experiment of the projection."""
        self.experiment.register_projection(self)

    def add_to_network_graph(
        self, pre: PopulationOnNetwork, post: PopulationOnNetwork, builder: NetworkBuilder
    ) -> tuple[ProjectionOnNetwork, ProjectionOnNetwork]:
        """Add the synapses to a network, and remember their descriptors.

        Spikes of another execution instance arrive over a population of sources of the host.

        Parameters
        ----------
        pre, post : PopulationOnNetwork
            Populations that send and receive.
        builder : NetworkBuilder
            The network.

        Returns
        -------
        tuple of ProjectionOnNetwork
            Excitatory and inhibitory synapses.
        """
        instance = self._require_instance().ID
        if pre.toExecutionInstanceID() != instance:
            pre = self._add_relay(pre, builder)
        weights = self._hw_weights = self.hardware_weights()
        table = np.zeros((len(weights), 5), np.int64)
        table[:, 0], table[:, 2] = self.connections()
        descriptors = []
        for receptor, values in ((EXCITATORY, weights), (INHIBITORY, -weights)):
            table[:, 4] = np.maximum(values, 0)
            projection = NetworkProjection().from_numpy(
                receptor, table, pre.toPopulationOnExecutionInstance(), post.toPopulationOnExecutionInstance(),
                self._require_chip())
            descriptors.append(builder.add(projection, instance))
        self.descriptor = (descriptors[0], descriptors[1])
        if self.plasticity_rule is not None:
            self.plasticity_rule.projections = [
                descriptor.toProjectionOnExecutionInstance() for descriptor in descriptors
            ]
        return descriptors[0], descriptors[1]

    def _add_relay(self, pre: PopulationOnNetwork, builder: NetworkBuilder) -> PopulationOnNetwork:
        """Sources that send what a population of another execution instance sends."""
        sources = ExternalSourcePopulation(
            [ExternalSourcePopulation.Neuron() for _ in range(self.in_features)], self._require_chip())
        relay = builder.add(sources, self._require_instance().ID)
        table = np.zeros((self.in_features, 5), np.int64)
        table[:, 0] = table[:, 2] = np.arange(self.in_features)
        builder.add(InterExecutionInstanceProjection().from_numpy(table, pre, relay))
        return relay

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}"
