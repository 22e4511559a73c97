/* SPDX-License-Identifier: MIT */
/*
 * send_plain.c - the protocol is one datagram (sd_notify(3), "Notes"), from the process that
 * the credentials name. Only who may act for others can name another one there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "systemd/post.h"
#include "systemd/send.h"

struct letter {
	struct sockaddr_un to;
	socklen_t to_len;
	char *text;
};

static int send_as(int fd, pid_t pid, struct letter *l)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = { 0 };
	const struct ucred who = { .pid = pid, .uid = getuid(), .gid = getgid() };
	struct iovec part = { l->text, strlen(l->text) };
	const struct msghdr m = { .msg_name = &l->to,
				  .msg_namelen = l->to_len,
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control.space };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_CREDENTIALS;
	control.header.cmsg_len = CMSG_LEN(sizeof who);
	memcpy(CMSG_DATA(&control.header), &who, sizeof who);
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int send_plainly(pid_t main_pid, const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	/* What an iovec names is not const. */
	_cleanup_(freep) char *text = name ? strdup(state) : NULL;
	_cleanup_(closep) int fd = -1;
	struct letter l = { .text = text };
	int r;

	if (!name)
		return 0;
	if (!text)
		return -ENOMEM;
	l.to_len = post_address(name, &l.to);
	fd = l.to_len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	if (fd < 0)
		return l.to_len ? -errno : -EINVAL;
	r = send_as(fd, main_pid, &l);
	return r == -EPERM ? send_as(fd, getpid(), &l) : r;
}
