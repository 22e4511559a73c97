/* SPDX-License-Identifier: MIT */
/* test_ctl_log_parts.c - times as people write them; which lines were shown; when there is
 * colour; escaping. */
#include "ctl/log_place.h"
#include "ctl/logs_options.h"
#include "ctl/text.h"
#include "ctl/when.h"
#include "harness.h"

#define NOW 1795390860123 /* 2026-11-22T23:41:00.123Z */

/* clang-format off */
static const struct {
	const char *text, *zone;
	int64_t ms; /* negative: it is none */
} times[] = {
	{ "10s", "UTC", NOW - 10000 },
	{ "0.5", "UTC", NOW - 500 },
	{ "5m", "UTC", NOW - 300000 },
	{ "2h", "UTC", NOW - 7200000 },
	{ "1d", "UTC", NOW - 86400000 },
	{ "@12", "UTC", 12000 },
	{ "@12.5", "UTC", 12500 },
	{ "2026-11-22T23:41:00.123Z", "UTC", NOW },
	{ "2026-11-22T23:41:00.1234567Z", "UTC", NOW },
	{ "2026-11-23T00:41:00.123+01:00", "UTC", NOW },
	{ "2026-11-22 18:41:00.123", "EST5", NOW },
	{ "2026-11-22 18:41", "EST5", NOW - 123 },
	{ "2026-11-22", "UTC", NOW - 123 - 85260000 },
	{ "2026-11-22", "EST5", NOW - 123 - 85260000 + 18000000 },
	{ "18:41", "EST5", NOW - 123 },
	{ "18:40:59.5", "EST5", NOW - 123 - 500 },
	{ "", "UTC", -1 },
	{ "now", "UTC", -1 },
	{ "@", "UTC", -1 },
	{ "@-1", "UTC", -1 },
	{ "@99999999999999999999", "UTC", -1 },
	{ "25:00", "UTC", -1 },
	{ "2026-11-22T23:41:00Zx", "UTC", -1 },
	{ "2026-13-22", "UTC", -1 },
};
/* clang-format on */

START_TEST(times_are_read_in_many_ways)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int64_t ms = 0;
	int r;

	setenv("TZ", times[_i].zone, 1);
	r = when_read(times[_i].text, NOW, &ms, &why);
	if (times[_i].ms < 0) {
		ck_assert_int_eq(r, FLAGS_BAD);
		ck_assert_uint_gt(why.len, 0);
		return;
	}
	ck_assert_int_eq(r, FLAGS_OK);
	ck_assert_int_eq(ms, times[_i].ms);
}
END_TEST

START_TEST(times_are_printed_with_their_zone)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	setenv("TZ", "EST5", 1);
	ck_assert_int_eq(when_put(NOW, &text), 0);
	ck_assert_str_eq(buf_str(&text), "2026-11-22T18:41:00.123-05:00");
}
END_TEST

START_TEST(only_who_asks_again_has_seen_anything)
{
	struct log_places p = { 0 };

	ck_assert_int_eq(log_places_note(&p, 1, 10, 100, 5, true), 0);
	ck_assert_uint_eq(log_places_shown(&p, 1, 10, 100, 5), 0);
	p.again = true;
	ck_assert_uint_eq(log_places_shown(&p, 1, 10, 100, 5), 5);
	ck_assert_uint_eq(log_places_shown(&p, 1, 0, 90, 5), 5);
	ck_assert_uint_eq(log_places_shown(&p, 1, 16, 100, 5), 0);
	ck_assert_uint_eq(log_places_shown(&p, 2, 0, 100, 5), 0);
	/* Newer than all that was shown. */
	ck_assert_uint_eq(log_places_shown(&p, 1, 0, 101, 5), 0);
	log_places_done(&p);
}
END_TEST

