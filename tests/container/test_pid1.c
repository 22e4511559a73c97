/* SPDX-License-Identifier: MIT */
/* test_pid1.c - the daemon is PID 1 of a container. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "tests/container/box.h"

enum { ORPHANS = 10000, OWN = 2 };

static struct box b;

static void setup(void)
{
	box_setup(&b);
}

static void teardown(void)
{
	box_done(&b);
}

static const char *const waiting = "[program:one]\ncommand=puppet on 15 0 wait\nstartsecs=0\n";
static const char *const by_file[] = { "-n", "-c", "/run/box.conf", NULL };

START_TEST(it_starts_what_it_is_told_to_and_ends_with_nothing_left)
{
	SKIP_UNLESS_BOX();
	box_run(&b, waiting);
	instance_hear(&b.in, "one", "ready");
	instance_reaches(&b.in, "one", "RUNNING");
	instance_stop(&b.in);
}
END_TEST

START_TEST(it_is_pid_1)
{
	_cleanup_(outcome_done) struct outcome o = { 0 };

	SKIP_UNLESS_BOX();
	box_run(&b, waiting);
	CTL(&b.in, &o, "pid");
	ck_assert_str_eq(buf_str(&o.out), "1\n");
}
END_TEST

START_TEST(its_root_cannot_be_written)
{
	SKIP_UNLESS_BOX();
	box_run(&b, "[program:one]\ncommand=puppet dump /x wait\nstartretries=0\n"
		    "[program:two]\ncommand=puppet dump /run/two.world wait\n");
	instance_reaches(&b.in, "one", "FATAL");
	instance_hear(&b.in, "two", "dumped");
}
END_TEST

START_TEST(ten_thousand_orphans_that_die_at_once_are_reaped)
{
	char storm[200];

	SKIP_UNLESS_BOX();
	snprintf(storm, sizeof storm,
		 "[program:storm]\ncommand=storm %d\nstdout_logfile=/run/storm.log\n%s",
		 ORPHANS, waiting);
	box_run(&b, storm);
	instance_file_has(&b.in, "storm.log", "storm\n");
	box_has_children(&b, OWN + 2);
	instance_expect_text(&b.in, "one", "statename", "RUNNING");
	instance_stop(&b.in);
}
END_TEST

START_TEST(a_program_that_goes_into_the_background_is_reaped)
{
	SKIP_UNLESS_BOX();
	box_run(&b, "[program:one]\ncommand=storm 1\n");
	instance_logged(&b.in, "reaped unknown pid");
	box_has_children(&b, OWN + 1);
}
END_TEST

/* What a runtime may send to stop it. */
static const int ending[] = { SIGTERM, SIGINT, SIGQUIT };

START_TEST(a_signal_to_end_ends_it_with_0)
{
	SKIP_UNLESS_BOX();
	box_run(&b, waiting);
	instance_hear(&b.in, "one", "ready");
	instance_signal(&b.in, ending[_i]);
	ck_assert_int_eq(instance_ended(&b.in), 0);
	instance_file_has(&b.in, "reeved.log", "stopped: one (exit status 0)");
}
END_TEST

START_TEST(a_hangup_starts_everything_anew)
{
	pid_t first;

	SKIP_UNLESS_BOX();
	box_run(&b, waiting);
	first = instance_hear(&b.in, "one", "ready");
	instance_signal(&b.in, SIGHUP);
	ck_assert_int_ne(instance_hear(&b.in, "one", "ready"), first);
}
END_TEST

/* The kernel gives PID 1 no signal that it has not asked for. */
static const int harmless[] = { SIGUSR1, SIGALRM, SIGWINCH, SIGPIPE, SIGCHLD };

START_TEST(other_signals_do_nothing)
{
	SKIP_UNLESS_BOX();
	box_run(&b, waiting);
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		instance_signal(&b.in, harmless[i]);
	instance_hear(&b.in, "one", "ready");
	instance_reaches(&b.in, "one", "RUNNING");
}
END_TEST

