"""Record of a network: everything that was added to the builder, per execution instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grenade.common import ExecutionInstanceID
from grenade.experiment.plasticity_rules import PlasticityRuleRecord
from grenade.experiment.populations import AnyPopulationRecord, record_of
from grenade.experiment.projections import InterProjectionRecord, ProjectionRecord
from grenade.experiment.record import Number, Record
from grenade.experiment.recordings import CADCRecord, MADCRecord, PadRecord
from grenade.network.builder import NetworkBuilder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grenade.network.network import ExecutionInstance, Network


class InstanceRecord(Record):
    """One execution instance. The place of a population, projection or rule in its list is its descriptor."""

    id: Number
    populations: list[AnyPopulationRecord]
    projections: list[ProjectionRecord]
    madc: MADCRecord | None
    cadc: CADCRecord | None
    pad: PadRecord | None
    plasticity_rules: list[PlasticityRuleRecord]

    @classmethod
    def of(cls, number: ExecutionInstanceID, instance: ExecutionInstance) -> InstanceRecord:
        """Record of an execution instance."""
        for kind in ("populations", "projections", "plasticity_rules"):
            _check_numbering(number, kind, getattr(instance, kind))
        madc, cadc, pad = instance.madc_recording, instance.cadc_recording, instance.pad_recording
        return cls(
            id=int(number),
            populations=[record_of(population) for population in instance.populations.values()],
            projections=[ProjectionRecord.of(projection) for projection in instance.projections.values()],
            madc=None if madc is None else MADCRecord.of(madc),
            cadc=None if cadc is None else CADCRecord.of(cadc),
            pad=None if pad is None else PadRecord.of(pad),
            plasticity_rules=[PlasticityRuleRecord.of(rule) for rule in instance.plasticity_rules.values()],
        )


def _check_numbering(number: ExecutionInstanceID, kind: str, items: Mapping[object, object]) -> None:
    found = [int(descriptor) for descriptor in items]  # type: ignore[call-overload]
    if found != list(range(len(found))):
        raise ValueError(f"{kind} of {number!r} are not numbered in order: {found}")


class NetworkRecord(Record):
    """A network."""

    instances: list[InstanceRecord]
    inter_projections: list[InterProjectionRecord]

    @classmethod
    def of(cls, network: Network) -> NetworkRecord:
        """Record of a network."""
        return cls(
            instances=[InstanceRecord.of(*item) for item in network.execution_instances.items()],
            inter_projections=[
                InterProjectionRecord.of(projection) for projection in network.inter_execution_instance_projections
            ],
        )

    def network(self) -> Network:
        """The network, built anew, so that all rules of networks are checked.

        Raises
        ------
        ValueError
            An execution instance is listed twice, or empty, or a field does not exist on the chip.
        RuntimeError
            The network violates a rule; the error says which.
        """
        if len({instance.id for instance in self.instances}) != len(self.instances):
            raise ValueError(f"an execution instance is listed twice: {[instance.id for instance in self.instances]}")
        builder = NetworkBuilder()
        for instance in self.instances:
            self._build(builder, instance)
        for projection in self.inter_projections:
            builder.add(projection.projection())
        return builder.done()

    @staticmethod
    def _build(builder: NetworkBuilder, instance: InstanceRecord) -> None:
        number = ExecutionInstanceID(instance.id)
        for population in instance.populations:
            builder.add(population.population(), number)
        for projection in instance.projections:
            builder.add(projection.projection(), number)
        for recording in (instance.madc, instance.cadc, instance.pad):
            if recording is not None:
                builder.add(recording.recording(), number)
        for rule in instance.plasticity_rules:
            builder.add(rule.rule(), number)
