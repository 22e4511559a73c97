/* SPDX-License-Identifier: MIT */
/*
 * [group:x], and programs that are in no group and therefore are one by themselves.
 */
#include <errno.h>
#include <string.h>

#include "conf/groups.h"
#include "conf/value.h"

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
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
	if (!p && !f) {
		load_no_such_program(&g->at, "program or fcgi-program", program);
		return 0;
	}
	if (p && f)
		mistake(&g->at, DIAG_ERROR,
			"[%s] name %.200s is ambiguous (exists as program and fcgi-program); "
			"rename one of them",
			g->section->name, program);
	if (!p)
		return 0;
	if (!p->user)
		p->user = g->section;
	return load_program(g->load, p, g->name, &g->list);
}

/* An empty text has no names. */
static int add_members(struct group *g, char *names)
{
	char *name, *list = *names ? names : NULL;
	int r = 0;

	while (r == 0 && (name = load_next_name(&list)))
		r = add_member(g, name);
	return r;
}

static int load_group_named(struct group *g)
{
	static const struct key_table *const t = &group_keys;
	_cleanup_(buf_done) struct buf programs = BUF_INIT;
	const struct name here = { "here", strlen("here"), g->load->here, 0 };
	const struct scope scope = { &g->load->daemon_env, "", &here, 1 };
	struct group_spec draft = { .name = (char *)g->name, .priority = 999 };
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
	return r < 0 ? r : load_add_group(g->load, &draft, &g->list);
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

static int load_lone_program(struct load *l, struct tree_section *s)
{
	_cleanup_(process_list_done) struct process_list list = { NULL, 0, 0 };
	_cleanup_(freep) char *name = NULL;
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct group_spec head = { .priority = 999 };
	int r = load_program(l, s, NULL, &list);

	if (r < 0 || s->failed)
		return r;
	r = value_name(strchr(s->name, ':') + 1, &name, &why);
	if (r != VALUE_OK)
		return r < 0 ? r : 0;
	head.name = name;
	if (list.n)
		head.priority = list.v[0].priority;
	return load_add_group(l, &head, &list);
}

int load_groups(struct load *l)
{
	int r = 0;

	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next)
		if (begins(s->name, "group:"))
			r = load_group(l, s);
	return r;
}

int load_lone(struct load *l)
{
	int r = 0;

	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next)
		if (begins(s->name, "program:") && !s->visited)
			r = load_lone_program(l, s);
	return r;
}
