/* SPDX-License-Identifier: MIT */
/*
 * The orders, and finding things in them. To look for a name or an id, the rows are searched
 * for a struct that has just that; nothing here allocates.
 */
#include <string.h>

#include "daemon/core/roster_impl.h"

int entry_by_id(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->proc.id > y->proc.id) - (x->proc.id < y->proc.id);
}

int entry_by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int entry_by_priority(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->priority != y->priority)
		return (x->priority > y->priority) - (x->priority < y->priority);
	return strcmp(x->name, y->name);
}

int group_by_name(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int group_rank(const struct group *a, const struct group *b)
{
	if (a->hidden || b->hidden)
		return a->hidden - b->hidden;
	return (a->priority > b->priority) - (a->priority < b->priority);
}

int group_by_priority(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	const int rank = group_rank(x, y);

	return rank ? rank : strcmp(x->name, y->name);
}

static int entry_to_id(const void *it, const void *key)
{
	const struct entry *e = it;
	const proc_id id = *(const proc_id *)key;

	return (e->proc.id > id) - (e->proc.id < id);
}

static int entry_to_name(const void *it, const void *key)
{
	return strcmp(((const struct entry *)it)->name, key);
}

static int group_to_name(const void *it, const void *key)
{
	return strcmp(((const struct group *)it)->name, key);
}

static void *seek(const struct order *o, order_fn *cmp, const void *key)
{
	const size_t at = order_seek(o, cmp, key);

	return at < o->n && cmp(o->v[at], key) == 0 ? o->v[at] : NULL;
}

struct entry *roster_entry_of(const struct roster *r, proc_id id)
{
	return seek(&r->by_id, entry_to_id, &id);
}

struct group *roster_group_of(const struct roster *r, const char *name)
{
	return seek(&r->by_name, group_to_name, name);
}

bool roster_get(const struct roster *r, proc_id id, struct roster_entry *ret)
{
	const struct entry *e = roster_entry_of(r, id);

	if (!e)
		return false;
	*ret = (struct roster_entry){
		.proc = &e->proc,
		.name = e->name,
		.group = e->group->name,
		.priority = e->priority,
		.group_priority = e->group->priority,
		.data = e->data,
	};
	return true;
}

proc_id roster_find(const struct roster *r, const char *group, const char *name)
{
	const struct group *g = roster_group_of(r, group);
	const struct entry *e = g ? seek(&g->by_name, entry_to_name, name) : NULL;

	return e ? e->proc.id : 0;
}

bool roster_has_group(const struct roster *r, const char *name)
{
	return roster_group_of(r, name) != NULL;
}

size_t roster_count(const struct roster *r)
{
	return r->by_id.n - r->hidden_entries;
}

/* Append the ids of @g to those of which @n are there already; returns how many then are. */
static size_t list_group(const struct group *g, enum roster_order order, proc_id *ret, size_t n,
			 size_t max)
{
	const struct order *row = order == ORDER_NAME ? &g->by_name : &g->by_priority;

	for (size_t i = 0; i < row->n; i++, n++)
		if (n < max)
			ret[n] = ((const struct entry *)row->v[i])->proc.id;
	return n;
}

size_t roster_list(const struct roster *r, const char *group, enum roster_order order,
		   proc_id *ret, size_t max)
{
	const struct order *groups = order == ORDER_NAME ? &r->by_name : &r->by_priority;
	const struct group *g;
	size_t n = 0;

	if (group) {
		g = roster_group_of(r, group);
		return g ? list_group(g, order, ret, 0, max) : 0;
	}
	for (size_t i = 0; i < groups->n; i++) {
		g = groups->v[i];
		if (!g->hidden)
			n = list_group(g, order, ret, n, max);
	}
	return n;
}

size_t roster_groups(const struct roster *r, const char **ret, size_t max)
{
	const size_t n = r->by_priority.n - r->hidden;

	for (size_t i = 0; i < n && i < max; i++)
		ret[i] = ((const struct group *)r->by_priority.v[i])->name;
	return n;
}
