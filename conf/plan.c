/* SPDX-License-Identifier: MIT */
#include "conf/plan.h"

#include <errno.h>
#include <string.h>

#include "conf/limits.h"
#include "conf/logs.h"

/* --- one process ------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool has_var(const struct env *e, const struct env_var *x)
{
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->v[i].name, x->name) == 0)
			return strcmp(e->v[i].value, x->value) == 0;
	return false;
}

/* Names are unique, so equal size and one way round will do. The order does not count. */
static bool same_env(const struct env *a, const struct env *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if ((strcmp(a->v[i].name, b->v[i].name) != 0 ||
		     strcmp(a->v[i].value, b->v[i].value) != 0) &&
		    !has_var(b, &a->v[i]))
			return false;
	return true;
}

static bool same_stdin(const struct stdin_spec *a, const struct stdin_spec *b)
{
	return a->kind == b->kind && same_text(a->text, b->text);
}

bool plan_same(const struct key *k, const struct process_spec *a, const struct process_spec *b)
{
	const char *x = (const char *)a + k->offset, *y = (const char *)b + k->offset;
	size_t size = key_plain_size(k->type);

	if (limits_is(k->type))
		return limits_same(k->type, x, y);
	if (size)
		return memcmp(x, y, size) == 0;
	if (k->type == KEY_ENVIRONMENT)
		return same_env(&a->environment, &b->environment);
	if (k->type == KEY_LOGFILE)
		return logs_same((const struct stream_spec *)x, (const struct stream_spec *)y);
	if (k->type == KEY_STDIN)
		return same_stdin(&a->in, &b->in);
	return same_text(*(char *const *)x, *(char *const *)y);
}

/* What only the draft of a program has, or what the process is called by: not compared. */
static bool compared(const struct key *k)
{
	return k->offset < offsetof(struct program_draft, numprocs) &&
	       strcmp(k->name, "program_name") != 0;
}

enum plan_kind plan_compare(const struct process_spec *a, const struct process_spec *b)
{
	enum plan_kind kind = PLAN_SAME;

	for (size_t i = 0; i < program_keys.n; i++) {
		const struct key *k = &program_keys.v[i];

		if (!compared(k) || plan_same(k, a, b))
			continue;
		if (k->change == RESTARTS)
			return PLAN_RESTART;
		kind = PLAN_POLICY;
	}
	return kind;
}

/* --- one group --------------------------------------------------------------------------- */

/* A process of either side, for finding its fellow by name. */
struct seat {
	const struct process_spec *spec;
	size_t place;
};

static int by_name(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	return strcmp(x->spec->name, y->spec->name);
}

static struct seat *seats_of(const struct group_spec *g)
{
	struct seat *v = calloc(g->n + 1, sizeof *v);

	for (size_t i = 0; v && i < g->n; i++)
		v[i] = (struct seat){ &g->v[i], i };
	if (v && g->n)
		qsort(v, g->n, sizeof *v, by_name);
	return v;
}

static const struct seat *seat_of(const struct seat *v, size_t n, const char *name)
{
	const struct process_spec key = { .name = (char *)name };
	const struct seat wanted = { &key, 0 };

	return n ? bsearch(&wanted, v, n, sizeof *v, by_name) : NULL;
}

/* Every process of both, those of @b in its order and then those that go. */
static int compare_processes(const struct group_spec *a, const struct group_spec *b,
			     struct plan_group *g)
{
	_cleanup_(freep) struct seat *old = seats_of(a), *new = seats_of(b);

