/* SPDX-License-Identifier: MIT */
/*
 * [pool:x]: how many of its jobs run at once.
 */
#include <errno.h>
#include <string.h>

#include "conf/groups.h"

enum { SLOTS_MAX = 10000 };

void pool_done(struct pool_spec *p)
{
	free(p->name);
	free((void *)p->origin.file);
	*p = (struct pool_spec){ 0 };
}

/* Room for one more at the end of the list. */
static struct pool_spec *add_pool(struct config *c)
{
	struct pool_spec *v = reallocarray(c->pools, c->n_pools + 1, sizeof *v);

	if (!v)
		return NULL;
	c->pools = v;
	v[c->n_pools] = (struct pool_spec){ 0 };
	return &v[c->n_pools++];
}

static int read_slots(struct load *l, struct tree_section *s, struct pool_spec *p)
{
	const struct key *k = key_find(&pool_keys, "slots");
	const struct name here = { "here", strlen("here"), l->here, 0 };
	const struct scope scope = { &l->daemon_env, "", &here, 1 };
	struct spot at = { .load = l, .section = s, .key = "slots" };
	int r = load_defaults(l, &pool_keys, p);

	if (r == 0)
		r = load_key(l, s, k, &scope, p);
	if (r < 0 || tree_get(l->tree, s, "slots", &at.found) < 0)
		return -ENOMEM;
	p->slots = load_percpu(l, p->slots);
	if (p->slots < 1 || p->slots > SLOTS_MAX)
		mistake(&at, DIAG_ERROR,
			"number out of range: %d; write one between 1 and %d, or cpu", p->slots,
			SLOTS_MAX);
	return 0;
}

static int load_pool(struct load *l, struct tree_section *s)
{
	struct pool_spec *p = add_pool(l->config);
	int r = p ? load_section_name(l, s, &p->name) : -ENOMEM;

	if (r < 0)
		return r;
	p->origin.line = s->at.line;
	p->origin.file = strdup(s->at.file ? s->at.file : l->path);
	/* A name that is none was told; the rest is worth a look. */
	if (!p->origin.file || (!p->name && !(p->name = strdup(""))))
		return -ENOMEM;
	return read_slots(l, s, p);
}

static int by_name(const void *a, const void *b)
{
	const struct pool_spec *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->origin.line > y->origin.line) - (x->origin.line < y->origin.line);
}

/* Blanks around a name are no part of it, so two sections can have the same. */
static void check_names(struct load *l)
{
	const struct config *c = l->config;

	for (size_t i = 1; i < c->n_pools; i++)
		if (*c->pools[i].name && strcmp(c->pools[i - 1].name, c->pools[i].name) == 0)
			diags_add(l->diags, DIAG_ERROR, c->pools[i].origin.file,
				  c->pools[i].origin.line,
				  "[pool:%s]: another pool is called so; give each a name of "
				  "its own",
				  c->pools[i].name);
}

int load_pools(struct load *l)
{
	int r = 0;

	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next)
		if (strncmp(s->name, "pool:", 5) == 0)
			r = load_pool(l, s);
	if (r == 0 && l->config->n_pools)
		qsort(l->config->pools, l->config->n_pools, sizeof *l->config->pools, by_name);
	check_names(l);
	return r;
}
