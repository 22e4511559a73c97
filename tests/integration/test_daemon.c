/* SPDX-License-Identifier: MIT */
/* test_daemon.c - the daemon itself: how it starts, refuses to, listens to signals and ends. */
#include <signal.h>
#include <sys/resource.h>
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

#define A	       "[program:a]\ncommand=puppet on 15 0 wait\nstartsecs=0\n"
#define REEVED(o, ...) instance_reeved(&in, o, (const char *const[]){ __VA_ARGS__, NULL })

static bool there_is(const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "%s/%s", in.dir, name);
	return access(path, F_OK) == 0;
}

static void expect_end_by(int signo)
{
	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	ck_assert(there_is("reeve.sock"));
	instance_signal(&in, signo);
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
	ck_assert(instance_heard(&in, "a", "15"));
	ck_assert(!there_is("reeve.sock"));
	ck_assert(!there_is("reeved.pid"));
}

START_TEST(term_ends_everything)
{
	expect_end_by(SIGTERM);
	ck_assert(instance_log_has(&in, "received SIGTERM indicating exit request"));
}
END_TEST

START_TEST(int_ends_everything)
{
	expect_end_by(SIGINT);
}
END_TEST

START_TEST(quit_ends_everything)
{
	expect_end_by(SIGQUIT);
}
END_TEST

START_TEST(usr2_opens_the_logs_again)
{
	char from[300], to[310];

	instance_run(&in, A "stdout_logfile=%(here)s/a.log\n");
	instance_hear(&in, "a", "ready");
	instance_order(&in, "a", "out one");
	instance_file_has(&in, "a.log", "one\n");
	for (int i = 0; i < 2; i++) {
		snprintf(from, sizeof from, "%s/%s", in.dir, i ? "a.log" : "reeved.log");
		snprintf(to, sizeof to, "%s.old", from);
		ck_assert_int_eq(rename(from, to), 0);
	}
	instance_signal(&in, SIGUSR2);
	instance_file_has(&in, "reeved.log.old", "received SIGUSR2 indicating log reopen");
	instance_order(&in, "a", "out two");
	instance_file_has(&in, "a.log", "two\n");
}
END_TEST

START_TEST(a_second_daemon_for_the_same_socket_is_refused)
{
	struct outcome o;
	char pid[16];

	instance_run(&in, A);
	instance_hear(&in, "a", "ready");
	REEVED(&o, "-n", "-c", in.conf);
	ck_assert_int_eq(o.status, 2);
	snprintf(pid, sizeof pid, "%d", (int)in.pid);
	ck_assert_msg(strstr(buf_str(&o.err), pid), "%s", buf_str(&o.err));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "reeve.sock"));
	outcome_done(&o);
	ck_assert(there_is("reeve.sock"));
	ck_assert(there_is("reeved.pid"));
	instance_reaches(&in, "a", "RUNNING");
	ck_assert(!instance_heard(&in, "a", "ready"));
}
END_TEST

START_TEST(a_socket_that_nobody_serves_is_taken_over)
{
	instance_run(&in, "[program:a]\ncommand=puppet wait\nautostart=false\nstartsecs=0\n");
	instance_signal(&in, SIGKILL);
	ck_assert_int_eq(instance_ended(&in), 128 + SIGKILL);
	instance_nothing_left(&in);
	ck_assert(there_is("reeve.sock"));
	instance_start(&in);
	EXPECT_CTL(&in, 0, "a: started\n", "start", "a");
}
END_TEST

/* The keeper of an instance that went into the background. */
static pid_t daemon_pid(void)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[300];
	int pid = 0;

	snprintf(path, sizeof path, "%s/reeved.pid", in.dir);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d\n", &pid), 1);
	return pid;
}

START_TEST(it_goes_into_the_background_and_leaves_its_pid)
{
	struct outcome o;
	const char *warning;
	int status;
	pid_t pid;

	instance_configure(&in, A "colour=red\n");
	REEVED(&o, "-c", in.conf);
	ck_assert_msg(o.status == 0, "status %d: %s", o.status, buf_str(&o.err));
	warning = strstr(buf_str(&o.err), "colour: no such key");
	ck_assert_msg(warning && !strstr(warning + 1, "colour: no such key"), "not once: %s",
		      buf_str(&o.err));
	outcome_done(&o);
	pid = daemon_pid(); /* there as soon as reeved has returned */
	ck_assert_int_eq(getsid(pid), pid);
	instance_hear(&in, "a", "ready");
	EXPECT_CTL(&in, 0, "a: ERROR (already started)\n", "start", "a");
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid); /* given to us, as an orphan */
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	instance_nothing_left(&in);
	ck_assert(!there_is("reeved.pid"));
}
END_TEST

