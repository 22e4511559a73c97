/* SPDX-License-Identifier: MIT */
/*
 * Exactness: what is about to be written is noted in the chunk, with the size of the file; the
 * size tells a successor how much of it was. Nobody else writes there, as a rule: the bytes are
 * compared all the same. For what has no size there is no telling, and a piece may come twice.
 *
 * O_APPEND stays: a file that somebody cuts goes on at its end, and not behind a hole.
 */
#include "daemon/logger/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"
#include "daemon/logger/times.h"

enum {
	WAIT_MS = 1000, /* for a FIFO or terminal that is full, in one go */
	OPEN_FLAGS = O_RDWR | O_APPEND | O_CREAT,
};

static void fence(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static mode_t mode_of(const struct logrule *rule)
{
	return rule->private_file ? 0600 : 0644;
}

/* --- opening ------------------------------------------------------------------------- */

/* Only the standard descriptors are the user's; the others of this process are our links. */
static int open_own(int own)
{
	int fd;

	if (own > STDERR_FILENO)
		return -EBADF;
	fd = fcntl(own, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

/* In a directory of others anything can come under the name: out of the way with it. */
static bool set_aside(const struct logplace *p, int error)
{
	char aside[ROTATE_NAME];

	if (p->safe ||
	    (error != -ELOOP && error != -EMLINK && error != -EPERM && error != -EISDIR))
		return false;
	(void)snprintf(aside, sizeof aside, "%s.refused", p->name);
	return renameat(p->dir, p->name, p->dir, aside) == 0;
}

/* A FIFO must not be open for reading: it would have a reader then, ourselves. Whose it is must
 * be known before, for without a reader it cannot be opened at all. */
static int open_at(const struct logplace *p, const char *name, mode_t mode, int more,
		   struct stat *st)
{
	int flags = OPEN_FLAGS | more;

	if (fstatat(p->dir, name, st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st->st_mode)) {
		if (!p->safe && st->st_uid != 0 && st->st_uid != geteuid())
			return -EPERM;
		flags = (flags & ~O_ACCMODE) | O_WRONLY;
	}
	return logplace_file(p, name, flags, mode, st);
}

/* There is nothing under a name, or what is there is ours to write to. */
static int open_file(struct logfile *f, const struct logrule *rule, struct stat *st)
{
	struct logplace p;
	int fd = logplace_open(&p, rule->path);

	if (fd == -ELOOP)
		f->refused = fd;
	if (fd < 0)
		return fd;
	fd = open_at(&p, p.name, mode_of(rule), 0, st);
	if (fd == -EACCES) /* ours to write, not to read */
		fd = logplace_file(&p, p.name, O_WRONLY | O_APPEND | O_CREAT, mode_of(rule),
				   st);
	if (fd < 0 && set_aside(&p, fd)) {
		f->refused = fd;
		fd = open_at(&p, p.name, mode_of(rule), O_EXCL, st);
	}
	logplace_done(&p);
	return fd;
}

static int open_any(struct logfile *f, const struct logrule *rule, struct stat *st)
{
	const int own = log_own_fd(rule->path);
	int fd;

	if (own < 0 && !log_is_device(rule->path))
		return open_file(f, rule, st);
	fd = own >= 0 ? open_own(own) : log_open(rule->path, O_WRONLY | O_APPEND, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0) {
		const int r = -errno;

		fd_close(fd);
		return r;
	}
	return fd;
}

static int64_t birth_ms(int fd)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &x) < 0 || !(x.stx_mask & STATX_BTIME))
		return 0;
	return x.stx_btime.tv_sec * 1000 + x.stx_btime.tv_nsec / 1000000;
}

