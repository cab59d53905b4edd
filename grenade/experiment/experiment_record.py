"""Record of an experiment."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

import lola
from grenade.common import ChipOnConnection, ExecutionInstanceID, PopulationOnNetwork, Time
from grenade.experiment.arrays import array
from grenade.experiment.experiment import INPUT_SPIKE, Experiment
from grenade.experiment.network_record import NetworkRecord
from grenade.experiment.record import Number, Pair, Record, on_network


class ChipRecord(Record):
    """Settings of a chip: all words of its register image, in the order of their addresses."""

    instance: Number
    chip: Number
    words: array(np.uint32, None)  # type: ignore[valid-type]

    @classmethod
    def of(cls, instance: ExecutionInstanceID, chip: ChipOnConnection, settings: lola.Chip) -> ChipRecord:
        """Record of the settings."""
        words = np.frombuffer(settings._to_bytes(), "<u4").astype(np.uint32)
        return cls(instance=int(instance), chip=int(chip), words=words)

    def settings(self) -> lola.Chip:
        """The settings; another number of words than a chip has raises ValueError."""
        chip = lola.Chip()
        chip._from_bytes(self.words.astype("<u4").tobytes())
        return chip


class SpikesRecord(Record):
    """Spikes that a population of external sources sends; `population` has its number and execution instance."""

    population: Pair
    spikes: array(INPUT_SPIKE, None)  # type: ignore[valid-type]


class RuntimesRecord(Record):
    """How long an execution instance runs, FPGA cycles: for each entry of the batch, or one number for all."""

    instance: Number
    cycles: array(np.int64, None)  # type: ignore[valid-type]


class BetweenRecord(Record):
    """What happens between entries of the batch: time in FPGA cycles, and whether events travel on the chip."""

    instance: Number
    wait: Number | None
    routing_disabled: bool | None


class ExperimentRecord(Record):
    """An experiment."""

    network: NetworkRecord
    chips: list[ChipRecord]
    batch_size: Annotated[int, Field(ge=1)]
    spikes: list[SpikesRecord]
    runtimes: list[RuntimesRecord]
    between: list[BetweenRecord]
    router: Literal["portfolio", "greedy"]

    @classmethod
    def of(cls, experiment: Experiment) -> ExperimentRecord:
        """Record of an experiment; ExperimentError if its parts do not fit each other."""
        experiment.check()
        waits, disabled = experiment.inter_batch_entry_wait, experiment.inter_batch_entry_routing_disabled
        return cls(
            network=NetworkRecord.of(experiment.network),
            chips=[
                ChipRecord.of(instance, chip, settings)
                for instance, chips in experiment.chips.items() for chip, settings in chips.items()
            ],
            batch_size=experiment.batch_size,
            spikes=[
                SpikesRecord(population=on_network(population), spikes=spikes)
                for population, spikes in experiment.spikes.items()
            ],
            runtimes=[
                RuntimesRecord(instance=int(instance), cycles=cycles)
                for instance, cycles in experiment.runtimes.items()
            ],
            between=[
                BetweenRecord(
                    instance=int(instance), wait=None if instance not in waits else waits[instance].value(),
                    routing_disabled=disabled.get(instance),
                )
                for instance in {**waits, **disabled}
            ],
            router=experiment.router,
        )

    def experiment(self) -> Experiment:
        """The experiment.

        Raises
        ------
        ValueError, RuntimeError
            Its parts do not fit each other, or the network violates a rule.
        """
        chips: dict[ExecutionInstanceID, dict[ChipOnConnection, lola.Chip]] = {}
        for each in self.chips:
            chips.setdefault(ExecutionInstanceID(each.instance), {})[ChipOnConnection(each.chip)] = each.settings()
        experiment = Experiment(
            self.network.network(),
            chips,
            {ExecutionInstanceID(each.instance): each.cycles for each in self.runtimes},
            self.batch_size,
            {PopulationOnNetwork(*each.population): each.spikes for each in self.spikes},
            {ExecutionInstanceID(each.instance): Time(each.wait) for each in self.between if each.wait is not None},
            {
                ExecutionInstanceID(each.instance): each.routing_disabled
                for each in self.between if each.routing_disabled is not None
            },
            self.router,
        )
        found = sum(map(len, chips.values())), len(experiment.spikes), len(experiment.runtimes)
        if found != (len(self.chips), len(self.spikes), len(self.runtimes)):
            raise ValueError("a chip, or the spikes or the runtimes of something are listed twice")
        experiment.check()
        return experiment
