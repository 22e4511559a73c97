/* SPDX-License-Identifier: MIT */
/* daemon/logger: stage.c with format.c, lines.c, json.c, tags.c, meter.c: what becomes of lines
 * on their way. */
#include "tests/unit/logger_parts.h"

#include <errno.h>

#include "daemon/logger/deliver.h"
#include "daemon/logger/format.h"
#include "daemon/logger/json.h"
#include "daemon/logger/meter.h"
#include "daemon/logger/stream.h"
#include "daemon/logger/tags.h"

enum { OUT, ID = 7 };

static struct streams *streams;
static int writer = -1, reader = -1;
static struct logrule to[3];
static struct stream_rule rule;
static struct buf captured, said;
static uint64_t dropped;

static void on_dropped(void *owner, uint32_t id, uint32_t which, uint64_t total)
{
	(void)owner, (void)id, (void)which;
	dropped = total;
}

static void on_captured(void *owner, uint32_t id, uint32_t which, const char *data, size_t len)
{
	(void)owner, (void)id, (void)which;
	ck_assert_int_eq(buf_append(&captured, data, len), 0);
	ck_assert_int_eq(buf_putc(&captured, '|'), 0);
}

static void on_lines(void *owner, uint32_t id, uint32_t which, const char *data, size_t len)
{
	(void)owner, (void)id, (void)which;
	ck_assert_int_eq(buf_append(&said, data, len), 0);
}

static const struct stream_ears ears = { on_dropped, on_captured, on_lines, NULL };

static void setup(void)
{
	int p[2];

	parts_make();
	dropped = 0;
	ck_assert_int_eq(streams_new(loop, targets, &ears, &streams), 0);
	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	reader = p[0];
	writer = p[1];
	to[0] = rule_for("x.log", 0, 0);
	rule = plainly(to);
}

static void teardown(void)
{
	streams = streams_free(streams, now);
	writer = fd_close(writer);
	reader = fd_close(reader);
	buf_done(&captured);
	buf_done(&said);
	parts_done();
}

static void begin(void)
{
	ck_assert_int_eq(streams_describe(streams, ID, OUT, &rule, now), 0);
	ck_assert_int_eq(streams_pipe(streams, ID, OUT, dup(reader), now), 0);
}

static void print(const char *text)
{
	ck_assert_int_eq(write(writer, text, strlen(text)), (ssize_t)strlen(text));
}

/* Until nothing is left in the pipe. */
static void read_all(void)
{
	uint64_t read, waiting = 1;

	for (; waiting; streams_position(streams, ID, OUT, &read, &waiting))
		loop_turn(loop);
}

/* The program is gone, and all that it printed is where it belongs. */
static void end(void)
{
	writer = fd_close(writer);
	streams_forget(streams, ID, now);
	while (streams_count(streams))
		loop_turn(loop);
	settle();
}

START_TEST(lines_get_their_time_and_prefix)
{
	rule.format = STREAM_TIMESTAMP;
	rule.prefix = "web";
	begin();
	print("one\ntwo");
	end();
	ck_assert_int_eq(strncmp(content("x.log") + 23, "Z web one\n", 10), 0);
	ck_assert_ptr_nonnull(strstr(content("x.log"), "Z web two\n"));
}
END_TEST

START_TEST(a_prefix_alone_has_no_time)
{
	rule.format = STREAM_PREFIX;
	rule.prefix = "web";
	begin();
	print("one\n\ntwo\n");
	end();
	ck_assert_str_eq(content("x.log"), "web one\nweb \nweb two\n");
}
END_TEST

START_TEST(json_is_an_object_a_line)
{
	rule.format = STREAM_JSON;
	begin();
	streams_born(streams, ID, 42, now);
	print("say \"hi\"\xff\033\n");
	end();
	ck_assert_ptr_nonnull(strstr(content("x.log"),
				     "\"program\":\"p\",\"stream\":\"stdout\",\"pid\":42,"
				     "\"message\":\"say \\\"hi\\\"\\ufffd\\u001b\"}\n"));
}
END_TEST

