/* SPDX-License-Identifier: MIT */
#include "daemon/core/order.h"

#include "tests/unit/harness.h"

enum { N = 40 };

static struct order row;
static int things[N];

static void setup(void)
{
	row = (struct order){ 0 };
	for (int i = 0; i < N; i++)
		things[i] = i;
}

static void teardown(void)
{
	order_done(&row);
}

static int by_value(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void insert(int i)
{
	ck_assert_int_eq(order_reserve(&row, 1), 0);
	order_insert(&row, by_value, &things[i]);
}

START_TEST(a_row_of_one_needs_no_memory)
{
	insert(7);
	ck_assert_ptr_eq(row.v, &row.one);
	ck_assert_ptr_eq(row.v[0], &things[7]);
	order_remove(&row, by_value, &things[7]);
	ck_assert_uint_eq(row.n, 0);
	insert(8);
	insert(3);
	ck_assert_ptr_ne(row.v, &row.one);
	ck_assert_ptr_eq(row.v[0], &things[3]);
	ck_assert_ptr_eq(row.v[1], &things[8]);
}
END_TEST

START_TEST(what_is_put_in_anyhow_stands_in_order)
{
	for (int i = 0; i < N; i++)
		insert(i * 7 % N);
	for (int i = 0; i < N; i++)
		ck_assert_ptr_eq(row.v[i], &things[i]);
	for (int i = 0; i < N; i += 2)
		order_remove(&row, by_value, &things[i]);
	ck_assert_uint_eq(row.n, N / 2);
	for (int i = 0; i < N / 2; i++)
		ck_assert_ptr_eq(row.v[i], &things[2 * i + 1]);
}
END_TEST

START_TEST(a_search_finds_the_first_that_is_not_less)
{
	const int key[] = { -1, 0, 4, 5, 10, 11 };
	const size_t at[] = { 0, 0, 2, 3, 5, 6 };

	for (int i = 0; i <= 10; i += 2)
		insert(i);
	for (size_t i = 0; i < ARRAY_SIZE(key); i++)
		ck_assert_uint_eq(order_seek(&row, by_value, &key[i]), at[i]);
}
END_TEST

START_TEST(a_row_of_arrival_keeps_its_order)
{
	ck_assert_int_eq(order_reserve(&row, 3), 0);
	order_append(&row, &things[2]);
	order_append(&row, &things[0]);
	order_append(&row, &things[1]);
	order_drop(&row, &things[0]);
	ck_assert_ptr_eq(row.v[0], &things[2]);
	ck_assert_ptr_eq(row.v[1], &things[1]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("order");
	TCase *tc = harness_case(s, "order");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_row_of_one_needs_no_memory);
	tcase_add_test(tc, what_is_put_in_anyhow_stands_in_order);
	tcase_add_test(tc, a_search_finds_the_first_that_is_not_less);
	tcase_add_test(tc, a_row_of_arrival_keeps_its_order);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
