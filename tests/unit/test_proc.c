/* SPDX-License-Identifier: MIT */
#include "tests/unit/one_proc.h"

START_TEST(a_new_process_is_stopped_and_has_never_run)
{
	expect(PROC_DOWN, SEEN_STOPPED);
	ck_assert_uint_eq(p.gen, 0);
	ck_assert_int_eq(p.cause, CAUSE_NONE);
	ck_assert(proc_at_rest(&p));
	ck_assert(mono_is_never(proc_due(&p)));
}
END_TEST

START_TEST(a_start_spawns_the_next_incarnation)
{
	tell(EVENT_START, 0);
	expect(PROC_SPAWN, SEEN_STARTING);
	ck_assert_uint_eq(the(EFFECT_SPAWN)->gen, 1);
	ck_assert(p.want_up && p.alive);
}
END_TEST

START_TEST(it_runs_strictly_later_than_startsecs)
{
	start_up();
	pass(1000);
	tell(EVENT_DUE, 0);
	expect(PROC_STARTING, SEEN_STARTING);
	pass(1);
	tell(EVENT_DUE, 0);
	expect(PROC_READY, SEEN_RUNNING);
}
END_TEST

START_TEST(startsecs_count_from_the_fork_not_from_the_order)
{
	tell(EVENT_START, 0);
	pass(700);
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_OK, 0);
	ck_assert_int_eq(mono_span(now, proc_due(&p)), 1001);
}
END_TEST

START_TEST(without_startsecs_it_runs_at_exec)
{
	policy.startsecs = 0;
	start_up();
	expect(PROC_READY, SEEN_RUNNING);
	tell(EVENT_EXITED, EXIT(0));
	expect(PROC_DOWN, SEEN_EXITED);
}
END_TEST

START_TEST(early_deaths_end_in_fatal_after_the_retries)
{
	tell(EVENT_START, 0);
	for (int i = 1; i <= 3; i++) {
		tell(EVENT_SPAWNED, 100);
		tell(EVENT_EXEC_OK, 0);
		tell(EVENT_EXITED, EXIT(0));
		expect(PROC_BACKOFF, SEEN_BACKOFF);
		ck_assert_int_eq(mono_span(now, proc_due(&p)), i * 1000);
		sleep_until_due();
		expect(PROC_SPAWN, SEEN_STARTING);
	}
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_OK, 0);
	tell(EVENT_EXITED, EXIT(0));
	expect(PROC_FAILED, SEEN_FATAL);
	ck_assert_int_eq(count(EFFECT_STATE), 2);
	ck_assert_int_eq(p.failures, 0);
	ck_assert_int_eq(p.cause, CAUSE_TOO_QUICK);
	ck_assert(mono_is_never(proc_due(&p)));
}
END_TEST

START_TEST(a_failed_exec_counts_like_an_early_death)
{
	policy.startretries = -1;
	tell(EVENT_START, 0);
	fx.n = 0;
	proc_step(&p,
		  &(struct event){ .kind = EVENT_EXEC_FAILED,
				   .proc = 7,
				   .gen = 1,
				   .arg = ENOENT,
				   .arg2 = 4 },
		  now, &fx);
	expect(PROC_FAILED, SEEN_FATAL);
	ck_assert_int_eq(p.exec_stage, 4);
	ck_assert_int_eq(p.cause, CAUSE_EXEC);
	ck_assert_int_eq(p.exec_error, ENOENT);
	ck_assert_uint_eq(the(EFFECT_SETTLED)->gen, 1);
}
END_TEST

START_TEST(no_room_on_the_machine_spends_no_budget)
{
	static const int delays[] = { 1, 2, 4, 8, 16, 32, 60, 60 };

	policy.startretries = 0;
	tell(EVENT_START, 0);
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		tell(EVENT_NO_FORK, EAGAIN);
		expect(PROC_BACKOFF, SEEN_BACKOFF);
		ck_assert_int_eq(mono_span(now, proc_due(&p)), delays[i] * 1000);
		sleep_until_due();
	}
	ck_assert_int_eq(p.failures, 0);
	tell(EVENT_SPAWNED, 100);
	ck_assert_int_eq(p.no_fork, 0);
}
END_TEST

START_TEST(a_child_that_hangs_before_exec_is_killed_and_counts_as_failed)
{
	tell(EVENT_START, 0);
	tell(EVENT_SPAWNED, 100);
	sleep_until_due();
	expect(PROC_STOP_KILL, SEEN_STOPPING);
	ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGKILL);
	tell(EVENT_EXITED, KILLED(SIGKILL));
	expect(PROC_BACKOFF, SEEN_BACKOFF);
	ck_assert_int_eq(p.cause, CAUSE_EXEC);
	ck_assert_int_eq(p.exec_error, ETIMEDOUT);
	ck_assert_int_eq(p.failures, 1);
}
END_TEST

