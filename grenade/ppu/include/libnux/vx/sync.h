// Wait for the vector unit and the buses.
#pragma once

namespace libnux::vx {

/// Wait until all accesses before are done: those of the vector unit run beside the scalar instructions.
static inline __attribute__((always_inline)) void sync()
{
	asm volatile("sync" : : : "memory");
}

} // namespace libnux::vx
