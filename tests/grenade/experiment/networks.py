"""Random networks with everything that a description can hold."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import halco
import haldls
from grenade.common import AtomicNeuronOnExecutionInstance, ExecutionInstanceID, PopulationOnNetwork
from grenade.network import (
    BackgroundSourcePopulation,
    CADCRecording,
    ExternalSourcePopulation,
    InterExecutionInstanceProjection,
    MADCRecording,
    Network,
    PadRecording,
    PlasticityRule,
    Population,
    Projection,
    Receptor,
    SpikeIOSourcePopulation,
)
from grenade.network.builder import NetworkBuilder
from grenade.network.recording import Source

SOMA = halco.CompartmentOnLogicalNeuron(0)
DENDRITE = halco.CompartmentOnLogicalNeuron(1)
RECEPTORS = [Receptor(Receptor.ID(id_), type_) for id_ in (0, 3) for type_ in Receptor.Type]


def shape(*compartments: tuple[int, ...]) -> halco.LogicalNeuronCompartments:
    """Compartments with these circuits of the upper row of a neuron."""
    return halco.LogicalNeuronCompartments({
        halco.CompartmentOnLogicalNeuron(key): [halco.AtomicNeuronOnLogicalNeuron(column, 0) for column in columns]
        for key, columns in enumerate(compartments)
    })


SHAPES = {"point": shape((0,)), "pair": shape((0, 1)), "two compartments": shape((0,), (2, 3)), "gap": shape((3, 1))}


def neuron(
    place: int, compartments: halco.LogicalNeuronCompartments, record: bool, receptors: list[set[Receptor]]
) -> Population.Neuron:
    """A neuron at a circuit, every compartment of which has the same receptors and its last circuit as master."""
    coordinate = halco.LogicalNeuronOnDLS(compartments, halco.AtomicNeuronOnDLS(halco.Enum(place)))
    return Population.Neuron(coordinate, {
        key: Population.Neuron.Compartment(
            Population.Neuron.Compartment.SpikeMaster(len(circuits) - 1, record) if key == SOMA else None,
            [receptors[i % len(receptors)] for i in range(len(circuits))],
        )
        for key, circuits in coordinate.get_placed_compartments().items()
    })


@st.composite
def populations(draw: st.DrawFn, places: list[int]) -> Population:
    """A population at some of the places, which are four columns apart; they are used up."""
    size = draw(st.integers(0, min(4, len(places))))
    kind = SHAPES[draw(st.sampled_from(sorted(SHAPES)))]
    receptors = draw(st.lists(st.sets(st.sampled_from(RECEPTORS), min_size=1), min_size=1, max_size=2))
    record = draw(st.booleans())
    return Population([neuron(places.pop(), kind, record, receptors) for _ in range(size)])


recorded = st.lists(st.booleans(), max_size=9)


@st.composite
def sources(draw: st.DrawFn, buses: list[int], addresses: list[int]) -> object:
    """External sources, sources at the serial interface, or in a generator; buses and addresses are used up."""
    kind = draw(st.sampled_from(["external", "spikeio", "background"]))
    if kind == "external":
        return ExternalSourcePopulation([ExternalSourcePopulation.Neuron(each) for each in draw(recorded)])
    if kind == "spikeio":
        labels = draw(st.lists(st.sampled_from(addresses), max_size=5, unique=True))
        addresses[:] = [address for address in addresses if address not in labels]
        return SpikeIOSourcePopulation(
            [SpikeIOSourcePopulation.Neuron(halco.SpikeIOAddress(label), draw(st.booleans())) for label in labels],
            SpikeIOSourcePopulation.Config(haldls.SpikeIOConfig.DataRateScaler(5), draw(st.booleans())),
        )
    bus, generator = buses.pop(), haldls.BackgroundSpikeSource
    hemispheres = draw(st.sets(st.sampled_from(list(halco.iter_all(halco.HemisphereOnDLS))), min_size=1))
    config = BackgroundSourcePopulation.Config(
        generator.Period(draw(st.integers(0, 0xFFFF))), generator.Rate(draw(st.integers(0, 255))),
        generator.Seed(draw(st.integers(1, 0xFFFF))), True,
    )
    size = draw(st.sampled_from([0, 1, 2, 8]))
    return BackgroundSourcePopulation(
        [BackgroundSourcePopulation.Neuron(draw(st.booleans())) for _ in range(size)],
        {hemisphere: halco.PADIBusOnPADIBusBlock(bus) for hemisphere in hemispheres}, config,
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A network of up to two execution instances."""
    builder = NetworkBuilder()
    ids = draw(st.lists(st.integers(0, 5).map(ExecutionInstanceID), unique=True, max_size=2))
    external: dict[ExecutionInstanceID, tuple[PopulationOnNetwork, int]] = {}
    for instance in ids:
        _add_instance(draw, builder, instance, external)
    if len(external) == 2:
        (pre, pre_size), (post, post_size) = (external[instance] for instance in ids)
        pairs = draw(st.lists(st.tuples(st.integers(0, pre_size - 1), st.integers(0, post_size - 1)), unique=True))
        table = np.array([(i, 0, j, 0, 7 * i) for i, j in pairs], np.int64).reshape(-1, 5)
        builder.add(InterExecutionInstanceProjection().from_numpy(table, pre, post))
    return builder.done()


