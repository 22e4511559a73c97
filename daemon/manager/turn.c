/* SPDX-License-Identifier: MIT */
/*
 * The record of a process is written before the effects of its step are carried out: the keeper
 * never hears of an incarnation that the ledger does not know.
 */
#include "daemon/manager/turn.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>

#include "daemon/manager/essential.h"
#include "daemon/manager/events.h"
#include "daemon/manager/groups.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/job_run.h"
#include "daemon/manager/journal.h"
#include "daemon/manager/lifecycle.h"
#include "daemon/manager/operation.h"
#include "daemon/manager/report.h"
#include "daemon/manager/sessions.h"
#include "daemon/manager/starter.h"
#include "daemon/manager/strays.h"
#include "daemon/manager/wiring.h"

enum { STARVED_MS = 100 };

static void signal_process(struct manager *m, const struct unit *u, const struct proc *p,
			   const struct effect *e)
{
	if (e->arg == SIGKILL && !u->of_job)
		journal_kill(m, u, p);
	manager_tell_keeper(m,
			    &(struct link_msg){ .type = LINK_SIGNAL,
						.signal = { .id = e->proc,
							    .gen = e->gen,
							    .signo = e->arg,
							    .group = e->group,
							    .cont = true } },
			    -1);
}

static void publish(struct manager *m, struct unit *u, const struct proc *p,
		    const struct effect *e)
{
	const enum proc_seen seen = (enum proc_seen)e->arg;

	if (seen == SEEN_STARTING && e->arg2 != SEEN_STARTING)
		u->started_ms = job_wall_ms();
	if (seen == SEEN_STOPPED || seen == SEEN_EXITED || seen == SEEN_BACKOFF)
		if (e->arg2 != e->arg)
			u->stopped_ms = job_wall_ms();
	if (u->of_job)
		return;
	report_changed(m);
	journal_state(m, u, p, seen, (enum proc_seen)e->arg2);
	events_state(m, u, p, seen, (enum proc_seen)e->arg2);
	operation_notice(m, u, p, seen);
}

static void carry_out(struct manager *m, const struct effect *e)
{
	const struct proc *p;
	struct unit *u;

	if (e->kind == EFFECT_REMOVED) {
		if (!job_removed(m, e->proc))
			groups_forget_process(m, e->proc);
		report_changed(m);
		return;
	}
	if (e->kind == EFFECT_ALL_DOWN) {
		lifecycle_all_down(m);
		return;
	}
	if (!manager_find(m, e->proc, &u, &p))
		return;
	switch (e->kind) {
	case EFFECT_SPAWN:
		starter_spawn(m, u, e->gen);
		break;
	case EFFECT_SIGNAL:
		signal_process(m, u, p, e);
		break;
	case EFFECT_STATE:
		publish(m, u, p, e);
		break;
	case EFFECT_SETTLED:
		manager_tell_keeper(
			m,
			&(struct link_msg){ .type = LINK_SETTLED,
					    .proc = { .id = e->proc, .gen = e->gen } },
			-1);
		break;
	case EFFECT_REMOVED:
	case EFFECT_ALL_DOWN:
		break;
	}
}

/* The lines of the log that belong to an event rather than to a state. @before: the process as
 * the event found it; what is told a second time is not news. */
static void journal_event(struct manager *m, const struct event *ev, const struct unit *u,
			  const struct proc *p, const struct proc *before)
{
	if (ev->gen != before->gen || u->of_job)
		return;
	if (ev->kind == EVENT_SPAWNED && before->pid != ev->arg)
		journal_spawned(m, u, ev->arg);
	if ((ev->kind == EVENT_EXEC_FAILED || ev->kind == EVENT_NO_FORK) && before->alive)
		journal_start_failed(m, u, p);
	if (ev->kind == EVENT_EXITED && before->alive)
		journal_exited(m, u, p, before, ev->arg);
}

/* Why an incarnation has ended that may have been followed by another in the same step. */
static enum proc_cause cause_of_end(const struct proc *p, const struct proc *before)
{
	if (p->gen == before->gen && !p->alive)
		return p->cause;
	if (before->timed_out)
		return CAUSE_TIMEOUT;
	return proc_seen(before) == SEEN_STOPPING ? CAUSE_STOPPED : CAUSE_EXITED;
}

