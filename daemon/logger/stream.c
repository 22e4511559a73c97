/* SPDX-License-Identifier: MIT */
/*
 * A pipe of ours outlives its program and its logger, so end of file means only that there is
 * no writer just now. It is level-triggered: such a stream is not watched until somebody says
 * that a writer is back. Who says so has opened the writer before, and says FORGET on the same
 * link: a stream at its end has nothing to be read when it is forgotten.
 *
 * A stream that leaves (its process is forgotten, or another pipe comes in place of this one)
 * is not watched but pumped: read until the pipe is empty, as fast as its target has room.
 */
#include "daemon/logger/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "daemon/logger/ansi.h"
#include "daemon/logger/table.h"
#include "daemon/sys/pollset.h"

enum { REWATCH_MS = 100 };

/* A pipe that came while an earlier one was not empty. */
struct spare {
	struct spare *next;
	int fd;
};

/* A forgotten stream of which nobody has said where it goes. */
struct limbo {
	struct list link;
	struct stream *stream;
	mono_t until;
};

struct stream {
	struct table_node node;
	struct streams *set;
	struct spare *spares;
	struct target *target; /* NULL: not described, or thrown away */
	struct waiter waiter; /* linked: the target has no room */
	struct limbo *limbo;
	uint64_t read; /* bytes so far */
	uint32_t id;
	int fd; /* of the pipe; -1: there is none */
	uint32_t budget; /* how much more to read while leaving */
	unsigned char which;
	unsigned char ansi; /* enum ansi_state */
	bool described, forgotten;
	bool ended; /* no writer, and nothing in it */
	bool watched; /* in the set's pollset */
};

struct streams {
	struct loop *loop;
	struct pollset *pipes;
	struct targets *targets;
	struct table all;
	struct list limbo; /* in the order of their time */
	bool strip;
	bool closing; /* no new ones */
	bool hope; /* that somebody describes those that are not */
	mono_t rewatch_at; /* the kernel had no room to watch one */
};

static uint64_t key_of(uint32_t id, uint32_t which)
{
	return (uint64_t)id << 1 | which;
}

static struct stream *find(const struct streams *ss, uint32_t id, uint32_t which)
{
	const uint64_t key = key_of(id, which);
	struct table_node *n = table_find(&ss->all, table_hash(&key, sizeof key));

	for (; n; n = table_find_next(n)) {
		struct stream *s = container_of(n, struct stream, node);

		if (s->id == id && s->which == which)
			return s;
	}
	return NULL;
}

/* --- reading ------------------------------------------------------------------------- */

enum got { GOT_BYTES, GOT_NOTHING, GOT_END, GOT_NO_ROOM };

static enum got meaning(ssize_t n)
{
	if (n > 0)
		return GOT_BYTES;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? GOT_NOTHING : GOT_END;
}

static void count(struct stream *s, ssize_t n)
{
	if (n <= 0)
		return;
	s->read += (uint64_t)n;
	s->budget -= (uint32_t)n < s->budget ? (uint32_t)n : s->budget;
}

static enum got take_away(struct stream *s)
{
	char waste[16 * 1024];
	const ssize_t n = read(s->fd, waste, sizeof waste);

	count(s, n);
	return meaning(n);
}

static enum got take(struct stream *s, mono_t now)
{
	const bool strip = s->set->strip;
	enum got got;
	size_t len, out;
	ssize_t n;
	char *at;

	if (!s->target)
		return take_away(s);
	at = target_room(s->target, &s->waiter, &len);
	if (!at)
		return GOT_NO_ROOM;
	n = read(s->fd, at + strip, len - strip);
	got = meaning(n);
	count(s, n);
	out = n > 0 ? (size_t)n : 0;
	if (strip && out)
		out = ansi_strip(&s->ansi, at, at + 1, out);
	if (got == GOT_END)
		out = ansi_finish(&s->ansi, at);
	target_filled(s->target, out, now);
	return got;
}

static void watch(struct stream *s, bool on)
{
	struct streams *ss = s->set;

	if (s->watched == on)
		return;
	if (!on)
		pollset_drop(ss->pipes, s->fd);
	else if (pollset_add(ss->pipes, s->fd, key_of(s->id, s->which)) < 0) {
		ss->rewatch_at = mono_add(loop_now(ss->loop), REWATCH_MS);
		return;
	}
	s->watched = on;
}

static void close_pipe(struct stream *s)
{
	watch(s, false);
	s->fd = fd_close(s->fd);
}

static void take_spare(struct stream *s)
{
	struct spare *spare = s->spares;

	close_pipe(s);
	s->fd = spare->fd;
	s->spares = spare->next;
	s->ended = false;
	free(spare);
}

