/* SPDX-License-Identifier: MIT */
/*
 * The table: one function per event, and in it a case for each state, also where nothing
 * happens. The ways on from there are in life.c.
 */
#include "daemon/core/proc.h"

#include <assert.h>
#include <errno.h>

#include "daemon/core/deadline.h"
#include "daemon/core/life.h"

static void on_start(struct proc *p, mono_t now, struct effects *fx)
{
	switch (p->state) {
	case PROC_DOWN:
	case PROC_FAILED:
	case PROC_BACKOFF:
		life_begin_asked(p, now, fx);
		break;
	case PROC_SPAWN:
	case PROC_STARTING:
	case PROC_READY:
		break;
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		if (p->want_up && p->again)
			break;
		p->want_up = p->again = true;
		life_announce(p, SEEN_STOPPING, fx);
		break;
	}
}

static void on_stop(struct proc *p, bool for_good, mono_t now, struct effects *fx)
{
	switch (p->state) {
	case PROC_DOWN:
		break;
	case PROC_FAILED:
		life_rest(p, CAUSE_STOPPED, now, fx);
		break;
	case PROC_BACKOFF:
		if (for_good)
			life_give_up(p, now, fx);
		else
			life_rest(p, CAUSE_STOPPED, now, fx);
		break;
	case PROC_SPAWN:
	case PROC_STARTING:
	case PROC_READY:
		p->want_up = false;
		life_stop_term(p, now, fx);
		break;
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		if (!p->want_up)
			break;
		p->want_up = p->again = false;
		life_announce(p, SEEN_STOPPING, fx);
		break;
	}
}

static void on_restart(struct proc *p, mono_t now, struct effects *fx)
{
	switch (p->state) {
	case PROC_BACKOFF: /* a stop and a start, and seen as both */
		life_enter(p, PROC_DOWN, CAUSE_STOPPED, now, fx);
		life_begin_asked(p, now, fx);
		break;
	case PROC_SPAWN:
	case PROC_STARTING:
	case PROC_READY:
		p->again = true;
		life_stop_term(p, now, fx);
		break;
	case PROC_DOWN:
	case PROC_FAILED:
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		on_start(p, now, fx);
		break;
	}
}

static void on_spawned(struct proc *p, int pid, mono_t now, struct effects *fx)
{
	if (!p->alive || p->pid != 0) /* told again */
		return;
	p->pid = pid;
	p->no_fork = 0;
	if (p->state == PROC_SPAWN) { /* the keeper may have had others to fork first */
		p->started = p->since = now;
		p->deadline = deadline_of(p);
	}
	life_announce(p, proc_seen(p), fx);
}

static void on_exec_ok(struct proc *p, mono_t now, struct effects *fx)
{
	switch (p->state) {
	case PROC_SPAWN:
		if (proc_startsecs(p->policy) > 0)
			life_enter(p, PROC_STARTING, CAUSE_NONE, now, fx);
		else
			life_ready(p, now, fx);
		break;
	case PROC_DOWN: /* told again, or on its way out */
	case PROC_FAILED:
	case PROC_BACKOFF:
	case PROC_STARTING:
	case PROC_READY:
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		break;
	}
}

static void on_end(struct proc *p, const struct event *ev, enum proc_cause cause, mono_t now,
		   struct effects *fx)
{
	if (!p->alive) /* told again */
		return;
	if (cause == CAUSE_EXITED) {
		p->wait_status = ev->arg;
	} else {
		p->exec_error = ev->arg;
		p->exec_stage = ev->arg2;
	}
	life_gone(p, cause, now, fx);
}

/*
 * There is no process. Unless that is known for a start, it comes down to having lost it; and a
 * oneshot that was forked may have done its work, which no second one must do without counting.
 */
static void on_nothing(struct proc *p, const struct event *ev, enum proc_cause cause,
		       mono_t now, struct effects *fx)
{
	if (!p->alive)
		return;
	if (cause == CAUSE_NO_FORK)
		p->exec_error = ev->arg;
	if (p->state != PROC_SPAWN || (p->policy->oneshot && p->pid != 0)) {
		life_gone(p, CAUSE_LOST, now, fx);
		return;
	}
	life_no_room(p, cause, now, fx);
}

static void on_retry(struct proc *p, mono_t now, struct effects *fx)
{
	if (p->closing || life_budget_spent(p)) {
		life_give_up(p, now, fx);
		return;
	}
	if (p->held && !guard_take(&p->guard, proc_limit(p->policy), now)) {
		life_enter(p, PROC_BACKOFF, p->cause, now, fx);
		return;
	}
	life_begin_again(p, now, fx);
}

