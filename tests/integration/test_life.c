/* SPDX-License-Identifier: MIT */
/* test_life.c - programs that start, die, are healed, and are stopped. */
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

START_TEST(a_program_is_started_with_the_daemon)
{
	pid_t pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n");
	pid = instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	ck_assert_int_eq(instance_number(&in, "a", "pid"), pid);
	ck_assert_int_eq(instance_number(&in, "a", "state"), 20);
	instance_logged(&in, "success: a entered RUNNING state");
}
END_TEST

START_TEST(it_counts_as_running_only_after_startsecs)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=1\n");
	instance_hear(&in, "a", "ready");
	instance_expect_text(&in, "a", "statename", "STARTING");
	instance_reaches(&in, "a", "RUNNING");
	ck_assert_int_ge(instance_number(&in, "a", "uptime_ms"), 1000);
}
END_TEST

START_TEST(one_that_is_not_to_start_by_itself_waits_for_the_word)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\nautostart=false\n");
	instance_expect_text(&in, "a", "statename", "STOPPED");
	instance_expect_text(&in, "a", "description", "Not started");
	EXPECT_CTL(&in, 0, "a: started\n", "start", "a");
	instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "a: ERROR (already started)\n", "start", "a");
}
END_TEST

START_TEST(early_deaths_end_in_fatal_and_say_so)
{
	instance_run(&in, "[program:a]\ncommand=puppet say born exit 0\n"
			  "startsecs=5\nstartretries=1\n");
	instance_hear(&in, "a", "born");
	instance_reaches(&in, "a", "BACKOFF");
	instance_expect_text(&in, "a", "description",
			     "Exited too quickly (process log may have details)");
	instance_hear(&in, "a", "born");
	instance_reaches(&in, "a", "FATAL");
	instance_logged(&in, "gave up: a entered FATAL state");
	ck_assert(!instance_heard(&in, "a", "born"));
}
END_TEST

START_TEST(a_stop_in_backoff_needs_no_signal)
{
	instance_run(&in, "[program:a]\ncommand=puppet exit 1\nstartsecs=5\nstartretries=50\n");
	instance_reaches(&in, "a", "BACKOFF");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	instance_expect_text(&in, "a", "statename", "STOPPED");
}
END_TEST

START_TEST(a_start_that_fails_says_why)
{
	instance_run(&in, "[program:a]\ncommand=puppet exit 1\nstartsecs=5\nstartretries=0\n"
			  "autostart=false\n");
	EXPECT_CTL(&in, 7, "a: ERROR (spawn error)\n", "start", "a");
	instance_reaches(&in, "a", "FATAL");
}
END_TEST

START_TEST(an_unexpected_exit_is_healed_and_an_expected_one_is_not)
{
	pid_t first, second;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\nexitcodes=0,4\n");
	first = instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "exit 3");
	second = instance_hear(&in, "a", "ready");
	ck_assert_int_ne(first, second);
	instance_logged(&in, "exited: a (exit status 3; not expected)");

	instance_order(&in, "a", "exit 4");
	instance_reaches(&in, "a", "EXITED");
	instance_logged(&in, "exited: a (exit status 4; expected)");
	ck_assert_int_eq(instance_number(&in, "a", "exitstatus"), 4);
	ck_assert_int_eq(instance_number(&in, "a", "pid"), 0);
}
END_TEST

START_TEST(autorestart_false_heals_nothing)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\nautorestart=false\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "exit 3");
	instance_reaches(&in, "a", "EXITED");
	ck_assert(!instance_heard(&in, "a", "ready"));
}
END_TEST

START_TEST(autorestart_true_heals_a_clean_exit_too)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\nautorestart=true\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "exit 0");
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	ck_assert_int_eq(instance_number(&in, "a", "restarts"), 1);
}
END_TEST

START_TEST(a_death_by_signal_is_never_expected)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "raise 9");
	instance_hear(&in, "a", "ready");
	instance_logged(&in, "exited: a (terminated by SIGKILL; not expected)");
}
END_TEST

START_TEST(a_program_that_exits_at_once_for_ever_is_held_back)
{
	json_int_t restarts;

	instance_run(&in, "[program:a]\ncommand=puppet exit 0\nstartsecs=0\nautorestart=true\n"
			  "restart_rate=1\nrestart_burst=5\n");
	instance_reaches(&in, "a", "BACKOFF");
	restarts = instance_number(&in, "a", "restarts");
	ck_assert_int_ge(restarts, 4);
	ck_assert_int_le(restarts, 8);
}
END_TEST

