"""Networks: everything that was added, per execution instance."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Generic, TypeVar

from grenade.common import (
    ExecutionInstanceID,
    PlasticityRuleOnExecutionInstance,
    PopulationOnExecutionInstance,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
)
from grenade.network.plasticity_rule import PlasticityRule
from grenade.network.population import AnyPopulation
from grenade.network.projection import InterExecutionInstanceProjection, Projection
from grenade.network.recording import CADCRecording, MADCRecording, PadRecording

K = TypeVar("K")
V = TypeVar("V")


class Descriptors(dict[K, V], Generic[K, V]):
    """A dict by descriptor. Lookups also take the number, and the descriptor that knows its execution instance.

    Parameters
    ----------
    kind : type
        Type of the keys.
    items : mapping
        What is in it.
    """

    def __init__(self, kind: Any, items: Mapping[K, V] | None = None) -> None:
        super().__init__()
        self._kind = kind
        if items:
            self.update(items)

    def _key(self, key: Any) -> Any:
        try:
            return self._kind.coerce(key)
        except TypeError:
            return key

    def __missing__(self, key: Any) -> V:
        coerced = self._key(key)
        if coerced is key or not dict.__contains__(self, coerced):
            raise KeyError(f"no {key!r}; known are {sorted(map(int, self))}")  # type: ignore[arg-type]
        return dict.__getitem__(self, coerced)

    def __contains__(self, key: Any) -> bool:
        return dict.__contains__(self, self._key(key))

    def get(self, key: Any, default: Any = None) -> Any:
        return dict.get(self, self._key(key), default)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._kind, dict(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Descriptors[K, V]:
        return Descriptors(self._kind, {key: deepcopy(value, memo) for key, value in self.items()})


@dataclass
class ExecutionInstance:
    """What runs together on one chip.

    Attributes
    ----------
    populations, projections, plasticity_rules : dict
        By descriptor, in order of addition.
    madc_recording, cadc_recording, pad_recording : recording or None
        Recordings of voltages.
    """

    populations: Descriptors[PopulationOnExecutionInstance, AnyPopulation] = field(
        default_factory=lambda: Descriptors(PopulationOnExecutionInstance)
    )
    projections: Descriptors[ProjectionOnExecutionInstance, Projection] = field(
        default_factory=lambda: Descriptors(ProjectionOnExecutionInstance)
    )
    madc_recording: MADCRecording | None = None
    cadc_recording: CADCRecording | None = None
    pad_recording: PadRecording | None = None
    plasticity_rules: Descriptors[PlasticityRuleOnExecutionInstance, PlasticityRule] = field(
        default_factory=lambda: Descriptors(PlasticityRuleOnExecutionInstance)
    )

    def __repr__(self) -> str:
        recordings = [
            recording
            for recording in (self.madc_recording, self.cadc_recording, self.pad_recording)
            if recording is not None
        ]
        return (
            f"ExecutionInstance(populations={dict(self.populations)}, projections={dict(self.projections)}, "
            f"recordings={recordings}, plasticity_rules={dict(self.plasticity_rules)})"
        )


@dataclass
class Network:
    """A complete network. It is not to be changed.

    Attributes
    ----------
    execution_instances : dict of ExecutionInstanceID to Network.ExecutionInstance
        What was added, per execution instance.
    inter_execution_instance_projections : list of InterExecutionInstanceProjection
        Projections from one execution instance to another.
    topologically_sorted_execution_instance_ids : list of ExecutionInstanceID
        Execution instances in an order in which each comes after those it gets spikes from.
    construction_duration : datetime.timedelta
        Time that adding and checking took; it is left out of comparisons.
    """

    ExecutionInstance = ExecutionInstance

    execution_instances: Descriptors[ExecutionInstanceID, _ExecutionInstance] = field(
        default_factory=lambda: Descriptors(ExecutionInstanceID)
    )
    inter_execution_instance_projections: list[InterExecutionInstanceProjection] = field(default_factory=list)
    topologically_sorted_execution_instance_ids: list[ExecutionInstanceID] = field(default_factory=list)
    construction_duration: timedelta = field(default_factory=timedelta, compare=False)

    def with_weights(self, weights: Mapping[ProjectionOnNetwork, Any]) -> Network:
        """The same network with other weights; all else is shared with this one.

        This is the quick way for training, where nothing else changes. Not part of the real system's interface.

        Parameters
        ----------
        weights : mapping of ProjectionOnNetwork to array_like of int, (connections,)
            Weights of all connections of some projections.

        Raises
        ------
        KeyError
            There is no such projection.
        ValueError
            A wrong number of weights, or numbers that are not whole, negative or do not fit into 63 bits.
        """
        instances = Descriptors(ExecutionInstanceID, self.execution_instances)
        for descriptor, values in weights.items():
            projection_id = ProjectionOnNetwork.coerce(descriptor)
            instance_id = projection_id.toExecutionInstanceID()
            local = projection_id.toProjectionOnExecutionInstance()
            instance = instances[instance_id]
            if instance is self.execution_instances[instance_id]:
                projections = Descriptors(ProjectionOnExecutionInstance, instance.projections)
                instance = instances[instance_id] = replace(instance, projections=projections)
            instance.projections[local] = instance.projections[local].with_weights(values)
        return replace(self, execution_instances=instances)


_ExecutionInstance = ExecutionInstance
