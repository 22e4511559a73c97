/* SPDX-License-Identifier: MIT */
/* test_spawn.c - from fork to exec: what a program finds, and what its parent has of it. */
#include <errno.h>
#include <signal.h>

#include "daemon/sys/pidfd.h"
#include "tests/unit/spawn_harness.h"

START_TEST(a_program_runs_with_arguments_and_environment)
{
	run(SH("echo \"$0 $GREETING\"; echo $(env | grep -v -e PWD= -e SHLVL= -e _= | wc -l)"));
	ck_assert_str_eq(buf_str(&said), "sh hello\n1");
}
END_TEST

START_TEST(its_input_is_empty_and_its_outputs_are_ours)
{
	run(SH("cat; echo to stderr >&2"));
	ck_assert_str_eq(buf_str(&said), "to stderr");
}
END_TEST

START_TEST(it_has_three_descriptors_whatever_we_have_open)
{
	const int keep[] = { dup(null), dup(null), dup(null) }; /* not close-on-exec */

	run(SH("for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12; do"
	       " [ -e /proc/$$/fd/$fd ] && printf \"$fd \"; done; true"));
	/* The shell opens nothing of its own. */
	ck_assert_str_eq(buf_str(&said), "0 1 2 ");
	for (size_t i = 0; i < ARRAY_SIZE(keep); i++)
		fd_close(keep[i]);
}
END_TEST

/* Away from 3 and 4, which the test is about. */
static int high(int fd)
{
	const int moved = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	ck_assert_int_ge(moved, 20);
	fd_close(fd);
	return moved;
}

START_TEST(descriptors_may_be_given_in_any_order)
{
	int a[2], b[2];
	struct stat first, second;
	unsigned long ino[2];

	ck_assert_int_eq(pipe2(a, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(b, O_CLOEXEC), 0);
	ck_assert_int_eq(fstat(a[0], &first), 0);
	ck_assert_int_eq(fstat(b[0], &second), 0);
	plan.fds[0] = null = high(null);
	plan.fds[1] = plan.fds[2] = out[1] = high(out[1]);
	out[0] = high(out[0]);
	a[0] = high(a[0]);
	b[0] = high(b[0]);
	/* Each of the two stands where the other one is to be. */
	ck_assert_int_eq(dup3(a[0], 4, O_CLOEXEC), 4);
	ck_assert_int_eq(dup3(b[0], 3, O_CLOEXEC), 3);
	plan.fds[3] = 4;
	plan.fds[4] = 3;
	plan.n_fds = 5;
	run(SH("stat -Lc %i /proc/self/fd/3 /proc/self/fd/4; [ ! -e /proc/$$/fd/5 ]"));
	ck_assert_int_eq(sscanf(buf_str(&said), "%lu\n%lu", &ino[0], &ino[1]), 2);
	ck_assert_uint_eq(ino[0], first.st_ino);
	ck_assert_uint_eq(ino[1], second.st_ino);
}
END_TEST

START_TEST(no_signal_is_blocked_or_ignored)
{
	sigset_t some;

	ck_assert_ptr_ne(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	ck_assert_ptr_ne(signal(SIGHUP, SIG_IGN), SIG_ERR);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &some, NULL), 0);
	plan.signals = child_signals();
	ck_assert_uint_eq(plan.signals & UINT64_C(1) << (SIGUSR2 - 1), 0);
	run((char *const[]){ (char[]){ "grep" }, (char[]){ "^Sig[BI]" },
			     (char[]){ "/proc/self/status" }, NULL });
	ck_assert_str_eq(buf_str(&said),
			 "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000");
}
END_TEST

static void ignore(int signo)
{
	(void)signo;
}

/* A handler of ours must not run in the child: the signal would be lost. */
START_TEST(a_signal_before_the_exec_ends_the_child)
{
	struct sigaction act = { .sa_handler = ignore };
	struct spawned child;
	int status;

	ck_assert_int_eq(sigaction(SIGTERM, &act, NULL), 0);
	plan.argv = (char *const[]){ (char[]){ "tail" }, (char[]){ "-f" },
				     (char[]){ "/dev/null" }, NULL };
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(spawn_fork(&plan, &child), 0);
		ck_assert_int_eq(pidfd_signal(child.pidfd, child.pid, SIGTERM, false), 0);
		status = end_of(&child);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
}
END_TEST

