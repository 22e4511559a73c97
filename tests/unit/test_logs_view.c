/* SPDX-License-Identifier: MIT */
/* daemon/logger: logs.c, logs_job.c, source.c, times.c: logs of many programs, by time. */
#include "tests/unit/logger_parts.h"

#include <errno.h>
#include <poll.h>

#include "daemon/logger/logs.h"
#include "daemon/logger/pack.h"
#include "daemon/logger/packing.h"
#include "daemon/logger/source.h"
#include "daemon/logger/times.h"

static struct streams *streams;
static struct logs *logs;
static int answer;
static char *path;
static int out = -1; /* what is shown is read here */

static void on_answer(void *owner, uint32_t token, int error)
{
	(void)owner, (void)token;
	answer = error;
}

static void setup(void)
{
	parts_make();
	answer = -1;
	ck_assert_int_eq(streams_new(loop, targets, NULL, &streams), 0);
	ck_assert_int_eq(logs_new(pool, streams, on_answer, NULL, &logs), 0);
	path = strdup(in_dir("x.log"));
}

static void teardown(void)
{
	out = fd_close(out);
	logs_end(logs, now);
	settle();
	logs = logs_free(logs, now);
	streams_forget_all(streams, false, now);
	settle();
	streams = streams_free(streams, now);
	free(path);
	parts_done();
}

/* --- one log ------------------------------------------------------------------------------ */

/* The lines of the log from where @s stands, each with a bar; good until the next call. */
static const char *rest_of(struct source *s, bool live)
{
	static struct buf text;
	struct source_line l;

	buf_clear(&text);
	while (source_next(s, live, &l) == 1) {
		ck_assert_int_eq(buf_append(&text, l.text, l.len), 0);
		ck_assert_int_eq(buf_puts(&text, l.eol ? "|" : "~"), 0);
	}
	return buf_str(&text);
}

static struct source *open_source(void)
{
	struct source *s;

	ck_assert_int_eq(source_new(path, 5, &s), 0);
	return s;
}

static void pack(const char *name, enum log_pack how)
{
	const struct logrule rule = { .path = path, .backups = 5, .pack = (uint8_t)how };
	struct packing p;

	(void)name;
	packing_do(&p, &rule);
	ck_assert_int_eq(p.result, 0);
	ck_assert_int_eq(packing_commit(&p, &rule), 0);
}

static void make_row(void)
{
	make_file("x.log.3", "1\n2\n");
	make_file("x.log.2", "3\n4\n");
	make_file("x.log.1", "5\n6\n");
	make_file("x.log", "7\n8\nrest");
}

START_TEST(a_row_of_files_is_one_log)
{
	struct source *s = open_source();

	make_row();
	source_since(s, 0);
	ck_assert_str_eq(rest_of(s, false), "1|2|3|4|5|6|7|8|rest~");
	source_free(s);
}
END_TEST

START_TEST(packed_files_are_part_of_it)
{
	struct source *s = open_source();

	make_row();
	pack("x.log.3", LOG_PACK_GZIP);
	pack("x.log.2", LOG_PACK_ZSTD);
	source_since(s, 0);
	ck_assert_str_eq(rest_of(s, false), "1|2|3|4|5|6|7|8|rest~");
	for (int n = 0; n < 12; n++) {
		static const char all[] = "1|2|3|4|5|6|7|8|rest~";
		const char *from = n > 8 ? all : n ? all + 2 * (9 - n) : "";

		source_last(s, n);
		ck_assert_str_eq(rest_of(s, false), from);
	}
	source_free(s);
}
END_TEST

START_TEST(the_last_lines_are_found_over_files)
{
	static const char all[] = "1|2|3|4|5|6|7|8|rest~";
	struct source *s = open_source();

	make_row();
	for (int n = 1; n < 12; n++) {
		source_last(s, n);
		ck_assert_str_eq(rest_of(s, false), n > 8 ? all : all + 2 * (9 - n));
	}
	source_free(s);
}
END_TEST

START_TEST(following_goes_on_over_rotations_and_cuts)
{
	struct source *s = open_source();
	FILE *f;

	make_file("x.log", "1\n2");
	source_last(s, 9);
	ck_assert_str_eq(rest_of(s, true), "1|");
	f = fopen(path, "ae");
	fputs("2\n3\n", f);
	fclose(f);
	ck_assert_str_eq(rest_of(s, true), "22|3|");
	ck_assert_int_eq(rename(path, in_dir("x.log.1")), 0);
	make_file("x.log", "4\n");
	ck_assert_str_eq(rest_of(s, true), "4|");
	ck_assert_int_eq(rename(in_dir("x.log.1"), in_dir("x.log.3")), 0);
	ck_assert_int_eq(rename(path, in_dir("x.log.2")), 0);
	make_file("x.log.1", "5\nno end");
	make_file("x.log", "6\n");
	ck_assert_str_eq(rest_of(s, true), "5|no end~6|");
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_str_eq(rest_of(s, true), "");
	f = fopen(path, "ae");
	fputs("7\n", f);
	fclose(f);
	ck_assert_str_eq(rest_of(s, true), "7|");
	source_free(s);
}
END_TEST

