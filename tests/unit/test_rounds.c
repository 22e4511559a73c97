/* SPDX-License-Identifier: MIT */
#include "tests/unit/roster_story.h"

START_TEST(boot_goes_by_group_and_then_as_written)
{
	ADD("web", 10, true, "w2", "w1");
	ADD("base", 1, true, "b");
	ADD("also", 10, true, "z:1", "a:5");
	settle();
	expect("start b, start z, start a, start w2, start w1");
}
END_TEST

START_TEST(only_autostart_members_that_never_ran_are_started)
{
	struct roster_member v[3] = {
		{ .name = "no" },
		{ .name = "yes", .policy = policy },
		{ .name = "ran", .policy = policy },
	};
	struct proc saved;
	proc_id ids[3];

	proc_init(&saved, 9, &policy, now);
	saved.gen = 4;
	saved.cause = CAUSE_STOPPED;
	v[2].saved = &saved;
	ck_assert_int_eq(roster_add_group(r, "g", 1, v, 3, true, now, ids), 0);
	ck_assert_uint_eq(ids[2], 9);
	ck_assert_uint_ge(roster_next_id(r), 10);
	settle();
	expect("start yes");
}
END_TEST

START_TEST(a_stop_takes_back_an_autostart_that_has_not_come)
{
	ADD("g", 1, true, "a", "b");
	tell(EVENT_STOP, "g", "a", 0);
	expect("start b");
}
END_TEST

START_TEST(a_policy_takes_back_an_autostart_that_has_not_come)
{
	struct proc_policy other = policy;
	struct effects fx = { 0 };

	other.autostart = false;
	ADD("g", 1, true, "a");
	roster_set_policy(r, roster_find(r, "g", "a"), 999, &other, now, &fx);
	settle();
	expect("");
}
END_TEST

/* One step of what the roster wants. */
static void step_once(void)
{
	struct effects fx = { 0 };
	struct event ev;

	ck_assert(roster_more(r, now, &ev));
	roster_step(r, &ev, now, &fx);
	note(&fx);
}

START_TEST(boot_misses_nobody_when_others_leave)
{
	const struct proc_policy by_hand = { 0 };
	struct effects fx = { 0 };

	ADD("f", 1, false, "x");
	ADD("g", 2, true, "y", "a", "b", "c");
	roster_set_policy(r, roster_find(r, "g", "y"), 999, &by_hand, now, &fx);
	step_once();
	ck_assert_int_eq(roster_remove_group(r, "f"), 0);
	step_once();
	roster_remove_when_down(r, roster_find(r, "g", "y"));
	settle();
	expect("start a, start b, removed, start c");
}
END_TEST

START_TEST(boot_misses_nobody_whose_priority_changes)
{
	ADD("a", 1, true, "x");
	ADD("b", 2, true, "y");
	ADD("c", 3, true, "z");
	step_once();
	step_once();
	roster_set_group_priority(r, "c", 0);
	settle();
	expect("start x, start y, start z");
}
END_TEST

START_TEST(who_is_gone_is_not_waited_for)
{
	struct event ev;

	ADD("g", 1, true, "a");
	roster_remove_when_down(r, roster_find(r, "g", "a"));
	ADD("h", 1, true, "b");
	ck_assert_int_eq(roster_remove_group(r, "g"), 0);
	ck_assert_int_eq(roster_remove_group(r, "h"), 0);
	ck_assert(!roster_more(r, now, &ev));
	ck_assert(mono_is_never(roster_due(r)));
}
END_TEST

START_TEST(shutdown_takes_one_group_after_the_other)
{
	ADD("low", 1, true, "a:1", "b:2");
	ADD("high", 5, true, "c:1", "d:9", "e:4");
	settle();
	run("low", "a");
	run("high", "c");
	run("high", "d");
	expect("start a, start b, start c, start d, start e");
	roster_shutdown(r);
	settle();
	expect("term d, term e, term c");
	tell(EVENT_EXITED, "high", "d", 0);
	tell(EVENT_EXITED, "high", "e", 0);
	expect("");
	tell(EVENT_EXITED, "high", "c", 0);
	expect("term b, term a");
	tell(EVENT_EXITED, "low", "a", 0);
	tell(EVENT_EXITED, "low", "b", 0);
	expect("all down");
	settle();
	expect("");
}
END_TEST

START_TEST(shutdown_of_nothing_is_down_at_once)
{
	roster_shutdown(r);
	ck_assert(!mono_before(now, roster_due(r)));
	settle();
	expect("all down");
	ck_assert(mono_is_never(roster_due(r)));
}
END_TEST

START_TEST(shutdown_starts_nothing_and_gives_up_what_waits)
{
	ADD("a", 1, true, "early");
	ADD("b", 2, true, "late");
	settle();
	run("a", "early");
	tell(EVENT_NO_FORK, "b", "late", EAGAIN);
	now = mono_add(now, 999);
	roster_shutdown(r);
	settle();
	expect("start early, start late, fatal late, term early");
	tell(EVENT_START, "b", "late", 0);
	tell(EVENT_EXITED, "a", "early", 0x100);
	expect("all down");
}
END_TEST

