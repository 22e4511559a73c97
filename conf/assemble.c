/* SPDX-License-Identifier: MIT */
/*
 * Groups into the configuration: names are given once, in a group and among groups.
 */
#include <errno.h>
#include <string.h>

#include "conf/groups.h"
#include "conf/pack.h"

struct numbered {
	const char *name;
	size_t i;
};

static int by_name_then_place(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->i > y->i) - (x->i < y->i);
}

/*
 * Processes with one name: supervisord runs the last of them and says nothing. Move those that
 * lose out of list->v[0..*ret_n) to its end. A pipeline can do without none.
 */
static int drop_doubles(struct load *l, const struct group_spec *group,
			struct process_list *list, size_t *ret_n)
{
	_cleanup_(freep) struct numbered *v = calloc(list->n + 1, sizeof *v);
	_cleanup_(freep) bool *lost = calloc(list->n + 1, sizeof *lost);
	size_t kept = 0;

	if (!v || !lost)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++)
		v[i] = (struct numbered){ list->v[i].name, i };
	qsort(v, list->n, sizeof *v, by_name_then_place);
	for (size_t i = 1; i < list->n; i++) {
		const struct process_spec *p = &list->v[v[i - 1].i];

		if (strcmp(v[i - 1].name, v[i].name) != 0)
			continue;
		lost[v[i - 1].i] = true;
		diags_add(l->diags, group->pipeline ? DIAG_ERROR : DIAG_WARNING, p->origin.file,
			  p->origin.line,
			  "[program:%s] process_name: group %s has another process called %s, "
			  "which takes its place; give each a name of its own",
			  p->program, group->name, p->name);
	}
	for (size_t i = 0; i < list->n; i++) {
		struct process_spec p = list->v[i];

		if (lost[i])
			continue;
		list->v[i] = list->v[kept];
		list->v[kept++] = p;
	}
	*ret_n = kept;
	return 0;
}

int load_add_group(struct load *l, const struct group_spec *head,
		   const struct process_list *list)
{
	struct config *c = l->config;
	struct process_list mine = *list;
	size_t n = 0;
	int r = drop_doubles(l, head, &mine, &n);

	if (r < 0 || (head->pipeline && n < list->n))
		return r; /* who reads whom in it could only be guessed */
	if (!(c->n_groups & (c->n_groups - 1))) {
		struct group_spec **v =
			reallocarray(c->groups, c->n_groups ? c->n_groups * 2 : 1, sizeof *v);

		if (!v)
			return -ENOMEM;
		c->groups = v;
	}
	r = pack_group(head, mine.v, n, &c->groups[c->n_groups]);
	if (r == 0)
		c->n_groups++;
	return r;
}

static int by_priority(const void *a, const void *b)
{
	const struct group_spec *x = *(struct group_spec *const *)a;
	const struct group_spec *y = *(struct group_spec *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void tell_double(struct load *l, const struct group_spec *g, enum diag_kind kind)
{
	const char *section = g->n ? "program:" : "group:";

	diags_add(
		l->diags, kind, g->n ? g->v[0].origin.file : l->path,
		g->n ? g->v[0].origin.line : 0,
		"[%s%s] another group is called %s, and this one never runs; give each a name "
		"of its own",
		section, g->n ? g->v[0].program : g->name, g->name);
}

/* Two groups of one name: supervisord runs the first in order and says nothing. It knows no
 * pipelines, so there is no need to put up with one of those. */
static int drop_double_groups(struct load *l)
{
	struct config *c = l->config;
	_cleanup_(freep) struct numbered *v = calloc(c->n_groups + 1, sizeof *v);
	bool pipeline = false; /* the one before */
	size_t kept = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_groups; i++)
		v[i] = (struct numbered){ c->groups[i]->name, i };
	qsort(v, c->n_groups, sizeof *v, by_name_then_place);
	for (size_t i = 0; i < c->n_groups; i++) {
		struct group_spec *g = c->groups[v[i].i];
		const bool grave = g->pipeline || pipeline;

		pipeline = g->pipeline;
		if (i == 0 || strcmp(v[i - 1].name, v[i].name) != 0)
			continue;
		tell_double(l, g, grave ? DIAG_ERROR : DIAG_WARNING);
		v[i].name = v[i - 1].name; /* the name's owner is about to go */
		c->groups[v[i].i] = group_spec_unref(g);
	}
	for (size_t i = 0; i < c->n_groups; i++)
		if (c->groups[i])
			c->groups[kept++] = c->groups[i];
	c->n_groups = kept;
	return 0;
}

int load_sort_groups(struct load *l)
{
	struct config *c = l->config;

	if (c->n_groups)
		qsort(c->groups, c->n_groups, sizeof *c->groups, by_priority);
	return drop_double_groups(l);
}
