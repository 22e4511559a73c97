/* SPDX-License-Identifier: MIT */
/*
 * [pipeline:x]: a group whose programs stand in a row, each reading what the one before it
 * prints. Which process that is stands in the stdin of each, as if it were written there; that
 * nobody else reads it, and that it goes nowhere else, is seen to in wires.c.
 */
#include <errno.h>
#include <string.h>

#include "conf/groups.h"

struct pipeline {
	struct load *load;
	struct tree_section *section;
	const char *name;
	struct spot at; /* of stages= */
	struct process_list list;
	bool trusted; /* what a stage says of itself is right */
};

static void pipeline_done(struct pipeline *p)
{
	process_list_done(&p->list);
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Is a name taken by what would be told apart from the pipeline by nothing? */
static int check_name(struct pipeline *p)
{
	static const char *const kinds[] = { "group", "program", "fcgi-program",
					     "eventlistener" };
	struct spot at = { .load = p->load, .section = p->section };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_(buf_done) struct buf other = BUF_INIT;

		if (buf_printf(&other, "%s:%s", kinds[i], p->name) < 0)
			return -ENOMEM;
		if (tree_section(p->load->tree, buf_str(&other)))
			mistake(&at, DIAG_ERROR,
				"[%s] has the same name; give the pipeline one of its own",
				buf_str(&other));
	}
	return 0;
}

/* May the program of @s be a stage of ours? */
static bool take_program(struct pipeline *p, struct tree_section *s, const char *program)
{
	if (!s) {
		load_no_such_program(&p->at, "program", program);
		return false;
	}
	if (s->user) {
		mistake(&p->at, DIAG_ERROR,
			"program %.200s is in [%.200s] %s; a program is one stage of one "
			"pipeline",
			program, s->user->name, s->user == p->section ? "twice" : "already");
		return false;
	}
	s->user = p->section;
	return true;
}

/* Does @in say, in any of its ways, that it is the process @before of this pipeline? */
static bool is_before(const struct pipeline *p, const struct process_spec *before,
		      const struct stdin_spec *in)
{
	const char *name = in->text;
	const size_t n = strlen(p->name);

	if (in->kind != STDIN_PROGRAM)
		return false;
	if (strncmp(name, p->name, n) == 0 && name[n] == ':')
		name += n + 1;
	return strcmp(name, before->name) == 0 || strcmp(name, before->program) == 0;
}

/* Let the last process of the list, of section @s, read from the one before it. */
static int connect_last(struct pipeline *p, struct tree_section *s)
{
	struct process_spec *last = &p->list.v[p->list.n - 1];
	struct spot at = { .load = p->load, .section = s, .key = "stdin" };
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	if (p->list.n == 1 || p->trusted)
		return 0;
	if (tree_get(p->load->tree, s, at.key, &at.found) < 0 ||
	    buf_printf(&b, "%s:%s", p->name, last[-1].name) < 0)
		return -ENOMEM;
	if (last->in.kind != STDIN_NULL && !is_before(p, &last[-1], &last->in)) {
		mistake(&at, DIAG_ERROR,
			"as a stage of [%.200s] it reads what %.200s prints; leave stdin out",
			p->section->name, last[-1].program);
		return 0;
	}
	free(last->in.text);
	last->in = (struct stdin_spec){ STDIN_PROGRAM, buf_steal(&b) };
	return last->in.text ? 0 : -ENOMEM;
}

/* Stage number @i. Behind one that could not be had nothing is connected. */
static int add_stage(struct pipeline *p, const char *program, size_t i)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct tree_section *s;
	int r;

	if (buf_printf(&b, "program:%s", program) < 0)
		return -ENOMEM;
	s = tree_section(p->load->tree, buf_str(&b));
	if (!take_program(p, s, program))
		return 0;
	r = load_program(p->load, s, p->name, &p->list);
	if (r < 0 || s->failed)
		return r;
	if (s->many) {
		mistake(&p->at, DIAG_ERROR,
			"program %.200s has a numprocs of its own; a stage is one process, so "
			"leave it out",
			program);
		return 0;
	}
	return p->list.n == i + 1 ? connect_last(p, s) : 0;
}

static int add_stages(struct pipeline *p, char *names)
{
	char *name, *list = *names ? names : NULL;
	size_t n = 0;
	int r = 0;

	for (; r == 0 && (name = load_next_name(&list)); n++)
		r = add_stage(p, name, n);
	if (r == 0 && n < 2)
		mistake(&p->at, DIAG_ERROR,
			"%s; write two programs or more, with commas between",
			n ? "a single stage makes no pipeline" : "no stages");
	return r;
}

static int load_stages(struct pipeline *p, const struct scope *scope)
{
	_cleanup_(buf_done) struct buf stages = BUF_INIT;
	int r = load_text(p->load, p->section, "stages", scope, NULL, &stages);

	if (r < 0 || r == LOAD_BAD)
		return r < 0 ? r : 0;
	if (tree_get(p->load->tree, p->section, "stages", &p->at.found) < 0 ||
	    buf_reserve(&stages, 0) < 0)
		return -ENOMEM;
	return add_stages(p, stages.data);
}

/* One that has a mistake is not needed any more: the configuration is refused. */
static int load_named(struct pipeline *p)
{
	const struct name here = { "here", strlen("here"), p->load->here, 0 };
	const struct scope scope = { &p->load->daemon_env, "", &here, 1 };
	struct group_spec head = { .name = (char *)p->name, .pipeline = true };
	const size_t before = p->load->diags->errors;
	int r = check_name(p);

	if (r == 0)
		r = load_defaults(p->load, &pipeline_keys, &head);
	if (r == 0)
		r = load_key(p->load, p->section, key_find(&pipeline_keys, "priority"), &scope,
			     &head);
	if (r >= 0)
		r = load_stages(p, &scope);
	if (r == 0 && p->load->diags->errors == before)
		r = load_add_group(p->load, &head, &p->list);
	p->section->failed = p->load->diags->errors != before;
	return r;
}

static int load_pipeline(struct load *l, struct tree_section *s)
{
	_cleanup_(freep) char *name = NULL;
	_cleanup_(pipeline_done) struct pipeline p = { .load = l, .section = s };
	int r = load_section_name(l, s, &name);

	if (r < 0)
		return r;
	p.name = name ? name : "x";
	p.at = (struct spot){ .load = l, .section = s, .key = "stages" };
	p.trusted = l->world->trusted;
	return load_named(&p);
}

int load_pipelines(struct load *l)
{
	int r = 0;

	for (struct tree_section *s = tree_sections(l->tree); r == 0 && s; s = s->next)
		if (begins(s->name, "pipeline:"))
			r = load_pipeline(l, s);
	return r;
}
