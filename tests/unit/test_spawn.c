/* SPDX-License-Identifier: MIT */
/* test_spawn.c - from fork to exec: what a program finds, and what is reported if it cannot be.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "daemon/sys/pidfd.h"
#include "daemon/sys/spawn.h"
#include "tests/unit/harness.h"

static char dir[64];
static int null, out[2];
static struct child_plan plan;
static struct buf said; /* standard output of the program */
static struct child_report report;

static void setup(void)
{
	static char greeting[] = "GREETING=hello";
	static char *const environment[] = { greeting, NULL };

	scratch_make(dir, sizeof dir);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(null, 3);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	plan = (struct child_plan){ .envp = environment,
				    .path = "/usr/bin:/bin",
				    .directory = "",
				    .user = "",
				    .umask = -1,
				    .fds = { null, out[1], out[1] },
				    .n_fds = 3 };
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &plan.nofile), 0);
	said = (struct buf)BUF_INIT;
}

static void teardown(void)
{
	buf_done(&said);
	fd_close(null);
	fd_close(out[0]);
	fd_close(out[1]);
	scratch_remove(dir);
}

/* What the child has to report, as soon as it is known. */
static enum spawn_word until_exec(struct spawned *child)
{
	struct pollfd p = { .events = POLLIN };
	enum spawn_word word;

	ck_assert_int_eq(spawn_fork(&plan, child), 0);
	p.fd = child->report;
	while ((word = spawn_report(child->report, &report)) == SPAWN_SILENT)
		ck_assert_int_eq(poll(&p, 1, -1), 1);
	return word;
}

static int end_of(struct spawned *child)
{
	int status;

	ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
	fd_close(child->pidfd);
	fd_close(child->report);
	return status;
}

static void read_said(void)
{
	char text[4096];
	ssize_t n;

	out[1] = fd_close(out[1]);
	while ((n = read(out[0], text, sizeof text)) > 0)
		ck_assert_int_eq(buf_append(&said, text, (size_t)n), 0);
	while (said.len && said.data[said.len - 1] == '\n')
		said.data[--said.len] = '\0';
}

/* Run @argv to its end; it must succeed. */
static void run(char *const *argv)
{
	struct spawned child;
	int status;

	plan.argv = argv;
	ck_assert_int_eq(until_exec(&child), SPAWN_DONE);
	read_said();
	status = end_of(&child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x: %s", status,
		      buf_str(&said));
}

static void fails_with(enum child_stage stage, int error)
{
	struct spawned child;
	int status;

	ck_assert_int_eq(until_exec(&child), SPAWN_FAILED);
	ck_assert_str_eq(child_stage_name(report.stage), child_stage_name(stage));
	ck_assert_int_eq(report.error, error);
	status = end_of(&child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

#define SH(script)                                                                             \
	(char *const[])                                                                        \
	{                                                                                      \
		(char[]){ "sh" }, (char[]){ "-c" }, (char[]){ script }, NULL                   \
	}

/* Make a file of @mode in the test's directory, and return its path. */
static const char *file(const char *name, const char *text, mode_t mode)
{
	static char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

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

/* --- what cannot be ---------------------------------------------------------------------- */

START_TEST(a_command_that_is_nowhere_is_reported)
{
	plan.argv = (char *const[]){ (char[]){ "no-such-program" }, NULL };
	fails_with(CHILD_EXEC, ENOENT);
	plan.argv = (char *const[]){ (char[]){ "/no/such/program" }, NULL };
	fails_with(CHILD_EXEC, ENOENT);
	plan.argv = (char *const[]){ (char[]){ "" }, NULL };
	fails_with(CHILD_EXEC, ENOENT);
	plan.argv = (char *const[]){ NULL };
	fails_with(CHILD_EXEC, ENOENT);
}
END_TEST

START_TEST(a_path_without_end_is_reported)
{
	char name[PATH_MAX + 2];

	memset(name, '/', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	plan.argv = (char *const[]){ name, NULL };
	fails_with(CHILD_EXEC, ENAMETOOLONG);
}
END_TEST

START_TEST(a_directory_is_no_command)
{
	plan.argv = (char *const[]){ dir, NULL };
	fails_with(CHILD_EXEC, EISDIR);
}
END_TEST

START_TEST(a_file_that_nobody_may_execute_is_reported_even_if_another_follows)
{
	char path[256];

	(void)file("sh", "", 0644);
	(void)snprintf(path, sizeof path, "%s:/bin", dir);
	plan.path = path;
	plan.argv = SH("true");
	fails_with(CHILD_EXEC, EACCES);
}
END_TEST

START_TEST(a_file_in_no_format_is_reported)
{
	char path[128];

	(void)strcpy(path, file("text", "just words\n", 0755));
	plan.argv = (char *const[]){ path, NULL };
	fails_with(CHILD_EXEC, ENOEXEC);
}
END_TEST

START_TEST(a_script_without_its_interpreter_is_there_but_cannot_run)
{
	char path[128];

	(void)strcpy(path, file("script", "#!/no/such/interpreter\n", 0755));
	plan.argv = (char *const[]){ path, NULL };
	fails_with(CHILD_EXEC, ENOEXEC);
}
END_TEST

START_TEST(a_directory_that_cannot_be_entered_is_reported)
{
	plan.argv = SH("true");
	plan.directory = "/no/such/place";
	fails_with(CHILD_CHDIR, ENOENT);
	plan.directory = file("plain", "", 0644);
	fails_with(CHILD_CHDIR, ENOTDIR);
}
END_TEST

START_TEST(a_descriptor_that_is_none_is_reported)
{
	plan.argv = SH("true");
	plan.fds[1] = 999;
	fails_with(CHILD_STREAMS, EBADF);
}
END_TEST

START_TEST(a_limit_that_cannot_be_is_reported)
{
	plan.argv = SH("true");
	plan.nofile = (struct rlimit){ 100, 50 };
	fails_with(CHILD_LIMITS, EINVAL);
}
END_TEST

/* clang-format off */
static const char *const nobodys[] = {
	"no-such-user-here", "4294967295", "4294967296", "18446744073709551616", "-1", "+0",
	"0x0", "1e3", " 0", "0 ", "999999998",
};
/* clang-format on */

START_TEST(a_user_that_is_none_is_reported_and_nothing_runs)
{
	plan.argv = SH("true");
	plan.user = nobodys[_i];
	fails_with(CHILD_USER, ESRCH);
}
END_TEST

START_TEST(our_own_user_needs_no_rights)
{
	char uid[16];

	(void)snprintf(uid, sizeof uid, "%u", geteuid());
	plan.user = uid;
	run(SH("id -u"));
	ck_assert_str_eq(buf_str(&said), uid);
}
END_TEST

START_TEST(another_user_takes_rights)
{
	if (geteuid() == 0)
		SKIP_TEST("needs not to be root");
	plan.argv = SH("true");
	plan.user = "root";
	fails_with(CHILD_GROUPS, EPERM);
}
END_TEST

/* --- users ------------------------------------------------------------------------------- */

START_TEST(user_group_and_other_groups_are_taken)
{
	const struct passwd *nobody = getpwnam("nobody");
	char expect[64];

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(setgroups(2, (const gid_t[]){ 1, 2 }), 0);
	plan.user = "nobody";
	run(SH("grep -E '^(Uid|Gid|Groups):' /proc/self/status"));
	(void)snprintf(expect, sizeof expect, "Groups:\t%u ", nobody->pw_gid);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), expect));
	(void)snprintf(expect, sizeof expect, "Uid:\t%1$u\t%1$u\t%1$u\t%1$u\n", nobody->pw_uid);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), expect));
	(void)snprintf(expect, sizeof expect, "Gid:\t%1$u\t%1$u\t%1$u\t%1$u\n", nobody->pw_gid);
	ck_assert_ptr_nonnull(strstr(buf_str(&said), expect));
}
END_TEST