	if (!old || !new)
		return -ENOMEM;
	g->v = calloc(a->n + b->n + 1, sizeof *g->v);
	if (!g->v)
		return -ENOMEM;
	for (size_t i = 0; i < b->n; i++) {
		const struct process_spec *to = &b->v[i];
		const struct seat *s = seat_of(old, a->n, to->name);

		g->v[g->n++] =
			(struct plan_process){ s ? plan_compare(s->spec, to) : PLAN_ADDED,
					       to->name, s ? s->spec : NULL, to };
	}
	for (size_t i = 0; i < a->n; i++)
		if (!seat_of(new, b->n, a->v[i].name))
			g->v[g->n++] = (struct plan_process){ PLAN_REMOVED, a->v[i].name,
							      &a->v[i], NULL };
	return 0;
}

/* Another order of the same processes only matters at the next start. */
static bool same_order(const struct group_spec *a, const struct group_spec *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->v[i].name, b->v[i].name) != 0)
			return false;
	return a->n == b->n;
}

static enum plan_kind judge(const struct group_spec *a, const struct group_spec *b,
			    const struct plan_group *g)
{
	const bool same = a->priority == b->priority && a->pipeline == b->pipeline;
	enum plan_kind kind = same && same_order(a, b) ? PLAN_SAME : PLAN_POLICY;

	for (size_t i = 0; i < g->n; i++) {
		switch (g->v[i].kind) {
		case PLAN_SAME:
			break;
		case PLAN_POLICY:
			kind = PLAN_POLICY;
			break;
		case PLAN_RESTART:
		case PLAN_ADDED:
		case PLAN_REMOVED:
			return PLAN_RESTART;
		}
	}
	return kind;
}

static int compare_groups(struct group_spec *a, struct group_spec *b, struct plan *p)
{
	struct plan_group *g = &p->v[p->n];
	int r;

	*g = (struct plan_group){ .from = a, .to = b };
	r = compare_processes(a, b, g);
	if (r < 0) {
		free(g->v);
		return r;
	}
	g->kind = judge(a, b, g);
	if (g->kind == PLAN_SAME)
		free(g->v);
	else
		p->n++;
	return 0;
}

/* --- all of it --------------------------------------------------------------------------- */

static int by_group_name(const void *a, const void *b)
{
	return strcmp((*(struct group_spec *const *)a)->name,
		      (*(struct group_spec *const *)b)->name);
}

static struct group_spec **sorted(struct group_spec *const *groups, size_t n)
{
	struct group_spec **v = calloc(n + 1, sizeof *v);

	if (v && n) {
		memcpy(v, groups, n * sizeof *v);
		qsort(v, n, sizeof *v, by_group_name);
	}
	return v;
}

/* Walk both sorted lists side by side. */
static int merge(struct group_spec *const *a, size_t na, struct group_spec *const *b, size_t nb,
		 struct plan *p)
{
	size_t i = 0, j = 0;
	int r = 0;

	while (r == 0 && (i < na || j < nb)) {
		int c = i == na ? 1 : j == nb ? -1 : strcmp(a[i]->name, b[j]->name);

		if (c < 0)
			p->v[p->n++] =
				(struct plan_group){ .kind = PLAN_REMOVED, .from = a[i++] };
		else if (c > 0)
			p->v[p->n++] = (struct plan_group){ .kind = PLAN_ADDED, .to = b[j++] };
		else
			r = compare_groups(a[i++], b[j++], p);
	}
	return r;
}

int plan_make(struct group_spec *const *running, size_t n, const struct config *next,
	      struct plan *ret)
{
	_cleanup_(freep) struct group_spec **a = sorted(running, n);
	_cleanup_(freep) struct group_spec **b = sorted(next->groups, next->n_groups);
	_cleanup_(plan_donep) struct plan p = { NULL, 0 };
	int r;

	if (!a || !b)
		return -ENOMEM;
	p.v = calloc(n + next->n_groups + 1, sizeof *p.v);
	if (!p.v)
		return -ENOMEM;
	r = merge(a, n, b, next->n_groups, &p);
	if (r == 0)
		*ret = TAKE(p, ((struct plan){ NULL, 0 }));
	return r;
}

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].v);
	free(p->v);
	*p = (struct plan){ NULL, 0 };
}