static void leave_limbo(struct stream *s)
{
	if (s->limbo)
		list_unlink(&s->limbo->link);
	free(s->limbo);
	s->limbo = NULL;
}

static void stream_free(struct stream *s, mono_t now)
{
	list_unlink(&s->waiter.link);
	leave_limbo(s);
	while (s->spares)
		take_spare(s);
	close_pipe(s);
	table_remove(&s->set->all, &s->node);
	target_unref(s->target, now);
	free(s);
}

static bool leaving(const struct stream *s)
{
	return s->forgotten || s->spares;
}

/* The pipe is at its end, or empty and not wanted any more. False: nothing more to pump. */
static bool next_pipe(struct stream *s, mono_t now)
{
	if (s->spares) {
		take_spare(s);
		s->budget = STREAM_DRAIN_MAX;
		return true;
	}
	if (s->forgotten) {
		stream_free(s, now);
		return false;
	}
	s->ended = true;
	watch(s, false);
	return false;
}

/* Read once; while leaving, read all. The stream may be gone afterwards. */
static void pump(struct stream *s, mono_t now)
{
	for (;;) {
		const bool was_leaving = leaving(s);
		const enum got got = take(s, now);

		if (got == GOT_NO_ROOM) {
			watch(s, false);
			return;
		}
		if (got != GOT_END && !was_leaving)
			break;
		if (got == GOT_BYTES && s->budget)
			continue;
		if (!next_pipe(s, now))
			return;
	}
	watch(s, true);
}

/* Do what can be done now, after something has changed. The stream may be gone afterwards. */
static void stream_go(struct stream *s, mono_t now)
{
	if (s->fd < 0 || !s->described || list_linked(&s->waiter.link))
		return;
	if (leaving(s))
		pump(s, now);
	else if (!s->ended)
		watch(s, true);
}

/* Most pipes end with nothing in them: there is nothing to be read then. */
static void on_readable(void *streams, uint64_t key, bool ended)
{
	struct streams *ss = streams;
	struct stream *s = find(ss, (uint32_t)(key >> 1), key & 1);
	const mono_t now = loop_now(ss->loop);

	if (!s || !s->watched)
		return;
	if (!ended || s->ansi != ANSI_TEXT || leaving(s))
		pump(s, now);
	else
		(void)next_pipe(s, now);
}

static void on_room(struct waiter *w, mono_t now)
{
	stream_go(container_of(w, struct stream, waiter), now);
}

/* --- what is said of them ------------------------------------------------------------ */

static int find_or_add(struct streams *ss, uint32_t id, uint32_t which, struct stream **ret)
{
	const uint64_t key = key_of(id, which);
	struct stream *s;

	if (which > 1)
		return -EINVAL;
	s = find(ss, id, which);
	if (!s && ss->closing)
		return -ENOENT;
	if (!s) {
		s = calloc(1, sizeof *s);
		if (!s)
			return -ENOMEM;
		s->set = ss;
		s->id = id;
		s->which = (unsigned char)which;
		s->fd = -1;
		s->waiter.fn = on_room;
		list_init(&s->waiter.link);
		if (table_add(&ss->all, &s->node, table_hash(&key, sizeof key)) < 0) {
			free(s);
			return -ENOMEM;
		}
	}
	*ret = s;
	return 0;
}