START_TEST(a_line_waits_until_it_is_known_by_which_process)
{
	rule.format = STREAM_JSON;
	begin();
	print("first\n");
	loop_turn(loop); /* it is seen, and not read */
	settle();
	ck_assert(!exists("x.log"));
	ck_assert(!mono_is_never(streams_due(streams)));
	streams_born(streams, ID, 1, now);
	streams_rearm(streams, ID, OUT, now);
	print("second\n");
	streams_born(streams, ID, 2, now);
	end();
	ck_assert_ptr_nonnull(strstr(content("x.log"), "\"pid\":1,\"message\":\"first\""));
	ck_assert_ptr_nonnull(strstr(content("x.log"), "\"pid\":2,\"message\":\"second\""));
}
END_TEST

START_TEST(a_line_without_end_goes_on_in_pieces)
{
	static char big[100 * 1000];
	size_t n = 0;

	ck_assert_int_ge(fcntl(writer, F_SETPIPE_SZ, 1 << 17), 1 << 17);
	memset(big, 'x', sizeof big - 1);
	rule.format = STREAM_JSON;
	begin();
	streams_born(streams, ID, 42, now);
	print(big);
	print("\n");
	end();
	for (const char *at = content("x.log"); (at = strchr(at, '\n')); at++)
		n++;
	ck_assert_uint_gt(n, 3);
	ck_assert_ptr_nonnull(strstr(content("x.log"), "\"partial\":true}\n"));
}
END_TEST

START_TEST(several_targets_get_the_same)
{
	to[1] = rule_for("y.log", 0, 0);
	to[2] = rule_for("z.log", 0, 0);
	rule.n_to = 3;
	begin();
	print("one\n");
	print("two");
	end();
	ck_assert_str_eq(content("x.log"), "one\ntwo");
	ck_assert_str_eq(content("y.log"), "one\ntwo");
	ck_assert_str_eq(content("z.log"), "one\ntwo");
}
END_TEST

START_TEST(one_target_that_fails_keeps_the_others_going_if_nobody_may_wait)
{
	static char big[700 * 1000];

	ck_assert_int_ge(fcntl(writer, F_SETPIPE_SZ, 1 << 20), 1 << 20);
	memset(big, '\n', sizeof big - 1);
	to[1] = (struct logrule){ .path = "/dev/full" };
	rule.n_to = 2;
	begin();
	print(big);
	end();
	ck_assert_uint_eq(strlen(content("x.log")), sizeof big - 1);
	ck_assert_uint_gt(dropped, 0);
}
END_TEST

START_TEST(what_is_between_tags_is_captured_and_not_logged)
{
	rule.capture_max = 8;
	rule.events = true;
	begin();
	print("a" TAG_BEGIN "one" TAG_END "b<!--XSUP");
	print("c" TAG_BEGIN "123456789" TAG_END "<!--XSUPERVISOR:BEG");
	end();
	ck_assert_str_eq(buf_str(&captured), "one|23456789|");
	ck_assert_str_eq(content("x.log"), "ab<!--XSUPc<!--XSUPERVISOR:BEG");
	ck_assert_str_eq(buf_str(&said), "ab<!--XSUPc<!--XSUPERVISOR:BEG");
}
END_TEST

/* Wherever the stream of bytes is cut. */
START_TEST(tags_are_found_in_whatever_pieces_they_come)
{
	static const char text[] = "x" TAG_BEGIN "in" TAG_END "y";

	rule.capture_max = 100;
	begin();
	for (size_t i = 0; i < strlen(text); i++) {
		ck_assert_int_eq(write(writer, text + i, 1), 1);
		read_all();
	}
	end();
	ck_assert_str_eq(buf_str(&captured), "in|");
	ck_assert_str_eq(content("x.log"), "xy");
}
END_TEST

START_TEST(over_its_rate_lines_are_dropped_and_counted)
{
	rule.rate = 10;
	begin();
	print("123456789\nabcdefghi\nABC\n");
	end();
	ck_assert_str_eq(content("x.log"), "123456789\n");
	ck_assert_uint_eq(dropped, 14);
}
END_TEST

START_TEST(or_the_program_waits)
{
	rule.rate = 10;
	rule.block = true;
	begin();
	print("123456789\n");
	read_all();
	print("abcdefghi\n");
	read_all();
	settle();
	ck_assert_str_eq(content("x.log"), "123456789\n");
	ck_assert(mono_before(now, streams_due(streams)));
	ck_assert(!mono_is_never(streams_due(streams)));
	now = streams_due(streams);
	streams_check(streams, now);
	end();
	ck_assert_str_eq(content("x.log"), "123456789\nabcdefghi\n");
	ck_assert_uint_eq(dropped, 0);
}
END_TEST

