/* SPDX-License-Identifier: MIT */
/*
 * outlet.h - writes to a descriptor of somebody else's, without waiting.
 *
 * It is not made non-blocking if that can be helped, for then so would be the one in the other
 * process: a pipe is opened anew, a socket has flags.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Make *@fd one that can be written to without waiting. 0, -EINVAL: it is neither a pipe nor a
 * socket, or -errno. */
_must_check_ int outlet_prepare(int *fd, bool *ret_socket);

/* As write(2). */
_must_check_ ssize_t outlet_put(int fd, bool socket, const char *data, size_t len);