START_TEST(the_time_to_exec_counts_from_the_fork_too)
{
	tell(EVENT_START, 0);
	pass(50000);
	tell(EVENT_SPAWNED, 100);
	ck_assert_int_eq(mono_span(now, proc_due(&p)), PROC_EXEC_WAIT);
}
END_TEST

START_TEST(it_is_up_before_it_runs_out_of_time_in_the_same_moment)
{
	policy.startsecs = 999;
	policy.runtimeout = 1000;
	start_up();
	sleep_until_due();
	expect(PROC_READY, SEEN_RUNNING);
	tell(EVENT_DUE, 0);
	expect(PROC_STOP_TERM, SEEN_STOPPING);
}
END_TEST

START_TEST(autorestart_decides_about_an_exit)
{
	static const struct {
		enum proc_restart restart;
		int status;
		bool again;
	} row[] = {
		{ RESTART_NEVER, EXIT(0), false },
		{ RESTART_NEVER, EXIT(1), false },
		{ RESTART_ALWAYS, EXIT(0), true },
		{ RESTART_ALWAYS, EXIT(1), true },
		{ RESTART_UNEXPECTED, EXIT(0), false },
		{ RESTART_UNEXPECTED, EXIT(1), true },
		{ RESTART_UNEXPECTED, KILLED(SIGSEGV), true },
		{ RESTART_NEVER, KILLED(SIGSEGV), false },
	};

	policy.restart = row[_i].restart;
	run();
	tell(EVENT_EXITED, row[_i].status);
	ck_assert_int_eq(fx.v[0].kind, EFFECT_STATE);
	ck_assert_int_eq(fx.v[0].arg, SEEN_EXITED);
	ck_assert_int_eq(count(EFFECT_SPAWN), row[_i].again);
	if (row[_i].again)
		expect(PROC_SPAWN, SEEN_STARTING);
	else
		expect(PROC_DOWN, SEEN_EXITED);
	ck_assert_uint_eq(p.restarts, row[_i].again);
}
END_TEST

START_TEST(every_code_of_exitcodes_is_expected_and_no_other)
{
	struct proc_policy some = { .exitcodes = { 1u << 2, [7] = 1u << 31 } };

	for (int code = 0; code < 256; code++)
		ck_assert_int_eq(proc_exit_expected(&some, EXIT(code)),
				 code == 2 || code == 255);
	ck_assert(!proc_exit_expected(&some, KILLED(SIGINT)));
}
END_TEST

START_TEST(a_late_exit_was_running_before)
{
	start_up();
	pass(1000);
	tell(EVENT_EXITED, EXIT(0));
	ck_assert_int_eq(count(EFFECT_STATE), 2);
	ck_assert_int_eq(fx.v[0].arg, SEEN_RUNNING);
	ck_assert_int_eq(fx.v[1].arg, SEEN_EXITED);
	expect(PROC_DOWN, SEEN_EXITED);
}
END_TEST

START_TEST(a_program_that_ran_too_long_is_stopped_and_autorestart_decides)
{
	static const enum proc_restart all[] = { RESTART_NEVER, RESTART_UNEXPECTED,
						 RESTART_ALWAYS };

	policy.runtimeout = 3000;
	policy.restart = all[_i];
	run();
	ck_assert_int_eq(mono_span(p.started, proc_due(&p)), 3000);
	sleep_until_due();
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGTERM);
	tell(EVENT_EXITED, EXIT(0));
	ck_assert_int_eq(fx.v[0].arg, SEEN_EXITED);
	ck_assert_int_eq(count(EFFECT_SPAWN), _i != 0);
	if (_i == 0)
		ck_assert_int_eq(p.cause, CAUSE_TIMEOUT);
}
END_TEST

START_TEST(a_runtimeout_before_startsecs_is_not_a_failed_start)
{
	policy.runtimeout = 500;
	policy.restart = RESTART_NEVER;
	start_up();
	sleep_until_due();
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	tell(EVENT_EXITED, KILLED(SIGTERM));
	expect(PROC_DOWN, SEEN_EXITED);
	ck_assert_int_eq(p.cause, CAUSE_TIMEOUT);
	ck_assert_int_eq(p.failures, 0);
}
END_TEST

START_TEST(busy_restarts_are_held_to_the_rate)
{
	policy.startsecs = 0;
	policy.restart = RESTART_ALWAYS;
	policy.rate = 2;
	policy.burst = 3;
	proc_init(&p, 7, &policy, now);
	start_up();
	for (int i = 0; i < 3; i++) {
		tell(EVENT_EXITED, EXIT(0));
		tell(EVENT_EXEC_OK, 0);
	}
	expect(PROC_READY, SEEN_RUNNING);
	tell(EVENT_EXITED, EXIT(0));
	expect(PROC_BACKOFF, SEEN_BACKOFF);
	ck_assert(p.held);
	ck_assert_int_eq(p.failures, 0);
	ck_assert_int_le(mono_span(now, proc_due(&p)), 501);
	ck_assert(proc_may(&p, EVENT_START));
	sleep_until_due();
	expect(PROC_SPAWN, SEEN_STARTING);
	ck_assert(!p.held);
}
END_TEST

