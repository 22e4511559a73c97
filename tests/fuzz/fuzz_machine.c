/* SPDX-License-Identifier: MIT */
/*
 * Any order of events that the world can produce, on a small roster: programs come and go,
 * policies change, the manager crashes and another one goes on from its ledger, the keeper
 * forks late, has no room, says things twice; processes ignore signals or cannot even die.
 * Whatever happens, what the asserts say holds, and in the end a shutdown brings all to rest.
 *
 * The input is read two bytes at a time: what happens, and to whom or how much; what is left of
 * the first says whether of a oneshot, or hidden. (Long: a target is one source, and this one
 * has a world in it.)
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon/core/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 8, NEWS = 12, GROUPS = 3 };

#define HIDDEN "jobs"

enum there { NOTHING, ASKED, FORKED, RUNS };

/* One program as the world has it: what the keeper knows, and what of that is on its way. */
struct life {
	proc_id id; /* 0: this one is free */
	enum there there;
	bool wished; /* the last request was start */
	bool leaving;
	bool hidden;
	bool signalled, killed; /* this incarnation, and with SIGKILL */
	bool once; /* it has been a oneshot since it was asked for last … */
	int forks; /* … and was forked so often */
	proc_gen gen; /* that the keeper has heard of last */
	struct event end; /* the keeper's record of it, if @ended */
	bool ended;
	struct event news[NEWS];
	size_t n_news;
};

struct world {
	struct roster *roster;
	mono_t now;
	struct life lives[MAX];
	unsigned names; /* given so far */
	bool closing, all_down;
};

static struct life *life_of(struct world *w, proc_id id)
{
	for (size_t i = 0; i < MAX; i++)
		if (w->lives[i].id == id)
			return &w->lives[i];
	return NULL;
}

static const struct proc *proc_of(const struct world *w, const struct life *l)
{
	struct roster_entry e;
	const bool there = roster_get(w->roster, l->id, &e);

	assert(there);
	return e.proc;
}

static int retries_of(const struct proc *p)
{
	const struct proc_policy *policy = p->policy;
	const int n = policy->oneshot ? policy->retries : policy->startretries;

	return n > 0 ? n : 0;
}

/* --- what comes out ----------------------------------------------------------------------- */

/* Whether an end is still on its way: then a signal may come too late, and that is all right.
 */
static bool end_is_coming(const struct life *l, proc_gen gen)
{
	for (size_t i = 0; i < l->n_news; i++)
		if (l->news[i].kind == EVENT_LOST && l->news[i].gen == gen)
			return true;
	return l->ended && l->end.gen == gen;
}

/* Whether its last incarnation, of which it is told, came to an end as it should. */
static bool ended_well(const struct life *l)
{
	return l->end.gen == l->gen && l->end.kind == EVENT_EXITED && l->end.arg == 0 &&
	       !l->signalled;
}

/* A oneshot is run when somebody asks, and again as often as it may be retried, but not once it
 * has ended well; for as long as its policy is the same. */
static void check_runs(struct life *l, const struct proc *p)
{
	if (p->restarts == 0) {
		l->forks = 0;
		l->once = p->policy->oneshot;
	} else if (l->once) {
		assert(l->forks <= retries_of(p) && !ended_well(l));
	}
}

static void take_spawn(struct world *w, struct life *l, const struct effect *e)
{
	const struct proc *p = proc_of(w, l);

	assert(l->there == NOTHING && !w->closing && !l->leaving && l->wished);
	assert(e->gen == p->gen && e->gen != l->gen && p->want_up);
	assert(p->policy->startretries < 0 || !p->bad);
	check_runs(l, p);
	l->there = ASKED;
	l->gen = e->gen;
	l->killed = l->signalled = l->ended = false;
}

