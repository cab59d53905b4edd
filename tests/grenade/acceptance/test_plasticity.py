"""Plasticity rules of networks: recordings, weights, variables of kernels, and what remains for the next run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import halco
import haldls
import lola
import stadls
from grenade.execution import ExecutionInstanceHooks, JITGraphExecutor
from grenade.network import (
    NetworkBuilder,
    OnlyRecordingPlasticityRuleGenerator,
    PlasticityRule,
    run,
)
from grenade.network.extract_plasticity import extract_plasticity_rule_recording_data
from grenade.network.graph import build_network_graph
from grenade.network.input_generator import InputGenerator
from grenade.network.plasticity_rule import (
    ObservableArray,
    ObservablePerNeuron,
    ObservablePerSynapse,
    RawRecording,
    TimedRecording,
)
from grenade.network.routing import PortfolioRouter
from tests.grenade.bypass import bypass_chip
from tests.grenade.execution.small_networks import (
    CHIP,
    HALVES,
    INSTANCE,
    US,
    FeedForward,
    connection,
    external,
    plasticity_rule,
    projection,
)
from tests.grenade.network.routing.networks import EXCITATORY, INHIBITORY, all_to_all, point_neurons, table
from tests.grenade.ppu.compilers import needs_compiler

pytestmark = needs_compiler

SEEDS = [None, *range(1, 11)]
PPU_US = 250

HEAD = """
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include "grenade/vx/ppu/time.h"
#include "hate/tuple.h"
#include "libnux/vx/vector_row.h"
#include <array>
using namespace grenade::vx::ppu;
extern volatile libnux::vx::PPUOnDLS ppu;
"""


@pytest.fixture(scope="module")
def chip() -> lola.Chip:
    return bypass_chip()


# -- raw recordings, weights, variables ----------------------------------------------------------------------------

COUNT_BYTES = HEAD + """
void PLASTICITY_RULE_KERNEL(auto&, auto&, Recording& recording)
{
	for (size_t i = 0; i < recording.memory.size(); ++i) {
		recording.memory[i] = i;
	}
}
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dram", [False, True])
def test_raw_recording(seed: int | None, dram: bool, chip: lola.Chip) -> None:
    rule = plasticity_rule(COUNT_BYTES, RawRecording(8, dram), (1000, 10_000, 1))
    network = FeedForward(2, rules=[rule])
    output = run(connection(seed), network.graph, network.chips(chip), network.inputs(batch=2, runtime=1000 * US))
    (descriptor,) = network.rules
    recorded = extract_plasticity_rule_recording_data(output.snippets[0], network.graph, descriptor)
    assert recorded.data.tolist() == [list(range(8))] * 2


SET_AND_RECORD = HEAD + """
void PLASTICITY_RULE_KERNEL(auto& synapses, auto&, Recording& recording)
{
	recording.time = now();
	for (auto const& view : synapses) {
		if (view.hemisphere != ppu) {
			continue;
		}
		for (size_t row = 0; row < view.rows.size(); ++row) {
			SET
			auto const weights = view.get_weights(row);
			for (size_t i = 0; i < view.columns.size(); ++i) {
				recording.weights[4 * row + i] = weights[view.columns[i]];
			}
		}
	}
}
"""
SETTING = SET_AND_RECORD.replace("SET", "view.set_weights(libnux::vx::VectorRowMod8(32), row);")
LOOKING = SET_AND_RECORD.replace("SET", "")


def recorded_weights(network: FeedForward, output: Any) -> np.ndarray:
    (descriptor,) = network.rules
    recorded = extract_plasticity_rule_recording_data(output.snippets[0], network.graph, descriptor)
    return np.array([[each.data for each in entry] for entry in recorded.data_array["weights"]])


@pytest.mark.parametrize("differential", [True, False])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_run_begins_with_the_configured_weights(seed: int | None, differential: bool, chip: lola.Chip) -> None:
    recording = TimedRecording({"weights": ObservableArray(ObservableArray.Type.uint8, 4)})
    setting, looking = (
        FeedForward([7], rules=[plasticity_rule(kernel, recording)]) for kernel in (SETTING, LOOKING)
    )
    executor = JITGraphExecutor(connection(seed), differential)
    for network, wanted in ((setting, 32), (looking, 63), (setting, 32), (looking, 63)):
        output = run(executor, network.graph, network.chips(chip), network.inputs(runtime=1000 * US))
        assert recorded_weights(network, output)[0, 0, 0] == wanted


