/* SPDX-License-Identifier: MIT */
#include "daemon/logger/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"

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

/* The file that followed the one that @c is through with, or the oldest that is left. While
 * somebody reads, none of them is packed. */
static int next_file(struct cursor *c, const struct logfile *f, const struct logrule *rule,
		     const struct logplace *p)
{
	const uint64_t next = c->gen + 1 > f->named_gen ? c->gen + 1 : f->named_gen;
	const int most = rule->backups > 0 ? rule->backups : 0;
	int k = f->gen - next > (uint64_t)most ? most : (int)(f->gen - next);

	for (; k >= 0; k--) {
		char name[ROTATE_NAME];
		struct stat st;
		int fd;

		rotate_name(name, p->name, k, LOG_PACK_NONE);
		fd = logplace_file(p, name, O_RDONLY, 0, &st);
		if (fd < 0 && fd != -ENOENT)
			return fd;
		if (fd < 0)
			continue;
		fd_close(c->fd);
		*c = (struct cursor){ fd, f->gen - (uint64_t)k, 0, c->end };
		return 0;
	}
	return -ENOENT;
}

ssize_t cursor_read(struct cursor *c, const struct logfile *f, const struct logrule *rule,
		    char *buf, size_t len)
{
	for (;;) {
		ssize_t n = read_here(c, buf, len);
		struct logplace p;
		int r;

		if (n != 0 || c->end != INT64_MAX || c->gen >= f->gen)
			return n;
		r = logplace_open(&p, rule->path);
		if (r < 0)
			return r;
		r = next_file(c, f, rule, &p);
		logplace_done(&p);
		if (r < 0)
			return r;
	}
}

void cursor_end(struct cursor *c)
{
	c->fd = fd_close(c->fd);
}
