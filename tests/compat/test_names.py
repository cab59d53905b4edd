"""Import names of the real system."""

from __future__ import annotations

import importlib
import logging

import pytest

MODULES = {
    "pyhalco_hicann_dls_vx_v3": ["NeuronConfigOnDLS", "iter_all", "EnumRanged_512_", "common"],
    "pyhalco_common": ["X", "Y", "Enum", "SideHorizontal", "iter_all"],
    "pyhaldls_vx_v3": ["NeuronConfig", "Timer", "Backend", "containers", "pll_and_omnibus_settling_duration"],
    "pylola_vx_v3": ["Chip", "AtomicNeuron", "to_json", "containers"],
    "pystadls_vx_v3": ["PlaybackProgramBuilder", "SystemInit", "run", "generate", "AbsoluteTimePlaybackProgramBuilder"],
    "pyfisch_vx": ["SpikeFromChip", "FPGATime", "fpga_clock_cycles_per_ms"],
    "pyhxcomm_vx": ["ManagedConnection", "ManagedMultiZeroMockConnection", "ConnectionTimeInfo", "get_unused_port"],
    "pyhwdb": ["HXCubeSetupEntry", "JboaSetupEntry"],
    "pylogging": ["get", "get_root", "set_loglevel", "LogLevel", "default_config", "reset"],
    "_hxtorch_core": [
        "CalibrationPath", "HWDBPath", "dense_spikes_to_list", "extract_n_spikes", "get_unique_identifier",
        "init_hardware", "init_hardware_minimal", "release_hardware", "weight_to_connection",
    ],
    "_hxtorch_perceptron": [
        "InferenceTracer", "MockParameter", "add", "argmax", "constants", "conv1d", "conv2d", "converting_relu",
        "expanded_conv1d", "get_mock_parameter", "inference_trace", "mac", "matmul", "measure_mock_parameter", "relu",
        "set_mock_parameter",
    ],
    "pygrenade_vx": ["common", "execution", "network", "signal_flow"],
    "pygrenade_vx.common": [
        "ChipOnConnection", "ConnectionOnExecutor", "EntityOnChip", "ExecutionInstanceID",
        "ExecutionInstanceOnExecutor", "Time",
    ],
    "pygrenade_vx.execution": ["ExecutionInstanceHooks", "JITGraphExecutorHandle", "ManagedJITGraphExecutor"],
    "pygrenade_vx.signal_flow": [
        "ExecutionHealthInfo", "ExecutionTimeInfo", "InputData", "InputDataSnippet", "Int8", "OutputData",
        "OutputDataSnippet", "UInt5", "UInt32",
    ],
    "pygrenade_vx.network": [
        "AtomicNeuronOnExecutionInstance", "AtomicNeuronOnNetwork", "BackgroundSourcePopulation", "CADCRecording",
        "ExternalSourcePopulation", "InputGenerator", "InterExecutionInstanceProjection", "MADCRecording", "Network",
        "NetworkBuilder", "NetworkGraph", "NetworkGraphStatistics", "OnlyRecordingPlasticityRuleGenerator",
        "PadRecording", "PlasticityRule", "PlasticityRuleOnNetwork", "Population", "PopulationOnExecutionInstance",
        "PopulationOnNetwork", "Projection", "ProjectionOnExecutionInstance", "ProjectionOnNetwork", "Receptor",
        "RoutingResult", "SpikeIOSourcePopulation", "build_connection_weight_split", "build_network_graph",
        "extract_cadc_samples", "extract_madc_samples", "extract_neuron_spikes",
        "extract_plasticity_rule_recording_data", "extract_statistics", "requires_routing", "routing", "run",
        "update_network_graph",
    ],
    "pygrenade_vx.network.routing": [
        "GreedyRouter", "PlacedConnection", "PortfolioRouter", "RoutingResult", "build_connection_routing",
    ],
}


@pytest.mark.parametrize(("module", "names"), MODULES.items())
def test_modules_and_names(module: str, names: list[str]) -> None:
    imported = importlib.import_module(module)
    assert all(hasattr(imported, name) for name in names)


def test_the_usual_import_line() -> None:
    from dlens_vx_v3 import hal, halco, hxcomm, logger, lola, sta

    builder = sta.PlaybackProgramBuilder()
    ticket = builder.read(halco.CapMemCellOnDLS())
    with hxcomm.ManagedMultiZeroMockConnection([(8,)]) as connection:
        sta.run(connection, [builder.done()])
    assert ticket.get() == hal.CapMemCell(0)
    assert lola.Chip() == lola.Chip()
    logger.get("test").INFO("a", 1)


def test_submodules_of_dlens() -> None:
    import halco

    assert importlib.import_module("dlens_vx_v3.halco") is halco
    from dlens_vx_v3.hal import CapMemCell  # noqa: F401


def test_modules_of_grenade_are_the_same_by_either_name() -> None:
    import pygrenade_vx as grenade_vx
    from pygrenade_vx.network.routing import PortfolioRouter

    import grenade.network.routing

    assert importlib.import_module("pygrenade_vx.network") is grenade_vx.network is grenade.network
    assert importlib.import_module("pygrenade_vx.network.routing") is grenade_vx.network.routing
    assert grenade_vx.network.routing.PortfolioRouter is PortfolioRouter is grenade.network.routing.PortfolioRouter


def test_a_network_by_the_names_of_the_real_system() -> None:
    import numpy as np
    import pygrenade_vx as grenade
    import pyhalco_hicann_dls_vx_v3 as halco

    builder = grenade.network.NetworkBuilder()
    sources = builder.add(grenade.network.ExternalSourcePopulation([grenade.network.ExternalSourcePopulation.Neuron()]))
    receptor = grenade.network.Receptor(grenade.network.Receptor.ID(), grenade.network.Receptor.Type.excitatory)
    neuron, soma = grenade.network.Population.Neuron, halco.CompartmentOnLogicalNeuron()
    shape = halco.LogicalNeuronCompartments({soma: [halco.AtomicNeuronOnLogicalNeuron()]})
    compartment = neuron.Compartment(neuron.Compartment.SpikeMaster(0, True), [{receptor}])
    neurons = builder.add(grenade.network.Population(
        [neuron(halco.LogicalNeuronOnDLS(shape, halco.AtomicNeuronOnDLS()), {soma: compartment})]
    ))
    projection = grenade.network.Projection()
    projection.from_numpy(
        receptor, np.array([[0, 0, 0, 0, 63]]), sources.toPopulationOnExecutionInstance(),
        neurons.toPopulationOnExecutionInstance(),
    )
    builder.add(projection)
    network = builder.done()
    graph = grenade.network.build_network_graph(network, grenade.network.routing.PortfolioRouter()(network))
    assert graph.valid()
    assert grenade.network.extract_statistics(graph).execution_instances[
        grenade.common.ExecutionInstanceID()
    ].get_num_synapses() == 1


def test_log_levels(caplog: pytest.LogCaptureFixture) -> None:
    import pylogging

    log = pylogging.get("some.name")
    pylogging.set_loglevel(log, pylogging.LogLevel.TRACE)
    with caplog.at_level(1, "some.name"):
        pylogging.set_loglevel(log, pylogging.LogLevel.INFO)
        log.DEBUG("hidden")
        log.WARN("seen ", 5)
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.WARNING, "seen 5")]
