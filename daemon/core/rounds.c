/* SPDX-License-Identifier: MIT */
/*
 * What happens next. roster_more() looks, in this order: who leaves the roster, whose deadline
 * has come, whom a shutdown stops, whom the boot starts. A search that finds nothing is not
 * made twice: the roster and each group remember how far they came (boot_at, down_at), so that
 * starting or stopping a thousand costs a thousand steps.
 */
#include <assert.h>

#include "daemon/core/roster_impl.h"

static struct event request(const struct entry *e, enum event_kind kind, int arg)
{
	return (struct event){ .kind = kind, .proc = e->proc.id, .arg = arg };
}

static bool more_leaving(struct roster *r, struct event *ret)
{
	struct entry *e;

	if (!list_linked(&r->leaving))
		return false;
	e = container_of(r->leaving.next, struct entry, leaving);
	list_unlink(&e->leaving);
	*ret = request(e, EVENT_STOP, STOP_ONLY);
	return true;
}

static bool more_due(const struct roster *r, mono_t now, struct event *ret)
{
	const struct timer *t = timers_first(&r->timers);
	const struct entry *e;

	if (!t || mono_before(now, t->at))
		return false;
	e = container_of(t, struct entry, timer);
	*ret = (struct event){ .kind = EVENT_DUE, .proc = e->proc.id, .gen = e->proc.gen };
	return true;
}

/* The group whose turn it is to go down, or NULL: all are. */
static struct group *going_down(struct roster *r)
{
	while (r->down_at > 0) {
		struct group *g = r->by_priority.v[r->down_at - 1];

		if (g->busy > 0)
			return g;
		r->down_at--;
	}
	return NULL;
}

/*
 * The next group of which some are still to be told to stop, or NULL. Those of one rank go
 * down together: who hangs holds up none of them, only those that they may need to be gone
 * first.
 */
static struct group *to_tell(struct roster *r)
{
	const struct group *turn = going_down(r);

	while (turn && r->told_at > 0) {
		struct group *g = r->by_priority.v[r->told_at - 1];

		if (group_rank(g, turn) < 0)
			return NULL;
		if (g->down_at > 0)
			return g;
		r->told_at--;
	}
	return NULL;
}

static bool more_shutdown(struct roster *r, struct event *ret)
{
	struct group *g;

	if (!r->closing || r->all_down)
		return false;
	if (!going_down(r)) {
		*ret = (struct event){ .kind = EVENT_DUE };
		return true;
	}
	while ((g = to_tell(r)))
		while (g->down_at > 0) {
			const struct entry *e = g->by_priority.v[--g->down_at];

			if (!proc_at_rest(&e->proc)) {
				*ret = request(e, EVENT_STOP, STOP_GIVE_UP);
				return true;
			}
		}
	return false;
}

static struct group *booting(struct roster *r)
{
	while (r->boot_at < r->by_priority.n) {
		struct group *g = r->by_priority.v[r->boot_at];

		if (g->waiting > 0)
			return g;
		r->boot_at++;
	}
	return NULL;
}

static bool more_boot(struct roster *r, struct event *ret)
{
	struct group *g = r->waiting > 0 ? booting(r) : NULL;

	while (g && g->boot_at < g->own.n) {
		const struct entry *e = g->own.v[g->boot_at++];

		if (e->waits) { /* until it is stepped */
			*ret = request(e, EVENT_START, 0);
			return true;
		}
	}
	return false;
}

bool roster_more(struct roster *r, mono_t now, struct event *ret)
{
	return more_leaving(r, ret) || more_due(r, now, ret) || more_shutdown(r, ret) ||
	       more_boot(r, ret);
}

static void effect(struct effects *fx, enum effect_kind kind, proc_id id, proc_gen gen)
{
	assert(fx->n < EFFECTS_PER_STEP);
	fx->v[fx->n++] = (struct effect){ .kind = kind, .proc = id, .gen = gen };
}

/* @e has changed: keep the books. It may be gone afterwards. */
static void book(struct roster *r, struct entry *e, bool rested, struct effects *fx)
{
	const bool rests = proc_at_rest(&e->proc);

	timers_set(&r->timers, &e->timer, proc_due(&e->proc));
	if (rested && !rests)
		e->group->busy++;
	if (!rested && rests)
		e->group->busy--;
	if (!e->leaves || !rests)
		return;
	effect(fx, EFFECT_REMOVED, e->proc.id, e->proc.gen);
	roster_drop_entry(r, e);
}

static void step_roster(struct roster *r, struct effects *fx)
{
	if (!r->closing || r->all_down || going_down(r))
		return;
	r->all_down = true;
	effect(fx, EFFECT_ALL_DOWN, 0, 0);
}

void roster_step(struct roster *r, const struct event *ev, mono_t now, struct effects *fx)
{
	struct entry *e;
	bool rested;

	if (ev->proc == 0) {
		step_roster(r, fx);
		return;
	}
	e = roster_entry_of(r, ev->proc);
	if (!e)
		return;
	if (ev->kind == EVENT_START || ev->kind == EVENT_STOP || ev->kind == EVENT_RESTART)
		roster_unwait(r, e);
	rested = proc_at_rest(&e->proc);
	if (!rested || !e->leaves)
		proc_step(&e->proc, ev, now, fx);
	book(r, e, rested, fx);
}

void roster_set_policy(struct roster *r, proc_id id, int priority,
		       const struct proc_policy *policy, mono_t now, struct effects *fx)
{
	struct entry *e = roster_entry_of(r, id);
	bool rested, autostart;

	if (!e)
		return;
	if (priority != e->priority) {
		order_remove(&e->group->by_priority, entry_by_priority, e);
		e->priority = priority;
		order_insert(&e->group->by_priority, entry_by_priority, e);
		e->group->down_at = e->group->by_priority.n;
		r->told_at = r->by_priority.n;
	}
	rested = proc_at_rest(&e->proc);
	autostart = e->policy.autostart;
	e->policy = *policy;
	if (!autostart)
		roster_wait(r, e);
	if (!policy->autostart)
		roster_unwait(r, e);
	proc_set_policy(&e->proc, &e->policy, now, fx);
	book(r, e, rested, fx);
}

void roster_shutdown(struct roster *r)
{
	if (r->closing)
		return;
	r->closing = true; /* and every down_at is at its end: see look_again() */
	for (size_t i = 0; i < r->by_id.n; i++) {
		struct entry *e = r->by_id.v[i];

		roster_unwait(r, e);
		e->proc.closing = true;
	}
}

bool roster_shutting_down(const struct roster *r)
{
	return r->closing;
}

/* Whether roster_more() has something that no time is needed for. */
static bool urgent(const struct roster *r)
{
	if (list_linked(&r->leaving) || r->waiting > 0)
		return true;
	if (!r->closing || r->all_down)
		return false;
	/* Where the search stands is of no consequence to anybody else. */
	struct roster at = *r;

	return !going_down(&at) || to_tell(&at);
}

mono_t roster_due(const struct roster *r)
{
	const struct timer *t = timers_first(&r->timers);

	if (urgent(r))
		return (mono_t){ 0 };
	return t ? t->at : MONO_NEVER;
}
