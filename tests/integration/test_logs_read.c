/* SPDX-License-Identifier: MIT */
/* test_logs_read.c - logs are read by people: logs, maintail, clear, rotate, events of output.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

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

static void run_two(void)
{
	instance_run(&in, "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log\nstdout_logfile_backups=3\n"
			  "stderr_logfile=%(here)s/a.err\n"
			  "[program:long]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/long.log\nstderr_logfile=NONE\n");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "long", "ready");
}

START_TEST(lines_of_all_programs_are_shown_with_their_names)
{
	run_two();
	instance_order(&in, "a", "out one");
	instance_order(&in, "a", "err two");
	instance_file_has(&in, "a.err", "two\n");
	EXPECT_CTL(&in, 0, "a    | one\n", "logs", "--out", "a", "long");
	EXPECT_CTL(&in, 0, "a | two\n", "logs", "--err", "a");
	instance_order(&in, "long", "out three");
	instance_file_has(&in, "long.log", "three\n");
	EXPECT_CTL(&in, 0, "long | three\n", "logs", "--grep", "^th.ee$");
	EXPECT_CTL(&in, 0, "", "logs", "--until", "1h");
	EXPECT_CTL(&in, 4, "", "logs", "nosuch");
}
END_TEST

START_TEST(a_log_is_cleared_and_rotated_on_command)
{
	run_two();
	instance_order(&in, "a", "out old");
	instance_file_has(&in, "a.log", "old\n");
	EXPECT_CTL(&in, 0, "a: rotated\n", "rotate", "a");
	instance_file_has(&in, "a.log.1", "old\n");
	instance_order(&in, "a", "out new");
	instance_file_has(&in, "a.log", "new\n");
	EXPECT_CTL(&in, 0, "a | old\na | new\n", "logs", "a");
	EXPECT_CTL(&in, 0, "a: cleared\nlong: cleared\n", "clear", "all");
	EXPECT_CTL(&in, 0, "", "logs", "a");
	EXPECT_CTL(&in, 1, "nosuch: ERROR (no such process)\n", "clear", "nosuch");
	EXPECT_CTL(&in, 1, "nosuch: ERROR (no such process)\n", "rotate", "nosuch");
	EXPECT_CTL(&in, 0, "Reopened log files\n", "reopen");
}
END_TEST

START_TEST(maintail_shows_the_log_of_the_daemon)
{
	struct outcome o;

	run_two();
	instance_logged(&in, "spawned: 'long' with pid ");
	CTL(&in, &o, "maintail", "-0");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "INFO supervisord started with pid "));
	outcome_done(&o);
}
END_TEST

/* --- following --------------------------------------------------------------------------- */

/* "reevectl logs -f", which writes to a file of ours. */
static pid_t follow(const char *name)
{
	char ctl[300], out[300];
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	snprintf(ctl, sizeof ctl, "%s/reevectl", getenv("REEVE_BUILD"));
	snprintf(out, sizeof out, "%s/followed", in.dir);
	(void)dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
	execl(ctl, ctl, "-c", in.conf, "logs", "-f", "-n", "all", name, NULL);
	_exit(127);
}

