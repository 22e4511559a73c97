/* SPDX-License-Identifier: MIT */
/* test_values.c - the small things of base/: points in time, levels, rings, hashes. */
#include "base/hash.h"
#include "base/level.h"
#include "base/list.h"
#include "base/mono.h"
#include "tests/unit/harness.h"

START_TEST(never_stays_never)
{
	ck_assert(mono_is_never(mono_add(MONO_NEVER, 5)));
	ck_assert(mono_is_never(mono_add(MONO_NEVER, -5)));
	ck_assert(mono_is_never(mono_add((mono_t){ INT64_MAX - 1 }, 2)));
}
END_TEST

START_TEST(the_earlier_point_is_the_smaller_one)
{
	const mono_t early = { 1 }, late = { 2 };

	ck_assert(mono_before(early, late));
	ck_assert(!mono_before(late, late));
	ck_assert_int_eq(mono_min(late, early).ms, 1);
	ck_assert_int_eq(mono_min(late, MONO_NEVER).ms, 2);
	ck_assert_int_eq(mono_span(early, late), 1);
	ck_assert_int_eq(mono_span(late, early), -1);
}
END_TEST

START_TEST(each_level_is_found_by_its_word)
{
	for (enum level l = LEVEL_BLATHER; l < LEVEL_N; l++) {
		ck_assert_int_eq(level_from_word(level_word(l)), l);
		ck_assert_uint_eq(strlen(level_tag(l)), 4);
	}
	ck_assert_int_eq(level_from_word("DeBuG"), LEVEL_DEBUG);
	ck_assert_int_eq(level_from_word("warning"), -1);
}
END_TEST

START_TEST(a_member_knows_whether_it_is_in_a_ring)
{
	struct list head = LIST_INIT(head), a = LIST_INIT(a), b = LIST_INIT(b);

	ck_assert(!list_linked(&head));
	list_append(&head, &a);
	list_append(&head, &b);
	ck_assert_ptr_eq(head.next, &a);
	ck_assert_ptr_eq(head.prev, &b);
	list_unlink(&a);
	list_unlink(&a);
	ck_assert(!list_linked(&a));
	ck_assert_ptr_eq(head.next, &b);
}
END_TEST

START_TEST(a_ring_that_is_taken_leaves_an_empty_one)
{
	struct list from = LIST_INIT(from), to = LIST_INIT(to), a = LIST_INIT(a);

	list_take(&to, &from);
	ck_assert(!list_linked(&to));
	list_append(&from, &a);
	list_take(&to, &from);
	ck_assert(!list_linked(&from));
	ck_assert_ptr_eq(to.next, &a);
	ck_assert_ptr_eq(a.next, &to);
}
END_TEST

START_TEST(a_hash_goes_on_where_it_stopped)
{
	uint64_t whole = hash_bytes(HASH_INIT, "abcdef", 6);

	ck_assert_uint_eq(hash_bytes(hash_bytes(HASH_INIT, "abc", 3), "def", 3), whole);
	ck_assert_uint_ne(hash_bytes(HASH_INIT, "abcdeg", 6), whole);
	ck_assert_uint_eq(hash_bytes(HASH_INIT, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("values");
	TCase *tc = harness_case(s, "values");

	tcase_add_test(tc, never_stays_never);
	tcase_add_test(tc, the_earlier_point_is_the_smaller_one);
	tcase_add_test(tc, each_level_is_found_by_its_word);
	tcase_add_test(tc, a_member_knows_whether_it_is_in_a_ring);
	tcase_add_test(tc, a_ring_that_is_taken_leaves_an_empty_one);
	tcase_add_test(tc, a_hash_goes_on_where_it_stopped);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
