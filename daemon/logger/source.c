/* SPDX-License-Identifier: MIT */
/*
 * The files of a log are told apart by inode, for rotation renames them while they are read.
 * At the end of one, its name is looked for; the next is the one before it in the row. If it
 * has no name any more, it is what packing made of it, or the oldest that was written later.
 */
#include "daemon/logger/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "daemon/logger/lines.h"
#include "daemon/logger/logopen.h"
#include "daemon/logger/pack.h"
#include "daemon/logger/rotate.h"
#include "daemon/logger/times.h"
#include "daemon/sys/clock.h"

enum { PIECE = 2 * SOURCE_LINE, NONE = -1 };

struct source {
	char *path;
	int backups;
	struct times times;
	struct unpack *file; /* NULL: none is open */
	uint64_t ino, origin; /* of the file; before it was packed */
	int64_t modified_ms;
	int64_t off; /* of buf[at] in it, unpacked */
	int64_t skip; /* so many lines first */
	size_t at, len;
	char buf[PIECE];
};

int source_new(const char *path, int backups, struct source **ret)
{
	struct source *s = calloc(1, sizeof *s);

	if (s)
		s->path = strdup(path);
	if (!s || !s->path) {
		free(s);
		return -ENOMEM;
	}
	s->backups = backups;
	*ret = s;
	return 0;
}

static void close_file(struct source *s)
{
	s->file = unpack_free(s->file);
	s->at = s->len = 0;
	s->off = 0;
}

struct source *source_free(struct source *s)
{
	if (!s)
		return NULL;
	close_file(s);
	times_done(&s->times);
	free(s->path);
	free(s);
	return NULL;
}

