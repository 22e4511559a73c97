/* SPDX-License-Identifier: MIT */
/*
 * post.h - messages to systemd that never wait, and may carry a descriptor.
 *
 * They count as said by the process that sends them. For the keeper, which must not hang when
 * systemd does; who says little, and once, has notify.h.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"

/* What NOTIFY_SOCKET names: a path, or @NAME in the abstract namespace. The address's length;
 * 0: it is none that we can send to. */
socklen_t post_address(const char *name, struct sockaddr_un *ret);

/* 0 and *@ret_fd, close-on-exec, that can be written when there is room; or -errno: -ENOENT:
 * nobody wants to hear of us. */
_must_check_ int post_open(int *ret_fd);

/* Lines of NAME=VALUE, and a copy of @with unless it is -1. 0; -EAGAIN: there is no room yet;
 * or another -errno. */
_must_check_ int post_send(int fd, const char *state, int with);
