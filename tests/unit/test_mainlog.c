/* SPDX-License-Identifier: MIT */
/* daemon/logger: mainlog.c, the daemon's own log, and clean.c. */
#include "tests/unit/logger_parts.h"

#include <time.h>

#include "daemon/logger/clean.h"
#include "daemon/logger/mainlog.h"
#include "daemon/sys/clock.h"

static struct mainlog *mainlog;
static struct mainlog_config config;
static const int64_t moment = INT64_C(1795390857669); /* 2026-11-22 23:40:57,669 UTC */

static void setup(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	parts_make();
	ck_assert_int_eq(mainlog_new(targets, &mainlog), 0);
	config =
		(struct mainlog_config){ .rule = rule_for("d.log", 0, 0), .level = LEVEL_INFO };
}

static void teardown(void)
{
	mainlog = mainlog_free(mainlog, now);
	parts_done();
}

static void configure(void)
{
	ck_assert_int_eq(mainlog_configure(mainlog, &config, now), 0);
}

static void say(enum level level, const char *text)
{
	mainlog_say(mainlog, level, text, moment, now);
}

static const char *formatted(enum level level, const char *text)
{
	static struct buf out;

	buf_clear(&out);
	ck_assert_int_eq(mainlog_format(&out, level, text, moment), 0);
	return buf_str(&out);
}

START_TEST(a_line_looks_like_supervisords)
{
	ck_assert_str_eq(formatted(LEVEL_WARN, "message"),
			 "2026-11-22 23:40:57,669 WARN message\n");
	ck_assert_str_eq(formatted(LEVEL_CRITICAL, ""), "2026-11-22 23:40:57,669 CRIT \n");
}
END_TEST

START_TEST(the_time_is_local)
{
	setenv("TZ", "XYZ-05:30", 1);
	tzset();
	ck_assert_str_eq(formatted(LEVEL_INFO, "x"), "2026-11-23 05:10:57,669 INFO x\n");
}
END_TEST

START_TEST(a_line_stays_a_line_and_cannot_talk_to_a_terminal)
{
	ck_assert_str_eq(formatted(LEVEL_INFO, "a\nb\r\033[2J\x7f\tc \303\244"),
			 "2026-11-22 23:40:57,669 INFO a\\nb\\x0d\\x1b[2J\\x7f\tc \303\244\n");
}
END_TEST

START_TEST(a_line_too_long_says_so)
{
	static char big[MAINLOG_LINE + 8];
	const char *line;

	memset(big, 'x', sizeof big - 1);
	line = formatted(LEVEL_INFO, big);
	ck_assert_ptr_nonnull(strstr(line, "x [7 bytes more]\n"));
}
END_TEST

START_TEST(levels_below_the_chosen_one_are_dropped)
{
	configure();
	say(LEVEL_DEBUG, "no");
	say(LEVEL_INFO, "yes");
	settle();
	ck_assert_str_eq(content("d.log"), "2026-11-22 23:40:57,669 INFO yes\n");
}
END_TEST

START_TEST(what_comes_before_the_configuration_is_kept)
{
	say(LEVEL_TRACE, "no");
	say(LEVEL_ERROR, "one");
	say(LEVEL_INFO, "two");
	ck_assert_uint_eq(targets_count(targets), 0);
	configure();
	say(LEVEL_INFO, "three");
	settle();
	ck_assert_str_eq(content("d.log"), "2026-11-22 23:40:57,669 ERRO one\n"
					   "2026-11-22 23:40:57,669 INFO two\n"
					   "2026-11-22 23:40:57,669 INFO three\n");
}
END_TEST

START_TEST(a_burst_larger_than_a_chunk_is_not_dropped)
{
	enum { N = 5000 };

	configure();
	for (int i = 0; i < N; i++)
		say(LEVEL_INFO, "0123456789012345678901234567890123456789");
	ck_assert(!mainlog_flushed(mainlog));
	settle();
	ck_assert(mainlog_flushed(mainlog));
	ck_assert_uint_eq(strlen(content("d.log")),
			  N * strlen(formatted(LEVEL_INFO, "")) + N * (size_t)40);
}
END_TEST

START_TEST(what_a_hung_log_does_not_take_is_counted)
{
	static char line[1024];
	static char sink[64 * 1024];
	const char *fifo = in_dir("fifo");
	struct buf all = BUF_INIT;
	int reader, said = 0;

	memset(line, 'x', sizeof line - 1);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	config.rule.path = fifo;
	configure();
	for (; said < 2000; said++)
		say(LEVEL_INFO, line);
	while (iopool_busy(pool)) {
		ssize_t n = read(reader, sink, sizeof sink);

		if (n > 0)
			ck_assert_int_eq(buf_append(&all, sink, (size_t)n), 0);
		loop_wake_at(loop, mono_add(mono_now(), 1)); /* there may be more to read */
		loop_turn(loop);
	}
	say(LEVEL_INFO, "after");
	settle();
	ck_assert_int_gt(read(reader, sink, sizeof sink), 0);
	ck_assert_ptr_nonnull(strstr(sink, " lines of this log were dropped\n"));
	ck_assert_ptr_nonnull(strstr(sink, " INFO after\n"));
	ck_assert_uint_gt(all.len, MAINLOG_BACKLOG);
	buf_done(&all);
	close(reader);
}
END_TEST

