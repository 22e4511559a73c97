/* SPDX-License-Identifier: MIT */
#include "daemon/core/proc.h"

#include <errno.h>
#include <signal.h>

#include "tests/unit/harness.h"

/* A process and a clock that moves only when a test says so. */
static struct proc p;
static struct proc_policy policy;
static mono_t now;
static struct effects fx;

#define EXIT(code)   ((code) << 8)
#define KILLED(sign) (sign)

static void setup(void)
{
	policy = (struct proc_policy){
		.autostart = true,
		.startsecs = 1000,
		.startretries = 3,
		.restart = RESTART_UNEXPECTED,
		.exitcodes = { 1 },
		.stopsignal = SIGTERM,
		.stopwait = 10000,
	};
	now = (mono_t){ 5000 };
	proc_init(&p, 7, &policy, now);
}

/* Tell it something of its present incarnation. */
static void tell(enum event_kind kind, int arg)
{
	const struct event ev = { .kind = kind, .proc = 7, .gen = p.gen, .arg = arg };

	fx.n = 0;
	proc_step(&p, &ev, now, &fx);
}

static void pass(msec_t ms)
{
	now = mono_add(now, ms);
}

/* Jump to the deadline: minutes of backoff cost no time here. */
static void sleep_until_due(void)
{
	ck_assert(!mono_is_never(proc_due(&p)));
	now = proc_due(&p);
	tell(EVENT_DUE, 0);
}

static void expect(enum proc_state s, enum proc_seen seen)
{
	ck_assert_str_eq(proc_state_name(p.state), proc_state_name(s));
	ck_assert_str_eq(proc_seen_name(proc_seen(&p)), proc_seen_name(seen));
}

static int count(enum effect_kind kind)
{
	int n = 0;

	for (size_t i = 0; i < fx.n; i++)
		n += fx.v[i].kind == kind;
	return n;
}

static const struct effect *the(enum effect_kind kind)
{
	ck_assert_int_eq(count(kind), 1);
	for (size_t i = 0;; i++)
		if (fx.v[i].kind == kind)
			return &fx.v[i];
}

static void start_up(void)
{
	tell(EVENT_START, 0);
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_OK, 0);
}

static void run(void)
{
	start_up();
	sleep_until_due();
	expect(PROC_READY, SEEN_RUNNING);
}

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
	tell(EVENT_EXEC_FAILED, ENOENT);
	expect(PROC_FAILED, SEEN_FATAL);
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

START_TEST(a_stop_escalates_and_never_gives_up)
{
	static const msec_t delays[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

	policy.kill_group = true;
	run();
	tell(EVENT_STOP, 0);
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGTERM);
	ck_assert(!the(EFFECT_SIGNAL)->group);
	ck_assert_int_eq(mono_span(now, proc_due(&p)), 10000);
	sleep_until_due();
	expect(PROC_STOP_KILL, SEEN_STOPPING);
	ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGKILL);
	ck_assert(the(EFFECT_SIGNAL)->group);
	sleep_until_due();
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		expect(PROC_STUCK, SEEN_STOPPING);
		ck_assert_int_eq(mono_span(now, proc_due(&p)), delays[i]);
		sleep_until_due();
		ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGKILL);
	}
	tell(EVENT_EXITED, KILLED(SIGKILL));
	expect(PROC_DOWN, SEEN_STOPPED);
	ck_assert_int_eq(p.cause, CAUSE_STOPPED);
}
END_TEST

START_TEST(a_stop_before_exec_signals_at_once)
{
	tell(EVENT_START, 0);
	tell(EVENT_STOP, 0);
	ck_assert_int_eq(the(EFFECT_SIGNAL)->arg, SIGTERM);
	tell(EVENT_SPAWNED, 100);
	ck_assert_int_eq(p.pid, 100);
	tell(EVENT_EXEC_OK, 0);
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	tell(EVENT_EXITED, KILLED(SIGTERM));
	expect(PROC_DOWN, SEEN_STOPPED);
}
END_TEST

