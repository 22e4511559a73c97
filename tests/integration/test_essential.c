/* SPDX-License-Identifier: MIT */
/* test_essential.c - a program ends, and with it the instance. */
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

#define ONE                                                                                    \
	"[program:one]\ncommand=puppet on 15 0 wait\nstartsecs=0\nautorestart=false\n"         \
	"essential=true\n"
#define TWO "[program:two]\ncommand=puppet note 15 wait\nstartsecs=0\n"

/* How it ends, and what reeved makes of it. */
static const struct ending {
	const char *program; /* after [program:one] and essential=true */
	int status;
} endings[] = {
	{ "command=puppet exit 0\nstartsecs=0\nautorestart=false\n", 0 },
	{ "command=puppet exit 3\nstartsecs=0\nautorestart=false\n", 3 },
	{ "command=puppet exit 2\nstartsecs=0\nautorestart=unexpected\nexitcodes=2\n", 2 },
	{ "command=puppet raise 9\nstartsecs=0\nautorestart=false\n", 128 + 9 },
	{ "command=puppet exit 5\ntype=oneshot\nretries=0\n", 5 },
	/* FATAL */
	{ "command=puppet exit 4\nstartretries=0\n", 4 },
	{ "command=puppet exit 0\nstartretries=0\n", 1 },
	{ "command=there-is-no-such-program\nstartretries=0\n", 127 },
	{ "command=/etc/passwd\nstartretries=0\n", 126 },
	{ "command=puppet 'wait\nstartretries=0\n", 126 },
};

START_TEST(its_end_ends_the_instance_with_its_status)
{
	char text[300];

	snprintf(text, sizeof text, "[program:one]\nessential=true\n%s%s", endings[_i].program,
		 TWO);
	instance_run(&in, text);
	ck_assert_int_eq(instance_ended(&in), endings[_i].status);
	instance_nothing_left(&in);
	ck_assert(instance_log_has(&in, "essential program one has ended"));
}
END_TEST

START_TEST(exit_on_names_it_as_well)
{
	instance_run(&in, "exit_on=one\n[program:one]\ncommand=puppet exit 6\nstartsecs=0\n"
			  "autorestart=false\n" TWO);
	ck_assert_int_eq(instance_ended(&in), 6);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(the_others_are_stopped_in_good_order)
{
	instance_run(&in, ONE TWO);
	instance_hear(&in, "one", "ready");
	instance_hear(&in, "two", "ready");
	instance_order(&in, "one", "exit 3");
	instance_hear(&in, "two", "15");
	instance_order(&in, "two", "exit 0");
	ck_assert_int_eq(instance_ended(&in), 3);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(one_that_is_started_again_has_not_ended)
{
	instance_run(&in, "[program:one]\ncommand=puppet wait\nstartsecs=0\nessential=true\n");
	instance_hear(&in, "one", "ready");
	instance_order(&in, "one", "exit 3");
	instance_hear(&in, "one", "ready");
	instance_reaches(&in, "one", "RUNNING");
	instance_order(&in, "one", "exit 0");
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(to_stop_or_to_restart_it_ends_nothing)
{
	instance_run(&in, ONE);
	instance_hear(&in, "one", "ready");
	EXPECT_CTL(&in, 0, "one: stopped\n", "stop", "one");
	EXPECT_CTL(&in, 0, "one: started\n", "start", "one");
	instance_hear(&in, "one", "ready");
	EXPECT_CTL(&in, 0, "one: stopped\none: started\n", "restart", "one");
	instance_hear(&in, "one", "ready");
	instance_stop(&in);
}
END_TEST

START_TEST(to_take_it_out_of_the_file_ends_nothing)
{
	instance_run(&in, ONE TWO);
	instance_hear(&in, "one", "ready");
	instance_configure(&in, TWO);
	EXPECT_CTL(&in, 0, "one: stopped\none: removed process group\n", "update");
	instance_hear(&in, "two", "ready");
	instance_order(&in, "two", "on 15 0 wait");
	instance_hear(&in, "two", "ready");
	instance_stop(&in);
}
END_TEST

START_TEST(whether_it_is_can_change_while_it_runs)
{
	instance_run(&in, "[program:one]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "autorestart=false\n");
	instance_hear(&in, "one", "ready");
	instance_configure(&in, ONE);
	EXPECT_CTL(&in, 0, "one: updated process group\n", "update");
	instance_order(&in, "one", "exit 9");
	ck_assert_int_eq(instance_ended(&in), 9);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(of_several_the_first_that_ended_counts)
{
	instance_run(&in, ONE "[program:two]\ncommand=puppet note 15 wait\nstartsecs=0\n"
			      "autorestart=false\nessential=true\n");
	instance_hear(&in, "one", "ready");
	instance_hear(&in, "two", "ready");
	instance_order(&in, "one", "exit 3");
	instance_hear(&in, "two", "15");
	instance_order(&in, "two", "exit 4");
	ck_assert_int_eq(instance_ended(&in), 3);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(an_end_that_was_asked_for_is_0_whatever_it_ends_with_then)
{
	instance_run(&in, "[program:one]\ncommand=puppet on 15 7 wait\nstartsecs=0\n"
			  "essential=true\n");
	instance_hear(&in, "one", "ready");
	instance_stop(&in);
}
END_TEST

START_TEST(a_manager_that_is_killed_meanwhile_does_not_change_the_status)
{
	pid_t manager;

	instance_run(&in, ONE TWO);
	instance_hear(&in, "one", "ready");
	instance_hear(&in, "two", "ready");
	instance_order(&in, "one", "exit 7");
	instance_hear(&in, "two", "15");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_part_after(&in, "reeve-manager", manager);
	instance_order(&in, "two", "exit 0");
	ck_assert_int_eq(instance_ended(&in), 7);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(an_end_that_no_manager_has_seen_counts_for_the_next)
{
	pid_t one, manager;

	instance_run(&in, ONE);
	one = instance_hear(&in, "one", "ready");
	instance_reaches(&in, "one", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	instance_order(&in, "one", "exit 7");
	pid_gone(one);
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	ck_assert_int_eq(instance_ended(&in), 7);
	instance_nothing_left(&in);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("essential");
	TCase *tc = harness_case(s, "essential");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, its_end_ends_the_instance_with_its_status, 0,
			    ARRAY_SIZE(endings));
	tcase_add_test(tc, exit_on_names_it_as_well);
	tcase_add_test(tc, the_others_are_stopped_in_good_order);
	tcase_add_test(tc, one_that_is_started_again_has_not_ended);
	tcase_add_test(tc, to_stop_or_to_restart_it_ends_nothing);
	tcase_add_test(tc, to_take_it_out_of_the_file_ends_nothing);
	tcase_add_test(tc, whether_it_is_can_change_while_it_runs);
	tcase_add_test(tc, of_several_the_first_that_ended_counts);
	tcase_add_test(tc, an_end_that_was_asked_for_is_0_whatever_it_ends_with_then);
	tcase_add_test(tc, a_manager_that_is_killed_meanwhile_does_not_change_the_status);
	tcase_add_test(tc, an_end_that_no_manager_has_seen_counts_for_the_next);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
