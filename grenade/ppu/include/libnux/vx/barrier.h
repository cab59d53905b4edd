// Barrier between programs on several processors.
#pragma once

#include <array>
#include <bit>
#include <cstddef>

#include "libnux/vx/omnibus_types.h"

namespace libnux::vx {

/// Notification of one agent by another.
struct BarrierFlag
{
	omnibus_word_t volatile local = 0;             ///< set by the other agent
	omnibus_word_t volatile* remote = nullptr;     ///< of the agent to be notified
};

/// Dissemination barrier: in round k every agent notifies the one 2^k places behind it and waits for the one 2^k places
/// before it. There are two sets of flags, used in turn, and the value that means "here" changes after both, so that
/// nothing has to be cleared.
/// @tparam N Number of agents; one alone never waits
template <size_t N>
struct Barrier
{
	static_assert(N > 0, "a barrier needs an agent");

	constexpr static size_t num_states_parity = 2;
	constexpr static size_t num_flags_per_parity = std::bit_width(N - 1);

	std::array<std::array<BarrierFlag, num_flags_per_parity>, num_states_parity> flags{};
	size_t parity = 0;
	omnibus_word_t sense = 1;

	/// Tell the barrier where those of all agents are. All of them have to be told before one waits.
	/// @param locations Pointers as this processor sees them
	/// @param index Number of this agent
	void initialize(std::array<Barrier*, N> const& locations, size_t index)
	{
		for (size_t state = 0; state < num_states_parity; ++state) {
			for (size_t round = 0; round < num_flags_per_parity; ++round) {
				size_t const other = (index + (size_t(1) << round)) % N;
				flags[state][round].remote = &locations[other]->flags[state][round].local;
			}
		}
	}

	/// Wait until all agents have got here.
	void wait()
	{
		for (BarrierFlag& flag : flags[parity]) {
			*flag.remote = sense;
			asm volatile("sync" : : : "memory");
			while (flag.local != sense) {
			}
		}
		if (parity == 1) {
			sense ^= 1;
		}
		parity ^= 1;
	}
};

} // namespace libnux::vx
