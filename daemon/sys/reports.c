/* SPDX-License-Identifier: MIT */
/*
 * reports.c - an epoll inside of the loop's own.
 *
 * libev does not take a descriptor out of its epoll when a watch ends, trusting that it is
 * closed. With us it is not, for a moment: the next fork has a copy until its exec, and the
 * kernel goes on reporting a pipe that we have forgotten, upon which libev throws its epoll
 * away and makes a new one. Here a descriptor is taken out before it is closed.
 */
#include "daemon/sys/reports.h"

#include <errno.h>
#include <sys/epoll.h>

enum { AT_ONCE = 64 };

struct reports {
	int fd;
	struct watch *watch;
	reports_fn *fn;
	void *owner;
};

void reports_look(struct reports *r)
{
	struct epoll_event v[AT_ONCE];
	const int n = epoll_wait(r->fd, v, AT_ONCE, 0);

	for (int i = 0; i < n; i++)
		r->fn(r->owner, v[i].data.u64);
}

static void on_ready(struct watch *w, void *owner, int events)
{
	(void)w, (void)events;
	reports_look(owner);
}

int reports_new(struct loop *l, reports_fn *fn, void *owner, struct reports **ret)
{
	_cleanup_(reports_freep) struct reports *r = malloc(sizeof *r);
	int e;

	if (!r)
		return -ENOMEM;
	*r = (struct reports){ .fd = epoll_create1(EPOLL_CLOEXEC), .fn = fn, .owner = owner };
	if (r->fd < 0)
		return -errno;
	e = loop_watch(l, r->fd, WATCH_READ, on_ready, r, &r->watch);
	if (e < 0)
		return e;
	*ret = TAKE_PTR(r);
	return 0;
}

struct reports *reports_free(struct reports *r)
{
	if (r) {
		r->watch = watch_drop(r->watch);
		(void)fd_close(r->fd);
		free(r);
	}
	return NULL;
}

int reports_add(struct reports *r, int fd, uint64_t key)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = key };

	return epoll_ctl(r->fd, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

void reports_drop(struct reports *r, int fd)
{
	(void)epoll_ctl(r->fd, EPOLL_CTL_DEL, fd, NULL);
}
