/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a target's job when it is back. The target is busy until all is told: what is
 * said about a target may go to that same target.
 */
#include <errno.h>

#include "daemon/logger/target_set.h"

static void fails(struct target *t, int error, mono_t now)
{
	if (outage_fails(&t->outage, error, now))
		target_tell(t, TARGET_FAILS, error, 0);
	target_trouble(t, now);
}

static void works(struct target *t, mono_t now)
{
	struct outage was;

	if (outage_works(&t->outage, now, &was))
		target_tell(t, TARGET_WORKS, was.error, was.dropped);
}

static void tell_of_file(struct target *t, mono_t now)
{
	struct logfile *f = &t->work.file;
	const int rotate_error = -f->rotate_error;

	if (rotate_error && !t->cannot_rotate)
		target_tell(t, TARGET_CANNOT_ROTATE, rotate_error, 0);
	t->cannot_rotate = rotate_error;
	if (f->refused)
		target_tell(t, TARGET_REFUSED, -f->refused, 0);
	f->refused = 0;
	t->set->rotations += f->rotated;
	if (f->rotated)
		target_pack(t, now);
	f->rotated = 0;
}

static void lose(struct target *t, struct chunk *c)
{
	if (!c)
		return;
	t->outage.dropped += c->len - c->done;
	t->settled += c->len - c->done;
	(void)arena_back(t->set->arena, c);
}

/* Nobody will write here any more, and this was the last attempt. */
static void lose_all(struct target *t)
{
	lose(t, TAKE_PTR(t->work.chunk));
	while (t->at_left < t->n_left)
		lose(t, t->left[t->at_left++]);
	lose(t, TAKE_PTR(t->filling));
}

static void on_written(struct target *t, mono_t now)
{
	struct work *w = &t->work;

	t->settled += w->written;
	tell_of_file(t, now);
	if (w->error == -EAGAIN && (t->refs || w->written))
		return; /* the rest goes next */
	if (w->error < 0) {
		fails(t, -w->error, now);
		if (!t->refs)
			lose_all(t);
		return;
	}
	w->chunk = arena_back(t->set->arena, w->chunk);
	works(t, now);
}

static void on_pumped(struct target *t, mono_t now)
{
	struct pumper *p = TAKE_PTR(t->pumper);

	t->accepted += t->work.pump.got;
	on_written(t, now);
	p->fn(p, t->work.pump.got, true, now);
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

/* What the job was for. */
static void on_result(struct target *t, mono_t now)
{
	switch (t->work.op) {
	case OP_WRITE:
		on_written(t, now);
		break;
	case OP_PUMP:
		on_pumped(t, now);
		break;
	case OP_READ:
		reader_serve(&t->readers, TAKE_PTR(t->work.reader), now);
		break;
	case OP_CREATE:
		target_settle_create(t);
		tell_of_file(t, now);
		if (t->work.error < 0)
			fails(t, -t->work.error, now);
		break;
	case OP_ROTATE:
	case OP_CLEAR:
		tell_of_file(t, now);
		if (t->work.error < 0)
			target_tell(t, TARGET_CANNOT_ROTATE, -t->work.error, 0);
		break;
	case OP_COMMIT:
		target_packed(t, now);
		break;
	case OP_TRIM:
	case OP_CLOSE:
	case OP_NONE:
		break;
	}
}

void target_on_done(struct iojob *j, mono_t now)
{
	struct target *t = container_of(j, struct target, work.job);
	struct targets *ts = t->set;
	struct list waiters = LIST_INIT(waiters);

	if (t->work.written || t->work.error == 0)
		t->moved_at = now;
	on_result(t, now);
	t->busy = false;
	note_open(t);
	list_take(&waiters, &t->waiters);
	target_kick(t, now); /* may free it */
	evict(ts, now);
	waiters_wake(&waiters, now);
}
