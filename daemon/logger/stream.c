/* SPDX-License-Identifier: MIT */
/*
 * A pipe of ours outlives its program and its logger, so end of file means only that there is
 * no writer just now. It is level-triggered: such a stream is not watched until somebody says
 * that a writer is back. Who says so has opened the writer before, and says FORGET on the same
 * link: a stream at its end has nothing to be read when it is forgotten.
 *
 * A stream that leaves (its process is forgotten, or another pipe comes in place of this one)
 * is not watched but drained: read until the pipe is empty, as fast as its target has room.
 *
 * Long, because all the states of a stream are here: who waits for what is decided in one
 * place.
 */
#include "daemon/logger/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "daemon/logger/exact.h"
#include "daemon/logger/meter.h"
#include "daemon/logger/rest.h"
#include "daemon/logger/stage.h"
#include "daemon/logger/table.h"
#include "daemon/sys/pollset.h"

enum {
	PIPE_LARGE = 256 * 1024, /* for programs that print very much */
	HOT = 48 * 1024, /* a reading that large: a thread may have the pipe, */
	HOT_LARGE = 112 * 1024, /* of a large one, */
	WARM = 4 * 1024, /* and one of that size, */
	WARM_MS = 200, /* so long after it had it, */
	WARM_BYTES = 1024 * 1024, /* and read so much */
	REWATCH_MS = 100,
	BORN_MS = 200, /* within which the manager tells the pid of a new process */
	NEWS_MS = 1000, /* what is dropped is told so often */
};

/* A pipe that came while an earlier one was not empty. */
struct spare {
	struct spare *next;
	int fd;
};

/* What the two streams of a process may print in a second, together. */
struct rate {
	unsigned refs;
	struct meter meter;
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
	struct target *target; /* of a plain one; NULL: staged, not described, or thrown away */
	struct stage *stage; /* NULL: plain */
	struct rate *rate; /* NULL: no limit */
	struct chunk *orphan; /* an inbox of another logger */
	struct waiter waiter; /* linked: the target has no room */
	struct pumper pumper;
	struct rest rest;
	struct limbo *limbo;
	struct list news; /* in set->news: dropped is to be told */
	struct list later; /* in set->later: may read at */
	mono_t read_at;
	uint64_t read; /* bytes so far */
	uint64_t dropped;
	uint32_t id;
	int fd; /* of the pipe; -1: there is none */
	uint32_t budget; /* how much more to read while leaving */
	int32_t pid; /* 0: unknown; */
	mono_t warm_until;
	mono_t pid_due; /* then it is on its way until then */
	unsigned char which;
	bool described, forgotten, block;
	bool says_pid; /* in its log */
	bool ended; /* no writer, and nothing in it */
	bool watched; /* in the set's pollset */
	bool lent; /* a thread has the pipe, */
	bool lent_reads; /* and reads it */
	bool large; /* the pipe is */
};

struct streams {
	struct loop *loop;
	struct pollset *pipes;
	struct targets *targets;
	const struct stream_ears *ears;
	struct table all;
	struct list limbo; /* in the order of their time */
	struct rests rests;
	struct list news;
	mono_t news_at;
	struct list later; /* those whose rate is limited, and who reached it */
	mono_t later_at;
	bool closing; /* no new ones */
	bool hope; /* that somebody describes those that are not */
	mono_t rewatch_at; /* the kernel had no room to watch one */
};

static void stream_go(struct stream *s, mono_t now);
static void on_rested(struct rest *r, mono_t now);
static void on_room(struct waiter *w, mono_t now);
static void on_pumped(struct pumper *p, uint64_t got, bool over, mono_t now);

static uint64_t key_of(uint32_t id, uint32_t which)
{
	return (uint64_t)id << 1 | which;
}

