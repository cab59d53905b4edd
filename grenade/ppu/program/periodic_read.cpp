#include "program.h"
#include "timing.h"

using namespace grenade::vx::ppu::detail;

// Size and place of the recordings, see `periodic.py`. They are no part of the image that the host loads: only what
// was written in between is read.
#if !defined(GRENADE_PERIODIC_CADC_SAMPLES) || !defined(GRENADE_PERIODIC_CADC_TOP) || !defined(GRENADE_PERIODIC_CADC_BOT)
#error "The memory for periodic CADC samples is not defined."
#endif

#define GRENADE_TEXT_OF(x) #x
#define GRENADE_TEXT(x) GRENADE_TEXT_OF(x)
#define GRENADE_PLACE(name, address)                                                               \
	asm(".globl " #name "\n"                                                                       \
	    ".type " #name ", @object\n"                                                               \
	    ".size " #name ", 128 + 384 * " GRENADE_TEXT(GRENADE_PERIODIC_CADC_SAMPLES) "\n"           \
	    ".set " #name ", " GRENADE_TEXT(address) "\n")

GRENADE_PLACE(periodic_cadc_samples_top, GRENADE_PERIODIC_CADC_TOP);
GRENADE_PLACE(periodic_cadc_samples_bot, GRENADE_PERIODIC_CADC_BOT);

volatile uint32_t periodic_cadc_readout_memory_offset;

namespace {

constexpr uint32_t num_samples = GRENADE_PERIODIC_CADC_SAMPLES;

// A block holds the number of samples, then the samples of time, even and odd columns, each part aligned to a vector.
constexpr uint32_t bytes_per_vector = libnux::vx::dls_bytes_per_vector;
constexpr uint32_t bytes_per_sample = 3 * bytes_per_vector;

/** 10 us, after which the first sample follows the one that warms the memories up. */
constexpr uint32_t warm_up_cycles = 2500;

/** Address for vector instructions of external memory, which they count in 16 bytes. */
constexpr uint32_t vector_address(uint32_t address)
{
	using namespace libnux::vx;
	return address >= extmem_dram_data_base ? dls_extmem_dram_base + ((address - extmem_dram_data_base) >> 4)
	                                        : dls_extmem_base + ((address - extmem_data_base) >> 4);
}

constexpr uint32_t vectors(uint32_t count)
{
	return count * bytes_per_vector / 16;
}

/** Convert the neurons' analog output and write it to two addresses; ends before the conversion does. */
__attribute__((always_inline)) inline void record(uint32_t even, uint32_t odd)
{
	asm volatile(
	    S2PP_FXVINX(0, 0, %0, 0)
	    S2PP_FXVINX(1, 0, %1, 0)
	    S2PP_FXVOUTX(0, 0, %2, 0)
	    S2PP_FXVOUTX(1, 0, %3, 0)
	    :
	    : "r"(libnux::vx::dls_causal_base),
	      "r"((libnux::vx::dls_causal_base | libnux::vx::dls_buffer_enable_mask) + 1), "r"(even), "r"(odd)
	    : "memory");
}

/** Convert like `record` and keep nothing. */
__attribute__((always_inline)) inline void convert()
{
	asm volatile(
	    S2PP_FXVINX(0, 0, %0, 0)
	    S2PP_FXVINX(1, 0, %1, 0)
	    :
	    : "r"(libnux::vx::dls_causal_base),
	      "r"((libnux::vx::dls_causal_base | libnux::vx::dls_buffer_enable_mask) + 1));
}

__attribute__((always_inline)) inline void wait_for_vectors()
{
	asm volatile("sync\n" ::: "memory");
}

} // namespace

GRENADE_HOT void perform_periodic_read()
{
	uint32_t const block = ppu == libnux::vx::PPUOnDLS::top ? GRENADE_PERIODIC_CADC_TOP : GRENADE_PERIODIC_CADC_BOT;
	uint32_t offset = periodic_cadc_readout_memory_offset;
	uint64_t const begin = cycles();
	// The time stamp of a sample is written by the scalar unit, its values by the vector unit, with their own addresses.
	uint32_t volatile* time = reinterpret_cast<uint32_t volatile*>(
	    block + bytes_per_vector + bytes_per_sample * offset);
	uint32_t even = vector_address(block) + vectors(2) + vectors(3) * offset;

	if (offset < num_samples) {
		record(even, even + vectors(1));
		time[0] = 0;
		time[1] = 0;
	} else {
		convert();
	}
	wait_until(static_cast<uint32_t>(begin), warm_up_cycles);

	while (status != Status::stop_periodic_read) {
		wait_for_vectors();
		uint64_t const now = cycles() - begin;
		if (offset < num_samples) {
			record(even, even + vectors(1));
			time[0] = static_cast<uint32_t>(now >> 32);
			time[1] = static_cast<uint32_t>(now);
			time += bytes_per_sample / sizeof(uint32_t);
			even += vectors(3);
		} else {
			convert();
		}
		++offset;
	}
	wait_for_vectors();
	periodic_cadc_readout_memory_offset = offset;
	*reinterpret_cast<uint32_t volatile*>(block) = offset;
	// A read behind the writes comes back when they have arrived.
	asm volatile(
	    S2PP_FXVINX(0, 0, %0, 0)
	    "sync\n"
	    :
	    : "r"(vector_address(block))
	    : "memory");
}