static void take_effect(struct world *w, const struct effect *e)
{
	struct life *l = e->proc ? life_of(w, e->proc) : NULL;

	assert(l || e->kind == EFFECT_ALL_DOWN);
	switch (e->kind) {
	case EFFECT_SPAWN:
		take_spawn(w, l, e);
		break;
	case EFFECT_SIGNAL:
		assert(e->gen == l->gen && (l->there != NOTHING || end_is_coming(l, e->gen)));
		l->killed |= e->arg == SIGKILL;
		l->signalled = true;
		break;
	case EFFECT_STATE:
		break;
	case EFFECT_SETTLED:
		if (end_is_coming(l, e->gen))
			l->ended = false;
		break;
	case EFFECT_REMOVED:
		assert(l->leaving && l->there == NOTHING);
		*l = (struct life){ 0 };
		break;
	case EFFECT_ALL_DOWN:
		assert(w->closing && !w->all_down);
		w->all_down = true;
		break;
	}
}

/* All of a process that would be missed if it were not kept. */
static void print(const struct proc *p, char *ret, size_t size)
{
	snprintf(ret, size, "%d %d %d%d%d%d%d %u %d %d %d %d %d %d %d %u %lld %lld", p->state,
		 p->cause, p->want_up, p->again, p->bad, p->timed_out, p->held, p->gen,
		 p->failures, p->no_fork, p->kills, p->pid, p->wait_status, p->exec_error,
		 p->exec_stage, p->restarts, (long long)p->deadline.ms,
		 (long long)p->run_until.ms);
}

/* What is seen changes in a chain, from what it was to what it is, and each change is told. */
static void check_told(const struct effects *fx, const char *before, enum proc_seen seen,
		       const struct proc *p)
{
	char after[256];
	size_t told = 0;

	for (size_t i = 0; i < fx->n; i++)
		if (fx->v[i].kind == EFFECT_STATE) {
			assert(fx->v[i].arg2 == (int)seen);
			seen = (enum proc_seen)fx->v[i].arg;
			told++;
		}
	assert(seen == proc_seen(p));
	print(p, after, sizeof after);
	assert(told || strcmp(before, after) == 0);
}

static void take_effects(struct world *w, const struct effects *fx)
{
	for (size_t i = 0; i < fx->n; i++)
		take_effect(w, &fx->v[i]);
}

static void step(struct world *w, const struct event *ev)
{
	struct effects fx = { 0 };
	struct roster_entry e;
	enum proc_seen seen = SEEN_UNKNOWN;
	char before[256] = "";

	if (roster_get(w->roster, ev->proc, &e)) {
		seen = proc_seen(e.proc);
		print(e.proc, before, sizeof before);
	}
	roster_step(w->roster, ev, w->now, &fx);
	if (seen != SEEN_UNKNOWN && roster_get(w->roster, ev->proc, &e))
		check_told(&fx, before, seen, e.proc);
	take_effects(w, &fx);
}

/* --- what must hold ----------------------------------------------------------------------- */

static void check_timed(const struct proc *p)
{
	const bool timed = p->alive ? p->state != PROC_READY : p->state == PROC_BACKOFF;
	const bool runs = p->state == PROC_STARTING || p->state == PROC_READY;
	const msec_t limit = p->policy->runtimeout;

	assert(timed == !mono_is_never(p->deadline));
	assert((runs && limit) == !mono_is_never(p->run_until));
	assert(mono_is_never(p->run_until) || mono_span(p->started, p->run_until) == limit);
}

/* What the machine believes is what there is, or what will be told of it. */
static void check_belief(const struct proc *p, const struct life *l)
{
	assert(p->alive || l->there == NOTHING);
	assert(!p->alive || l->there != NOTHING || end_is_coming(l, p->gen));
	assert(p->state != PROC_STUCK || l->killed);
}

static void check_wish(const struct proc *p, const struct life *l)
{
	assert(p->state != PROC_DOWN || !p->want_up);
	assert(!p->want_up || l->wished || p->state == PROC_FAILED);
}

static void check_backoff(const struct proc *p)
{
	assert(p->state != PROC_BACKOFF || !p->bad || p->failures <= retries_of(p));
	assert(!p->held || (p->state == PROC_BACKOFF && p->policy->rate > 0));
}

static void check_life(const struct world *w, const struct life *l)
{
	const struct proc *p = proc_of(w, l);

	assert(mono_before(w->now, proc_due(p)));
	check_timed(p);
	check_belief(p, l);
	check_wish(p, l);
	check_backoff(p);
	assert(!l->once || p->state != PROC_STARTING);
}

