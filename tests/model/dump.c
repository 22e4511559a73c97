/* SPDX-License-Identifier: MIT */
#include "tests/model/dump.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "daemon/core/proc.h"

enum { MAX_STATES = 4096, SPAN = 1000 };

static const mono_t NOW = { 1000000 };

enum clock { AT_ONCE, LATE, AT_DEADLINE, AT_TIMEOUT };

/* clang-format off */
static const struct trial {
	const char *name;
	enum event_kind kind;
	int arg;
	enum clock clock;
	bool stale;
} trials[] = {
	{ "start",          EVENT_START,       0,           AT_ONCE,     false },
	{ "stop",           EVENT_STOP,        STOP_ONLY,   AT_ONCE,     false },
	{ "give_up",        EVENT_STOP,        STOP_GIVE_UP, AT_ONCE,    false },
	{ "restart",        EVENT_RESTART,     0,           AT_ONCE,     false },
	{ "spawned",        EVENT_SPAWNED,     100,         AT_ONCE,     false },
	{ "exec_ok",        EVENT_EXEC_OK,     0,           AT_ONCE,     false },
	{ "exec_failed",    EVENT_EXEC_FAILED, ENOENT,      AT_ONCE,     false },
	{ "exec_failed_late", EVENT_EXEC_FAILED, ENOENT,    LATE,        false },
	{ "no_fork",        EVENT_NO_FORK,     EAGAIN,      AT_ONCE,     false },
	{ "no_fork_late",   EVENT_NO_FORK,     EAGAIN,      LATE,        false },
	{ "exit_ok",        EVENT_EXITED,      0,           AT_ONCE,     false },
	{ "exit_ok_late",   EVENT_EXITED,      0,           LATE,        false },
	{ "exit_fail",      EVENT_EXITED,      1 << 8,      AT_ONCE,     false },
	{ "exit_fail_late", EVENT_EXITED,      1 << 8,      LATE,        false },
	{ "lost",           EVENT_LOST,        0,           AT_ONCE,     false },
	{ "lost_late",      EVENT_LOST,        0,           LATE,        false },
	{ "timer",          EVENT_DUE,         0,           AT_DEADLINE, false },
	{ "timeout",        EVENT_DUE,         0,           AT_TIMEOUT,  false },
	{ "not_due",        EVENT_DUE,         0,           AT_ONCE,     false },
	{ "stale_spawned",  EVENT_SPAWNED,     99,          AT_ONCE,     true },
	{ "stale_exec_ok",  EVENT_EXEC_OK,     0,           AT_ONCE,     true },
	{ "stale_exit",     EVENT_EXITED,      0,           LATE,        true },
	{ "stale_lost",     EVENT_LOST,        0,           LATE,        true },
};
/* clang-format on */

/* Two processes that the machine treats alike are the same bytes. */
static struct proc canonical(const struct proc *p)
{
	struct proc q;

	memset(&q, 0, sizeof q);
	q.id = p->id;
	q.gen = p->gen ? 2 : 0;
	q.state = p->state;
	q.cause = p->cause;
	q.want_up = p->want_up;
	q.again = p->again;
	q.bad = p->bad;
	q.timed_out = p->timed_out;
	q.held = p->held;
	q.alive = p->alive;
	q.closing = p->closing;
	q.failures = p->failures;
	q.no_fork = p->no_fork > 0;
	q.kills = p->kills > 0;
	q.pid = p->pid ? 100 : 0;
	q.guard.tokens = p->guard.tokens >= 0.999 ? 1 : 0;
	q.guard.at = q.since = q.started = NOW;
	q.deadline = mono_is_never(p->deadline) ? MONO_NEVER : mono_add(NOW, SPAN);
	q.run_until = mono_is_never(p->run_until) ? MONO_NEVER : mono_add(NOW, 2 * SPAN);
	q.policy = p->policy;
	return q;
}

struct table {
	FILE *out;
	struct proc states[MAX_STATES];
	unsigned n, steps;
};

static void print_state(const struct table *t, unsigned i)
{
	const struct proc *p = &t->states[i];

	fprintf(t->out,
		"state %u st=%s cause=%s want=%d again=%d bad=%d timed_out=%d held=%d "
		"closing=%d f=%d nf=%d tok=%d dl=%d ru=%d kills=%d pid=%d ran=%d seen=%s\n",
		i, proc_state_name(p->state), proc_cause_name(p->cause), p->want_up, p->again,
		p->bad, p->timed_out, p->held, p->closing, p->failures, p->no_fork,
		p->guard.tokens > 0, !mono_is_never(p->deadline), !mono_is_never(p->run_until),
		p->kills, p->pid != 0, p->gen != 0, proc_seen_name(proc_seen(p)));
}

/* The number of @p, which may be new. */
static unsigned number(struct table *t, const struct proc *p)
{
	const struct proc q = canonical(p);
	unsigned i = 0;

	while (i < t->n && memcmp(&t->states[i], &q, sizeof q) != 0)
		i++;
	if (i == t->n) {
		assert(t->n < MAX_STATES);
		memcpy(&t->states[t->n++], &q, sizeof q);
		print_state(t, i);
	}
	return i;
}

