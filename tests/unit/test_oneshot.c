/* SPDX-License-Identifier: MIT */
/* Programs that are to come to an end: attempts, their delays, and what stops them. */
#include "tests/unit/one_proc.h"

static void setup_oneshot(void)
{
	setup();
	policy.oneshot = true;
	policy.retries = 2;
	policy.retry_delay = 3000;
	policy.restart = RESTART_ALWAYS; /* which must not count */
}

/* Again from BACKOFF. */
static void run_again(void)
{
	sleep_until_due();
	expect(PROC_SPAWN, SEEN_STARTING);
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_OK, 0);
	expect(PROC_READY, SEEN_RUNNING);
}

/* It is at rest, wants nothing and waits for nothing. */
static void expect_over(enum proc_state s, enum proc_seen seen, enum proc_cause cause)
{
	expect(s, seen);
	ck_assert_str_eq(proc_cause_name(p.cause), proc_cause_name(cause));
	ck_assert(p.want_up == (s == PROC_FAILED));
	ck_assert_int_eq(p.failures, 0);
	ck_assert(mono_is_never(proc_due(&p)));
}

static void expect_waits(msec_t span, int failures)
{
	expect(PROC_BACKOFF, SEEN_BACKOFF);
	ck_assert_int_eq(mono_span(now, proc_due(&p)), span);
	ck_assert_int_eq(p.failures, failures);
}

START_TEST(it_runs_at_exec_whatever_startsecs_says)
{
	start_up();
	expect(PROC_READY, SEEN_RUNNING);
	ck_assert(mono_is_never(proc_due(&p)));
}
END_TEST

START_TEST(an_expected_end_is_the_end)
{
	start_up();
	tell(EVENT_EXITED, EXIT(0));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
	ck_assert_int_eq(count(EFFECT_SPAWN), 0);
	ck_assert_uint_eq(the(EFFECT_SETTLED)->gen, 1);
}
END_TEST

START_TEST(the_expected_codes_are_those_of_the_policy)
{
	policy.exitcodes[0] = 1u << 3;
	start_up();
	tell(EVENT_EXITED, EXIT(0));
	expect_waits(3000, 1);
	run_again();
	tell(EVENT_EXITED, EXIT(3));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
}
END_TEST

START_TEST(success_after_failures_forgets_them)
{
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	run_again();
	ck_assert_int_eq(p.failures, 1);
	ck_assert_uint_eq(p.restarts, 1);
	tell(EVENT_EXITED, EXIT(0));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
}
END_TEST

START_TEST(failed_attempts_end_in_fatal_after_the_retries)
{
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(3000, 1);
	run_again();
	tell(EVENT_EXITED, KILLED(SIGSEGV));
	expect_waits(6000, 2);
	run_again();
	tell(EVENT_EXITED, EXIT(1));
	expect_over(PROC_FAILED, SEEN_FATAL, CAUSE_EXITED);
	ck_assert_int_eq(p.wait_status, EXIT(1));
	ck_assert_uint_eq(p.gen, 3);
}
END_TEST

START_TEST(each_end_is_seen_before_what_follows_from_it)
{
	static const int path[] = { SEEN_RUNNING, SEEN_EXITED, SEEN_BACKOFF, SEEN_FATAL };

	policy.retries = 1;
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	run_again();
	tell(EVENT_EXITED, EXIT(1));
	ck_assert_int_eq(count(EFFECT_STATE), 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(fx.v[i].arg2, path[i]);
		ck_assert_int_eq(fx.v[i].arg, path[i + 1]);
	}
}
END_TEST

START_TEST(the_delay_doubles_up_to_a_minute)
{
	static const int delays[] = { 7, 14, 28, 56, 60, 60 };

	policy.retries = 100;
	policy.retry_delay = 7000;
	start_up();
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		tell(EVENT_EXITED, EXIT(1));
		expect_waits(delays[i] * 1000, (int)i + 1);
		run_again();
	}
}
END_TEST

START_TEST(a_delay_of_more_than_a_minute_stays_as_it_is)
{
	policy.retry_delay = 90000;
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(90000, 1);
	run_again();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(90000, 2);
}
END_TEST

START_TEST(without_a_delay_it_is_tried_again_at_once)
{
	policy.retry_delay = 0;
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(0, 1);
	run_again();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(0, 2);
}
END_TEST

START_TEST(without_retries_however_it_ends_it_has_exited)
{
	static const int ends[] = { EXIT(0), EXIT(1), EXIT(255), KILLED(SIGTERM) };

	policy.retries = _i % 2 ? 0 : -1;
	start_up();
	tell(EVENT_EXITED, ends[_i]);
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
	ck_assert_int_eq(p.wait_status, ends[_i]);
}
END_TEST

