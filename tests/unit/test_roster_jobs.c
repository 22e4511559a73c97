/* SPDX-License-Identifier: MIT */
/* What comes and goes by the thousand, and what only those see who name it. */
#include "tests/unit/roster_story.h"

#define HIDDEN "jobs"

static const struct proc_policy once = {
	.oneshot = true,
	.exitcodes = { 1 },
	.stopsignal = SIGTERM,
	.stopwait = 10000,
};

static void add_hidden(void)
{
	ck_assert_int_eq(roster_add_hidden_group(r, HIDDEN), 0);
}

/* A job of its own name, which is its number. */
static proc_id add_job(unsigned number)
{
	struct roster_member m = { .policy = once };
	char name[16];
	proc_id id;

	snprintf(name, sizeof name, "%u", number);
	m.name = name;
	ck_assert_int_eq(roster_add_process(r, HIDDEN, &m, true, now, &id), 0);
	return id;
}

static void start_job(const char *name)
{
	tell(EVENT_START, HIDDEN, name, 0);
	run(HIDDEN, name);
}

START_TEST(what_is_hidden_is_found_by_its_name_alone)
{
	proc_id ids[4], job;
	const char *groups[4];

	ADD("a", 1, false, "x");
	add_hidden();
	ADD("z", 1, false, "y");
	job = add_job(1);
	ck_assert_uint_eq(roster_count(r), 2);
	ck_assert_uint_eq(roster_list(r, NULL, ORDER_NAME, ids, 4), 2);
	ck_assert_uint_eq(roster_list(r, NULL, ORDER_PRIORITY, ids, 4), 2);
	ck_assert_uint_eq(roster_groups(r, groups, 4), 2);
	ck_assert_str_eq(groups[0], "a");
	ck_assert_str_eq(groups[1], "z");
	ck_assert(roster_has_group(r, HIDDEN));
	ck_assert_uint_eq(roster_list(r, HIDDEN, ORDER_NAME, ids, 4), 1);
	ck_assert_uint_eq(ids[0], job);
	ck_assert_uint_eq(roster_find(r, HIDDEN, "1"), job);
}
END_TEST

START_TEST(a_hidden_group_has_a_name_like_others)
{
	add_hidden();
	ck_assert_int_eq(roster_add_hidden_group(r, HIDDEN), -EEXIST);
	ck_assert_int_eq(roster_add_group(r, HIDDEN, 1, NULL, 0, false, now, NULL), -EEXIST);
	(void)add_job(1);
	ck_assert_int_eq(roster_remove_group(r, HIDDEN), 0);
	ck_assert_uint_eq(roster_count(r), 0);
	ck_assert(!roster_has_group(r, HIDDEN));
	add_hidden();
	ck_assert_uint_eq(roster_groups(r, NULL, 0), 0);
}
END_TEST

START_TEST(what_is_hidden_goes_down_before_all_others)
{
	ADD("last", INT32_MAX, true, "a");
	add_hidden();
	ADD("first", INT32_MIN, true, "b");
	ck_assert_int_eq(roster_add_hidden_group(r, "more"), 0);
	settle();
	(void)add_job(1);
	start_job("1");
	expect("start b, start a, start 1");
	roster_set_group_priority(r, HIDDEN, 7);
	roster_shutdown(r);
	settle();
	expect("term 1");
	tell(EVENT_EXITED, HIDDEN, "1", SIGTERM);
	expect("term a");
	tell(EVENT_EXITED, "last", "a", 0);
	expect("term b");
	tell(EVENT_EXITED, "first", "b", 0);
	expect("all down");
}
END_TEST

START_TEST(what_joins_a_shutdown_is_stopped_too)
{
	struct roster_member m = { .name = "2", .policy = once };
	struct proc saved;
	proc_id id;

	add_hidden();
	(void)add_job(1);
	start_job("1");
	roster_shutdown(r);
	settle();
	expect("start 1, term 1");
	proc_init(&saved, 9, &once, now);
	saved.gen = 1;
	saved.state = PROC_READY;
	saved.want_up = saved.alive = true;
	m.saved = &saved;
	ck_assert_int_eq(roster_add_process(r, HIDDEN, &m, true, now, &id), 0);
	settle();
	expect("term 2");
}
END_TEST