static void on_deadline(struct proc *p, mono_t now, struct effects *fx)
{
	switch (p->state) {
	case PROC_DOWN: /* have none */
	case PROC_FAILED:
	case PROC_READY:
		break;
	case PROC_BACKOFF:
		on_retry(p, now, fx);
		break;
	case PROC_SPAWN: /* hangs before exec */
		p->bad = true;
		p->exec_error = ETIMEDOUT;
		life_kill(p, PROC_STOP_KILL, now, fx);
		break;
	case PROC_STARTING:
		life_ready(p, now, fx);
		break;
	case PROC_STOP_TERM:
		life_kill(p, PROC_STOP_KILL, now, fx);
		break;
	case PROC_STOP_KILL:
		life_enter(p, PROC_STUCK, CAUSE_NONE, now, fx);
		break;
	case PROC_STUCK:
		life_kill(p, PROC_STUCK, now, fx);
		break;
	}
}

static void on_due(struct proc *p, mono_t now, struct effects *fx)
{
	if (mono_before(now, proc_due(p)))
		return;
	if (mono_before(p->run_until, p->deadline)) {
		p->timed_out = true;
		life_stop_term(p, now, fx);
		return;
	}
	on_deadline(p, now, fx);
}

static bool is_request(enum event_kind k)
{
	return k == EVENT_START || k == EVENT_STOP || k == EVENT_RESTART;
}

/* News of which the keeper keeps a record until it is settled. */
static bool has_record(enum event_kind k)
{
	return k == EVENT_EXITED || k == EVENT_EXEC_FAILED || k == EVENT_NO_FORK;
}

static void dispatch(struct proc *p, const struct event *ev, mono_t now, struct effects *fx)
{
	switch (ev->kind) {
	case EVENT_START:
		on_start(p, now, fx);
		break;
	case EVENT_STOP:
		on_stop(p, ev->arg == STOP_GIVE_UP, now, fx);
		break;
	case EVENT_RESTART:
		on_restart(p, now, fx);
		break;
	case EVENT_SPAWNED:
		on_spawned(p, ev->arg, now, fx);
		break;
	case EVENT_EXEC_OK:
		on_exec_ok(p, now, fx);
		break;
	case EVENT_EXEC_FAILED:
		on_end(p, ev, CAUSE_EXEC, now, fx);
		break;
	case EVENT_NO_FORK:
		on_nothing(p, ev, CAUSE_NO_FORK, now, fx);
		break;
	case EVENT_EXITED:
		on_end(p, ev, CAUSE_EXITED, now, fx);
		break;
	case EVENT_LOST:
		on_nothing(p, ev, CAUSE_LOST, now, fx);
		break;
	case EVENT_DUE:
		on_due(p, now, fx);
		break;
	}
}

/* What must hold between steps whatever the world does; time is left to the tests. */
static void check(const struct proc *p)
{
	assert(p->alive == proc_alive_in(p->state));
	assert(p->state != PROC_DOWN || !p->want_up);
	assert(p->want_up || !p->again);
	assert(p->want_up || p->state == PROC_DOWN || proc_stopping_in(p->state));
	assert(!p->held || p->state == PROC_BACKOFF);
}

void proc_step(struct proc *p, const struct event *ev, mono_t now, struct effects *fx)
{
	const proc_gen gen = p->gen;
	const bool request = is_request(ev->kind);

	if (request && p->closing && ev->kind != EVENT_STOP)
		return;
	if (request || ev->gen == gen)
		dispatch(p, ev, now, fx);
	if (has_record(ev->kind))
		life_effect(fx, (struct effect){ .kind = EFFECT_SETTLED,
						 .proc = p->id,
						 .gen = ev->gen });
	if (p->gen != gen)
		life_effect(fx, (struct effect){
					.kind = EFFECT_SPAWN, .proc = p->id, .gen = p->gen });
	check(p);
}

void proc_init(struct proc *p, proc_id id, const struct proc_policy *policy, mono_t now)
{
	*p = (struct proc){
		.id = id,
		.state = PROC_DOWN,
		.cause = CAUSE_NONE,
		.since = now,
		.deadline = MONO_NEVER,
		.run_until = MONO_NEVER,
		.started = MONO_NEVER,
		.policy = policy,
	};
	guard_fill(&p->guard, proc_limit(policy), now);
}

void proc_set_policy(struct proc *p, const struct proc_policy *policy, mono_t now,
		     struct effects *fx)
{
	const mono_t deadline = p->deadline, run_until = p->run_until;

	p->policy = policy;
	if (p->state == PROC_BACKOFF && life_budget_spent(p)) {
		life_give_up(p, now, fx);
		return;
	}
	if (p->held && !life_comes_again(p, p->cause)) {
		life_rest(p, p->cause, now, fx);
		return;
	}
	p->deadline = deadline_of(p);
	p->run_until = run_until_of(p);
	if (p->deadline.ms != deadline.ms || p->run_until.ms != run_until.ms)
		life_announce(p, proc_seen(p), fx);
}

mono_t proc_due(const struct proc *p)
{
	return mono_min(p->deadline, p->run_until);
}
