/* SPDX-License-Identifier: MIT */
#include "base/diag.h"
#include "tests/unit/harness.h"

static struct diags d;

static void setup(void)
{
	d = (struct diags)DIAGS_INIT;
}

static void teardown(void)
{
	diags_done(&d);
}

static void expect_line(size_t i, const char *text)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT;

	ck_assert_uint_lt(i, d.n);
	ck_assert_int_eq(diag_format(&d.v[i], &line), 0);
	ck_assert_str_eq(buf_str(&line), text);
}

START_TEST(only_errors_forbid_going_on)
{
	diags_add(&d, DIAG_WARNING, "a.ini", 1, "odd");
	diags_add(&d, DIAG_NOTE, "a.ini", 2, "by the way");
	ck_assert(!diags_failed(&d));
	diags_add(&d, DIAG_ERROR, "a.ini", 3, "wrong");
	ck_assert(diags_failed(&d));
	ck_assert_uint_eq(d.errors, 1);
}
END_TEST

START_TEST(a_line_says_place_then_kind_then_text)
{
	diags_add(&d, DIAG_ERROR, "a.ini", 7, "[program:%s] %s: wrong", "x", "user");
	diags_add(&d, DIAG_WARNING, "a.ini", 0, "empty");
	diags_add(&d, DIAG_NOTE, NULL, 0, "from nowhere");
	expect_line(0, "a.ini:7: [program:x] user: wrong");
	expect_line(1, "a.ini: warning: empty");
	expect_line(2, "note: from nowhere");
}
END_TEST

START_TEST(sorting_keeps_files_as_first_seen_and_orders_their_lines)
{
	diags_add(&d, DIAG_ERROR, "b.ini", 9, "1");
	diags_add(&d, DIAG_ERROR, "a.ini", 5, "2");
	diags_add(&d, DIAG_ERROR, "b.ini", 3, "3");
	diags_add(&d, DIAG_ERROR, "a.ini", 5, "4");
	diags_add(&d, DIAG_ERROR, "b.ini", 9, "5");
	diags_sort(&d);
	expect_line(0, "b.ini:3: 3");
	expect_line(1, "b.ini:9: 1");
	expect_line(2, "b.ini:9: 5");
	expect_line(3, "a.ini:5: 2");
	expect_line(4, "a.ini:5: 4");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("diag");
	TCase *tc = harness_case(s, "diag");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, only_errors_forbid_going_on);
	tcase_add_test(tc, a_line_says_place_then_kind_then_text);
	tcase_add_test(tc, sorting_keeps_files_as_first_seen_and_orders_their_lines);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
