/* SPDX-License-Identifier: MIT */
/*
 * link.c - messages of the links as bytes.
 *
 * A message is a list of its struct's fields in the table below; the type of a field picks how
 * it is written. A string is its length with the NUL, then the bytes with the NUL; a list of
 * strings is their number, the bytes of all, and the bytes. A frame is taken only if its fields
 * fill it exactly.
 */
#include "proto/link.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "proto/wire.h"

enum kind { KIND_END, KIND_BOOL, KIND_32, KIND_64, KIND_STR, KIND_STRS, KIND_BYTES };

struct field {
	uint16_t kind;
	uint16_t offset;
};

/* clang-format off */

#define F(member)                                                                      \
	{ _Generic(((struct link_msg *)0)->member,                                     \
		   bool: KIND_BOOL, uint32_t: KIND_32, int32_t: KIND_32,               \
		   uint64_t: KIND_64, int64_t: KIND_64,                                \
		   const char *: KIND_STR, struct link_strs: KIND_STRS,                \
		   struct link_bytes: KIND_BYTES),                                     \
	  offsetof(struct link_msg, member) }
#define END { KIND_END, 0 }

static const struct field none[] = { END };
static const struct field hello[] = {
	F(hello.version), F(hello.keeper_pid), F(hello.first), F(hello.nofile), F(hello.cgroups),
	F(hello.controllers),
	F(hello.logfile), END
};
static const struct field name[] = { F(name.name), END };
static const struct field slot[] = {
	F(slot.id), F(slot.gen), F(slot.pid), F(slot.exec_done), F(slot.ended),
	F(slot.wait_status), F(slot.exec_error), F(slot.exec_stage), F(slot.utime_us),
	F(slot.stime_us), F(slot.maxrss_kb), F(slot.leftovers), F(slot.ended_wall_ms),
	F(slot.lost), F(slot.oom), END
};
static const struct field settings[] = {
	F(settings.daemonize), F(settings.pidfile), F(settings.user), F(settings.directory),
	F(settings.umask), F(settings.minfds), F(settings.minprocs), F(settings.logfile), END
};
static const struct field spawn[] = {
	F(spawn.id), F(spawn.gen), F(spawn.name), F(spawn.argv), F(spawn.env), F(spawn.path),
	F(spawn.directory), F(spawn.user), F(spawn.umask), F(spawn.merge), F(spawn.clean_env),
	F(spawn.affinity), F(spawn.rlimits), F(spawn.given), F(spawn.nice),
	F(spawn.oom_score_adj), F(spawn.ioprio), F(spawn.notify), F(spawn.contain), F(spawn.cgroup),
	F(spawn.fds), F(spawn.stdin_path), F(spawn.stdin_wire),
	F(spawn.stdout_wire), F(spawn.wire_once), END
};
static const struct field wire[] = {
	F(wire.id), F(wire.close_read), F(wire.close_write), END
};
static const struct field proc[] = {
	F(proc.id), F(proc.gen), F(proc.pid), F(proc.status), F(proc.error), F(proc.stage),
	F(proc.which), F(proc.inode), F(proc.utime_us), F(proc.stime_us), F(proc.maxrss_kb),
	F(proc.leftovers), F(proc.ended_wall_ms), F(proc.lost), F(proc.oom), END
};
static const struct field notified[] = {
	F(notified.id), F(notified.gen), F(notified.ready), F(notified.reloading),
	F(notified.stopping), F(notified.watchdog), F(notified.hangs), F(notified.has_status),
	F(notified.status), F(notified.extend_usec), F(notified.main_pid),
	F(notified.dropped), END
};
static const struct field signal[] = {
	F(signal.id), F(signal.gen), F(signal.token), F(signal.signo), F(signal.group),
	F(signal.cont), F(signal.error), END
};
static const struct field number[] = { F(number.value), END };
static const struct field line[] = { F(log.level), F(log.text), END };
static const struct field mainlog[] = {
	F(mainlog.path), F(mainlog.maxbytes), F(mainlog.backups), F(mainlog.level),
	F(mainlog.echo), F(mainlog.syslog), F(mainlog.budget), F(mainlog.clean_dir),
	F(mainlog.clean_ident), END
};
static const struct field stream[] = {
	F(stream.id), F(stream.which), F(stream.name), F(stream.group), F(stream.pid),
	F(stream.path), F(stream.more), F(stream.maxbytes), F(stream.max_age_ms),
	F(stream.keep_ms), F(stream.backups), F(stream.pack), F(stream.private_file),
	F(stream.format), F(stream.prefix), F(stream.strip_ansi), F(stream.block),
	F(stream.rate), F(stream.burst), F(stream.capture_max), F(stream.events), END
};
static const struct field tail[] = {
	F(tail.token), F(tail.id), F(tail.which), F(tail.path), F(tail.piped), F(tail.bytes),
	F(tail.follow), F(tail.error), END
};
static const struct field logs[] = {
	F(logs.token), F(logs.streams), F(logs.since_ms), F(logs.until_ms), F(logs.lines),
	F(logs.follow), END
};
static const struct field output[] = {
	F(output.id), F(output.which), F(output.total), F(output.data), END
};