START_TEST(a_start_that_is_asked_for_frees_what_is_held)
{
	policy.startsecs = 0;
	policy.restart = RESTART_ALWAYS;
	policy.rate = 0.01;
	policy.burst = 1;
	proc_init(&p, 7, &policy, now);
	start_up();
	tell(EVENT_EXITED, EXIT(0));
	tell(EVENT_EXEC_OK, 0);
	tell(EVENT_EXITED, EXIT(0));
	ck_assert(p.held);
	tell(EVENT_START, 0);
	expect(PROC_SPAWN, SEEN_STARTING);
	tell(EVENT_EXEC_OK, 0);
	tell(EVENT_EXITED, EXIT(0));
	expect(PROC_SPAWN, SEEN_STARTING);
}
END_TEST

START_TEST(a_new_policy_moves_the_deadlines)
{
	struct proc_policy other = policy;
	const mono_t from = now;

	other.startsecs = 3000;
	other.stopwait = 60000;
	other.runtimeout = 7000;
	start_up();
	pass(500);
	fx.n = 0;
	proc_set_policy(&p, &other, now, &fx);
	ck_assert_int_eq(count(EFFECT_STATE), 1);
	ck_assert_int_eq(mono_span(from, proc_due(&p)), 3001);
	sleep_until_due();
	ck_assert_int_eq(mono_span(from, proc_due(&p)), 7000);
	tell(EVENT_STOP, 0);
	ck_assert_int_eq(mono_span(now, proc_due(&p)), 60000);
	pass(9000);
	fx.n = 0;
	proc_set_policy(&p, &policy, now, &fx);
	ck_assert_int_eq(count(EFFECT_STATE), 1);
	ck_assert_int_eq(mono_span(now, proc_due(&p)), 1000);
}
END_TEST

START_TEST(a_new_policy_can_end_a_backoff)
{
	struct proc_policy other = policy;

	other.startretries = 0;
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	expect(PROC_BACKOFF, SEEN_BACKOFF);
	proc_set_policy(&p, &other, now, &fx);
	expect(PROC_FAILED, SEEN_FATAL);
}
END_TEST

START_TEST(a_policy_that_is_found_on_the_way_back_counts)
{
	struct proc_policy other = policy;

	other.startretries = 0;
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	p.policy = &other; /* as when it is adopted */
	sleep_until_due();
	expect(PROC_FAILED, SEEN_FATAL);
}
END_TEST

static void add_starting(Suite *s)
{
	TCase *tc = harness_case(s, "starting");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_new_process_is_stopped_and_has_never_run);
	tcase_add_test(tc, a_start_spawns_the_next_incarnation);
	tcase_add_test(tc, it_runs_strictly_later_than_startsecs);
	tcase_add_test(tc, startsecs_count_from_the_fork_not_from_the_order);
	tcase_add_test(tc, without_startsecs_it_runs_at_exec);
	tcase_add_test(tc, the_time_to_exec_counts_from_the_fork_too);
	tcase_add_test(tc, early_deaths_end_in_fatal_after_the_retries);
	tcase_add_test(tc, a_failed_exec_counts_like_an_early_death);
	tcase_add_test(tc, no_room_on_the_machine_spends_no_budget);
	tcase_add_test(tc, a_child_that_hangs_before_exec_is_killed_and_counts_as_failed);
}

static void add_running(Suite *s)
{
	TCase *tc = harness_case(s, "running");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, autorestart_decides_about_an_exit, 0, 8);
	tcase_add_test(tc, every_code_of_exitcodes_is_expected_and_no_other);
	tcase_add_test(tc, a_late_exit_was_running_before);
	tcase_add_loop_test(tc, a_program_that_ran_too_long_is_stopped_and_autorestart_decides,
			    0, 3);
	tcase_add_test(tc, a_runtimeout_before_startsecs_is_not_a_failed_start);
	tcase_add_test(tc, it_is_up_before_it_runs_out_of_time_in_the_same_moment);
	tcase_add_test(tc, busy_restarts_are_held_to_the_rate);
	tcase_add_test(tc, a_start_that_is_asked_for_frees_what_is_held);
	tcase_add_test(tc, a_new_policy_moves_the_deadlines);
	tcase_add_test(tc, a_new_policy_can_end_a_backoff);
	tcase_add_test(tc, a_policy_that_is_found_on_the_way_back_counts);
}

static Suite *suite(void)
{
	Suite *s = suite_create("proc");

	add_starting(s);
	add_running(s);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
