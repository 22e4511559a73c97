/* SPDX-License-Identifier: MIT */
/*
 * What is passed on goes in batches: as many pieces as are there and as all targets have room
 * for. Then, in one step of the arena, the bytes are in the targets' chunks and are no longer
 * in the inbox. Tags are looked for before anything else, and text around them is cut there.
 */
#include "daemon/logger/stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/logger/ansi.h"
#include "daemon/logger/capture.h"
#include "daemon/logger/exact.h"
#include "daemon/logger/format.h"
#include "daemon/logger/json.h"
#include "daemon/logger/meter.h"
#include "daemon/logger/stream.h"
#include "daemon/logger/tags.h"
#include "daemon/sys/clock.h"

enum {
	PIECE_MAX = 8 * 1024, /* of a line */
	BATCH_MAX = 64 * 1024, /* bytes that come out at a time */
	INBOX_LEAST = 4 * 1024, /* room to read into */
	PREFIX_MAX = 512,
	PLAIN_REST = 16, /* the pid before a line */
};

/* In a chunk's state: what must be known of bytes that are not there any more. */
enum { STATE_ANSI, STATE_MIDLINE, STATE_CAPTURING };

struct stage {
	struct stage_owner o;
	struct chunk *inbox;
	struct format format;
	bool by_line, strip, block, events;
	struct capture capture; /* most 0: no capture mode */
	unsigned char state[CHUNK_STATE]; /* while there is no inbox to keep it */
	char *name, *prefix;
	size_t n;
	struct target *to[STREAM_TARGETS_MAX];
	bool plain[STREAM_TARGETS_MAX]; /* gets lines without format */
};

/* What is about to be passed on. */
struct batch {
	struct chunk *chunks[STREAM_TARGETS_MAX]; /* NULL: this target loses it */
	size_t room;
	size_t taken; /* of the inbox */
	size_t text_len, plain_len;
	unsigned char state[CHUNK_STATE];
	char text[BATCH_MAX], plain[BATCH_MAX];
};

enum verdict { PASSED, WANTS_MORE, NO_ROOM, TOO_EARLY };

/* --- life ---------------------------------------------------------------------------- */

static void stage_freep(struct stage **s)
{
	*s = stage_free(*s, (mono_t){ 0 });
}

static int get_targets(struct stage *s, const struct stream_rule *rule)
{
	for (size_t i = 0; i < rule->n_to && i < STREAM_TARGETS_MAX; i++) {
		int r = target_get(s->o.targets, &rule->to[i], &s->to[i]);

		if (r < 0)
			return r;
		s->n++;
		s->plain[i] = rule->to[i].to != LOG_TO_FILE;
		s->by_line |= s->plain[i];
	}
	return 0;
}

int stage_new(const struct stage_owner *o, const struct stream_rule *rule, struct stage **ret)
{
	_cleanup_(stage_freep) struct stage *s = calloc(1, sizeof *s);
	int r;

	if (!s)
		return -ENOMEM;
	s->o = *o;
	s->name = strdup(rule->name ? rule->name : "");
	s->prefix = strndup(rule->prefix ? rule->prefix : "", PREFIX_MAX);
	if (!s->name || !s->prefix)
		return -ENOMEM;
	s->format = (struct format){ .kind = rule->format,
				     .prefix = s->prefix,
				     .name = s->name,
				     .stream = o->which ? "stderr" : "stdout" };
	s->by_line = rule->format != STREAM_RAW || rule->rate > 0;
	s->strip = rule->strip_ansi;
	s->block = rule->block;
	s->events = rule->events;
	s->capture.most = rule->capture_max > 0 ? (size_t)rule->capture_max : 0;
	r = get_targets(s, rule);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct stage *stage_free(struct stage *s, mono_t now)
{
	if (!s)
		return NULL;
	if (s->inbox)
		(void)arena_back(targets_arena(s->o.targets), s->inbox);
	for (size_t i = 0; i < s->n; i++)
		target_unref(s->to[i], now);
	buf_done(&s->capture.data);
	free(s->name);
	free(s->prefix);
	free(s);
	return NULL;
}

struct chunk *stage_take_inbox(struct stage *s)
{
	return TAKE_PTR(s->inbox);
}

/* What was captured went with the one who captured it; what comes up to the tag goes too. */
void stage_put_inbox(struct stage *s, struct chunk *inbox)
{
	s->inbox = inbox;
}

void stage_born(struct stage *s, int32_t pid)
{
	s->format.pid = pid;
}

struct target *stage_file(const struct stage *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->plain[i])
			return s->to[i];
	return NULL;
}