/* Perhaps another logger died in the middle of a line. */
static bool ends_midline(int fd, int64_t size)
{
	char last;

	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Take @fd over as the file of @f; a generation begins if it is another one. */
static void adopt(struct logfile *f, int fd, const struct stat *st)
{
	f->fd = fd;
	f->size = st->st_size;
	if (f->gen && f->dev == st->st_dev && f->ino == st->st_ino)
		return;
	f->born_ms = S_ISREG(st->st_mode) ? birth_ms(fd) : 0;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->midline = S_ISREG(st->st_mode) && ends_midline(fd, st->st_size);
	f->gen++;
}

int logfile_open(struct logfile *f, const struct logrule *rule)
{
	_cleanup_(closep) int fd = -1;
	const uint64_t gen = f->gen;
	struct stat st;

	if (f->fd >= 0)
		return 0;
	fd = open_any(f, rule, &st);
	if (fd < 0)
		return fd;
	if (rule->private_file && (st.st_uid != geteuid() || !S_ISREG(st.st_mode)))
		return -EPERM;
	f->regular = S_ISREG(st.st_mode) && !log_is_device(rule->path);
	adopt(f, TAKE_FD(fd), &st);
	/* Others moved the earlier ones: their names are not for us to guess. */
	if (f->gen != gen)
		f->named_gen = f->gen;
	return 0;
}

void logfile_close(struct logfile *f)
{
	f->fd = fd_close(f->fd);
}

static bool has_name(const struct logfile *f, const struct logplace *p)
{
	struct stat st;

	return fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == f->dev &&
	       st.st_ino == f->ino;
}

/* Somebody may have moved it and put another in its place, or none. */
static bool lost_name(struct logfile *f, const struct logrule *rule, int64_t wall_ms)
{
	struct logplace p;
	bool lost;

	if (f->looked_ms <= wall_ms && wall_ms < f->looked_ms + LOGFILE_LOOK_MS)
		return false;
	f->looked_ms = wall_ms;
	if (logplace_open(&p, rule->path) < 0)
		return true;
	lost = !has_name(f, &p);
	logplace_done(&p);
	return lost;
}

/* Open, and still what has the name, and its size known. */
static int be_sure(struct logfile *f, const struct logrule *rule, int64_t wall_ms)
{
	struct stat st;
	int r = logfile_open(f, rule);

	if (r < 0 || !f->regular)
		return r;
	if (fstat(f->fd, &st) < 0)
		return -errno;
	f->size = st.st_size;
	if (st.st_nlink && !lost_name(f, rule, wall_ms))
		return 0;
	logfile_close(f);
	return logfile_open(f, rule);
}

/* --- writing ------------------------------------------------------------------------- */

static int wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, WAIT_MS) == 1 ? 0 : -EAGAIN;
}

/* What was written counts; then, not before, the intent is over. */
static void went(struct chunk *c, uint32_t from, size_t n)
{
	c->done = from + (uint32_t)n;
	fence();
	c->out.n = 0;
	fence();
}

static ssize_t write_noted(struct logfile *f, struct chunk *c, uint32_t stop)
{
	const uint32_t n = stop - c->done;
	ssize_t put;

	if (!f->regular) {
		put = write(f->fd, chunk_data(c) + c->done, n);
		if (put > 0)
			c->done += (uint32_t)put;
		return put;
	}
	c->out.from = c->done;
	c->out.dev = f->dev;
	c->out.ino = f->ino;
	c->out.size = f->size;
	fence();
	c->out.n = n;
	fence();
	put = write(f->fd, chunk_data(c) + c->done, n);
	went(c, c->out.from, put > 0 ? (size_t)put : 0);
	f->size += put > 0 ? put : 0;
	return put;
}

/* For who will ask what was written when. A file begins with a record. */
static void note_time(struct logfile *f, const struct logrule *rule)
{
	const struct times_record r = { f->wall_ms, f->ino, f->size };
	struct logplace p;

	if (!f->regular || (f->size > 0 && f->noted_ms <= f->wall_ms &&
			    f->wall_ms < f->noted_ms + TIMES_EVERY_MS))
		return;
	f->noted_ms = f->wall_ms;
	if (logplace_open(&p, rule->path) < 0)
		return;
	times_note(p.dir, p.name, r);
	logplace_done(&p);
}

static int write_to(struct logfile *f, const struct logrule *rule, struct chunk *c,
		    uint32_t stop)
{
	int r = 0;

	if (c->done < stop)
		note_time(f, rule);
	while (c->done < stop && r == 0) {
		ssize_t n = write_noted(f, c, stop);

		if (n > 0)
			f->midline = chunk_data(c)[c->done - 1] != '\n';
		else if (n == 0)
			r = -EIO;
		else if (errno == EAGAIN)
			r = wait_writable(f->fd);
		else if (errno != EINTR)
			r = -errno;
	}
	return r;
}

/* --- rotating ------------------------------------------------------------------------ */

/* No backups: begin again at nothing. By name, for the file may have been removed. */
static int start_over(struct logfile *f, const struct logrule *rule)
{
	struct logfile named = LOGFILE_INIT;
	int r = logfile_open(&named, rule);

	if (r == 0 && ftruncate(named.fd, 0) < 0)
		r = -errno;
	if (r < 0) {
		logfile_close(&named);
		return r;
	}
	logfile_close(f);
	f->fd = named.fd;
	f->dev = named.dev;
	f->ino = named.ino;
	f->size = 0;
	f->midline = false;
	return 0;
}

/* A new file under a name of its own first: if there can be none, all stays as it is. */
static int open_next(const struct logplace *p, char next[ROTATE_NAME],
		     const struct logrule *rule, struct stat *st)
{
	(void)snprintf(next, ROTATE_NAME, "%s.next", p->name);
	if (unlinkat(p->dir, next, 0) < 0 && errno != ENOENT)
		return -errno;
	return logplace_file(p, next, OPEN_FLAGS | O_EXCL, mode_of(rule), st);
}

