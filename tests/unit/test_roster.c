/* SPDX-License-Identifier: MIT */
#include "daemon/core/roster.h"

#include <errno.h>
#include <signal.h>

#include "tests/unit/harness.h"

static struct roster *r;
static mono_t now;

static const struct proc_policy policy = {
	.autostart = true,
	.startsecs = 1000,
	.startretries = 3,
	.restart = RESTART_UNEXPECTED,
	.exitcodes = { 1 },
	.stopsignal = SIGTERM,
	.stopwait = 10000,
};

/* What came out of the steps so far, one word each: "start a", "term a", … */
static char story[1 << 16];
static size_t story_len;

static void setup(void)
{
	now = (mono_t){ 1000 };
	story_len = 0;
	story[0] = '\0';
	ck_assert_int_eq(roster_new(1, &r), 0);
}

static void teardown(void)
{
	r = roster_free(r);
}

static void tell_story(const char *word, proc_id id)
{
	struct roster_entry e;
	const char *name = roster_get(r, id, &e) ? e.name : "";

	story_len += (size_t)snprintf(story + story_len, sizeof story - story_len, "%s%s%s%s",
				      story_len ? ", " : "", word, *name ? " " : "", name);
	ck_assert_uint_lt(story_len, sizeof story);
}

static void note(const struct effects *fx)
{
	for (size_t i = 0; i < fx->n; i++) {
		const struct effect *e = &fx->v[i];

		if (e->kind == EFFECT_SPAWN)
			tell_story("start", e->proc);
		if (e->kind == EFFECT_SIGNAL)
			tell_story(e->arg == SIGKILL ? "kill" : "term", e->proc);
		if (e->kind == EFFECT_STATE && e->arg == SEEN_FATAL)
			tell_story("fatal", e->proc);
		if (e->kind == EFFECT_REMOVED)
			tell_story("removed", 0);
		if (e->kind == EFFECT_ALL_DOWN)
			tell_story("all down", 0);
	}
}

/* Until the roster wants nothing more now. */
static void settle(void)
{
	struct event ev;

	while (roster_more(r, now, &ev)) {
		struct effects fx = { 0 };

		roster_step(r, &ev, now, &fx);
		note(&fx);
	}
}

static void tell(enum event_kind kind, const char *group, const char *name, int arg)
{
	const proc_id id = roster_find(r, group, name);
	struct event ev = { .kind = kind, .proc = id, .arg = arg };
	struct effects fx = { 0 };
	struct roster_entry e;

	ck_assert(roster_get(r, id, &e));
	ev.gen = e.proc->gen;
	roster_step(r, &ev, now, &fx);
	note(&fx);
	settle();
}

static void expect(const char *what)
{
	ck_assert_str_eq(story, what);
	story_len = 0;
	story[0] = '\0';
}

/* Members by name, "b:5" for one of priority 5. */
static void add(const char *group, int priority, const char *const *names, bool autostart)
{
	struct roster_member v[8] = { 0 };
	char name[8][32];
	proc_id ids[8];
	size_t n = 0;

	for (; names[n]; n++) {
		v[n] = (struct roster_member){ .name = name[n], .policy = policy };
		if (sscanf(names[n], "%31[^:]:%d", name[n], &v[n].priority) < 2)
			v[n].priority = 999;
	}
	ck_assert_int_eq(roster_add_group(r, group, priority, v, n, autostart, now, ids), 0);
}
#define ADD(group, priority, autostart, ...)                                                   \
	add(group, priority, (const char *const[]){ __VA_ARGS__, NULL }, autostart)

static void run(const char *group, const char *name)
{
	tell(EVENT_SPAWNED, group, name, 100);
	tell(EVENT_EXEC_OK, group, name, 0);
}

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
	ck_assert(roster_more(r, now, &ev));
	ck_assert_int_ne(ev.kind, EVENT_START);
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

START_TEST(what_leaves_is_stopped_first)
{
	ADD("g", 1, true, "a", "b");
	settle();
	run("g", "a");
	roster_remove_when_down(r, roster_find(r, "g", "a"));
	ck_assert_int_eq(roster_remove_group(r, "g"), -EBUSY);
	settle();
	tell(EVENT_RESTART, "g", "a", 0);
	expect("start a, start b, term a");
	tell(EVENT_EXITED, "g", "b", 0x100);
	tell(EVENT_EXITED, "g", "a", 0x100);
	expect("removed");
	ck_assert_uint_eq(roster_find(r, "g", "a"), 0);
	ck_assert_uint_eq(roster_count(r), 1);
}
END_TEST

START_TEST(what_leaves_at_rest_leaves_at_once)
{
	ADD("g", 1, false, "a");
	roster_remove_when_down(r, roster_find(r, "g", "a"));
	ck_assert(!mono_before(now, roster_due(r)));
	settle();
	expect("removed");
	ck_assert(roster_has_group(r, "g"));
	ck_assert_int_eq(roster_remove_group(r, "g"), 0);
	ck_assert_int_eq(roster_remove_group(r, "g"), -ENOENT);
}
END_TEST

