/* SPDX-License-Identifier: MIT */
/* test_varlink.c - messages out of bytes, calls and replies out of messages, and back. */
#include <errno.h>

#include "harness.h"
#include "proto/varlink.h"

static struct varlink_stream stream;

static void setup(void)
{
	fds_note();
}

static void teardown(void)
{
	varlink_stream_done(&stream);
	fds_check();
}

static void feed(const char *data, size_t len)
{
	ck_assert_int_eq(buf_append(&stream.in, data, len), 0);
}

static void expect_message(const char *text)
{
	const char *data;
	size_t len;

	ck_assert_int_eq(varlink_take(&stream, 100, &data, &len), VARLINK_OK);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_str_eq(data, text);
}

static void expect_outcome(int outcome)
{
	const char *data;
	size_t len;

	ck_assert_int_eq(varlink_take(&stream, 100, &data, &len), outcome);
}

/* --- the stream -------------------------------------------------------------------------- */

START_TEST(an_empty_stream_has_no_message)
{
	expect_outcome(VARLINK_PARTIAL);
	ck_assert(!varlink_whole(&stream));
	ck_assert_uint_eq(varlink_waiting(&stream), 0);
}
END_TEST

START_TEST(messages_come_out_as_they_went_in_however_they_were_cut)
{
	static const char bytes[] = "one\0two\0\0three";
	const size_t cut = (size_t)_i;

	feed(bytes, cut);
	while (varlink_whole(&stream))
		expect_message(stream.taken == 0 ? "one" : stream.taken == 4 ? "two" : "");
	expect_outcome(VARLINK_PARTIAL);
	feed(bytes + cut, sizeof bytes - cut);
	while (stream.taken < 9)
		expect_message(stream.taken == 0 ? "one" : stream.taken == 4 ? "two" : "");
	expect_message("three");
	expect_outcome(VARLINK_PARTIAL);
	ck_assert_uint_eq(stream.taken, sizeof bytes);
}
END_TEST

START_TEST(a_message_of_the_limit_fits_and_one_byte_more_does_not)
{
	char text[102];

	memset(text, 'x', sizeof text);
	feed(text, 100);
	expect_outcome(VARLINK_PARTIAL);
	feed("", 1);
	expect_outcome(VARLINK_OK);
	feed(text, 101);
	expect_outcome(VARLINK_TOO_LONG);
	feed("", 1);
	expect_outcome(VARLINK_TOO_LONG);
}
END_TEST

/* --- calls ------------------------------------------------------------------------------- */

static int parse(const char *text, struct varlink_call *ret)
{
	return varlink_parse_call(text, strlen(text), ret);
}

START_TEST(a_call_is_taken_apart)
{
	struct varlink_call c;

	ck_assert_int_eq(parse("{\"method\":\"io.reeve.control.Start\",\"parameters\":"
			       "{\"names\":[\"x\"]},\"more\":true}",
			       &c),
			 VARLINK_OK);
	ck_assert_str_eq(c.interface, CONTROL_INTERFACE);
	ck_assert_str_eq(c.method, "Start");
	ck_assert(c.more);
	ck_assert(!c.oneway);
	ck_assert_ptr_nonnull(json_object_get(c.parameters, "names"));
	varlink_call_done(&c);
	ck_assert_ptr_null(c.root);
}
END_TEST

START_TEST(what_a_call_need_not_say_has_its_usual_value)
{
	static const char *const texts[] = {
		"{\"method\":\"a.b.C\"}",
		" { \"method\" : \"a.b.C\" , \"parameters\" : null } ",
		"{\"method\":\"a.b.C\",\"more\":false,\"oneway\":false,\"upgrade\":false}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct varlink_call c;

		ck_assert_int_eq(parse(texts[i], &c), VARLINK_OK);
		ck_assert(json_is_object(c.parameters));
		ck_assert_uint_eq(json_object_size(c.parameters), 0);
		ck_assert(!c.more && !c.oneway);
		varlink_call_done(&c);
	}
}
END_TEST

#define DEEP8  "[[[[[[[["
#define DEEP8E "]]]]]]]]"

