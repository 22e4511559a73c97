/* SPDX-License-Identifier: MIT */
/*
 * A target has at most one job on a thread. While it is there, target->work belongs to the
 * thread, everything else to the loop. What is to be done next is decided when the job is back,
 * by next_op(), from what is true then; nobody queues operations.
 *
 * Two chunks: one that a thread writes, one that fills meanwhile.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/logger/target_set.h"

static void on_done(struct iojob *j, mono_t now);

static void on_work(struct iojob *j)
{
	work_do(container_of(j, struct work, job));
}

int target_new(struct targets *ts, const char *path, struct target **ret)
{
	const size_t size = strlen(path) + 1;
	_cleanup_(freep) struct target *t = calloc(1, sizeof *t + size);
	int r;

	if (!t)
		return -ENOMEM;
	t->set = ts;
	memcpy(t->path, path, size);
	list_init(&t->waiters);
	list_init(&t->readers);
	list_init(&t->open);
	list_init(&t->silent);
	t->work.file = (struct logfile)LOGFILE_INIT;
	t->work.job.work = on_work;
	t->work.job.done = on_done;
	r = iopool_lane_of(ts->pool, path, &t->lane);
	if (r < 0)
		return r;
	r = table_add(&ts->all, &t->node, table_hash(path, size - 1));
	if (r < 0) {
		lane_unref(t->lane);
		return r;
	}
	*ret = TAKE_PTR(t);
	return 0;
}

static void tell(struct target *t, enum target_news news, int error, uint64_t dropped)
{
	const struct target_report r = { t->path, news, error, dropped };

	t->set->fn(t->set->owner, &r);
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

static enum op next_op(const struct target *t)
{
	const bool open = t->work.file.fd >= 0, read = readers_ready(&t->readers, t->settled);

	if (t->work.chunk)
		return OP_WRITE; /* the other side did not take all of it */
	if (must_reopen(t))
		return OP_CLOSE;
	/* By turns: a reader must not wait for a program that never stops. */
	if (read && t->work.op == OP_WRITE)
		return OP_READ;
	if (t->filling)
		return OP_WRITE;
	if (read)
		return OP_READ;
	if (t->create)
		return OP_CREATE;
	if (open && may_close(t))
		return OP_CLOSE;
	return OP_NONE;
}

static void target_free(struct target *t)
{
	assert(!list_linked(&t->waiters) && !list_linked(&t->readers));
	assert(!list_linked(&t->silent) && !t->create);
	list_unlink(&t->open);
	if (t->counted && !t->set->leave_open) /* else it stays open, and counts */
		t->set->n_open--;
	table_remove(&t->set->all, &t->node);
	lane_unref(t->lane);
	free(t);
}

/* Nobody writes any more, and all is done: who reads along has seen it, or reads on from what
 * it has open, and then leaves. */
static void let_go(struct target *t, mono_t now)
{
	t->busy = true; /* the last reader that leaves must not free it under our hands */
	readers_dismiss(&t->readers, now);
	if (t->outage.dropped)
		tell(t, TARGET_LOST, t->outage.error, t->outage.dropped);
	t->outage.dropped = 0;
	t->busy = false;
	if (!list_linked(&t->readers))
		target_free(t);
}

/* The file is made, or need not be. */
static void settle_create(struct target *t)
{
	list_unlink(&t->silent);
	if (t->create)
		quiet_over(&t->set->silent);
	t->create = false;
}

static void prepare(struct target *t, enum op op)
{
	struct work *w = &t->work;

	w->op = op;
	w->rule = t->rule;
	w->rule.followed = list_linked(&t->readers);
	switch (op) {
	case OP_WRITE:
		if (!w->chunk) {
			w->chunk = TAKE_PTR(t->filling);
			w->done = 0;
			t->old_first = false;
		}
		w->from = w->done;
		settle_create(t);
		break;
	case OP_READ:
		w->reader = readers_ready(&t->readers, t->settled);
		w->reader->in_work = true;
		settle_create(t);
		break;
	case OP_CLOSE:
		t->reopen = t->evict = false;
		break;
	case OP_CREATE:
	case OP_NONE:
		break;
	}
}

void target_kick(struct target *t, mono_t now)
{
	enum op op;

	if (t->busy)
		return;
	op = next_op(t);
	if (op == OP_NONE) {
		if (!t->refs)
			let_go(t, now);
		return;
	}
	prepare(t, op);
	list_unlink(&t->open);
	t->busy = true;
	iopool_submit(t->set->pool, t->lane, &t->work.job, now);
}

