/* SPDX-License-Identifier: MIT */
#include "daemon/core/queue.h"

#include <errno.h>

#include "tests/unit/harness.h"

static struct queue *q;

static void setup(void)
{
	ck_assert_int_eq(queue_new(&q), 0);
}

static void teardown(void)
{
	q = queue_free(q);
}

static void pool(const char *name, int slots)
{
	ck_assert_int_eq(queue_set_pool(q, name, slots), 0);
}

static void add_to(uint64_t id, const char *name, const char *other, int priority)
{
	const struct queue_job job = {
		.id = id,
		.pool = { name, other },
		.priority = priority,
	};

	ck_assert_int_eq(queue_add(q, &job), 0);
}

static void add(uint64_t id)
{
	add_to(id, NULL, NULL, 0);
}

static void add_after(uint64_t id, const uint64_t *after, size_t n)
{
	const struct queue_job job = { .id = id, .after = after, .n_after = n };

	ck_assert_int_eq(queue_add(q, &job), 0);
}
#define AFTER(id, ...)                                                                         \
	add_after(id, (const uint64_t[]){ __VA_ARGS__ },                                       \
		  ARRAY_SIZE(((const uint64_t[]){ __VA_ARGS__ })))

static void end(uint64_t id)
{
	queue_ended(q, id, true);
}

static void end_badly(uint64_t id)
{
	queue_ended(q, id, false);
}

/* All that is handed out now: "1 2 skip 3 because of 1". */
static void expect(const char *what)
{
	struct queue_turn t;
	char said[512] = "";
	size_t len = 0;

	while (queue_next(q, &t)) {
		const char *gap = len ? " " : "";

		if (t.verdict == QUEUE_RUN)
			len += (size_t)snprintf(said + len, sizeof said - len, "%s%lu", gap,
						t.id);
		else
			len += (size_t)snprintf(said + len, sizeof said - len,
						"%sskip %lu because of %lu", gap, t.id,
						t.because);
		ck_assert_uint_lt(len, sizeof said);
	}
	ck_assert_str_eq(said, what);
}

START_TEST(without_a_pool_all_run_in_the_order_of_add)
{
	expect("");
	add(7);
	add(3);
	add(5);
	expect("7 3 5");
	expect("");
}
END_TEST

START_TEST(no_more_run_than_there_are_slots)
{
	pool("p", 2);
	for (uint64_t id = 1; id <= 4; id++)
		add_to(id, "p", NULL, 0);
	expect("1 2");
	end(2);
	expect("3");
	end_badly(1);
	expect("4");
}
END_TEST

START_TEST(the_highest_priority_goes_first_then_who_was_first)
{
	pool("p", 1);
	add_to(1, "p", NULL, 0);
	add_to(2, "p", NULL, -5);
	add_to(3, "p", NULL, 9);
	add_to(4, "p", NULL, 0);
	add_to(5, "p", NULL, 9);
	expect("3");
	end(3);
	expect("5");
	end(5);
	expect("1");
	end(1);
	expect("4");
	end(4);
	expect("2");
}
END_TEST

START_TEST(a_full_pool_holds_up_no_other)
{
	pool("a", 1);
	pool("b", 1);
	add_to(1, "a", NULL, 0);
	add_to(2, "a", NULL, 9);
	add_to(3, "b", NULL, 0);
	add(4);
	expect("2 3 4");
}
END_TEST

START_TEST(who_needs_slots_of_two_pools_waits_for_both)
{
	pool("a", 1);
	pool("b", 2);
	add_to(1, "a", "b", 0);
	add_to(2, "a", NULL, 0);
	add_to(3, "b", "a", 9);
	add_to(4, NULL, "b", 0);
	expect("3 4");
	end(4);
	expect("");
	end(3);
	expect("1");
	end(1);
	expect("2");
}
END_TEST

START_TEST(the_same_pool_twice_is_one_slot)
{
	struct queue_look look;

	pool("a", 1);
	add_to(1, "a", "a", 0);
	expect("1");
	ck_assert(queue_look(q, "a", &look));
	ck_assert_uint_eq(look.running, 1);
	ck_assert_uint_eq(look.waiting, 0);
}
END_TEST

