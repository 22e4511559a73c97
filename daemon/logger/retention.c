/* SPDX-License-Identifier: MIT */
/*
 * How much there is, a thread finds out: it lists the backups of all logs, and the time before
 * which they must go for the rest to be within the budget. Then each log trims itself, as a job
 * of its own, which no rotation can meet.
 */
#include "daemon/logger/retention.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"

struct backup {
	int64_t modified_ms, bytes;
};

/* One survey: what a thread gets, and gives back. */
struct survey {
	struct iojob job;
	struct lane *lane;
	struct retention *owner;
	struct buf logs; /* a struct log_ref and the path, for each */
	int64_t budget;
	int64_t until_ms; /* all backups from before must go; INT64_MIN: none */
	bool under_way;
};

struct log_ref {
	int32_t backups;
	uint32_t path_size;
};

struct retention {
	struct iopool *pool;
	struct targets *targets;
	struct survey survey;
	int64_t budget;
	unsigned long seen; /* rotations so far */
	mono_t at, every_at;
	int64_t offset_ms; /* wall clock less monotonic, as it is trusted */
	mono_t trust_at; /* from then on it is trusted again */
	bool began, over;
};

/* --- on a thread --------------------------------------------------------------------- */

struct backups {
	struct backup *v;
	size_t n;
	int64_t total;
};

static void add_backup(struct backups *b, const struct stat *st)
{
	struct backup *v = reallocarray(b->v, b->n + 1, sizeof *v);

	if (!v)
		return;
	b->v = v;
	b->v[b->n++] =
		(struct backup){ st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000,
				 st->st_size };
}

static void look_at_log(struct backups *b, const char *path, int backups)
{
	struct logplace p;

	if (log_is_device(path) || logplace_open(&p, path) < 0)
		return;
	for (int k = 0; k <= backups; k++) {
		char name[ROTATE_NAME];
		enum log_pack pack;
		struct stat st;

		if (rotate_find(name, p.dir, p.name, k, &pack) < 0 ||
		    fstatat(p.dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
			continue;
		b->total += st.st_size;
		if (k)
			add_backup(b, &st);
	}
	logplace_done(&p);
}

static int by_time(const void *pa, const void *pb)
{
	const struct backup *a = pa, *b = pb;

	return a->modified_ms < b->modified_ms ? -1 : a->modified_ms > b->modified_ms;
}

static void on_work(struct iojob *j)
{
	struct survey *s = container_of(j, struct survey, job);
	struct backups b = { 0 };
	struct log_ref ref;

	s->until_ms = INT64_MIN;
	for (size_t at = 0; at < s->logs.len; at += sizeof ref + ref.path_size) {
		memcpy(&ref, s->logs.data + at, sizeof ref);
		look_at_log(&b, s->logs.data + at + sizeof ref, ref.backups);
	}
	if (b.n)
		qsort(b.v, b.n, sizeof *b.v, by_time);
	for (size_t i = 0; i < b.n && b.total > s->budget; i++) {
		b.total -= b.v[i].bytes;
		s->until_ms = b.v[i].modified_ms;
	}
	free(b.v);
}

/* --- on the loop --------------------------------------------------------------------- */

static void trim_all(struct target *t, void *owner, mono_t now)
{
	const struct survey *s = owner;

	target_trim(t, s->until_ms, now);
}

static void on_done(struct iojob *j, mono_t now)
{
	struct survey *s = container_of(j, struct survey, job);

	s->under_way = false;
	buf_clear(&s->logs);
	if (s->until_ms != INT64_MIN)
		targets_each(s->owner->targets, trim_all, s, now);
}

int retention_new(struct iopool *pool, struct targets *ts, struct retention **ret)
{
	struct retention *r = calloc(1, sizeof *r);
	int e;

	if (!r)
		return -ENOMEM;
	r->pool = pool;
	r->targets = ts;
	r->at = r->every_at = MONO_NEVER;
	r->survey.owner = r;
	r->survey.job.work = on_work;
	r->survey.job.done = on_done;
	e = iopool_lane(pool, "(retention)", &r->survey.lane);
	if (e < 0) {
		free(r);
		return e;
	}
	*ret = r;
	return 0;
}

struct retention *retention_free(struct retention *r)
{
	if (!r)
		return NULL;
	lane_unref(r->survey.lane);
	buf_done(&r->survey.logs);
	free(r);
	return NULL;
}

void retention_budget(struct retention *r, int64_t budget)
{
	r->budget = budget;
	r->every_at = (mono_t){ 0 };
}

void retention_end(struct retention *r)
{
	r->over = true;
}

static void list_one(struct target *t, void *owner, mono_t now)
{
	struct survey *s = owner;
	const struct logrule *rule = target_rule(t);
	const struct log_ref ref = { rule->backups, (uint32_t)strlen(rule->path) + 1 };
	const size_t before = s->logs.len;

	(void)now;
	if (rule->to == LOG_TO_FILE && (buf_append(&s->logs, &ref, sizeof ref) < 0 ||
					buf_append(&s->logs, rule->path, ref.path_size) < 0))
		s->logs.len = before;
}

static void begin_survey(struct retention *r, mono_t now)
{
	struct survey *s = &r->survey;

	if (!r->budget || s->under_way)
		return;
	targets_each(r->targets, list_one, s, now);
	s->budget = r->budget;
	s->under_way = true;
	iopool_submit(r->pool, s->lane, &s->job, now);
}

/* What is too old by a clock that can be trusted. */
static void trim_old(struct target *t, void *owner, mono_t now)
{
	const int64_t *wall_ms = owner;
	const int64_t keep_ms = target_rule(t)->keep_ms;

	if (keep_ms > 0)
		target_trim(t, *wall_ms - keep_ms, now);
}

static bool clock_is_trusted(struct retention *r, mono_t now, int64_t wall_ms)
{
	const int64_t offset = wall_ms - now.ms, off = offset - r->offset_ms;

	if (r->began && (off > RETENTION_LEAP_MS || off < -RETENTION_LEAP_MS))
		r->trust_at = mono_add(now, RETENTION_TRUST_MS);
	r->began = true;
	r->offset_ms = offset;
	return !mono_before(now, r->trust_at);
}

void retention_check(struct retention *r, mono_t now, int64_t wall_ms)
{
	const unsigned long rotations = targets_rotations(r->targets);

	if (r->over)
		return;
	if (rotations != r->seen && mono_is_never(r->at))
		r->at = mono_add(now, RETENTION_PAUSE_MS);
	if (mono_is_never(r->every_at))
		r->every_at = mono_add(now, RETENTION_EVERY_MS);
	if (mono_before(now, r->at) && mono_before(now, r->every_at))
		return;
	r->seen = rotations;
	r->at = MONO_NEVER;
	r->every_at = mono_add(now, RETENTION_EVERY_MS);
	if (clock_is_trusted(r, now, wall_ms))
		targets_each(r->targets, trim_old, &wall_ms, now);
	begin_survey(r, now);
}

mono_t retention_due(const struct retention *r)
{
	return r->over ? MONO_NEVER : mono_min(r->at, r->every_at);
}
