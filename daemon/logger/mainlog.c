/* SPDX-License-Identifier: MIT */
#include "daemon/logger/mainlog.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/sys/clock.h"

enum { BACKLOG_KEPT = 4096 }; /* memory of an empty backlog */
enum { SINK_FILE, SINK_ECHO, SINK_SYSLOG, SINK_N };

/* One place that lines go to, and those that it does not take yet. */
struct sink {
	struct waiter waiter;
	struct mainlog *log;
	struct target *target; /* NULL: not in use */
	struct buf backlog;
	uint64_t lost; /* lines that the backlog could not hold */
	bool record; /* each line has a pid before it: see deliver.h */
};

struct mainlog {
	struct targets *targets;
	bool configured;
	enum level level;
	struct sink sinks[SINK_N];
	struct buf early; /* lines, each with a byte for its level in front */
	uint64_t early_lost;
};

static void on_room(struct waiter *w, mono_t now);

int mainlog_new(struct targets *ts, struct mainlog **ret)
{
	struct mainlog *m = calloc(1, sizeof *m);

	if (!m)
		return -ENOMEM;
	m->targets = ts;
	for (int i = 0; i < SINK_N; i++) {
		m->sinks[i].log = m;
		m->sinks[i].record = i == SINK_SYSLOG;
		m->sinks[i].waiter.fn = on_room;
		list_init(&m->sinks[i].waiter.link);
	}
	*ret = m;
	return 0;
}

/* --- the line ------------------------------------------------------------------------ */

static int put_time(struct buf *out, int64_t wall_ms)
{
	const time_t secs = (time_t)(wall_ms / 1000);
	char date[32];
	struct tm tm;

	if (!localtime_r(&secs, &tm) || !strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm))
		return buf_printf(out, "@%lld", (long long)secs);
	return buf_printf(out, "%s,%03d", date, (int)(wall_ms % 1000));
}

/* Names and words of others are quoted in our lines: they must not begin lines of their own,
 * nor talk to the terminal of who reads. */
static int put_escaped(struct buf *out, const char *text, size_t len)
{
	int r = 0;

	for (size_t i = 0; i < len && r == 0; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			r = buf_puts(out, "\\n");
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			r = buf_printf(out, "\\x%02x", c);
		else
			r = buf_putc(out, (char)c);
	}
	return r;
}

int mainlog_format(struct buf *out, enum level level, const char *text, int64_t wall_ms)
{
	const size_t before = out->len, len = strlen(text);
	const size_t put = len < MAINLOG_LINE ? len : MAINLOG_LINE;
	int r = put_time(out, wall_ms);

	if (r == 0)
		r = buf_printf(out, " %s ", level_tag(level));
	if (r == 0)
		r = put_escaped(out, text, put);
	if (r == 0 && put < len)
		r = buf_printf(out, " [%zu bytes more]", len - put);
	if (r == 0)
		r = buf_putc(out, '\n');
	if (r < 0)
		out->len = before;
	return r;
}

/* --- where lines go ------------------------------------------------------------------ */

/* Hand over as much as the target has room for. */
static void sink_flush(struct sink *s, mono_t now)
{
	while (s->target && s->backlog.len && !list_linked(&s->waiter.link)) {
		struct chunk *c = target_chunk(s->target, TARGET_ROOM, &s->waiter, now);
		size_t len;

		if (!c)
			return;
		len = chunk_room(c) < s->backlog.len ? chunk_room(c) : s->backlog.len;
		memcpy(chunk_data(c) + c->len, s->backlog.data, len);
		c->len += (uint32_t)len;
		buf_drop(&s->backlog, len);
		target_filled(s->target, len, now);
	}
	if (!s->backlog.len && s->backlog.cap > BACKLOG_KEPT)
		buf_done(&s->backlog);
}

/* True if the backlog takes @line, after the note about lines that it did not take. */
static bool sink_takes(struct sink *s, const char *line, size_t len)
{
	const size_t before = s->backlog.len;
	char note[64] = "";

	if (s->lost)
		(void)snprintf(note, sizeof note, "%llu lines of this log were dropped",
			       (unsigned long long)s->lost);
	if (before + len > MAINLOG_BACKLOG)
		return false;
	if ((s->lost && mainlog_format(&s->backlog, LEVEL_WARN, note, wall_now_ms()) < 0) ||
	    (s->record && buf_puts(&s->backlog, "0 ") < 0) ||
	    buf_append(&s->backlog, line, len) < 0) {
		s->backlog.len = before;
		return false;
	}
	s->lost = 0;
	return true;
}