START_TEST(slots_may_become_more_or_fewer_or_none_or_any)
{
	struct queue_look look;

	pool("p", 0);
	for (uint64_t id = 1; id <= 6; id++)
		add_to(id, "p", NULL, 0);
	expect("");
	pool("p", 3);
	expect("1 2 3");
	pool("p", 1);
	end(1);
	expect("");
	ck_assert(queue_look(q, "p", &look));
	ck_assert_int_eq(look.slots, 1);
	ck_assert_uint_eq(look.running, 2);
	ck_assert_uint_eq(look.waiting, 3);
	end(2);
	end(3);
	expect("4");
	pool("p", -1);
	expect("5 6");
}
END_TEST

START_TEST(a_pool_that_is_dropped_goes_with_its_last_job)
{
	const struct queue_job late = { .id = 9, .pool = { NULL, "p" } };
	struct queue_look look;

	pool("p", 1);
	add_to(1, "p", NULL, 0);
	add_to(2, "p", NULL, 0);
	queue_drop_pool(q, "p");
	queue_drop_pool(q, "none");
	ck_assert(!queue_look(q, "p", &look));
	ck_assert_int_eq(queue_add(q, &late), -ENOENT);
	expect("1");
	end(1);
	expect("2");
	pool("p", 2);
	ck_assert_int_eq(queue_add(q, &late), 0);
	expect("9");
	queue_drop_pool(q, "p");
	end(2);
	end(9);
	ck_assert_int_eq(queue_add(q, &late), -ENOENT);
}
END_TEST

START_TEST(an_id_is_taken_until_its_job_is_over)
{
	const struct queue_job same = { .id = 1 };

	add(1);
	ck_assert_int_eq(queue_add(q, &same), -EEXIST);
	expect("1");
	ck_assert_int_eq(queue_add(q, &same), -EEXIST);
	end(1);
	add(1);
	expect("1");
}
END_TEST

START_TEST(who_comes_after_others_waits_for_the_success_of_all)
{
	add(1);
	add(2);
	AFTER(3, 1, 2, 1);
	AFTER(4, 3);
	expect("1 2");
	end(1);
	expect("");
	end(2);
	expect("3");
	end(3);
	expect("4");
}
END_TEST

START_TEST(who_comes_after_a_failure_is_skipped_and_so_on)
{
	add(1);
	add(2);
	AFTER(3, 1, 2);
	AFTER(4, 3);
	AFTER(5, 2);
	expect("1 2");
	end_badly(1);
	expect("skip 3 because of 1 skip 4 because of 3");
	end(2);
	expect("5");
}
END_TEST

START_TEST(who_comes_after_nobody_known_is_skipped)
{
	add(1);
	AFTER(2, 1, 99, 98);
	AFTER(3, 3);
	expect("skip 2 because of 99 skip 3 because of 3 1");
	end(1);
	expect("");
}
END_TEST

START_TEST(what_is_released_late_keeps_its_turn)
{
	pool("p", 1);
	add(1);
	expect("1");
	const uint64_t one = 1;
	const struct queue_job job = { .id = 2, .pool = { "p" }, .after = &one, .n_after = 1 };
	ck_assert_int_eq(queue_add(q, &job), 0);
	add_to(3, "p", NULL, 0);
	add_to(4, "p", NULL, 0);
	expect("3");
	end(1);
	end(3);
	expect("2");
}
END_TEST

START_TEST(what_is_removed_fails_those_after_it)
{
	pool("p", 1);
	add_to(1, "p", NULL, 0);
	add_to(2, "p", NULL, 0);
	add_to(3, "p", NULL, 0);
	AFTER(4, 2);
	AFTER(5, 1);
	expect("1");
	queue_remove(q, 2);
	queue_remove(q, 1);
	queue_remove(q, 77);
	expect("skip 4 because of 2 skip 5 because of 1 3");
}
END_TEST

START_TEST(what_is_to_be_skipped_can_be_removed_first)
{
	add(1);
	AFTER(2, 1);
	AFTER(3, 2);
	expect("1");
	end_badly(1);
	queue_remove(q, 2);
	expect("skip 3 because of 2");
}
END_TEST

START_TEST(what_runs_already_takes_its_slot_also_where_there_is_none)
{
	struct queue_look look;

	pool("p", 1);
	for (uint64_t id = 1; id <= 3; id++)
		add_to(id, "p", NULL, 0);
	AFTER(4, 99);
	queue_started(q, 2);
	queue_started(q, 3);
	queue_started(q, 3);
	queue_started(q, 4);
	queue_started(q, 77);
	expect("");
	ck_assert(queue_look(q, "p", &look));
	ck_assert_uint_eq(look.running, 2);
	end(2);
	expect("");
	end(3);
	expect("1");
	end_badly(4);
}
END_TEST

