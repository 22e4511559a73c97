/* SPDX-License-Identifier: MIT */
/* test_order.c - who goes first at start, and at shutdown. */
#include <signal.h>

#include "tests/integration/instance.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

/* Where the daemon's log says that process @name was started. */
static long spawned_at(const char *name)
{
	_cleanup_(fclosep) FILE *log = NULL;
	char path[300], line[600], text[100];
	long n = 0;

	snprintf(text, sizeof text, "spawned: '%s' with pid", name);
	instance_logged(&in, text);
	snprintf(path, sizeof path, "%s/reeved.log", in.dir);
	log = fopen(path, "re");
	ck_assert_ptr_nonnull(log);
	while (fgets(line, sizeof line, log) && !strstr(line, text))
		n++;
	return n;
}

static const char *const three = "[program:last]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				 "priority=30\n"
				 "[program:first]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				 "priority=10\n"
				 "[program:middle]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				 "priority=20\n";

static void hear_three(const char *word)
{
	instance_hear(&in, "first", word);
	instance_hear(&in, "middle", word);
	instance_hear(&in, "last", word);
}

START_TEST(low_priorities_start_first)
{
	instance_run(&in, three);
	hear_three("ready");
	ck_assert_int_lt(spawned_at("first"), spawned_at("middle"));
	ck_assert_int_lt(spawned_at("middle"), spawned_at("last"));
}
END_TEST

START_TEST(equal_priorities_start_by_name)
{
	instance_run(&in, "[program:b]\ncommand=puppet wait\nstartsecs=0\n"
			  "[program:a]\ncommand=puppet wait\nstartsecs=0\n");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	ck_assert_int_lt(spawned_at("a"), spawned_at("b"));
}
END_TEST

START_TEST(a_group_starts_in_the_order_of_its_programs)
{
	instance_run(&in, "[group:g]\nprograms=z,a\n"
			  "[program:a]\ncommand=puppet wait\nstartsecs=0\npriority=1\n"
			  "[program:z]\ncommand=puppet wait\nstartsecs=0\npriority=2\n");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "z", "ready");
	ck_assert_int_lt(spawned_at("z"), spawned_at("a"));
}
END_TEST

START_TEST(shutdown_ends_high_priorities_first_and_waits_for_each_group)
{
	instance_run(&in, three);
	hear_three("ready");
	instance_signal(&in, SIGTERM);
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
	ck_assert_int_ge(instance_order_of(&in, "last", "15"), 0);
	ck_assert_int_lt(instance_order_of(&in, "last", "15"),
			 instance_order_of(&in, "middle", "15"));
	ck_assert_int_lt(instance_order_of(&in, "middle", "15"),
			 instance_order_of(&in, "first", "15"));
}
END_TEST

START_TEST(a_group_that_is_slow_to_stop_keeps_the_next_waiting)
{
	instance_run(&in, "[program:slow]\ncommand=puppet note 15 wait\nstartsecs=0\n"
			  "priority=20\nstopwaitsecs=60\n"
			  "[program:next]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "priority=10\n");
	instance_hear(&in, "slow", "ready");
	instance_hear(&in, "next", "ready");
	instance_signal(&in, SIGTERM);
	instance_hear(&in, "slow", "15");
	ck_assert(!instance_heard(&in, "next", "15"));
	instance_order(&in, "slow", "exit 0");
	instance_hear(&in, "next", "15");
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(stop_all_and_start_all_mean_all)
{
	struct outcome o;

	instance_run(&in, three);
	hear_three("ready");
	CTL(&in, &o, "stop", "all");
	ck_assert_int_eq(o.status, 0);
	outcome_done(&o);
	hear_three("15");
	EXPECT_CTL(&in, 0, "", "stop", "all");
	CTL(&in, &o, "start", "all");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "first: started\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "middle: started\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "last: started\n"));
	outcome_done(&o);
	hear_three("ready");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("order");
	TCase *tc = harness_case(s, "order");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, low_priorities_start_first);
	tcase_add_test(tc, equal_priorities_start_by_name);
	tcase_add_test(tc, a_group_starts_in_the_order_of_its_programs);
	tcase_add_test(tc, shutdown_ends_high_priorities_first_and_waits_for_each_group);
	tcase_add_test(tc, a_group_that_is_slow_to_stop_keeps_the_next_waiting);
	tcase_add_test(tc, stop_all_and_start_all_mean_all);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
