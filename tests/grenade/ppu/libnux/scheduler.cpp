// Timers, queue and scheduler. Numbers of services and times of calls go to the host.
#include <array>
#include <cstdint>
#include <tuple>

#include "libnux/scheduling.hpp"
#include "libnux/vx/testing.h"
#include "libnux/vx/time.h"

namespace {

/// A source with a list of events, each due at its own time.
struct Listed
{
	struct Item
	{
		time_type due;
		time_type deadline;
		Service const* service;
	};

	Item items[4];
	size_t next = 0;

	bool next_event(Event& event, time_type time)
	{
		if (next == 4 || items[next].service == nullptr || time < items[next].due) {
			return false;
		}
		event = {items[next].service, items[next].deadline};
		++next;
		return true;
	}
};

uint32_t calls[16];
size_t num_calls;

Service recorder(uint32_t number)
{
	return [number] { calls[num_calls++] = number; };
}

} // namespace

TEST(Timers, Periods)
{
	static_assert(sizeof(time_type) == 8);
	Timer timer(recorder(1));
	timer.set_first_deadline(100);
	timer.set_period(10);
	timer.set_num_periods(5);
	EXPECT_EQ(timer.get_first_deadline(), 100u);
	Event event;
	EXPECT_FALSE(timer.next_event(event, 99));
	EXPECT_TRUE(timer.next_event(event, 100));
	EXPECT_EQ(event.deadline, 110u);
	EXPECT_FALSE(timer.next_event(event, 109));
	EXPECT_TRUE(timer.next_event(event, 110));
	EXPECT_EQ(timer.get_missed_count(), 0u);
	// At 135 the period from 120 is the one to be called for, that from 130 is missed; the next one begins at 140.
	EXPECT_TRUE(timer.next_event(event, 135));
	EXPECT_EQ(event.deadline, 140u);
	EXPECT_EQ(timer.get_missed_count(), 1u);
	EXPECT_FALSE(timer.next_event(event, 139));
	EXPECT_TRUE(timer.next_event(event, 140));
	EXPECT_FALSE(timer.next_event(event, 150));
	EXPECT_FALSE(timer.next_event(event, 1000));
	num_calls = 0;
	(*event.service)();
	EXPECT_EQ(num_calls, 1u);
	// Again from another time on.
	timer.set_first_deadline(200);
	EXPECT_FALSE(timer.next_event(event, 199));
	EXPECT_TRUE(timer.next_event(event, 200));
	timer.set_num_periods(1);
	EXPECT_FALSE(timer.next_event(event, 210));
	timer.set_num_periods(2);
	EXPECT_TRUE(timer.next_event(event, 210));
	timer.set_service(recorder(2));
	(*event.service)();
	EXPECT_EQ(calls[1], 2u);
}

TEST(Timers, Oneshot)
{
	TimerOneshot timer(recorder(1), 100, 10);
	Event event;
	EXPECT_FALSE(timer.next_event(event, 89));
	EXPECT_TRUE(timer.next_event(event, 90));
	EXPECT_EQ(event.deadline, 100u);
	EXPECT_FALSE(timer.next_event(event, 91));
	timer.set_deadline(200);
	EXPECT_FALSE(timer.next_event(event, 189));
	EXPECT_TRUE(timer.next_event(event, 195));
	timer.set_window(0);
	EXPECT_FALSE(timer.next_event(event, 199));
	EXPECT_TRUE(timer.next_event(event, 300));
	timer.set_service(recorder(3));
	num_calls = 0;
	(*event.service)();
	EXPECT_EQ(calls[0], 3u);
}

TEST(Queues, Ring)
{
	Queue<3, int> queue;
	int element = 0;
	EXPECT_FALSE(queue.pop(element));
	queue.push(1);
	queue.push(2);
	EXPECT_EQ(queue.get_size(), 2u);
	EXPECT_TRUE(queue.pop(element));
	EXPECT_EQ(element, 1);
	queue.push(3);
	queue.push(4);
	EXPECT_EQ(queue.get_overflow_count(), 0u);
	EXPECT_EQ(queue.get_max_size(), 3u);
	queue.push(5);
	EXPECT_EQ(queue.get_overflow_count(), 1u);
	EXPECT_EQ(queue.get_size(), 3u);
	EXPECT_EQ(queue[0], 3);
	EXPECT_EQ(queue[2], 5);
	queue[1] = 7;
	EXPECT_TRUE(queue.pop(element) && queue.pop(element));
	EXPECT_EQ(element, 7);
	queue.init();
	EXPECT_EQ(queue.get_size() + queue.get_overflow_count() + queue.get_max_size(), 0u);
}

