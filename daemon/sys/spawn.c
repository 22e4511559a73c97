/* SPDX-License-Identifier: MIT */
/*
 * spawn.c - fork(2), and pidfd_open(2) on what is surely still our child.
 *
 * Plain fork, unless the plan is quick: whoever uses this is small, so that copying it costs
 * little, while a child that borrows our memory stops us until its exec. All signals are
 * blocked from before the fork until the child has put the dispositions back, or one sent to it
 * early would end in a handler of ours that the child still has.
 */
#include "daemon/sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "daemon/sys/pidfd.h"

/* The child never returns, so that it may run in the frames of its parent. */
static pid_t fork_or_lend(const struct child_plan *plan)
{
	const pid_t pid = plan->quick ? vfork() : fork();

	if (pid == 0) {
		if (plan->claim)
			*plan->claim = getpid();
		child_become(plan);
	}
	return pid;
}

static pid_t fork_blocked(const struct child_plan *plan)
{
	sigset_t all, was;
	pid_t pid;
	int error;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &was);
	pid = fork_or_lend(plan);
	error = errno;
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	return pid < 0 ? -error : pid;
}

/* Without room for its pidfd a child cannot stay. It has hardly begun: this does not wait. */
static int undo(pid_t pid, int error)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return error;
}

int spawn_fork(struct child_plan *plan, struct spawned *ret)
{
	_cleanup_(closep) int report = -1, theirs = -1;
	int ends[2], pidfd = -1, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	report = ends[0];
	theirs = ends[1];
	plan->report = theirs;
	pid = fork_blocked(plan);
	if (pid < 0)
		return pid;
	r = pidfd_of(pid, &pidfd);
	if (r < 0)
		return undo(pid, r);
	*ret = (struct spawned){ pid, pidfd, TAKE_FD(report) };
	return 0;
}

enum spawn_word spawn_report(int report, struct child_report *ret)
{
	struct child_report got;
	const ssize_t n = read(report, &got, sizeof got);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SPAWN_SILENT;
	if (n != (ssize_t)sizeof got)
		return SPAWN_DONE;
	if (got.stage == CHILD_LOCAL)
		return SPAWN_LOCAL;
	*ret = got;
	return SPAWN_FAILED;
}
