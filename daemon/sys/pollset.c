/* SPDX-License-Identifier: MIT */
/*
 * pollset.c - an epoll inside of the loop's own.
 *
 * libev does not take a descriptor out of its epoll when a watch ends, trusting that it is
 * closed. With us it is not: the next fork has a copy until its exec, the keeper has one of
 * each pipe that the logger reads. So the kernel goes on reporting what we have forgotten, upon
 * which libev throws its epoll away and makes a new one of all that it watches. Here a
 * descriptor is taken out before it is closed, and the end of a pipe is told apart from what
 * can be read, which spares a read(2).
 */
#include "daemon/sys/pollset.h"

#include <errno.h>
#include <sys/epoll.h>

enum { AT_ONCE = 64 };

struct pollset {
	int fd;
	struct watch *watch;
	pollset_fn *fn;
	void *owner;
};

void pollset_look(struct pollset *p)
{
	struct epoll_event v[AT_ONCE];
	const int n = epoll_wait(p->fd, v, AT_ONCE, 0);

	for (int i = 0; i < n; i++)
		p->fn(p->owner, v[i].data.u64, v[i].events == EPOLLHUP);
}

static void on_ready(struct watch *w, void *owner, int events)
{
	(void)w, (void)events;
	pollset_look(owner);
}

int pollset_new(struct loop *l, pollset_fn *fn, void *owner, struct pollset **ret)
{
	_cleanup_(pollset_freep) struct pollset *p = malloc(sizeof *p);
	int r;

	if (!p)
		return -ENOMEM;
	*p = (struct pollset){ .fd = epoll_create1(EPOLL_CLOEXEC), .fn = fn, .owner = owner };
	if (p->fd < 0)
		return -errno;
	r = loop_watch(l, p->fd, WATCH_READ, on_ready, p, &p->watch);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(p);
	return 0;
}

struct pollset *pollset_free(struct pollset *p)
{
	if (p) {
		p->watch = watch_drop(p->watch);
		(void)fd_close(p->fd);
		free(p);
	}
	return NULL;
}

int pollset_add(struct pollset *p, int fd, uint64_t key)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = key };

	return epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

void pollset_drop(struct pollset *p, int fd)
{
	(void)epoll_ctl(p->fd, EPOLL_CTL_DEL, fd, NULL);
}
