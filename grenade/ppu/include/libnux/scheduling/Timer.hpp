// Source of events at equal intervals.
#pragma once

#include <cstddef>
#include <utility>

#include "libnux/scheduling/types.hpp"

/// Calls for a service at start, start + period, ... before start + period * number of periods.
///
/// An event belongs to the period that has begun. Periods that went by without a look at the timer are left out and
/// counted as missed.
class Timer
{
public:
	explicit Timer(Service const& service = Service()) : m_service(service) {}

	void set_service(Service const& service) { m_service = service; }

	/// Set the time of the first event.
	void set_first_deadline(time_type deadline)
	{
		m_start = deadline;
		m_next = deadline;
		set_end();
	}

	time_type get_first_deadline() const { return m_start; }

	void set_num_periods(size_t number)
	{
		m_num_periods = number;
		set_end();
	}

	void set_period(time_type period)
	{
		m_period = period;
		set_end();
	}

	/// Event that is due.
	/// @param[out] event The event; its deadline is the begin of the following period
	/// @param time Present time
	/// @return Whether there is one
	bool next_event(Event& event, time_type time)
	{
		if (time < m_next || time >= m_end) {
			return false;
		}
		m_next += m_period;
		while (m_next < time) {
			++m_missed;
			m_next += m_period;
		}
		event.service = &m_service;
		event.deadline = m_next;
		return true;
	}

	/// Number of periods that were left out.
	size_t get_missed_count() const { return m_missed; }

private:
	void set_end() { m_end = m_start + m_period * m_num_periods; }

	Service m_service;
	time_type m_start = 0;
	time_type m_period = 0;
	size_t m_num_periods = 0;
	time_type m_end = 0;
	time_type m_next = 0; ///< begin of the next period
	size_t m_missed = 0;
};
