// Tests in the manner of gtest: `TEST(Topic, Name) { EXPECT_EQ(a, b); }`, all run by `RUN_ALL_TESTS()`.
#pragma once

#include <cstddef>

#include "libnux/vx/unittest.h"

using namespace libnux::vx;

/// List of tests; at most 32 in a program.
class TestFactory
{
public:
	typedef void (*TestRunFunc)();

	constexpr static size_t max_num_tests = 32;

	/// Add a test. Ends the program with 1 if there are too many.
	static void register_test(TestRunFunc run)
	{
		if (m_size == max_num_tests) {
			mailbox_write_string("too many tests in one program\n");
			exit(1);
		}
		m_tests[m_size++] = run;
	}

	/// Run all tests; 1 if one has failed, else 0.
	static int call_all()
	{
		test_init();
		for (size_t test = 0; test < m_size; ++test) {
			m_tests[test]();
		}
		test_summary();
		return testcase_get_failed() != 0;
	}

private:
	inline static size_t m_size = 0;
	inline static TestRunFunc m_tests[max_num_tests] = {};
};

/// Run all tests of the program; 1 if one has failed, else 0.
inline int RUN_ALL_TESTS()
{
	return TestFactory::call_all();
}

#define TEST(TOPIC, NAME)                                                                          \
	struct Test_##TOPIC##_##NAME                                                                   \
	{                                                                                              \
		Test_##TOPIC##_##NAME() { TestFactory::register_test(&run); }                              \
		static void run()                                                                          \
		{                                                                                          \
			testcase_begin(#TOPIC "." #NAME);                                                      \
			test();                                                                                \
			testcase_end();                                                                        \
		}                                                                                          \
		static void test();                                                                        \
	} Test_##TOPIC##_##NAME##_instance;                                                            \
	void Test_##TOPIC##_##NAME::test()

#define EXPECT_EQ(A, B) LIBNUX_TEST((A) == (B), "==", #A ", " #B)
#define EXPECT_NE(A, B) LIBNUX_TEST((A) != (B), "!=", #A ", " #B)
#define EXPECT_GT(A, B) LIBNUX_TEST((A) > (B), ">", #A ", " #B)
#define EXPECT_GE(A, B) LIBNUX_TEST((A) >= (B), ">=", #A ", " #B)
#define EXPECT_LT(A, B) LIBNUX_TEST((A) < (B), "<", #A ", " #B)
#define EXPECT_LE(A, B) LIBNUX_TEST((A) <= (B), "<=", #A ", " #B)
#define EXPECT_TRUE(A) LIBNUX_TEST((A), "true", #A)
#define EXPECT_FALSE(A) LIBNUX_TEST(!(A), "false", #A)

#define ASSERT_EQ(A, B) EXPECT_EQ(A, B)
#define ASSERT_NE(A, B) EXPECT_NE(A, B)
#define ASSERT_GT(A, B) EXPECT_GT(A, B)
#define ASSERT_GE(A, B) EXPECT_GE(A, B)
#define ASSERT_LT(A, B) EXPECT_LT(A, B)
#define ASSERT_LE(A, B) EXPECT_LE(A, B)
#define ASSERT_TRUE(A) EXPECT_TRUE(A)
#define ASSERT_FALSE(A) EXPECT_FALSE(A)