/* --- one batch ----------------------------------------------------------------------- */

/* Room for @need bytes at all targets that are to get them. */
static enum verdict find_room(struct stage *s, struct batch *b, size_t need, mono_t now)
{
	b->room = BATCH_MAX;
	for (size_t i = 0; i < s->n; i++) {
		struct target *t = s->to[i];

		b->chunks[i] = target_chunk(t, need, s->o.waiter, now);
		if (!b->chunks[i] && (s->block || !target_stuck(t, now)))
			return NO_ROOM;
		if (!b->chunks[i])
			list_unlink(&s->o.waiter->link);
		else if (chunk_room(b->chunks[i]) < b->room)
			b->room = chunk_room(b->chunks[i]);
	}
	return PASSED;
}

/* Targets that got nothing after all get their chunks back in order. */
static void release_room(struct stage *s, const struct batch *b, mono_t now)
{
	for (size_t i = 0; i < s->n; i++)
		if (b->chunks[i])
			target_filled(s->to[i], 0, now);
}

static bool fits(const struct stage *s, const struct batch *b, size_t text)
{
	return b->text_len + format_worst(&s->format, text + 1) <= b->room &&
	       b->plain_len + PLAIN_REST + text + 2 <= b->room;
}

/* Escape sequences go; a new buffer, or the text as it is. */
static const char *strip(const struct stage *s, struct batch *b, const struct piece *p,
			 const char *text, char *buf, size_t *ret_len)
{
	*ret_len = p->text;
	if (!s->strip)
		return text;
	*ret_len = ansi_strip(&b->state[STATE_ANSI], buf, text, p->text);
	if (p->ends && s->by_line)
		*ret_len += ansi_finish(&b->state[STATE_ANSI], buf + *ret_len);
	return buf;
}

static void add_piece(struct stage *s, struct batch *b, const struct piece *p, const char *data,
		      int64_t wall_ms)
{
	char buf[PIECE_MAX + 2];
	const bool begins = !b->state[STATE_MIDLINE];
	size_t len;
	const char *text = strip(s, b, p, data, buf, &len);

	b->text_len +=
		format_put(&s->format, p, text, len, begins, wall_ms, b->text + b->text_len);
	b->plain_len += (size_t)sprintf(b->plain + b->plain_len, "%d ", (int)s->format.pid);
	memcpy(b->plain + b->plain_len, text, len);
	b->plain_len += len;
	b->plain[b->plain_len++] = '\n';
	b->state[STATE_MIDLINE] = !p->ends;
}

/* The next piece of the first @n bytes of the inbox that @b has not taken. */
static struct piece next_piece(const struct stage *s, const struct batch *b, const char *data,
			       size_t n, size_t most, bool end)
{
	const size_t left = n - b->taken;
	const size_t len = left < most ? left : most;

	if (s->by_line)
		return lines_next(data + b->taken, left, most, end);
	return (struct piece){ len, len, false };
}

/* Bytes of text that surely fit where @room is empty. */
static size_t most_for(const struct stage *s, size_t room)
{
	const size_t rest = format_worst(&s->format, 0) + PLAIN_REST + 8;
	const size_t most = room > rest ? (room - rest) / JSON_WORST : 0;

	return most < PIECE_MAX ? (most > 4 ? most : 4) : PIECE_MAX;
}