START_TEST(names_and_ids_are_taken_once)
{
	struct roster_member v[2] = { { .name = "x" }, { .name = "x" } };
	struct proc saved;
	proc_id ids[2];

	ADD("g", 1, false, "a");
	ck_assert_int_eq(roster_add_group(r, "g", 1, v, 1, false, now, ids), -EEXIST);
	ck_assert_int_eq(roster_add_group(r, "h", 1, v, 2, false, now, ids), -EEXIST);
	ck_assert(!roster_has_group(r, "h"));
	ck_assert_uint_eq(roster_count(r), 1);
	proc_init(&saved, roster_find(r, "g", "a"), &policy, now);
	v[0].saved = &saved;
	ck_assert_int_eq(roster_add_group(r, "h", 1, v, 1, false, now, ids), -EEXIST);
	ck_assert_int_eq(roster_add_process(r, "g", &v[1], false, now, ids), 0);
	ck_assert_int_eq(roster_add_process(r, "g", &v[1], false, now, ids), -EEXIST);
	ck_assert_int_eq(roster_add_process(r, "none", &v[1], false, now, ids), -ENOENT);
}
END_TEST

START_TEST(an_id_is_never_given_twice)
{
	proc_id first, second;

	ADD("g", 1, false, "a");
	first = roster_find(r, "g", "a");
	ck_assert_int_eq(roster_remove_group(r, "g"), 0);
	ADD("g", 1, false, "a");
	second = roster_find(r, "g", "a");
	ck_assert_uint_gt(second, first);
}
END_TEST

/* The names behind the ids, in one string. */
static const char *names(const char *group, enum roster_order order)
{
	static char text[256];
	proc_id ids[16];
	const size_t n = roster_list(r, group, order, ids, 16);
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		struct roster_entry e;

		ck_assert(roster_get(r, ids[i], &e));
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s:%s", i ? " " : "",
					e.group, e.name);
	}
	return text;
}

START_TEST(lists_come_by_name_or_by_priority)
{
	const char *groups[4];

	ADD("m", 5, false, "b:1", "a:2");
	ADD("a", 9, false, "z");
	ADD("z", 1, false, "k");
	ck_assert_str_eq(names(NULL, ORDER_NAME), "a:z m:a m:b z:k");
	ck_assert_str_eq(names(NULL, ORDER_PRIORITY), "z:k m:b m:a a:z");
	ck_assert_str_eq(names("m", ORDER_NAME), "m:a m:b");
	ck_assert_uint_eq(roster_list(r, "none", ORDER_NAME, NULL, 0), 0);
	ck_assert_uint_eq(roster_list(r, NULL, ORDER_NAME, NULL, 0), 4);
	ck_assert_uint_eq(roster_groups(r, groups, 2), 3);
	ck_assert_str_eq(groups[0], "z");
	ck_assert_str_eq(groups[1], "m");
}
END_TEST

START_TEST(priorities_may_change)
{
	const struct proc_policy same = policy;
	struct effects fx = { 0 };

	ADD("m", 5, false, "b:1", "a:2");
	ADD("n", 6, false, "c");
	roster_set_group_priority(r, "n", 1);
	roster_set_policy(r, roster_find(r, "m", "b"), 3, &same, now, &fx);
	ck_assert_str_eq(names(NULL, ORDER_PRIORITY), "n:c m:a m:b");
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

START_TEST(events_for_nobody_are_dropped)
{
	struct effects fx = { 0 };

	roster_step(r, &(struct event){ .kind = EVENT_EXITED, .proc = 77, .gen = 1 }, now, &fx);
	roster_step(r, &(struct event){ .kind = EVENT_DUE }, now, &fx);
	ck_assert_uint_eq(fx.n, 0);
	roster_remove_when_down(r, 77);
	roster_set_data(r, 77, r);
	ck_assert(mono_is_never(roster_due(r)));
}
END_TEST

START_TEST(callers_keep_what_they_like_with_an_entry)
{
	struct roster_entry e;
	int mine;

	ADD("g", 1, false, "a");
	roster_set_data(r, roster_find(r, "g", "a"), &mine);
	ck_assert(roster_get(r, roster_find(r, "g", "a"), &e));
	ck_assert_ptr_eq(e.data, &mine);
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

static void add_groups(Suite *s)
{
	TCase *tc = harness_case(s, "who");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names_and_ids_are_taken_once);
	tcase_add_test(tc, an_id_is_never_given_twice);
	tcase_add_test(tc, lists_come_by_name_or_by_priority);
	tcase_add_test(tc, priorities_may_change);
	tcase_add_test(tc, events_for_nobody_are_dropped);
	tcase_add_test(tc, callers_keep_what_they_like_with_an_entry);
	tcase_add_test(tc, what_leaves_is_stopped_first);
	tcase_add_test(tc, what_leaves_at_rest_leaves_at_once);
}

static void add_rounds(Suite *s)
{
	TCase *tc = harness_case(s, "when");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, boot_goes_by_group_and_then_as_written);
	tcase_add_test(tc, only_autostart_members_that_never_ran_are_started);
	tcase_add_test(tc, a_stop_takes_back_an_autostart_that_has_not_come);
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
	Suite *s = suite_create("roster");

	add_groups(s);
	add_rounds(s);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