static void check_world(const struct world *w)
{
	mono_t due = MONO_NEVER;
	proc_id ids[MAX];
	size_t n = 0, hidden = 0;

	for (size_t i = 0; i < MAX; i++) {
		if (!w->lives[i].id)
			continue;
		check_life(w, &w->lives[i]);
		due = mono_min(due, proc_due(proc_of(w, &w->lives[i])));
		if (w->lives[i].hidden)
			hidden++;
		else
			n++;
	}
	assert(roster_count(w->roster) == n);
	assert(roster_list(w->roster, NULL, ORDER_NAME, ids, MAX) == n);
	assert(roster_list(w->roster, HIDDEN, ORDER_NAME, ids, MAX) == hidden);
	assert(roster_due(w->roster).ms == due.ms);
}

/* --- what the roster does by itself ------------------------------------------------------- */

/* A shutdown stops nobody before all that is hidden is at rest. */
static void check_order(struct world *w, const struct event *ev)
{
	if (ev->kind != EVENT_STOP || ev->arg != STOP_GIVE_UP || life_of(w, ev->proc)->hidden)
		return;
	for (size_t i = 0; i < MAX; i++)
		assert(!w->lives[i].hidden || proc_at_rest(proc_of(w, &w->lives[i])));
}

static void settle(struct world *w)
{
	struct event ev;
	int steps = 0;

	while (roster_more(w->roster, w->now, &ev)) {
		steps++;
		assert(steps < 100);
		check_order(w, &ev);
		step(w, &ev);
	}
}

/* --- what the world does ------------------------------------------------------------------ */

static void tell_later(struct life *l, enum event_kind kind, int arg, int arg2)
{
	const struct event ev = {
		.kind = kind, .proc = l->id, .gen = l->gen, .arg = arg, .arg2 = arg2
	};

	assert(l->n_news < NEWS);
	l->news[l->n_news++] = ev;
	if (kind != EVENT_SPAWNED && kind != EVENT_EXEC_OK && kind != EVENT_LOST) {
		l->there = NOTHING;
		l->ended = true;
		l->end = ev;
	}
}

/* The keeper gets on with it, as far as it can, in the way that @how says. */
static void advance(struct life *l, uint8_t how)
{
	if (l->n_news + 4 > NEWS)
		return;
	switch (l->there) {
	case NOTHING:
		break;
	case ASKED:
		if (how % 8 == 7) {
			tell_later(l, EVENT_NO_FORK, EAGAIN, 0);
			break;
		}
		l->there = FORKED;
		l->forks++;
		tell_later(l, EVENT_SPAWNED, 100 + (int)l->gen, 0);
		break;
	case FORKED:
		if (how % 8 == 6)
			tell_later(l, EVENT_EXEC_FAILED, ENOENT, 3);
		else if (how % 8 == 7)
			tell_later(l, EVENT_EXITED, SIGKILL, 0);
		else {
			l->there = RUNS;
			tell_later(l, EVENT_EXEC_OK, 0, 0);
		}
		break;
	case RUNS:
		tell_later(l, EVENT_EXITED, how & 1 ? (how >> 1) << 8 : how >> 4, 0);
		break;
	}
}

/* Deliver the oldest piece of news; with @again it will come once more. */
static void deliver(struct world *w, struct life *l, bool again)
{
	struct event ev;

	if (!l->n_news)
		return;
	ev = l->news[0];
	if (!again)
		memmove(l->news, l->news + 1, --l->n_news * sizeof ev);
	step(w, &ev);
}

/* Bits of @b choose a policy, and one of @more its type; they reach all branches with small
 * numbers. */
static struct proc_policy policy_of(uint8_t b, uint8_t more)
{
	return (struct proc_policy){
		.oneshot = more & 1,
		.retries = (b >> 3 & 3) - 1,
		.retry_delay = b & 2 ? 700 : 0,
		.autostart = b & 1,
		.startsecs = b & 2 ? 1000 : 0,
		.startretries = (b >> 2 & 3) - 1,
		.restart = (enum proc_restart)((b >> 4) % 3),
		.exitcodes = { 1 },
		.stopsignal = SIGTERM,
		.stopwait = b & 32 ? 3000 : 0,
		.runtimeout = b & 64 ? 1500 : 0,
		.rate = b & 128 ? 0.5 : 0,
		.burst = b & 3,
	};
}

