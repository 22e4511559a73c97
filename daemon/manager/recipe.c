/* SPDX-License-Identifier: MIT */
#include "daemon/manager/recipe.h"

#include <errno.h>
#include <string.h>

#include "conf/config.h"

/* Three quarters of the largest stack that it counts with (bprm_stack_limits() of Linux). */
enum { EXEC_BYTES_MAX = 6 << 20 };

static int put_string(struct buf *b, struct link_strs *list, const char *s)
{
	const int r = buf_append(b, s, strlen(s) + 1);

	if (r == 0)
		list->n++;
	return r;
}

static int put_var(struct buf *b, struct link_strs *list, const char *name, const char *value)
{
	int r = buf_printf(b, "%s=%s", name, value);

	if (r == 0)
		r = buf_append(b, "", 1);
	if (r == 0)
		list->n++;
	return r;
}

static int put_argv(struct recipe *r, const struct unit *u, struct link_strs *list)
{
	size_t n;
	int e;

	free(r->words);
	r->words = NULL;
	e = words_split(u->spec->command, &r->words, &n);
	if (e < 0)
		return e;
	if (e != WORDS_OK || !n)
		return RECIPE_UNSPLIT;
	buf_clear(&r->argv);
	for (size_t i = 0; i < n; i++) {
		e = put_string(&r->argv, list, r->words[i]);
		if (e < 0)
			return e;
	}
	list->first = buf_str(&r->argv);
	list->bytes = (uint32_t)r->argv.len;
	return RECIPE_OK;
}

static int put_env(struct recipe *r, const struct unit *u, struct link_strs *list)
{
	const struct env *env = &u->spec->environment;
	int e;

	buf_clear(&r->env);
	e = put_var(&r->env, list, "SUPERVISOR_ENABLED", "1");
	if (e == 0 && u->spec->serverurl)
		e = put_var(&r->env, list, "SUPERVISOR_SERVER_URL", u->spec->serverurl);
	if (e == 0)
		e = put_var(&r->env, list, "SUPERVISOR_PROCESS_NAME", u->spec->name);
	if (e == 0)
		e = put_var(&r->env, list, "SUPERVISOR_GROUP_NAME", u->group->name);
	for (size_t i = 0; e == 0 && i < env->n; i++)
		e = put_var(&r->env, list, env->v[i].name, env->v[i].value);
	list->first = buf_str(&r->env);
	list->bytes = (uint32_t)r->env.len;
	return e;
}

/* PATH of the program's own environment, else the daemon's, else supervisord's default. */
static const char *path_of(const struct unit *u, char *const *daemon_env)
{
	const struct env *env = &u->spec->environment;

	for (size_t i = env->n; i-- > 0;)
		if (strcmp(env->v[i].name, "PATH") == 0)
			return env->v[i].value;
	for (; *daemon_env; daemon_env++)
		if (strncmp(*daemon_env, "PATH=", 5) == 0)
			return *daemon_env + 5;
	return "/bin:/usr/bin:/usr/local/bin";
}

int recipe_make(struct recipe *r, const struct unit *u, char *const *daemon_env,
		struct link_msg *ret)
{
	struct link_msg m = { .type = LINK_SPAWN,
			      .spawn = { .id = u->id,
					 .name = u->spec->name,
					 .path = path_of(u, daemon_env),
					 .directory = u->spec->directory,
					 .user = u->spec->user,
					 .umask = u->spec->umask,
					 .merge = u->spec->redirect_stderr,
					 .affinity = u->spec->cpu_affinity,
					 .stdin_path = u->spec->in.kind == STDIN_FILE
							       ? u->spec->in.text
							       : NULL,
					 .stdout_wire = u->spec->stdout_wired } };
	int e = put_argv(r, u, &m.spawn.argv);

	if (e != RECIPE_OK)
		return e;
	e = put_env(r, u, &m.spawn.env);
	if (e < 0)
		return e;
	if (r->argv.len + r->env.len > EXEC_BYTES_MAX)
		return RECIPE_TOO_LARGE;
	e = limits_tell(&r->limits, &u->spec->limits, &m.spawn);
	if (e < 0)
		return e;
	*ret = m;
	return RECIPE_OK;
}

void recipe_done(struct recipe *r)
{
	free(r->words);
	buf_done(&r->argv);
	buf_done(&r->env);
	limits_room_done(&r->limits);
	*r = (struct recipe){ 0 };
}
