// Half row of halfwords.
#pragma once

#include "libnux/vx/detail/elementwise.h"

namespace libnux::vx::detail {

/// 128 halfwords in two vectors.
/// @tparam Vector Type of the vectors
template <typename Vector>
struct VectorPair : public Partwise<VectorPair<Vector>, Vector>
{
	typedef Vector Quarter;
	typedef typename Vector::Element Element;
	typedef VectorPair<typename Vector::Counterpart> Counterpart; ///< signed or unsigned, of the same width

	Quarter left;
	Quarter right;

	/// All elements zero.
	LIBNUX_INLINE constexpr VectorPair() : left(), right() {}

	/// All elements equal.
	LIBNUX_INLINE VectorPair(Element value) : left(value), right(value) {}

	LIBNUX_INLINE VectorPair(Quarter const& left, Quarter const& right) : left(left), right(right) {}

	LIBNUX_INLINE explicit VectorPair(Unset unset) : left(unset), right(unset) {}

	/// The first 64 elements are in the left vector.
	LIBNUX_INLINE Element& operator[](size_t index)
	{
		return reinterpret_cast<Element*>(this)[index];
	}

	LIBNUX_INLINE Element const& operator[](size_t index) const
	{
		return reinterpret_cast<Element const*>(this)[index];
	}

	LIBNUX_INLINE Counterpart convert_contiguous() const
	{
		Counterpart result{Unset{}};
		result.set_contiguous(*this);
		return result;
	}

	LIBNUX_INLINE void set_contiguous(Counterpart const& other)
	{
		left.set_contiguous(other.left);
		right.set_contiguous(other.right);
	}

	/// The same bits as elements of the other kind.
	LIBNUX_INLINE explicit operator Counterpart() const
	{
		return Counterpart(
		    static_cast<typename Counterpart::Quarter>(left), static_cast<typename Counterpart::Quarter>(right));
	}

	LIBNUX_INLINE Quarter& first_part() { return left; }
	LIBNUX_INLINE Quarter const& first_part() const { return left; }
	LIBNUX_INLINE Quarter& second_part() { return right; }
	LIBNUX_INLINE Quarter const& second_part() const { return right; }
};

} // namespace libnux::vx::detail
