// What the kernels leave out of grenade's headers: the result is a number of the check that failed, 0 if none did.
#include "grenade/vx/ppu/detail/tuple.h"
#include "grenade/vx/ppu/detail/uninitialized.h"
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_row_view_handle_range.h"
#include "halco/common/iter_all.h"
#include "halco/hicann-dls/vx/v3/coordinates.h"
#include "haldls/vx/correlation.h"
#include "haldls/vx/neuron.h"
#include "haldls/vx/padi.h"
#include "hate/tuple.h"
#include "stadls/vx/v3/ppu/read.h"
#include "stadls/vx/v3/ppu/write.h"

using namespace grenade::vx::ppu;
using namespace halco::common;
using namespace halco::hicann_dls::vx::v3;
using namespace haldls::vx::v3;
using namespace libnux::vx;
namespace inside = grenade::vx::ppu::detail;

volatile PPUOnDLS ppu;

namespace {

int check = 0;
int failed = 0;

void expect(bool right)
{
	++check;
	if (!right && failed == 0) {
		failed = check;
	}
}

uint32_t count(AtomicNeuronOnDLS const& neuron)
{
	return stadls::vx::v3::ppu::read<SpikeCounterRead>(neuron.toSpikeCounterReadOnDLS()).get_count();
}

void coordinates() // 1 to 7
{
	AtomicNeuronOnDLS const neuron(NeuronColumnOnDLS(130), NeuronRowOnDLS::bottom);
	expect(neuron.toEnum() == 386u && neuron == AtomicNeuronOnDLS(Enum(386)));
	expect(neuron.toSpikeCounterReadOnDLS().value() == 256 + 128 + 2);
	expect(neuron.toNeuronResetOnDLS().value() == neuron.toSpikeCounterResetOnDLS().value());
	uint32_t sum = 0;
	for (auto const row : iter_all<SynapseRowOnSynram>()) {
		sum += row;
	}
	expect(sum == 255 * 128);
	expect(SynapseRowOnSynram::size == 256);
	expect(SpikeCounterRead::read_addresses(neuron.toSpikeCounterReadOnDLS())[0] == 0x0012a800 + 4 * 130);
	expect(
	    CorrelationReset::write_addresses(
	        {SynramOnDLS::bottom, SynapseRowOnSynram(3), SynapseQuadColumnOnDLS(5)})[0] ==
	    0x03c90000 + 3 * 64 + 5);
}

void containers() // 8 to 11
{
	PADIEvent event;
	event.set_fire_bus({false, true, false, true});
	event.set_event_address(SynapseLabel(33));
	event.set_row_select_address(PADIRowSelectAddress(17));
	expect(event.encode()[0] == (0b1010 | 33u << 16 | 17u << 22));

	// Only the top processor touches the neurons that both can reach.
	if (ppu == PPUOnDLS::top) {
		for (uint32_t const number : {0u, 255u, 256u, 511u}) {
			AtomicNeuronOnDLS const neuron{Enum(number)};
			stadls::vx::v3::ppu::write(neuron.toSpikeCounterResetOnDLS(), SpikeCounterReset());
			stadls::vx::v3::ppu::write(neuron.toNeuronResetOnDLS(), NeuronReset());
			stadls::vx::v3::ppu::write(neuron.toNeuronResetOnDLS(), NeuronReset());
		}
		expect(count(AtomicNeuronOnDLS(Enum(255))) == 2 && count(AtomicNeuronOnDLS(Enum(511))) == 2);
		NeuronViewHandle view;
		view.columns = {255, 0};
		expect(view.get_rate_counter(0, true) == 2);
		expect(view.get_rate_counters(false)[255] == 0 && view.get_rate_counters(false)[0] == 2);
	} else {
		check += 3;
	}
}

void tuples() // 12 to 20
{
	inside::Tuple<std::array<uint8_t, 1>, std::array<uint8_t, 2>, std::array<uint8_t, 3>> tuple;
	std::get<0>(tuple)[0] = 1;
	std::get<1>(tuple) = {2, 3};
	std::get<2>(tuple) = {4, 5, 6};
	expect(sizeof(tuple) == 6);
	uint8_t const* const memory = reinterpret_cast<uint8_t const*>(&tuple);
	expect(memory[0] == 4 && memory[2] == 6 && memory[3] == 2 && memory[4] == 3 && memory[5] == 1);
	auto& [first, second, third] = tuple;
	expect(first[0] == 1 && second[1] == 3 && third[2] == 6);
	expect(std::apply([](auto&... part) { return (part.size() + ...); }, tuple) == 6);
	static_assert(std::tuple_size_v<decltype(tuple)> == 3);
	static_assert(std::is_same_v<std::tuple_element_t<1, decltype(tuple)>, std::array<uint8_t, 2>>);

	std::array<int, 3> const numbers{10, 20, 30};
	auto const sums =
	    hate::for_each([](auto const& part, int number) { return part[0] + number; }, tuple, numbers);
	expect(sums == std::make_tuple(11, 22, 34));
	int order = 0;
	auto const nothing = hate::for_each([&](int number) { order = 10 * order + number / 10; }, numbers);
	expect(order == 123);
	expect(nothing == std::make_tuple(hate::Nil(), hate::Nil(), hate::Nil()));
	auto const mixed = std::make_tuple(1, 2.5f);
	expect(hate::for_each([](auto value) { return value * 2; }, mixed) == std::make_tuple(2, 5.f));

	struct Loud
	{
		Loud() { expect(false); }
		int value;
	};
	static inside::uninitialized<Loud> quiet;
	inside::uninitialized_cast(quiet).value = 7;
	expect(inside::uninitialized_cast(quiet).value == 7);
}

void rows() // 21 to 24
{
	SynapseArrayViewHandle view;
	view.hemisphere = ppu;
	view.columns = {0, 9};
	view.rows = {4, 200};
	for (auto const column : view.columns) {
		view.column_mask[column] = 1;
	}
	SynapseRowViewHandleRange const range(view);
	expect(range.size() == 2 && std::distance(range.begin(), range.end()) == 2);
	range[1].set_weights(VectorRowFracSat8(-5));
	expect(range[1].get_weights()[9] == 0);
	range[1].set_weights(VectorRowMod8(64 + 5), false);
	expect(range[1].get_weights<VectorRowMod8>()[9] == 5);
	auto it = range.begin();
	(*it++).set_weights(VectorRowMod8(17));
	expect((*range.begin()).get_weights()[0] == 17 && it->get_weights()[0] == 5);
}

} // namespace

int start()
{
	coordinates();
	containers();
	tuples();
	rows();
	return failed;
}
