/* SPDX-License-Identifier: MIT */
/*
 * finish.c - who writes goes before who reads: what is left of the programs, then the manager,
 * whose last lines the logger still takes, then the logger.
 *
 * An orphan of a program is given to us when its parent dies, with a SIGCHLD for the parent if
 * that was our child, too. So while there are children there is a next look, and when there are
 * none there is nobody below us.
 */
#include "daemon/keeper/finish.h"

#include <sys/wait.h>

#include "daemon/keeper/book.h"
#include "daemon/keeper/peers.h"
#include "daemon/keeper/requests.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/watchdog.h"
#include "daemon/sys/procs.h"

enum {
	PATIENCE_MS = 2000, /* with what the programs left behind */
	PATIENCE_ALONE_MS = 10000, /* with programs that no manager stops any more */
	KILLED_MS = 20000, /* beyond that it cannot be killed */
	LOOK_EVERY_MS = 250, /* for who had no chance to hear of the end */
	MANAGER_MS = 2000,
	LOGGER_MS = 5000,
	HOPELESS_STARTS = 5,
};

static void enter(struct keeper *k, enum keeper_phase phase, msec_t patience)
{
	watchdog_feed(k); /* from here on nobody is asked any more */
	k->phase = phase;
	k->forced = false;
	k->step_due = mono_add(loop_now(k->loop), patience);
}

void finish_begin(struct keeper *k, int status, msec_t patience)
{
	if (k->phase >= PHASE_SWEEP)
		return;
	k->exit_status = status;
	if (k->book)
		book_set_state(k->book, BOOK_ENDS);
	k->next_ping = MONO_NEVER;
	k->sweep_over = mono_add(loop_now(k->loop), patience + KILLED_MS);
	peer_dismiss(&k->manager);
	enter(k, PHASE_SWEEP, patience);
}

void finish_at_rest(struct keeper *k, int status)
{
	finish_begin(k, status, PATIENCE_MS);
}

/* --- what is left of the programs -------------------------------------------------------- */

static void signal_child(pid_t pid, int signo)
{
	/* It is not reaped, and neither it nor its group can be another one. */
	(void)kill(getpgid(pid) == pid ? -pid : pid, signo);
}

/* It was not asked to end yet, and is now. */
static bool is_new(struct keeper *k, pid_t pid)
{
	if (map_get(&k->swept, (uint32_t)pid) || map_reserve(&k->swept) < 0)
		return false;
	map_put(&k->swept, (uint32_t)pid, k);
	return true;
}

static void sweep_one(struct keeper *k, pid_t pid, bool by_force)
{
	if (by_force) {
		signal_child(pid, SIGKILL);
		return;
	}
	if (!is_new(k, pid))
		return;
	signal_child(pid, SIGTERM);
	signal_child(pid, SIGCONT);
}

/* Without /proc only those are known that we started. */
static size_t sweep_known(struct keeper *k, bool by_force)
{
	for (size_t i = 0; i < k->by_pid.cap; i++)
		if (k->by_pid.v[i].key)
			sweep_one(k, (pid_t)k->by_pid.v[i].key, by_force);
	return k->by_pid.n;
}

/* Those of an earlier keeper, of whom only they themselves are known. */
static size_t sweep_adopted(struct keeper *k, bool by_force)
{
	size_t left = 0;

	for (struct list *l = k->adopted.next; l != &k->adopted; l = l->next, left++) {
		const struct slot *s = container_of(l, struct slot, with);

		if (!by_force && !is_new(k, s->pid))
			continue;
		(void)stranger_signal(s->pidfd, s->pid, by_force ? SIGKILL : SIGTERM, true);
		(void)stranger_signal(s->pidfd, s->pid, SIGCONT, true);
	}
	return left;
}

/* How many are left. */
static size_t sweep(struct keeper *k, bool by_force)
{
	_cleanup_(freep) pid_t *pids = NULL;
	size_t n, left = sweep_adopted(k, by_force);

	if (procs_children(&pids, &n) < 0)
		return left + sweep_known(k, by_force);
	for (size_t i = 0; i < n; i++) {
		if (pids[i] == k->manager.pid || pids[i] == k->logger.pid)
			continue;
		sweep_one(k, pids[i], by_force);
		left++;
	}
	return left;
}

static bool step_sweep(struct keeper *k, mono_t now)
{
	const bool by_force = !mono_before(now, k->step_due);
	const size_t left = sweep(k, by_force);

	if (left && mono_before(now, k->sweep_over)) {
		k->next_look = mono_add(now, LOOK_EVERY_MS);
		return false;
	}
	if (left)
		say_log(k, LEVEL_CRITICAL, "%zu processes cannot be killed; leaving them",
			left);
	peer_hang_up(&k->manager);
	enter(k, PHASE_MANAGER, MANAGER_MS);
	return true;
}

/* --- our own ----------------------------------------------------------------------------- */

/* Whether @p has ended; it is made to when its time is up, and left if even that is in vain. */
static bool has_ended(struct keeper *k, struct peer *p, mono_t now)
{
	if (peer_gone(p))
		return true;
	if (mono_before(now, k->step_due))
		return false;
	if (k->forced)
		return true;
	peer_kill(p);
	k->forced = true;
	k->step_due = mono_add(now, KILLED_MS);
	return false;
}

static bool step_manager(struct keeper *k, mono_t now)
{
	if (!has_ended(k, &k->manager, now))
		return false;
	enter(k, PHASE_LOGGER, LOGGER_MS);
	return true;
}

/* It died before it had read everything, also if it had been told to end. */
static bool logger_died(const struct keeper *k, mono_t now)
{
	return peer_gone(&k->logger) && WIFSIGNALED(k->logger.wait_status) && !k->forced &&
	       mono_before(now, k->step_due);
}

/* It must have all pipes before it is told that there will be no more in them; one that has
 * just died is replaced for that. */
static bool step_logger(struct keeper *k, mono_t now)
{
	const bool ready = k->logger.link && k->logger_begun;

	if (logger_died(k, now))
		peer_want_again(&k->logger);
	if (k->logger.wanted && ready)
		say_type(&k->logger, LINK_FINISH);
	if (ready || k->logger.failures >= HOPELESS_STARTS || !mono_before(now, k->step_due))
		peer_dismiss(&k->logger);
	if (!has_ended(k, &k->logger, now))
		return false;
	k->phase = PHASE_OVER;
	return false;
}

/* No manager lasts, and somebody wants us to end: then without one. */
static void end_alone(struct keeper *k)
{
	if (k->phase != PHASE_RUN || k->manager.failures < HOPELESS_STARTS || !requests_end(k))
		return;
	say_log(k, LEVEL_CRITICAL, "%s does not last: ending without it", k->manager.name);
	finish_begin(k, 0, PATIENCE_ALONE_MS);
}

static bool step(struct keeper *k, mono_t now)
{
	switch (k->phase) {
	case PHASE_SWEEP:
		return step_sweep(k, now);
	case PHASE_MANAGER:
		return step_manager(k, now);
	case PHASE_LOGGER:
		return step_logger(k, now);
	case PHASE_RUN:
	case PHASE_BEGIN:
	case PHASE_CHANGE:
	case PHASE_START:
	case PHASE_OVER:
		break;
	}
	return false;
}

void finish_tend(struct keeper *k, mono_t now)
{
	end_alone(k);
	while (step(k, now))
		;
}

mono_t finish_due(const struct keeper *k)
{
	if (k->phase < PHASE_SWEEP)
		return MONO_NEVER;
	if (k->phase == PHASE_SWEEP)
		return k->next_look;
	return k->step_due;
}