START_TEST(what_runs_already_waits_for_nobody)
{
	add(1);
	AFTER(2, 1);
	AFTER(3, 2);
	queue_started(q, 2);
	queue_remove(q, 1);
	expect("");
	end(2);
	expect("3");
}
END_TEST

START_TEST(what_ends_without_having_been_handed_out_is_over_too)
{
	add(1);
	AFTER(2, 1);
	end(1);
	end(77);
	expect("2");
}
END_TEST

START_TEST(ten_thousand_go_in_their_order)
{
	enum { N = 10000 };
	struct queue_turn t;

	pool("p", 3);
	for (uint64_t i = 0; i < N; i++)
		add_to(i * 16, "p", NULL, (int)(i % 7));
	for (uint64_t k = 0; k < N; k++) {
		const uint64_t per = N / 7, extra = N % 7; /* the low ones have one more */
		uint64_t at = k, p = 6;

		for (; at >= per + (p < extra); p--)
			at -= per + (p < extra);
		ck_assert(queue_next(q, &t));
		ck_assert_uint_eq(t.id, (at * 7 + p) * 16);
		if (k >= 2)
			end(t.id);
	}
	ck_assert(!queue_next(q, &t));
}
END_TEST

START_TEST(a_long_chain_falls_link_by_link)
{
	enum { N = 10000 };
	struct queue_turn t;

	add(1);
	for (uint64_t id = 2; id <= N; id++)
		AFTER(id, id - 1);
	expect("1");
	end_badly(1);
	for (uint64_t id = 2; id <= N; id++) {
		ck_assert(queue_next(q, &t));
		ck_assert_uint_eq(t.id, id);
		ck_assert_int_eq(t.verdict, QUEUE_SKIP);
		ck_assert_uint_eq(t.because, id - 1);
	}
	ck_assert(!queue_next(q, &t));
}
END_TEST

START_TEST(what_is_left_in_it_goes_with_it)
{
	pool("p", 1);
	add_to(1, "p", NULL, 0);
	add_to(2, "p", NULL, 0);
	AFTER(3, 1, 2);
	AFTER(4, 3, 99);
	queue_drop_pool(q, "p");
	ck_assert_ptr_null(queue_free(TAKE_PTR(q)));
	ck_assert_ptr_null(queue_free(NULL));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("queue");
	TCase *tc = harness_case(s, "queue");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_a_pool_all_run_in_the_order_of_add);
	tcase_add_test(tc, no_more_run_than_there_are_slots);
	tcase_add_test(tc, the_highest_priority_goes_first_then_who_was_first);
	tcase_add_test(tc, a_full_pool_holds_up_no_other);
	tcase_add_test(tc, who_needs_slots_of_two_pools_waits_for_both);
	tcase_add_test(tc, the_same_pool_twice_is_one_slot);
	tcase_add_test(tc, slots_may_become_more_or_fewer_or_none_or_any);
	tcase_add_test(tc, a_pool_that_is_dropped_goes_with_its_last_job);
	tcase_add_test(tc, an_id_is_taken_until_its_job_is_over);
	tcase_add_test(tc, who_comes_after_others_waits_for_the_success_of_all);
	tcase_add_test(tc, who_comes_after_a_failure_is_skipped_and_so_on);
	tcase_add_test(tc, who_comes_after_nobody_known_is_skipped);
	tcase_add_test(tc, what_is_released_late_keeps_its_turn);
	tcase_add_test(tc, what_is_removed_fails_those_after_it);
	tcase_add_test(tc, what_is_to_be_skipped_can_be_removed_first);
	tcase_add_test(tc, what_runs_already_takes_its_slot_also_where_there_is_none);
	tcase_add_test(tc, what_runs_already_waits_for_nobody);
	tcase_add_test(tc, what_ends_without_having_been_handed_out_is_over_too);
	tcase_add_test(tc, ten_thousand_go_in_their_order);
	tcase_add_test(tc, a_long_chain_falls_link_by_link);
	tcase_add_test(tc, what_is_left_in_it_goes_with_it);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