static int add_pipe(struct stream *s, int *fd)
{
	struct spare *spare, **at = &s->spares;
	int flags = fcntl(*fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (!(flags & O_NONBLOCK) && fcntl(*fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (s->fd < 0) {
		s->fd = TAKE_FD(*fd);
		s->ended = false;
		return 0;
	}
	spare = malloc(sizeof *spare);
	if (!spare)
		return -ENOMEM;
	*spare = (struct spare){ .fd = TAKE_FD(*fd) };
	while (*at)
		at = &(*at)->next;
	*at = spare;
	s->budget = STREAM_DRAIN_MAX;
	return 0;
}

int streams_pipe(struct streams *ss, uint32_t id, uint32_t which, int fd, mono_t now)
{
	_cleanup_(closep) int own = fd;
	struct stream *s;
	int r = find_or_add(ss, id, which, &s);

	if (r == 0)
		r = add_pipe(s, &own);
	if (r < 0)
		return r;
	stream_go(s, now);
	return 0;
}

int streams_describe(struct streams *ss, uint32_t id, uint32_t which,
		     const struct logrule *rule, mono_t now)
{
	struct target *t = NULL, *old;
	struct stream *s;
	int r = find_or_add(ss, id, which, &s);

	if (r == 0 && rule)
		r = target_get(ss->targets, rule, &t);
	if (r < 0)
		return r;
	old = s->target;
	s->target = t;
	s->described = true;
	list_unlink(&s->waiter.link); /* it waited for the old one */
	leave_limbo(s);
	target_unref(old, now);
	stream_go(s, now);
	return 0;
}

void streams_rearm(struct streams *ss, uint32_t id, uint32_t which, mono_t now)
{
	struct stream *s = find(ss, id, which);

	if (!s)
		return;
	s->ended = false;
	stream_go(s, now);
}

/* The manager has not said where it goes; it may yet. */
static bool enter_limbo(struct stream *s, mono_t now)
{
	if (s->limbo)
		return true;
	s->limbo = malloc(sizeof *s->limbo);
	if (!s->limbo)
		return false;
	*s->limbo = (struct limbo){ .stream = s, .until = mono_add(now, STREAM_LIMBO_MS) };
	list_append(&s->set->limbo, &s->limbo->link);
	return true;
}

static void forget(struct stream *s, mono_t now)
{
	s->forgotten = true;
	s->budget = STREAM_DRAIN_MAX;
	if (s->fd < 0 || (s->ended && !s->spares) ||
	    (!s->described && !(s->set->hope && enter_limbo(s, now))))
		stream_free(s, now);
	else
		stream_go(s, now);
}

void streams_forget(struct streams *ss, uint32_t id, mono_t now)
{
	for (uint32_t which = 0; which < 2; which++) {
		struct stream *s = find(ss, id, which);

		if (s)
			forget(s, now);
	}
}

/* @fn may free the stream that it is given. */
static void for_all(struct streams *ss, void (*fn)(struct stream *s, mono_t now), mono_t now)
{
	struct table_node *n, *next;

	for (n = table_next(&ss->all, NULL); n; n = next) {
		next = table_next(&ss->all, n);
		fn(container_of(n, struct stream, node), now);
	}
}

void streams_forget_all(struct streams *ss, bool hope, mono_t now)
{
	ss->closing = true;
	ss->hope = hope;
	for_all(ss, forget, now);
}

struct streams *streams_free(struct streams *ss, mono_t now)
{
	if (!ss)
		return NULL;
	for_all(ss, stream_free, now);
	table_done(&ss->all);
	pollset_free(ss->pipes);
	free(ss);
	return NULL;
}

int streams_new(struct loop *l, struct targets *ts, struct streams **ret)
{
	_cleanup_(freep) struct streams *ss = calloc(1, sizeof *ss);
	int r;

	if (!ss)
		return -ENOMEM;
	*ss = (struct streams){
		.loop = l, .targets = ts, .hope = true, .rewatch_at = MONO_NEVER
	};
	list_init(&ss->limbo);
	r = pollset_new(l, on_readable, ss, &ss->pipes);
	if (r == 0)
		*ret = TAKE_PTR(ss);
	return r;
}

void streams_strip_ansi(struct streams *ss, bool strip)
{
	ss->strip = strip;
}

size_t streams_count(const struct streams *ss)
{
	return ss->all.count;
}

struct target *streams_target(const struct streams *ss, uint32_t id, uint32_t which)
{
	const struct stream *s = find(ss, id, which);

	return s ? s->target : NULL;
}

enum stream_half streams_position(const struct streams *ss, uint32_t id, uint32_t which,
				  uint64_t *ret_read, uint64_t *ret_waiting)
{
	const struct stream *s = find(ss, id, which);
	int waiting = 0;

	if (!s)
		return STREAM_NONE;
	if (s->fd >= 0 && ioctl(s->fd, FIONREAD, &waiting) < 0)
		waiting = 0;
	*ret_read = s->read;
	*ret_waiting = (uint64_t)waiting;
	return s->fd >= 0 ? STREAM_PIPED : STREAM_DESCRIBED;
}

void streams_check(struct streams *ss, mono_t now)
{
	if (!mono_before(now, ss->rewatch_at)) {
		ss->rewatch_at = MONO_NEVER;
		for_all(ss, stream_go, now);
	}
	while (list_linked(&ss->limbo)) {
		struct limbo *l = container_of(ss->limbo.next, struct limbo, link);

		if (mono_before(now, l->until))
			return;
		stream_free(l->stream, now);
	}
}

mono_t streams_due(const struct streams *ss)
{
	const struct limbo *first = container_of(ss->limbo.next, struct limbo, link);

	return list_linked(&ss->limbo) ? mono_min(first->until, ss->rewatch_at)
				       : ss->rewatch_at;
}
