// Source of a single event.
#pragma once

#include "libnux/scheduling/types.hpp"

/// Calls once for a service, from the window before its deadline on.
class TimerOneshot
{
public:
	/// @param service What is to be called
	/// @param deadline When it should have been called
	/// @param window How long before it may be called
	explicit TimerOneshot(Service const& service, time_type deadline = 0, time_type window = 0) :
	    m_service(service), m_deadline(deadline), m_window(window)
	{}

	void set_service(Service const& service) { m_service = service; }

	/// Set the deadline; the timer calls once more.
	void set_deadline(time_type deadline)
	{
		m_deadline = deadline;
		m_armed = true;
	}

	/// Set the window; the timer calls once more.
	void set_window(time_type window)
	{
		m_window = window;
		m_armed = true;
	}

	/// Event that is due.
	/// @param[out] event The event
	/// @param time Present time
	/// @return Whether there is one
	bool next_event(Event& event, time_type time)
	{
		if (!m_armed || time < m_deadline - m_window) {
			return false;
		}
		m_armed = false;
		event.service = &m_service;
		event.deadline = m_deadline;
		return true;
	}

private:
	Service m_service;
	time_type m_deadline;
	time_type m_window;
	bool m_armed = true;
};
