/* SPDX-License-Identifier: MIT */
/* daemon/logger: stream.c and ansi.c: the pipes of programs. */
#include "tests/unit/logger_parts.h"

#include <poll.h>

#include "daemon/logger/ansi.h"
#include "daemon/logger/stream.h"
#include "daemon/sys/clock.h"

enum { OUT, ERR, ID = 7 };

static struct streams *streams;
static int writer = -1, reader = -1; /* of the pipe; reader: as the keeper holds it */

static void make_pipe(void)
{
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	reader = p[0];
	writer = p[1];
}

static void setup(void)
{
	parts_make();
	ck_assert_int_eq(streams_new(loop, targets, NULL, &streams), 0);
	make_pipe();
}

static void teardown(void)
{
	streams = streams_free(streams, now);
	writer = fd_close(writer);
	reader = fd_close(reader);
	parts_done();
}

static void give_pipe(void)
{
	ck_assert_int_eq(streams_pipe(streams, ID, OUT, dup(reader), now), 0);
}

static void describe(const char *name)
{
	const struct logrule to = rule_for(name, 0, 0);
	const struct stream_rule rule = plainly(&to);

	ck_assert_int_eq(streams_describe(streams, ID, OUT, &rule, now), 0);
}

static void print(const char *text)
{
	ck_assert_int_eq(write(writer, text, strlen(text)), (ssize_t)strlen(text));
}

/* What nobody has read yet. */
static uint64_t waiting(void)
{
	uint64_t read, n = 0;

	(void)streams_position(streams, ID, OUT, &read, &n);
	return n;
}

/* Until all that was printed is read and written. */
static void run(void)
{
	while (waiting() > 0)
		loop_turn(loop);
	settle();
}

START_TEST(what_a_program_prints_lands_in_its_log)
{
	give_pipe();
	describe("x.log");
	print("hello\n");
	run();
	ck_assert_str_eq(content("x.log"), "hello\n");
}
END_TEST

START_TEST(the_halves_come_in_any_order)
{
	print("early ");
	describe("x.log");
	give_pipe();
	print("late");
	run();
	ck_assert_str_eq(content("x.log"), "early late");
}
END_TEST

START_TEST(nothing_is_read_that_cannot_be_put_where_it_belongs)
{
	give_pipe();
	print("x");
	streams_forget(streams, ID, now);
	ck_assert_uint_eq(waiting(), 1);
	ck_assert_int_eq(streams_due(streams).ms, now.ms + STREAM_LIMBO_MS);
	describe("x.log"); /* just in time */
	settle();
	ck_assert_str_eq(content("x.log"), "x");
	ck_assert_uint_eq(streams_count(streams), 0);
}
END_TEST

START_TEST(a_forgotten_stream_does_not_wait_for_ever_for_its_description)
{
	give_pipe();
	streams_forget(streams, ID, now);
	now = mono_add(now, STREAM_LIMBO_MS - 1);
	streams_check(streams, now);
	ck_assert_uint_eq(streams_count(streams), 1);
	now = mono_add(now, 1);
	streams_check(streams, now);
	ck_assert_uint_eq(streams_count(streams), 0);
}
END_TEST

START_TEST(forgetting_reads_what_is_left_and_closes)
{
	struct pollfd p = { .fd = writer };

	describe("x.log");
	give_pipe();
	print("last words");
	streams_forget(streams, ID, now);
	ck_assert_uint_eq(streams_count(streams), 0);
	settle();
	ck_assert_str_eq(content("x.log"), "last words");
	reader = fd_close(reader);
	ck_assert_int_eq(poll(&p, 1, 0), 1);
	ck_assert(p.revents & POLLERR);
}
END_TEST

START_TEST(more_than_a_target_takes_at_once_is_drained_all_the_same)
{
	static char big[512 * 1024];

	ck_assert_int_ge(fcntl(writer, F_SETPIPE_SZ, sizeof big), (int)sizeof big);
	memset(big, 'x', sizeof big);
	describe("x.log");
	give_pipe();
	ck_assert_int_eq(write(writer, big, sizeof big), sizeof big);
	streams_forget(streams, ID, now);
	while (streams_count(streams))
		loop_turn(loop);
	settle();
	ck_assert_uint_eq(strlen(content("x.log")), sizeof big);
}
END_TEST

