#pragma once
#include "hate/nil.h"
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hate {

namespace detail {

using std::get;

template <size_t Index, typename Function, typename... Tuples>
inline decltype(auto) call_at(Function& function, Tuples&&... tuples)
{
	if constexpr (std::is_void_v<decltype(function(get<Index>(tuples)...))>) {
		function(get<Index>(tuples)...);
		return Nil();
	} else {
		return function(get<Index>(tuples)...);
	}
}

template <typename Function, size_t... Indices, typename... Tuples>
inline auto for_each(Function& function, std::index_sequence<Indices...>, Tuples&&... tuples)
{
	// The braces fix the order of the calls, from the first element to the last.
	return std::tuple<decltype(call_at<Indices>(function, tuples...))...>{
	    call_at<Indices>(function, tuples...)...};
}

template <typename Tuple>
inline constexpr size_t size_of = std::tuple_size<std::remove_cv_t<std::remove_reference_t<Tuple>>>::value;

} // namespace detail

/**
 * Call a function with the first elements of some tuples or arrays, then with the second ones, and so on.
 *
 * @param function What is called, with one argument for each tuple
 * @param tuple First tuple or array
 * @param tuples More of them, of the same size
 * @return Tuple of what the calls returned, `Nil` in place of void
 */
template <typename Function, typename Tuple, typename... Tuples>
inline auto for_each(Function&& function, Tuple&& tuple, Tuples&&... tuples)
{
	constexpr size_t size = detail::size_of<Tuple>;
	static_assert(
	    ((detail::size_of<Tuples> == size) && ...), "for_each needs tuples of the same size.");
	return detail::for_each(function, std::make_index_sequence<size>(), tuple, tuples...);
}

} // namespace hate
