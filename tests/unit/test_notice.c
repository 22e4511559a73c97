/* SPDX-License-Identifier: MIT */
/* test_notice.c - what programs say of themselves. */
#include "daemon/sys/notice.h"
#include "tests/unit/harness.h"

static struct notice n;

static bool parse(const char *text)
{
	return notice_parse(text, strlen(text), &n);
}

START_TEST(each_word_is_understood)
{
	ck_assert(parse("READY=1\nSTATUS=serving 3\nMAINPID=42\n"));
	ck_assert(n.ready && n.has_status && !n.reloading && !n.stopping && !n.watchdog);
	ck_assert_str_eq(n.status, "serving 3");
	ck_assert_int_eq(n.main_pid, 42);
	ck_assert(parse("RELOADING=1\nMONOTONIC_USEC=5"));
	ck_assert(n.reloading && !n.ready && !n.has_status);
	ck_assert(parse("STOPPING=1"));
	ck_assert(n.stopping);
	ck_assert(parse("WATCHDOG=1\nEXTEND_TIMEOUT_USEC=5000000"));
	ck_assert(n.watchdog && !n.hangs);
	ck_assert_uint_eq(n.extend_usec, 5000000);
	ck_assert(parse("WATCHDOG=trigger"));
	ck_assert(n.hangs && !n.watchdog);
}
END_TEST

START_TEST(what_only_looks_like_one_is_passed_over)
{
	ck_assert(parse("READY=10\nXREADY=1\nready=1\nREADY\n=1\nREADY=\n\nFDSTORE=1"));
	ck_assert(!n.ready);
	ck_assert(parse("MAINPID=-1\nEXTEND_TIMEOUT_USEC=1e3"));
	ck_assert_int_eq(n.main_pid, 0);
	ck_assert_uint_eq(n.extend_usec, 0);
	ck_assert(parse("MAINPID=99999999999\nEXTEND_TIMEOUT_USEC=99999999999999999999999"));
	ck_assert_int_eq(n.main_pid, 0);
	ck_assert_uint_eq(n.extend_usec, 0);
}
END_TEST

START_TEST(a_status_is_one_line_and_harmless_and_not_long)
{
	char text[2 * NOTICE_STATUS] = "STATUS=";

	ck_assert(parse("STATUS=a\033[31mb\tc\nREADY=1"));
	ck_assert_str_eq(n.status, "a [31mb c");
	ck_assert(n.ready);
	memset(text + 7, 'x', sizeof text - 8);
	ck_assert(parse(text));
	ck_assert_uint_eq(strlen(n.status), NOTICE_STATUS - 1);
}
END_TEST

START_TEST(what_is_no_message_is_refused)
{
	static const char much[NOTICE_MAX + 1] = "READY=1\n";

	ck_assert(!notice_parse("", 0, &n));
	ck_assert(!notice_parse("READY=1\0", 8, &n));
	ck_assert(!notice_parse(much, sizeof much, &n));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("notice");
	TCase *tc = harness_case(s, "notice");

	tcase_add_test(tc, each_word_is_understood);
	tcase_add_test(tc, what_only_looks_like_one_is_passed_over);
	tcase_add_test(tc, a_status_is_one_line_and_harmless_and_not_long);
	tcase_add_test(tc, what_is_no_message_is_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
