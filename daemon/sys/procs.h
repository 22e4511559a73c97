/* SPDX-License-Identifier: MIT */
/*
 * procs.h - which children this process has, those given to it as a subreaper among them.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * All children that live, and those that are not reaped. 0 and *@ret, *@ret_n, to be freed; or
 * -errno: without /proc nobody can say.
 */
_must_check_ int procs_children(pid_t **ret, size_t *ret_n);

/* From now on orphaned descendants are given to us. 0 or -errno. */
_must_check_ int procs_adopt_orphans(void);