def test_entries_of_one_run_keep_what_a_rule_changed(chip: lola.Chip) -> None:
    """Weights grow by one in each period, over all entries."""
    growing = SET_AND_RECORD.replace(
        "SET", "view.set_weights(view.get_weights(row) + libnux::vx::VectorRowMod8(1), row);"
    )
    recording = TimedRecording({"weights": ObservableArray(ObservableArray.Type.uint8, 4)})
    network = FeedForward([7], 10, rules=[plasticity_rule(growing, recording, (0, 25_000, 3))])
    output = run(connection(), network.graph, network.chips(chip), network.inputs(batch=2, runtime=1000 * US))
    assert recorded_weights(network, output)[:, :, 0].tolist() == [[11, 12, 13], [14, 15, 16]]


ROW_HANDLES = HEAD + """
#include "grenade/vx/ppu/synapse_row_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle_range.h"
void PLASTICITY_RULE_KERNEL(auto& synapses, auto&)
{
	ROWS
}
"""


def signed_network(rule: PlasticityRule) -> tuple[Any, Any]:
    """Three sources that reach two neurons by an excitatory and an inhibitory projection."""
    builder = NetworkBuilder()
    source = builder.add(external(3))
    target = builder.add(point_neurons([4, 9]))
    for receptor, weight in ((EXCITATORY, 40), (INHIBITORY, 20)):
        rule.projections.append(builder.add(projection(source, target, all_to_all(3, 2, weight), receptor)))
    rule.enable_requires_one_source_per_row_in_order = True
    descriptor = builder.add(rule)
    network = builder.done()
    return build_network_graph(network, PortfolioRouter()(network)), descriptor


@pytest.mark.parametrize(("count", "change", "wanted"), [
    (1, -5, {35: 6, 20: 6}),
    (2, -5, {15: 6}),
    (2, -50, {30: 6}),
])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_rows_as_handles(count: int, change: int, wanted: dict[int, int], seed: int | None, chip: lola.Chip) -> None:
    """A row at a time; of two views the difference of excitation and inhibition, of which the other one becomes 0."""
    arguments = ", ".join(f"synapses[{i}]" for i in range(count))
    kernel = ROW_HANDLES.replace("ROWS", f"""if (synapses[0].hemisphere != ppu) return;
	std::array<SynapseArrayViewHandle, {count}> const views{{{arguments}}};
	for (auto const& row : make_synapse_row_view_handle_range(views)) {{
		row.set_weights(row.get_weights() + ({change}));
	}}""")
    graph, _ = signed_network(plasticity_rule(kernel))
    snippet = InputGenerator(graph, 1).done()
    snippet.runtime = [{INSTANCE: 1000 * US}]
    after = stadls.PlaybackProgramBuilder()
    tickets = [after.read(synram.toSynapseWeightMatrixOnDLS()) for synram in halco.iter_all(halco.SynramOnDLS)]
    hooks = {INSTANCE: ExecutionInstanceHooks(CHIP, ExecutionInstanceHooks.Chip(post_realtime=after))}
    run(connection(seed), graph, {INSTANCE: {CHIP: chip}}, snippet, hooks)
    values, counts = np.unique([ticket.get().values.to_numpy() for ticket in tickets], return_counts=True)
    assert {v: n for v, n in zip(values.tolist(), counts.tolist(), strict=True) if v} == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_variables_of_a_kernel(seed: int | None, chip: lola.Chip) -> None:
    kernel = HEAD + """
	volatile uint32_t test_symbol;
	void PLASTICITY_RULE_KERNEL(auto&, auto&) { static_cast<void>(test_symbol); }
	"""
    network = FeedForward(1, rules=[plasticity_rule(kernel)])
    value = haldls.PPUMemoryBlock(1)
    value._words[:] = 0x12345678
    hook = ExecutionInstanceHooks.Chip(
        write_ppu_symbols={"test_symbol": {half: value for half in HALVES}}, read_ppu_symbols={"test_symbol"}
    )
    output = run(
        connection(seed), network.graph, network.chips(chip), network.inputs(batch=2, runtime=100 * US),
        {INSTANCE: ExecutionInstanceHooks(CHIP, hook)},
    )
    assert len(output.read_ppu_symbols) == 2
    for entry in output.read_ppu_symbols:
        assert entry[INSTANCE][CHIP]["test_symbol"] == {half: value for half in HALVES}


