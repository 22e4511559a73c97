/* SPDX-License-Identifier: MIT */
#include "ctl/job_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

static const char *const names[LINE_FDS] = { "stdin", "stdout", "stderr" };

static int bad(struct buf *why, const char *what, int error)
{
	const int r = buf_printf(why, "%s: %s", what, strerror(error));

	return r < 0 ? r : JOB_STREAMS_BAD;
}

static int give(struct job_streams *s, int i, int fd, bool opened)
{
	s->what[i] = "fd";
	s->fds[s->n_fds++] = fd;
	if (opened)
		s->opened[i] = fd;
	return JOB_STREAMS_OK;
}

static int give_file(struct job_streams *s, int i, const char *path, struct buf *why)
{
	const int flags = i == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
	const int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);

	return fd < 0 ? bad(why, path, errno) : give(s, i, fd, true);
}

static int give_data(struct job_streams *s, const char *text, struct buf *why)
{
	_cleanup_(closep) int fd = memfd_create("stdin", MFD_CLOEXEC);
	const size_t len = strlen(text);

	if (fd < 0 || (len && pwrite(fd, text, len, 0) != (ssize_t)len))
		return bad(why, "option --stdin-data", errno);
	return give(s, 0, TAKE_FD(fd), true);
}

/* A terminal that somebody else reads now. A shell lets no job of its own read it then; ours
 * have no terminal that could stop them. */
static bool is_elsewhere(int fd)
{
	const pid_t front = isatty(fd) ? tcgetpgrp(fd) : -1;

	return front >= 0 && front != getpgrp();
}

static int give_own(struct job_streams *s, int i, const int own[LINE_FDS])
{
	if (fcntl(own[i], F_GETFD) < 0 || (i == 0 && is_elsewhere(own[i]))) {
		s->what[i] = "null";
		return JOB_STREAMS_OK;
	}
	return give(s, i, own[i], false);
}

static int open_one(struct job_streams *s, int i, const char *path, const struct run_options *o,
		    const int own[LINE_FDS], struct buf *why)
{
	if (path)
		return give_file(s, i, path, why);
	if (i == 0 && o->stdin_data)
		return give_data(s, o->stdin_data, why);
	if (!o->detach)
		return give_own(s, i, own);
	s->what[i] = i == 0 ? "null" : "log";
	return JOB_STREAMS_OK;
}

int job_streams_open(const struct run_options *o, const int own[LINE_FDS],
		     struct job_streams *ret, struct buf *why)
{
	const char *paths[LINE_FDS] = { o->stdin_file, o->stdout_file, o->stderr_file };
	_cleanup_(job_streams_close) struct job_streams s = { .opened = { -1, -1, -1 } };
	const bool same =
		o->stdout_file && o->stderr_file && !strcmp(o->stdout_file, o->stderr_file);
	int r = JOB_STREAMS_OK;

	for (int i = 0; i < (same ? 2 : LINE_FDS) && r == JOB_STREAMS_OK; i++)
		r = open_one(&s, i, paths[i], o, own, why);
	if (r != JOB_STREAMS_OK)
		return r;
	if (same)
		s.what[2] = "stdout";
	*ret = s;
	for (int i = 0; i < LINE_FDS; i++)
		s.opened[i] = -1;
	return JOB_STREAMS_OK;
}

void job_streams_close(struct job_streams *s)
{
	for (int i = 0; i < LINE_FDS; i++)
		s->opened[i] = fd_close(s->opened[i]);
}

int job_streams_set(const struct job_streams *s, json_t *spec)
{
	for (int i = 0; i < LINE_FDS; i++)
		if (json_object_set_new(spec, names[i], json_string(s->what[i])) < 0)
			return -ENOMEM;
	return 0;
}
