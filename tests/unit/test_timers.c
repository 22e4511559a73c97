/* SPDX-License-Identifier: MIT */
#include "daemon/core/timers.h"
#include "tests/unit/harness.h"

enum { N = 60 };

static struct timers heap;
static struct timer timers[N];

static void setup(void)
{
	heap = (struct timers){ 0 };
	memset(timers, 0, sizeof timers);
	for (uint32_t i = 0; i < N; i++)
		timers[i] = (struct timer){ .at = MONO_NEVER, .rank = i + 1 };
	ck_assert_int_eq(timers_reserve(&heap, N), 0);
}

static void teardown(void)
{
	timers_done(&heap);
}

/* The same by looking at all of them. */
static struct timer *first_of_all(void)
{
	struct timer *first = NULL;

	for (size_t i = 0; i < N; i++)
		if (timer_waits(&timers[i]) && (!first || mono_before(timers[i].at, first->at)))
			first = &timers[i];
	return first;
}

START_TEST(an_empty_heap_has_no_first)
{
	ck_assert_ptr_null(timers_first(&heap));
	timers_set(&heap, &timers[0], MONO_NEVER);
	ck_assert_ptr_null(timers_first(&heap));
}
END_TEST

START_TEST(of_the_same_time_the_lowest_rank_is_first)
{
	for (size_t i = N; i-- > 0;)
		timers_set(&heap, &timers[i], (mono_t){ 5 });
	for (size_t i = 0; i < N; i++) {
		ck_assert_ptr_eq(timers_first(&heap), &timers[i]);
		timers_set(&heap, &timers[i], MONO_NEVER);
	}
	ck_assert_ptr_null(timers_first(&heap));
}
END_TEST

START_TEST(a_timer_is_moved_by_setting_it_again)
{
	timers_set(&heap, &timers[0], (mono_t){ 10 });
	timers_set(&heap, &timers[1], (mono_t){ 20 });
	timers_set(&heap, &timers[0], (mono_t){ 30 });
	ck_assert_ptr_eq(timers_first(&heap), &timers[1]);
	timers_set(&heap, &timers[0], (mono_t){ 1 });
	ck_assert_ptr_eq(timers_first(&heap), &timers[0]);
	ck_assert_uint_eq(heap.heap.n, 2);
}
END_TEST

START_TEST(whatever_is_set_and_taken_out_the_first_is_first)
{
	unsigned seed = (unsigned)_i + 1;

	for (int k = 0; k < 20000; k++) {
		const int which = rand_r(&seed) % N;
		const int at = rand_r(&seed) % 100;

		timers_set(&heap, &timers[which], at < 30 ? MONO_NEVER : (mono_t){ at });
		ck_assert_ptr_eq(timers_first(&heap), first_of_all());
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("timers");
	TCase *tc = harness_case(s, "timers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_heap_has_no_first);
	tcase_add_test(tc, of_the_same_time_the_lowest_rank_is_first);
	tcase_add_test(tc, a_timer_is_moved_by_setting_it_again);
	tcase_add_loop_test(tc, whatever_is_set_and_taken_out_the_first_is_first, 0, 4);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