def _add_instance(
    draw: st.DrawFn, builder: NetworkBuilder, instance: ExecutionInstanceID,
    external: dict[ExecutionInstanceID, tuple[PopulationOnNetwork, int]],
) -> None:
    places, buses, addresses = list(range(0, 120, 4)), list(range(4)), list(range(256))
    size = draw(st.integers(1, 20))
    outside = builder.add(
        ExternalSourcePopulation([ExternalSourcePopulation.Neuron(draw(st.booleans())) for _ in range(size)]), instance
    )
    external[instance] = (outside, size)
    for _ in range(draw(st.integers(0, 2))):
        builder.add(draw(sources(buses, addresses)), instance)
    for _ in range(draw(st.integers(0, 2))):
        _add_neurons(draw, builder, instance, draw(populations(places)), outside, size)


def _add_neurons(
    draw: st.DrawFn, builder: NetworkBuilder, instance: ExecutionInstanceID, population: Population,
    outside: PopulationOnNetwork, size: int,
) -> None:
    """Neurons, a projection onto them, and at the first time recordings and a plasticity rule."""
    neurons = builder.add(population, instance)
    local = neurons.toPopulationOnExecutionInstance()
    if not population.size:
        return
    receptor = sorted(
        set.intersection(*(set.union(*each.compartments[SOMA].receptors) for each in population.neurons)),
        key=lambda each: (int(each.id), int(each.type)),
    )[0]
    pairs = draw(st.lists(
        st.tuples(st.integers(0, size - 1), st.integers(0, population.size - 1)), unique=True, max_size=12
    ))
    table = np.array([(i, 0, j, 0, draw(st.integers(0, 200))) for i, j in pairs], np.int64).reshape(-1, 5)
    projection = builder.add(
        Projection().from_numpy(receptor, table, outside.toPopulationOnExecutionInstance(), local), instance
    )
    place = AtomicNeuronOnExecutionInstance(local, population.size - 1, SOMA, 0)
    source = draw(st.sampled_from(list(Source)))
    if int(local) > 1:
        return
    if draw(st.booleans()):
        builder.add(MADCRecording([MADCRecording.Neuron(place, source)]), instance)
    if draw(st.booleans()):
        builder.add(CADCRecording([CADCRecording.Neuron(place, source)], draw(st.booleans())), instance)
    if draw(st.booleans()):
        pad = PadRecording.Source(PadRecording.Neuron(place, source), draw(st.booleans()))
        builder.add(PadRecording({halco.PadOnDLS(draw(st.integers(0, 1))): pad}), instance)
    if draw(st.booleans()):
        rule = draw(plasticity_rules(has_synapses=bool(pairs)))
        rule.projections = [projection.toProjectionOnExecutionInstance()]
        readouts = [
            {key: [None] * len(circuits) for key, circuits in each.coordinate.get_placed_compartments().items()}
            for each in population.neurons
        ]
        readouts[-1][SOMA][0] = source
        rule.populations = [PlasticityRule.PopulationHandle(local, readouts)]
        builder.add(rule, instance)


@st.composite
def plasticity_rules(draw: st.DrawFn, has_synapses: bool) -> PlasticityRule:
    """A rule without projections and populations; it records synapses only where there will be some."""
    timed = PlasticityRule.TimedRecording
    observables = {
        "a": timed.ObservablePerSynapse(
            timed.ObservablePerSynapse.Type.uint16, timed.ObservablePerSynapse.LayoutPerRow.packed_active_columns
        ),
        "b_1": timed.ObservablePerNeuron(timed.ObservablePerNeuron.Type.int16),
        "c": timed.ObservableArray(timed.ObservableArray.Type.uint8, 5),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(observables) if has_synapses else ["b_1", "c"])))
    return PlasticityRule(
        kernel=draw(st.text(max_size=50)),
        timer=PlasticityRule.Timer(draw(st.integers(0, 2**40)), draw(st.integers(1, 2**40)), draw(st.integers(0, 99))),
        recording=draw(st.sampled_from([
            None, PlasticityRule.RawRecording(64, True), timed({name: observables[name] for name in sorted(chosen)}),
        ])),
        id=draw(st.integers(0, 9)),
    )


