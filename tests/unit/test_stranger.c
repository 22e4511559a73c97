/* SPDX-License-Identifier: MIT */
/* test_stranger.c - processes of other parents, which here is the parent of the test. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "daemon/sys/pidfd.h"
#include "daemon/sys/stranger.h"
#include "tests/unit/harness.h"

/* A child that waits for its signal, and who else could be meant. */
static pid_t start(void)
{
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)setpgid(0, 0);
		for (;;)
			(void)pause();
	}
	(void)setpgid(pid, pid);
	return pid;
}

static int open_pidfd(pid_t pid)
{
	int fd = -1;

	ck_assert_int_eq(pidfd_of(pid, &fd), 0);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void await_end(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	ck_assert_int_eq(poll(&p, 1, -1), 1);
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(one_is_found_by_its_identity_while_it_is_not_reaped)
{
	const pid_t pid = start();
	int fd = open_pidfd(pid), again = -1;
	struct identity who = stranger_identity(pid, fd);

	ck_assert(stranger_is(&who, fd));
	ck_assert_int_eq(stranger_find(&who, &again), 0);
	ck_assert(stranger_is(&who, again));
	fd_close(again);
	end(pid);
	ck_assert_int_eq(stranger_find(&who, &again), -ESRCH);
	fd_close(fd);
}
END_TEST

START_TEST(another_one_with_the_same_pid_is_not_it)
{
	const pid_t pid = start();
	int fd = open_pidfd(pid), again;
	struct identity who = stranger_identity(pid, fd);
	/* As a kernel tells them apart that has no inodes for them. */
	struct identity by_start = { .pid = pid, .start = 1 };

	who.inode++;
	ck_assert(!stranger_is(&who, fd));
	ck_assert_int_eq(stranger_find(&who, &again), -ESRCH);
	ck_assert(!stranger_is(&by_start, fd));
	fd_close(fd);
	end(pid);
}
END_TEST

START_TEST(nobody_is_not_found)
{
	int fd;

	ck_assert_int_eq(stranger_find(&(struct identity){ 0 }, &fd), -ESRCH);
}
END_TEST

START_TEST(how_one_ended_is_known_before_it_is_reaped)
{
	const pid_t pid = start();
	int fd = open_pidfd(pid), status;

	ck_assert_int_eq(kill(pid, SIGUSR1), 0);
	await_end(fd);
	ck_assert_int_eq(stranger_status(fd, pid, &status), 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	end(pid);
	fd_close(fd);
}
END_TEST

START_TEST(how_one_ended_is_known_later_where_the_kernel_says_so)
{
	const pid_t pid = start();
	int fd = open_pidfd(pid), status = 0, r;

	ck_assert_int_eq(kill(pid, SIGUSR1), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	r = stranger_status(fd, pid, &status);
	if (r == 0)
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	else
		ck_assert_int_eq(r, -ESRCH);
	fd_close(fd);
}
END_TEST

START_TEST(no_signal_goes_to_who_is_reaped_nor_to_its_group)
{
	const pid_t pid = start();
	int fd = open_pidfd(pid);

	ck_assert_int_eq(stranger_signal(fd, pid, 0, true), 0);
	ck_assert_int_eq(stranger_signal(fd, pid, SIGKILL, false), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(stranger_signal(fd, pid, SIGKILL, false), -ESRCH);
	ck_assert_int_eq(stranger_signal(fd, pid, SIGKILL, true), -ESRCH);
	fd_close(fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("stranger");
	TCase *tc = harness_case(s, "stranger");

	tcase_add_test(tc, one_is_found_by_its_identity_while_it_is_not_reaped);
	tcase_add_test(tc, another_one_with_the_same_pid_is_not_it);
	tcase_add_test(tc, nobody_is_not_found);
	tcase_add_test(tc, how_one_ended_is_known_before_it_is_reaped);
	tcase_add_test(tc, how_one_ended_is_known_later_where_the_kernel_says_so);
	tcase_add_test(tc, no_signal_goes_to_who_is_reaped_nor_to_its_group);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
