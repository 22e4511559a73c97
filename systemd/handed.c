/* SPDX-License-Identifier: MIT */
/*
 * handed.c - sd_listen_fds(3): LISTEN_FDS of them from 3 on, if LISTEN_PID is us, with names
 * between colons in LISTEN_FDNAMES.
 */
#include "systemd/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { FIRST = 3, MOST = 1 << 20 };

/* A positive number and nothing else, or 0. */
static long number(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long n;

	if (!text)
		return 0;
	n = strtol(text, &end, 10);
	return *text && !*end && n > 0 ? n : 0;
}

static int list(struct handed *h, size_t n)
{
	const char *names = getenv("LISTEN_FDNAMES");
	char *rest;

	h->v = calloc(n, sizeof *h->v);
	h->names = strdup(names ? names : "");
	if (!h->v || !h->names)
		return -ENOMEM;
	rest = h->names;
	for (h->n = 0; h->n < n; h->n++) {
		const int fd = FIRST + (int)h->n;
		const char *name = rest ? strsep(&rest, ":") : "";

		/* A number that is no descriptor was not handed to us. */
		h->v[h->n] = (struct handed_fd){ fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1 : fd,
						 name };
	}
	return 0;
}

int handed_take(struct handed *ret)
{
	const long n = number("LISTEN_FDS");
	int r = 0;

	*ret = (struct handed){ NULL, 0, NULL };
	if (n > 0 && n <= MOST && number("LISTEN_PID") == getpid())
		r = list(ret, (size_t)n);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	(void)unsetenv("LISTEN_PIDFDID");
	return r;
}

void handed_done(struct handed *h)
{
	for (size_t i = 0; i < h->n; i++)
		(void)fd_close(h->v[i].fd);
	free(h->v);
	free(h->names);
	*h = (struct handed){ NULL, 0, NULL };
}
