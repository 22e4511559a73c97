/* SPDX-License-Identifier: MIT */
/*
 * life_enter() alone writes p->state; what holds on entry to a state is said in it and in
 * deadline.c. An incarnation begins in begin() and nowhere else.
 */
#include "daemon/core/life.h"

#include <assert.h>
#include <signal.h>

#include "daemon/core/deadline.h"

void life_effect(struct effects *fx, struct effect e)
{
	assert(fx->n < EFFECTS_PER_STEP);
	fx->v[fx->n++] = e;
}

void life_announce(const struct proc *p, enum proc_seen before, struct effects *fx)
{
	life_effect(fx, (struct effect){ .kind = EFFECT_STATE,
					 .proc = p->id,
					 .gen = p->gen,
					 .arg = (int)proc_seen(p),
					 .arg2 = (int)before });
}

static void send_signal(const struct proc *p, int signo, bool group, struct effects *fx)
{
	life_effect(fx, (struct effect){ .kind = EFFECT_SIGNAL,
					 .proc = p->id,
					 .gen = p->gen,
					 .arg = signo,
					 .group = group });
}

bool proc_alive_in(enum proc_state s)
{
	switch (s) {
	case PROC_DOWN:
	case PROC_FAILED:
	case PROC_BACKOFF:
		return false;
	case PROC_SPAWN:
	case PROC_STARTING:
	case PROC_READY:
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		return true;
	}
	return false;
}

bool proc_stopping_in(enum proc_state s)
{
	return s == PROC_STOP_TERM || s == PROC_STOP_KILL || s == PROC_STUCK;
}

/* The only writer of p->state. */
void life_enter(struct proc *p, enum proc_state s, enum proc_cause cause, mono_t now,
		struct effects *fx)
{
	const enum proc_seen before = proc_seen(p);

	p->state = s;
	p->cause = cause;
	p->since = now;
	p->alive = proc_alive_in(s);
	p->deadline = deadline_of(p);
	p->run_until = run_until_of(p);
	life_announce(p, before, fx);
}

/* Come to rest, with nothing planned. */
void life_rest(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx)
{
	p->want_up = p->again = p->bad = p->timed_out = p->held = false;
	life_enter(p, PROC_DOWN, cause, now, fx);
}

/* A new incarnation. proc_step() adds the EFFECT_SPAWN when it sees the new generation. */
static void begin(struct proc *p, mono_t now, struct effects *fx)
{
	assert(p->want_up && !p->alive && !p->closing);

	if (++p->gen == 0) /* means never started */
		p->gen = 1;
	p->again = p->bad = p->timed_out = p->held = false;
	p->pid = p->wait_status = p->exec_error = p->exec_stage = p->kills = 0;
	p->started = now;
	life_enter(p, PROC_SPAWN, CAUSE_NONE, now, fx);
}

/* A start that was asked for. The failure counter stays: see proc.h. A oneshot has all its
 * attempts again. */
void life_begin_asked(struct proc *p, mono_t now, struct effects *fx)
{
	if (p->policy->oneshot)
		p->failures = 0;
	p->want_up = true;
	p->restarts = 0;
	p->no_fork = 0;
	guard_fill(&p->guard, proc_limit(p->policy), now);
	begin(p, now, fx);
}

void life_begin_again(struct proc *p, mono_t now, struct effects *fx)
{
	p->restarts++;
	begin(p, now, fx);
}

void life_give_up(struct proc *p, mono_t now, struct effects *fx)
{
	p->failures = 0;
	p->bad = p->held = false;
	life_enter(p, PROC_FAILED, p->cause, now, fx);
}

bool life_budget_spent(const struct proc *p)
{
	const int retries = p->policy->oneshot ? p->policy->retries : p->policy->startretries;

	return p->bad && p->failures > (retries > 0 ? retries : 0);
}

/* It did not come up, and that counts. People see BACKOFF also when it was the last attempt. */
static void fail(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx)
{
	p->bad = true;
	if (p->failures < INT32_MAX)
		p->failures++;
	life_enter(p, PROC_BACKOFF, cause, now, fx);
	if (p->closing || life_budget_spent(p))
		life_give_up(p, now, fx);
}