static void commit(struct stage *s, struct batch *b, mono_t now)
{
	struct arena *a = targets_arena(s->o.targets);
	uint32_t done = s->inbox->done + (uint32_t)b->taken;

	for (size_t i = 0; i < s->n; i++) {
		struct chunk *c = b->chunks[i];
		const size_t len = s->plain[i] ? b->plain_len : b->text_len;

		if (!c)
			continue;
		memcpy(chunk_data(c) + c->len, s->plain[i] ? b->plain : b->text, len);
		arena_note(a, &c->len, c->len + (uint32_t)len);
	}
	arena_note(a, &s->inbox->done, done);
	arena_note_state(a, s->inbox, b->state);
	arena_carry_out(a);
	for (size_t i = 0; i < s->n; i++) {
		if (b->chunks[i]) {
			target_filled(s->to[i], s->plain[i] ? b->plain_len : b->text_len, now);
			continue;
		}
		target_drop(s->to[i], b->taken, now);
		*s->o.dropped += b->taken;
	}
}

static void tell_lines(const struct stage *s, const char *data, size_t n)
{
	const struct stream_ears *e = s->o.ears;

	if (s->events && n && e && e->lines)
		e->lines(e->owner, s->o.id, s->o.which, data, n);
}

/* Over its rate: these bytes are not passed on. */
static void skip(struct stage *s, const struct piece *p)
{
	s->inbox->done += (uint32_t)p->len;
	*s->o.dropped += p->len;
}

/* Pass on what can be of the first @n bytes, which hold no tag. */
static enum verdict pass_text(struct stage *s, size_t n, bool end, mono_t now, mono_t *ret_at)
{
	struct batch b = { .taken = 0 };
	const char *data = chunk_data(s->inbox) + s->inbox->done;
	const int64_t wall = wall_now_ms();
	struct meter *m = s->o.meter;
	size_t most = PIECE_MAX, need;
	struct piece p = next_piece(s, &b, data, n, most, end);
	enum verdict v;

	if (!p.len)
		return WANTS_MORE;
	if (m && !meter_open(m, now, ret_at)) {
		if (s->block)
			return TOO_EARLY;
		skip(s, &p);
		return PASSED;
	}
	need = format_worst(&s->format, p.text + 1) + PLAIN_REST;
	v = find_room(s, &b, need, now);
	if (v != PASSED) {
		release_room(s, &b, now);
		return v;
	}
	if (b.room < need)
		most = most_for(s, b.room);
	memcpy(b.state, s->inbox->state, sizeof b.state);
	for (p = next_piece(s, &b, data, n, most, end); p.len && fits(s, &b, p.text);
	     p = next_piece(s, &b, data, n, most, end)) {
		add_piece(s, &b, &p, data + b.taken, wall);
		b.taken += p.len;
		if (m && !meter_pass(m, p.len))
			break;
	}
	tell_lines(s, data, b.taken);
	commit(s, &b, now);
	return PASSED;
}

/* --- tags ---------------------------------------------------------------------------- */

static void tell_captured(struct stage *s)
{
	const struct stream_ears *e = s->o.ears;
	struct buf *data = &s->capture.data;

	if (data->len > s->capture.most)
		buf_drop(data, data->len - s->capture.most);
	if (e && e->captured)
		e->captured(e->owner, s->o.id, s->o.which, buf_str(data), data->len);
	buf_done(data);
}

static void step_over(struct stage *s, size_t n, bool capturing)
{
	struct arena *a = targets_arena(s->o.targets);
	unsigned char state[CHUNK_STATE];

	memcpy(state, s->inbox->state, sizeof state);
	state[STATE_CAPTURING] = capturing;
	arena_note(a, &s->inbox->done, s->inbox->done + (uint32_t)n);
	arena_note_state(a, s->inbox, state);
	arena_carry_out(a);
}

