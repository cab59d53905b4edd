#pragma once
#include <cstdint>

namespace grenade::vx::ppu::detail {

/** Parts of the external memory for samples of the two hemispheres, bytes. */
constexpr uint32_t cadc_recording_storage_base_top = 0;
constexpr uint32_t cadc_recording_storage_base_bottom = 65536;
constexpr uint32_t cadc_recording_storage_size = 65536;

} // namespace grenade::vx::ppu::detail
