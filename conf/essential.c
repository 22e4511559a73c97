/* SPDX-License-Identifier: MIT */
/*
 * [reeve] exit_on=: programs that are essential, named in one place. Each name is a program or
 * a process, or GROUP:NAME.
 */
#include <errno.h>
#include <string.h>

#include "conf/groups.h"

static bool is_called(const struct group_spec *g, const struct process_spec *p,
		      const char *name)
{
	const char *colon = strchr(name, ':');

	if (colon &&
	    (strncmp(g->name, name, (size_t)(colon - name)) != 0 || g->name[colon - name]))
		return false;
	if (colon)
		name = colon + 1;
	return strcmp(p->name, name) == 0 || strcmp(p->program, name) == 0;
}

static size_t mark(struct config *c, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_groups; i++) {
		struct group_spec *g = c->groups[i];

		for (size_t k = 0; k < g->n; k++) {
			if (!is_called(g, &g->v[k], name))
				continue;
			g->v[k].essential = true;
			n++;
		}
	}
	return n;
}

/* That a program has no process is no wonder if it has a mistake. */
static int tell_missing(const struct spot *at, const char *name)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const char *colon = strchr(name, ':');
	const struct tree_section *s;

	if (!*name) {
		mistake(at, DIAG_ERROR, "a name is missing; write a program, or leave it out");
		return 0;
	}
	if (buf_printf(&b, "program:%s", colon ? colon + 1 : name) < 0)
		return -ENOMEM;
	s = tree_section(at->load->tree, buf_str(&b));
	if (!s || !s->failed)
		load_no_such_program(at, "program", name);
	return 0;
}

/* In our own text each program says itself whether it is. */
int load_essential(struct load *l)
{
	struct tree_section *s = tree_section(l->tree, "reeve");
	struct spot at = { .load = l, .section = s, .key = "exit_on" };
	_cleanup_(freep) char *names = NULL;
	char *list, *name;
	int r = 0;

	if (!l->config->reeve.exit_on || l->world->trusted)
		return 0;
	names = strdup(l->config->reeve.exit_on);
	if (!names || tree_get(l->tree, s, at.key, &at.found) < 0)
		return -ENOMEM;
	for (list = names; r == 0 && (name = load_next_name(&list));)
		if (!mark(l->config, name))
			r = tell_missing(&at, name);
	return r;
}
