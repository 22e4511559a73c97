/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "daemon/logger/target_set.h"

enum { STARVED_MS = 100 }; /* without memory: try again after this */

int targets_new(struct iopool *pool, size_t max_open, target_news_fn *fn, void *owner,
		struct targets **ret)
{
	struct targets *ts = calloc(1, sizeof *ts);

	if (!ts)
		return -ENOMEM;
	*ts = (struct targets){
		.pool = pool,
		.max_open = max_open,
		.starved_until = MONO_NEVER,
		.fn = fn,
		.owner = owner,
	};
	list_init(&ts->open);
	quiet_init(&ts->silent);
	list_init(&ts->starved);
	*ret = ts;
	return 0;
}

struct targets *targets_free(struct targets *ts)
{
	if (!ts)
		return NULL;
	table_done(&ts->all);
	chunks_trim(&ts->chunks);
	free(ts);
	return NULL;
}

static struct target *find(const struct targets *ts, const char *path)
{
	const uint32_t hash = table_hash(path, strlen(path));
	struct table_node *n = table_find(&ts->all, hash);

	for (; n; n = table_find_next(n)) {
		struct target *t = container_of(n, struct target, node);

		if (strcmp(t->path, path) == 0)
			return t;
	}
	return NULL;
}

bool targets_has(const struct targets *ts, const char *path)
{
	return find(ts, path);
}

size_t targets_count(const struct targets *ts)
{
	return ts->all.count;
}

struct target *target_ref(struct target *t)
{
	t->refs++;
	return t;
}

static void set_rule(struct target *t, const struct logrule *rule)
{
	t->rule = *rule;
	t->rule.path = t->path;
}

int target_get(struct targets *ts, const struct logrule *rule, struct target **ret)
{
	struct target *t = find(ts, rule->path);

	if (!t) {
		int r = target_new(ts, rule->path, &t);

		if (r < 0)
			return r;
		quiet_add(&ts->silent, &t->silent);
	}
	set_rule(t, rule);
	*ret = target_ref(t);
	return 0;
}

int target_join(struct targets *ts, const struct logrule *rule, struct target **ret)
{
	struct target *t = find(ts, rule->path);

	if (!t) {
		int r = target_new(ts, rule->path, &t);

		if (r < 0)
			return r;
		set_rule(t, rule);
	}
	*ret = target_ref(t);
	return 0;
}

void targets_reopen(struct targets *ts, mono_t now)
{
	struct table_node *n, *next;

	for (n = table_next(&ts->all, NULL); n; n = next) {
		struct target *t = container_of(n, struct target, node);

		next = table_next(&ts->all, n);
		t->reopen = t->busy || t->work.file.fd >= 0;
		t->old_first = t->filling; /* what was said before belongs to the file before */
		t->outage.retry_at = now;
		if (t->refs && !t->create && !list_linked(&t->silent))
			quiet_add(&ts->silent, &t->silent);
		target_kick(t, now);
	}
}

void targets_disturb(struct targets *ts, mono_t now)
{
	quiet_disturb(&ts->silent, now);
}

static void feed_starved(struct targets *ts, mono_t now)
{
	struct list starved = LIST_INIT(starved);

	if (!list_linked(&ts->starved))
		return;
	if (mono_is_never(ts->starved_until)) {
		ts->starved_until = mono_add(now, STARVED_MS);
		return;
	}
	if (mono_before(now, ts->starved_until))
		return;
	ts->starved_until = MONO_NEVER;
	list_take(&starved, &ts->starved);
	waiters_wake(&starved, now);
}

void targets_check(struct targets *ts, mono_t now)
{
	struct list *l;

	while ((l = quiet_next(&ts->silent, now))) {
		struct target *t = container_of(l, struct target, silent);

		t->create = true;
		target_kick(t, now);
	}
	feed_starved(ts, now);
}

mono_t targets_due(const struct targets *ts)
{
	return mono_min(quiet_due(&ts->silent), ts->starved_until);
}

void targets_set_max_open(struct targets *ts, size_t max_open)
{
	ts->max_open = max_open;
}

void targets_leave_open(struct targets *ts)
{
	ts->leave_open = true;
}
