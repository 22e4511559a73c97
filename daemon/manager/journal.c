/* SPDX-License-Identifier: MIT */
#include "daemon/manager/journal.h"

#include <sys/wait.h>

#include "daemon/manager/describe.h"

void journal_spawned(struct manager *m, const struct unit *u, int32_t pid)
{
	manager_log(m, LEVEL_INFO, "spawned: '%s' with pid %d", u->spec->name, pid);
}

void journal_state(struct manager *m, const struct unit *u, const struct proc *p,
		   enum proc_seen seen, enum proc_seen before)
{
	if (seen == before)
		return;
	/* That a oneshot runs is no success. */
	if (seen == SEEN_RUNNING && !u->spec->oneshot)
		manager_log(m, LEVEL_INFO,
			    "success: %s entered RUNNING state, process has stayed up for > "
			    "than %ld seconds (startsecs)",
			    u->spec->name, (long)(u->spec->startsecs / 1000));
	if (seen == SEEN_FATAL)
		manager_log(m, LEVEL_INFO, "gave up: %s entered FATAL state, %s", u->spec->name,
			    u->spec->oneshot ? "all its attempts have failed"
					     : "too many start retries too quickly");
	if (seen == SEEN_BACKOFF && p->held)
		manager_log(m, LEVEL_WARN,
			    "%s restarts too fast: held to %g restarts a second "
			    "(restart_rate; 0 lifts the limit)",
			    u->spec->name, u->spec->restart_rate);
	if (seen == SEEN_STOPPING && p->timed_out)
		manager_log(m, LEVEL_WARN,
			    "%s ran out of its allowed time (runtimeout=%g): terminating it",
			    u->spec->name, (double)u->spec->runtimeout / 1000);
	if (p->state == PROC_STUCK)
		manager_log(m, LEVEL_CRITICAL,
			    "'%s' (%d) was killed with SIGKILL and is still there",
			    u->spec->name, p->pid);
}

void journal_start_failed(struct manager *m, const struct unit *u, const struct proc *p)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	if (describe_trouble(u, p, &why) == 0)
		manager_log(m, LEVEL_INFO, "spawnerr: %s", buf_str(&why));
}

/* Asked for, and not because of its own runtimeout. */
static bool was_stopping(const struct proc *p)
{
	return proc_seen(p) == SEEN_STOPPING && !p->timed_out;
}

void journal_exited(struct manager *m, const struct unit *u, const struct proc *p,
		    const struct proc *before, int wait_status)
{
	_cleanup_(buf_done) struct buf how = BUF_INIT;
	const bool too_quick = p->gen == before->gen && p->cause == CAUSE_TOO_QUICK;
	const bool expected = !too_quick && proc_exit_expected(p->policy, wait_status);
	const enum level level = expected ? LEVEL_INFO : LEVEL_WARN;

	if (describe_exit(wait_status, &how) < 0)
		return;
	if (was_stopping(before))
		manager_log(m, level, "stopped: %s (%s)", u->spec->name, buf_str(&how));
	else
		manager_log(m, level, "exited: %s (%s; %s)", u->spec->name, buf_str(&how),
			    expected ? "expected" : "not expected");
}

void journal_kill(struct manager *m, const struct unit *u, const struct proc *p)
{
	if (p->state == PROC_STUCK)
		manager_log(m, LEVEL_CRITICAL,
			    "'%s' (%d) was killed with SIGKILL and is still there",
			    u->spec->name, p->pid);
	manager_log(m, LEVEL_WARN, "killing '%s' (%d) with SIGKILL", u->spec->name, p->pid);
}

void journal_waiting(struct manager *m)
{
	_cleanup_(freep) proc_id *ids = NULL;
	const size_t n = manager_ids(m, &ids);
	_cleanup_(buf_done) struct buf names = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, ids[i], &u, &p) || proc_at_rest(p))
			continue;
		if (buf_printf(&names, "%s%s%s", names.len ? ", " : "", u->of_job ? "job " : "",
			       unit_name(u)) < 0)
			return;
	}
	if (names.len)
		manager_log(m, LEVEL_INFO, "waiting for %s to die", buf_str(&names));
}
