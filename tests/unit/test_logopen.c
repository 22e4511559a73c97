/* SPDX-License-Identifier: MIT */
/* daemon/logger: logopen.c and logfile.c in a directory that somebody else may write to. */
#include "tests/unit/logger_parts.h"

#include <errno.h>

#include "daemon/logger/logfile.h"
#include "daemon/logger/logopen.h"
#include "daemon/logger/recover.h"

enum { SOMEBODY = 65534 };

static struct logfile file;
static struct logrule rule;
static int64_t wall = 1000000;

static void setup(void)
{
	parts_make();
	file = (struct logfile)LOGFILE_INIT;
	ck_assert_int_eq(mkdir(in_dir("theirs"), 0755), 0);
	ck_assert_int_eq(chmod(in_dir("theirs"), 0777), 0);
	make_file("outside", "untouched");
	rule = (struct logrule){ .path = strdup(in_dir("theirs/x.log")), .backups = 2 };
}

static void teardown(void)
{
	logfile_close(&file);
	free((char *)rule.path);
	parts_done();
}

static int append(const char *text)
{
	struct chunk *c = arena_lend(arena, &rule);
	int r;

	memcpy(chunk_data(c), text, strlen(text));
	c->len = (uint32_t)strlen(text);
	wall += LOGFILE_LOOK_MS;
	r = logfile_append(&file, &rule, c, wall);
	arena_back(arena, c);
	return r;
}

/* What is there instead of the log. */
static void plant(int what)
{
	const char *at = in_dir("theirs/x.log");

	(void)unlink(at);
	switch (what) {
	case 0:
		ck_assert_int_eq(symlink(in_dir("outside"), at), 0);
		break;
	case 1:
		ck_assert_int_eq(link(in_dir("outside"), at), 0);
		break;
	case 2:
		ck_assert_int_eq(mkdir(at, 0755), 0);
		break;
	case 3:
		ck_assert_int_eq(symlink(in_dir("not-there"), at), 0);
		break;
	default:
		ck_assert_int_eq(mkfifo(at, 0666), 0);
		ck_assert_int_eq(chown(at, SOMEBODY, SOMEBODY), 0);
	}
}

/* Before the first line, or between two. */
START_TEST(nothing_outside_is_written_and_logging_goes_on)
{
	const int what = _i / 2, early = _i % 2;
	struct stat st;

	if (what == 4)
		SKIP_UNLESS_ROOT();
	if (early)
		plant(what);
	ck_assert_int_eq(append("one\n"), 0);
	if (!early)
		plant(what);
	ck_assert_int_eq(append("two\n"), 0);
	ck_assert_str_eq(content("outside"), "untouched");
	ck_assert(!exists("not-there"));
	ck_assert_str_eq(content("theirs/x.log"), early ? "one\ntwo\n" : "two\n");
	ck_assert_int_ne(file.refused, 0);
	ck_assert_int_eq(lstat(in_dir("theirs/x.log"), &st), 0);
	ck_assert(S_ISREG(st.st_mode) && st.st_nlink == 1);
	ck_assert_uint_eq(st.st_mode & 07022, 0);
}
END_TEST

START_TEST(a_file_of_somebody_else_is_not_written_to)
{
	SKIP_UNLESS_ROOT();
	make_file("theirs/x.log", "theirs");
	ck_assert_int_eq(chown(in_dir("theirs/x.log"), SOMEBODY, SOMEBODY), 0);
	ck_assert_int_eq(append("ours\n"), 0);
	ck_assert_str_eq(content("theirs/x.log"), "ours\n");
	ck_assert_str_eq(content("theirs/x.log.refused"), "theirs");
}
END_TEST

START_TEST(what_stands_in_the_way_of_a_rotation_is_not_followed)
{
	ck_assert_int_eq(symlink(in_dir("outside"), in_dir("theirs/x.log.next")), 0);
	ck_assert_int_eq(symlink(in_dir("outside"), in_dir("theirs/x.log.1")), 0);
	rule.maxbytes = 4;
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(append("2"), 0);
	ck_assert_str_eq(content("outside"), "untouched");
	ck_assert_str_eq(content("theirs/x.log"), "2");
}
END_TEST

START_TEST(a_directory_that_was_changed_for_a_link_is_not_entered)
{
	ck_assert_int_eq(mkdir(in_dir("elsewhere"), 0755), 0);
	ck_assert_int_eq(mkdir(in_dir("theirs/logs"), 0755), 0);
	free((char *)rule.path);
	rule.path = strdup(in_dir("theirs/logs/x.log"));
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(rename(in_dir("theirs/logs"), in_dir("theirs/old")), 0);
	ck_assert_int_eq(symlink(in_dir("elsewhere"), in_dir("theirs/logs")), 0);
	if (geteuid() == 0) /* a link of ours in a directory of others would do no harm */
		ck_assert_int_eq(lchown(in_dir("theirs/logs"), SOMEBODY, SOMEBODY), 0);
	ck_assert_int_eq(append("two\n"), -ELOOP);
	ck_assert(!exists("elsewhere/x.log"));
}
END_TEST

START_TEST(links_where_only_we_can_put_them_are_followed)
{
	ck_assert_int_eq(mkdir(in_dir("real"), 0755), 0);
	ck_assert_int_eq(symlink("real", in_dir("logs")), 0);
	ck_assert_int_eq(symlink("../real/x.log", in_dir("real/link.log")), 0);
	free((char *)rule.path);
	rule.path = strdup(in_dir("logs/link.log"));
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_str_eq(content("real/x.log"), "one\n");
	ck_assert_int_eq(file.refused, 0);
}
END_TEST

START_TEST(links_that_go_in_a_circle_end)
{
	ck_assert_int_eq(symlink("b", in_dir("a")), 0);
	ck_assert_int_eq(symlink("a", in_dir("b")), 0);
	ck_assert_int_eq(log_open(in_dir("a/x.log"), O_RDONLY, 0), -ELOOP);
	ck_assert_int_eq(log_open(in_dir("outside/x.log"), O_RDONLY, 0), -ENOTDIR);
	ck_assert_int_eq(log_open(in_dir("none/x.log"), O_RDONLY, 0), -ENOENT);
}
END_TEST

START_TEST(a_fifo_of_ours_is_a_log_wherever_it_is)
{
	char text[8] = "";
	int fd;

	ck_assert_int_eq(mkfifo(rule.path, 0600), 0);
	ck_assert_int_eq(append("lost\n"), -ENXIO);
	fd = open(rule.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_eq(append("kept\n"), 0);
	ck_assert_int_eq(read(fd, text, sizeof text), 5);
	close(fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logopen");
	TCase *tc = harness_case(s, "logopen");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, nothing_outside_is_written_and_logging_goes_on, 0, 10);
	tcase_add_test(tc, a_file_of_somebody_else_is_not_written_to);
	tcase_add_test(tc, what_stands_in_the_way_of_a_rotation_is_not_followed);
	tcase_add_test(tc, a_directory_that_was_changed_for_a_link_is_not_entered);
	tcase_add_test(tc, links_where_only_we_can_put_them_are_followed);
	tcase_add_test(tc, links_that_go_in_a_circle_end);
	tcase_add_test(tc, a_fifo_of_ours_is_a_log_wherever_it_is);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
