/* SPDX-License-Identifier: MIT */
#include "daemon/manager/names.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/groups.h"

static int many(const struct manager *m, const char *group, enum roster_order order,
		struct names *ret)
{
	const size_t n = roster_list(m->roster, group, order, NULL, 0);
	proc_id *v = calloc(n + 1, sizeof *v);

	if (!v)
		return -ENOMEM;
	(void)roster_list(m->roster, group, order, v, n);
	*ret = (struct names){ NAMES_MANY, v, n };
	return 0;
}

static int one(proc_id id, struct names *ret)
{
	proc_id *v = malloc(sizeof *v);

	if (!v)
		return -ENOMEM;
	*v = id;
	*ret = (struct names){ NAMES_ONE, v, 1 };
	return 0;
}

static bool is_pipeline(const struct manager *m, const char *name)
{
	const struct group_spec *g = groups_find(m, name);

	return g && g->pipeline;
}

int names_resolve(const struct manager *m, const char *name, enum roster_order order,
		  struct names *ret)
{
	const char *colon = strchr(name, ':');
	_cleanup_(freep) char *group = NULL;
	const char *process;
	proc_id id;

	*ret = (struct names){ .kind = NAMES_NONE };
	if (strcmp(name, "all") == 0)
		return many(m, NULL, order, ret);
	group = colon ? strndup(name, (size_t)(colon - name)) : strdup(name);
	if (!group)
		return -ENOMEM;
	process = colon ? colon + 1 : name;
	if (colon && (!*process || strcmp(process, "*") == 0))
		return roster_has_group(m->roster, group) ? many(m, group, order, ret) : 0;
	id = roster_find(m->roster, group, process);
	if (id)
		return one(id, ret);
	return !colon && is_pipeline(m, group) ? many(m, group, order, ret) : 0;
}

void names_done(struct names *n)
{
	free(n->v);
	*n = (struct names){ .kind = NAMES_NONE };
}
