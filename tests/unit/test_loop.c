/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "daemon/sys/clock.h"
#include "daemon/sys/loop.h"
#include "daemon/sys/pollset.h"
#include "tests/unit/harness.h"

static struct loop *loop;
static struct watch *watch, *other;
static int ends[2];
static int calls, last_events;

static void setup(void)
{
	calls = last_events = 0;
	watch = other = NULL;
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
}

static void teardown(void)
{
	watch_dropp(&watch);
	watch_dropp(&other);
	loop_freep(&loop);
	fd_close(ends[0]);
	fd_close(ends[1]);
}

static void on_event(struct watch *w, void *owner, int events)
{
	ck_assert_ptr_eq(owner, &calls);
	ck_assert_int_ge(watch_fd(w), 0);
	calls++;
	last_events = events;
}

static void on_event_drop_all(struct watch *w, void *owner, int events)
{
	(void)w, (void)owner, (void)events;
	calls++;
	watch_dropp(&watch);
	watch_dropp(&other);
}

/* A turn that waits for nothing. */
static void turn_now(void)
{
	loop_wake_at(loop, mono_now());
	loop_turn(loop);
}

START_TEST(a_watch_is_called_when_there_is_something_and_not_before)
{
	ck_assert_int_eq(loop_watch(loop, ends[0], WATCH_READ, on_event, &calls, &watch), 0);
	turn_now();
	ck_assert_int_eq(calls, 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	loop_turn(loop);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(last_events, WATCH_READ);
}
END_TEST

START_TEST(what_is_watched_for_can_be_changed)
{
	ck_assert_int_eq(loop_watch(loop, ends[1], 0, on_event, &calls, &watch), 0);
	turn_now();
	ck_assert_int_eq(calls, 0);
	watch_set(watch, WATCH_WRITE);
	loop_turn(loop);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(last_events, WATCH_WRITE);
	watch_set(watch, 0);
	turn_now();
	ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(a_callback_may_drop_any_watch_also_one_that_is_due)
{
	int more[2];

	ck_assert_int_eq(pipe2(more, O_CLOEXEC), 0);
	ck_assert_int_eq(
		loop_watch(loop, ends[0], WATCH_READ, on_event_drop_all, &calls, &watch), 0);
	ck_assert_int_eq(
		loop_watch(loop, more[0], WATCH_READ, on_event_drop_all, &calls, &other), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(write(more[1], "x", 1), 1);
	loop_turn(loop);
	ck_assert_int_eq(calls, 1);
	turn_now();
	ck_assert_int_eq(calls, 1);
	fd_close(more[0]);
	fd_close(more[1]);
}
END_TEST

START_TEST(a_descriptor_that_is_used_again_is_a_new_one)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(
			loop_watch(loop, ends[0], WATCH_READ, on_event, &calls, &watch), 0);
		ck_assert_int_eq(write(ends[1], "x", 1), 1);
		loop_turn(loop);
		ck_assert_int_eq(calls, i + 1);
		watch_dropp(&watch);
		fd_close(ends[0]);
		fd_close(ends[1]);
		ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	}
}
END_TEST

START_TEST(the_timer_wakes_when_it_is_time_and_not_before)
{
	const mono_t due = mono_add(mono_now(), 30);

	loop_wake_at(loop, due);
	while (mono_before(loop_now(loop), due)) {
		loop_turn(loop);
		calls++;
	}
	ck_assert_int_le(calls, 2);
	ck_assert_int_lt(mono_span(due, mono_now()), 5000);
}
END_TEST

START_TEST(the_timer_can_be_moved_to_earlier_and_later)
{
	const mono_t start = mono_now();

	loop_wake_at(loop, mono_add(start, 3600000));
	turn_now();
	loop_wake_at(loop, mono_add(start, 20));
	loop_turn(loop);
	ck_assert_int_lt(mono_span(start, mono_now()), 60000);
	loop_wake_at(loop, mono_add(start, 3600000));
	ck_assert_int_eq(loop_watch(loop, ends[1], WATCH_WRITE, on_event, &calls, &watch), 0);
	loop_turn(loop);
	ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(now_is_the_same_all_through_a_turn)
{
	const mono_t before = mono_now();

	turn_now();
	ck_assert(!mono_before(loop_now(loop), before));
	ck_assert(!mono_before(mono_now(), loop_now(loop)));
	ck_assert_int_ge(mono_now_ns() / 1000000, before.ms);
	ck_assert_int_gt(wall_now_ms(), INT64_C(1700000000000));
}
END_TEST

static void on_signal(int signo, void *owner)
{
	ck_assert_ptr_eq(owner, &calls);
	calls += signo;
}

START_TEST(a_signal_is_told_within_a_turn)
{
	struct signal_watch *s;

	ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_signal, &calls, &s), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(calls, 0);
	loop_turn(loop);
	ck_assert_int_eq(calls, SIGUSR1);
	ck_assert_ptr_null(signal_watch_drop(s));
}
END_TEST

/* libev's default loop would have reaped it. */
START_TEST(a_child_is_ours_to_reap)
{
	struct signal_watch *s;
	siginfo_t info = { 0 };
	pid_t pid;

	ck_assert_int_eq(loop_signal(loop, SIGCHLD, on_signal, &calls, &s), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(7);
	while (calls == 0)
		loop_turn(loop);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED), 0);
	ck_assert_int_eq(info.si_status, 7);
	signal_watch_drop(s);
}
END_TEST

