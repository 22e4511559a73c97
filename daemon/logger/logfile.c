/* SPDX-License-Identifier: MIT */
#include "daemon/logger/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"

enum {
	WAIT_MS = 1000, /* for a FIFO or terminal that is full, in one go */
	OPEN_FLAGS = O_WRONLY | O_APPEND | O_CREAT,
};

static mode_t mode_of(const struct logrule *rule)
{
	return rule->private_file ? 0600 : 0666;
}

/* Only the standard descriptors are the user's; the others of this process are our links. */
static int open_any(const struct logrule *rule)
{
	const int own = log_own_fd(rule->path);
	int fd;

	if (own < 0)
		return log_open(rule->path, OPEN_FLAGS, mode_of(rule));
	if (own > STDERR_FILENO)
		return -EBADF;
	fd = fcntl(own, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

/* Take @fd over as the file of @f; a generation begins if it is another one. */
static void adopt(struct logfile *f, int fd, const struct stat *st)
{
	f->fd = fd;
	f->size = st->st_size;
	if (f->gen && f->dev == st->st_dev && f->ino == st->st_ino)
		return;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->gen++;
}

int logfile_open(struct logfile *f, const struct logrule *rule)
{
	_cleanup_(closep) int fd = -1;
	const uint64_t gen = f->gen;
	struct stat st;

	if (f->fd >= 0)
		return 0;
	fd = open_any(rule);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (rule->private_file && (st.st_uid != geteuid() || !S_ISREG(st.st_mode)))
		return -EPERM;
	f->regular = S_ISREG(st.st_mode) && log_own_fd(rule->path) < 0 &&
		     strncmp(rule->path, "/proc/", 6) != 0;
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

static int wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, WAIT_MS) == 1 ? 0 : -EAGAIN;
}

static int write_all(int fd, const char *data, size_t len, size_t *ret_done)
{
	size_t done = 0;
	int r = 0;

	while (done < len && r == 0) {
		ssize_t n = write(fd, data + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			r = -EIO;
		else if (errno == EAGAIN)
			r = wait_writable(fd);
		else if (errno != EINTR)
			r = -errno;
	}
	*ret_done = done;
	return r;
}

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
	return 0;
}

/* A new file under a name of its own first: if there can be none, all stays as it is. */
static int open_next(char *name, size_t size, const struct logrule *rule)
{
	if ((size_t)snprintf(name, size, "%s.next", rule->path) >= size)
		return -ENAMETOOLONG;
	if (unlink(name) < 0 && errno != ENOENT)
		return -errno;
	return log_open(name, OPEN_FLAGS | O_EXCL, mode_of(rule));
}

static int replace(struct logfile *f, const struct logrule *rule)
{
	_cleanup_(closep) int fd = -1;
	char next[PATH_MAX];
	struct stat st;
	int r;

	fd = open_next(next, sizeof next, rule);
	if (fd < 0)
		return fd;
	r = fstat(fd, &st) < 0 ? -errno : rotate_shift(rule->path, rule->backups);
	if (r == 0 && rename(next, rule->path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(next);
		return r;
	}
	logfile_close(f);
	adopt(f, TAKE_FD(fd), &st);
	if (rule->backups <= 0)
		f->named_gen = f->gen;
	return 0;
}

static int roll_over(struct logfile *f, const struct logrule *rule)
{
	int r = -ENOENT;

	/* Cut to nothing, the last bytes would be gone before a follower has seen them. */
	if (rule->backups > 0 || rule->followed)
		r = replace(f, rule);
	if (r < 0 && rule->backups <= 0)
		r = start_over(f, rule);
	return r;
}

int logfile_append(struct logfile *f, const struct logrule *rule, const char *data, size_t len,
		   size_t *ret_done)
{
	int r = logfile_open(f, rule);

	*ret_done = 0;
	if (r < 0)
		return r;
	r = write_all(f->fd, data, len, ret_done);
	f->size += (int64_t)*ret_done;
	if (r < 0) {
		if (r != -EAGAIN)
			logfile_close(f);
		return r;
	}
	f->rotate_error = 0;
	if (f->regular && rule->maxbytes > 0 && f->size >= rule->maxbytes)
		f->rotate_error = roll_over(f, rule);
	return 0;
}

int cursor_begin(struct cursor *c, struct logfile *f, const struct logrule *rule,
		 uint64_t bytes, bool follow)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;
	int r = logfile_open(f, rule);

	if (r < 0)
		return r;
	if (!f->regular)
		return -ESPIPE;
	fd = log_open(rule->path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*c = (struct cursor){
		.fd = TAKE_FD(fd),
		.gen = f->gen,
		.off = bytes < (uint64_t)st.st_size ? st.st_size - (int64_t)bytes : 0,
		.end = follow ? INT64_MAX : st.st_size,
	};
	return 0;
}

static ssize_t read_here(struct cursor *c, char *buf, size_t len)
{
	struct stat st;
	ssize_t n;

	if (fstat(c->fd, &st) < 0)
		return -errno;
	if (st.st_size < c->off) /* cut by somebody: what is there now is new */
		c->off = 0;
	if ((int64_t)len > c->end - c->off)
		len = (size_t)(c->end - c->off);
	n = pread(c->fd, buf, len, c->off);
	if (n < 0)
		return -errno;
	c->off += n;
	return n;
}

/* The file that followed the one that @c is through with, or the oldest that is left. */
static int next_file(struct cursor *c, const struct logfile *f, const struct logrule *rule)
{
	const uint64_t next = c->gen + 1 > f->named_gen ? c->gen + 1 : f->named_gen;
	const int most = rule->backups > 0 ? rule->backups : 0;
	int k = f->gen - next > (uint64_t)most ? most : (int)(f->gen - next);
	char name[PATH_MAX];
	int r = -ENOENT;

	for (; k >= 0 && r == -ENOENT; k--) {
		int fd = rotate_name(name, sizeof name, rule->path, k);

		if (fd == 0)
			fd = log_open(name, O_RDONLY, 0);
		r = fd;
		if (fd < 0)
			continue;
		fd_close(c->fd);
		*c = (struct cursor){ fd, f->gen - (uint64_t)k, 0, c->end };
	}
	return r < 0 ? r : 0;
}

ssize_t cursor_read(struct cursor *c, const struct logfile *f, const struct logrule *rule,
		    char *buf, size_t len)
{
	for (;;) {
		ssize_t n = read_here(c, buf, len);
		int r;

		if (n != 0 || c->end != INT64_MAX || c->gen >= f->gen)
			return n;
		r = next_file(c, f, rule);
		if (r < 0)
			return r;
	}
}

void cursor_end(struct cursor *c)
{
	c->fd = fd_close(c->fd);
}
