/* SPDX-License-Identifier: MIT */
/*
 * reap.c - with the reap a pid becomes anybody's.
 *
 * Hence this runs at the end of a turn: signals that the manager asked for in the same turn
 * have gone out by then, to a process or a group that could not be another one yet.
 *
 * The same call tells who was stopped and who goes on, so that a process which is to end is
 * continued if it is stopped, and spared a second signal if it is not.
 */
#include "daemon/keeper/reap.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/keeper/cgroups.h"
#include "daemon/keeper/launch.h"
#include "daemon/keeper/notices.h"
#include "daemon/keeper/peers.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/sys/clock.h"

enum { AT_ONCE = 256, NAMED_AT_ONCE = 16 };

static uint64_t microseconds(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

/* A group's number is not given away while it has members. */
static bool has_members(pid_t group)
{
	return kill(-group, 0) == 0 || errno == EPERM;
}

static struct slot_end account(const struct slot *s, const struct rusage *use)
{
	return (struct slot_end){ .utime_us = microseconds(use->ru_utime),
				  .stime_us = microseconds(use->ru_stime),
				  .maxrss_kb = (uint64_t)use->ru_maxrss,
				  .leftovers = has_members(s->pid),
				  .wall_ms = wall_now_ms() };
}

/* How it could not become the program, or how that ended. */
static void say_end(struct keeper *k, const struct slot *s)
{
	struct link_msg m = launch_msg(s->exec_error ? LINK_SPAWN_FAILED : LINK_EXITED, s);

	m.proc.status = s->wait_status;
	m.proc.lost = s->lost;
	m.proc.error = s->exec_error;
	m.proc.stage = s->exec_stage;
	m.proc.utime_us = s->end.utime_us;
	m.proc.stime_us = s->end.stime_us;
	m.proc.maxrss_kb = s->end.maxrss_kb;
	m.proc.leftovers = s->end.leftovers;
	m.proc.oom = s->end.oom;
	m.proc.ended_wall_ms = s->end.wall_ms;
	say(&k->manager, &m);
}

void reap_ended(struct keeper *k, struct slot *s, int status, bool lost,
		const struct rusage *use)
{
	notices_on_message(k, s->id, false); /* while it is known whose they are */
	launch_look(k, s); /* its last word may be why it could not become the program */
	slot_launched(k, s);
	s->ended = true;
	k->mourned = s->id;
	s->wait_status = status;
	s->lost = lost;
	s->end = account(s, use);
	s->end.oom = cgroups_ended(k, s);
	say_end(k, s);
	slot_clear_pid(k, s);
	slot_record(k, s);
}

static void log_orphan(struct keeper *k, pid_t pid, int status)
{
	const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

	if (WIFSIGNALED(status))
		say_log(k, LEVEL_INFO, "reaped unknown pid %d (terminated by SIG%s)", pid,
			name ? name : "?");
	else
		say_log(k, LEVEL_INFO, "reaped unknown pid %d (exit status %d)", pid,
			WEXITSTATUS(status));
}

/* False: there is no news of anybody. */
static bool reap_one(struct keeper *k, unsigned *orphans)
{
	struct rusage use;
	struct slot *s;
	int status;
	const pid_t pid = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, &use);

	if (pid <= 0)
		return false;
	s = slot_of_pid(k, pid);
	if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
		if (s)
			slot_set_stopped(s, WIFSTOPPED(status));
		return true;
	}
	if (s)
		reap_ended(k, s, status, false, &use);
	else if (!peers_reaped(k, pid, status) && ++*orphans <= NAMED_AT_ONCE)
		log_orphan(k, pid, status);
	return true;
}

void reap_dead(struct keeper *k)
{
	unsigned orphans = 0;
	int n = 0;

	if (!k->child_died)
		return;
	while (n < AT_ONCE && reap_one(k, &orphans))
		n++;
	k->child_died = n == AT_ONCE;
	if (n)
		cgroups_look(k);
	if (orphans > NAMED_AT_ONCE)
		say_log(k, LEVEL_INFO, "reaped %u more unknown processes",
			orphans - NAMED_AT_ONCE);
}