START_TEST(it_leads_a_session_of_its_own)
{
	run(SH("read pid c s ppid pgrp session rest </proc/self/stat;"
	       "[ $$ = $pgrp -a $$ = $session ]"));
}
END_TEST

START_TEST(umask_directory_and_limit_are_as_planned)
{
	char expect[128];

	plan.umask = 0027;
	plan.directory = dir;
	plan.nofile = (struct rlimit){ 64, plan.nofile.rlim_max };
	run(SH("umask; pwd -P; ulimit -Sn"));
	(void)snprintf(expect, sizeof expect, "0027\n%s\n64", dir);
	ck_assert_str_eq(buf_str(&said), expect);
}
END_TEST

START_TEST(a_umask_of_nought_is_one)
{
	(void)umask(077);
	plan.umask = 0;
	run(SH("umask"));
	ck_assert_str_eq(buf_str(&said), "0000");
}
END_TEST

START_TEST(the_first_file_in_the_path_is_taken)
{
	char path[256];

	(void)file("tool", "#!/bin/sh\necho mine\n", 0755);
	(void)snprintf(path, sizeof path, "/no/such:%s:/usr/bin", dir);
	plan.path = path;
	run((char *const[]){ (char[]){ "tool" }, NULL });
	ck_assert_str_eq(buf_str(&said), "mine");
}
END_TEST

START_TEST(an_empty_part_of_the_path_is_the_new_directory)
{
	(void)file("tool", "#!/bin/sh\necho here\n", 0755);
	plan.path = "/no/such:";
	plan.directory = dir;
	run((char *const[]){ (char[]){ "tool" }, NULL });
	ck_assert_str_eq(buf_str(&said), "here");
}
END_TEST

START_TEST(a_name_with_a_slash_counts_from_the_new_directory)
{
	(void)file("tool", "#!/bin/sh\necho $0\n", 0755);
	plan.directory = dir;
	run((char *const[]){ (char[]){ "./tool" }, NULL });
	ck_assert_str_eq(buf_str(&said), "./tool");
}
END_TEST

/* --- the parent's side ------------------------------------------------------------------- */

START_TEST(a_pidfd_is_the_child_and_nobody_else)
{
	struct spawned child;
	int status;

	plan.argv = (char *const[]){ (char[]){ "tail" }, (char[]){ "-f" },
				     (char[]){ "/dev/null" }, NULL };
	ck_assert_int_eq(until_exec(&child), SPAWN_DONE);
	ck_assert_int_eq(pidfd_signal(child.pidfd, child.pid, 0, false), 0);
	ck_assert_int_eq(pidfd_signal(child.pidfd, child.pid, SIGTERM, true), 0);
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	if (child.pidfd >= 0)
		ck_assert_int_eq(pidfd_signal(child.pidfd, child.pid, 0, false), -ESRCH);
	fd_close(child.pidfd);
	fd_close(child.report);
}
END_TEST

START_TEST(without_pidfds_the_pid_does)
{
	struct spawned child;

	plan.argv = (char *const[]){ (char[]){ "tail" }, (char[]){ "-f" },
				     (char[]){ "/dev/null" }, NULL };
	ck_assert_int_eq(until_exec(&child), SPAWN_DONE);
	ck_assert_uint_eq(pidfd_inode(-1), 0);
	ck_assert_int_eq(pidfd_signal(-1, child.pid, SIGKILL, false), 0);
	ck_assert_int_eq(WTERMSIG(end_of(&child)), SIGKILL);
}
END_TEST

START_TEST(two_processes_have_two_inodes)
{
	struct spawned a, b;
	uint64_t first, second;

	plan.argv = SH("true");
	ck_assert_int_eq(spawn_fork(&plan, &a), 0);
	ck_assert_int_eq(spawn_fork(&plan, &b), 0);
	first = pidfd_inode(a.pidfd);
	second = pidfd_inode(b.pidfd);
	ck_assert(first == 0 ? second == 0 : first != second);
	(void)end_of(&a);
	(void)end_of(&b);
}
END_TEST

