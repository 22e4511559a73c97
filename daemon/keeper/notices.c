/* SPDX-License-Identifier: MIT */
/*
 * notices.c - the sockets have no place in the file system, so that a root that cannot be
 * written is no obstacle, and nothing is left of them. Whoever can send there is told from a
 * member by the credentials that the kernel adds: by its pid, and what that is part of. Who has
 * ended before its message is read cannot be told; such messages do not count, as systemd has
 * it.
 */
#include "daemon/keeper/notices.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/keeper/cgroups.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/keeper/store.h"

enum { AT_ONCE = 16, FDS_MAX = 16 };

/* --- the socket -------------------------------------------------------------------------- */

static int make_socket(int *ret)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	const int on = 1;
	_cleanup_(closep) int fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* The kernel finds a name that nobody has. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof any.sun_family) < 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int watch(struct keeper *k, struct slot *s)
{
	return pollset_add(k->notices, s->notify, s->id);
}

static int open_socket(struct keeper *k, struct slot *s)
{
	int r = make_socket(&s->notify);

	if (r < 0)
		return r;
	k->n_notify++;
	r = watch(k, s);
	if (r < 0) {
		slot_close_notify(k, s);
		return r;
	}
	s->notify_stored = store_keep(k, STORED_NOTIFY, s->id, NULL, s->notify);
	return 0;
}

void notices_found(struct keeper *k, struct slot *s, int *fd, struct stored *stored)
{
	s->notify = TAKE_FD(*fd);
	s->notify_stored = stored;
	k->n_notify++;
	if (watch(k, s) < 0)
		say_log(k, LEVEL_CRITICAL, "cannot hear what pid %d says of itself", s->pid);
}

int notices_entry(struct keeper *k, struct slot *s, char ret[NOTICES_ENTRY])
{
	struct sockaddr_un at;
	socklen_t len = sizeof at;
	const int r = s->notify < 0 ? open_socket(k, s) : 0;
	size_t n;

	if (r < 0)
		return r;
	if (getsockname(s->notify, (struct sockaddr *)&at, &len) < 0)
		return -errno;
	n = len - offsetof(struct sockaddr_un, sun_path); /* a NUL first */
	(void)snprintf(ret, NOTICES_ENTRY, "NOTIFY_SOCKET=@%.*s", (int)n - 1, at.sun_path + 1);
	return 0;
}

/* --- who says it ------------------------------------------------------------------------- */

static bool is_member(const struct keeper *k, const struct slot *s, pid_t pid)
{
	return s->pid && pid > 0 &&
	       (pid == s->pid || getpgid(pid) == s->pid || getsid(pid) == s->pid ||
		cgroups_has(k, s, pid));
}

static void close_all(const struct cmsghdr *h)
{
	const size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fd;

	for (size_t i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
		(void)fd_close(fd);
	}
}

/* The sender, 0: unknown. Descriptors are of no use to us; that they are closed is what who
 * sends BARRIER=1 waits for. */
static pid_t sender_of(struct msghdr *m)
{
	struct ucred who = { .pid = 0 };

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET)
			continue;
		if (h->cmsg_type == SCM_RIGHTS)
			close_all(h);
		if (h->cmsg_type == SCM_CREDENTIALS)
			memcpy(&who, CMSG_DATA(h), sizeof who);
	}
	return who.pid;
}

/* --- what it says ------------------------------------------------------------------------ */

static void say_notice(struct keeper *k, const struct slot *s, const struct notice *n)
{
	say(&k->manager, &(struct link_msg){ .type = LINK_NOTIFIED,
					     .notified = { .id = s->id,
							   .gen = s->gen,
							   .ready = n->ready,
							   .reloading = n->reloading,
							   .stopping = n->stopping,
							   .watchdog = n->watchdog,
							   .hangs = n->hangs,
							   .has_status = n->has_status,
							   .status = n->status,
							   .extend_usec = n->extend_usec,
							   .main_pid = n->main_pid,
							   .dropped = s->dropped } });
}

void notices_reset(struct slot *s)
{
	free(s->said);
	s->said = NULL;
}

static bool holds(const struct notice *n)
{
	return n->ready || n->reloading || n->stopping || n->main_pid || n->has_status;
}

/* What holds until something else is said. */
static void remember(struct slot *s, const struct notice *n)
{
	struct notice *all = s->said || !holds(n) ? s->said : calloc(1, sizeof *all);

	if (!all)
		return;
	s->said = all;
	if (n->ready || n->reloading) {
		all->ready |= n->ready;
		all->reloading = n->reloading && !n->ready;
	}
	all->stopping |= n->stopping;
	if (n->main_pid)
		all->main_pid = n->main_pid;
	if (n->has_status) {
		all->has_status = true;
		memcpy(all->status, n->status, sizeof all->status);
	}
}

void notices_was_ready(struct slot *s)
{
	remember(s, &(struct notice){ .ready = true });
}

void notices_tell(struct keeper *k)
{
	for (size_t i = 0; i < k->by_id.cap; i++) {
		const struct slot *s = k->by_id.v[i].value;

		if (s && s->said)
			say_notice(k, s, s->said);
	}
}

static void drop(struct keeper *k, struct slot *s, pid_t sender)
{
	if (!s->dropped++)
		say_log(k, LEVEL_WARN,
			"a message of pid %d to the readiness socket of pid %d does not count: "
			"it is not a member, or it says nothing of use",
			sender, s->pid);
}

static bool take_one(struct keeper *k, struct slot *s)
{
	char text[NOTICE_MAX + 1];
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred)) +
			   CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { text, sizeof text };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	const ssize_t len = recvmsg(s->notify, &m, MSG_CMSG_CLOEXEC);
	struct notice n;
	pid_t sender;

	if (len < 0)
		return errno == EINTR;
	sender = sender_of(&m);
	if ((m.msg_flags & MSG_TRUNC) || !is_member(k, s, sender) ||
	    !notice_parse(text, (size_t)len, &n) ||
	    (n.main_pid && !is_member(k, s, n.main_pid))) {
		drop(k, s, sender);
		return true;
	}
	if (!holds(&n) && !n.watchdog && !n.hangs && !n.extend_usec)
		return true; /* BARRIER=1, or what is for systemd alone */
	remember(s, &n);
	slot_record(k, s);
	say_notice(k, s, &n);
	return true;
}

void notices_on_message(void *keeper, uint64_t id, bool ended)
{
	struct keeper *k = keeper;
	struct slot *s = slot_of(k, (uint32_t)id);

	(void)ended;
	for (int i = 0; s && s->notify >= 0 && i < AT_ONCE; i++)
		if (!take_one(k, s))
			return;
}
