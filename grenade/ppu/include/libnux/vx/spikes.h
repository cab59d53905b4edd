// Spikes from the processor. The address of this port is that of older chips: nothing answers on this one.
#pragma once

#include "libnux/vx/omnibus.h"
#include "libnux/vx/time.h"

namespace libnux::vx {

/// A spike into rows of synapses.
struct spike_t
{
	uint32_t row_mask; ///< rows that get it
	uint8_t addr;      ///< label
};

/// Send a spike.
inline void send_spike(spike_t* spike)
{
	omnibus_write(dls_spike_base + spike->addr, spike->row_mask);
}

/// Send spikes at equal intervals.
/// @param spike What is sent
/// @param number Number of spikes
/// @param isi_usec Interval in us
inline void send_uniform_spiketrain(spike_t* spike, uint32_t number, uint32_t isi_usec)
{
	for (uint32_t sent = 0; sent < number; ++sent) {
		send_spike(spike);
		sleep_cycles(isi_usec * default_ppu_cycles_per_us);
	}
}

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::send_spike;
using libnux::vx::send_uniform_spiketrain;
using libnux::vx::spike_t;

} // namespace libnux::vx::v3