START_TEST(without_retries_what_cannot_become_the_program_is_fatal)
{
	policy.retries = 0;
	tell(EVENT_START, 0);
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_FAILED, ENOENT);
	expect_over(PROC_FAILED, SEEN_FATAL, CAUSE_EXEC);
	ck_assert_int_eq(p.exec_error, ENOENT);
}
END_TEST

START_TEST(a_failed_exec_is_a_failed_attempt)
{
	tell(EVENT_START, 0);
	tell(EVENT_EXEC_FAILED, ENOENT);
	expect_waits(3000, 1);
	run_again();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(6000, 2);
	sleep_until_due();
	tell(EVENT_EXEC_FAILED, ENOENT);
	expect_over(PROC_FAILED, SEEN_FATAL, CAUSE_EXEC);
}
END_TEST

START_TEST(one_that_hangs_before_exec_is_a_failed_attempt)
{
	tell(EVENT_START, 0);
	tell(EVENT_SPAWNED, 100);
	sleep_until_due();
	expect(PROC_STOP_KILL, SEEN_STOPPING);
	tell(EVENT_EXITED, KILLED(SIGKILL));
	expect_waits(3000, 1);
	ck_assert_int_eq(p.exec_error, ETIMEDOUT);
}
END_TEST

START_TEST(death_before_exec_is_an_end_like_others)
{
	policy.retries = 0;
	tell(EVENT_START, 0);
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXITED, KILLED(SIGKILL));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
	ck_assert_int_eq(p.wait_status, KILLED(SIGKILL));
}
END_TEST

START_TEST(no_room_on_the_machine_is_no_attempt)
{
	policy.retries = 0;
	tell(EVENT_START, 0);
	for (int i = 0; i < 5; i++) {
		tell(EVENT_NO_FORK, EAGAIN);
		expect_waits(1000 << i, 0);
		sleep_until_due();
	}
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_OK, 0);
	tell(EVENT_EXITED, EXIT(0));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
}
END_TEST

START_TEST(what_was_never_forked_may_start_and_what_was_may_have_run)
{
	policy.retries = 0;
	tell(EVENT_START, 0);
	tell(EVENT_LOST, 0);
	expect_waits(1000, 0);
	sleep_until_due();
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_LOST, 0);
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_LOST);
}
END_TEST

START_TEST(one_that_is_lost_has_failed)
{
	start_up();
	tell(EVENT_LOST, 0);
	expect_waits(3000, 1);
	ck_assert_int_eq(p.cause, CAUSE_LOST);
}
END_TEST

START_TEST(running_out_of_time_is_a_failed_attempt_also_with_an_expected_code)
{
	policy.runtimeout = 5000;
	start_up();
	sleep_until_due();
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGTERM);
	tell(EVENT_EXITED, EXIT(0));
	expect_waits(3000, 1);
	ck_assert_int_eq(p.cause, CAUSE_TIMEOUT);
}
END_TEST

START_TEST(without_retries_running_out_of_time_is_the_end)
{
	policy.retries = 0;
	policy.runtimeout = 100;
	policy.stopwait = 200;
	start_up();
	sleep_until_due();
	sleep_until_due();
	expect(PROC_STOP_KILL, SEEN_STOPPING);
	tell(EVENT_EXITED, KILLED(SIGKILL));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_TIMEOUT);
	ck_assert_int_eq(p.wait_status, KILLED(SIGKILL));
}
END_TEST

START_TEST(a_stop_ends_it_running_or_waiting)
{
	start_up();
	tell(EVENT_STOP, STOP_ONLY);
	tell(EVENT_EXITED, EXIT(1));
	expect_over(PROC_DOWN, SEEN_STOPPED, CAUSE_STOPPED);
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(3000, 1);
	ck_assert(proc_may(&p, EVENT_STOP));
	tell(EVENT_STOP, STOP_ONLY);
	expect(PROC_DOWN, SEEN_STOPPED);
	ck_assert(!p.want_up && mono_is_never(proc_due(&p)));
}
END_TEST

START_TEST(a_start_gives_it_all_its_attempts_again)
{
	policy.retries = 1;
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	tell(EVENT_STOP, STOP_ONLY);
	start_up();
	ck_assert_int_eq(p.failures, 0);
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(3000, 1);
	tell(EVENT_RESTART, 0);
	expect(PROC_SPAWN, SEEN_STARTING);
	ck_assert_int_eq(p.failures, 0);
	ck_assert_uint_eq(p.restarts, 0);
}
END_TEST

START_TEST(what_has_ended_or_failed_can_be_started_again)
{
	policy.retries = 0;
	start_up();
	tell(EVENT_EXITED, EXIT(0));
	ck_assert(proc_may(&p, EVENT_START));
	tell(EVENT_START, 0);
	tell(EVENT_EXEC_FAILED, ENOENT);
	expect(PROC_FAILED, SEEN_FATAL);
	ck_assert(proc_may(&p, EVENT_START));
	start_up();
	expect(PROC_READY, SEEN_RUNNING);
}
END_TEST

