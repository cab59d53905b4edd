#pragma once

namespace hate {

/**
 * Value in place of nothing, where a type is needed.
 */
struct Nil
{
	constexpr bool operator==(Nil const&) const { return true; }
	constexpr bool operator!=(Nil const&) const { return false; }
};

} // namespace hate
