/* SPDX-License-Identifier: MIT */
#include "tests/unit/roster_story.h"

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

static void add_tests(Suite *s)
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

static Suite *suite(void)
{
	Suite *s = suite_create("roster");

	add_tests(s);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