static void follow_end(pid_t pid)
{
	int status;

	kill(pid, SIGINT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* What was followed, to the last byte. */
static void expect_followed(const char *text)
{
	_cleanup_(buf_done) struct buf got = BUF_INIT;
	char path[300], piece[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/followed", in.dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((n = read(fd, piece, sizeof piece)) > 0)
		ck_assert_int_eq(buf_append(&got, piece, (size_t)n), 0);
	close(fd);
	ck_assert_str_eq(buf_str(&got), text);
}

static void replace(const char *part)
{
	const pid_t old = instance_part(&in, part);

	kill(old, SIGKILL);
	instance_part_after(&in, part, old);
}

START_TEST(following_survives_all_that_can_happen)
{
	pid_t pid;

	run_two();
	pid = follow("a");
	instance_order(&in, "a", "out one");
	instance_file_has(&in, "followed", "a | one\n");
	replace("reeve-logger");
	instance_order(&in, "a", "out two");
	instance_file_has(&in, "followed", "a | two\n");
	replace("reeve-manager");
	instance_order(&in, "a", "out three");
	instance_file_has(&in, "followed", "a | three\n");
	EXPECT_CTL(&in, 0, "a: rotated\n", "rotate", "a");
	instance_order(&in, "a", "out four");
	instance_file_has(&in, "followed", "a | four\n");
	replace("reeve-logger");
	EXPECT_CTL(&in, 0, "a: stopped\na: started\n", "restart", "a");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out five");
	instance_file_has(&in, "followed", "a | five\n");
	follow_end(pid);
	expect_followed("a | one\na | two\na | three\na | four\na | five\n");
}
END_TEST

START_TEST(who_comes_later_is_followed_too)
{
	struct outcome o;
	pid_t pid;

	run_two();
	pid = follow("all");
	instance_order(&in, "a", "out one");
	instance_file_has(&in, "followed", "a    | one\n");
	instance_configure(&in, "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				"stdout_logfile=%(here)s/a.log\nstdout_logfile_backups=3\n"
				"stderr_logfile=%(here)s/a.err\n"
				"[program:b]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				"stdout_logfile=%(here)s/b.log\nstderr_logfile=NONE\n");
	CTL(&in, &o, "update");
	ck_assert_int_eq(o.status, 0);
	outcome_done(&o);
	instance_hear(&in, "b", "ready");
	instance_order(&in, "b", "out two");
	instance_file_has(&in, "followed", "b | two\n");
	follow_end(pid);
	expect_followed("a    | one\nb | two\n");
}
END_TEST

START_TEST(the_end_of_the_daemon_is_the_end_of_following)
{
	int status;
	pid_t pid;

	run_two();
	pid = follow("a");
	instance_order(&in, "a", "out one");
	instance_file_has(&in, "followed", "a | one\n");
	instance_signal(&in, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(instance_ended(&in), 0);
	expect_followed("a | one\n");
}
END_TEST

/* --- events of output -------------------------------------------------------------------- */

START_TEST(what_a_program_prints_can_be_an_event)
{
	struct outcome o;
	json_t *e;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log\nstdout_events_enabled=true\n"
			  "[program:c]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/c.log\nstdout_capture_maxbytes=100\n");
	instance_hear(&in, "a", "ready");
	instance_hear(&in, "c", "ready");
	instance_order(&in, "a", "out hello");
	instance_file_has(&in, "a.log", "hello\n");
	instance_order(&in, "c", "out x<!--XSUPERVISOR:BEGIN-->secret<!--XSUPERVISOR:END-->y");
	instance_file_has(&in, "c.log", "xy\n");
	CTL(&in, &o, "events", "--json", "-t", "PROCESS_LOG");
	e = json_loads(buf_str(&o.out), 0, NULL);
	ck_assert_msg(e, "%s", buf_str(&o.out));
	ck_assert_str_eq(json_string_value(json_object_get(e, "event")), "PROCESS_LOG_STDOUT");
	ck_assert_str_eq(json_string_value(json_object_get(e, "data")), "hello\n");
	json_decref(e);
	outcome_done(&o);
	CTL(&in, &o, "events", "--json", "-t", "PROCESS_COMMUNICATION");
	e = json_loads(buf_str(&o.out), 0, NULL);
	ck_assert_msg(e, "%s", buf_str(&o.out));
	ck_assert_str_eq(json_string_value(json_object_get(e, "process")), "c");
	ck_assert_str_eq(json_string_value(json_object_get(e, "data")), "secret");
	json_decref(e);
	outcome_done(&o);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("logs read");
	TCase *tc = harness_case(s, "logs read");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, lines_of_all_programs_are_shown_with_their_names);
	tcase_add_test(tc, a_log_is_cleared_and_rotated_on_command);
	tcase_add_test(tc, maintail_shows_the_log_of_the_daemon);
	tcase_add_test(tc, following_survives_all_that_can_happen);
	tcase_add_test(tc, who_comes_later_is_followed_too);
	tcase_add_test(tc, the_end_of_the_daemon_is_the_end_of_following);
	tcase_add_test(tc, what_a_program_prints_can_be_an_event);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
