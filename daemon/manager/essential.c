/* SPDX-License-Identifier: MIT */
#include "daemon/manager/essential.h"

#include <errno.h>
#include <sys/wait.h>

#include "daemon/manager/describe.h"
#include "daemon/sys/child.h"

enum { NOT_FOUND = 127, NOT_EXECUTED = 126, FROM_SIGNAL = 128, FAILED = 1 };

static int status_of_wait(int wait_status)
{
	return WIFSIGNALED(wait_status) ? FROM_SIGNAL + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

static int status_of_exec(const struct proc *p)
{
	return p->exec_stage == CHILD_EXEC && p->exec_error == ENOENT ? NOT_FOUND
								      : NOT_EXECUTED;
}

uint8_t essential_status(const struct proc *p)
{
	const int status =
		p->cause == CAUSE_EXEC ? status_of_exec(p) : status_of_wait(p->wait_status);
	const bool failed = proc_seen(p) == SEEN_FATAL || p->cause == CAUSE_LOST;

	return (uint8_t)(status == 0 && failed ? FAILED : status);
}

/* STOPPED was asked for, and what leaves the roster is not essential any more. */
static bool has_ended(const struct unit *u, const struct proc *p, const struct proc *before)
{
	if (u->of_job || !u->spec->essential || list_linked(&u->leaving))
		return false;
	if (!proc_at_rest(p) || proc_at_rest(before))
		return false;
	return proc_seen(p) == SEEN_EXITED || proc_seen(p) == SEEN_FATAL;
}

static void say(struct manager *m, const struct unit *u, const struct proc *p)
{
	_cleanup_(buf_done) struct buf how = BUF_INIT;
	const bool ran = p->cause != CAUSE_EXEC;
	const int r = ran ? describe_exit(p->wait_status, &how) : describe_trouble(u, p, &how);

	if (r == 0)
		manager_log(m, ran ? LEVEL_WARN : LEVEL_CRITICAL,
			    "essential program %s has ended, and with it everything: %s",
			    u->spec->name, buf_str(&how));
}

bool essential_ended(struct manager *m, const struct unit *u, const struct proc *p,
		     const struct proc *before)
{
	if (m->phase != PHASE_RUNNING || !has_ended(u, p, before))
		return false;
	say(m, u, p);
	ledger_end_with(m->ledger, essential_status(p));
	return true;
}