static const struct {
	const char *name;
	const struct field *fields;
	unsigned fds;
} types[LINK_TYPE_END] = {
	[LINK_HELLO]        = { "HELLO",        hello,    0 },
	[LINK_BEGIN]        = { "BEGIN",        none,     0 },
	[LINK_PEER]         = { "PEER",         none,     1 },
	[LINK_PING]         = { "PING",         number,   0 },
	[LINK_DEPOSIT]      = { "DEPOSIT",      name,     1 },
	[LINK_SLOT]         = { "SLOT",         slot,     0 },
	[LINK_GO]           = { "GO",           none,     0 },
	[LINK_SPAWNED]      = { "SPAWNED",      proc,     0 },
	[LINK_EXEC_OK]      = { "EXEC_OK",      proc,     0 },
	[LINK_SPAWN_FAILED] = { "SPAWN_FAILED", proc,     0 },
	[LINK_EXITED]       = { "EXITED",       proc,     0 },
	[LINK_NOTIFIED]     = { "NOTIFIED",     notified, 0 },
	[LINK_SIGNALLED]    = { "SIGNALLED",    signal,   0 },
	[LINK_REQUEST]      = { "REQUEST",      number,   0 },
	[LINK_SETTINGS]     = { "SETTINGS",     settings, 0 },
	[LINK_READY]        = { "READY",        none,     0 },
	[LINK_SPAWN]        = { "SPAWN",        spawn,    LINK_FDS_MAX },
	[LINK_WIRE]         = { "WIRE",         wire,     0 },
	[LINK_SIGNAL]       = { "SIGNAL",       signal,   0 },
	[LINK_SETTLED]      = { "SETTLED",      proc,     0 },
	[LINK_FORGET]       = { "FORGET",       proc,     0 },
	[LINK_FINISH]       = { "FINISH",       number,   0 },
	[LINK_PONG]         = { "PONG",         number,   0 },
	[LINK_PIPE]         = { "PIPE",         proc,     1 },
	[LINK_REARM]        = { "REARM",        proc,     0 },
	[LINK_LOG]          = { "LOG",          line,     0 },
	[LINK_MAINLOG]      = { "MAINLOG",      mainlog,  0 },
	[LINK_STREAM]       = { "STREAM",       stream,   0 },
	[LINK_TAIL]         = { "TAIL",         tail,     1 },
	[LINK_BORN]         = { "BORN",         proc,     0 },
	[LINK_LOGS]         = { "LOGS",         logs,     1 },
	[LINK_CLEAR]        = { "CLEAR",        tail,     0 },
	[LINK_ROTATE]       = { "ROTATE",       tail,     0 },
	[LINK_REOPEN]       = { "REOPEN",       none,     0 },
	[LINK_REMOVE]       = { "REMOVE",       name,     0 },
	[LINK_TAILED]       = { "TAILED",       tail,     0 },
	[LINK_DROPPED]      = { "DROPPED",      output,   0 },
	[LINK_CAPTURED]     = { "CAPTURED",     output,   0 },
	[LINK_LINES]        = { "LINES",        output,   0 },
};

/* clang-format on */

static bool known(unsigned type)
{
	return type > 0 && type < LINK_TYPE_END;
}

static int put_u32(struct buf *out, size_t n)
{
	const uint32_t v = (uint32_t)n;

	if (n > WIRE_MAX)
		return -EMSGSIZE;
	return buf_append(out, &v, sizeof v);
}

static int put_str(struct buf *out, const char *s)
{
	const size_t n = strlen(s) + 1;
	int r = put_u32(out, n);

	return r < 0 ? r : buf_append(out, s, n);
}

static int put_strs(struct buf *out, const struct link_strs *s)
{
	int r = put_u32(out, s->n);

	if (r == 0)
		r = put_u32(out, s->bytes);
	if (r == 0 && s->bytes > 0)
		r = buf_append(out, s->first, s->bytes);
	return r;
}

static int put_bytes(struct buf *out, const struct link_bytes *b)
{
	int r = put_u32(out, b->n);

	if (r == 0 && b->n > 0)
		r = buf_append(out, b->data, b->n);
	return r;
}

static int put(struct buf *out, enum kind kind, const void *at)
{
	const char *s;

	switch (kind) {
	case KIND_BOOL:
		return buf_putc(out, *(const bool *)at ? 1 : 0);
	case KIND_32:
		return buf_append(out, at, 4);
	case KIND_64:
		return buf_append(out, at, 8);
	case KIND_STR:
		s = *(const char *const *)at;
		return put_str(out, s ? s : "");
	case KIND_STRS:
		return put_strs(out, at);
	case KIND_BYTES:
		return put_bytes(out, at);
	case KIND_END:
		break;
	}
	return 0;
}

