/* SPDX-License-Identifier: MIT */
/*
 * pipes.c - a pipe is made once; opening its read end through /proc for writing gives a new
 * write end. Without /proc a new pipe takes the place of the old one, which the logger reads to
 * its end.
 *
 * A frame on its way holds a copy of its descriptor. Hence no more of them are under way than
 * the logger takes at a time: with thousands of pipes the copies would use up all there are.
 */
#include "daemon/keeper/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/keeper/store.h"

enum { BACKLOG_MAX = 32 << 10 };

static int make_pipe(struct keeper *k, const struct slot *s, int which, struct pipe_end *p,
		     int *ret_fd)
{
	int ends[2], flags;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* The program's end blocks, as programs expect; ours does not. */
	flags = fcntl(ends[0], F_GETFL);
	(void)fcntl(ends[0], F_SETFL, flags | O_NONBLOCK);
	(void)store_drop(k, p->stored);
	(void)fd_close(p->fd);
	*p = (struct pipe_end){ .fd = ends[0], .ahead = -1 };
	p->stored = store_keep(k, which ? STORED_ERR : STORED_OUT, s->id, NULL, p->fd);
	*ret_fd = ends[1];
	return 0;
}

static int open_writer(int read_end)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", read_end);
	return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/* The logger closes a stream that it has read to its end. */
static void rearm(struct keeper *k, const struct slot *s, int which)
{
	say_later(k, &k->logger,
		  &(struct link_msg){
			  .type = LINK_REARM,
			  .proc = { .id = s->id, .gen = s->gen, .which = (uint32_t)which } });
}

int pipe_writer(struct keeper *k, struct slot *s, int which, int *ret_fd)
{
	struct pipe_end *p = &s->pipes[which];
	int r;

	if (p->fd >= 0) {
		const int ahead = TAKE_FD(p->ahead);
		const int fd = ahead >= 0 ? ahead : open_writer(p->fd);

		if (fd >= 0) {
			*ret_fd = fd;
			if (p->told)
				rearm(k, s, which);
			return 0;
		}
		if (errno == EMFILE || errno == ENFILE)
			return -errno;
	}
	r = make_pipe(k, s, which, p, ret_fd);
	if (r == 0 && !list_linked(&s->untold))
		list_append(&k->untold, &s->untold);
	return r;
}

void pipes_ahead(struct keeper *k)
{
	struct slot *s = slot_of(k, TAKE(k->mourned, 0));

	for (int i = 0; s && s->ended && !s->asked && i < 2; i++)
		if (s->pipes[i].fd >= 0 && s->pipes[i].ahead < 0)
			s->pipes[i].ahead = open_writer(s->pipes[i].fd);
}

void pipes_settle(struct slot *s)
{
	for (int i = 0; i < 2; i++)
		s->pipes[i].ahead = fd_close(s->pipes[i].ahead);
}

/* The logger has never heard of a process without. */
static bool has_pipes(const struct slot *s)
{
	return s->pipes[0].fd >= 0 || s->pipes[1].fd >= 0;
}

static void untell(struct keeper *k, struct slot *s)
{
	s->pipes[0].told = s->pipes[1].told = false;
	if (has_pipes(s) && !list_linked(&s->untold))
		list_append(&k->untold, &s->untold);
}

void pipes_untold(struct keeper *k)
{
	k->logger_begun = false;
	for (struct list *l = k->untold.next; l != &k->untold; l = l->next)
		untell(k, container_of(l, struct slot, untold));
	for (size_t i = 0; i < k->by_id.cap; i++)
		if (k->by_id.v[i].value)
			untell(k, k->by_id.v[i].value);
}

static int tell_one(struct keeper *k, struct slot *s)
{
	for (int i = 0; i < 2; i++) {
		struct pipe_end *p = &s->pipes[i];
		const struct link_msg m = {
			.type = LINK_PIPE,
			.proc = { .id = s->id, .gen = s->gen, .which = (uint32_t)i }
		};
		int r = 0;

		if (p->fd >= 0 && !p->told)
			r = say_fd(&k->logger, &m, p->fd);
		if (r < 0)
			return r;
		p->told = true;
	}
	return 0;
}

static void let_go(struct keeper *k, struct slot *s)
{
	if (has_pipes(s))
		say(&k->logger,
		    &(struct link_msg){ .type = LINK_FORGET, .proc = { .id = s->id } });
	slot_free(k, s);
}

static bool has_logger(const struct keeper *k)
{
	return k->logger.link && !k->logger.link_lost;
}

void pipes_tell(struct keeper *k)
{
	while (has_logger(k) && list_linked(&k->untold) &&
	       channel_backlog(k->logger.link) < BACKLOG_MAX) {
		struct slot *s = container_of(k->untold.next, struct slot, untold);

		if (tell_one(k, s) < 0)
			return; /* at the next turn there may be room */
		list_unlink(&s->untold);
		if (s->forgotten)
			let_go(k, s);
	}
	if (k->logger.link && !k->logger_begun && !list_linked(&k->untold)) {
		say_type(&k->logger, LINK_BEGIN);
		k->logger_begun = true;
	}
}

bool pipes_wait(const struct keeper *k)
{
	return k->logger.link && list_linked(&k->untold) &&
	       channel_backlog(k->logger.link) == 0;
}

void pipes_forget(struct keeper *k, struct slot *s)
{
	slot_detach(k, s);
	s->forgotten = true;
	if (!has_logger(k))
		untell(k, s);
	if (!list_linked(&s->untold))
		let_go(k, s);
}
