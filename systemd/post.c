/* SPDX-License-Identifier: MIT */
/*
 * post.c - sd_notify(3) is a datagram (its "Notes" say which). libsystemd's own call waits
 * while systemd's queue is full, and ten datagrams may be all that fit.
 */
#include "systemd/post.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

socklen_t post_address(const char *name, struct sockaddr_un *ret)
{
	const size_t len = strlen(name);

	if ((*name != '/' && *name != '@') || len >= sizeof ret->sun_path)
		return 0;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, name, len);
	if (*name == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*name == '/'));
}

int post_open(int *ret_fd)
{
	_cleanup_(closep) int fd = -1;
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	const socklen_t len = name ? post_address(name, &to) : 0;

	if (!len)
		return -ENOENT;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, len) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int post_send(int fd, const char *state, int with)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	/* What an iovec names is not const; it is only read. */
	struct iovec part = { (void *)(uintptr_t)state, strlen(state) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (with >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control.space;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof with);
		memcpy(CMSG_DATA(&control.header), &with, sizeof with);
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