static const char *const groups[GROUPS] = { "a", "b", "c" };

static const char *group_of(uint8_t b, uint8_t more)
{
	return more >= 6 ? HIDDEN : groups[b % GROUPS];
}

/* As others are, or hidden. */
static int add_group_if_none(struct roster *r, const char *name, int priority)
{
	if (roster_has_group(r, name))
		return 0;
	if (strcmp(name, HIDDEN) == 0)
		return roster_add_hidden_group(r, name);
	return roster_add_group(r, name, priority, NULL, 0, true, MONO_NEVER, NULL);
}

static void add(struct world *w, uint8_t b, uint8_t more)
{
	struct roster_member m = { .priority = b % 5, .policy = policy_of(b, more) };
	const char *group = group_of(b, more);
	struct life *l = life_of(w, 0);
	char name[16];
	proc_id id;
	int err;

	if (!l)
		return;
	snprintf(name, sizeof name, "p%u", w->names++);
	m.name = name;
	err = add_group_if_none(w->roster, group, b % 7);
	assert(err == 0);
	err = roster_add_process(w->roster, group, &m, true, w->now, &id);
	assert(err == 0 && id + 1 == roster_next_id(w->roster));
	*l = (struct life){ .id = id,
			    .wished = m.policy.autostart,
			    .hidden = strcmp(group, HIDDEN) == 0 };
}

static void set_policy(struct world *w, struct life *l, uint8_t b, uint8_t more)
{
	const struct proc *p = proc_of(w, l);
	const struct proc_policy policy = policy_of(b, more);
	struct effects fx = { 0 };

	l->once = false;

	if (!p->gen && policy.autostart && !w->closing)
		l->wished = true;

	roster_set_policy(w->roster, l->id, b % 5, &policy, w->now, &fx);
	take_effects(w, &fx);
}

static void remove_group(struct world *w, const char *name)
{
	proc_id ids[MAX];
	const size_t n = roster_list(w->roster, name, ORDER_PRIORITY, ids, MAX);
	bool rests = true;
	int r;

	for (size_t i = 0; i < n; i++)
		rests &= proc_at_rest(proc_of(w, life_of(w, ids[i])));
	r = roster_remove_group(w->roster, name);
	assert(r == (!rests ? -EBUSY : r == -ENOENT ? -ENOENT : 0));
	for (size_t i = 0; i < n && r == 0; i++)
		*life_of(w, ids[i]) = (struct life){ 0 };
}

/* --- the manager crashes ------------------------------------------------------------------ */

static void adopt(struct roster *next, const struct roster_entry *e, mono_t now)
{
	const struct proc saved = *e->proc;
	struct roster_member m = {
		.name = e->name,
		.priority = e->priority,
		.policy = *e->proc->policy,
		.saved = &saved,
	};
	proc_id id;
	int err;

	err = add_group_if_none(next, e->group, e->group_priority);
	assert(err == 0);
	err = roster_add_process(next, e->group, &m, true, now, &id);
	assert(err == 0 && id == saved.id);
}

/* What the keeper has to say of one program to a new manager, in the order of proc.h. */
static void tell_anew(struct world *w, struct life *l, bool got_through)
{
	const struct proc *p = proc_of(w, l);

	l->n_news = 0;
	if (l->there == ASKED) {
		l->there = got_through ? FORKED : NOTHING;
		l->forks += got_through;
	}
	if (l->there == NOTHING && !l->ended) { /* the keeper has never heard of it */
		if (p->alive)
			tell_later(l, EVENT_LOST, 0, 0);
		return;
	}
	if (!l->ended || l->end.kind != EVENT_NO_FORK)
		tell_later(l, EVENT_SPAWNED, 100 + (int)l->gen, 0);
	if (l->ended ? l->end.kind == EVENT_EXITED : l->there == RUNS)
		tell_later(l, EVENT_EXEC_OK, 0, 0);
	if (l->ended)
		l->news[l->n_news++] = l->end;
}

