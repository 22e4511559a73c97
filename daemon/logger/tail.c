/* SPDX-License-Identifier: MIT */
/*
 * A tail waits until its stream was read as far as it was filled when it came; then it goes
 * round: ask the target for bytes, send them, ask again. When a follower is told that there are
 * none, its next question waits at the target for the next byte.
 */
#include "daemon/logger/tail.h"

#include "daemon/logger/outlet.h"
#include <errno.h>

enum { TAIL_PIECE = 32 * 1024 };

struct tail {
	struct list link;
	struct tails *set;
	struct reader reader;
	struct watch *watch; /* of the descriptor */
	uint32_t token, id, which;
	uint64_t need; /* begin when so many bytes of the stream are read */
	mono_t pipe_due; /* what is needed is known with the pipe: it comes until then, or not
			    at all. MONO_NEVER: need is known */
	bool socket;
	bool waits; /* for that */
	bool answered;
	bool dead; /* the other side went while a thread was reading for it */
	size_t sent;
	char buf[TAIL_PIECE];
};

struct tails {
	struct loop *loop;
	struct streams *streams;
	struct targets *targets;
	struct list all;
	size_t count, waiting;
	tail_answer_fn *fn;
	void *owner;
};

int tails_new(struct loop *l, struct streams *ss, struct targets *all, tail_answer_fn *fn,
	      void *owner, struct tails **ret)
{
	struct tails *ts = malloc(sizeof *ts);

	if (!ts)
		return -ENOMEM;
	*ts = (struct tails){
		.loop = l, .streams = ss, .targets = all, .fn = fn, .owner = owner
	};
	list_init(&ts->all);
	*ret = ts;
	return 0;
}

static void tail_free(struct tail *t, mono_t now)
{
	int fd = t->watch ? watch_fd(t->watch) : -1;

	t->set->count--;
	if (t->waits)
		t->set->waiting--;
	list_unlink(&t->link);
	watch_drop(t->watch);
	fd_close(fd);
	cursor_end(&t->reader.cursor);
	if (t->reader.target)
		target_detach(&t->reader, now);
	free(t);
}

/* Not while a thread has it: then, when it comes back. */
static void tail_end(struct tail *t, mono_t now)
{
	if (!t->reader.in_work) {
		tail_free(t, now);
		return;
	}
	t->dead = true;
	watch_set(t->watch, 0);
}

static void answer(struct tail *t, int error)
{
	if (t->answered)
		return;
	t->answered = true;
	t->set->fn(t->set->owner, t->token, error);
}

/* The tail may be gone afterwards. */
static void ask(struct tail *t, uint64_t after, mono_t now)
{
	/* Nothing is to be written: what happens to the descriptor now is its end. */
	watch_set(t->watch, WATCH_READ);
	t->reader.after = after;
	target_read(&t->reader, now);
}

