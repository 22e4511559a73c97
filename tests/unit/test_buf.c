/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "tests/unit/harness.h"

START_TEST(an_empty_buffer_is_an_empty_string)
{
	struct buf b = BUF_INIT;

	ck_assert_str_eq(buf_str(&b), "");
	buf_done(&b);
}
END_TEST

START_TEST(what_is_put_in_comes_out_in_order)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(buf_puts(&b, "one "), 0);
	ck_assert_int_eq(buf_printf(&b, "%d%c", 2, ' '), 0);
	ck_assert_int_eq(buf_append(&b, "three\0four", 10), 0);
	ck_assert_uint_eq(b.len, 16);
	ck_assert_mem_eq(b.data, "one 2 three\0four", 17);
}
END_TEST

START_TEST(a_long_print_makes_room_for_itself)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	char text[5000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(buf_printf(&b, "<%s>", text), 0);
	ck_assert_uint_eq(b.len, sizeof text + 1);
	ck_assert_int_eq(b.data[b.len - 1], '>');
}
END_TEST

START_TEST(dropping_takes_from_the_front_and_never_too_much)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(buf_puts(&b, "abcdef"), 0);
	buf_drop(&b, 2);
	ck_assert_str_eq(buf_str(&b), "cdef");
	buf_drop(&b, 100);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_str_eq(buf_str(&b), "");
}
END_TEST

START_TEST(a_stolen_buffer_is_empty_and_usable)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	char *s;

	ck_assert_int_eq(buf_puts(&b, "mine"), 0);
	s = buf_steal(&b);
	ck_assert_str_eq(s, "mine");
	free(s);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(buf_putc(&b, 'x'), 0);
	ck_assert_str_eq(buf_str(&b), "x");
}
END_TEST

START_TEST(more_than_memory_can_hold_changes_nothing)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(buf_puts(&b, "kept"), 0);
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX - 2), -ENOMEM);
	ck_assert_str_eq(buf_str(&b), "kept");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = harness_case(s, "buf");

	tcase_add_test(tc, an_empty_buffer_is_an_empty_string);
	tcase_add_test(tc, what_is_put_in_comes_out_in_order);
	tcase_add_test(tc, a_long_print_makes_room_for_itself);
	tcase_add_test(tc, dropping_takes_from_the_front_and_never_too_much);
	tcase_add_test(tc, a_stolen_buffer_is_empty_and_usable);
	tcase_add_test(tc, more_than_memory_can_hold_changes_nothing);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