START_TEST(a_number_is_a_user_too)
{
	char uid[16];

	SKIP_UNLESS_ROOT();
	(void)snprintf(uid, sizeof uid, "%u", getpwnam("nobody")->pw_uid);
	plan.user = uid;
	run(SH("id -un; id -Gn"));
	ck_assert_str_eq(buf_str(&said), "nobody\nnogroup");
}
END_TEST

START_TEST(the_user_owns_the_streams_and_can_open_them_again)
{
	SKIP_UNLESS_ROOT();
	plan.user = "nobody";
	plan.give_streams = true;
	run(SH("echo one >/dev/stdout; echo two >/dev/stderr"));
	ck_assert_str_eq(buf_str(&said), "one\ntwo");
}
END_TEST

START_TEST(the_directory_is_entered_as_the_user)
{
	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(chmod(dir, 0700), 0);
	plan.argv = SH("true");
	plan.user = "nobody";
	plan.directory = dir;
	fails_with(CHILD_CHDIR, EACCES);
}
END_TEST

START_TEST(what_only_others_may_execute_is_told_from_what_nobody_may)
{
	char path[128];

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(chmod(dir, 0755), 0);
	(void)strcpy(path, file("private", "#!/bin/sh\n", 0700));
	plan.argv = (char *const[]){ path, NULL };
	plan.user = "nobody";
	fails_with(CHILD_EXEC, EPERM);
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

static void add_failures(TCase *tc)
{
	tcase_add_test(tc, a_command_that_is_nowhere_is_reported);
	tcase_add_test(tc, a_path_without_end_is_reported);
	tcase_add_test(tc, a_directory_is_no_command);
	tcase_add_test(tc, a_file_that_nobody_may_execute_is_reported_even_if_another_follows);
	tcase_add_test(tc, a_file_in_no_format_is_reported);
	tcase_add_test(tc, a_script_without_its_interpreter_is_there_but_cannot_run);
	tcase_add_test(tc, a_directory_that_cannot_be_entered_is_reported);
	tcase_add_test(tc, a_descriptor_that_is_none_is_reported);
	tcase_add_test(tc, a_limit_that_cannot_be_is_reported);
	tcase_add_loop_test(tc, a_user_that_is_none_is_reported_and_nothing_runs, 0,
			    ARRAY_SIZE(nobodys));
	tcase_add_test(tc, our_own_user_needs_no_rights);
	tcase_add_test(tc, another_user_takes_rights);
}

static void add_users(TCase *tc)
{
	tcase_add_test(tc, user_group_and_other_groups_are_taken);
	tcase_add_test(tc, a_number_is_a_user_too);
	tcase_add_test(tc, the_user_owns_the_streams_and_can_open_them_again);
	tcase_add_test(tc, the_directory_is_entered_as_the_user);
	tcase_add_test(tc, what_only_others_may_execute_is_told_from_what_nobody_may);
}

static Suite *suite(void)
{
	Suite *s = suite_create("spawn");
	TCase *tc = harness_case(s, "exec");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	add_exec(tc);
	tc = harness_case(s, "failures");
	tcase_add_checked_fixture(tc, setup, teardown);
	add_failures(tc);
	tc = harness_case(s, "users");
	tcase_add_checked_fixture(tc, setup, teardown);
	add_users(tc);
	tc = harness_case(s, "parent");
	tcase_add_checked_fixture(tc, setup, teardown);
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
