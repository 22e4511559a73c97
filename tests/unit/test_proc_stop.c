/* SPDX-License-Identifier: MIT */
#include "tests/unit/one_proc.h"

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

START_TEST(while_closing_nothing_may_start_that_is_held)
{
	policy.startsecs = 0;
	policy.restart = RESTART_ALWAYS;
	policy.rate = 0.01;
	start_up();
	for (int i = 0; i < 3 && !p.held; i++) {
		tell(EVENT_EXITED, EXIT(0));
		tell(EVENT_EXEC_OK, 0);
	}
	ck_assert(proc_may(&p, EVENT_START));
	p.closing = true;
	ck_assert(!proc_may(&p, EVENT_START));
	ck_assert(proc_may(&p, EVENT_STOP));
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
	tcase_add_test(tc, while_closing_nothing_may_start_that_is_held);
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
	Suite *s = suite_create("proc_stop");

	add_stopping(s);
	add_news(s);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
