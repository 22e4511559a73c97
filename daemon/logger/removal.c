/* SPDX-License-Identifier: MIT */
#include "daemon/logger/removal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"
#include "daemon/logger/times.h"

struct removals {
	struct iopool *pool;
	struct targets *targets;
	struct list waiting, working;
};

struct removal {
	struct list link;
	struct lane *lane;
	struct iojob job;
	char path[];
};

int removals_new(struct iopool *p, struct targets *ts, struct removals **ret)
{
	struct removals *rs = malloc(sizeof *rs);

	if (!rs)
		return -ENOMEM;
	*rs = (struct removals){ .pool = p, .targets = ts };
	list_init(&rs->waiting);
	list_init(&rs->working);
	*ret = rs;
	return 0;
}

static void removal_free(struct removal *r)
{
	list_unlink(&r->link);
	lane_unref(r->lane);
	free(r);
}

/* The file, then those that it was before: "x.log", "x.log.1", and so on, without a gap. */
static void on_work(struct iojob *j)
{
	const struct removal *r = container_of(j, struct removal, job);
	char name[ROTATE_NAME], times[TIMES_NAME];
	enum log_pack pack;
	struct logplace p;

	if (logplace_open(&p, r->path) < 0)
		return;
	for (int k = 0; k == 0 || rotate_find(name, p.dir, p.name, k, &pack) == 0; k++) {
		if (k == 0)
			rotate_name(name, p.name, 0, LOG_PACK_NONE);
		if (unlinkat(p.dir, name, 0) < 0 && errno != ENOENT)
			break;
	}
	times_name(times, p.name);
	(void)unlinkat(p.dir, times, 0);
	logplace_done(&p);
}

static void on_done(struct iojob *j, mono_t now)
{
	(void)now;
	removal_free(container_of(j, struct removal, job));
}

void removals_add(struct removals *rs, const char *path, mono_t now)
{
	const size_t size = strlen(path) + 1;
	struct removal *r = calloc(1, sizeof *r + size);

	if (!r)
		return;
	memcpy(r->path, path, size);
	r->job.work = on_work;
	r->job.done = on_done;
	list_init(&r->link);
	if (iopool_lane_of(rs->pool, path, &r->lane) < 0) {
		free(r);
		return;
	}
	list_append(&rs->waiting, &r->link);
	removals_check(rs, now);
}

void removals_check(struct removals *rs, mono_t now)
{
	struct list *next;

	for (struct list *l = rs->waiting.next; l != &rs->waiting; l = next) {
		struct removal *r = container_of(l, struct removal, link);

		next = l->next;
		if (targets_has(rs->targets, r->path))
			continue;
		list_unlink(&r->link);
		list_append(&rs->working, &r->link);
		iopool_submit(rs->pool, r->lane, &r->job, now);
	}
}

struct removals *removals_free(struct removals *rs)
{
	if (!rs)
		return NULL;
	while (list_linked(&rs->waiting))
		removal_free(container_of(rs->waiting.next, struct removal, link));
	free(rs);
	return NULL;
}
