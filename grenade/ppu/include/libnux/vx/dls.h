// Figures and addresses of the chip as a plasticity processor sees it.
#pragma once

#include <cstdint>

#include "libnux/vx/omnibus_types.h"

namespace libnux::vx {

/// Hemisphere of a processor.
enum class PPUOnDLS : uint32_t
{
	top = 0,
	bottom = 1
};

// Synapses of a hemisphere.
constexpr static uint32_t dls_num_rows = 256;
constexpr static uint32_t dls_num_columns = 256;
constexpr static uint32_t dls_num_synapses = dls_num_rows * dls_num_columns;

// Vectors.
constexpr static uint32_t dls_vector_size = 128;
constexpr static uint32_t dls_vector_slices = 8;
constexpr static uint32_t dls_bytes_per_vector_slice = 16;
constexpr static uint32_t dls_bytes_per_vector = 128;
constexpr static uint32_t dls_halfwords_per_vector = 64;
constexpr static uint32_t dls_words_per_vector = 32;
constexpr static uint32_t dls_num_vectors_per_row = 2;
constexpr static uint32_t dls_num_synapse_vectors = dls_num_synapses / dls_vector_size;

// Addresses of the vector IO: base + 2 * row + parity of the columns.
constexpr static uint32_t dls_weight_base = 0x00000000;
constexpr static uint32_t dls_config_even_base = 0x00010000;
constexpr static uint32_t dls_config_odd_base = 0x00020000;
constexpr static uint32_t dls_decoder_base = 0x00040000;
constexpr static uint32_t dls_causal_base = 0x00080000;
constexpr static uint32_t dls_vreset_causal_base = 0x00090000;
constexpr static uint32_t dls_acausal_base = 0x000c0000;
constexpr static uint32_t dls_vreset_acausal_base = 0x000d0000;
constexpr static uint32_t dls_randgen_base = 0x000e0000;
constexpr static uint32_t dls_raw_base = 0x000f0000;
constexpr static uint32_t dls_neuron_reset_base = 0x00c90000 + dls_num_rows * dls_num_vectors_per_row;
constexpr static uint32_t dls_extmem_base = 0x80000000;      ///< plus byte offset / 16
constexpr static uint32_t dls_extmem_dram_base = 0x81000000; ///< plus byte offset / 16

/// Written to a causal address, resets both correlation sensors of the synapses.
constexpr static uint8_t dls_correlation_reset = 0x3;

constexpr static uint32_t dls_weight_mask = 0x3f;
constexpr static uint32_t dls_decoder_mask = 0x3f;
constexpr static uint32_t dls_buffer_enable_mask = 0x00200000; ///< read the last conversion, do not start another one
constexpr static uint32_t dls_test_mask = 0x00100000;

// Data addresses of the processor: what is on the chip, and the two external memories.
constexpr static uint32_t ppu_omnibus_chip = 0x80000000;
constexpr static uint32_t extmem_data_base = 0x40000000;
constexpr static uint32_t extmem_dram_data_base = 0x50000000;

// Word addresses of the Omnibus on the chip.
constexpr static omnibus_address_t madc_base_address = 0x000c0000;
constexpr static omnibus_address_t sram_top_base_address = 0x02800000;
constexpr static omnibus_address_t sram_bot_base_address = 0x03800000;
constexpr static omnibus_address_t synram_top_base_address = 0x02c00000;
constexpr static omnibus_address_t synram_bottom_base_address = 0x03c00000;
constexpr static omnibus_address_t cadc_top_causal_base_address = synram_top_base_address | dls_causal_base;
constexpr static omnibus_address_t cadc_top_acausal_base_address = synram_top_base_address | dls_acausal_base;

// Left from older chips: nothing answers at these addresses of this one.
constexpr static omnibus_address_t dls_rates_base = 0x1e000000;
constexpr static omnibus_address_t dls_syndrv_base = 0x1c000000;
constexpr static omnibus_address_t dls_spike_base = 0x1c000040;

// Byte addresses of blocks of the FPGA: word address * 4 with the bit of the FPGA.
constexpr static uint32_t fpga_omnibus_mask = extmem_data_base;
constexpr static uint32_t external_ppu_memory_base_address = fpga_omnibus_mask;
constexpr static uint32_t executor_omnibus_mask = 0x08000000 << 2 | fpga_omnibus_mask;
constexpr static uint32_t fpga_device_dna_base_address = 0x3 << 2 | executor_omnibus_mask;
constexpr static uint32_t event_recording_config_base_address = 0x5 << 2 | executor_omnibus_mask;
constexpr static uint32_t ut_omnibus_mask = 0x4000 << 2 | executor_omnibus_mask;
constexpr static uint32_t phy_omnibus_mask = 0x2000 << 2 | ut_omnibus_mask;
constexpr static uint32_t spimaster_omnibus_mask = 0x1000 << 2 | phy_omnibus_mask;
constexpr static uint32_t i2cmaster_omnibus_mask = 0x0800 << 2 | spimaster_omnibus_mask;
constexpr static uint32_t perftest_omnibus_mask = 0x08008000u << 2 | external_ppu_memory_base_address;
constexpr static uint32_t l2_omnibus_mask = 0x4000 << 2 | perftest_omnibus_mask;
constexpr static uint32_t hicann_arq_status_base_address = 0x10 | l2_omnibus_mask;

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::PPUOnDLS;
using libnux::vx::dls_num_rows;
using libnux::vx::dls_num_columns;
using libnux::vx::dls_num_synapses;
using libnux::vx::dls_vector_size;
using libnux::vx::dls_vector_slices;
using libnux::vx::dls_bytes_per_vector_slice;
using libnux::vx::dls_bytes_per_vector;
using libnux::vx::dls_halfwords_per_vector;
using libnux::vx::dls_words_per_vector;
using libnux::vx::dls_num_vectors_per_row;
using libnux::vx::dls_num_synapse_vectors;
using libnux::vx::dls_weight_base;
using libnux::vx::dls_config_even_base;
using libnux::vx::dls_config_odd_base;
using libnux::vx::dls_decoder_base;
using libnux::vx::dls_causal_base;
using libnux::vx::dls_vreset_causal_base;
using libnux::vx::dls_acausal_base;
using libnux::vx::dls_vreset_acausal_base;
using libnux::vx::dls_randgen_base;
using libnux::vx::dls_raw_base;
using libnux::vx::dls_neuron_reset_base;
using libnux::vx::dls_extmem_base;
using libnux::vx::dls_extmem_dram_base;
using libnux::vx::dls_correlation_reset;
using libnux::vx::dls_weight_mask;
using libnux::vx::dls_decoder_mask;
using libnux::vx::dls_buffer_enable_mask;
using libnux::vx::dls_test_mask;
using libnux::vx::ppu_omnibus_chip;
using libnux::vx::extmem_data_base;
using libnux::vx::extmem_dram_data_base;
using libnux::vx::madc_base_address;
using libnux::vx::sram_top_base_address;
using libnux::vx::sram_bot_base_address;
using libnux::vx::synram_top_base_address;
using libnux::vx::synram_bottom_base_address;
using libnux::vx::cadc_top_causal_base_address;
using libnux::vx::cadc_top_acausal_base_address;
using libnux::vx::dls_rates_base;
using libnux::vx::dls_syndrv_base;
using libnux::vx::dls_spike_base;
using libnux::vx::fpga_omnibus_mask;
using libnux::vx::external_ppu_memory_base_address;
using libnux::vx::executor_omnibus_mask;
using libnux::vx::fpga_device_dna_base_address;
using libnux::vx::event_recording_config_base_address;
using libnux::vx::ut_omnibus_mask;
using libnux::vx::phy_omnibus_mask;
using libnux::vx::spimaster_omnibus_mask;
using libnux::vx::i2cmaster_omnibus_mask;
using libnux::vx::perftest_omnibus_mask;
using libnux::vx::l2_omnibus_mask;
using libnux::vx::hicann_arq_status_base_address;

} // namespace libnux::vx::v3
