/* SPDX-License-Identifier: MIT */
/* test_ctl.c - what reevectl prints, and how it ends. */
#include <signal.h>

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

static const char *const some = "[program:up]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				"[program:down]\ncommand=puppet wait\nautostart=false\n"
				"startsecs=0\n"
				"[program:w]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				"process_name=w%(process_num)d\nnumprocs=2\n";

static void run_some(void)
{
	instance_run(&in, some);
	instance_hear(&in, "up", "ready");
	instance_hear(&in, "w0", "ready");
	instance_hear(&in, "w1", "ready");
	instance_reaches(&in, "up", "RUNNING");
	instance_reaches(&in, "w1", "RUNNING");
}

/* Line @n of @text, as far as @width. */
static const char *line_of(const char *text, int n, char *ret, size_t width)
{
	for (; n > 0; n--)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : "";
	snprintf(ret, width, "%.*s", (int)strcspn(text, "\n"), text);
	return ret;
}

START_TEST(status_has_a_line_for_each_process)
{
	char line[200];
	struct outcome o;

	run_some();
	CTL(&in, &o, "status");
	ck_assert_int_eq(o.status, 3); /* one is not running */
	ck_assert_str_eq(line_of(buf_str(&o.out), 0, line, sizeof line),
			 "down                             STOPPED   Not started");
	ck_assert_str_eq(line_of(buf_str(&o.out), 1, line, 48),
			 "up                               RUNNING   pid ");
	ck_assert_str_eq(line_of(buf_str(&o.out), 2, line, 48),
			 "w:w0                             RUNNING   pid ");
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), ", uptime 0:00:"));
	outcome_done(&o);
}
END_TEST

START_TEST(status_of_what_runs_is_0_and_of_what_is_not_known_4)
{
	struct outcome o;

	run_some();
	CTL(&in, &o, "status", "up", "w:*");
	ck_assert_int_eq(o.status, 0);
	outcome_done(&o);
	EXPECT_CTL(&in, 4, "nosuch: ERROR (no such process)\n", "status", "nosuch");
	EXPECT_CTL(&in, 4, "nosuch: ERROR (no such group)\n", "status", "nosuch:*");
}
END_TEST

START_TEST(status_json_has_what_getProcessInfo_has)
{
	static const char *const keys[] = {
		"name",		  "group",	    "start",	"stop",	      "now",
		"state",	  "statename",	    "spawnerr", "exitstatus", "logfile",
		"stdout_logfile", "stderr_logfile", "pid",	"description"
	};
	json_t *up;

	run_some();
	up = instance_status(&in, "up");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		ck_assert_msg(json_object_get(up, keys[i]), "no %s", keys[i]);
	json_decref(up);
}
END_TEST

START_TEST(a_group_is_named_with_a_star)
{
	struct outcome o;

	run_some();
	CTL(&in, &o, "stop", "w:*");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "w:w0: stopped\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "w:w1: stopped\n"));
	outcome_done(&o);
	EXPECT_CTL(&in, 0, "", "stop", "w:*");
	EXPECT_CTL(&in, 0, "w:w1: started\n", "start", "w:w1");
	EXPECT_CTL(&in, 0, "w:w0: started\n", "start", "w:*");
	EXPECT_CTL(&in, 2, "nosuch: ERROR (no such group)\n", "start", "nosuch:*");
}
END_TEST

START_TEST(unknown_names_are_errors)
{
	run_some();
	EXPECT_CTL(&in, 1, "nosuch: ERROR (no such process)\n", "start", "nosuch");
	EXPECT_CTL(&in, 1, "nosuch: ERROR (no such process)\n", "stop", "nosuch");
	EXPECT_CTL(&in, 1, "nosuch: ERROR (no such process)\n", "signal", "HUP", "nosuch");
	EXPECT_CTL(&in, 7, "down: ERROR (not running)\n", "signal", "HUP", "down");
	EXPECT_CTL(&in, 1, "No such process nosuch\n", "pid", "nosuch");
}
END_TEST

START_TEST(pid_prints_numbers)
{
	char text[16];

	run_some();
	snprintf(text, sizeof text, "%d\n", (int)instance_number(&in, "up", "pid"));
	EXPECT_CTL(&in, 0, text, "pid", "up");
	EXPECT_CTL(&in, 7, "0\n", "pid", "down");
}
END_TEST

START_TEST(tail_shows_the_end_of_a_log)
{
	instance_run(&in, "[program:up]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/up.log\nstderr_logfile=NONE\n");
	instance_hear(&in, "up", "ready");
	instance_order(&in, "up", "out hello");
	instance_order(&in, "up", "out world");
	instance_file_has(&in, "up.log", "hello\nworld\n");
	EXPECT_CTL(&in, 0, "hello\nworld\n\n", "tail", "up");
	EXPECT_CTL(&in, 0, "world\n\n", "tail", "-6", "up");
	EXPECT_CTL(&in, 1, "up: ERROR (no log file)\n", "tail", "up", "stderr");
	EXPECT_CTL(&in, 1, "nosuch: ERROR (no such process name)\n", "tail", "nosuch");
}
END_TEST

START_TEST(version_is_that_of_the_daemon)
{
	run_some();
	EXPECT_CTL(&in, 0, REEVE_VERSION "\n", "version");
}
END_TEST

START_TEST(shutdown_ends_the_daemon)
{
	struct outcome o;

	run_some();
	EXPECT_CTL(&in, 0, "Shut down\n", "shutdown");
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
	CTL(&in, &o, "status");
	ck_assert_int_eq(o.status, 4);
	outcome_done(&o);
}
END_TEST

START_TEST(words_that_are_no_command_are_refused)
{
	struct outcome o;

	run_some();
	EXPECT_CTL(&in, 1, "*** Unknown syntax: bogus\n", "bogus");
	CTL(&in, &o, "start");
	ck_assert_int_eq(o.status, 2);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "Error: start requires a process name"));
	outcome_done(&o);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl");
	TCase *tc = harness_case(s, "ctl");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, status_has_a_line_for_each_process);
	tcase_add_test(tc, status_of_what_runs_is_0_and_of_what_is_not_known_4);
	tcase_add_test(tc, status_json_has_what_getProcessInfo_has);
	tcase_add_test(tc, a_group_is_named_with_a_star);
	tcase_add_test(tc, unknown_names_are_errors);
	tcase_add_test(tc, pid_prints_numbers);
	tcase_add_test(tc, tail_shows_the_end_of_a_log);
	tcase_add_test(tc, version_is_that_of_the_daemon);
	tcase_add_test(tc, shutdown_ends_the_daemon);
	tcase_add_test(tc, words_that_are_no_command_are_refused);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
