/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "daemon/logger/target_set.h"

enum { TRIM_MS = 1000 }; /* memory that is not needed for so long is given back */

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
		.troubled_until = MONO_NEVER,
		.trim_at = MONO_NEVER,
		.fn = fn,
		.owner = owner,
		.on_done = target_on_done,
	};
	list_init(&ts->open);
	quiet_init(&ts->silent);
	list_init(&ts->starved);
	list_init(&ts->troubled);
	*ret = ts;
	return 0;
}

struct targets *targets_free(struct targets *ts)
{
	if (!ts)
		return NULL;
	table_done(&ts->all);
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

struct target *targets_find(const struct targets *ts, const char *path)
{
	return find(ts, path);
}

bool targets_has(const struct targets *ts, const char *path)
{
	return find(ts, path);
}

size_t targets_count(const struct targets *ts)
{
	return ts->all.count;
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
		int r = target_new(ts, rule, &t);

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
		int r = target_new(ts, rule, &t);

		if (r < 0)
			return r;
	}
	*ret = target_ref(t);
	return 0;
}

int targets_adopt(struct targets *ts, struct chunk *c, mono_t now)
{
	struct logrule rule = c->rule;
	struct chunk **left;
	struct target *t;
	int r;

	rule.path = c->path;
	rule.followed = false;
	t = find(ts, rule.path);
	r = t ? 0 : target_new(ts, &rule, &t);
	left = r == 0 ? reallocarray(t->left, t->n_left + 1, sizeof *left) : NULL;
	if (!left) {
		(void)arena_back(ts->arena, c);
		if (r == 0)
			target_kick(t, now);
		return r < 0 ? r : -ENOMEM;
	}
	t->left = left;
	t->left[t->n_left++] = c;
	t->accepted += c->len - c->done;
	target_kick(t, now);
	return 0;
}

void targets_use(struct targets *ts, struct arena *a, mono_t now)
{
	struct list starved = LIST_INIT(starved);

	ts->arena = a;
	list_take(&starved, &ts->starved);
	waiters_wake(&starved, now);
}

struct arena *targets_arena(const struct targets *ts)
{
	return ts->arena;
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

void targets_each(struct targets *ts, void (*fn)(struct target *t, void *owner, mono_t now),
		  void *owner, mono_t now)
{
	struct table_node *n, *next;

	for (n = table_next(&ts->all, NULL); n; n = next) {
		next = table_next(&ts->all, n);
		fn(container_of(n, struct target, node), owner, now);
	}
}

unsigned long targets_rotations(const struct targets *ts)
{
	return ts->rotations;
}

static void rotate_one(struct target *t, void *owner, mono_t now)
{
	(void)owner;
	target_rotate(t, now);
}

void targets_rotate(struct targets *ts, mono_t now)
{
	targets_each(ts, rotate_one, NULL, now);
}

void targets_disturb(struct targets *ts, mono_t now)
{
	quiet_disturb(&ts->silent, now);
}

static void feed_starved(struct targets *ts, mono_t now)
{
	struct list starved = LIST_INIT(starved);

	if (mono_before(now, ts->starved_until))
		return;
	ts->starved_until = MONO_NEVER;
	list_take(&starved, &ts->starved);
	waiters_wake(&starved, now);
}

static bool hangs_in_pump(const struct target *t, mono_t now)
{
	return t->pumper && t->busy && t->work.op == OP_PUMP && !t->stop_told &&
	       target_stuck(t, now);
}

/* When to look again; MONO_NEVER: no need. */
static mono_t trouble_due(const struct target *t, mono_t now)
{
	const mono_t stuck_at = mono_add(t->moved_at, TARGET_STALL_MS);
	mono_t due = MONO_NEVER;

	if (t->outage.error && !t->busy && mono_before(now, t->outage.retry_at))
		due = t->outage.retry_at;
	if (list_linked(&t->waiters) || (t->pumper && !t->stop_told))
		due = mono_min(due, mono_before(now, stuck_at)
					    ? stuck_at
					    : mono_add(now, TARGET_STALL_MS));
	return due;
}

/* Try again, let those go on who need not wait, take the pipe from a thread that hangs. It may
 * be gone afterwards. */
static void look_at(struct target *t, mono_t now)
{
	struct list waiters = LIST_INIT(waiters);
	struct pumper *p = t->pumper;
	const bool hangs = hangs_in_pump(t, now) && pump_stop(&t->work.pump);

	if (target_stuck(t, now))
		list_take(&waiters, &t->waiters);
	t->stop_told |= hangs;
	if (t->outage.error && !t->busy && !mono_before(now, t->outage.retry_at))
		target_kick(t, now);
	if (hangs)
		p->fn(p, 0, false, now);
	waiters_wake(&waiters, now);
}

static void look_at_troubled(struct targets *ts, mono_t now)
{
	struct list todo = LIST_INIT(todo);

	if (mono_before(now, ts->troubled_until))
		return;
	ts->troubled_until = MONO_NEVER;
	list_take(&todo, &ts->troubled);
	while (list_linked(&todo)) {
		struct target *t = container_of(todo.next, struct target, troubled);
		mono_t due;

		list_unlink(&t->troubled);
		due = trouble_due(t, now);
		if (!mono_is_never(due) || t->outage.error) {
			list_append(&ts->troubled, &t->troubled);
			ts->troubled_until = mono_min(ts->troubled_until, due);
		}
		look_at(t, now);
	}
}

static void trim(struct targets *ts, mono_t now)
{
	const size_t kept = ts->arena ? arena_kept(ts->arena) : 0;

	if (!mono_before(now, ts->trim_at)) {
		arena_trim(ts->arena);
		ts->trim_at = MONO_NEVER;
	} else if (kept && mono_is_never(ts->trim_at)) {
		ts->trim_at = mono_add(now, TRIM_MS);
	}
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
	look_at_troubled(ts, now);
	trim(ts, now);
}

mono_t targets_due(const struct targets *ts)
{
	return mono_min(mono_min(quiet_due(&ts->silent), ts->starved_until),
			mono_min(ts->troubled_until, ts->trim_at));
}

void targets_set_max_open(struct targets *ts, size_t max_open)
{
	ts->max_open = max_open;
}

void targets_leave_open(struct targets *ts)
{
	ts->leave_open = true;
}