START_TEST(a_file_with_mistakes_ends_it_with_2)
{
	SKIP_UNLESS_BOX();
	box_configure(&b, "[program:one]\nautostart=perhaps\n");
	box_start(&b, by_file);
	ck_assert_int_eq(instance_ended(&b.in), 2);
}
END_TEST

START_TEST(a_signal_in_the_middle_of_the_start_ends_it)
{
	SKIP_UNLESS_BOX();
	box_configure(&b, "[program:p]\ncommand=puppet on 15 0 wait\nnumprocs=200\n"
			  "process_name=p%(process_num)d\nstartsecs=0\n");
	box_start(&b, by_file);
	instance_hear(&b.in, "p0", "ready");
	instance_signal(&b.in, SIGTERM);
	ck_assert_int_eq(instance_ended(&b.in), 0);
}
END_TEST

START_TEST(who_does_not_listen_does_not_delay_the_end_beyond_its_time)
{
	SKIP_UNLESS_BOX();
	box_run(&b, "[program:deaf]\ncommand=puppet ignore 15 wait\nstopwaitsecs=1\n"
		    "startsecs=0\n");
	instance_hear(&b.in, "deaf", "ready");
	instance_stop(&b.in);
}
END_TEST

START_TEST(it_works_as_a_user_who_is_in_no_file)
{
	SKIP_UNLESS_BOX();
	b.uid = 1000;
	box_run(&b, waiting);
	instance_hear(&b.in, "one", "ready");
	instance_reaches(&b.in, "one", "RUNNING");
	instance_stop(&b.in);
}
END_TEST

/* As whoever, also through a pipe that root has made. */
START_TEST(what_programs_print_comes_out_of_it)
{
	_cleanup_(buf_done) struct buf said = BUF_INIT;
	char data[512];
	int ends[2];
	ssize_t n;

	SKIP_UNLESS_BOX();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	b.uid = 1000;
	b.out = ends[1];
	box_run(&b, "[program:one]\ncommand=puppet out hello wait\n"
		    "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n");
	close(ends[1]);
	instance_hear(&b.in, "one", "ready");
	instance_stop(&b.in);
	while ((n = read(ends[0], data, sizeof data)) > 0)
		ck_assert_int_eq(buf_append(&said, data, (size_t)n), 0);
	close(ends[0]);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), "hello\n"));
	ck_assert_ptr_nonnull(strstr(buf_str(&said), " INFO spawned: 'one' with pid "));
}
END_TEST

/* --- its output is in other hands ----------------------------------------------------- */

static const char *const formats[] = { "prefix", "json" };

/* One that prints more than any pipe takes, and one to be looked after. */
static void run_flood(const char *format)
{
	char text[400];

	snprintf(text, sizeof text,
		 "[program:flood]\ncommand=puppet flood 100000 say flooded wait\n"
		 "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n"
		 "stdout_format=%s\n%s",
		 format, waiting);
	box_run(&b, text);
}

/* Whatever becomes of what programs print, they are supervised. */
static void expect_supervision(void)
{
	instance_hear(&b.in, "flood", "flooded");
	instance_hear(&b.in, "one", "ready");
	instance_reaches(&b.in, "one", "RUNNING");
	EXPECT_CTL(&b.in, 0, "one: stopped\none: started\n", "restart", "one");
	instance_hear(&b.in, "one", "ready");
	instance_stop(&b.in);
}

START_TEST(a_pipe_that_nobody_reads_holds_up_nothing)
{
	int ends[2];

	SKIP_UNLESS_BOX();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	b.out = ends[1];
	run_flood(formats[_i]);
	expect_supervision();
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_pipe_that_nobody_can_read_holds_up_nothing)
{
	int ends[2];

	SKIP_UNLESS_BOX();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	b.out = ends[1];
	run_flood(formats[_i]);
	close(ends[0]);
	close(ends[1]);
	expect_supervision();
}
END_TEST