START_TEST(a_log_that_is_not_there_yet_is_waited_for)
{
	struct source *s = open_source();

	source_since(s, 0);
	ck_assert_str_eq(rest_of(s, true), "");
	make_file("x.log", "1\n");
	ck_assert_str_eq(rest_of(s, true), "1|");
	source_free(s);
}
END_TEST

/* --- times -------------------------------------------------------------------------------- */

static int open_dir(void)
{
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

START_TEST(it_is_known_when_a_line_was_written)
{
	int d = open_dir();
	struct times t;

	times_note(d, "x.log", (struct times_record){ 1000, 7, 0 });
	times_note(d, "x.log", (struct times_record){ 2000, 7, 10 });
	times_note(d, "x.log", (struct times_record){ 3000, 8, 0 });
	times_note(d, "x.log", (struct times_record){ -1, 9, 7 });
	times_read(&t, d, "x.log");
	ck_assert_int_eq(times_at(&t, 7, 0), 1000);
	ck_assert_int_eq(times_at(&t, 7, 9), 1000);
	ck_assert_int_eq(times_at(&t, 7, 10), 2000);
	ck_assert_int_eq(times_at(&t, 8, 500), 3000);
	ck_assert_int_eq(times_at(&t, 5, 0), 0);
	ck_assert_uint_eq(times_origin(&t, 9), 7);
	ck_assert_int_eq(times_offset(&t, 7, 1500), 0);
	ck_assert_int_eq(times_offset(&t, 7, 2500), 10);
	times_done(&t);
	times_note(d, "x.log", (struct times_record){ 5000, 7, 0 }); /* the inode again */
	times_read(&t, d, "x.log");
	ck_assert_int_eq(times_at(&t, 7, 20), 5000);
	times_done(&t);
	close(d);
}
END_TEST

START_TEST(what_is_kept_of_times_is_bounded)
{
	int d = open_dir();
	struct times t;
	struct stat st;

	for (int i = 0; i < 3 * TIMES_RECORDS; i++)
		times_note(d, "x.log", (struct times_record){ 1000 + i, 7, i });
	ck_assert_int_eq(stat(in_dir(".x.log.times"), &st), 0);
	ck_assert_int_le(st.st_size, (off_t)((TIMES_RECORDS + 1) * sizeof *t.v));
	times_read(&t, d, "x.log");
	ck_assert_int_eq(times_at(&t, 7, 3 * TIMES_RECORDS), 1000 + 3 * TIMES_RECORDS - 1);
	times_done(&t);
	close(d);
}
END_TEST

/* --- many ----------------------------------------------------------------------------------
 */

static struct logrule rules[3];

static void describe(uint32_t id, const char *name)
{
	rules[id] = rule_for(name, 0, 5);
	const struct stream_rule rule = plainly(&rules[id]);

	ck_assert_int_eq(streams_describe(streams, id, 0, &rule, now), 0);
}

static void ask(const struct link_logs *m)
{
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	out = p[0];
	logs_add(logs, m, p[1], now);
}

/* Leave out in what file, and where: ,"file":12,"at":34 */
static void cut_places(struct buf *text)
{
	char *from;

	while ((from = strstr(buf_str(text), ",\"file\":"))) {
		char *to = strchr(from, '}');

		memmove(from, to, strlen(to) + 1);
		text->len -= (size_t)(to - from);
	}
}

/* Until the end of what is shown. */
static const char *shown(void)
{
	static struct buf text;
	char piece[4096];
	ssize_t n;

	buf_clear(&text);
	settle(); /* then the other end is closed */
	while ((n = read(out, piece, sizeof piece)) > 0)
		ck_assert_int_eq(buf_append(&text, piece, (size_t)n), 0);
	cut_places(&text);
	return buf_str(&text);
}

static uint64_t inode(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(in_dir(name), &st), 0);
	return st.st_ino;
}

