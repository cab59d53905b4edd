#pragma once

namespace grenade::vx::ppu::detail {

/**
 * Memory for a value whose constructor does not run, so that the host may fill it before the start.
 */
template <typename T>
struct uninitialized
{
	alignas(T) unsigned char data[sizeof(T)];
};

template <typename T>
inline T& uninitialized_cast(uninitialized<T>& memory)
{
	return *reinterpret_cast<T*>(memory.data);
}

template <typename T>
inline T const& uninitialized_cast(uninitialized<T> const& memory)
{
	return *reinterpret_cast<T const*>(memory.data);
}

} // namespace grenade::vx::ppu::detail
