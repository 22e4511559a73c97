/* SPDX-License-Identifier: MIT */
/*
 * allowance.h - how much a process may use, and how the kernel is to treat it: what a child
 * sets for itself between fork and exec.
 */
#pragma once

#include <sys/resource.h>

#include "base/cleanup.h"
#include "daemon/sys/child.h"
#include "proto/link.h"

enum { ALLOWANCE_LIMITS = 16 };

struct allowance {
	struct {
		int resource; /* RLIMIT_CPU … */
		struct rlimit limit;
	} limits[ALLOWANCE_LIMITS];
	size_t n_limits;
	uint32_t given; /* LINK_NICE …: which of the following count */
	int nice, oom_score_adj, ioprio;
};

/* What @recipe asks for. 0, or -EINVAL: that cannot be. */
_must_check_ int allowance_read(const struct link_spawn *recipe, struct allowance *ret);

/* Put it in force for this process. 0; or at which stage that failed, with errno. */
int allowance_apply(const struct allowance *a);
