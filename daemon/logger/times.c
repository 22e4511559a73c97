/* SPDX-License-Identifier: MIT */
#include "daemon/logger/times.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void times_name(char ret[TIMES_NAME], const char *name)
{
	(void)snprintf(ret, TIMES_NAME, ".%.255s.times", name);
}

/* Not more than a regular file of ours, whoever put something there. */
static int open_times(int dir, const char *name, int flags, struct stat *st)
{
	_cleanup_(closep) int fd =
		openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_nlink > 1 ||
	    st->st_uid != geteuid())
		return -1;
	return TAKE_FD(fd);
}

/* Every second of the older three quarters goes. */
static void thin_out(int dir, const char *name, const char *file)
{
	struct times t = TIMES_INIT;
	char temp[TIMES_NAME + 8];
	_cleanup_(closep) int fd = -1;
	struct stat st;
	size_t n = 0;

	times_read(&t, dir, name);
	for (size_t i = 0; i < t.n; i++)
		if (i % 2 || i >= t.n / 4 * 3 || t.v[i].off == 0 || t.v[i].ms < 0)
			t.v[n++] = t.v[i];
	if (n > TIMES_RECORDS / 4 * 3) { /* very many files: the oldest records go */
		memmove(t.v, t.v + n / 2, (n - n / 2) * sizeof *t.v);
		n -= n / 2;
	}
	(void)snprintf(temp, sizeof temp, "%s.new", file);
	(void)unlinkat(dir, temp, 0);
	fd = open_times(dir, temp, O_WRONLY | O_CREAT | O_EXCL, &st);
	if (fd >= 0 && write(fd, t.v, n * sizeof *t.v) == (ssize_t)(n * sizeof *t.v))
		(void)renameat(dir, temp, dir, file);
	else
		(void)unlinkat(dir, temp, 0);
	times_done(&t);
}

void times_note(int dir, const char *name, struct times_record r)
{
	_cleanup_(closep) int fd = -1;
	char file[TIMES_NAME];
	struct stat st;

	times_name(file, name);
	fd = open_times(dir, file, O_WRONLY | O_APPEND | O_CREAT, &st);
	if (fd < 0 || write(fd, &r, sizeof r) != (ssize_t)sizeof r)
		return;
	if ((size_t)st.st_size >= TIMES_RECORDS * sizeof r)
		thin_out(dir, name, file);
}

void times_read(struct times *t, int dir, const char *name)
{
	_cleanup_(closep) int fd = -1;
	char file[TIMES_NAME];
	struct stat st;
	ssize_t n;

	*t = (struct times)TIMES_INIT;
	times_name(file, name);
	fd = open_times(dir, file, O_RDONLY, &st);
	if (fd < 0 || st.st_size > (off_t)(16 * TIMES_RECORDS * sizeof *t->v))
		return;
	t->v = malloc((size_t)st.st_size + 1);
	n = t->v ? read(fd, t->v, (size_t)st.st_size) : 0;
	t->n = n > 0 ? (size_t)n / sizeof *t->v : 0;
}

void times_done(struct times *t)
{
	free(t->v);
	*t = (struct times)TIMES_INIT;
}

uint64_t times_origin(const struct times *t, uint64_t ino)
{
	for (size_t i = t->n; i-- > 0;)
		if (t->v[i].ms < 0 && t->v[i].ino == ino)
			return (uint64_t)t->v[i].off;
	return ino;
}

/* Inodes come back: a record with offset 0 begins another file. */
int64_t times_at(const struct times *t, uint64_t ino, int64_t off)
{
	int64_t ms = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct times_record *r = &t->v[i];

		if (r->ms < 0 || r->ino != ino)
			continue;
		if (r->off == 0 || (r->off <= off && r->ms > ms))
			ms = r->ms;
	}
	return ms;
}

int64_t times_offset(const struct times *t, uint64_t ino, int64_t ms)
{
	int64_t off = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct times_record *r = &t->v[i];

		if (r->ms < 0 || r->ino != ino)
			continue;
		if (r->off == 0)
			off = 0;
		else if (r->ms < ms)
			off = r->off;
	}
	return off;
}
