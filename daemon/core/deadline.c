/* SPDX-License-Identifier: MIT */
#include "daemon/core/deadline.h"

/* @first, doubled @times times, but not beyond @most, unless it is more by itself. */
static msec_t doubled(msec_t first, int times, msec_t most)
{
	msec_t d = first;

	if (d <= 0 || d >= most)
		return d;
	for (int i = 0; i < times && d < most; i++)
		d *= 2;
	return d < most ? d : most;
}

static msec_t failure_wait(const struct proc *p)
{
	if (p->policy->oneshot)
		return doubled(p->policy->retry_delay, p->failures - 1, PROC_RETRY_MAX);
	return (msec_t)p->failures * PROC_BACKOFF_STEP;
}

static mono_t backoff_until(const struct proc *p)
{
	if (p->held)
		return guard_at(&p->guard, proc_limit(p->policy));
	if (p->bad)
		return mono_add(p->since, failure_wait(p));
	return mono_add(p->since, doubled(PROC_NO_FORK_MIN, p->no_fork - 1, PROC_NO_FORK_MAX));
}

mono_t deadline_of(const struct proc *p)
{
	switch (p->state) {
	case PROC_DOWN:
	case PROC_FAILED:
	case PROC_READY:
		return MONO_NEVER;
	case PROC_BACKOFF:
		return backoff_until(p);
	case PROC_SPAWN:
		return mono_add(p->since, PROC_EXEC_WAIT);
	case PROC_STARTING: /* up strictly longer than startsecs */
		return mono_add(mono_add(p->started, proc_startsecs(p->policy)), 1);
	case PROC_STOP_TERM:
		return mono_add(p->since, p->policy->stopwait);
	case PROC_STOP_KILL:
		return mono_add(p->since, PROC_KILL_WAIT);
	case PROC_STUCK:
		return mono_add(p->since,
				doubled(PROC_RECHECK_MIN, p->kills - 1, PROC_RECHECK_MAX));
	}
	return MONO_NEVER;
}

static bool runs(enum proc_state s)
{
	return s == PROC_STARTING || s == PROC_READY;
}

mono_t run_until_of(const struct proc *p)
{
	if (!runs(p->state) || p->policy->runtimeout <= 0)
		return MONO_NEVER;
	return mono_add(p->started, p->policy->runtimeout);
}