START_TEST(a_stop_in_backoff_needs_no_signal_and_keeps_the_counter)
{
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	tell(EVENT_STOP, 0);
	ck_assert_int_eq(count(EFFECT_SIGNAL), 0);
	expect(PROC_DOWN, SEEN_STOPPED);
	ck_assert_int_eq(p.failures, 1);
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	ck_assert_int_eq(mono_span(now, proc_due(&p)), 2000);
}
END_TEST

START_TEST(a_restart_waits_for_the_exit)
{
	run();
	tell(EVENT_RESTART, 0);
	expect(PROC_STOP_TERM, SEEN_STOPPING);
	ck_assert_int_eq(count(EFFECT_SPAWN), 0);
	tell(EVENT_EXITED, EXIT(0));
	expect(PROC_SPAWN, SEEN_STARTING);
	ck_assert_uint_eq(the(EFFECT_SPAWN)->gen, 2);
	ck_assert_uint_eq(p.restarts, 0);
}
END_TEST

START_TEST(a_stop_cancels_the_queued_start)
{
	run();
	tell(EVENT_STOP, 0);
	tell(EVENT_START, 0);
	ck_assert(proc_may(&p, EVENT_STOP));
	tell(EVENT_STOP, 0);
	ck_assert(!proc_may(&p, EVENT_STOP));
	tell(EVENT_EXITED, EXIT(0));
	expect(PROC_DOWN, SEEN_STOPPED);
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

START_TEST(news_of_another_incarnation_is_dropped_but_settled)
{
	static const enum event_kind kinds[] = { EVENT_SPAWNED,	    EVENT_EXEC_OK,
						 EVENT_EXEC_FAILED, EVENT_NO_FORK,
						 EVENT_EXITED,	    EVENT_LOST,
						 EVENT_DUE };
	const enum event_kind kind = kinds[_i];
	const bool ends =
		kind == EVENT_EXEC_FAILED || kind == EVENT_NO_FORK || kind == EVENT_EXITED;
	struct event ev = { .kind = kind, .proc = 7, .arg = EXIT(3) };

	run();
	for (int off = -1; off <= 1; off += 2) {
		ev.gen = p.gen + (proc_gen)off;
		fx.n = 0;
		proc_step(&p, &ev, now, &fx);
		expect(PROC_READY, SEEN_RUNNING);
		ck_assert_uint_eq(fx.n, ends);
		if (ends)
			ck_assert_uint_eq(the(EFFECT_SETTLED)->gen, ev.gen);
	}
}
END_TEST

START_TEST(an_end_that_is_told_again_is_only_settled_again)
{
	run();
	tell(EVENT_EXITED, EXIT(0));
	tell(EVENT_EXITED, EXIT(9));
	ck_assert_uint_eq(fx.n, 1);
	ck_assert_uint_eq(the(EFFECT_SETTLED)->gen, 1);
	ck_assert_int_eq(p.wait_status, EXIT(0));
}
END_TEST

START_TEST(a_lost_process_counts_as_an_unexpected_exit)
{
	run();
	tell(EVENT_LOST, 0);
	ck_assert_int_eq(fx.v[0].arg, SEEN_EXITED);
	expect(PROC_SPAWN, SEEN_STARTING);
	ck_assert_int_eq(count(EFFECT_SETTLED), 0);
}
END_TEST

START_TEST(a_spawn_that_got_lost_is_tried_again_without_blame)
{
	policy.startretries = 0;
	tell(EVENT_START, 0);
	tell(EVENT_LOST, 0);
	expect(PROC_BACKOFF, SEEN_BACKOFF);
	ck_assert_int_eq(p.cause, CAUSE_LOST);
	ck_assert_int_eq(p.failures, 0);
	sleep_until_due();
	expect(PROC_SPAWN, SEEN_STARTING);
}
END_TEST

START_TEST(what_is_kept_comes_before_what_makes_it_true)
{
	static const enum effect_kind order[] = { EFFECT_STATE, EFFECT_STATE, EFFECT_SETTLED,
						  EFFECT_SPAWN };

	policy.restart = RESTART_ALWAYS;
	run();
	tell(EVENT_EXITED, EXIT(1));
	ck_assert_uint_eq(fx.n, ARRAY_SIZE(order));
	for (size_t i = 0; i < fx.n; i++)
		ck_assert_int_eq(fx.v[i].kind, order[i]);
	ck_assert_uint_eq(fx.v[2].gen, 1);
	ck_assert_uint_eq(fx.v[3].gen, 2);
	tell(EVENT_STOP, 0);
	ck_assert_int_eq(fx.v[0].kind, EFFECT_STATE);
	ck_assert_int_eq(fx.v[1].kind, EFFECT_SIGNAL);
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
	proc_set_policy(&p, &policy, now, &fx);
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

START_TEST(while_closing_nothing_starts)
{
	start_up();
	tell(EVENT_EXITED, EXIT(1));
	p.closing = true;
	tell(EVENT_START, 0);
	expect(PROC_BACKOFF, SEEN_BACKOFF);
	ck_assert(!proc_may(&p, EVENT_START) && !proc_may(&p, EVENT_RESTART));
	tell(EVENT_STOP, STOP_GIVE_UP);
	expect(PROC_FAILED, SEEN_FATAL);
	tell(EVENT_RESTART, 0);
	expect(PROC_FAILED, SEEN_FATAL);
}
END_TEST

START_TEST(while_closing_an_exit_is_for_good)
{
	policy.restart = RESTART_ALWAYS;
	run();
	p.closing = true;
	tell(EVENT_EXITED, EXIT(1));
	expect(PROC_DOWN, SEEN_EXITED);
	ck_assert(!p.want_up);
}
END_TEST

START_TEST(every_name_is_known)
{
	for (int s = 0; s < PROC_STATE_N; s++)
		ck_assert_str_ne(proc_state_name((enum proc_state)s), "?");
	for (int k = 0; k < EVENT_KIND_N; k++)
		ck_assert_str_ne(event_kind_name((enum event_kind)k), "?");
	for (int c = CAUSE_NONE; c <= CAUSE_LOST; c++)
		ck_assert_str_ne(proc_cause_name((enum proc_cause)c), "?");
	for (int k = EFFECT_SPAWN; k <= EFFECT_ALL_DOWN; k++)
		ck_assert_str_ne(effect_kind_name((enum effect_kind)k), "?");
	ck_assert_str_eq(proc_seen_name(SEEN_UNKNOWN), "UNKNOWN");
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
	tcase_add_test(tc, busy_restarts_are_held_to_the_rate);
	tcase_add_test(tc, a_start_that_is_asked_for_frees_what_is_held);
	tcase_add_test(tc, a_new_policy_moves_the_deadlines);
	tcase_add_test(tc, a_new_policy_can_end_a_backoff);
}

static void add_stopping(Suite *s)
{
	TCase *tc = harness_case(s, "stopping");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_stop_escalates_and_never_gives_up);
	tcase_add_test(tc, a_stop_before_exec_signals_at_once);
	tcase_add_test(tc, a_stop_in_backoff_needs_no_signal_and_keeps_the_counter);
	tcase_add_test(tc, a_restart_waits_for_the_exit);
	tcase_add_test(tc, a_stop_cancels_the_queued_start);
	tcase_add_test(tc, while_closing_nothing_starts);
	tcase_add_test(tc, while_closing_an_exit_is_for_good);
}

static void add_news(Suite *s)
{
	TCase *tc = harness_case(s, "news");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, news_of_another_incarnation_is_dropped_but_settled, 0, 7);
	tcase_add_test(tc, an_end_that_is_told_again_is_only_settled_again);
	tcase_add_test(tc, a_lost_process_counts_as_an_unexpected_exit);
	tcase_add_test(tc, a_spawn_that_got_lost_is_tried_again_without_blame);
	tcase_add_test(tc, what_is_kept_comes_before_what_makes_it_true);
	tcase_add_test(tc, every_name_is_known);
}

static Suite *suite(void)
{
	Suite *s = suite_create("proc");

	add_starting(s);
	add_running(s);
	add_stopping(s);
	add_news(s);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
