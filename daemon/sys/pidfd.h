/* SPDX-License-Identifier: MIT */
/*
 * pidfd.h - processes by descriptor, for as long as they are our unreaped children.
 *
 * Where the kernel has no pidfds (before 5.3, and under valgrind), -1 stands for one, and the
 * pid does: nobody else reaps our children, so until we do it means nobody else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* A descriptor of our child @pid, close-on-exec. 0 and *@ret, -1 if the kernel has none; or
 * -errno: -EMFILE. */
_must_check_ int pidfd_of(pid_t pid, int *ret);

/* What tells this process from all others since boot; 0 if the kernel cannot say (before 6.9).
 */
uint64_t pidfd_inode(int pidfd);

/* Signal our unreaped child @pid, whose descriptor is @pidfd or -1; with @group all of the
 * process group that it leads. 0 or -errno. */
int pidfd_signal(int pidfd, pid_t pid, int signo, bool group);