static int put_frame(const struct link_msg *m, struct buf *out)
{
	const size_t start = out->len;
	struct wire_head h = { .type = (uint16_t)m->type };
	int r = buf_append(out, &h, sizeof h);

	for (const struct field *f = types[m->type].fields; r == 0 && f->kind != KIND_END; f++)
		r = put(out, f->kind, (const char *)m + f->offset);
	if (r < 0)
		return r;
	if (out->len - start > WIRE_MAX)
		return -EMSGSIZE;
	h.bytes = (uint32_t)(out->len - start);
	wire_head_put(out->data + start, h);
	return 0;
}

int link_encode(const struct link_msg *m, struct buf *out)
{
	const size_t start = out->len;
	int r;

	assert(known(m->type));
	r = put_frame(m, out);
	if (r < 0 && out->data) { /* a half frame must not stay */
		out->len = start;
		out->data[start] = '\0';
	}
	return r;
}

/* What is left of a frame. */
struct rest {
	const char *at;
	size_t n;
};

static bool take(struct rest *r, void *to, size_t n)
{
	if (r->n < n)
		return false;
	memcpy(to, r->at, n);
	r->at += n;
	r->n -= n;
	return true;
}

static bool take_bool(struct rest *r, bool *ret)
{
	char c;

	if (!take(r, &c, 1) || (c != 0 && c != 1))
		return false;
	*ret = c == 1;
	return true;
}

static bool take_str(struct rest *r, const char **ret)
{
	uint32_t n;

	if (!take(r, &n, sizeof n) || n == 0 || n > r->n)
		return false;
	if (memchr(r->at, '\0', n) != r->at + n - 1)
		return false;
	*ret = r->at;
	r->at += n;
	r->n -= n;
	return true;
}

static bool take_strs(struct rest *r, struct link_strs *ret)
{
	struct link_strs s = { NULL, 0, 0 };
	uint32_t found = 0;

	if (!take(r, &s.n, sizeof s.n) || !take(r, &s.bytes, sizeof s.bytes) || s.bytes > r->n)
		return false;
	for (const char *p = r->at, *end = r->at + s.bytes; p < end; found++) {
		const char *nul = memchr(p, '\0', (size_t)(end - p));

		if (!nul)
			return false;
		p = nul + 1;
	}
	if (found != s.n)
		return false;
	s.first = r->at;
	r->at += s.bytes;
	r->n -= s.bytes;
	*ret = s;
	return true;
}

static bool take_bytes(struct rest *r, struct link_bytes *ret)
{
	uint32_t n;

	if (!take(r, &n, sizeof n) || n > r->n)
		return false;
	*ret = (struct link_bytes){ r->at, n };
	r->at += n;
	r->n -= n;
	return true;
}

static bool take_field(struct rest *r, enum kind kind, void *to)
{
	switch (kind) {
	case KIND_BOOL:
		return take_bool(r, to);
	case KIND_32:
		return take(r, to, 4);
	case KIND_64:
		return take(r, to, 8);
	case KIND_STR:
		return take_str(r, to);
	case KIND_STRS:
		return take_strs(r, to);
	case KIND_BYTES:
		return take_bytes(r, to);
	case KIND_END:
		break;
	}
	return false;
}

int link_decode(const char *data, size_t len, struct link_msg *ret, size_t *ret_used)
{
	struct link_msg m = { .type = LINK_HELLO };
	struct wire_head h;
	struct rest r;

	if (len < WIRE_HEAD)
		return LINK_BROKEN;
	h = wire_head_get(data);
	if (h.bytes < WIRE_HEAD || h.bytes > len || h.bytes > WIRE_MAX)
		return LINK_BROKEN;
	if (!known(h.type) || h.fds > types[h.type].fds)
		return LINK_BROKEN;

	m.type = h.type;
	r = (struct rest){ data + WIRE_HEAD, h.bytes - WIRE_HEAD };
	for (const struct field *f = types[h.type].fields; f->kind != KIND_END; f++)
		if (!take_field(&r, f->kind, (char *)&m + f->offset))
			return LINK_BROKEN;
	if (r.n != 0)
		return LINK_BROKEN;

	*ret = m;
	*ret_used = h.bytes;
	return LINK_FRAME;
}

const char *link_strs_next(const char *s)
{
	return s + strlen(s) + 1;
}

unsigned link_fds(enum link_type type)
{
	return known(type) ? types[type].fds : 0;
}

const char *link_type_name(enum link_type type)
{
	return known(type) ? types[type].name : "?";
}