/* What is named from here is looked for here, also once the daemon is elsewhere. */
START_TEST(a_file_named_from_here_is_found_from_everywhere)
{
	struct outcome o;
	int status;
	pid_t pid;

	instance_configure(&in, A);
	instance_write(&in, "there.conf",
		       "[supervisord]\ndirectory=/\nlogfile=%(here)s/reeved.log\n"
		       "pidfile=%(here)s/reeved.pid\n[reeve]\nsocket=%(here)s/reeve.sock\n" A);
	ck_assert_int_eq(chdir(in.dir), 0);
	REEVED(&o, "-c", "there.conf");
	ck_assert_msg(o.status == 0, "status %d: %s", o.status, buf_str(&o.err));
	outcome_done(&o);
	pid = daemon_pid();
	instance_reaches(&in, "a", "RUNNING");
	EXPECT_CTL(&in, 0, "No config updates to processes\n", "reread");
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	instance_nothing_left(&in);
}
END_TEST

START_TEST(a_daemon_that_cannot_start_says_so_before_it_leaves)
{
	struct outcome o;

	instance_configure(&in, "[program:a]\ncommand=puppet wait\nnumprocs=many\n");
	REEVED(&o, "-c", in.conf);
	ck_assert_int_eq(o.status, 2);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "reeve.conf:"));
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "numprocs"));
	outcome_done(&o);
	instance_nothing_left(&in);
	ck_assert(!there_is("reeved.pid"));
}
END_TEST

/* Each line but the sections' is one mistake. */
static const char *const twenty = "[program:a]\n"
				  "command=puppet say started wait\n"
				  "autostart=maybe\n"
				  "autorestart=sometimes\n"
				  "startsecs=soon\n"
				  "startretries=1.5\n"
				  "exitcodes=0,256\n"
				  "stopsignal=NOSUCH\n"
				  "stopwaitsecs=\n"
				  "priority=high\n"
				  "numprocs=many\n"
				  "umask=999\n"
				  "user=no-such-user-here\n"
				  "redirect_stderr=perhaps\n"
				  "stdout_logfile=/no/such/dir/a.log\n"
				  "stdout_logfile_maxbytes=1TB\n"
				  "stdout_logfile_backups=few\n"
				  "environment=A\n"
				  "[program:b]\n"
				  "command=puppet %(no_such_name)s\n"
				  "[program:c]\n"
				  "autostart=false\n"
				  "[group:g]\n"
				  "programs=a,nosuch\n"
				  "priority=low\n";

/* How many lines of @text are mistakes with a place. */
static int mistakes(const char *text)
{
	char start[320];
	int n = 0;

	snprintf(start, sizeof start, "%s:", in.conf);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *warning = strstr(line, ": warning: ");

		line += *line == '\n';
		if (strncmp(line, start, strlen(start)) == 0 &&
		    !(warning && warning < line + strcspn(line, "\n")))
			n++;
	}
	return n;
}

START_TEST(twenty_mistakes_are_twenty_lines_and_nothing_starts)
{
	struct outcome o;

	instance_configure(&in, twenty);
	REEVED(&o, "-n", "-c", in.conf);
	ck_assert_int_eq(o.status, 2);
	ck_assert_msg(mistakes(buf_str(&o.err)) == 20, "%d mistakes:\n%s",
		      mistakes(buf_str(&o.err)), buf_str(&o.err));
	outcome_done(&o);
	ck_assert(!instance_heard(&in, "a", "started"));
	instance_nothing_left(&in);
}
END_TEST

START_TEST(check_prints_what_is_in_force_and_that_reads_the_same)
{
	struct outcome first, second;

	instance_configure(&in, A);
	REEVED(&first, "--check", "-c", in.conf);
	ck_assert_msg(first.status == 0, "%s", buf_str(&first.err));
	ck_assert_ptr_nonnull(strstr(buf_str(&first.out), "[program:a]"));
	instance_write(&in, "reeve.conf", buf_str(&first.out));
	REEVED(&second, "--check", "-c", in.conf);
	ck_assert_int_eq(second.status, 0);
	ck_assert_str_eq(buf_str(&first.out), buf_str(&second.out));
	outcome_done(&first);
	outcome_done(&second);
	ck_assert(!instance_heard(&in, "a", "ready"));
}
END_TEST

START_TEST(check_of_a_bad_file_fails)
{
	struct outcome o;

	instance_configure(&in, twenty);
	REEVED(&o, "--check", "-c", in.conf);
	ck_assert_int_eq(o.status, 2);
	ck_assert_int_eq(mistakes(buf_str(&o.err)), 20);
	outcome_done(&o);
}
END_TEST