START_TEST(stop_sends_the_stop_signal_and_waits)
{
	instance_run(&in, "[program:a]\ncommand=puppet on 12 0 wait\nstartsecs=0\n"
			  "stopsignal=USR2\n");
	instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	instance_hear(&in, "a", "12");
	instance_expect_text(&in, "a", "statename", "STOPPED");
	EXPECT_CTL(&in, 0, "a: ERROR (not running)\n", "stop", "a");
}
END_TEST

START_TEST(one_that_ignores_term_gets_kill)
{
	pid_t pid;

	instance_run(&in, "[program:a]\ncommand=puppet note 15 wait\nstartsecs=0\n"
			  "stopwaitsecs=1\n");
	pid = instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	instance_hear(&in, "a", "15");
	ck_assert(!pid_alive(pid));
	instance_logged(&in, "killing 'a' (");
	instance_logged(&in, "stopped: a (terminated by SIGKILL)");
}
END_TEST

START_TEST(stopasgroup_reaches_the_whole_group)
{
	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 fork kid wait\nstartsecs=0\n"
			  "stopasgroup=true\n");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "a", "kid");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	instance_hear(&in, "a", "15");
	instance_hear(&in, "a", "15");
}
END_TEST

START_TEST(without_stopasgroup_only_the_program_is_stopped)
{
	pid_t kid;

	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 fork kid wait\nstartsecs=0\n");
	instance_hear(&in, "a", "ready");
	kid = instance_hear(&in, "a", "kid");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	ck_assert(pid_alive(kid));
	ck_assert_int_eq(kill(kid, SIGKILL), 0);
	pid_gone(kid);
}
END_TEST

START_TEST(killasgroup_kills_the_whole_group)
{
	pid_t kid;

	instance_run(&in, "[program:a]\ncommand=puppet ignore 15 fork kid wait\nstartsecs=0\n"
			  "stopwaitsecs=1\nkillasgroup=true\n");
	instance_hear(&in, "a", "ready");
	kid = instance_hear(&in, "a", "kid");
	EXPECT_CTL(&in, 0, "a: stopped\n", "stop", "a");
	pid_gone(kid);
}
END_TEST

START_TEST(restart_stops_then_starts)
{
	pid_t first, second;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n");
	first = instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "a: stopped\na: started\n", "restart", "a");
	second = instance_hear(&in, "a", "ready");
	ck_assert_int_ne(first, second);
	ck_assert(!pid_alive(first));
}
END_TEST

START_TEST(one_that_may_run_only_so_long_is_ended_and_healed)
{
	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "runtimeout=1\nautorestart=true\n"
			  "[program:b]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "runtimeout=1\nautorestart=false\n");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	instance_hear(&in, "a", "15");
	instance_hear(&in, "a", "ready");
	instance_reaches(&in, "b", "EXITED");
	instance_expect_text(&in, "b", "cause", "timeout");
}
END_TEST

START_TEST(a_signal_by_hand_changes_no_state)
{
	instance_run(&in, "[program:a]\ncommand=puppet note 1 wait\nstartsecs=0\n");
	instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "a: signalled\n", "signal", "HUP", "a");
	instance_hear(&in, "a", "1");
	instance_reaches(&in, "a", "RUNNING");
	EXPECT_CTL(&in, 1, "a: ERROR (bad signal name)\n", "signal", "NOSUCH", "a");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("life");
	TCase *tc = harness_case(s, "life");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_program_is_started_with_the_daemon);
	tcase_add_test(tc, it_counts_as_running_only_after_startsecs);
	tcase_add_test(tc, one_that_is_not_to_start_by_itself_waits_for_the_word);
	tcase_add_test(tc, early_deaths_end_in_fatal_and_say_so);
	tcase_add_test(tc, a_stop_in_backoff_needs_no_signal);
	tcase_add_test(tc, a_start_that_fails_says_why);
	tcase_add_test(tc, an_unexpected_exit_is_healed_and_an_expected_one_is_not);
	tcase_add_test(tc, autorestart_false_heals_nothing);
	tcase_add_test(tc, autorestart_true_heals_a_clean_exit_too);
	tcase_add_test(tc, a_death_by_signal_is_never_expected);
	tcase_add_test(tc, a_program_that_exits_at_once_for_ever_is_held_back);
	tcase_add_test(tc, stop_sends_the_stop_signal_and_waits);
	tcase_add_test(tc, one_that_ignores_term_gets_kill);
	tcase_add_test(tc, stopasgroup_reaches_the_whole_group);
	tcase_add_test(tc, without_stopasgroup_only_the_program_is_stopped);
	tcase_add_test(tc, killasgroup_kills_the_whole_group);
	tcase_add_test(tc, restart_stops_then_starts);
	tcase_add_test(tc, one_that_may_run_only_so_long_is_ended_and_healed);
	tcase_add_test(tc, a_signal_by_hand_changes_no_state);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
