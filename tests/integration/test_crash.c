/* SPDX-License-Identifier: MIT */
/* test_crash.c - a part of ours is killed, and what it looked after does not notice. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/integration/instance.h"

enum { MANY = 100 };

static struct instance in;

static void setup(void)
{
	instance_init(&in);
}

static void teardown(void)
{
	instance_done(&in);
}

static const char *const hundred = "[program:p]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
				   "process_name=p%(process_num)d\nnumprocs=100\n";

static void hear_hundred(pid_t pids[MANY])
{
	for (int i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%d", i);
		pids[i] = instance_hear(&in, name, "ready");
	}
}

/* All have the pids they had, in the eyes of the daemon too. */
static void expect_hundred(const pid_t pids[MANY])
{
	for (int i = 0; i < MANY; i += 9) {
		char name[16];

		snprintf(name, sizeof name, "p%d", i);
		instance_expect_text(&in, name, "statename", "RUNNING");
		ck_assert_int_eq(instance_number(&in, name, "pid"), pids[i]);
	}
	for (int i = 0; i < MANY; i++)
		ck_assert(pid_alive(pids[i]));
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A second is promised; a build with sanitizers is slower by their factor. */
static double promised(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 5;
#else
	return 1;
#endif
}

START_TEST(a_manager_that_is_killed_is_missed_by_nobody)
{
	pid_t pids[MANY], manager;
	struct outcome o;
	double killed;

	instance_run(&in, hundred);
	hear_hundred(pids);
	instance_reaches(&in, "p99", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	killed = seconds();
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	pid_gone(manager);
	CTL(&in, &o, "status", "p:p0");
	ck_assert_int_eq(o.status, 0);
	ck_assert(seconds() - killed < promised());
	outcome_done(&o);
	ck_assert_int_ne(instance_part(&in, "reeve-manager"), manager);
	expect_hundred(pids);
	ck_assert(!instance_heard(&in, "p0", "ready"));
}
END_TEST

START_TEST(an_exit_while_no_manager_was_there_is_told_as_it_was)
{
	pid_t manager, pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\nautorestart=false\n");
	pid = instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	instance_order(&in, "a", "exit 7");
	pid_gone(pid);
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	pid_gone(manager);
	instance_reaches(&in, "a", "EXITED");
	ck_assert_int_eq(instance_number(&in, "a", "exitstatus"), 7);
	ck_assert_int_eq(instance_number(&in, "a", "pid"), 0);
}
END_TEST

START_TEST(a_restart_that_was_due_happens_after_the_crash)
{
	pid_t manager, pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\nautorestart=true\n");
	pid = instance_hear(&in, "a", "ready");
	instance_reaches(&in, "a", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGSTOP), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	ck_assert_int_ne(instance_hear(&in, "a", "ready"), pid);
	instance_reaches(&in, "a", "RUNNING");
}
END_TEST

START_TEST(a_stop_under_way_is_finished_by_the_next_manager)
{
	pid_t manager, pid, ctl;

	instance_run(&in, "[program:a]\ncommand=puppet note 15 wait\nstartsecs=0\n"
			  "stopwaitsecs=3\n"
			  "[program:b]\ncommand=puppet wait\nstartsecs=0\n");
	pid = instance_hear(&in, "a", "ready");
	instance_hear(&in, "b", "ready");
	instance_reaches(&in, "a", "RUNNING");
	manager = instance_part(&in, "reeve-manager");
	ctl = fork();
	if (ctl == 0) {
		struct outcome o;

		CTL(&in, &o, "stop", "a");
		_exit(0);
	}
	instance_hear(&in, "a", "15");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	pid_gone(pid);
	instance_reaches(&in, "a", "STOPPED");
	instance_reaches(&in, "b", "RUNNING");
	ck_assert_int_eq(waitpid(ctl, NULL, 0), ctl);
}
END_TEST

START_TEST(many_deaths_of_the_manager_in_a_row_are_survived)
{
	pid_t manager, pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n");
	pid = instance_hear(&in, "a", "ready");
	manager = instance_part(&in, "reeve-manager");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(kill(manager, SIGKILL), 0);
		pid_gone(manager);
		instance_reaches(&in, "a", "RUNNING");
		manager = instance_part_after(&in, "reeve-manager", manager);
	}
	ck_assert_int_eq(instance_number(&in, "a", "pid"), pid);
}
END_TEST

START_TEST(a_logger_that_is_killed_breaks_no_pipe)
{
	pid_t logger, pid;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log\n");
	pid = instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out before");
	instance_file_has(&in, "a.log", "before\n");
	logger = instance_part(&in, "reeve-logger");
	ck_assert_int_eq(kill(logger, SIGKILL), 0);
	instance_order(&in, "a", "out during");
	instance_order(&in, "a", "flood 500");
	instance_order(&in, "a", "out after");
	instance_file_has(&in, "a.log", "during\nline 0 of the flood\n");
	instance_file_has(&in, "a.log", "line 499 of the flood\nafter\n");
	ck_assert(pid_alive(pid));
	ck_assert_int_eq(instance_number(&in, "a", "pid"), pid);
	instance_part_after(&in, "reeve-logger", logger);
}
END_TEST

START_TEST(what_was_in_the_pipe_when_the_logger_died_is_not_lost)
{
	pid_t logger;

	instance_run(&in, "[program:a]\ncommand=puppet wait\nstartsecs=0\n"
			  "stdout_logfile=%(here)s/a.log\n");
	instance_hear(&in, "a", "ready");
	logger = instance_part(&in, "reeve-logger");
	ck_assert_int_eq(kill(logger, SIGSTOP), 0);
	instance_order(&in, "a", "out in the pipe");
	instance_order(&in, "a", "say written");
	instance_hear(&in, "a", "written");
	ck_assert_int_eq(kill(logger, SIGKILL), 0);
	instance_file_has(&in, "a.log", "in the pipe\n");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("crash");
	TCase *tc = harness_case(s, "crash");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_manager_that_is_killed_is_missed_by_nobody);
	tcase_add_test(tc, an_exit_while_no_manager_was_there_is_told_as_it_was);
	tcase_add_test(tc, a_restart_that_was_due_happens_after_the_crash);
	tcase_add_test(tc, a_stop_under_way_is_finished_by_the_next_manager);
	tcase_add_test(tc, many_deaths_of_the_manager_in_a_row_are_survived);
	tcase_add_test(tc, a_logger_that_is_killed_breaks_no_pipe);
	tcase_add_test(tc, what_was_in_the_pipe_when_the_logger_died_is_not_lost);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
