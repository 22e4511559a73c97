/* SPDX-License-Identifier: MIT */
/*
 * cgroups.c - a group has processes, or it has groups with limits in it, never both. So we go
 * into one of our own, "keeper", and each incarnation into another one, "pID.GENERATION"; never
 * twice into the same, for a group that was killed may kill who comes next (Linux before 7.2,
 * clone3(2) with CLONE_INTO_CGROUP). A child goes in by itself, before all else.
 *
 * A controller is asked for when the first limit needs it, not before: below a unit of systemd
 * older than 254, which starts the next keeper in the group that has groups by then, that start
 * would be refused (DelegateSubgroup= is for this).
 */
#include "daemon/keeper/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/sys/cgroup.h"

/* Who was reaped may be in its group for a moment longer. */
enum { LOOKS = 5, LOOK_EVERY_MS = 100 };

#define OWN "keeper"

struct cgroups {
	int root;
	unsigned there, enabled; /* controllers */
	size_t full; /* groups that had somebody left when they were to go */
	unsigned looks; /* that will be taken at them without a reason */
	mono_t next_look;
};

/* --- the tree ---------------------------------------------------------------------------- */

/* The group that was left to us, which may be the one above ours. */
static int find_root(int *ret)
{
	_cleanup_(closep) int own = -1, above = -1;
	const int r = cgroup_own(&own);

	if (r < 0)
		return r;
	if (cgroup_is_ours(own)) {
		*ret = TAKE_FD(own);
		return 0;
	}
	above = openat(own, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0 || !cgroup_is_ours(above))
		return -ENOENT;
	*ret = TAKE_FD(above);
	return 0;
}

void cgroups_init(struct keeper *k)
{
	_cleanup_(closep) int root = -1;
	char list[256];

	if (find_root(&root) < 0 || (mkdirat(root, OWN, 0755) < 0 && errno != EEXIST) ||
	    cgroup_write(root, OWN "/cgroup.procs", "0") < 0)
		return;
	k->cgroups = calloc(1, sizeof *k->cgroups);
	if (!k->cgroups)
		return;
	k->cgroups->root = TAKE_FD(root);
	if (cgroup_read(k->cgroups->root, "cgroup.controllers", list, sizeof list) == 0)
		k->cgroups->there = cgroup_controllers(list);
}

unsigned cgroups_controllers(const struct keeper *k)
{
	return k->cgroups ? k->cgroups->there : 0;
}

/* --- limits ------------------------------------------------------------------------------ */

static bool enable(struct cgroups *g, unsigned controller)
{
	char text[16];

	if (!(g->there & controller))
		return false;
	if (g->enabled & controller)
		return true;
	(void)snprintf(text, sizeof text, "+%s", cgroup_controller_name(controller));
	if (cgroup_write(g->root, "cgroup.subtree_control", text) < 0)
		return false;
	g->enabled |= controller;
	return true;
}

static void miss(struct keeper *k, unsigned controller, const char *name)
{
	if (k->cgroups_missed & controller)
		return;
	k->cgroups_missed |= controller;
	say_log(k, LEVEL_WARN,
		"no limit of %s is enforced, for %s or any other: its controller of cgroups "
		"was not left to us",
		cgroup_controller_name(controller), name);
}

static void set_limit(struct keeper *k, const char *group, const char *limit, const char *name)
{
	const size_t len = strcspn(limit, "=");
	char file[200], key[64];
	unsigned controller;
	int r;

	if (!limit[len] || len >= sizeof key)
		return;
	memcpy(key, limit, len);
	key[len] = '\0';
	controller = cgroup_controller_of(key);
	if (strchr(key, '/') || (!k->cgroups && !controller))
		return;
	if (!k->cgroups || (controller && !enable(k->cgroups, controller))) {
		miss(k, controller, name);
		return;
	}
	(void)snprintf(file, sizeof file, "%s/%s", group, key);
	r = cgroup_write(k->cgroups->root, file, limit + len + 1);
	if (r < 0)
		say_log(k, LEVEL_WARN, "%s is not enforced for %s: %s", limit, name,
			strerror(-r));
}

static void set_limits(struct keeper *k, const char *group, const struct link_spawn *recipe)
{
	const char *s = recipe->cgroup.first;

	for (uint32_t i = 0; i < recipe->cgroup.n; i++, s = link_strs_next(s))
		set_limit(k, group, s, recipe->name);
}

/* --- groups ------------------------------------------------------------------------------ */