void streams_let_rest(struct streams *ss)
{
	ss->rests.wanted = true;
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

static void dropped(struct stream *s, mono_t now)
{
	struct streams *ss = s->set;

	if (list_linked(&s->news))
		return;
	list_append(&ss->news, &s->news);
	ss->news_at = mono_min(ss->news_at, mono_add(now, NEWS_MS));
}

static enum got take_away(struct stream *s, size_t *ret_n)
{
	char waste[64 * 1024];
	ssize_t n = read(s->fd, waste, sizeof waste);

	*ret_n = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return GOT_BYTES;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? GOT_NOTHING : GOT_END;
}

static enum got waste(struct stream *s, mono_t now, size_t *ret_n)
{
	const enum got got = take_away(s, ret_n);

	target_drop(s->target, *ret_n, now);
	s->dropped += *ret_n;
	if (*ret_n)
		dropped(s, now);
	return got;
}

static enum got take_plain(struct stream *s, mono_t now, size_t *ret_n)
{
	struct chunk *c = target_chunk(s->target, TARGET_ROOM, &s->waiter, now);
	ssize_t n;

	if (!c && (s->block || !target_stuck(s->target, now)))
		return GOT_NO_ROOM;
	if (!c) {
		list_unlink(&s->waiter.link);
		return waste(s, now, ret_n);
	}
	n = exact_read(targets_arena(s->set->targets), c, s->fd, chunk_room(c));
	*ret_n = n > 0 ? (size_t)n : 0;
	target_filled(s->target, *ret_n, now);
	if (n > 0)
		return GOT_BYTES;
	return n == EXACT_END ? GOT_END : GOT_NOTHING;
}

static void wait_until(struct stream *s, mono_t at)
{
	s->read_at = at;
	list_append(&s->set->later, &s->later);
	s->set->later_at = mono_min(s->set->later_at, at);
}

static enum got take_staged(struct stream *s, mono_t now, size_t *ret_n)
{
	const uint64_t before = s->dropped;
	mono_t at = s->pid_due;
	enum got got;

	if (s->says_pid && !s->pid && mono_before(now, at)) {
		wait_until(s, at);
		return GOT_LATER;
	}
	got = stage_take(s->stage, s->fd, now, ret_n, &at);

	if (got == GOT_END && !stage_flush(s->stage, now, &at))
		got = list_linked(&s->waiter.link) ? GOT_NO_ROOM : GOT_LATER;
	if (got == GOT_LATER)
		wait_until(s, at);
	if (s->dropped != before)
		dropped(s, now);
	return got;
}

static enum got take(struct stream *s, mono_t now, size_t *ret_n)
{
	enum got got;

	*ret_n = 0;
	if (s->stage)
		got = take_staged(s, now, ret_n);
	else if (s->target)
		got = take_plain(s, now, ret_n);
	else
		got = take_away(s, ret_n);
	s->read += *ret_n;
	s->budget -= *ret_n < s->budget ? (uint32_t)*ret_n : s->budget;
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
	s->ended = s->large = false;
	free(spare);
}

static void leave_limbo(struct stream *s)
{
	if (s->limbo)
		list_unlink(&s->limbo->link);
	free(s->limbo);
	s->limbo = NULL;
}

static void leave_rate(struct stream *s)
{
	if (s->rate && --s->rate->refs == 0)
		free(s->rate);
	s->rate = NULL;
}

/* The same as the other stream of the process has, if it has one. 0 or -ENOMEM. */
static int enter_rate(struct stream *s, const struct stream_rule *rule)
{
	struct stream *other = find(s->set, s->id, !s->which);

	leave_rate(s);
	if (!rule || rule->rate <= 0)
		return 0;
	s->rate = other && other->rate ? other->rate : calloc(1, sizeof *s->rate);
	if (!s->rate)
		return -ENOMEM;
	s->rate->refs++;
	if (s->rate->meter.rate != rule->rate || s->rate->meter.asked != rule->burst)
		meter_init(&s->rate->meter, rule->rate, rule->burst, loop_now(s->set->loop));
	return 0;
}

static void tell_dropped(struct stream *s)
{
	struct streams *ss = s->set;

	list_unlink(&s->news);
	if (ss->ears && ss->ears->dropped)
		ss->ears->dropped(ss->ears->owner, s->id, s->which, s->dropped);
}

static void stream_free(struct stream *s, mono_t now)
{
	if (list_linked(&s->news))
		tell_dropped(s);
	list_unlink(&s->waiter.link);
	rest_end(&s->rest);
	list_unlink(&s->later);
	leave_limbo(s);
	leave_rate(s);
	while (s->spares)
		take_spare(s);
	close_pipe(s);
	table_remove(&s->set->all, &s->node);
	if (s->orphan)
		(void)arena_back(targets_arena(s->set->targets), s->orphan);
	stage_free(s->stage, now);
	target_unref(s->target, now);
	free(s);
}

static bool leaving(const struct stream *s)
{
	return s->forgotten || s->spares;
}

/* The pipe is at its end, or empty and not wanted any more. False: nothing more to read. */
static bool next_pipe(struct stream *s, mono_t now)
{
	watch(s, false);
	if (s->lent) /* it must stay until the thread comes back */
		return false;
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
	return false;
}

/* For who prints much: more can be read at a time. Without the right to it, it stays small. */
static void make_large(struct stream *s)
{
	if (!s->large && fcntl(s->fd, F_SETPIPE_SZ, PIPE_LARGE) >= PIPE_LARGE)
		s->large = true;
}

/* A thread may have the pipe of who prints so much that each piece would take two switches. */
static bool lend_pipe(struct stream *s, mono_t now)
{
	if (!s->target || s->lent || !s->set->rests.wanted)
		return false;
	s->pumper.fd = s->fd;
	s->lent = s->lent_reads = true;
	if (!target_pump(s->target, &s->pumper, now))
		s->lent = s->lent_reads = false;
	if (s->lent)
		make_large(s);
	return s->lent;
}

/* It was read, and goes on: with a thread, after a rest, or when there is something. */
static void go_on(struct stream *s, size_t n, mono_t now)
{
	const size_t hot = mono_before(now, s->warm_until) ? WARM : s->large ? HOT_LARGE : HOT;

	if (n >= hot && lend_pipe(s, now)) {
		watch(s, false);
		return;
	}
	watch(s, !rest_begin(&s->set->rests, &s->rest, n, s->large, now));
}

/* Read once; while leaving, read all. The stream may be gone afterwards. */
static void drain(struct stream *s, mono_t now)
{
	size_t n;

	rest_end(&s->rest);
	list_unlink(&s->later);
	for (;;) {
		const bool was_leaving = leaving(s);
		const enum got got = take(s, now, &n);

		if (got == GOT_NO_ROOM || got == GOT_LATER) {
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
	go_on(s, n, now);
}

/* Do what can be done now, after something has changed. The stream may be gone afterwards. */
static void stream_go(struct stream *s, mono_t now)
{
	if (s->fd < 0 || !s->described || list_linked(&s->waiter.link) || s->lent_reads)
		return;
	if (leaving(s))
		drain(s, now);
	else if (!s->ended && !rest_on(&s->rest) && !list_linked(&s->later))
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
	if (!ended || s->stage || leaving(s))
		drain(s, now);
	else
		(void)next_pipe(s, now);
}

/* Whoever waited for room has something to read, or to pass on. */
static void on_room(struct waiter *w, mono_t now)
{
	struct stream *s = container_of(w, struct stream, waiter);

	if (s->fd >= 0 && s->described && !s->lent_reads)
		drain(s, now);
}

static void on_rested(struct rest *r, mono_t now)
{
	struct stream *s = container_of(r, struct stream, rest);
	int waiting = 0;

	if (ioctl(s->fd, FIONREAD, &waiting) < 0 || !waiting) {
		rest_end(r);
		stream_go(s, now); /* it is watched again, which also tells of an end */
	} else if (rest_is_over(r, (size_t)waiting, s->large)) {
		if (waiting >= REST_ENOUGH)
			make_large(s);
		drain(s, now);
	}
}

static void on_pumped(struct pumper *p, uint64_t got, bool over, mono_t now)
{
	struct stream *s = container_of(p, struct stream, pumper);

	s->read += got;
	if (over && got >= WARM_BYTES)
		s->warm_until = mono_add(now, WARM_MS);
	s->lent_reads = false;
	s->lent = !over;
	stream_go(s, now);
}

/* --- what is said of them ------------------------------------------------------------ */

static struct stream *stream_new(struct streams *ss, uint32_t id, uint32_t which)
{
	const uint64_t key = key_of(id, which);
	struct stream *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->set = ss;
	s->id = id;
	s->which = (unsigned char)which;
	s->fd = -1;
	s->waiter.fn = on_room;
	s->pumper.fn = on_pumped;
	list_init(&s->waiter.link);
	list_init(&s->news);
	list_init(&s->later);
	rest_init(&s->rest);
	if (table_add(&ss->all, &s->node, table_hash(&key, sizeof key)) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

static int find_or_add(struct streams *ss, uint32_t id, uint32_t which, struct stream **ret)
{
	struct stream *s;

	if (which > 1)
		return -EINVAL;
	s = find(ss, id, which);
	if (!s && ss->closing)
		return -ENOENT;
	if (!s)
		s = stream_new(ss, id, which);
	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

static int add_spare(struct stream *s, int *fd)
{
	struct spare *spare = malloc(sizeof *spare), **at = &s->spares;

	if (!spare)
		return -ENOMEM;
	*spare = (struct spare){ .fd = TAKE_FD(*fd) };
	while (*at)
		at = &(*at)->next;
	*at = spare;
	s->budget = STREAM_DRAIN_MAX;
	return 0;
}

static int add_pipe(struct stream *s, int *fd)
{
	int flags = fcntl(*fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (!(flags & O_NONBLOCK) && fcntl(*fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (s->fd >= 0)
		return add_spare(s, fd);
	s->fd = TAKE_FD(*fd);
	s->ended = s->large = false;
	s->pid_due = mono_add(loop_now(s->set->loop), BORN_MS);
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

/* A plain stream with an inbox to pass on is staged too, for then there is one way to do it. */
static int make_stage(struct stream *s, const struct stream_rule *rule, struct stage **ret)
{
	const struct stage_owner o = {
		.targets = s->set->targets,
		.ears = s->set->ears,
		.id = s->id,
		.which = s->which,
		.waiter = &s->waiter,
		.dropped = &s->dropped,
		.meter = s->rate ? &s->rate->meter : NULL,
	};
	int r = stage_new(&o, rule, ret);

	if (r == 0)
		stage_born(*ret, s->pid);
	return r;
}

static int make_way(struct stream *s, const struct stream_rule *rule,
		    struct target **ret_target, struct stage **ret_stage)
{
	if (!rule || rule->n_to == 0)
		return 0;
	if (stream_rule_plain(rule) && !s->orphan)
		return target_get(s->set->targets, rule->to, ret_target);
	return make_stage(s, rule, ret_stage);
}

int streams_describe(struct streams *ss, uint32_t id, uint32_t which,
		     const struct stream_rule *rule, mono_t now)
{
	struct target *t = NULL, *old;
	struct stage *stage = NULL;
	struct stream *s;
	int r = find_or_add(ss, id, which, &s);

	if (r == 0 && s->stage && !s->orphan)
		s->orphan = stage_take_inbox(s->stage);
	if (r == 0)
		r = enter_rate(s, rule);
	if (r == 0)
		r = make_way(s, rule, &t, &stage);
	if (r < 0)
		return r;
	list_unlink(&s->waiter.link); /* it waited for the old one */
	old = s->target;
	stage_free(s->stage, now);
	s->target = t;
	s->stage = stage;
	if (stage && s->orphan)
		stage_put_inbox(stage, TAKE_PTR(s->orphan));
	s->block = rule && rule->block;
	s->says_pid = rule && stream_rule_says_pid(rule);
	s->described = true;
	leave_limbo(s);
	target_unref(old, now);
	stream_go(s, now);
	return 0;
}

int streams_adopt(struct streams *ss, struct chunk *inbox, mono_t now)
{
	struct stream *s;
	int r = find_or_add(ss, inbox->id, inbox->which, &s);

	(void)now;
	if (r < 0 || s->orphan) {
		(void)arena_back(targets_arena(ss->targets), inbox);
		return r < 0 ? r : -EEXIST;
	}
	s->orphan = inbox;
	return 0;
}

void streams_rearm(struct streams *ss, uint32_t id, uint32_t which, mono_t now)
{
	struct stream *s = find(ss, id, which);

	if (!s)
		return;
	s->ended = false;
	if (s->says_pid) { /* what is there is of the one before */
		streams_look(ss, id, which, now);
		s->pid = 0;
		s->pid_due = mono_add(now, BORN_MS);
	}
	stream_go(s, now);
}

static void born(struct stream *s, int32_t pid, mono_t now)
{
	s->pid = pid;
	if (!s->stage)
		return;
	stage_born(s->stage, pid);
	if (list_linked(&s->later) && s->says_pid)
		drain(s, now);
}

void streams_born(struct streams *ss, uint32_t id, int32_t pid, mono_t now)
{
	for (uint32_t which = 0; which < 2; which++) {
		struct stream *s = find(ss, id, which);

		if (s)
			born(s, pid, now);
	}
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

int streams_new(struct loop *l, struct targets *ts, const struct stream_ears *ears,
		struct streams **ret)
{
	_cleanup_(freep) struct streams *ss = calloc(1, sizeof *ss);
	int r;

	if (!ss)
		return -ENOMEM;
	*ss = (struct streams){ .loop = l,
				.targets = ts,
				.ears = ears,
				.hope = true,
				.news_at = MONO_NEVER,
				.later_at = MONO_NEVER,
				.rewatch_at = MONO_NEVER };
	list_init(&ss->limbo);
	list_init(&ss->news);
	list_init(&ss->later);
	rests_init(&ss->rests, on_rested);
	r = pollset_new(l, on_readable, ss, &ss->pipes);
	if (r == 0)
		*ret = TAKE_PTR(ss);
	return r;
}

size_t streams_count(const struct streams *ss)
{
	return ss->all.count;
}

void streams_each(const struct streams *ss,
		  void (*fn)(void *owner, uint32_t id, uint32_t which), void *owner)
{
	struct table_node *n;

	for (n = table_next(&ss->all, NULL); n; n = table_next(&ss->all, n)) {
		const struct stream *s = container_of(n, struct stream, node);

		if (s->described)
			fn(owner, s->id, s->which);
	}
}

void streams_look(struct streams *ss, uint32_t id, uint32_t which, mono_t now)
{
	struct stream *s = find(ss, id, which);

	if (s && s->fd >= 0 && s->described && !s->ended && !s->lent_reads &&
	    !list_linked(&s->waiter.link) && !list_linked(&s->later) && !leaving(s))
		drain(s, now);
}

struct target *streams_target(const struct streams *ss, uint32_t id, uint32_t which)
{
	const struct stream *s = find(ss, id, which);

	if (!s)
		return NULL;
	return s->stage ? stage_file(s->stage) : s->target;
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

/* --- as time passes ------------------------------------------------------------------ */

static void check_limbo(struct streams *ss, mono_t now)
{
	while (list_linked(&ss->limbo)) {
		struct limbo *l = container_of(ss->limbo.next, struct limbo, link);

		if (mono_before(now, l->until))
			return;
		stream_free(l->stream, now);
	}
}

static void tell_news(struct streams *ss, mono_t now)
{
	if (mono_before(now, ss->news_at))
		return;
	ss->news_at = MONO_NEVER;
	while (list_linked(&ss->news))
		tell_dropped(container_of(ss->news.next, struct stream, news));
}

static void check_later(struct streams *ss, mono_t now)
{
	struct list todo = LIST_INIT(todo);

	if (mono_before(now, ss->later_at))
		return;
	ss->later_at = MONO_NEVER;
	list_take(&todo, &ss->later);
	while (list_linked(&todo)) {
		struct stream *s = container_of(todo.next, struct stream, later);

		list_unlink(&s->later);
		if (mono_before(now, s->read_at))
			wait_until(s, s->read_at);
		else
			drain(s, now);
	}
}

void streams_check(struct streams *ss, mono_t now)
{
	if (!mono_before(now, ss->rewatch_at)) {
		ss->rewatch_at = MONO_NEVER;
		for_all(ss, stream_go, now);
	}
	check_limbo(ss, now);
	tell_news(ss, now);
	check_later(ss, now);
	rests_check(&ss->rests, now);
}

mono_t streams_due(const struct streams *ss)
{
	mono_t due = mono_min(ss->news_at, rests_due(&ss->rests));

	if (list_linked(&ss->limbo))
		due = mono_min(due, container_of(ss->limbo.next, struct limbo, link)->until);
	return mono_min(due, mono_min(ss->later_at, ss->rewatch_at));
}