START_TEST(a_shutdown_misses_nobody_when_others_leave)
{
	struct effects fx = { 0 };
	struct event ev;

	ADD("g", 1, false, "a:1", "b:2", "c:3", "d:4", "e:5");
	tell(EVENT_START, "g", "a", 0);
	tell(EVENT_START, "g", "c", 0);
	tell(EVENT_START, "g", "e", 0);
	expect("start a, start c, start e");
	roster_shutdown(r);
	ck_assert(roster_more(r, now, &ev));
	ck_assert_uint_eq(ev.proc, roster_find(r, "g", "e"));
	roster_step(r, &ev, now, &fx);
	roster_remove_when_down(r, roster_find(r, "g", "b")); /* not looked at yet */
	roster_remove_when_down(r, roster_find(r, "g", "e")); /* looked at */
	settle();
	tell(EVENT_EXITED, "g", "e", 0);
	expect("removed, term c, term a, removed");
}
END_TEST

/* Step all that the roster wants now; returns how much that was. */
static unsigned settle_and_count(void)
{
	struct event ev;
	unsigned n = 0;

	for (; roster_more(r, now, &ev); n++) {
		struct effects fx = { 0 };

		roster_step(r, &ev, now, &fx);
	}
	return n;
}

static void say(proc_id id, enum event_kind kind)
{
	struct effects fx = { 0 };
	struct roster_entry e;

	ck_assert(roster_get(r, id, &e));
	roster_step(r, &(struct event){ .kind = kind, .proc = id, .gen = e.proc->gen }, now,
		    &fx);
}

static proc_id run_job(unsigned number)
{
	const proc_id id = add_job(number);

	say(id, EVENT_START);
	say(id, EVENT_SPAWNED);
	say(id, EVENT_EXEC_OK);
	return id;
}

START_TEST(thousands_come_and_go_among_a_thousand)
{
	enum { LIVE = 1000, MORE = 10000 };
	static proc_id ids[LIVE + MORE];
	unsigned steps = 0;

	add_hidden();
	ADD("a", 1, false, "x");
	for (unsigned i = 0; i < LIVE; i++)
		ids[i] = run_job(i);
	for (unsigned i = LIVE; i < LIVE + MORE; i++) {
		ids[i] = run_job(i);
		say(ids[i - LIVE], EVENT_EXITED);
		roster_remove_when_down(r, ids[i - LIVE]);
		steps += settle_and_count();
	}
	ck_assert_uint_eq(steps, MORE);
	ck_assert_uint_eq(roster_list(r, HIDDEN, ORDER_NAME, NULL, 0), LIVE);
	ck_assert_uint_eq(roster_count(r), 1);
	for (unsigned i = 0; i < LIVE + MORE; i++) {
		struct roster_entry e;

		ck_assert(roster_get(r, ids[i], &e) == (i >= MORE));
	}
}
END_TEST

START_TEST(a_shutdown_of_a_thousand_that_leave_asks_each_once)
{
	enum { N = 1000 };
	static proc_id ids[N];
	unsigned steps;

	add_hidden();
	for (unsigned i = 0; i < N; i++)
		ids[i] = run_job(i);
	roster_shutdown(r);
	steps = settle_and_count();
	ck_assert_uint_eq(steps, N);
	for (unsigned i = 0; i < N; i++) {
		say(ids[i], EVENT_EXITED);
		roster_remove_when_down(r, ids[i]);
		steps += settle_and_count();
	}
	ck_assert_uint_eq(steps, 2 * N + 1); /* and that all are down */
	ck_assert_uint_eq(roster_list(r, HIDDEN, ORDER_NAME, NULL, 0), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("roster, jobs");
	TCase *tc = harness_case(s, "jobs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_hidden_is_found_by_its_name_alone);
	tcase_add_test(tc, a_hidden_group_has_a_name_like_others);
	tcase_add_test(tc, what_is_hidden_goes_down_before_all_others);
	tcase_add_test(tc, what_joins_a_shutdown_is_stopped_too);
	tcase_add_test(tc, a_shutdown_misses_nobody_when_others_leave);
	tcase_add_test(tc, thousands_come_and_go_among_a_thousand);
	tcase_add_test(tc, a_shutdown_of_a_thousand_that_leave_asks_each_once);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