static int replace(struct logfile *f, const struct logrule *rule, const struct logplace *p)
{
	_cleanup_(closep) int fd = -1;
	char next[ROTATE_NAME];
	struct stat st;
	int r;

	fd = open_next(p, next, rule, &st);
	if (fd < 0)
		return fd;
	r = rotate_shift(p->dir, p->name, rule->backups);
	if (r == 0 && renameat(p->dir, next, p->dir, p->name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(p->dir, next, 0);
		return r;
	}
	logfile_close(f);
	adopt(f, TAKE_FD(fd), &st);
	f->rotated++;
	if (rule->backups <= 0)
		f->named_gen = f->gen;
	return 0;
}

/* Cut to nothing, the last bytes would be gone before a follower has seen them. */
static int roll_over(struct logfile *f, const struct logrule *rule)
{
	struct logplace p;
	int r = logplace_open(&p, rule->path);

	if (r < 0)
		return r;
	if (!has_name(f, &p)) { /* moved away: that is rotation enough */
		logfile_close(f);
		r = logfile_open(f, rule);
	} else {
		r = rule->backups > 0 || rule->followed ? replace(f, rule, &p) : -ENOENT;
		if (r < 0 && rule->backups <= 0)
			r = start_over(f, rule);
	}
	logplace_done(&p);
	return r;
}

static bool too_old(const struct logfile *f, const struct logrule *rule, int64_t wall_ms)
{
	return rule->max_age_ms > 0 && f->born_ms && f->size > 0 &&
	       wall_ms - f->born_ms >= rule->max_age_ms;
}

/* Behind the first newline at or after @from, or the end of what there is. */
static uint32_t line_end(struct chunk *c, uint32_t from)
{
	const char *data = chunk_data(c);
	const char *at = from < c->len ? memchr(data + from, '\n', c->len - from) : NULL;

	return at ? (uint32_t)(at - data) + 1 : c->len;
}

/* How far to write before it is time to rotate: to the end of a line, so that no line is in two
 * files, but for one that seems to have no end. */
static uint32_t next_stop(const struct logfile *f, const struct logrule *rule, struct chunk *c)
{
	const int64_t room = rule->maxbytes - f->size, len = c->len - c->done;

	if (!f->regular || rule->maxbytes <= 0 || len < room)
		return c->len;
	return line_end(c, c->done + (room > 0 ? (uint32_t)room - 1 : 0));
}

static bool is_full(const struct logfile *f, const struct logrule *rule)
{
	if (!f->regular || rule->maxbytes <= 0 || f->size < rule->maxbytes)
		return false;
	return !f->midline || f->size / 2 >= rule->maxbytes;
}

/* A rotation that fails is not tried again for each line. */
static int append_lines(struct logfile *f, const struct logrule *rule, struct chunk *c)
{
	int r = 0;

	while (r == 0 && f->rotate_error == 0 && c->done < c->len) {
		r = write_to(f, rule, c, next_stop(f, rule, c));
		if (r == 0 && is_full(f, rule))
			f->rotate_error = roll_over(f, rule);
		if (f->fd < 0)
			return f->rotate_error;
	}
	return r == 0 ? write_to(f, rule, c, c->len) : r;
}

/* With what is to come, but for the rest of a line. */
static int begin_anew(struct logfile *f, const struct logrule *rule, struct chunk *c)
{
	int r = f->midline ? write_to(f, rule, c, line_end(c, c->done)) : 0;

	if (r == 0 && !f->midline)
		f->rotate_error = roll_over(f, rule);
	return r;
}

int logfile_append(struct logfile *f, const struct logrule *rule, struct chunk *c,
		   int64_t wall_ms)
{
	int r = be_sure(f, rule, wall_ms);

	if (r < 0)
		return r;
	f->wall_ms = wall_ms;
	f->rotate_error = 0;
	if (f->regular && too_old(f, rule, wall_ms))
		r = begin_anew(f, rule, c);
	if (f->fd < 0)
		return f->rotate_error;
	if (r == 0)
		r = append_lines(f, rule, c);
	if (r < 0 && r != -EAGAIN)
		logfile_close(f);
	return r;
}

int logfile_rotate(struct logfile *f, const struct logrule *rule, int64_t wall_ms)
{
	int r = be_sure(f, rule, wall_ms);

	if (r < 0)
		return r;
	return f->regular && f->size > 0 ? roll_over(f, rule) : 0;
}

int logfile_clear(struct logfile *f, const struct logrule *rule)
{
	struct logplace p;
	int r = logfile_open(f, rule);

	if (r < 0)
		return r;
	if (!f->regular)
		return -ESPIPE;
	r = logplace_open(&p, rule->path);
	if (r < 0)
		return r;
	for (int k = 1; k <= rule->backups; k++) {
		char name[ROTATE_NAME];
		enum log_pack pack;

		while (rotate_find(name, p.dir, p.name, k, &pack) == 0)
			if (unlinkat(p.dir, name, 0) < 0)
				break;
	}
	logplace_done(&p);
	return start_over(f, rule);
}