/* It did not come up, but not through its own fault. */
void life_no_room(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx)
{
	if (p->no_fork < INT32_MAX)
		p->no_fork++;
	life_enter(p, PROC_BACKOFF, cause, now, fx);
	if (p->closing)
		life_give_up(p, now, fx);
}

/* To run is what others are for; a oneshot has succeeded only when it has ended well. */
void life_ready(struct proc *p, mono_t now, struct effects *fx)
{
	if (!p->policy->oneshot)
		p->failures = 0;
	life_enter(p, PROC_READY, CAUSE_NONE, now, fx);
}

static bool ended_well(const struct proc *p, enum proc_cause cause)
{
	return cause == CAUSE_EXITED && proc_exit_expected(p->policy, p->wait_status);
}

/* Whether it is wanted back after an end that nobody asked for, because of @cause. */
bool life_comes_again(const struct proc *p, enum proc_cause cause)
{
	if (p->closing)
		return false;
	if (p->policy->oneshot)
		return p->policy->retries > 0 && !ended_well(p, cause);
	switch (p->policy->restart) {
	case RESTART_NEVER:
		return false;
	case RESTART_ALWAYS:
		return true;
	case RESTART_UNEXPECTED:
		return !ended_well(p, cause);
	}
	return false;
}

/* It was up and has ended by itself, or by runtimeout: seen as EXITED, then autorestart, or
 * what a failed attempt of a oneshot leads to. */
static void ended(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx)
{
	if (!life_comes_again(p, cause)) {
		p->failures = 0;
		life_rest(p, cause, now, fx);
		return;
	}
	life_enter(p, PROC_DOWN, cause, now, fx);
	if (p->policy->oneshot) {
		fail(p, cause, now, fx);
		return;
	}
	p->failures = 0;
	if (guard_take(&p->guard, proc_limit(p->policy), now)) {
		life_begin_again(p, now, fx);
		return;
	}
	p->held = true;
	life_enter(p, PROC_BACKOFF, cause, now, fx);
}

/* What was to be stopped is gone. */
static void settle(struct proc *p, mono_t now, struct effects *fx)
{
	if (!p->want_up || (p->again && p->closing)) {
		life_rest(p, CAUSE_STOPPED, now, fx);
		return;
	}
	if (p->again) {
		life_enter(p, PROC_DOWN, p->timed_out ? CAUSE_TIMEOUT : CAUSE_STOPPED, now, fx);
		life_begin_asked(p, now, fx);
		return;
	}
	if (p->timed_out) {
		ended(p, CAUSE_TIMEOUT, now, fx);
		return;
	}
	assert(p->bad); /* it hung before exec */
	fail(p, CAUSE_EXEC, now, fx);
}

/* The incarnation is over, because of @cause if nobody asked for it. */
void life_gone(struct proc *p, enum proc_cause cause, mono_t now, struct effects *fx)
{
	const enum proc_cause early = cause == CAUSE_EXITED ? CAUSE_TOO_QUICK : cause;

	switch (p->state) {
	case PROC_SPAWN:
		if (p->policy->oneshot && cause != CAUSE_EXEC)
			ended(p, cause, now, fx);
		else
			fail(p, early, now, fx);
		break;
	case PROC_STARTING:
		if (mono_span(p->started, now) < proc_startsecs(p->policy)) {
			fail(p, early, now, fx);
			break;
		}
		/* It had been up for long enough, only nobody had looked yet. */
		life_ready(p, now, fx);
		ended(p, cause, now, fx);
		break;
	case PROC_READY:
		ended(p, cause, now, fx);
		break;
	case PROC_STOP_TERM:
	case PROC_STOP_KILL:
	case PROC_STUCK:
		settle(p, now, fx);
		break;
	case PROC_DOWN:
	case PROC_FAILED:
	case PROC_BACKOFF:
		break;
	}
}

void life_stop_term(struct proc *p, mono_t now, struct effects *fx)
{
	life_enter(p, PROC_STOP_TERM, CAUSE_NONE, now, fx);
	send_signal(p, p->policy->stopsignal, p->policy->stop_group, fx);
}

void life_kill(struct proc *p, enum proc_state next, mono_t now, struct effects *fx)
{
	if (p->kills < INT32_MAX)
		p->kills++;
	life_enter(p, next, CAUSE_NONE, now, fx);
	send_signal(p, SIGKILL, p->policy->kill_group, fx);
}
