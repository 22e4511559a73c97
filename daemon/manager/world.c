/* SPDX-License-Identifier: MIT */
#include "daemon/manager/world.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/manager/command.h"
#include "daemon/manager/options.h"

/* More than a set holds are asked for by another name, which knows nothing of affinity. */
static int count_processors(void)
{
	cpu_set_t mine;
	long online;

	if (sched_getaffinity(0, sizeof mine, &mine) == 0)
		return CPU_COUNT(&mine);
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (int)online : 1;
}

int world_look(struct world *ret)
{
	struct utsname uts;

	*ret = (struct world){ .cwd = getcwd(NULL, 0) };
	if (!ret->cwd)
		return -errno;
	if (uname(&uts) == 0)
		(void)snprintf(ret->host, sizeof ret->host, "%s", uts.nodename);
	ret->config = (struct config_world){ .environ = environ,
					     .host = ret->host,
					     .cwd = ret->cwd,
					     .root = geteuid() == 0,
					     .processors = count_processors(),
					     .runtime_dir = getenv("XDG_RUNTIME_DIR"),
					     .home = getenv("HOME") };
	return 0;
}

void world_done(struct world *w)
{
	free(w->cwd);
	w->cwd = NULL;
}

static int load_command(const struct options *o, const struct world *w, struct diags *d,
			struct config **ret)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const int r = command_config(o, &text);

	if (r < 0)
		return r;
	return config_load_text(buf_str(&text), text.len, COMMAND_FILE, &w->config, d, ret);
}

int world_load(const struct options *o, struct diags *d, struct config **ret)
{
	_cleanup_(world_done) struct world w;
	_cleanup_(freep) char *found = NULL;
	int r = world_look(&w);

	if (r < 0)
		return r;
	if (o->command)
		return load_command(o, &w, d, ret);
	if (!o->config) {
		found = config_find(o->argv0, w.cwd);
		if (!found) {
			diags_add(d, DIAG_ERROR, NULL, 0,
				  "no configuration file found in the usual places; name one "
				  "with -c FILE");
			return CONFIG_REFUSED;
		}
	}
	return config_load(o->config ? o->config : found, &w.config, o->over, o->n_over, d,
			   ret);
}
