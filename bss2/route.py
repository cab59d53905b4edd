"""Command line: where the parts of a network find their place on the chip."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bss2.experiment_files import DOES_NOT_FIT, Picture, fail, reading, save_picture

if TYPE_CHECKING:
    from grenade.network.network import ExecutionInstance
    from grenade.plot import Occupancy


class Router(StrEnum):
    """Routers that can be asked for."""

    greedy = "greedy"
    portfolio = "portfolio"


def route(
    file: Annotated[Path, typer.Argument(help="File of a network, an experiment or a result.")],
    plot: Picture = None,
    router: Annotated[Router, typer.Option(help="Try one router, or several ones.")] = Router.portfolio,
) -> None:
    """Route a network and show how much of the chip it uses.

    Ends with 0 if it fits, with 1 and the reason if it does not, and with 2 on errors. With several execution
    instances, there is a picture for each, with its number before the ending of the file name.
    """
    from grenade.experiment import load_network
    from grenade.experiment.routing import route as route_network
    from grenade.network.routing import UnsuccessfulRouting
    from grenade.plot import Occupancy, plot_occupancy

    with reading(file):
        network = load_network(file)
    begin = time.perf_counter()
    try:
        routing = route_network(network, router.value)
    except UnsuccessfulRouting as error:
        fail(f"{error} (resource: {error.resource})", DOES_NOT_FIT)
    duration = time.perf_counter() - begin
    several = len(network.execution_instances) > 1
    for instance, content in network.execution_instances.items():
        occupancy = Occupancy.of_routing(routing.execution_instances[instance], content.populations)
        _show(int(instance), content, occupancy)
        if plot is not None:
            path = plot.with_name(f"{plot.stem}-{int(instance)}{plot.suffix}") if several else plot
            save_picture(plot_occupancy(occupancy, f"{file.name}, execution instance {int(instance)}"), path)
            print(f"picture: {path}\n")
    print(f"routed in {duration * 1e3:.0f} ms")


def _show(instance: int, content: ExecutionInstance, occupancy: Occupancy) -> None:
    """Print the use of the chip by an execution instance, in total and by bus."""
    from rich.console import Console
    from rich.table import Table

    parts = f"{len(content.populations)} populations, {len(content.projections)} projections"
    print(f"execution instance {instance}: {parts}")
    totals = Table("", "used", "of", "", box=None, pad_edge=False)
    buses = Table("PADI bus", "drivers", "rows exc.", "rows inh.", "synapses", box=None, pad_edge=False)
    for table in (totals, buses):
        for column in table.columns[1:]:
            column.justify = "right"
    for name, used, size in (
        ("neuron circuits", occupancy.num_neurons, 512), ("synapses", occupancy.num_synapses, 131072),
        ("synapse drivers", int(occupancy.drivers.sum()), 256),
    ):
        totals.add_row(name, f"{used:,}", f"{size:,}", f"{used / size:.1%}")
    drivers, rows, synapses = occupancy.drivers_per_bus, occupancy.rows_per_bus, occupancy.synapses_per_bus
    for hemisphere, name in enumerate(("top", "bottom")):
        for bus in range(4):
            excitatory, inhibitory = rows[hemisphere, bus]
            buses.add_row(
                f"{name} {bus}", f"{drivers[hemisphere, bus]} of 32", str(excitatory), str(inhibitory),
                f"{synapses[hemisphere, bus]:,}",
            )
    console = Console(highlight=False)
    for table in (totals, buses):
        console.print(table)
        print()