static void print_effect(FILE *out, const struct effect *e)
{
	fprintf(out, " %s", effect_kind_name(e->kind));
	if (e->kind == EFFECT_SIGNAL)
		fprintf(out, ":%s", e->arg == SIGKILL ? "KILL" : "TERM");
	if (e->kind == EFFECT_STATE)
		fprintf(out, ":%s:%s", proc_seen_name((enum proc_seen)e->arg2),
			proc_seen_name((enum proc_seen)e->arg));
}

/* Whether @try can be: a timer comes only where one is set. Sets the clock. */
static bool set_clock(const struct trial *try, struct proc *p, mono_t *ret)
{
	switch (try->clock) {
	case AT_ONCE:
		*ret = NOW;
		return true;
	case LATE:
		*ret = mono_add(NOW, SPAN);
		return true;
	case AT_DEADLINE:
		*ret = p->deadline;
		return !mono_is_never(p->deadline);
	case AT_TIMEOUT:
		if (mono_is_never(p->run_until))
			return false;
		p->run_until = *ret = mono_add(NOW, SPAN / 2);
		return true;
	}
	return false;
}

static void step(struct table *t, unsigned from, const struct trial *try)
{
	struct proc p = t->states[from];
	struct event ev = { .kind = try->kind, .proc = p.id, .arg = try->arg };
	struct effects fx = { 0 };
	unsigned to;
	mono_t now;

	if (!set_clock(try, &p, &now))
		return;
	ev.gen = try->stale ? p.gen + 1 : p.gen;
	proc_step(&p, &ev, now, &fx);
	to = number(t, &p);
	fprintf(t->out, "step %u %s %u", from, try->name, to);
	for (size_t i = 0; i < fx.n; i++)
		print_effect(t->out, &fx.v[i]);
	fputc('\n', t->out);
	t->steps++;
}

/* The daemon ends: no event, and it can be in any state. */
static void close_down(struct table *t, unsigned from)
{
	struct proc p = t->states[from];

	p.closing = true;
	fprintf(t->out, "step %u close %u\n", from, number(t, &p));
	t->steps++;
}

static struct dump_count dump_config(FILE *out, const struct proc_policy *policy)
{
	static struct table t;
	struct proc p;

	t = (struct table){ .out = out };
	proc_init(&p, 1, policy, NOW);
	(void)number(&t, &p);
	for (unsigned i = 0; i < t.n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(trials); k++)
			step(&t, i, &trials[k]);
		close_down(&t, i);
	}
	return (struct dump_count){ 1, t.n, t.steps };
}

static const char *restart_name(enum proc_restart r)
{
	switch (r) {
	case RESTART_NEVER:
		return "never";
	case RESTART_UNEXPECTED:
		return "unexpected";
	case RESTART_ALWAYS:
		return "always";
	}
	return "?";
}

static struct dump_count dump_one(FILE *out, const struct proc_policy *policy)
{
	fprintf(out,
		"config restart=%s startsecs=%d runtimeout=%d rate=%d retries=%d oneshot=%d\n",
		restart_name(policy->restart), policy->startsecs > 0, policy->runtimeout > 0,
		policy->rate > 0, policy->oneshot ? policy->retries : policy->startretries,
		policy->oneshot);
	return dump_config(out, policy);
}

/* Each bit of the number, and its rest, makes another configuration. */
static struct proc_policy policy_of(unsigned i)
{
	return (struct proc_policy){
		.startsecs = i & 1 ? SPAN : 0,
		.runtimeout = i & 2 ? 10 * SPAN : 0,
		.rate = i & 4 ? 1 : 0,
		.burst = 1,
		.startretries = i < 24	 ? 1
				: i < 25 ? 0
					 : 2,
		.restart = (enum proc_restart)(i / 8 % 3),
		.exitcodes = { 1 },
		.stopsignal = SIGTERM,
		.stopwait = SPAN,
	};
}

/* What must not count for a oneshot is set all the same. */
static struct proc_policy oneshot_of(unsigned i)
{
	return (struct proc_policy){
		.oneshot = true,
		.retries = (int)(i / 2),
		.retry_delay = SPAN,
		.runtimeout = i & 1 ? 10 * SPAN : 0,
		.startsecs = SPAN,
		.rate = 1,
		.burst = 1,
		.startretries = 1,
		.restart = RESTART_ALWAYS,
		.exitcodes = { 1 },
		.stopsignal = SIGTERM,
		.stopwait = SPAN,
	};
}

struct dump_count dump_machine(FILE *out)
{
	enum { SIMPLE = 26, ONESHOT = 6 };
	struct dump_count sum = { 0, 0, 0 };

	for (unsigned i = 0; i < SIMPLE + ONESHOT; i++) {
		const struct proc_policy policy =
			i < SIMPLE ? policy_of(i) : oneshot_of(i - SIMPLE);
		const struct dump_count n = dump_one(out, &policy);

		sum.configs += n.configs;
		sum.states += n.states;
		sum.steps += n.steps;
	}
	return sum;
}