static int64_t modified_ms(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

/* The @k-th backup becomes the file that is read. */
static int open_slot(struct source *s, const struct logplace *p, int k)
{
	char name[ROTATE_NAME];
	enum log_pack pack;
	struct stat st;
	int r = rotate_find(name, p->dir, p->name, k, &pack), fd;

	if (r < 0)
		return r;
	fd = logplace_file(p, name, O_RDONLY, 0, &st);
	if (fd < 0)
		return fd;
	if (!S_ISREG(st.st_mode)) {
		fd_close(fd);
		return -ESPIPE;
	}
	close_file(s);
	r = unpack_new(fd, pack, &s->file);
	if (r < 0)
		return r;
	s->ino = st.st_ino;
	s->origin = times_origin(&s->times, st.st_ino);
	s->modified_ms = modified_ms(&st);
	return 0;
}

/* Skip to @off, of what it was before it was packed. */
static void seek_to(struct source *s, int64_t off)
{
	const int fd = unpack_fd(s->file);

	if (fd >= 0 && lseek(fd, off, SEEK_SET) >= 0) {
		s->off = off;
		return;
	}
	while (s->off < off) {
		const int64_t left = off - s->off;
		ssize_t n = unpack_read(s->file, s->buf, left < PIECE ? (size_t)left : PIECE);

		if (n <= 0)
			return;
		s->off += n;
	}
}

/* --- from file to file --------------------------------------------------------------- */

struct slot {
	int k; /* NONE */
	int64_t modified_ms;
};

/* The place of the file that is read in the row, or of the oldest that was written later. */
static struct slot find_slot(const struct source *s, const struct logplace *p)
{
	struct slot later = { NONE, 0 };

	for (int k = 0; k <= s->backups; k++) {
		char name[ROTATE_NAME];
		enum log_pack pack;
		struct stat st;

		if (rotate_find(name, p->dir, p->name, k, &pack) < 0 ||
		    fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (st.st_ino == s->ino || times_origin(&s->times, st.st_ino) == s->origin)
			return (struct slot){ k, 0 };
		if (modified_ms(&st) >= s->modified_ms)
			later = (struct slot){ k + 1, modified_ms(&st) };
	}
	return later;
}

/* The usual case when somebody follows. */
static bool is_current(const struct source *s, const struct logplace *p)
{
	struct stat st;

	return fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == s->ino;
}

static bool has_next(const struct source *s)
{
	struct logplace p;
	bool has;

	if (logplace_open(&p, s->path) < 0)
		return false;
	has = !is_current(s, &p) && find_slot(s, &p).k > 0;
	logplace_done(&p);
	return has;
}

/* The file that comes after this one. False: there is none. */
static bool next_file(struct source *s)
{
	struct logplace p;
	struct slot here;
	bool found = false;

	if (logplace_open(&p, s->path) < 0)
		return false;
	if (s->file && is_current(s, &p)) {
		logplace_done(&p);
		return false;
	}
	times_done(&s->times);
	times_read(&s->times, p.dir, p.name);
	here = s->file ? find_slot(s, &p) : (struct slot){ s->backups + 1, 0 };
	for (int k = here.k - 1; k >= 0 && !found; k--)
		found = open_slot(s, &p, k) == 0;
	logplace_done(&p);
	return found;
}

/* --- where to begin ------------------------------------------------------------------ */

void source_since(struct source *s, int64_t ms)
{
	close_file(s);
	s->skip = 0;
	while (next_file(s)) {
		if (s->modified_ms < ms)
			continue;
		seek_to(s, times_offset(&s->times, s->origin, ms));
		return;
	}
	if (s->file && unpack_fd(s->file) >= 0)
		s->off = lseek(unpack_fd(s->file), 0, SEEK_END);
}

/* Of a plain file: where its last @n lines begin; -1 - L: it has only L. */
static int64_t find_back(struct source *s, int fd, int64_t n)
{
	int64_t end = lseek(fd, 0, SEEK_END), lines = 0, at = end;

	while (at > 0) {
		const int64_t begin = at > PIECE ? at - PIECE : 0;
		ssize_t got = pread(fd, s->buf, (size_t)(at - begin), begin);

		for (ssize_t i = got; i-- > 0;) {
			/* The newline at the very end ends the last line. */
			if (s->buf[i] != '\n' || begin + i == end - 1)
				continue;
			if (++lines == n)
				return begin + i + 1;
		}
		at = begin;
	}
	return -1 - (lines + (end > 0));
}

static int64_t count_lines(struct source *s)
{
	int64_t lines = 0;
	char last = '\n';
	ssize_t n;

	while ((n = unpack_read(s->file, s->buf, PIECE)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			lines += s->buf[i] == '\n';
		last = s->buf[n - 1];
	}
	return lines + (last != '\n');
}

/* In the file that is open: how many of the lines are still to be found, below 0: it has so
 * many more. *@ret_there: it stands where they begin. */
static int64_t begin_in(struct source *s, int64_t n, bool *ret_there)
{
	const int fd = unpack_fd(s->file);
	const int64_t found = fd >= 0 ? find_back(s, fd, n) : -1 - count_lines(s);

	*ret_there = found >= 0;
	if (found < 0)
		return n - (-1 - found);
	seek_to(s, found);
	return 0;
}

void source_last(struct source *s, int64_t n)
{
	bool there = false;
	struct logplace p;
	int64_t left = n;
	int k = 0;

	close_file(s);
	s->skip = 0;
	if (logplace_open(&p, s->path) < 0)
		return;
	times_done(&s->times);
	times_read(&s->times, p.dir, p.name);
	for (; k <= s->backups && left > 0; k++)
		if (open_slot(s, &p, k) == 0)
			left = begin_in(s, left, &there);
	if (left > 0)
		close_file(s); /* all there are */
	else if (!there && n > 0 && open_slot(s, &p, k - 1) == 0)
		s->skip = -left;
	if (n <= 0 && open_slot(s, &p, 0) == 0)
		s->off = lseek(unpack_fd(s->file), 0, SEEK_END);
	logplace_done(&p);
}

/* --- reading ------------------------------------------------------------------------- */

static bool was_cut(struct source *s)
{
	const int fd = unpack_fd(s->file);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_size < lseek(fd, 0, SEEK_CUR) &&
	       lseek(fd, 0, SEEK_SET) == 0;
}

static ssize_t fill(struct source *s)
{
	ssize_t n;

	if (!s->file)
		return 0;
	memmove(s->buf, s->buf + s->at, s->len - s->at);
	s->len -= s->at;
	s->at = 0;
	n = unpack_read(s->file, s->buf + s->len, PIECE - s->len);
	if (n == 0 && was_cut(s)) { /* what is there now is new */
		s->len = 0;
		s->off = 0;
		n = unpack_read(s->file, s->buf, PIECE);
	}
	if (n > 0)
		s->len += (size_t)n;
	return n;
}

static void take(struct source *s, const struct piece *p, bool live, struct source_line *ret)
{
	const int64_t known = live ? wall_now_ms() : times_at(&s->times, s->origin, s->off);

	*ret = (struct source_line){ .ms = known ? known : s->modified_ms,
				     .text = s->buf + s->at,
				     .len = p->text,
				     .eol = p->len > p->text,
				     .file = s->origin,
				     .at = s->off };
	s->at += p->len;
	s->off += (int64_t)p->len;
}

/* What is left in a file that has a successor is a line, whatever it looks like. */
static struct piece rest_of(const struct source *s, bool live)
{
	const bool end = s->at < s->len && (!live || has_next(s));

	return lines_next(s->buf + s->at, s->len - s->at, SOURCE_LINE, end);
}

int source_next(struct source *s, bool live, struct source_line *ret)
{
	for (;;) {
		struct piece p = lines_next(s->buf + s->at, s->len - s->at, SOURCE_LINE, false);

		if (!p.len && fill(s) > 0)
			continue;
		if (!p.len)
			p = rest_of(s, live);
		if (!p.len && s->at == s->len && next_file(s))
			continue;
		if (!p.len)
			return 0;
		take(s, &p, live, ret);
		if (s->skip <= 0)
			return 1;
		s->skip -= p.len > p.text;
	}
}