static const char *const bad_calls[] = {
	"",
	" ",
	"null",
	"1",
	"[]",
	"\"a.b.C\"",
	"{",
	"{}",
	"{\"method\":null}",
	"{\"method\":1}",
	"{\"method\":\"\"}",
	"{\"method\":\"C\"}",
	"{\"method\":\"a.C\"}",
	"{\"method\":\".b.C\"}",
	"{\"method\":\"a..C\"}",
	"{\"method\":\"a.b.\"}",
	"{\"method\":\"a.b.c\"}",
	"{\"method\":\"a.b.C-d\"}",
	"{\"method\":\"a.b.C d\"}",
	"{\"method\":\"a.b.__init__\"}",
	"{\"method\":\"a.-b.C\"}",
	"{\"method\":\"a.b-.C\"}",
	"{\"method\":\"1a.b.C\"}",
	"{\"method\":\"a_.b.C\"}",
	"{\"method\":\"a.b\\u0000.C\"}",
	"{\"method\":\"a.b.C\",\"parameters\":[]}",
	"{\"method\":\"a.b.C\",\"parameters\":\"x\"}",
	"{\"method\":\"a.b.C\",\"more\":null}",
	"{\"method\":\"a.b.C\",\"more\":\"true\"}",
	"{\"method\":\"a.b.C\",\"oneway\":0}",
	"{\"method\":\"a.b.C\",\"more\":true,\"oneway\":true}",
	"{\"method\":\"a.b.C\",\"upgrade\":true}",
	"{\"method\":\"a.b.C\",\"other\":1}",
	"{\"method\":\"a.b.C\",\"method\":\"a.b.D\"}",
	"{\"method\":\"a.b.C\",\"parameters\":{\"a\":1,\"a\":2}}",
	"{\"method\":\"a.b.C\"}x",
	"{\"method\":\"a.b.C\"}{}",
	"{'method':'a.b.C'}",
	"{\"method\":\"a.b.C\",}",
	"{\"method\":\"a.b.C\",\"parameters\":{\"n\":1e999}}",
	"{\"method\":\"a.b.C\",\"parameters\":{\"n\":99999999999999999999}}",
	"{\"method\":\"a.b.C\",\"parameters\":{\"s\":\"\xc0\x80\"}}",
	"{\"method\":\"a.b.C\",\"parameters\":{\"s\":\"\\ud800\"}}",
	"{\"method\":\"a.b.C\",\"parameters\":{\"d\":" DEEP8 DEEP8 DEEP8E DEEP8E "}}",
};

START_TEST(what_is_no_call_is_refused)
{
	struct varlink_call c;

	ck_assert_msg(parse(bad_calls[_i], &c) == VARLINK_BAD, "%s", bad_calls[_i]);
	ck_assert_ptr_null(c.root);
	varlink_call_done(&c);
}
END_TEST

START_TEST(depth_counts_brackets_but_not_those_within_strings)
{
	struct varlink_call c;

	ck_assert_int_eq(parse("{\"method\":\"a.b.C\",\"parameters\":{\"d\":" DEEP8
			       "[[[[[[]]]]]]" DEEP8E "}}",
			       &c),
			 VARLINK_OK);
	varlink_call_done(&c);
	ck_assert_int_eq(
		parse("{\"method\":\"a.b.C\",\"parameters\":{\"s\":\"\\\"" DEEP8 DEEP8 DEEP8
		      "\\\\\"}}",
		      &c),
		VARLINK_OK);
	varlink_call_done(&c);
}
END_TEST

START_TEST(a_million_brackets_do_no_harm)
{
	char *text = malloc(VARLINK_MESSAGE_MAX);
	struct varlink_call c;

	memset(text, _i ? '[' : '{', VARLINK_MESSAGE_MAX);
	ck_assert_int_eq(varlink_parse_call(text, VARLINK_MESSAGE_MAX, &c), VARLINK_BAD);
	free(text);
}
END_TEST

START_TEST(a_name_has_a_limit)
{
	char text[400];
	struct varlink_call c;

	snprintf(text, sizeof text, "{\"method\":\"a.b.C%0*d\"}", 250, 0);
	ck_assert_int_eq(parse(text, &c), VARLINK_OK);
	varlink_call_done(&c);
	snprintf(text, sizeof text, "{\"method\":\"a.b.C%0*d\"}", 251, 0);
	ck_assert_int_eq(parse(text, &c), VARLINK_BAD);
}
END_TEST

/* --- replies ----------------------------------------------------------------------------- */

static int parse_reply(const char *text, struct varlink_reply *ret)
{
	return varlink_parse_reply(text, strlen(text), ret);
}

START_TEST(a_reply_is_taken_apart)
{
	struct varlink_reply r;

	ck_assert_int_eq(parse_reply("{\"parameters\":{\"a\":1},\"continues\":true}", &r),
			 VARLINK_OK);
	ck_assert_ptr_null(r.error);
	ck_assert(r.continues);
	ck_assert_int_eq(json_integer_value(json_object_get(r.parameters, "a")), 1);
	varlink_reply_done(&r);

	ck_assert_int_eq(parse_reply("{\"error\":\"a.b.Bad\",\"later\":1}", &r), VARLINK_OK);
	ck_assert_str_eq(r.error, "a.b.Bad");
	ck_assert(json_is_object(r.parameters));
	varlink_reply_done(&r);
}
END_TEST