START_TEST(of_a_line_that_was_not_whole_the_rest_is_new)
{
	struct log_places p = { .again = true };

	ck_assert_int_eq(log_places_note(&p, 1, 10, 100, 5, false), 0);
	ck_assert_uint_eq(log_places_shown(&p, 1, 10, 100, 8), 5);
	ck_assert_uint_eq(log_places_shown(&p, 1, 10, 100, 5), 5);
	log_places_done(&p);
}
END_TEST

START_TEST(places_of_files_long_gone_are_forgotten)
{
	struct log_places p = { .again = true };

	for (uint64_t i = 0; i <= LOG_PLACES; i++)
		ck_assert_int_eq(log_places_note(&p, i, 0, 1, 1, true), 0);
	ck_assert_uint_eq(p.n, LOG_PLACES);
	ck_assert_uint_eq(log_places_shown(&p, 0, 0, 1, 1), 0);
	ck_assert_uint_eq(log_places_shown(&p, 1, 0, 1, 1), 1);
	ck_assert_uint_eq(log_places_shown(&p, LOG_PLACES, 0, 1, 1), 1);
	log_places_done(&p);
}
END_TEST

/* With a variable or two. */
static bool coloured(const struct logs_options *o, const char *one, const char *two,
		     bool terminal)
{
	const char *environ_of[] = { one, two, NULL };

	return logs_options_colour(o, (char *const *)(uintptr_t)environ_of, terminal);
}

START_TEST(the_environment_says_whether_there_is_colour)
{
	struct logs_options o = { .colour = COLOUR_AUTO };

	ck_assert(coloured(&o, "TERM=xterm", NULL, true));
	ck_assert(coloured(&o, NULL, NULL, true));
	ck_assert(!coloured(&o, "TERM=dumb", NULL, true));
	ck_assert(!coloured(&o, "TERM=xterm", NULL, false));
	ck_assert(!coloured(&o, "NO_COLOR=1", "FORCE_COLOR=1", true));
	ck_assert(coloured(&o, "NO_COLOR=", "CLICOLOR_FORCE=1", false));
	o.colour = COLOUR_ALWAYS;
	ck_assert(coloured(&o, "NO_COLOR=1", NULL, false));
	o.colour = COLOUR_NEVER;
	ck_assert(!coloured(&o, "FORCE_COLOR=1", NULL, true));
	ck_assert(!logs_options_colour(&o, NULL, true));
}
END_TEST

/* clang-format off */
static const struct {
	const char *bytes, *shown;
} texts[] = {
	{ "plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\t|", "plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\t|" },
	{ "\x01\x1b\x7f", "\\x01\\x1b\\x7f" },
	{ "\n\r", "\\x0a\\x0d" },
	{ "\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0" },
	{ "\xd8\x9c", "\\xd8\\x9c" },
	{ "\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f", "\xe2\x80\x8d\\xe2\\x80\\x8e\\xe2\\x80\\x8f" },
	{ "\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf", "\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf" },
	{ "\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa" },
	{ "\xff\xc0\xaf\xed\xa0\x80", "\\xff\\xc0\\xaf\\xed\\xa0\\x80" },
	{ "\xe2\x82", "\\xe2\\x82" },
};
/* clang-format on */

START_TEST(what_a_terminal_would_obey_is_spelt_out)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	ck_assert_int_eq(text_escape_line(texts[_i].bytes, strlen(texts[_i].bytes), &out), 0);
	ck_assert_str_eq(buf_str(&out), texts[_i].shown);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl log parts");
	TCase *tc = harness_case(s, "parts");

	tcase_add_loop_test(tc, times_are_read_in_many_ways, 0, ARRAY_SIZE(times));
	tcase_add_test(tc, times_are_printed_with_their_zone);
	tcase_add_test(tc, only_who_asks_again_has_seen_anything);
	tcase_add_test(tc, of_a_line_that_was_not_whole_the_rest_is_new);
	tcase_add_test(tc, places_of_files_long_gone_are_forgotten);
	tcase_add_test(tc, the_environment_says_whether_there_is_colour);
	tcase_add_loop_test(tc, what_a_terminal_would_obey_is_spelt_out, 0, ARRAY_SIZE(texts));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
