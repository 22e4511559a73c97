/* SPDX-License-Identifier: MIT */
/*
 * stranger.h - processes that are not our children: found again, and how they ended.
 *
 * A pid alone names nobody: whoever it belonged to may be gone, and another one have it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* One process among all since the machine started. */
struct identity {
	int32_t pid; /* 0: nobody */
	uint64_t inode; /* of its pidfd; 0: the kernel has none of their own (before 6.9) */
	uint64_t start; /* then when it began, in the kernel's ticks; 0: not known */
};

/* Of our own unreaped child, or of ourselves; @pidfd may be -1. */
struct identity stranger_identity(pid_t pid, int pidfd);

/* Of whoever has this pid now; nobody if nobody has. */
struct identity stranger_named(pid_t pid);

/* Whether @pidfd is of @who. */
bool stranger_is(const struct identity *who, int pidfd);

/* A descriptor of @who, close-on-exec, for as long as it is not reaped. 0 and *@ret, or -errno:
 * -ESRCH: it is gone. */
_must_check_ int stranger_find(const struct identity *who, int *ret);

/*
 * How it ended, which its @pidfd, readable, tells that it did. 0 and *@ret, a wait status;
 * -EAGAIN: not to be known before its parent has reaped it; -ESRCH: not to be known any more.
 */
_must_check_ int stranger_status(int pidfd, pid_t pid, int *ret);

/* Signal it; with @group all of the process group that it leads. 0 or -errno: -ESRCH. */
int stranger_signal(int pidfd, pid_t pid, int signo, bool group);
