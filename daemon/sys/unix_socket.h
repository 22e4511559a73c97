/* SPDX-License-Identifier: MIT */
/*
 * unix_socket.h - listening UNIX sockets with one holder each.
 *
 * A holder has a lock on PATH.lock, which also names its pid. The lock belongs to the open
 * file: whoever is handed the descriptor keeps it, and it ends with the last of them.
 */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* The longest path that can be bound, without its NUL: a suffix is needed on the way there. */
enum { UNIX_SOCKET_PATH_MAX = 103 };

enum { UNIX_SOCKET_OK, UNIX_SOCKET_HELD };

/*
 * Become the holder of @path, in the name of @pid. UNIX_SOCKET_OK and *@ret_fd, to be kept
 * open; UNIX_SOCKET_HELD and *@ret_holder, 0 if unknown; or -errno: -ENAMETOOLONG.
 */
_must_check_ int unix_socket_lock(const char *path, pid_t pid, int *ret_fd, pid_t *ret_holder);

/*
 * Listen at @path, which the caller holds; what an earlier holder left there is replaced. The
 * socket has @mode, and belongs to @uid and @gid (-1: not changed), before anybody can see it.
 * 0 and *@ret_fd, close-on-exec and non-blocking; or -errno: -ENAMETOOLONG, -EEXIST: @path is
 * something else than a socket.
 */
_must_check_ int unix_socket_listen(const char *path, mode_t mode, uid_t uid, gid_t gid,
				    int *ret_fd);

/* Remove the socket and its lock file; only for their holder. */
void unix_socket_remove(const char *path);

/*
 * Make the folder of @path with mode 0755, unless it is there. 0, -errno, or -EPERM: others
 * than root and ourselves could replace what is in it.
 */
_must_check_ int unix_socket_folder(const char *path);

/* Accept one client. 0 and *@ret_fd, close-on-exec and non-blocking; -EAGAIN: nobody waits; or
 * another -errno. */
_must_check_ int unix_socket_accept(int listener, int *ret_fd);

/* Who was there when the other side connected. 0 or -errno. */
_must_check_ int unix_socket_peer(int fd, struct ucred *ret);
