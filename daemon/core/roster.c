/* SPDX-License-Identifier: MIT */
/*
 * Who is in the roster. Whatever adds takes all its memory first and then cannot fail, so that
 * a group is in it whole or not at all.
 */
#include "daemon/core/roster.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/core/roster_impl.h"

int roster_new(proc_id first_id, struct roster **ret)
{
	struct roster *r = calloc(1, sizeof(*r));

	assert(first_id != 0);
	if (!r)
		return -ENOMEM;
	r->next_id = first_id;
	list_init(&r->leaving);
	*ret = r;
	return 0;
}

static struct group *group_free(struct group *g)
{
	if (!g)
		return NULL;
	for (size_t i = 0; i < g->own.n; i++)
		free(g->own.v[i]);
	order_done(&g->own);
	order_done(&g->by_priority);
	order_done(&g->by_name);
	free(g);
	return NULL;
}

static void group_freep(struct group **g)
{
	*g = group_free(*g);
}

struct roster *roster_free(struct roster *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; i < r->by_name.n; i++)
		group_free(r->by_name.v[i]);
	order_done(&r->by_id);
	order_done(&r->by_priority);
	order_done(&r->by_name);
	timers_done(&r->timers);
	free(r);
	return NULL;
}

static int group_new(const char *name, int priority, size_t n, struct group **ret)
{
	const size_t len = strlen(name) + 1;
	_cleanup_(group_freep) struct group *g = calloc(1, sizeof(*g) + len);

	if (!g || order_reserve(&g->own, n) < 0 || order_reserve(&g->by_priority, n) < 0 ||
	    order_reserve(&g->by_name, n) < 0)
		return -ENOMEM;
	g->priority = priority;
	memcpy(g->name, name, len);
	*ret = TAKE_PTR(g);
	return 0;
}

static struct entry *entry_new(const struct roster_member *m, mono_t now)
{
	const size_t len = strlen(m->name) + 1;
	struct entry *e = calloc(1, sizeof(*e) + len);

	if (!e)
		return NULL;
	memcpy(e->name, m->name, len);
	e->priority = m->priority;
	e->policy = m->policy;
	list_init(&e->leaving);
	if (m->saved) {
		assert(m->saved->id != 0);
		e->proc = *m->saved;
		e->proc.policy = &e->policy;
	} else {
		proc_init(&e->proc, 0, &e->policy, now);
	}
	return e;
}

/* A member of a group that is not, or not yet, in the roster. */
static int group_add(struct group *g, const struct roster_member *m, mono_t now,
		     struct entry **ret)
{
	struct entry *e = entry_new(m, now);
	size_t at;

	if (!e)
		return -ENOMEM;
	at = order_seek(&g->by_name, entry_by_name, e);
	if (at < g->by_name.n && entry_by_name(g->by_name.v[at], e) == 0) {
		free(e);
		return -EEXIST;
	}
	e->group = g;
	order_append(&g->own, e);
	order_insert(&g->by_name, entry_by_name, e);
	at = order_insert(&g->by_priority, entry_by_priority, e);
	if (at <= g->down_at)
		g->down_at++;
	*ret = e;
	return 0;
}

static int reserve(struct roster *r, size_t groups, size_t processes)
{
	if (order_reserve(&r->by_id, processes) < 0 ||
	    order_reserve(&r->by_priority, groups) < 0 ||
	    order_reserve(&r->by_name, groups) < 0 ||
	    timers_reserve(&r->timers, r->by_id.n + processes) < 0)
		return -ENOMEM;
	return 0;
}

/*
 * Begin anew to look for who is to be started, or stopped: the rows have changed. (For one
 * process that comes or goes, what was found is kept up instead: that is done thousands of
 * times in a row, also during a shutdown.)
 */
static void look_again(struct roster *r, struct group *g)
{
	r->boot_at = 0;
	r->down_at = r->told_at = r->by_priority.n;
	if (g) {
		g->boot_at = 0;
		g->down_at = g->by_priority.n;
	}
}

void roster_wait(struct roster *r, struct entry *e)
{
	const struct proc *p = &e->proc;

	if (e->waits || !e->policy.autostart || p->gen != 0 || !proc_at_rest(p) || p->closing)
		return;
	e->waits = true;
	e->group->waiting++;
	e->group->boot_at = 0;
	r->waiting++;
	r->boot_at = 0;
}

/* The entry is in its group; now it is in the roster, and has its id. */
static proc_id enroll(struct roster *r, struct entry *e, bool autostart)
{
	struct proc *p = &e->proc;

	if (p->id == 0)
		p->id = r->next_id;
	if (p->id >= r->next_id)
		r->next_id = p->id + 1;
	p->closing = r->closing;
	e->timer.rank = p->id;
	order_insert(&r->by_id, entry_by_id, e);
	timers_set(&r->timers, &e->timer, proc_due(p));
	if (e->group->hidden)
		r->hidden_entries++;
	if (!proc_at_rest(p)) {
		e->group->busy++;
		look_again(r, e->group);
	}
	if (autostart)
		roster_wait(r, e);
	return p->id;
}

