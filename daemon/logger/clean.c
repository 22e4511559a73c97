/* SPDX-License-Identifier: MIT */
/*
 * In three steps, for what is in use only the loop knows and the disk only a thread may ask:
 * a thread lists the names, the loop strikes out those in use, a thread removes the rest.
 */
#include "daemon/logger/clean.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

enum clean_step { CLEAN_LIST, CLEAN_REMOVE, CLEAN_OVER };

struct clean {
	struct iojob job;
	struct lane *lane;
	struct iopool *pool;
	enum clean_step step;
	struct buf names; /* each with its NUL; "" is struck out */
	clean_used_fn *used;
	void *owner;
	char *dir, *ident;
};

bool clean_matches(const char *name, const char *ident)
{
	const size_t len = strlen(ident);
	const char *p = name;

	while ((p = strstr(p, "---"))) {
		p += 3;
		if (strncmp(p, ident, len) == 0 && p[len] == '-' && strstr(p + len + 1, ".log"))
			return true;
		p -= 2;
	}
	return false;
}

static void list_names(struct clean *c)
{
	_cleanup_(closedirp) DIR *dir = opendir(c->dir);
	const struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir)))
		if (clean_matches(d->d_name, c->ident) &&
		    buf_append(&c->names, d->d_name, strlen(d->d_name) + 1) < 0)
			return;
}

static void remove_names(struct clean *c)
{
	_cleanup_(closep) int dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (dir < 0)
		return;
	for (size_t at = 0; at < c->names.len; at += strlen(c->names.data + at) + 1) {
		const char *name = c->names.data + at;

		if (*name && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_uid == geteuid())
			(void)unlinkat(dir, name, 0);
	}
}

static void on_work(struct iojob *j)
{
	struct clean *c = container_of(j, struct clean, job);

	if (c->step == CLEAN_LIST)
		list_names(c);
	else
		remove_names(c);
}

/* "x.log.3" belongs to "x.log". */
static bool in_use(const struct clean *c, const char *name)
{
	char path[PATH_MAX];
	const char *end = name += *name == '.'; /* what times.h keeps of it begins so */

	while ((end = strstr(end, ".log"))) {
		end += strlen(".log");
		if (snprintf(path, sizeof path, "%s/%.*s", c->dir, (int)(end - name), name) >=
		    (int)sizeof path)
			return true;
		if (c->used(c->owner, path))
			return true;
	}
	return false;
}

static void strike_out_used(struct clean *c)
{
	size_t at = 0, len;

	for (; at < c->names.len; at += len + 1) {
		char *name = c->names.data + at;

		len = strlen(name);
		if (in_use(c, name))
			memset(name, 0, len);
	}
}

static void on_done(struct iojob *j, mono_t now)
{
	struct clean *c = container_of(j, struct clean, job);

	if (c->step == CLEAN_REMOVE || !c->names.len) {
		c->step = CLEAN_OVER;
		return;
	}
	strike_out_used(c);
	c->step = CLEAN_REMOVE;
	iopool_submit(c->pool, c->lane, &c->job, now);
}

static void clean_freep(struct clean **c)
{
	*c = clean_free(*c);
}

int clean_new(struct iopool *p, const char *dir, const char *ident, clean_used_fn *used,
	      void *owner, mono_t now, struct clean **ret)
{
	_cleanup_(clean_freep) struct clean *c = calloc(1, sizeof *c);
	int r;

	if (!c)
		return -ENOMEM;
	*c = (struct clean){
		.job = { .work = on_work, .done = on_done },
		.pool = p,
		.used = used,
		.owner = owner,
		.dir = strdup(dir),
		.ident = strdup(ident),
	};
	if (!c->dir || !c->ident)
		return -ENOMEM;
	r = iopool_lane(p, dir, &c->lane);
	if (r < 0)
		return r;
	iopool_submit(p, c->lane, &c->job, now);
	*ret = TAKE_PTR(c);
	return 0;
}

bool clean_over(const struct clean *c)
{
	return c->step == CLEAN_OVER;
}

struct clean *clean_free(struct clean *c)
{
	if (!c)
		return NULL;
	lane_unref(c->lane);
	buf_done(&c->names);
	free(c->dir);
	free(c->ident);
	free(c);
	return NULL;
}