/* Two logs whose lines alternate. */
static void make_two(void)
{
	int d = open_dir();

	make_file("a.log", "a1\na2\n");
	make_file("b.log", "b1\nb2\n");
	for (int i = 0; i < 2; i++) {
		times_note(d, "a.log",
			   (struct times_record){ 1000 + 1000 * i, inode("a.log"), 3 * i });
		times_note(d, "b.log",
			   (struct times_record){ 1500 + 1000 * i, inode("b.log"), 3 * i });
	}
	close(d);
	describe(1, "a.log");
	describe(2, "b.log");
}

#define LINE(t, id, text)                                                                      \
	"{\"t\":" t ",\"id\":" id ",\"stream\":\"stdout\",\"line\":\"" text "\",\"eol\":true}" \
	"\n"

START_TEST(lines_of_many_logs_are_merged_by_time)
{
	make_two();
	ask(&(struct link_logs){ .lines = -1 });
	ck_assert_str_eq(shown(), LINE("1000", "1", "a1") LINE("1500", "2", "b1")
					  LINE("2000", "1", "a2") LINE("2500", "2", "b2"));
	ck_assert_int_eq(answer, 0);
	ck_assert_uint_eq(logs_count(logs), 0);
}
END_TEST

START_TEST(the_last_lines_are_those_of_all)
{
	make_two();
	ask(&(struct link_logs){ .lines = 3 });
	ck_assert_str_eq(shown(), LINE("1500", "2", "b1") LINE("2000", "1", "a2")
					  LINE("2500", "2", "b2"));
}
END_TEST

START_TEST(a_span_of_time_is_cut_out)
{
	make_two();
	ask(&(struct link_logs){ .lines = -1, .since_ms = 1200, .until_ms = 2200 });
	ck_assert_str_eq(shown(), LINE("1500", "2", "b1") LINE("2000", "1", "a2"));
}
END_TEST

START_TEST(one_may_ask_for_some_of_them)
{
	make_two();
	ask(&(struct link_logs){ .lines = -1, .streams = { "2 0", 1, 4 } });
	ck_assert_str_eq(shown(), LINE("1500", "2", "b1") LINE("2500", "2", "b2"));
}
END_TEST

START_TEST(where_there_is_nothing_to_show_that_is_the_answer)
{
	ask(&(struct link_logs){ .lines = -1 });
	ck_assert_int_eq(answer, ENOENT);
}
END_TEST

START_TEST(what_was_printed_before_is_part_of_it)
{
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	describe(1, "a.log");
	ck_assert_int_eq(streams_pipe(streams, 1, 0, p[0], now), 0);
	ck_assert_int_eq(write(p[1], "just now\n", 9), 9);
	ask(&(struct link_logs){ .lines = -1 });
	settle(); /* it is written, */
	logs_check(logs, now); /* and shown */
	ck_assert_ptr_nonnull(strstr(shown(), "\"line\":\"just now\""));
	close(p[1]);
}
END_TEST

START_TEST(who_follows_sees_what_comes_until_he_goes)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	char piece[4096];
	ssize_t n;
	FILE *f;

	make_two();
	ask(&(struct link_logs){ .lines = -1, .follow = true });
	f = fopen(in_dir("a.log"), "ae");
	fputs("a3\n", f);
	fclose(f);
	while (!strstr(buf_str(&text), "\"id\":1,\"stream\":\"stdout\",\"line\":\"a3\"")) {
		n = read(out, piece, sizeof piece);
		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(buf_append(&text, piece, (size_t)n), 0);
	}
	out = fd_close(out);
	while (logs_count(logs))
		loop_turn(loop);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logs");
	TCase *tc = harness_case(s, "logs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_row_of_files_is_one_log);
	tcase_add_test(tc, packed_files_are_part_of_it);
	tcase_add_test(tc, the_last_lines_are_found_over_files);
	tcase_add_test(tc, following_goes_on_over_rotations_and_cuts);
	tcase_add_test(tc, a_log_that_is_not_there_yet_is_waited_for);
	tcase_add_test(tc, it_is_known_when_a_line_was_written);
	tcase_add_test(tc, what_is_kept_of_times_is_bounded);
	tcase_add_test(tc, lines_of_many_logs_are_merged_by_time);
	tcase_add_test(tc, the_last_lines_are_those_of_all);
	tcase_add_test(tc, a_span_of_time_is_cut_out);
	tcase_add_test(tc, one_may_ask_for_some_of_them);
	tcase_add_test(tc, where_there_is_nothing_to_show_that_is_the_answer);
	tcase_add_test(tc, what_was_printed_before_is_part_of_it);
	tcase_add_test(tc, who_follows_sees_what_comes_until_he_goes);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