START_TEST(a_loop_goes_on_in_the_child_of_a_fork)
{
	struct signal_watch *s;
	int status;
	pid_t pid;

	ck_assert_int_eq(loop_signal(loop, SIGUSR1, on_signal, &calls, &s), 0);
	ck_assert_int_eq(loop_watch(loop, ends[0], WATCH_READ, on_event, &calls, &watch), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		loop_forked(loop);
		(void)raise(SIGUSR1);
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		while (calls < SIGUSR1 + 1)
			loop_turn(loop);
		_exit(42);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 42);
	signal_watch_drop(s);
}
END_TEST

static uint64_t last_key;
static bool last_ended;

static void on_member(void *owner, uint64_t key, bool ended)
{
	ck_assert_ptr_eq(owner, &calls);
	calls++;
	last_key = key;
	last_ended = ended;
}

START_TEST(members_of_a_set_are_told_by_their_keys_until_they_are_dropped)
{
	struct pollset *p;

	ck_assert_int_eq(pollset_new(loop, on_member, &calls, &p), 0);
	ck_assert_int_eq(pollset_add(p, ends[0], 4711), 0);
	turn_now();
	ck_assert_int_eq(calls, 0);
	ends[1] = fd_close(ends[1]); /* an end is news, too */
	loop_turn(loop);
	pollset_look(p);
	ck_assert_int_eq(calls, 2);
	ck_assert_uint_eq(last_key, 4711);
	pollset_drop(p, ends[0]);
	turn_now();
	ck_assert_int_eq(calls, 2);
	pollset_free(p);
}
END_TEST

START_TEST(a_pipe_has_ended_when_it_has_neither_writer_nor_bytes)
{
	struct pollset *p;
	char byte;
	int pipe[2];

	ck_assert_int_eq(pipe2(pipe, O_CLOEXEC | O_NONBLOCK), 0);
	ck_assert_int_eq(pollset_new(loop, on_member, &calls, &p), 0);
	ck_assert_int_eq(pollset_add(p, pipe[0], 1), 0);
	ck_assert_int_eq(write(pipe[1], "x", 1), 1);
	loop_turn(loop);
	ck_assert(calls == 1 && !last_ended);
	pipe[1] = fd_close(pipe[1]);
	loop_turn(loop);
	ck_assert(calls == 2 && !last_ended);
	ck_assert_int_eq(read(pipe[0], &byte, 1), 1);
	loop_turn(loop);
	ck_assert(calls == 3 && last_ended);
	pollset_drop(p, pipe[0]);
	fd_close(pipe[0]);
	pollset_free(p);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("loop");
	TCase *tc = harness_case(s, "loop");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_watch_is_called_when_there_is_something_and_not_before);
	tcase_add_test(tc, what_is_watched_for_can_be_changed);
	tcase_add_test(tc, a_callback_may_drop_any_watch_also_one_that_is_due);
	tcase_add_test(tc, a_descriptor_that_is_used_again_is_a_new_one);
	tcase_add_test(tc, the_timer_wakes_when_it_is_time_and_not_before);
	tcase_add_test(tc, the_timer_can_be_moved_to_earlier_and_later);
	tcase_add_test(tc, now_is_the_same_all_through_a_turn);
	tcase_add_test(tc, a_signal_is_told_within_a_turn);
	tcase_add_test(tc, a_child_is_ours_to_reap);
	tcase_add_test(tc, a_loop_goes_on_in_the_child_of_a_fork);
	tcase_add_test(tc, members_of_a_set_are_told_by_their_keys_until_they_are_dropped);
	tcase_add_test(tc, a_pipe_has_ended_when_it_has_neither_writer_nor_bytes);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
