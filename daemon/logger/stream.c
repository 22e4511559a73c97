/* SPDX-License-Identifier: MIT */
/*
 * A pipe of ours outlives its program and its logger, so end of file means only that there is
 * no writer just now. It is level-triggered: such a stream is not watched until somebody says
 * that a writer is back.
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

/* A pipe that came while an earlier one was not empty. */
struct spare {
	struct spare *next;
	struct watch *watch;
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
	struct watch *watch; /* on the pipe; NULL: there is none */
	struct spare *spares;
	struct target *target; /* NULL: not described, or thrown away */
	struct waiter waiter; /* linked: the target has no room */
	struct limbo *limbo;
	uint64_t read; /* bytes so far */
	uint32_t id;
	uint32_t budget; /* how much more to read while leaving */
	unsigned char which;
	unsigned char ansi; /* enum ansi_state */
	bool described, forgotten;
	bool ended; /* no writer */
};

struct streams {
	struct loop *loop;
	struct targets *targets;
	struct table all;
	struct list limbo; /* in the order of their time */
	bool strip;
	bool closing; /* no new ones */
};

int streams_new(struct loop *l, struct targets *ts, struct streams **ret)
{
	struct streams *ss = calloc(1, sizeof *ss);

	if (!ss)
		return -ENOMEM;
	ss->loop = l;
	ss->targets = ts;
	list_init(&ss->limbo);
	*ret = ss;
	return 0;
}

static struct stream *find(const struct streams *ss, uint32_t id, uint32_t which)
{
	const uint64_t key = (uint64_t)id << 1 | which;
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
	ssize_t n = read(watch_fd(s->watch), waste, sizeof waste);

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
	n = read(watch_fd(s->watch), at + strip, len - strip);
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

static struct watch *close_pipe(struct watch *w)
{
	if (w) {
		int fd = watch_fd(w);

		watch_drop(w);
		fd_close(fd);
	}
	return NULL;
}

static void take_spare(struct stream *s)
{
	struct spare *spare = s->spares;

	close_pipe(s->watch);
	s->watch = spare->watch;
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
	close_pipe(s->watch);
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
	watch_set(s->watch, 0);
	return false;
}

/* Read once; while leaving, read all. The stream may be gone afterwards. */
static void pump(struct stream *s, mono_t now)
{
	for (;;) {
		const bool was_leaving = leaving(s);
		const enum got got = take(s, now);

		if (got == GOT_NO_ROOM) {
			watch_set(s->watch, 0);
			return;
		}
		if (got != GOT_END && !was_leaving)
			break;
		if (got == GOT_BYTES && s->budget)
			continue;
		if (!next_pipe(s, now))
			return;
	}
	watch_set(s->watch, WATCH_READ);
}

/* Do what can be done now, after something has changed. The stream may be gone afterwards. */
static void stream_go(struct stream *s, mono_t now)
{
	if (!s->watch || !s->described || list_linked(&s->waiter.link))
		return;
	if (leaving(s))
		pump(s, now);
	else if (!s->ended)
		watch_set(s->watch, WATCH_READ);
}

static void on_readable(struct watch *w, void *owner, int events)
{
	struct stream *s = owner;

	(void)w, (void)events;
	pump(s, loop_now(s->set->loop));
}

static void on_room(struct waiter *w, mono_t now)
{
	stream_go(container_of(w, struct stream, waiter), now);
}

/* --- what is said of them ------------------------------------------------------------ */

static int find_or_add(struct streams *ss, uint32_t id, uint32_t which, struct stream **ret)
{
	const uint64_t key = (uint64_t)id << 1 | which;
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
	_cleanup_(freep) struct spare *spare = NULL;
	struct spare **at = &s->spares;
	int r, flags = fcntl(*fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (!(flags & O_NONBLOCK) && fcntl(*fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (!s->watch) {
		r = loop_watch(s->set->loop, *fd, 0, on_readable, s, &s->watch);
		if (r == 0)
			*fd = -1;
		s->ended = false;
		return r;
	}
	spare = calloc(1, sizeof *spare);
	if (!spare)
		return -ENOMEM;
	r = loop_watch(s->set->loop, *fd, 0, on_readable, s, &spare->watch);
	if (r < 0)
		return r;
	*fd = -1;
	while (*at)
		at = &(*at)->next;
	*at = TAKE_PTR(spare);
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

static void forget(struct stream *s, bool hope, mono_t now)
{
	s->forgotten = true;
	s->budget = STREAM_DRAIN_MAX;
	if (!s->watch || (!s->described && !(hope && enter_limbo(s, now))))
		stream_free(s, now);
	else
		stream_go(s, now);
}

void streams_forget(struct streams *ss, uint32_t id, mono_t now)
{
	for (uint32_t which = 0; which < 2; which++) {
		struct stream *s = find(ss, id, which);

		if (s)
			forget(s, true, now);
	}
}

void streams_forget_all(struct streams *ss, bool hope, mono_t now)
{
	struct table_node *n, *next;

	ss->closing = true;
	for (n = table_next(&ss->all, NULL); n; n = next) {
		next = table_next(&ss->all, n);
		forget(container_of(n, struct stream, node), hope, now);
	}
}

struct streams *streams_free(struct streams *ss, mono_t now)
{
	struct table_node *n, *next;

	if (!ss)
		return NULL;
	for (n = table_next(&ss->all, NULL); n; n = next) {
		next = table_next(&ss->all, n);
		stream_free(container_of(n, struct stream, node), now);
	}
	table_done(&ss->all);
	free(ss);
	return NULL;
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

bool streams_position(const struct streams *ss, uint32_t id, uint32_t which, uint64_t *ret_read,
		      uint64_t *ret_waiting)
{
	const struct stream *s = find(ss, id, which);
	int waiting = 0;

	if (!s)
		return false;
	if (s->watch && ioctl(watch_fd(s->watch), FIONREAD, &waiting) < 0)
		waiting = 0;
	*ret_read = s->read;
	*ret_waiting = (uint64_t)waiting;
	return true;
}

void streams_check(struct streams *ss, mono_t now)
{
	while (list_linked(&ss->limbo)) {
		struct limbo *l = container_of(ss->limbo.next, struct limbo, link);

		if (mono_before(now, l->until))
			return;
		stream_free(l->stream, now);
	}
}

mono_t streams_due(const struct streams *ss)
{
	if (!list_linked(&ss->limbo))
		return MONO_NEVER;
	return container_of(ss->limbo.next, struct limbo, link)->until;
}
