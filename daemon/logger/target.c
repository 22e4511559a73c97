/* SPDX-License-Identifier: MIT */
/*
 * A target has at most one job on a thread. While it is there, target->work belongs to the
 * thread, everything else to the loop. What is to be done next is decided when the job is back,
 * by next_op(), from what is true then; nobody queues operations.
 *
 * Two chunks: one that a thread writes, one that fills meanwhile. This file is what others ask
 * for and what is done next; target_job.c is what a job brings back.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/logger/target_set.h"

enum { STARVED_MS = 100 }; /* without memory: try again after this */

static void on_work(struct iojob *j)
{
	work_do(container_of(j, struct work, job));
}

int target_new(struct targets *ts, const struct logrule *rule, struct target **ret)
{
	const size_t size = strlen(rule->path) + 1;
	_cleanup_(freep) struct target *t = calloc(1, sizeof *t + size);
	int r;

	if (!t)
		return -ENOMEM;
	t->set = ts;
	memcpy(t->path, rule->path, size);
	t->rule = *rule;
	t->rule.path = t->path;
	list_init(&t->waiters);
	list_init(&t->readers);
	list_init(&t->open);
	list_init(&t->silent);
	list_init(&t->troubled);
	t->work.file = (struct logfile)LOGFILE_INIT;
	t->work.job.work = on_work;
	t->work.job.done = ts->on_done;
	r = iopool_lane_of(ts->pool, t->path, &t->lane);
	if (r < 0)
		return r;
	r = table_add(&ts->all, &t->node, table_hash(t->path, size - 1));
	if (r < 0) {
		lane_unref(t->lane);
		return r;
	}
	*ret = TAKE_PTR(t);
	return 0;
}

void target_tell(struct target *t, enum target_news news, int error, uint64_t dropped)
{
	const struct target_report r = { t->path, news, error, dropped };

	t->set->fn(t->set->owner, &r);
}

void target_trouble(struct target *t, mono_t now)
{
	struct targets *ts = t->set;
	const mono_t at = mono_add(now, TARGET_STALL_MS);

	if (!list_linked(&t->troubled))
		list_append(&ts->troubled, &t->troubled);
	ts->troubled_until = mono_min(ts->troubled_until, at);
}

/* --- what comes next ----------------------------------------------------------------- */

/* Nobody needs it open now. */
static bool may_close(const struct target *t)
{
	return t->evict || (!t->refs && !t->set->leave_open);
}

/* Under its name there is another file now; what was said before goes to this one. */
static bool must_reopen(const struct target *t)
{
	return t->reopen && t->work.file.fd >= 0 && !(t->old_first && t->filling);
}

static bool has_left(const struct target *t)
{
	return t->at_left < t->n_left;
}

/* In an outage, only now and then; the last attempt is at the end. */
static bool may_write(const struct target *t, mono_t now)
{
	return !outage_drops(&t->outage, now) || !t->refs;
}

static enum op next_write(const struct target *t, mono_t now)
{
	if (!may_write(t, now))
		return OP_NONE;
	if (t->work.chunk || has_left(t) || t->filling)
		return OP_WRITE;
	if (t->rotate)
		return OP_ROTATE;
	if (t->clear)
		return OP_CLEAR;
	if (t->commit && !list_linked(&t->readers)) /* who reads goes from file to file */
		return OP_COMMIT;
	if (t->trim)
		return OP_TRIM;
	return t->pumper ? OP_PUMP : OP_NONE;
}

static enum op next_op(const struct target *t, mono_t now)
{
	const bool open = t->work.file.fd >= 0;
	const bool read = readers_ready(&t->readers, target_settled(t));
	const bool wrote = t->work.op == OP_WRITE || t->work.op == OP_PUMP;
	const enum op write = next_write(t, now);

	if (t->work.chunk && write == OP_WRITE)
		return OP_WRITE; /* the other side did not take all of it */
	if (must_reopen(t))
		return OP_CLOSE;
	/* By turns: a reader must not wait for a program that never stops. */
	if (read && (wrote || write == OP_NONE))
		return OP_READ;
	if (write != OP_NONE)
		return write;
	if (t->create)
		return OP_CREATE;
	if (open && may_close(t))
		return OP_CLOSE;
	return OP_NONE;
}

static void target_free(struct target *t)
{
	assert(!list_linked(&t->waiters) && !list_linked(&t->readers));
	assert(!list_linked(&t->silent) && !t->create && !t->pumper);
	list_unlink(&t->open);
	list_unlink(&t->troubled);
	if (t->counted && !t->set->leave_open) /* else it stays open, and counts */
		t->set->n_open--;
	table_remove(&t->set->all, &t->node);
	lane_unref(t->lane);
	free(t->left);
	free(t);
}

/* Nobody writes any more, and all is done: who reads along has seen it, or reads on from what
 * it has open, and then leaves. */
static void let_go(struct target *t, mono_t now)
{
	t->busy = true; /* the last reader that leaves must not free it under our hands */
	readers_dismiss(&t->readers, now);
	if (t->outage.dropped)
		target_tell(t, TARGET_LOST, t->outage.error, t->outage.dropped);
	t->outage.dropped = 0;
	t->busy = false;
	if (!list_linked(&t->readers))
		target_free(t);
}

void target_settle_create(struct target *t)
{
	list_unlink(&t->silent);
	if (t->create)
		quiet_over(&t->set->silent);
	t->create = false;
}

static void prepare_write(struct target *t)
{
	struct work *w = &t->work;

	if (w->chunk)
		return;
	if (has_left(t)) {
		w->chunk = t->left[t->at_left++];
		return;
	}
	w->chunk = TAKE_PTR(t->filling);
	t->old_first = false;
}