/* Send what was read; then ask for more. The tail may be gone afterwards. */
static void send_piece(struct tail *t, mono_t now)
{
	const size_t len = (size_t)t->reader.result;

	while (t->sent < len) {
		ssize_t n = outlet_put(watch_fd(t->watch), t->socket, t->buf + t->sent,
				       len - t->sent);

		if (n > 0) {
			t->sent += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			watch_set(t->watch, WATCH_WRITE);
		else
			tail_end(t, now);
		return;
	}
	ask(t, 0, now);
}

static void on_read(struct reader *r, mono_t now)
{
	struct tail *t = container_of(r, struct tail, reader);

	answer(t, r->result < 0 && r->result != -ECANCELED ? (int)-r->result : 0);
	t->sent = 0;
	if (t->dead || r->result < 0 || (r->result == 0 && !r->follow))
		tail_free(t, now);
	else if (r->result == 0)
		ask(t, target_settled(r->target) + 1, now);
	else
		send_piece(t, now);
}

static void on_ready(struct watch *w, void *owner, int events)
{
	struct tail *t = owner;
	const mono_t now = loop_now(t->set->loop);

	(void)w;
	if (events & WATCH_WRITE && !t->reader.wanted && !t->waits)
		send_piece(t, now);
	else
		tail_end(t, now);
}

/* --- beginning ----------------------------------------------------------------------- */

/* The log at q->path: of those that are written, or of none. To be given back. */
static int target_at(struct tails *ts, const struct tail_request *q, struct target **ret)
{
	const struct logrule rule = { .path = q->path, .private_file = true };

	if (!q->path || !*q->path)
		return -ENOENT;
	return target_join(ts->targets, &rule, ret);
}

/* What is asked for, to be given back. */
static int find(struct tails *ts, const struct tail_request *q, struct target **ret)
{
	uint64_t read, waiting;

	if (streams_position(ts->streams, q->id, q->which, &read, &waiting) == STREAM_NONE)
		return target_at(ts, q, ret);
	*ret = streams_target(ts->streams, q->id, q->which);
	if (!*ret)
		return -ENOENT;
	target_ref(*ret);
	return 0;
}

static int tail_new(struct tails *ts, const struct tail_request *q, int *fd, struct tail **ret)
{
	_cleanup_(freep) struct tail *t = NULL;
	bool socket;
	int r;

	if (ts->count >= TAILS_MAX)
		return -EUSERS;
	r = outlet_prepare(fd, &socket);
	if (r < 0)
		return r;
	t = calloc(1, sizeof *t);
	if (!t)
		return -ENOMEM;
	r = loop_watch(ts->loop, *fd, WATCH_READ, on_ready, t, &t->watch);
	if (r < 0)
		return r;
	*fd = -1;
	list_init(&t->link);
	list_init(&t->reader.link);
	t->set = ts;
	t->token = q->token;
	t->id = q->id;
	t->which = q->which;
	t->socket = socket;
	t->reader.cursor = (struct cursor)CURSOR_INIT;
	t->reader.bytes = q->bytes;
	t->reader.follow = q->follow;
	t->reader.buf = t->buf;
	t->reader.size = sizeof t->buf;
	t->reader.fn = on_read;
	*ret = TAKE_PTR(t);
	return 0;
}

void tails_add(struct tails *ts, const struct tail_request *q, int fd, mono_t now)
{
	_cleanup_(closep) int own = fd;
	struct target *target = NULL;
	struct tail *t = NULL;
	int r = find(ts, q, &target);

	if (r == 0)
		r = tail_new(ts, q, &own, &t);
	if (r < 0) {
		target_unref(target, now);
		ts->fn(ts->owner, q->token, -r);
		return;
	}
	t->pipe_due = q->piped ? mono_add(now, TAIL_PIPE_MS) : now;
	list_append(&ts->all, &t->link);
	ts->count++;
	ts->waiting++;
	t->waits = true;
	/* The target stays from here on, whatever becomes of the stream. */
	target_attach(target, &t->reader);
	target_unref(target, now);
	tails_check(ts, now);
}

static bool stream_was_read(struct tail *t, mono_t now)
{
	uint64_t read, waiting;
	const enum stream_half half =
		streams_position(t->set->streams, t->id, t->which, &read, &waiting);

	if (half == STREAM_NONE)
		return true;
	if (half == STREAM_DESCRIBED && mono_before(now, t->pipe_due))
		return false;
	if (!mono_is_never(t->pipe_due))
		t->need = read + waiting;
	t->pipe_due = MONO_NEVER;
	return read >= t->need;
}

void tails_check(struct tails *ts, mono_t now)
{
	struct list todo = LIST_INIT(todo);

	if (!ts->waiting)
		return;
	list_take(&todo, &ts->all);
	while (list_linked(&todo)) {
		struct tail *t = container_of(todo.next, struct tail, link);

		list_unlink(&t->link);
		list_append(&ts->all, &t->link);
		if (!t->waits || !stream_was_read(t, now))
			continue;
		t->waits = false;
		ts->waiting--;
		ask(t, target_accepted(t->reader.target), now);
	}
}

mono_t tails_due(const struct tails *ts)
{
	mono_t due = MONO_NEVER;

	if (!ts->waiting)
		return due;
	for (struct list *l = ts->all.next; l != &ts->all; l = l->next)
		due = mono_min(due, container_of(l, struct tail, link)->pipe_due);
	return due;
}

size_t tails_count(const struct tails *ts)
{
	return ts->count;
}

struct tails *tails_free(struct tails *ts, mono_t now)
{
	if (!ts)
		return NULL;
	while (list_linked(&ts->all))
		tail_free(container_of(ts->all.next, struct tail, link), now);
	free(ts);
	return NULL;
}