START_TEST(without_descriptors_there_is_no_child)
{
	struct rlimit was, few;
	struct spawned child;

	plan.argv = SH("true");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	for (few.rlim_cur = 3; few.rlim_cur < 64; few.rlim_cur++) {
		int r;

		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		r = spawn_fork(&plan, &child);
		if (r == 0)
			break;
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
		ck_assert_int_eq(errno, ECHILD);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert_int_gt((int)few.rlim_cur, 5);
	(void)end_of(&child);
}
END_TEST

/* What may be quick the next time is what cannot hang: a script could, by its interpreter. */
START_TEST(no_script_is_local)
{
	char script[100];

	(void)strcpy(script, file("script", "#!/bin/sh\n", 0700));
	run((char *const[]){ script, NULL });
	ck_assert(!local);
}
END_TEST

/* Whether the machine's own disk counts is not known here; it does for all or for none. */
static bool is_local(const char *path, const char *directory, const char *input)
{
	local = false;
	plan.path = path;
	plan.directory = directory;
	plan.stdin_path = input;
	run((char *const[]){ (char[]){ "true" }, NULL });
	return local;
}

START_TEST(all_places_on_the_way_to_a_program_must_be_local)
{
	const bool here = is_local("/usr/bin", "", "");

	ck_assert(is_local("/usr/bin:/proc", "", "") == here); /* found before */
	ck_assert(is_local("/no/such/place:/usr/bin", "", "") == here);
	ck_assert(is_local("/usr:/usr/bin", "/usr", "") == here);
	ck_assert(!is_local("/proc:/usr/bin", "", ""));
	ck_assert(!is_local("/usr/bin", "/proc", ""));
	ck_assert(!is_local(":/usr/bin", "/proc", ""));
	ck_assert(!is_local("/usr/bin", "", "/dev/null"));
}
END_TEST

static void add_exec(TCase *tc)
{
	tcase_add_test(tc, a_program_runs_with_arguments_and_environment);
	tcase_add_test(tc, its_input_is_empty_and_its_outputs_are_ours);
	tcase_add_test(tc, it_has_three_descriptors_whatever_we_have_open);
	tcase_add_test(tc, no_signal_is_blocked_or_ignored);
	tcase_add_test(tc, a_signal_before_the_exec_ends_the_child);
	tcase_add_test(tc, it_leads_a_session_of_its_own);
	tcase_add_test(tc, umask_directory_and_limit_are_as_planned);
	tcase_add_test(tc, a_umask_of_nought_is_one);
	tcase_add_test(tc, the_first_file_in_the_path_is_taken);
	tcase_add_test(tc, an_empty_part_of_the_path_is_the_new_directory);
	tcase_add_test(tc, a_name_with_a_slash_counts_from_the_new_directory);
}

static Suite *suite(void)
{
	Suite *s = suite_create("spawn");
	TCase *tc = harness_case(s, "exec");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	add_exec(tc);
	tc = harness_case(s, "quick");
	tcase_add_checked_fixture(tc, setup_quick, teardown);
	tcase_set_timeout(tc, 30);
	add_exec(tc);
	tc = harness_case(s, "parent");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_script_is_local);
	tcase_add_test(tc, all_places_on_the_way_to_a_program_must_be_local);
	tcase_add_test(tc, a_pidfd_is_the_child_and_nobody_else);
	tcase_add_test(tc, without_pidfds_the_pid_does);
	tcase_add_test(tc, two_processes_have_two_inodes);
	tcase_add_test(tc, without_descriptors_there_is_no_child);
	/* Here 3 and 4 are overwritten, so that its descriptors cannot be counted. */
	tc = tcase_create("order");
	tcase_add_test(tc, descriptors_may_be_given_in_any_order);
	tcase_add_checked_fixture(tc, setup, NULL);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