# -- timed recordings ----------------------------------------------------------------------------------------------

TYPES = ["int8", "uint8", "int16", "uint16"]
_FIRST = {"int8": -3, "uint8": 200, "int16": -300, "uint16": 40_000}


def random_observables(rng: np.random.Generator) -> dict[str, Any]:
    """Up to five, named so that their order differs from that of their kinds."""
    found: dict[str, Any] = {}
    for name in rng.permutation(list("edcba"))[:rng.integers(1, 6)]:
        kind, type_ = rng.integers(3), rng.choice(TYPES)
        if kind == 0:
            layouts = ObservablePerSynapse.LayoutPerRow
            found[name] = ObservablePerSynapse(ObservablePerSynapse.Type(type_), rng.choice(list(layouts)))
        elif kind == 1:
            layouts = ObservablePerNeuron.Layout
            found[name] = ObservablePerNeuron(ObservablePerNeuron.Type(type_), rng.choice(list(layouts)))
        else:
            found[name] = ObservableArray(ObservableArray.Type(type_), int(rng.integers(1, 9)))
    return found


def kernel_of(observables: dict[str, Any]) -> str:
    """Stores numbers which depend on the place: 3 * row + column for synapses, the column for neurons."""
    text = ""
    for name, each in observables.items():
        base = _FIRST[each.type.value]
        if isinstance(each, ObservableArray):
            text += f"for (size_t i = 0; i < {each.size}; ++i) recording.{name}[i] = {base} + i + period;\n"
            continue
        synapses = isinstance(each, ObservablePerSynapse)
        layout = each.layout_per_row if synapses else each.layout
        packed = layout.value == "packed_active_columns"
        row = "store[row]" if synapses else "store"
        value = f"{base} + period + view.columns[i]{' + 3 * row' if synapses else ''}"
        element = f"{row}[i] = {value};" if packed else f"line[view.columns[i]] = {value};"
        body = f"for (size_t i = 0; i < view.columns.size(); ++i) {{ {element} }}"
        if not packed:
            body = f"auto line = {row}; {body} {row} = line;"
        if synapses:
            body = f"for (size_t row = 0; row < view.rows.size(); ++row) {{ {body} }}"
        views = "synapses" if synapses else "neurons"
        text += f"""hate::for_each([&](auto const& view, auto& store) {{
			if (view.hemisphere != ppu) return;
			{body}
		}}, {views}, recording.{name});
		"""
    return HEAD + f"""
	static int period = 0;
	template <size_t N, size_t M>
	void PLASTICITY_RULE_KERNEL(
		std::array<SynapseArrayViewHandle, N>& synapses, std::array<NeuronViewHandle, M>& neurons,
		Recording& recording)
	{{
		static_cast<void>(synapses);
		static_cast<void>(neurons);
		{text}
		recording.time = 2 * period;
		period = (period + 1) % PERIODS;
	}}
	"""


def of_neurons(data: Any) -> np.ndarray:
    return np.concatenate([values for neuron in data for values in neuron.values()])