/* As with docker run -t: both ends of one that nobody looks at, or that has hung up. */
static int open_terminal(int *ret_screen)
{
	const int screen = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int tty;

	ck_assert_int_ge(screen, 0);
	ck_assert_int_eq(grantpt(screen), 0);
	ck_assert_int_eq(unlockpt(screen), 0);
	tty = open(ptsname(screen), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(tty, 0);
	*ret_screen = screen;
	return tty;
}

START_TEST(a_terminal_that_nobody_looks_at_holds_up_nothing)
{
	int screen, tty;

	SKIP_UNLESS_BOX();
	tty = open_terminal(&screen);
	b.out = tty;
	run_flood(formats[_i]);
	expect_supervision();
	close(tty);
	close(screen);
}
END_TEST

START_TEST(a_terminal_that_hangs_up_holds_up_nothing)
{
	int screen, tty;

	SKIP_UNLESS_BOX();
	tty = open_terminal(&screen);
	b.out = tty;
	run_flood(formats[_i]);
	close(tty);
	close(screen);
	expect_supervision();
}
END_TEST

/* --- it is there for one program ------------------------------------------------------- */

START_TEST(it_ends_with_the_status_of_an_essential_program)
{
	SKIP_UNLESS_BOX();
	box_run(&b,
		"[program:main]\ncommand=puppet wait\nstartsecs=0\nautorestart=false\n"
		"essential=true\n[program:one]\ncommand=puppet on 15 0 wait\nstartsecs=0\n");
	instance_hear(&b.in, "main", "ready");
	instance_hear(&b.in, "one", "ready");
	instance_order(&b.in, "main", "exit 42");
	ck_assert_int_eq(instance_ended(&b.in), 42);
}
END_TEST

/* A command's own folder is all that it needs: also without a socket, for a user. */
static const uid_t users[] = { 0, 1000 };

START_TEST(it_runs_a_command_without_a_file)
{
	_cleanup_(buf_done) struct buf said = BUF_INIT;
	char data[512];
	int ends[2];
	ssize_t n;

	SKIP_UNLESS_BOX();
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	b.uid = users[_i];
	b.out = ends[1];
	box_start(&b, (const char *const[]){ "--", "puppet", "out", "a b", "escape", "here",
					     "exit", "7", NULL });
	close(ends[1]);
	ck_assert_int_eq(instance_ended(&b.in), 7);
	while ((n = read(ends[0], data, sizeof data)) > 0)
		ck_assert_int_eq(buf_append(&said, data, (size_t)n), 0);
	close(ends[0]);
	ck_assert_str_eq(buf_str(&said), "a b\n");
}
END_TEST

START_TEST(its_command_can_be_asked_about_and_stopped)
{
	SKIP_UNLESS_BOX();
	box_configure(&b, "");
	instance_write(&b.in, "reeve.conf", "[reeve]\nsocket=%(here)s/reeve/reeve.sock\n");
	box_start(&b, (const char *const[]){ "--", "puppet", "on", "15", "3", "wait", NULL });
	box_ready(&b);
	instance_reaches(&b.in, "puppet", "RUNNING");
	instance_stop(&b.in);
}
END_TEST

START_TEST(it_works_without_proc_sys)
{
	SKIP_UNLESS_BOX();
	b.no_proc_sys = true;
	box_run(&b, waiting);
	instance_hear(&b.in, "one", "ready");
	instance_stop(&b.in);
}
END_TEST

START_TEST(a_manager_that_is_killed_is_missed_by_nobody)
{
	pid_t one, manager;

	SKIP_UNLESS_BOX();
	box_run(&b, waiting);
	one = instance_hear(&b.in, "one", "ready");
	instance_reaches(&b.in, "one", "RUNNING");
	manager = instance_part(&b.in, "reeve-manager");
	ck_assert_int_eq(kill(manager, SIGKILL), 0);
	instance_logged(&b.in, "goes on with 1 processes");
	instance_reaches(&b.in, "one", "RUNNING");
	ck_assert_int_eq(instance_number(&b.in, "one", "pid"), one);
	instance_stop(&b.in);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------ */

/* A group that may have 64 MB, in either kind of tree; false: there is no such tree. */
static bool limited_group(char *path, size_t size)
{
	static const struct {
		const char *under, *key;
	} trees[] = { { "/sys/fs/cgroup", "memory.max" },
		      { "/sys/fs/cgroup/memory", "memory.limit_in_bytes" } };

	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		char file[200];
		int fd;

		snprintf(path, size, "%s/reeve-test-%d", trees[i].under, (int)getpid());
		if (mkdir(path, 0755) < 0)
			continue;
		snprintf(file, sizeof file, "%s/%s", path, trees[i].key);
		fd = open(file, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "64M", 3) == 3) {
			close(fd);
			return true;
		}
		(void)fd_close(fd);
		(void)rmdir(path);
	}
	return false;
}