static void crash(struct world *w, uint8_t b)
{
	struct roster *next = NULL;
	proc_id ids[MAX];
	size_t n = roster_list(w->roster, NULL, ORDER_NAME, ids, MAX);
	const int err = roster_new(roster_next_id(w->roster), &next);

	assert(err == 0);
	n += roster_list(w->roster, HIDDEN, ORDER_NAME, ids + n, MAX - n);
	for (size_t i = 0; i < n; i++) {
		struct roster_entry e;

		if (roster_get(w->roster, ids[i], &e))
			adopt(next, &e, w->now);
	}
	roster_free(w->roster);
	w->roster = next;
	w->all_down = false;
	if (w->closing)
		roster_shutdown(next);
	for (size_t i = 0; i < MAX; i++) {
		struct life *l = &w->lives[i];

		if (!l->id)
			continue;
		tell_anew(w, l, b >> i & 1);
		if (l->leaving)
			roster_remove_when_down(next, l->id);
	}
}

/* --- the input ---------------------------------------------------------------------------- */

static void request(struct world *w, struct life *l, enum event_kind kind)
{
	if (!w->closing && !l->leaving)
		l->wished = kind != EVENT_STOP;
	step(w, &(struct event){ .kind = kind, .proc = l->id });
}

/* News of another incarnation, or of none. */
static void stray(struct world *w, const struct life *l, uint8_t b)
{
	step(w, &(struct event){ .kind = (enum event_kind)(EVENT_SPAWNED + b % 7),
				 .proc = l->id,
				 .gen = l->gen + 1 + b,
				 .arg = b });
}

static void happen_to(struct world *w, struct life *l, uint8_t what, uint8_t b, uint8_t more)
{
	switch (what) {
	case 0:
	case 1:
		request(w, l, EVENT_START);
		break;
	case 2:
		request(w, l, EVENT_STOP);
		break;
	case 3:
		request(w, l, EVENT_RESTART);
		break;
	case 4:
	case 5:
	case 6:
		advance(l, b >> 3);
		break;
	case 7:
	case 8:
	case 9:
		deliver(w, l, false);
		break;
	case 10:
		deliver(w, l, true);
		break;
	case 11:
		set_policy(w, l, b, more);
		break;
	case 12:
		stray(w, l, b);
		break;
	default:
		l->leaving = true;
		roster_remove_when_down(w->roster, l->id);
	}
}

static void happen(struct world *w, uint8_t what, uint8_t b, uint8_t more)
{
	struct life *l = &w->lives[b % MAX];

	if (what < 14) {
		if (l->id)
			happen_to(w, l, what, b, more);
	} else if (what < 17) {
		w->now = mono_add(w->now, b * 13);
	} else if (what < 20) {
		if (!mono_is_never(roster_due(w->roster)))
			w->now = roster_due(w->roster);
	} else if (what < 23) {
		add(w, b, more);
	} else if (what == 23) {
		remove_group(w, group_of(b, more));
	} else if (what == 24) {
		roster_set_group_priority(w->roster, groups[b % GROUPS], b % 7);
	} else if (what < 27) {
		crash(w, b);
	} else if (what == 27 && b > 200) {
		w->closing = true;
		roster_shutdown(w->roster);
	}
	settle(w);
	check_world(w);
}

/* Everybody does what he should: what is killed dies, what is said arrives. */
static void wind_down(struct world *w)
{
	w->closing = true;
	roster_shutdown(w->roster);
	settle(w);
	for (int turn = 0; !w->all_down; turn++) {
		bool moved = false;

		assert(turn < 1000);
		for (size_t i = 0; i < MAX; i++) {
			struct life *l = &w->lives[i];

			if (l->id && (l->there == ASKED || l->killed))
				advance(l, 0);
			moved |= l->n_news > 0;
			deliver(w, l, false);
		}
		if (!moved && !mono_is_never(roster_due(w->roster)))
			w->now = roster_due(w->roster);
		settle(w);
		check_world(w);
	}
	for (size_t i = 0; i < MAX; i++)
		assert(w->lives[i].there == NOTHING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .now = { 1 } };
	const int err = roster_new(1, &w.roster);

	assert(err == 0);
	for (size_t i = 0; i + 1 < size; i += 2)
		happen(&w, data[i] % 28, data[i + 1], data[i] / 28);
	if (!w.all_down)
		wind_down(&w);
	w.roster = roster_free(w.roster);
	return 0;
}
