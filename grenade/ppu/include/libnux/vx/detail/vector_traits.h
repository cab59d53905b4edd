// Which of the vector types a type is.
#pragma once

#include <type_traits>

namespace libnux::vx::detail {

template <typename T, typename = void>
struct IsVector : std::false_type
{};

/// One vector register.
template <typename T>
struct IsVector<T, std::void_t<typename T::Data>> : std::true_type
{};

template <typename T, typename = void>
struct IsVectorHalfRow : std::false_type
{};

/// Half row of more than one vector.
template <typename T>
struct IsVectorHalfRow<T, std::void_t<typename T::Quarter>> : std::true_type
{};

template <typename T, typename = void>
struct IsVectorRow : std::false_type
{};

template <typename T>
struct IsVectorRow<T, std::void_t<typename T::HalfRow>> : std::true_type
{};

} // namespace libnux::vx::detail