/* One turn that ends by itself after @most; how long it really took. */
static msec_t turn_of(msec_t most)
{
	const mono_t begin = mono_now();

	loop_wake_at(loop, mono_add(begin, most));
	loop_turn(loop);
	loop_wake_at(loop, MONO_NEVER);
	return mono_span(begin, mono_now());
}

START_TEST(an_end_of_file_costs_nothing_until_there_is_a_writer_again)
{
	char path[32];

	describe("x.log");
	give_pipe();
	print("one ");
	writer = fd_close(writer);
	run();
	for (int i = 0; i < 3; i++) /* the end is seen, and the watch is gone */
		turn_of(1);
	ck_assert_int_ge(turn_of(20), 20);

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", reader);
	writer = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(writer, 0);
	print("two");
	streams_rearm(streams, ID, OUT, now);
	run();
	ck_assert_str_eq(content("x.log"), "one two");
}
END_TEST

START_TEST(a_new_pipe_comes_after_the_old_one)
{
	const int first = writer, held = reader;

	describe("x.log");
	give_pipe();
	print("one ");
	make_pipe();
	print("two");
	give_pipe();
	run();
	ck_assert_str_eq(content("x.log"), "one two");
	close(first);
	close(held);
}
END_TEST

START_TEST(three_pipes_keep_their_order)
{
	int first = writer, held = reader, second, held2;

	give_pipe();
	print("one ");
	second = (make_pipe(), writer);
	held2 = reader;
	print("two ");
	give_pipe();
	make_pipe();
	print("three");
	give_pipe();
	describe("x.log");
	run();
	ck_assert_str_eq(content("x.log"), "one two three");
	close(first);
	close(held);
	close(second);
	close(held2);
}
END_TEST

START_TEST(the_log_of_a_stream_may_change)
{
	describe("a.log");
	give_pipe();
	print("a");
	run();
	describe("b.log");
	print("b");
	run();
	describe("b.log"); /* said again: nothing changes */
	print("b");
	run();
	ck_assert_str_eq(content("a.log"), "a");
	ck_assert_str_eq(content("b.log"), "bb");
	ck_assert_uint_eq(targets_count(targets), 1);
}
END_TEST

START_TEST(two_streams_may_share_a_log)
{
	const struct logrule to = rule_for("x.log", 0, 0);
	const struct stream_rule rule = plainly(&to);
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	describe("x.log");
	give_pipe();
	ck_assert_int_eq(streams_describe(streams, ID, ERR, &rule, now), 0);
	ck_assert_int_eq(streams_pipe(streams, ID, ERR, p[0], now), 0);
	print("out ");
	run();
	ck_assert_int_eq(write(p[1], "err", 3), 3);
	close(p[1]);
	streams_forget(streams, ID, now);
	settle();
	ck_assert_str_eq(content("x.log"), "out err");
	ck_assert_uint_eq(targets_count(targets), 0);
}
END_TEST

START_TEST(what_goes_nowhere_is_read_all_the_same)
{
	static char big[60000];

	ck_assert_int_eq(streams_describe(streams, ID, OUT, NULL, now), 0);
	give_pipe();
	ck_assert_int_eq(write(writer, big, sizeof big), sizeof big);
	run();
	ck_assert_ptr_null(streams_target(streams, ID, OUT));
	ck_assert_uint_eq(targets_count(targets), 0);
}
END_TEST

START_TEST(one_that_never_stops_is_forgotten_too)
{
	int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC); /* never empty, never at its end */

	ck_assert_int_eq(streams_describe(streams, ID, OUT, NULL, now), 0);
	ck_assert_int_eq(streams_pipe(streams, ID, OUT, zeros, now), 0);
	streams_forget(streams, ID, now);
	ck_assert_uint_eq(streams_count(streams), 0);
}
END_TEST