/* There is room for it. */
static void join(struct roster *r, struct group *g)
{
	order_insert(&r->by_priority, group_by_priority, g);
	order_insert(&r->by_name, group_by_name, g);
	look_again(r, g);
}

static bool id_taken(const struct roster *r, const struct roster_member *m)
{
	return m->saved && roster_entry_of(r, m->saved->id);
}

int roster_add_group(struct roster *r, const char *name, int priority,
		     const struct roster_member *v, size_t n, bool autostart, mono_t now,
		     proc_id *ret_ids)
{
	_cleanup_(group_freep) struct group *g = NULL;
	struct entry *e;
	int err;

	if (roster_group_of(r, name))
		return -EEXIST;
	err = group_new(name, priority, n, &g);
	for (size_t i = 0; i < n && err == 0; i++)
		err = id_taken(r, &v[i]) ? -EEXIST : group_add(g, &v[i], now, &e);
	if (err == 0)
		err = reserve(r, 1, n);
	if (err < 0)
		return err;

	join(r, g);
	for (size_t i = 0; i < n; i++)
		ret_ids[i] = enroll(r, g->own.v[i], autostart);
	g = NULL; /* is the roster's now */
	return 0;
}

int roster_add_hidden_group(struct roster *r, const char *name)
{
	_cleanup_(group_freep) struct group *g = NULL;

	if (roster_group_of(r, name))
		return -EEXIST;
	if (group_new(name, 0, 0, &g) < 0 || reserve(r, 1, 0) < 0)
		return -ENOMEM;
	g->hidden = true;
	r->hidden++;
	join(r, TAKE_PTR(g));
	return 0;
}

int roster_add_process(struct roster *r, const char *group, const struct roster_member *m,
		       bool autostart, mono_t now, proc_id *ret_id)
{
	struct group *g = roster_group_of(r, group);
	struct entry *e;
	int err;

	if (!g)
		return -ENOENT;
	if (id_taken(r, m))
		return -EEXIST;
	if (reserve(r, 0, 1) < 0 || order_reserve(&g->own, 1) < 0 ||
	    order_reserve(&g->by_priority, 1) < 0 || order_reserve(&g->by_name, 1) < 0)
		return -ENOMEM;
	err = group_add(g, m, now, &e);
	if (err < 0)
		return err;
	*ret_id = enroll(r, e, autostart);
	return 0;
}

void roster_unwait(struct roster *r, struct entry *e)
{
	if (!e->waits)
		return;
	e->waits = false;
	e->group->waiting--;
	r->waiting--;
}

/* Out of what the whole roster knows. At rest it waits for no time. */
static void strike(struct roster *r, struct entry *e)
{
	assert(!timer_waits(&e->timer));
	roster_unwait(r, e);
	list_unlink(&e->leaving);
	order_remove(&r->by_id, entry_by_id, e);
	if (e->group->hidden)
		r->hidden_entries--;
}

void roster_drop_entry(struct roster *r, struct entry *e)
{
	struct group *g = e->group;

	strike(r, e);
	if (order_drop(&g->own, e) < g->boot_at)
		g->boot_at--;
	if (order_remove(&g->by_priority, entry_by_priority, e) < g->down_at)
		g->down_at--;
	order_remove(&g->by_name, entry_by_name, e);
	free(e);
}

void roster_remove_when_down(struct roster *r, proc_id id)
{
	struct entry *e = roster_entry_of(r, id);

	if (!e || e->leaves)
		return;
	e->leaves = true;
	e->proc.closing = true;
	roster_unwait(r, e);
	list_append(&r->leaving, &e->leaving);
}

int roster_remove_group(struct roster *r, const char *name)
{
	struct group *g = roster_group_of(r, name);

	if (!g)
		return -ENOENT;
	if (g->busy > 0)
		return -EBUSY;
	for (size_t i = 0; i < g->own.n; i++)
		strike(r, g->own.v[i]);
	if (g->hidden)
		r->hidden--;
	order_remove(&r->by_priority, group_by_priority, g);
	order_remove(&r->by_name, group_by_name, g);
	group_free(g);
	look_again(r, NULL);
	return 0;
}

void roster_set_group_priority(struct roster *r, const char *name, int priority)
{
	struct group *g = roster_group_of(r, name);

	if (!g)
		return;
	order_remove(&r->by_priority, group_by_priority, g);
	g->priority = priority;
	order_insert(&r->by_priority, group_by_priority, g);
	look_again(r, g);
}

void roster_set_data(struct roster *r, proc_id id, void *data)
{
	struct entry *e = roster_entry_of(r, id);

	if (e)
		e->data = data;
}

proc_id roster_next_id(const struct roster *r)
{
	return r->next_id;
}
