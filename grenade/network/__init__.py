"""Networks: their description, their routing, and their graphs of hardware."""

from __future__ import annotations

from grenade.common import (
    AtomicNeuronOnExecutionInstance,
    AtomicNeuronOnNetwork,
    PlasticityRuleOnExecutionInstance,
    PlasticityRuleOnNetwork,
    PopulationOnExecutionInstance,
    PopulationOnNetwork,
    ProjectionOnExecutionInstance,
    ProjectionOnNetwork,
)
from grenade.network import routing
from grenade.network.builder import NetworkBuilder
from grenade.network.construction import InvalidNetwork, UnknownDescriptor
from grenade.network.errors import InvalidNetworkGraph
from grenade.network.extract import (
    CADCRows,
    extract_cadc_arrays,
    extract_cadc_rows,
    extract_cadc_samples,
    extract_madc_arrays,
    extract_madc_samples,
    extract_neuron_spikes,
    extract_spike_arrays,
)
from grenade.network.extract_plasticity import (
    RawRecordingData,
    TimedRecordingData,
    extract_plasticity_rule_recording_data,
)
from grenade.network.graph import NetworkGraph, build_network_graph
from grenade.network.input_generator import InputGenerator
from grenade.network.muting import mute_neurons
from grenade.network.network import Network
from grenade.network.only_recording import OnlyRecordingPlasticityRuleGenerator
from grenade.network.plasticity_rule import PlasticityRule
from grenade.network.population import (
    BackgroundSourcePopulation,
    ExternalSourcePopulation,
    Population,
    SpikeIOSourcePopulation,
)
from grenade.network.projection import InterExecutionInstanceProjection, Projection
from grenade.network.receptor import Receptor
from grenade.network.recording import CADCRecording, MADCRecording, NeuronRecording, PadRecording
from grenade.network.routing import PlacedConnection, RoutingResult, build_connection_weight_split
from grenade.network.run import run
from grenade.network.statistics import NetworkGraphStatistics, extract_statistics
from grenade.network.update import RoutingRequired, requires_routing, update_network_graph

__all__ = [
    "AtomicNeuronOnExecutionInstance", "AtomicNeuronOnNetwork", "BackgroundSourcePopulation", "CADCRecording",
    "CADCRows", "ExternalSourcePopulation", "InputGenerator", "InterExecutionInstanceProjection", "InvalidNetwork",
    "InvalidNetworkGraph", "MADCRecording", "Network", "NetworkBuilder", "NetworkGraph", "NetworkGraphStatistics",
    "NeuronRecording", "OnlyRecordingPlasticityRuleGenerator", "PadRecording", "PlacedConnection", "PlasticityRule",
    "PlasticityRuleOnExecutionInstance", "PlasticityRuleOnNetwork", "Population", "PopulationOnExecutionInstance",
    "PopulationOnNetwork", "Projection", "ProjectionOnExecutionInstance", "ProjectionOnNetwork", "RawRecordingData",
    "Receptor", "RoutingRequired", "RoutingResult", "SpikeIOSourcePopulation", "TimedRecordingData",
    "UnknownDescriptor", "build_connection_weight_split", "build_network_graph", "extract_cadc_arrays",
    "extract_cadc_rows", "extract_cadc_samples", "extract_madc_arrays", "extract_madc_samples",
    "extract_neuron_spikes", "extract_plasticity_rule_recording_data", "extract_spike_arrays", "extract_statistics",
    "mute_neurons", "requires_routing", "routing", "run", "update_network_graph",
]  # fmt: skip
