/* SPDX-License-Identifier: MIT */
/*
 * Processes are all that is left of programs, so each is printed as a program of its own, and
 * [group:x] puts them together again: names, order and priorities come back exactly.
 */
#include <errno.h>
#include <string.h>

#include "conf/config.h"
#include "conf/environ.h"
#include "conf/groups.h"
#include "conf/plan.h"
#include "conf/show.h"
#include "conf/tree.h"

struct printer {
	const struct config *config;
	const struct program_draft *defaults; /* not to be said; NULL: say all */
	struct buf *out;
	struct tree *used; /* a set: names of [program:x] that are taken */
};

static int print_table(const struct key_table *t, const void *object, struct buf *out)
{
	int r = buf_printf(out, "[%s]\n", t->section);

	for (size_t i = 0; r == 0 && i < t->n; i++)
		r = show_key(&t->v[i], object, out);
	return r;
}

static bool same_env(const struct env *a, const struct env *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, b->v[i].name) != 0 ||
		    strcmp(a->v[i].value, b->v[i].value) != 0)
			return false;
	return true;
}

/* Would reading @p add variables of [supervisord] that it does not have? */
static int needs_whole(const struct config *c, const struct process_spec *p, bool *ret)
{
	struct env merged;
	int r = environ_merge(&c->supervisord.environment, &p->environment, &merged);

	if (r < 0)
		return r;
	*ret = !same_env(&merged, &p->environment);
	environ_done(&merged);
	return 0;
}

/* AUTO is not the same as a path here. */
static bool is_default(const struct key *k, const struct process_spec *p,
		       const struct program_draft *defaults)
{
	if (k->type == KEY_LOGFILE) {
		const void *field = (const char *)p + k->offset;
		const struct stream_spec *stream = field;

		return stream->kind == LOG_AUTO && !stream->n_more;
	}
	return plan_same(k, p, &defaults->p);
}

/* Rows that say nothing here: @section is what the process goes by. */
static bool is_idle(const struct printer *p, const struct key *k, const struct program_draft *d,
		    const char *section)
{
	switch (k->offset) {
	case offsetof(struct program_draft, numprocs):
	case offsetof(struct program_draft, numprocs_start):
		return true;
	case offsetof(struct program_draft, environment_whole):
		return !d->environment_whole;
	case offsetof(struct program_draft, p.program):
		return strcmp(d->p.program, section) == 0;
	case offsetof(struct program_draft, p.stdout_wired):
		return !d->p.stdout_wired;
	default:
		return key_lacks(k, &d->p) ||
		       (p->defaults && is_default(k, &d->p, p->defaults));
	}
}

static int print_process(struct printer *p, const struct process_spec *s, const char *section)
{
	struct program_draft d = { .p = *s, .numprocs = 1 };
	int r = needs_whole(p->config, s, &d.environment_whole);

	if (r == 0)
		r = buf_printf(p->out, "\n[program:%s]\n", section);
	for (size_t i = 0; r == 0 && i < program_keys.n; i++)
		if (!is_idle(p, &program_keys.v[i], &d, section))
			r = show_key(&program_keys.v[i], &d, p->out);
	return r;
}

/* --- names for sections ------------------------------------------------------------------ */

static int take_name(struct printer *p, const char *name)
{
	struct tree_section *s;

	return tree_add_section(p->used, name, (struct origin){ NULL, 0 }, &s);
}

/* A group that reads back from its [program:x] alone. */
static bool is_lone(const struct group_spec *g)
{
	return g->n == 1 && !g->pipeline && strcmp(g->name, g->v[0].program) == 0 &&
	       g->priority == g->v[0].priority;
}

/* A name may be listed in programs= if there is no comma in it. */
static bool usable(const struct printer *p, const char *name)
{
	return !strchr(name, ',') && !tree_section(p->used, name);
}

/* A section for @s: called like its program, its process, or one of them with a number. */
static int choose_name(struct printer *p, const struct process_spec *s, size_t number,
		       struct buf *ret)
{
	buf_clear(ret);
	if (usable(p, s->program))
		return buf_puts(ret, s->program);
	if (usable(p, s->name))
		return buf_puts(ret, s->name);
	for (;; number++) {
		int r = buf_printf(ret, "%s.%zu", s->program, number);

		for (char *c = ret->data; r == 0 && *c; c++)
			if (*c == ',')
				*c = '_';
		if (r < 0 || usable(p, buf_str(ret)))
			return r;
		buf_clear(ret);
	}
}

static int print_members(struct printer *p, const struct group_spec *g, struct buf *programs)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < g->n; i++) {
		r = choose_name(p, &g->v[i], i, &name);
		if (r == 0)
			r = take_name(p, buf_str(&name));
		if (r == 0)
			r = buf_printf(programs, "%s%s", i ? "," : "", buf_str(&name));
		if (r == 0)
			r = print_process(p, &g->v[i], buf_str(&name));
	}
	return r;
}

static int print_group(struct printer *p, const struct group_spec *g)
{
	_cleanup_(buf_done) struct buf programs = BUF_INIT;
	int r;

	if (is_lone(g))
		return print_process(p, &g->v[0], g->name);
	r = print_members(p, g, &programs);
	if (r == 0)
		r = buf_printf(p->out, "\n[%s:%s]\n", g->pipeline ? "pipeline" : "group",
			       g->name);
	if (r == 0)
		r = show_text(g->pipeline ? "stages" : "programs", buf_str(&programs), p->out);
	return r < 0 ? r : buf_printf(p->out, "priority=%d\n", g->priority);
}

static int print_pool(const struct pool_spec *pool, struct buf *out)
{
	int r = buf_printf(out, "\n[pool:%s]\n", pool->name);

	for (size_t i = 0; r == 0 && i < pool_keys.n; i++)
		r = show_key(&pool_keys.v[i], pool, out);
	return r;
}

static int print_all(struct printer *p, struct group_spec *const *groups, size_t n)
{
	int r = print_table(&supervisord_keys, &p->config->supervisord, p->out);

	if (r == 0)
		r = buf_putc(p->out, '\n');
	if (r == 0)
		r = print_table(&reeve_keys, &p->config->reeve, p->out);
	for (size_t i = 0; r == 0 && i < p->config->n_pools; i++)
		r = print_pool(&p->config->pools[i], p->out);
	/* Programs by themselves are called like their group; a pipeline is called like none.
	 */
	for (size_t i = 0; r == 0 && i < n; i++)
		if (is_lone(groups[i]) || groups[i]->pipeline)
			r = take_name(p, groups[i]->name);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = print_group(p, groups[i]);
	return r;
}

int config_print_running(const struct config *c, struct group_spec *const *groups, size_t n,
			 struct buf *out)
{
	_cleanup_(tree_freep) struct tree *used = NULL;
	struct program_draft defaults = { 0 };
	struct printer p = { c, &defaults, out, NULL };
	int r = tree_new(&used);

	p.used = used;
	if (r == 0)
		r = program_defaults(c, &defaults);
	return r < 0 ? r : print_all(&p, groups, n);
}

int config_print(const struct config *c, struct buf *out)
{
	_cleanup_(tree_freep) struct tree *used = NULL;
	struct printer p = { c, NULL, out, NULL };
	int r = tree_new(&used);

	p.used = used;
	return r < 0 ? r : print_all(&p, c->groups, c->n_groups);
}
