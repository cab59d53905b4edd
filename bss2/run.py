"""Command line: running experiments."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bss2.experiment_files import DOES_NOT_FIT, Picture, fail, reading, save_picture

if TYPE_CHECKING:
    from grenade.experiment.experiment import Progress


def run(
    file: Annotated[Path, typer.Argument(help="File of an experiment, or of a result, to repeat it.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the result.")],
    seed: Annotated[
        str | None, typer.Option(help="Seed of the chip, or 'ideal'. Default: as the environment says.")
    ] = None,
    noise: Annotated[
        bool | None, typer.Option("--noise/--no-noise", help="Temporal noise. Default: as the environment says.")
    ] = None,
    plot: Picture = None,
) -> None:
    """Run an experiment on a simulated chip and save its result.

    Ends with 1 and the reason if the network does not fit on the chip, and with 2 on errors.
    """
    from grenade.experiment import load_experiment
    from grenade.network.routing import UnsuccessfulRouting

    with reading(file):
        experiment = load_experiment(file)
    _check_place(output)
    connection = _connection(seed, noise)
    try:
        with _progress() as progress:
            result = experiment.run(connection, progress)
    except UnsuccessfulRouting as error:
        fail(f"{error} (resource: {error.resource})", DOES_NOT_FIT)
    except (RuntimeError, ValueError) as error:
        fail(error)
    finally:
        connection.disconnect()
    try:
        result.save(output)
    except OSError as error:
        fail(f"{output}: {error.strerror}")
    print(result)
    if plot is not None:
        from grenade.plot import plot_result

        save_picture(plot_result(result, title=file.name), plot)


def show(
    file: Annotated[Path, typer.Argument(help="File of a network, an experiment or a result.")],
    plot: Picture = None,
    entry: Annotated[int, typer.Option(min=0, help="Entry of the batch that is drawn.")] = 0,
) -> None:
    """Print what is in a file, and draw it: a network, or what an experiment recorded."""
    from grenade.experiment import Experiment, Result, load

    with reading(file):
        thing = load(file)
    experiment = thing.experiment if isinstance(thing, Result) else thing
    network = experiment.network if isinstance(experiment, Experiment) else experiment
    _show_network(network)
    if isinstance(experiment, Experiment):
        print(experiment)
    if isinstance(thing, Result):
        _show_result(thing)
    if plot is None:
        return
    from grenade.plot import plot_network, plot_result

    if isinstance(thing, Result):
        if entry >= thing.experiment.batch_size:
            fail(f"--entry {entry}: the batch has {thing.experiment.batch_size} entries")
        save_picture(plot_result(thing, entry, file.name), plot)
    else:
        save_picture(plot_network(network, file.name), plot)


def _show_network(network: Any) -> None:
    for instance, content in network.execution_instances.items():
        print(f"execution instance {int(instance)}")
        for descriptor, population in content.populations.items():
            print(f"  population {int(descriptor)}: {type(population).__name__}, {population.size:,} neurons")
        for descriptor, projection in content.projections.items():
            print(
                f"  projection {int(descriptor)}: population {int(projection.population_pre)} to "
                f"{int(projection.population_post)}, {projection.receptor.type.name}, {projection.size:,} connections"
            )
        for descriptor, rule in content.plasticity_rules.items():
            print(f"  plasticity rule {int(descriptor)}: {rule.timer.num_periods} periods")
    for projection in network.inter_execution_instance_projections:
        print(f"{projection.population_pre!r} to {projection.population_post!r}: {projection.size:,} connections")


def _show_result(result: Any) -> None:
    print(result)
    print(result.time_info)
    for instance, chips in result.health_info.execution_instances.items():
        for chip, health in chips.chips.items():
            drops = sum(int(counter.value) for counter in health.crossbar_input_drop_counter)
            print(f"execution instance {int(instance)}, chip {int(chip)}: {drops:,} events dropped at crossbar inputs")


def _check_place(output: Path) -> None:
    """Whether the result can be written is better known before a long run than after it."""
    folder = output.parent
    if not folder.is_dir():
        fail(f"{output}: No such folder")
    if output.is_dir() or not os.access(output if output.exists() else folder, os.W_OK):
        fail(f"{output}: cannot be written")


def _connection(seed: str | None, noise: bool | None) -> Any:
    """A simulated chip with this seed and noise, or what the environment asks for."""
    import stadls

    if seed is None and noise is None:
        return stadls.connection_from_environment()
    from chipsim import Chip, SimConnection

    number: int | str | None = "environment"
    if seed is not None:
        try:
            number = None if seed == "ideal" else int(seed, 0)
        except ValueError:
            fail(f"--seed {seed}: expected a number or 'ideal'")
    if number is None:
        return SimConnection(Chip.ideal(noise=bool(noise)))
    return SimConnection(Chip(number, noise=noise))


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error with the stage that is under way."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<20}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=1.0)

        def tell(stage: str, done: float) -> None:
            bar.update(task, description=stage, completed=done)

        yield tell