START_TEST(a_word_that_is_no_option_is_refused)
{
	struct outcome o;

	instance_configure(&in, A);
	REEVED(&o, "-c", in.conf, "foo");
	ck_assert_int_eq(o.status, 2);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&o.err), "positional arguments are not supported"));
	outcome_done(&o);
	REEVED(&o, "--no-such-option");
	ck_assert_int_eq(o.status, 2);
	outcome_done(&o);
	REEVED(&o, "-c", "/no/such/file");
	ck_assert_int_eq(o.status, 2);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.err), "/no/such/file"));
	outcome_done(&o);
}
END_TEST

START_TEST(it_says_its_version_and_its_options)
{
	struct outcome o;

	REEVED(&o, "-v");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(buf_str(&o.out), REEVE_VERSION "\n");
	outcome_done(&o);
	REEVED(&o, "-h");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&o.out), "--check"));
	outcome_done(&o);
}
END_TEST

START_TEST(more_programs_than_descriptors_are_refused_with_the_number_it_takes)
{
	struct rlimit limit = { 256, 256 };
	struct outcome o;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	instance_configure(&in, "[supervisord]\nminfds=16\n"
				"[program:p]\ncommand=puppet wait\n"
				"process_name=p%(process_num)d\nnumprocs=500\n");
	REEVED(&o, "-n", "-c", in.conf);
	ck_assert_int_ne(o.status, 0);
	ck_assert_msg(strpbrk(strstr(buf_str(&o.err), "descriptor") ?: "", "0123456789"),
		      "no number: %s", buf_str(&o.err));
	ck_assert(!instance_heard(&in, "p0", "ready"));
	outcome_done(&o);
	instance_nothing_left(&in);
}
END_TEST

/* Two captured streams and what it takes to look after a process: four descriptors. */
static void run_many(int n, rlim_t descriptors)
{
	struct rlimit limit = { descriptors, descriptors };
	char text[200];

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	snprintf(text, sizeof text,
		 "[program:p]\ncommand=puppet say up wait\nstartsecs=0\n"
		 "process_name=p%%(process_num)d\nnumprocs=%d\n",
		 n);
	instance_run(&in, text);
	for (int i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%d", i);
		instance_hear(&in, name, "up");
		if (i == n - 1)
			instance_reaches(&in, name, "RUNNING");
	}
}

START_TEST(a_thousand_programs_fit_under_four_thousand_descriptors)
{
	run_many(1000, 4000);
}
END_TEST

static bool may_have(int resource, rlim_t n)
{
	struct rlimit limit;

	return getrlimit(resource, &limit) == 0 && (geteuid() == 0 || limit.rlim_max >= n);
}

START_TEST(five_thousand_programs_fit_under_twenty_thousand_descriptors)
{
	if (!may_have(RLIMIT_NOFILE, 20000) || !may_have(RLIMIT_NPROC, 6000))
		SKIP_TEST("needs 20000 descriptors and 6000 processes");
	run_many(5000, 20000);
	instance_signal(&in, SIGTERM);
	ck_assert_int_eq(instance_ended(&in), 0);
	instance_nothing_left(&in);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("daemon");
	TCase *tc = harness_case(s, "daemon");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, term_ends_everything);
	tcase_add_test(tc, int_ends_everything);
	tcase_add_test(tc, quit_ends_everything);
	tcase_add_test(tc, usr2_opens_the_logs_again);
	tcase_add_test(tc, a_second_daemon_for_the_same_socket_is_refused);
	tcase_add_test(tc, a_socket_that_nobody_serves_is_taken_over);
	tcase_add_test(tc, it_goes_into_the_background_and_leaves_its_pid);
	tcase_add_test(tc, a_file_named_from_here_is_found_from_everywhere);
	tcase_add_test(tc, a_daemon_that_cannot_start_says_so_before_it_leaves);
	tcase_add_test(tc, twenty_mistakes_are_twenty_lines_and_nothing_starts);
	tcase_add_test(tc, check_prints_what_is_in_force_and_that_reads_the_same);
	tcase_add_test(tc, check_of_a_bad_file_fails);
	tcase_add_test(tc, a_word_that_is_no_option_is_refused);
	tcase_add_test(tc, it_says_its_version_and_its_options);
	tcase_add_test(tc, more_programs_than_descriptors_are_refused_with_the_number_it_takes);
	tcase_add_test(tc, a_thousand_programs_fit_under_four_thousand_descriptors);
	tcase_add_test(tc, five_thousand_programs_fit_under_twenty_thousand_descriptors);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
