#pragma once
#include "libnux/system.h"
#include "libnux/vx/vector_row.h"
#include <cstddef>

namespace grenade::vx::ppu {

/**
 * Move values from the columns of one view to the columns of another one, in order.
 *
 * Different numbers of columns end the program with exit code 1.
 *
 * @param input Values of the columns of `from`
 * @param from Handle with columns
 * @param to Handle with columns
 * @return Values in the columns of `to`, 0 in the others
 */
template <typename T, typename HandleI, typename HandleO>
inline libnux::vx::VectorRow<T> translate_columns(
    libnux::vx::VectorRow<T> const& input, HandleI const& from, HandleO const& to)
{
	if (from.columns.size() != to.columns.size()) {
		exit(1);
	}
	libnux::vx::VectorRow<T> output(0);
	for (size_t i = 0; i < to.columns.size(); ++i) {
		output[to.columns[i]] = input[from.columns[i]];
	}
	return output;
}

} // namespace grenade::vx::ppu