static void name_group(const struct slot *s, char ret[64])
{
	(void)snprintf(ret, 64, "p%u.%u", s->id, s->gen);
}

static void name_file(const struct slot *s, const char *file, char ret[96])
{
	(void)snprintf(ret, 96, "p%u.%u/%s", s->id, s->gen, file);
}

int cgroups_make(struct keeper *k, const struct slot *s, const struct link_spawn *recipe)
{
	char group[64], file[96];

	if (!recipe->contain && !recipe->cgroup.n)
		return -1;
	name_group(s, group);
	if (k->cgroups && mkdirat(k->cgroups->root, group, 0755) < 0 && errno != EEXIST) {
		say_log(k, LEVEL_WARN, "no group for %s: %s", recipe->name, strerror(errno));
		return -1;
	}
	set_limits(k, group, recipe);
	if (!k->cgroups)
		return -1;
	name_file(s, "cgroup.procs", file);
	return openat(k->cgroups->root, file, O_WRONLY | O_CLOEXEC);
}

bool cgroups_has(const struct keeper *k, const struct slot *s, pid_t pid)
{
	char path[48], text[8192], group[4096], own[64];
	size_t len;
	const char *at;

	(void)snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	if (!k->cgroups || cgroup_read(AT_FDCWD, path, text, sizeof text) < 0 ||
	    !cgroup_named(text, group, sizeof group))
		return false;
	name_group(s, own);
	len = strlen(own);
	/* It may have made groups of its own below. */
	for (at = strchr(group, '/'); at; at = strchr(at + 1, '/'))
		if (strncmp(at + 1, own, len) == 0 && (!at[1 + len] || at[1 + len] == '/'))
			return true;
	return false;
}

void cgroups_kill(struct keeper *k, const struct slot *s)
{
	char file[96];

	if (!k->cgroups)
		return;
	name_file(s, "cgroup.kill", file);
	(void)!cgroup_write(k->cgroups->root, file, "1"); /* it may have none */
}

static bool was_out_of_memory(const struct cgroups *g, const struct slot *s)
{
	char file[96], text[1024];

	name_file(s, "memory.events", file);
	return cgroup_read(g->root, file, text, sizeof text) == 0 &&
	       cgroup_value(text, "oom_kill") > 0;
}

bool cgroups_ended(struct keeper *k, const struct slot *s)
{
	struct cgroups *g = k->cgroups;
	char group[64];
	bool oom;

	if (!g)
		return false;
	oom = was_out_of_memory(g, s);
	name_group(s, group);
	if (unlinkat(g->root, group, AT_REMOVEDIR) < 0 && errno == EBUSY) {
		g->full++;
		g->looks = LOOKS;
		g->next_look = mono_add(loop_now(k->loop), LOOK_EVERY_MS);
	}
	return oom;
}

/* Nobody will go into it any more. */
static bool is_over(const struct keeper *k, const char *group)
{
	const struct slot *s;
	unsigned id, gen;

	if (sscanf(group, "p%u.%u", &id, &gen) != 2)
		return false;
	s = slot_of(k, id);
	return !s || s->gen != gen || !s->pid;
}

static void remove_empty(struct keeper *k)
{
	struct cgroups *g = k->cgroups;
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct dirent *e;
	int fd;

	fd = openat(g->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		(void)fd_close(fd);
		return;
	}
	g->full = 0;
	while ((e = readdir(dir)))
		if (is_over(k, e->d_name) && unlinkat(g->root, e->d_name, AT_REMOVEDIR) < 0 &&
		    errno == EBUSY)
			g->full++;
}

void cgroups_look(struct keeper *k)
{
	if (k->cgroups && k->cgroups->full)
		k->cgroups->next_look = loop_now(k->loop);
}

mono_t cgroups_due(const struct keeper *k)
{
	return k->cgroups && k->cgroups->full ? k->cgroups->next_look : MONO_NEVER;
}

void cgroups_tend(struct keeper *k, mono_t now)
{
	struct cgroups *g = k->cgroups;

	if (mono_before(now, cgroups_due(k)))
		return;
	remove_empty(k);
	if (g->looks)
		g->looks--;
	g->next_look = g->looks ? mono_add(now, LOOK_EVERY_MS) : MONO_NEVER;
}

void cgroups_done(struct keeper *k)
{
	if (!k->cgroups)
		return;
	remove_empty(k);
	(void)fd_close(k->cgroups->root);
	free(k->cgroups);
	k->cgroups = NULL;
}
