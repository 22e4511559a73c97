/* SPDX-License-Identifier: MIT */
/* test_allowance.c - what a program may use. */
#include <errno.h>

#include "daemon/sys/allowance.h"
#include "tests/unit/spawn_harness.h"

static struct allowance allowance;
static struct link_rlimit limits[ALLOWANCE_LIMITS + 1];

/* The plan with @n of the limits, and what else @recipe says. */
static int plan_for(struct link_spawn recipe, size_t n)
{
	recipe.rlimits =
		(struct link_bytes){ (const char *)limits, (uint32_t)(n * sizeof *limits) };
	plan.allowance = &allowance;
	return allowance_read(&recipe, &allowance);
}

static void give(struct link_spawn recipe, size_t n)
{
	ck_assert_int_eq(plan_for(recipe, n), 0);
}

START_TEST(limits_are_set_and_others_are_as_they_were)
{
	limits[0] = (struct link_rlimit){ RLIMIT_NOFILE, 0, 64, 128 };
	limits[1] = (struct link_rlimit){ RLIMIT_CORE, 0, 0, 0 };
	give((struct link_spawn){ 0 }, 2);
	run(SH("ulimit -Sn; ulimit -Hn; ulimit -c"));
	ck_assert_str_eq(buf_str(&said), "64\n128\n0");
}
END_TEST

START_TEST(unlimited_is_a_limit_too)
{
	struct rlimit stack;

	ck_assert_int_eq(getrlimit(RLIMIT_STACK, &stack), 0);
	if (stack.rlim_max != RLIM_INFINITY)
		SKIP_TEST("the stack has a hard limit here");
	limits[0] = (struct link_rlimit){ RLIMIT_STACK, 0, UINT64_MAX, UINT64_MAX };
	give((struct link_spawn){ 0 }, 1);
	run(SH("ulimit -s"));
	ck_assert_str_eq(buf_str(&said), "unlimited");
}
END_TEST

START_TEST(niceness_and_the_like_are_set_when_they_are_given)
{
	give((struct link_spawn){ .given = LINK_NICE | LINK_OOM_SCORE_ADJ | LINK_IOPRIO,
				  .nice = 7,
				  .oom_score_adj = 321,
				  .ioprio = 3 << 13 },
	     0);
	run(SH("cut -d ' ' -f 19 /proc/self/stat; cat /proc/self/oom_score_adj; ionice -p $$"));
	ck_assert_str_eq(buf_str(&said), "7\n321\nidle");
}
END_TEST

START_TEST(what_is_not_given_is_left_alone)
{
	give((struct link_spawn){ .nice = 7, .oom_score_adj = 321 }, 0);
	run(SH("cut -d ' ' -f 19 /proc/self/stat"));
	ck_assert_int_eq(atoi(buf_str(&said)), getpriority(PRIO_PROCESS, 0));
}
END_TEST

START_TEST(what_cannot_be_had_is_reported)
{
	struct spawned child;

	give((struct link_spawn){ .given = LINK_OOM_SCORE_ADJ, .oom_score_adj = 5000 }, 0);
	plan.argv = SH("true");
	ck_assert_int_eq(until_exec(&child), SPAWN_FAILED);
	(void)end_of(&child);
	ck_assert_int_eq(report.stage, CHILD_OOM_SCORE_ADJ);
	ck_assert_int_eq(report.error, EINVAL);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	limits[0] = (struct link_rlimit){ 99, 0, 1, 1 };
	ck_assert_int_eq(plan_for((struct link_spawn){ 0 }, 1), -EINVAL);
	limits[0] = (struct link_rlimit){ RLIMIT_CPU, 0, 2, 1 };
	ck_assert_int_eq(plan_for((struct link_spawn){ 0 }, 1), -EINVAL);
	memset(limits, 0, sizeof limits);
	ck_assert_int_eq(plan_for((struct link_spawn){ 0 }, ALLOWANCE_LIMITS), 0);
	ck_assert_int_eq(plan_for((struct link_spawn){ 0 }, ALLOWANCE_LIMITS + 1), -EINVAL);
	ck_assert_int_eq(
		allowance_read(&(struct link_spawn){ .rlimits = { "abc", 3 } }, &allowance),
		-EINVAL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("allowance");
	TCase *tc = harness_case(s, "allowance");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, limits_are_set_and_others_are_as_they_were);
	tcase_add_test(tc, unlimited_is_a_limit_too);
	tcase_add_test(tc, niceness_and_the_like_are_set_when_they_are_given);
	tcase_add_test(tc, what_is_not_given_is_left_alone);
	tcase_add_test(tc, what_cannot_be_had_is_reported);
	tcase_add_test(tc, what_cannot_be_is_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
