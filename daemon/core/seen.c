/* SPDX-License-Identifier: MIT */
/*
 * What others make of a process: supervisord's states and refusals, and the names of things. A
 * switch, not a table of names, for a table would accept a hole.
 */
#include <sys/wait.h>

#include "daemon/core/proc.h"

enum proc_seen proc_seen(const struct proc *p)
{
	switch (p->state) {
	case PROC_DOWN:
		if (p->cause == CAUSE_NONE || p->cause == CAUSE_STOPPED)
			return SEEN_STOPPED;
		return SEEN_EXITED;
	case PROC_FAILED:
		return SEEN_FATAL;
	case PROC_BACKOFF:
		return SEEN_BACKOFF;
	case PROC_SPAWN:
	case PROC_STARTING:
		return SEEN_STARTING;
	case PROC_READY:
		return SEEN_RUNNING;
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		return SEEN_STOPPING;
	}
	return SEEN_UNKNOWN;
}

static bool may_start(const struct proc *p)
{
	switch (p->state) {
	case PROC_DOWN:
	case PROC_FAILED:
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		return !p->closing;
	case PROC_BACKOFF:
		return p->held && !p->closing;
	case PROC_SPAWN:
	case PROC_STARTING:
	case PROC_READY:
		return false;
	}
	return false;
}

static bool may_stop(const struct proc *p)
{
	switch (p->state) {
	case PROC_DOWN:
	case PROC_FAILED:
		return false;
	case PROC_BACKOFF:
	case PROC_SPAWN:
	case PROC_STARTING:
	case PROC_READY:
		return true;
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		return p->want_up;
	}
	return false;
}

bool proc_may(const struct proc *p, enum event_kind request)
{
	switch (request) {
	case EVENT_START:
		return may_start(p);
	case EVENT_STOP:
		return may_stop(p);
	case EVENT_RESTART:
		return !p->closing;
	case EVENT_SPAWNED:
	case EVENT_EXEC_OK:
	case EVENT_EXEC_FAILED:
	case EVENT_NO_FORK:
	case EVENT_EXITED:
	case EVENT_LOST:
	case EVENT_DUE:
		return false;
	}
	return false;
}

bool proc_at_rest(const struct proc *p)
{
	return p->state == PROC_DOWN || p->state == PROC_FAILED;
}

bool proc_exit_expected(const struct proc_policy *policy, int wait_status)
{
	unsigned code;

	if (!WIFEXITED(wait_status))
		return false;
	code = (unsigned)WEXITSTATUS(wait_status);
	return policy->exitcodes[code / 32] >> (code % 32) & 1;
}

const char *proc_state_name(enum proc_state s)
{
	switch (s) {
	case PROC_DOWN:
		return "DOWN";
	case PROC_FAILED:
		return "FAILED";
	case PROC_BACKOFF:
		return "BACKOFF";
	case PROC_SPAWN:
		return "SPAWN";
	case PROC_STARTING:
		return "STARTING";
	case PROC_READY:
		return "READY";
	case PROC_STOP_TERM:
		return "STOP_TERM";
	case PROC_STOP_KILL:
		return "STOP_KILL";
	case PROC_STUCK:
		return "STUCK";
	}
	return "?";
}

const char *proc_seen_name(enum proc_seen s)
{
	switch (s) {
	case SEEN_STOPPED:
		return "STOPPED";
	case SEEN_STARTING:
		return "STARTING";
	case SEEN_RUNNING:
		return "RUNNING";
	case SEEN_BACKOFF:
		return "BACKOFF";
	case SEEN_STOPPING:
		return "STOPPING";
	case SEEN_EXITED:
		return "EXITED";
	case SEEN_FATAL:
		return "FATAL";
	case SEEN_UNKNOWN:
		return "UNKNOWN";
	}
	return "?";
}

const char *proc_cause_name(enum proc_cause c)
{
	switch (c) {
	case CAUSE_NONE:
		return "NONE";
	case CAUSE_STOPPED:
		return "STOPPED";
	case CAUSE_EXITED:
		return "EXITED";
	case CAUSE_TOO_QUICK:
		return "TOO_QUICK";
	case CAUSE_EXEC:
		return "EXEC";
	case CAUSE_NO_FORK:
		return "NO_FORK";
	case CAUSE_TIMEOUT:
		return "TIMEOUT";
	case CAUSE_LOST:
		return "LOST";
	}
	return "?";
}

const char *event_kind_name(enum event_kind k)
{
	switch (k) {
	case EVENT_START:
		return "START";
	case EVENT_STOP:
		return "STOP";
	case EVENT_RESTART:
		return "RESTART";
	case EVENT_SPAWNED:
		return "SPAWNED";
	case EVENT_EXEC_OK:
		return "EXEC_OK";
	case EVENT_EXEC_FAILED:
		return "EXEC_FAILED";
	case EVENT_NO_FORK:
		return "NO_FORK";
	case EVENT_EXITED:
		return "EXITED";
	case EVENT_LOST:
		return "LOST";
	case EVENT_DUE:
		return "DUE";
	}
	return "?";
}

const char *effect_kind_name(enum effect_kind k)
{
	switch (k) {
	case EFFECT_SPAWN:
		return "SPAWN";
	case EFFECT_SIGNAL:
		return "SIGNAL";
	case EFFECT_STATE:
		return "STATE";
	case EFFECT_SETTLED:
		return "SETTLED";
	case EFFECT_REMOVED:
		return "REMOVED";
	case EFFECT_ALL_DOWN:
		return "ALL_DOWN";
	}
	return "?";
}
