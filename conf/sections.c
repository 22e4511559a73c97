/* SPDX-License-Identifier: MIT */
/*
 * [supervisord] and [reeve]: what concerns the daemon as a whole.
 */
#include <errno.h>
#include <string.h>

#include "conf/load.h"
#include "conf/paths.h"

/* What the command line says beats the file; its values are taken as they are. */
static int apply_overrides(struct load *l)
{
	for (size_t i = 0; i < l->n_over; i++) {
		const struct config_override *o = &l->over[i];
		const struct key *k = key_find(&supervisord_keys, o->key);
		struct spot at = { .load = l, .key = o->key, .option = o->option };
		int r;

		if (!k) {
			mistake(&at, DIAG_ERROR, "there is no such key: %s", o->key);
			continue;
		}
		r = load_value(&at, k, o->value, &l->config->supervisord);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The first of the places for temporary files that is there, as Python's tempfile looks. */
static char *temporary_dir(const struct config_world *w)
{
	static const char *const vars[] = { "TMPDIR=", "TEMP=", "TMP=" };
	static const char *const places[] = { "/tmp", "/var/tmp", "/usr/tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(vars); i++) {
		size_t n = strlen(vars[i]);

		for (char *const *e = w->environ; e && *e; e++) {
			_cleanup_(freep) char *path = NULL;

			if (strncmp(*e, vars[i], n) != 0 || !(*e)[n])
				continue;
			path = path_join(w->cwd, *e + n);
			if (path && path_is_dir(path))
				return TAKE_PTR(path);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (path_is_dir(places[i]))
			return strdup(places[i]);
	return strdup(w->cwd);
}

static int read_supervisord(struct load *l, struct tree_section *s)
{
	static const char *const names[] = { "here", "host_node_name" };
	struct name v[] = { { names[0], strlen(names[0]), l->here, 0 },
			    { names[1], strlen(names[1]), l->world->host, 0 } };
	const struct scope here = { &l->env, "", v, 1 };
	const struct scope both = { &l->env, "", v, 2 };

	for (size_t i = 0; i < supervisord_keys.n; i++) {
		const struct key *k = &supervisord_keys.v[i];
		int r = load_key(l, s, k, k->type == KEY_ENVIRONMENT ? &both : &here,
				 &l->config->supervisord);

		if (r < 0)
			return r;
	}
	return 0;
}

int load_supervisord(struct load *l)
{
	struct supervisord_spec *spec = &l->config->supervisord;
	struct tree_section *s = tree_section(l->tree, "supervisord");
	int r = load_defaults(l, &supervisord_keys, spec);

	if (!s && !tree_section(l->tree, "reeve"))
		diags_add(l->diags, DIAG_ERROR, l->path, 0,
			  ".ini file does not include supervisord section; add [supervisord]");
	if (r == 0 && s)
		r = read_supervisord(l, s);
	if (r == 0)
		r = apply_overrides(l);
	if (r == 0 && !spec->childlogdir && !(spec->childlogdir = temporary_dir(l->world)))
		r = -ENOMEM;
	if (r == 0)
		r = load_env_scope(&spec->environment, &l->env, &l->daemon_env);
	return r;
}

/*
 * Without root and without $XDG_RUNTIME_DIR there is only /tmp. The directory carries the
 * user's number; the daemon makes it 0700 and must refuse one that is somebody else's.
 */
static int default_socket(struct load *l, char **ret)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const char *dir = l->world->runtime_dir;
	int r;

	if (l->world->root)
		r = buf_puts(&b, "/run/reeve/reeve.sock");
	else if (dir && *dir == '/')
		r = buf_printf(&b, "%s/reeve/reeve.sock", dir);
	else
		r = buf_printf(&b, "/tmp/reeve-%u/reeve.sock", (unsigned)geteuid());
	if (r < 0)
		return r;
	*ret = buf_steal(&b);
	return *ret ? 0 : -ENOMEM;
}

enum { JOB_HISTORY_MAX = 100000 };

static void check_history(struct load *l, struct tree_section *s)
{
	struct spot at = { .load = l, .section = s, .key = "job_history" };
	const int n = l->config->reeve.job_history;

	if (n >= 0 && n <= JOB_HISTORY_MAX)
		return;
	if (tree_get(l->tree, s, at.key, &at.found) < 0)
		at.found = NULL;
	mistake(&at, DIAG_ERROR, "number out of range: %d; write one between 0 and %d", n,
		JOB_HISTORY_MAX);
}

int load_reeve(struct load *l)
{
	struct reeve_spec *spec = &l->config->reeve;
	struct tree_section *s = tree_section(l->tree, "reeve");
	const struct name here = { "here", strlen("here"), l->here, 0 };
	const struct scope scope = { &l->daemon_env, "", &here, 1 };
	int r = load_defaults(l, &reeve_keys, spec);

	for (size_t i = 0; r >= 0 && s && i < reeve_keys.n; i++)
		r = load_key(l, s, &reeve_keys.v[i], &scope, spec);
	if (r >= 0 && !spec->socket)
		r = default_socket(l, &spec->socket);
	if (r >= 0 && s)
		check_history(l, s);
	if (r >= 0 && !spec->job_logdir &&
	    !(spec->job_logdir = strdup(l->config->supervisord.childlogdir)))
		r = -ENOMEM;
	return r < 0 ? r : 0;
}