static void sink_put(struct sink *s, const char *line, size_t len, mono_t now)
{
	if (!s->target)
		return;
	if (!sink_takes(s, line, len))
		s->lost++;
	sink_flush(s, now);
}

static void on_room(struct waiter *w, mono_t now)
{
	sink_flush(container_of(w, struct sink, waiter), now);
}

/* Send to @rule from now on; what waits goes there too. */
static int sink_turn(struct sink *s, const struct logrule *rule, mono_t now)
{
	struct target *t = NULL, *old = s->target;
	int r = rule ? target_get(s->log->targets, rule, &t) : 0;

	if (r < 0)
		return r;
	list_unlink(&s->waiter.link);
	s->target = t;
	target_unref(old, now);
	if (!t)
		buf_done(&s->backlog);
	sink_flush(s, now);
	return 0;
}

/* --- the log ------------------------------------------------------------------------- */

static void distribute(struct mainlog *m, enum level level, const char *line, size_t len,
		       mono_t now)
{
	if (level < m->level)
		return;
	for (int i = 0; i < SINK_N; i++)
		sink_put(&m->sinks[i], line, len, now);
}

static void keep_early(struct mainlog *m, enum level level, const struct buf *line)
{
	const size_t before = m->early.len;

	if (before + line->len < MAINLOG_BACKLOG && buf_putc(&m->early, (char)level) == 0 &&
	    buf_append(&m->early, line->data, line->len) == 0)
		return;
	m->early.len = before;
	m->early_lost++;
}

/* The first of the early lines at @at, or false: there are no more. */
static bool next_early(const struct mainlog *m, size_t *at, enum level *ret_level,
		       const char **ret_line, size_t *ret_len)
{
	const char *p = m->early.data + *at;
	const char *end;

	if (*at >= m->early.len)
		return false;
	end = memchr(p, '\n', m->early.len - *at);
	*ret_level = (enum level) * p;
	*ret_line = p + 1;
	*ret_len = (size_t)(end - p);
	*at += *ret_len + 1;
	return true;
}

static void say_early(struct mainlog *m, mono_t now)
{
	enum level level;
	const char *line;
	size_t at = 0, len;

	while (next_early(m, &at, &level, &line, &len))
		distribute(m, level, line, len, now);
	for (int i = 0; i < SINK_N; i++)
		m->sinks[i].lost += m->early_lost;
	m->early_lost = 0;
	buf_done(&m->early);
}

int mainlog_configure(struct mainlog *m, const struct mainlog_config *c, mono_t now)
{
	static const struct logrule out = { .path = "/dev/stdout" };
	static const struct logrule syslog = { .path = "syslog:0", .to = LOG_TO_SYSLOG };
	const bool file = c->rule.path && *c->rule.path;
	int r = sink_turn(&m->sinks[SINK_FILE], file ? &c->rule : NULL, now);

	if (r == 0)
		r = sink_turn(&m->sinks[SINK_SYSLOG], c->syslog ? &syslog : NULL, now);
	if (r == 0)
		r = sink_turn(&m->sinks[SINK_ECHO], c->echo ? &out : NULL, now);
	if (r < 0)
		return r;
	m->level = c->level;
	m->configured = true;
	say_early(m, now);
	return 0;
}

void mainlog_say(struct mainlog *m, enum level level, const char *text, int64_t wall_ms,
		 mono_t now)
{
	struct buf line = BUF_INIT;

	/* Without memory for a line there is none for saying so either. */
	if (mainlog_format(&line, level, text, wall_ms) == 0) {
		if (m->configured)
			distribute(m, level, line.data, line.len, now);
		else
			keep_early(m, level, &line);
	}
	buf_done(&line);
}

bool mainlog_flushed(const struct mainlog *m)
{
	for (int i = 0; i < SINK_N; i++)
		if (m->sinks[i].backlog.len)
			return false;
	return true;
}

struct mainlog *mainlog_free(struct mainlog *m, mono_t now)
{
	enum level level;
	const char *line;
	size_t at = 0, len;

	if (!m)
		return NULL;
	while (next_early(m, &at, &level, &line, &len))
		(void)fwrite(line, 1, len, stderr);
	for (int i = 0; i < SINK_N; i++) {
		list_unlink(&m->sinks[i].waiter.link);
		target_unref(m->sinks[i].target, now);
		buf_done(&m->sinks[i].backlog);
	}
	buf_done(&m->early);
	free(m);
	return NULL;
}