static bool prepare_pump(struct target *t)
{
	struct work *w = &t->work;

	w->chunk = arena_lend(t->set->arena, &t->rule);
	if (!w->chunk)
		return false;
	w->pump.fd = t->pumper->fd;
	w->pump.state = PUMP_MAY_READ;
	w->pump.got = 0;
	t->stop_told = false;
	return true;
}

/* What was wished for is about to come true. */
static void take_wish(struct target *t, enum op op)
{
	struct work *w = &t->work;

	if (op == OP_ROTATE)
		t->rotate = false;
	if (op == OP_CLEAR)
		t->clear = false;
	if (op == OP_TRIM) {
		t->trim = false;
		w->trim_ms = t->trim_ms;
	}
	if (op == OP_COMMIT) {
		t->commit = false;
		w->packing = t->packer->packing;
	}
	if (op == OP_CLOSE)
		t->reopen = t->evict = false;
	else if (op != OP_CREATE)
		target_settle_create(t);
}

/* False: it cannot be done now. */
static bool prepare(struct target *t, enum op op, mono_t now)
{
	struct work *w = &t->work;

	w->rule = t->rule;
	w->rule.followed = list_linked(&t->readers);
	w->arena = t->set->arena;
	if (op == OP_PUMP && !prepare_pump(t))
		return false;
	if (op == OP_PUMP)
		target_trouble(t, now);
	if (op == OP_WRITE)
		prepare_write(t);
	if (op == OP_READ) {
		w->reader = readers_ready(&t->readers, target_settled(t));
		w->reader->in_work = true;
	}
	take_wish(t, op);
	w->op = op;
	return true;
}

/* Without memory a pump cannot be: its owner reads in the common way. */
static void refuse_pump(struct target *t, mono_t now)
{
	struct pumper *p = TAKE_PTR(t->pumper);

	p->fn(p, 0, true, now);
}

void target_kick(struct target *t, mono_t now)
{
	enum op op;

	if (t->busy)
		return;
	op = next_op(t, now);
	if (op == OP_NONE) {
		if (!t->refs)
			let_go(t, now);
		return;
	}
	if (!prepare(t, op, now)) {
		refuse_pump(t, now);
		return;
	}
	list_unlink(&t->open);
	t->busy = true;
	t->moved_at = now;
	iopool_submit(t->set->pool, t->lane, &t->work.job, now);
}

struct target *target_ref(struct target *t)
{
	t->refs++;
	return t;
}

void target_unref(struct target *t, mono_t now)
{
	if (!t || --t->refs)
		return;
	target_settle_create(t);
	target_kick(t, now);
}

/* --- what others ask for ------------------------------------------------------------- */

void targets_starve(struct targets *ts, struct waiter *w, mono_t now)
{
	list_append(&ts->starved, &w->link);
	ts->starved_until = mono_min(ts->starved_until, mono_add(now, STARVED_MS));
}

struct chunk *target_chunk(struct target *t, size_t need, struct waiter *w, mono_t now)
{
	if (!t->filling && t->set->arena)
		t->filling = arena_lend(t->set->arena, &t->rule);
	if (t->filling && (chunk_room(t->filling) >= need || !t->filling->len))
		return t->filling;
	if (t->filling)
		list_append(&t->waiters, &w->link);
	else
		targets_starve(t->set, w, now);
	target_trouble(t, now);
	return NULL;
}

void target_filled(struct target *t, size_t n, mono_t now)
{
	t->accepted += n;
	if (t->filling && !t->filling->len)
		t->filling = arena_back(t->set->arena, t->filling);
	target_kick(t, now);
}

bool target_stuck(const struct target *t, mono_t now)
{
	return t->outage.error ||
	       (t->busy && !mono_before(now, mono_add(t->moved_at, TARGET_STALL_MS)));
}

void target_drop(struct target *t, size_t n, mono_t now)
{
	if (n && !t->outage.error && outage_fails(&t->outage, ETIMEDOUT, now))
		target_tell(t, TARGET_FAILS, ETIMEDOUT, 0);
	t->accepted += n;
	t->settled += n;
	t->outage.dropped += n;
}

bool target_pump(struct target *t, struct pumper *p, mono_t now)
{
	if (t->pumper || t->refs != 1 || t->rule.to != LOG_TO_FILE || target_stuck(t, now))
		return false;
	t->pumper = p;
	target_kick(t, now);
	return true;
}

uint64_t target_accepted(const struct target *t)
{
	return t->accepted;
}

uint64_t target_settled(const struct target *t)
{
	return t->outage.error ? t->accepted : t->settled;
}

void target_attach(struct target *t, struct reader *r)
{
	r->target = t;
	list_append(&t->readers, &r->link);
}

void target_detach(struct reader *r, mono_t now)
{
	struct target *t = TAKE_PTR(r->target);

	assert(!r->in_work);
	list_unlink(&r->link);
	if (!t->refs)
		target_kick(t, now);
}

void target_read(struct reader *r, mono_t now)
{
	r->wanted = true;
	target_kick(r->target, now);
}

void target_rotate(struct target *t, mono_t now)
{
	t->rotate = true;
	target_kick(t, now);
}

void target_trim(struct target *t, int64_t until_ms, mono_t now)
{
	if (t->trim && t->trim_ms >= until_ms)
		return;
	t->trim = true;
	t->trim_ms = until_ms;
	target_kick(t, now);
}

const struct logrule *target_rule(const struct target *t)
{
	return &t->rule;
}

void target_clear(struct target *t, mono_t now)
{
	t->clear = true;
	target_kick(t, now);
}
