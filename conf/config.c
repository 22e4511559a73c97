/* SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include <errno.h>
#include <string.h>

#include "conf/groups.h"
#include "conf/paths.h"

struct config *config_free(struct config *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < supervisord_keys.n; i++)
		load_release(&supervisord_keys.v[i], &c->supervisord);
	for (size_t i = 0; i < reeve_keys.n; i++)
		load_release(&reeve_keys.v[i], &c->reeve);
	for (size_t i = 0; i < c->n_groups; i++)
		group_spec_unref(c->groups[i]);
	free(c->groups);
	for (size_t i = 0; i < c->n_pools; i++)
		pool_done(&c->pools[i]);
	free(c->pools);
	free(c->path);
	free(c->here);
	free(c);
	return NULL;
}

/* Order is (priority, name), so a search by name walks. */
struct group_spec *config_group(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i]->name, name) == 0)
			return c->groups[i];
	return NULL;
}

/* The environment as names: NAME is known as ENV_NAME. */
static int env_names(char *const *strings, struct scope *ret)
{
	struct name *v;
	size_t n = 0, at = 0;

	while (strings && strings[n])
		n++;
	v = calloc(n + 1, sizeof *v);
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *equals = strchr(strings[i], '=');

		if (equals)
			v[at++] = (struct name){ strings[i], (size_t)(equals - strings[i]),
						 equals + 1, 0 };
	}
	*ret = (struct scope){ NULL, "ENV_", v, at };
	return 0;
}

/* Everything that is not text any more is done in this order: later parts use earlier ones. */
static int load_sections(struct load *l)
{
	int r = load_supervisord(l);

	if (r == 0)
		r = load_reeve(l);
	if (r == 0)
		r = program_defaults(l->config, &l->defaults);
	if (r == 0)
		r = load_groups(l);
	if (r == 0)
		r = load_pipelines(l);
	if (r == 0)
		r = load_lone(l);
	if (r == 0)
		r = load_sort_groups(l);
	if (r == 0)
		r = load_wires(l);
	if (r == 0)
		r = load_essential(l);
	if (r == 0)
		r = load_pools(l);
	if (r == 0)
		r = load_later(l);
	if (r == 0)
		r = load_unknown(l);
	return r;
}

static void load_done(struct load *l)
{
	free((void *)l->env.v);
	free((void *)l->daemon_env.v);
	process_done(&l->defaults.p);
	l->tree = tree_free(l->tree);
	l->users = users_free(l->users);
}

static int load_begin(struct load *l, struct config *c, const char *path)
{
	l->config = c;
	c->path = path_normal(l->world->cwd, path);
	c->here = c->path ? path_parent(c->path) : NULL;
	if (!c->here)
		return -ENOMEM;
	l->path = c->path;
	l->here = c->here;
	if (tree_new(&l->tree) < 0 ||
	    users_new(l->world->etc ? l->world->etc : "/etc", &l->users) < 0)
		return -ENOMEM;
	return env_names(l->world->environ, &l->env);
}

static int load_config(struct load *l, const char *path, const char *text, size_t len,
		       bool from_memory, struct config **ret)
{
	_cleanup_(config_freep) struct config *c = calloc(1, sizeof *c);
	int r;

	if (!c)
		return -ENOMEM;
	r = load_begin(l, c, path);
	if (r == 0)
		r = load_files(l, text, len, from_memory);
	if (r == 0 && (tree_sections(l->tree) || !l->diags->errors))
		r = load_sections(l);
	if (r < 0)
		return r;
	if (l->diags->oom)
		return -ENOMEM;
	if (diags_failed(l->diags))
		return CONFIG_REFUSED;
	*ret = TAKE_PTR(c);
	return CONFIG_OK;
}

/* Mistakes that were in the list before are not ours. */
static int with_own_diags(struct load *l, struct diags *all, const char *path, const char *text,
			  size_t len, bool from_memory, struct config **ret)
{
	size_t before = all->errors;
	int r;

	l->diags = all;
	all->errors = 0;
	r = load_config(l, path, text, len, from_memory, ret);
	all->errors += before;
	load_done(l);
	return r;
}

int config_load(const char *path, const struct config_world *w,
		const struct config_override *over, size_t n_over, struct diags *d,
		struct config **ret)
{
	struct load l = { .world = w, .over = over, .n_over = n_over };

	return with_own_diags(&l, d, path, NULL, 0, false, ret);
}

int config_load_text(const char *text, size_t len, const char *name,
		     const struct config_world *w, struct diags *d, struct config **ret)
{
	struct load l = { .world = w };

	return with_own_diags(&l, d, name, text, len, true, ret);
}