START_TEST(a_third_stream_there_is_not)
{
	ck_assert_int_lt(streams_pipe(streams, ID, 2, dup(reader), now), 0);
	ck_assert_int_lt(streams_describe(streams, ID, 2, NULL, now), 0);
	streams_rearm(streams, ID + 1, OUT, now);
	streams_forget(streams, ID + 1, now);
	ck_assert_uint_eq(streams_count(streams), 0);
}
END_TEST

START_TEST(colours_are_taken_out_if_asked_for)
{
	const struct logrule to = rule_for("x.log", 0, 0);
	struct stream_rule rule = plainly(&to);

	rule.strip_ansi = true;
	ck_assert_int_eq(streams_describe(streams, ID, OUT, &rule, now), 0);
	give_pipe();
	print("\033[1;31mred\033[0m, \033[");
	run();
	print("2Kcut\033");
	run();
	print("!");
	run();
	print("end\033");
	streams_forget(streams, ID, now);
	writer = fd_close(writer);
	settle();
	ck_assert_str_eq(content("x.log"), "red, cut\033!end");
}
END_TEST

/* --- escape sequences --------------------------------------------------------------------- */

/* clang-format off */
static const struct { const char *in, *out; } ansi[] = {
	{ "plain",                    "plain" },
	{ "\033[0m",                  "" },
	{ "a\033[31;1mb\033[0mc",     "abc" },
	{ "\033[38;5;196mx",          "x" },
	{ "\033[?25lx",               "x" },
	{ "\033]0;title\a",           "\033]0;title\a" },
	{ "\033\033[0mx",             "\033x" },
	{ "\033[1\nnext",             "\nnext" },
	{ "\033[\033[0mx",            "x" },
	{ "\033[3\303\244",           "\303\244" },
	{ "x\033",                    "x\033" },
	{ "x\033[1",                  "x" },
};
/* clang-format on */

/* Cut at every place: the outcome must be the same. */
START_TEST(sequences_are_found_wherever_they_are_cut)
{
	const char *in = ansi[_i].in;

	for (size_t cut = 0; cut <= strlen(in); cut++) {
		unsigned char state = ANSI_TEXT;
		char text[64], out[128];
		size_t n = 0;

		for (int half = 0; half < 2; half++) {
			const char *from = half ? in + cut : in;
			const size_t len = half ? strlen(from) : cut;

			/* In place, as streams do it. */
			memcpy(text + 1, from, len);
			const size_t left = ansi_strip(&state, text, text + 1, len);

			memcpy(out + n, text, left);
			n += left;
		}
		n += ansi_finish(&state, out + n);
		out[n] = '\0';
		ck_assert_str_eq(out, ansi[_i].out);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("stream");
	TCase *tc = harness_case(s, "stream");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_a_program_prints_lands_in_its_log);
	tcase_add_test(tc, the_halves_come_in_any_order);
	tcase_add_test(tc, nothing_is_read_that_cannot_be_put_where_it_belongs);
	tcase_add_test(tc, a_forgotten_stream_does_not_wait_for_ever_for_its_description);
	tcase_add_test(tc, forgetting_reads_what_is_left_and_closes);
	tcase_add_test(tc, more_than_a_target_takes_at_once_is_drained_all_the_same);
	tcase_add_test(tc, an_end_of_file_costs_nothing_until_there_is_a_writer_again);
	tcase_add_test(tc, a_new_pipe_comes_after_the_old_one);
	tcase_add_test(tc, three_pipes_keep_their_order);
	tcase_add_test(tc, the_log_of_a_stream_may_change);
	tcase_add_test(tc, two_streams_may_share_a_log);
	tcase_add_test(tc, what_goes_nowhere_is_read_all_the_same);
	tcase_add_test(tc, one_that_never_stops_is_forgotten_too);
	tcase_add_test(tc, a_third_stream_there_is_not);
	tcase_add_test(tc, colours_are_taken_out_if_asked_for);
	tcase_add_loop_test(tc, sequences_are_found_wherever_they_are_cut, 0, ARRAY_SIZE(ansi));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