/* Inside of tags. At an end without a tag, what was captured is nothing. */
static enum verdict pass_captured(struct stage *s, const char *data, size_t n, bool end)
{
	const struct tag_found f = tags_find(true, data, n, end);

	capture_put(&s->capture, data, f.before);
	if (f.tag)
		tell_captured(s);
	else if (end)
		buf_done(&s->capture.data);
	step_over(s, f.before + f.tag, !f.tag && !end);
	return f.tag || end ? PASSED : WANTS_MORE;
}

/* Pass on a part of what is in the inbox. */
static enum verdict pass_some(struct stage *s, bool end, mono_t now, mono_t *ret_at)
{
	const char *data = chunk_data(s->inbox) + s->inbox->done;
	const size_t n = s->inbox->len - s->inbox->done;
	struct tag_found f = { n, 0 };

	if (s->capture.most && s->inbox->state[STATE_CAPTURING])
		return pass_captured(s, data, n, end);
	if (s->capture.most)
		f = tags_find(false, data, n, end);
	if (f.before)
		return pass_text(s, f.before, end || f.tag, now, ret_at);
	if (!f.tag)
		return WANTS_MORE;
	step_over(s, f.tag, true);
	return PASSED;
}

static enum verdict pass_on(struct stage *s, bool end, mono_t now, mono_t *ret_at)
{
	enum verdict v = PASSED;

	if (list_linked(&s->o.waiter->link))
		return NO_ROOM;
	while (s->inbox && v == PASSED) {
		if (s->inbox->done < s->inbox->len) {
			v = pass_some(s, end, now, ret_at);
			continue;
		}
		memcpy(s->state, s->inbox->state, sizeof s->state);
		s->inbox = arena_back(targets_arena(s->o.targets), s->inbox);
	}
	return v;
}

/* --- reading ------------------------------------------------------------------------- */

/* An inbox with room to read into; NULL: without memory. */
static struct chunk *open_inbox(struct stage *s)
{
	struct arena *a = targets_arena(s->o.targets);
	struct chunk *c;

	if (!a)
		return NULL;
	if (!s->inbox) {
		s->inbox = arena_lend_inbox(a, s->o.id, s->o.which);
		if (s->inbox)
			memcpy(s->inbox->state, s->state, sizeof s->state);
	} else if (chunk_room(s->inbox) < INBOX_LEAST && s->inbox->done) {
		c = arena_renew(a, s->inbox);
		s->inbox = c ? c : s->inbox;
	}
	return s->inbox && chunk_room(s->inbox) ? s->inbox : NULL;
}

static enum got blocked(enum verdict v)
{
	return v == TOO_EARLY ? GOT_LATER : GOT_NO_ROOM;
}

enum got stage_take(struct stage *s, int fd, mono_t now, size_t *ret_n, mono_t *ret_at)
{
	enum verdict v = pass_on(s, false, now, ret_at);
	struct chunk *c;
	ssize_t n;

	if (v == NO_ROOM || v == TOO_EARLY)
		return blocked(v);
	c = open_inbox(s);
	if (!c) {
		targets_starve(s->o.targets, s->o.waiter, now);
		return GOT_NO_ROOM;
	}
	n = exact_read(targets_arena(s->o.targets), c, fd, chunk_room(c));
	*ret_n = n > 0 ? (size_t)n : 0;
	v = pass_on(s, false, now, ret_at);
	if (v == NO_ROOM || v == TOO_EARLY)
		return blocked(v);
	if (n > 0)
		return GOT_BYTES;
	return n == EXACT_END ? GOT_END : GOT_NOTHING;
}

bool stage_flush(struct stage *s, mono_t now, mono_t *ret_at)
{
	const enum verdict v = pass_on(s, true, now, ret_at);

	if (!s->inbox)
		memset(s->state, 0, sizeof s->state);
	return v == PASSED || v == WANTS_MORE;
}
