/* SPDX-License-Identifier: MIT */
/*
 * logopen.h - opens what the configuration names as a log, without being led astray. Blocks.
 *
 * Who may write to the log's directory could put a link there that leads elsewhere. Such a link
 * is followed only where nobody but root and ourselves could have put it.
 */
#pragma once

#include <sys/types.h>

#include "base/cleanup.h"

/* As open(2), never waiting for another side, never making a terminal ours. A descriptor,
 * or -errno: -ELOOP is a link of doubtful origin, -EMLINK a file that has other names too. */
_must_check_ int log_open(const char *path, int flags, mode_t mode);

/* The number of the descriptor that @path stands for: /dev/stdout, /dev/fd/N and the like.
 * Negative: none. */
int log_own_fd(const char *path);
