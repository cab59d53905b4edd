// Calls services of timers in the order of their deadlines.
#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include "libnux/scheduling/Queue.hpp"
#include "libnux/scheduling/types.hpp"

/// Takes events of sources into a queue and calls one service after the other. A service is never interrupted; events
/// that are late are called all the same.
/// @tparam queue_size Number of events that can wait; more push the oldest ones out
template <size_t queue_size>
class Scheduler
{
public:
	/// Run until a time, which is looked at between services. Events that are left wait for the next run.
	/// @param stop_time End
	/// @param sources References to timers
	template <typename... Sources>
	void execute(time_type stop_time, std::tuple<Sources&...>& sources)
	{
		time_type time;
		while ((time = get_time()) < stop_time) {
			fetch_events_timed(sources, time);
			sort_earliest_first();
			run_queue_service();
		}
	}

	/// Queue all events that are due.
	template <typename... Sources>
	void fetch_events_timed(std::tuple<Sources&...>& sources, time_type time)
	{
		std::apply([&](Sources&... source) { (fetch(source, time), ...); }, sources);
	}

	/// Exchange the oldest event with that of the earliest deadline.
	void sort_earliest_first()
	{
		size_t earliest = 0;
		for (size_t index = 1; index < m_queue.get_size(); ++index) {
			if (m_queue[index].deadline < m_queue[earliest].deadline) {
				earliest = index;
			}
		}
		if (earliest != 0) {
			std::swap(m_queue[0], m_queue[earliest]);
		}
	}

	/// Call the service of the oldest event, if there is one.
	void run_queue_service()
	{
		Event event;
		if (m_queue.pop(event)) {
			(*event.service)();
		}
	}

	/// Drop all waiting events. Upstream declares this, but it does not compile there.
	void flush_queue() { m_queue.clear(); }

	/// Largest number of events that waited.
	size_t get_max_queue_size() const { return m_queue.get_max_size(); }

	/// Number of events that got lost since the queue was full.
	size_t get_dropped_events_count() const { return m_queue.get_overflow_count(); }

private:
	template <typename Source>
	void fetch(Source& source, time_type time)
	{
		Event event;
		while (source.next_event(event, time)) {
			m_queue.push(event);
		}
	}

	Queue<queue_size, Event> m_queue;
};
