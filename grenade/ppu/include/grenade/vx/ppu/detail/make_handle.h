#pragma once
#include "grenade/vx/ppu/neuron_view_handle.h"
#include "grenade/vx/ppu/synapse_array_view_handle.h"
#include <cstddef>
#include <cstdint>

namespace grenade::vx::ppu::detail {

inline SynapseArrayViewHandle make_synapse_array_view_handle(
    libnux::vx::PPUOnDLS hemisphere,
    uint8_t const* columns,
    size_t num_columns,
    uint8_t const* rows,
    size_t num_rows)
{
	SynapseArrayViewHandle handle;
	handle.hemisphere = hemisphere;
	handle.columns.assign(columns, columns + num_columns);
	handle.rows.assign(rows, rows + num_rows);
	for (uint8_t const column : handle.columns) {
		handle.column_mask[column] = 1;
	}
	return handle;
}

inline NeuronViewHandle make_neuron_view_handle(
    libnux::vx::PPUOnDLS hemisphere, uint8_t const* columns, size_t num_columns)
{
	NeuronViewHandle handle;
	handle.hemisphere = hemisphere;
	handle.columns.assign(columns, columns + num_columns);
	return handle;
}

} // namespace grenade::vx::ppu::detail