START_TEST(a_hundred_programs_fit_into_64_megabytes)
{
	char group[150];

	SKIP_UNLESS_BOX();
	if (!limited_group(group, sizeof group))
		SKIP_TEST("no control groups for memory");
	b.group = group;
	box_run(&b, "[program:p]\ncommand=puppet on 15 0 wait\nnumprocs=100\n"
		    "process_name=p%(process_num)d\nstartsecs=0\n");
	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%d", i);
		instance_hear(&b.in, name, "ready");
	}
	instance_stop(&b.in);
	ck_assert_int_eq(rmdir(group), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("pid1");
	TCase *tc = harness_case(s, "pid1");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_starts_what_it_is_told_to_and_ends_with_nothing_left);
	tcase_add_test(tc, it_is_pid_1);
	tcase_add_test(tc, its_root_cannot_be_written);
	tcase_add_test(tc, ten_thousand_orphans_that_die_at_once_are_reaped);
	tcase_add_test(tc, a_program_that_goes_into_the_background_is_reaped);
	tcase_add_loop_test(tc, a_signal_to_end_ends_it_with_0, 0, ARRAY_SIZE(ending));
	tcase_add_test(tc, a_hangup_starts_everything_anew);
	tcase_add_test(tc, other_signals_do_nothing);
	tcase_add_test(tc, a_file_with_mistakes_ends_it_with_2);
	tcase_add_test(tc, a_signal_in_the_middle_of_the_start_ends_it);
	tcase_add_test(tc, who_does_not_listen_does_not_delay_the_end_beyond_its_time);
	tcase_add_test(tc, it_works_as_a_user_who_is_in_no_file);
	tcase_add_test(tc, what_programs_print_comes_out_of_it);
	tcase_add_loop_test(tc, a_pipe_that_nobody_reads_holds_up_nothing, 0,
			    ARRAY_SIZE(formats));
	tcase_add_loop_test(tc, a_pipe_that_nobody_can_read_holds_up_nothing, 0,
			    ARRAY_SIZE(formats));
	tcase_add_loop_test(tc, a_terminal_that_nobody_looks_at_holds_up_nothing, 0,
			    ARRAY_SIZE(formats));
	tcase_add_loop_test(tc, a_terminal_that_hangs_up_holds_up_nothing, 0,
			    ARRAY_SIZE(formats));
	tcase_add_test(tc, it_ends_with_the_status_of_an_essential_program);
	tcase_add_loop_test(tc, it_runs_a_command_without_a_file, 0, ARRAY_SIZE(users));
	tcase_add_test(tc, its_command_can_be_asked_about_and_stopped);
	tcase_add_test(tc, it_works_without_proc_sys);
	tcase_add_test(tc, a_manager_that_is_killed_is_missed_by_nobody);
	tcase_add_test(tc, a_hundred_programs_fit_into_64_megabytes);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