class RandomNetwork:
    """One to three projections of one to three neurons each, with a rule that records random observables."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        builder = NetworkBuilder()
        self.periods = int(rng.integers(1, 4))
        self.observables = random_observables(rng)
        kernel = kernel_of(self.observables).replace("PERIODS", str(self.periods))
        recording = TimedRecording(self.observables, bool(rng.integers(2)))
        rule = plasticity_rule(kernel, recording, (0, 375_000, self.periods))
        circuits = iter(rng.permutation(512).tolist())
        for _ in range(rng.integers(1, 4)):
            size = int(rng.integers(1, 4))
            source = builder.add(external(size))
            target = builder.add(point_neurons([next(circuits) for _ in range(size)]))
            rule.projections.append(builder.add(projection(source, target, all_to_all(size, size))))
            sources = lola.AtomicNeuron.Readout.Source.membrane
            zero = halco.CompartmentOnLogicalNeuron(0)
            rule.populations.append(PlasticityRule.PopulationHandle(target, [{zero: [sources]}] * size))
        self.rule = rule
        self.descriptor = builder.add(rule)
        network = builder.done()
        self.graph = build_network_graph(network, PortfolioRouter()(network))

    def check(self, output: Any) -> None:
        recorded = extract_plasticity_rule_recording_data(output.snippets[0], self.graph, self.descriptor)
        translation = self.graph.graph_translation.execution_instances[INSTANCE]
        for name, each in self.observables.items():
            type_ = each.type.value
            if isinstance(each, ObservableArray):
                self.check_one(recorded.data_array[name], type_, np.arange(each.size), lambda found: found)
                continue
            if isinstance(each, ObservablePerNeuron):
                for handle in self.rule.populations:
                    columns = translation.populations[handle.descriptor].table[:, 3] % 256
                    self.check_one(recorded.data_per_neuron[name][handle.descriptor], type_, columns, of_neurons)
                continue
            for number in self.rule.projections:
                places = self.synapses(translation, number)
                self.check_one(recorded.data_per_synapse[name][number], type_, places, np.concatenate)

    def check_one(self, data: Any, type_: str, places: np.ndarray, flat: Any) -> None:
        """`flat` makes one array of what was recorded in a period."""
        assert len(data) == 2
        for entry in data:
            assert [each.time for each in entry] == list(range(self.periods))
            for period, each in enumerate(entry):
                found = np.asarray(flat(each.data))
                assert found.dtype == type_ and len(found)
                # As the type stores it: larger numbers wrap around.
                np.testing.assert_array_equal(found, (_FIRST[type_] + period + places).astype(np.int64).astype(type_))

    def synapses(self, translation: Any, number: Any) -> np.ndarray:
        """3 * row of the view + column of each synapse, in order of the connections."""
        placed = translation.projections[number]
        values = np.zeros(len(placed.connection), np.int64)
        for hemisphere, vertex in translation.synapse_vertices[number].items():
            view: Any = self.graph.graph.vertex(vertex)
            values[placed.on(int(hemisphere))] = 3 * view.index_row + view.columns[view.index_column]
        return values


@pytest.mark.parametrize("seed", range(10))
def test_timed_recordings_of_random_networks(seed: int, chip: lola.Chip) -> None:
    network = RandomNetwork(seed)
    executor = JITGraphExecutor(connection(seed or None))
    for _ in range(2):
        snippet = InputGenerator(network.graph, 2).done()
        snippet.runtime = [{INSTANCE: 10_000 * US}] * 2
        network.check(run(executor, network.graph, {INSTANCE: {CHIP: chip}}, snippet))


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_are_recorded_as_they_are_configured(seed: int | None, chip: lola.Chip) -> None:
    """Five projections on both hemispheres, the last one with two weights."""
    Observable = OnlyRecordingPlasticityRuleGenerator.Observable
    rule = OnlyRecordingPlasticityRuleGenerator({Observable.weights}).generate()
    rule.timer = PlasticityRule.Timer(0, 37_500, 2)
    builder = NetworkBuilder()
    wanted = []
    for i, (circuits, weights) in enumerate((
        ([0], [1]), ([256], [2]), ([1, 300], [3, 3]), ([511], [4]), ([40, 260], [5, 6])
    )):
        source = builder.add(external(len(circuits)))
        target = builder.add(point_neurons(circuits, recorded=i % 2 == 0))
        numbers = np.arange(len(circuits))
        rule.projections.append(builder.add(projection(source, target, table(numbers, numbers, weights))))
        wanted.append(weights)
    descriptor = builder.add(rule)
    network = builder.done()
    graph = build_network_graph(network, PortfolioRouter()(network))
    snippet = InputGenerator(graph, 1).done()
    snippet.runtime = [{INSTANCE: 1000 * US}]
    output = run(connection(seed), graph, {INSTANCE: {CHIP: chip}}, snippet)
    recorded = extract_plasticity_rule_recording_data(output.snippets[0], graph, descriptor)
    for number, weights in zip(rule.projections, wanted, strict=True):
        (periods,) = recorded.data_per_synapse["weights"][number]
        assert len(periods) == 2
        for each in periods:
            assert [values.tolist() for values in each.data] == [[weight] for weight in weights]
            assert each.data.values.dtype == np.int8
        assert 0 <= periods[0].time < 100 * US
        assert abs(periods[1].time - periods[0].time - 150 * US) < 60 * US
