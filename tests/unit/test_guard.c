/* SPDX-License-Identifier: MIT */
#include "daemon/core/guard.h"
#include "tests/unit/harness.h"

/* A bucket and a clock that moves only when a test says so. */
static struct guard g;
static mono_t now;

static void setup(void)
{
	now = (mono_t){ 1000 };
}

/* How many tokens can be had at once. */
static int drain(struct guard_limit l)
{
	int n = 0;

	while (n < 1000 && guard_take(&g, l, now))
		n++;
	return n;
}

START_TEST(a_full_bucket_gives_its_burst_and_no_more)
{
	const struct guard_limit l = { .rate = 2, .burst = 5 };

	guard_fill(&g, l, now);
	ck_assert_int_eq(drain(l), 5);
}
END_TEST

START_TEST(after_the_burst_the_rate_is_kept)
{
	const struct guard_limit l = { .rate = 4, .burst = 10 };
	int n = 0;

	guard_fill(&g, l, now);
	ck_assert_int_eq(drain(l), 10);
	for (int ms = 0; ms < 60000; ms++) {
		now = mono_add(now, 1);
		n += guard_take(&g, l, now);
	}
	ck_assert_int_ge(n, 239);
	ck_assert_int_le(n, 240);
}
END_TEST

START_TEST(a_long_rest_fills_it_no_further_than_its_burst)
{
	const struct guard_limit l = { .rate = 100, .burst = 3 };

	guard_fill(&g, l, now);
	ck_assert_int_eq(drain(l), 3);
	now = mono_add(now, (msec_t)1000 * 3600 * 24 * 400);
	ck_assert_int_eq(drain(l), 3);
}
END_TEST

START_TEST(there_is_a_token_when_it_said_there_would_be)
{
	static const double rates[] = { 0.001, 0.1, 0.3, 1, 3, 7, 333.3, 1000, 1e6 };
	const struct guard_limit l = { .rate = rates[_i], .burst = 1 };

	guard_fill(&g, l, now);
	for (int i = 0; i < 1000; i++) {
		ck_assert(guard_take(&g, l, now));
		if (guard_take(&g, l, now))
			continue;
		ck_assert(mono_before(now, guard_at(&g, l)));
		now = guard_at(&g, l);
	}
}
END_TEST

START_TEST(without_a_rate_there_is_always_a_token)
{
	const struct guard_limit l = { .rate = 0, .burst = 1 };

	guard_fill(&g, l, now);
	ck_assert_int_eq(drain(l), 1000);
	ck_assert(!mono_before(now, guard_at(&g, l)));
}
END_TEST

START_TEST(a_bucket_holds_at_least_one)
{
	const struct guard_limit l = { .rate = 1, .burst = -3 };

	guard_fill(&g, l, now);
	ck_assert_int_eq(drain(l), 1);
}
END_TEST

START_TEST(a_rate_next_to_nothing_waits_a_year_not_for_ever)
{
	const struct guard_limit l = { .rate = 1e-300, .burst = 1 };

	guard_fill(&g, l, now);
	ck_assert(guard_take(&g, l, now));
	ck_assert(!mono_is_never(guard_at(&g, l)));
	ck_assert(mono_before(mono_add(now, (msec_t)365 * 24 * 3600 * 1000), guard_at(&g, l)));
}
END_TEST

START_TEST(a_smaller_bucket_spills)
{
	const struct guard_limit wide = { .rate = 1, .burst = 50 };
	const struct guard_limit narrow = { .rate = 1, .burst = 2 };

	guard_fill(&g, wide, now);
	ck_assert_int_eq(drain(narrow), 2);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("guard");
	TCase *tc = harness_case(s, "guard");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_full_bucket_gives_its_burst_and_no_more);
	tcase_add_test(tc, after_the_burst_the_rate_is_kept);
	tcase_add_test(tc, a_long_rest_fills_it_no_further_than_its_burst);
	tcase_add_loop_test(tc, there_is_a_token_when_it_said_there_would_be, 0, 9);
	tcase_add_test(tc, without_a_rate_there_is_always_a_token);
	tcase_add_test(tc, a_bucket_holds_at_least_one);
	tcase_add_test(tc, a_rate_next_to_nothing_waits_a_year_not_for_ever);
	tcase_add_test(tc, a_smaller_bucket_spills);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
