/* SPDX-License-Identifier: MIT */
/*
 * [group:x], and programs that are in no group and therefore are one by themselves.
 */
#include <errno.h>
#include <string.h>

#include "conf/load.h"
#include "conf/pack.h"
#include "conf/suggest.h"
#include "conf/value.h"

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* --- groups into the configuration ------------------------------------------------------- */

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
 * lose out of list->v[0..*ret_n) to its end.
 */
static int drop_doubles(struct load *l, const char *group, struct process_list *list,
			size_t *ret_n)
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
		diags_add(l->diags, DIAG_WARNING, p->origin.file, p->origin.line,
			  "[program:%s] process_name: group %s has another process called %s, "
			  "which takes its place; give each a name of its own",
			  p->program, group, p->name);
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

int load_add_group(struct load *l, const char *name, int priority,
		   const struct process_list *list)
{
	struct config *c = l->config;
	struct process_list mine = *list;
	size_t n = 0;
	int r = drop_doubles(l, name, &mine, &n);

	if (r < 0)
		return r;
	if (!(c->n_groups & (c->n_groups - 1))) {
		struct group_spec **v =
			reallocarray(c->groups, c->n_groups ? c->n_groups * 2 : 1, sizeof *v);

		if (!v)
			return -ENOMEM;
		c->groups = v;
	}
	r = pack_group(name, priority, mine.v, n, &c->groups[c->n_groups]);
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

/* Two groups of one name: supervisord runs the first in order and says nothing. */
static int drop_double_groups(struct load *l)
{
	struct config *c = l->config;
	_cleanup_(freep) struct numbered *v = calloc(c->n_groups + 1, sizeof *v);
	size_t kept = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_groups; i++)
		v[i] = (struct numbered){ c->groups[i]->name, i };
	qsort(v, c->n_groups, sizeof *v, by_name_then_place);
	for (size_t i = 1; i < c->n_groups; i++) {
		struct group_spec *g = c->groups[v[i].i];

		if (strcmp(v[i - 1].name, v[i].name) != 0)
			continue;
		diags_add(
			l->diags, DIAG_WARNING, g->n ? g->v[0].origin.file : l->path,
			g->n ? g->v[0].origin.line : 0,
			"[%s%s] another group is called %s, and this one never runs; give each "
			"a name of its own",
			g->n ? "program:" : "group:", g->n ? g->v[0].program : g->name,
			g->name);
		v[i].name = v[i - 1].name; /* the name's owner is about to go */
		c->groups[v[i].i] = group_spec_unref(g);
	}
	for (size_t i = 0; i < c->n_groups; i++)
		if (c->groups[i])
			c->groups[kept++] = c->groups[i];
	c->n_groups = kept;
	return 0;
}

/* --- [group:x] --------------------------------------------------------------------------- */

struct group {
	struct load *load;
	struct tree_section *section;
	const char *name;
	struct spot at; /* of programs= */
	struct process_list list;
};

static void group_done(struct group *g)
{
	process_list_done(&g->list);
}

static int no_such_program(struct group *g, const char *program)
{
	struct suggestion near = { 0 };

	for (struct tree_section *s = tree_sections(g->load->tree); s; s = s->next)
		if (begins(s->name, "program:") || begins(s->name, "fcgi-program:"))
			suggest(&near, program, strchr(s->name, ':') + 1);
	mistake(&g->at, DIAG_ERROR, "[%s] names unknown program or fcgi-program %.200s; %s%s%s",
		g->section->name, program,
		near.word ? "did you mean " : "add its section or leave it out",
		near.word ? near.word : "", near.word ? "?" : "");
	return 0;
}

/* One name of programs=. */
static int add_member(struct group *g, const char *program)
{
	_cleanup_(buf_done) struct buf plain = BUF_INIT, fcgi = BUF_INIT;
	struct tree_section *p, *f;

	if (buf_printf(&plain, "program:%s", program) < 0 ||
	    buf_printf(&fcgi, "fcgi-program:%s", program) < 0)
		return -ENOMEM;
	p = tree_section(g->load->tree, buf_str(&plain));
	f = tree_section(g->load->tree, buf_str(&fcgi));
	if (!p && !f)
		return no_such_program(g, program);
	if (p && f)
		mistake(&g->at, DIAG_ERROR,
			"[%s] name %.200s is ambiguous (exists as program and fcgi-program); "
			"rename one of them",
			g->section->name, program);
	return p ? load_program(g->load, p, g->name, &g->list) : 0;
}

/* A comma list whose items have no blanks around them. An empty text has no items. */
static int add_members(struct group *g, char *names)
{
	char *name;
	int r = 0;

	if (!*names)
		return 0;
	while (r == 0 && (name = strsep(&names, ","))) {
		char *end;

		name += strspn(name, " \t\n\r\v\f");
		end = name + strlen(name);
		while (end > name && strchr(" \t\n\r\v\f", end[-1]))
			*--end = '\0';
		r = add_member(g, name);
	}
	return r;
}

static int load_group_named(struct group *g)
{
	static const struct key_table *const t = &group_keys;
	_cleanup_(buf_done) struct buf programs = BUF_INIT;
	const struct name here = { "here", strlen("here"), g->load->here, 0 };
	const struct scope scope = { &g->load->daemon_env, "", &here, 1 };
	struct group_spec draft = { .priority = 999 };
	int r;

	r = load_key(g->load, g->section, key_find(t, "priority"), &scope, &draft);
	if (r < 0)
		return r;
	r = load_text(g->load, g->section, "programs", &scope, NULL, &programs);
	if (r < 0)
		return r;
	if (tree_get(g->load->tree, g->section, "programs", &g->at.found) < 0 ||
	    buf_reserve(&programs, 0) < 0)
		return -ENOMEM;
	r = add_members(g, programs.data);
	return r < 0 ? r : load_add_group(g->load, g->name, draft.priority, &g->list);
}

static int load_group(struct load *l, struct tree_section *s)
{
	_cleanup_(freep) char *name = NULL;
	_cleanup_(group_done) struct group g = { .load = l, .section = s };
	int r = load_section_name(l, s, &name);

	if (r < 0)
		return r;
	g.name = name ? name : "x";
	g.at = (struct spot){ .load = l, .section = s, .key = "programs" };
	return load_group_named(&g);
}

/* --- a program by itself ----------------------------------------------------------------- */

static int load_lone(struct load *l, struct tree_section *s)
{
	_cleanup_(process_list_done) struct process_list list = { NULL, 0, 0 };
	_cleanup_(freep) char *name = NULL;
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int r = load_program(l, s, NULL, &list);

	if (r < 0 || s->failed)
		return r;
	r = value_name(strchr(s->name, ':') + 1, &name, &why);
	if (r != VALUE_OK)
		return r < 0 ? r : 0;
	return load_add_group(l, name, list.n ? list.v[0].priority : 999, &list);
}

int load_groups(struct load *l)
{
	int r = 0;

	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next)
		if (begins(s->name, "group:"))
			r = load_group(l, s);
	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next)
		if (begins(s->name, "program:") && !s->visited)
			r = load_lone(l, s);
	if (r < 0)
		return r;
	if (l->config->n_groups)
		qsort(l->config->groups, l->config->n_groups, sizeof *l->config->groups,
		      by_priority);
	return drop_double_groups(l);
}