START_TEST(what_is_no_reply_is_refused)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"error\":1}",
		"{\"parameters\":1}",
		"{\"continues\":1}",
		"{\"error\":\"a.b.C\",\"continues\":true}",
	};
	struct varlink_reply r;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_int_eq(parse_reply(bad[i], &r), VARLINK_BAD);
		ck_assert_ptr_null(r.root);
	}
}
END_TEST

/* --- making them ------------------------------------------------------------------------- */

START_TEST(messages_are_made_compact_and_end_with_a_nul)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	static const char expected[] =
		"{\"method\":\"a.b.C\",\"parameters\":{},\"more\":true}\0"
		"{\"method\":\"a.b.C\",\"parameters\":{}}\0"
		"{\"parameters\":{\"x\":[1,\"\xe2\x82\xac\\n\"]}}\0"
		"{\"parameters\":{},\"continues\":true}\0"
		"{\"error\":\"a.b.Bad\",\"parameters\":{}}";

	ck_assert_int_eq(varlink_put_call(&b, "a.b.C", json_object(), true), 0);
	ck_assert_int_eq(varlink_put_call(&b, "a.b.C", json_object(), false), 0);
	ck_assert_int_eq(
		varlink_put_reply(&b, json_pack("{s:[i,s]}", "x", 1, "\xe2\x82\xac\n"), false),
		0);
	ck_assert_int_eq(varlink_put_reply(&b, json_object(), true), 0);
	ck_assert_int_eq(varlink_put_error(&b, "a.b.Bad", json_object()), 0);
	ck_assert_uint_eq(b.len, sizeof expected);
	ck_assert_int_eq(memcmp(b.data, expected, sizeof expected), 0);
}
END_TEST

START_TEST(parameters_that_could_not_be_made_leave_nothing_behind)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_int_eq(varlink_put_reply(&b, NULL, false), -ENOMEM);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(buf_puts(&b, "before"), 0);
	ck_assert_int_eq(varlink_put_error(&b, "a.b.C", NULL), -ENOMEM);
	ck_assert_str_eq(buf_str(&b), "before");
	ck_assert_uint_eq(b.len, 6);
}
END_TEST

/* clang-format off */
static const struct {
	const char *bytes, *string;
} texts[] = {
	{ NULL, "" },
	{ "", "" },
	{ "plain", "plain" },
	{ "\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "a\xff" "b", "a\xef\xbf\xbd" "b" },
	{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xf4\x90\x80\x80!", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd!" },
	{ "\x01\x7f", "\x01\x7f" },
};
/* clang-format on */

START_TEST(any_bytes_become_a_string)
{
	json_t *s = varlink_string(texts[_i].bytes);

	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(json_string_value(s), texts[_i].string);
	json_decref(s);
}
END_TEST

/* --- the interface ----------------------------------------------------------------------- */

/* Tests run from the top of the tree. */
START_TEST(the_description_is_the_file)
{
	FILE *f = fopen("proto/io.reeve.control.varlink", "r");
	char text[32768];
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	ck_assert_str_eq(interface_text(CONTROL_INTERFACE), text);
}
END_TEST

START_TEST(unknown_interfaces_have_no_description)
{
	ck_assert_ptr_null(interface_text("a.b"));
	ck_assert_ptr_null(interface_text(""));
	ck_assert_ptr_nonnull(
		strstr(interface_text(SERVICE_INTERFACE), "interface org.varlink.service\n"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("varlink");
	TCase *tc = tcase_create("varlink");

	tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	tcase_add_test(tc, an_empty_stream_has_no_message);
	tcase_add_loop_test(tc, messages_come_out_as_they_went_in_however_they_were_cut, 0, 15);
	tcase_add_test(tc, a_message_of_the_limit_fits_and_one_byte_more_does_not);
	tcase_add_test(tc, a_call_is_taken_apart);
	tcase_add_test(tc, what_a_call_need_not_say_has_its_usual_value);
	tcase_add_loop_test(tc, what_is_no_call_is_refused, 0, ARRAY_SIZE(bad_calls));
	tcase_add_test(tc, depth_counts_brackets_but_not_those_within_strings);
	tcase_add_loop_test(tc, a_million_brackets_do_no_harm, 0, 2);
	tcase_add_test(tc, a_name_has_a_limit);
	tcase_add_test(tc, a_reply_is_taken_apart);
	tcase_add_test(tc, what_is_no_reply_is_refused);
	tcase_add_test(tc, messages_are_made_compact_and_end_with_a_nul);
	tcase_add_test(tc, parameters_that_could_not_be_made_leave_nothing_behind);
	tcase_add_loop_test(tc, any_bytes_become_a_string, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, the_description_is_the_file);
	tcase_add_test(tc, unknown_interfaces_have_no_description);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
