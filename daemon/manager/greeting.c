/* SPDX-License-Identifier: MIT */
#include "daemon/manager/greeting.h"

void greeting_add(struct greeting *g, const struct link_slot *s)
{
	struct link_slot *v = reallocarray(g->slots, g->n_slots + 1, sizeof *v);

	if (!v)
		manager_out_of_memory();
	g->slots = v;
	v[g->n_slots++] = *s;
}

static int by_id(const void *a, const void *b)
{
	const proc_id x = ((const struct link_slot *)a)->id;
	const proc_id y = ((const struct link_slot *)b)->id;

	return (x > y) - (x < y);
}

void greeting_sort(struct greeting *g)
{
	if (g->n_slots)
		qsort(g->slots, g->n_slots, sizeof *g->slots, by_id);
}

const struct link_slot *greeting_slot(const struct greeting *g, proc_id id)
{
	const struct link_slot key = { .id = id };

	return g->n_slots ? bsearch(&key, g->slots, g->n_slots, sizeof key, by_id) : NULL;
}
