/* SPDX-License-Identifier: MIT */
/*
 * cpus.h - processors that a program may run on.
 */
#pragma once

#include <sched.h>
#include <stdbool.h>

#include "base/cleanup.h"

enum { CPUS_EVER = 8192 }; /* no kernel has more */

struct cpus {
	cpu_set_t v[CPUS_EVER / CPU_SETSIZE];
};

/* Read a list like "0-3,6"; processors that no machine has count for nothing. 0, or -EINVAL:
 * it is no such list. */
_must_check_ int cpus_parse(const char *list, struct cpus *ret);

/* Run on these from now on. 0, or -1 with errno, EINVAL: none of them is there for us. To be
 * called between fork and exec, too. */
_must_check_ int cpus_set(const struct cpus *c);