START_TEST(it_rotates)
{
	config.rule.maxbytes = 30;
	config.rule.backups = 2;
	configure();
	say(LEVEL_INFO, "one");
	settle();
	say(LEVEL_INFO, "two");
	settle();
	ck_assert_str_eq(content("d.log.1"), formatted(LEVEL_INFO, "two"));
	ck_assert_str_eq(content("d.log.2"), formatted(LEVEL_INFO, "one"));
}
END_TEST

START_TEST(it_may_be_configured_again)
{
	configure();
	say(LEVEL_INFO, "one");
	config.rule = rule_for("e.log", 0, 0);
	config.level = LEVEL_WARN;
	configure();
	say(LEVEL_INFO, "no");
	say(LEVEL_WARN, "two");
	settle();
	ck_assert_str_eq(content("d.log"), formatted(LEVEL_INFO, "one"));
	ck_assert_str_eq(content("e.log"), formatted(LEVEL_WARN, "two"));
	config.rule.path = "";
	configure();
	say(LEVEL_WARN, "nowhere");
	settle();
	ck_assert_uint_eq(targets_count(targets), 0);
}
END_TEST

/* Standard output is ours while a test of its own process runs. */
START_TEST(in_the_foreground_it_is_echoed)
{
	const int saved = dup(STDOUT_FILENO);
	char text[128] = "";
	int p[2];

	ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(p[1], STDOUT_FILENO), STDOUT_FILENO);
	config.echo = true;
	configure();
	say(LEVEL_INFO, "hello");
	settle();
	(void)dup2(saved, STDOUT_FILENO);
	ck_assert_int_gt(read(p[0], text, sizeof text - 1), 0);
	ck_assert_str_eq(text, formatted(LEVEL_INFO, "hello"));
	ck_assert_str_eq(content("d.log"), formatted(LEVEL_INFO, "hello"));
	close(saved);
	close(p[0]);
	close(p[1]);
}
END_TEST

/* --- clean -------------------------------------------------------------------------------- */

static bool used(void *owner, const char *path)
{
	(void)owner;
	return strcmp(path, in_dir("web-stdout---supervisor-live1234.log")) == 0;
}

static void clean(const char *ident)
{
	struct clean *c;

	ck_assert_int_eq(clean_new(pool, dir, ident, used, NULL, now, &c), 0);
	settle();
	ck_assert(clean_over(c));
	clean_free(c);
}

START_TEST(logs_of_earlier_instances_go_and_all_else_stays)
{
	static const char *const gone[] = { "web-stdout---supervisor-old12345.log",
					    "web-stderr---supervisor-old12345.log.1",
					    "a---b---supervisor-xxxxxxxx.log" };
	static const char *const kept[] = { "web-stdout---supervisor-live1234.log",
					    "web-stdout---supervisor-live1234.log.2",
					    "web-stdout---other-old12345.log",
					    "web-stdout---supervisor2-old12345.log",
					    "web-stdout---supervisor-old12345.txt",
					    "web.log" };

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		make_file(gone[i], "");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		make_file(kept[i], "");
	ck_assert_int_eq(mkdir(in_dir("d---supervisor-x.log"), 0700), 0);
	ck_assert_int_eq(symlink(in_dir("web.log"), in_dir("l---supervisor-x.log")), 0);
	clean("supervisor");
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		ck_assert_msg(!exists(gone[i]), "%s is still there", gone[i]);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		ck_assert_msg(exists(kept[i]), "%s is gone", kept[i]);
	ck_assert(exists("d---supervisor-x.log"));
	ck_assert(exists("l---supervisor-x.log"));
}
END_TEST

START_TEST(a_directory_that_is_missing_is_no_harm)
{
	struct clean *c;

	ck_assert_int_eq(clean_new(pool, "/nowhere", "supervisor", used, NULL, now, &c), 0);
	settle();
	clean_free(c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("mainlog");
	TCase *tc = harness_case(s, "mainlog");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_line_looks_like_supervisords);
	tcase_add_test(tc, the_time_is_local);
	tcase_add_test(tc, a_line_stays_a_line_and_cannot_talk_to_a_terminal);
	tcase_add_test(tc, a_line_too_long_says_so);
	tcase_add_test(tc, levels_below_the_chosen_one_are_dropped);
	tcase_add_test(tc, what_comes_before_the_configuration_is_kept);
	tcase_add_test(tc, a_burst_larger_than_a_chunk_is_not_dropped);
	tcase_add_test(tc, what_a_hung_log_does_not_take_is_counted);
	tcase_add_test(tc, it_rotates);
	tcase_add_test(tc, it_may_be_configured_again);
	tcase_add_test(tc, in_the_foreground_it_is_echoed);
	tcase_add_test(tc, logs_of_earlier_instances_go_and_all_else_stays);
	tcase_add_test(tc, a_directory_that_is_missing_is_no_harm);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
