// Tests on the processor: counters, and messages in the mailbox.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libnux/system.h"
#include "libnux/vx/mailbox.h"

namespace libnux::vx {

/// What happens after a failed test.
typedef enum
{
	test_action_warning, ///< the program goes on
	test_action_shutdown ///< the program ends
} test_action_type;

namespace detail {

struct TestCounts
{
	uint32_t passed;
	uint32_t failed;
};

inline TestCounts tests;     ///< of the current test case
inline TestCounts testcases; ///< finished ones
inline test_action_type test_action = test_action_warning;

} // namespace detail

inline uint32_t test_write_string(char const* text) { return mailbox_write_string(text); }
inline uint32_t test_write_int(uint32_t number) { return mailbox_write_int(number); }
inline void test_write_termination() { mailbox_string_terminate(); }

inline uint32_t test_get_passed() { return detail::tests.passed; }
inline uint32_t test_get_failed() { return detail::tests.failed; }
inline uint32_t testcase_get_passed() { return detail::testcases.passed; }
inline uint32_t testcase_get_failed() { return detail::testcases.failed; }
inline void test_inc_passed() { ++detail::tests.passed; }
inline void test_inc_failed() { ++detail::tests.failed; }
inline void test_set_action(test_action_type action) { detail::test_action = action; }
inline test_action_type test_get_action() { return detail::test_action; }

/// Begin: all counters become zero.
inline void test_init()
{
	detail::tests = {};
	detail::testcases = {};
}

/// End the program: with 1 if a test case, also the current one, has failed.
inline void test_shutdown()
{
	test_write_termination();
	exit(testcase_get_failed() != 0 || test_get_failed() != 0);
}

/// Begin a test case.
inline void testcase_begin(char const* name)
{
	detail::tests = {};
	test_write_string(name);
	test_write_string("\n");
}

/// End a test case, which has failed if one of its tests has.
inline void testcase_end()
{
	++(test_get_failed() != 0 ? detail::testcases.failed : detail::testcases.passed);
	test_write_string("passed: ");
	test_write_int(test_get_passed());
	test_write_string(", failed: ");
	test_write_int(test_get_failed());
	test_write_string("\n");
	detail::tests = {};
}

/// Print the numbers of test cases.
inline void test_summary()
{
	test_write_string("test cases passed: ");
	test_write_int(testcase_get_passed());
	test_write_string(", failed: ");
	test_write_int(testcase_get_failed());
	test_write_string("\n");
}

namespace detail {

/// Count a test, and print where it was and what it said if it has failed.
__attribute__((noinline)) inline void test_result(
    bool passed, char const* relation, char const* arguments, char const* file, uint32_t line)
{
	if (passed) {
		test_inc_passed();
		return;
	}
	char const* name = file;
	for (char const* character = file; *character != '\0'; ++character) {
		name = *character == '/' ? character + 1 : name;
	}
	test_write_string(name);
	test_write_string(":");
	test_write_int(line);
	test_write_string(": failed: ");
	test_write_string(relation);
	test_write_string("(");
	test_write_string(arguments);
	test_write_string(")\n");
	test_inc_failed();
	if (test_get_action() == test_action_shutdown) {
		test_shutdown();
	}
}

} // namespace detail

#define LIBNUX_TEST(CONDITION, RELATION, ARGUMENTS)                                                \
	::libnux::vx::detail::test_result(                                                             \
	    static_cast<bool>(CONDITION), RELATION, ARGUMENTS, __FILE__, __LINE__)
#define LIBNUX_TEST_EQUAL(A, B) LIBNUX_TEST((A) == (B), "equal", #A ", " #B)
#define LIBNUX_TEST_TRUE(A) LIBNUX_TEST((A), "true", #A)
#define LIBNUX_TEST_NULL(A) LIBNUX_TEST((A) == nullptr, "null", #A)
#define LIBNUX_TEST_NOT_NULL(A) LIBNUX_TEST((A) != nullptr, "not_null", #A)

// The last two arguments are the place of the call.
#define LIBNUX_PLACE char const *file = __builtin_FILE(), uint32_t line = __builtin_LINE()

template <typename T, typename U>
void test_equal(T const& a, U const& b, LIBNUX_PLACE)
{
	detail::test_result(a == b, "equal", "", file, line);
}

template <typename T>
void test_true(T const& condition, LIBNUX_PLACE)
{
	detail::test_result(static_cast<bool>(condition), "true", "", file, line);
}

template <typename T>
void test_null(T const& pointer, LIBNUX_PLACE)
{
	detail::test_result(pointer == nullptr, "null", "", file, line);
}

template <typename T>
void test_not_null(T const& pointer, LIBNUX_PLACE)
{
	detail::test_result(pointer != nullptr, "not_null", "", file, line);
}

#undef LIBNUX_PLACE

} // namespace libnux::vx

namespace libnux::vx::v3 {

using libnux::vx::test_equal;
using libnux::vx::test_init;
using libnux::vx::test_not_null;
using libnux::vx::test_null;
using libnux::vx::test_shutdown;
using libnux::vx::test_summary;
using libnux::vx::test_true;
using libnux::vx::testcase_begin;
using libnux::vx::testcase_end;

} // namespace libnux::vx::v3