START_TEST(a_restart_stops_it_and_starts_it_and_is_no_failure)
{
	start_up();
	tell(EVENT_RESTART, 0);
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	tell(EVENT_EXITED, KILLED(SIGTERM));
	expect(PROC_SPAWN, SEEN_STARTING);
	ck_assert_int_eq(p.failures, 0);
}
END_TEST

START_TEST(the_guard_against_restart_loops_is_not_asked)
{
	policy.rate = 0.001;
	policy.burst = 1;
	policy.retries = 5;
	start_up();
	for (int i = 0; i < 5; i++) {
		tell(EVENT_EXITED, EXIT(1));
		ck_assert(!p.held);
		run_again();
	}
}
END_TEST

START_TEST(nothing_is_tried_again_while_the_daemon_ends)
{
	start_up();
	p.closing = true;
	tell(EVENT_EXITED, EXIT(1));
	expect_over(PROC_DOWN, SEEN_EXITED, CAUSE_EXITED);
}
END_TEST

START_TEST(another_policy_moves_the_delay_and_takes_attempts_away)
{
	struct proc_policy other;

	start_up();
	tell(EVENT_EXITED, EXIT(1));
	run_again();
	tell(EVENT_EXITED, EXIT(1));
	expect_waits(6000, 2);
	other = policy;
	other.retry_delay = 1000;
	fx.n = 0;
	proc_set_policy(&p, &other, now, &fx);
	expect_waits(2000, 2);
	ck_assert_int_eq(count(EFFECT_STATE), 1);
	other.retries = 1;
	proc_set_policy(&p, &other, now, &fx);
	expect_over(PROC_FAILED, SEEN_FATAL, CAUSE_EXITED);
}
END_TEST

START_TEST(one_that_becomes_a_oneshot_while_it_starts_is_up)
{
	const struct proc_policy oneshot = policy;
	struct proc_policy simple = policy;

	simple.oneshot = false;
	proc_set_policy(&p, &simple, now, &fx);
	start_up();
	expect(PROC_STARTING, SEEN_STARTING);
	pass(1);
	proc_set_policy(&p, &oneshot, now, &fx);
	tell(EVENT_DUE, 0);
	expect(PROC_READY, SEEN_RUNNING);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("oneshot");
	TCase *tc = harness_case(s, "oneshot");

	tcase_add_checked_fixture(tc, setup_oneshot, NULL);
	tcase_add_test(tc, it_runs_at_exec_whatever_startsecs_says);
	tcase_add_test(tc, an_expected_end_is_the_end);
	tcase_add_test(tc, the_expected_codes_are_those_of_the_policy);
	tcase_add_test(tc, success_after_failures_forgets_them);
	tcase_add_test(tc, failed_attempts_end_in_fatal_after_the_retries);
	tcase_add_test(tc, each_end_is_seen_before_what_follows_from_it);
	tcase_add_test(tc, the_delay_doubles_up_to_a_minute);
	tcase_add_test(tc, a_delay_of_more_than_a_minute_stays_as_it_is);
	tcase_add_test(tc, without_a_delay_it_is_tried_again_at_once);
	tcase_add_loop_test(tc, without_retries_however_it_ends_it_has_exited, 0, 4);
	tcase_add_test(tc, without_retries_what_cannot_become_the_program_is_fatal);
	tcase_add_test(tc, a_failed_exec_is_a_failed_attempt);
	tcase_add_test(tc, one_that_hangs_before_exec_is_a_failed_attempt);
	tcase_add_test(tc, death_before_exec_is_an_end_like_others);
	tcase_add_test(tc, no_room_on_the_machine_is_no_attempt);
	tcase_add_test(tc, what_was_never_forked_may_start_and_what_was_may_have_run);
	tcase_add_test(tc, one_that_is_lost_has_failed);
	tcase_add_test(tc, running_out_of_time_is_a_failed_attempt_also_with_an_expected_code);
	tcase_add_test(tc, without_retries_running_out_of_time_is_the_end);
	tcase_add_test(tc, a_stop_ends_it_running_or_waiting);
	tcase_add_test(tc, a_start_gives_it_all_its_attempts_again);
	tcase_add_test(tc, what_has_ended_or_failed_can_be_started_again);
	tcase_add_test(tc, a_restart_stops_it_and_starts_it_and_is_no_failure);
	tcase_add_test(tc, the_guard_against_restart_loops_is_not_asked);
	tcase_add_test(tc, nothing_is_tried_again_while_the_daemon_ends);
	tcase_add_test(tc, another_policy_moves_the_delay_and_takes_attempts_away);
	tcase_add_test(tc, one_that_becomes_a_oneshot_while_it_starts_is_up);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