START_TEST(a_meter_fills_as_time_passes)
{
	struct meter m;
	mono_t at;

	meter_init(&m, 1000, 2000, now);
	ck_assert(!meter_pass(&m, 2500));
	ck_assert(!meter_open(&m, now, &at));
	ck_assert_int_ge(mono_span(now, at), 500);
	ck_assert_int_le(mono_span(now, at), 510);
	ck_assert(meter_open(&m, at, &at));
	now = mono_add(now, INT32_MAX);
	ck_assert(meter_open(&m, now, &at));
	ck_assert_int_eq(m.have, 2000);
}
END_TEST

/* clang-format off */
static const struct { const char *in, *out; } escapes[] = {
	{ "plain",                 "plain" },
	{ "\"\\\n\r\t\001\177",    "\\\"\\\\\\n\\r\\t\\u0001\\u007f" },
	{ "\303\244\342\202\254",  "\303\244\342\202\254" },
	{ "\303",                  "\\ufffd" },
	{ "\300\200",              "\\ufffd\\ufffd" },
	{ "\355\240\200",          "\\ufffd\\ufffd\\ufffd" },
	{ "\364\220\200\200",      "\\ufffd\\ufffd\\ufffd\\ufffd" },
	{ "\342\200\250\342\200\251", "\\u2028\\u2029" },
	{ "\302\233",              "\\u009b" },
	{ "\360\237\230\200",      "\360\237\230\200" },
};
static const struct { int64_t ms; const char *out; } times[] = {
	{ 0,                "1970-01-01T00:00:00.000Z" },
	{ 951782399999,     "2000-02-28T23:59:59.999Z" },
	{ 951782400000,     "2000-02-29T00:00:00.000Z" },
	{ 1795425657669,    "2026-11-23T09:20:57.669Z" },
	{ -1,               "1969-12-31T23:59:59.999Z" },
};
/* clang-format on */

START_TEST(json_strings_are_valid_whatever_comes)
{
	char out[128];

	out[json_escape(out, escapes[_i].in, strlen(escapes[_i].in))] = '\0';
	ck_assert_str_eq(out, escapes[_i].out);
}
END_TEST

START_TEST(times_are_rfc_3339)
{
	char out[FORMAT_TIME];

	format_time(out, times[_i].ms);
	ck_assert_str_eq(out, times[_i].out);
}
END_TEST

START_TEST(a_piece_does_not_cut_a_character)
{
	const struct piece p = lines_next("abc\303\244\342\202\254", 8, 4, false);
	const struct piece q = lines_next("abc\303\244\342\202\254", 8, 7, false);

	ck_assert_uint_eq(p.len, 3);
	ck_assert(!p.ends);
	ck_assert_uint_eq(q.len, 5);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("format");
	TCase *tc = harness_case(s, "format");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lines_get_their_time_and_prefix);
	tcase_add_test(tc, a_prefix_alone_has_no_time);
	tcase_add_test(tc, json_is_an_object_a_line);
	tcase_add_test(tc, a_line_waits_until_it_is_known_by_which_process);
	tcase_add_test(tc, a_line_without_end_goes_on_in_pieces);
	tcase_add_test(tc, several_targets_get_the_same);
	tcase_add_test(tc, one_target_that_fails_keeps_the_others_going_if_nobody_may_wait);
	tcase_add_test(tc, what_is_between_tags_is_captured_and_not_logged);
	tcase_add_test(tc, tags_are_found_in_whatever_pieces_they_come);
	tcase_add_test(tc, over_its_rate_lines_are_dropped_and_counted);
	tcase_add_test(tc, or_the_program_waits);
	tcase_add_test(tc, a_meter_fills_as_time_passes);
	tcase_add_loop_test(tc, json_strings_are_valid_whatever_comes, 0, ARRAY_SIZE(escapes));
	tcase_add_loop_test(tc, times_are_rfc_3339, 0, ARRAY_SIZE(times));
	tcase_add_test(tc, a_piece_does_not_cut_a_character);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
