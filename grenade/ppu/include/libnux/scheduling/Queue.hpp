// Ring of elements: first in, first out.
#pragma once

#include <array>
#include <cstddef>

/// @tparam N Number of elements that fit
/// @tparam T Type of the elements
template <size_t N, typename T>
class Queue
{
public:
	/// Empty the queue and forget what it counted.
	void init()
	{
		m_first = 0;
		m_size = 0;
		m_overflows = 0;
		m_max_size = 0;
	}

	/// Append an element. If the queue is full, the oldest one gets lost, which is counted.
	void push(T const& element)
	{
		if (m_size == N) {
			m_first = (m_first + 1) % N;
			--m_size;
			++m_overflows;
		}
		m_elements[(m_first + m_size) % N] = element;
		++m_size;
		m_max_size = m_size > m_max_size ? m_size : m_max_size;
	}

	/// Take the oldest element.
	/// @param[out] element The element
	/// @return Whether there was one
	bool pop(T& element)
	{
		if (m_size == 0) {
			return false;
		}
		element = m_elements[m_first];
		m_first = (m_first + 1) % N;
		--m_size;
		return true;
	}

	/// Drop all elements; the counts stay.
	void clear() { m_size = 0; }

	size_t get_size() const { return m_size; }

	/// Element by age; 0 is the oldest.
	T& operator[](size_t index) { return m_elements[(m_first + index) % N]; }
	T const& operator[](size_t index) const { return m_elements[(m_first + index) % N]; }

	/// Number of elements that got lost.
	size_t get_overflow_count() const { return m_overflows; }

	/// Largest number of elements so far.
	size_t get_max_size() const { return m_max_size; }

private:
	std::array<T, N> m_elements{};
	size_t m_first = 0;
	size_t m_size = 0;
	size_t m_overflows = 0;
	size_t m_max_size = 0;
};
