/* SPDX-License-Identifier: MIT */
/* test_logs.c - where the output of programs goes. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "tests/integration/instance.h"

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

static void run_one(const char *keys)
{
	char text[600];

	snprintf(text, sizeof text, "[program:a]\ncommand=puppet wait\nstartsecs=0\n%s", keys);
	instance_run(&in, text);
	instance_hear(&in, "a", "ready");
}

START_TEST(each_stream_has_its_file)
{
	run_one("stdout_logfile=%(here)s/out.log\nstderr_logfile=%(here)s/err.log\n");
	instance_order(&in, "a", "out to stdout");
	instance_order(&in, "a", "err to stderr");
	instance_file_has(&in, "out.log", "to stdout\n");
	instance_file_has(&in, "err.log", "to stderr\n");
}
END_TEST

START_TEST(redirected_both_are_in_one_file)
{
	run_one("stdout_logfile=%(here)s/out.log\nredirect_stderr=true\n");
	instance_order(&in, "a", "out one");
	instance_order(&in, "a", "err two");
	instance_file_has(&in, "out.log", "one\ntwo\n");
}
END_TEST

START_TEST(auto_makes_up_a_name_that_status_tells)
{
	char start[300];
	struct stat st;
	json_t *a;
	const char *path;

	run_one("");
	instance_order(&in, "a", "out found it");
	a = instance_status(&in, "a");
	path = json_string_value(json_object_get(a, "stdout_logfile"));
	snprintf(start, sizeof start, "%s/a-stdout---supervisor-", in.dir);
	ck_assert_msg(strncmp(path, start, strlen(start)) == 0, "%s", path);
	instance_file_has(&in, path + strlen(in.dir) + 1, "found it\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	json_decref(a);
}
END_TEST

START_TEST(none_is_read_and_thrown_away)
{
	run_one("stdout_logfile=NONE\nstderr_logfile=NONE\n");
	instance_order(&in, "a", "flood 20000"); /* would fill a pipe that nobody reads */
	instance_order(&in, "a", "say through");
	instance_hear(&in, "a", "through");
	instance_expect_text(&in, "a", "stdout_logfile", "");
}
END_TEST

START_TEST(a_full_log_makes_room)
{
	run_one("stdout_logfile=%(here)s/out.log\nstdout_logfile_maxbytes=1KB\n"
		"stdout_logfile_backups=2\n");
	instance_order(&in, "a", "flood 60"); /* more than a kilobyte */
	instance_file_has(&in, "out.log.1", "of the flood\n");
	instance_order(&in, "a", "flood 60");
	instance_file_has(&in, "out.log.2", "of the flood\n");
	instance_order(&in, "a", "out last words");
	instance_file_has(&in, "out.log", "last words\n");
}
END_TEST

START_TEST(the_log_goes_on_after_a_restart_of_the_program)
{
	run_one("stdout_logfile=%(here)s/out.log\n");
	instance_order(&in, "a", "out first life");
	instance_order(&in, "a", "exit 1");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out second life");
	instance_file_has(&in, "out.log", "first life\nsecond life\n");
}
END_TEST

START_TEST(the_last_words_of_a_program_are_kept)
{
	instance_run(&in, "[program:a]\ncommand=puppet flood 1000 out end\nstartsecs=0\n"
			  "autorestart=false\nstdout_logfile=%(here)s/out.log\n");
	instance_reaches(&in, "a", "EXITED");
	instance_file_has(&in, "out.log", "line 999 of the flood\nend\n");
}
END_TEST

START_TEST(a_target_that_cannot_seek_is_written_all_the_same)
{
	char path[300], text[16] = "";
	int fd;

	snprintf(path, sizeof path, "%s/fifo", in.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	run_one("stdout_logfile=%(here)s/fifo\nstdout_logfile_maxbytes=0\n");
	instance_order(&in, "a", "out through");
	ck_assert_int_eq(read(fd, text, sizeof text), 8);
	ck_assert_str_eq(text, "through\n");
	close(fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logs");
	TCase *tc = harness_case(s, "logs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, each_stream_has_its_file);
	tcase_add_test(tc, redirected_both_are_in_one_file);
	tcase_add_test(tc, auto_makes_up_a_name_that_status_tells);
	tcase_add_test(tc, none_is_read_and_thrown_away);
	tcase_add_test(tc, a_full_log_makes_room);
	tcase_add_test(tc, the_log_goes_on_after_a_restart_of_the_program);
	tcase_add_test(tc, the_last_words_of_a_program_are_kept);
	tcase_add_test(tc, a_target_that_cannot_seek_is_written_all_the_same);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
