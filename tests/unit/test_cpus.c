/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "daemon/sys/cpus.h"
#include "tests/unit/harness.h"

static int count(const struct cpus *c)
{
	return CPU_COUNT_S(sizeof c->v, c->v);
}

static bool has(const struct cpus *c, size_t n)
{
	return CPU_ISSET_S(n, sizeof c->v, c->v);
}

START_TEST(numbers_and_ranges_make_a_set)
{
	struct cpus c;

	ck_assert_int_eq(cpus_parse("0-3,6", &c), 0);
	ck_assert_int_eq(count(&c), 5);
	ck_assert(has(&c, 0) && has(&c, 3) && !has(&c, 4) && has(&c, 6));
	ck_assert_int_eq(cpus_parse("5,5,4-5", &c), 0);
	ck_assert_int_eq(count(&c), 2);
}
END_TEST

START_TEST(the_last_processor_there_can_be_is_taken_and_those_behind_it_count_for_nothing)
{
	struct cpus c;

	ck_assert_int_eq(cpus_parse("8191-8300,99999999999999999999", &c), 0);
	ck_assert_int_eq(count(&c), 1);
	ck_assert(has(&c, 8191));
	ck_assert_int_eq(cpus_parse("0-99999999999999999999", &c), 0);
	ck_assert_int_eq(count(&c), CPUS_EVER);
}
END_TEST

/* clang-format off */
static const char *const nonsense[] = {
	"", ",", "1,", ",1", "-", "1-", "-1", "3-2", "1 ", " 1", "0x1", "a", "1-2-3", "1,,2",
};
/* clang-format on */

START_TEST(what_is_no_list_is_refused)
{
	struct cpus c;

	ck_assert_int_eq(cpus_parse(nonsense[_i], &c), -EINVAL);
}
END_TEST

START_TEST(a_set_without_a_processor_of_this_machine_changes_nothing)
{
	struct cpus c;
	cpu_set_t before, after;

	ck_assert_int_eq(sched_getaffinity(0, sizeof before, &before), 0);
	ck_assert_int_eq(cpus_parse("8191", &c), 0);
	ck_assert_int_eq(cpus_set(&c), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(sched_getaffinity(0, sizeof after, &after), 0);
	ck_assert(CPU_EQUAL(&before, &after));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cpus");
	TCase *tc = harness_case(s, "lists");

	tcase_add_test(tc, numbers_and_ranges_make_a_set);
	tcase_add_test(
		tc,
		the_last_processor_there_can_be_is_taken_and_those_behind_it_count_for_nothing);
	tcase_add_loop_test(tc, what_is_no_list_is_refused, 0, ARRAY_SIZE(nonsense));
	tcase_add_test(tc, a_set_without_a_processor_of_this_machine_changes_nothing);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