void target_unref(struct target *t, mono_t now)
{
	if (!t || --t->refs)
		return;
	settle_create(t);
	target_kick(t, now);
}

/* --- a job is back ------------------------------------------------------------------- */

static void drop(struct target *t, size_t n)
{
	t->outage.dropped += n;
	t->settled += n;
}

static void fails(struct target *t, int error, mono_t now)
{
	if (outage_fails(&t->outage, error, now))
		tell(t, TARGET_FAILS, error, 0);
}

static void works(struct target *t, mono_t now)
{
	const int rotate_error = -t->work.file.rotate_error;
	struct outage was;

	if (outage_works(&t->outage, now, &was))
		tell(t, TARGET_WORKS, was.error, was.dropped);
	if (rotate_error && !t->cannot_rotate)
		tell(t, TARGET_CANNOT_ROTATE, rotate_error, 0);
	t->cannot_rotate = rotate_error;
}

static void on_written(struct target *t, mono_t now)
{
	struct chunks *cs = &t->set->chunks;
	struct work *w = &t->work;

	t->settled += w->done - w->from;
	if (w->error == -EAGAIN && t->refs)
		return; /* the rest goes next */
	if (w->error < 0) {
		drop(t, w->chunk->len - w->done);
		if (t->filling)
			drop(t, t->filling->len);
		t->filling = chunk_put(cs, t->filling);
	}
	w->chunk = chunk_put(cs, w->chunk);
	if (w->error < 0)
		fails(t, -w->error, now);
	else
		works(t, now);
}

static void note_open(struct target *t)
{
	const bool open = t->work.file.fd >= 0;

	if (open && !t->counted)
		t->set->n_open++;
	if (!open && t->counted)
		t->set->n_open--;
	t->counted = open;
	t->evict = false;
	if (open)
		list_append(&t->set->open, &t->open);
}

/* Close what was not used for longest; what a thread has is in use. */
static void evict(struct targets *ts, mono_t now)
{
	while (ts->n_open > ts->max_open && list_linked(&ts->open)) {
		struct target *t = container_of(ts->open.next, struct target, open);

		list_unlink(&t->open);
		t->counted = false;
		ts->n_open--;
		t->evict = true;
		target_kick(t, now);
	}
}

void waiters_wake(struct list *waiters, mono_t now)
{
	while (list_linked(waiters)) {
		struct waiter *w = container_of(waiters->next, struct waiter, link);

		list_unlink(&w->link);
		w->fn(w, now);
	}
}

/* busy until all is told: what is said about a target may go to that same target. */
static void on_done(struct iojob *j, mono_t now)
{
	struct target *t = container_of(j, struct target, work.job);
	struct targets *ts = t->set;
	struct list waiters = LIST_INIT(waiters);

	switch (t->work.op) {
	case OP_WRITE:
		on_written(t, now);
		break;
	case OP_READ:
		reader_serve(&t->readers, TAKE_PTR(t->work.reader), now);
		break;
	case OP_CREATE:
		settle_create(t);
		if (t->work.error < 0)
			fails(t, -t->work.error, now);
		break;
	case OP_CLOSE:
	case OP_NONE:
		break;
	}
	t->busy = false;
	note_open(t);
	list_take(&waiters, &t->waiters);
	target_kick(t, now); /* may free it */
	evict(ts, now);
	waiters_wake(&waiters, now);
}

/* --- what others ask for ------------------------------------------------------------- */

char *target_room(struct target *t, struct waiter *w, size_t *ret_len)
{
	if (!t->filling)
		t->filling = chunk_get(&t->set->chunks);
	if (!t->filling || chunk_room(t->filling) < TARGET_ROOM) {
		list_append(t->filling ? &t->waiters : &t->set->starved, &w->link);
		return NULL;
	}
	*ret_len = chunk_room(t->filling);
	return t->filling->data + t->filling->len;
}

void target_filled(struct target *t, size_t n, mono_t now)
{
	struct chunk *c = t->filling;

	assert(n <= chunk_room(c));
	t->accepted += n;
	if (outage_drops(&t->outage, now))
		drop(t, n);
	else
		c->len += n;
	if (!c->len)
		t->filling = chunk_put(&t->set->chunks, c);
	target_kick(t, now);
}

uint64_t target_accepted(const struct target *t)
{
	return t->accepted;
}

uint64_t target_settled(const struct target *t)
{
	return t->settled;
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