/* What is to be known of an end when all else of it has been overtaken. */
static void note_end(struct manager *m, const struct event *ev, struct unit *u,
		     const struct proc *p, const struct proc *before)
{
	if (!before->alive || (p->alive && p->gen == before->gen))
		return;
	const int64_t wall = job_wall_ms();
	const int64_t at = u->ended_ms ? u->ended_ms : wall;
	const msec_t ran = mono_span(before->started, loop_now(m->loop)) - (wall - at);

	u->last = (struct ended){ .gen = before->gen,
				  .cause = cause_of_end(p, before),
				  .pid = before->pid,
				  .at_ms = at,
				  .ran = ran > 0 ? ran : 0 };
	u->ended_ms = 0;
	if (ev->kind == EVENT_EXITED) {
		u->last.wait_status = ev->arg;
	} else {
		u->last.exec_error = ev->arg;
		u->last.exec_stage = ev->arg2;
	}
}

/* It does not come back: its pipes are closed while others still end, and not all at last. */
static void let_go(struct manager *m, const struct unit *u)
{
	manager_tell_keeper(
		m, &(struct link_msg){ .type = LINK_FORGET, .proc = { .id = u->id } }, -1);
}

/* What its effects have left of it; @before: as the event found it. */
static void settle(struct manager *m, proc_id id, const struct proc *before, mono_t now)
{
	const struct proc *p;
	struct unit *u;

	if (!manager_find(m, id, &u, &p))
		return;
	if (u->next && proc_at_rest(p))
		groups_switch(m, u, now);
	manager_record(m, u, p);
	if (!proc_at_rest(p) || proc_at_rest(before))
		return;
	wiring_at_rest(m, u);
	if (m->phase == PHASE_SHUTDOWN)
		let_go(m, u);
}

static void step(struct manager *m, const struct event *ev, mono_t now)
{
	struct effects fx = { 0 };
	struct proc before = { 0 };
	bool over = false;
	const struct proc *p;
	struct unit *u;

	if (manager_find(m, ev->proc, &u, &p))
		before = *p;
	roster_step(m->roster, ev, now, &fx);
	if (manager_find(m, ev->proc, &u, &p)) {
		note_end(m, ev, u, p, &before);
		over = essential_ended(m, u, p, &before);
		manager_record(m, u, p);
		journal_event(m, ev, u, p, &before);
		job_stepped(m, u, p, &before);
	}
	for (size_t i = 0; i < fx.n; i++)
		carry_out(m, &fx.v[i]);
	if (fx.n)
		settle(m, ev->proc, &before, now);
	if (over)
		lifecycle_shutdown(m);
}

static bool next(struct manager *m, mono_t now, struct event *ret)
{
	if (m->done || !m->roster)
		return false;
	/* What was posted comes first: of a change, all that stops is in the ledger before what
	 * starts has the change kept. Else it could be that the change is known to the next
	 * manager, and that it stops something is not. */
	return manager_take(m, ret) || roster_more(m->roster, now, ret);
}

static void drain(struct manager *m, mono_t now)
{
	struct event ev;

	strays_tick(m, now);
	sessions_tick(m, now);
	jobs_tick(m);
	while (next(m, now, &ev))
		step(m, &ev, now);
	if (m->roster && !m->done)
		groups_keep(m);
	lifecycle_tick(m, now);
}

static bool has_more(const struct manager *m)
{
	return m->roster && !m->done && (m->queue_n || m->unkept || jobs_more(m));
}

/* The kernel is short of something: only time helps. */
static bool starved(const struct manager *m)
{
	return channel_starved(m->keeper) || (m->logger && channel_starved(m->logger));
}

static mono_t due(const struct manager *m)
{
	mono_t t = mono_min(mono_min(lifecycle_due(m), m->log_due), sessions_due(m));

	t = mono_min(t, m->report_due);
	t = mono_min(t, strays_due(m));
	if (starved(m))
		t = mono_min(t, mono_add(loop_now(m->loop), STARVED_MS));

	if (m->roster)
		t = mono_min(t, roster_due(m->roster));
	return m->server ? mono_min(t, server_due(m->server)) : t;
}

static void send_log(struct manager *m, mono_t now)
{
	if (!m->done && mono_before(now, m->log_due))
		return;
	m->log_due = MONO_NEVER;
	if (m->logger)
		channel_flush(m->logger);
}

void turn(struct manager *m)
{
	const mono_t now = loop_now(m->loop);

	do {
		drain(m, now);
		/* The services come first: what they need is on its way before clients hear. */
		channel_flush(m->keeper);
		events_tick(m);
		if (m->server)
			server_tick(m->server, now);
		events_tick(m); /* to those who have just read */
	} while (has_more(m));
	channel_flush(m->keeper);
	send_log(m, now);
	report_tick(m, now);
	loop_wake_at(m->loop, due(m));
	if (TAKE(m->spent, false))
		(void)malloc_trim(0);
}
