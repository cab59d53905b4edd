// Tests that fail, and what is left of a program then.
#include "libnux/vx/testing.h"

TEST(Failing, Messages)
{
	EXPECT_EQ(1, 2);
	EXPECT_NE(3, 3);
	EXPECT_GT(1, 1);
	EXPECT_GE(0, 1);
	EXPECT_LT(1, 1);
	EXPECT_LE(2, 1);
	EXPECT_TRUE(false);
	EXPECT_FALSE(true);
	ASSERT_EQ(4, 4);
	test_equal(1, 2);
	test_true(false);
	test_null(reinterpret_cast<void*>(1));
	test_not_null(static_cast<void*>(nullptr));
}

TEST(Passing, Nothing)
{
	EXPECT_TRUE(true);
}

int start()
{
	int const result = RUN_ALL_TESTS();
	if (ACTION == 0) {
		return 10 + result;
	}
	testcase_begin("direct");
	test_set_action(test_action_shutdown);
	EXPECT_TRUE(true);
	EXPECT_TRUE(ACTION == 1);
	test_shutdown();
	return 3;
}
