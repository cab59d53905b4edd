"""Running networks, and what they recorded as raw data: `_hxtorch_spiking`."""

import _hxtorch_spiking
import numpy as np
import pytest
import torch

import halco
import hxtorch
from grenade.common import ChipOnConnection, ExecutionInstanceID
from grenade.network import (
    AtomicNeuronOnExecutionInstance,
    CADCRecording,
    ExternalSourcePopulation,
    InputGenerator,
    MADCRecording,
    NetworkBuilder,
    Population,
    Projection,
    Receptor,
    build_network_graph,
    extract_cadc_arrays,
)
from grenade.network.routing import PortfolioRouter

SIZE, BATCH, RUNTIME = 3, 3, 100 * 125
FIRST = ExecutionInstanceID(0)
EXCITATORY = Receptor(Receptor.ID(0), Receptor.Type.excitatory)
SOMA = halco.CompartmentOnLogicalNeuron(0)


def network(madc=0):
    """Three neurons, one source for each; spikes and CADC of all are recorded, and the MADC of some."""
    shape = halco.LogicalNeuronCompartments({SOMA: [halco.AtomicNeuronOnLogicalNeuron()]})
    kind = Population.Neuron.Compartment
    builder = NetworkBuilder()
    # Neurons on both hemispheres, of which each has its own converters.
    neurons = builder.add(Population([
        Population.Neuron(
            halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS(halco.Enum(circuit))),
            {SOMA: kind(kind.SpikeMaster(0, True), [{EXCITATORY}])},
        )
        for circuit in (0, 301, 5)
    ]))
    sources = builder.add(ExternalSourcePopulation([ExternalSourcePopulation.Neuron()] * SIZE))
    number = np.arange(SIZE)
    builder.add(Projection(
        EXCITATORY, np.stack([number, 0 * number, number, 0 * number, 0 * number + 63], 1), sources, neurons))

    def recorded(kind, numbers):
        return kind([
            kind.Neuron(AtomicNeuronOnExecutionInstance(neurons.toPopulationOnExecutionInstance(), i, SOMA, 0))
            for i in numbers
        ])

    builder.add(recorded(CADCRecording, range(SIZE)))
    if madc:
        builder.add(recorded(MADCRecording, range(madc)))
    described = builder.done()
    return build_network_graph(described, PortfolioRouter()(described)), neurons, sources


def executed(chip, graph, sources):
    settings = chip.oracle.chip(leak=80, reset=80, threshold=125, tau_mem=10, tau_syn=10)
    generator = InputGenerator(graph, BATCH)
    generator.add_events(np.repeat(np.arange(BATCH), 20), np.tile(np.arange(BATCH), (20, 1)).T.ravel(),
                         np.tile(1250 + 125 * np.arange(20), BATCH), sources)
    snippet = generator.done()
    snippet.runtime = [{FIRST: RUNTIME}] * BATCH
    return _hxtorch_spiking.run({FIRST: {ChipOnConnection(): settings}}, graph, snippet, {})


def test_a_network_runs_again_and_again(chip):
    graph, neurons, sources = network()
    for _ in range(10):
        output = executed(chip, graph, sources)
        spikes = _hxtorch_spiking.extract_spikes(output, graph)[neurons]
        cadc = _hxtorch_spiking.extract_cadc(output, graph)[neurons]
        assert (spikes.batch_size, spikes.population_size) == (BATCH, SIZE)
        # In entry b only neuron b gets spikes.
        assert {(batch, neuron) for _, batch, neuron in spikes.get_data()} == {(i, i) for i in range(SIZE)}
        samples, times = cadc.to_raw()
        assert samples.shape == times.shape and samples.shape[1:] == (BATCH, SIZE) and 40 < len(samples) < 70
        assert (times[1:] > times[:-1]).all() and times.max() < RUNTIME
        assert samples[:4].mean().item() == pytest.approx(80 - 128, abs=4)
    assert _hxtorch_spiking.extract_madc(output, graph) == {}


def test_samples_are_the_code_less_128(chip):
    graph, neurons, sources = network()
    output = executed(chip, graph, sources)
    codes = extract_cadc_arrays(output.snippets[0], graph)[neurons]
    expected = sorted(zip(
        ((codes["value"].view(np.uint8).astype(int)) - 128).tolist(), codes["time"].tolist(), codes["batch"].tolist(),
        codes["neuron"].tolist(), strict=True))
    assert sorted(_hxtorch_spiking.extract_cadc(output, graph)[neurons].get_data()) == expected


def test_samples_of_the_membrane_converter(chip):
    graph, neurons, sources = network(madc=1)
    output = executed(chip, graph, sources)
    madc = _hxtorch_spiking.extract_madc(output, graph)[neurons]
    assert madc.to_raw().shape == (2, len(madc) // BATCH, BATCH)
    assert {neuron for *_, neuron in madc.get_data()} == {0}


def test_one_neuron_for_the_membrane_converter(chip):
    graph, _, sources = network(madc=2)
    output = executed(chip, graph, sources)
    with pytest.raises(RuntimeError, match="records 2 neurons with the MADC"):
        _hxtorch_spiking.extract_madc(output, graph)


def test_hardware_is_needed():
    hxtorch.release_hardware()
    graph, _, _ = network()
    with pytest.raises(RuntimeError, match="init_hardware"):
        _hxtorch_spiking.run({}, graph, InputGenerator(graph, BATCH).done())


def test_spike_times():
    dense = torch.zeros(10, 2, 3)
    dense[[1, 4, 9], 0, 2] = 1
    dense[0, 1, 0] = -0.5
    times = _hxtorch_spiking.tensor_to_spike_times(dense, 0.25)
    assert times == [[[], [], [0.25, 1.0, 2.25]], [[0.0], [], []]]
    assert _hxtorch_spiking.tensor_to_spike_times(torch.zeros(1, 1, 1), 1.0) == [[[]]]


@pytest.mark.parametrize("shape", [(3,), (3, 3), (0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 1, 1)])
def test_shapes_of_spikes(shape):
    with pytest.raises(RuntimeError, match="expected \\(time, batch, neurons\\)"):
        _hxtorch_spiking.tensor_to_spike_times(torch.zeros(shape), 1.0)


def test_spikes_elsewhere():
    with pytest.raises(RuntimeError, match="expected the CPU"):
        _hxtorch_spiking.tensor_to_spike_times(torch.zeros(1, 1, 1, device="meta"), 1.0)
