#pragma once
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace grenade::vx::ppu::detail {

/**
 * Tuple whose last element comes first in memory, whatever the C++ library does with its own tuples: the host reads
 * what a kernel records by this layout.
 */
template <typename... T>
struct Tuple
{};

template <typename First, typename... Rest>
struct Tuple<First, Rest...>
{
	[[no_unique_address]] Tuple<Rest...> rest;
	First first;

	template <size_t Index>
	constexpr auto& get()
	{
		if constexpr (Index == 0) {
			return first;
		} else {
			return rest.template get<Index - 1>();
		}
	}

	template <size_t Index>
	constexpr auto const& get() const
	{
		if constexpr (Index == 0) {
			return first;
		} else {
			return rest.template get<Index - 1>();
		}
	}

	template <typename Function, size_t... Indices>
	constexpr decltype(auto) apply(Function&& function, std::index_sequence<Indices...>)
	{
		return std::forward<Function>(function)(get<Indices>()...);
	}
};

} // namespace grenade::vx::ppu::detail

// Kernels use recorded tuples like those of the C++ library.
namespace std {

template <typename... T>
struct tuple_size<grenade::vx::ppu::detail::Tuple<T...>> : public integral_constant<size_t, sizeof...(T)>
{};

template <size_t Index, typename... T>
struct tuple_element<Index, grenade::vx::ppu::detail::Tuple<T...>>
{
	typedef tuple_element_t<Index, tuple<T...>> type;
};

template <size_t Index, typename... T>
constexpr auto& get(grenade::vx::ppu::detail::Tuple<T...>& tuple)
{
	return tuple.template get<Index>();
}

template <size_t Index, typename... T>
constexpr auto const& get(grenade::vx::ppu::detail::Tuple<T...> const& tuple)
{
	return tuple.template get<Index>();
}

template <typename Function, typename... T>
constexpr decltype(auto) apply(Function&& function, grenade::vx::ppu::detail::Tuple<T...>& tuple)
{
	return tuple.apply(std::forward<Function>(function), std::make_index_sequence<sizeof...(T)>());
}

} // namespace std
