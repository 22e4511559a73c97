/* SPDX-License-Identifier: MIT */
/*
 * The files are opened to append: a job may open its streams again by their names, and what it
 * then writes must not go over what is there.
 */
#include "ctl/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { LITTLE = 4096 };

int capture_open(struct capture *c)
{
	static const char *const names[CAPTURE_STREAMS] = { "stdout", "stderr" };

	*c = (struct capture)CAPTURE_NONE;
	for (int i = 0; i < CAPTURE_STREAMS; i++) {
		c->fds[i] = memfd_create(names[i], MFD_CLOEXEC);
		if (c->fds[i] < 0 || fcntl(c->fds[i], F_SETFL, O_APPEND) < 0) {
			const int error = errno;

			capture_close(c);
			return -error;
		}
	}
	return 0;
}

void capture_close(struct capture *c)
{
	for (int i = 0; i < CAPTURE_STREAMS; i++) {
		c->fds[i] = fd_close(c->fds[i]);
		buf_done(&c->text[i]);
	}
}

/* Whether there is anything in a stream. */
static int fold(struct capture *c, int i)
{
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(c->fds[i], &st) < 0)
		return -errno;
	if (st.st_size > LITTLE)
		return 1;
	if (st.st_size > 0) {
		r = buf_reserve(&c->text[i], (size_t)st.st_size);
		n = r < 0 ? 0 : pread(c->fds[i], c->text[i].data, (size_t)st.st_size, 0);
		if (r < 0 || n < 0)
			return r < 0 ? r : -errno;
		c->text[i].len = (size_t)n;
		c->text[i].data[n] = '\0';
	}
	c->fds[i] = fd_close(c->fds[i]);
	return c->text[i].len > 0;
}

int capture_fold(struct capture *c)
{
	int any = 0;

	for (int i = 0; i < CAPTURE_STREAMS; i++) {
		const int r = c->fds[i] < 0 ? c->text[i].len > 0 : fold(c, i);

		if (r < 0)
			return r;
		any |= r;
	}
	return any;
}

ssize_t capture_read(const struct capture *c, int stream, uint64_t at, char *to, size_t size)
{
	const struct buf *text = &c->text[stream];
	ssize_t n;

	if (c->fds[stream] >= 0) {
		n = pread(c->fds[stream], to, size, (off_t)at);
		return n < 0 ? -errno : n;
	}
	if (at >= text->len)
		return 0;
	if (size > text->len - at)
		size = (size_t)(text->len - at);
	memcpy(to, text->data + at, size);
	return (ssize_t)size;
}