START_TEST(shutdown_asks_nobody_to_start)
{
	struct event ev;

	ADD("g", 1, true, "a", "b");
	roster_shutdown(r);
	while (roster_more(r, now, &ev)) {
		struct effects fx = { 0 };

		ck_assert_int_ne(ev.kind, EVENT_START);
		roster_step(r, &ev, now, &fx);
	}
}
END_TEST

START_TEST(shutdown_misses_nobody_whose_priority_changes)
{
	struct effects fx = { 0 };
	struct event ev;

	ADD("g", 1, true, "a:1", "b:2", "c:3");
	settle();
	expect("start a, start b, start c");
	roster_shutdown(r);
	ck_assert(roster_more(r, now, &ev));
	ck_assert_uint_eq(ev.proc, roster_find(r, "g", "c"));
	roster_step(r, &ev, now, &fx);
	roster_set_policy(r, roster_find(r, "g", "a"), 9, &policy, now, &fx);
	settle();
	expect("term a, term b");
}
END_TEST

START_TEST(deadlines_come_in_their_order)
{
	struct proc_policy slow = policy;
	struct effects fx = { 0 };
	struct event ev;

	slow.startsecs = 50;
	ADD("g", 1, true, "a", "b");
	settle();
	run("g", "a");
	run("g", "b");
	ck_assert_int_eq(mono_span(now, roster_due(r)), 1001);
	roster_set_policy(r, roster_find(r, "g", "b"), 999, &slow, now, &fx);
	ck_assert_int_eq(mono_span(now, roster_due(r)), 51);
	ck_assert(!roster_more(r, mono_add(now, 50), &ev));
	ck_assert(roster_more(r, mono_add(now, 51), &ev));
	ck_assert_uint_eq(ev.proc, roster_find(r, "g", "b"));
}
END_TEST

/* Each in a group of its own, as a configuration of many [program:x] has them. */
static void add_many(unsigned n)
{
	struct roster_member m = { .policy = policy, .priority = 999 };
	char name[16];
	proc_id id;

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof name, "p%05u", i);
		m.name = name;
		ck_assert_int_eq(roster_add_group(r, name, 999, &m, 1, true, now, &id), 0);
	}
}

START_TEST(five_thousand_start_run_and_stop)
{
	enum { N = 5000 };
	const struct event shut = { .kind = EVENT_EXITED };
	unsigned spawns = 0, stops = 0, ups = 0, steps = 0;
	bool all_down = false;
	struct event ev;

	add_many(N);
	while (!all_down && steps++ < 10 * N) {
		struct effects fx = { 0 };

		if (roster_more(r, now, &ev)) {
			roster_step(r, &ev, now, &fx);
		} else if (ups < N) {
			now = roster_due(r);
		} else {
			roster_shutdown(r);
		}
		for (size_t i = 0; i < fx.n; i++) {
			struct effects more = { 0 };
			struct event news = shut;

			news.proc = fx.v[i].proc;
			news.gen = fx.v[i].gen;
			news.kind = fx.v[i].kind == EFFECT_SPAWN ? EVENT_EXEC_OK : EVENT_EXITED;
			spawns += fx.v[i].kind == EFFECT_SPAWN;
			stops += fx.v[i].kind == EFFECT_SIGNAL;
			ups += fx.v[i].kind == EFFECT_STATE && fx.v[i].arg == SEEN_RUNNING;
			all_down |= fx.v[i].kind == EFFECT_ALL_DOWN;
			if (fx.v[i].kind <= EFFECT_SIGNAL)
				roster_step(r, &news, now, &more);
		}
	}
	ck_assert(all_down);
	ck_assert_uint_eq(spawns, N);
	ck_assert_uint_eq(stops, N);
}
END_TEST

static void add_tests(Suite *s)
{
	TCase *tc = harness_case(s, "when");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, boot_goes_by_group_and_then_as_written);
	tcase_add_test(tc, only_autostart_members_that_never_ran_are_started);
	tcase_add_test(tc, a_stop_takes_back_an_autostart_that_has_not_come);
	tcase_add_test(tc, a_policy_takes_back_an_autostart_that_has_not_come);
	tcase_add_test(tc, boot_misses_nobody_when_others_leave);
	tcase_add_test(tc, boot_misses_nobody_whose_priority_changes);
	tcase_add_test(tc, who_is_gone_is_not_waited_for);
	tcase_add_test(tc, shutdown_takes_one_group_after_the_other);
	tcase_add_test(tc, shutdown_of_nothing_is_down_at_once);
	tcase_add_test(tc, shutdown_starts_nothing_and_gives_up_what_waits);
	tcase_add_test(tc, shutdown_asks_nobody_to_start);
	tcase_add_test(tc, shutdown_misses_nobody_whose_priority_changes);
	tcase_add_test(tc, deadlines_come_in_their_order);
	tcase_add_test(tc, five_thousand_start_run_and_stop);
}

static Suite *suite(void)
{
	Suite *s = suite_create("rounds");

	add_tests(s);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
