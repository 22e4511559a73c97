/* SPDX-License-Identifier: MIT */
#include "daemon/core/heap.h"

#include <errno.h>

#include "tests/unit/harness.h"

enum { N = 50 };

struct thing {
	struct heap_item in;
	int value;
};

static struct heap heap;
static struct thing things[N];

static bool less(const struct heap_item *a, const struct heap_item *b)
{
	return container_of(a, const struct thing, in)->value <
	       container_of(b, const struct thing, in)->value;
}

static void setup(void)
{
	heap = (struct heap){ 0 };
	memset(things, 0, sizeof things);
	ck_assert_int_eq(heap_reserve(&heap, N), 0);
}

static void teardown(void)
{
	heap_done(&heap);
}

static void put(int i, int value)
{
	things[i].value = value;
	heap_put(&heap, less, &things[i].in);
}

/* Take out the first, whose value this is. */
static int pop(void)
{
	struct heap_item *first = heap_first(&heap);

	ck_assert_ptr_nonnull(first);
	heap_take(&heap, less, first);
	ck_assert_uint_eq(first->place, 0);
	return container_of(first, struct thing, in)->value;
}

static void put_all(void)
{
	for (int i = 0; i < N; i++)
		put(i, i * 7 % N);
}

START_TEST(what_is_put_in_anyhow_comes_out_in_order)
{
	put_all();
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(pop(), i);
	ck_assert_ptr_null(heap_first(&heap));
}
END_TEST

START_TEST(what_has_changed_is_put_in_again)
{
	put_all();
	put(0, N); /* was the first */
	put(1, -1); /* was in the middle */
	ck_assert_uint_eq(heap.n, N);
	ck_assert_int_eq(pop(), -1);
	for (int i = 1; i < N; i++)
		if (i != 7)
			ck_assert_int_eq(pop(), i);
	ck_assert_int_eq(pop(), N);
}
END_TEST

START_TEST(any_can_be_taken_out_and_once_more_is_nothing)
{
	put_all();
	for (int i = 0; i < N; i += 2) {
		heap_take(&heap, less, &things[i].in);
		heap_take(&heap, less, &things[i].in);
	}
	ck_assert_uint_eq(heap.n, N / 2);
	for (int last = -1; heap.n > 0;) {
		const int value = pop();

		ck_assert_int_gt(value, last);
		last = value;
	}
}
END_TEST

START_TEST(room_is_kept_when_it_grows)
{
	put_all();
	ck_assert_int_eq(heap_reserve(&heap, (size_t)10 * N), 0);
	ck_assert_int_eq(heap_reserve(&heap, 1), 0);
	ck_assert_int_eq(heap_reserve(&heap, UINT32_MAX), -ENOMEM);
	ck_assert_int_eq(pop(), 0);
	ck_assert_uint_eq(heap.n, N - 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("heap");
	TCase *tc = harness_case(s, "heap");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_put_in_anyhow_comes_out_in_order);
	tcase_add_test(tc, what_has_changed_is_put_in_again);
	tcase_add_test(tc, any_can_be_taken_out_and_once_more_is_nothing);
	tcase_add_test(tc, room_is_kept_when_it_grows);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