TEST(Schedulers, EarliestFirst)
{
	Service const first = recorder(1), second = recorder(2), third = recorder(3), late = recorder(4);
	Listed one{{{0, 300, &third}, {0, 100, &first}, {0, 400, &late}, {}}};
	Listed two{{{0, 200, &second}, {~time_type(0), 0, &late}, {}, {}}};
	Scheduler<8> scheduler;
	std::tuple<Listed&, Listed&> sources(one, two);
	num_calls = 0;
	scheduler.execute(get_time() + 20000, sources);
	EXPECT_EQ(num_calls, 4u);
	for (uint32_t call = 0; call < 4; ++call) {
		EXPECT_EQ(calls[call], call + 1);
	}
	EXPECT_EQ(scheduler.get_max_queue_size(), 4u);
	EXPECT_EQ(scheduler.get_dropped_events_count(), 0u);
}

TEST(Schedulers, FullQueueDropsTheOldest)
{
	Service const services[] = {recorder(1), recorder(2), recorder(3), recorder(4)};
	Listed source{{{0, 1, &services[0]}, {0, 2, &services[1]}, {0, 3, &services[2]}, {0, 4, &services[3]}}};
	Scheduler<2> scheduler;
	std::tuple<Listed&> sources(source);
	num_calls = 0;
	scheduler.execute(get_time() + 20000, sources);
	EXPECT_EQ(num_calls, 2u);
	EXPECT_EQ(calls[0], 3u);
	EXPECT_EQ(calls[1], 4u);
	EXPECT_EQ(scheduler.get_dropped_events_count(), 2u);
}

TEST(Schedulers, EventsWaitForTheNextRun)
{
	Service const slow = [] { sleep_cycles(5000); ++num_calls; };
	Listed source{{{0, 1, &slow}, {0, 2, &slow}, {0, 3, &slow}, {}}};
	Scheduler<4> scheduler;
	std::tuple<Listed&> sources(source);
	num_calls = 0;
	scheduler.execute(get_time() + 4000, sources);
	EXPECT_EQ(num_calls, 1u);
	scheduler.execute(get_time() + 4000, sources);
	EXPECT_EQ(num_calls, 2u);
	scheduler.flush_queue();
	scheduler.execute(get_time() + 4000, sources);
	EXPECT_EQ(num_calls, 2u);
	scheduler.execute(0, sources);
	EXPECT_EQ(num_calls, 2u);
}

TEST(Schedulers, TimersInTime)
{
	uint32_t counts[2] = {};
	time_type latest = 0;
	Timer fast([&] { ++counts[0]; });
	Timer slow([&] {
		++counts[1];
		latest = get_time();
	});
	time_type const begin = get_time() + 10000;
	fast.set_first_deadline(begin);
	fast.set_period(5000);
	fast.set_num_periods(20);
	slow.set_first_deadline(begin + 2500);
	slow.set_period(20000);
	slow.set_num_periods(3);
	Scheduler<4> scheduler;
	std::tuple<Timer&, Timer&> timers(fast, slow);
	scheduler.execute(begin + 120000, timers);
	EXPECT_EQ(counts[0], 20u);
	EXPECT_EQ(counts[1], 3u);
	EXPECT_EQ(fast.get_missed_count() + slow.get_missed_count(), 0u);
	EXPECT_GE(latest, begin + 42500);
	EXPECT_LT(latest, begin + 47500);
}

TEST(Schedulers, SlowServiceMissesPeriods)
{
	uint32_t count = 0;
	Timer timer([&] {
		++count;
		sleep_cycles(3000);
	});
	time_type const begin = get_time() + 1000;
	timer.set_first_deadline(begin);
	timer.set_period(1000);
	timer.set_num_periods(20);
	Scheduler<4> scheduler;
	std::tuple<Timer&> timers(timer);
	scheduler.execute(begin + 40000, timers);
	EXPECT_GE(count, 4u);
	EXPECT_LE(count, 7u);
	// The last event is not more than the duration of a service before the end.
	EXPECT_GE(count + timer.get_missed_count(), 16u);
	EXPECT_LE(count + timer.get_missed_count(), 21u);
}

int start()
{
	return RUN_ALL_TESTS();
}
